"""networks.py on networks that Zhong et al. (arXiv 2306.17844) published: what their
release says of accuracy, loss and size has to come out."""

import json
import os

import torch

import networks

# Accuracy, mean cross-entropy and norm of all parameters, over all 59^2 pairs.
KNOWN = {
    "p99zdpze5l": ("Model A", 1, 1.384e-7, 22.8538),
    "l8k1hzciux": ("Model B", 1, 1.561e-7, 24.8139),
    "p71frej8t7": ("Model beta", 1, 6.198e-7, 32.4395),
    "qlvxqhkvit": ("Model delta", 1, 9.175e-6, 53.9018),
}
DIGITS = 5e-4  # relative: the loss is known to four


def transformer(saved, config):
    """Weights as x @ W, and keys; the archive has the transposed ones."""
    d, heads = config["d_model"], config["n_heads"]
    w = {
        "embed.W_E": saved["embed.W_E"].T,
        "pos_embed.W_pos": saved["pos_embed.W_pos"],
        "unembed.W_U": saved["unembed.W_U"],
    }
    for block in (f"blocks.{i}." for i in range(config["n_layers"])):
        for name in ("attn.W_Q", "attn.W_K", "attn.W_V"):
            w[block + name] = saved[block + name].transpose(1, 2)
        W_O = saved[block + "attn.W_O"].T
        w[block + "attn.W_O"] = W_O.reshape(heads, d // heads, d)
        for name in ("mlp.W_in", "mlp.W_out"):
            w[block + name] = saved[block + name].T
        for name in ("mlp.b_in", "mlp.b_out"):
            w[block + name] = saved[block + name]
    keys = {
        "attention_dir": "bidirectional",
        "attention_rate": config["attn_coeff"],
        "act_fn": config["act_fn"].lower(),
        "d_model": d,
        "n_heads": heads,
        "d_head": d // heads,
        "d_mlp": 4 * d,
        "n_layers": config["n_layers"],
    }
    return w, keys


def linear(saved, config):
    w = {"embed.W_E": saved["embed.weight"], "unembed.W_U": saved["unembed.weight"].T}
    for i in ("1", "2"):
        if f"l{i}.weight" in saved:
            w[f"linear{i}.W"] = saved[f"l{i}.weight"].T
            w[f"linear{i}.b"] = saved[f"l{i}.bias"]
    kind = dict(A="alpha", B="beta", C="gamma", D="delta")[config["model_type"]]
    keys = {"d_model": config["d_model"], "d_mlp": config["d_hidden"]}
    return w, {**keys, "architecture": "zhong_" + kind}


def check(folder):
    """Print one line for each network; 1 where one is not as known, else 0."""
    status = 0
    for run, (label, *known) in KNOWN.items():
        base = os.path.join(folder, "clock-and-pizza")
        with open(os.path.join(base, f"config_{run}.json")) as file:
            config = json.load(file)
        saved = torch.load(os.path.join(base, f"model_{run}.pt"), map_location="cpu")
        w, keys = (linear if "model_type" in config else transformer)(saved, config)
        c = {**networks.DEFAULTS, "p": config["C"], "layout": "a b", **keys}
        e = networks.examples(c)
        for name, (shape, *_) in networks.parameters(c, e).items():
            found = tuple(w[name].shape)
            if found != shape:
                raise ValueError(f"{run}: {name} is {found}, expected {shape}")
        logits = networks.at_positions(networks.logits(w, c, e.tokens), [e.answer])
        found = (
            networks.num_correct(logits, e.labels) / len(e.tokens),
            networks.mean_loss(logits, e.labels, c).item(),
            sum(float(x.double().square().sum()) for x in w.values()) ** 0.5,
        )
        good = all(abs(x / y - 1) < DIGITS for x, y in zip(found, known))
        status |= not good
        print(
            "%s %-11s accuracy %.6g, loss %.4g, norm %.6g: %s"
            % (run, label, *found, "as known" if good else f"known {known}")
        )
    return status
