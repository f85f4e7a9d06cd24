"""What recipes say of themselves, and whether stored results bear it out.

A recipe's header is its first comment lines: a title, then labelled lines

    # topic: sparse parity
    # paper: …            # figure: …            # expected: …            # measured: …

each of which goes on where the next line begins with "#   ". A recipe with a finding
also says, before it is run, what is to be run and what would bear the finding out:

    # seeds: 0 1 2 3 4
    # vary: weight_decay = 0.001 0.01          a grid of arms (one line for each option)
    # vary: d_model+d_mlp = 16+64 32+128       several options that change together
    # also: --init-from {runs}/plain/{seed}    options that all of the grid have
    # arm: plain = --weight-decay 0            or arms by name, with their options, before
    #                                          the grid where there are both
    # prepare: ticket = grokscope-prune {runs}/dense/{seed} -o {prepared}
    # arm: ticket = --init-from {prepared} --projections mask
    # statistic: solved = first test_accuracy >= 0.95
    # statistic: late = first test_loss <= 1 after 1000
    # statistic: loss = last test_loss      also max and min; A|B: which of them is there
    # statistic: ffd = grokscope-fourier {run} --long=tensor @ ffd where tensor=embed.W_E
    # statistic: best = grokscope-groups {run} --long=coset @ max share where side=left
    # claim: decay helps: solved of weight_decay=0.01 < solved of weight_decay=0.001;
    #     published ratio 11
    # claim: delay: solved of weight_decay=0.001 in 11000..100000; published 34000
    # claim: exponent: slope of solved by n**k in 0.6..1.7; published 1
    # published: p = 3 1 1; 3 3 1              a number of each arm of a grid whose rows
    #                                          are its first option; claims know it as p
    # mistaken: decay helps = …                what is often said, and the claim, by its
    #                                          name, that is against it

Arms are run in the order in which they stand, so that one may begin with what another
left: {runs}/ARM/{seed} is the folder of its run. What a program has to make of that
first is said by `prepare`, with the name of the arm that it is for: the command is run
once for each seed before the arm is trained, and writes the file {prepared}.

What is first reached never is infinitely late (censored), and counts as that.

A statistic of an arm is the median over its seeds. Intervals are those between order
statistics that hold the median with a probability of at least 95 %; of five seeds,
whose smallest and largest hold it with 93.75 %, these.

    A < B          the ratio B / A of each seed. It holds where the whole interval is
                   above 1: then it is reproduced (with a published ratio: within a
                   factor of three of it), else in ordering. Otherwise not reproduced.
                   An arm "ema *" is a pattern: of the arms with such names it is the
                   one whose median is lowest, so that each side has its best setting.
    A in L..H      reproduced where the median lies there; of "mean A" the mean, over
                   all arms that a pattern A matches, whose interval is 1.96 standard
                   errors wide to each side.
    A over B in L..H
                   the same of the ratio A / B of each seed; B is an arm, or another
                   statistic "of" one.
    share of E among F in L..H
                   the share of runs of which the condition E holds, among those of which
                   F does (without it: all), of all seeds together, with Wilson's interval
                   of 95 %. Conditions are of statistics and of what was varied, as
                   "loss < 0.1 and p == 59"; a run that lacks one of them is not counted.
    slope of A by X in L..H
                   the least-squares slope of log A over log X of each seed, over arms
                   that differ in X alone. Reproduced where the median lies there and
                   the interval has one sign, which is in ordering for itself.
    growth of A by X in L..H
                   the same of log A over X itself, as the factor that A takes when X
                   rises by 1; the interval lies on one side of 1.
    midpoint of A by X in L..H
                   the X where the sigmoid 1 / (1 + (X / X_half)^-s) that fits A best is
                   1/2, among the X that were run, over arms that differ in X alone; of several groups
                   of such arms the geometric mean. Reproduced where the median lies there.
    midpoint of A by X of P in L..H
                   the same over the arms by name that the pattern P matches, as
                   "scratch *", whose X is what their options say. "of P over Q": the
                   midpoint of P over that of Q, seed by seed.
    spread of A by X in L..H
                   the largest of the groups' midpoints over the smallest: 1 where all
                   curves are one.
"""

