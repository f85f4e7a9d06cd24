"""The index that search.js looks through: the words of every section of every page.

It is a script and no JSON, since a page that was opened as a file may not fetch one.
"""

import json
import re


def words_of(section):
    return re.sub(r"\s+", " ", " ".join(section)).strip()


def text_of(pages):
    """[path, title, [[anchor, heading, words], …]] of each page."""
    listed = []
    for page in pages:
        sections = [[ident, heading, words_of(words)]
                    for heading, ident, words in page.sections if heading or words]
        listed.append([page.path, page.title, sections])
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":"))
                      for row in listed)
    return "var grokscopeIndex = [\n%s\n];\n" % rows.replace("</", "<\\/")
