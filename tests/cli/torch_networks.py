"""Networks written in PyTorch as their users write them: saved, imported by the command
that one would guess, and asked again. The logits over all pairs are those that PyTorch
has in float64. Skipped without PyTorch."""
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
    sys.exit(77)

P = 7
BIN = os.environ["GROKSCOPE_BIN"]
os.chdir(tempfile.mkdtemp())


# ---- Transformers ----
class Fused(nn.Module):
    def __init__(self, d, heads, bias, causal):
        super().__init__()
        self.c_attn = nn.Linear(d, 3 * d, bias=bias)
        self.c_proj = nn.Linear(d, d, bias=bias)
        self.heads, self.causal = heads, causal

    def forward(self, x):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for t in self.c_attn(x).chunk(3, -1))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        if self.causal:
            mask = torch.ones(scores.shape[-2:]).tril() == 0
            scores = scores.masked_fill(mask, -1e30)
        return self.c_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(-2))


class NanoBlock(nn.Module):
    def __init__(self, d, heads, bias):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = Fused(d, heads, bias, True)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(d, 4 * d, bias=bias),
                                  "c_proj": nn.Linear(4 * d, d, bias=bias)})

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp["c_proj"](F.gelu(self.mlp["c_fc"](self.ln_2(x))))


class NanoGPT(nn.Module):
    def __init__(self, d=12, heads=3, layers=2, bias=True, tied=True, context=3):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(P + 1, d), "wpe": nn.Embedding(context, d),
            "h": nn.ModuleList(NanoBlock(d, heads, bias) for _ in range(layers)),
            "ln_f": nn.LayerNorm(d)})
        self.lm_head = nn.Linear(d, P + 1, bias=False)
        if tied:
            self.lm_head.weight = self.transformer["wte"].weight

    def forward(self, tokens):
        t = self.transformer
        x = t["wte"](tokens) + t["wpe"](torch.arange(tokens.shape[1]))
        for block in t["h"]:
            x = block(x)
        return self.lm_head(t["ln_f"](x))[:, -1]


class Attention(nn.Module):
    """One nn.MultiheadAttention and an MLP of any names, without a final norm."""

    def __init__(self, d=8, heads=2, mlp=True, bias=True):
        super().__init__()
        self.tok_emb = nn.Embedding(P + 1, d)
        self.pos_emb = nn.Parameter(torch.randn(3, d))
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True, bias=bias)
        if mlp:
            self.mlp = nn.Sequential(nn.Linear(d, 20), nn.Tanh(), nn.Linear(20, d))
        self.out = nn.Linear(d, P)

    def forward(self, tokens):
        x = self.tok_emb(tokens) + self.pos_emb
        x = x + self.attn(x, x, x, need_weights=False)[0]
        if hasattr(self, "mlp"):
            x = x + self.mlp(x)
        return self.out(x[:, 2])


class Encoder(nn.Module):
    def __init__(self, norm_first, final, mean, d=8, heads=2, layers=2):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d, heads, 24, 0.0, "gelu", batch_first=True,
                                           norm_first=norm_first)
        self.embedding = nn.Embedding(P, d)
        self.pos_embedding = nn.Parameter(torch.randn(1, 10, d))
        self.encoder = nn.TransformerEncoder(layer, layers,
                                             nn.LayerNorm(d) if final else None)
        self.fc = nn.Linear(d, P)
        self.mean = mean

    def forward(self, tokens):
        x = self.encoder(self.embedding(tokens) + self.pos_embedding[:, :tokens.shape[1]])
        return self.fc(x.mean(1) if self.mean else x[:, -1])


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(d) + 0.5)

    def forward(self, x):
        return x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt() * self.weight