import csv
import fnmatch
import math
import os
import re
import shlex

FOLDER = os.path.dirname(os.path.abspath(__file__))
LABELS = ["topic", "paper", "figure", "expected", "measured", "seeds", "vary", "also",
          "arm", "prepare", "published", "statistic", "claim", "mistaken"]
REQUIRED = LABELS[:5]
VERDICTS = ["reproduced", "in ordering", "not reproduced", "begun"]


# ---- Headers ----


def recipe_path(name):
    return name if os.path.sep in name else os.path.join(FOLDER, name + ".recipe")


def recipe_names():
    return sorted(f[:-7] for f in os.listdir(FOLDER) if f.endswith(".recipe"))


def header_lines(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                return
            yield line[1:].rstrip("\n")


def read_header(name):
    """{"title": …, label: [text, …], "notes": [line, …]} of a recipe; notes are the lines
    without a label."""
    lines = list(header_lines(recipe_path(name)))
    header = {"title": lines[0].strip() if lines else "", "notes": []}
    label = None
    for line in lines[1:]:
        words = re.match(r" (\w+): (.*)", line)
        if words and words[1] in LABELS:
            label = words[1]
            header.setdefault(label, []).append(words[2].strip())
        elif label and line.startswith("   ") and line.strip():
            header[label][-1] += " " + line.strip()
        else:
            label = None
            header["notes"].append(line.strip())
    return header


# ---- Findings ----


class Arm:
    """Runs that differ only in their seed: a name, options, and what was varied."""

    def __init__(self, name, options, values):
        self.name, self.options, self.values = name, options, values
        self.published = {}

    def varied(self, names, values):
        """The same with these options besides."""
        pairs = list(zip(names, values))
        words = [word for name, value in pairs
                 for word in ("--" + name.replace("_", "-"), value)]
        told = " ".join("%s=%s" % pair for pair in pairs)
        return Arm((self.name + " " + told).strip(), self.options + words,
                   {**self.values, **dict(pairs)})

    def option(self, name):
        """The value that its options give one of them."""
        word = "--" + name.replace("_", "-")
        if word not in self.options:
            raise ValueError("arm '%s': no option %s" % (self.name, word))
        return self.options[self.options.index(word) + 1]


def grid(lines, also=()):
    """The arms of all combinations of `option = values` lines; none of no lines."""
    arms = [Arm("", list(also), {})] if lines else []
    for line in lines:
        options, values = (part.strip() for part in line.split("="))
        options = options.split("+")
        arms = [arm.varied(options, value.split("+") if options[1:] else [value])
                for arm in arms for value in values.split()]
    return arms


def published_numbers(arms, line):
    """Of `name = 1 2; 3 4`: the next number for each arm of a grid."""
    name, rows = part_in_two(line)
    numbers = rows.replace(";", " ").split()
    varied = [arm for arm in arms if arm.values]
    if len(numbers) != len(varied):
        raise ValueError("published '%s': %d numbers for %d arms of the grid" %
                         (name, len(numbers), len(varied)))
    for arm, number_of_it in zip(varied, numbers):
        arm.published[name] = float(number_of_it)


def named_arm(line):
    name, _, options = line.partition("=")
    return Arm(name.strip(), shlex.split(options), {})


def part_in_two(line):
    """`name = text`"""
    name, _, text = line.partition("=")
    return name.strip(), text.strip()


class Finding:
    """What a recipe runs and claims; None of `of` where it claims nothing."""

    def __init__(self, name, header):
        self.name, self.header = name, header
        self.seeds = [int(s) for s in header.get("seeds", ["0"])[0].split()]
        self.arms = [named_arm(line) for line in header.get("arm", [])]
        self.arms += grid(header.get("vary", []), " ".join(header.get("also", [])).split())
        for line in header.get("published", []):
            published_numbers(self.arms, line)
        self.prepared = dict(part_in_two(line) for line in header.get("prepare", []))
        for name in self.prepared.keys() - {arm.name for arm in self.arms}:
            raise ValueError("prepare '%s': no arm has this name" % name)
        self.statistics = [part_in_two(line) for line in header.get("statistic", [])]
        self.claims = [Claim(line) for line in header["claim"]]
        self.mistaken = [part_in_two(line) for line in header.get("mistaken", [])]
        for name, _ in self.mistaken:
            if name not in [claim.name for claim in self.claims]:
                raise ValueError("mistaken '%s': no claim has this name" % name)

    @staticmethod
    def of(name):
        header = read_header(name)
        return Finding(name, header) if "claim" in header else None


# ---- Results ----


def results_path(name):
    return os.path.join(FOLDER, "results", os.path.basename(name) + ".tsv")


def stored_rows(path):
    """{(arm, seed): {column: text}}; none where there is no file."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", newline="") as file:
        return {(row["arm"], int(row["seed"])): row
                for row in csv.DictReader(file, delimiter="\t")}


def read_results(path):
    """{(arm, seed): {column: number}}"""
    return {key: {k: float(v) for k, v in row.items() if k not in ("arm", "seed")}
            for key, row in stored_rows(path).items()}


# ---- Statistics ----


def middle(values):
    """The median; of infinities too."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    low, high = ordered[half - 1], ordered[half]
    return high if low == high else (low + high) / 2


def interval(values):
    """The order statistics that hold the median with 95 % or more; of a few the ends."""
    ordered, n = sorted(values), len(values)
    rank, outside = 0, 2 / 2 ** n
    while rank + 1 < n / 2:
        outside += 2 * math.comb(n, rank + 1) / 2 ** n
        if outside > 0.05:
            break
        rank += 1
    return ordered[rank], ordered[n - 1 - rank]


def ratio(a, b):
    """b / a, where either may be infinite; 1 where both are."""
    if a == b:
        return 1.0
    return 0.0 if math.isinf(a) else math.inf if a == 0 or math.isinf(b) else b / a


def least_squares(points):
    """The slope of y over x, each group of points with a level of its own."""
    xy = xx = 0.0
    for group in points:
        mean_x = sum(x for x, _ in group) / len(group)
        mean_y = sum(y for _, y in group) / len(group)
        xy += sum((x - mean_x) * (y - mean_y) for x, y in group)
        xx += sum((x - mean_x) ** 2 for x, _ in group)
    return xy / xx if xx > 0 else math.nan


def wilson(hits, total):
    """Wilson's interval of 95 % of a share."""
    z = 1.959964
    share, scale = hits / total, 1 + z * z / total
    middle_of_it = (share + z * z / (2 * total)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total ** 2))
    return (max(0.0, middle_of_it - half) if hits > 0 else 0.0,
            min(1.0, middle_of_it + half) if hits < total else 1.0)


