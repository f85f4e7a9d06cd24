"""What grokscope-embedding writes, against the definitions in numpy.

usage: embedding.py CHECK ARGUMENT…
X stands for X.h5 and X.npy with X.metadata.tsv, which have to agree. Networks are
one-layer transformers without norms over "a b =".
"""
import codecs
import csv
import itertools
import json
import pathlib
import re
import sys

import h5py
import numpy as np


def read(x):
    """Numbers and facts, the same from both forms."""
    data = np.load(x + ".npy")
    with h5py.File(x + ".h5") as file:
        assert np.array_equal(data, file["data"][()], equal_nan=True)
        assert data.dtype == file["data"].dtype == np.float32
        names = file["metadata"].attrs["columns"].split()
        assert set(names) == set(file["metadata"])
        facts = {name: file["metadata"][name][()] for name in names}
        other = {"shares": file["data"].attrs.get("pca_share"), "step": file["step"][()],
                 "explained": file["explained"][()] if "explained" in file else None}
    with open(x + ".metadata.tsv", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    assert rows[0] == names and len(rows) == data.shape[-2] + 1
    for i, row in enumerate(rows[1:]):
        for name, cell in zip(names, row):
            value = facts[name][i]
            same = (cell == value.decode() if isinstance(value, bytes)
                    else np.array_equal(float(cell), value, equal_nan=True))
            assert same, (name, i, cell, value)
    return data, facts, other


def raw(cell):
    """A text as it was before it became a cell of a table."""
    return codecs.escape_decode(cell)[0].decode()


def weights(path):
    with h5py.File(path) as file:
        w = {name: x[()].astype(float) for name, x in file["params"].items()}
        task = {"inputs": file["data/tokens"][()], "labels": file["data/label"][:, 0],
                "train": file["data/splits/train"][()]}
        task |= {name: file["facets/binary_table"][name][()]
                 for name in ("operands", "answers")}
    return w, task


def close(x, y, tolerance=2e-6):
    assert np.shape(x) == np.shape(y), (np.shape(x), np.shape(y))
    scale = np.abs(y).max() or 1
    assert np.abs(x - y).max() <= tolerance * scale, np.abs(x - y).max() / scale


def embedding(path):
    w, task = weights(path)
    return w["embed.W_E"][task["operands"]]


def unembedding(path):
    w, task = weights(path)
    return w["unembed.W_U"].T[task["answers"]]


# ---- Numbers ----

def check_weights(path, x):
    data, facts, _ = read(x)
    assert np.array_equal(data, embedding(path))
    assert list(facts["index"]) == list(facts["residue"]) == list(range(len(data)))


def check_centred(path, x):
    U = unembedding(path)
    close(read(x)[0], U - U.mean(0))


def check_normalized(path, x):
    E = embedding(path)
    E -= E.mean(0)
    close(read(x)[0], E / np.linalg.norm(E, axis=1, keepdims=True))


def principal(rows, k):
    """Scores, each axis with its largest entry positive, and shares."""
    centred = rows - rows.mean(0)
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(vt[np.arange(len(vt)), np.abs(vt).argmax(1)])
    return (u * s * signs)[:, :k], (s**2 / (s**2).sum())[:k]


def check_components(path, x):
    data, facts, other = read(x)
    scores, shares = principal(unembedding(path), 3)
    close(data, scores)
    assert list(facts["output"]) == list(weights(path)[1]["answers"])
    close(other["shares"], shares, 1e-12)
    close(other["explained"], [shares.sum()], 1e-12)


def lay_onto(x, y):
    a, b = x - x.mean(0), y - y.mean(0)
    u, _, vt = np.linalg.svd(a.T @ b)
    return a @ u @ vt + y.mean(0)


def check_aligned(run, x, how):
    data, _, other = read(x)
    stack = [embedding(f"{run}/step-{step:09}.h5") for step in other["step"]]
    assert len(stack) == len(data) > 3
    if how == "last":
        stack = [E - E.mean(0) for E in stack]
        expected = [lay_onto(E, stack[-1]) for E in stack[:-1]] + [stack[-1]]
    else:
        expected = stack[:1]
        for E in stack[1:]:
            expected.append(lay_onto(E, expected[-1]))
    close(data, np.array(expected))
    steps = pathlib.Path(x + ".steps.tsv").read_text().splitlines()
    assert steps[0] == "run\tstep"
    assert [line.split("\t")[1] for line in steps[1:]] == [str(s) for s in other["step"]]


def check_stacked(run, x):
    data, _, other = read(x)
    stack = np.array([embedding(f"{run}/step-{step:09}.h5") for step in other["step"]])
    scores, shares = principal(stack.reshape(-1, stack.shape[-1]), 2)
    close(data, scores.reshape(data.shape))
    close(other["shares"], shares, 1e-12)
    away = ((stack - stack.mean((0, 1)))**2).sum((1, 2))
    close(other["explained"], (scores.reshape(data.shape)**2).sum((1, 2)) / away, 1e-12)


def forward(path, tensor):
    w, task = weights(path)
    block = {k.removeprefix("blocks.0."): v for k, v in w.items() if "blocks" in k}
    x = w["embed.W_E"][task["inputs"]] + w["pos_embed.W_pos"]
    q, k, v = (np.einsum("ntd,hde->nthe", x, block["attn.W_" + c]) for c in "QKV")
    scores = np.einsum("nhe,nthe->nht", q[:, -1], k) / q.shape[-1]**0.5
    pattern = np.exp(scores - scores.max(-1, keepdims=True))
    pattern /= pattern.sum(-1, keepdims=True)
    out = np.einsum("nht,nthe,hed->nd", pattern, v, block["attn.W_O"])
    neurons = np.maximum((x[:, -1] + out) @ block["mlp.W_in"] + block["mlp.b_in"], 0)
    end = x[:, -1] + out + neurons @ block["mlp.W_out"] + block["mlp.b_out"]
    logits = (end @ w["unembed.W_U"])[:, task["answers"]]
    return {"blocks.0.hook_attn_out": out, "neurons": neurons, "logits": logits}[tensor]


def check_activation(path, x, tensor):
    close(read(x)[0], forward(path, tensor), 1e-5)


def check_means(path, x, tensor, rows):
    data, facts, _ = read(x)
    _, task = weights(path)
    values = forward(path, tensor)
    of = {"a": task["inputs"][:, 0], "b": task["inputs"][:, 1], "c": task["labels"]}[rows]
    test = np.setdiff1d(np.arange(len(of)), task["train"])
    seen = sorted(set(of[test]))
    close(data, np.array([values[test[of[test] == r]].mean(0) for r in seen]), 1e-5)
    assert list(facts["residue"]) == seen


def check_same(x, y):
    close(np.load(x), np.load(y))


# ---- Facts ----

def check_residues(path, x, modulus):
    m, p = int(modulus), 11
    data, facts, _ = read(x)
    assert np.array_equal(data, weights(path)[0]["embed.W_E"])
    assert [name.decode() for name in facts["label"]] == [str(r) for r in range(p)] + ["="]
    assert list(facts["token"]) == list(range(p + 1))
    assert list(facts["residue"]) == list(range(p)) + [-1]
    assert list(facts["mod_4"]) == [r % m for r in range(p)] + [-1]
    assert list(facts["next"]) == [(r + m) % p for r in range(p)] + [-1]
    assert list(facts["parity"]) == [r % 2 for r in range(p)] + [-1]
    assert np.isnan(facts["phase"][p]) and np.isfinite(facts["phase"][:p]).all()


def check_phases(path, x, frequency):
    """Over the residues, or of a product over the powers of 2, a root of 11."""
    data, facts, _ = read(x)
    order = list(range(11))
    if "logarithm" in facts:
        order = [2**i % 11 for i in range(10)]
        assert facts["logarithm"][0] == -1
        assert [order[i] for i in facts["logarithm"][1:]] == list(range(1, 11))
        assert np.isnan(facts["phase"][0])
    rows = data[order].astype(float)
    spectrum = np.fft.rfft(rows, axis=0)
    k = int(frequency) or 1 + (np.abs(spectrum[1:5])**2).sum(1).argmax()
    assert set(facts["frequency"]) == {k}
    cosine, sine = spectrum[k].real, -spectrum[k].imag
    first = cosine / np.linalg.norm(cosine)
    second = sine - (sine @ first) * first
    at = (rows - rows.mean(0)) @ np.array([first, second / np.linalg.norm(second)]).T
    off = facts["phase"][order] - np.arctan2(at[:, 1], at[:, 0])
    assert np.abs((off + np.pi) % (2 * np.pi) - np.pi).max() < 1e-9


def check_inputs(path, x):
    _, facts, _ = read(x)
    _, task = weights(path)
    a, b, _ = task["inputs"].T
    assert np.array_equal(facts["a"], a) and np.array_equal(facts["b"], b)
    assert np.array_equal(facts["c"], (a.astype(int) + b) % 11)
    assert np.array_equal(facts["c"], task["labels"])
    assert np.array_equal(facts["mod_8"], facts["c"] % 8)
    assert list(np.flatnonzero(facts["train"])) == sorted(task["train"])
    assert facts["label"][14].decode() == "1, 3 = 4"


def times(x, y):
    """x, then y."""
    return tuple(y[i] for i in x)


def cycles(x):
    text, seen = "", set()
    for i in range(len(x)):
        cycle = []
        while i not in seen:
            seen.add(i)
            cycle.append(str(i))
            i = x[i]
        text += f"({' '.join(cycle)})" if len(cycle) > 1 else ""
    return text or "()"


def numbered(sets):
    """The number of each element's set, counted in the order of first elements."""
    number = {}
    return [number.setdefault(s, len(number)) for s in sets]


def order_of(x):
    power, count = x, 1
    while power != tuple(range(5)):
        power, count = times(power, x), count + 1
    return count


def permutation_facts(generators):
    elements = list(itertools.permutations(range(5)))
    members = {tuple(range(5))}
    while True:
        more = members | {times(x, g) for x in members for g in generators}
        if more == members:
            break
        members = more
    inverse = {x: tuple(int(i) for i in np.argsort(x)) for x in elements}
    return elements, {
        "parity": [int(round(1 - np.linalg.det(np.eye(5)[list(x)])) // 2)
                   for x in elements],
        "order": [order_of(x) for x in elements],
        "class": numbered(frozenset(times(times(inverse[g], x), g) for g in elements)
                          for x in elements),
        "left_coset": numbered(frozenset(times(x, h) for h in members)
                               for x in elements),
        "right_coset": numbered(frozenset(times(h, x) for h in members)
                                for x in elements)}


def check_permutations(path, x, *generators):
    data, facts, _ = read(x)
    elements, expected = permutation_facts(
        [tuple(int(i) for i in g.split()) for g in generators])
    labels = [name.decode() for name in facts["label"]]
    of = facts["residue"] if "residue" in facts else facts["c"]
    if "residue" in facts:
        assert np.array_equal(data, unembedding(path)) and list(of) == list(range(120))
        assert labels == [cycles(e) for e in elements]
    else:
        _, task = weights(path)
        assert list(facts["example"]) == sorted(task["train"])
        assert set(facts["train"]) == {1}
        for label, a, b, c in zip(labels, facts["a"], facts["b"], of):
            assert elements[c] == times(elements[a], elements[b])
            assert label == f"{cycles(elements[a])}, {cycles(elements[b])} = " \
                            f"{cycles(elements[c])}"
    for name, values in expected.items():
        assert list(facts[name]) == [values[r] for r in of], name
    assert "phase" not in facts and "next" not in facts


# ---- Files ----

def check_forms(run, form):
    """The same numbers, read as each form is read."""
    data, facts, _ = read(form)
    flat = data.reshape(-1, data.shape[-1])
    steps = np.repeat([0, 40], data.shape[1])
    for name, dialect in ("csv", "excel"), ("tsv", "excel-tab"):
        with open(f"{form}.{name}", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, dialect=dialect) if name == "csv" else
                        csv.DictReader(file, dialect=dialect, quoting=csv.QUOTE_NONE))
        assert [raw(row["run"]) for row in rows] == [run] * len(flat)
        assert [int(row["step"]) for row in rows] == list(steps)
        assert [row["label"] for row in rows] == [x.decode() for x in facts["label"]] * 2
        numbers = [[row[f"x{j}"] for j in range(flat.shape[1])] for row in rows]
        assert np.array_equal(np.array(numbers, dtype=np.float32), flat)
    with open(form + ".json", encoding="utf-8") as file:
        answer = json.load(file)
    assert answer["schema"] == "grokscope-embedding" and answer["tensor"] == "logits"
    assert answer["results"][-1]["run"] == run
    assert np.array_equal(np.array([row["x"] for row in answer["results"]], np.float32),
                          flat)
    assert [row["c"] for row in answer["results"]] == list(facts["c"]) * 2


def text_config(text):
    """The text form of a ProjectorConfig (tensorboard/plugins/projector)."""
    entries = []
    for body in re.findall(r"embeddings \{\n(.*?)\n\}", text, re.S):
        entry = {"tensor_shape": []}
        for line in body.split("\n"):
            key, value = line.strip().split(": ", 1)
            if key == "tensor_shape":
                entry[key].append(int(value))
            else:
                entry[key] = json.loads(value)
        entries.append(entry)
    return entries


def check_projector(folder, count, n, d):
    """The rules of the Embedding Projector: projector_config.json lists embeddings of
    tensorName, tensorShape [n, d], tensorPath and metadataPath, relative to itself;
    vectors are tab-separated numbers, one line for each point, without a header or blank lines;
    metadata of more than one column has a header and then one line for each point, without tabs
    in a cell. TensorBoard reads the same from projector_config.pbtxt."""
    count, n, d = int(count), int(n), int(d)
    folder = pathlib.Path(folder)
    config = json.loads((folder / "projector_config.json").read_text())
    assert set(config) == {"embeddings"} and len(config["embeddings"]) == count
    entries = text_config((folder / "projector_config.pbtxt").read_text())
    files = {"projector_config.json", "projector_config.pbtxt", "metadata.tsv"}
    for e, t in zip(config["embeddings"], entries):
        assert set(e) == {"tensorName", "tensorShape", "tensorPath", "metadataPath"}
        assert e["tensorShape"] == t["tensor_shape"] == [n, d]
        assert e["tensorName"] == t["tensor_name"]
        assert e["tensorPath"] == t["tensor_path"]
        assert e["metadataPath"] == t["metadata_path"] == "metadata.tsv"
        lines = (folder / e["tensorPath"]).read_text().split("\n")
        assert lines.pop() == "" and len(lines) == n
        numbers = np.array([[float(x) for x in line.split("\t")] for line in lines])
        assert numbers.shape == (n, d) and np.isfinite(numbers).all()
        files.add(e["tensorPath"])
    assert len({e["tensorName"] for e in config["embeddings"]}) == count == len(entries)
    lines = (folder / "metadata.tsv").read_text().split("\n")
    assert lines.pop() == "" and len(lines) == n + 1
    assert {len(line.split("\t")) for line in lines} == {lines[0].count("\t") + 1}
    assert lines[0].startswith("label\tindex\t")
    assert {path.name for path in folder.iterdir()} == files


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]](*sys.argv[2:])
