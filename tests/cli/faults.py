"""Power losses, kills and failing system calls, at every one of them.

usage: faults.py SHIM [EACH [MOST]]     with GROKSCOPE_BIN in the environment; EACH: every
                                        EACH-th moment only (default 1); MOST: at each
                                        so many power losses (default 1)

SHIM is the library of tests/shim.c. A run is replaced (`--force`) and resumed:

  power losses  What a disk may hold after a power loss is worked out from the log of
                all calls: of the entries of a folder that were changed since its last
                fsync any may be lost, and a file that was not synced is empty.
  kills         The trainer dies before a call.
  failures      A call fails with EIO or ENOSPC.

  folders       A run's folder is removed and another run begins there; a file system
                has no locks.

Whatever happened, `--resume` then ends with the old run or with the new one, whole, or
says that it cannot and has an exit code that is not 0.
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

BIN = os.environ["GROKSCOPE_BIN"]
SIZES = "--p 7 --d-model 8 --n-heads 1 --d-mlp 8 --log-every 20 --threads 1".split()
OLD = ["old.recipe", *SIZES, "--steps", "120", "--checkpoints", "linear:20"]
NEW = ["new.recipe", *SIZES, "--steps", "60", "--checkpoints", "linear:20"]


def run(program, *arguments, **variables):
    return subprocess.run([f"{BIN}/{program}", *arguments], capture_output=True,
                          text=True, env={**os.environ, **variables})


def must(program, *arguments, **variables):
    done = run(program, *arguments, **variables)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def content(folder):
    """Steps and digests of all step files; None where one cannot be read."""
    done = run("grokscope-info", folder, "--digest", "--step", "all")
    return None if done.returncode else [line.split("\t")[1:3]
                                         for line in done.stdout.splitlines()[1:]]


class Disk:
    """Files and folders by number, as they are and as they are sure to be after a power
    loss. A file's data are what was synced last, a folder's None."""

    def __init__(self, root, start):
        self.root, self.count = root, 0
        self.data = {0: None}
        self.entries, self.safe, self.pending = {0: {}}, {0: {}}, []
        for path in sorted(start.rglob("*")):
            self.make(root / path.relative_to(start),
                      None if path.is_dir() else path.read_bytes())
        self.settle(self.safe, self.pending)
        self.pending = []

    def find(self, path):
        """The number of what has this name, or None."""
        number = 0
        for name in path.relative_to(self.root).parts:
            number = self.entries[number].get(name)
            if number is None:
                return None
        return number

    def change(self, *changes):
        """Changes of entries (path, number), of which all or none are lost."""
        changes = [(self.find(path.parent), path.name, number)
                   for path, number in changes]
        self.settle(self.entries, [changes])
        self.pending.append(changes)

    @staticmethod
    def settle(entries, pending):
        for changes in pending:
            for folder, name, number in changes:
                if number is None:
                    entries[folder].pop(name, None)
                else:
                    entries[folder][name] = number

    def make(self, path, data):
        self.count += 1
        self.data[self.count] = data
        if data is None:
            self.entries[self.count], self.safe[self.count] = {}, {}
        self.change((path, self.count))

    def sync(self, path, copy):
        number = self.find(path)
        if self.data[number] is not None:
            self.data[number] = pathlib.Path(copy).read_bytes()
            return
        here = [c for c in self.pending if any(folder == number for folder, _, _ in c)]
        self.settle(self.safe, here)
        self.pending = [c for c in self.pending if c not in here]

    def apply(self, call, path, other):
        path, to = pathlib.Path(path), pathlib.Path(other)
        if call in ("create", "mkdir"):
            self.make(path, None if call == "mkdir" else b"")
        elif call in ("unlink", "rmdir"):
            self.change((path, None))
        elif call == "rename" and self.find(path) is not None:
            self.change((path, None), (to, self.find(path)))
        elif call == "exchange":
            self.change((path, self.find(to)), (to, self.find(path)))
        elif call == "fsync":
            self.sync(path, other)

    def losses(self, rng, most):
        """Of the n changes since the last fsync any may be lost: all 2^n choices of those
        that are kept, or `most` drawn ones."""
        n = len(self.pending)
        if 2 ** n <= most:
            yield from ([c for i, c in enumerate(self.pending) if choice >> i & 1]
                        for choice in range(2 ** n))
            return
        for _ in range(most):
            lost = rng.choice([0, 0.5, 1])
            yield [c for c in self.pending if rng.random() >= lost]

    def after_losses(self, rng, most, place):
        """Build at `place` what may be left, one disk after the other."""
        for kept in list(self.losses(rng, most)):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            left = {folder: dict(own) for folder, own in self.safe.items()}
            self.settle(left, kept)
            self.build(left, 0, place)
            yield place

    def build(self, entries, folder, place):
        for name, number in entries[folder].items():
            if self.data[number] is None:
                (place / name).mkdir()
                self.build(entries, number, place / name)
            else:
                (place / name).write_bytes(self.data[number])


class Trial:
    def __init__(self, shim, place):
        self.shim, self.place = shim, place
        self.counts = {}
        self.whole = place / "whole"
        must("grokscope-train", *OLD, "--out", f"{place}/old")
        must("grokscope-train", *NEW, "--out", str(self.whole))
        self.old, self.new = content(f"{place}/old"), content(str(self.whole))
        self.index = {"old": (place / "old" / "run.h5").read_bytes(),
                      "new": (self.whole / "run.h5").read_bytes()}

    def fresh(self, name):
        folder = self.place / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.place / "old", folder / "run")
        return folder

    def judge(self, folder, what, recipe=NEW):
        """Resume, and see that what is there then is whole, or that it is said."""
        done = run("grokscope-train", *recipe, "--out", f"{folder}/run", "--resume")
        found = content(f"{folder}/run")
        if done.returncode == 0:
            verdict = "new" if found == self.new else "old" if found == self.old else ""
            if not verdict:
                sys.exit(f"{what}: --resume exits 0 over {found}\n{done.stderr}")
            if (folder / "run" / "run.h5").read_bytes() != self.index[verdict]:
                sys.exit(f"{what}: --resume leaves a run.h5 of another state")
        else:
            verdict = "refused"
            if not done.stderr.strip() or done.returncode not in (1, 2, 3):
                sys.exit(f"{what}: exit {done.returncode}: {done.stderr}")
        key = (what.split()[0], verdict)
        self.counts[key] = self.counts.get(key, 0) + 1

    def shimmed(self, folder, *arguments, **variables):
        return run("grokscope-train", *arguments, "--out", f"{folder}/run",
                   LD_PRELOAD=self.shim, SHIM_FOLDER=str(folder), SHIM_CALLS="all",
                   **variables)

    def power_losses(self, each, most):
        folder = self.fresh("loss")
        log = self.place / "log"
        done = self.shimmed(folder, *NEW, "--force", SHIM_LOG=str(log))
        if done.returncode:
            sys.exit(f"with the log: {done.stderr}")
        lines = [line.split("\t") for line in log.read_text().splitlines()]
        rng = random.Random(1)
        disk = Disk(folder.resolve(), self.place / "old_only")
        for at, (call, path, other) in enumerate(lines):
            disk.apply(call, path, other)
            if at % each:
                continue
            for left in disk.after_losses(rng, most, self.place / "left"):
                recipe = rng.choice([NEW, OLD])
                self.judge(left, f"power loss after call {at}: {call} {path}", recipe)
        return len(lines)

    def kills(self, count, each):
        for at in range(1, count + 1, each):
            folder = self.fresh("kill")
            self.shimmed(folder, *NEW, "--force", SHIM_AT=str(at), SHIM_DO="kill")
            self.judge(folder, f"kill before call {at}")

    def failures(self, count, each):
        for at in range(1, count + 1, each):
            folder = self.fresh("fail")
            name = ("EIO", "ENOSPC")[at // each % 2]
            done = self.shimmed(folder, *NEW, "--force", SHIM_AT=str(at), SHIM_DO=name)
            if done.returncode == 0 and content(f"{folder}/run") != self.new:
                sys.exit(f"{name} at call {at}: exit 0 over another run")
            if done.returncode and not done.stderr.strip():
                sys.exit(f"{name} at call {at}: exit {done.returncode} without a word")
            self.judge(folder, f"failure: {name} at call {at}")


    def folders(self):
        folder = self.place / "taken"
        folder.mkdir()
        first = subprocess.Popen(
            [f"{BIN}/grokscope-train", *OLD, "--steps", "100000000", "--checkpoints",
             "linear:500", "--out", f"{folder}/run"], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        while not (folder / "run" / "resume.h5").exists():
            time.sleep(0.02)
        while (folder / "run").exists():  # it may write while it is removed
            shutil.rmtree(folder / "run", ignore_errors=True)
        must("grokscope-train", *NEW, "--out", f"{folder}/run")
        message = first.communicate(timeout=60)[1]
        if first.returncode != 1 or "was removed or replaced" not in message:
            sys.exit(f"a run whose folder was taken: exit {first.returncode}: {message}")
        if content(f"{folder}/run") != self.new:
            sys.exit("a run whose folder was removed saved into another's")
        done = run("grokscope-train", *NEW, "--out", f"{folder}/free",
                   LD_PRELOAD=self.shim, SHIM_FOLDER=str(folder), SHIM_CALLS="fcntl",
                   SHIM_AT="1", SHIM_FROM="1", SHIM_DO="ENOLCK")
        if done.returncode or "has no locks" not in done.stderr:
            sys.exit(f"without locks: exit {done.returncode}: {done.stderr}")
        if content(f"{folder}/free") != self.new:
            sys.exit("without locks another run is made")


def main(shim, each=1, most=1):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for seed, name in enumerate(("old", "new")):
            pathlib.Path(f"{name}.recipe").write_text(f"seed = {seed}\n")
        trial = Trial(shim, pathlib.Path(folder).resolve())
        start = trial.place / "old_only"
        start.mkdir()
        shutil.copytree(trial.place / "old", start / "run")
        count = trial.power_losses(each, most)
        trial.kills(count, each)
        trial.failures(count, each)
        trial.folders()
        for (what, verdict), times in sorted(trial.counts.items()):
            print(f"{what}\t{verdict}\t{times}")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:]))
