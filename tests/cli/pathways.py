"""grokscope-pathways: files of every form, what is refused, and, where GROKSCOPE_DATA has
them, the routings of DeepSeek-V2-Lite against their recorded loads, paths and overlaps."""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

BIN = os.environ["GROKSCOPE_BIN"]
DATA = os.environ.get("GROKSCOPE_DATA", "")
os.chdir(tempfile.mkdtemp())


def fail(message):
    sys.exit("pathways.py: " + message)


def npy(name, values, shape, descr, code):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, tuple(shape))
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open(name, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        out.write(struct.pack("<%d%s" % (len(values), code), *values))


def ask(*options):
    done = subprocess.run([f"{BIN}/grokscope-pathways", *options], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    names = done[0].split("\t")
    return [{k: v if k in ("run", "split") else float(v)
             for k, v in zip(names, line.split("\t"))} for line in done[1:]]  # fmt: skip


def refused(words, *options):
    done = subprocess.run([f"{BIN}/grokscope-pathways", *options], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode not in (2, 3) or words not in done.stderr or done.stdout:
        fail("%s: %d, %s" % (options, done.returncode, done.stderr))


# ---- Two checkpoints: even, and collapsed ----

random.seed(1)
even = [e for _ in range(300) for e in random.sample(range(8), 2)]
few = [e for _ in range(300) for e in random.sample(range(2), 2)]
npy("two.npy", even + few, (2, 100, 3, 2), "|u1", "B")
rows = ask("--routing", "two.npy")
if not (rows[0]["distance"] > 1.5 * rows[1]["distance"] and rows[0]["entropy"] > 0.97 and
        abs(rows[1]["entropy"] - 1 / 3) < 1e-3 and rows[1]["distinct"] <= 8 and
        rows[0]["dimension"] > 2 * rows[1]["dimension"]):  # fmt: skip
    fail("a collapsed router does not show: %s" % rows)
if len(ask("--routing", "two.npy", "--table", "layers")) != 6:
    fail("not a row for each layer of each checkpoint")
npy("one.npy", even, (100, 3, 2), "<i8", "q")
alone = ask("--routing", "one.npy", "--experts", "8")
if any(str(alone[0][k]) != str(rows[0][k]) for k in alone[0] if k != "run"):
    fail("a checkpoint alone is another")
npy("gates.npy", [0.9, 0.1] * 300, (100, 3, 2), "<f4", "f")
cut = ask("--routing", "one.npy", "--gates", "gates.npy", "--cutoff", "0.8")
if not cut[0]["distance"] < rows[0]["distance"] / 1.5:
    fail("a cutoff leaves the pathways as long as they were")

refused("runs, or --routing FILE: one of the two", "--table", "layers")
refused("runs, or --routing FILE: one of the two", "run", "--routing", "one.npy")
refused("no.npy", "--routing", "no.npy")
refused("another shape", "--routing", "two.npy", "--gates", "gates.npy")
refused(", of 4", "--routing", "one.npy", "--experts", "4")
refused("which is no expert", "--routing", "gates.npy")
npy("flat.npy", even, (200, 3), "|u1", "B")
refused("an array of rank 2", "--routing", "flat.npy")
npy("minus.npy", [-1.0] * 600, (100, 3, 2), "<f4", "f")
refused("gate 0 is -1", "--routing", "one.npy", "--gates", "minus.npy")

# ---- Neurons of a run ----

subprocess.run([f"{BIN}/grokscope-train", "--p", "7", "--d-model", "16", "--n-heads", "2",
                "--d-mlp", "32", "--n-layers", "2", "--train-fraction", "0.6", "--steps",
                "20", "--checkpoints", "linear:10", "--quiet", "--out", "run"], check=True,
               stdout=subprocess.DEVNULL)  # fmt: skip
rows = ask("run", "--step", "all", "--top", "4")
if [(row["step"], row["split"]) for row in rows] != [
        (step, split) for step in (0, 10, 20) for split in ("train", "test")]:  # fmt: skip
    fail("not a row for each split of each checkpoint: %s" % rows)
if not (rows[0]["samples"], rows[1]["samples"]) == (29, 20):
    fail("other samples than the splits have: %s" % rows)
if not all(0 < row["distance"] <= 8 and row["distinct"] <= 29 for row in rows):
    fail("pathways of two times four neurons are farther apart: %s" % rows)
if len(ask("run", "--table", "layers", "--threads", "1")) != 4:
    fail("not a row for each layer of each split")
refused("--gates and --experts are of a file", "run", "--experts", "4")
refused("--top 40: blocks.0.mlp.hook_post has 32 neurons", "run", "--top", "40")
refused("--table groups is of runs", "--routing", "one.npy", "--table", "groups")

# ---- Experts of a run ----

subprocess.run([f"{BIN}/grokscope-train", "--p", "11", "--d-model", "16", "--n-heads", "2",
                "--d-mlp", "8", "--n-layers", "2", "--num-experts", "5", "--load-balance",
                "0.01", "--train-fraction", "0.6", "--learning-rate", "0.01", "--steps",
                "120", "--checkpoints", "linear:20", "--quiet", "--out", "experts"],
               check=True, stdout=subprocess.DEVNULL)  # fmt: skip
rows = ask("experts", "--step", "all")
if len(rows) != 14 or not all(0 < row["distance"] <= 4 and row["distinct"] <= 25 and
                              row["entropy"] <= 1 for row in rows):  # fmt: skip
    fail("pathways of two times two of five experts: %s" % rows)
if any(abs(row["consistency"] + row["erratic"] - 1) > 1e-12 for row in rows):
    fail("the two signs of consistency are no pair: %s" % rows)
if not rows[0]["dimension"] < ask("experts", "--ridge", "1e-9")[0]["dimension"]:
    fail("a smaller ridge leaves fewer dimensions")
refused("--top 6: blocks.0.mlp.hook_router has 5 experts", "experts", "--top", "6")
groups = ask("experts", "--step", "all", "--table", "groups", "--groups", "2", "--epsilon",
             "1", "--delta", "10")  # fmt: skip
if not groups or any(not (row["from"] <= row["to"]) or row["samples"] < 2 or
                     not 0 <= row["test_accuracy"] <= 1 for row in groups):  # fmt: skip
    fail("groups: %s" % groups)
last = [row for row in groups if row["step"] == 120]
if any(row["train_loss"] > 1 for row in last):
    fail("a group is not memorised in the end: %s" % last)
for row in groups:
    if row["step"] < row["from"] and row["group"] == 1 and row["train_loss"] < 0.5:
        fail("a group was memorised before: %s" % row)
found = ask("experts", "--step", "all", "--table", "bound")
if len(found) != 14 or any(abs(row["bias"] + 0.1 * row["dimension"] / row["samples"] -
                               row["bound"]) > 1e-12 for row in found):  # fmt: skip
    fail("the bound is not the sum of its terms: %s" % found)


def words(*options):
    done = subprocess.run([f"{BIN}/grokscope-pathways", *options], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    names = done[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in done[1:]]


table = words("experts", "--step", "all", "--table", "correlations", "--since", "first",
              "--epsilon", "1", "--delta", "10")  # fmt: skip
if not any(row["group"] == "0" and row["measure"] == "train_loss" for row in table):
    fail("no correlation of the losses to compare with: %s" % table)
if any(row["checkpoints"] != "7" or not -1 <= float(row["pearson"]) <= 1 for row in table
       if row["pearson"] != "nan"):  # fmt: skip
    fail("correlations: %s" % table)
forecast = words("experts", "--step", "0:40:20", "--table", "forecast", "--epsilon", "0.01")
if [row["forecast"] for row in forecast] != ["not-memorised"]:
    fail("a forecast before anything is known: %s" % forecast)

# ---- A real model ----


def close(found, wanted, digits, what):
    if abs(found - wanted) > 0.51 * 10**-digits:
        fail("%s: found %s, recorded %s" % (what, found, wanted))


oracle = os.path.join(DATA, "moe", "esft_oracle.json")
if not DATA or not os.path.exists(oracle):
    sys.exit(0)
with open(oracle, encoding="utf-8") as file:
    recorded = json.load(file)
for task in ("intent", "law", "translation"):
    wanted = recorded[task]
    options = ["--routing", f"{DATA}/moe/esft_{task}_experts_u8.npy", "--experts", "64"]
    gates = f"{DATA}/moe/esft_{task}_gates_u16.npy"
    if os.path.exists(gates):
        options += ["--gates", gates]
    layers = ask(*options, "--table", "layers", "--pairs", "10")
    for layer, entropy in zip(layers, wanted["layer_entropy_nats"]):
        close(layer["entropy"], entropy, 4, task)
    close(layers[12]["neighbours"], wanted["mean_jaccard_adjacent_tokens_layer13"], 4, task)
    if os.path.exists(gates):
        close(layers[12]["information"],
              wanted["top1_transition_mutual_information_L13_L14_nats"], 4, task)
        found = ask(*options, "--pairs", "10", "--kernel", "10")[0]
        close(found["distinct"], wanted["unique_top1_paths"], 0, task)
        close(found["samples"], wanted["tokens"], 0, task)