def compiled(condition):
    """A recipe's own condition, of names, numbers and comparisons."""
    return compile(condition, "<claim>", "eval")


def has_names(condition, known):
    return all(name in known for name in condition.co_names)


def sigmoid_half(points):
    """The x where the sigmoid of log x that is nearest to the points (x, y) is 1/2, of a
    grid of 200 places between the least and the largest x and 40 slopes."""
    low, high = math.log(min(points)[0]), math.log(max(points)[0])
    best = math.inf, 0.0
    for i in range(201):
        middle_x = low + (high - low) * i / 200
        for k in range(40):
            slope = 0.5 * 1.15 ** k
            error = sum((y - 1 / (1 + math.exp(min(slope * (middle_x - math.log(x)), 700))))
                        ** 2 for x, y in points)
            best = min(best, (error, middle_x))
    return math.exp(best[1])


def number(x):
    return "never" if math.isinf(x) else "%.3g" % x if abs(x) < 1000 else "%.0f" % x


def best_arm(finding, results, stat, name):
    """The arm that a pattern stands for, and how to tell of it; else the name and ""."""
    if "*" not in name:
        return name, ""
    medians = {arm.name: middle([results[arm.name, s][stat] for s in finding.seeds])
               for arm in finding.arms if fnmatch.fnmatchcase(arm.name, name)}
    if not medians:
        raise ValueError("%s: no arm '%s'" % (finding.name, name))
    best = min(medians, key=medians.get)
    return best, "%s %s" % (best, number(medians[best]))


