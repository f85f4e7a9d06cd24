"""Files as PyTorch writes them, made without PyTorch: a zip of a pickle that names its
functions, and raw storages.

usage: archives.py FOLDER
Writes into it
  tl.pt          a state dict as TransformerLens has it, with masks and zero biases
  transposed.pt  the same network as W @ x, strided views of storages shared by two
  linear.pt      nn.Linear and nn.Embedding
  odd.pt odd.map the first one under names of its own, its tokens in another order, and
                 the map that tells which is which
  run.pt         a dictionary with a list of states, epochs, losses and a configuration
  demo.pth       one whose configuration is an object of a class that is not there
  lightning.ckpt PyTorch Lightning's: prefixed weights, hyper_parameters, global_step
  copies.pt      weights with copies of the embedding, as Chughtai et al. have them
  args.pt nano.pt cfg.pt hparams.pt … wrong.pt odd.pt
                 configurations under other keys and names; one that the tensors
                 contradict, and one that is none of ours
  call.pt object.pt legacy.pt compressed.pt big.pt outside.pt native.npz
                 what is refused, or listed only
  said.npz       what a network says of every pair
  config.json    Zhong et al.'s form
"""
import argparse
import array
import collections
import io
import json
import pathlib
import pickle
import random
import sys
import types
import zipfile

P, D, HEADS, D_HEAD, D_MLP, N_CTX = 7, 8, 2, 4, 12, 3
VOCAB = P + 1

# ---- What pickles name ----

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
lens = types.ModuleType("lens")
sys.modules.update({"torch": torch, "torch._utils": utils, "lens": lens})


def rebuild(*arguments):
    raise AssertionError("only named")


rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
utils._rebuild_tensor_v2 = rebuild
CODES = {"FloatStorage": "f", "DoubleStorage": "d", "HalfStorage": "e",
         "BoolStorage": "b", "LongStorage": "q"}
for name in CODES:
    setattr(torch, name, type(name, (), {"__module__": "torch"}))


class Config:
    pass


Config.__module__ = "lens"
lens.Config = Config
Namespace = argparse.Namespace


class Storage:
    def __init__(self, values, kind="FloatStorage"):
        self.kind, self.count = kind, len(values)
        self.data = array.array(CODES[kind], values).tobytes()


class Tensor:
    """A view of a storage."""

    def __init__(self, storage, shape, strides=None, first=0):
        self.storage, self.shape, self.first = storage, tuple(shape), first
        self.strides = strides or c_strides(shape)

    def __reduce__(self):
        return rebuild, (self.storage, self.first, self.shape, self.strides, False,
                         collections.OrderedDict())

    def turned(self, *axes):
        return Tensor(self.storage, [self.shape[i] for i in axes],
                      tuple(self.strides[i] for i in axes), self.first)


def c_strides(shape):
    strides, step = [], 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return tuple(strides)


class Pickler(pickle.Pickler):
    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = []

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        if thing not in self.storages:
            self.storages.append(thing)
        key = str(self.storages.index(thing))
        return "storage", getattr(torch, thing.kind), key, "cpu", thing.count


def save(path, thing, method=zipfile.ZIP_STORED, order=None):
    out = io.BytesIO()
    pickler = Pickler(out)
    pickler.dump(thing)
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("archive/data.pkl", out.getvalue())
        if order:
            archive.writestr("archive/byteorder", order)
        for key, storage in enumerate(pickler.storages):
            archive.writestr(f"archive/data/{key}", storage.data)
        archive.writestr("archive/version", "3\n")


# ---- Networks ----

def weights(seed, *shape):
    draw = random.Random(f"{seed} {shape}")
    count = 1
    for size in shape:
        count *= size
    return Tensor(Storage([draw.gauss(0, 0.3) for _ in range(count)]), shape)


def zeros(*shape):
    count = 1
    for size in shape:
        count *= size
    return Tensor(Storage([0.0] * count), shape)


def lens_state(seed):
    block = "blocks.0."
    state = collections.OrderedDict()
    state["embed.W_E"] = weights(seed, VOCAB, D)
    state["pos_embed.W_pos"] = weights(seed, N_CTX, D)
    for letter in "QKV":
        state[f"{block}attn.W_{letter}"] = weights(f"{seed}{letter}", HEADS, D, D_HEAD)
        state[f"{block}attn.b_{letter}"] = zeros(HEADS, D_HEAD)
    state[block + "attn.W_O"] = weights(seed, HEADS, D_HEAD, D)
    state[block + "attn.b_O"] = zeros(D)
    state[block + "attn.mask"] = Tensor(Storage([1] * 9, "BoolStorage"), (3, 3))
    state[block + "attn.IGNORE"] = Tensor(Storage([-1e5]), ())
    state[block + "mlp.W_in"] = weights(seed, D, D_MLP)
    state[block + "mlp.b_in"] = weights(seed, D_MLP)
    state[block + "mlp.W_out"] = weights(seed, D_MLP, D)
    state[block + "mlp.b_out"] = weights(seed, D)
    state["unembed.W_U"] = weights(seed, D, P)
    state["unembed.b_U"] = zeros(P)
    return state


