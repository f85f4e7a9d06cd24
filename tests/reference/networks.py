"""The networks that grokscope trains and the examples they learn, in plain PyTorch.

A network is a function of named tensors (shapes as x @ W) and of grokscope's keys, a
dict; nothing here knows of grokscope's code. Its logits are [examples, positions,
outputs]; the networks without positions have one.
"""

import math
from collections import namedtuple

import torch
import torch.nn.functional as F

DEFAULTS = {
    "operation": "add",
    "layout": "a b =",
    "n_layers": 1,
    "d_head": 0,
    "act_fn": "relu",
    "normalization_type": "none",
    "eps": 1e-5,
    "positional_embedding_type": "standard",
    "attention_dir": "causal",
    "architecture": "transformer",
    "norm_position": "pre",
    "attention_rate": 1,
    "attn_only": "no",
    "biases": "trained",
    "attn_biases": "absent",
    "unembed_bias": "absent",
    "loss": "cross_entropy",
    "loss_positions": "answer",
    "num_experts": 0,
}

# ---- Examples ----

OPERATIONS = {
    "add": lambda a, b, p: a + b,
    "subtract": lambda a, b, p: a - b,
    "multiply": lambda a, b, p: a * b,
    "divide": lambda a, b, p: a * pow(b, p - 2, p),
    "quad2": lambda a, b, p: a * a + a * b + b * b,
}

# positions: those whose outputs the loss reads, each with a column of labels.
Examples = namedtuple(
    "Examples", "pairs tokens labels answer positions d_vocab num_outputs"
)


def examples(c):
    """All pairs in lexicographic order: c is the label at the answer's position, the
    next token at any other, the first one after the last."""
    p, words = c["p"], c["layout"].split()
    special = [word for word in ("op", "=", "eos") if word in words]
    ids = {word: p + i for i, word in enumerate(special)}
    first = 1 if c["operation"] == "divide" else 0
    pairs = [(a, b) for a in range(p) for b in range(first, p)]
    after = words[1:] + [words[0] if "c" in words else "c"]
    answer = after.index("c")
    if c["loss_positions"] == "answer":
        positions = [answer]
    elif c["loss_positions"] == "from_answer":
        positions = list(range(answer, len(words)))
    else:
        positions = list(range(len(words)))
    tokens, labels = [], []
    for a, b in pairs:
        of = {"a": a, "b": b, "c": OPERATIONS[c["operation"]](a, b, p) % p, **ids}
        tokens.append([of[word] for word in words])
        labels.append([of[after[i]] for i in positions])
    d_vocab = p + len(special)
    reads_residues = all(after[i] == "c" for i in positions)
    return Examples(pairs, torch.tensor(tokens), torch.tensor(labels), answer,
                    positions, d_vocab, p if reads_residues else d_vocab)  # fmt: skip


def at_positions(logits, positions):
    return logits[:, positions] if logits.shape[1] > 1 else logits


def mean_loss(logits, labels, c):
    """In float64; logits [examples, label positions, outputs]."""
    logits = logits.to(torch.float64)
    if c["loss"] == "mse":
        return F.mse_loss(logits, F.one_hot(labels, logits.shape[-1]).to(torch.float64))
    return -logits.log_softmax(-1).gather(-1, labels[..., None]).mean()


def num_correct(logits, labels):
    """Examples that are right at every position."""
    return int((logits.argmax(-1) == labels).all(-1).sum())


# ---- Parameters ----

# kind: trained, frozen, or built where the network itself has the values. Starting
# weights are drawn within `bound` around `offset`.
Parameter = namedtuple("Parameter", "shape kind bound offset")


def weight(shape, bound, kind="trained"):
    return Parameter(shape, kind, bound, 0)


def add_bias(out, c, key, name, shape, bound=0.1):
    if c[key] != "absent":
        out[name] = weight(shape, bound, c[key])


def add_norm(out, c, name):
    if c["normalization_type"] == "LN":
        out[name + ".w"] = Parameter((c["d_model"],), "trained", 0.3, 1)
        out[name + ".b"] = weight((c["d_model"],), 0.3)


def block_parameters(out, c, block, wide):
    d, h, e, m = c["d_model"], c["n_heads"], c["d_head"], c["d_mlp"]
    add_norm(out, c, block + "ln1")
    for name in "QKV":
        out[block + "attn.W_" + name] = weight((h, d, e), wide)
        add_bias(out, c, "attn_biases", block + "attn.b_" + name, (h, e), 0.5)
    out[block + "attn.W_O"] = weight((h, e, d), wide)
    add_bias(out, c, "attn_biases", block + "attn.b_O", (d,), 0.5)
    if c["attn_only"] == "yes":
        return
    add_norm(out, c, block + "ln2")
    if c["num_experts"] > 0:
        expert_parameters(out, c, block + "mlp.", wide)
        return
    out[block + "mlp.W_in"] = weight((d, m), wide)
    add_bias(out, c, "biases", block + "mlp.b_in", (m,))
    out[block + "mlp.W_out"] = weight((m, d), wide)
    add_bias(out, c, "biases", block + "mlp.b_out", (d,))


