"""The checkpoints of a run are checked as a series: what is out of line is told.

usage: series.py    with GROKSCOPE_BIN set to the folder of the programs
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import h5py
import numpy as np

BIN = pathlib.Path(os.environ["GROKSCOPE_BIN"])
STEPS = [0, 10, 20, 30, 40, 50, 60]


def run(*words):
    return subprocess.run([str(BIN / words[0]), *map(str, words[1:])], check=False,
                          capture_output=True, text=True)


def path(folder, step):
    return pathlib.Path(folder) / f"step-{step:09}.h5"


def seal(file):
    """End the file with the SHA-256 of its bytes, as FORMAT.md has it."""
    data = file.read_bytes()
    if data[-84:].startswith(b"grokscope 2 sha256 "):
        data = data[:-84]
    line = f"grokscope 2 sha256 {hashlib.sha256(data).hexdigest()}\n"
    file.write_bytes(data + line.encode())


def change(file, edit):
    data = file.read_bytes()
    file.write_bytes(data[:-84])
    with h5py.File(file, "r+") as h5:
        edit(h5)
    seal(file)


def scale(factor):
    def edit(h5):
        for param in h5["params"].values():
            param[...] = factor * param[()]
    return edit


def poison(value):
    def edit(h5):
        h5["params/embed.W_E"][2, 1] = value
    return edit


def relabel(step):
    def edit(h5):
        h5.attrs["step"] = np.int64(step)
        h5["history"].attrs.pop("since", None)
    return edit


def take_weights(source):
    def edit(h5):
        with h5py.File(source) as other:
            for name, param in other["params"].items():
                h5["params"][name][...] = param[()]
    return edit


def swap(folder, a, b):
    shutil.copy(path(folder, a), "kept.h5")
    change(path(folder, a), take_weights(path(folder, b)))
    change(path(folder, b), take_weights("kept.h5"))


def findings(folder, code):
    done = run("grokscope-info", folder, "--check")
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    rows = [line.split("\t") for line in done.stdout.splitlines()[1:]]
    assert [row[1] for row in rows[:len(STEPS)]] == [
        str(path(folder, step)) for step in STEPS], rows
    return [(pathlib.Path(row[1]).name, row[2]) for row in rows if row[2] != "ok"]


def main():
    done = run("grokscope-train", "--p", 7, "--d-model", 16, "--n-heads", 2, "--d-mlp", 32,
               "--steps", 60, "--checkpoints", "linear:10", "--warmup", 0, "--out", "run",
               "-q")
    assert done.returncode == 0, done.stderr
    assert findings("run", 0) == []
    name = {step: path("", step).name for step in STEPS}

    def spoilt(code, *edits):
        shutil.rmtree("spoilt", ignore_errors=True)
        shutil.copytree("run", "spoilt")
        for step, edit in edits:
            change(path("spoilt", step), edit)
        return findings("spoilt", code)

    # Each kind by itself, with the step and its neighbours. 1.1 is the least factor.
    told = spoilt(1, (30, scale(1.25)))
    assert len(told) == 1 and told[0][0] == name[30], told
    assert "leaves the line from" in told[0][1], told
    assert "(step 20) to" in told[0][1] and "(step 40)" in told[0][1], told
    told = spoilt(1, (30, scale(0.7)))
    assert len(told) == 1 and "the norm of its weights" in told[0][1], told
    assert spoilt(1, (20, poison(np.nan))) == [(name[20], "NaN or Inf in embed.W_E")]
    assert spoilt(1, (50, poison(-np.inf))) == [(name[50], "NaN or Inf in embed.W_E")]
    # At an end there are no two neighbours.
    assert spoilt(0, (60, scale(1.25))) == []

    # One step's weights at another: they are equal, and the way there is a detour.
    told = spoilt(1, (40, take_weights(path("run", 10))))
    assert (name[40], "its weights are those of step 10") in told, told
    assert any(step == name[40] and text.startswith("the way from step 30 to step 50 is ")
               for step, text in told), told
    # Two that changed places, which no weights are equal to.
    shutil.rmtree("spoilt")
    shutil.copytree("run", "spoilt")
    swap("spoilt", 20, 30)
    told = findings("spoilt", 1)
    assert {step for step, _ in told} == {name[20], name[30]}, told
    assert all("times as long by way of its weights as without them" in text
               for _, text in told), told

    # A file under another step's name is a breach; the rest is a series all the same.
    told = spoilt(3, (30, relabel(31)))
    assert len(told) == 1 and told[0][0] == name[30], told
    assert "is step 30 by its name, but step 31" in told[0][1], told
    # Other tensors.
    def forget(h5):
        del h5["params/unembed.W_U"]
    told = spoilt(1, (20, forget))
    assert (name[20], "its tensors have other names or shapes than those of step 10") in told
    # A lone file, and one step, are no series.
    for words in (["--step", 20], ["--step", "last"]):
        done = run("grokscope-info", "spoilt", "--check", *words)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == 2, done
    done = run("grokscope-info", "run", "--check", "--format", "json")
    assert done.returncode == 0 and done.stdout.count('"verdict": "ok"') == len(STEPS)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    main()
    os.chdir("/")
