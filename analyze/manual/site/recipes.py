"""The recipes as pages, the survey of their findings, and the papers they are of.

train/recipes/findings.py reads what a recipe says of itself. Verdicts are those of the
table in train/recipes/README.md, which it makes of the stored results: judging them anew
takes many seconds, and the test cli_findings compares the table with the results.
"""

import collections
import html
import os
import re
import sys

import findings
from pages import ARXIV, SiteError, code_block, escape, link, with_arxiv_links

MARKS = {"reproduced": "✓", "in ordering": "≈", "not reproduced": "✗", "begun": "…"}


class Row:
    """A claim and what came of it."""

    def __init__(self, cells):
        self.claim, self.terms = html.unescape(cells[1]).split(": ", 1)
        self.published, self.measured, self.verdict = cells[2:5]


class Recipe:
    def __init__(self, name):
        self.name = name
        self.path = "recipes/%s.html" % name
        self.header = findings.read_header(name)
        self.topic = self.header["topic"][0]
        self.finding = findings.Finding.of(name)
        self.rows, self.time, self.num_runs = [], "", 0
        if os.path.exists(findings.results_path(name)):
            self.num_runs = len(findings.stored_rows(findings.results_path(name)))

    def count(self, verdict):
        return sum(row.verdict == verdict for row in self.rows)


def part_between(text, begin, end):
    """(before, between, after) of two comments of the README."""
    before, found, rest = text.partition("<!-- %s -->" % begin)
    between, closed, after = rest.partition("<!-- %s -->" % end)
    if not found or not closed:
        raise SiteError("train/recipes/README.md: no '<!-- %s -->' … '<!-- %s -->'" %
                        (begin, end))
    return before, between, after


def told_recipes():
    """The names of the recipes that say what they are of. One's own, put beside the
    others, need not, and are no reason for a build to fail."""
    for name in findings.recipe_names():
        header = findings.read_header(name)
        lacking = [label for label in findings.REQUIRED if label not in header]
        if lacking:
            print("site: train/recipes/%s.recipe is left out: its header has no '# %s:'" %
                  (name, lacking[0]), file=sys.stderr)
        else:
            yield name


class Survey:
    """All recipes, by name, with what the README's table says of them."""

    def __init__(self, readme):
        self.recipes = {name: Recipe(name) for name in told_recipes()}
        _, self.papers_table, _ = part_between(readme, "papers", "end of papers")
        _, self.mistaken_table, _ = part_between(readme, "mistaken", "end of mistaken")
        # The README on the site has the counts; the claims have a page of their own.
        before, table, after = part_between(readme, "findings", "end of findings")
        self.readme = before + "they stand in [the survey, reproduced](#survey).\n" + after
        self.read_rows(table)
        # Results of one's own are no reason for a build to fail.
        for recipe in self.recipes.values():
            if recipe.num_runs and not recipe.rows:
                print("site: %s has results, and train/recipes/README.md no verdict: see "
                      "replicate.py --table" % recipe.name, file=sys.stderr)

    def read_rows(self, table):
        recipe = None
        for line in table.strip().splitlines()[2:]:
            cells = line[2:-2].split(" | ")
            if len(cells) != 7:
                raise SiteError("train/recipes/README.md: %d cells, expected 7: %s" %
                                (len(cells), line))
            if cells[0]:
                recipe = self.recipes[cells[0].strip("`")]
                recipe.time = cells[6].strip()
            recipe.rows.append(Row(cells))

    def by_topic(self):
        topics = collections.defaultdict(list)
        for recipe in self.recipes.values():
            topics[recipe.topic].append(recipe)
        return sorted(topics.items())

    def count(self, verdict):
        return sum(r.count(verdict) for r in self.recipes.values())


# ---- Pieces of HTML ----


def verdict(word):
    return '<span class="verdict %s"><span aria-hidden="true">%s</span> %s</span>' % (
        word.replace(" ", "-"), MARKS[word], word)


