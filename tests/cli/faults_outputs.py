"""Kills, failing system calls and power losses while a program replaces its output.

usage: faults_outputs.py SHIM [EACH [MOST [OUTPUT…]]]     as faults.py

Each program writes over an output of another content with --force, and into nothing.
Whatever happens, the output is then the former one or the new one, whole: a file, or a
folder without a member of the other. What somebody else put into the folder stays. The
next writer ends well and leaves no temporary name.
"""
import errno
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from faults import BIN, Disk, must

TINY = "--p 7 --d-model 8 --n-heads 1 --d-mlp 8 --threads 1 --checkpoints linear:20".split()

# What is written: program, arguments of the former output, those of the new one; the
# inputs lie two folders higher.
OUTPUTS = {
    "norms.tsv": ("norms", "b --step all", "a --step all"),
    "norms.h5": ("norms", "b --format h5", "a --format h5"),
    "fourier.json": ("fourier", "b --format json", "a --format json"),
    "distances.tsv": ("mask-distance", "b a", "a b"),
    "pathways.tsv": ("pathways", "b", "a"),
    "phases.tsv": ("phases", "b", "a"),
    "phases.svg": ("phases", "b --diagram svg", "a b --diagram svg"),
    "landscape.tsv": ("landscape", "b", "a"),
    "errors.tsv": ("double-descent", "--features 10", "--features 20"),
    "hops.tsv": ("multihop", "--vertices 100 --branching 5",
                 "--vertices 200 --branching 5"),
    "collected.tsv": ("sweep", "collect s", "collect t"),
    "ticket.h5": ("prune", "b", "a"),
    "report.html": ("report", "b", "a"),
    "weights.npz": ("export", "b", "a"),
    "weights.safetensors": ("export", "b", "a"),
    "W_E.npy": ("export", "b --tensor embed.W_E", "a --tensor embed.W_E"),
    "history.tfevents.1": ("export", "b", "a"),
    "weights": ("export", "c --naming tl-native", "a"),
    "embedding.tsv": ("embedding", "b --tensor embedding", "a --tensor embedding"),
    "embedding.h5": ("embedding", "b --tensor embedding", "a --tensor embedding"),
    "embedding.npy": ("embedding", "b --tensor embedding --step all", "a --tensor embedding"),
    "projector": ("embedding", "b --tensor embedding --step all --format projector",
                  "a --tensor embedding --format projector"),
    "pairs.h5": ("compare", "b --all-pairs --step all --format h5",
                 "a --all-pairs --step all --format h5"),
    "pairs": ("compare", "b --all-pairs --step all --format npy",
              "a b --all-pairs --step all --format npy"),
    "import.h5": ("import", "b.safetensors", "a.safetensors"),
    "run": ("import", "b.safetensors a.safetensors --checkpoints linear:60",
            "a.safetensors b.safetensors --checkpoints linear:20"),
}
INPUTS = "abcst"
NOTES = "notes.txt"
# What a failing call says, or what the program says of it.
REASONS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EDQUOT": errno.EDQUOT}


def state(place, name):
    """What lies there: of one name, or of a folder or a set of files its members."""
    found = {path.name: path.read_bytes() for path in place.glob(
        "embedding.*" if name == "embedding.npy" else name) if path.is_file()}
    if (place / name).is_dir():
        found = {path.name: path.read_bytes() for path in (place / name).iterdir()
                 if path.name not in (".lock", NOTES)}
    return found


