"""Write <case>.txt of every case, what test_reference.c compares with.

Networks of networks.py and twenty full-batch updates with each optimizer, by PyTorch
and its autograd, sharing no code with grokscope. Every value is of a float64 run;
beside it stands how far the same program in float32 ends from it.

    python3 make_reference.py [CASE…]        write these cases, or all
    python3 make_reference.py --time         milliseconds a step of nanda_113, float32
    python3 make_reference.py --check-oracles
        run the same network functions on the networks that Zhong et al. published, in
        the folder $GROKSCOPE_ORACLES, and compare with what is known of them

Lines are "what name value…". The network and how it is trained:
  set - KEY VALUE           a key of grokscope's configuration
  set:RUN - KEY VALUE       one that holds only in the run with this optimizer
  training - f g n i j      the pairs with (f a + g b) mod 10 < n are trained on; a and
                            b are the tokens i and j of an example
  parameter NAME KIND BOUND OFFSET DIM…
                            element k starts at OFFSET + BOUND hash(NAME, k), a float32;
                            KIND is trained, frozen, or built where the network itself
                            has the values
What is compared, each line with S, D and R before the values: the size S that
differences are divided by, and the largest and the root mean square difference of the
float32 run, over all elements, not only the picked ones, and divided by S. They are
the most of ROUNDED runs, each but the first with the training pairs, so the terms of
sums, in another order and from weights moved by up to the last bit: near the kink of a
ReLU that decides how training goes on.
  initial, gradient, weights:RUN NAME S D R projection rms V…
                            a whole tensor: sum of hash("projection", k) times element
                            k, root mean square, picked elements. The gradient is that
                            of the starting weights, the weights those after the last
                            update
  logits e S D R V…         of the example number e at the answer's position
  loss - S D R V            before any update
  losses:RUN - S D R V…     before each update, and after the last
S is the values' root mean square, for tensors not less than a hundredth of that of all
tensors together: the gradient of b_K is 0 but for rounding. Without S, D and R:
  correct - N, correct:RUN - N     training examples that are right, likewise
"""

import math
import os
import sys
import time

import numpy as np

try:
    import torch
except ModuleNotFoundError:
    print("skipped: Python has no PyTorch")
    sys.exit(77)  # what ctest takes for "skipped"

import networks
import published

UPDATES = 20
PICKS = 2
EXAMPLES = 4
ROUNDED = 16

# ---- Cases ----

NANDA = {
    "operation": "add",
    "layout": "a b =",
    "n_layers": 1,
    "act_fn": "relu",
    "normalization_type": "none",
    "positional_embedding_type": "standard",
    "attention_dir": "causal",
}
NANDA_ADAMW = {
    "optimizer": "adamw",
    "learning_rate": 0.001,
    "weight_decay": 1,
    "beta1": 0.9,
    "beta2": 0.98,
    "epsilon": 1e-8,
    "warmup": 10,
    "first_rate_zero": "yes",
}
ADAMW = {**NANDA_ADAMW, "learning_rate": 0.01, "epsilon": 1e-6, "warmup": 4}
ADAM = {
    "optimizer": "adam",
    "learning_rate": 0.01,
    "weight_decay": 0.02,
    "beta1": 0.8,
    "beta2": 0.95,
    "epsilon": 1e-6,
    "warmup": 5,
    "first_rate_zero": "no",
}
SGD = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "weight_decay": 0.02,
    "momentum": 0.9,
    "warmup": 0,
    "first_rate_zero": "no",
}
SLOW_SGD = {**SGD, "learning_rate": 0.01}
FALLING = {"annealing": "cosine", "anneal_steps": 15, "anneal_floor": 0.1}
EVERY = {"adamw": ADAMW, "adam": ADAM, "sgd": SGD}
ZHONG = {"p": 11, "layout": "a b", "d_model": 8, "d_mlp": 12}

