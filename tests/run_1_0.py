"""Write a small run of the checkpoint format, version 1.0, from only the words of that page.

usage: run_1_0.py FOLDER
Four checkpoints of a transformer of one block that adds modulo 7, a resume file and
run.h5, as the programs of version 1.0 left them. Later programs have to open such files
and to say the same of them. The weights are made up, so nothing here was trained: numbers
of a Mersenne Twister, waves in what embeds and unembeds, all in steps of 1/4096 so that
they are the same on every machine.
"""
import pathlib
import sys

import h5py
import numpy as np

P, D_MODEL, HEADS, D_HEAD, D_MLP, N_CTX = 7, 8, 2, 4, 12, 3
STEPS = (0, 10, 20, 30)
RESUME_STEP = 30
PADDED = 640  # weights of the optimizer's state, with the gaps between tensors

# As the programs wrote it, here for 30 steps.
CONFIG = """{
  "task": {
    "operation": "add",
    "p": 7,
    "group": "",
    "group_file": "",
    "layout": "a b =",
    "unordered_pairs": false,
    "label_noise": 0,
    "random_labels": false,
    "train_fraction": 0.6,
    "data_seed": 0,
    "split_file": ""
  },
  "model": {
    "n_layers": 1,
    "d_model": 8,
    "n_heads": 2,
    "d_head": 4,
    "d_mlp": 12,
    "d_vocab": 8,
    "d_vocab_out": 7,
    "n_ctx": 3,
    "act_fn": "relu",
    "normalization_type": null,
    "eps": 1e-05,
    "positional_embedding_type": "standard",
    "attention_dir": "causal"
  },
  "network": {
    "architecture": "transformer",
    "norm_position": "pre",
    "attention_rate": 1,
    "biases": "trained",
    "attn_biases": "absent",
    "unembed_bias": "absent",
    "loss": "cross_entropy",
    "loss_positions": "answer",
    "answer_position": 2
  },
  "init": {
    "init": "nanda",
    "seed": 0,
    "init_from": ""
  },
  "optimizer": {
    "optimizer": "adamw",
    "learning_rate": 0.001,
    "weight_decay": 1,
    "decay": "all",
    "beta1": 0.9,
    "beta2": 0.98,
    "epsilon": 1e-08,
    "momentum": 0,
    "warmup": 10,
    "first_rate_zero": false,
    "annealing": null,
    "anneal_steps": 0,
    "anneal_floor": 0.1
  },
  "run": {
    "steps": 30,
    "batch_size": 0,
    "checkpoints": "linear:10",
    "save_on": "",
    "log_every": 10,
    "stop_test_loss": 0,
    "stop_test_accuracy": 0,
    "stop_patience": 0,
    "stop_when": "",
    "save_when": "",
    "measure": "",
    "measure_every": 0,
    "dtype": "float32",
    "rewrite": "positions,constant,gather,mix,associate,distribute,sums,rows,fuse"
  }
}
"""
# The split of data_seed 0.
TRAIN = [27, 4, 2, 16, 41, 10, 31, 13, 32, 20, 46, 19, 1, 33, 40, 21, 23, 22, 3, 7, 43, 9,
         12, 34, 14, 35, 37, 17, 30]
TENSORS = {
    "embed.W_E": ("d_vocab d_model", (P + 1, D_MODEL)),
    "pos_embed.W_pos": ("n_ctx d_model", (N_CTX, D_MODEL)),
    "blocks.0.attn.W_Q": ("n_heads d_model d_head", (HEADS, D_MODEL, D_HEAD)),
    "blocks.0.attn.W_K": ("n_heads d_model d_head", (HEADS, D_MODEL, D_HEAD)),
    "blocks.0.attn.W_V": ("n_heads d_model d_head", (HEADS, D_MODEL, D_HEAD)),
    "blocks.0.attn.W_O": ("n_heads d_head d_model", (HEADS, D_HEAD, D_MODEL)),
    "blocks.0.mlp.W_in": ("d_model d_mlp", (D_MODEL, D_MLP)),
    "blocks.0.mlp.b_in": ("d_mlp", (D_MLP,)),
    "blocks.0.mlp.W_out": ("d_mlp d_model", (D_MLP, D_MODEL)),
    "blocks.0.mlp.b_out": ("d_model", (D_MODEL,)),
    "unembed.W_U": ("d_model d_vocab_out", (D_MODEL, P)),
}


def random(index, shape, seed):
    values = np.random.RandomState(100 * seed + index).random_sample(shape)
    return 0.7 * (2 * values - 1)


