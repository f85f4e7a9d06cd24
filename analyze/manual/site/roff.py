"""What a program prints of its man page (`PROGRAM --man`), read for the site.

The requests are those that analyze/tool/manual.c writes; any other one is an error, so
that nothing is lost. The man pages are made of the same text.
"""

import re

from pages import SiteError, escape

IGNORED = {".TH", ".nh", ".nr", ".ad", ".if"}
TAGS = {"B": "b", "I": "i"}


class Section:
    def __init__(self, title):
        self.title = title
        self.items = []  # ("text", line), ("head", line), ("term", line, [line, …])


def words_of(line):
    """The arguments of a request: words, or what is in quotation marks."""
    return [quoted or word for quoted, word in re.findall(r'"([^"]*)"|(\S+)', line)]


def alternating(first, second, line):
    """Of .BI and .BR: words in two fonts by turns, without blanks between them."""
    return "".join("\\f%s%s\\fR" % ((first, second)[i % 2], word)
                   for i, word in enumerate(words_of(line)))


def line_of(request, rest):
    """The text of a request that sets fonts."""
    if len(request) == 3:
        return alternating(request[1], request[2], rest)
    return "\\f%s%s\\fR" % (request[1], rest)


def read(text):
    """The sections of a page."""
    sections, items, expected = [], [], None
    for line in text.splitlines():
        request, _, rest = line.partition(" ")
        if request in IGNORED:
            continue
        if request == ".SH":
            sections.append(Section(rest.strip('"')))
            items = sections[-1].items
        elif request == ".SS":
            items.append(("head", rest.strip('"')))
        elif request == ".TP":
            expected = "term"
            continue
        elif request == ".br":
            add_text(items, "\n")
        elif request in (".B", ".I", ".BI", ".BR", ".IR") or not line.startswith("."):
            told = line if not line.startswith(".") else line_of(request, rest)
            if expected:
                items.append(("term", told, []))
            else:
                add_text(items, told)
        else:
            raise SiteError("a man page: the request '%s' is not known to the site" % line)
        expected = None
    return sections


def add_text(items, line):
    if items and items[-1][0] == "term":
        items[-1][2].append(line)
    elif items and items[-1][0] == "text":
        items[-1] = ("text", items[-1][1] + ("" if line == "\n" else " ") + line)
    else:
        items.append(("text", line))


def as_html(line):
    """Fonts and escapes of a line."""
    out, font = [], "R"
    for escape_of, letters in re.findall(r"\\(f.|.)|([^\\]+)", line):
        if escape_of.startswith("f"):
            out.append("</%s>" % TAGS[font] if font in TAGS else "")
            font = escape_of[1]
            out.append("<%s>" % TAGS[font] if font in TAGS else "")
        elif escape_of == ":":
            out.append("<wbr>")
        elif escape_of and escape_of not in "-e&":
            raise SiteError("a man page: the escape '\\%s' is not known" % escape_of)
        elif escape_of:
            out.append({"-": "-", "e": "\\", "&": ""}[escape_of])
        else:
            out.append(escape(letters).replace("\n", "<br>"))
    out.append("</%s>" % TAGS[font] if font in TAGS else "")
    return re.sub(r"<([bi])></\1>", "", "".join(out))


def as_text(line):
    line = re.sub(r"\\f.|\\[&:]", "", line)
    return line.replace("\\-", "-").replace("\\e", "\\")


def body(lines):
    """Lines of one term as one text; a line break stays one."""
    return re.sub(r" *\n *", "\n", " ".join(lines))
