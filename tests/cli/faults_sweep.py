"""A sweep is killed at its system calls, and goes on.

usage: faults_sweep.py SHIM [EACH]     as faults.py

The sweep and the trainings that it starts die before a call: of each process the same
one. Then the sweep is run again, and what failed is tried again: a training that was
killed while its sweep lived. It ends with every run as the uninterrupted sweep has it,
and with no file that the other lacks.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from faults import BIN, content, must

WORDS = ("run demo --p 7 --d-model 8 --n-heads 1 --d-mlp 8 --steps 40 --checkpoints linear:20 "
         "--vary seed=0,1 --jobs 1 --out sweep").split()


RETRY = "retry --out sweep --jobs 1".split()


def sweep(place, words=WORDS, **variables):
    return subprocess.run([f"{BIN}/grokscope-sweep", *words, "--quiet"], cwd=place,
                          capture_output=True, text=True, env={**os.environ, **variables})


def names(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*"))


def contents(place):
    """Steps and digests of every run, by its folder."""
    return {path.name: content(path) for path in sorted((place / "sweep").iterdir())
            if path.is_dir()}


def main(shim, each):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder).resolve()
        whole, here = place / "whole", place / "here"
        whole.mkdir()
        must("grokscope-sweep", *[str(whole / "sweep") if w == "sweep" else w for w in WORDS])
        wanted, there = contents(whole), names(whole)
        kills = retried = at = 0
        while True:
            at += each
            shutil.rmtree(here, ignore_errors=True)
            here.mkdir()
            done = sweep(here, LD_PRELOAD=shim, SHIM_FOLDER=str(here), SHIM_CALLS="all",
                         SHIM_AT=str(at), SHIM_DO="kill")
            if done.returncode == 0:  # no process has so many calls
                break
            kills += 1
            again = sweep(here)
            if again.returncode and "retry" in again.stderr:
                retried += 1
                again = sweep(here, RETRY)
            if again.returncode:
                sys.exit(f"killed before call {at}: {again.stderr}")
            if contents(here) != wanted:
                sys.exit(f"killed before call {at}: other runs")
            if names(here) != there:
                sys.exit(f"killed before call {at}: other files: "
                         f"{sorted(set(names(here)) ^ set(there))}")
    if kills < 3:
        sys.exit(f"{kills} kills are too few")
    print(f"sweep\tkill\t{kills}\nsweep\tretry\t{retried}")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
