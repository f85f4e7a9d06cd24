"""Files that the system does not let a program read, and what is said of them.

usage: unreadable.py SHIM     with GROKSCOPE_BIN in the environment

SHIM is the library of tests/shim.c. A file of every kind that is read is opened while
the system refuses (EIO, EMFILE, ENFILE), and asked for by paths that stand for nothing
readable. The message names the reason as the system does, and the exit code says whether
another path would do (3) or another moment (1).
"""
import errno
import io
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import zipfile

import importlib.util

if not all(map(importlib.util.find_spec, ("h5py", "numpy"))):
    print("skipped: h5py or NumPy is missing")
    sys.exit(77)
import numpy as np

BIN = os.environ["GROKSCOPE_BIN"]
TINY = ("--p 7 --d-model 8 --n-heads 1 --d-mlp 8 --train-fraction 0.6 --steps 20 "
        "--checkpoints linear:20 --threads 1").split()


def run(command, limit=None, user=False, **variables):
    def prepare():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        if user and os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
    program, *words = command
    return subprocess.run([os.path.join(BIN, program), *map(str, words)], text=True,
                          capture_output=True, env={**os.environ, **variables},
                          preexec_fn=prepare, check=False)


def expect(command, done, code, number, path):
    reason = os.strerror(number)
    if done.returncode != code or reason not in done.stderr:
        sys.exit(f"{command}: exit {done.returncode}, expected {code} and '{reason}':\n"
                 f"{done.stderr}")
    if done.stderr.count(str(path)) != 1:
        sys.exit(f"{command}: names the file {done.stderr.count(str(path))} times:\n"
                 f"{done.stderr}")


# ---- A file of each kind ----

def safetensors(path):
    header = {"W": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    data = json.dumps(header).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data + bytes(8))


def npz(path):
    data = io.BytesIO()
    np.save(data, np.ones(2, np.float32))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("W.npy", data.getvalue())


def torch_archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        file.writestr("archive/version", "3\n")


def kinds(place):
    """A good file of each kind, and the command that reads one of that kind."""
    run_folder = place / "run"
    done = run(["grokscope-train", *TINY, "--out", run_folder])
    assert done.returncode == 0, done.stderr
    files = {"checkpoint.h5": lambda path: path.write_bytes(
                 (run_folder / "step-000000020.h5").read_bytes()),
             "x.safetensors": safetensors, "x.npz": npz, "x.pt": torch_archive,
             "x.npy": lambda path: np.save(path, np.ones(2, np.float32)),
             "x.json": lambda path: path.write_text("{}"),
             "x.recipe": lambda path: path.write_text("seed = 1\n"),
             "x.split": lambda path: path.write_text("0 1 2\n"),
             "x.group": lambda path: path.write_text("0 1\n1 0\n")}
    for name, write in files.items():
        write(place / name)

    def command(name, path):
        if name == "checkpoint.h5":
            return ["grokscope-info", path]
        if name == "x.recipe":
            return ["grokscope-train", path, "--print-config"]
        if name == "x.split":
            return ["grokscope-train", *TINY, "--split-file", path, "--print-config"]
        if name == "x.group":
            return ["grokscope-train", "--operation", "compose", "--group-file", path,
                    "--print-config"]
        if name == "x.json":
            return ["grokscope-import", place / "x.safetensors", "--config", path, "-o",
                    place / "never.h5"]
        return ["grokscope-import", path, "--list"]
    return list(files), command


# ---- Moments ----

def refused(shim, place, names, command):
    for name in names:
        path = place / name
        for what, number in (("EIO", errno.EIO), ("EMFILE", errno.EMFILE),
                             ("ENFILE", errno.ENFILE)):
            at, plain = 1, run(command(name, path))
            while True:  # refused from its first opening on, from its second one, …
                done = run(command(name, path), LD_PRELOAD=shim, SHIM_FOLDER=str(path),
                           SHIM_CALLS="open", SHIM_AT=str(at), SHIM_FROM="1",
                           SHIM_DO=what)
                if (done.returncode, done.stderr) == (plain.returncode, plain.stderr):
                    break  # all were opened
                if at > 9:
                    break
                expect([*command(name, path), what, at], done, 1, number, path)
                at += 1
            if at == 1 or at > 9:
                sys.exit(f"{name}: {at} openings that could be refused: {done.stderr}")


def torn_off(shim, place):
    """A disk that fails while a checkpoint is read, at any of the reads."""
    path, at = place / "checkpoint.h5", 0
    command = ["grokscope-norms", path]
    while True:
        at += 1
        done = run(command, LD_PRELOAD=shim, SHIM_FOLDER=str(path), SHIM_CALLS="read",
                   SHIM_AT=str(at), SHIM_FROM="1", SHIM_DO="EIO")
        if done.returncode == 0:
            break
        expect([*command, f"read {at}"], done, 1, errno.EIO, path)
    if at < 5:
        sys.exit(f"only {at} reads of a checkpoint")


def too_many(place):
    """A trainer that has its run's lock has one file more to open than it may."""
    command = ["grokscope-train", *TINY, "--steps", "40", "--out", place / "run",
               "--resume"]
    expect(command, run(command, limit=4), 1, errno.EMFILE, place / "run")


# ---- Paths ----

def paths(place, names, command):
    loop = place / "loop"
    loop.symlink_to(loop)
    closed = place / "closed"
    closed.write_text("x")
    closed.chmod(0)
    long = place / ("x" * 300)
    folder = place / "folder"
    folder.mkdir()
    os.chmod(place, 0o755)
    for name in names:
        expect([name, "ELOOP"], run(command(name, loop)), 3, errno.ELOOP, loop)
        expect([name, "ENAMETOOLONG"], run(command(name, long)), 3, errno.ENAMETOOLONG,
               long)
        expect([name, "EACCES"], run(command(name, closed), user=True), 3, errno.EACCES,
               closed)
        done = run(command(name, folder))
        if name != "checkpoint.h5":  # a folder may be a run
            if done.returncode != 3 or f"{folder}: is a folder" not in done.stderr:
                sys.exit(f"{name}: a folder: exit {done.returncode}: {done.stderr}")
        elif done.returncode != 3 or "no step files in this folder" not in done.stderr:
            sys.exit(f"a folder: {done.stderr}")
        missing = place / "missing"
        done = run(command(name, missing))
        if name == "x.recipe":
            if done.returncode != 2 or "no file and no recipe" not in done.stderr:
                sys.exit(f"a recipe that is not there: {done.stderr}")
        else:
            expect([name, "ENOENT"], done, 3, errno.ENOENT, missing)


def main(shim):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder).resolve()
        names, command = kinds(place)
        refused(shim, place, names, command)
        torn_off(shim, place)
        too_many(place)
        paths(place, names, command)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
