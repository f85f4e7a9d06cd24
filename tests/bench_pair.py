"""Which of two builds trains faster? For each recipe, short runs of both in turn.

A pair is a sample of OLD and one of NEW, in an order that changes from pair to pair, so
that what the machine does meanwhile befalls both. A sample is three runs:

  of no steps      its time, on the wall and of the user, is the start-up
  of a few steps   and of many: their difference is only that of steps, as both start,
                   test twice and save twice

The wall time of steps is what the program says of them where it does, user time is the
system's, peak memory that of the longest run. Prints one row for each recipe: ratios NEW/OLD, each
the median of the pairs with the order statistics around it that hold the true median
with the share `coverage` of certainty; 95 % or more takes six pairs. On a busy machine
times on the wall are apart by more than that says, also between equal builds: look at
those of the user, or wait.
"""
import argparse
import csv
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

FEW = 5
COLUMNS = ("wall", "user", "startup", "startup_user", "memory")


def recipes(prefix):
    return {path.stem for path in (prefix / "share/grokscope/recipes").glob("*.recipe")}


def keys(prefix, recipe):
    program = prefix / "bin/grokscope-train"
    done = subprocess.run([program, recipe, "--print-config"], capture_output=True,
                          text=True, check=True)
    return dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", done.stdout, re.M))


def options_of(prefix, recipe):
    """Steps of batches cost the same for any number of pairs, testing these does not."""
    options = keys(prefix, recipe)
    batches = options["batch_size"] != "0" and "train_fraction" in options
    return ["--train-fraction", "0.95"] if batches else []


def own_seconds(text):
    """What the summary of a run says of the time of its steps, or None."""
    row = next(csv.DictReader(text.splitlines(), delimiter="\t"), {})
    return float(row["train_seconds"]) if "train_seconds" in row else None


def run(prefix, recipe, steps, options):
    """One run: elapsed, own and user seconds, and its peak memory in kilobytes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [prefix / "bin/grokscope-train", recipe, "--steps", str(steps),
                   "--checkpoints", f"list:{steps}", "--log-every", "1000000000",
                   "--out", f"{folder}/run", "--quiet", *options]
        with open(f"{folder}/out", "w") as out:
            start = time.monotonic()
            child = subprocess.Popen(command, stdout=out)
            _, status, used = os.wait4(child.pid, 0)
            elapsed = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit {child.returncode}")
        own = own_seconds(pathlib.Path(folder, "out").read_text())
    return {"elapsed": elapsed, "own": own, "user": used.ru_utime,
            "memory": used.ru_maxrss}


def sample(prefix, recipe, steps, options):
    none, few, many = (run(prefix, recipe, n, options) for n in (0, FEW, FEW + steps))
    clock = "elapsed" if None in (few["own"], many["own"]) else "own"
    return {"wall": many[clock] - few[clock], "user": many["user"] - few["user"],
            "startup": none["elapsed"], "startup_user": none["user"],
            "memory": many["memory"]}


def steps_for(prefix, recipe, seconds, options):
    """As many steps as take so long, after a look at twenty of them."""
    took = sample(prefix, recipe, 20, options)["wall"]
    return max(FEW, round(20 * seconds / max(took, 1e-3)))


def outside(n, rank):
    """How likely the true median is not between the rank-th and the last but so many."""
    return 2 * sum(math.comb(n, i) for i in range(rank)) / 2 ** n


def interval(values):
    """Median, lower and upper order statistic, and the share of certainty in these."""
    values, n = sorted(values), len(values)
    rank = max([1] + [r for r in range(1, n // 2 + 1) if outside(n, r) <= 0.05])
    share = 1 - outside(n, rank)
    return statistics.median(values), values[rank - 1], values[n - rank], share


def ratio(new, old):
    return new / old if new > 0 and old > 0 else math.nan


def pairs_of(asked, recipe, steps, options):
    """The ratios of each pair, and OLD's milliseconds a step."""
    ratios, step = {name: [] for name in COLUMNS}, []
    for pair in range(asked.pairs):
        order = ["old", "new"] if pair % 2 == 0 else ["new", "old"]
        taken = {side: sample(getattr(asked, side), recipe, steps, options)
                 for side in order}
        for name in COLUMNS:
            ratios[name].append(ratio(taken["new"][name], taken["old"][name]))
        step.append(1e3 * taken["old"]["wall"] / steps)
    return ratios, statistics.median(step)


def row(asked, recipe):
    options = ["--threads", str(asked.threads), *options_of(asked.old, recipe)]
    steps = asked.steps or steps_for(asked.old, recipe, asked.seconds, options)
    ratios, step = pairs_of(asked, recipe, steps, options)
    cells, certain = [recipe, str(asked.pairs), str(steps), f"{step:.4g}"], math.nan
    for name in COLUMNS:
        known = [value for value in ratios[name] if not math.isnan(value)]
        if len(known) < len(ratios[name]):
            print(f"{recipe}: {len(ratios[name]) - len(known)} pairs without {name}; "
                  "more --steps would help", file=sys.stderr)
        middle, low, high, certain = interval(known) if known else [math.nan] * 4
        cells += [f"{value:.4f}" for value in (middle, low, high)]
    return [*cells, f"{certain:.3f}"]


def header():
    ratios = [f"{name}{end}" for name in COLUMNS for end in ("", "_low", "_high")]
    return ["recipe", "pairs", "steps", "old_ms_a_step", *ratios, "coverage"]


def arguments():
    parser = argparse.ArgumentParser(
        prog="bench_pair.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    prefix = lambda text: pathlib.Path(text).resolve()  # noqa: E731
    parser.add_argument("old", type=prefix, help="folder with bin/ and share/")
    parser.add_argument("new", type=prefix, help="the same, compared with it")
    parser.add_argument("recipes", nargs="*", help="those that both have, and that take "
                        "steps, unless they are named")
    parser.add_argument("--pairs", type=int, default=6, help="pairs a recipe [6]")
    parser.add_argument("--seconds", type=float, default=1.5,
                        help="steps of a run: as many as take so long [1.5]")
    parser.add_argument("--steps", type=int, help="steps of a run, whatever they take")
    parser.add_argument("--threads", type=int, default=2, help="threads [2]")
    return parser.parse_intermixed_args()


def main():
    asked = arguments()
    shared = sorted(recipes(asked.old) & recipes(asked.new))
    chosen = asked.recipes or [recipe for recipe in shared
                               if keys(asked.old, recipe)["steps"] != "0"]
    print("\t".join(header()), flush=True)
    for recipe in chosen:
        print("\t".join(row(asked, recipe)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
