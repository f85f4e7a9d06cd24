"""Checkpoints of any training loop, in grokscope's format: a part of grokscope.py."""
import hashlib
import json
import os
import pathlib
import tempfile
import warnings

import h5py
import numpy as np

import grokscope


def save_run(folder, steps, state_dicts, config=None, train=None, test=None,
             history=None):
    """Write the checkpoints of any training loop, as all programs read them.

    steps        updates made before each state, one for each
    state_dicts  the weights at these steps: from names to PyTorch tensors or arrays
    config       options of a recipe, as dict(operation="add", p=31, layout="a b",
                 architecture="gromov_mlp", d_mlp=48, act_fn="square"), or a Run's config.
                 Names and shapes are ours, or of a naming that grokscope-import knows.
                 None: tensors whose network is not known
    train, test  examples: indices, truths, or pairs (a, b) [m, 2]; the test set is all
                 others by default. Without `train` the split is not known, unless config
                 has data_seed
    history      columns by name, "step" among them, as "train_loss": the table "loss"

    The folder must not hold a run. Returns it as load_run does. What config does not say
    (the optimizer, …) is noted as not known. Where it says what the network is, the
    programs are asked for the examples; else only h5py and NumPy are needed.
    """
    folder = pathlib.Path(folder)
    if folder.is_dir() and any(map(grokscope.STEP_FILE.fullmatch, os.listdir(folder))):
        raise FileExistsError(f"{folder}: holds a run already")
    steps = [int(step) for step in steps]
    if len(steps) != len(state_dicts) or not steps or min(steps) < 0 \
            or len(set(steps)) < len(steps):
        raise ValueError(f"{len(steps)} steps for {len(state_dicts)} state dicts; expected "
                         "one for each, 0 or more, each once")
    order = np.argsort(steps)
    steps = [steps[i] for i in order]
    states = [_arrays(state_dicts[i]) for i in order]
    _warn_of_equals(steps, states)
    with tempfile.TemporaryDirectory() as room:
        template, states = _in_our_names(pathlib.Path(room), states, config)
        with h5py.File(template, "r") if template else _nothing() as file:
            told = _flat(config or {})
            text = _config(file, told, steps, states)
            splits = _splits(file, told, train, test)
            folder.mkdir(parents=True, exist_ok=True)
            for i, (step, state) in enumerate(zip(steps, states)):
                since = steps[i - 1] if i else -1
                _write(folder / f"step-{step:09}.h5", lambda out: _fill(
                    out, file, step, text, state, splits, _part(history, since, step),
                    since))
    _write(folder / "run.h5", lambda out: _stack(out, folder, steps, states[-1], history))
    return grokscope.load_run(folder)


def _arrays(state):
    """float32 or float64 arrays of a state dict; what is no real tensor is left out."""
    arrays = {}
    for name, value in state.items():
        for method in ("detach", "cpu"):
            value = getattr(value, method)() if hasattr(value, method) else value
        if "bfloat16" in str(getattr(value, "dtype", "")):
            value = value.float()
        array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
        if array.dtype.kind != "f":
            continue                                 # masks, counters
        if array.ndim > 4 or "/" in name:
            raise ValueError(f"{name} {list(array.shape)}: at most 4 axes, and no / in names")
        arrays[name] = np.array(array, np.float64 if array.dtype.itemsize > 4
                                else np.float32, order="C")
    return arrays


def _warn_of_equals(steps, states):
    """A state_dict shares its tensors with the network, which goes on to change them."""
    for i in range(1, len(steps)):
        if states[i].keys() == states[i - 1].keys() and all(
                np.array_equal(x, states[i - 1][name]) for name, x in states[i].items()):
            warnings.warn(f"the weights of step {steps[i]} are those of step "
                          f"{steps[i - 1]}; keep copies of a state_dict, as "
                          "{name: value.clone() for name, value in "
                          "model.state_dict().items()}", stacklevel=3)
            return


def _nothing():
    return h5py.File("nothing", "w", driver="core", backing_store=False)


def _flat(config):
    """The options of all sections of a configuration."""
    flat = {}
    for name, value in config.items():
        flat.update(_flat(value) if isinstance(value, dict) else {name: value})
    if set(config) & {"not_known"}:
        flat.pop("options", None)
    return {name: {True: "yes", False: "no", None: "none"}.get(value, value)
            if isinstance(value, (bool, type(None))) else value
            for name, value in flat.items()}


def _in_our_names(room, states, config):
    """A checkpoint that has examples and configuration, or None, and the weights."""
    if config is None:
        return None, states
    flat = _flat(config)
    kept = {name: value for name, value in flat.items() if name not in ("steps", "dtype")}
    dtype = max(array.dtype.name for array in states[0].values())
    words = [f"--{name.replace('_', '-')}={value}" for name, value in kept.items()]
    grokscope.run_tool("train", *words, "--steps", 0, "--dtype", dtype, "--out", room / "run")
    template = room / "run" / "step-000000000.h5"
    with h5py.File(template, "r") as file:
        ours = {name: param.shape for name, param in file["params"].items()}
    if all({name: x.shape for name, x in state.items()} == ours for state in states):
        return template, states
    for i, state in enumerate(states):
        np.savez(room / f"{i}.npz", **state)
        grokscope.run_tool("import", room / f"{i}.npz", *words, "--dtype", dtype,
                 "-o", room / f"{i}.h5")
        with h5py.File(room / f"{i}.h5", "r") as file:
            states[i] = {name: param[()] for name, param in file["params"].items()}
    return room / "0.h5", states


