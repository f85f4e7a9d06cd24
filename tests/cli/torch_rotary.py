"""A transformer with rotary positions, with and without attention and MLP side by side,
beside one written in PyTorch as GPT-NeoX and GPT-J are: from the same first weights on the
same sequences, losses before each of 20 updates and the weights after them agree to
rounding, in float64, for AdamW, and for gradient descent, whose first update is the
gradient. Skipped without PyTorch."""
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
STEPS, HEADS, WIDTH, LAYERS = 20, 2, 10, 2
os.chdir(tempfile.mkdtemp())


def train(out, *options):
    subprocess.run([f"{BIN}/grokscope-train", "--task", "repeats", "--seq-len", "13",
                    "--subseq-len", "3", "--vocabulary", "9", "--train-samples", "24",
                    "--test-samples", "8", "--n-layers", str(LAYERS), "--d-model", "12",
                    "--n-heads", str(HEADS), "--d-head", str(WIDTH), "--d-mlp", "16",
                    "--act-fn", "gelu", "--normalization-type", "LN", "--attn-biases",
                    "trained", "--positional-embedding-type", "rotary", "--dtype",
                    "float64", "--batch-size", "0", "--steps", str(STEPS), "--log-every",
                    "1", "--checkpoints", "linear:1", "--warmup", "0", "--quiet", "--out",
                    out, *options], check=True, stdout=subprocess.DEVNULL)  # fmt: skip


def weights_of(path):
    with h5py.File(path) as file:
        return {name: torch.tensor(np.array(value)).requires_grad_()
                for name, value in file["params"].items()}  # fmt: skip


def examples(file, split):
    rows = np.array(file["data/splits"][split]).astype(int)
    return [torch.tensor(np.array(file["data"][name])[rows].astype(int))
            for name in ("tokens", "next", "is_repeated")]


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), -1)


def rotate_every_two(x):
    return torch.stack((-x[..., 1::2], x[..., ::2]), -1).flatten(-2)


def rotary(x, dims, base, adjacent):
    """x [batch, heads, positions, width]"""
    inv_freq = 1 / base ** (torch.arange(0, dims, 2, dtype=x.dtype) / dims)
    angles = torch.outer(torch.arange(x.shape[2], dtype=x.dtype), inv_freq)
    angles = angles.repeat_interleave(2, -1) if adjacent else torch.cat((angles, angles), -1)
    part, rest = x[..., :dims], x[..., dims:]
    turned = rotate_every_two(part) if adjacent else rotate_half(part)
    return torch.cat((part * angles.cos() + turned * angles.sin(), rest), -1)


def norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.w"], w[f"{name}.b"], 1e-5)


def attention(w, block, x, positions):
    q, k, v = (torch.einsum("btd,hde->bhte", x, w[f"{block}.attn.W_{n}"])
               + w[f"{block}.attn.b_{n}"][:, None] for n in "QKV")
    q, k = rotary(q, *positions), rotary(k, *positions)
    scores = q @ k.transpose(-1, -2) / WIDTH ** 0.5
    mask = torch.ones(scores.shape[-2:]).tril() == 0
    z = scores.masked_fill(mask, -torch.inf).softmax(-1) @ v
    return torch.einsum("bhte,hed->btd", z, w[f"{block}.attn.W_O"]) + w[f"{block}.attn.b_O"]


def mlp(w, block, x):
    hidden = F.gelu(x @ w[f"{block}.mlp.W_in"] + w[f"{block}.mlp.b_in"])
    return hidden @ w[f"{block}.mlp.W_out"] + w[f"{block}.mlp.b_out"]


def loss_of(w, data, positions, parallel):
    tokens, following, counted = data
    x = w["embed.W_E"][tokens]
    for layer in range(LAYERS):
        block = f"blocks.{layer}"
        added = attention(w, block, norm(w, f"{block}.ln1", x), positions)
        if not parallel:
            x, added = x + added, 0
        x = x + added + mlp(w, block, norm(w, f"{block}.ln2", x))
    logits = (norm(w, "ln_final", x) @ w["unembed.W_U"])[:, :-1]
    of_each = F.cross_entropy(logits.transpose(1, 2), following, reduction="none")
    return (of_each * counted).sum() / counted.sum()


def check(out, make, positions, parallel):
    w = weights_of(f"{out}/step-000000000.h5")
    assert "pos_embed.W_pos" not in w
    with h5py.File(f"{out}/step-000000000.h5") as first:
        train_set, test_set = examples(first, "train"), examples(first, "test")
    optimizer = make(list(w.values()))
    done = subprocess.run([f"{BIN}/grokscope-info", "--history=loss", out], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    names = done[0].split("\t")
    rows = [dict(zip(names, line.split("\t"))) for line in done[1:]]
    assert len(rows) == STEPS + 1
    for row in rows:
        loss = loss_of(w, train_set, positions, parallel)
        assert abs(loss.item() - float(row["train_loss"])) < 1e-11, row
        test_loss = loss_of(w, test_set, positions, parallel)
        assert abs(test_loss.item() - float(row["test_loss"])) < 1e-11, row
        if int(row["step"]) in (1, STEPS):
            after = weights_of(f"{out}/step-{int(row['step']):09d}.h5")
            for name, value in w.items():
                assert (value - after[name]).abs().max() < 1e-10, (row["step"], name)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


def sgd(parameters):
    return torch.optim.SGD(parameters, 0.1)


def adamw(parameters):
    return torch.optim.AdamW(parameters, 0.01, (0.9, 0.999), 1e-8, 0.1)


CHOICES = {
    "neox": (["--rotary-dim", "4", "--parallel-attn-mlp", "yes"], (4, 10000, False), True),
    "gptj": (["--rotary-dim", "6", "--rotary-adjacent-pairs", "yes", "--rotary-base", "50"],
             (6, 50, True), False),
    "all": ([], (WIDTH, 10000, False), False),
}
for name, (options, positions, parallel) in CHOICES.items():
    train(f"{name}-sgd", "--optimizer", "sgd", "--learning-rate", "0.1", "--weight-decay",
          "0", *options)
    check(f"{name}-sgd", sgd, positions, parallel)
    train(f"{name}-adamw", "--learning-rate", "0.01", "--weight-decay", "0.1", "--beta2",
          "0.999", *options)
    check(f"{name}-adamw", adamw, positions, parallel)


def refused(text, *options):
    done = subprocess.run([f"{BIN}/grokscope-train", "--task", "repeats", "--steps", "1",
                           "--out", "none", *options], stderr=subprocess.PIPE, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 2 and text in done.stderr, done.stderr


refused("rotary_dim: 3, expected an even number up to d_head 32",
        "--positional-embedding-type", "rotary", "--rotary-dim", "3")
refused("rotary_dim: 34, expected an even number up to d_head 32",
        "--positional-embedding-type", "rotary", "--rotary-dim", "34")
refused("rotary_dim: 4, but positions are 'standard'", "--rotary-dim", "4")
refused("parallel_attn_mlp: expected MLPs, and attn_only leaves them out",
        "--parallel-attn-mlp", "yes", "--attn-only", "yes")
refused("parallel_attn_mlp: expected norm_position pre, found post",
        "--parallel-attn-mlp", "yes", "--norm-position", "post")