def verdicts(recipes):
    """How many claims came out how, in one line; nothing of none."""
    counts = [(sum(r.count(v) for r in recipes), v) for v in MARKS]
    return " ".join('<span class="verdict %s"><span aria-hidden="true">%s</span> %d %s'
                    "</span>" % (v.replace(" ", "-"), MARKS[v], n, v)
                    for n, v in counts if n)


def capital(text):
    return text[:1].upper() + text[1:]


def prose(site, page, text):
    """A header's words: code in backquotes, numbers of papers, names of recipes."""
    out = []
    for i, part in enumerate(re.split(r"`([^`]*)`", text)):
        if i % 2:
            out.append(site.named(page, part))
            continue
        for k, piece in enumerate(re.split(r"(\b[a-z0-9]+(?:-[a-z0-9]+)+\b)", part)):
            known = k % 2 and piece in site.survey.recipes
            out.append(site.named(page, piece) if known else with_arxiv_links(piece))
    return "".join(out)


def table(heads, rows, kind=""):
    """Rows of HTML."""
    head = "".join("<th>%s</th>" % h for h in heads)
    body = "".join("<tr>%s</tr>\n" % "".join("<td>%s</td>" % c for c in row)
                   for row in rows)
    return ('<div class="scroll"><table class="%s">\n<thead><tr>%s</tr></thead>\n<tbody>\n'
            "%s</tbody></table></div>\n" % (kind, head, body))


def claim_cell(row):
    return "<b>%s</b><br><code>%s</code>" % (escape(row.claim), escape(row.terms))


# ---- The page of a recipe ----


def write_facts(site, page, recipe):
    facts = [("Paper", recipe.header["paper"]), ("Figure", recipe.header["figure"])]
    page.add('<dl class="facts">\n')
    for name, texts in facts:
        told = "<br>".join(prose(site, page, capital(text)) for text in texts)
        page.add("<dt>%s</dt><dd>%s</dd>\n" % (name, told), " ".join(texts))
    topic = page.leads_to("recipes/index.html#" + site.topic_anchor(recipe.topic))
    page.add("<dt>Topic</dt><dd>%s</dd>\n" % link(topic, escape(recipe.topic)),
             recipe.topic)
    if recipe.finding:
        seeds = " ".join(map(str, recipe.finding.seeds))
        page.add("<dt>Seeds</dt><dd>%s</dd>\n" % seeds)
    if recipe.num_runs:
        page.add("<dt>Stored runs</dt><dd>%d, of %s together; %s</dd>\n" %
                 (recipe.num_runs, recipe.time,
                  link(site.source(page, "train/recipes/results/%s.tsv" % recipe.name),
                       "what each came to")))
    page.add("</dl>\n")


def write_claims(page, recipe):
    if not recipe.finding:
        return
    page.heading(2, "Claims")
    if recipe.rows:
        page.add("<p>They were written down before the runs; the notes say what was known then. A statistic is a median over "
                 "the seeds, with the interval that holds it.</p>\n")
        rows = [(claim_cell(r), escape(r.published), escape(r.measured), verdict(r.verdict))
                for r in recipe.rows]
        page.add(table(["claim", "published", "measured", "verdict"], rows, "claims"),
                 " ".join("%s %s" % (r.claim, r.verdict) for r in recipe.rows))
    else:
        page.add("<p>They were written down; no results are stored yet.</p>\n")
        rows = [("<b>%s</b><br><code>%s</code>" % (escape(c.name), escape(c.terms)),
                 escape(c.published)) for c in recipe.finding.claims]
        page.add(table(["claim", "published"], rows, "claims"))


def write_mistaken(page, recipe):
    if not recipe.finding or not recipe.finding.mistaken:
        return
    page.heading(2, "What is often said")
    rows = [(escape(capital(words)), escape(claim))
            for claim, words in recipe.finding.mistaken]
    page.add(table(["what is often said", "the claim against it"], rows),
             " ".join(words for words, _ in rows))


