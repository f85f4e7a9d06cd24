"""Weights that are taken over from another run, and weights that stay as they begin.
usage: transfer.py"""

import csv
import math
import os
import subprocess
import sys
import tempfile

SMALL = ["--p", "7", "--d-model", "8", "--n-heads", "2", "--d-mlp", "16",
         "--train-fraction", "0.5", "--steps", "20", "--checkpoints", "linear:20"]


def fail(message):
    sys.exit("transfer.py: " + message)


def call(program, *words):
    path = os.path.join(os.environ["GROKSCOPE_BIN"], program)
    return subprocess.run([path, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)


def expect(code, program, *words):
    done = call(program, *words)
    if done.returncode != code:
        fail("%s %s: exit code %d, expected %d; %s" %
             (program, " ".join(words), done.returncode, code, done.stderr))
    return done


def train(out, *words):
    expect(0, "grokscope-train", *SMALL, "--out", out, *words)


def rows(program, *words):
    return list(csv.DictReader(expect(0, program, *words, "--format", "tsv")
                               .stdout.splitlines(), delimiter="\t"))


def norms(run, step):
    """{parameter: its norm, to the bit}"""
    return {row["tensor"]: row["l2"] for row in
            rows("grokscope-norms", run, "--long=tensor", "--step", step)}


def check_taken_and_frozen():
    train("source", "--operation", "x^2+x*y")
    train("plain", "--operation", "add", "--seed", "5")
    train("target", "--operation", "add", "--seed", "5", "--init-from", "source",
          "--init-parameters", "embed.*", "--freeze", "embed.* unembed.*")
    source, plain = norms("source", "20"), norms("plain", "0")
    begin, end = norms("target", "0"), norms("target", "20")
    for name in begin:
        wanted = source if name == "embed.W_E" else plain
        if begin[name] != wanted[name]:
            fail("%s begins as %s, expected %s" % (name, begin[name], wanted[name]))
        stays = name in ("embed.W_E", "unembed.W_U")
        if (begin[name] == end[name]) != stays:
            fail("%s: %s, then %s" % (name, begin[name], end[name]))
    counts = [int(rows("grokscope-norms", run, "--columns", "parameters")[0]["parameters"])
              for run in ("plain", "target")]
    if counts[0] - counts[1] != 8 * 8 + 8 * 7:
        fail("%d and %d trained parameters" % tuple(counts))


def check_it_resumes():
    words = ["--operation", "add", "--seed", "5", "--init-from", "source",
             "--init-parameters", "embed.*", "--freeze", "embed.*"]
    train("whole", *words)
    train("halves", *words, "--steps", "10")
    expect(0, "grokscope-train", "--out", "halves", "--resume", "--steps", "20")
    digests = [expect(0, "grokscope-info", run, "--digest").stdout.split()[-1]
               for run in ("whole", "halves")]
    if digests[0] != digests[1]:
        fail("a resumed run is another one: %s, %s" % tuple(digests))


def check_messages():
    refused = [
        (["--freeze", "embd.*"], "freeze: no parameter is 'embd.*'"),
        (["--init-parameters", "embed.*"], "init_parameters: of no file"),
        (["--init-from", "source", "--init-parameters", "x.*"],
         "init_parameters: no parameter is 'x.*'"),
        (["--init-from", "source", "--init-parameters", "embed.*", "--d-model", "12"],
         "/params/embed.W_E is [8, 8], expected [8, 12]"),
        (["--operation", "x^2+z"], "operation: 'x^2+z' is no polynomial"),
        (["--operation", "x+y,substract"], "did you mean 'subtract'?")]
    for words, message in refused:
        done = call("grokscope-train", *SMALL, "--out", "refused", *words)
        if done.returncode == 0 or message not in done.stderr:
            fail("%s: exit code %d, %s" % (" ".join(words), done.returncode, done.stderr))


def check_mixture():
    """Polynomials in a mixture have columns of their own."""
    train("mixture", "--operation", "add,x^2+x*y", "--layout", "a op b =")
    header = list(rows("grokscope-info", "mixture", "--history=loss")[0])
    for column in ("test_add_accuracy", "test_x2_plus_x_y_accuracy"):
        if column not in header:
            fail("the history has no %s: %s" % (column, " ".join(header)))
    expect(0, "grokscope-fourier", "mixture", "--operation", "x^2+x*y")


def check_centred():
    """First weights are those of another run, whether it or this one is centred."""
    train("uncentred")
    train("centred", "--center-output", "yes")
    for source, words in (("centred", []), ("uncentred", ["--center-output", "yes"])):
        for some in ([], ["--init-parameters", "*"]):
            name = "from-%s-%d" % (source, len(some))
            expect(0, "grokscope-train", *SMALL, "--init-from", source, *some, *words,
                   "--steps", "0", "--out", name)
            expect(0, "grokscope-info", name, "--check")
    for name, even in (("from-uncentred-0", True), ("from-centred-0", False)):
        loss = float(rows("grokscope-info", name, "--history=loss")[0]["train_loss"])
        if even != (abs(loss - math.log(7)) < 1e-6):
            fail("%s: a loss of %g where all answers are %seven" %
                 (name, loss, "" if even else "not "))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    check_centred()
    check_taken_and_frozen()
    check_it_resumes()
    check_messages()
    check_mixture()
    os.chdir("/")
