"""What shipped recipes are: their graphs, first weights and first steps, kept as text.

usage: golden.py BIN [RECIPE…]           compare the programs in BIN with tests/golden
       golden.py --make BIN [RECIPE…]    write these files anew

Each recipe is trained for five steps. A file of tests/golden holds, with nine digits,

  network  its architecture
  loss     step, train and test loss
  tensor   step, name, shape, sum, sum of squares, length of the way from step 0, and
           eight elements at fixed places
  node     graph (plain or rewritten), operation, inputs, shape, floating-point operations

Graphs and the weights of step 0 have to be as they are kept, to the digit. What follows
may differ by roundings: another processor takes other kernels, and where a gradient is
next to nothing Adam makes a whole step of its rounding. What that comes to was measured
on all recipes: with the products of SSE and of AVX-512, without rewrites, and in float64.
The weights of a tensor then lay within 0.9 % of the way they had gone (a neuron at the
kink of its relu did most of that), their sums within 0.5 % of it, and losses within 4e-7
of themselves. So

- a tensor may differ by 3 % of its way, which bounds all sums of it; an element by 3 %
  of the way of a mean element, but for two of the eight;
- losses may differ by 1e-5 of themselves, which is the sharpest of these.

Where the processor is the one that made the files nothing differs; the last column tells.
Then step 5 has to have the same weights, to the bit, with 1, 2, 7 and 16 threads.
"""
import argparse
import csv
import hashlib
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import h5py
import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
STEPS = (0, 1, 5)
THREADS = (1, 2, 7, 16)
PLACES = 8
OFF_PLACES = 2  # of these may be anything
WAY, LOSS = 0.03, 1e-5

# What words of operations and architectures have become; either name is taken for both.
RENAMED = {
    "rotate": "move_axis", "sum_rows": "gather_add", "mix_rows": "gather_mix",
    "mlp": "chughtai_mlp", "gromov": "gromov_mlp",
    "linear_alpha": "zhong_alpha", "linear_beta": "zhong_beta",
    "linear_gamma": "zhong_gamma", "linear_delta": "zhong_delta",
}


def word(name):
    return RENAMED.get(name, name)


# ---- What the programs say ----

def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}: exit {done.returncode}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


def train(bin_folder, recipe, out, threads, *options):
    run(bin_folder / "grokscope-train", recipe, "--steps", "5", "--log-every", "5",
        "--threads", str(threads), "--out", str(out), "--quiet", *options)


def step_file(folder, step):
    return pathlib.Path(folder) / f"step-{step:09d}.h5"


def params_digest(path):
    """One hash of all weights of a checkpoint: names, types, shapes and bytes."""
    digest = hashlib.sha256()
    with h5py.File(path, "r") as file:
        for name in sorted(file["params"]):
            values = file["params"][name][()]
            digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def key(bin_folder, recipe, name):
    """An option's value, or None where the recipe's kinds have no such option."""
    config = run(bin_folder / "grokscope-train", recipe, "--print-config")
    found = re.search(rf"^{name}\s*=\s*(\S+)", config, re.M)
    return found and found[1]


def is_here(bin_folder, recipe):
    """Whether the pictures that a recipe is of are on this machine."""
    done = subprocess.run([bin_folder / "grokscope-train", recipe, "--print-config"],
                          capture_output=True, text=True)
    return "data: no images of " not in done.stderr


# ---- As lines of text: tuples of cells ----

def digits(number):
    return f"{number:.9g}"


def total(values):
    return math.fsum(values.ravel().tolist())


