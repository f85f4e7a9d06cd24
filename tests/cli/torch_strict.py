"""Exports load strictly into the modules of PyTorch that have their names, and these say
what grokscope says: networks that users of PyTorch made, and networks that grokscope
trained. Skipped without PyTorch."""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError:
    print("no PyTorch: skipped")
    sys.exit(77)

P, D, HEADS, LAYERS, MLP, CONTEXT = 7, 12, 3, 2, 20, 3
BIN = os.environ["GROKSCOPE_BIN"]
os.chdir(tempfile.mkdtemp())


# ---- Parts, as users write them ----
class LayerNorm(nn.Module):
    """nanoGPT's, with a bias or without."""

    def __init__(self, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(D))
        self.bias = nn.Parameter(torch.zeros(D)) if bias else None

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(D) + 0.5)

    def forward(self, x):
        return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * self.weight


class Conv1D(nn.Module):
    """Hugging Face's: a matrix [in, out]."""

    def __init__(self, out, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, out) * 0.3)
        self.bias = nn.Parameter(torch.randn(out) * 0.3)

    def forward(self, x):
        return x @ self.weight + self.bias


def attend(q, k, v, causal=True):
    q, k, v = (t.unflatten(-1, (HEADS, -1)).transpose(1, 2) for t in (q, k, v))
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:]).tril() == 0, -1e30)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(-2)


# ---- nanoGPT and GPT-2 ----
class GPTAttention(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.c_attn, self.c_proj = linear(D, 3 * D), linear(D, D)

    def forward(self, x):
        return self.c_proj(attend(*self.c_attn(x).chunk(3, -1)))


class GPTMLP(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.c_fc, self.c_proj = linear(D, MLP), linear(MLP, D)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x)))


class GPTBlock(nn.Module):
    def __init__(self, linear, norm):
        super().__init__()
        self.ln_1, self.ln_2 = norm(), norm()
        self.attn, self.mlp = GPTAttention(linear), GPTMLP(linear)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, bias=True, tied=True, norms=True, conv=False):
        super().__init__()
        linear = (lambda a, b: Conv1D(b, a)) if conv else \
            lambda a, b: nn.Linear(a, b, bias=bias)
        norm = (lambda: LayerNorm(bias)) if norms else nn.Identity
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(P + 1, D), "wpe": nn.Embedding(CONTEXT, D),
            "h": nn.ModuleList(GPTBlock(linear, norm) for _ in range(LAYERS)),
            "ln_f": norm()})
        self.lm_head = nn.Linear(D, P + 1 if tied else P, bias=False)
        if tied:
            self.lm_head.weight = self.transformer.wte.weight

    def forward(self, tokens):
        t = self.transformer
        x = t.wte(tokens) + t.wpe(torch.arange(tokens.shape[1]))
        for block in t.h:
            x = block(x)
        return self.lm_head(t.ln_f(x))[:, -1, :P]


# ---- An nn.Linear each ----
class SplitAttention(nn.Module):
    def __init__(self, bias):
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "c_proj"):
            setattr(self, name, nn.Linear(D, D, bias=bias))

    def forward(self, x):
        return self.c_proj(attend(self.q_proj(x), self.k_proj(x), self.v_proj(x)))


class GatedMLP(nn.Module):
    def __init__(self, bias, gated):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(D, MLP, bias=bias), nn.Linear(MLP, D, bias=bias)
        if gated:
            self.gate = nn.Linear(D, MLP, bias=False)

    def forward(self, x):
        if hasattr(self, "gate"):
            return self.fc2(F.silu(self.gate(x)) * self.fc1(x))
        return self.fc2(F.relu(self.fc1(x)))


