"""Kills of runs with every stage that an optimizer may have, on every task.

Each run draws a rule, a filter, a perturbation, a filter of updates, a projection, a
schedule, groups and a task with its sampler. It is killed at random moments between
its checkpoints and resumed until it ends; then the content of every checkpoint, the
last one's among them, and every table of the history equal those of a run that nobody
disturbed.

usage: kills_stages.py NUMBER|pairs [SEED]    with GROKSCOPE_BIN in the environment

NUMBER runs take each choice equally often, shuffled by the seed. `pairs` runs until
any two choices have met, which takes about 70 runs.
"""
import gzip
import itertools
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time

from kills import BIN, digests, run

STEPS, EVERY = 120, 10
COMMON = (f"--steps {STEPS} --checkpoints linear:{EVERY} --log-every 3 "
          "--measure-every 7 --weight-decay 0.1 --learning-rate 0.003").split()

RULES = ["adamw", "adam", "sgd --momentum 0.9", "muon",
         "'polar mu 0.9 scale jordan'", "'edge_popup keep 0.7' --momentum 0.9",
         "'edge_popup scores random score_rule adam train_weights yes'"]
FILTERS = ["", "grokfast_ema alpha 0.9", "grokfast_ma window 7", "orthogonal",
           "clip norm 0.1", "gradient_noise deviation 0.01",
           "gradient_noise, grokfast_ma window 25 warmup no, orthogonal, "
           "grokfast_ema normalize yes, clip"]
PERTURBATIONS = ["", "weight_noise deviation 0.02"]
UPDATE_FILTERS = ["", "update_noise deviation 0.1"]
PROJECTIONS = ["", "fixed_norm", "mask, fixed_norm"]
SCHEDULES = ["--warmup 0", "--warmup 35 --annealing linear",
             "--first-rate-zero yes --warmup 5 --annealing cosine --decay-to initial"]
GROUPS = ["", "{first}: learning_rate 0.01, weight_decay 0; *:",
          "{first}: optimizer sgd, momentum 0.5; *:"]

MLP = "--architecture mlp --hidden 12,9"
DROPOUT = "--dropout 0.2"
# What each task asks for, its first parameter, and measures that its files answer.
TASKS = [
    (f"--task parity --n 12 --online yes --batch-size 9 {MLP} {DROPOUT}", "linear1.*",
     "norms"),
    (f"--task parity --n 12 --train-samples 70 --batch-size 16 {MLP} --dtype float64",
     "linear1.*", "norms"),
    (f"--task teacher_student --d-hidden 7 --train-samples 50 {MLP}", "linear1.*",
     "norms"),
    (f"--task images --data images --train-samples 40 --batch-size 7 {MLP} {DROPOUT}",
     "linear1.*", "norms"),
    ("--task digits --digits 2 --online no --train-samples 40 --test-samples 30 "
     "--batch-size 11 --d-model 8 --n-heads 2 --d-mlp 12", "embed.*", "norms"),
    ("--task digits --digits 2 --online yes --test-samples 30 --batch-size 8 "
     f"--d-model 8 --n-heads 2 --d-mlp 12 {DROPOUT}", "embed.*", "norms"),
    ("--task symbol_sum --train-samples 45 --architecture embedding_sum --hidden 9,8 "
     f"{DROPOUT}", "embed.*", "norms,rqi"),
    ("--task permutation --architecture embedding_product --d-model 9 --hidden 9,8 "
     f"{DROPOUT}", "embed.*", "norms"),
    ("--p 7 --d-model 8 --n-heads 2 --d-mlp 12 --train-fraction 0.6", "embed.*",
     "norms,rqi,progress"),
]
CHOICES = [RULES, FILTERS, PERTURBATIONS, UPDATE_FILTERS, PROJECTIONS, SCHEDULES, GROUPS,
           TASKS]


def drawn(number, rng):
    """Every choice of a list equally often, each list shuffled by itself."""
    columns = []
    for choices in CHOICES:
        column = list(itertools.islice(itertools.cycle(choices), number))
        rng.shuffle(column)
        columns.append(column)
    return list(zip(*columns))


def pairs_of(combination):
    return set(itertools.combinations(enumerate(combination), 2))


