"""The documentation as a site of plain HTML.

usage: build.py SOURCE_FOLDER PRINTED_FOLDER VERSION OUTPUT_FOLDER

PRINTED_FOLDER holds what each program prints with --man, in PROGRAM.printed, and
grokscope.printed. The same sources give the same bytes. The output is built beside its
name and takes the place of what stood there. It links to ../api/index.html where that is
there.
"""

import os
import posixpath
import re
import shutil
import string
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [FOLDER, os.path.join(sys.argv[1] if len(sys.argv) > 1 else ".",
                                     "train", "recipes")]

import navigation  # noqa: E402
import notebook  # noqa: E402
import programs  # noqa: E402
import recipes  # noqa: E402
import search_index  # noqa: E402
from pages import (Page, SiteError, Writer, code_block, escape,  # noqa: E402
                   inline_code, link, slug)

# A source that is a page, and where; programs, recipes and notebooks come besides.
DOCUMENTS = {"analyze/manual/grokscope.md": "manual/grokscope.html",
             "checkpoints/FORMAT.md": "reference/format.html",
             "analyze/report/DATA.md": "reference/report-data.html",
             "notebooks/README.md": "notebooks/index.html",
             "tests/README.md": "reference/tests.html",
             "tests/fuzz/README.md": "reference/fuzz.html",
             "train/recipes/README.md": "recipes/about.html"}
# Folders that a page stands for.
FOLDERS = {"analyze/manual": "manual/index.html", "train/recipes": "recipes/index.html",
           "notebooks": "notebooks/index.html", "tests": "reference/tests.html"}
# Sections of the README that the front page has, or the navigation is.
FRONT = {"Two commands", "Questions", "Read on"}
MOST_SOURCE_BYTES = 300000


class Site:
    def __init__(self, source, printed, version, output):
        self.folder, self.printed, self.version = source, printed, version
        self.output = output
        self.writer = Writer(self)
        self.pages = []
        self.page_of = dict(FOLDERS)  # path of a source: path of its page
        self.sources = []             # pages of sources that something links to
        self.written = set()          # other files
        api = os.path.join(os.path.dirname(os.path.abspath(output)), "api")
        self.has_api = os.path.exists(os.path.join(api, "index.html"))
        self.building = output + ".new"

    # -- Files --

    def read(self, path):
        with open(os.path.join(self.folder, path), encoding="utf-8") as file:
            return file.read()

    def read_printed(self, program):
        with open(os.path.join(self.printed, program + ".printed"),
                  encoding="utf-8") as file:
            return file.read()

    def put(self, path, data):
        """A file of the site."""
        whole = os.path.join(self.building, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode("utf-8"))
        self.written.add(path)

    # -- Links --

    def address(self, page, href, as_file=False):
        """Where a link of a source leads, seen from the page made of it."""
        if re.match(r"[a-z]+:", href):
            return href
        path, sharp, anchor = href.partition("#")
        if not path:
            path = page.source
        else:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page.source), path))
        if not os.path.exists(os.path.join(self.folder, path)):
            raise SiteError("%s: the link '%s' leads to no file of the repository" %
                            (page.source, href))
        if as_file:
            return page.leads_to(self.copied(path))
        if path == "train/recipes/README.md" and anchor == "survey":
            return page.leads_to("survey.html")
        target = self.page_of.get(path + sharp + anchor) if anchor else None
        if target:
            return page.leads_to(target)
        if path in self.page_of:
            return page.leads_to(self.page_of[path] + sharp + anchor)
        return self.source(page, path)

    def copied(self, path):
        with open(os.path.join(self.folder, path), "rb") as file:
            self.put("files/" + path, file.read())
        return "files/" + path

    def source(self, page, path):
        """The address of a file of the repository that is no page: its text, or else a
        copy of it."""
        whole = os.path.join(self.folder, path)
        if os.path.isdir(whole):
            raise SiteError("%s: a link leads to the folder %s, for which no page stands" %
                            (page.source, path))
        if "source/%s.html" % path not in [p.path for p in self.sources]:
            with open(whole, "rb") as file:
                data = file.read()
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                text = None
            if text is None or len(data) > MOST_SOURCE_BYTES or path.endswith(".tsv"):
                return page.leads_to(self.copied(path))
            listing = Page("source/%s.html" % path, path, source=path)
            listing.above = "Source"
            listing.kind = "source"
            ending = path.rpartition(".")[2]
            listing.add(code_block(text, ending))
            self.sources.append(listing)
        return page.leads_to("source/%s.html" % path)

    def named(self, page, word):
        """Code, which leads to its page where it names a program or a recipe."""
        inner = inline_code(word)
        on_recipes = page.path.startswith("recipes/") or page.path == "survey.html"
        target = None
        if word in self.program_pages:
            target = self.program_pages[word]
        elif word in self.survey.recipes and ("-" in word or on_recipes):
            target = self.survey.recipes[word].path
        if target is None or target == page.path:
            return inner
        return link(page.leads_to(target), inner)

    @staticmethod
    def topic_anchor(topic):
        return slug(topic)

    # -- Pages --

    def page(self, path, title, group, source=None, label=None):
        page = Page(path, title, label, source)
        self.pages.append(page)
        group.append(page)
        if source:
            self.page_of.setdefault(source, path)
        return page

    def document(self, source, group, label=None, path=None):
        text = self.read(source)
        title = re.match(r"# (.*)", text)
        if not title:
            raise SiteError("%s: no title" % source)
        page = self.page(path or DOCUMENTS[source], title[1].replace("`", ""), group,
                         source, label)
        return page, text


