"""Write nanda_small.txt and nanda_113.txt, what test_reference.c compares with.

The network of Nanda et al. (arXiv 2301.05217) and twenty full-batch updates, in
PyTorch and its autograd, sharing no code with grokscope. Every value is of a float64
run; `deviation` lines tell how far the same program in float32 ends from it.

    python3 make_nanda.py [--time]      --time: milliseconds a step instead, in float32

Lines are "what name value…":
  loss - L                          before any update
  logits e V…                       of the pair number e of all p p
  gradient tensor sum squares V…    all elements of a tensor of up to 256 in the small
                                    network, else the picked ones
  losses - V…                       before each update, and after the last
  weights tensor sum squares V…     the picked elements after the last update
  deviation what:name D R           largest and root mean square |float32 - float64|,
                                    over all elements, not the picked ones alone, and
                                    divided by the tensor's own root mean square; for
                                    losses, by the loss. The most of ORDERS runs, each
                                    with the training pairs, so the terms of every sum,
                                    in another order
"""

import math
import os
import sys
import time

import numpy as np
import torch

UPDATES = 20
PICKS = 8
EXAMPLES = 4
ORDERS = 6


def picks(count, num):
    """Indices spread over [0, count) as multiples of the golden ratio are."""
    return [(k + 1) * 61803 % 100000 * count // 100000 for k in range(num)]


def starting_weights(j, count, bound):
    """Element i of parameter j: a hash of both, in [-bound, bound).

    Integers and one product of doubles, so that any program gets the same bits.
    """
    mask = np.uint64(0xFFFFFFFF)
    h = np.arange(count, dtype=np.uint64)
    h = (h * np.uint64(2654435761) + np.uint64(j + 1) * np.uint64(40503)) & mask
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(73244475)) & mask
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(73244475)) & mask
    h = h ^ (h >> np.uint64(16))
    return (bound * (h.astype(np.float64) / 2147483648.0 - 1)).astype(np.float32)


class Case:
    def __init__(self, file, p, d_model, n_heads, d_mlp, trains, all_up_to):
        self.file, self.p, self.all_up_to = file, p, all_up_to
        d_head, d_vocab = d_model // n_heads, p + 1
        wide = 2 / math.sqrt(d_model)
        heads = (n_heads, d_model, d_head)
        self.parameters = [
            ("embed.W_E", (d_vocab, d_model), wide),
            ("pos_embed.W_pos", (3, d_model), wide),
            ("blocks.0.attn.W_Q", heads, wide),
            ("blocks.0.attn.W_K", heads, wide),
            ("blocks.0.attn.W_V", heads, wide),
            ("blocks.0.attn.W_O", (n_heads, d_head, d_model), wide),
            ("blocks.0.mlp.W_in", (d_model, d_mlp), wide),
            ("blocks.0.mlp.b_in", (d_mlp,), 0.1),
            ("blocks.0.mlp.W_out", (d_mlp, d_model), wide),
            ("blocks.0.mlp.b_out", (d_model,), 0.1),
            ("unembed.W_U", (d_model, d_vocab), 2 / math.sqrt(d_vocab)),
        ]
        pairs = [(a, b) for a in range(p) for b in range(p)]
        self.tokens = torch.tensor([(a, b, p) for a, b in pairs])
        self.labels = torch.tensor([(a + b) % p for a, b in pairs])
        self.train = torch.tensor([i for i, (a, b) in enumerate(pairs) if trains(a, b)])
        self.examples = picks(p * p, EXAMPLES)


CASES = [
    Case("nanda_small.txt", 13, 16, 2, 24, lambda a, b: (3 * a + 5 * b) % 10 < 6, 256),
    Case("nanda_113.txt", 113, 128, 4, 512, lambda a, b: (7 * a + 3 * b) % 10 < 3, 0),
]