# ---- Claims ----


class Claim:
    """One line of a recipe; `judge` compares it with results."""

    def __init__(self, line):
        self.name, _, rest = line.partition(":")
        terms, _, published = rest.partition("; published")
        self.published = published.strip()
        self.terms = " ".join(terms.split())
        forms = [(r"share of (.+?)(?: among (.+))? in (\S+)\.\.(\S+)$", self.judge_share),
                 (r"(slope|growth) of (\S+) by (\S+) in (\S+)\.\.(\S+)$",
                  self.judge_slope),
                 (r"(midpoint) of (\S+) by (\S+) of (.+?)(?: over (.+))? in "
                  r"(\S+)\.\.(\S+)$", self.judge_named_midpoint),
                 (r"(midpoint|spread) of (\S+) by (\S+) in (\S+)\.\.(\S+)$",
                  self.judge_midpoint),
                 (r"(\S+) of (.+) < (\S+) of (.+)$", self.judge_less),
                 (r"(\S+) of (.+) over (?:(\S+) of )?(.+) in (\S+)\.\.(\S+)$",
                  self.judge_over),
                 (r"mean (\S+) of (.+) in (\S+)\.\.(\S+)$", self.judge_mean),
                 (r"(\S+) of (.+) in (\S+)\.\.(\S+)$", self.judge_range)]
        for pattern, judge in forms:
            self.match = re.match(pattern, self.terms)
            if self.match:
                self.judge = judge
                return
        raise ValueError("claim '%s': expected 'A of ARM < B of ARM', 'A of ARM in "
                         "L..H', 'A of ARM over ARM in L..H', 'share of CONDITION in "
                         "L..H', or 'slope', 'growth', 'midpoint' or 'spread of A by X "
                         "in L..H'" % line)

    def judge_less(self, finding, results):
        """(verdict, what was measured)"""
        stat_a, arm_a, stat_b, arm_b = self.match.groups()
        arm_a, told_a = best_arm(finding, results, stat_a, arm_a)
        arm_b, told_b = best_arm(finding, results, stat_b, arm_b)
        ratios = [ratio(results[arm_a, s][stat_a], results[arm_b, s][stat_b])
                  for s in finding.seeds]
        low, high = interval(ratios)
        value = middle(ratios)
        said = "ratio %s (%s to %s)" % (number(value), number(low), number(high))
        said += "".join("; " + told for told in (told_a, told_b) if told)
        if len(ratios) < 5 or not low > 1:
            return "not reproduced", said
        expected = re.match(r"ratio (\S+)", self.published)
        near = not expected or 1 / 3 <= value / float(expected[1]) <= 3
        return ("reproduced" if near else "in ordering"), said

    def judge_mean(self, finding, results):
        stat, arm, low, high = self.match.groups()
        values = [results[a.name, s][stat] for a in finding.arms
                  if fnmatch.fnmatchcase(a.name, arm) for s in finding.seeds]
        value = sum(values) / len(values)
        squares = sum((v - value) ** 2 for v in values) / max(len(values) - 1, 1)
        error = 1.96 * math.sqrt(squares / len(values))
        said = "%s (%s to %s)" % tuple(map(number, (value, value - error, value + error)))
        inside = float(low) <= value <= float(high)
        return ("reproduced" if inside else "not reproduced"), said

    def judge_over(self, finding, results):
        stat, arm, below, other, low, high = self.match.groups()
        return self.judge_found(
            [ratio(results[other, s][below or stat], results[arm, s][stat])
             for s in finding.seeds], low, high)

    def judge_share(self, finding, results):
        condition, among, low, high = self.match.groups()
        wanted, condition = compiled(among or "True"), compiled(condition)
        hits = total = 0
        for arm in finding.arms:
            for seed in finding.seeds:
                known = {**{k: float(v) for k, v in arm.values.items()},
                         **arm.published, **results[arm.name, seed]}
                if has_names(wanted, known) and has_names(condition, known) and \
                        eval(wanted, {"__builtins__": {}}, known):
                    total += 1
                    hits += bool(eval(condition, {"__builtins__": {}}, known))
        if total == 0:
            return "not reproduced", "no such run"
        least, most = wilson(hits, total)
        said = "%s (%s to %s), %d of %d" % (number(hits / total), number(least),
                                            number(most), hits, total)
        inside = float(low) <= hits / total <= float(high)
        return ("reproduced" if inside else "not reproduced"), said

    def judge_range(self, finding, results):
        stat, arm, low, high = self.match.groups()
        values = [results[arm, s][stat] for s in finding.seeds]
        value = middle(values)
        least, most = interval(values)
        said = "%s (%s to %s)" % (number(value), number(least), number(most))
        inside = float(low) <= value <= float(high)
        return ("reproduced" if inside else "not reproduced"), said

    def slope_of_seed(self, finding, results, seed):
        kind, stat, by = self.match.groups()[:3]
        groups = {}
        for arm in finding.arms:
            if not arm.values:
                continue
            values = {k: float(v) for k, v in arm.values.items()}
            x = eval(by, {"__builtins__": {}}, values)  # n, or n**k: a recipe's own
            y = results[arm.name, seed][stat]
            other = tuple(v for k, v in arm.values.items() if not re.search(
                r"\b%s\b" % k, by))
            if y > 0 and not math.isinf(y):
                point = (math.log(x) if kind == "slope" else x, math.log(y))
                groups.setdefault(other, []).append(point)
        slope = least_squares(groups.values())
        return slope if kind == "slope" else math.exp(slope)

    def judge_slope(self, finding, results):
        kind, _, _, low, high = self.match.groups()
        slopes = [self.slope_of_seed(finding, results, s) for s in finding.seeds]
        value = middle(slopes)
        least, most = interval(slopes)
        said = "%s %.2f (%.2f to %.2f)" % (kind, value, least, most)
        none = 0 if kind == "slope" else 1  # of an x that does not matter
        above = float(low) + float(high) > 2 * none
        if not (least > none if above else most < none):
            return "not reproduced", said
        inside = float(low) <= value <= float(high)
        return ("reproduced" if inside else "in ordering"), said


    def midpoints(self, finding, results, seed):
        """Of each group of arms that differ in X alone."""
        _, stat, by = self.match.groups()[:3]
        groups = {}
        for arm in finding.arms:
            if by in arm.values:
                other = tuple(v for k, v in arm.values.items() if k != by)
                groups.setdefault(other, []).append(
                    (float(arm.values[by]), results[arm.name, seed][stat]))
        return [sigmoid_half(points) for points in groups.values()]

    def judge_midpoint(self, finding, results):
        kind, _, _, low, high = self.match.groups()
        found = []
        for seed in finding.seeds:
            x = self.midpoints(finding, results, seed)
            mean = math.exp(sum(map(math.log, x)) / len(x))
            found.append(mean if kind == "midpoint" else max(x) / min(x))
        return self.judge_found(found, low, high)

    def named_midpoint(self, finding, results, seed, pattern):
        """Over the arms by name that a pattern matches."""
        _, stat, by = self.match.groups()[:3]
        points = [(float(arm.option(by)), results[arm.name, seed][stat])
                  for arm in finding.arms if fnmatch.fnmatchcase(arm.name, pattern)]
        if len(points) < 2:
            raise ValueError("%s: %d arms '%s', expected two or more" %
                             (finding.name, len(points), pattern))
        return sigmoid_half(points)

    def judge_named_midpoint(self, finding, results):
        _, _, _, pattern, over, low, high = self.match.groups()
        found = [self.named_midpoint(finding, results, seed, pattern) /
                 (self.named_midpoint(finding, results, seed, over) if over else 1)
                 for seed in finding.seeds]
        return self.judge_found(found, low, high)

    @staticmethod
    def judge_found(found, low, high):
        """Whether the median of what was found of each seed lies in a range."""
        least, most = interval(found)
        value = middle(found)
        said = "%s (%s to %s)" % tuple(map(number, (value, least, most)))
        inside = float(low) <= value <= float(high)
        return ("reproduced" if inside else "not reproduced"), said