class LlamaBlock(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.attn_norm, self.ffn_norm = RMSNorm(d), RMSNorm(d)
        self.attention = nn.ModuleDict({n: nn.Linear(d, d, bias=False)
                                        for n in ("wq", "wk", "wv", "wo")})
        self.feed_forward = nn.ModuleDict({"w1": nn.Linear(d, 18, bias=False),
                                           "w2": nn.Linear(18, d, bias=False),
                                           "w3": nn.Linear(d, 18, bias=False)})
        self.heads = heads

    def forward(self, x):
        y, a, f = self.attn_norm(x), self.attention, self.feed_forward
        q, k, v = (a[n](y).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for n in ("wq", "wk", "wv"))
        pattern = (q @ k.transpose(-1, -2)).softmax(-1)  # not divided by anything
        x = x + a["wo"]((pattern @ v).transpose(1, 2).flatten(-2))
        y = self.ffn_norm(x)
        return x + f["w2"](F.silu(f["w1"](y)) * f["w3"](y))


class Llama(nn.Module):
    def __init__(self, d=8, heads=2):
        super().__init__()
        self.embed = nn.Embedding(P + 1, d)
        self.layers = nn.ModuleList([LlamaBlock(d, heads)])
        self.norm = RMSNorm(d)
        self.output = nn.Linear(d, P, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x))[:, -1]


class TwoVocabularies(Attention):
    """Tokens 0 … p-1 are a's, the next p are b's, then comes =."""

    def __init__(self):
        super().__init__()
        self.tok_emb = nn.Embedding(2 * P + 1, 8)

    def forward(self, tokens):
        return super().forward(tokens + torch.tensor([0, P, P]))


# ---- MLPs ----
class MLP(nn.Module):
    def __init__(self, operands, act, own=False, bias=True, d=6, hidden=(10, 10)):
        super().__init__()
        one = P if "hot" in operands else d
        widths = [one if "summed" in operands else 2 * one, *hidden, P]
        if own:
            self.embed_a, self.embed_b = nn.Embedding(P, d), nn.Embedding(P, d)
        elif one == d:
            self.embedding = nn.Embedding(P, d)
        layers = []
        for i in range(len(widths) - 1):
            last = i == len(widths) - 2
            layers += [nn.Linear(widths[i], widths[i + 1], bias=bias or not last)]
            layers += [] if last else [act()]
        self.net = nn.Sequential(*layers)
        self.operands, self.own = operands, own

    def forward(self, tokens):
        a, b = tokens[:, 0], tokens[:, 1]
        if "hot" in self.operands:
            weight = self.net[0].weight
            a, b = (F.one_hot(t, P).to(weight.dtype) for t in (a, b))
        elif self.own:
            a, b = self.embed_a(a), self.embed_b(b)
        else:
            a, b = self.embedding(a), self.embedding(b)
        return self.net(a + b if "summed" in self.operands else torch.cat([a, b], -1))


class Residual(nn.Module):
    def __init__(self, d=6):
        super().__init__()
        self.emb = nn.Embedding(P, d)
        self.fc1, self.fc2, self.fc3 = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, P)

    def forward(self, tokens):
        x = self.emb(tokens).sum(1)
        x = x + F.relu(self.fc1(x))
        x = x + F.relu(self.fc2(x))
        return self.fc3(x)


# ---- The check ----
def run(*arguments, code=0):
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done.stdout + done.stderr


def tokens_of(layout):
    a, b = np.divmod(np.arange(P * P), P)
    rows = {"a b": [a, b], "a b =": [a, b, np.full(P * P, P)]}[layout]
    return torch.tensor(np.stack(rows, 1))


def logits_of(module, layout):
    """In float64, and with gradients, so that PyTorch takes no path of its own."""
    module = module.double().eval()
    return module(tokens_of(layout)).detach().numpy()


