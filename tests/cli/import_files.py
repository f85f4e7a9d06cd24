"""Files as others save them, read: wrappers of names, whole modules, objects beside the
weights, old forms, files in several, folders, steps, logs and splits. The weights that
come out are those that went in, and what is left out is told.

usage: import_files.py TESTS_FOLDER PYTHON, with GROKSCOPE_BIN set
PYTHON is one that may have PyTorch.
"""
import collections
import gzip
import io
import json
import os
import pathlib
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
except ImportError:
    print("no h5py or numpy: skipped")
    sys.exit(77)

tests, python = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(tests))
import archives  # noqa: E402  after the path to it

BIN = pathlib.Path(os.environ["GROKSCOPE_BIN"])
KNOWN = "--operation add --act-fn relu --attention-dir causal".split()
PLAIN = ["--architecture", "tensors"]
checked = 0


def run(program, *words, code=0):
    done = subprocess.run([BIN / f"grokscope-{program}", *map(str, words)], text=True,
                          capture_output=True)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done


def bring(*words, code=0, said=(), out="out.h5"):
    """Import; what is printed on stderr has all of `said`."""
    global checked
    done = run("import", *words, "-o", out, "--force", code=code)
    for text in [said] if isinstance(said, str) else said:
        assert text in done.stderr, (words, text, done.stderr)
    checked += 1
    return done


def steps(done):
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [int(line[lines[0].index("step")]) for line in lines[1:]]


def weights(path="out.h5"):
    with h5py.File(path) as file:
        return {name: data[()] for name, data in file["params"].items()}


def history(path):
    with h5py.File(path) as file:
        table = file["history/loss"]
        columns = table.attrs["columns"].split()
        return columns, np.transpose([table[c][()] for c in columns])


def same(found, expected):
    assert set(found) == set(expected), (sorted(found), sorted(expected))
    for name, value in expected.items():
        assert found[name].shape == value.shape, name
        assert (found[name] == value).all(), name


def array_of(tensor):
    return np.frombuffer(tensor.storage.data, np.float32).reshape(tensor.shape)


def few(seed):
    """Two tensors, of no network that is known."""
    return collections.OrderedDict(one=archives.weights(seed, 2, 3),
                                   two=archives.weights(seed + 7, 4))


def save(name, value):
    archives.save(pathlib.Path(name), value)


def prefixed(prefix, state):
    return {prefix + name: tensor for name, tensor in state.items()}


def own(state):
    return {name: array_of(tensor) for name, tensor in state.items()}


# ---- Names ----

def wrappers():
    linear = archives.linear_state()
    save("bare.pt", linear)
    known = ["--operation", "add", "--architecture", "zhong_beta"]
    bring("bare.pt", *known)
    expected = weights()
    for prefix in ("_orig_mod.", "module.", "model.", "net.", "module._orig_mod.",
                   "_orig_mod.module.model.", "model.net._orig_mod."):
        save("wrapped.pt", prefixed(prefix, linear))
        bring("wrapped.pt", *known, said="left off the names of tensors: ")
        same(weights(), expected)
    # a part that was compiled by itself
    inner = {name.replace("l1.", "l1._orig_mod."): t for name, t in linear.items()}
    save("inner.pt", inner)
    bring("inner.pt", *known, said="left off the names of tensors: _orig_mod.")
    same(weights(), expected)
    # the longest prefix under which the names are known
    save("lightning.pt", {"state_dict": {
        **prefixed("net.", linear), "loss_fn.weight": archives.weights(5, 3)}})
    bring("lightning.pt", *known, said=["left off the names of tensors: net.",
                                        "no weights: loss_fn.weight"])
    same(weights(), expected)
    save("two.pt", {**prefixed("a.", linear), **prefixed("b.", linear)})
    bring("two.pt", *known, code=2, said="--key has to choose between the networks "
          "whose tensors begin with b and with a")
    bring("two.pt", *known, "--key", "b")
    same(weights(), expected)
    save("plain.pt", prefixed("module.", few(1)))
    bring("plain.pt", *PLAIN, said="left off the names of tensors: module.")
    same(weights(), own(few(1)))
    save("mixed.pt", {"module.one": few(1)["one"], "two": few(1)["two"]})
    bring("mixed.pt", *PLAIN)
    assert set(weights()) == {"module.one", "two"}


# ---- Optimizers ----

