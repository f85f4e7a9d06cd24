"""What grokscope-report writes, read as a browser would and compared with what the other
programs say of the same run, and with a forward pass in numpy.

usage: report.py page FILE      the policy holds the sums of the page's scripts
       report.py data FILE RUN TABLES
       report.py bits FILE RUN  the norms of the bits of a parity's network
Prints how many numbers were compared. TABLES is a folder with progress.tsv, norms.tsv,
fourier.tsv (by frequency) and circles.tsv of all steps of RUN. RUN is a one-layer
transformer without norms that learns a + b over "a b =".
"""
import base64
import csv
import hashlib
import html.parser
import json
import math
import pathlib
import sys
import zlib

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import progress

TYPES = {"f32": "<f4", "f64": "<f8", "i16": "<i2", "i8": "<i1", "u8": "<u1"}
LOWEST = {"i16": -32768, "i8": -128}
compared = 0


class Page(html.parser.HTMLParser):
    """Scripts by their id, and what the policy allows."""

    def __init__(self, text):
        super().__init__()
        self.open, self.scripts, self.blocks, self.policy = None, [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "script":
            assert "src" not in attributes, attributes
            self.open = attributes.get("id", "")
            self.text = ""
        if attributes.get("http-equiv") == "Content-Security-Policy":
            assert self.policy is None and not self.scripts
            self.policy = attributes["content"]

    def handle_data(self, data):
        if self.open is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag != "script":
            return
        if self.open:
            self.blocks[self.open] = self.text
        else:
            self.scripts.append(self.text)
        self.open = None


def check_page(page):
    rules = dict(rule.split(" ", 1) for rule in page.policy.split("; "))
    assert rules["default-src"] == "'none'", rules
    sums = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
            for s in page.scripts]
    assert sums and rules["script-src"].split() == sums, (rules, sums)
    assert set(page.blocks) == {"manifest", "arrays"}, page.blocks.keys()
    return len(sums)


def read(page):
    """The manifest, and its arrays as numbers."""
    manifest = json.loads(page.blocks["manifest"])
    raw = zlib.decompress(base64.b64decode(page.blocks["arrays"], validate=True))
    arrays, steps = {}, {}
    for name, a in manifest["arrays"].items():
        count = math.prod(a["shape"])
        x = np.frombuffer(raw, TYPES[a["type"]], count, a["offset"])
        assert x.nbytes == a["bytes"] and a["offset"] % 8 == 0, (name, a)
        x = x.reshape(a["shape"])
        if "scale" in a:
            scale = np.reshape(a["scale"], [-1] + [1] * (x.ndim - 1))
            x = np.where(x == LOWEST[a["type"]], np.nan, x * scale)
            steps[name] = np.broadcast_to(scale, x.shape)
        arrays[name] = x
    return manifest, arrays, steps


def close(name, ours, theirs, tolerance):
    """Equal, NaN where NaN is, up to a tolerance."""
    global compared
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape, (name, ours.shape, theirs.shape)
    assert (np.isnan(ours) == np.isnan(theirs)).all(), (name, ours, theirs)
    off = np.nan_to_num(np.abs(ours - theirs))
    assert (off <= tolerance).all(), (name, off.max(), ours, theirs)
    compared += ours.size


def table(folder, name):
    with open(f"{folder}/{name}.tsv") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def single(values):
    """Up to the rounding of float32."""
    return np.abs(np.nan_to_num(np.asarray(values, float))) * 2.0 ** -24 + 1e-40


def check_measures(run, arrays, folder):
    for measure in run["measures"]:
        if measure["name"] not in ("progress", "norms"):
            continue
        rows = table(folder, measure["name"])
        for column in measure["columns"]:
            if column["kind"] == "text":
                assert column["texts"] == [row[column["name"]] for row in rows], column
                continue
            series = {"": column["values"]}
            series |= {"_" + k: v for k, v in column["controls"].items()}
            if measure["name"] == "progress":
                assert set(series) == {"", "_init", "_shuffled"}, series
            for control, key in series.items():
                values = [float(row[column["name"] + control]) for row in rows]
                close(key, arrays[key], values, single(values))


def check_spectrum(run, arrays, folder, steps):
    rows = [row for row in table(folder, "fourier") if row["tensor"] == "embedding"]
    count = len(rows) // len(steps)
    for name in ("power", "fraction"):
        values = np.reshape([float(row[name]) for row in rows], (len(steps), count))
        close(name, arrays[run["spectrum"][name]], values, single(values))
    fraction = arrays[run["spectrum"]["fraction"]]
    keys = np.reshape([row["key"] == "1" for row in rows], fraction.shape)
    assert ((fraction >= run["spectrum"]["key_share"]) == keys).all()
    assert keys.any()
    return keys


