"""What surrounds a page: the list of all pages, its own headings, the page before and
the next one."""

from pages import escape, link


def entry(current, page):
    inner = escape(page.label)
    if page.kind in ("program", "recipe"):
        inner = "<code>%s</code>" % inner
    attributes = ' aria-current="page"' if page is current else ""
    return "<li>%s</li>" % link(current.leads_to(page.path), inner, attributes)


def entries(current, pages):
    return "<ul>%s</ul>\n" % "".join(entry(current, page) for page in pages)


def of_group(site, groups, current, title):
    """A group of the list: its pages, then its parts. The recipes, which are many, are
    listed on pages of recipes alone, elsewhere only their topics."""
    parts = {key[1]: pages for key, pages in groups.items()
             if isinstance(key, tuple) and key[0] == title}
    out = [entries(current, groups[title])]
    for part, pages in parts.items():
        head = escape(part[:1].upper() + part[1:])
        if title == "Recipes" and current not in pages:
            target = "recipes/index.html#" + site.topic_anchor(part)
            out.append('<p class="part">%s</p>\n' % link(current.leads_to(target), head))
        else:
            out.append('<p class="part">%s</p>\n%s' % (head, entries(current, pages)))
    within = current in groups[title] or any(current in pages for pages in parts.values())
    return "<details%s><summary>%s</summary>\n%s</details>\n" % (
        " open" if within else "", title, "".join(out))


def navigation(site, groups, current):
    out = [of_group(site, groups, current, title) for title in groups
           if isinstance(title, str)]
    if site.has_api:
        out.append('<p class="api">%s</p>\n' % link(
            current.leads_to("../api/index.html"), "The library: its functions"))
    return "".join(out)


def contents(page):
    """Headings of the second and third level, where there are two or more."""
    listed = [h for h in page.headings if h[0] in (2, 3)]
    if len(listed) < 2:
        return ""
    lines = ['<li class="level%d">%s</li>\n' % (level, link("#" + ident, escape(text)))
             for level, ident, text in listed]
    return ('<details class="contents"><summary>On this page</summary>\n<ul>\n%s</ul>\n'
            "</details>" % "".join(lines))


def turn(order, page):
    """The page before and the next one."""
    if page not in order:
        return ""
    at, out = order.index(page), []
    for place, kind, word in ((at - 1, "prev", "Before"), (at + 1, "next", "Next")):
        if 0 <= place < len(order):
            other = order[place]
            out.append(link(page.leads_to(other.path), "<small>%s</small> %s" %
                            (word, escape(other.title)), ' rel="%s"' % kind))
    return '<nav class="turn" aria-label="Pages before and after">%s</nav>' % "".join(out)


def whole(site, template, groups, order, page):
    """All of a page."""
    root = "../" * page.path.count("/")
    heading = escape(page.title)
    if page.kind in ("program", "recipe", "source"):
        heading = "<code>%s</code>" % heading
    above = '<p class="above">%s</p>\n' % page.above if page.above else ""
    title = page.title if page.title == "grokscope" else page.title + " – grokscope"
    return template.substitute(
        title=escape(title), root=root, kind=page.kind, version=escape(site.version),
        navigation=navigation(site, groups, page), above=above, heading=heading,
        contents=contents(page), body="".join(page.parts), turn=turn(order, page),
        license=link(page.leads_to("reference/license.html"), "MIT"))
