"""Run notebooks as Jupyter would, cell by cell in one namespace, without Jupyter.

usage: notebooks.py FIGURES [--place FOLDER] NOTEBOOK…
They run in FOLDER/notebooks, a temporary folder unless it is given, and so leave the runs
they make in FOLDER/checkpoints, where the next one finds them. Every figure, saved or not,
lands in the folder FIGURES. Fails, with the number of the cell, where a cell raises, or
leaves a figure empty or without a label at an axis; and where a notebook as it is kept has
outputs. GROKSCOPE_BIN is the folder of the programs. What a notebook needs and Python lacks
is told, and the notebook is skipped: exit code 77 where none was run.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback

SKIPPED = 77
# What a distribution may be without; all else a notebook imports has to be there.
OPTIONAL = ["matplotlib", "sklearn", "torch"]


def cells(path):
    """The sources of the code cells with their numbers, after a look at the file."""
    notebook = json.loads(path.read_text())
    assert notebook["nbformat"] == 4, f"{path}: nbformat {notebook['nbformat']}, not 4"
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] != "code":
            continue
        if cell["outputs"] or cell["execution_count"] is not None:
            raise AssertionError(f"{path}: cell {number} is kept with its outputs")
        yield number, "".join(cell["source"])


def missing(sources):
    """The optional modules that the cells import and Python does not have."""
    wanted = set(re.findall(r"^\s*(?:import|from) (\w+)", "\n".join(sources), re.M))
    return sorted(name for name in wanted & set(OPTIONAL)
                  if importlib.util.find_spec(name) is None)


def check_figures(plt, stem, number):
    """Every figure that a cell leaves shows something, and says what its axes are."""
    for count, figure in enumerate(map(plt.figure, plt.get_fignums())):
        assert figure.axes, "a figure without axes"
        for axes in figure.axes:
            assert axes.has_data() or axes.get_label() == "<colorbar>", "empty axes"
            for axis in (axes.xaxis, axes.yaxis):
                bare = len(axis.get_ticklocs()) == 0 or not axes.axison
                shared = not any(label.get_visible() for label in axis.get_ticklabels())
                if axes.get_label() != "<colorbar>":
                    assert bare or shared or axis.get_label_text(), \
                        f"axes '{axes.get_title()}' have no {axis.axis_name} label"
        figure.savefig(f"figures/cell-{stem}-{number:02d}-{count}.png", dpi=100)
    plt.close("all")


def run(path):
    """Whether the notebook could be run."""
    sources = list(cells(path))
    lacking = missing([source for _, source in sources])
    if lacking:
        print(f"{path.name}: skipped, {sys.executable} has no {', '.join(lacking)}")
        return False
    import matplotlib.pyplot as plt
    start, namespace = time.monotonic(), {"__name__": "__main__"}
    for number, source in sources:
        try:
            exec(compile(source, f"{path.name}, cell {number}", "exec"), namespace)
            check_figures(plt, path.stem, number)
        except Exception:
            traceback.print_exc()
            raise SystemExit(f"FAILED: {path.name}, cell {number}") from None
    print(f"{path.name}: {len(sources)} cells, {time.monotonic() - start:.0f} s")
    return True


def run_all(paths, figures, place):
    """How many of the notebooks could be run, in this place."""
    for folder in (figures, place / "checkpoints", place / "notebooks"):
        folder.mkdir(parents=True, exist_ok=True)
    if not (place / "notebooks/figures").exists():
        (place / "notebooks/figures").symlink_to(figures, target_is_directory=True)
    os.chdir(place / "notebooks")
    return sum(map(run, paths))


def main():
    parser = argparse.ArgumentParser(description="Run notebooks without Jupyter.")
    parser.add_argument("figures", type=pathlib.Path)
    parser.add_argument("--place", type=pathlib.Path)
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    os.environ["MPLBACKEND"] = "Agg"
    # Arrays are small here: threads of BLAS would wait for each other, and for those of the
    # tests beside this one, longer than they work.
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.dont_write_bytecode = True
    paths = [path.resolve() for path in options.notebooks]
    sys.path[:0] = {str(path.parent): None for path in paths}
    with tempfile.TemporaryDirectory() as temporary:
        place = (options.place or pathlib.Path(temporary)).resolve()
        ran = run_all(paths, options.figures.resolve(), place)
        os.chdir("/")
    return 0 if ran else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
