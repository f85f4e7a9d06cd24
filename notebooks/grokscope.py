"""Runs and programs of grokscope, as NumPy arrays.

    import grokscope
    run = grokscope.load_run("../checkpoints/demo")
    run.steps                                  # [num_checkpoints]
    run.params["embed.W_E"]                    # [num_checkpoints, d_vocab, d_model]
    run.history("loss")["test_loss"]           # a value for each step of the table
    spectra = grokscope.run_tool("fourier", run, "--step", "all", "--long")
    spectra.where(tensor="neuron_logit", step=3000)["fraction"]
    grokscope.report(run)                      # the page of it, in the notebook
    grokscope.save_run("mine", steps, state_dicts, config, train)   # of any training loop

Needs h5py and NumPy; `style` needs matplotlib. Nothing is computed here: what is
measured comes from the programs, what was trained from the checkpoints.
"""
import collections.abc
import html
import json
import os
import pathlib
import re
import shutil
import subprocess

import h5py
import numpy as np

__all__ = ["Report", "Run", "Table", "ToolError", "load_run", "make_run", "measured",
           "report", "run_tool", "save_run", "style", "tool"]

STEP_FILE = re.compile(r"step-(\d{9,})\.h5")


FREQUENCIES = re.compile(r"(^|_)keys(_|$)|_frequencies$")


def _numbers(text):
    """The whole numbers of a text such as "3 14 25", as a list; any other text itself."""
    words = str(text).split()
    return [int(word) for word in words] if all(map(str.isdigit, words)) else text