def write_design(page, recipe):
    """What is run and measured, in the recipe's own words."""
    labels = [label for label in ("vary", "also", "arm", "prepare", "statistic")
              if label in recipe.header]
    if not labels:
        return
    page.heading(2, "What is run")
    lines = ["%s: %s" % (label, text) for label in labels for text in recipe.header[label]]
    page.add(code_block("\n".join(lines), "", "code wrapped"))


def settings_of(name):
    """The lines of a recipe after its header."""
    with open(findings.recipe_path(name), encoding="utf-8") as file:
        lines = file.read().splitlines()
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines)


def write(site, page, recipe):
    header = recipe.header
    page.add('<p class="lead">%s</p>\n' % escape(header["title"]), header["title"])
    if recipe.rows:
        page.add('<p class="verdicts">%s</p>\n' % verdicts([recipe]))
    write_facts(site, page, recipe)
    for label, heading in (("expected", "What is expected"), ("measured", "What was "
                                                              "measured")):
        page.heading(2, heading)
        for text in header[label]:
            page.add("<p>%s</p>\n" % prose(site, page, capital(text)), text)
    write_claims(page, recipe)
    write_mistaken(page, recipe)
    write_design(page, recipe)
    notes = "\n".join(header["notes"]).strip()
    if notes:
        page.heading(2, "Notes")
        for text in re.split(r"\n{2,}", notes):
            page.add("<p>%s</p>\n" % prose(site, page, text.replace("\n", " ")), text)
    page.heading(2, "To run it")
    commands = "grokscope-train %s --out checkpoints/%s" % (recipe.name, recipe.name)
    if recipe.finding:
        commands += "    # once\nsh tests/replicate.sh %s    # all arms and seeds, with " \
            "verdicts" % recipe.name
    page.add(code_block(commands, "sh"), commands)
    page.heading(2, "Settings")
    page.add(code_block(settings_of(recipe.name), "ini"), settings_of(recipe.name))
    page.add("<p>%s, with its header.</p>\n" % link(site.source(
        page, "train/recipes/%s.recipe" % recipe.name), "The file"))


# ---- Lists ----


def named_link(page, recipe):
    return link(page.leads_to(recipe.path), "<code>%s</code>" % recipe.name)


def write_index(site, page):
    survey = site.survey
    page.add("<p>Each recipe is one published experiment: a file of settings that "
             "<code>grokscope-train NAME</code> runs. %d of the %d also claim findings "
             "that were run and judged. %s tells how that is done and what came of "
             "them.</p>\n" %
             (sum(bool(r.rows) for r in survey.recipes.values()), len(survey.recipes),
              link(page.leads_to("recipes/about.html"), "About the recipes")))
    for topic, recipes in survey.by_topic():
        page.heading(2, capital(topic), site.topic_anchor(topic))
        rows = [(named_link(page, r), escape(r.header["title"]), verdicts([r]))
                for r in recipes]
        page.add(table(["recipe", "what it is", "claims"], rows, "recipes"))


