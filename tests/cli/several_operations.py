"""A task of several operations, from training to import: each operation has its part of the
history, programs look at the one that is chosen, and a network of another program is
brought in by the same list.

usage: several_operations.py     with GROKSCOPE_BIN set
"""
import json
import math
import os
import subprocess
import sys
import tempfile

BIN = os.environ["GROKSCOPE_BIN"]
P = 11
NETWORK = f"--p {P} --d-model 16 --n-heads 2 --d-mlp 24 --dtype float64 -q".split()
TASK = ["--operation", "add,subtract", "--layout", "a op b ="]
RUN = NETWORK + TASK + ("--train-fraction 0.6 --checkpoints linear:100 --log-every 50 "
                        "--steps").split()


def call(program, *arguments, code=0):
    """Standard output and standard error."""
    done = subprocess.run([f"{BIN}/grokscope-{program}", *arguments],
                          capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{program} {arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout, done.stderr


def rows(program, *arguments, code=0):
    return json.loads(call(program, *arguments, "--format", "json", code=code)[0])["results"]


def check(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def close(x, y):
    return math.isclose(x, y, rel_tol=1e-9)


def facts(run):
    return {(row["kind"], row["name"]): row["value"] for row in rows("info", run)}


def digest(run):
    return rows("info", run, "--digest")[0]["sha256"]


def the_history_has_each_operation():
    said = facts("run")
    loss = {name: float(value) for (kind, name), value in said.items() if kind == "loss"}
    for split, share in ("train", 72 / 144), ("test", 49 / 98):
        for what in "loss", "accuracy":
            mean = (share * loss[f"{split}_add_{what}"]
                    + (1 - share) * loss[f"{split}_subtract_{what}"])
            check(close(mean, loss[f"{split}_{what}"]), f"the mean {what} of {split}")
    check(loss["train_add_loss"] != loss["train_subtract_loss"], "operations differ")
    return loss


def programs_look_at_the_chosen_operation(loss):
    for operation in "add", "subtract":
        row, = rows("progress", "run", "--operation", operation)
        check(row["operation"] == operation, "the rows name the operation")
        for split in "train", "test":
            for what in "loss", "accuracy":
                check(close(row[f"{split}_{what}"], loss[f"{split}_{operation}_{what}"]),
                      f"progress has the {split} {what} of {operation}")
        for program in "fourier", "rqi", "ablate", "norms":
            row, = rows(program, "run", "--operation", operation)
            check(row["operation"] == operation, f"{program} names {operation}")
        call("report", "run", "--operation", operation, "--data", "-o", operation)
        with open(operation) as report:
            check(f"pairs here are those of {operation}" in report.read(),
                  "a report says whose pairs it shows")
    first, = rows("progress", "run")
    chosen, = rows("progress", "run", "--operation", "add")
    check("operation" not in first, "no column where none was chosen")
    check(all(chosen[name] == first[name] for name in first), "the first one is add")
    for code, arguments in ((1, ["run@100", "run"]), (0, ["run", "--step", "all",
                                                          "--all-pairs"])):
        a = rows("compare", *arguments, "--operation", "add", code=code)
        b = rows("compare", *arguments, "--operation", "subtract", code=code)
        check(a != b, f"{arguments} compares by the operation")
    _, said = call("fourier", "run", "--operation", "multiply", code=2)
    check("operation: no 'multiply'; there is add, subtract" in said, said)
    _, said = call("clockpizza", "run", "--operation", "subtract", code=2)
    check("a - b" in said, said)
    call("clockpizza", "run", "--operation", "add")


def rows_of_inputs_name_the_operation():
    labels = rows("embedding", "run", "--tensor", "logits", "--columns", "label,a,b,c")
    check(len(labels) == 2 * P * P, "an input of every example")
    check(labels[P + 2]["label"] == "add 1, 2 = 3", labels[P + 2])
    check(labels[P * P + P + 2]["label"] == f"subtract 1, 2 = {P - 1}", "of the second")
    means = [rows("embedding", "run", "--tensor", "logits", "--rows", "a",
                  "--operation", operation) for operation in ("add", "subtract")]
    check(len(means[0]) == P and means[0] != means[1], "means are of one operation")
    tokens = rows("embedding", "run", "--tensor", "embed.W_E", "--columns", "label")
    check([row["label"] for row in tokens[P:]] == ["add", "subtract", "="], tokens[P:])


def a_stopped_run_goes_on_as_one_that_was_not():
    call("train", *RUN, "100", "--out", "stopped")
    call("train", "--resume", "--out", "stopped", "--steps", "200", "-q")
    check(digest("stopped") == digest("run"), "resumed as not stopped")
    call("train", "--fork", "run@100", "--steps", "200", "--out", "fork", "-q")
    check(facts("fork")["loss", "test_subtract_loss"]
          == facts("run")["loss", "test_subtract_loss"], "a fork without a change")


def a_network_of_another_program_is_brought_in(loss):
    call("export", "run", "-o", "run.safetensors")
    known = ("--operation add,subtract --act-fn relu --attention-dir causal "
             "--n-heads 2 -o").split()
    _, said = call("import", "run.safetensors", *known, "own.h5")
    parts = {name: (loss[f"train_{name}_accuracy"] * 72 + loss[f"test_{name}_accuracy"] * 49)
             for name in ("add", "subtract")}
    check(f"{round(sum(parts.values()))} of {2 * P * P} right: "
          f"add {parts['add'] / 121:.6f}, subtract {parts['subtract'] / 121:.6f}" in said,
          said)
    mine, = rows("progress", "own.h5", "--operation", "subtract",
                 "--columns", "all_loss,all_accuracy")
    own, = rows("progress", "run", "--operation", "subtract",
                "--columns", "all_loss,all_accuracy")
    check(close(mine["all_loss"], own["all_loss"]), "it answers as before")
    _, said = call("import", "run.safetensors", "--operation", "add,substract",
                   "-o", "no.h5", code=2)
    check("did you mean 'subtract'?" in said, said)


def wrong_lists_are_refused():
    for wrong, message in ((["add,add", "a op b ="], "operation: 'add' stands twice"),
                           (["add,subtract", "a b ="], "no token that tells which")):
        _, said = call("train", "--operation", wrong[0], "--layout", wrong[1],
                       "--out", "none", code=2)
        check(message in said, said)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    call("train", *RUN, "200", "--out", "run")
    by_operation = the_history_has_each_operation()
    programs_look_at_the_chosen_operation(by_operation)
    rows_of_inputs_name_the_operation()
    a_stopped_run_goes_on_as_one_that_was_not()
    a_network_of_another_program_is_brought_in(by_operation)
    wrong_lists_are_refused()
