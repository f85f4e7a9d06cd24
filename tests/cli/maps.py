"""Maps written by users: a network under names of its own comes in as the same weights
under names of ours do, a map that is suggested is one that is read once its questions
are answered, and what is wrong in a map is said with its line.

usage: maps.py, with GROKSCOPE_BIN set
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("no numpy: skipped")
    sys.exit(77)

BIN = pathlib.Path(os.environ["GROKSCOPE_BIN"])
TOKENS = "--operation add --act-fn relu --attention-dir causal".split()
CHAIN = "--operation add --act-fn relu".split()
P, D, HEADS, D_HEAD, D_MLP, N_CTX, LAYERS = 7, 8, 2, 4, 12, 3, 2
draw = np.random.default_rng(3)
checked = 0


def run(program, *words, code=0):
    done = subprocess.run([BIN / f"grokscope-{program}", *map(str, words)], text=True,
                          capture_output=True)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def bring(path, *words, code=0, said=()):
    """Import a file; what is printed on stderr has all of `said`."""
    global checked
    done = run("import", path, *words, "-o", "out.h5", "--force", code=code)
    for text in [said] if isinstance(said, str) else said:
        assert text in done.stderr, (words, text, done.stderr)
    checked += 1
    return done


def digest(path):
    return run("info", "--digest", path).stdout.splitlines()[1].split("\t")[2]


def real(*shape):
    return draw.normal(0, 0.3, shape).astype(np.float32)


def write_map(text, name="net.map"):
    pathlib.Path(name).write_text(text)
    return name


def suggest(path, *words, answers=()):
    """The map that is suggested, with its question marks answered in their order."""
    text = run("import", path, "--suggest-map", *words).stdout
    for question, answer in answers:
        assert re.search(question, text), (question, text)
        text = re.sub(question, answer, text, count=1)
    return text


def check_same(ours, theirs, known, *words):
    """Both files are one checkpoint."""
    bring(ours, *known)
    wanted = digest("out.h5")
    bring(theirs, *known, *words)
    assert digest("out.h5") == wanted, (theirs, words)


# ---- A network of two blocks, ours and under odd names ----

def transformer():
    state = {"embed.W_E": real(P + 1, D), "pos_embed.W_pos": real(N_CTX, D)}
    for layer in range(LAYERS):
        block = f"blocks.{layer}."
        for letter in "QKV":
            state[f"{block}attn.W_{letter}"] = real(HEADS, D, D_HEAD)
            state[f"{block}attn.b_{letter}"] = real(HEADS, D_HEAD)
        state[block + "attn.W_O"] = real(HEADS, D_HEAD, D)
        state[block + "attn.b_O"] = real(D)
        state[block + "mlp.W_in"], state[block + "mlp.b_in"] = real(D, D_MLP), real(D_MLP)
        state[block + "mlp.W_out"], state[block + "mlp.b_out"] = real(D_MLP, D), real(D)
    state["unembed.W_U"], state["unembed.b_U"] = real(D, P), real(P)
    return state


def heads_in(W):
    """[n_heads, d_model, d_head] as the [out, in] of an nn.Linear."""
    return W.transpose(0, 2, 1).reshape(HEADS * D_HEAD, D)


def odd_names(state, is_fused):
    odd = {"alphabet.table": state["embed.W_E"], "places.table": state["pos_embed.W_pos"]}
    for layer in range(LAYERS):
        block, stage = f"blocks.{layer}.", f"stage.{layer}."
        W = [heads_in(state[f"{block}attn.W_{x}"]) for x in "QKV"]
        b = [state[f"{block}attn.b_{x}"].reshape(-1) for x in "QKV"]
        if is_fused:
            odd[stage + "mixer.three.weight"] = np.concatenate(W)
            odd[stage + "mixer.three.bias"] = np.concatenate(b)
        else:
            for k, name in enumerate(["asks", "keyed", "valued"]):
                odd[f"{stage}mixer.{name}.weight"] = W[k]
                odd[f"{stage}mixer.{name}.bias"] = b[k]
        odd[stage + "mixer.gather.weight"] = state[block + "attn.W_O"].reshape(-1, D).T
        odd[stage + "mixer.gather.bias"] = state[block + "attn.b_O"]
        odd[stage + "think.a.weight"] = state[block + "mlp.W_in"].T
        odd[stage + "think.a.bias"] = state[block + "mlp.b_in"]
        odd[stage + "think.b.weight"] = state[block + "mlp.W_out"].T
        odd[stage + "think.b.bias"] = state[block + "mlp.b_out"]
    odd["verdict.weight"] = state["unembed.W_U"].T
    odd["verdict.bias"] = state["unembed.b_U"]
    return odd


def chain(num_tables):
    """A network of one table of tokens or two, ours and under odd names."""
    tables = ["embed.W_E"] if num_tables == 1 else ["embed.W_x", "embed.W_y"]
    ours = {name: real(P, 5) for name in tables}
    ours |= {"linear1.W": real(10, 6), "linear1.b": real(6), "linear2.W": real(6, P)}
    odd = {f"signs{k}.weight": ours[name] for k, name in enumerate(tables)}
    odd |= {"join.weight": ours["linear1.W"].T, "join.bias": ours["linear1.b"],
            "tell.weight": ours["linear2.W"].T}
    return ours, odd


# ---- What is suggested is what is read ----

def suggestions_are_read():
    np.savez("fused.npz", **odd_names(state, True))
    text = suggest("fused.npz", answers=[
        (r"\? ( *= alphabet)", r"embed.W_E \1"), (r"heads \?", "heads 2"),
        (r"\? ( *= verdict.weight)", r"unembed.W_U \1"),
        (r"(verdict.weight)", r"\1, transpose"),
        (r"\? ( *= verdict.bias)", r"unembed.b_U \1")])
    check_same("ours.npz", "fused.npz", TOKENS, "--map", write_map(text))
    np.savez("parts.npz", **odd_names(state, False))
    answers = [(r"\? ( *= alphabet)", r"embed.W_E \1"),
               (r"\? ( *= verdict.weight)", r"unembed.W_U \1"),
               (r"(verdict.weight)", r"\1, transpose"),
               (r"\? ( *= verdict.bias)", r"unembed.b_U \1")]
    for word, name in [("asks", "Q"), ("keyed", "K"), ("gather", "O")]:
        for kind, letter in [("weight", "W"), ("bias", "b")]:
            answers.append((rf"\? ( *= stage\.\*\.mixer\.{word}\.{kind})",
                            rf"blocks.*.attn.{letter}_{name} \1"))
    text = suggest("parts.npz", "--n-heads", "2", answers=answers)
    assert "?" not in re.sub("#.*", "", text), text
    assert ", heads 2" in text and "mixer.asks.weight, transpose" in text, text
    check_same("ours.npz", "parts.npz", TOKENS, "--map", write_map(text))
    for num_tables in 1, 2:
        ours, odd = chain(num_tables)
        np.savez("chain.npz", **ours)
        np.savez("odd.npz", **odd)
        text = suggest("odd.npz")
        assert "?" not in re.sub("#.*", "", text), text
        check_same("chain.npz", "odd.npz", CHAIN, "--map", write_map(text))


folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
state = transformer()
np.savez("ours.npz", **state)
suggestions_are_read()
print(f"{checked} checks")