# Name, keys, (a factor, b factor, kept) of the training pairs, optimizers. The pairs of
# nanda_113 put none of the two million ReLUs closer to its kink than float32 rounds.
CASES = [
    ("nanda_small", {**NANDA, "p": 13, "d_vocab_out": 14, "d_model": 16, "n_heads": 2,
                     "d_mlp": 24}, (3, 5, 6), {**EVERY, "adamw": NANDA_ADAMW}),
    ("nanda_113", {**NANDA, "p": 113, "d_vocab_out": 114, "d_model": 128, "n_heads": 4,
                   "d_mlp": 512}, (8, 3, 3), {"adamw": NANDA_ADAMW}),
    ("preln_gelu", {"operation": "subtract", "p": 11, "layout": "a b =", "n_layers": 2,
                    "d_model": 12, "n_heads": 3, "d_head": 5, "d_mlp": 16,
                    "act_fn": "gelu", "normalization_type": "LN",
                    "attn_biases": "trained", "unembed_bias": "trained"},
     (3, 5, 6), {**EVERY, "adamw": {**ADAMW, "epsilon": 1e-4, "decay_parameters": "matrices"}}),
    ("postln_sinusoidal", {"operation": "divide", "p": 11,
                           "layout": "eos a op b = c", "n_layers": 2, "d_model": 12,
                           "n_heads": 2, "d_mlp": 16, "normalization_type": "LN",
                           "norm_position": "post", "biases": "absent",
                           "positional_embedding_type": "sinusoidal",
                           "loss_positions": "from_answer"}, (3, 5, 6), EVERY),
    ("bidirectional_half", {"p": 11, "layout": "a b", "n_layers": 2, "d_model": 12,
                            "n_heads": 2, "d_mlp": 16,
                            "attention_dir": "bidirectional",
                            "attention_rate": 0.5}, (3, 5, 6),
     {**EVERY, "adamw": {**ADAMW, **FALLING}, "sgd": SLOW_SGD}),
    *[("zhong_" + x, {**ZHONG, "architecture": "zhong_" + x}, (3, 5, 6), EVERY)
      for x in ("alpha", "beta", "gamma", "delta")],
    ("gromov_mlp", {"operation": "multiply", "p": 11, "layout": "a b", "d_mlp": 16,
                    "architecture": "gromov_mlp", "act_fn": "square", "loss": "mse"},
     (3, 5, 6), EVERY),
    ("chughtai_mlp", {**ZHONG, "operation": "subtract", "architecture": "chughtai_mlp"},
     (3, 5, 6), EVERY),
    ("tanh_lnpre", {"operation": "quad2", "p": 11, "layout": "a op b =", "n_layers": 1,
                    "d_model": 12, "n_heads": 2, "d_mlp": 16, "act_fn": "tanh",
                    "normalization_type": "LNPre", "eps": 0.01, "biases": "frozen",
                    "attn_biases": "frozen", "unembed_bias": "frozen",
                    "positional_embedding_type": "none"}, (3, 5, 6),
     {**EVERY, "sgd": {**SGD, **FALLING, "annealing": "linear"}}),
    ("identity_all", {"operation": "add", "p": 7, "layout": "a op b =",
                      "n_layers": 1, "d_model": 8, "n_heads": 2, "d_mlp": 12,
                      "act_fn": "identity", "attention_rate": 0.3,
                      "loss": "mse", "loss_positions": "all"},
     (3, 5, 6), {**EVERY, "sgd": SLOW_SGD}),
]  # fmt: skip


class Case:
    def __init__(self, name, keys, training, optimizers):
        self.name, self.keys, self.training = name, keys, training
        self.optimizers = optimizers
        c = {**networks.DEFAULTS, **keys}
        if c["d_head"] == 0:
            c["d_head"] = c.get("d_model", 0) // c.get("n_heads", 1)
        self.c, self.examples = c, networks.examples(c)
        f, g, kept = training
        pairs = self.examples.pairs
        self.train = torch.tensor(
            [i for i, (a, b) in enumerate(pairs) if (f * a + g * b) % 10 < kept]
        )
        self.shown = picks(len(pairs), EXAMPLES)
        self.parameters = networks.parameters(c, self.examples)


# ---- Starting weights ----


def picks(count, num):
    """Indices spread over [0, count) as multiples of the golden ratio are."""
    return [(k + 1) * 61803 % 100000 * count // 100000 for k in range(num)]


def hashed(name, count):
    """Element i of `count`: a hash of it and the name, in [-1, 1).

    Integers but for the last division, so that any program gets the same bits.
    """
    mask = np.uint64(0xFFFFFFFF)
    of_name = 2166136261  # FNV-1a
    for byte in name.encode():
        of_name = (of_name ^ byte) * 16777619 & 0xFFFFFFFF
    h = np.arange(count, dtype=np.uint64)
    h = (h * np.uint64(2654435761) + np.uint64(of_name)) & mask
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(73244475)) & mask
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(73244475)) & mask
    h = h ^ (h >> np.uint64(16))
    return h.astype(np.float64) / 2147483648.0 - 1