class SplitBlock(nn.Module):
    def __init__(self, bias, gated, norm):
        super().__init__()
        self.attn, self.mlp = SplitAttention(bias), GatedMLP(bias, gated)
        self.ln1, self.ln2 = norm(), norm()

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class Split(nn.Module):
    def __init__(self, bias=True, gated=False, norm=lambda: nn.LayerNorm(D), last=True):
        super().__init__()
        self.tok_emb, self.pos_emb = nn.Embedding(P + 1, D), nn.Embedding(CONTEXT, D)
        self.blocks = nn.ModuleList(SplitBlock(bias, gated, norm) for _ in range(LAYERS))
        self.ln_f = norm()
        self.lm_head = nn.Linear(D, P, bias=last)

    def forward(self, tokens):
        x = self.tok_emb(tokens) + self.pos_emb(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.ln_f(x))[:, -1]


# ---- nn.MultiheadAttention and nn.TransformerEncoder ----
class MHABlock(nn.Module):
    def __init__(self, bias, mlp):
        super().__init__()
        self.attn = nn.MultiheadAttention(D, HEADS, bias=bias, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(D, MLP), nn.ReLU(), nn.Linear(MLP, D)) \
            if mlp else None

    def forward(self, x):
        x = x + self.attn(x, x, x, need_weights=False)[0]
        return x + self.mlp(x) if self.mlp else x


class MHA(nn.Module):
    def __init__(self, bias=True, mlp=True, last=True):
        super().__init__()
        self.tok_emb, self.pos_emb = nn.Embedding(P + 1, D), nn.Embedding(CONTEXT, D)
        self.blocks = nn.ModuleList([MHABlock(bias, mlp)])
        self.lm_head = nn.Linear(D, P, bias=last)

    def forward(self, tokens):
        x = self.tok_emb(tokens) + self.pos_emb(torch.arange(tokens.shape[1]))
        return self.lm_head(self.blocks[0](x))[:, -1]


class TwoTables(MHA):
    """Tokens 0 … p-1 are a's, the next p are b's, then comes =."""

    def __init__(self, **options):
        super().__init__(**options)
        self.tok_emb = nn.Embedding(2 * P + 1, D)

    def forward(self, tokens):
        return super().forward(tokens + torch.tensor([0, P, P]))


class Encoder(nn.Module):
    def __init__(self, norm_first, final, last=True):
        super().__init__()
        layer = nn.TransformerEncoderLayer(D, HEADS, MLP, 0.0, "relu", batch_first=True,
                                           norm_first=norm_first)
        self.embedding, self.pos_embedding = nn.Embedding(P, D), nn.Embedding(2, D)
        self.encoder = nn.TransformerEncoder(layer, LAYERS,
                                             nn.LayerNorm(D) if final else None)
        self.lm_head = nn.Linear(D, P, bias=last)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.pos_embedding(torch.arange(tokens.shape[1]))
        return self.lm_head(self.encoder(x))[:, -1]


# ---- Without attention ----
class Chain(nn.Module):
    def __init__(self, operands, act, bias=True, last=True, hidden=(10, 9)):
        super().__init__()
        one = P if "hot" in operands else D
        widths = [one if "summed" in operands else 2 * one, *hidden, P]
        if operands == "own":
            self.embed_a, self.embed_b = nn.Embedding(P, D), nn.Embedding(P, D)
        elif one == D:
            self.embedding = nn.Embedding(P, D)
        self.count = len(widths) - 1
        for i in range(self.count):
            has_bias = last if i == self.count - 1 else bias
            setattr(self, f"linear{i + 1}",
                    nn.Linear(widths[i], widths[i + 1], bias=has_bias))
        self.operands, self.act = operands, act

    def forward(self, tokens):
        a, b = tokens[:, 0], tokens[:, 1]
        if "hot" in self.operands:
            a, b = (F.one_hot(t, P).to(self.linear1.weight.dtype) for t in (a, b))
        elif self.operands == "own":
            a, b = self.embed_a(a), self.embed_b(b)
        else:
            a, b = self.embedding(a), self.embedding(b)
        x = a + b if "summed" in self.operands else torch.cat([a, b], -1)
        for i in range(1, self.count):
            x = self.act(getattr(self, f"linear{i}")(x))
        return getattr(self, f"linear{self.count}")(x)


