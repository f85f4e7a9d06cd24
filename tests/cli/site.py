"""The documentation as a site: the same bytes twice, no link that leads nowhere, every
program with its options, every result with its verdicts, and a search that finds.
usage: site.py SOURCE PRINTED
PRINTED is the folder where the build keeps what programs print with --man."""

import filecmp
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
source, printed = map(os.path.abspath, sys.argv[1:3])
scripts = os.path.join(source, "analyze", "manual", "site")
recipes = os.path.join(source, "train", "recipes")
sys.dont_write_bytecode = True
sys.path[:0] = [recipes]
import findings  # noqa: E402


def fail(message):
    sys.exit("site.py: " + message)


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def write(text, *path):
    with open(os.path.join(*path), "w", encoding="utf-8") as file:
        file.write(text)


def run(script, *words):
    return subprocess.run([sys.executable, "-B", os.path.join(scripts, script), *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def build(into, of=source):
    return run("build.py", of, printed, "0", into)


def expect_done(done):
    if done.returncode != 0:
        fail("%s: exit %d\n%s" % (done.args[2], done.returncode, done.stdout))


def files_of(folder):
    return sorted(os.path.relpath(os.path.join(place, name), folder)
                  for place, _, names in os.walk(folder) for name in names)


# ---- What is made ----


def the_same_sources_give_the_same_bytes(site, again):
    names = files_of(site)
    if names != files_of(again):
        fail("two sites of the same sources have other files")
    _, differ, missing = filecmp.cmpfiles(site, again, names, shallow=False)
    if differ or missing:
        fail("two sites of the same sources differ: %s" % ", ".join(differ + missing))


def no_path_of_this_machine_is_in_it(site):
    for name in files_of(site):
        with open(os.path.join(site, name), "rb") as file:
            data = file.read()
        for path in (source, site):
            if path.encode() in data:
                fail("%s holds the path %s" % (name, path))


def every_program_has_its_options(site):
    programs = glob.glob(os.path.join(os.environ["GROKSCOPE_BIN"], "grokscope-*"))
    names = sorted(set(map(os.path.basename, programs)) - {"grokscope-bench"})
    if len(names) < 30:
        fail("%d programs in GROKSCOPE_BIN" % len(names))
    for name in names:
        said = subprocess.run([name, "--help"], check=True, stdout=subprocess.PIPE,
                              text=True, env={**os.environ, "COLUMNS": "10000"}).stdout
        options = re.findall(r"^ +(?:-., )?(--[a-z0-9-]+)",
                             said[said.index("options:\n"):], re.M)
        page = read(site, "manual", name + ".html")
        shown = {re.sub(r"<[^>]*>", "", term)
                 for term in re.findall(r'<dt id="option-[^"]*">(.*?)</dt>', page)}
        for option in options:
            if not any(re.search(r"(^|, )%s([ =\[]|$)" % option, term) for term in shown):
                fail("the page of %s lacks %s" % (name, option))
        words = html.unescape(re.sub(r"<[^>]*>", "", page))
        for heading in re.findall(r"^#{2,3} (.*)",
                                  read(source, "analyze", "manual", name + ".md"), re.M):
            if heading.replace("`", "").replace("*", "") not in words:
                fail("the page of %s lacks the section '%s'" % (name, heading))


def every_result_has_its_verdicts(site):
    stored = sorted(os.listdir(os.path.join(recipes, "results")))
    survey = read(site, "survey.html")
    for name in (file[:-4] for file in stored):
        page = read(site, "recipes", name + ".html")
        table = page[page.index('<h2 id="claims">'):]
        shown = re.findall(r'<td><span class="verdict [^"]*">.*?</span> ([a-z ]+)</span>',
                           table)
        if len(shown) != len(findings.Finding.of(name).claims):
            fail("%s: %d verdicts, %d claims" %
                 (name, len(shown), len(findings.Finding.of(name).claims)))
        if set(shown) - set(findings.VERDICTS):
            fail("%s: verdicts %s" % (name, shown))
        if "<code>%s</code>" % name not in survey:
            fail("the survey lacks %s" % name)
    for name in findings.recipe_names():
        title = html.escape(findings.read_header(name)["title"])
        if title not in read(site, "recipes", name + ".html"):
            fail("the page of the recipe %s lacks its title" % name)


def the_library_is_linked_where_it_is(folder):
    api = os.path.join(folder, "api")
    os.mkdir(api)
    write("<p>functions", api, "index.html")
    expect_done(build(os.path.join(folder, "html")))
    if 'href="../../api/index.html"' not in read(folder, "html", "manual", "index.html"):
        fail("pages do not link to ../api, which is there")
    expect_done(run("check.py", os.path.join(folder, "html")))
    shutil.rmtree(api)
    expect_done(build(os.path.join(folder, "html")))
    if "api/index.html" in read(folder, "html", "index.html"):
        fail("pages link to ../api, which is not there")


# ---- HTML as browsers read it ----


def pages_are_parsed_without_error(site):
    """One page of each kind by html5lib, which is slow."""
    try:
        import html5lib
    except ImportError:
        print("html5lib is missing: pages are parsed by check.py alone")
        return
    for name in ("index.html", "papers.html", "manual/grokscope-progress.html",
                 "recipes/nanda-fraction.html", "notebooks/04-bring-your-own-model.html",
                 "reference/license.html", "guide/install.html"):
        try:
            html5lib.HTMLParser(strict=True).parse(read(site, name))
        except html5lib.html5parser.ParseError as error:
            fail("%s: %s" % (name, error))


# ---- The search ----

FOUND = [("restricted loss", "manual/grokscope-progress.html", 1),
         ("fourier", "manual/grokscope-fourier.html", 1),
         ("install", "guide/install.html", 1),
         ("t-sne", "manual/grokscope-embedding.html", 3),
         ("--print-config", "manual/grokscope-train.html#option-print-config", 1),
         ("nanda-fraction", "recipes/nanda-fraction.html", 1),
         ("  PyTorch   safetensors ", "manual/grokscope-import.html", 3),
         ("libhdf5 does not survive", "reference/fuzz.html", 1),
         ("checkpoint format", "reference/format.html", 1)]
ASK = """
const fs = require("fs"), vm = require("vm"), site = process.argv[1];
const { search } = require(site + "/search.js");
vm.runInThisContext(fs.readFileSync(site + "/search-index.js", "utf8"));
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(asked.map((words) => search(grokscopeIndex, words))));
"""


def the_search_finds(site):
    node = shutil.which("node") or shutil.which("nodejs")
    if not node:
        print("node is missing: the search is not asked")
        return
    asked = [words for words, _, _ in FOUND] + ["no-such-word-anywhere", "  "]
    said = subprocess.run([node, "-e", ASK, site, json.dumps(asked)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    answers = json.loads(said)
    for (words, wanted, within), hits in zip(FOUND, answers):
        paths = [hit["path"] for hit in hits[:within]]
        if not any(path.startswith(wanted) for path in paths):
            fail("'%s' finds %s, expected %s" % (words, paths, wanted))
        if not all(hit["title"] and hit["snippet"] for hit in hits):
            fail("'%s': a result without a title or words" % words)
    if answers[-2] or answers[-1]:
        fail("what is nowhere, or nothing, finds something")


# ---- What is wrong is seen ----

# In a page: what is replaced, by what, and the fault that the checker tells.
SPOILED = {
    "index.html": ('href="papers.html"', 'href="paper.html"', "no file 'paper.html'"),
    "reference/format.html": ('href="#a-checkpoint"', 'href="#a-check"',
                              "no anchor '#a-check'"),
    "papers.html": ('href="style.css"', 'href="https://example.org/a.css"',
                    "<link> is loaded from elsewhere"),
    "notebooks/01-inspect-frequencies.html": ('src="01-', 'src="//example.org/',
                                              "<img> is loaded from elsewhere"),
    "survey.html": ("<h2 ", "<h1 ", "headings of the first level, expected 1"),
    "guide/install.html": ("</ul>", "", "closes what is not open"),
    "reference/fuzz.html": ('id="what-libhdf5-does-not-survive"', 'id="content"',
                            "the id 'content' is there twice")}


def the_checker_sees(folder, site):
    spoiled = os.path.join(folder, "spoiled")
    shutil.copytree(site, spoiled)
    for name, (what, by, _) in SPOILED.items():
        whole = read(site, name)
        if what not in whole:
            fail("%s has no %s to spoil" % (name, what))
        write(whole.replace(what, by, 1), spoiled, name)
    write(read(site, "index.html"), spoiled, "lost.html")
    write(read(site, "search-index.js").replace("manual/grokscope-train.html", "x.html"),
          spoiled, "search-index.js")
    done = run("check.py", spoiled)
    said = done.stdout.splitlines()
    if done.returncode != 1:
        fail("a spoiled site: exit %d, expected 1" % done.returncode)
    wanted = [(name, fault) for name, (_, _, fault) in SPOILED.items()]
    wanted += [("lost.html", "nothing leads here"), ("search-index.js", "no page 'x.html'")]
    for name, fault in wanted:
        if not any(line.startswith(name + ":") and fault in line for line in said):
            fail("%s: '%s' is not seen\n%s" % (name, fault, done.stdout))


def a_dead_link_in_a_source_is_refused(folder, site):
    """The former site stays."""
    tree, kept = os.path.join(folder, "tree"), files_of(site)
    os.mkdir(tree)
    for name in os.listdir(source):
        if name != "README.md" and not name.startswith("."):
            os.symlink(os.path.join(source, name), os.path.join(tree, name))
    readme = read(source, "README.md")
    for text, said in ((readme.replace("(LICENSE)", "(LICENCE)"),
                        "README.md: the link 'LICENCE' leads to no file"),
                       (readme.replace("## Two commands", "## Three commands"),
                        "README.md: no section 'Two commands'"),
                       (readme + "\n<script>1</script>\n", "HTML in Markdown")):
        write(text, tree, "README.md")
        done = build(site, tree)
        if done.returncode == 0 or said not in done.stdout:
            fail("expected '%s', found exit %d: %s" % (said, done.returncode, done.stdout))
    if files_of(site) != kept or os.path.exists(site + ".new"):
        fail("a site that could not be made has changed the former one")


def main():
    try:
        import markdown_it, pygments  # noqa: E401, F401
    except ImportError as error:
        print("%s: no site is made" % error)
        sys.exit(SKIPPED)
    os.environ["PATH"] = os.environ["GROKSCOPE_BIN"] + os.pathsep + os.environ["PATH"]
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, "html")
        again = os.path.join(folder, "again")
        expect_done(build(site))
        expect_done(build(again))
        the_same_sources_give_the_same_bytes(site, again)
        expect_done(run("check.py", site))
        no_path_of_this_machine_is_in_it(site)
        every_program_has_its_options(site)
        every_result_has_its_verdicts(site)
        pages_are_parsed_without_error(site)
        the_search_finds(site)
        the_library_is_linked_where_it_is(folder)
        the_checker_sees(folder, site)
        a_dead_link_in_a_source_is_refused(folder, site)


main()