def waves(frequency):
    """[P, D_MODEL]: two columns of one wave, four columns of nothing between them."""
    angles = 2 * np.pi * frequency * np.arange(P) / P
    columns = np.zeros((P, D_MODEL))
    columns[:, 0], columns[:, D_MODEL - 1] = np.cos(angles), np.sin(angles)
    return columns


def params(step):
    """The random tensors of two seeds, mixed, and waves that grow with the steps."""
    made, share = {}, step / 100
    for index, (name, (axes, shape)) in enumerate(TENSORS.items()):
        values = (1 - share) * random(index, shape, 1) + share * random(index, shape, 2)
        if name == "embed.W_E":
            values[:P] += 4 * share * waves(2)
        if name == "unembed.W_U":
            values += 3 * share * waves(3).T
        made[name] = (np.round(values * 4096) / 4096).astype(np.float32)
    return made


def text(group, name, value):
    group.create_dataset(name, data=np.bytes_(value.encode()))


def array(group, name, values):
    return group.create_dataset(name, data=values, chunks=values.shape, fletcher32=True)


def write_root(file, kind, step=None):
    file.attrs["format"] = kind
    file.attrs["version"] = np.array([1, 0], np.int64)
    if step is not None:
        file.attrs["step"] = np.int64(step)


def write_task(group):
    residues = np.arange(P, dtype=np.uint16)
    a, b = np.meshgrid(residues, residues, indexing="ij")
    inputs = np.stack([a.ravel(), b.ravel(), np.full(P * P, P)], axis=1)
    array(group, "inputs", inputs.astype(np.uint16))
    array(group, "labels", ((a + b) % P).ravel().astype(np.uint16))
    array(group, "train", np.array(TRAIN, np.uint32))
    group.attrs["d_vocab"] = np.int64(P + 1)
    group.attrs["operands"] = residues
    group.attrs["answers"] = residues


def write_params(group, step):
    for name, values in params(step).items():
        tensor = array(group, name, values)
        tensor.attrs["axes"] = TENSORS[name][0]
        tensor.attrs["trained"] = np.int64(1)


def squares(step):
    return sum(float((w.astype(float) ** 2).sum()) for w in params(step).values())


def write_history(group, step):
    """Rows of all steps so far. Losses are made up, and sums are those of the weights."""
    steps = np.array([s for s in STEPS if s <= step], np.int64)
    table = group.create_group("loss")
    columns = {"train_loss": 2 - steps / 64, "train_accuracy": steps / 64,
               "test_loss": 2 + steps / 128, "test_accuracy": steps / 128,
               "sum_squared_weights": np.array([squares(s) for s in steps])}
    table.attrs["columns"] = " ".join(["step", *columns])
    array(table, "step", steps)
    for name, values in columns.items():
        array(table, name, values)


def write_state(group):
    for name in ("moment1", "moment2"):
        array(group, name, np.full(PADDED, 1 / 1024, np.float32)).attrs["axes"] = "weights"
    group.create_dataset("end", data=np.float64(0))


def write_checkpoint(path, step, state=False):
    with h5py.File(path, "w") as file:
        write_root(file, "grokscope", step)
        text(file, "config", CONFIG)
        write_task(file.create_group("task"))
        write_params(file.create_group("params"), step)
        write_history(file.create_group("history"), step)
        if state:
            write_state(file.create_group("state"))
        notes = file.create_group("provenance")
        text(notes, "command", "grokscope-train --p 7 --d-model 8 --n-heads 2 --d-mlp 12 "
             "--train-fraction 0.6 --steps 30 --checkpoints linear:10 --out run")
        text(notes, "version", "grokscope 0.1.0")


def write_run(folder):
    """run.h5: all step files as one array for each tensor."""
    with h5py.File(folder / "run.h5", "w") as file:
        write_root(file, "grokscope-run")
        file["steps"] = np.array(STEPS, np.int64)
        group = file.create_group("params")
        for name, (axes, shape) in TENSORS.items():
            layout = h5py.VirtualLayout((len(STEPS), *shape), np.float32)
            for i, step in enumerate(STEPS):
                layout[i] = h5py.VirtualSource(f"step-{step:09d}.h5", f"params/{name}",
                                               shape, np.float32)
            group.create_virtual_dataset(name, layout)


def main(folder):
    folder.mkdir(parents=True)
    for step in STEPS:
        write_checkpoint(folder / f"step-{step:09d}.h5", step)
    write_checkpoint(folder / "resume.h5", RESUME_STEP, state=True)
    write_run(folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