def optimizers():
    moments = {i: {"step": archives.weights(1), "exp_avg": archives.weights(i, 3),
                   "exp_avg_sq": archives.weights(i, 3)} for i in range(2)}
    adam = {"state": moments, "param_groups": [
        {"lr": 0.25, "betas": (0.9, 0.5), "weight_decay": 2.0, "params": [0, 1]}]}
    for name in ("optimizer", "o", "opt_state"):
        save("adam.pt", {"weights": few(1), name: adam})
        bring("adam.pt", *PLAIN)
        same(weights(), own(few(1)))
        facts = run("info", "out.h5").stdout
        assert "\tlearning_rate\t0.25" in facts and "\tweight_decay\t2" in facts
    save("adam.pt", {"weights": few(1), "optimizer_states": [adam]})
    bring("adam.pt", *PLAIN)
    assert "\tbeta2\t0.5" in run("info", "out.h5").stdout
    save("state.pt", {"weights": few(1), "moments": {
        "a": {"exp_avg": archives.weights(1, 3)}, "b": {"exp_avg": archives.weights(1, 3)}}})
    bring("state.pt", *PLAIN)
    save("only.pt", adam)
    bring("only.pt", *PLAIN, code=3, said="no dictionary of tensors but an optimizer's")
    save("both.pt", {"m": few(1), "ema": few(2), "optimizer": adam})
    bring("both.pt", *PLAIN, code=2, said="--key has to choose between m, ema")


# ---- Objects beside them ----

class Opaque:
    """Pickled as a call of a function by name, or as an object of a class."""

    def __init__(self, function, arguments=()):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def objects():
    import datetime
    import decimal
    import enum
    import fractions
    import random
    kind = enum.Enum("Kind", "A B")
    kind.__module__, kind.__qualname__ = "lens", "Kind"
    archives.lens.Kind = kind
    beside = {
        "when": datetime.datetime(2026, 1, 2), "delta": datetime.timedelta(3),
        "kind": kind.A, "counts": collections.Counter("aab"), "slice": slice(1, 2),
        "where": pathlib.PurePosixPath("/a"), "python": random.getstate(),
        "queue": collections.deque([1, 2]), "exact": decimal.Decimal("1.5"),
        "ratio": fractions.Fraction(1, 3), "complex": 1 + 2j, "seed": 2 ** 70,
        "numpy": np.random.RandomState(1), "generator": np.random.default_rng(1),
        "texts": np.array(["a", "b"]), "date": np.datetime64("2026-01-01"),
        "big": np.arange(3, dtype=">f4"), "set": {1, 2}, "bytes": b"\xff\x00",
        "name": "text", "nothing": None, "range": range(3), "step": 40}
    save("beside.pt", {"model": few(1), **beside})
    bring("beside.pt", *PLAIN, said="step: by step")
    same(weights(), own(few(1)))
    listed = run("import", "beside.pt", "--list").stdout
    for line in ("\twhen\tdatetime.datetime object\t", "\tcounts.a\tinteger\t2",
                 "\tseed\tbuiltins.int object", "\tqueue\tlist of 2 numbers"):
        assert line in listed, line
    # among the weights: what is no tensor is left out, and told where it is an object
    save("among.pt", {**few(1), "when": beside["when"], "epoch": 3, "name": "x"})
    bring("among.pt", *PLAIN, said=["left out, no weights: when", "step: by epoch"])
    same(weights(), own(few(1)))
    count = archives.Tensor(archives.Storage([30], "LongStorage"), ())
    save("count.pt", {**few(1), "step": count, "epoch": 1})
    assert steps(bring("count.pt", *PLAIN, said="no weights: step")) == [30]
    same(weights(), own(few(1)))
    mask = archives.Tensor(archives.Storage([1, 0], "BoolStorage"), (2,))
    save("mask.pt", {**few(1), "causal": mask})
    bring("mask.pt", *PLAIN, said="left out, no weights: causal")
    same(weights(), own(few(1)))
    # tensors that are not read refuse the file where they are weights, by name
    archives.CODES["ComplexFloatStorage"] = "f"
    archives.torch.ComplexFloatStorage = type(
        "ComplexFloatStorage", (), {"__module__": "torch"})
    wide = archives.Tensor(archives.Storage([1, 2], "ComplexFloatStorage"), (1,))

    def sparse(*arguments):
        pass
    sparse.__module__, sparse.__qualname__ = "torch._utils", "_rebuild_sparse_tensor"
    archives.utils._rebuild_sparse_tensor = sparse
    thin = Opaque(sparse, ("torch.sparse_coo", (few(1)["one"], few(1)["one"], (2, 3))))
    for bad, told in ((wide, "torch.ComplexFloatStorage"),
                      (thin, "torch._utils._rebuild_sparse_tensor")):
        save("bad.pt", {"model": few(1), "mask": {"inner": bad}})
        bring("bad.pt", *PLAIN)
        save("bad.pt", {**few(1), "three": bad})
        bring("bad.pt", *PLAIN, code=3, said=f"three: is a tensor of type {told}")
    # nothing is executed
    save("call.pt", {"model": few(1), "call": archives.Call()})
    bring("call.pt", *PLAIN)
    assert "call\tposix.system object" in run("import", "call.pt", "--list").stdout
    assert not pathlib.Path("called").exists()


