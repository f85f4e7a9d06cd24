"""What grokscope-compare says of two checkpoints, against the definitions in numpy.

usage: compare.py A B                 compares pair.tsv, frequency.tsv, tensor.tsv,
                                      barrier.tsv and neuron.tsv
       compare.py --permute A OUT     writes A with its neurons in another order
The two of the first form are one-layer transformers without norms over "a b =", sums
modulo p. Prints how many numbers were compared.
"""
import csv
import json
import math
import shutil
import sys

import h5py
import numpy as np
from scipy.linalg import orthogonal_procrustes
from scipy.optimize import linear_sum_assignment

compared = 0


def read(path):
    w = {}
    with h5py.File(path) as file:
        file["params"].visititems(
            lambda name, x: w.update({name: x[()].astype(float)})
            if isinstance(x, h5py.Dataset) else None)
        return w, file["data/tokens"][()], file["data/splits/train"][()]


def table(name):
    with open(name + ".tsv") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def near(got, expected, what, tolerance=2e-5):
    global compared
    got, expected = float(got), float(expected)
    both_nan = math.isnan(got) and math.isnan(expected)
    assert both_nan or abs(got - expected) <= tolerance * max(1, abs(expected)), \
        f"{what}: {got}, expected {expected}"
    compared += 1


class Network:
    def __init__(self, w, p):
        self.w, self.p = w, p
        a, b = (x.ravel() for x in np.indices((p, p)))
        block = {k[9:]: v for k, v in w.items() if k.startswith("blocks.0.")}
        x = w["embed.W_E"][np.stack([a, b, np.full_like(a, p)], 1)]
        x = x + w["pos_embed.W_pos"]
        q, k, v = (np.einsum("ntd,hde->nthe", x, block["attn.W_" + c]) for c in "QKV")
        scores = np.einsum("nhe,nthe->nht", q[:, 2], k) / q.shape[-1] ** 0.5
        pattern = np.exp(scores - scores.max(-1, keepdims=True))
        pattern /= pattern.sum(-1, keepdims=True)
        mid = x[:, 2] + np.einsum("nht,nthe,hed->nd", pattern, v, block["attn.W_O"])
        self.acts = np.maximum(mid @ block["mlp.W_in"] + block["mlp.b_in"], 0)
        end = mid + self.acts @ block["mlp.W_out"] + block["mlp.b_out"]
        self.outputs = end @ w["unembed.W_U"]
        self.logits = self.outputs[:, :p]
        self.labels = (a + b) % p

    def losses(self):
        z = self.outputs - self.outputs.max(1, keepdims=True)
        return np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), self.labels]

    def log_q(self):
        z = self.logits - self.logits.max(1, keepdims=True)
        return z - np.log(np.exp(z).sum(1, keepdims=True))

    def embedding(self):
        return self.w["embed.W_E"][:self.p]

    def power(self):
        f = np.abs(np.fft.rfft(self.embedding(), axis=0)) ** 2
        return f[1:].sum(1)  # p is odd: every one counts twice

    def fve(self):
        """[p/2, neurons]: what each frequency explains of the variance."""
        p = self.p
        x = self.acts.reshape(p, p, -1)
        f = np.abs(np.fft.fft2(x, axes=(0, 1))) ** 2
        total = f.sum((0, 1)) - f[0, 0]
        fve = np.array([sum(f[i, j] for i in (0, k, p - k) for j in (0, k, p - k)
                            if (i, j) != (0, 0)) for k in range(1, p // 2 + 1)])
        return fve / np.where(total > 1e-9, total, np.inf)


def centred(x):
    x = x - x.mean(0)
    return x / np.linalg.norm(x)


def cka(x, y):
    x, y = centred(x), centred(y)
    return np.linalg.norm(x.T @ y) ** 2 / (np.linalg.norm(x.T @ x) *
                                           np.linalg.norm(y.T @ y))


def procrustes(x, y):
    x, y = centred(x), centred(y)
    rotation, _ = orthogonal_procrustes(x, y)
    return np.linalg.norm(x @ rotation - y) ** 2


def correlations(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    size = np.outer(np.linalg.norm(x, axis=0), np.linalg.norm(y, axis=0))
    return np.where(size > 1e-9, x.T @ y / np.where(size > 1e-9, size, 1), 0)


def flat(w):
    return np.concatenate([w[name].ravel() for name in sorted(w)])


def cosine(x, y):
    size = np.linalg.norm(x) * np.linalg.norm(y)
    return x @ y / size if size > 0 else math.nan


def moved(w, order):
    """Neuron order[i] of w in place i."""
    w = dict(w)
    for name in ("blocks.0.mlp.W_in", "blocks.0.mlp.b_in"):
        w[name] = w[name][..., order]
    w["blocks.0.mlp.W_out"] = w["blocks.0.mlp.W_out"][order]
    return w


def line(x, y, p, test, points):
    rows = []
    for alpha in np.linspace(0, 1, points):
        losses = Network({k: (1 - alpha) * x[k] + alpha * y[k] for k in x}, p).losses()
        rows.append((alpha, losses.mean(), losses[test].mean()))
    return np.array(rows)


def height(losses):
    alpha = np.linspace(0, 1, len(losses))
    return max(0, (losses - ((1 - alpha) * losses[0] + alpha * losses[-1])).max())


def words(keys):
    return " ".join(str(k) for k in sorted(keys))


def check_frequency(network, order, rows, side):
    """Each neuron's is one that explains most; of one that few pairs wake, several."""
    fve, frequency = network.fve(), np.zeros(len(rows), int)
    for neuron, row in zip(order, rows):
        k = frequency[neuron] = int(row["frequency_" + side])
        near(row["fve_" + side], fve[:, neuron].max(), "fve", 1e-4)
        near(fve[k - 1, neuron] if k else 0, fve[:, neuron].max(), "frequency", 1e-4)
    return frequency


def check_matching(a, b):
    """The rows about neurons, and the order that they tell."""
    rows = table("neuron")
    gain = correlations(a.acts, b.acts)
    order = np.array([int(row["neuron_b"]) for row in rows])
    assert sorted(order) == list(range(len(order))), "no permutation"
    i, j = linear_sum_assignment(gain, maximize=True)
    near(gain[np.arange(len(order)), order].sum(), gain[i, j].sum(), "best sum", 1e-4)
    frequency_a = check_frequency(a, range(len(order)), rows, "a")
    frequency_b = check_frequency(b, order, rows, "b")
    constant = [x.acts.std(0) < 1e-9 for x in (a, b)]
    found = []
    for i, row in enumerate(rows):
        both = constant[0][i] and constant[1][order[i]]
        near(row["correlation"], math.nan if both else gain[i, order[i]], "correlation")
        found += [] if both else [gain[i, order[i]]]
    return order, np.mean(found), frequency_a, frequency_b


def check(path_a, path_b):
    (w, inputs, train_a), (v, _, train_b) = read(path_a), read(path_b)
    p = int(math.isqrt(len(inputs)))
    a, b = Network(w, p), Network(v, p)
    test = np.ones(p * p, bool)
    test[train_a] = test[train_b] = False
    row = table("pair")[0]
    order, correlation, frequency_a, frequency_b = check_matching(a, b)
    x, y, z = flat(w), flat(v), flat(moved(v, order))
    near(row["max_difference"], np.abs(x - y).max(), "max_difference")
    near(row["weight_distance"], np.linalg.norm(x - y), "weight_distance")
    near(row["weight_cosine"], cosine(x, y), "weight_cosine")
    near(row["weight_distance_matched"], np.linalg.norm(x - z), "distance matched")
    near(row["weight_cosine_matched"], cosine(x, z), "cosine matched")
    keys_a, keys_b = set(frequency_a) - {0}, set(frequency_b) - {0}
    for name, keys in (("a", keys_a), ("b", keys_b), ("shared", keys_a & keys_b),
                       ("lost", keys_a - keys_b), ("gained", keys_b - keys_a)):
        assert row["keys_" + name] == words(keys), f"keys_{name}: {row['keys_' + name]}"
    near(row["keys_jaccard"], len(keys_a & keys_b) / len(keys_a | keys_b), "jaccard")
    near(row["spectrum_cosine"], cosine(a.power(), b.power()), "spectrum_cosine")
    for name, s, t in (("embedding", a.embedding(), b.embedding()),
                       ("neuron", a.acts, b.acts), ("logit", a.logits, b.logits)):
        near(row[name + "_cka"], cka(s, t), name + "_cka")
        near(row[name + "_procrustes"], procrustes(s, t), name + "_procrustes")
    near(row["matched_correlation"], correlation, "matched_correlation")
    near(row["matched_frequency"], np.mean(frequency_a == frequency_b[order]),
         "matched_frequency")
    agree = a.logits.argmax(1) == b.logits.argmax(1)
    kl = (np.exp(a.log_q()) * (a.log_q() - b.log_q())).sum(1)
    near(row["agreement"], agree.mean(), "agreement", 1e-12)
    near(row["agreement_test"], agree[test].mean(), "agreement_test", 1e-12)
    near(row["kl"], kl.mean(), "kl")
    near(row["kl_test"], kl[test].mean(), "kl_test")
    for side, n in (("a", x), ("b", y)):
        near(row["l2_" + side], np.linalg.norm(n), "l2")
        near(row["sum_of_squares_" + side], n @ n, "sum_of_squares")
    check_line(row, line(w, v, p, test, 11), line(w, moved(v, order), p, test, 11))
    check_frequencies(a, b, order, frequency_a, frequency_b)
    check_tensors(w, v, moved(v, order))


def check_line(row, plain, matched):
    near(row["loss_a"], plain[0, 1], "loss_a")
    near(row["loss_b"], plain[-1, 1], "loss_b")
    near(row["test_loss_a"], plain[0, 2], "test_loss_a")
    near(row["test_loss_b"], plain[-1, 2], "test_loss_b")
    near(row["barrier"], height(plain[:, 1]), "barrier")
    near(row["barrier_test"], height(plain[:, 2]), "barrier_test")
    near(row["barrier_matched"], height(matched[:, 1]), "barrier_matched")
    near(row["barrier_matched_test"], height(matched[:, 2]), "barrier_matched_test")
    rows = table("barrier")
    assert len(rows) == len(plain), "points"
    for point, x, y in zip(rows, plain, matched):
        for name, expected in (("alpha", x[0]), ("loss", x[1]), ("test_loss", x[2]),
                               ("loss_matched", y[1]), ("test_loss_matched", y[2])):
            near(point[name], expected, "point " + name)


def check_frequencies(a, b, order, frequency_a, frequency_b):
    rows = table("frequency")
    assert [int(row["frequency"]) for row in rows] == list(range(1, a.p // 2 + 1))
    for k, row in enumerate(rows, 1):
        near(row["fraction_a"], a.power()[k - 1] / a.power().sum(), "fraction_a")
        near(row["fraction_b"], b.power()[k - 1] / b.power().sum(), "fraction_b")
        near(row["neurons_a"], (frequency_a == k).sum(), "neurons_a", 0)
        near(row["neurons_b"], (frequency_b == k).sum(), "neurons_b", 0)
        same = (frequency_a == k) & (frequency_b[order] == k)
        near(row["neurons_matched"], same.sum(), "neurons_matched", 0)
        near(row["key_a"], k in frequency_a, "key_a", 0)


def check_tensors(w, v, m):
    rows = {row["tensor"]: row for row in table("tensor")}
    assert set(rows) == set(w), "tensors"
    for name, row in rows.items():
        x, y, z = (s[name].ravel() for s in (w, v, m))
        size = np.maximum(np.abs(x), np.abs(y))
        near(row["num_different"], (x != y).sum(), "num_different", 0)
        near(row["same"], (x == y).all(), "same", 0)
        near(row["max_difference"], np.abs(x - y).max(), "max_difference")
        near(row["max_relative"],
             (np.abs(x - y) / np.where(size > 0, size, 1)).max(), "max_relative")
        near(row["distance"], np.linalg.norm(x - y), "distance")
        near(row["cosine"], cosine(x, y), "cosine")
        near(row["distance_matched"], np.linalg.norm(x - z), "distance_matched")
        near(row["cosine_matched"], cosine(x, z), "cosine_matched")


def permute(path, out):
    """Neurons in another order, written out for each network that the test trains."""
    places = {"transformer": {"blocks.0.mlp.W_in": 1, "blocks.0.mlp.b_in": 0,
                              "blocks.0.mlp.W_out": 0},
              "chughtai_mlp": {"linear1.W": 1, "unembed.W_U": 0},
              "zhong_beta": {"linear2.W": 1, "linear2.b": 0, "unembed.W_U": 0},
              "zhong_delta": {"linear1.W": 1, "linear1.b": 0, "unembed.W_U": 0},
              "gromov_mlp": {"embed.W_left": 1, "embed.W_right": 1, "unembed.W_U": 0}}
    shutil.copy(path, out)
    with h5py.File(out, "r+") as file:
        config = json.loads(file["config"][()])
        axes = places[config["model"]["architecture"]]
        count = config["model"]["d_mlp"]
        order = np.random.default_rng(0).permutation(count)
        for name, axis in axes.items():
            x = file["params"][name]
            assert x.shape[axis] == count, name
            x[...] = np.take(x[()], order, axis)


if sys.argv[1] == "--permute":
    permute(*sys.argv[2:])
else:
    check(*sys.argv[1:])
    print(compared)
