"""What recipes say of themselves, and the verdicts on their findings: every recipe is
labelled, a result is judged as it should be, and the README's table is that of the
stored results.
usage: findings.py SOURCE"""

import os
import subprocess
import sys
import tempfile

source = sys.argv[1]
recipes = os.path.join(source, "train", "recipes")
sys.path.insert(0, recipes)
sys.dont_write_bytecode = True
import findings  # noqa: E402
import replicate  # noqa: E402


def fail(message):
    sys.exit("findings.py: " + message)


def expect(found, wanted, what):
    if found != wanted:
        fail("%s: found %r, expected %r" % (what, found, wanted))


# ---- Headers ----


def check_headers():
    for name in findings.recipe_names():
        header = findings.read_header(name)
        if not 0 < len(header["title"]) <= 72:
            fail("%s: a title of %d letters" % (name, len(header["title"])))
        for label in findings.REQUIRED:
            if not header.get(label):
                fail("%s: no line '# %s: '" % (name, label))


def check_list():
    program = os.path.join(os.environ["GROKSCOPE_BIN"], "grokscope-train")
    said = subprocess.run([program, "--list-recipes"], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    wanted = sorted((findings.read_header(n)["topic"][0], n,
                     findings.read_header(n)["title"]) for n in findings.recipe_names())
    rows = [tuple(line.split("\t")) for line in said.splitlines()]
    expect(rows, [("topic", "recipe", "title")] + wanted, "--list-recipes")


# ---- Verdicts ----

HEADER = """# A title
#
# topic: t
# seeds: 0 1 2 3 4
# vary: n = 10 20
# vary: k = 2 3
# statistic: solved = first test_accuracy >= 0.95
"""


def judged(claim, value):
    """The verdict of a claim where solved is value(n, k, seed), and half the half."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.recipe")
        with open(path, "w") as file:
            file.write(HEADER + "# claim: " + claim + "\n\np = 5\n")
        finding = findings.Finding.of(path)
        results = {}
        for arm in finding.arms:
            for seed in finding.seeds:
                solved = value(int(arm.values["n"]), int(arm.values["k"]), seed)
                results[arm.name, seed] = {"solved": solved, "half": solved / 2}
        return finding.claims[0].judge(finding, results)


def check_verdicts():
    never = float("inf")
    power = lambda n, k, seed: (1 + seed) * float(n) ** (0.8 * k)
    expect([a.name for a in findings.grid(["n = 1 2", "k = 3"])],
           ["n=1 k=3", "n=2 k=3"], "a grid")
    expect(judged("e: slope of solved by n**k in 0.7..0.9", power),
           ("reproduced", "slope 0.80 (0.80 to 0.80)"), "an exact power")
    expect(judged("e: slope of solved by n in 0.1..0.2", power)[0], "in ordering",
           "a slope of the right sign")
    expect(judged("e: slope of solved by n in -3..-1", power)[0], "not reproduced",
           "a slope of the wrong sign")
    falls = lambda n, k, seed: (1 + seed) * 0.7 ** n
    expect(judged("g: growth of solved by n in 0.6..0.8", falls),
           ("reproduced", "growth 0.70 (0.70 to 0.70)"), "an exact growth")
    expect(judged("g: growth of solved by n in 1.1..1.5", falls)[0], "not reproduced",
           "a growth to the other side")
    less = "l: solved of n=10 k=2 < solved of n=20 k=2"
    expect(judged(less, power), ("reproduced", "ratio 3.03 (3.03 to 3.03)"), "a ratio")
    expect(judged(less + "; published ratio 20", power)[0], "in ordering",
           "a ratio that is far from the published one")
    expect(judged(less, lambda n, k, seed: never if n == 20 else 5)[1],
           "ratio never (never to never)", "censored runs")
    expect(judged(less, lambda n, k, seed: 9 if seed == 3 else n)[0],
           "not reproduced", "four of five seeds")
    expect(judged("b: solved of n=* k=2 < solved of n=* k=3", lambda n, k, seed: n * k),
           ("reproduced", "ratio 1.5 (1.5 to 1.5); n=10 k=2 20; n=10 k=3 30"),
           "the best of several arms")
    expect(judged("r: solved of n=10 k=2 in 100..200", lambda n, k, seed: 90 + 10 * seed),
           ("reproduced", "110 (90 to 130)"), "a range")
    curve = lambda n, k, seed: 1 / (1 + (float(n) / (10 + seed) / (k - 1)) ** -5)
    expect(judged("d: midpoint of solved by n in 10..30", curve),
           ("reproduced", "15.4 (14.1 to 16.7)"), "the middle of two curves")
    expect(judged("d: spread of solved by n in 1..1.1", curve)[0], "not reproduced",
           "curves of which one is shifted")
    expect(judged("d: spread of solved by n in 1..1.1", lambda n, k, seed: n / 30),
           ("reproduced", "1 (1 to 1)"), "two curves that are one")
    expect([a.values for a in findings.grid(["n+k = 1+2 3+4", "op = a+b"])],
           [{"n": "1", "k": "2", "op": "a+b"}, {"n": "3", "k": "4", "op": "a+b"}],
           "options that change together, and a value with a plus")
    sized = lambda n, k, seed: n * k + seed
    expect(judged("o: solved of n=20 k=2 over n=10 k=2 in 1.5..2", sized),
           ("reproduced", "1.91 (1.83 to 2)"), "a ratio of two arms")
    expect(judged("o: solved of n=20 k=2 over n=10 k=2 in 3..9", sized)[0],
           "not reproduced", "a ratio of another size")
    expect(judged("o: solved of n=20 k=2 over half of n=10 k=2 in 3..4", sized),
           ("reproduced", "3.82 (3.67 to 4)"), "a ratio of two statistics")
    expect(judged("s: share of solved > 31 and solved < 60 among n == 20 in 0.5..1", sized),
           ("reproduced", "0.5 (0.237 to 0.763), 5 of 10"), "a share of those with a condition")
    expect(judged("s: share of solved > 31 in 0.7..1", sized)[0], "not reproduced",
           "a share of all")
    expect(judged("s: share of solved > 31 among n == 5 in 0..1", sized),
           ("not reproduced", "no such run"), "a share of none")
    expect(judged("s: share of solved > p in 0.4..0.6\n# published: p = 0 0; 99 99", sized),
           ("reproduced", "0.5 (0.299 to 0.701), 10 of 20"), "a number of each arm")
    expect(judged("m: mean solved of n=* in 0..99", lambda n, k, seed: n + k),
           ("reproduced", "17.5 (15.2 to 19.8)"), "the mean of several arms")
    expect(judged("m: mean solved of n=10 k=2 in 0.5..1", lambda n, k, seed: seed < 4),
           ("reproduced", "0.8 (0.408 to 1.19)"), "a share of seeds")
    expect(judged("r: solved of n=10 k=2 in 100..200",
                  lambda n, k, seed: never if seed > 1 else 150)[0], "not reproduced",
           "most runs censored")


NAMED = """# A title
#
# seeds: 0 1 2
# arm: from zero 10 = --n 10 --steps 5
# arm: from zero 20 = --n 20 --steps 5
# arm: from zero 40 = --n 40 --steps 5
# arm: again 5 = --n 5
# arm: again 10 = --n 10
# arm: again 20 = --n 20
# vary: n = 100 200
# statistic: solved = last test_accuracy
"""


def check_named_midpoints():
    def judge(claim, name="n"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.recipe")
            with open(path, "w") as file:
                file.write(NAMED + "# claim: " + claim + "\n\np = 5\n")
            finding = findings.Finding.of(path)
        curve = lambda n, half: 1 / (1 + (n / half) ** -5)
        results = {(arm.name, seed): {"solved": curve(
            float(arm.option("n")), (10 + seed) * (2 if "zero" in arm.name else 1))}
            for arm in finding.arms for seed in finding.seeds}
        return finding.claims[0].judge(finding, results)
    expect(judge("z: midpoint of solved by n of from zero * in 20..30"),
           ("reproduced", "21.9 (20 to 23.8)"), "the middle of arms by name")
    expect(judge("a: midpoint of solved by n of again * in 20..30"),
           ("not reproduced", "10.9 (10 to 11.9)"), "the middle of other arms")
    expect(judge("r: midpoint of solved by n of from zero * over again * in 1.5..3"),
           ("reproduced", "2 (2 to 2)"), "one middle over another")
    for claim, message in (
            ("x: midpoint of solved by n of none * in 1..2",
             "0 arms 'none *', expected two or more"),
            ("x: midpoint of solved by steps of again * in 1..2",
             "arm 'again 5': no option --steps")):
        try:
            judge(claim)
        except ValueError as error:
            expect(str(error)[-len(message):], message, "the message")
        else:
            fail("passes: " + claim)


def check_interval():
    values = [float(i) for i in range(1, 21)]
    expect(findings.interval(values), (6.0, 15.0), "the interval of 20 values")
    expect(findings.interval(values[:5]), (1.0, 5.0), "the interval of 5 values")


# ---- Seeds ----


def check_seeds():
    with tempfile.TemporaryDirectory() as folder:
        wanted = {"task = parity\narchitecture = mlp\n": ["--seed", "3", "--data-seed", "3"]}
        for text, options in wanted.items():
            path = os.path.join(folder, "x.recipe")
            with open(path, "w") as file:
                file.write(text)
            expect(replicate.seed_options(path, 3), options, "seeds of " + text)


# ---- Arms that begin with what a program makes ----

PREPARED = """# A title
#
# topic: t
# seeds: 3
# prepare: half = grokscope-prune {runs}/whole/{seed} -o {prepared} --keep 0.5
# arm: whole = --steps 20
# arm: half = --steps 10 --init-from {prepared} --projections mask
# statistic: loss = last train_loss
# claim: c: loss of whole < loss of half

p = 5
d_model = 8
n_heads = 1
d_mlp = 8
checkpoints = linear:20
log_every = 10
"""


def check_prepare():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.recipe")
        with open(path, "w") as file:
            file.write(PREPARED)
        finding = findings.Finding.of(path)
        expect([replicate.train(finding, arm, 3, folder)[1] for arm in finding.arms],
               ["20", "10"], "last steps of two arms")
        made = os.path.join(folder, "half", "3.h5")
        expect(os.path.exists(made), True, "a prepared file")
        before = os.stat(made).st_mtime_ns
        replicate.train(finding, finding.arms[1], 3, folder)
        expect(os.stat(made).st_mtime_ns, before, "a file that is prepared twice")
        with open(path, "w") as file:
            file.write(PREPARED.replace("# arm: half", "# arm: other"))
        try:
            findings.Finding.of(path)
        except ValueError as error:
            expect(str(error), "prepare 'half': no arm has this name", "the message")
        else:
            fail("what is prepared for no arm passes")


# ---- Results that come one by one ----

TWO_SEEDS = PREPARED.replace("# seeds: 3", "# seeds: 3 4").replace(
    "# arm: half = --steps 10 --init-from {prepared} --projections mask",
    "# arm: half = --steps 10").replace(
    "# prepare: half = grokscope-prune {runs}/whole/{seed} -o {prepared} --keep 0.5\n", "")


def check_partial():
    where = findings.results_path
    with tempfile.TemporaryDirectory() as folder:
        findings.results_path = lambda name: os.path.join(folder, "x.tsv")
        path = os.path.join(folder, "x.recipe")
        with open(path, "w") as file:
            file.write(TWO_SEEDS)
        finding = findings.Finding.of(path)
        expect(replicate.stands_alone(finding), True, "arms of which none needs another")
        expect(findings.judge(path), None, "what nothing is stored of")
        replicate.run(path, os.path.join(folder, "runs"), 2)
        expect([v for _, v, _ in findings.judge(path)[0]] != ["begun"], True, "all runs")
        rows = findings.stored_rows(findings.results_path(path))
        kept = {**rows["whole", 3], "loss": "0.125"}
        replicate.store(findings.results_path(path), [kept])
        expect([(v, m) for _, v, m in findings.judge(path)[0]], [("begun", "1 of 4 runs")],
               "one of four runs")
        replicate.run(path, os.path.join(folder, "runs"), 2)
        again = findings.stored_rows(findings.results_path(path))
        expect(list(again), list(rows), "arms and seeds in their order")
        expect(again["whole", 3]["loss"], "0.125", "a stored result, which is not made again")
        expect(again["half", 4]["loss"], rows["half", 4]["loss"], "one that is")
        with open(path, "w") as file:
            file.write(TWO_SEEDS + "weight_decay = 0.5\n")
        expect(replicate.stored(findings.Finding.of(path)), {}, "results of other settings")
        with open(path, "w") as file:
            file.write(PREPARED)
        expect(replicate.stands_alone(findings.Finding.of(path)), False,
               "an arm that begins with another's weights")
    findings.results_path = where


def check_mistaken():
    """A line of what is often said names a claim of its recipe."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.recipe")
        text = "# X\n#\n# claim: it rises: test of a in 0..1\n# mistaken: it %s = it does not\n"
        with open(path, "w") as file:
            file.write(text % "rises")
        expect(findings.Finding.of(path).mistaken, [("it rises", "it does not")],
               "what is often said")
        with open(path, "w") as file:
            file.write(text % "falls")
        try:
            findings.Finding.of(path)
            said = "nothing"
        except ValueError as error:
            said = str(error)
        expect(said, "mistaken 'it falls': no claim has this name", "an unknown claim")


# ---- The page ----


def check_table(what, option, made):
    with open(os.path.join(recipes, "README.md"), encoding="utf-8") as file:
        page = file.read()
    begin = page.index("<!-- %s -->\n" % what) + len("<!-- %s -->\n" % what)
    found = page[begin:page.index("<!-- end of %s -->" % what)].strip("\n").splitlines()
    for i, line in enumerate(made):
        expect(found[i:i + 1], [line], "README.md: line %d of the %s (replicate.py %s)" %
               (i + 1, what, option))
    expect(len(found), len(made), "README.md: lines of the %s" % what)


check_headers()
check_list()
check_verdicts()
check_named_midpoints()
check_interval()
check_seeds()
check_prepare()
check_partial()
check_mistaken()
check_table("papers", "--papers", list(findings.paper_lines()))
check_table("mistaken", "--mistaken", list(findings.mistaken_lines()))
check_table("findings", "--table", list(findings.table_lines()))
