"""Names that hold whatever a name can hold, through every program that prints them.

usage: names.py     with GROKSCOPE_BIN in the environment

Tensors, columns, keys, runs, recipes and files are named with tabs, line ends, quotes,
control characters, escape sequences of terminals and bytes that are no UTF-8. Whatever
a program is asked, in whatever form it answers, neither its answer nor what it says
holds one of these raw; TSV, CSV and JSON stay tables, and their names can be had back.
"""
import codecs
import csv
import io
import json
import os
import pathlib
import pickle
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = os.environ["GROKSCOPE_BIN"]
TINY = ("--p 7 --d-model 8 --n-heads 1 --d-mlp 8 --train-fraction 0.6 --steps 20 "
        "--checkpoints linear:20 --threads 1").split()
# A title, a tab, line ends, quotes, a bell, C1 as one letter, DEL, what turns writing,
# a separator of lines, the end of a script, a backslash, letters that are harmless.
NASTY = "\x1b]0;title\x07\t\n\r\"'\x9b2J\x7f\u202e\u2066\u2028</script>\\nä→"
# Without what libzip takes for letters of CP437.
ZIPPED = "t\t\n\r\"'\x9b2J\x7f\u202e\u2066\u2028</script>\\nä→"
TORN = b"torn\x9b\xff\x1b[2J"  # no UTF-8
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e"
                       "\u2066-\u2069]")


def fail(command, done, what):
    sys.exit(f"{command}: {what}\nexit {done.returncode}\n{done.stdout!r}\n{done.stderr!r}")


def ask(program, *words, code=0, tabs=False, lines=True):
    """Run a program, see that nothing raw comes from it, and return both outputs; that
    lines of stderr are its own, unless `lines` is false."""
    command = [os.path.join(BIN, program), *words]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != code:
        fail(command, done, f"expected exit {code}")
    texts = []
    for text, may_tab in ((done.stdout, tabs), (done.stderr, False)):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            fail(command, done, "is no UTF-8")
        found = FORBIDDEN.search(text) or (not may_tab and re.search("\t", text))
        if found:
            fail(command, done, f"prints {found[0]!r}")
        texts.append(text)
    for line in texts[1].splitlines() if lines else ():
        if not line.startswith((f"{program}: ", "  ")):
            fail(command, done, f"a line of stderr that is the name's: {line!r}")
    return texts


def raw(cell):
    return codecs.escape_decode(cell)[0]


def tsv(command, text):
    rows = [line.split("\t") for line in text.rstrip("\n").split("\n")]
    assert {len(row) for row in rows} == {len(rows[0])}, (command, rows)
    # Readers that know quoted cells see the same ones.
    assert list(csv.reader(io.StringIO(text), delimiter="\t")) == rows, (command, text)
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def forms(program, *words, code=0, name=None, column=None):
    """The answer in all forms of text: `name` (bytes) is in `column` of each."""
    text, said = ask(program, *words, code=code, tabs=True)
    if name is not None:
        cells = [raw(row[column]) for row in tsv(words, text)]
        assert name in cells, (words, name, cells)
    text, _ = ask(program, *words, "--format", "json", code=code)
    if name is not None:
        cells = [row[column] for row in json.loads(text)["results"]]
        assert name.decode(errors="surrogateescape") in cells or b"\xff" in name, cells
    ask(program, *words, "--format", "text", code=code)
    return said


# ---- Files whose names are nasty ----

def safetensors(path, names):
    header, at = {"__metadata__": {NASTY: NASTY}}, 0
    for name in names:
        header[name] = {"dtype": "F32", "shape": [2, 3], "data_offsets": [at, at + 24]}
        at += 24
    data = json.dumps(header).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data + bytes(at))


