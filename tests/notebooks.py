"""Run notebooks as Jupyter would, cell by cell in one namespace, without Jupyter.

usage: notebooks.py FIGURES [--place FOLDER] [--keep] NOTEBOOK…
They run in FOLDER/notebooks, a temporary folder unless it is given, and so leave the runs
they make in FOLDER/checkpoints, where the next one finds them. Every figure, saved or not,
lands in the folder FIGURES. Fails, with the number of the cell, where a cell raises, or
leaves a figure empty or without a label at an axis; and where the outputs that the notebook
is kept with are not those of this run: four words of five the same, and as many figures.
With --keep it is written anew, with what it printed and drew. GROKSCOPE_BIN is the folder of
the programs. What a notebook needs and Python lacks is told, and the notebook is skipped:
exit code 77 where none was run.
"""
import argparse
import base64
import contextlib
import importlib.util
import io
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


# Of a picture that is kept in a notebook; the largest that a notebook may be.
DOTS, MOST_BYTES = 60, 400000


def read(path):
    notebook = json.loads(path.read_text())
    assert notebook["nbformat"] == 4, f"{path}: nbformat {notebook['nbformat']}, not 4"
    assert path.stat().st_size < MOST_BYTES, f"{path}: larger than {MOST_BYTES} bytes"
    return notebook


def cells(notebook):
    """The code cells with their numbers."""
    return [(number, cell) for number, cell in enumerate(notebook["cells"], 1)
            if cell["cell_type"] == "code"]


def source(cell):
    return "".join(cell["source"])


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


# ---- Outputs ----


def pictures(plt):
    """The figures that are open, as a notebook keeps them."""
    for figure in map(plt.figure, plt.get_fignums()):
        png = io.BytesIO()
        figure.savefig(png, dpi=DOTS, metadata={"Software": None})
        yield {"output_type": "display_data", "metadata": {},
               "data": {"image/png": base64.b64encode(png.getvalue()).decode() + "\n",
                        "text/plain": ["<Figure>"]}}  # fmt: skip


def outputs_of(text, plt):
    """What a cell printed and drew, in the notebook's form."""
    printed = [{"name": "stdout", "output_type": "stream",
                "text": text.splitlines(keepends=True)}] if text else []  # fmt: skip
    return printed + list(pictures(plt))


# Words that a notebook is kept with and that are printed again, at least: numbers, and what
# hangs on them (which frequencies are key), differ between processors.
LEAST_ALIKE = 0.8


def words(outputs):
    """The words that are printed, and how many figures are drawn."""
    text = "".join("".join(one["text"]) for one in outputs
                   if one["output_type"] == "stream")
    return (set(re.findall(r"[^\W\d_]{3,}", text)),
            sum(one["output_type"] == "display_data" for one in outputs))


def compare(kept, made):
    (old, drawn), (new, draws) = words(kept), words(made)
    other = sorted(old ^ new)
    assert len(old & new) >= LEAST_ALIKE * len(old | new), \
        f"prints other words than it is kept with: {other}; --keep writes it anew"
    assert drawn == draws, f"draws {draws} figures, and is kept with {drawn}"


def run_cell(path, number, cell, namespace, plt):
    """What the cell printed and drew."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(compile(source(cell), f"{path.name}, cell {number}", "exec"), namespace)
    made = outputs_of(text.getvalue(), plt)
    check_figures(plt, path.stem, number)
    return made


def run(path, keep):
    """Whether the notebook could be run."""
    notebook = read(path)
    sources = cells(notebook)
    lacking = missing([source(cell) for _, cell in sources])
    if lacking:
        print(f"{path.name}: skipped, {sys.executable} has no {', '.join(lacking)}")
        return False
    # Kept with what is in a folder of data that others may not have.
    has_data = "GROKSCOPE_DATA" in os.environ or \
        not any("GROKSCOPE_DATA" in source(cell) for _, cell in sources)
    if keep and not has_data:
        raise SystemExit(f"{path.name}: set GROKSCOPE_DATA to keep what it prints of them")
    import matplotlib.pyplot as plt
    start, namespace = time.monotonic(), {"__name__": "__main__"}
    for count, (number, cell) in enumerate(sources, 1):
        try:
            made = run_cell(path, number, cell, namespace, plt)
            if not keep and has_data:
                compare(cell["outputs"], made)
        except Exception:
            traceback.print_exc()
            raise SystemExit(f"FAILED: {path.name}, cell {number}") from None
        cell["outputs"], cell["execution_count"] = made, count
        sys.stdout.write("".join("".join(one.get("text", "")) for one in made))
    if keep:
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
        read(path)
    print(f"{path.name}: {len(sources)} cells, {time.monotonic() - start:.0f} s")
    return True


def run_all(paths, figures, place, keep):
    """How many of the notebooks could be run, in this place."""
    for folder in (figures, place / "checkpoints", place / "notebooks"):
        folder.mkdir(parents=True, exist_ok=True)
    if not (place / "notebooks/figures").exists():
        (place / "notebooks/figures").symlink_to(figures, target_is_directory=True)
    os.chdir(place / "notebooks")
    return sum(run(path, keep) for path in paths)


def main():
    parser = argparse.ArgumentParser(description="Run notebooks without Jupyter.")
    parser.add_argument("figures", type=pathlib.Path)
    parser.add_argument("--place", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
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
        ran = run_all(paths, options.figures.resolve(), place, options.keep)
        os.chdir("/")
    return 0 if ran else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