def text_of_front(site, readme):
    """front.md, with sections of the README where it names them."""
    with open(os.path.join(FOLDER, "front.md"), encoding="utf-8") as file:
        front = file.read()
    sections = programs.written_sections(readme)
    paragraphs = re.split(r"\n{2,}", sections[""])
    at = [i for i, p in enumerate(paragraphs) if p.startswith("![")]
    if not at:
        raise SiteError("README.md: no picture before its first section")
    sections["picture"] = "\n\n".join(paragraphs[at[0]:at[0] + 2])

    def section(found):
        if found[1] not in sections:
            raise SiteError("README.md: no section '%s', which front.md names" % found[1])
        return sections[found[1]].strip()
    return re.sub(r"<!-- README: (.*) -->", section, front)


def ways(site, page):
    """Three ways in, and the topics of the recipes."""
    survey = site.survey
    judged = sum(len(r.rows) for r in survey.recipes.values())

    def way(target, title, text):
        return "<li>%s<p>%s</p></li>\n" % (link(page.leads_to(target), title), text)
    topics = ", ".join(link(page.leads_to("recipes/index.html#" + site.topic_anchor(t)),
                            escape(t)) for t, _ in survey.by_topic())
    return '<ul class="ways">\n%s</ul>\n' % "".join([
        way("index.html#questions", "By question",
            "%d programs, each of which answers one: does it grok, which frequencies does "
            "it use, how sharp is its minimum? They stand below." %
            site.num_programs),
        way("papers.html", "By paper",
            "Which published paper is behind which program and recipe. %s: %d claims, of "
            "which %d were reproduced and %d were not." %
            (link(page.leads_to("survey.html"), "The survey, reproduced"), judged,
             survey.count("reproduced"), survey.count("not reproduced"))),
        way("recipes/index.html", "By task", "%d recipes: %s." %
            (len(survey.recipes), topics)),
        way("guide/a-tour-of-ten-minutes.html", "By doing",
            "A tour of ten minutes, then %s." %
            link(page.leads_to("guide/a-network-of-ones-own.html"),
                 "a network of one's own")),
    ])


def add_guide(site, groups):
    readme = site.read("README.md")
    guide = groups.setdefault("Guide", [])
    front = site.page("index.html", "grokscope", guide, "README.md", "Front page")
    front.kind = "front"
    todo = []
    for heading, text in programs.written_sections(readme).items():
        if heading and heading not in FRONT:
            page = site.page("guide/%s.html" % slug(heading), heading, guide, "README.md")
            site.page_of["README.md#" + slug(heading)] = page.path
            todo.append((page, text))
    todo.append(site.document("analyze/manual/grokscope.md", guide, "What programs share"))

    def write():
        before, after = text_of_front(site, readme).split("<!-- ways -->")
        site.writer.write(front, before)
        front.add(ways(site, front))
        site.writer.write(front, after)
        for page, text in todo:
            # A section's own headings go up by a level, to stand below the title.
            shift = -1 if page.path.startswith("guide/") and "\n## " not in text else 0
            site.writer.write(page, text, shift)
    return write


def add_programs(site, groups):
    printed = site.read_printed("grokscope")
    asked = programs.questions(printed)
    group = groups.setdefault("Programs", [])
    index = site.page("manual/index.html", "Programs", group, label="All programs")
    index.source = "analyze/manual/grokscope.md"
    site.program_pages = {"grokscope-checkpoint": DOCUMENTS["checkpoints/FORMAT.md"]}
    site.num_programs = sum(len(names) for _, names in asked)
    todo = []
    for heading, names in asked:
        within = groups.setdefault(("Programs", heading), [])
        for name, _ in names:
            program = "grokscope-" + name
            page = site.page("manual/%s.html" % program, program, within,
                             "analyze/manual/%s.md" % program, name)
            page.above = link(page.leads_to(index.path), "Programs") + " · " + heading
            page.kind = "program"
            site.program_pages[program] = page.path
            todo.append(page)

    def write():
        programs.write_index(site.writer, index, site, printed, asked)
        told = {page: site.read_printed(page.title) for page in todo}
        shared = programs.shared_options(told.values())
        for page in todo:
            programs.write(site.writer, page, site.read(page.source), told[page], shared)
    return write