# ---- Whole modules ----

def module(name="Linear", parameters=(), buffers=(), modules=(), **fields):
    if not hasattr(archives.lens, name):
        setattr(archives.lens, name, type(name, (), {"__module__": "lens"}))
    made = getattr(archives.lens, name)()
    made.__dict__.update(
        training=True, _parameters=collections.OrderedDict(parameters),
        _buffers=collections.OrderedDict(buffers),
        _modules=collections.OrderedDict(modules), **fields)
    return made


def modules():
    tensors = {name: archives.weights(i, 2, 3) for i, name in enumerate(
        ["embed.weight", "blocks.0.norm.weight", "blocks.0.norm.scale",
         "blocks.1.norm.weight", "blocks.1.norm.scale", "head"])}
    blocks = module("ModuleList", modules=[(str(i), module("Block", modules=[
        ("norm", module("Norm", {"weight": tensors[f"blocks.{i}.norm.weight"],
                                 "bias": None},
                        {"scale": tensors[f"blocks.{i}.norm.scale"],
                         "cache": archives.weights(9, 5)},
                        _non_persistent_buffers_set={"cache"}))])) for i in range(2)])
    whole = module("Net", {"head": tensors["head"]}, modules=[
        ("embed", module("Embedding", {"weight": tensors["embed.weight"]})),
        ("blocks", blocks), ("dropout", None)], width=5)
    for value in (whole, {"model": whole, "epoch": 3}):
        save("module.pt", value)
        bring("module.pt", *PLAIN)
        same(weights(), own(tensors))
    inner = module("Net")
    inner._modules["self"] = inner
    save("circle.pt", inner)
    bring("circle.pt", *PLAIN, code=3, said="hold each other")


# ---- Forms ----

def legacy(value, little=True, magic=0x1950a86a20f9469cfc6c, version=1001):
    """What torch.save wrote before PyTorch 1.6."""
    out = io.BytesIO()
    for number in (magic, version, {"protocol_version": version, "little_endian": little}):
        pickle.dump(number, out, 2)
    pickler = archives.Pickler(out)
    plain = pickler.persistent_id

    def with_view(thing):
        found = plain(thing)
        return found and (*found, None)
    pickler.persistent_id = with_view
    pickler.dump(value)
    keys = [str(i) for i in range(len(pickler.storages))]
    pickle.dump(keys[::-1], out, 2)
    for storage in pickler.storages[::-1]:
        out.write(struct.pack("<q", storage.count) + storage.data)
    return out.getvalue()


def old_forms():
    data = legacy({"model": few(1), "step": 5})
    path = pathlib.Path("legacy.pt")
    path.write_bytes(data)
    assert steps(bring("legacy.pt", *PLAIN)) == [5]
    same(weights(), own(few(1)))
    for cut in (len(data) - 1, len(data) - 60, 200, 40):
        path.write_bytes(data[:cut])
        bring("legacy.pt", *PLAIN, code=3, said="legacy.pt: the form of PyTorch before 1.6: ")
    path.write_bytes(legacy(few(1), little=False))
    bring("legacy.pt", *PLAIN, code=3, said="of a big-endian machine")
    path.write_bytes(legacy(few(1), version=1000))
    bring("legacy.pt", *PLAIN, code=3, said="a version of this form other than 1001")
    # a pickle of arrays
    state = {name: value.copy() for name, value in own(few(2)).items()}
    pathlib.Path("arrays.pkl").write_bytes(pickle.dumps({"w": state, "epoch": 4}, 4))
    assert steps(bring("arrays.pkl", *PLAIN)) == [4]
    same(weights(), state)
    # and of NumPy's files that hold one
    np.save("dict.npy", state, allow_pickle=True)
    bring("dict.npy", *PLAIN)
    same(weights(), state)
    np.savez("dict.npz", params=state, train_losses=np.arange(3.0))
    bring("dict.npz", *PLAIN)
    same(weights(), state)
    np.savez_compressed("list.npz", states=np.array([state, state], dtype=object))
    bring("list.npz", *PLAIN, out="series", said="nothing tells the steps; 0 to 1 are the "
          "order of the list")


