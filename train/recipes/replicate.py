#!/usr/bin/env python3
"""Run what a recipe claims, and tell whether it came out.

    replicate.py NAME …        run all arms and seeds that are not done yet, store each
                               result in results/NAME.tsv, print the verdicts
    replicate.py all --small   all recipes, or all named, that take less than ten minutes
    replicate.py --list …      only the names of these
    replicate.py --verdict [NAME …]   only the verdicts of stored results
    replicate.py --table              the README's table of all stored results
    replicate.py --papers             the same, counted by paper
    replicate.py --mistaken           what is often said, and what is measured against it

What recipes claim, and how it is judged, stands in findings.py. Programs are those of
$GROKSCOPE_BIN or of the PATH.
"""

import argparse
import concurrent.futures
import csv
import hashlib
import math
import operator
import os
import shlex
import subprocess
import sys

import findings

COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def program(name):
    folder = os.environ.get("GROKSCOPE_BIN", "")
    return os.path.join(folder, name) if folder else name


def ask(command):
    """The rows of a program's table."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return list(csv.DictReader(done.stdout.splitlines(), delimiter="\t"))


# ---- A run ----


def seconds_of(folder, more):
    """What training it has taken, over all the times that it went on."""
    path = folder + ".seconds"
    with open(path, "a", encoding="utf-8") as file:
        file.write("%.3g\n" % more)
    with open(path, encoding="utf-8") as file:
        return sum(map(float, file))


def prepare(finding, arm, seed, runs, folder):
    """What the arm's options name {prepared}: made once, beside its folder."""
    path = folder + ".h5"
    if arm.name in finding.prepared and not os.path.exists(path):
        words = shlex.split(finding.prepared[arm.name])
        words = [w.format(runs=runs, seed=seed, prepared=path) for w in words]
        subprocess.run([program(words[0]), *words[1:]], check=True,
                       stdout=subprocess.DEVNULL)
    return path


