"""A network that a loop of one's own trains is saved, checked, measured and read again.

usage: python_module.py    with GROKSCOPE_BIN set to the folder of the programs; exit code
77 where h5py is missing. The module is found as the manual says, by `grokscope --python`.
"""
import os
import subprocess
import sys
import tempfile
import types
import warnings

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

sys.dont_write_bytecode = True
os.environ["PATH"] = os.environ["GROKSCOPE_BIN"] + ":" + os.environ["PATH"]
sys.path.append(subprocess.check_output(["grokscope", "--python"], text=True).strip())
import grokscope  # noqa: E402

P, WIDTH, STEPS = 7, 24, 300
CONFIG = {"operation": "add", "p": P, "layout": "a b", "architecture": "gromov_mlp",
          "d_mlp": WIDTH, "act_fn": "square", "learning_rate": 0.01}


def raises(kind, text, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except kind as error:
        assert text in str(error), f"'{error}' does not say '{text}'"
        return
    raise AssertionError(f"{text}: not refused")


class Mlp:
    """((W_left[a] + W_right[b])^2) W_U, trained by gradient descent, in NumPy."""

    def __init__(self, rng):
        self.weights = {"embed.W_left": rng.normal(size=(P, WIDTH)) / 3,
                        "embed.W_right": rng.normal(size=(P, WIDTH)) / 3,
                        "unembed.W_U": rng.normal(size=(WIDTH, P)) / 3}
        self.weights = {name: x.astype(np.float32) for name, x in self.weights.items()}

    def loss(self, pairs, rate=0):
        left, right, out = self.weights.values()
        a, b = pairs.T
        z = left[a] + right[b]
        logits = z ** 2 @ out
        e = np.exp(logits - logits.max(1, keepdims=True))
        prob = e / e.sum(1, keepdims=True)
        label = (a + b) % P
        loss = -np.log(prob[np.arange(len(a)), label]).mean()
        if rate:
            prob[np.arange(len(a)), label] -= 1
            d = prob / len(a)
            dz = 2 * z * (d @ out.T)
            out -= rate * z.T ** 2 @ d
            np.add.at(left, a, -rate * dz)
            np.add.at(right, b, -rate * dz)
        return loss


def train():
    rng = np.random.default_rng(0)
    network = Mlp(rng)
    pairs = np.array([(a, b) for a in range(P) for b in range(P)])
    chosen = rng.permutation(P * P)[:30]
    rest = np.setdiff1d(np.arange(P * P), chosen)
    steps, states, history = [], [], {"step": [], "train_loss": [], "test_loss": []}
    for step in range(STEPS + 1):
        if step % 20 == 0:
            history["step"].append(step)
            history["train_loss"].append(network.loss(pairs[chosen]))
            history["test_loss"].append(network.loss(pairs[rest]))
        if step % 100 == 0:
            steps.append(step)
            states.append({name: x.copy() for name, x in network.weights.items()})
        network.loss(pairs[chosen], rate=0.05)
    return steps, states, pairs[chosen], chosen, history


steps, states, pairs, chosen, history = train()
assert history["train_loss"][-1] < history["train_loss"][0] / 2


def known_network():
    run = grokscope.save_run("mine", steps, states, CONFIG, pairs, history=history)
    checks = grokscope.run_tool("info", run, "--check").rows()
    assert [row["verdict"] for row in checks] == ["ok"] * len(steps), checks
    read = grokscope.load_run("mine")
    assert read.steps.tolist() == steps and list(read.params) == sorted(states[0])
    for i, state in enumerate(states):
        for name, x in state.items():
            np.testing.assert_array_equal(read.params[name][i], x)
            np.testing.assert_array_equal(read.at(steps[i])[name], x)
    # Weights over time come from run.h5, whose last line is of its bytes.
    assert grokscope.run_tool("info", "mine/run.h5", "--check")["verdict"][0] == "ok"
    with h5py.File("mine/run.h5") as stack:
        np.testing.assert_array_equal(stack["params/unembed.W_U"][1],
                                      states[1]["unembed.W_U"])
    rows = read.history()
    for name, x in history.items():
        np.testing.assert_array_equal(rows[name], x)
    data = read.data()
    assert data["train"].tolist() == chosen.tolist()
    assert sorted([*data["train"], *data["test"]]) == list(range(P * P))
    # What nobody told is not made up.
    unknown = read.config["not_known"]["options"].split()
    assert {"weight_decay", "data_seed", "train_fraction", "seed"} <= set(unknown)
    assert not {"learning_rate", "p", "d_mlp", "steps"} & set(unknown)
    assert read.config["optimizer"] == {"learning_rate": 0.01}
    return read


def measures(run):
    """The programs run the network: their losses are those of the loop."""
    norms = grokscope.run_tool("norms", run, "--step", "all")
    own = [np.sqrt(sum((x.astype(float) ** 2).sum() for x in s.values())) for s in states]
    np.testing.assert_allclose(norms["l2"], own, rtol=1e-6)
    progress = grokscope.run_tool("progress", run, "--step", "all")
    at = [history["step"].index(step) for step in steps]
    for name in ("train_loss", "test_loss"):
        np.testing.assert_allclose(progress[name], np.array(history[name])[at], rtol=1e-4)
    row = progress.rows()[0]
    assert row["step"] == 0 and type(row["train_loss"]) is float
    # Frequencies are lists of numbers in rows, in columns the program's text.
    spectra = grokscope.run_tool("fourier", run)
    keys = spectra.rows()[0]["neuron_logit_keys"]
    assert keys and all(k in (1, 2, 3) for k in keys), keys
    assert " ".join(map(str, keys)) == spectra["neuron_logit_keys"][0]
    subprocess.run(["grokscope", "report", "mine", "-o", "mine.html"], check=True,
                   capture_output=True)
    assert os.path.getsize("mine.html") > 10000
    # A table as pandas takes it, whether or not pandas is there.
    fake = types.SimpleNamespace(DataFrame=dict)
    before, sys.modules["pandas"] = sys.modules.get("pandas"), fake
    frame = norms.to_pandas()
    assert list(frame) == list(norms) and frame["step"].tolist() == steps
    sys.modules.pop("pandas")
    if before:
        sys.modules["pandas"] = before


def splits_and_names(run):
    """Indices and truths are the same split; a Run's config is one too."""
    truths = np.isin(np.arange(P * P), chosen)
    for name, examples in (("by_index", chosen), ("by_truth", truths)):
        again = grokscope.save_run(name, steps, states, run.config, examples)
        assert set(again.data()["train"]) == set(chosen)
        assert grokscope.run_tool("info", again, "--check")["verdict"].tolist() == \
            ["ok"] * len(steps)
    unknown = grokscope.save_run("no_split", steps, states, CONFIG)
    assert "train" not in unknown.data()
    seeded = grokscope.save_run("seeded", steps, states, {**CONFIG, "data_seed": 3})
    assert len(seeded.data()["train"]) == 14
    # Steps out of order, wider numbers, and what is no tensor of weights.
    wide = grokscope.save_run("wide", steps[::-1], [
        {**{name: x.astype(float) for name, x in state.items()}, "count": np.array(3)}
        for state in states[::-1]], CONFIG, chosen)
    assert wide.config["run"]["dtype"] == "float64"
    np.testing.assert_array_equal(wide.params["unembed.W_U"], run.params["unembed.W_U"])
    digests = grokscope.run_tool("info", wide, "--check")["verdict"].tolist()
    assert digests == ["ok"] * len(steps)


def tensors_of_torch(run):
    """detach().cpu().numpy() is all that is asked of a tensor."""
    class Tensor:
        def __init__(self, array):
            self.array, self.dtype = array, array.dtype

        def detach(self):
            return self

        def cpu(self):
            return self

        def numpy(self):
            return self.array

    duck = grokscope.save_run("duck", steps, [
        {name: Tensor(x) for name, x in state.items()} for state in states], CONFIG, pairs)
    np.testing.assert_array_equal(duck.params["embed.W_left"], run.params["embed.W_left"])
    if torch is None:
        return
    real = grokscope.save_run("torch", steps, [
        {name: torch.nn.Parameter(torch.tensor(x)) for name, x in state.items()}
        for state in states], CONFIG, torch.tensor(chosen))
    np.testing.assert_array_equal(real.params["embed.W_left"], run.params["embed.W_left"])
    assert set(real.data()["train"]) == set(chosen)


def other_names():
    """A naming that grokscope-import knows is brought into ours."""
    made = subprocess.run(
        ["grokscope", "train", "--p", "7", "--d-model", "8", "--n-heads", "2", "--d-mlp",
         "16", "--steps", "20", "--checkpoints", "linear:10", "--out", "ours", "-q"],
        check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    ours = grokscope.load_run("ours")
    theirs = []
    for step in ours.steps:
        w = ours.at(int(step))
        flipped = {}
        for name, x in w.items():
            matrix = name.endswith(("W_E", "W_in", "W_out"))
            heads = name.endswith(("W_Q", "W_K", "W_V"))
            flipped[name] = x.T if matrix else x.swapaxes(1, 2) if heads else \
                np.moveaxis(x, 2, 0).reshape(8, 8) if name.endswith("W_O") else x
        theirs.append(flipped)
    config = {"operation": "add", "p": 7, "architecture": "transformer", "n_heads": 2,
              "d_model": 8, "d_mlp": 16, "act_fn": "relu", "attention_dir": "causal"}
    run = grokscope.save_run("theirs", ours.steps, theirs, config, ours.data()["train"])
    for name in ours.params:
        np.testing.assert_array_equal(run.params[name], ours.params[name])
    a, b = (grokscope.run_tool("progress", r)["test_loss"][0] for r in (run, ours))
    np.testing.assert_allclose(a, b, rtol=1e-9)


def any_tensors():
    """Of another network the tensors can be checked, measured and exported."""
    run = grokscope.save_run("plain", [0, 5], [
        {"fc.weight": np.full((3, 2), i + 1.0, np.float32), "scale": np.float32(i + 2)}
        for i in range(2)])
    assert grokscope.run_tool("info", run, "--check")["verdict"].tolist() == ["ok"] * 2
    assert run.params["scale"].tolist() == [2, 3]
    assert grokscope.run_tool("norms", run, "--step", "all")["max"].tolist() == [2, 3]
    assert "history" in h5py.File(run.files[0]) and run.tables() == []


def refusals():
    raises(FileExistsError, "mine: holds a run already", grokscope.save_run, "mine",
           steps, states)
    raises(ValueError, "4 steps for 3 state dicts", grokscope.save_run, "no", steps,
           states[:3])
    raises(ValueError, "each once", grokscope.save_run, "no", [0, 0], states[:2])
    raises(ValueError, "train: expected distinct examples, as indices below 49",
           grokscope.save_run, "no", steps, states, CONFIG, [3, 49])
    raises(ValueError, "train: expected", grokscope.save_run, "no", steps, states, CONFIG,
           [(0, 1), (0, 1)])
    raises(ValueError, "examples of what", grokscope.save_run, "no", steps, states, None,
           [1])
    raises(ValueError, "at most 4 axes", grokscope.save_run, "no", [0],
           [{"x": np.zeros((1, 1, 1, 1, 1))}])
    raises(ValueError, "steps are not increasing", grokscope.save_run, "no", steps, states,
           CONFIG, history={"step": [0, 0], "x": [1, 2]})
    raises(grokscope.ToolError, "not the tensors", grokscope.save_run, "no", steps, states,
           {**CONFIG, "d_mlp": 5})
    raises(grokscope.ToolError, "depth", grokscope.save_run, "no", steps, states,
           {**CONFIG, "depth": 5})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        grokscope.save_run("alias", [0, 1], [states[0]] * 2)
    assert "the weights of step 1 are those of step 0; keep copies" in str(said[0].message)
    raises(grokscope.ToolError, "finding", grokscope.run_tool, "info", "alias", "--check")


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    mine = known_network()
    measures(mine)
    splits_and_names(mine)
    tensors_of_torch(mine)
    other_names()
    any_tensors()
    refusals()
    assert not os.path.exists("no") or not os.listdir("no"), os.listdir("no")
    os.chdir("/")