def all_pairs(rng):
    """Combinations in which any two choices of two lists meet, by a greedy search."""
    missing = {((i, x), (j, y))
               for (i, a), (j, b) in itertools.combinations(enumerate(CHOICES), 2)
               for x in a for y in b}
    combinations = []
    while missing:
        seed = dict(rng.choice(sorted(missing)))
        candidates = [tuple(seed.get(i, rng.choice(choices))
                            for i, choices in enumerate(CHOICES)) for _ in range(100)]
        best = max(candidates, key=lambda c: len(pairs_of(c) & missing))
        combinations.append(best)
        missing -= pairs_of(best)
    return combinations


def options(combination):
    rule, filters, perturbation, update_filter, projection, schedule, groups, task = \
        combination
    task, first, measures = task
    if "edge_popup" in rule:
        update_filter = ""  # it makes no update
    arguments = COMMON + task.split() + ["--optimizer"] + shlex.split(rule)
    arguments += schedule.split() + ["--measure", measures]
    for key, value in [("filters", filters), ("perturbations", perturbation),
                       ("update-filters", update_filter), ("projections", projection),
                       ("groups", groups.format(first=first))]:
        if value:
            arguments += [f"--{key}", value]
    return arguments


def make_images(folder):
    """100 images of 4 x 4 with their labels, as IDX files."""
    rng = random.Random(1)
    os.mkdir(folder)
    for name, header, length in [
            ("images-idx3", [0, 0, 8, 3, 0, 0, 0, 100, 0, 0, 0, 4, 0, 0, 0, 4], 1600),
            ("labels-idx1", [0, 0, 8, 1, 0, 0, 0, 100], 100)]:
        most = 255 if "images" in name else 9
        with gzip.open(f"{folder}/t10k-{name}-ubyte.gz", "wb") as file:
            file.write(bytes(header + [rng.randint(0, most) for _ in range(length)]))


def num_steps(folder):
    if not os.path.isdir(folder):
        return 0
    return sum(name.startswith("step-") for name in os.listdir(folder))


def killed_at(arguments, folder, files, delay):
    """Kill the run once there are so many checkpoints, `delay` seconds later; False
    where it ended before."""
    process = subprocess.Popen([f"{BIN}/grokscope-train", *arguments, "--out", folder,
                                "--resume"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None and num_steps(folder) < files:
        time.sleep(0.0005)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    message = process.communicate()[1].decode()
    if process.returncode not in (0, -signal.SIGKILL):
        sys.exit(f"{' '.join(arguments)}: exit {process.returncode}: {message}")
    return process.returncode != 0


def history(folder, measures):
    return [run("grokscope-info", folder, f"--history={name}").replace(folder, "")
            for name in ["loss", *measures.split(",")]]


def checked(folder):
    """What a check says of all files; a way that some stages make may look odd to it."""
    return run("grokscope-info", folder, "--check", "--step", "all",
               check=False).replace(folder, "")


def check(number, combination, rng, folder):
    """Kill one run, resume it to its end, compare; returns the number of kills."""
    recipe = f"{folder}/plain.recipe"  # a run that is resumed too early needs one
    with open(recipe, "w") as file:
        file.write("seed = 0\n")
    arguments = [recipe, *options(combination)]
    whole, killed = f"{folder}/whole{number}", f"{folder}/killed{number}"
    threads = [1, 2] if rng.random() < 0.5 else [2, 1]
    run("grokscope-train", *arguments, "--threads", str(threads[0]), "--out", whole)
    kills = files = 0
    while files < STEPS // EVERY:
        files += rng.randint(1, STEPS // EVERY // 2)
        kills += killed_at(arguments + ["--threads", str(rng.choice(threads))], killed,
                           files, rng.uniform(0, 0.004))
    run("grokscope-train", *arguments, "--threads", str(threads[1]), "--out", killed,
        "--resume")
    if checked(killed) != checked(whole):
        sys.exit(f"another check than undisturbed: {' '.join(arguments)}")
    if digests(killed) != digests(whole):
        sys.exit(f"another content than undisturbed: {' '.join(arguments)}")
    measures = combination[-1][2]
    if history(killed, measures) != history(whole, measures):
        sys.exit(f"another history than undisturbed: {' '.join(arguments)}")
    return kills


def main(number, seed):
    rng = random.Random(seed)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_images("images")
        combinations = all_pairs(rng) if number == "pairs" else drawn(int(number), rng)
        kills = 0
        for i, combination in enumerate(combinations):
            kills += check(i, combination, rng, folder)
        if kills < len(combinations):
            sys.exit(f"{kills} kills of {len(combinations)} runs: too few to tell")
        print(f"{len(combinations)} runs, {kills} kills while they trained, each ended "
              "as the undisturbed one")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6))