def safetensors(path, state, notes=None):
    header, data = {}, b""
    if notes:
        header["__metadata__"] = notes
    for name, value in state.items():
        header[name] = {"dtype": "F32", "shape": value.shape,
                        "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def shards():
    state = own(few(3))
    folder = pathlib.Path("sharded")
    folder.mkdir()
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    for name, key in zip(names, state):
        safetensors(folder / name, {key: state[key]})
    index = folder / "model.safetensors.index.json"

    def write(weight_map):
        index.write_text(json.dumps({"metadata": {"total_size": 40},
                                     "weight_map": weight_map}))
    write(dict(zip(state, names)))
    for given in (index, folder):
        bring(given, *PLAIN)
        same(weights(), state)
    write(dict(zip(state, names[::-1])))
    bring(index, *PLAIN, code=3, said=f"{names[1]} has no tensor one")
    write({"one": "../bare.pt"})
    bring(index, *PLAIN, code=3, said="no name of a file beside it")
    write({"one": "missing.safetensors"})
    bring(index, *PLAIN, code=3, said="missing.safetensors: ")
    write({"one": index.name})
    bring(index, *PLAIN, code=3)
    for i, (key, tensor) in enumerate(few(3).items()):
        archives.save(folder / f"pytorch_model-0000{i + 1}-of-00002.bin", {key: tensor})
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": {
        key: f"pytorch_model-0000{i + 1}-of-00002.bin" for i, key in enumerate(state)}}))
    bring(folder / "pytorch_model.bin.index.json", *PLAIN)
    same(weights(), state)


def keras():
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
    bias = np.ones(3, np.float32)
    with h5py.File("keras.h5", "w") as file:
        file.attrs["keras_version"] = "2.11.0"
        layer = file.create_group("model_weights/dense/dense")
        layer["kernel:0"], layer["bias:0"] = kernel, bias
        file["model_weights/embedding/embedding/embeddings:0"] = kernel
        file["optimizer_weights/Adam/m:0"] = kernel
        file["optimizer_weights/Adam/iter:0"] = 5
    bring("keras.h5", *PLAIN)
    expected = {"dense.kernel": kernel, "dense.bias": bias,
                "embedding.embeddings": kernel}
    same(weights(), expected)
    os.rename("keras.h5", "keras.hdf5")
    bring("keras.hdf5", *PLAIN)
    with h5py.File("model.weights.h5", "w") as file:
        file["layers/dense/vars/0"], file["layers/dense/vars/1"] = kernel, bias
        file["optimizer/vars/0"] = kernel
    bring("model.weights.h5", *PLAIN)
    same(weights(), {"layers.dense.vars.0": kernel, "layers.dense.vars.1": bias})
    with h5py.File("soft.h5", "w") as file:
        file["a"] = kernel
        file["b"] = h5py.ExternalLink("keras.hdf5", "/model_weights")
    bring("soft.h5", *PLAIN, code=3, said="external link")
    with h5py.File("empty.h5", "w") as file:
        file.create_group("a")
    bring("empty.h5", *PLAIN, code=3, said="HDF5 without datasets of numbers")
    bring("keras.hdf5", *PLAIN, out="again.h5")
    bring("again.h5", *PLAIN, code=3, said="nothing to import", out="more.h5")