def _config(template, told, steps, states):
    """The configuration as JSON: what nobody told is named in not_known."""
    config = {"model": {"architecture": "tensors"}, "run": {}}
    if "config" in template:
        config = json.loads(template["config"].asstr()[()])
    unknown = config.pop("not_known", {"options": ""})["options"].split()
    for section in ("init", "optimizer", "run", "task"):
        for name in list(config.get(section, {})):
            of_split = name in ("data_seed", "train_fraction", "split_file")
            if name not in told and name != "dtype" and (
                    section != "task" or (of_split and "data_seed" not in told)):
                del config[section][name]
                unknown.append(name)
    config["run"]["steps"] = told.get("steps", steps[-1])
    config["run"]["dtype"] = max(x.dtype.name for x in states[0].values())
    unknown = [name for name in unknown if name != "steps"]
    config["not_known"] = {"options": " " + " ".join(unknown) + " " if unknown else ""}
    return json.dumps(config, indent=2)


def _splits(template, told, train, test):
    """The splits by name; None: as the template has them."""
    if train is None and test is None:
        return None if "data_seed" in told else {}
    if "data" not in template:
        raise ValueError("train, test: examples of what? config names the task")
    count = int(template["data"].attrs["num_examples"])
    chosen = {name: _indices(template, name, examples, count)
              for name, examples in (("train", train), ("test", test))
              if examples is not None}
    if "test" not in chosen:
        chosen["test"] = np.setdiff1d(np.arange(count), chosen["train"])
    return chosen


def _indices(template, name, examples, count):
    x = examples.detach().cpu().numpy() if hasattr(examples, "detach") \
        else np.asarray(examples)
    if x.dtype == bool and x.shape == (count,):
        x = np.flatnonzero(x)
    elif x.ndim == 2 and x.shape[1] == 2 and "binary_table" in template["facets"]:
        table = template["facets/binary_table"]
        tokens, operands = template["data/tokens"][:], table["operands"][:]
        pairs = zip(tokens[:, table["position_a"][()]], tokens[:, table["position_b"][()]])
        places = {pair: i for i, pair in enumerate(pairs)}
        x = np.array([places.get((operands[a], operands[b]), -1) for a, b in x])
    if x.ndim != 1 or x.dtype.kind not in "iu" or np.any(x < 0) or np.any(x >= count) \
            or len(np.unique(x)) < len(x):
        raise ValueError(f"{name}: expected distinct examples, as indices below {count}, "
                         "truths, or pairs (a, b)")
    return x


def _part(history, since, step):
    """The rows of a history after one step and up to another."""
    if history is None:
        return None
    at = np.asarray(history["step"])
    if np.any(np.diff(at) <= 0):
        raise ValueError("history: steps are not increasing")
    return {name: np.asarray(x)[(at > since) & (at <= step)]
            for name, x in history.items()}


# ---- Files ----

def _dataset(group, name, array):
    whole = array.ndim > 0 and array.size > 0
    return group.create_dataset(name, data=array, chunks=array.shape if whole else None,
                                fletcher32=whole or None)


def _text(group, name, text):
    data = text.encode()
    group.create_dataset(name, data=np.array(data, h5py.string_dtype(
        "utf-8", max(len(data), 1))))


def _add_history(file, table):
    group = file.create_group("history")
    if table is not None:
        names = ["step", *(name for name in table if name != "step")]
        loss = group.create_group("loss")
        loss.attrs["columns"] = " ".join(names)
        for name in names:
            _dataset(loss, name, np.asarray(
                table[name], np.int64 if name == "step" else np.float64))
    return group


def _fill(file, template, step, config, state, splits, table, since):
    """A checkpoint, as checkpoints/FORMAT.md describes it."""
    file.attrs["format"] = "grokscope"
    file.attrs["version"] = np.array([2, 1], np.int64)
    file.attrs["step"] = np.int64(step)
    _text(file, "config", config)
    for name in ("data", "outputs", "facets"):
        if name in template:
            template.copy(template[name], file, name)
    if "data" in file and splits is not None:
        del file["data/splits"]
        for name, indices in splits.items():
            _dataset(file.require_group("data/splits"), name, indices.astype(np.uint32))
        file.require_group("data/splits")
    params = file.create_group("params")
    for name, array in state.items():
        param, known = _dataset(params, name, array), template.get(f"params/{name}")
        param.attrs["axes"] = known.attrs["axes"] if known is not None \
            else " ".join(f"axis{i}" for i in range(array.ndim))
        param.attrs["trained"] = known.attrs["trained"] if known is not None \
            else np.int64(1)
    group = _add_history(file, table)
    if table is not None and since >= 0:
        group.attrs["since"] = np.int64(since)
    notes = file.create_group("provenance")
    _text(notes, "saved_by", "grokscope.save_run")
    notes.attrs["sha256"] = hashlib.sha256(b"saved_by\0grokscope.save_run\0").hexdigest()


def _stack(file, folder, steps, state, history):
    """run.h5: the tensors of all step files along a first axis."""
    file.attrs["format"] = "grokscope-run"
    file.attrs["version"] = np.array([2, 1], np.int64)
    _dataset(file, "steps", np.array(steps, np.int64))
    for name, array in state.items():
        layout = h5py.VirtualLayout((len(steps), *array.shape), array.dtype)
        for i, step in enumerate(steps):
            layout[i] = h5py.VirtualSource(f"step-{step:09}.h5", f"params/{name}",
                                           array.shape)
        file.require_group("params").create_virtual_dataset(name, layout, np.nan)
    _add_history(file, _part(history, -1, steps[-1]))


def _write(path, fill):
    """A file that ends with the SHA-256 of its bytes, whole under its name."""
    with h5py.File(path.name, "w", driver="core", backing_store=False) as file:
        fill(file)
        file.flush()
        image = file.id.get_file_image()
    line = f"grokscope 2 sha256 {hashlib.sha256(image).hexdigest()}\n"
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(image + line.encode())
    draft.replace(path)
