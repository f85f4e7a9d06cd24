"""Modules include lower layers only, or their own without a circle.

usage: layers.py SOURCE_FOLDER
Prints the order of the layers and the number of includes; exits 1 with each breach.
A public header include/grokscope/X.h belongs to the folder that holds X.c.
"""
import pathlib
import re
import sys

# Lowest first; names on one line may not include each other.
LAYERS = [
    ["train/base"], ["train/options", "train/numeric"], ["train/graph"],
    ["train/hdf5"], ["train/data"], ["train/task", "train/model", "train/optim"],
    ["train/checkpoint"], ["train/run"], ["analyze/maths"], ["analyze/method"],
    ["analyze/rows"], ["analyze/network"], ["analyze/measure"], ["train/exchange"],
    ["analyze/tool"], ["analyze/export"], ["analyze/compare"],
    ["analyze/info", "analyze/import", "analyze/prune", "analyze/sweep"],
    ["analyze/pathways", "analyze/phases"], ["analyze/report"],
    ["train", "analyze"],
]
PROGRAMS = LAYERS[-1]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def home(path):
    """The module of a source file: train/graph/op/loss.c is of train/graph."""
    parts = path.parts[:-1]
    return "/".join(parts[:2])


def main(root):
    rank = {folder: i for i, layer in enumerate(LAYERS) for folder in layer}
    sources = sorted(p.relative_to(root) for top in ("train", "analyze")
                     for p in (root / top).rglob("*.[ch]"))
    modules = {}
    for path in sources:
        if path.suffix == ".c" and home(path) not in PROGRAMS:
            modules.setdefault(path.stem, home(path))
    headers = sorted((root / "include/grokscope").glob("*.h"))
    homes = {path: home(path) for path in sources}
    breaches, count, edges = [], 0, {}
    for header in headers:
        relative = header.relative_to(root)
        if header.stem not in modules:
            breaches.append(f"{relative}: no {header.stem}.c gives it a layer")
            continue
        homes[relative] = modules[header.stem]
    for path, folder in homes.items():
        if folder not in rank:
            breaches.append(f"{path}: folder {folder} is in no layer")
            continue
        for name in INCLUDE.findall((root / path).read_text()):
            if name.startswith("grokscope/"):
                target = pathlib.Path("include") / name
            else:
                target = pathlib.Path(name)
            if target not in homes:
                breaches.append(f"{path}: includes {name}, which is nowhere")
                continue
            count += 1
            edges.setdefault(path, set()).add(target)
            other = homes[target]
            if other != folder and rank[other] >= rank[folder]:
                breaches.append(f"{path} ({folder}) includes {name} ({other})")
            if folder == other == "analyze/method" and path.stem != target.stem:
                breaches.append(f"{path}: methods do not include each other: {name}")
    breaches += circles(edges)
    print(" < ".join(", ".join(layer) for layer in LAYERS))
    print(f"{len(homes)} files, {count} includes, {len(breaches)} breaches")
    for breach in breaches:
        print(breach, file=sys.stderr)
    return 1 if breaches else 0


def circles(edges):
    """Headers that include each other in a circle."""
    found, done = [], set()

    def visit(path, trail):
        if path in trail:
            found.append("circle: " + " -> ".join(map(str, trail[trail.index(path):])))
        elif path not in done:
            for target in sorted(edges.get(path, ())):
                visit(target, trail + [path])
            done.add(path)

    for path in sorted(edges):
        visit(path, [])
    return found


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