class Table(dict):
    """Columns of equal length, as a dictionary from names to NumPy arrays.

    Numbers are int64 where all are whole, else float64 (what is not finite is nan),
    truths bool, texts object; a column of vectors is [rows, d].
    """

    def __len__(self):
        """The number of rows; list(table) has the names of the columns."""
        return len(next(iter(self.values()), ()))

    def __bool__(self):
        return len(self) > 0

    def where(self, mask=None, **equal):
        """The rows where `mask` (truths or indices) and every name=value hold."""
        keep = np.ones(len(self), bool) if mask is None else mask
        for name, value in equal.items():
            keep = keep & (self[name] == value)
        return Table({name: column[keep] for name, column in self.items()})

    def select(self, *names):
        """Only these columns, in this order."""
        return Table({name: self[name] for name in names})

    def rows(self):
        """A list with a dictionary for each row. Vectors are lists, and so are the
        frequencies that a column of keys or frequencies has as one text."""
        columns = [[_numbers(cell) for cell in column] if FREQUENCIES.search(name)
                   and column.dtype == object else column.tolist()
                   for name, column in self.items()]
        return [dict(zip(self, cells)) for cells in zip(*columns)]

    def to_pandas(self):
        """The same as a pandas.DataFrame; a column of vectors is one of lists."""
        import pandas
        return pandas.DataFrame({name: column if column.ndim == 1 else column.tolist()
                                 for name, column in self.items()})

    def __repr__(self, most=20):
        def cell(value):
            if isinstance(value, list):
                return f"[{len(value)} numbers]"
            return f"{value:.5g}" if isinstance(value, float) else str(value)
        rows = list(zip(*(column[:most].tolist() for column in self.values())))
        cells = [list(self)] + [[cell(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        left = len(self) - len(rows)
        return "\n".join(lines + ([f"… {left} more rows"] if left > 0 else []))


# ---- Runs ----

class Params(collections.abc.Mapping):
    """From the names of a run's tensors to their values at all of its checkpoints.

    params["embed.W_E"] is read when it is asked for, [num_checkpoints, …], and not kept.
    """

    def __init__(self, run):
        self._run = run
        with h5py.File(run.files[-1], "r") as file:
            self._axes = {name: param.attrs["axes"].split()
                          for name, param in file["params"].items()}

    def __iter__(self):
        return iter(self._axes)

    def __len__(self):
        return len(self._axes)

    def axes(self, name):
        """The names of the tensor's dimensions, as ["d_vocab", "d_model"]."""
        return self._axes[name]

    def __getitem__(self, name):
        if name not in self._axes:
            raise KeyError(f"{self._run.folder}: no tensor {name}; there are "
                           + ", ".join(self._axes))
        stack = self._stacked(name)
        if stack is None:
            return np.stack([self._of_file(file, name) for file in self._run.files])
        # HDF5 reads a step file that is missing, or that would be one open file too
        # many, as NaN and says nothing (checkpoints/FORMAT.md). So where there is NaN
        # the step file itself is asked, which may hold NaN, or be missing and say so.
        for i in np.flatnonzero(np.isnan(stack).reshape(len(stack), -1).any(axis=1)):
            stack[i] = self._of_file(self._run.files[i], name)
        return stack

    def _stacked(self, name):
        """The tensor from run.h5, or None where that has not just these checkpoints."""
        path = self._run.folder / "run.h5"
        if not path.exists():
            return None
        with h5py.File(path, "r") as file:
            if not np.array_equal(file["steps"][:], self._run.steps):
                return None
            return file["params"][name][:] if name in file["params"] else None

    @staticmethod
    def _of_file(path, name):
        with h5py.File(path, "r") as file:
            return file["params"][name][()]


class Run:
    """A folder of checkpoints, as it was when it was opened.

    folder  its path
    steps   int64 [num_checkpoints], ascending
    files   the checkpoint of each step
    config  the resolved recipe: config["task"]["p"], config["model"]["d_model"], …
    params  the weights over time: see Params
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        if not self.folder.is_dir():
            raise FileNotFoundError(f"{folder}: no folder of a run")
        found = sorted((int(match[1]), path) for path in self.folder.iterdir()
                       if (match := STEP_FILE.fullmatch(path.name)))
        if not found:
            raise FileNotFoundError(f"{folder}: holds no checkpoint (step-….h5)")
        self.steps = np.array([step for step, _ in found], np.int64)
        self.files = [path for _, path in found]
        with h5py.File(self.files[-1], "r") as file:
            form, version = file.attrs["format"], int(file.attrs["version"][0])
            if form != "grokscope" or version not in (1, 2):
                raise ValueError(f"{self.files[-1]}: format {form}, version {version}; "
                                 "expected grokscope, version 1 or 2")
            self.config = json.loads(file["config"].asstr()[()])
        self.params = Params(self)

    def __fspath__(self):
        return str(self.folder)

    def __repr__(self):
        return (f"<run {self.folder}: {len(self.steps)} checkpoints, steps "
                f"{self.steps[0]} to {self.steps[-1]}>")

    def at(self, step):
        """All weights at one step: a dictionary from names to arrays. Steps count from
        the end where they are negative: at(-1) is the last checkpoint."""
        index = step if step < 0 else list(self.steps).index(step)
        with h5py.File(self.files[index], "r") as file:
            return {name: param[()] for name, param in file["params"].items()}

    def tables(self):
        """The names of the history's tables."""
        with h5py.File(self.files[-1], "r") as file:
            return list(file["history"])

    def history(self, name="loss"):
        """A table of what was measured in training, with its own column "step"."""
        parts, last = [], -1
        if name not in self.tables():
            raise KeyError(f"{self.folder}: no table {name} in the history; there are "
                           + ", ".join(self.tables()))
        for path in self.files:
            with h5py.File(path, "r") as file:
                if name not in file["history"]:
                    continue                         # from before a fork that measures more
                parts.append(_rows_after(last, file["history"][name]))
            if len(parts[-1]["step"]):
                last = parts[-1]["step"][-1]
        return Table({column: np.concatenate([
            part[column] if column in part else np.full(len(part["step"]), np.nan)
            for part in parts]) for column in parts[-1]})

    def data(self):
        """The fields of the dataset by name, as "tokens" [n, n_ctx] and "label" [n, 1],
        and its splits, as "train" [n_train]: indices of examples. None where the file
        has no dataset, or one whose numbers lie in other files."""
        with h5py.File(self.files[-1], "r") as file:
            if "data" not in file:
                return None
            fields = {name: field[:] for name, field in file["data"].items()
                      if isinstance(field, h5py.Dataset)}
            splits = {name: split[:] for name, split in file["data/splits"].items()}
            return fields | splits


def _rows_after(step, table):
    """The columns of a table of the history, from after a step on. A file has the rows
    since a file before it: version 1 of the format has all of them."""
    columns = table.attrs["columns"].split() if "columns" in table.attrs \
        else ["step"] + sorted(set(table) - {"step"})
    rows = {column: table[column][:] for column in columns}
    return {column: x[rows["step"] > step] for column, x in rows.items()}


def load_run(folder):
    """Open the folder of a run; FileNotFoundError or ValueError where it is none."""
    return Run(folder)


def make_run(recipe, folder, *options):
    """The run in `folder`, trained by `recipe` and options now if it is not there yet.

    A run that lies there is taken as it is, whatever it was made by.
    """
    folder = pathlib.Path(folder)
    if not (folder.is_dir() and any(map(STEP_FILE.fullmatch, os.listdir(folder)))):
        run_tool("train", recipe, "--out", folder, *options)
    return load_run(folder)


def make_sweep(recipe, folder, *options):
    """The sweep in `folder`, as a path: all runs of it are done afterwards.

    Runs that lie there are not made again. A run that fails stops none of the others, and
    is a ToolError in the end.
    """
    words = [os.fspath(w) if hasattr(w, "__fspath__") else str(w) for w in options]
    done = subprocess.run([tool("sweep"), "run", recipe, "--out", os.fspath(folder),
                           "--quiet", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(done.stderr.strip(), done.returncode)
    return pathlib.Path(folder)


# ---- Programs ----

class ToolError(RuntimeError):
    """A program did not do what it was asked: its message, and in `code` its exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def tool(question):
    """The path of grokscope-QUESTION: in the folder GROKSCOPE_BIN, on the PATH, in the
    installation that this module is a part of, or in build/bin beside its folder."""
    name = f"grokscope-{question}"
    here = pathlib.Path(__file__).resolve()
    own = [str(here.parents[3] / "bin")] if len(here.parents) > 3 else []
    built = str(here.parent.parent / "build" / "bin")
    for folder in (os.environ.get("GROKSCOPE_BIN"), os.environ.get("PATH"), *own, built):
        found = folder and shutil.which(name, path=folder)
        if found:
            return found
    raise FileNotFoundError(f"{name} is neither in GROKSCOPE_BIN, nor on the PATH, nor in "
                            f"{built}: cmake -S . -B build && cmake --build build")


def measured(recipe):
    """The stored results of a recipe that claims something, a row for each run: arm,
    seed, its statistics (inf: never reached), end_step, seconds.

    FileNotFoundError where it has not been run; train/recipes/replicate.py runs it.
    """
    share = pathlib.Path(tool("train")).resolve().parents[1] / "share/grokscope/recipes"
    path = share / "results" / f"{recipe}.tsv"
    with open(path, encoding="utf-8") as file:
        names, *rows = [line.rstrip("\n").split("\t") for line in file]
    columns = dict(zip(names, zip(*rows)))
    return Table({name: np.array(values, object) if name == "arm" else
                  np.array(values, float) for name, values in columns.items()})


def as_column(values):
    """A column of a JSON answer; null stands for a number that is not finite."""
    if any(isinstance(value, list) for value in values):
        return np.stack([as_column(value) for value in values])
    some = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in some):
        return np.array(values, object)
    if len(some) == len(values) and all(isinstance(value, bool) for value in some):
        return np.array(values, bool)
    if len(some) == len(values) and all(isinstance(value, int) for value in some):
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else value for value in values], float)


def run_tool(question, *words, codes=(0,)):
    """Ask grokscope-QUESTION and return its table.

    words  its command line: paths, runs, numbers and options, as one would type them
    codes  exit codes that are answers (grokscope-compare: 0 and 1)

    ToolError, with what the program said on stderr, where it ends with any other code.
    Programs that print no table, such as `info --command`, are run with subprocess and
    `tool`.
    """
    texts = [os.fspath(word) if hasattr(word, "__fspath__") else str(word)
             for word in words]
    command = [tool(question), *texts, "--format", "json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise ToolError(done.stderr.strip() or f"{command[0]}: exit code "
                        f"{done.returncode}", done.returncode)
    rows = json.loads(done.stdout)["results"]
    names = list(rows[0]) if rows else []
    return Table({name: as_column([row[name] for row in rows]) for name in names})


class Report:
    """A page that grokscope-report wrote; in a notebook it shows itself, in a frame."""

    def __init__(self, path, height):
        self.path = pathlib.Path(path)
        self.height = int(height)

    def _repr_html_(self):
        source = html.escape(self.path.as_posix(), quote=True)
        return (f'<iframe src="{source}" width="100%" height="{self.height}" '
                'style="border: 1px solid #ccc"></iframe>')

    def __repr__(self):
        return f"Report({str(self.path)!r})"


def report(*words, path="report.html", height=800):
    """The report of runs, shown in the notebook: words as for grokscope-report.

    It is written to `path`, beside the notebook, so that the notebook itself stays small;
    a report that is there is replaced. ToolError where it cannot be made.
    """
    run_tool("report", *words, "-o", path, "--force")
    return Report(path, height)


# ---- Figures ----

# Okabe and Ito's colours, which the colour-blind tell apart.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]


def style():
    """Set matplotlib up for figures of a paper: vector formats with text as text, colours
    that the colour-blind tell apart, no box; files are the same when made again."""
    import matplotlib
    matplotlib.rcParams.update({
        "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
        "axes.spines.top": False, "axes.spines.right": False,
        "figure.constrained_layout.use": True, "figure.dpi": 110,
        "font.size": 9, "legend.frameon": False, "lines.linewidth": 1.5,
        "pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "grokscope",
    })


# At the end: it takes from this module what is above.
from grokscope_save import save_run  # noqa: E402