def add_recipes(site, groups):
    about_text = site.read("train/recipes/README.md")
    site.survey = survey = recipes.Survey(about_text)
    group = groups.setdefault("Recipes", [])
    index = site.page("recipes/index.html", "Recipes", group, label="All recipes")
    about, _ = site.document("train/recipes/README.md", group, "About the recipes")
    about.title = "About the recipes"
    found = site.page("survey.html", "The survey, reproduced", group,
                      "train/recipes/README.md")
    found.kind = "survey"
    papers = site.page("papers.html", "Papers", group)
    manuals = {}
    for topic, of_topic in survey.by_topic():
        within = groups.setdefault(("Recipes", topic), [])
        for recipe in of_topic:
            page = site.page(recipe.path, recipe.name, within,
                             "train/recipes/%s.recipe" % recipe.name)
            page.above = "%s · %s" % (
                link(page.leads_to(index.path), "Recipes"),
                link(page.leads_to(index.path + "#" + site.topic_anchor(topic)),
                     escape(topic)))
            page.kind = "recipe"
            page.recipe = recipe

    def write():
        recipes.write_index(site, index)
        site.writer.write(about, survey.readme)
        recipes.write_survey(site.writer, site, found)
        for name in site.program_pages:
            path = "analyze/manual/%s.md" % name
            if name.startswith("grokscope-") and path in site.page_of:
                manuals[name] = site.read(path)
        manuals[""] = site.read("README.md")  # names authors, is no program
        recipes.write_papers(site, papers, manuals)
        for page in site.pages:
            if hasattr(page, "recipe"):
                recipes.write(site, page, page.recipe)
    return write


def add_notebooks(site, groups):
    group = groups.setdefault("Notebooks", [])
    index, text = site.document("notebooks/README.md", group, "All notebooks")
    todo = []
    for name in sorted(os.listdir(os.path.join(site.folder, "notebooks"))):
        if name.endswith(".ipynb"):
            kept = notebook.load(os.path.join(site.folder, "notebooks", name))
            page = site.page("notebooks/%s.html" % name[:-6], notebook.title_of(kept),
                             group, "notebooks/" + name)
            page.above = "Notebook " + link(page.leads_to("files/notebooks/" + name),
                                            escape(name))
            todo.append((page, kept))

    def write():
        site.writer.write(index, text)
        for page, kept in todo:
            site.copied(page.source)
            notebook.Notebook(site.writer, site, page, kept).write()
    return write


def add_reference(site, groups):
    group = groups.setdefault("Reference", [])
    todo = [site.document(source, group, label) for source, label in (
        ("checkpoints/FORMAT.md", "The checkpoint format"),
        ("analyze/report/DATA.md", "What is in a report"),
        ("tests/README.md", "Tests"), ("tests/fuzz/README.md", "Hostile files"))]
    # What else lies beside the programs' pages.
    for name in sorted(os.listdir(os.path.join(site.folder, "analyze/manual"))):
        source = "analyze/manual/" + name
        if name.endswith(".md") and source not in site.page_of:
            todo.append(site.document(source, group,
                                      path="reference/%s.html" % name[:-3]))
    terms = site.page("reference/license.html", "Licence", group, "LICENSE")

    def write():
        for page, text in todo:
            site.writer.write(page, text)
        terms.add(code_block(site.read("LICENSE"), "", "code wrapped"))
    return write


def build(site):
    groups = {}
    writers = [add(site, groups) for add in (add_guide, add_programs, add_recipes,
                                             add_notebooks, add_reference)]
    shutil.rmtree(site.building, ignore_errors=True)
    for write in writers:
        write()
    with open(os.path.join(FOLDER, "template.html"), encoding="utf-8") as file:
        template = string.Template(file.read())
    order = [page for pages in groups.values() for page in pages]
    for page in order + site.sources:
        site.put(page.path, navigation.whole(site, template, groups, order, page))
    for name in ("style.css", "search.js", "icon.svg"):
        with open(os.path.join(FOLDER, name), "rb") as file:
            site.put(name, file.read())
    site.put("search-index.js", search_index.text_of(order))


def main(source, printed, version, output):
    output = os.path.abspath(output)
    os.makedirs(os.path.dirname(output), exist_ok=True)
    site = Site(source, printed, version, output)
    try:
        build(site)
    except SiteError as error:
        shutil.rmtree(site.building, ignore_errors=True)
        sys.exit("site: %s" % error)
    # What stood there goes; between the two steps there is no site for a moment.
    shutil.rmtree(output, ignore_errors=True)
    os.rename(site.building, output)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
