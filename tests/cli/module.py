"""notebooks/grokscope.py on a real run: weights over time, histories, answers, refusals.

usage: module.py NOTEBOOKS RUN; RUN has the steps 0, 100, 200 and a history of norms.
"""
import os
import pathlib
import shutil
import sys

import h5py
import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import grokscope  # noqa: E402


def raises(kind, text, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        assert text in str(error), f"'{error}' does not say '{text}'"
        return
    raise AssertionError(f"{text}: not refused")


def of_files(run, name):
    stack = []
    for path in run.files:
        with h5py.File(path, "r") as file:
            stack.append(file["params"][name][()])
    return np.stack(stack)


folder = pathlib.Path(sys.argv[2])
run = grokscope.load_run(folder)
assert run.steps.tolist() == [0, 100, 200] and run.config["task"]["p"] == 7
assert run.params.axes("embed.W_E") == ["d_vocab", "d_model"]
assert len(run.params) == 11
for name in run.params:
    np.testing.assert_array_equal(run.params[name], of_files(run, name))
    np.testing.assert_array_equal(run.at(100)[name], run.params[name][1])
raises(KeyError, "no tensor W_E", lambda: run.params["W_E"])
assert run.tables() == ["loss", "norms"]
assert run.history()["step"].tolist() == list(range(0, 201, 10))
raises(KeyError, "no table rqi", run.history, "rqi")
# A fork's history begins with that of its run, of measures that both have.
fork = grokscope.load_run("fork")
assert fork.steps.tolist() == [0, 100, 200, 300]
assert fork.history()["step"].tolist() == list(range(0, 301, 10))
assert fork.history("norms")["step"].tolist() == [0, 100, 200, 300]
assert fork.history("rqi")["step"].tolist() == [200, 300]
for table in run.tables():
    np.testing.assert_array_equal(fork.history(table)["step"][:3], run.history(table)["step"][:3])
data = run.data()
assert data["tokens"].shape == (49, 3) and data["label"].shape == (49, 1)
assert len(set(data["train"])) == 29 and len(set(data["train"]) | set(data["test"])) == 49

# run.h5 reads a step that is missing as NaN; here that is an error with its name.
copy = pathlib.Path("copy")
shutil.copytree(folder, copy)
gone = grokscope.load_run(copy)
(copy / "step-000000100.h5").unlink()
raises(FileNotFoundError, "step-000000100.h5", lambda: gone.params["embed.W_E"])
# Of the folder as it is now run.h5 is out of date, so the step files are read.
left = grokscope.load_run(copy)
assert left.steps.tolist() == [0, 200]
np.testing.assert_array_equal(left.params["embed.W_E"], run.params["embed.W_E"][[0, 2]])
# Weights that are NaN are no missing ones.
with h5py.File(copy / "step-000000200.h5", "r+") as file:
    file["params"]["pos_embed.W_pos"][0, 0] = np.nan
assert np.isnan(left.params["pos_embed.W_pos"][1, 0, 0])
raises(FileNotFoundError, "no folder", grokscope.load_run, "nothing")
raises(FileNotFoundError, "no checkpoint", grokscope.load_run, sys.argv[1])

# Answers have the types of their columns.
keys = grokscope.run_tool("fourier", run, "--step", "all")
assert keys["step"].dtype == np.int64 and keys["embedding_keys"].dtype == object
assert keys["embedding_gini"].dtype == np.float64 and len(keys) == 3
spectra = grokscope.run_tool("fourier", run, "--step", "all", "--long")
assert spectra["key"].dtype == bool
one = spectra.where(tensor="embedding", step=100)
assert one["frequency"].tolist() == [0, 1, 2, 3]
np.testing.assert_allclose(one["fraction"][1:].sum(), 1)
norms = grokscope.run_tool("norms", run, "--step", "all")
np.testing.assert_array_equal(norms["l2"], run.history("norms")["l2"])
assert np.isnan(norms["cosine_of_step"][0]) and "3 rows" not in repr(norms)
assert len(repr(spectra).splitlines()) == 22
vectors = grokscope.run_tool("embedding", run, "--tensor", "embed.W_E")
np.testing.assert_array_equal(vectors["x"].astype(np.float32), run.at(-1)["embed.W_E"])
assert grokscope.run_tool("compare", run, run)["same"].all()
assert not grokscope.run_tool("compare", f"{folder}@0", run, codes=(0, 1))["same"].any()

try:
    grokscope.run_tool("fourier", "nothing.h5")
    raise AssertionError("nothing.h5 was read")
except grokscope.ToolError as error:
    assert error.code == 3 and "nothing.h5: No such file or directory" in str(error)
raises(FileNotFoundError, "grokscope-nothing is neither", grokscope.tool, "nothing")
assert grokscope.make_run("no-such-recipe", folder).steps[-1] == 200
made = grokscope.make_run("demo", "made", "--p", 7, "--d-model", 16, "--steps", 20)
assert made.steps.tolist() == [0, 20]
try:
    page = grokscope.report(made, path="made & more.html", height=300)
    assert os.path.getsize("made & more.html") > 10000
    assert 'src="made &amp; more.html"' in page._repr_html_()
    assert 'height="300"' in page._repr_html_()
except grokscope.ToolError as error:
    assert "the page is not in this program" in str(error)
print(os.path.basename(grokscope.__file__), "does what it says")