def check(name, module, layout, naming, *options, state=None):
    torch.save(state or module.float().state_dict(), f"{name}.pt")
    out = run(f"{BIN}/grokscope-import", f"{name}.pt", "--operation", "add", *options,
              "--dtype", "float64", "-o", f"{name}.h5")
    head, row = (line.split("\t") for line in out.splitlines()[:2])
    found = dict(zip(head, row))
    assert found["map"] == naming, f"{name}: map {found['map']}"
    run(f"{BIN}/grokscope-embedding", f"{name}.h5", "--tensor", "logits", "-o",
        f"{name}.npy")
    ours, theirs = np.load(f"{name}.npy"), logits_of(module, layout)
    assert ours.shape == (P * P, P), f"{name}: {ours.shape}"
    worst = np.abs(ours - theirs[:, :P]).max() / np.abs(theirs).max()
    assert worst < 1e-5, f"{name}: logits differ by {worst:g} of the largest"
    labels = tokens_of("a b").sum(1) % P
    loss = F.cross_entropy(torch.tensor(theirs), labels).item()
    assert abs(float(found["loss"]) - loss) < 1e-6 * loss, f"{name}: {found['loss']}, {loss}"
    right = (theirs.argmax(1) == labels.numpy()).mean()
    assert abs(float(found["accuracy"]) - right) < 1e-12, f"{name}: {found['accuracy']}"
    print(name, found["architecture"], f"{worst:.1g}")


def exported(name, naming, biases="auto"):
    """What an export writes, as a state dict."""
    run(f"{BIN}/grokscope-export", f"{name}.h5", "--naming", naming, "-o",
        f"{name}.npz", "--force", "--biases", biases)
    return {k: torch.tensor(v) for k, v in np.load(f"{name}.npz").items()}


def part(state, prefix):
    return {k[len(prefix):]: v for k, v in state.items() if k.startswith(prefix)}


def check_strict(name, naming, module, prefix="", biases="auto"):
    """A module loads an export strictly, and is what was imported."""
    before = {k: v.double().clone() for k, v in module.state_dict().items()}
    for p in module.parameters():
        p.data.zero_()
    module.load_state_dict(part(exported(name, naming, biases), prefix), strict=True)
    for k, v in module.state_dict().items():
        assert torch.equal(v.double(), before[k]), f"{name}: {k} differs"


def conv1d(state):
    """HF's GPT-2 keeps the matrices of a block as [in, out]."""
    return {k: v.T.contiguous() if ".h." in k and v.dim() == 2 else v
            for k, v in state.items()}