class Nanda(torch.nn.Module):
    def __init__(self, case, dtype):
        super().__init__()
        self.names = []
        self.w = torch.nn.ParameterList()
        for j, (name, shape, bound) in enumerate(case.parameters):
            start = starting_weights(j, math.prod(shape), bound).reshape(shape)
            self.names.append(name)
            self.w.append(torch.nn.Parameter(torch.from_numpy(start).to(dtype)))

    def forward(self, tokens):
        W_E, W_pos, W_Q, W_K, W_V, W_O, W_in, b_in, W_out, b_out, W_U = self.w
        x = W_E[tokens] + W_pos
        q = torch.einsum("bid,hde->bihe", x, W_Q)
        k = torch.einsum("bid,hde->bihe", x, W_K)
        v = torch.einsum("bid,hde->bihe", x, W_V)
        scores = torch.einsum("bihe,bjhe->bhij", q, k) / math.sqrt(q.shape[-1])
        future = torch.triu(torch.ones(3, 3, dtype=torch.bool), diagonal=1)
        pattern = scores.masked_fill(future, -math.inf).softmax(-1)
        z = torch.einsum("bhij,bjhe->bihe", pattern, v)
        x = x + torch.einsum("bihe,hed->bid", z, W_O)
        x = x + torch.relu(x @ W_in + b_in) @ W_out + b_out
        return x @ W_U


def mean_loss(logits, labels):
    logprobs = logits[:, -1].to(torch.float64).log_softmax(-1)
    return -logprobs.gather(-1, labels[:, None]).mean()


def training(model):
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-8, weight_decay=1.0
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min(t / 10, 1))
    return optimizer, scheduler


def flat(tensor):
    return tensor.detach().to(torch.float64).flatten().numpy().copy()


def run(case, dtype, order=0):
    """All that is written, as (what, name) -> float64 array."""
    model = Nanda(case, dtype)
    optimizer, scheduler = training(model)
    train = case.train
    if order > 0:
        shuffled = np.random.default_rng(order).permutation(len(train))
        train = train[torch.from_numpy(shuffled)]
    tokens, labels = case.tokens[train], case.labels[train]
    out, losses = {}, []
    with torch.no_grad():
        for e in case.examples:
            out["logits", str(e)] = flat(model(case.tokens[e : e + 1])[0, -1])
    for update in range(UPDATES):
        optimizer.zero_grad()
        loss = mean_loss(model(tokens), labels)
        loss.backward()
        losses.append(loss.item())
        if update == 0:
            for name, w in zip(model.names, model.w):
                out["gradient", name] = flat(w.grad)
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        losses.append(mean_loss(model(tokens), labels).item())
    out["loss", "-"] = np.array(losses[:1])
    out["losses", "-"] = np.array(losses)
    for name, w in zip(model.names, model.w):
        out["weights", name] = flat(w)
    return out


def deviations(exact, rounded, key):
    """Largest and root mean square difference, relative to the exact tensor's size."""
    difference, values = np.abs(rounded[key] - exact[key]), exact[key]
    if key[0] in ("loss", "losses"):
        difference = difference / np.abs(values)
    else:
        difference = difference / math.sqrt(np.square(values).mean())
    return difference.max(), math.sqrt(np.square(difference).mean())


def write(case, folder):
    exact = run(case, torch.float64)
    rounded = [run(case, torch.float32, order) for order in range(ORDERS)]
    p, (d_vocab, d_model) = case.p, case.parameters[0][1]
    path = os.path.join(folder, case.file)
    with open(path, "w") as file:
        file.write(
            f"# Made by make_nanda.py, PyTorch {torch.__version__}, float64: p = {p}, "
            f"d_model {d_model}, {len(case.train)} training pairs, {UPDATES} updates.\n"
        )
        for (what, name), values in exact.items():
            shown = values
            head = []
            if what in ("gradient", "weights"):
                head = [values.sum(), np.square(values).sum()]
                if what == "weights" or len(values) > case.all_up_to:
                    shown = values[picks(len(values), PICKS)]
            numbers = " ".join("%.17g" % x for x in [*head, *shown])
            file.write(f"{what} {name} {numbers}\n")
        for key in exact:
            most = np.max([deviations(exact, run32, key) for run32 in rounded], axis=0)
            file.write("deviation %s:%s %.2g %.2g\n" % (*key, *most))
    print(path, os.path.getsize(path), "bytes")


def time_steps(case, num=40):
    torch.set_num_threads(2)
    model = Nanda(case, torch.float32)
    optimizer, scheduler = training(model)
    tokens, labels = case.tokens[case.train], case.labels[case.train]
    seconds = []
    for _ in range(num + 5):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = mean_loss(model(tokens), labels)
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


if __name__ == "__main__":
    if "--time" in sys.argv[1:]:
        time_steps(CASES[1])
    else:
        for each in CASES:
            write(each, os.path.dirname(os.path.abspath(__file__)))