def seed_options(recipe, seed):
    """The seed, also of the data where the task draws them: images lie in files."""
    config = subprocess.run([program("grokscope-train"), recipe, "--print-config"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    names = [line.split(" = ")[0] for line in config.splitlines()]
    return [word for name in ("seed", "data_seed") if name in names
            for word in ("--" + name.replace("_", "-"), str(seed))]


def beginning(options, folder):
    """Options, and --resume; a fork is one only until its run is there."""
    if "--fork" not in options:
        return [*options, "--resume"]
    if not os.path.exists(os.path.join(folder, "resume.h5")):
        return options
    at = options.index("--fork")
    return [*options[:at], *options[at + 2:], "--resume"]


def train(finding, arm, seed, runs):
    """Train it, or go on with it; its folder, its last step and its seconds."""
    folder = os.path.join(runs, arm.name.replace(" ", ","), str(seed))
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    prepared = prepare(finding, arm, seed, runs, folder)
    options = [o.format(runs=runs, seed=seed, prepared=prepared) for o in arm.options]
    recipe = findings.recipe_path(finding.name)
    summary = ask([program("grokscope-train"), recipe, "--quiet", "--threads", "1",
                   "--format", "tsv", *seed_options(recipe, seed),
                   *beginning(options, folder), "--out", folder])
    last = summary[-1]
    return folder, last["step"], seconds_of(folder, float(last["train_seconds"]))


# ---- What is asked of it ----


def of_history(folder, words):
    """first COLUMN >= X [after STEP], or last, max or min COLUMN; MEASURE.COLUMN of a
    measure, and of A|B the first column that is there."""
    table, _, columns = words[1].rpartition(".")
    history = ask([program("grokscope-info"), folder, "--history=" + (table or "loss"),
                   "--format", "tsv"])
    column = next(c for c in columns.split("|") if c in history[0])
    steps = [float(row["step"]) for row in history]
    values = [float(row[column]) for row in history]
    if words[0] == "first":
        holds = COMPARE[words[2]]
        after = float(words[5]) if words[4:5] == ["after"] else -1
        return next((step for step, value in zip(steps, values)
                     if step > after and holds(value, float(words[3]))), math.inf)
    whole = [v for v in values if not math.isnan(v)] or [math.nan]
    return {"last": lambda v: v[-1], "max": max, "min": min}[words[0]](whole)


def of_program(folder, text, arm, seed):
    """The last cell of what a program prints, or, after '@', a column of its last row,
    of the last one where other columns have a value, or its largest one ("max")."""
    command, _, chosen = text.partition(" @ ")
    words = [w.format(run=folder, arm=arm.name, seed=seed) for w in shlex.split(command)]
    rows = ask([program(words[0]), *words[1:], "--format", "tsv", "--quiet"])
    column, _, conditions = chosen.partition(" where ")
    for name, value in (c.split("=") for c in conditions.split()):
        rows = [row for row in rows if row[name] == value]
    if column.startswith("max "):
        return max(float(row[column[4:]]) for row in rows)
    return float(rows[-1][column] if column else list(rows[-1].values())[-1])


def statistics(finding, arm, seed, folder):
    for name, text in finding.statistics:
        yield name, (of_program(folder, text, arm, seed)
                     if text.startswith("grokscope-") else
                     of_history(folder, text.split()))


def settings(finding, arm, seed):
    """48 bits of the SHA-256 of what the run is asked for, all options resolved, and of
    what is asked of it: a stored result of others is none of this recipe."""
    recipe = findings.recipe_path(finding.name)
    asked = subprocess.run([program("grokscope-train"), recipe, *seed_options(recipe, seed),
                            *arm.options, "--print-config"],
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    whole = asked + "".join("%s = %s\n" % one for one in finding.statistics)
    return int(hashlib.sha256(whole.encode()).hexdigest()[:12], 16)


def result(finding, arm, seed, runs):
    folder, end, seconds = train(finding, arm, seed, runs)
    row = {"arm": arm.name, "seed": seed,
           **{name: "%.9g" % value
              for name, value in statistics(finding, arm, seed, folder)},
           "end_step": end, "seconds": "%.3g" % seconds}
    if stands_alone(finding):
        row["settings"] = settings(finding, arm, seed)
    return row


# ---- All of them ----


def store(path, rows):
    with open(path + ".new", "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    os.replace(path + ".new", path)


def stands_alone(finding):
    """Whether no arm begins with what another left, so that results may come one by one
    and those that are stored need no run."""
    words = [w for arm in finding.arms for w in arm.options] + list(finding.prepared.values())
    return not any("{runs}" in word or "{prepared}" in word for word in words)


def stored(finding):
    """The results that are there, of runs with these settings."""
    rows = findings.stored_rows(findings.results_path(finding.name))
    arms = {arm.name: arm for arm in finding.arms}
    return {(name, seed): row for (name, seed), row in rows.items()
            if name in arms and seed in finding.seeds and
            row.get("settings") == str(settings(finding, arms[name], seed))}


def run(name, out, jobs):
    """One arm after the other, as one may begin with another's weights."""
    finding = findings.Finding.of(name)
    if not finding:
        sys.exit("replicate.py: recipe %s claims nothing" % name)
    alone = stands_alone(finding)
    runs = os.path.abspath(os.path.join(out, os.path.basename(name)))
    keys = [(arm.name, seed) for arm in finding.arms for seed in finding.seeds]
    rows = stored(finding) if alone else {}
    os.makedirs(os.path.dirname(findings.results_path(name)), exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for arm in finding.arms:
            asked = {pool.submit(result, finding, arm, seed, runs): (arm.name, seed)
                     for seed in finding.seeds if (arm.name, seed) not in rows}
            for done in concurrent.futures.as_completed(asked):
                rows[asked[done]] = done.result()
                if alone or len(rows) == len(keys):
                    store(findings.results_path(name),
                          [rows[key] for key in keys if key in rows])
            print("%s: %s" % (name, arm.name), file=sys.stderr)


def print_verdicts(names):
    print("recipe\tclaim\tverdict\tmeasured\tpublished\tpaper\tseeds\tseconds")
    for name in names:
        judged = findings.judge(name)
        if not judged:
            continue
        finding = findings.Finding.of(name)
        for claim, verdict, measured in judged[0]:
            print(name, claim.name, verdict, measured, claim.published,
                  finding.header["paper"][0], len(finding.seeds), "%.0f" % judged[1],
                  sep="\t")


# What --small means: all runs of a recipe together.
LONGEST_SMALL = 600


def chosen_names(words, small):
    """The recipes that are asked for by name, or all that claim something; `small` leaves
    those whose stored results took less than ten minutes."""
    claiming = [n for n in findings.recipe_names() if findings.Finding.of(n)]
    names = claiming if words == ["all"] else words
    for name in names:
        if not os.path.exists(findings.recipe_path(name)):
            sys.exit("replicate.py: no recipe '%s'; those that claim something are %s" %
                     (name, ", ".join(claiming)))
    if not small:
        return names
    judged = {name: findings.judge(name) for name in names}
    return [name for name in names if judged[name] and judged[name][1] <= LONGEST_SMALL]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--out", default="checkpoints/findings", help="folder of runs")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--verdict", action="store_true")
    tables = {"table": findings.table_lines, "papers": findings.paper_lines,
              "mistaken": findings.mistaken_lines}
    for name in tables:
        parser.add_argument("--" + name, action="store_true")
    chosen = parser.parse_args()
    for name in filter(lambda name: getattr(chosen, name), tables):
        print("\n".join(tables[name]()))
        return
    names = chosen_names(chosen.names, chosen.small)
    if chosen.list:
        print("\n".join(names))
        return
    for name in [] if chosen.verdict else names:
        run(name, chosen.out, chosen.jobs)
    print_verdicts(names or findings.recipe_names())


if __name__ == "__main__":
    main()
