"""What grokscope-progress says of a run, against the definitions written out in numpy.

usage: progress.py RUN KEYS [TOLERANCE] < TABLE
Reads one-layer transformers without norms that learn a + b over "a b =". Every row is
compared with a forward pass and projections of its own, and with the run's history,
which is of the type that was trained in: not where a tolerance is given.
"""
import csv
import sys

import h5py
import numpy as np


def network(file):
    """p, logits, activations, what these write, the split, squares of all weights."""
    w = {}
    file["params"].visititems(
        lambda name, x: w.update({name: x[()].astype(float)})
        if isinstance(x, h5py.Dataset) else None)
    data = file["data"]
    p = round(len(data["label"]) ** 0.5)
    a, b = (x.ravel() for x in np.indices((p, p)))
    x = w["embed.W_E"][np.stack([a, b, np.full_like(a, p)], 1)] + w["pos_embed.W_pos"]
    block = {k.removeprefix("blocks.0."): v for k, v in w.items() if "blocks" in k}
    q, k, v = (np.einsum("ntd,hde->nthe", x, block["attn.W_" + c]) for c in "QKV")
    scores = np.einsum("nhe,nthe->nht", q[:, 2], k) / q.shape[-1] ** 0.5
    pattern = np.exp(scores - scores.max(-1, keepdims=True))
    pattern /= pattern.sum(-1, keepdims=True)
    z = np.einsum("nht,nthe->nhe", pattern, v)
    mid = x[:, 2] + np.einsum("nhe,hed->nd", z, block["attn.W_O"])
    acts = np.maximum(mid @ block["mlp.W_in"] + block["mlp.b_in"], 0)
    end = mid + acts @ block["mlp.W_out"] + block["mlp.b_out"]
    logits = end @ w["unembed.W_U"]
    train = np.zeros(p * p, bool)
    train[data["splits/train"][()]] = True
    return p, logits, acts, block["mlp.W_out"] @ w["unembed.W_U"], train, sum(
        (x ** 2).sum() for x in w.values())


def losses(logits, labels):
    top = logits.max(1, keepdims=True)
    norm = top[:, 0] + np.log(np.exp(logits - top).sum(1))
    return norm - logits[np.arange(len(labels)), labels]


def project(table, s, p, keys):
    """The part of the columns along cos and sin of the keys' angles."""
    units = [f(2 * np.pi * k * s / p) for k in keys for f in (np.cos, np.sin)]
    return sum(np.outer(u, u @ table) / (u @ u) for u in units)


def expected(file, convention, keys):
    p, outputs, acts, written, train, squares = network(file)
    a, b = (x.ravel() for x in np.indices((p, p)))
    s, logits, written = a + b, outputs[:, :p], written[:, :p]
    labels = s % p
    part = project(logits, s, p, keys) if convention == "nanda" else \
        project(acts, s, p, keys) @ written
    kept = part + (0 if convention == "chughtai" else (logits - part).mean(0))
    lost = (acts @ written if convention == "chughtai" else logits) - part
    kept, lost = losses(kept, labels), losses(lost, labels)
    cube, share = logits.copy(), 0
    centred = logits - logits.mean(1, keepdims=True)
    for k in keys:
        wave = np.cos(2 * np.pi * k * (s[:, None] - np.arange(p)) / p)
        wave /= np.linalg.norm(wave)
        v = (wave * logits).sum()
        cube -= v * wave
        share += v ** 2 / (centred ** 2).sum()
    whole, right = losses(outputs, labels), outputs.argmax(1) == labels
    mirrored = ~train & train.reshape(p, p).T.ravel()
    chance = np.exp(-whole)
    best = np.where(np.eye(outputs.shape[1])[labels], -np.inf, outputs).max(1)
    softmax = np.exp(outputs - outputs.max(1, keepdims=True))
    softmax /= softmax.sum(1, keepdims=True)
    brier = ((softmax - np.eye(outputs.shape[1])[labels]) ** 2).sum(1)
    margin = outputs[np.arange(p * p), labels] - best
    restricted = kept[~train].mean() if convention == "notebook" else kept.mean()
    return {
        "train_loss": whole[train].mean(), "train_accuracy": right[train].mean(),
        "test_loss": whole[~train].mean(), "test_accuracy": right[~train].mean(),
        "all_loss": whole.mean(), "all_accuracy": right.mean(),
        "p_correct": chance[~train].mean(), "brier": brier[~train].mean(),
        "margin": margin[~train].mean(), "restricted_loss": restricted,
        "restricted_train": kept[train].mean(), "restricted_test": kept[~train].mean(),
        "restricted_ratio": whole[~train].mean() / restricted,
        "excluded_loss": lost[train].mean(),
        "excluded_cube": losses(cube, labels)[train].mean(), "logit_fve": share,
        "sum_of_squares": squares, "test_accuracy_mirrored": right[mirrored].mean(),
        "test_accuracy_new": right[~train & ~mirrored].mean(),
    }


def main(run, keys, tolerance=None):
    keys, worst, rows = [int(k) for k in keys.split(",")], 0, 0
    for row in csv.DictReader(sys.stdin, delimiter="\t"):
        path = "%s/step-%09d.h5" % (run, int(row["step"]))
        with h5py.File(path) as file:
            found = expected(file, row["convention"], keys)
            log = file["history/loss"]
            last = {c: log[c][-1] for c in log} if len(log["step"]) else {}
        assert row["key_frequencies"] == " ".join(map(str, keys)), row
        if last.get("step") == int(row["step"]) and not tolerance:
            for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
                found["history's " + name] = last[name]
        for name, value in found.items():
            ours = float(row[name.split()[-1]])
            error = abs(ours - value) / max(abs(value), 1e-3)
            assert error < float(tolerance or 1e-4), (row["step"], name, ours, value)
            worst = max(worst, error)
        rows += 1
    assert rows > 0
    print(f"{rows} rows, largest relative difference {worst:.2g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