def named_for_what_they_are():
    for name, data, told in (
            ("lfs.pt", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n",
             "is a pointer of Git LFS, not the file itself; fetch it with 'git lfs pull'"),
            ("page.pt", b"\n<!DOCTYPE html>\n<html lang=en>", "is a page of HTML"),
            ("page2.pt", b"<html><head>", "is a page of HTML"),
            ("script.pt", b'"""Training."""\nimport torch\n',
             "is text, which begins '\"\"\"Training.\"\"\"'; expected a file of weights"),
            ("log.pt", "Fu\u00dfnote, in UTF-8\n".encode(), "is text, which begins 'Fu"),
            ("model.pt.gz", gzip.compress(b"x"), "compressed by gzip; unpack it"),
            ("model.tar", b"a" * 257 + b"ustar" + b"\0" * 300, "a tar archive; unpack it"),
            ("model.gguf", b"GGUF\3\0\0\0", "of llama.cpp"),
            ("model.mat", b"MATLAB 5.0 MAT-file, Platform" + b" " * 100, "of MATLAB"),
            ("none.pt", b"", "none.pt: is empty"),
            ("noise.pt", bytes(range(128, 256)), "expected a file of PyTorch")):
        pathlib.Path(name).write_bytes(data)
        bring(name, *PLAIN, code=3, said=f"{name}: ")
        bring(name, *PLAIN, code=3, said=told)
    import zipfile
    with zipfile.ZipFile("model.keras", "w") as file:
        file.writestr("config.json", "{}")
        file.writestr("model.weights.h5", "x")
    bring("model.keras", *PLAIN, code=3, said="is a model of Keras; unpack the zip")
    with zipfile.ZipFile("other.zip", "w") as file:
        file.writestr("readme.txt", "x")
    bring("other.zip", *PLAIN, code=3, said="a zip of 1 files, readme.txt and others")


# ---- Steps ----

def seen(series, *states):
    """That the run has these states, each once, by step."""
    for step, seed in states:
        same(weights(f"{series}/step-{step:09d}.h5"), own(few(seed)))
    assert len(list(pathlib.Path(series).glob("step-*"))) == len(states)


def order_of_trust():
    # each name counts more than those after it, and the files are sorted by it
    names = ["step", "global_step", "iter_num", "iteration", "epoch"]
    for i, name in enumerate(names):
        for seed, step in ((1, 100), (2, 20), (3, 3)):
            number = archives.Tensor(archives.Storage([step], "LongStorage"), ())
            rest = {other: step % 7 + 1 for other in names[i + 1:]}
            save(f"file{seed}.pt", {"w": few(seed), **rest,
                                    name: number if seed == 2 else step})
        done = bring("file1.pt", "file2.pt", "file3.pt", *PLAIN, out="trust",
                     said=f"steps: by {name}\n")
        assert steps(done) == [3, 20, 100]
        seen("trust", (3, 3), (20, 2), (100, 1))
    # one that is the same in all files does not tell them apart
    for seed, epoch in ((1, 7), (2, 5)):
        save(f"file{seed}.pt", {"w": few(seed), "step": 0, "epoch": epoch})
    assert steps(bring("file1.pt", "file2.pt", *PLAIN, out="trust",
                       said="by epoch")) == [5, 7]
    safetensors("noted.safetensors", own(few(1)), {"step": "12"})
    assert steps(bring("noted.safetensors", *PLAIN)) == [12]


def names_of_files():
    pathlib.Path("glob").mkdir()
    for seed, step in enumerate((0, 100, 200, 1000)):
        save(f"glob/ckpt_{step}.pt", few(seed))
    shell = sorted(pathlib.Path("glob").iterdir())
    assert [p.name for p in shell][2:] == ["ckpt_1000.pt", "ckpt_200.pt"]
    for given in (shell, ["glob"], ["glob/"]):
        done = bring(*given, *PLAIN, out="named", said="by the names of the files")
        assert steps(done) == [0, 100, 200, 1000]
        seen("named", (0, 0), (100, 1), (200, 2), (1000, 3))
    # a schedule is given to the files in that order
    done = bring(*shell, *PLAIN, "--checkpoints", "list:1,2,3,4", out="named")
    seen("named", (1, 0), (2, 1), (3, 2), (4, 3))
    for names, found in (
            (["p97_epoch=2-step=40.pt", "p97_epoch=10-step=200.pt"], [40, 200]),
            (["w10k.pt", "w2k.pt"], [2000, 10000]),
            (["run-2/model.pt", "run-11/model.pt"], [2, 11])):
        for seed, name in enumerate(names):
            pathlib.Path(name).parent.mkdir(exist_ok=True)
            save(name, few(seed))
        assert steps(bring(*names, *PLAIN, out="named")) == found
    save("step_700.pt", few(1))
    assert steps(bring("step_700.pt", *PLAIN, said="by the names")) == [700]
    save("p113.pt", few(1))
    assert steps(bring("p113.pt", *PLAIN)) == [0]
    save("early.pt", few(1))
    save("late.pt", few(2))
    done = bring("late.pt", "early.pt", *PLAIN, out="named", said="warning: nothing tells "
                 "the steps; 0 to 1 are the order of the arguments; --checkpoints gives")
    seen("named", (0, 2), (1, 1))


