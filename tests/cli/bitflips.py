"""Files with one flipped bit: what is read of them is what they held, or nothing.

The flips are spread evenly over the bits of each kind of file: step files of two tasks,
a resume file, run.h5, and a step file of version 1.0. Of each damaged file the programs
give the facts, the digest, the norms and a check. An answer has to be, byte for byte,
that of the whole file, or exit code 3.

A file of version 1.0 has no SHA-256 at its end. Names, configuration, notes and numbers
in attributes have no checksum there, so other texts are counted and no failure; numbers
of weights must be those of the whole file. Nor is it one where libhdf5 itself dies of
such a file: then there is no answer.

usage: bitflips.py FLIPS TESTS [--only KIND] [--seed N]    with GROKSCOPE_BIN set
"""
import argparse
import collections
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile

BIN = os.environ["GROKSCOPE_BIN"]
RUN = "--steps 40 --checkpoints linear:20 --log-every 5 -q".split()
PAIRS = "--p 7 --d-model 16 --n-heads 2 --d-mlp 32 --train-fraction 0.6".split()
BITS = ("--task parity --n 8 --train-samples 40 --batch-size 8 --architecture mlp "
        "--hidden 9,7").split()
ASKED = [("info", "--format", "json"), ("info", "--digest"),
         ("norms", "--long", "--format", "json"), ("info", "--check")]
MEMORY, SECONDS, REFUSED = 4 << 30, 30, 3


def limit_memory():
    if "GSC_NO_MEMORY_LIMIT" not in os.environ:  # sanitizers reserve terabytes
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def ask(question, path):
    """Exit code and standard output; hostile files are read by nobody in particular."""
    program, *options = question
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    try:
        done = subprocess.run(
            [f"{BIN}/grokscope-{program}", path.name, *options], cwd=path.parent,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
            preexec_fn=limit_memory, check=False,
            **(nobody if os.geteuid() == 0 else {}))
    except subprocess.TimeoutExpired:
        return -1, b"", b"no end"
    return done.returncode, done.stdout, done.stderr


def make_files(place, tests):
    """The kinds of files, each whole, by name."""
    train = [f"{BIN}/grokscope-train", *RUN]
    subprocess.run([*train, *PAIRS, "--out", place / "pairs"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([*train, *BITS, "--out", place / "bits"], check=True,
                   stdout=subprocess.DEVNULL)
    files = {"step file of pairs": place / "pairs/step-000000040.h5",
             "step file of bits": place / "bits/step-000000040.h5",
             "resume.h5": place / "pairs/resume.h5",
             "run.h5": place / "pairs/run.h5"}
    old = subprocess.run([sys.executable, "-B", tests / "run_1_0.py", place / "old"],
                         check=False)
    if old.returncode == 0:
        files["version 1.0"] = place / "old/step-000000030.h5"
    return files


def numbers_of(answer):
    """The rows of an answer, without the names of tensors."""
    try:
        rows = json.loads(answer)
    except ValueError:
        return None
    return [{k: v for k, v in row.items() if k not in ("run", "tensor")}
            for row in (rows["rows"] if isinstance(rows, dict) else rows)]


def judge(kind, question, whole, got):
    """What became of one answer: "same", "refused", or what is wrong with it."""
    code, out, err = got
    if code == REFUSED:
        return "refused"
    if (code, out) == whole[:2]:
        return "same"
    if b"Sanitizer" in err and b"libhdf5" not in err:
        return "WRONG: " + err.decode(errors="replace")[:2000]
    if kind != "version 1.0":
        return f"WRONG: exit code {code}, {err.decode(errors='replace')[:300]}"
    if code < 0 or code >= 128 or b"Sanitizer" in err:
        return "libhdf5 died"
    if question[0] == "norms" and code == 0:
        had = numbers_of(whole[1])
        for row in numbers_of(out) or [None]:
            if row not in had:
                return f"WRONG: weights read as {row}"
    return "other text" if code in (0, 1) else f"WRONG: exit code {code}"


def flip(kind, path, place, bit, whole):
    """What the programs say of a copy with one bit flipped: a list of judgements."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    copy = place / "damaged" / path.name
    copy.write_bytes(data)
    copy.chmod(0o644)
    return [judge(kind, question, whole[question], ask(question, copy))
            for question in ASKED]


def name_of(verdicts):
    """The worst that was said of a file names it."""
    for verdict in ("libhdf5 died", "other text", "same"):
        if verdict in verdicts:
            return "same or refused" if verdict == "same" else verdict
    return "refused by all"


def try_kind(kind, path, place, flips, seed):
    """(how many files of each name, what was wrong) of one kind of file."""
    seen, wrong = collections.Counter(), []
    kept = place / "damaged" / path.name
    shutil.copy(path, kept)
    kept.chmod(0o644)
    whole = {question: ask(question, kept) for question in ASKED}
    if any(code != 0 for code, _, _ in whole.values()) and kind != "run.h5":
        sys.exit(f"FAILED: the whole {kind} is not read: {whole}")
    bits, first = 8 * path.stat().st_size, random.Random(seed).random()
    for i in range(flips):
        bit = int((i + first) * bits / flips)
        verdicts = flip(kind, path, place, bit, whole)
        seen[name_of(verdicts)] += 1
        wrong += [f"{kind}, bit {bit}, {' '.join(question)}: {verdict}"
                  for question, verdict in zip(ASKED, verdicts)
                  if verdict.startswith("WRONG")]
    kept.unlink()
    return seen, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flips", type=int)
    parser.add_argument("tests", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        place.chmod(0o755)
        (place / "damaged").mkdir()
        (place / "damaged").chmod(0o755)
        files = make_files(place, a.tests)
        kinds = [kind for kind in files if a.only in kind]
        for i, kind in enumerate(kinds):
            flips = a.flips * (i + 1) // len(kinds) - a.flips * i // len(kinds)
            seen, bad = try_kind(kind, files[kind], place, flips, a.seed)
            print(f"{kind}: {flips} flips of {files[kind].stat().st_size} bytes: "
                  f"{dict(sorted(seen.items()))}", flush=True)
            wrong += bad
    for line in wrong:
        print("FAILED:", line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