def write_survey(writer, site, page):
    survey = site.survey
    of_papers = [r for r in survey.recipes.values() if findings.paper_of(r.header)[0]]
    page.add('<p class="lead">%d claims, %d of them of papers on arXiv, run anew from '
             "nothing and judged.</p>\n" %
             (sum(len(r.rows) for r in survey.recipes.values()),
              sum(len(r.rows) for r in of_papers)))
    page.add('<p class="verdicts">%s</p>\n' % verdicts(survey.recipes.values()))
    page.add("<p>%s says how claims are written down and judged. "
             "<code>sh tests/replicate.sh NAME</code> runs one again.</p>\n" %
             link(page.leads_to("recipes/about.html"), "About the recipes"))
    page.heading(2, "By paper")
    writer.write(page, survey.papers_table.strip())
    if survey.mistaken_table.count("\n| ") > 2:  # more than its head
        page.heading(2, "What is often said")
        page.add("<p>And is not so, or not always, by the claims against it.</p>\n")
        writer.write(page, survey.mistaken_table.strip())
    page.heading(2, "By system")
    judged = [(t, [r for r in recipes if r.rows]) for t, recipes in survey.by_topic()]
    judged = [(topic, recipes) for topic, recipes in judged if recipes]
    rows = []
    for topic, recipes in judged:
        seeds = sorted({len(r.finding.seeds) for r in recipes})
        rows.append([link("#claims-" + site.topic_anchor(topic), escape(topic)),
                     str(len(recipes))] +
                    [str(sum(r.count(v) for r in recipes))
                     for v in ("reproduced", "in ordering", "not reproduced")] +
                    [" to ".join(map(str, sorted({seeds[0], seeds[-1]}))),
                     str(sum(r.num_runs for r in recipes))])
    page.add(table(["system", "recipes", "reproduced", "in ordering", "not reproduced",
                    "seeds", "runs"], rows, "numbers"))
    page.heading(2, "Claim by claim")
    for topic, recipes in judged:
        page.heading(3, capital(topic), "claims-" + site.topic_anchor(topic))
        rows = [(named_link(page, recipe) + "<br><small>%d seeds, %s</small>" %
                 (len(recipe.finding.seeds), recipe.time) if i == 0 else "",
                 claim_cell(row), escape(row.published), escape(row.measured),
                 verdict(row.verdict))
                for recipe in recipes for i, row in enumerate(recipe.rows)]
        page.add(table(["recipe", "claim", "published", "measured", "verdict"], rows,
                       "claims"))


# ---- Papers ----

AUTHORS = re.compile(r"(\b(?:[A-Z][\w-]+)(?:(?:,| and|, and) [A-Z][\w-]+)*(?: et al\.)?)"
                     r",? ?\(?(?:\"[^\"]+\", )?(?:arXiv )?$")


class Paper:
    """What is told of it, and the recipes that are of it or only name it."""

    def __init__(self):
        self.words, self.programs, self.recipes, self.named_by = "", [], [], []


def papers(survey, manuals):
    """{number: Paper}; `manuals` are texts by program, of "" without one."""
    known = collections.defaultdict(Paper)
    for recipe in survey.recipes.values():
        first, words = findings.paper_of(recipe.header)
        for number in dict.fromkeys(ARXIV.findall(words)):
            paper = known[number]
            (paper.recipes if number == first else paper.named_by).append(recipe)
            if number == first and words.count("arXiv") == 1:
                paper.words = max(paper.words, words, key=len)
    for program, text in manuals.items():
        text = re.sub(r"\s+", " ", text)
        for found in ARXIV.finditer(text):
            paper = known[found[0]]
            if program and program not in paper.programs:
                paper.programs.append(program)
            authors = AUTHORS.search(text[:found.start()])
            if authors and not paper.words:
                paper.words = "%s, arXiv %s" % (authors[1], found[0])
    return known


def write_papers(site, page, manuals):
    page.add("<p>Which paper is behind which program and recipe, by its number on arXiv, "
             "and what came of the claims that were run. A recipe in brackets only names "
             "the paper. Papers that are not on arXiv are named on the pages.</p>\n")
    rows = []
    for number, paper in sorted(papers(site.survey, manuals).items()):
        words = capital(paper.words) or "arXiv " + number
        page.count(words)
        rows.append((prose(site, page, words),
                     ", ".join(site.named(page, p) for p in paper.programs),
                     ", ".join([named_link(page, r) for r in paper.recipes] +
                               ["(%s)" % named_link(page, r) for r in paper.named_by]),
                     verdicts(paper.recipes)))
    page.add(table(["paper", "programs", "recipes", "claims"], rows, "papers"))