def transposed_state(seed):
    state = collections.OrderedDict()
    for name, tensor in lens_state(seed).items():
        last = name.split(".")[-1]
        if last in ("W_Q", "W_K", "W_V"):
            tensor = tensor.turned(0, 2, 1)
        elif last == "W_O":
            flat = Tensor(tensor.storage, (HEADS * D_HEAD, D))
            tensor = flat.turned(1, 0)
        elif last in ("W_E", "W_in", "W_out"):
            tensor = tensor.turned(1, 0)
        elif last in ("b_Q", "b_K", "b_V", "b_O", "b_U", "IGNORE"):
            continue
        state[name] = tensor
    return state


ODD_MAP = """# which tensor of odd.pt is which
embed.W_E = {alphabet,letters}, transpose, columns 1-7 0
pos_embed.W_pos = "the places": n_ctx d_model
blocks.*.attn.W_O = stage.*.W_O, reshape 8 -1, heads 2
operands = 0-6  # what the columns above are already
outputs = 0-6
ignore *.mask, *.IGNORE
"""


def odd_state(seed):
    state = collections.OrderedDict()
    for name, tensor in lens_state(seed).items():
        state[name.replace("blocks", "stage").replace("attn.", "").replace("mlp.", "")
              .replace("unembed", "end")] = tensor
    table = state.pop("embed.W_E")
    values = array.array("f", table.storage.data)
    state["alphabet"] = Tensor(Storage(values[-D:] + values[:-D]), (VOCAB, D)).turned(1, 0)
    state["the places"] = state.pop("pos_embed.W_pos")
    return state


def odd_map():
    lines = ODD_MAP
    for letter in "QKV":
        lines += f"blocks.*.attn.W_{letter} = stage.*.W_{letter}\n"
        lines += f"blocks.*.attn.b_{letter} = stage.*.b_{letter}\n"
    for name in "attn.b_O", "mlp.W_in", "mlp.b_in", "mlp.W_out", "mlp.b_out":
        lines += f"blocks.*.{name} = stage.*.{name.split('.')[1]}\n"
    return lines + "unembed.W_U = end.W_U\nunembed.b_U = 0\nignore end.b_U\n"


def linear_state():
    return {"embed.weight": weights(1, P, D), "l1.weight": weights(1, D_MLP, D),
            "l1.bias": weights(2, D_MLP), "l2.weight": weights(1, D_MLP, D_MLP),
            "l2.bias": weights(3, D_MLP), "unembed.weight": weights(1, P, D_MLP)}


NANDA = {"lr": 1e-3, "weight_decay": 1.0, "p": P, "fn_name": "add", "frac_train": 0.3,
         "num_epochs": 21, "num_layers": 1, "act_type": "ReLU", "use_ln": False,
         "momenta": {0.9, 0.98}, "name": None}


def nano_state(seed):
    """nanoGPT's names; its fused attention does not tell how many heads there are."""
    state = collections.OrderedDict()
    block = "transformer.h.0."
    state["transformer.wte.weight"] = weights(seed, VOCAB, D)
    state["transformer.wpe.weight"] = weights(seed, N_CTX, D)
    state[block + "attn.c_attn.weight"] = weights(seed, 3 * D, D)
    state[block + "attn.c_proj.weight"] = weights(f"{seed}o", D, D)
    state[block + "mlp.c_fc.weight"] = weights(seed, D_MLP, D)
    state[block + "mlp.c_proj.weight"] = weights(seed, D, D_MLP)
    state["lm_head.weight"] = weights(f"{seed}u", VOCAB, D)
    return state


