"""Every program on a run of every kind of task: it answers about that task, or refuses it by
name and says why. A few steps each, of small moduli.

usage: facets.py, with GROKSCOPE_BIN set
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BIN = pathlib.Path(os.environ["GROKSCOPE_BIN"])
SMALL = "--d-model 8 --n-heads 2 --d-mlp 12 --train-fraction 0.6"
STEPS = "--steps 2 --checkpoints linear:1 --log-every 1"
EMBEDS = f"--layout 'a b' --architecture chughtai_mlp --d-model 8 --d-mlp 8 --train-fraction .6"

# Elements that are residues; 5 of them or more.
RESIDUES = {
    "add5": f"--p 5 {SMALL}",
    "subtract7": f"--operation subtract --p 7 {SMALL}",
    "multiply7": f"--operation multiply --p 7 {SMALL}",
    "divide7": f"--operation divide --p 7 {SMALL}",
    "squares7": f"--operation quad1 --p 7 {SMALL}",
    "equation7": f"--layout 'eos a op b = c' --loss-positions all --p 7 {SMALL}",
    "C6": f"--operation compose --group C6 {SMALL}",
}
SUMS = {"add5", "multiply7", "equation7", "C6"}
DIFFERENCES = {"subtract7", "divide7"}
FEW = {
    "add2": f"--p 2 {SMALL}",
    "add3": f"--p 3 {SMALL}",
    "add4": f"--p 4 {SMALL}",
    "multiply2": f"--operation multiply --p 2 {SMALL}",
    "multiply3": f"--operation multiply --p 3 {SMALL}",
    "multiply5": f"--operation multiply --p 5 {SMALL}",
}
COUNT = {"add2": 2, "add3": 3, "add4": 4, "multiply2": 1, "multiply3": 2, "multiply5": 4}
# Elements that are none: neither what is not abelian, nor what is numbered otherwise.
GROUPS = {
    "S3": f"--operation compose --group S3 {SMALL}",
    "D5": f"--operation compose --group D5 {EMBEDS}",
    "C2xC3": f"--operation compose --group C2xC3 {SMALL}",
    "conjugates": f"--operation conjugate --group S3 {SMALL}",
}
WORDS = "--attn-only yes --d-model 8 --n-heads 2 --train-samples 20 --test-samples 20"
OTHERS = {
    "parity": "--task parity --architecture mlp",
    "digits": "digits --d-model 8 --n-heads 2 --d-mlp 8",
    "teacher": "teacher-student",
    "toy": "liu-toy",
    "repeats": f"--task repeats --seq-len 9 --subseq-len 2 --num-repeats 2 {WORDS}",
    "trigram": f"--task skip_trigram --seq-len 8 {WORDS}",
    "permutation": "liu-permutation --stop-when ''",
}
MEASURES = ["ablate", "clockpizza", "efficiency", "fourier", "groups", "norms",
            "progress", "pruning", "rqi"]
LEAST = {"ablate": 2, "clockpizza": 5, "efficiency": 2, "fourier": 2, "groups": 2,
         "progress": 2, "pruning": 2, "rqi": 4}
ROWS = {
    "ablate": ["", "--drop pc=1", "--drop neurons=0-3", "--drop tensor=embed.W_E"],
    "efficiency": [""],
    "fourier": ["", "--long", "--long=tensor", "--long=neuron", "--long=pair",
                "--key-rule energy"],
}
OF_FREQUENCIES = ["--drop circle=1", "--drop neurons=freq:1", "--long --drop pc=1"]
asked = 0


def ask(line):
    global asked
    asked += 1
    return subprocess.run(f"'{BIN}'/grokscope-{line}", shell=True, text=True,
                          capture_output=True, timeout=120)


def answers(line, unknown=()):
    """It prints a table; only the named columns may have cells that are not known."""
    got = ask(line)
    assert got.returncode == 0, (line, got.returncode, got.stderr)
    names, *rows = [row.split("\t") for row in got.stdout.splitlines()]
    for row in rows:
        for name, cell in zip(names, row):
            assert "inf" != cell.strip("-"), (line, name, cell)
            assert "nan" != cell.strip("-") or name in unknown, (line, name, cell)
    return names, rows


def refuses(line, *says):
    got = ask(line)
    assert got.returncode == 2, (line, got.returncode, got.stdout, got.stderr)
    assert not got.stdout, (line, got.stdout)
    for text in says:
        assert text in got.stderr, (line, text, got.stderr)


def column(table, name):
    return [row[table[0].index(name)] for row in table[1]]


def of_sums(run, measure):
    """Which operations of residues a measure takes."""
    if measure == "clockpizza":
        return run in SUMS
    if measure in ["efficiency", "progress"]:
        return run in SUMS | DIFFERENCES
    return run in SUMS if measure == "groups" else True


# Cells that are not known in such a run: of one checkpoint there is none before it; of
# networks without a plane, no circularity; of biases, no singular values.
UNKNOWN = {
    "norms": ["distance_from_before", "cosine_of_step", "spectral_norm", "nuclear_norm",
              "erank_s", "erank_s2", "stable_rank", "participation_ratio",
              "spectral_entropy"],
    "clockpizza": ["plane_circularity", "converged", "disc_share", "torus_share",
                   "sum_share", "phase_distance"],
    "fourier": ["ipr_in_right", "converged", "phase_misalignment", "phase_in",
                "phase_in_right", "phase_out", "misalignment",
                "frequency_concentration"],
    "efficiency": [],
    "progress": ["neuron_fve"],
    "rqi": [],
    "groups": [],
    "ablate": [f"{split}_{score}_matched{rest}" for split in ("train", "test", "all")
               for score in ("loss", "accuracy") for rest in ("", "_deviation")],
    "pruning": ["mislabelled_accuracy", "corrected_accuracy", "mislabelled_accuracy_high",
                "mislabelled_accuracy_low", "ipr"],
}


def check_residues(run, count):
    for measure in MEASURES:
        unknown = list(UNKNOWN[measure])
        if count < 4:
            unknown += ["rqi_gram", "rqi_gram_chance"] if measure == "groups" else []
        if run == "squares7":
            unknown += ["v_before", "v_after"]
        if count < LEAST.get(measure, 0):
            refuses(f"{measure} {run}", f"{measure} needs {LEAST[measure]} residues or more",
                    f"has {count}")
            continue
        if not of_sums(run, measure) and run not in COUNT:
            refuses(f"{measure} {run}", "grokscope-fourier")
            continue
        for how in ROWS.get(measure, ["", "--long"]):
            answers(f"{measure} {run} {how}", unknown)
        if measure == "ablate":
            for how in OF_FREQUENCIES:
                answers(f"{measure} {run} {how}", unknown)
            refuses(f"ablate {run} --drop circle={count}", f"has 1 to {count // 2}")


def check_groups(run):
    for measure in ["clockpizza", "efficiency", "fourier", "progress", "pruning", "rqi"]:
        refuses(f"{measure} {run}", f"{measure} asks for frequencies", "is of the group",
                "grokscope-groups tells of")
        assert ask(f"train {GROUPS[run]} {STEPS} --out measured --measure {measure}"
                   ).returncode == 2
        assert not os.path.exists("measured")
    for how in OF_FREQUENCIES:
        refuses(f"ablate {run} {how}", "are no residues and have no frequencies",
                "grokscope-groups tells of its representations")
    for how in ["", "--drop pc=1", "--drop neurons=0-3", "--keep pc=1-2"]:
        answers(f"ablate {run} {how}", UNKNOWN["ablate"])
    answers(f"norms {run}", UNKNOWN["norms"])
    if run == "conjugates":
        refuses(f"groups {run}", "composes no group", "no group: none of its 6 elements")
    else:
        answers(f"groups {run}")
    facts, rows = answers(f"embedding {run} --tensor embedding")
    assert "class" in facts and not {"phase", "frequency", "next"} & set(facts), facts
    refuses(f"embedding {run} --tensor embedding --frequency 1", "are of no residues")
    got = ask(f"compare {run}@0 {run}")
    assert got.returncode == 1 and "have no frequencies" in got.stderr, got.stderr
    refuses(f"compare {run}@0 {run} --long=frequency", "no frequencies to compare")


def check_toy(run):
    """Only sums of symbols have an effective theory."""
    if run != "toy":
        refuses(f"effective-theory {run}", "effective_theory asks for the facet symbol_sum")
        return
    checkpoint = answers("effective-theory toy --step all")
    assert float(column(checkpoint, "theory_distance")[0]) < 1e-6, checkpoint
    assert float(column(checkpoint, "start_distance")[0]) < 1e-6, checkpoint
    assert float(column(checkpoint, "start_distance")[-1]) > 0, checkpoint
    all_equations = answers("effective-theory toy --equations all --rate 0.01")
    for name in ["effective_loss", "theory_loss", "theory_distance"]:
        assert column(all_equations, name)[0] != column(checkpoint, name)[-1], name
    assert column(all_equations, "dof") == column(checkpoint, "dof")[-1:]
    symbols = answers("effective-theory toy --long")
    assert column(symbols, "symbol") == [str(i) for i in range(10)], symbols
    sizes = answers("effective-theory toy --long=size --draws 3")
    assert column(sizes, "size") == [str(i) for i in range(1, 56)], sizes
    assert column(sizes, "regular_share")[-1] == "1", sizes
    shutil.copy("toy/step-000000000.h5", "alone.h5")
    answers("effective-theory alone.h5", ["theory_loss", "theory_rqi", "theory_distance",
                                          "start_distance"])
    got = ask(f"train liu-toy {STEPS} --out online --measure effective_theory")
    assert got.returncode == 0, got.stderr
    live = answers("info online --history=effective_theory")
    for name in ["dof", "ideal_accuracy", "accuracy", "theory_distance"]:
        last = [float(x) for x in column(live, name) if x != "nan"][-1]
        assert last == float(column(answers("effective-theory online"), name)[0]), name


def check_others(run):
    check_toy(run)
    for measure in MEASURES:
        if measure == "norms":
            answers(f"norms {run}", UNKNOWN["norms"])
        elif measure == "rqi" and run == "toy":
            answers(f"rqi {run}", ["rqi_gram", "rqi_gram_chance", "rqi_gram_gaussian",
                                   "rqi_angle", "rqi_angle_gaussian"])
        else:
            refuses(f"{measure} {run}", f"{measure} asks for the facet binary_table",
                    "take every task")
    names, rows = answers(f"embedding {run} --list")
    assert "residue" not in [row[names.index("row")] for row in rows], rows
    got = ask(f"compare {run}@0 {run}")
    assert got.returncode == 1 and "nan" not in got.stderr, got.stderr


def check_induction():
    """Of tokens with positions enough for two copies of two tokens, whatever the task."""
    losses = ["early_loss", "late_loss", "in_context_score"]
    for run in ["repeats", "trigram", "digits", "equation7"]:
        answers(f"induction {run}", [] if run == "repeats" else losses)
        answers(f"induction {run} --long")
    answers("induction repeats --long=position", ["pc1", "pc2"])
    refuses("induction trigram --long=position", "tells the next token at 7 positions")
    refuses("induction add5", "n_ctx: 3 positions hold no 2 copies of 2 tokens")
    refuses("induction D5", "expected a transformer over tokens, found chughtai_mlp")
    refuses("induction parity", "expected a transformer over tokens, found mlp")


def main():
    runs = {**RESIDUES, **FEW, **GROUPS, **OTHERS}
    for run, options in runs.items():
        got = ask(f"train {options} {STEPS} --out {run}")
        assert got.returncode == 0, (run, got.stderr)
        got = ask(f"report {run} -o {run}.html")
        assert got.returncode == 0, (run, got.stderr)
    for run in RESIDUES:
        check_residues(run, {"add5": 5, "C6": 6, "multiply7": 6, "divide7": 6}.get(run, 7))
    for run, count in COUNT.items():
        check_residues(run, count)
    for run in GROUPS:
        check_groups(run)
    for run in OTHERS:
        check_others(run)
    check_induction()
    # What has one dimension and is not trivial is the sign, of C6 as of S3.
    names = {"C6": ["trivial", "freq_1", "freq_2", "sign"], "add4": ["trivial", "freq_1", "sign"],
             "add2": ["trivial", "sign"], "S3": ["trivial", "sign", "standard"]}
    for run, irreps in names.items():
        assert column(answers(f"groups {run} --long"), "irrep") == irreps, run
    assert asked > 300, asked
    print(asked)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
