"""Probes of a run agree with NumPy's least squares on the activations that are exported.

usage: probe.py     with GROKSCOPE_BIN set; needs NumPy
"""
import csv
import io
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
RIDGE = 0.01


def call(program, *arguments, code=0):
    done = subprocess.run([f"{BIN}/grokscope-{program}", *arguments],
                          capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{program} {arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout if code == 0 else done.stderr


def rows(program, *arguments):
    return json.loads(call(program, *arguments, "--format", "json"))["results"]


def ridge_fit(x, y):
    """W, b of the rows, by the stacked system [X; sqrt(lambda)] W = [Y; 0]."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = x - mean_x, y - mean_y
    d = x.shape[1]
    strength = np.sqrt(RIDGE * (x ** 2).sum() / d)
    stacked = np.vstack([x, strength * np.eye(d)])
    w = np.linalg.lstsq(stacked, np.vstack([y, np.zeros((d, y.shape[1]))]), rcond=None)[0]
    return w, mean_y - mean_x @ w


def check(x, labels, train, row):
    classes, y = np.unique(labels, return_inverse=True)
    w, b = ridge_fit(x[train], np.eye(len(classes))[y][train])
    right = (x @ w + b).argmax(1) == y
    assert row["classes"] == len(classes), row
    assert row["fitted"] == train.sum() and row["held_out"] == (~train).sum(), row
    assert abs(row["fitted_accuracy"] - right[train].mean()) < 1e-9, row
    assert abs(row["accuracy"] - right[~train].mean()) < 1e-9, row
    most = np.bincount(y[train]).argmax()
    assert abs(row["chance"] - (y[~train] == most).mean()) < 1e-9, row


def main():
    call("train", *("--p 11 --d-model 16 --n-heads 2 --d-mlp 24 --train-fraction 0.6 --steps "
                    "300 --checkpoints linear:100 --log-every 50 --dtype float64 -q").split(),
         "--out", "run")
    facts = list(csv.DictReader(io.StringIO(call(
        "embedding", "run", "--tensor", "neurons", "--columns", "a,b,c,train,parity")),
        delimiter="\t"))
    train = np.array([row["train"] == "1" for row in facts])
    names = {"answer": "c", "a": "a", "b": "b", "parity": "parity"}
    for activation in ["neurons", "blocks.0.hook_resid_mid"]:
        call("embedding", "run", "--tensor", activation, "-o", "x.npy", "--force")
        x = np.load("x.npy").astype(float)
        found = rows("probe", "run", "--long", "--activations", activation, "--labels",
                     ",".join(names), "--examples", "splits", "--ridge", str(RIDGE))
        assert [row["label"] for row in found] == list(names), found
        for row in found:
            labels = np.array([int(fact[names[row["label"]]]) for fact in facts])
            check(x, labels, train, row)
            assert row["activation"] == activation and row["width"] == x.shape[1]

    # What a run's last checkpoint is not asked for does not change.
    one = rows("probe", "run", "--step", "100", "--draws", "5")[0]
    many = rows("probe", "run", "--step", "all", "--draws", "5", "--threads", "2")
    assert many[1] == one, (many[1], one)
    assert one["control_spread"] > 0 and one["control_accuracy"] < 0.6, one
    assert abs(one["selectivity"] - one["accuracy"] + one["control_accuracy"]) < 1e-12
    assert "fitted_share" in call("probe", "run", "--fitted-share", "1", code=2)
    assert "no 'd'; there are: answer" in call("probe", "run", "--labels", "d", code=2)
    assert "operands" in call("probe", "--help")

    # In training: with every saved step, and equal to what the files say.
    call("train", "--p", "7", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8",
         "--train-fraction", "0.6", "--steps", "20", "--checkpoints", "linear:10",
         "--measure", "probe:draws=1,gradients", "-q", "--out", "measured")
    history = rows("info", "measured", "--history=probe")
    saved = rows("probe", "measured", "--draws", "1", "--step", "all")
    assert [r["accuracy"] for r in history] == [r["accuracy"] for r in saved], history
    assert rows("info", "measured", "--history=gradients")[0]["key_share"] is None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
