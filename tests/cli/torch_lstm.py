"""The network `lstm` beside PyTorch's nn.LSTM over packed sequences, from the same first
weights on the same reviews, made here: losses before each of 20 updates and the weights
after them agree to rounding, in float64, for AdamW, and for gradient descent, whose first
update is the gradient. Skipped without PyTorch."""
import os
import random
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
    from torch import nn
except ImportError:
    sys.exit(77)

BIN = os.environ["GROKSCOPE_BIN"]
STEPS = 20
os.chdir(tempfile.mkdtemp())


def write_reviews(count):
    """Of 1 to 12 words each, a quarter of which tell the verdict."""
    random.seed(0)
    words = ["film", "plot", "actor", "scene", "it's", "the", "of"]
    verdicts = {"Positive": ["good", "great"], "Negative": ["bad", "dull"]}
    with open("made.tsv", "w", encoding="utf-8") as out:
        out.write("Sentiment\tText\n")
        for i in range(count):
            verdict = random.choice(list(verdicts))
            text = [random.choice(verdicts[verdict] if random.random() < 0.25 else words)
                    for _ in range(1 + i % 12)]
            out.write(f"{verdict}\t{' '.join(text)}\n")


def train(out, *options):
    subprocess.run([f"{BIN}/grokscope-train", "--task", "reviews", "--data", ".",
                    "--train-samples", "40", "--architecture", "lstm", "--d-model", "5",
                    "--d-state", "7", "--dtype", "float64", "--batch-size", "0",
                    "--steps", str(STEPS), "--log-every", "1", "--checkpoints",
                    "linear:1", "--warmup", "0", "--quiet", "--out", out, *options],
                   check=True, stdout=subprocess.DEVNULL)


def tensor(file, name):
    return torch.tensor(np.array(file["params"][name]))


class Network(nn.Module):
    """With the weights of a checkpoint."""

    def __init__(self, file):
        super().__init__()
        table = tensor(file, "embed.W_E")
        self.embed = nn.Embedding(*table.shape)
        self.lstm = nn.LSTM(5, 7, num_layers=2, batch_first=True)
        self.out = nn.Linear(7, 1)
        self.double()
        with torch.no_grad():
            for to, name in self.pairs():
                value = tensor(file, name)
                to.copy_(value.T if value.ndim == 2 and to is not self.embed.weight
                         else value)

    def pairs(self):
        yield self.embed.weight, "embed.W_E"
        for layer in range(2):
            for ours, theirs in (("W_ih", "weight_ih"), ("W_hh", "weight_hh"),
                                 ("b_ih", "bias_ih"), ("b_hh", "bias_hh")):
                yield getattr(self.lstm, f"{theirs}_l{layer}"), f"lstm.{layer}.{ours}"
        yield self.out.weight, "unembed.W_U"
        yield self.out.bias, "unembed.b_U"

    def forward(self, tokens, counts):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embed(tokens), counts.sum(1), batch_first=True, enforce_sorted=False)
        return self.out(self.lstm(packed)[1][0][-1])[:, 0]


def examples(file, split):
    rows = np.array(file["data/splits"][split]).astype(int)
    return (torch.tensor(np.array(file["data/tokens"])[rows].astype(int)),
            torch.tensor(np.array(file["data/counts"])[rows].astype(int)),
            torch.tensor(np.array(file["data/positive"])[rows, 0].astype(float)))


def check(out, make):
    with h5py.File(f"{out}/step-000000000.h5") as first:
        net = Network(first)
        train_set, test_set = examples(first, "train"), examples(first, "test")
    loss_of = nn.BCEWithLogitsLoss()
    optimizer = make(net.parameters())
    done = subprocess.run([f"{BIN}/grokscope-info", "--history=loss", out], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    names = done[0].split("\t")
    rows = [dict(zip(names, line.split("\t"))) for line in done[1:]]
    assert len(rows) == STEPS + 1
    for row in rows:
        loss = loss_of(net(*train_set[:2]), train_set[2])
        assert abs(loss.item() - float(row["train_loss"])) < 1e-12, row
        test = loss_of(net(*test_set[:2]), test_set[2])
        assert abs(test.item() - float(row["test_loss"])) < 1e-12, row
        right = ((net(*test_set[:2]) > 0) == (test_set[2] > 0.5)).double().mean()
        assert abs(right.item() - float(row["test_accuracy"])) < 1e-12, row
        if int(row["step"]) in (1, STEPS):
            with h5py.File(f"{out}/step-{int(row['step']):09d}.h5") as file:
                for theirs, name in net.pairs():
                    ours = tensor(file, name)
                    ours = ours.T if ours.ndim == 2 and name != "embed.W_E" else ours
                    assert (theirs - ours).abs().max() < 1e-11, (row["step"], name)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


write_reviews(60)
train("sgd", "--optimizer", "sgd", "--learning-rate", "0.5", "--weight-decay", "0")
check("sgd", lambda p: torch.optim.SGD(p, 0.5))
train("adamw", "--learning-rate", "0.01", "--weight-decay", "0.1", "--beta2", "0.999")
check("adamw", lambda p: torch.optim.AdamW(p, 0.01, (0.9, 0.999), 1e-8, 0.1))