def expert_parameters(out, c, block, wide):
    d, m, count = c["d_model"], c["d_mlp"], c["num_experts"]
    out[block + "W_router"] = weight((d, count), wide)
    out[block + "experts.W_in"] = weight((count, d, m), wide)
    add_bias(out, c, "biases", block + "experts.b_in", (count, m))
    out[block + "experts.W_out"] = weight((count, m, d), wide)
    add_bias(out, c, "biases", block + "experts.b_out", (count, d))


def transformer_parameters(c, e):
    d, wide = c["d_model"], 2 / math.sqrt(c["d_model"])
    shape = (e.tokens.shape[1], d)
    out = {"embed.W_E": weight((e.d_vocab, d), wide)}
    if c["positional_embedding_type"] == "standard":
        out["pos_embed.W_pos"] = weight(shape, wide)
    elif c["positional_embedding_type"] == "sinusoidal":
        out["pos_embed.W_pos"] = Parameter(shape, "built", 0, 0)
    for layer in range(c["n_layers"]):
        block_parameters(out, c, f"blocks.{layer}.", wide)
    if c["norm_position"] == "pre":
        add_norm(out, c, "ln_final")
    outputs = c.get("d_vocab_out", e.num_outputs)
    out["unembed.W_U"] = weight((d, outputs), 2 / math.sqrt(e.d_vocab))
    add_bias(out, c, "unembed_bias", "unembed.b_U", (outputs,))
    return out


def linear_parameters(c, e):
    d, m = c["d_model"], c["d_mlp"]
    width = d // 2 if c["architecture"] == "zhong_delta" else d
    out = {
        "embed.W_E": weight((e.d_vocab, width), 2 / math.sqrt(d)),
        "linear1.W": weight((d, m), 2 / math.sqrt(d)),
    }
    add_bias(out, c, "biases", "linear1.b", (m,))
    if c["architecture"] in ("zhong_beta", "zhong_gamma"):
        out["linear2.W"] = weight((m, m), 2 / math.sqrt(m))
        add_bias(out, c, "biases", "linear2.b", (m,))
    out["unembed.W_U"] = weight((m, e.num_outputs), 2 / math.sqrt(m))
    return out


def gromov_parameters(c, e):
    m = c["d_mlp"]
    return {
        "embed.W_left": weight((e.d_vocab, m), 1),
        "embed.W_right": weight((e.d_vocab, m), 1),
        "unembed.W_U": weight((m, e.num_outputs), 1 / math.sqrt(m)),
    }