def series():
    save("steps.pt", {100: few(2), 0: few(1), 2000: few(3)})
    for key in ([], ["--key", ""]):
        done = bring("steps.pt", *PLAIN, *key, out="keyed", said="steps: by keys")
        assert steps(done) == [0, 100, 2000]
    seen("keyed", (0, 1), (100, 2), (2000, 3))
    save("texts.pt", {"checkpoints": {"step_50": few(2), "step_5": few(1)}, "p": 7})
    assert steps(bring("texts.pt", *PLAIN, out="keyed")) == [5, 50]
    seen("keyed", (5, 1), (50, 2))
    save("records.pt", [{"epoch": e, "model": few(e), "train_loss": 1 / e}
                        for e in (3, 1, 2)])
    assert steps(bring("records.pt", *PLAIN, out="keyed", said="by epoch")) == [1, 2, 3]
    seen("keyed", (1, 1), (2, 2), (3, 3))
    columns, rows = history("keyed/step-000000003.h5")
    assert columns[:2] == ["step", "train_loss"]
    assert np.allclose(rows[:, :2], [[1, 1], [2, 1 / 2], [3, 1 / 3]])


def folders():
    # as transformers writes them: a folder for each checkpoint
    for step in (9, 10, 100):
        folder = pathlib.Path(f"hf/checkpoint-{step}")
        folder.mkdir(parents=True)
        archives.save(folder / "pytorch_model.bin", few(step))
        archives.save(folder / "optimizer.pt", {"state": {}, "param_groups": []})
        (folder / "trainer_state.json").write_text("{}")
    done = bring("hf", *PLAIN, out="found", said="no weights: optimizer.pt")
    assert steps(done) == [9, 10, 100]
    seen("found", (9, 9), (10, 10), (100, 100))
    pathlib.Path("nothing").mkdir()
    bring("nothing", *PLAIN, code=3, said="nothing: is a folder without files of weights (.pt")
    bring("found", *PLAIN, code=2, said="found: is a run of grokscope's own",
          out="found2")


# ---- What was logged, and the split ----

def logs():
    losses = [1 / (i + 1) for i in range(5)]
    state = {"model": few(1), "step": 4, "train_losses": losses,
             "test_losses": np.array(losses[::-1]), "test_accs": [0, 25, 50, 75, 100],
             "train_acc": archives.Tensor(archives.Storage([0, .5, .5, 1, 1]), (5,))}
    save("logged.pt", state)
    bring("logged.pt", *PLAIN)
    columns, rows = history("out.h5")
    assert columns == ["step", "train_loss", "train_accuracy", "test_loss",
                       "test_accuracy"], columns
    assert np.allclose(rows, np.transpose(
        [range(5), losses, [0, .5, .5, 1, 1], losses[::-1], [0, .25, .5, .75, 1]]))
    # each with steps of its own
    save("logged.pt", {"model": few(1), "step": 400, "history": {
        "steps": [0, 100, 400], "train_loss": [3, 2, 1], "val_loss": [6, 5, 4]}})
    bring("logged.pt", *PLAIN)
    columns, rows = history("out.h5")
    assert rows.tolist() == [[0, 3, 6], [100, 2, 5], [400, 1, 4]]
    # one number beside each state
    for step in (5, 50):
        save(f"each{step}.pt", {"model": few(1), "step": step, "train_loss": 1 / step,
                                "test_acc": step / 100})
    bring("each5.pt", "each50.pt", *PLAIN, out="each")
    columns, rows = history("each/step-000000050.h5")
    assert columns == ["step", "train_loss", "test_loss", "test_accuracy"]
    assert np.allclose(rows[:, [0, 1, 3]], [[5, .2, .05], [50, .02, .5]])
    save("logged.pt", {"model": few(1), "step": 400, "train_losses": [3, 2, 1]})
    bring("logged.pt", *PLAIN, said="left out: losses, whose number does not tell")


