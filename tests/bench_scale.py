"""How do cost and memory grow? One axis after the other, each a curve.

  p            residues: training, and whole analyses of one checkpoint
  width        d_model, with d_mlp four times as large: training
  layers       of a transformer: training
  pairs        share of the pairs that are trained on: training
  checkpoints  of a small network: what looks across them
  rows         of a history with a row for each step, and 1,000 checkpoints

Prints one row for each program at each place: seconds on the wall and of the processor,
without those of starting (a program asked for its version), peak memory in MB, bytes on
disk where something is written, and `growth`, the exponent g with which the processor's
time has grown since the place before: 1 is linear. `unit` says what a place counts. Of
training, only steps count: a run of few is taken from one of more.
"""
import argparse
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SMALL = ["--p", "7", "--d-model", "16", "--n-heads", "2", "--d-mlp", "32",
         "--train-fraction", "0.6"]
COLUMNS = ["axis", "at", "unit", "program", "wall", "user", "growth", "memory", "bytes"]


class Bench:
    def __init__(self, folder, threads, most):
        self.bin = pathlib.Path(folder).resolve() / "bin"
        self.threads, self.most = threads, most
        self.before = {}
        self.start = min(self.run(["grokscope-train", "--version"])[1]
                         for _ in range(5))

    def run(self, command):
        """Wall and processor seconds, and peak memory in MB. grokscope-compare ends
        with 1 where its two sides differ, as diff does."""
        allowed = (0, 1) if command[0] == "grokscope-compare" else (0,)
        command = [str(self.bin / command[0]), *map(str, command[1:])]
        begin = time.monotonic()
        with open(os.devnull, "w") as nowhere, tempfile.TemporaryFile() as said:
            child = subprocess.Popen(command, stdout=nowhere, stderr=said)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - begin
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in allowed:
                said.seek(0)
                sys.exit("%s: exit %d\n%s" % (" ".join(command), child.returncode,
                                              said.read().decode()))
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def row(self, axis, at, unit, program, wall, user, memory, size=None):
        last = self.before.get((axis, program))
        grown = ""
        if last and user > 0 and last[1] > 0:
            grown = "%.2f" % (math.log(user / last[1]) / math.log(at / last[0]))
        self.before[axis, program] = (at, user)
        print(axis, at, unit, program, "%.4g" % wall, "%.4g" % user, grown,
              "%.0f" % memory, "" if size is None else size, sep="\t", flush=True)

    def ask(self, axis, at, unit, program, *words):
        wall, user, memory = self.run([program, *words])
        self.row(axis, at, unit, program, wall - self.start, user - self.start, memory)

    def steps(self, axis, at, unit, folder, options, few=10, many=50):
        """One step of training; the run of more is left in `folder`."""
        def times(steps):
            return self.run(["grokscope-train", *options, "--steps", steps, "--quiet",
                             "--checkpoints", "list:%d" % steps, "--evaluate-every",
                             "test:%d" % steps, "--log-every", steps, "--threads",
                             self.threads, "--force", "--out", folder])
        low, high = times(few), times(many)
        self.row(axis, at, unit, "step", *((high[k] - low[k]) / (many - few)
                                           for k in (0, 1)), high[2])


# ---- Axes ----


def of_p(bench, folder):
    for p in (59, 113, 199, 307, 401, 509):
        if p > bench.most:
            break
        run = os.path.join(folder, "p%d" % p)
        bench.steps("p", p, "residues", run,
                    ["nanda-mainline", "--p", p, "--d-vocab-out", p + 1])
        for program in ("progress", "fourier", "clockpizza", "rqi", "report"):
            more = ["--output", run + ".html"] if program == "report" else []
            bench.ask("p", p, "residues", "grokscope-" + program, run, "--threads",
                      bench.threads, *more)


def of_width(bench, folder):
    for d in (32, 64, 128, 256, 512):
        bench.steps("width", d, "d_model", os.path.join(folder, "run"),
                    ["nanda-mainline", "--d-model", d, "--d-mlp", 4 * d])


def of_layers(bench, folder):
    for n in (1, 2, 3, 4, 6, 8):
        bench.steps("layers", n, "layers", os.path.join(folder, "run"),
                    ["demo", "--n-layers", n])


def of_pairs(bench, folder):
    for share in (0.1, 0.2, 0.4, 0.8):
        bench.steps("pairs", int(share * 113 * 113), "pairs", os.path.join(folder, "run"),
                    ["nanda-mainline", "--train-fraction", share])


def size_of(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*"))


def train_small(bench, axis, at, run, steps, checkpoints, log_every):
    wall, user, memory = bench.run(
        ["grokscope-train", *SMALL, "--steps", steps, "--checkpoints",
         "linear:%d" % (steps // checkpoints), "--log-every", log_every,
         "--evaluate-every", "test:%d" % steps, "--threads", 1, "--quiet", "--out", run])
    bench.row(axis, at, axis, "grokscope-train", wall, user, memory, size_of(run))


def of_checkpoints(bench, folder):
    for count in (10, 100, 1000, 10000):
        if count > bench.most:
            break
        run = os.path.join(folder, "c%d" % count)
        train_small(bench, "checkpoints", count, run, count, count, 100)
        threads = ["--threads", bench.threads]
        every = [run, "--step", "all", *threads]
        for words in (["info", run], ["norms", *every], ["fourier", *every],
                      ["compare", run + "@0", *every],
                      ["report", run, "--output", run + ".html", *threads]):
            bench.ask("checkpoints", count, "checkpoints", "grokscope-" + words[0],
                      *words[1:])


def of_rows(bench, folder):
    for rows in (1000, 10000, 100000, 1000000):
        if rows > bench.most * 1000:
            break
        run = os.path.join(folder, "r%d" % rows)
        train_small(bench, "rows", rows, run, rows, 1000, 1)


AXES = {"p": of_p, "width": of_width, "layers": of_layers, "pairs": of_pairs,
        "checkpoints": of_checkpoints, "rows": of_rows}


def main():
    parser = argparse.ArgumentParser(
        prog="bench_scale.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="with bin/ and share/")
    parser.add_argument("axes", nargs="*", metavar="axis", help=" ".join(AXES))
    parser.add_argument("--threads", type=int, default=2, help="of a program [2]")
    parser.add_argument("--most", type=int, default=10000,
                        help="largest p, and number of checkpoints and of thousands of "
                             "rows [10000]")
    arguments = parser.parse_args()
    for axis in arguments.axes:
        if axis not in AXES:
            parser.error("%s is no axis: %s" % (axis, " ".join(AXES)))
    bench = Bench(arguments.folder, arguments.threads, arguments.most)
    print(*COLUMNS, sep="\t")
    for axis in arguments.axes or AXES:
        with tempfile.TemporaryDirectory() as folder:
            AXES[axis](bench, folder)


if __name__ == "__main__":
    main()
