"""The network `graph_network` beside one written in PyTorch with index_add, from the same
first weights on the same molecules: losses before each of 20 updates and the weights after
them agree to rounding, in float64, for AdamW and for gradient descent. Skipped without
PyTorch."""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(77)

BIN = os.environ["GROKSCOPE_BIN"]
STEPS = 20
os.chdir(tempfile.mkdtemp())
SMILES = ["C", "N", "O", "C#C", "C#N", "C=O", "CC", "CO", "CC#C", "CC#N", "CC=O", "NC=O",
          "CCC", "CCO", "C1CC1", "C1CO1", "CC(C)=O", "CC(N)=O", "NC(N)=O", "CC(C)C",
          "OCC=O", "c1ccoc1", "c1cc[nH]c1", "FC(F)F"]  # fmt: skip


def train(out, *options):
    subprocess.run([f"{BIN}/grokscope-train", "--task", "molecules", "--data", ".",
                    "--train-samples", "16", "--test-samples", "0", "--architecture",
                    "graph_network", "--convolutions", "5,4", "--d-edge", "6", "--hidden",
                    "7", "--dtype", "float64", "--batch-size", "0", "--steps", str(STEPS),
                    "--log-every", "1", "--checkpoints", "linear:1", "--warmup", "0",
                    "--quiet", "--out", out, *options],
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip


def weights_of(path):
    with h5py.File(path) as file:
        return {name: torch.tensor(np.array(value)).requires_grad_()
                for name, value in file["params"].items()}  # fmt: skip


def examples(file, split):
    rows = np.array(file["data/splits"][split]).astype(int)
    return {name: torch.tensor(np.array(file["data"][name])[rows].astype(float))
            for name in ("atoms", "edges", "source", "target", "place", "polarizability")}


def linear(w, name, x):
    return x @ w[f"{name}.W"] + w[f"{name}.b"]


def molecule(w, atoms, edges, source, target):
    """Of one molecule, without its padding."""
    x = atoms
    for conv in ("conv1", "conv2"):
        A = linear(w, f"{conv}.edge2", F.relu(linear(w, f"{conv}.edge1", edges)))
        A = A.reshape(len(edges), x.shape[1], -1)
        messages = torch.einsum("ei,eio->eo", x[source], A)
        sums = torch.zeros(len(x), A.shape[2], dtype=x.dtype)
        sums = sums.index_add(0, target, messages)
        x = F.relu(x @ w[f"{conv}.W_root"] + sums + w[f"{conv}.b"])
    return linear(w, "linear2", F.relu(linear(w, "linear1", x.sum(0))))


def loss_of(w, e):
    total = 0
    for i in range(len(e["atoms"])):
        atoms = e["place"][i] == 0
        edges = e["target"][i] < e["atoms"].shape[1]
        out = molecule(w, e["atoms"][i][atoms], e["edges"][i][edges],
                       e["source"][i][edges].long(), e["target"][i][edges].long())
        total = total + ((out - e["polarizability"][i]) ** 2).mean()
    return total / len(e["atoms"])


def check(out, make):
    w = weights_of(f"{out}/step-000000000.h5")
    with h5py.File(f"{out}/step-000000000.h5") as first:
        train_set, test_set = examples(first, "train"), examples(first, "test")
    optimizer = make(list(w.values()))
    done = subprocess.run([f"{BIN}/grokscope-info", "--history=loss", out], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    names = done[0].split("\t")
    rows = [dict(zip(names, line.split("\t"))) for line in done[1:]]
    assert len(rows) == STEPS + 1
    for row in rows:
        loss = loss_of(w, train_set)
        assert abs(loss.item() - float(row["train_loss"])) < 1e-11, row
        assert abs(loss_of(w, test_set).item() - float(row["test_loss"])) < 1e-11, row
        if int(row["step"]) in (1, STEPS):
            after = weights_of(f"{out}/step-{int(row['step']):09d}.h5")
            for name, value in w.items():
                assert (value - after[name]).abs().max() < 1e-10, (row["step"], name)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


with open("made.csv", "w", encoding="utf-8") as table:
    table.write("smiles,alpha\n")
    for number, smiles in enumerate(SMILES):
        table.write(f"{smiles},{6 + 5 * len(smiles) + number % 3}\n")
train("sgd", "--optimizer", "sgd", "--learning-rate", "0.001", "--weight-decay", "0")
check("sgd", lambda p: torch.optim.SGD(p, 0.001))
train("adamw", "--learning-rate", "0.01", "--weight-decay", "0.1", "--beta2", "0.999")
check("adamw", lambda p: torch.optim.AdamW(p, 0.01, (0.9, 0.999), 1e-8, 0.1))
