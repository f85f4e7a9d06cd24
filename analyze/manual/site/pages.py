"""A page of the site, and Markdown written onto it.

Markdown is read by markdown-it (Debian's python3-markdown-it): it follows CommonMark and
GitHub's tables, as the forge does on which the same files are read, and it gives tokens.
Links are rewritten, headings counted and words collected there, and not in finished
HTML. python3-markdown has rules of its own for lists, cmark-gfm gives only HTML or XML.
Code is coloured by Pygments (python3-pygments).
"""

import html
import posixpath
import re

import markdown_it
import pygments
import pygments.lexers
import pygments.token
from markdown_it.token import Token

# arXiv's numbers have had five digits since 2015; older ones stand after the name.
ARXIV = re.compile(r"\b(?:(?:1[5-9]|2[0-9])(?:0[1-9]|1[0-2])\.\d{5}"
                   r"|(?<=arXiv )\d{4}\.\d{4})\b")
LANGUAGES = {"sh": "bash", "cmake": "cmake", "python": "python", "c": "c", "ini": "ini",
             "js": "javascript", "mjs": "javascript", "py": "python", "h": "c",
             "recipe": "ini", "css": "css"}
T = pygments.token.Token
COLOURS = {T.Keyword: "k", T.Operator.Word: "k", T.Literal.String: "s",
           T.Literal.Number.Integer: "m", T.Literal.Number.Float: "m", T.Comment: "c",
           T.Name.Function: "n", T.Name.Class: "n", T.Name.Attribute: "n"}


class SiteError(Exception):
    """Something in a source that the site cannot be made of."""


def escape(text):
    return html.escape(text, quote=True)


