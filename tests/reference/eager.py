"""How long a step of a recipe takes in plain, eager PyTorch: what bench_torch.sh times
beside grokscope-train.

    python3 eager.py KEYS --steps N --threads T

KEYS is what `grokscope-train RECIPE --print-config` prints. Tasks: binary_operation,
parity, repeats, digits, reviews (all of max_words) and molecules (of 18 atoms and 18
bonds, the usual size in QM9, without padding). Examples are drawn by tensor operations, in each step where
the task is endless; values are float32, as is the loss, which PyTorch does faster than
the float64 one of the papers. Prints the milliseconds of a step, after some to warm up.
"""

import argparse
import re
import time

import torch
import torch.nn.functional as F

import networks

# ---- Examples: a function of nothing that gives tokens (or bits) and labels ----


def endless(c, draw):
    """What draws batches of the recipe's size, or always the same whole set."""
    if c["online"] == "yes":
        return lambda: draw(c["batch_size"])
    whole = draw(c["train_samples"])
    return lambda: whole


def of_operation(c):
    e = networks.examples(c)
    chosen = torch.randperm(len(e.pairs))[: int(c["train_fraction"] * len(e.pairs))]
    whole = e.tokens[chosen], e.labels[chosen], e.positions
    return lambda: whole


def of_parity(c):
    def draw(count):
        bits = 2 * torch.randint(0, 2, (count, c["n"])) - 1
        return bits.float(), bits[:, : c["k"]].prod(-1).float(), None

    return endless(c, draw)


def of_repeats(c):
    blocks = c["num_repeats"]
    block = (c["seq_len"] - 1) // blocks
    copied = torch.arange(c["subseq_len"])

    def draw(count):
        tokens = torch.randint(1, c["vocabulary"], (count, c["seq_len"]))
        shared = torch.randint(1, c["vocabulary"], (count, c["subseq_len"]))
        places = torch.randint(0, block - c["subseq_len"] + 1, (count, blocks))
        at = (1 + block * torch.arange(blocks) + places)[..., None] + copied
        tokens.scatter_(1, at.flatten(1), shared.repeat(1, blocks))
        rows = torch.arange(count)[:, None]
        positions = rows, at[:, 1:].flatten(1) - 1
        return tokens, tokens[rows, positions[1] + 1], positions

    return endless(c, draw)


def of_digits(c):
    n = c["digits"]

    def spelled(numbers, count):
        return numbers[:, None] // 10 ** torch.arange(count - 1, -1, -1) % 10

    def draw(count):
        a, b = torch.randint(0, 10**n, (2, count))
        mark = torch.full((count, 1), 10)
        total = spelled(a + b, n + 1)
        words = [spelled(a, n), mark, spelled(b, n), mark + 1, total]
        answer = list(range(2 * n + 1, 3 * n + 2))
        return torch.cat(words, 1), total, answer

    return endless(c, draw)


def of_reviews(c):
    def draw(count):
        tokens = torch.randint(1, c["vocabulary"] + 1, (count, c["max_words"]))
        return tokens, torch.randint(0, 2, (count,)).float(), None

    return batches_of(c, draw)


def of_molecules(c):
    """One graph of all molecules of a batch, as PyTorch Geometric has it."""
    atoms = bonds = 18

    def draw(count):
        first = atoms * torch.arange(count).repeat_interleave(2 * bonds)
        ends = first + torch.randint(0, atoms, (2, len(first)))
        graph = (torch.rand(count * atoms, 11), torch.rand(len(first), 4), ends,
                 torch.arange(count).repeat_interleave(atoms))  # fmt: skip
        return graph, torch.randn(count, 1), None

    return batches_of(c, draw)


def batches_of(c, draw):
    whole = draw(c["batch_size"] or c["train_samples"])
    return lambda: whole


TASKS = {"binary_operation": of_operation, "parity": of_parity, "repeats": of_repeats,
         "digits": of_digits, "reviews": of_reviews,
         "molecules": of_molecules}  # fmt: skip

# ---- The step ----


