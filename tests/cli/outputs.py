"""What a network says of every pair, brought in without the network: measures answer about
it as they do about the network itself.

usage: outputs.py     with GROKSCOPE_BIN set; needs NumPy
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)

BIN = os.environ["GROKSCOPE_BIN"]
P = 11
RUN = (f"--p {P} --d-model 16 --n-heads 2 --d-mlp 24 --train-fraction 0.6 --steps 200 "
       "--checkpoints linear:100 --log-every 50 --dtype float64 -q").split()


def call(program, *arguments, code=0):
    done = subprocess.run([f"{BIN}/grokscope-{program}", *arguments],
                          capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{program} {arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout if code == 0 else done.stderr


def rows(program, *arguments, code=0):
    done = subprocess.run([f"{BIN}/grokscope-{program}", *arguments, "--format", "json"],
                          capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{program} {arguments}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["results"]


def array(tensor, step):
    call("embedding", "run", "--tensor", tensor, "--step", str(step), "-o", "x.npy",
         "--force")
    return np.load("x.npy")


def agree(program, columns, *arguments):
    """All columns but those that are of weights."""
    for ours, theirs in zip(rows(program, "run", *arguments),
                            rows(program, "said", *arguments), strict=True):
        for name in columns:
            a, b = ours[name], theirs[name]
            if isinstance(a, float) and isinstance(b, float):
                if abs(a - b) > 1e-9 * (1 + abs(a)):
                    sys.exit(f"{program}: {name}: {a} of the network, {b} of its outputs")
            elif a != b:
                sys.exit(f"{program}: {name}: {a} of the network, {b} of its outputs")


def main():
    call("train", *RUN, "--out", "run")
    steps = [0, 100, 200]
    said = {name: np.stack([array(name, step) for step in steps])
            for name in ("logits", "neurons", "embedding")}
    order = np.random.default_rng(0).permutation(3)  # steps need not ascend in a file
    np.savez("said.npz", steps=np.array(steps)[order],
             **{name: value.reshape(3, -1, value.shape[-1])[order]
                for name, value in said.items()})
    task = ["--operation", "add", "--p", str(P)]
    done = [line.split("\t") for line in call(
        "import", "--outputs", "said.npz", *task, "--train-fraction", "0.6", "--data-seed",
        "0", "-o", "said").splitlines()]
    if [line[1] for line in done[1:]] != ["0", "100", "200"]:
        sys.exit(f"steps: {done}")
    agree("progress", ["all_loss", "train_loss", "test_loss", "restricted_loss",
                       "excluded_loss", "key_frequencies"], "--step", "all")
    agree("rqi", ["rqi_gram", "rqi_angle", "rqi_liu"], "--step", "all")
    agree("fourier", ["embedding_gini", "embedding_ipr", "embedding_keys",
                      "embedding_share"], "--step", "all")
    pair, = rows("compare", "run", "said", code=1)  # they differ in their weights
    if pair["agreement"] != 1 or not abs(pair["kl"]) < 1e-12 or pair["barrier"] is not None:
        sys.exit(f"compare: {pair}")
    between, = rows("compare", "said@100", "said@200", code=1)
    if between["barrier"] is not None or not between["kl"] > 0:
        sys.exit(f"compare: {between}")
    if "not the network itself" not in call("ablate", "said", "--drop", "neurons=0", code=3):
        sys.exit("ablate asks a table for weights")
    agree("clockpizza", ["distance_irrelevance", "circularity", "pc_frequencies"])
    circles, = rows("clockpizza", "said")
    if circles["gradient_symmetricity"] is not None:
        sys.exit("gradients of a table")
    call("report", "said", "-o", "said.html")

    np.savez("one.npz", logits=said["logits"][2].astype("f4"))
    call("import", "--outputs", "one.npz", *task, "-o", "one.h5")
    refused = {
        "few.npz": ({"logits": said["logits"][2][:50]}, "expected a row for each of the 121"),
        "wide.npz": ({"logits": np.zeros((P * P, P + 1))}, "found 12 outputs, expected 11"),
        "none.npz": ({"weights": np.zeros(3)}, "holds no logits"),
        "steps.npz": ({"logits": np.zeros((2, P * P, P)), "steps": np.array([3])},
                      "found 1 steps, expected 2"),
        "twice.npz": ({"logits": np.zeros((2, P * P, P)), "steps": np.array([3, 3])},
                      "step 3 stands twice"),
    }
    for name, (arrays, why) in refused.items():
        np.savez(name, **arrays)
        out = "x" if name[0] in "st" else "x.h5"
        if why not in call("import", "--outputs", name, *task, "-o", out, code=3):
            sys.exit(f"{name}: is not refused with '{why}'")
    if "operation: outputs do not tell" not in call(
            "import", "--outputs", "one.npz", "-o", "y.h5", code=2):
        sys.exit("outputs of no task")
    if "it has no weights to be trained" not in call(
            "train", "--architecture", "outputs", "--out", "z", code=2):
        sys.exit("outputs are trained")


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    main()