class Zhong(nn.Module):
    """Zhong et al.'s network without attention."""

    def __init__(self, bias=True):
        super().__init__()
        self.embed = nn.Embedding(P, D)
        self.l1 = nn.Linear(D, MLP, bias=bias)
        self.unembed = nn.Linear(MLP, P, bias=False)

    def forward(self, tokens):
        return self.unembed(F.relu(self.l1(self.embed(tokens).sum(1))))


class Chughtai(nn.Module):
    """Chughtai et al.'s MLP, parameters and no layers."""

    def __init__(self):
        super().__init__()
        self.W_x, self.W_y = (nn.Parameter(torch.randn(P, D)) for _ in range(2))
        self.W = nn.Parameter(torch.randn(2 * D, MLP) / D)
        self.W_U = nn.Parameter(torch.randn(MLP, P) / D)

    def forward(self, tokens):
        both = torch.hstack([self.W_x[tokens[:, 0]], self.W_y[tokens[:, 1]]])
        return F.relu(both @ self.W) @ self.W_U


# ---- The check ----
def run(program, *words, code=0):
    done = subprocess.run([f"{BIN}/grokscope-{program}", *words], text=True,
                          capture_output=True)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stderr}"
    return done.stdout + done.stderr


def tokens(count):
    a, b = np.divmod(np.arange(P * P), P)
    return torch.tensor(np.stack([a, b, np.full(P * P, P)][:count], 1))


def load(module, path, naming, *options):
    """The module with an export of the checkpoint, and its logits in float64."""
    run("export", path, "--naming", naming, "-o", "out.npz", "--force", *options)
    module = module.float()
    for p in module.parameters():
        p.data.fill_(float("nan"))
    module.load_state_dict({k: torch.tensor(v) for k, v in np.load("out.npz").items()},
                           strict=True)
    return module.double()


def logits_of(path):
    run("embedding", path, "--tensor", "logits", "-o", "logits.npy", "--force")
    return np.load("logits.npy").reshape(P * P, P)


def same(name, ours, module, count):
    """Ours are computed in the type of the checkpoint."""
    theirs = module(tokens(count)).detach().numpy()
    worst = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert worst < (1e-13 if ours.dtype == np.float64 else 5e-6), f"{name}: logits differ by {worst:g} of the largest"
    print(name, f"{worst:.1g}")


def shake(module):
    """Biases and norms as if they were trained."""
    for name, p in module.named_parameters():
        if p.dim() == 1:
            p.data += 0.3 * torch.randn_like(p)
    return module


def there_and_back(name, make, naming, count, *options, export=()):
    """A user's network goes into a checkpoint and comes back."""
    first = shake(make())
    torch.save(first.state_dict(), f"{name}.pt")
    run("import", f"{name}.pt", "--operation", "add", "--dtype", "float64", *options,
        "-o", f"{name}.h5")
    again = load(make(), f"{name}.h5", naming, *export)
    assert first.state_dict().keys() == again.state_dict().keys()
    for key, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[key].float()), f"{name}: {key}"
    same(name, logits_of(f"{name}.h5"), again, count)


def trained(name, module, naming, count, *options, export=()):
    """A network of grokscope's own, after some updates."""
    width = () if "--hidden" in options else ("--d-mlp", str(MLP))
    run("train", "--p", str(P), "--d-model", str(D), *width, "--steps", "9", "--out", name,
        "--layout", "a b =" if count == 3 else "a b", *options)
    path = f"{name}/step-000000009.h5"
    same(name, logits_of(path), load(module, path, naming, *export), count)