def starting_weights(case, dtype, variant=0):
    """Name -> tensor, those that are trained with requires_grad.

    In variants above 0 these are moved by up to the last bit of a float32.
    """
    rng = np.random.default_rng(variant)
    out = {}
    for name, (shape, kind, bound, offset) in case.parameters.items():
        if kind == "built":
            start = networks.sinusoids(*shape)
        else:
            start = offset + bound * hashed(name, math.prod(shape))
            start = torch.from_numpy(start.astype(np.float32).reshape(shape))
        if variant > 0 and kind == "trained":
            moves = torch.from_numpy(rng.uniform(-1, 1, shape))
            start = start * (1 + 2.0**-23 * moves)
        out[name] = start.to(dtype).requires_grad_(kind == "trained")
    return out


# ---- Running ----


def rate(keys, update):
    """The share of the learning rate that an update has: warm-up, then annealing."""
    u = update if keys["first_rate_zero"] == "yes" else update + 1
    if u < keys["warmup"]:
        return u / keys["warmup"]
    if "annealing" not in keys:
        return 1
    share = min((u - keys["warmup"]) / keys["anneal_steps"], 1)
    cosine = keys["annealing"] == "cosine"
    left = (1 + math.cos(math.pi * share)) / 2 if cosine else 1 - share
    return keys["anneal_floor"] + (1 - keys["anneal_floor"]) * left


def training(weights, keys):
    """PyTorch's optimizer and schedule for grokscope's keys."""
    matrices = {"params": [w for w in weights.values() if w.requires_grad]}
    vectors = {"params": []}
    if keys.get("decay_parameters") == "matrices":
        vectors["params"] = [w for w in matrices["params"] if w.dim() < 2]
        vectors["weight_decay"] = 0
        matrices["params"] = [w for w in matrices["params"] if w.dim() >= 2]
    trained = [matrices, vectors] if vectors["params"] else [matrices]
    k = {"lr": keys["learning_rate"], "weight_decay": keys["weight_decay"]}
    if keys["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(trained, momentum=keys["momentum"], **k)
    else:
        kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
        k.update(betas=(keys["beta1"], keys["beta2"]), eps=keys["epsilon"])
        optimizer = kind[keys["optimizer"]](trained, **k)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda update: rate(keys, update)
    )
    return optimizer, scheduler


def flat(tensor):
    return tensor.detach().to(torch.float64).flatten().numpy().copy()


class Problem:
    """A case in one of several variants that are equal but for rounding."""

    def __init__(self, case, dtype, variant=0):
        self.case, self.dtype, self.variant = case, dtype, variant
        train = case.train
        if variant > 0:
            shuffled = np.random.default_rng(variant).permutation(len(train))
            train = train[torch.from_numpy(shuffled)]
        self.tokens = case.examples.tokens[train]
        self.labels = case.examples.labels[train]

    def weights(self):
        return starting_weights(self.case, self.dtype, self.variant)

    def logits(self, weights, tokens=None):
        """Of the training examples where the loss reads them, or of others' answers."""
        e = self.case.examples
        positions = e.positions if tokens is None else [e.answer]
        tokens = self.tokens if tokens is None else tokens
        return networks.at_positions(
            networks.logits(weights, self.case.c, tokens), positions
        )

    def loss(self, weights):
        return networks.mean_loss(self.logits(weights), self.labels, self.case.c)

    def num_correct(self, weights):
        with torch.no_grad():
            return networks.num_correct(self.logits(weights), self.labels)


def run_start(problem):
    """What precedes any update, as (what, name) -> float64 array."""
    case, out = problem.case, {}
    weights = problem.weights()
    loss = problem.loss(weights)
    loss.backward()
    with torch.no_grad():
        for e in case.shown:
            tokens = case.examples.tokens[e : e + 1]
            out["logits", str(e)] = flat(problem.logits(weights, tokens))
    out["loss", "-"] = np.array([loss.item()])
    out["correct", "-"] = problem.num_correct(weights)
    for name, w in weights.items():
        if w.requires_grad:
            out["gradient", name] = flat(w.grad)
        elif case.parameters[name].kind == "built":
            out["initial", name] = flat(w)
    return out


def run_updates(problem, label):
    """What the updates with one of the optimizers make."""
    weights, losses, out = problem.weights(), [], {}
    optimizer, scheduler = training(weights, problem.case.optimizers[label])
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss = problem.loss(weights)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        losses.append(problem.loss(weights).item())
    out["losses:" + label, "-"] = np.array(losses)
    out["correct:" + label, "-"] = problem.num_correct(weights)
    for name, w in weights.items():
        out["weights:" + label, name] = flat(w)
    return out