def mlp_parameters(c, e):
    d, m = c["d_model"], c["d_mlp"]
    return {
        "embed.W_x": weight((e.d_vocab, d // 2), 2 / math.sqrt(d)),
        "embed.W_y": weight((e.d_vocab, d // 2), 2 / math.sqrt(d)),
        "linear1.W": weight((d, m), 2 / math.sqrt(d)),
        "unembed.W_U": weight((m, e.num_outputs), 2 / math.sqrt(m)),
    }


def parameters(c, e):
    """Name -> Parameter of the network with these keys and examples."""
    kinds = {
        "transformer": transformer_parameters,
        "gromov_mlp": gromov_parameters,
        "chughtai_mlp": mlp_parameters,
    }
    return kinds.get(c["architecture"], linear_parameters)(c, e)


def sinusoids(n_ctx, d_model):
    """Power et al. (openai/grok, grok/transformer.py), the only `built` parameter."""
    rows = [
        [
            math.sin(pos / 10000 ** (i / d_model))
            if i % 2 == 0
            else math.cos(pos / 10000 ** ((i - 1) / d_model))
            for i in range(d_model)
        ]
        for pos in range(n_ctx)
    ]
    return torch.tensor(rows, dtype=torch.float64)


# ---- Networks ----

ACTIVATIONS = {
    "relu": torch.relu,
    "gelu": F.gelu,
    "square": torch.square,
    "tanh": torch.tanh,
    "identity": lambda x: x,
}


def plus(x, bias):
    return x if bias is None else x + bias


def norm(w, c, name, x):
    if c["normalization_type"] == "none":
        return x
    scale, shift = w.get(name + ".w"), w.get(name + ".b")
    return F.layer_norm(x, x.shape[-1:], scale, shift, c["eps"])


def attention(w, c, block, x):
    def head_vectors(name):
        vectors = torch.einsum("bid,hde->bihe", x, w[f"{block}attn.W_{name}"])
        return plus(vectors, w.get(f"{block}attn.b_{name}"))

    q, k, v = head_vectors("Q"), head_vectors("K"), head_vectors("V")
    scores = torch.einsum("bihe,bjhe->bhij", q, k) / math.sqrt(q.shape[-1])
    seen = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool)
    if c["attention_dir"] == "causal":
        seen = seen.tril()
    pattern, rate = scores.masked_fill(~seen, -math.inf).softmax(-1), c["attention_rate"]
    if rate != 1:
        pattern = rate * pattern + (1 - rate) * seen.to(x.dtype)
    z = torch.einsum("bhij,bjhe->bihe", pattern, v)
    out = torch.einsum("bihe,hed->bid", z, w[block + "attn.W_O"])
    return plus(out, w.get(block + "attn.b_O"))


def experts(w, c, block, x):
    """Expert after expert, each on the rows that chose it."""
    rows = x.flatten(0, 1)
    p = (rows @ w[block + "mlp.W_router"]).softmax(-1)
    gates, places = p.topk(c["experts_per_token"], -1)
    if c["normalise_gates"] == "yes":
        gates = gates / gates.sum(-1, keepdim=True)
    out = torch.zeros_like(rows)
    name = block + "mlp.experts."
    for e in range(c["num_experts"]):
        row, k = torch.where(places == e)
        said = {"mlp." + part: w[name + part][e] for part in ("W_in", "b_in", "W_out", "b_out")
                if name + part in w}  # fmt: skip
        dense = {**c, "num_experts": 0}
        out.index_add_(0, row, mlp(said, dense, "", rows[row]) * gates[row, k, None])
    return out.view_as(x)


def mlp(w, c, block, x):
    if c["num_experts"] > 0:
        return experts(w, c, block, x)
    pre = plus(x @ w[block + "mlp.W_in"], w.get(block + "mlp.b_in"))
    post = ACTIVATIONS[c["act_fn"]](pre)
    return plus(post @ w[block + "mlp.W_out"], w.get(block + "mlp.b_out"))


def transformer(w, c, tokens):
    x = plus(w["embed.W_E"][tokens], w.get("pos_embed.W_pos"))
    for layer in range(c["n_layers"]):
        block = f"blocks.{layer}."
        if c["norm_position"] == "post":
            x = norm(w, c, block + "ln1", x + attention(w, c, block, x))
            x = norm(w, c, block + "ln2", x + mlp(w, c, block, x))
        else:
            x = x + attention(w, c, block, norm(w, c, block + "ln1", x))
            if c["attn_only"] != "yes":
                x = x + mlp(w, c, block, norm(w, c, block + "ln2", x))
    if c["norm_position"] == "pre":
        x = norm(w, c, "ln_final", x)
    return plus(x @ w["unembed.W_U"], w.get("unembed.b_U"))


def linear(w, c, tokens):
    """Zhong et al. (arXiv 2306.17844), models alpha, beta, gamma and delta."""
    act, kind = ACTIVATIONS[c["act_fn"]], c["architecture"]
    a, b = w["embed.W_E"][tokens[:, 0]], w["embed.W_E"][tokens[:, 1]]

    def layer(i, x):
        return plus(x @ w[f"linear{i}.W"], w.get(f"linear{i}.b"))

    if kind == "zhong_gamma":
        hidden = act(layer(1, a) + layer(1, b))
    elif kind == "zhong_delta":
        hidden = act(layer(1, torch.cat([a, b], dim=-1)))
    else:
        hidden = act(layer(1, a + b))
    if kind in ("zhong_beta", "zhong_gamma"):
        hidden = act(layer(2, hidden))
    return (hidden @ w["unembed.W_U"])[:, None]


def gromov(w, c, tokens):
    """Gromov (arXiv 2301.02679)."""
    hidden = w["embed.W_left"][tokens[:, 0]] + w["embed.W_right"][tokens[:, 1]]
    return (ACTIVATIONS[c["act_fn"]](hidden) @ w["unembed.W_U"])[:, None]


def two_embeddings(w, c, tokens):
    """Chughtai et al. (arXiv 2302.03025), OneLayerMLP."""
    x = torch.hstack([w["embed.W_x"][tokens[:, 0]], w["embed.W_y"][tokens[:, 1]]])
    return (ACTIVATIONS[c["act_fn"]](x @ w["linear1.W"]) @ w["unembed.W_U"])[:, None]


def logits(w, c, tokens):
    """The logits of the network with these weights, a dict of tensors, and keys."""
    kinds = {"transformer": transformer, "gromov_mlp": gromov,
             "chughtai_mlp": two_embeddings}
    return kinds.get(c["architecture"], linear)(w, c, tokens)