def tensor_line(step, name, values, first):
    way = math.sqrt(total((values - first) ** 2))
    flat = values.ravel()
    places = [(2 * i + 1) * flat.size // (2 * PLACES) for i in range(PLACES)]
    numbers = [total(values), total(values ** 2), way, *flat[places]]
    shape = " ".join(map(str, values.shape))
    return ("tensor", str(step), name, shape, *map(digits, numbers))


def weights(path):
    with h5py.File(path, "r") as file:
        return {name: file["params"][name][()].astype(float)
                for name in sorted(file["params"])}


def losses(path):
    """Train (of a stream: batch) and test loss of the last row, which is that of the
    file's weights."""
    with h5py.File(path, "r") as file:
        table = file["history/loss"]
        first = "train_loss" if "train_loss" in table else "batch_loss"
        return [digits(table[column][-1]) for column in (first, "test_loss")]


def run_lines(folder):
    first = weights(step_file(folder, 0))
    for step in STEPS:
        path = step_file(folder, step)
        yield ("loss", str(step), *losses(path))
        for name, values in weights(path).items():
            yield tensor_line(step, name, values, first[name])


def node_lines(bin_folder, recipe):
    """Nodes in their order. Fields of examples are no part of it, nor numbered."""
    table = run(bin_folder / "grokscope-info", "--graph", recipe, "--quiet")
    number = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t"):
        if row["operation"] in ("input", "index"):
            continue
        count = sum(graph == row["graph"] for graph, node in number)
        number[row["graph"], row["node"]] = str(count)
        inputs = [number.get((row["graph"], node)) for node in row["inputs"].split()]
        flops = round(float(row["gflop"]) * 1e9)
        yield ("node", row["graph"], word(row["operation"]),
               " ".join(filter(None, inputs)), row["shape"], str(flops))


def lines_of(bin_folder, recipe, folder):
    yield ("network", word(key(bin_folder, recipe, "architecture")))
    yield from run_lines(folder)
    yield from node_lines(bin_folder, recipe)


# ---- Comparing ----

def read_golden(recipe):
    for line in (GOLDEN / f"{recipe}.txt").read_text().splitlines():
        cells = line.split("\t")
        at = {"network": 1, "node": 2}.get(cells[0])
        if at is not None:
            cells[at] = word(cells[at])
        yield tuple(cells)


def numbers_of(line):
    return np.array(line[4 if line[0] == "tensor" else 2:], float)


def allowed(line):
    """How far each number of a line may be from the one that is kept."""
    numbers = numbers_of(line)
    if line[0] == "loss":
        return LOSS * np.abs(numbers)
    way = numbers[2]
    size = math.prod(map(int, line[3].split()))
    places = np.full(PLACES, WAY * way / math.sqrt(max(size, 1)))
    bounds = np.array([WAY * way, 2 * WAY * way * math.sqrt(numbers[1]), WAY * way])
    printed = 1e-8 * np.abs(numbers)
    return np.concatenate([bounds, places]) + printed


def excess(kept, line):
    """The largest difference, where 1 is what is allowed."""
    apart = np.abs(numbers_of(line) - numbers_of(kept))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(apart == 0, 0, apart / allowed(kept))
    if line[0] == "tensor":
        share[3:] = np.sort(share[3:])
        share = share[:-OFF_PLACES]
    return float(share.max())


def label(line):
    return " ".join(line[:3 if line[0] in ("tensor", "node") else 2])


def compare_line(kept, line):
    """What is wrong, or None, and the difference in units of what is allowed."""
    if kept == line:
        return None, 0.0
    told = f"{label(line)}:\n  kept {' | '.join(kept)}\n  now  {' | '.join(line)}"
    head = 4 if line[0] == "tensor" else 2
    # Losses of step 0 are of products, too.
    free = line[0] == "loss" or line[0] == "tensor" and line[1] != "0"
    if not free or kept[:head] != line[:head]:
        return told, math.inf
    share = excess(kept, line)
    return (None if share <= 1 else told), share


def compare(recipe, kept, lines):
    wrong, worst = [], 0.0
    if len(kept) != len(lines):
        wrong.append(f"{len(lines)} lines, {len(kept)} are kept")
    for one, other in zip(kept, lines):
        told, share = compare_line(one, other)
        worst = max(worst, share)
        if told:
            wrong.append(told)
    for text in wrong[:10]:
        print(f"{recipe}: {text}", file=sys.stderr)
    if len(wrong) > 10:
        print(f"{recipe}: and {len(wrong) - 10} more", file=sys.stderr)
    return not wrong, worst


def thread_digests(bin_folder, recipe, folder):
    """The run that was compared is that of two threads. Where steps are of batches most
    of its time went into testing, so there all are made again with few pairs to test."""
    digests, options = {2: params_digest(step_file(folder / "run", 5))}, []
    if key(bin_folder, recipe, "batch_size") != "0":
        digests = {}
        if key(bin_folder, recipe, "train_fraction"):
            options = ["--train-fraction", "0.95"]
    for threads in sorted(set(THREADS) - set(digests)):
        out = folder / f"threads-{threads}"
        train(bin_folder, recipe, out, threads, "--checkpoints", "list:5", *options)
        digests[threads] = params_digest(step_file(out, 5))
    return digests


def same_with_threads(bin_folder, recipe, folder):
    digests = thread_digests(bin_folder, recipe, folder)
    if len(set(digests.values())) == 1:
        return True
    print(f"{recipe}: weights of step 5 depend on the threads: {digests}",
          file=sys.stderr)
    return False


def check(bin_folder, recipe, folder):
    kept, lines = list(read_golden(recipe)), lines_of(bin_folder, recipe, folder / "run")
    good, worst = compare(recipe, kept, list(lines))
    same = same_with_threads(bin_folder, recipe, folder)
    told = "yes" if good else "NO"
    print(f"{recipe}\t{told}\t{'yes' if same else 'NO'}\t{worst:.3g}", flush=True)
    return good and same


def make(bin_folder, recipe, folder):
    lines = lines_of(bin_folder, recipe, folder / "run")
    text = "".join("\t".join(line) + "\n" for line in lines)
    (GOLDEN / f"{recipe}.txt").write_text(text)
    return True


def kept():
    """Recipes that have a file: one at least of each kind of network and task."""
    return sorted(path.stem for path in GOLDEN.glob("*.txt"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--make", action="store_true")
    parser.add_argument("bin", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("recipes", nargs="*")
    asked = parser.parse_args()
    good, one = True, make if asked.make else check
    if not asked.make:
        print("recipe\tas_kept\tsame_with_threads\tlargest_difference_of_allowed")
    for recipe in asked.recipes or kept():
        if one is check and not (GOLDEN / f"{recipe}.txt").exists():
            print(f"{recipe}: no file in tests/golden; --make writes it", file=sys.stderr)
            good = False
            continue
        if not is_here(asked.bin, recipe):
            print(f"{recipe}: passed over, its pictures are not here", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            train(asked.bin, recipe, pathlib.Path(folder) / "run", 2,
                  "--checkpoints", "list:1,5")
            good = one(asked.bin, recipe, pathlib.Path(folder)) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
