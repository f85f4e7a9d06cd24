"""How much faster does a build train than eager PyTorch? For each recipe, both in turn.

A pair is a sample of steps by PyTorch, those of reference/eager.py, and one by
grokscope-train, in an order that changes from pair to pair. PyTorch has as many threads
as make it fastest, of 1 and --threads, by a look before, and its OpenBLAS as many; so
has grokscope-train. Prints
one row for each recipe: medians in milliseconds a step, and torch/grokscope with the
order statistics around its median that hold the true one with the share `coverage` of
certainty. The task is drawn, forward, backward, optimizer: the whole of a step.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import bench_pair

EAGER = pathlib.Path(__file__).parent / "reference" / "eager.py"
RECIPES = ["parity-online", "repeats-online-small", "digits", "nanda-mainline",
           "imdb-small", "qm9", "moe-small"]


class Torch:
    """The recipe by PyTorch."""

    def __init__(self, prefix, recipe, folder):
        self.keys = pathlib.Path(folder, pathlib.Path(recipe).name + ".keys")
        with open(self.keys, "w", encoding="utf-8") as out:
            subprocess.run([prefix / "bin/grokscope-train", recipe, "--print-config"],
                           stdout=out, check=True)

    def milliseconds(self, steps, threads):
        done = subprocess.run([sys.executable, "-B", EAGER, self.keys, "--steps",
                               str(steps), "--threads", str(threads)],
                              env={**os.environ, "OPENBLAS_NUM_THREADS": str(threads)},
                              stdout=subprocess.PIPE, text=True, check=True)
        return float(done.stdout)


class Grokscope:
    """The recipe by grokscope-train."""

    def __init__(self, prefix, recipe):
        self.prefix, self.recipe = prefix, recipe

    def milliseconds(self, steps, threads):
        options = ["--threads", str(threads)]
        few, many = (bench_pair.run(self.prefix, self.recipe, n, options)
                     for n in (bench_pair.FEW, bench_pair.FEW + steps))
        return 1e3 * (many["own"] - few["own"]) / steps


def look(side, threads, seconds):
    """Milliseconds a step, of as many steps as take a tenth of the time or more: of a few
    the clock says nothing."""
    steps = 20
    while True:
        took = side.milliseconds(steps, threads)
        if took * steps >= 100 * seconds:
            return took
        steps *= 8


def fitted(side, most_threads, seconds):
    """The number of threads that makes it fastest, and of steps that take so long."""
    looked = {threads: look(side, threads, seconds) for threads in {1, most_threads}}
    threads = min(looked, key=looked.get)
    return max(10, round(1e3 * seconds / looked[threads])), threads


def row(asked, recipe, folder):
    sides = {"torch": Torch(asked.prefix, recipe, folder),
             "grokscope": Grokscope(asked.prefix, recipe)}
    settings = {name: fitted(side, asked.threads, asked.seconds)
                for name, side in sides.items()}
    taken = {name: [] for name in sides}
    for pair in range(asked.pairs):
        for name in list(sides)[:: 1 if pair % 2 == 0 else -1]:
            taken[name].append(sides[name].milliseconds(*settings[name]))
    ratios = [a / b for a, b in zip(taken["torch"], taken["grokscope"])]
    middle, low, high, certain = bench_pair.interval(ratios)
    cells = [recipe, str(asked.pairs)]
    for name, times in taken.items():
        cells += [f"{statistics.median(times):.4g}", str(settings[name][1])]
    return [*cells, f"{middle:.2f}", f"{low:.2f}", f"{high:.2f}", f"{certain:.3f}"]


def main():
    parser = argparse.ArgumentParser(
        prog="bench_torch.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefix", type=lambda text: pathlib.Path(text).resolve(),
                        help="folder with bin/ and share/, of a build or installed")
    parser.add_argument("recipes", nargs="*", default=RECIPES,
                        help=f"tasks that eager.py knows [{' '.join(RECIPES)}]")
    parser.add_argument("--pairs", type=int, default=6, help="pairs a recipe [6]")
    parser.add_argument("--seconds", type=float, default=3,
                        help="steps of a sample: as many as take so long [3]")
    parser.add_argument("--threads", type=int, default=2, help="at most so many [2]")
    asked = parser.parse_intermixed_args()
    print("recipe\tpairs\ttorch_ms\ttorch_threads\tgrokscope_ms\tgrokscope_threads\t"
          "ratio\tratio_low\tratio_high\tcoverage", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for recipe in asked.recipes:
            print("\t".join(row(asked, recipe, folder)), flush=True)


if __name__ == "__main__":
    main()
