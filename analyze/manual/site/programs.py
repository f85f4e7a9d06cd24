"""The pages of the programs: what each prints of itself, with what is written of it."""

import collections
import re

import roff
from pages import SiteError, code_block, escape


def questions(printed):
    """[(group, [(question, answer)])], as `grokscope --man` lists them."""
    groups = []
    for section in roff.read(printed):
        if section.title != "DESCRIPTION":
            continue
        for item in section.items:
            if item[0] == "head":
                groups.append((item[1], []))
            elif item[0] == "term":
                told = roff.as_text(" ".join(item[2]))
                groups[-1][1].append((roff.as_text(item[1]),
                                      re.sub(r": see \S+\(1\)$", "", told)))
    if not groups:
        raise SiteError("grokscope --man lists no questions")
    return groups


def written_sections(text):
    """{heading: Markdown} of a page's sections of the second level; its title is ""."""
    sections, heading, within = {"": ""}, "", False
    for line in text.splitlines(keepends=True):
        within ^= line.startswith("```")
        found = None if within else re.match(r"## (.*)", line)
        if found:
            heading = found[1].strip()
            sections[heading] = ""
        else:
            sections[heading] += line
    return sections


# ---- Printed sections ----


def meaning(text):
    """What an option means; what it may be stands at the end, in brackets."""
    inner = roff.as_html(text)
    return re.sub(r"\[([^\[\]]*)\]$", r'<span class="range">\1</span>', inner)


def anchor_of(term, prefix):
    """option-key-rule of "-k, --key-rule NAME"."""
    words = re.sub(r"[=\[ ].*", "", roff.as_text(term).split(", ")[-1])
    return prefix + re.sub(r"[^\w-]", "-", words.lstrip("-"))


def write_terms(page, terms, prefix, shared):
    """A list of terms. An option is found by its name, but for those that many programs
    have, which say nothing of this one."""
    page.add('<dl class="%s">\n' % prefix.rstrip("-"))
    for term, lines in terms:
        ident = page.unique(anchor_of(term, prefix))
        told, text = roff.as_text(term), roff.body(lines)
        page.add('<dt id="%s">%s</dt><dd>%s</dd>\n' %
                 (ident, roff.as_html(term), meaning(text)))
        if prefix == "option-" and told not in shared:
            page.sections.append((told, ident, [roff.as_text(text)]))
        elif prefix == "column-":
            page.count(told + " " + roff.as_text(text))
    page.add("</dl>\n")


def shared_options(printed):
    """The options of more than two programs, of what all of them print."""
    counts = collections.Counter()
    for text in printed:
        counts.update({roff.as_text(item[1]) for section in roff.read(text)
                       for item in section.items
                       if section.title == "OPTIONS" and item[0] == "term"})
    return {term for term, count in counts.items() if count > 2}


def write_printed(page, section, prefix, shared):
    """A printed section: its texts, heads, and lists of terms."""
    page.heading(2, section.title.capitalize())
    terms = []
    for kind, *item in section.items + [("end", "")]:
        if kind == "term":
            terms.append(item)
            continue
        if terms:
            write_terms(page, terms, prefix, shared)
            terms = []
        if kind == "head":
            page.heading(3, roff.as_text(item[0]).rstrip(":"))
        elif kind == "text":
            page.add("<p>%s</p>\n" % roff.as_html(item[0]))


def write_short_examples(page, section):
    page.heading(2, "In short")
    for _, command, lines in section.items:
        page.add("<p class=\"what\">%s:</p>\n" % roff.as_html(roff.body(lines)),
                 roff.as_text(" ".join(lines)))
        page.add(code_block(roff.as_text(command), "sh"), roff.as_text(command))


# ---- A page ----


def write(writer, page, written, printed, shared):
    """Name, synopsis and short examples as printed; the written sections; the printed
    options, columns, files and exit codes."""
    sections = {s.title: s for s in roff.read(printed)}
    for wanted in ("NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES"):
        if wanted not in sections:
            raise SiteError("%s --man has no section %s" % (page.title, wanted))
    purpose = roff.as_text(sections["NAME"].items[0][1]).partition(" - ")[2]
    parts = written_sections(written)
    question = re.match(r"# (.*)", parts.pop("").strip())
    if not question:
        raise SiteError("%s: no title" % page.source)
    page.add('<p class="lead">%s</p>\n<p>%s.</p>\n' %
             (escape(question[1]), escape(purpose[:1].upper() + purpose[1:])),
             question[1] + " " + purpose)
    page.add('<p class="synopsis"><code>%s</code></p>\n' %
             roff.as_html(sections["SYNOPSIS"].items[0][1]))
    write_short_examples(page, sections["EXAMPLES"])
    for heading, text in parts.items():
        writer.write(page, "## %s\n%s" % (heading, text))
    for title, prefix in (("COLUMNS", "column-"), ("OPTIONS", "option-"),
                          ("FILES", "file-"), ("EXIT STATUS", "exit-")):
        if title in sections:
            write_printed(page, sections[title], prefix, shared)


def write_index(writer, page, site, printed, groups):
    """All programs by question: grokscope(1)."""
    sections = {s.title: s for s in roff.read(printed)}
    page.add("<p>Every program answers one question. <code>grokscope fourier</code> is "
             "the same as <code>grokscope-fourier</code>, and <code>grokscope help "
             "fourier</code> shows its examples and options.</p>\n")
    page.add('<p class="synopsis"><code>%s</code></p>\n' %
             roff.as_html(sections["SYNOPSIS"].items[0][1]))
    for group, asked in groups:
        page.heading(2, group)
        page.add('<dl class="programs">\n')
        for name, answer in asked:
            target = page.leads_to("manual/grokscope-%s.html" % name)
            page.add('<dt><a href="%s"><code>grokscope-%s</code></a></dt><dd>%s</dd>\n' %
                     (target, name, escape(answer)), name + " " + answer)
        page.add("</dl>\n")
    page.heading(2, "What they have in common")
    writer.write(page, "[grokscope(7)](grokscope.md) tells which inputs, outputs and exit "
                 "codes all of them have.\n")