class Trial:
    def __init__(self, shim, place, name):
        self.shim, self.place, self.name = shim, place, name
        program, *sides = OUTPUTS[name]
        self.program = f"grokscope-{program}"
        former, self.new_words = ([f"../../{word}" if word.split(".")[0] in INPUTS else word
                                   for word in side.split()] for side in sides)
        self.counts = {}
        self.former, self.whole = place / "former", place / "whole"
        self.states = {}
        for folder, words in ((self.former, former), (self.whole, self.new_words)):
            folder.mkdir()
            done = self.call(folder, *words)
            if done.returncode:
                sys.exit(f"{name}: {done.stderr}")
            self.states[folder.name] = state(folder, name)
        if self.states["former"] == self.states["whole"]:
            sys.exit(f"{name}: the two outputs are the same")
        if (self.former / name).is_dir():
            (self.former / name / NOTES).write_text("mine")
        (self.place / "empty").mkdir()

    def call(self, place, *words, preexec=None, **variables):
        return subprocess.run([f"{BIN}/{self.program}", *words, "-o", self.name],
                              cwd=place, capture_output=True, text=True, preexec_fn=preexec,
                              env={**os.environ, **variables})

    def write(self, place, **variables):
        return self.call(place, *self.new_words, "--force", **variables)

    def shimmed(self, place, **variables):
        return self.write(place, LD_PRELOAD=self.shim, SHIM_FOLDER=str(place),
                          **{"SHIM_CALLS": "all", **variables})

    def fresh(self, start):
        place = self.place / "here"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(start, place)
        return place

    def kept_notes(self, place):
        """In the folder, or in what is still to be cleared away."""
        return any(path.read_text() == "mine" for path in place.rglob(NOTES))

    def verdict(self, place, start, what):
        found = state(place, self.name)
        if found == self.states["whole"]:
            verdict = "new"
        elif found == (self.states["former"] if start == self.former else {}):
            verdict = "former"
        elif self.name == "embedding.npy" and self.name not in found:
            verdict = "absent"  # the matrix goes first and comes last
        elif self.name in ("run", "weights", "pairs", "projector") and not found and \
                any(place.glob(".*.gsc-former")):
            verdict = "moved"
        else:
            sys.exit(f"{self.name}: {what}: neither the former nor the new one: "
                     f"{sorted(found)}")
        if (start / self.name / NOTES).exists() and not self.kept_notes(place):
            sys.exit(f"{self.name}: {what}: a file of somebody else is gone")
        key = (what.split()[0], verdict)
        self.counts[key] = self.counts.get(key, 0) + 1
        return verdict

    def again(self, place, start, what):
        """The next writer ends well, and nothing is left over."""
        done = self.write(place)
        if done.returncode:
            sys.exit(f"{self.name}: after {what}: {done.stderr}")
        if state(place, self.name) != self.states["whole"]:
            sys.exit(f"{self.name}: after {what}: another output")
        left = [path.name for path in place.iterdir() if path.name.startswith(".")]
        if left:
            sys.exit(f"{self.name}: after {what}: left over: {left}")
        if (start / self.name / NOTES).exists() and \
                not (place / self.name / NOTES).exists():
            sys.exit(f"{self.name}: after {what}: a file of somebody else is gone")

    def count(self, start):
        place = self.fresh(start)
        count = self.place / "count"
        done = self.shimmed(place, SHIM_COUNT=str(count))
        if done.returncode:
            sys.exit(f"{self.name}: counted: {done.stderr}")
        self.again(place, start, "nothing")
        return int(count.read_text())

    def kills(self, start, each):
        for at in range(1, self.count(start) + 1, each):
            place = self.fresh(start)
            self.shimmed(place, SHIM_AT=str(at), SHIM_DO="kill")
            self.verdict(place, start, f"kill before call {at}")
            self.again(place, start, f"kill before call {at}")

    def failures(self, start, each):
        for at in range(1, self.count(start) + 1, each):
            place = self.fresh(start)
            name = list(REASONS)[at // each % len(REASONS)]
            what = f"failure: {name} at call {at}"
            done = self.shimmed(place, SHIM_AT=str(at), SHIM_DO=name)
            if done.returncode:
                self.told(done, os.strerror(REASONS[name]), what)
            verdict = self.verdict(place, start, what)
            if done.returncode == 0 and verdict != "new":
                sys.exit(f"{self.name}: {what}: exit 0 over the {verdict} one")
            self.again(place, start, what)

    def told(self, done, reason, what):
        """The message names what is written, and why it is not."""
        stem = re.escape(self.name.split(".")[0])
        named = re.search(rf"(^|[ /.]){stem}([./:]|$)", done.stderr, re.M)
        if done.returncode < 0 or reason not in done.stderr or not named:
            sys.exit(f"{self.name}: {what}: exit code {done.returncode}, said "
                     f"'{done.stderr.strip()}'")

    def limits(self, start):
        """Files may not grow beyond a size: none, a part of it, all but a byte."""
        sizes = [len(data) for data in self.states["whole"].values()]
        for most in sorted({0, 1, max(sizes) // 2, max(sizes) - 1}):
            place, what = self.fresh(start), f"limit of {most} bytes"
            done = self.write(place, preexec=lambda most=most: resource.setrlimit(
                resource.RLIMIT_FSIZE, (most, most)))
            if done.returncode:
                self.told(done, os.strerror(errno.EFBIG), what)
            elif self.verdict(place, start, what) != "new":
                sys.exit(f"{self.name}: {what}: exit 0 over the former one")
            self.verdict(place, start, what)
            self.again(place, start, what)

    def power_losses(self, start, each, most):
        place, log = self.fresh(start), self.place / "log"
        log.unlink(missing_ok=True)
        self.shimmed(place, SHIM_LOG=str(log))
        disk, rng = Disk(place, start), random.Random(1)
        for at, line in enumerate(log.read_text().splitlines()):
            disk.apply(*line.split("\t"))
            if at % each:
                continue
            for left in disk.after_losses(rng, most, self.place / "left"):
                self.verdict(left, start, f"loss after call {at}: {line}")
                self.again(left, start, f"loss after call {at}: {line}")

    def without_exchange(self):
        """A file system that cannot exchange two names; a kill between its renames."""
        if not (self.former / self.name).is_dir():
            return
        place = self.fresh(self.former)
        done = self.shimmed(place, SHIM_CALLS="exchange", SHIM_AT="1", SHIM_DO="EINVAL")
        if done.returncode or self.verdict(place, self.former, "renamed") != "new":
            sys.exit(f"{self.name}: without exchange: {done.stderr}")
        self.again(place, self.former, "no exchange")
        place = self.fresh(self.former)
        (place / self.name).rename(place / f".{self.name}.gsc-former")
        self.verdict(place, self.former, "between two renames")
        done = self.shimmed(place, SHIM_CALLS="write", SHIM_AT="1", SHIM_DO="EIO")
        if done.returncode == 0 or \
                self.verdict(place, self.former, "put back") != "former":
            sys.exit(f"{self.name}: the former one is not put back")
        self.again(place, self.former, "being put back")


def main(shim, each, most, names):
    total = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, *words in (["a"], ["b", "--seed", "1"], ["c", "--n-heads", "2", "--d-mlp", "6", "--act-fn", "gelu"]):
            must("grokscope-train", *TINY, "--steps", "40", *words, "--out", name)
            must("grokscope-export", name, "-o", f"{name}.safetensors")
        for name, seeds in ("s", "0"), ("t", "0,1"):
            must("grokscope-sweep", "run", "demo", *TINY, "--steps", "40", "--vary",
                 f"seed={seeds}", "--out", name)
        for name in names or OUTPUTS:
            place = pathlib.Path(folder).resolve() / f"of-{name}"
            place.mkdir()
            trial = Trial(shim, place, name)
            for start in (trial.former, trial.place / "empty"):
                trial.kills(start, each)
                trial.failures(start, each)
                trial.power_losses(start, each, most)
                trial.limits(start)
            trial.without_exchange()
            for key, times in trial.counts.items():
                total[key] = total.get(key, 0) + times
    for (what, verdict), times in sorted(total.items()):
        print(f"{what}\t{verdict}\t{times}")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), *map(int, (sys.argv[2:4] + ["1", "1"])[:2]),
         sys.argv[4:])
