"""Language models as Hugging Face's libraries save them, GPT-NeoX (Pythia) and GPT-2,
written here in PyTorch in the exact names, layouts and folders, and imported: the logits
are those of PyTorch in float64, revisions become a run in the order of their steps, and
measures read it. Skipped without PyTorch."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError:
    sys.exit(77)

BIN = os.environ["GROKSCOPE_BIN"]
P = 11
os.chdir(tempfile.mkdtemp())


def run(*words, code=0):
    done = subprocess.run([f"{BIN}/grokscope-{words[0]}", *map(str, words[1:])],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def table(*words):
    head, *rows = (line.split("\t") for line in run(*words).splitlines())
    return [dict(zip(head, row)) for row in rows]


# ---- GPT-NeoX, as transformers/models/gpt_neox/modeling_gpt_neox.py has it ----
def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


class NeoXAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c["hidden_size"]
        self.heads, self.size = c["num_attention_heads"], d // c["num_attention_heads"]
        self.dims, self.base = int(self.size * c["rotary_pct"]), c["rotary_emb_base"]
        self.query_key_value = nn.Linear(d, 3 * d)
        self.dense = nn.Linear(d, d)
        positions = c["max_position_embeddings"]
        mask = torch.ones(positions, positions, dtype=torch.uint8).tril()
        self.register_buffer("bias", mask.view(1, 1, positions, positions))
        self.register_buffer("masked_bias", torch.tensor(-1e9))
        self.rotary_emb = nn.Module()
        inv_freq = self.base ** -(torch.arange(0, self.dims, 2).float() / self.dims)
        self.rotary_emb.register_buffer("inv_freq", inv_freq)

    def rotary(self, x):
        inv_freq = 1 / self.base ** (torch.arange(0, self.dims, 2, dtype=x.dtype) / self.dims)
        angles = torch.outer(torch.arange(x.shape[-2], dtype=x.dtype), inv_freq)
        angles = torch.cat((angles, angles), dim=-1)
        turned, rest = x[..., : self.dims], x[..., self.dims :]
        turned = turned * angles.cos() + rotate_half(turned) * angles.sin()
        return torch.cat((turned, rest), dim=-1)

    def forward(self, x):
        qkv = self.query_key_value(x)
        qkv = qkv.view(*x.shape[:2], self.heads, 3 * self.size)
        q, k, v = (qkv[..., i * self.size : (i + 1) * self.size].transpose(1, 2)
                   for i in range(3))
        q, k = self.rotary(q), self.rotary(k)
        scores = q @ k.transpose(-1, -2) / self.size**0.5
        unseen = self.bias[:, :, : x.shape[1], : x.shape[1]] == 0
        self.pattern = scores.masked_fill(unseen, -torch.inf).softmax(-1)
        return self.dense((self.pattern @ v).transpose(1, 2).reshape(x.shape))


class NeoXBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, eps = c["hidden_size"], c["layer_norm_eps"]
        self.input_layernorm = nn.LayerNorm(d, eps)
        self.post_attention_layernorm = nn.LayerNorm(d, eps)
        self.attention = NeoXAttention(c)
        self.mlp = nn.Module()
        self.mlp.dense_h_to_4h = nn.Linear(d, c["intermediate_size"])
        self.mlp.dense_4h_to_h = nn.Linear(c["intermediate_size"], d)
        self.parallel = c["use_parallel_residual"]

    def feed(self, x):
        x = self.post_attention_layernorm(x)
        return self.mlp.dense_4h_to_h(F.gelu(self.mlp.dense_h_to_4h(x)))

    def forward(self, x):
        attended = self.attention(self.input_layernorm(x))
        if self.parallel:
            return self.feed(x) + attended + x
        attended = attended + x
        return self.feed(attended) + attended


class NeoX(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gpt_neox = nn.Module()
        g, d = self.gpt_neox, c["hidden_size"]
        g.embed_in = nn.Embedding(c["vocab_size"], d)
        g.layers = nn.ModuleList(NeoXBlock(c) for _ in range(c["num_hidden_layers"]))
        g.final_layer_norm = nn.LayerNorm(d, c["layer_norm_eps"])
        self.embed_out = nn.Linear(d, c["vocab_size"], bias=False)

    def forward(self, tokens):
        x = self.gpt_neox.embed_in(tokens)
        for layer in self.gpt_neox.layers:
            x = layer(x)
        self.stream = x
        return self.embed_out(self.gpt_neox.final_layer_norm(x))


# ---- GPT-2, as transformers/models/gpt2/modeling_gpt2.py has it ----
class Conv1D(nn.Module):
    def __init__(self, out, into):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(into, out) * 0.3)
        self.bias = nn.Parameter(torch.randn(out) * 0.1)

    def forward(self, x):
        return x @ self.weight + self.bias


class GPT2Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, eps, positions = c["n_embd"], c["layer_norm_epsilon"], c["n_positions"]
        self.ln_1, self.ln_2 = nn.LayerNorm(d, eps), nn.LayerNorm(d, eps)
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = Conv1D(3 * d, d), Conv1D(d, d)
        mask = torch.ones(positions, positions, dtype=torch.uint8).tril()
        self.attn.register_buffer("bias", mask.view(1, 1, positions, positions))
        self.attn.register_buffer("masked_bias", torch.tensor(-1e4))
        self.mlp.c_fc, self.mlp.c_proj = Conv1D(4 * d, d), Conv1D(d, 4 * d)
        self.heads = c["n_head"]

    def attend(self, x):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for t in self.attn.c_attn(x).chunk(3, -1))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        unseen = self.attn.bias[:, :, : x.shape[1], : x.shape[1]] == 0
        z = scores.masked_fill(unseen, -torch.inf).softmax(-1) @ v
        return self.attn.c_proj(z.transpose(1, 2).reshape(x.shape))

    def forward(self, x):
        x = x + self.attend(self.ln_1(x))
        hidden = self.mlp.c_fc(self.ln_2(x))
        hidden = 0.5 * hidden * (1 + torch.tanh((2 / torch.pi) ** 0.5
                                                * (hidden + 0.044715 * hidden**3)))
        return x + self.mlp.c_proj(hidden)


class GPT2(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.transformer, d = nn.Module(), c["n_embd"]
        t = self.transformer
        t.wte, t.wpe = nn.Embedding(c["vocab_size"], d), nn.Embedding(c["n_positions"], d)
        t.h = nn.ModuleList(GPT2Block(c) for _ in range(c["n_layer"]))
        t.ln_f = nn.LayerNorm(d, c["layer_norm_epsilon"])
        self.lm_head = nn.Linear(d, c["vocab_size"], bias=False)
        self.lm_head.weight = t.wte.weight

    def forward(self, tokens):
        t = self.transformer
        x = t.wte(tokens) + t.wpe(torch.arange(tokens.shape[1]))
        for block in t.h:
            x = block(x)
        self.stream = x
        return self.lm_head(t.ln_f(x))


NEOX = {"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0,
        "hidden_act": "gelu", "hidden_size": 16, "initializer_range": 0.02,
        "intermediate_size": 40, "layer_norm_eps": 1e-05, "max_position_embeddings": 64,
        "model_type": "gpt_neox", "num_attention_heads": 2, "num_hidden_layers": 2,
        "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": False,
        "torch_dtype": "float16", "use_cache": True, "use_parallel_residual": True,
        "vocab_size": P + 1}  # fmt: skip
GPT_2 = {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
         "attn_pdrop": 0.1, "bos_token_id": P, "embd_pdrop": 0.1, "eos_token_id": P,
         "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "model_type": "gpt2",
         "n_ctx": 40, "n_embd": 12, "n_head": 3, "n_layer": 2, "n_positions": 40,
         "resid_pdrop": 0.1, "vocab_size": P + 1}  # fmt: skip


# ---- Files ----
def safetensors(path, state):
    kinds = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
             torch.float64: "F64", torch.uint8: "U8"}  # fmt: skip
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, value in state.items():
        raw = value.contiguous().view(-1)
        raw = raw.view(torch.int16) if value.dtype == torch.bfloat16 else raw
        raw = raw.numpy().tobytes()
        header[name] = {"dtype": kinds[value.dtype], "shape": list(value.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}  # fmt: skip
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def save(folder, module, config, form="bin", dtype=torch.float32, drop=()):
    """As save_pretrained does; the numbers that were saved stay in the module."""
    os.makedirs(folder, exist_ok=True)
    for p in module.parameters():
        p.data = p.data.to(dtype)
    state = {k: v for k, v in module.state_dict().items() if k not in drop}
    if form == "bin":
        torch.save(state, f"{folder}/pytorch_model.bin")
    else:
        safetensors(f"{folder}/model.safetensors", state)
    with open(f"{folder}/config.json", "w", encoding="utf-8") as out:
        json.dump(config, out, indent=2)
    return module.double()


def scrambled(module, seed):
    """Weights large enough that all of the network matters."""
    torch.manual_seed(seed)
    for name, p in module.named_parameters():
        p.data = torch.randn_like(p) * (0.5 if p.dim() > 1 else 0.2)
        if "norm" in name or ".ln_" in name:
            p.data += name.endswith("weight")
    return module


# ---- What a network is ----
def check_logits(folder, module, *options):
    """Over all pairs: the network of an operation on 'a b =', whose answer has logits and
    whose positions all have a stream."""
    run("import", folder, "--operation", "add", "--layout", "a b =", "--dtype", "float64",
        "-o", "pairs.h5", "--force", *options)  # fmt: skip
    a, b = np.divmod(np.arange(P * P), P)
    tokens = torch.tensor(np.stack((a, b, np.full(P * P, P)), 1))
    logits, stream = module(tokens)[:, -1, :P].detach(), module.stream.detach()
    for name, position, theirs in (("logits", "answer", logits),
                                   *(("blocks.1.hook_resid_post", i, stream[:, i])
                                     for i in range(3))):
        run("embedding", "pairs.h5", "--tensor", name, "--position", position, "-o",
            "said.npy", "--dtype", "float64", "--force")  # fmt: skip
        ours, theirs = np.load("said.npy"), theirs.numpy()
        worst = np.abs(ours - theirs).max() / np.abs(theirs).max()
        assert ours.dtype == np.float64 and worst < 1e-13, f"{folder}: {name}: {worst:g}"


def losses_of(module, path):
    """Of each target, over the sequences of a checkpoint."""
    with h5py.File(path) as file:
        data = {name: np.array(value) for name, value in file["data"].items()
                if isinstance(value, h5py.Dataset)}
    logits = module(torch.tensor(data["tokens"].astype(int)))[:, :-1].detach()
    loss = F.cross_entropy(logits.transpose(1, 2), torch.tensor(data["next"].astype(int)),
                           reduction="none").numpy()
    counted = data["is_repeated"]
    return (loss * counted).sum() / counted.sum()


def check_language(folder, module, *options):
    out = table("import", folder, "--task", "repeats", "--seq-len", "31", "--subseq-len",
                "6", "--dtype", "float64", "-o", "language.h5", "--force", *options)
    loss = losses_of(module, "language.h5")
    assert abs(float(out[0]["loss"]) - loss) < 1e-12 * loss, (folder, out, loss)
    norm = sum(float((p[:31] if "wpe" in name else p).pow(2).sum())
               for name, p in module.named_parameters()) ** 0.5
    assert abs(float(out[0]["norm"]) - norm) < 1e-12 * norm, (folder, out, norm)
    return out[0]


def fact(path, name):
    with h5py.File(path) as file:
        return json.loads(file["config"].asstr()[()])["model"][name]


def check_forms():
    for number, (form, dtype) in enumerate((("bin", torch.float32),
                                            ("bin", torch.float16),
                                            ("bin", torch.bfloat16),
                                            ("safetensors", torch.float16),
                                            ("safetensors", torch.bfloat16),
                                            ("safetensors", torch.float32))):
        module = save("neox", scrambled(NeoX(NEOX), number), NEOX, form, dtype)
        check_logits("neox", module)
        found = check_language("neox", module)
        assert (found["architecture"], found["map"]) == ("transformer", "neox"), found
        shutil.rmtree("neox")


def check_neox():
    sequential = {**NEOX, "use_parallel_residual": False, "rotary_pct": 1.0,
                  "rotary_emb_base": 50, "num_attention_heads": 4}  # fmt: skip
    module = save("other", scrambled(NeoX(sequential), 7), sequential)
    check_logits("other", module)
    check_language("other", module)
    assert fact("language.h5", "parallel_attn_mlp") is False
    # As transformers 5 writes it, and with what is left to its defaults.
    newer = {k: v for k, v in NEOX.items()
             if k not in ("rotary_pct", "rotary_emb_base", "use_parallel_residual",
                          "hidden_act")}
    newer["rope_parameters"] = {"rope_theta": 200.0, "partial_rotary_factor": 0.5,
                                "rope_type": "default"}
    module = scrambled(NeoX({**NEOX, "rotary_pct": 0.5, "rotary_emb_base": 200}), 8)
    module = save("newer", module, newer, "safetensors")
    check_logits("newer", module)
    # Without its configuration a network is asked for what its tensors do not tell.
    os.remove("newer/config.json")
    said = run("import", "newer", "--task", "repeats", "--n-heads", "2", "-o", "x.h5",
               code=2)  # fmt: skip
    assert "rotary_dim is missing" in said and "config.json" in said, said
    check_language("newer", module, "--n-heads", "2", "--rotary-dim", "4", "--rotary-base",
                   "200")


def check_gpt2():
    module = save("gpt2", scrambled(GPT2(GPT_2), 1), GPT_2)
    check_logits("gpt2", module)
    found = check_language("gpt2", module)
    assert found["map"] == "gpt2" and fact("language.h5", "tied") is True
    # The first files have the transformer alone, without its name and without the head.
    state = {k[len("transformer."):]: v.float() for k, v in module.state_dict().items()
             if k.startswith("transformer.")}
    os.remove("gpt2/pytorch_model.bin")
    safetensors("gpt2/model.safetensors", state)
    check_logits("gpt2", module)
    check_language("gpt2", module)
    said = run("import", "gpt2", "--task", "repeats", "-o", "x.h5", code=2)
    assert "seq_len: 85 tokens, but the network has 40 positions" in said, said


# ---- A run of revisions ----
STEPS = (0, 512, 1000, 2000)


def revision(step):
    """A network between two random ones."""
    first, last = (scrambled(NeoX(NEOX), seed).state_dict() for seed in (20, 21))
    module, share = NeoX(NEOX), step / STEPS[-1]
    module.load_state_dict({k: (1 - share) * first[k] + share * last[k]
                            if first[k].dtype == torch.float32 and ".attention.m" not in k
                            and "inv_freq" not in k else first[k] for k in first})
    return module


def patterns_of(module, tokens):
    module(torch.tensor(tokens.astype(int)))
    return np.stack([layer.attention.pattern.detach().numpy()
                     for layer in module.gpt_neox.layers], 1)


def check_heads(module, path):
    """previous_token is the mean of A[q, q - 1]; of uniform tokens it hardly depends on
    which these are, so sequences of ours, seen by PyTorch, have the same to a percent."""
    rows = table("induction", path, "--long", "--sequences", "1024", "--length", "10")
    rng = np.random.default_rng(0)
    tokens = np.stack([np.concatenate(([0], *[1 + rng.permutation(P)[:10]] * 2))
                       for _ in range(1024)])
    A = patterns_of(module, tokens)
    where = np.arange(1, tokens.shape[1])
    previous = A[..., where, where - 1].mean((0, 3))
    second = np.arange(11, 21)
    prefix = A[..., second, second - 9].mean((0, 3))
    for row in rows:
        at = int(row["layer"]), int(row["head"])
        assert abs(float(row["previous_token"]) - previous[at]) < 0.02, (row, previous)
        assert abs(float(row["prefix_matching"]) - prefix[at]) < 0.02, (row, prefix)


def check_run():
    for step in reversed(STEPS):
        save(f"pythia/step{step}", revision(step), NEOX,
             "safetensors" if step == 512 else "bin", torch.float16)
    # A repository has its weights in both forms, and what training left beside them.
    module = save("pythia/step1000", revision(1000), NEOX, "safetensors", torch.float16)
    torch.save({"state": {}, "param_groups": [{"lr": 1e-3}]}, "pythia/step1000/optimizer.pt")
    out = table("import", "pythia", "--task", "repeats", "--seq-len", "31", "--subseq-len",
                "6", "-o", "pythia-run")  # fmt: skip
    assert [int(row["step"]) for row in out] == list(STEPS), out
    some = table("import", "pythia/step2000", "pythia/step512", "--task", "repeats",
                 "--seq-len", "31", "--subseq-len", "6", "-o", "some")  # fmt: skip
    assert [int(row["step"]) for row in some] == [512, 2000], some
    check_heads(module, "pythia-run/step-000001000.h5")
    rows = table("norms", "pythia-run", "--step", "all")
    assert [int(row["step"]) for row in rows] == list(STEPS), rows
    of_1000 = sum(float((p**2).sum()) for p in module.parameters()) ** 0.5
    assert abs(float(rows[2]["l2"]) - of_1000) < 1e-9 * of_1000, (rows[2], of_1000)
    rows = table("induction", "pythia-run", "--step", "all", "--sequences", "8")
    assert [int(row["step"]) for row in rows] == list(STEPS), rows
    assert all(float(row["late_loss"]) > 0 for row in rows), rows
    assert "same" in run("compare", "pythia-run/step-000001000.h5",
                         "pythia-run/step-000001000.h5", "--format", "text")
    run("compare", "pythia-run/step-000000512.h5", "pythia-run/step-000001000.h5", code=1)
    run("info", "pythia-run", "--check")


def check_long():
    """As many positions as Pythia has, of which all count."""
    config = {**NEOX, "max_position_embeddings": 2048, "num_hidden_layers": 1}
    module = save("long", scrambled(NeoX(config), 4), config)
    found = table("import", "long", "--task", "repeats", "--seq-len", "2047",
                  "--num-repeats", "2", "--subseq-len", "1000", "--test-samples", "1",
                  "--dtype", "float64", "-o", "long.h5")[0]
    loss = losses_of(module, "long.h5")
    assert abs(float(found["loss"]) - loss) < 1e-12 * loss, (found, loss)


def check_refusals():
    said = run("import", "long", "-o", "x.h5", code=2)
    assert "a language model comes in with --task repeats" in said, said
    said = run("import", "long", "--task", "repeats", "--p", "7", "-o", "x.h5", code=2)
    assert "--p is an option of task" in said and "the task is repeats" in said, said
    said = run("import", "long", "--task", "parity", "-o", "x.h5", code=2)
    assert "task: no 'parity'" in said, said
    np.savez("said.npz", logits=np.zeros((4, 2)))
    said = run("import", "said.npz", "--outputs", "--task", "repeats", "-o", "x.h5", code=2)
    assert "outputs are of pairs, expected binary_operation" in said, said
    said = run("import", "long", "--task", "repeats", "--seq-len", "31", "--rotary-dim",
               "3", "--subseq-len", "6", "-o", "x.h5", code=2)
    assert "rotary_dim: 3, expected an even number up to d_head 8" in said, said


torch.manual_seed(0)
check_forms()
check_neox()
check_gpt2()
check_run()
check_long()
check_refusals()
