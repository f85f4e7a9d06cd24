"""No function of the sources is longer than a screen, and most are much shorter.

usage: function_length.py SOURCE_FOLDER
Looks at the C files of train/ and analyze/. A function is as long as the lines from the
one with its name to that of its closing brace. Prints how many there are, their median
and the longest; exits 1 where one has more than 60 lines or the median is 25 or more.
"""
import pathlib
import re
import statistics
import sys

MOST, MEDIAN, SHOWN = 60, 25, 5
# Comments, texts and characters, which may hold braces; and lines of the preprocessor.
OPAQUE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'"
                    r"|^[ \t]*#(?:\\\n|[^\n])*", re.S | re.M)
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


def blank(text):
    """The text without what is opaque, with all its lines."""
    return OPAQUE.sub(lambda found: "\n" * found[0].count("\n") or " ", text)


def blocks(text):
    """What stands before each outermost block, where that begins, and the block's end."""
    depth, start = 0, 0
    for found in re.finditer(r'[{};]|extern\s+" "\s*\{', text):
        if found[0] == "{":
            depth += 1
            opened = found.start() if depth == 1 else opened
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                yield text[start:opened], start, found.start()
        if depth == 0:
            start = found.end()


def functions(path):
    """The name, first line and length of each function that a file defines."""
    text = blank(path.read_text())
    for head, start, end in blocks(text):
        found = NAME.search(head)
        if not found or "=" in head or re.match(r"\s*(typedef|enum)\b", head):
            continue
        first = text.count("\n", 0, start + found.start()) + 1
        yield found[1], first, text.count("\n", 0, end) + 2 - first


def main(root):
    found = []
    for path in sorted([*root.glob("train/**/*.c"), *root.glob("analyze/**/*.c")]):
        for name, line, length in functions(path):
            found.append((length, f"{path.relative_to(root)}:{line}", name))
    found.sort(reverse=True)
    median = statistics.median(length for length, place, name in found)
    print(f"{len(found)} functions, median {median:g} lines, longest {found[0][0]}")
    for length, place, name in found[:SHOWN]:
        print(f"{length}\t{place}\t{name}")
    long = [one for one in found if one[0] > MOST]
    for length, place, name in long:
        print(f"{place}: {name} has {length} lines, {MOST} are allowed", file=sys.stderr)
    if median >= MEDIAN:
        print(f"median {median:g} lines, less than {MEDIAN} is asked", file=sys.stderr)
    return 1 if long or median >= MEDIAN else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
