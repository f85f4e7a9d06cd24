"""What limits of memory, of file sizes and hostile inputs do: a message, an exit code.

usage: limits.py        in a folder of its own, with the programs on the PATH
"""
import os
import pathlib
import pickle
import resource
import struct
import subprocess
import zipfile

import numpy as np

MB = 1 << 20
LIMITED = "GSC_NO_MEMORY_LIMIT" not in os.environ  # sanitizers reserve terabytes
SECONDS = 20


def run(*words, space=None, file=None):
    """Exit code, stderr; a hang or a signal is a failure."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if space and LIMITED:
            resource.setrlimit(resource.RLIMIT_AS, (space, space))
        if file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS,
                          preexec_fn=limit)
    assert done.returncode >= 0, (words, space, file, done.returncode, done.stderr)
    assert done.returncode == 0 or done.stderr or words[0] == "grokscope-compare", words
    return done.returncode, done.stderr


def refuses(text, code, *words, **limits):
    got, said = run(*words, **limits)
    assert got == code and text in said, (words, got, said, text)
    assert len(said) < 2000, words


def programs():
    for name in ("ablate", "clockpizza", "fourier", "groups", "info", "norms", "progress",
                 "rqi"):
        yield f"grokscope-{name}", "run"
    yield "grokscope-compare", "run", "--step", "all", "--all-pairs"
    yield "grokscope-compare", "run", "--step", "all", "--trajectory"
    yield "grokscope-compare", "run@0", "run"
    yield "grokscope-export", "run", "-o", "run.npz", "--force"
    yield "grokscope-import", "sound.npz", "--list"
    yield "grokscope-report", "run", "-o", "run.html", "--force"
    yield "grokscope-train", *TINY, "--out", "again", "--force", "-q"
    yield "grokscope", "info", "run"


TINY = ("--p", "7", "--d-model", "16", "--n-heads", "2", "--d-mlp", "32",
        "--train-fraction", "0.6", "--steps", "20", "--checkpoints", "linear:10")


def memory():
    count = 0
    for space in (64, 128, 200, 256, 400, 512, 1000):
        for words in programs():
            run(*words, space=space * MB)
            count += 1
    refuses("(ulimit -v, -d)", 1, "grokscope-fourier", "run", "--threads", "2",
            space=256 * MB)
    code, said = run("grokscope-fourier", "run", "--threads", "1", space=400 * MB)
    assert code == 0, said
    print(f"{count} programs under limits of memory")


def file_sizes():
    before = pathlib.Path("sound.npz").read_bytes()
    names = sorted(os.listdir())
    refuses("(ulimit -f) is 1024 bytes", 1, "grokscope-export", "run", "-o", "sound.npz",
            "--force", file=1024)
    assert pathlib.Path("sound.npz").read_bytes() == before
    refuses("(ulimit -f) is 4096 bytes", 1, "grokscope-train", *TINY, "--out", "small",
            file=4096)
    left = [p.name for p in pathlib.Path(".").rglob("*.tmp")]
    assert not left, left
    assert sorted(n for n in os.listdir() if n != "small") == names


def kinds():
    os.mkfifo("pipe")
    os.mkdir("folder")
    with open("sparse", "wb") as file:
        file.truncate(20 << 30)
    with open("sparse.json", "wb") as file:
        file.write(b"{")
        file.truncate(1 << 30)
    with open("zeros", "wb") as file:
        file.truncate(4 << 30)
    for name, text in (("pipe", "is a pipe"), ("folder", "is a folder"),
                       ("/dev/zero", "is a device"), ("sparse", "has 21474836480 bytes"),
                       ("sparse.json", "JSON of 1073741824 bytes"),
                       ("zeros", "expected a file of PyTorch")):
        refuses(text, 3, "grokscope-import", name, "--list", space=600 * MB)
    for name in ("/dev/zero", "sparse"):
        code, said = run("grokscope-train", name, "--print-config", space=600 * MB)
        assert code in (2, 3) and name in said, said


def lies():
    header = b'{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],' \
             b'"data_offsets":[0,16]}}'
    cases = {"long.safetensors": struct.pack("<Q", 10 ** 9) + b"{" + bytes(64),
             "product.safetensors": struct.pack("<Q", len(header)) + header + bytes(16)}
    overlap = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},' \
              b'"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
    cases["overlap.safetensors"] = struct.pack("<Q", len(overlap)) + overlap + bytes(16)
    cases["deep.json"] = b"[" * 10 ** 6
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000,), }\n"
    cases["short.npy"] = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text
    for name, data in cases.items():
        pathlib.Path(name).write_bytes(data)
        refuses(name, 3, "grokscope-import", name, "--list", space=600 * MB)
    with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.npy", cases["short.npy"] + bytes(400 * MB))
    refuses("a.npy: has 419430400 bytes of elements", 3, "grokscope-import", "bomb.npz",
            "--list", space=400 * MB)


def archive(name, value=None, raw=None):
    with zipfile.ZipFile(name, "w") as out:
        out.writestr("a/data.pkl", raw or pickle.dumps(value, 2))
        out.writestr("a/version", "3\n")


def pickles():
    nested = {}
    for _ in range(22):
        nested = {"a": nested, "b": nested}
    archive("nested.pt", nested)
    lists = [0, "x"]
    for _ in range(22):
        lists = [lists, lists]
    archive("lists.pt", lists)
    own = {}
    own.update(me=own, you=own)
    archive("own.pt", own)
    refuses("no dictionary of tensors", 3, "grokscope-import", "own.pt", "-o", "x.h5",
            space=400 * MB)
    for name in ("nested.pt", "lists.pt"):
        assert os.path.getsize(name) < 1000
        refuses("values", 3, "grokscope-import", name, "--list", space=400 * MB)
        refuses("values", 3, "grokscope-import", name, "-o", "x.h5", space=400 * MB)
    many = b"\x80\x02cbuiltins\nlist\nq\0]q\1(" + b"K\1" * 100000 + b"e0" + \
        b"(" + b"h\0h\1\x85R" * 100000 + b"l."
    archive("copies.pt", raw=many)
    refuses("copies values again and again", 3, "grokscope-import", "copies.pt", "--list",
            space=400 * MB)


def pairs():
    refuses("3 pairs of 3 checkpoints", 2, "grokscope-compare", "run", "--step", "all",
            "--all-pairs", "--max-pairs", "2")
    assert run("grokscope-compare", "run", "--step", "all", "--all-pairs", "--max-pairs",
               "3")[0] == 0
    _, said = run("grokscope-compare", "run", "--step", "all", "--all-pairs=full")
    assert "3 pairs of 3 checkpoints: 0 MB and 1 s for a small network" in said, said


def main():
    code, said = run("grokscope-train", *TINY, "--out", "run", "-q")
    assert code == 0, said
    np.savez("sound.npz", a=np.zeros((3, 4), np.float32))
    if LIMITED:
        memory()
    file_sizes()
    kinds()
    lies()
    pickles()
    pairs()


if __name__ == "__main__":
    main()
