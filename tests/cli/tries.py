"""What a network's tensors do not tell is found by running it each way, or asked with
what each way answers.

usage: tries.py     with GROKSCOPE_BIN set
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

BIN = os.environ["GROKSCOPE_BIN"]
ALL = ("--p 11 --train-fraction 1 --d-model 32 --n-heads 4 --d-mlp 64 --steps 300 "
       "--learning-rate 0.003 --checkpoints linear:300 --log-every 100 "
       "--weight-decay 0.1 -q").split()


def call(program, *arguments, code=0):
    done = subprocess.run([f"{BIN}/grokscope-{program}", *map(str, arguments)],
                          capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{program} {arguments}: exit {done.returncode}, expected {code}: "
                 f"{done.stderr}")
    return done.stdout, done.stderr


def trained(name, *options, naming="nanogpt"):
    """A network that has learned all pairs, as somebody else would hand it over."""
    call("train", *ALL, *options, "--out", name)
    call("export", name, "--naming", naming, "-o", f"{name}.safetensors")
    strip(f"{name}.safetensors")
    return f"{name}.safetensors"


def strip(path, names=()):
    """Leave only tensors: no step and no configuration; and call some otherwise."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    text = data[8:8 + size].decode()
    for theirs, others in names:
        assert theirs in text, theirs
        text = text.replace(theirs, others)
    head = json.loads(text)
    head.pop("__metadata__", None)
    text = json.dumps(head).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data[8 + size:])


def brought(path, *options, code=0):
    return call("import", path, *options, "-o", "x.h5", "--force", code=code)


def facts(out):
    names, values = (line.split("\t") for line in out.splitlines())
    return dict(zip(names, values))


def config(path):
    out, _ = call("info", path, "--command")
    return out


def decided():
    """One way answers right, and no other does: it is taken and told."""
    path = trained("usual")
    known = ("--n-heads", 4, "--act-fn", "relu")
    out, err = brought(path, *known)
    assert facts(out)["accuracy"] == "1", out
    assert re.search(r"taken: accuracy 1, .*--operation add$", err, re.M), err
    assert re.search(r"  accuracy 0\.\d+, .*--operation subtract$", err, re.M) or \
        "ways to run it were tried" in err, err
    # Both directions are one way to a block whose last position answers.
    assert "bidirectional" not in err, err
    # What is told is not tried.
    out, err = brought(path, *known, "--operation", "add", "--attention-dir", "causal")
    assert facts(out)["accuracy"] == "1" and "ways" not in err, err
    out, err = brought(path, *known, "--operation", "subtract",
                       "--attention-dir", "causal")
    assert float(facts(out)["accuracy"]) < 0.3, out
    assert "something is not as it was trained; check operation" in err, err


def beside():
    """A block whose attention is written out has its parts beside the MLP's."""
    call("export", "usual", "--naming", "nanogpt", "-o", "beside.safetensors")
    strip("beside.safetensors", [("transformer.h.0.attn.c_attn", "blocks.0.qkv"),
                                 ("transformer.h.0.attn.c_proj", "blocks.0.proj"),
                                 ("transformer.h.", "blocks."),
                                 ("transformer.wte", "tok"), ("transformer.wpe", "pos")])
    known = ("--n-heads", 4, "--act-fn", "relu", "--operation", "add",
             "--attention-dir", "causal")
    losses = [facts(brought(f"{name}.safetensors", *known)[0])["loss"]
              for name in ("usual", "beside")]
    assert losses[0] == losses[1], losses


def asked():
    """Several ways answer well: none is taken, all are told."""
    path = trained("heads", "--attention-dir", "bidirectional", "--n-layers", 2)
    _, err = brought(path, code=2)
    assert re.search(r"ways; give some of them", err), err
    assert re.search(r"n_heads \(.*\), attention_dir, act_fn, operation: the tensors do not",
                     err), err
    _, err = brought(path, "--operation", "add", "--act-fn", "relu", "--n-heads", 4)
    assert re.search(r"taken: .*--attention-dir bidirectional$", err, re.M), err
    path = trained("relu")
    _, err = brought(path, "--operation", "add", "--n-heads", 4, code=2)
    first = err.splitlines()[1]
    assert "act_fn: the tensors do not tell, and answers to 121 examples" in err, err
    assert first.startswith("  accuracy 1, loss ") and "--act-fn relu" in err, err
    assert len(re.findall("--act-fn", err)) == 3, err


def doubted():
    """A norm without weights, and scores that are not divided, leave no tensors."""
    path = trained("folded", "--normalization-type", "LNPre")
    known = ("--operation", "add", "--act-fn", "relu", "--n-heads", 4,
             "--attention-dir", "causal")
    _, err = brought(path, *known, code=2)
    assert "normalization_type: the tensors do not tell" in err, err
    assert re.search(r"  accuracy 1, .*--normalization-type LNPre$", err, re.M), err
    out, _ = brought(path, *known, "--normalization-type", "LNPre")
    assert facts(out)["accuracy"] == "1", out
    out, err = brought(path, *known, "--normalization-type", "none")
    assert float(facts(out)["accuracy"]) < 0.9 and "LNPre" not in err, err
    transformers = [i for i, word in enumerate(ALL) if word in ("--n-heads", "--d-mlp")]
    shared = [word for i, word in enumerate(ALL)
              if i not in transformers and i - 1 not in transformers]
    call("train", *shared, "--architecture", "token_mlp", "--hidden", "64,64",
         "--residual", "yes", "--layout", "a b", "--out", "stack")
    call("export", "stack", "--naming", "torch-mlp", "-o", "stack.safetensors")
    strip("stack.safetensors")
    known = ("--operation", "add", "--act-fn", "relu")
    _, err = brought("stack.safetensors", *known, code=2)
    assert "residual: the tensors do not tell" in err, err
    assert re.search(r"  accuracy 1, .*--residual yes$", err, re.M), err
    out, err = brought("stack.safetensors", *known, "--residual", "yes")
    assert facts(out)["accuracy"] == "1" and "ways" not in err, out + err


def tokens():
    """= has one of two numbers after the elements."""
    path = trained("tokens", "--layout", "a op b =", "--op-token", 12,
                   "--equals-token", 14)
    known = ("--operation", "add", "--act-fn", "relu", "--n-heads", 4, "--p", 11,
             "--attention-dir", "causal")
    _, err = brought(path, *known, code=2)
    best = err.splitlines()[1]
    assert "--op-token 12 --equals-token 14" in best and "accuracy 1," in best, err
    out, _ = brought(path, *known, "--op-token", 12, "--equals-token", 14)
    assert facts(out)["accuracy"] == "1", out


def series():
    """The last state decides for all; the first one has learned nothing."""
    call("train", *ALL, "--out", "all")
    call("export", "all@0", "--naming", "nanogpt", "-o", "step_0.safetensors")
    call("export", "all@300", "--naming", "nanogpt", "-o", "step_300.safetensors")
    out, err = call("import", "step_0.safetensors", "step_300.safetensors", "--n-heads",
                    4, "--act-fn", "relu", "--attention-dir", "causal", "--operation",
                    "add", "-o", "both", "--force")
    rows = [line.split("\t") for line in out.splitlines()]
    at = rows[0].index("accuracy")
    assert float(rows[1][at]) < 0.5 and float(rows[2][at]) == 1, out
    assert "check operation" not in err, err


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for test in (decided, beside, asked, doubted, tokens, series):
        test()
        print(f"{test.__name__}: as expected")
