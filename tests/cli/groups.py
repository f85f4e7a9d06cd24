"""What grokscope-groups says of a checkpoint, against the definitions in numpy.

usage: groups.py FILE KEYS < TABLE
Reads networks of two embeddings, and one-layer transformers without norms, that compose
permutations of four points over "a b" and "a b =". Characters are those of S4's table,
projections come from them, and the cube of traces is written out.
"""
import csv
import itertools
import sys

import h5py
import numpy as np

POINTS = list(itertools.permutations(range(4)))
# Of each class by its cycle lengths: sign, standard, [2,2].
CHARACTERS = {(1, 1, 1, 1): (1, 3, 2), (1, 1, 2): (-1, 1, 0), (2, 2): (1, -1, 2),
              (1, 3): (1, 0, -1), (4,): (-1, -1, 0)}


def cycles(p):
    lengths, seen = [], set()
    for i in range(4):
        length = 0
        while i not in seen:
            seen.add(i)
            i, length = p[i], length + 1
        lengths += [length] if length else []
    return tuple(sorted(lengths))


def compose(x, y):
    """x, then y."""
    return tuple(y[i] for i in x)


def read(file):
    w = {}
    file["params"].visititems(
        lambda name, x: w.update({name: x[()].astype(float)})
        if isinstance(x, h5py.Dataset) else None)
    n = len(POINTS)
    a, b = (x.ravel() for x in np.indices((n, n)))
    if "embed.W_x" in w:
        x, y = np.split(w["linear1.W"], 2)
        x, y = w["embed.W_x"] @ x, w["embed.W_y"] @ y
        acts = np.maximum(x[a] + y[b], 0)
        return w, x, y, acts, w["unembed.W_U"], acts @ w["unembed.W_U"]
    block = {k.removeprefix("blocks.0."): v for k, v in w.items() if "blocks" in k}
    x = w["embed.W_E"][np.stack([a, b, np.full_like(a, n)], 1)] + w["pos_embed.W_pos"]
    q, k, v = (np.einsum("ntd,hde->nthe", x, block["attn.W_" + c]) for c in "QKV")
    scores = np.einsum("nhe,nthe->nht", q[:, 2], k) / q.shape[-1] ** 0.5
    pattern = np.exp(scores - scores.max(-1, keepdims=True))
    pattern /= pattern.sum(-1, keepdims=True)
    mid = x[:, 2] + np.einsum("nht,nthe,hed->nd", pattern, v, block["attn.W_O"])
    acts = np.maximum(mid @ block["mlp.W_in"] + block["mlp.b_in"], 0)
    end = mid + acts @ block["mlp.W_out"] + block["mlp.b_out"]
    E, U = w["embed.W_E"][:n], w["unembed.W_U"]
    return w, E, E, acts, block["mlp.W_out"] @ U, end @ U


def losses(logits, labels):
    top = logits.max(1, keepdims=True)
    norm = top[:, 0] + np.log(np.exp(logits - top).sum(1))
    return norm - logits[np.arange(len(labels)), labels]


def expected(file, keys):
    w, x, y, acts, U, logits = read(file)
    n = len(POINTS)
    place = {p: i for i, p in enumerate(POINTS)}
    table = np.array([[place[compose(p, q)] for q in POINTS] for p in POINTS])
    inverse = np.array([list(row).index(0) for row in table])
    sign, standard, two = np.array([CHARACTERS[cycles(p)] for p in POINTS]).T
    chi = {"sign": sign, "standard": standard, "standard_sign": sign * standard,
           "[2,2]": two}
    onto = {name: c[0] / n * c[table[inverse[:, None], np.arange(n)]]
            for name, c in chi.items()}  # [g, h]: d/n chi(g^-1 h)
    product = table.ravel()
    quotient = table[table[:, :, None], inverse]  # x y z^-1
    L = (logits - logits.mean(1, keepdims=True)).reshape(n, n, n)
    cosine = {name: (L * c[quotient]).sum() / np.linalg.norm(L)
              / np.linalg.norm(c[quotient]) for name, c in chi.items()}

    def share(name, rows):
        return (rows * (onto[name] @ rows)).sum() / (rows ** 2).sum()

    def along(name, at, table):
        """The projection on rho of what stands at each pair."""
        sums = np.zeros((n, table.shape[1]))
        np.add.at(sums, at, table)
        return onto[name][at] @ sums / n

    a, b = (i.ravel() for i in np.indices((n, n)))
    h = acts - acts.mean(0)
    hidden = {name: [(along(name, at, h) ** 2).sum() / (h ** 2).sum()
                     for at in (a, b, product)] for name in chi}
    kept = sum(along(name, product, acts) for name in keys) @ U
    train = np.zeros(n * n, bool)
    train[file["data/splits/train"][()]] = True
    own = losses(logits, product)
    yield {"train_loss": own[train].mean(), "test_loss": own[~train].mean(),
           "logit_fve": sum(c ** 2 for c in cosine.values()),
           "fve_x": sum(share(k, x) for k in keys),
           "fve_y": sum(share(k, y) for k in keys),
           "fve_U": sum(share(k, U.T) for k in keys),
           "hidden_fve": sum(sum(hidden[k]) for k in keys),
           "hidden_fve_xy": sum(hidden[k][2] for k in keys),
           "restricted_loss": losses(kept, product).mean(),
           "excluded_loss": losses(acts @ U - kept, product)[train].mean(),
           "sum_of_squares": sum((x ** 2).sum() for x in w.values())}
    for name in chi:
        yield {"irrep": name, "similarity": cosine[name], "fve_x": share(name, x),
               "fve_y": share(name, y), "fve_U": share(name, U.T),
               "hidden_fve_x": hidden[name][0], "hidden_fve_y": hidden[name][1],
               "hidden_fve_xy": hidden[name][2]}


def main(path, keys):
    with h5py.File(path) as file:
        of_file, *of_irreps = expected(file, keys.split(","))
    rows = list(csv.DictReader(sys.stdin, delimiter="\t"))
    by_name = {row["irrep"]: row for row in of_irreps}
    compared = 0
    for row in rows:
        want = by_name.get(row["irrep"]) if "irrep" in row else of_file
        for name, value in (want or {}).items():
            if name == "irrep":
                continue
            compared += 1
            off = abs(float(row[name]) - value)
            if not off <= 2e-6 * max(1, abs(value)):
                sys.exit(f"{name}: {row[name]}, expected {value!r}")
    print(compared)


main(*sys.argv[1:])