def hinge_network(c):
    """Two layers with one output, as torch.nn makes them."""
    net = torch.nn.Sequential(torch.nn.Linear(c["n"], c["hidden"]), torch.nn.ReLU(),
                              torch.nn.Linear(c["hidden"], 1))  # fmt: skip

    def loss(bits, labels, _):
        return torch.relu(1 - labels * net(bits)[:, 0]).mean()

    return list(net.parameters()), loss


def review_network(c):
    table = torch.nn.Embedding(c["vocabulary"] + 1, c["d_model"])
    lstm = torch.nn.LSTM(c["d_model"], c["d_state"], c["n_layers"], batch_first=True)
    out = torch.nn.Linear(c["d_state"], 1)

    def loss(tokens, positive, _):
        score = out(lstm(table(tokens))[1][0][-1])[:, 0]
        return F.binary_cross_entropy_with_logits(score, positive)

    layers = torch.nn.ModuleList([table, lstm, out])
    return list(layers.parameters()), loss


def molecule_network(c):
    widths = [11] + [int(width) for width in str(c["convolutions"]).split(",")]
    convolutions, relu = torch.nn.ModuleList(), torch.nn.ReLU()
    for into, out in zip(widths, widths[1:]):
        edges = torch.nn.Sequential(torch.nn.Linear(4, c["d_edge"]), relu,
                                    torch.nn.Linear(c["d_edge"], into * out))  # fmt: skip
        convolutions.append(torch.nn.ModuleList([edges, torch.nn.Linear(into, out)]))
    last = torch.nn.Sequential(torch.nn.Linear(widths[-1], c["hidden"]), relu,
                               torch.nn.Linear(c["hidden"], 1))  # fmt: skip

    def loss(graph, answers, _):
        x, edge_numbers, (source, target), molecule = graph
        for edges, root in convolutions:
            matrices = edges(edge_numbers).view(len(source), x.shape[1], -1)
            messages = (x[source][:, None] @ matrices)[:, 0]
            x = relu(root(x).index_add(0, target, messages))
        sums = torch.zeros(len(answers), x.shape[1]).index_add(0, molecule, x)
        return F.mse_loss(last(sums), answers)

    return [*convolutions.parameters(), *last.parameters()], loss


NETWORKS = {"parity": hinge_network, "reviews": review_network,
            "molecules": molecule_network}  # fmt: skip


def token_network(c, shape):
    e = networks.Examples(None, torch.zeros(shape, dtype=torch.long), None, 0, None,
                          c["d_vocab"], c["d_vocab_out"])  # fmt: skip
    weights = {name: (p.bound * torch.randn(p.shape)).requires_grad_()
               for name, p in networks.parameters(c, e).items()}  # fmt: skip

    def loss(tokens, labels, positions):
        logits = networks.logits(weights, c, tokens)
        if isinstance(positions, tuple):
            logits = logits[positions]
        else:
            logits = networks.at_positions(logits, positions)
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten())

    return list(weights.values()), loss


def optimizer_of(c, parameters):
    if c["optimizer"] == "sgd":
        return torch.optim.SGD(parameters, c["learning_rate"])
    return torch.optim.AdamW(parameters, c["learning_rate"],
                             (c["beta1"], c["beta2"]), c["epsilon"],
                             c["weight_decay"])  # fmt: skip


def milliseconds(c, steps):
    draw = TASKS[c["task"]](c)
    network = NETWORKS.get(c["task"])
    parameters, loss_of = (network(c) if network else
                           token_network(c, draw()[0].shape))  # fmt: skip
    optimizer = optimizer_of(c, parameters)
    for step in range(-max(3, steps // 10), steps):
        if step == 0:
            begin = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss_of(*draw()).backward()
        if c["filters"] == "clip":
            torch.nn.utils.clip_grad_norm_(parameters, 1)
        optimizer.step()
    return 1e3 * (time.perf_counter() - begin) / steps


def number(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def read_keys(path):
    with open(path, encoding="utf-8") as file:
        lines = re.findall(r"^(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", file.read(), re.M)
    return {**networks.DEFAULTS, **{key: number(value) for key, value in lines}}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keys")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    print(milliseconds(read_keys(asked.keys), asked.steps))


if __name__ == "__main__":
    main()