def judge(name):
    """[(claim, verdict, measured)] of a recipe from its stored results, and the run
    time of all; None where there are no results yet. Where only some runs are stored,
    the verdict is "begun"."""
    finding = Finding.of(name)
    if not finding or not os.path.exists(results_path(name)):
        return None
    results = read_results(results_path(name))
    wanted = [(arm.name, seed) for arm in finding.arms for seed in finding.seeds]
    seconds = sum(row["seconds"] for row in results.values())
    done = len(set(wanted) & results.keys())
    if done < len(wanted):
        said = "%d of %d runs" % (done, len(wanted))
        return [(claim, "begun", said) for claim in finding.claims], seconds
    return [(claim, *claim.judge(finding, results)) for claim in finding.claims], seconds


# ---- The table of the README ----


def duration(seconds):
    if seconds < 90:
        return "%.0f s" % seconds
    return "%.0f min" % (seconds / 60) if seconds < 5400 else "%.1f h" % (seconds / 3600)


def table_lines():
    yield "| recipe | claim | published | measured | verdict | seeds | run time |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name in recipe_names():
        judged = judge(name)
        if not judged:
            continue
        claims, seconds = judged
        seeds = len(Finding.of(name).seeds)
        for i, (claim, verdict, measured) in enumerate(claims):
            yield "| %s | %s: %s | %s | %s | %s | %s | %s |" % (
                "`%s`" % name if i == 0 else "", claim.name,
                claim.terms.replace("<", "&lt;"), claim.published, measured, verdict,
                seeds if i == 0 else "", duration(seconds) if i == 0 else "")