def slug(text):
    """The anchor of a heading, as GitHub makes it, so that written links hold."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def link(href, inner, attributes=""):
    return '<a href="%s"%s>%s</a>' % (escape(href), attributes, inner)


def with_arxiv_links(text):
    """HTML of plain text, whose numbers of papers lead to arXiv."""
    parts, end = [], 0
    for found in ARXIV.finditer(text):
        parts.append(escape(text[end:found.start()]))
        parts.append(link("https://arxiv.org/abs/" + found[0], found[0]))
        end = found.end()
    return "".join(parts) + escape(text[end:])


# ---- Code ----


def inline_code(text):
    """Code in a line. An option is not broken after its hyphens."""
    inner = re.sub(r"(?<!\S)-[^\s]{1,30}(?!\S)",
                   lambda found: '<span class="word">%s</span>' % found[0], escape(text))
    return "<code>%s</code>" % inner


def is_prompt(line, before):
    """Whether a line is typed: after a dollar, or as what continues such a line."""
    return line.startswith("$ ") or (before and before[0] and before[1].endswith("\\"))


def session(code):
    """What is typed after a dollar stands out from what is answered."""
    lines, before = [], None
    for line in code.split("\n"):
        typed = is_prompt(line, before)
        inner = escape(line)
        lines.append('<b class="typed">%s</b>' % inner if typed else inner)
        before = (typed, line)
    return "\n".join(lines)


def coloured(code, language):
    """HTML of code, with a class for what the stylesheet colours, and no more."""
    if language not in LANGUAGES:
        return session(code)
    lexer = pygments.lexers.get_lexer_by_name(LANGUAGES[language], stripnl=False)
    out = []
    for kind, text in pygments.lex(code, lexer):
        name = next((COLOURS[k] for k in reversed(kind.split()) if k in COLOURS), None)
        out.append('<span class="%s">%s</span>' % (name, escape(text)) if name
                   else escape(text))
    return "".join(out)


def code_block(code, language="", kind="code"):
    inner = coloured(code.rstrip("\n") + "\n", language).rstrip("\n")
    return '<div class="%s"><pre><code>%s</code></pre></div>\n' % (kind, inner)


# ---- A page ----


class Page:
    """What one file of the site holds: HTML, its headings, and words to search for."""

    def __init__(self, path, title, label=None, source=None):
        self.path = path          # in the site: "manual/grokscope-train.html"
        self.title = title
        self.label = label or title  # in the navigation
        self.source = source      # in the repository, which links of it are relative to
        self.parts = []
        self.headings = []        # (level, id, text)
        self.sections = [("", "", [])]  # (heading, id, words)
        self.ids = {"content"}
        self.above = ""           # a line above the title
        self.kind = ""            # a class of the page, for the stylesheet

    def unique(self, wanted):
        ident, count = wanted or "section", 1
        while ident in self.ids:
            ident, count = "%s-%d" % (wanted, count), count + 1
        self.ids.add(ident)
        return ident

    def begin(self, level, text, ident=None):
        """A section begins; gives its anchor."""
        ident = self.unique(ident or slug(text))
        self.headings.append((level, ident, text))
        self.sections.append((text, ident, []))
        return ident

    def heading(self, level, text, ident=None):
        ident = self.begin(level, text, ident)
        self.parts.append('<h%d id="%s">%s%s</h%d>\n' %
                          (level, ident, escape(text), self_link(ident), level))

    def add(self, html_text, words=""):
        self.parts.append(html_text)
        self.count(words)

    def count(self, words):
        if words:
            self.sections[-1][2].append(words)

    def leads_to(self, target):
        """The address of a path of the site, seen from this page."""
        path, sharp, anchor = target.partition("#")
        if path == self.path:
            return sharp + anchor or posixpath.basename(path)
        return posixpath.relpath(path, posixpath.dirname(self.path) or ".") + sharp + \
            anchor


def self_link(ident):
    return '<a class="anchor" href="#%s" aria-label="Link to this section">#</a>' % ident


# ---- Markdown ----


def plain(inline):
    """The words of an inline token."""
    words = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            words.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif child.type == "image":
            words.append(child.content)
    return "".join(words)


def raw(html_text):
    return Token("html_inline", "", 0, content=html_text)


class Writer:
    """Writes Markdown onto pages of a site, which tells where links lead."""

    def __init__(self, site):
        self.site = site
        self.parser = markdown_it.MarkdownIt("commonmark").enable("table")
        for rule in ("fence", "code_block"):
            self.parser.add_render_rule(rule, render_code)
        self.parser.add_render_rule(
            "table_open", lambda *_: '<div class="scroll"><table>\n')
        self.parser.add_render_rule("table_close", lambda *_: "</table></div>\n")

    def write(self, page, text, shift=0):
        """Its first heading, where it is one of the first level, is the page's title,
        which the page has already. Headings go down by `shift` levels."""
        tokens = self.parser.parse(text)
        if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
            page.count(plain(tokens[1]))
            tokens = tokens[3:]
        for i, token in enumerate(tokens):
            if token.type in ("heading_open", "heading_close"):
                token.tag = "h%d" % (int(token.tag[1]) + shift)
            if token.type == "heading_open":
                self.write_heading(page, token, tokens[i + 1])
            elif token.type == "inline":
                page.count(plain(token) if tokens[i - 1].type != "heading_open" else "")
                token.children = self.linked(page, token.children)
            elif token.type in ("fence", "code_block"):
                page.count(token.content)
            elif token.type == "html_block":
                if not token.content.lstrip().startswith("<!--"):
                    raise SiteError("%s: HTML in Markdown: %s" %
                                    (page.source, token.content.strip()))
                token.content = ""
        page.add(self.parser.renderer.render(tokens, self.parser.options, {}))

    def write_heading(self, page, token, inline):
        ident = page.begin(int(token.tag[1]), plain(inline))
        token.attrs["id"] = ident
        inline.children.append(raw(self_link(ident)))

    def linked(self, page, children):
        """Children of an inline token, with links that lead to pages of the site."""
        out, within = [], False
        for child in children:
            if child.type == "link_open":
                within = True
                child.attrs["href"] = self.site.address(page, child.attrs["href"])
            elif child.type == "link_close":
                within = False
            elif child.type == "image":
                child.attrs["src"] = self.site.address(page, child.attrs["src"],
                                                       as_file=True)
            elif child.type == "html_inline" and not child.content.startswith("<a class"):
                child.type = "text"  # `<mask>` outside of code is a word
            if child.type == "text" and not within:
                out.append(raw(with_arxiv_links(child.content)))
            elif child.type == "code_inline" and not within:
                out.append(raw(self.site.named(page, child.content)))
            else:
                out.append(child)
        return out


def render_code(renderer, tokens, index, options, env):
    token = tokens[index]
    return code_block(token.content, token.info.strip())