def check_circles(run, arrays, folder, steps, keys):
    circles, rows = run["circles"], table(folder, "circles")
    names = {"r": "r", "gs_constant": "gs_constant", "gs_cosine": "gs_cosine",
             "circularity": "plane_circularity", "power_share": "power_share",
             "effect": "effect", "output": "output"}
    frequencies = sorted({int(row["frequency"]) for row in rows})
    assert circles["frequencies"] == frequencies, circles
    place = {(int(row["step"]), int(row["frequency"])): row for row in rows}
    for name, column in names.items():
        values = [[float(place[s, k][column]) if (s, k) in place else math.nan
                   for k in frequencies] for s in steps]
        close(name, arrays[circles[name]], values, single(values))
    label = arrays[circles["label"]]
    for t, s in enumerate(steps):
        for i, k in enumerate(frequencies):
            name = circles["labels"][label[t, i]] if label[t, i] < 255 else None
            assert name == (place[s, k]["label"] if (s, k) in place else None)
    weight = arrays[run["arrows"]["weight"]].sum(-1)
    there = ~np.isnan(arrays[circles["r"]])
    close("arrows", weight, there, 1e-3)
    to = np.array(run["arrows"]["to"])[arrays[run["arrows"]["weight"]].argmax(-1)]
    assert (to == arrays[circles["output"]])[there].all()
    births = {(e["step"], e["frequency"]) for e in run["events"] if e["kind"] == "birth"}
    steady = {k for k in range(keys.shape[1]) if (keys[:-1, k] & keys[1:, k]).any()}
    assert {k for _, k in births} == steady and births, (births, steady)
    for s, k in births:
        t = steps.index(s)
        assert keys[t, k] and keys[t + 1, k] and (t == 0 or not keys[t - 1, k]), (s, k)


def check_planes(run, arrays, scales, files):
    """Distances between points do not depend on the plane's axes; the first lies at
    angle 0 up to what the other frequencies do."""
    points, p = arrays[run["planes"]["points"]], run["p"]
    scale = scales[run["planes"]["points"]]
    for t, path in enumerate(files):
        with h5py.File(path) as file:
            x = file["params/embed.W_E"][:p].astype(float)
        for i, k in enumerate(run["planes"]["frequencies"]):
            waves = np.exp(-2j * np.pi * k * np.arange(p) / p) @ x
            axes = np.linalg.svd(np.stack([waves.real, waves.imag]))[2][:2]
            y = x @ axes.T
            far = np.linalg.norm(y[:, None] - y, axis=-1)
            ours = np.linalg.norm(points[t, i][:, None] - points[t, i], axis=-1)
            close(f"plane of {k}", ours, far, 2 * scale.ravel()[0] + 4 * scale.max())
            turned = points[t, i].T @ np.exp(-2j * np.pi * k * np.arange(p) / p)
            assert turned[0].real > abs(turned[0].imag) * 0.99, (t, k, turned)


def pattern(path):
    """The answer's attention [heads, keys, p, p]."""
    with h5py.File(path) as file:
        w = {name: x[()].astype(float) for name, x in file["params"].items()}
        p = round(len(file["data/label"]) ** 0.5)
    a, b = (x.ravel() for x in np.indices((p, p)))
    x = w["embed.W_E"][np.stack([a, b, np.full_like(a, p)], 1)] + w["pos_embed.W_pos"]
    q = np.einsum("nd,hde->nhe", x[:, 2], w["blocks.0.attn.W_Q"])
    k = np.einsum("ntd,hde->nthe", x, w["blocks.0.attn.W_K"])
    scores = np.exp(np.einsum("nhe,nthe->nht", q, k) / q.shape[-1] ** 0.5)
    scores /= scores.sum(-1, keepdims=True)
    return np.moveaxis(scores, 0, -1).reshape(scores.shape[1], 3, p, p)