def main():
    torch.manual_seed(3)
    causal = ("--attention-dir", "causal")
    both = ("--attention-dir", "bidirectional")
    three, two = ("--n-heads", "3"), ("--n-heads", "2")
    gelu, relu = ("--act-fn", "gelu"), ("--act-fn", "relu")

    for bias, tied in ((True, True), (False, False)):
        net = NanoGPT(bias=bias, tied=tied)
        check(f"nano{int(bias)}", net, "a b =", "nanogpt", *gelu, *causal, *three)
        check_strict(f"nano{int(bias)}", "nanogpt", net, biases="own")
    net = NanoGPT(context=9)
    check("long", net, "a b =", "nanogpt", *gelu, *causal, *three, "--layout", "a b =")
    net = NanoGPT()
    check("gpt2", net, "a b =", "gpt2", *gelu, *causal, *three,
          state=conv1d(net.float().state_dict()))
    own, theirs = exported("gpt2", "gpt2"), conv1d(net.double().state_dict())
    assert own.keys() == theirs.keys(), own.keys() ^ theirs.keys()
    assert all(torch.equal(own[k], theirs[k]) for k in own), "gpt2 there and back"
    state = {k: v for k, v in net.float().state_dict().items() if k != "lm_head.weight"}
    torch.save(state, "headless.pt")
    words = [f"{BIN}/grokscope-import", "headless.pt", "--operation", "add", *gelu,
             *causal, *three, "-o", "headless.h5"]
    assert "--tied yes takes the embedding for it" in run(*words, code=2)
    check("headless", net, "a b =", "nanogpt", *gelu, *causal, *three, "--tied", "yes",
          state=state)

    tanh = ("--act-fn", "tanh")
    net = Attention()
    check("mha", net, "a b =", "torch-mha", *tanh, *both, *two)
    check_strict("mha", "torch-mha", net.attn, "blocks.0.attn.")
    check_strict("mha", "torch-mha", net.mlp, "blocks.0.mlp.")
    check("mha_plain", Attention(bias=False), "a b =", "torch-mha", *tanh, *both, *two)
    check("two_vocabularies", TwoVocabularies(), "a b =", "torch-mha", *tanh, *both,
          *two, "--own-embeddings", "yes")
    check("attn_only", Attention(mlp=False), "a b =", "torch-mha", *relu, *both, *two)

    for norm_first in (False, True):
        for final in (False, True):
            for mean in (False, True):
                net = Encoder(norm_first, final, mean)
                options = [*gelu, *both, *two, "--layout", "a b", "--norm-position",
                           "pre" if norm_first else "post"]
                options += ["--readout", "mean"] if mean else []
                check(f"encoder{norm_first:d}{final:d}{mean:d}", net, "a b",
                      "torch-encoder", *options)
                check_strict(f"encoder{norm_first:d}{final:d}{mean:d}",
                             "torch-encoder", net.encoder, "encoder.")
    words = [f"{BIN}/grokscope-import", "encoder000.pt", "--operation", "add", *gelu,
             *both, *two, "--layout", "a b", "-o", "x.h5"]
    assert "norm_position (post is nn.TransformerEncoderLayer's own" in run(*words, code=2)

    check("llama", Llama(), "a b =", "torch-qkv", "--act-fn", "silu", *both, *two,
          "--layout", "a b =", "--normalization-type", "RMS", "--eps", "1e-6",
          "--attn-scale", "1")
    with open("lens.json", "w") as file:
        file.write('{"use_attn_scale": false, "normalization_type": "RMS", "eps": 1e-6}')
    out = run(f"{BIN}/grokscope-import", "llama.pt", "--operation", "add", "--act-fn",
              "silu", *both, *two, "--layout", "a b =", "--config", "lens.json", "-o",
              "lens.h5")
    loss, again = (text.splitlines()[1].split("\t")[6] for text in (out, run(
        f"{BIN}/grokscope-import", "llama.pt", "--operation", "add", "--act-fn", "silu",
        *both, *two, "--layout", "a b =", "--normalization-type", "RMS", "--eps", "1e-6",
        "--attn-scale", "1", "-o", "scale.h5")))
    assert loss == again, f"use_attn_scale: {loss}, {again}"
    words = [f"{BIN}/grokscope-import", "llama.pt", "--operation", "add", "--act-fn",
             "silu", *both, *two, "--layout", "a b =", "-o", "x.h5"]
    said = run(*words, code=2)
    assert "normalization_type (the norms have no biases" in said, said

    mlp = "torch-mlp"
    check("concatenated", MLP("concatenated", nn.ReLU), "a b", mlp, *relu)
    check("summed", MLP("summed", nn.GELU, hidden=(9,)), "a b", mlp, *gelu)
    check("two_hot", MLP("two-hot", nn.Tanh, bias=False), "a b", mlp, *tanh)
    check("summed_hot", MLP("summed hot", nn.SiLU), "a b", mlp, "--act-fn", "silu")
    check("own", MLP("concatenated", nn.ReLU, own=True, hidden=(16, 8, 12)), "a b", mlp,
          *relu)
    assert list(exported("own", mlp)) == [
        "embed_a.weight", "embed_b.weight", "linear1.weight", "linear1.bias",
        "linear2.weight", "linear2.bias", "linear3.weight", "linear3.bias",
        "linear4.weight", "linear4.bias"], list(exported("own", mlp))
    check("gelu_new", MLP("concatenated", lambda: nn.GELU("tanh")), "a b", mlp,
          "--act-fn", "gelu_new")
    check("residual", Residual(), "a b", mlp, *relu, "--architecture", "token_mlp",
          "--residual", "yes")


main()