def npz(path, names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            data = io.BytesIO()
            np.save(data, np.ones((2, 3), np.float32))
            file.writestr(f"{name}.npy", data.getvalue())


class Storage:
    """What torch.save writes in the place of a tensor's numbers."""


def torch_archive(path, names):
    """Pickled by hand: a dictionary of text alone, which is what --list walks."""
    with zipfile.ZipFile(path, "w") as file:
        content = {name: {NASTY: name, "list": [1, 2]} for name in names}
        file.writestr("archive/data.pkl", pickle.dumps(content, protocol=2))
        file.writestr("archive/version", "3\n")


def hostile_checkpoint(source, path):
    """A checkpoint with more tensors, tables and notes than its network has."""
    shutil.copy(source, path)
    with h5py.File(path, "r+") as file:
        for name in (NASTY.replace("/", "|").encode(), TORN):
            new = h5py.h5d.create(file["params"].id, name, h5py.h5t.IEEE_F32LE,
                                  h5py.h5s.create_simple((2, 3)))
            h5py.Dataset(new)[...] = 1
            attributes = h5py.Dataset(new).attrs
            for key, value in file["params"]["embed.W_E"].attrs.items():
                attributes[key] = value
        table = file["history/loss"]
        length = len(table["step"])
        odd = "\x1b]0;t\x07\"'\x9b\x7f\u202e\\"
        table[odd] = np.ones(length)
        table.attrs["columns"] = table.attrs["columns"] + " " + odd
        file["history"].copy("loss", "\x1b[2J\x9b")
        config = json.loads(file["config"].asstr()[()])
        config["model"]["architecture"] = "\x1b]0;unknown\x07"
        del file["config"]
        file["config"] = json.dumps(config)
        del file["provenance"].attrs["sha256"]  # which others do not write
        for key in list(file["provenance"].attrs):
            file["provenance"].attrs[key] = NASTY
    return odd


# ---- The programs ----

def imports(place):
    for form, write in (("safetensors", safetensors), ("npz", npz),
                        ("pt", torch_archive)):
        path = place / f"{NASTY.replace('/', '|')}.{form}"
        key = ZIPPED if form == "npz" else NASTY
        write(path, [key, "plain", "tab\there", 'quote"'])
        said = forms("grokscope-import", str(path), "--list", name=str(path).encode(),
                     column="file")
        text, _ = ask("grokscope-import", str(path), "--list", tabs=True)
        keys = [raw(row["key"]) for row in tsv(path, text)]
        assert any(key.encode() in found for found in keys), (form, keys)
        ask("grokscope-import", str(path), "--key", NASTY, "-o", str(place / "x.h5"),
            code=3)
        ask("grokscope-import", str(path), "-o", str(place / "x.h5"), code=3)
        assert said == ""
    taken = ["plain", "tab\there", 'quote"', NASTY.replace("/", "|")]
    safetensors(place / "taken.safetensors", taken)
    forms("grokscope-import", str(place / "taken.safetensors"), "--architecture",
          "tensors", "-o", str(place / "taken.h5"), "--force")
    forms("grokscope-info", str(place / "taken.h5"), "--list-tensors",
          name=taken[-1].encode(), column="tensor")
    for form in ("safetensors", "npz"):
        forms("grokscope-export", str(place / "taken.h5"), "-o",
              str(place / f"back.{form}"), "--force", name=taken[-1].encode(),
              column="tensor")
    forms("grokscope-import", str(place / "back.safetensors"), "--list",
          name=taken[-1].encode(), column="key")
    ask("grokscope-export", str(place / "taken.h5"), "--tensor", NASTY, "-o",
        str(place / "x.npy"), code=3)
    forms("grokscope-norms", str(place / "taken.h5"), "--long", name=taken[-1].encode(),
          column="tensor")
    (place / "config.json").write_text(json.dumps({"model": {"act_fn": NASTY}}))
    ask("grokscope-import", str(place / "taken.safetensors"), "--config",
        str(place / "config.json"), "-o", str(place / "x.h5"), code=3)


def infos(place, run):
    path = place / "hostile.h5"
    odd = hostile_checkpoint(run / "step-000000020.h5", path)
    for name in (NASTY.replace("/", "|").encode(), TORN):
        forms("grokscope-info", str(path), "--list-tensors", name=name, column="tensor")
        forms("grokscope-info", str(path), name=name, column="name")
        forms("grokscope-norms", str(path), "--long", name=name, column="tensor")
    forms("grokscope-info", str(path), "--history", name=b"\x1b[2J\xc2\x9b",
          column="table")
    for form, tabs in (("tsv", True), ("json", False), ("text", False)):
        ask("grokscope-info", str(path), "--history=loss", "--format", form, tabs=tabs)
    rows = tsv("history", ask("grokscope-info", str(path), "--history=loss",
                              tabs=True)[0])
    assert odd.encode() in [raw(name) for name in rows[0]], rows[0]
    ask("grokscope-info", str(path), "--history=loss", "--columns", NASTY, code=2)
    ask("grokscope-info", str(path), "--history", code=0, tabs=True)
    ask("grokscope-info", str(path), f"--history={NASTY}", code=3)
    forms("grokscope-info", str(path), "--check", code=3)
    ask("grokscope-info", str(path), "--command", code=3)
    ask("grokscope-embedding", str(path), "--list", tabs=True)
    ask("grokscope-embedding", str(path), "--tensor", NASTY, code=3)
    ask("grokscope-fourier", str(path), code=3)
    ask("grokscope-compare", str(path), str(run), code=1, tabs=True)
    ask("grokscope-compare", str(path), str(run), "--format", "text", code=1)
    for long in ("tensor",):
        ask("grokscope-compare", str(path), str(path), f"--long={long}", tabs=True)


def wrong_values(place, run):
    """A wrong value inside a file is the file's fault, and the file is named."""
    path = place / "wrong.h5"
    for section, key, value in (("model", "act_fn", NASTY), ("model", "d_model", -3),
                                ("task", "operation", NASTY)):
        shutil.copy(run / "step-000000020.h5", path)
        with h5py.File(path, "r+") as file:
            config = json.loads(file["config"].asstr()[()])
            config[section][key] = value
            del file["config"]
            file["config"] = json.dumps(config)
        for program, *rest in (["info"], ["info", "--command"], ["norms"], ["fourier"],
                               ["export", "-o", str(place / "x.npz")],
                               ["embedding", "--list"],
                               ["report", "--data", "-o", str(place / "x.html")]):
            _, said = ask(f"grokscope-{program}", str(path), *rest, code=3)
            assert f"{path}: configuration: {key}: " in said, said


def runs(place):
    """A run's folder, its recipe and what is written into and beside it."""
    folder = os.path.join(os.fsencode(place), TORN)
    folder += NASTY.replace("/", "|").encode()
    recipe = folder + b".recipe"
    with open(recipe, "wb") as file:
        file.write(b"seed = 3\n")
    forms("grokscope-train", recipe, *TINY, "--out", folder, "--force", name=folder,
          column="run")
    ask("grokscope-train", recipe, *TINY, "--out", folder, code=1)
    ask("grokscope-train", recipe, *TINY, "--out", folder, "--resume", tabs=True)
    with open(recipe, "wb") as file:
        file.write(TORN + NASTY.replace("\n", "").replace("\r", "").encode() + b" = 3\n")
    ask("grokscope-train", recipe, *TINY, "--out", folder, code=3)
    ask("grokscope-train", NASTY, *TINY, "--out", folder, code=2)
    ask("grokscope-train", *TINY, "--" + NASTY, "1", "--out", folder, code=2)
    ask("grokscope-train", *TINY, "--measure", NASTY, "--out", folder, code=2)
    ask("grokscope-train", *TINY, "--operation", NASTY, "--out", folder, code=2)
    split = folder + b".split"
    with open(split, "wb") as file:
        file.write(b"1 2 \x1b]0;x\x07\n")
    ask("grokscope-train", *TINY, "--split-file", split, "--out", folder + b"x", code=3)
    ask("grokscope-train", *TINY, "--split-file", split, "--print-config", code=3)
    for words in (["info"], ["info", "--list-tensors"], ["info", "--digest"],
                  ["info", "--check"], ["norms"], ["norms", "--long"],
                  ["fourier", "--long"], ["fourier"], ["progress"], ["clockpizza"],
                  ["rqi"], ["groups"], ["ablate", "--drop", "circle=1"]):
        program, *rest = words
        forms(f"grokscope-{program}", folder, *rest, name=folder, column="run")
        ask(f"grokscope-{program}", folder + b"missing", code=3)
        ask(f"grokscope-{program}", folder, "--step", "77" + NASTY, code=2)
    ask("grokscope-info", folder, "--command")
    compares(folder)
    embeddings(place, folder)
    reports(place, folder)
    ask("grokscope-export", folder, "-o", folder + b".npz", tabs=True)
    ask("grokscope-export", folder, "-o", folder + b".npz", code=2)


def compares(folder):
    forms("grokscope-compare", folder + b"@0", folder, code=1)
    forms("grokscope-compare", folder + b"@0", folder, "--long=tensor", code=1)
    forms("grokscope-compare", folder, "--step", "all", "--all-pairs", name=folder,
          column="run_a")
    forms("grokscope-compare", folder, "--step", "all", "--trajectory", name=folder,
          column="run")
    ask("grokscope-compare", folder, folder + b"missing", code=2)
    ask("grokscope-compare", folder, "--step", "all", "--all-pairs", "--matrix", NASTY,
        code=2)


def embeddings(place, folder):
    words = ["grokscope-embedding", folder, "--tensor", "embedding", "--step", "all",
             "--columns", "run,step,label"]
    rows = tsv(words, ask(*words, tabs=True)[0])
    assert raw(rows[0]["run"]) == folder, rows
    text, _ = ask(*words, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.count("\n") == len(rows) + 1 and raw(rows[0]["run"]) == folder
    json.loads(ask(*words, "--format", "json")[0])
    out = place / "projector"
    ask("grokscope-embedding", folder, "--tensor", "embedding", "-o", str(out), tabs=True)
    json.loads((out / "projector_config.json").read_text())
    for file in out.iterdir():
        assert not FORBIDDEN.search(file.read_text()), file
    x = place / "X.npy"
    ask("grokscope-embedding", folder, "--tensor", "embedding", "--step", "all", "-o",
        str(x), tabs=True)
    rows = tsv(x, (place / "X.steps.tsv").read_text())
    assert raw(rows[0]["run"]) == folder, rows


def reports(place, folder):
    out = place / "report.html"
    _, said = ask("grokscope-report", folder, "--data", "-o", str(out), tabs=True)
    text = out.read_text()
    assert not FORBIDDEN.search(text), FORBIDDEN.search(text)
    assert text.count("</script>") == 2, text.count("</script>")
    manifest = re.search(r'id="manifest">\n(.*?)\n</script>', text, re.S)[1]
    shown = json.loads(manifest)
    assert any("\x1b]0;title" in run["name"] for run in shown["runs"])
    ask("grokscope-report", folder, "--data", "-o", str(out), code=2)


def questions():
    ask("grokscope", NASTY, code=2, lines=False)
    ask("grokscope", "help", NASTY, code=2, lines=False)


def terminal(place):
    """What a training says to who sits and waits: nothing but its own line moves."""
    folder = os.path.join(os.fsencode(place), b"seen" + TORN)
    command = [os.path.join(BIN, "grokscope-train"), *TINY, "--out", folder]
    main, side = pty.openpty()
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side,
                               env={**os.environ, "TERM": "xterm"})
    os.close(side)
    written = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(main)
    assert process.wait() == 0, written
    text = written.decode().replace("\r\n", "\n").replace("\r\x1b[K", "")
    assert not FORBIDDEN.search(text), text
    word = re.search(r"grokscope report (\$'.*') -o report.html", text)[1]
    shell = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True,
                           check=True)
    assert shell.stdout == folder, (word, shell.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        plain = place / "plain"
        ask("grokscope-train", *TINY, "--out", str(plain), tabs=True)
        imports(place)
        infos(place, plain)
        wrong_values(place, plain)
        runs(place)
        questions()
        terminal(place)


if __name__ == "__main__":
    main()
