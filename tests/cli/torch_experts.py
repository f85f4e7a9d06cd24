"""A transformer with mixtures of experts beside one written in PyTorch, every expert in
full and the chosen ones picked out, from the same first weights: losses before each of
20 updates, load balancing among what is minimised, and the weights after them agree to
rounding, in float64. Skipped without PyTorch."""
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
STEPS, HEADS, EXPERTS = 20, 2, 5
os.chdir(tempfile.mkdtemp())


def train(out, *options):
    subprocess.run([f"{BIN}/grokscope-train", "--operation", "add", "--p", "11",
                    "--n-layers", "2", "--d-model", "8", "--n-heads", str(HEADS), "--d-mlp",
                    "6", "--num-experts", str(EXPERTS), "--init", "pytorch", "--dtype",
                    "float64", "--train-fraction", "0.6", "--steps", str(STEPS),
                    "--log-every", "1", "--checkpoints", "linear:1", "--warmup", "0",
                    "--quiet", "--out", out, *options],
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip


def weights_of(path):
    with h5py.File(path) as file:
        return {name: torch.tensor(np.array(value)).requires_grad_()
                for name, value in file["params"].items()}  # fmt: skip


def attention(w, x, block):
    q, k, v = (torch.einsum("npd,hde->nhpe", x, w[f"{block}.attn.W_{name}"])
               for name in "QKV")
    scores = q @ k.transpose(2, 3) / q.shape[-1] ** 0.5
    hidden = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
    z = scores.masked_fill(hidden, -np.inf).softmax(-1) @ v
    return torch.einsum("nhpe,hed->npd", z, w[f"{block}.attn.W_O"])


def experts(w, x, block, chosen, normalised):
    """What the chosen say, and how unevenly all are loaded."""
    name = f"{block}.mlp.experts."
    p = (x @ w[f"{block}.mlp.W_router"]).softmax(-1)
    gates, places = p.topk(chosen, -1)
    if normalised:
        gates = gates / gates.sum(-1, keepdim=True)
    h = torch.einsum("npd,edm->npem", x, w[name + "W_in"]) + w[name + "b_in"]
    y = torch.einsum("npem,emd->nped", F.relu(h), w[name + "W_out"]) + w[name + "b_out"]
    taken = torch.gather(y, 2, places.unsqueeze(-1).expand(*places.shape, y.shape[-1]))
    share = F.one_hot(places, EXPERTS).double().mean((0, 1, 2))
    balance = EXPERTS * (share * p.mean((0, 1))).sum()
    return (taken * gates.unsqueeze(-1)).sum(2), balance


def outputs(w, tokens, chosen, normalised):
    x = w["embed.W_E"][tokens] + w["pos_embed.W_pos"]
    balance = 0
    for block in ("blocks.0", "blocks.1"):
        x = x + attention(w, x, block)
        said, uneven = experts(w, x, block, chosen, normalised)
        x, balance = x + said, balance + uneven / 2
    return x[:, -1] @ w["unembed.W_U"], balance


def check(out, make, chosen, normalised, alpha):
    w = weights_of(f"{out}/step-000000000.h5")
    with h5py.File(f"{out}/step-000000000.h5") as first:
        sets = {name: [torch.tensor(np.array(first["data"][field])
                                    [np.array(first["data/splits"][name])].astype(int))
                       for field in ("tokens", "label")]
                for name in ("train", "test")}  # fmt: skip
    optimizer = make(list(w.values()))
    done = subprocess.run([f"{BIN}/grokscope-info", "--history=loss", out], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    names = done[0].split("\t")
    rows = [dict(zip(names, line.split("\t"))) for line in done[1:]]
    assert len(rows) == STEPS + 1
    for row in rows:
        losses = {}
        for name, (tokens, label) in sets.items():
            logits, balance = outputs(w, tokens, chosen, normalised)
            losses[name] = F.cross_entropy(logits, label.reshape(-1))
            if name == "train":
                total = losses[name] + alpha * balance
            error = losses[name].item() - float(row[f"{name}_loss"])
            assert abs(error) < 1e-11, (row, name, error)
        if int(row["step"]) in (1, STEPS):
            after = weights_of(f"{out}/step-{int(row['step']):09d}.h5")
            assert set(after) == set(w)
            for name, value in w.items():
                assert (value - after[name]).abs().max() < 1e-10, (row["step"], name)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


train("sgd", "--optimizer", "sgd", "--learning-rate", "0.1", "--weight-decay", "0",
      "--load-balance", "3")  # fmt: skip
check("sgd", lambda p: torch.optim.SGD(p, 0.1), 2, True, 3)
train("adamw", "--learning-rate", "0.01", "--weight-decay", "0.1", "--beta2", "0.999",
      "--experts-per-token", "3", "--normalise-gates", "no", "--load-balance",
      "0.5")  # fmt: skip
check("adamw", lambda p: torch.optim.AdamW(p, 0.01, (0.9, 0.999), 1e-8, 0.1), 3, False, 0.5)
train("one", "--learning-rate", "0.01", "--weight-decay", "0", "--beta2", "0.999",
      "--experts-per-token", "1", "--normalise-gates", "no")  # fmt: skip
check("one", lambda p: torch.optim.AdamW(p, 0.01, (0.9, 0.999), 1e-8, 0), 1, False, 0)
