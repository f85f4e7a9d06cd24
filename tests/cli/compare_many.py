"""All pairs of a run's checkpoints, and its path, against the definitions in numpy.

usage: compare_many.py pairs RUN KEYS TABLE    (TABLE of --all-pairs, KEYS of progress)
       compare_many.py npy FOLDER TABLE
       compare_many.py h5 FILE TABLE
       compare_many.py matrix NAME SQUARE TABLE
       compare_many.py path RUN TABLE COMPONENTS
       compare_many.py same TABLE A_B_TABLE    (of --all-pairs=full, of A B)
Runs are of one-layer transformers that learn a + b over "a b =".
"""
import csv
import glob
import sys

import h5py
import numpy as np

from progress import network


def rows_of(path):
    with open(path) as file:
        return list(csv.DictReader(file, delimiter="\t"))


def check(name, found, wanted, tolerance=1e-6):
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    same = np.isclose(found, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not same.all():
        sys.exit(f"{name}: {found[~same][:5]}, expected {wanted[~same][:5]}")


def flat(file):
    tensors = []
    file["params"].visititems(
        lambda name, x: tensors.append((name, x[()].astype(float).ravel()))
        if isinstance(x, h5py.Dataset) else None)
    return np.concatenate([x for _, x in sorted(tensors)])


def normed(x):
    x = x - x.mean(0)
    return x / np.linalg.norm(x)


def cka(x, y):
    x, y = normed(x), normed(y)
    return np.linalg.norm(x.T @ y) ** 2 / np.linalg.norm(x.T @ x) / np.linalg.norm(
        y.T @ y)


def log_softmax(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def portrait(path):
    with h5py.File(path) as file:
        p, logits, *_ = network(file)
        embedding = file["params/embed.W_E"][:p].astype(float)
        power = (abs(np.fft.rfft(embedding, axis=0)) ** 2).sum(1)
        power[1:(p + 1) // 2] *= 2
        return {"step": int(file.attrs["step"]), "w": flat(file), "embedding": embedding,
                "logits": logits[:, :p], "power": power[1:]}


def pair(a, b):
    log_p, log_q = log_softmax(a["logits"]), log_softmax(b["logits"])
    shared = a["keys"] & b["keys"], a["keys"] | b["keys"]
    inner = normed(a["embedding"]).T @ normed(b["embedding"])
    return {
        "keys_jaccard": len(shared[0]) / len(shared[1]) if shared[1] else np.nan,
        "spectrum_cosine": a["power"] @ b["power"] / np.linalg.norm(a["power"])
        / np.linalg.norm(b["power"]),
        "weight_distance": np.linalg.norm(a["w"] - b["w"]),
        "weight_cosine": a["w"] @ b["w"] / np.linalg.norm(a["w"]) / np.linalg.norm(b["w"]),
        "embedding_cka": cka(a["embedding"], b["embedding"]),
        "embedding_procrustes": 2 - 2 * np.linalg.norm(inner, "nuc"),
        "logit_cka": cka(a["logits"], b["logits"]),
        "agreement": (a["logits"].argmax(1) == b["logits"].argmax(1)).mean(),
        "kl": (np.exp(log_p) * (log_p - log_q)).sum(1).mean(),
        "kl_reverse": (np.exp(log_q) * (log_q - log_p)).sum(1).mean(),
    }


def pairs(run, keys, table):
    members = [portrait(path) for path in sorted(glob.glob(run + "/step-*.h5"))]
    for member, row in zip(members, rows_of(keys), strict=True):
        member["keys"] = set(row["key_frequencies"].split())
    found = rows_of(table)
    wanted = [(a, b) for i, a in enumerate(members) for b in members[i + 1:]]
    for row, (a, b) in zip(found, wanted, strict=True):
        assert (int(row["step_a"]), int(row["step_b"])) == (a["step"], b["step"])
        for name, value in pair(a, b).items():
            check(f"{name} of {a['step']} and {b['step']}", float(row[name]), value, 2e-5)
    if len(set(row["keys_jaccard"] for row in found)) < 2:
        sys.exit("key frequencies are the same at all steps: nothing was tested")


def upper(table, name):
    """A column as a matrix with what is above the diagonal."""
    rows = rows_of(table)
    steps = sorted({int(r[s]) for r in rows for s in ("step_a", "step_b")})
    matrix = np.full((len(steps), len(steps)), np.nan)
    for row in rows:
        at = steps.index(int(row["step_a"])), steps.index(int(row["step_b"]))
        matrix[at] = float(row[name])
        matrix[at[::-1]] = float(row["kl_reverse" if name == "kl" else name])
    return steps, matrix


def matrices(load, table):
    names = [n for n in rows_of(table)[0] if n[:4] not in ("run_", "step")]
    for name in names:
        if name == "kl_reverse":
            continue
        steps, wanted = upper(table, name)
        found = load(name)
        check("steps", load("steps"), steps)
        off = ~np.eye(len(steps), dtype=bool)
        check(name, found[off], wanted[off], 0)
        own = 0 if name in ("weight_distance", "embedding_procrustes", "kl") else 1
        check(name + " with itself", np.diag(found), np.full(len(steps), own), 1e-12)


def matrix(name, square, table):
    with open(square) as file:
        rows = list(csv.reader(file, delimiter="\t"))
    steps, wanted = upper(table, name)
    assert rows[0] == ["run", "step"] + [str(s) for s in steps], rows[0]
    assert [int(r[1]) for r in rows[1:]] == steps
    found = np.array([[float(x) for x in r[2:]] for r in rows[1:]])
    off = ~np.eye(len(steps), dtype=bool)
    check(name, found[off], wanted[off], 0)


def path(run, table, components):
    files = [h5py.File(f) for f in sorted(glob.glob(run + "/step-*.h5"))]
    w = np.stack([flat(f) for f in files])
    count = len(w)
    lengths = np.linalg.norm(np.diff(w, axis=0), axis=1)
    u, s, _ = np.linalg.svd(w - w.mean(0), full_matrices=False)
    waves = np.cos(np.pi * np.outer(np.arange(count) + .5, np.arange(count) + 1) / count)
    u *= np.where((u * waves).sum(0) < 0, -1, 1)
    walk = np.tril(np.ones((count, count - 1)), -1) * lengths
    walk_u, walk_s, _ = np.linalg.svd(walk - walk.mean(0), full_matrices=False)
    walk_u *= np.where((walk_u * waves[:, :count - 1]).sum(0) < 0, -1, 1)
    rows, shares = rows_of(table), rows_of(components)
    start = np.linalg.norm(w - w[0], axis=1)
    come = np.concatenate([[0], np.cumsum(lengths)])
    for k in (1, 2, 3):
        check(f"pc{k}", [float(r[f"pc{k}"]) for r in rows], u[:, k - 1] * s[k - 1], 1e-6)
    check("start", [float(r["distance_from_start"]) for r in rows], start)
    check("end", [float(r["distance_to_end"]) for r in rows],
          np.linalg.norm(w - w[-1], axis=1))
    check("length", [float(r["path_length"]) for r in rows], come)
    check("walk", [float(r["distance_walk"]) for r in rows],
          np.linalg.norm(walk, axis=1))
    check("detour", [float(r["detour"]) for r in rows[1:]], come[1:] / start[1:])
    assert rows[0]["detour"] == rows[0]["distance_from_before"] == "nan"
    check("share", [float(r["share"]) for r in shares],
          (s ** 2 / (s ** 2).sum())[:count - 1])
    check("share_walk", [float(r["share_walk"]) for r in shares],
          (walk_s ** 2 / (walk_s ** 2).sum())[:count - 1])
    check("singular", float(shares[0]["singular_value"]), s[0])
    check("cosine_walk", float(shares[0]["cosine_walk"]), u[:, 0] @ walk_u[:, 0])
    check("cosine_wave", float(shares[0]["cosine_wave"]),
          u[:, 0] @ waves[:, 0] / np.linalg.norm(waves[:, 0]))


def same(table, other):
    """What two ways of asking say of the same pairs."""
    rows = {(r["step_a"], r["step_b"]): r for r in rows_of(table)}
    for row in rows_of(other):
        mine = rows[row["step_a"], row["step_b"]]
        for name in mine:
            if name in row and name[:4] not in ("run_", "step"):
                check(name, float(mine[name]), float(row[name]), 2e-5)


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "npy":
        matrices(lambda name: np.load(f"{words[0]}/{name}.npy"), words[1])
    elif what == "h5":
        matrices(lambda name: h5py.File(words[0])[name][()], words[1])
    else:
        {"pairs": pairs, "matrix": matrix, "path": path, "same": same}[what](*words)
