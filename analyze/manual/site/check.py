"""Whether a site of HTML holds together.

usage: check.py FOLDER

Every link within it leads to a file and to an anchor that are there; every page is
reached from index.html, has one h1, no id twice, and tags that nest; nothing is loaded
from elsewhere. Prints what is wrong, a line each, and exits with 1; else what was seen.
"""

import html.parser
import json
import os
import posixpath
import re
import sys
import urllib.parse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
        "source", "track", "wbr"}
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src",
          "video": "src", "audio": "src", "embed": "src", "object": "data"}
EXTERNAL = re.compile(r"([a-z][a-z0-9+.-]*:|//)", re.I)


class Page(html.parser.HTMLParser):
    """What a page holds, and what is wrong in itself."""

    def __init__(self, path, text):
        super().__init__(convert_charrefs=True)
        self.path, self.faults = path, []
        self.ids, self.links, self.open, self.num_h1 = set(), [], [], 0
        self.feed(text)
        self.close()
        if self.open:
            self.fault("<%s> is not closed" % self.open[-1])
        if self.num_h1 != 1:
            self.fault("%d headings of the first level, expected 1" % self.num_h1)

    def fault(self, words):
        self.faults.append("%s:%d: %s" % (self.path, self.getpos()[0], words))

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.num_h1 += tag == "h1"
        if "id" in known:
            if known["id"] in self.ids:
                self.fault("the id '%s' is there twice" % known["id"])
            self.ids.add(known["id"])
        if tag == "img" and not known.get("alt"):
            self.fault("an image without words: %s" % known.get("src"))
        loaded = known.get(LOADED.get(tag))
        if loaded is not None:
            if EXTERNAL.match(loaded):
                self.fault("<%s> is loaded from elsewhere: %s" % (tag, loaded))
            self.links.append((self.getpos()[0], loaded))
        elif tag == "a" and "href" in known and not EXTERNAL.match(known["href"]):
            self.links.append((self.getpos()[0], known["href"]))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.fault("</%s> closes what is not open" % tag)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def all_pages(folder):
    pages = {}
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(".html"):
                path = os.path.relpath(os.path.join(place, name), folder)
                pages[path] = Page(path, read(os.path.join(place, name)))
    return pages


def target_of(page, href):
    """(path, anchor) of a link, seen from the site's folder."""
    path, _, anchor = urllib.parse.unquote(href).partition("#")
    if not path:
        return page.path, anchor
    return posixpath.normpath(posixpath.join(posixpath.dirname(page.path), path)), anchor


def check_links(folder, pages):
    """Yields what is wrong; a page links to files of the site or beside it (../api)."""
    for page in pages.values():
        for line, href in page.links:
            path, anchor = target_of(page, href)
            if not os.path.isfile(os.path.join(folder, path)):
                yield "%s:%d: no file '%s'" % (page.path, line, href)
            elif anchor and path in pages and anchor not in pages[path].ids:
                yield "%s:%d: no anchor '%s'" % (page.path, line, href)


def check_reach(pages):
    reached, todo = {"index.html"}, ["index.html"]
    while todo:
        page = pages[todo.pop()]
        for _, href in page.links:
            path, _ = target_of(page, href)
            if path in pages and path not in reached:
                reached.add(path)
                todo.append(path)
    return ["%s: nothing leads here" % path for path in sorted(pages.keys() - reached)]


def check_style(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".css"):
            for found in re.finditer(r"url\(|@import", read(os.path.join(folder, name))):
                yield "%s: loads something: %s" % (name, found[0])


def check_index(folder, pages):
    """The index of the search: a list of [path, title, [[anchor, …], …]]."""
    text = read(os.path.join(folder, "search-index.js"))
    for path, _, sections in json.loads(text[text.index("["):text.rindex(";")]):
        if path not in pages:
            yield "search-index.js: no page '%s'" % path
            continue
        for anchor, _, _ in sections:
            if anchor and anchor not in pages[path].ids:
                yield "search-index.js: no anchor '%s#%s'" % (path, anchor)


def main(folder):
    pages = all_pages(folder)
    if "index.html" not in pages:
        sys.exit("%s: no index.html" % folder)
    faults = [fault for page in pages.values() for fault in page.faults]
    faults += check_links(folder, pages)
    faults += check_reach(pages)
    faults += check_style(folder)
    faults += check_index(folder, pages)
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(1)
    print("%d pages, %d links: all lead somewhere" %
          (len(pages), sum(len(page.links) for page in pages.values())))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