def run(case, dtype, variant=0):
    problem = Problem(case, dtype, variant)
    out = run_start(problem)
    for label in case.optimizers:
        out.update(run_updates(problem, label))
    return out


# ---- Writing ----


def is_tensor(key):
    return key[0].split(":")[0] in ("initial", "gradient", "weights")


def rms(values):
    return math.sqrt(np.square(values).mean())


def size(exact, key):
    """What differences are divided by."""
    least = 0
    if is_tensor(key):
        alike = [v for (what, _), v in exact.items() if what == key[0]]
        least = rms(np.concatenate(alike)) / 100
    return max(rms(exact[key]), least)


def compared_line(exact, rounded, key):
    values, (what, name) = exact[key], key
    if not np.isfinite(values).all():
        raise FloatingPointError(f"{what} {name} is not finite")
    scale = size(exact, key)
    apart = [np.abs(run32[key] - values) / scale for run32 in rounded]
    shown = values
    if is_tensor(key):
        projection = (hashed("projection", len(values)) * values).sum()
        picked = values[picks(len(values), PICKS)]
        shown = [projection, rms(values), *picked]
    deviations = max(x.max() for x in apart), max(rms(x) for x in apart)
    numbers = " ".join("%.16g" % x for x in shown)
    return "%s %s %.4g %.2g %.2g %s\n" % (what, name, scale, *deviations, numbers)


def setting_lines(case):
    for key, value in case.keys.items():
        yield f"set - {key} {value}\n"
    for label, keys in case.optimizers.items():
        for key, value in keys.items():
            yield f"set:{label} - {key} {value}\n"
    words = case.c["layout"].split()
    numbers = [*case.training, words.index("a"), words.index("b")]
    yield "training - %d %d %d %d %d\n" % tuple(numbers)
    for name, (shape, kind, bound, offset) in case.parameters.items():
        dims = " ".join(map(str, shape))
        yield f"parameter {name} {kind} {bound!r} {offset} {dims}\n"


def write(case, folder):
    exact = run(case, torch.float64)
    rounded = [run(case, torch.float32, variant) for variant in range(ROUNDED)]
    path = os.path.join(folder, case.name + ".txt")
    with open(path, "w") as file:
        file.write(f"# Made by make_reference.py, PyTorch {torch.__version__}\n")
        file.writelines(setting_lines(case))
        for key, values in exact.items():
            if key[0].startswith("correct"):
                file.write("%s %s %d\n" % (*key, values))
            else:
                file.write(compared_line(exact, rounded, key))
    print(f"{case.name}: {len(case.train)} pairs, {os.path.getsize(path)} bytes")
    for label in case.optimizers:
        losses = exact["losses:" + label, "-"]
        worst = max(
            np.abs(run32[key] - exact[key]).max() / size(exact, key)
            for key in exact
            if key[0] == "weights:" + label
            for run32 in rounded
        )
        print(
            f"  {label}: loss {losses[0]:.4f} -> {losses[-1]:.4f}, correct "
            f"{exact['correct', '-']} -> {exact['correct:' + label, '-']}, float32 "
            f"weights within {worst:.1e}"
        )


def time_steps(case, num=40):
    torch.set_num_threads(2)
    problem = Problem(case, torch.float32)
    weights = problem.weights()
    optimizer, scheduler = training(weights, case.optimizers["adamw"])
    seconds = []
    for _ in range(num + 5):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = problem.loss(weights)
        loss.backward()
        optimizer.step()
        scheduler.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    seconds = np.array(seconds[5:]) * 1000
    print(
        f"{seconds.mean():.1f} ms a step over {num} steps, "
        f"median {np.median(seconds):.1f}, least {seconds.min():.1f}"
    )


def main(arguments):
    if arguments == ["--check-oracles"]:
        if "GROKSCOPE_ORACLES" not in os.environ:
            print("skipped: GROKSCOPE_ORACLES is not set")
            return 77
        return published.check(os.environ["GROKSCOPE_ORACLES"])
    if arguments == ["--time"]:
        return time_steps(next(Case(*x) for x in CASES if x[0] == "nanda_113"))
    for x in CASES:
        if not arguments or x[0] in arguments:
            write(Case(*x), os.path.dirname(os.path.abspath(__file__)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
