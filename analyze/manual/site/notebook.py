"""Notebooks as pages: their text, their code, and what they printed and drew.

nbconvert would bring Jupyter and a template of its own; a notebook is JSON of three
kinds of cells and four of outputs.
"""

import base64
import json
import re

from pages import SiteError, code_block, escape

IMAGES = {"image/svg+xml": ".svg", "image/png": ".png"}


def joined(text):
    return "".join(text) if isinstance(text, list) else text


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def title_of(notebook):
    for cell in notebook["cells"]:
        found = re.match(r"# (.*)", joined(cell["source"]))
        if cell["cell_type"] == "markdown" and found:
            return found[1].strip()
    raise SiteError("a notebook has no title")


def image_of(data):
    """(ending, bytes) of what a cell drew; None where it is no picture."""
    for kind, ending in IMAGES.items():
        if kind in data:
            text = joined(data[kind])
            return ending, (text.encode() if ending == ".svg" else
                            base64.b64decode(text))
    return None


def caption(heading, number):
    return "Figure %d of this notebook%s" % (number, heading and ": " + heading)


class Notebook:
    def __init__(self, writer, site, page, notebook):
        self.writer, self.site, self.page = writer, site, page
        self.notebook, self.figures = notebook, 0

    def write_image(self, ending, data):
        self.figures += 1
        path = self.page.path.replace(".html", "-%d%s" % (self.figures, ending))
        self.site.put(path, data)
        self.page.add('<p class="figure"><img src="%s" alt="%s" loading="lazy"></p>\n' %
                      (escape(self.page.leads_to(path)),
                       escape(caption(self.page.sections[-1][0], self.figures))))

    def write_output(self, output):
        kind = output["output_type"]
        if kind == "stream":
            self.page.add(code_block(joined(output["text"]), "", "code output"))
        elif kind in ("display_data", "execute_result"):
            image = image_of(output["data"])
            if image:
                self.write_image(*image)
            else:
                self.page.add(code_block(joined(output["data"]["text/plain"]), "",
                                         "code output"))
        else:
            raise SiteError("%s: an output of kind '%s' is kept" % (self.page.source, kind))

    def write(self):
        for cell in self.notebook["cells"]:
            source = joined(cell["source"])
            if cell["cell_type"] == "markdown":
                self.writer.write(self.page, source)
            elif cell["cell_type"] == "code" and source.strip():
                self.page.add(code_block(source, "python"))
                for output in cell["outputs"]:
                    self.write_output(output)