def main():
    torch.manual_seed(5)
    heads, causal = ("--n-heads", str(HEADS)), ("--attention-dir", "causal")
    gpt = (*heads, *causal, "--act-fn", "gelu")
    split = (*heads, *causal, "--act-fn", "relu")
    seen = (*heads, "--attention-dir", "bidirectional", "--act-fn", "relu")

    for bias in (True, False):
        for tied in (True, False):
            there_and_back(f"nano{bias:d}{tied:d}", lambda: GPT(bias, tied), "nanogpt", 3,
                           *gpt, "--normalization-type", "LN")
    there_and_back("bare", lambda: GPT(False, False, norms=False), "nanogpt", 3, *gpt,
                   export=("--biases", "nonzero"))
    there_and_back("gpt2", lambda: GPT(conv=True), "gpt2", 3, *gpt)
    there_and_back("split", Split, "torch-qkv", 3, *split)
    there_and_back("split_plain", lambda: Split(False, last=False), "torch-qkv", 3,
                   *split)
    there_and_back("rms", lambda: Split(False, True, RMSNorm, last=False), "torch-qkv", 3,
                   *heads, *causal, "--act-fn", "silu", "--normalization-type", "RMS")
    there_and_back("gated", lambda: Split(True, True), "torch-qkv", 3, *heads, *causal,
                   "--act-fn", "silu")
    there_and_back("mha", MHA, "torch-mha", 3, *seen)
    there_and_back("mha_plain", lambda: MHA(bias=False), "torch-mha", 3, *seen)
    there_and_back("mha_only", lambda: MHA(mlp=False), "torch-mha", 3, *seen)
    there_and_back("two_tables", TwoTables, "torch-mha", 3, *seen, "--own-embeddings")
    for norm_first in (True, False):
        for final in (True, False):
            there_and_back(f"encoder{norm_first:d}{final:d}",
                           lambda: Encoder(norm_first, final), "torch-encoder", 2, *seen,
                           "--layout", "a b", "--norm-position",
                           "pre" if norm_first else "post")

    for operands in ("concatenated", "summed", "two-hot", "summed hot", "own"):
        for bias, last in ((True, True), (True, False), (False, False)):
            there_and_back(f"chain_{operands}_{bias:d}{last:d}".replace(" ", "_"),
                           lambda: Chain(operands, torch.tanh, bias, last), "torch-mlp",
                           2, "--act-fn", "tanh")
    there_and_back("zhong", Zhong, "torch-linear", 2, "--architecture", "zhong_alpha")
    there_and_back("chughtai", Chughtai, "torch-linear", 2)

    # Networks of grokscope have fewer biases than modules of PyTorch: zeros stand for them.
    norm = ("--normalization-type", "LN")
    lacks = ("--biases", "absent", "--attn-biases", "absent", "--unembed-bias", "absent")
    some = ("--biases", "trained", "--attn-biases", "absent", "--unembed-bias", "absent")
    own = ("--n-layers", str(LAYERS), *heads)
    for more in (lacks, some):
        kind = "lacks" if more is lacks else "some"
        trained(f"own_nano_{kind}", GPT(True, False), "nanogpt", 3, *own, *norm, *more,
                *causal, "--act-fn", "gelu")
        trained(f"own_encoder_{kind}", Encoder(True, True, False), "torch-encoder", 2,
                *own, *norm, *more, "--attention-dir", "bidirectional")
    trained("own_all", Split(), "torch-qkv", 3, *own, *norm, *lacks, *causal,
            export=("--biases", "all"))
    trained("own_mha", MHA(False, last=False), "torch-mha", 3, *heads, *some,
            "--attention-dir", "bidirectional")
    trained("own_tables", TwoTables(bias=False, last=False), "torch-mha", 3, *heads, *some,
            "--own-embeddings", "--attention-dir", "bidirectional")
    trained("own_tied", GPT(True, True), "nanogpt", 3, *own, *norm, *some, *causal,
            "--act-fn", "gelu", "--tied")
    trained("own_gpt2", GPT(conv=True), "gpt2", 3, *own, *norm, *lacks, *causal,
            "--act-fn", "gelu", "--tied")
    trained("own_chain", Chain("concatenated", torch.relu), "torch-mlp", 2,
            "--architecture", "token_mlp", "--hidden", "10,9")
    trained("own_chughtai", Chughtai(), "torch-linear", 2, "--architecture",
            "chughtai_mlp", "--d-model", str(2 * D))


main()