def splits():
    def tensor(values, shape, kind="LongStorage"):
        return archives.Tensor(archives.Storage(list(values), kind), shape)
    p = archives.P
    chosen = [40, 3, 17, 8]
    mask = [i in chosen for i in range(p * p)]
    known = ["--operation", "add", "--architecture", "zhong_beta"]
    pairs = [x for i in chosen for x in divmod(i, p)]
    for split, order in (
            ({"train_idx": chosen}, chosen), ({"train_indices": tensor(chosen, (4,))}, chosen),
            ({"train_mask": mask}, sorted(chosen)),
            ({"train_mask": tensor(mask, (p, p), "BoolStorage")}, sorted(chosen)),
            ({"split": {"train_idx": chosen}}, chosen),
            ({"train_pairs": tensor(pairs, (4, 2))}, chosen),
            ({"test_idx": [i for i in range(p * p) if i not in chosen]}, sorted(chosen)),
            ({"test_mask": [not m for m in mask]}, sorted(chosen))):
        save("split.pt", {"model": archives.linear_state(), **split})
        bring("split.pt", *known)
        with h5py.File("out.h5") as file:
            assert file["data/splits/train"][()].tolist() == order, split
    for bad in ([1, 1], [p * p], [0.5]):
        save("split.pt", {"model": archives.linear_state(), "train_idx": bad})
        bring("split.pt", *known, code=3, said="expected each of 0 to 48 at most once")


# ---- Files that ask for more than their bytes ----

def hostile():
    """Each is refused, or read, within seconds."""
    two = module("Net")
    for _ in range(31): # 2^31 modules
        two = module("Net", modules=[("a", two), ("b", two)])
    many = module("Net", modules=[("m" * 100000, module("Net", {
        str(i): few(1)["one"] for i in range(5000)}))])
    fields = archives.Config() # with many fields, in many places
    fields.__dict__.update({f"f{i}": None for i in range(100000)})
    record = {f"n{i}": {"none": None} for i in range(3000)} # 3000^3 looks
    wide = {f"m{i}": record for i in range(3000)}
    start = time.monotonic()
    for value, code in ((two, 3), (many, 3), ([fields] * 100000, 3),
                        ([wide] * 3000, 3), ({i: wide for i in range(3000)}, 3),
                        ({"a" * 1000000: {str(i): few(1) for i in range(500)}}, 3),
                        ([{"model": few(1), "epoch": 0}] * 200, 0)):
        save("hostile.pt", value)
        shutil.rmtree("many", ignore_errors=True)
        bring("hostile.pt", *PLAIN, code=code, out="many")
    assert time.monotonic() - start < 60


# ---- As PyTorch itself writes them ----

TORCH = """
import datetime, torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3), nn.BatchNorm1d(3))
expected = {k: v for k, v in net.state_dict().items() if "num_batches" not in k}
opt = torch.optim.AdamW(net.parameters(), lr=.5)
net[1](torch.zeros(2, 4)).sum().backward()
opt.step()
import numpy
numpy.savez("expected.npz", **{k: v.numpy() for k, v in expected.items()})
whole = dict(model=net.state_dict(), optimizer=opt.state_dict(), step=torch.tensor(7),
             rng=torch.get_rng_state(), seed=torch.initial_seed(),
             when=datetime.datetime.now(), size=net[1].weight.shape)
for i, value in enumerate([net, net.state_dict(), whole, list(net.parameters()) and
                           dict(net=net, epoch=1), nn.DataParallel(net).state_dict()]):
    torch.save(value, f"torch{i}.pt")
    torch.save(value, f"torch{i}-legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.script(net).save("torch-script.pt")
import pickle
pickle.dump(net.state_dict(), open("torch-pickle.pkl", "wb"))
"""


def by_torch():
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        print("no PyTorch: its own files are skipped")
        return
    subprocess.run([python, "-c", TORCH], check=True)
    expected = {name: value for name, value in np.load("expected.npz").items()
                if "running" not in name}
    files = sorted(pathlib.Path().glob("torch*.p*"))
    assert len(files) == 12
    for file in files:
        bring(file, *PLAIN)
        same(weights(), expected)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for part in (wrappers, optimizers, objects, modules, old_forms, shards, keras,
                 named_for_what_they_are, order_of_trust, names_of_files, series, folders,
                 logs, splits, hostile, by_torch):
        part()
    print(f"{checked} files and sets of files")
    os.chdir("/")
