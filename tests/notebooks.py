"""Run notebooks as Jupyter would, cell by cell in one namespace, without Jupyter.

usage: notebooks.py FOLDER NOTEBOOK…
FOLDER is where they run, as FOLDER/notebooks, so that the runs they make (../checkpoints)
and the figures they save (figures) stay in FOLDER; the runs are shared by all of them.
Figures that are drawn and not saved are saved there too. Fails, with the number of the
cell, where a cell raises, leaves a figure empty or without a label at an axis; and where a
notebook as it is kept has outputs. GROKSCOPE_BIN is the folder of the programs. What a
notebook needs and Python lacks is told, and the notebook is skipped: exit code 77 where
none was run.
"""
import importlib.util
import json
import os
import pathlib
import re
import sys
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


def main(folder, *notebooks):
    paths = [pathlib.Path(notebook).resolve() for notebook in notebooks]
    os.environ["MPLBACKEND"] = "Agg"
    place = pathlib.Path(folder) / "notebooks"
    (place / "figures").mkdir(parents=True, exist_ok=True)
    (place.parent / "checkpoints").mkdir(exist_ok=True)
    os.chdir(place)
    sys.dont_write_bytecode = True
    ran = 0
    for path in paths:
        sys.path.insert(0, str(path.parent))
        ran += run(path)
    return 0 if ran else SKIPPED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