def make_configured(folder):
    script = {"prime": P, "op": "(a + b) % p", "activation": "nn.ReLU()", "nhead": HEADS,
              "causal": True, "train_pct": 40, "wd": 0.5, "lr": 2e-3, "seed": 3,
              "betas": (0.9, 0.95), "n_steps": 700, "dropout": 0.1, "optimizer": "AdamW",
              "device": "cuda", "log_every": 10}
    hidden = {"model." + name: tensor for name, tensor in nano_state(1).items()}
    save(folder / "lightning.ckpt", {
        "epoch": 11, "global_step": 1234, "pytorch-lightning_version": "2.1.0",
        "state_dict": hidden, "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {},
        "optimizer_states": [{"state": {0: {"step": 1234, "exp_avg": weights(5, D)}},
                              "param_groups": [{"lr": 2e-3, "params": [0]}]}],
        "lr_schedulers": [{"last_epoch": 1234}], "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 2e-3, "model": {
            "dim": D, "depth": 1, "heads": HEADS, "activation": "relu", "causal": True},
            "data": {"p": P, "operation": "addition"}}})
    state = lens_state(1)
    state["x_embed"] = Tensor(state["embed.W_E"].storage, (P, D))
    state["y_embed"] = Tensor(state["embed.W_E"].storage, (VOCAB, D))
    save(folder / "copies.pt", state)
    args = Namespace()
    args.__dict__.update(script)
    save(folder / "args.pt", {"model": nano_state(1), "args": args, "iter_num": 500})
    save(folder / "nano.pt", {
        "model": nano_state(1), "model_args": {
            "n_layer": 1, "n_head": HEADS, "n_embd": D, "block_size": N_CTX,
            "bias": False, "vocab_size": VOCAB, "dropout": 0.0},
        "config": {"learning_rate": 1e-3, "max_iters": 5000, "batch_size": 8,
                   "epochs": 9, "act": "relu", "is_causal": True, "modulus": P,
                   "task": "mod_add"}})
    save(folder / "wrong.pt", {"model": lens_state(1), "cfg": {
        **script, "n_embd": 64, "num_layers": 1, "nhead": 7, "vocab_size": VOCAB}})
    for name in ("cfg", "hparams", "hyperparameters", "model_config", "params"):
        save(folder / f"{name}.pt", {"model": nano_state(1), name: script})
    save(folder / "modulus.pt", {"model": nano_state(1), "cfg": {**script, "prime": 113}})
    save(folder / "odd.pt", {"model": nano_state(1), "params": weights(1, 3),
                             "args": ["relu"], "cfg": {"op": "copy", "activation": "mish"}})


def make(folder):
    save(folder / "tl.pt", lens_state(1))
    save(folder / "transposed.pt", transposed_state(1), order="little")
    save(folder / "linear.pt", linear_state())
    save(folder / "odd_names.pt", odd_state(1))
    (folder / "odd.map").write_text(odd_map())
    losses = [1.0 / (1 + i) for i in range(21)]
    save(folder / "run.pt", {
        "state_dicts": [transposed_state(i) for i in range(3)], "epochs": [0, 10, 20],
        "model": transposed_state(2), "epoch": 20, "config": NANDA,
        "train_losses": losses, "test_losses": losses[::-1]})
    config = Config()
    config.__dict__.update(n_layers=1, n_heads=HEADS, d_model=D, act_fn="relu",
                           attention_dir="causal", normalization_type=None, seed=999)
    order = Tensor(Storage(list(range(14, 0, -1)), "LongStorage"), (14,))
    save(folder / "demo.pth", {
        "model": lens_state(1), "config": config, "checkpoint_epochs": [0, 100],
        "checkpoints": [lens_state(0), lens_state(1)], "train_indices": order})
    group = {"lr": 0.003, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
    save(folder / "optimizer.pt", {
        "model": lens_state(1), "optimizer": {"state": {}, "param_groups": [
            {**group, "params": [0]}, {**group, "weight_decay": 0.0, "params": [1]}]}})
    save(folder / "one_group.pt", {
        "model": lens_state(1), "optimizer": {"state": {}, "param_groups": [
            {**group, "weight_decay": 0.0, "params": [0, 1]}]}})
    save(folder / "big.pt", lens_state(1), order="big")
    save(folder / "compressed.pt", lens_state(1), method=zipfile.ZIP_DEFLATED)
    wide = Storage([1.0, 2.0])
    save(folder / "repeated.pt", {"row": Tensor(wide, (2, 3), (1, 0))})
    save(folder / "outside.pt", {"row": Tensor(wide, (3,))})
    save(folder / "call.pt", {"print": Call()})
    (folder / "legacy.pt").write_bytes(pickle.dumps(0x1950a86a20f9469cfc6c, 2))
    make_configured(folder)
    outputs(folder / "said.npz", 113)
    (folder / "config.json").write_text(json.dumps({
        "C": P, "model_type": "B", "n_vocab": P, "d_model": D, "d_hidden": D_MLP,
        "epoch": 20000, "frac": 0.8, "func": None}))


class Call:
    def __reduce__(self):
        import os
        return os.system, ("touch called",)


def outputs(path, p):
    """What a network that adds modulo p says of every pair, as numpy.savez writes it."""
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (p * p, p)
    head = head.encode().ljust(117) + b"\n"
    rows = array.array("f", [1.0 * ((a + b) % p == c)
                             for a in range(p) for b in range(p) for c in range(p)])
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("logits.npy", b"\x93NUMPY\1\0v\0" + head + rows.tobytes())


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]))