# ---- The same by paper ----


def paper_of(header):
    """(its number, its words): of a paper on arXiv the number is the paper's key."""
    words = re.sub(r"\s+", " ", header["paper"][0]).strip().rstrip(".")
    found = None if words.startswith("none") else re.search(
        r"arXiv (\d{4}\.\d{4,5})", words)
    return (found[1] if found else ""), words


def paper_lines():
    """A row for each paper that recipes with stored results are of, by its number."""
    papers = {}
    for name in recipe_names():
        judged = judge(name)
        if not judged:
            continue
        number_of, words = paper_of(read_header(name))
        row = papers.setdefault(number_of, {"words": "", "recipes": [], "verdicts": [],
                                            "seconds": 0.0, "runs": 0})
        # The longest words tell most: authors, title and place.
        row["words"] = max(row["words"], words, key=len)
        row["recipes"].append("`%s`" % name)
        row["verdicts"] += [verdict for _, verdict, _ in judged[0]]
        row["seconds"] += judged[1]
        row["runs"] += len(read_results(results_path(name)))
    yield "| paper | recipes | reproduced | in ordering | not reproduced | runs | run time |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for number_of in sorted(papers, key=lambda n: (n == "", n)):
        row = papers[number_of]
        yield "| %s | %s | %s | %d | %d | %s |" % (
            row["words"] if number_of else "of no paper",
            ", ".join(row["recipes"]),
            " | ".join(str(row["verdicts"].count(v)) for v in VERDICTS[:2]),
            row["verdicts"].count("not reproduced") + row["verdicts"].count("begun"),
            row["runs"], duration(row["seconds"]))


# ---- What is often said, and is not so ----


def mistaken_lines():
    """A row for each `mistaken` line of a recipe with stored results."""
    yield "| what is often said | what was measured | verdict of the claim against it | recipe |"
    yield "| --- | --- | --- | --- |"
    for name in recipe_names():
        finding = Finding.of(name)
        judged = judge(name) if finding and finding.mistaken else None
        if not judged:
            continue
        claims = {claim.name: (claim, verdict, measured)
                  for claim, verdict, measured in judged[0]}
        for claim_name, words in finding.mistaken:
            claim, verdict, measured = claims[claim_name]
            yield "| %s | %s: %s, measured %s | %s | `%s` |" % (
                words, claim.name, claim.terms.replace("<", "&lt;"), measured, verdict, name)