def check_panoramas(run, arrays, scales, path_of):
    p, logits, waves, dft2 = run["p"], run["logits"], run["waves"], run["dft2"]
    a, b = np.indices((p, p)).reshape(2, -1)
    assert (arrays[logits["answers"]].ravel() == (a + b) % p).all()
    fourier = np.array([np.full(p, p ** -0.5)] + [
        (2 / p) ** 0.5 * f(2 * np.pi * k * np.arange(p) / p)
        for k in range(1, p // 2 + 1) for f in (np.cos, np.sin)])
    for i, step in enumerate(arrays[logits["steps"]]):
        with h5py.File(path_of(step)) as file:
            _, cube, acts, *_ = progress.network(file)
        cube = cube[:, :p]
        close("mean", arrays[logits["mean"]][i], cube.mean(0), 1e-4)
        rebuilt = np.zeros_like(cube) + cube.mean(0)
        exact = rebuilt.copy()
        for f, k in enumerate(logits["frequencies"]):
            angle = [2 * np.pi * k * x / p for x in (a, b)]
            units = {"cos a": np.cos(angle[0]), "sin a": np.sin(angle[0]),
                     "cos b": np.cos(angle[1]), "sin b": np.sin(angle[1])}
            units |= {" ".join((x, y)): units[x] * units[y]
                      for x in ("cos a", "sin a") for y in ("cos b", "sin b")}
            for j, name in enumerate(logits["basis"]):
                u = units[name]
                rebuilt += np.outer(u, arrays[logits["coefficients"]][i, f, j])
                exact += np.outer(u, u @ cube) / (u @ u)
        scale = scales[logits["coefficients"]][i].max()
        close("logits", rebuilt, exact, 8 * len(logits["frequencies"]) * scale + 1e-4)
        hat = np.einsum("ia,jb,abc->ijc", fourier, fourier, cube.reshape(p, p, p))
        hat -= hat.mean(-1, keepdims=True)
        norm = np.linalg.norm(hat, axis=-1)
        close("dft2", arrays[dft2["values"]][i], norm,
              scales[dft2["values"]][i] + 1e-5 * norm.max())
        mean = acts.reshape(p, p, -1).mean(1).T
        mean = mean[[n["neuron"] for n in waves["neurons"]]]
        close("waves", arrays[waves["values"]][i], mean, scales[waves["values"]][i])
    assert dft2["rows"][:3] == ["1", "cos 1", "sin 1"] and len(dft2["rows"]) == p
    attention = run["attention"]
    assert attention["to"] == ["a", "b", "="], attention["to"]
    for i, step in enumerate(arrays[attention["steps"]]):
        close("attention", arrays[attention["values"]][i], pattern(path_of(step)),
              scales[attention["values"]][i])


def check_history(run, arrays, path):
    with h5py.File(path) as file:
        log = {name: x[()] for name, x in file["history/loss"].items()}
    close("history", arrays[run["history"]["step"]], log["step"], 0)
    for column in run["history"]["columns"]:
        values = log[column["name"]]
        close(column["name"], arrays[column["values"]], values, single(values))
    assert [column["name"] for column in run["history"]["columns"]] == [
        "train_loss", "test_loss", "train_accuracy", "test_accuracy"]


def words_of(part):
    """All texts of a part of the manifest."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, (list, dict)):
        for item in part.values() if isinstance(part, dict) else part:
            yield from words_of(item)


def check_data(page, folder, tables):
    manifest, arrays, scales = read(page)
    assert manifest["schema"] == "grokscope-report" and manifest["schema_version"] == 1
    run = manifest["runs"][0]
    assert run["role"] == "main" and run["operation"] == f"a + b mod {run['p']}"
    words = set(words_of(manifest["runs"]))
    assert words > set(manifest["arrays"]), set(manifest["arrays"]) - words
    steps = [int(s) for s in arrays[run["steps"]]]

    def path_of(step):
        return "%s/step-%09d.h5" % (folder, step)

    files = [path_of(s) for s in steps]
    with h5py.File(files[-1]) as file:
        assert run["config"] == json.loads(file["config"][()]), run["config"]
    check_history(run, arrays, folder + "/run.h5")
    check_measures(run, arrays, tables)
    keys = check_spectrum(run, arrays, tables, steps)
    check_circles(run, arrays, tables, steps, keys)
    check_planes(run, arrays, scales, files)
    check_panoramas(run, arrays, scales, path_of)
    return compared


def check_bits(page, folder):
    manifest, arrays, _ = read(page)
    run = manifest["runs"][0]
    norm = arrays[run["bits"]["norm"]]
    for t, step in enumerate(arrays[run["steps"]]):
        with h5py.File("%s/step-%09d.h5" % (folder, step)) as file:
            W = file["params/linear1.W"][()].astype(float)
            relevant = [int(i) for i in file["facets/bits/relevant"][()]]
        close("bits", norm[t], np.sqrt((W * W).sum(1)), 1e-6)
    assert run["bits"]["relevant"] == relevant
    return compared


def main(what, path, *rest):
    with open(path, encoding="utf-8") as file:
        page = Page(file.read())
    checks = {"page": check_page, "data": check_data, "bits": check_bits}
    print(checks[what](page, *rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
