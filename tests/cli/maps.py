"""Maps written by users: a network under names of its own comes in as the same weights
under names of ours do, a map that is suggested is one that is read once its questions
are answered, and what is wrong in a map is said with its line.

usage: maps.py SOURCE_FOLDER, with GROKSCOPE_BIN set
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

MANUAL = pathlib.Path(sys.argv[1]) / "analyze/manual/grokscope-import.md"
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
    odd = {"alphabet.rows": state["embed.W_E"], "places.rows": state["pos_embed.W_pos"]}
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


def turned_names(state):
    """Matrices as x @ W, layers that count from 1, in the order of the alphabet."""
    odd = {"W_tok": state["embed.W_E"], "W_place": state["pos_embed.W_pos"],
           "W_read": state["unembed.W_U"], "b_read": state["unembed.b_U"]}
    for layer in range(LAYERS):
        block, to = f"blocks.{layer}.", f"layer{layer + 1}_"
        for letter in "QKV":
            odd[f"{to}att_{letter.lower()}_w"] = heads_in(state[f"{block}attn.W_{letter}"]).T
            odd[f"{to}att_{letter.lower()}_b"] = state[f"{block}attn.b_{letter}"].reshape(-1)
        odd[to + "att_o_w"] = state[block + "attn.W_O"].reshape(-1, D)
        odd[to + "att_o_b"] = state[block + "attn.b_O"]
        for ours, theirs in ("in", "one"), ("out", "two"):
            odd[f"{to}ffn_{theirs}_w"] = state[f"{block}mlp.W_{ours}"]
            odd[f"{to}ffn_{theirs}_b"] = state[f"{block}mlp.b_{ours}"]
    return dict(sorted(odd.items()))


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
    np.savez("turned.npz", **turned_names(state))
    text = suggest("turned.npz", answers=[(r"heads \?", "heads 2")])
    assert "?" not in re.sub("#.*", "", text), text
    check_same("ours.npz", "turned.npz", TOKENS, "--map", write_map(text))
    for num_tables in 1, 2:
        ours, odd = chain(num_tables)
        np.savez("chain.npz", **ours)
        np.savez("odd.npz", **odd)
        text = suggest("odd.npz")
        assert "?" not in re.sub("#.*", "", text), text
        check_same("chain.npz", "odd.npz", CHAIN, "--map", write_map(text))


# ---- What a line says ----

FUSED = """
# a network of two blocks
embed.W_E          = alphabet.rows
pos_embed.W_pos    = places.rows
blocks.*.attn.W_Q  = stage.*.mixer.three.weight, transpose, part 0 of 3 along 0, heads 2
blocks.*.attn.W_K  = stage.*.mixer.three.weight: (1/3 n_heads d_head) d_model
blocks.*.attn.W_V  = stage.*.mixer.three.weight part 2 of 3 along 0 transpose
blocks.*.attn.b_Q  = stage.*.mixer.three.bias, part 0 of 3 along 0
blocks.*.attn.b_K  = stage.*.mixer.three.bias, part 1 of 3 along 0
blocks.*.attn.b_V  = stage.*.mixer.three.bias, part 2 of 3 along 0
blocks.*.attn.W_O  = stage.*.mixer.gather.weight, transpose
blocks.*.attn.b_O  = stage.*.mixer.gather.bias   # a comment
blocks.*.mlp.W_in  = stage.*.{think,mull}.a.weight, transpose
blocks.*.mlp.b_in  = stage.*.think.a.bias
blocks.*.mlp.W_out = stage.*.think.b.weight, transpose
blocks.*.mlp.b_out = stage.*.think.b.bias
unembed.W_U        = verdict.weight: d_vocab_out d_model
unembed.b_U        = verdict.bias
"""


def changed(text, *pairs):
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after)
    return text


def lines_say_what_changes():
    odd = odd_names(state, True)
    np.savez("odd.npz", **odd)
    check_same("ours.npz", "odd.npz", TOKENS, "--map", write_map(FUSED))
    # a shape of its own, a name in quotes, a layer by its number, a first one of 1
    other = dict(odd)
    other["the alphabet, all"] = other.pop("alphabet.rows").reshape(-1)
    for kind in "weight", "bias":
        for part in "ab":
            other[f"last.{part}.{kind}"] = other.pop(f"stage.1.think.{part}.{kind}")
    np.savez("other.npz", **other)
    text = changed(FUSED, ("alphabet.rows", f'"the alphabet, all", reshape -1 {D}'),
                   ("{think,mull}", "think"))
    for ours, part in ("in", "a"), ("out", "b"):
        for kind, letter, words in ("weight", "W", ", transpose"), ("bias", "b", ""):
            name = f"blocks.*.mlp.{letter}_{ours}"
            text = re.sub(rf"{re.escape(name)}.*", "", text)
            text += f"blocks.0.mlp.{letter}_{ours} = stage.0.think.{part}.{kind}{words}\n"
            text += f"blocks.1.mlp.{letter}_{ours} = last.{part}.{kind}{words}\n"
    check_same("ours.npz", "other.npz", TOKENS, "--map", write_map(text))


def heads_may_have_their_parts_side_by_side():
    """Rows (head, q | k | v, within the head), as some libraries fuse them."""
    odd = odd_names(state, True)
    text = FUSED
    for layer in range(LAYERS):
        for kind in "weight", "bias":
            name = f"stage.{layer}.mixer.three.{kind}"
            rest = odd[name].shape[1:]
            odd[name] = np.moveaxis(odd[name].reshape(3, HEADS, D_HEAD, *rest), 0, 1
                                    ).reshape(-1, *rest)
    for part, letter in enumerate("QKV"):
        text = re.sub(rf"(attn.W_{letter} .*three.weight).*",
                      rf"\1: (n_heads {part}/3 d_head) d_model", text)
        text = re.sub(rf"(attn.b_{letter} .*three.bias).*",
                      rf"\1: (n_heads {part}/3 d_head)", text)
    text = text.replace("gather.weight, transpose", "gather.weight, transpose, heads 2")
    np.savez("odd.npz", **odd)
    check_same("ours.npz", "odd.npz", TOKENS, "--map", write_map(text))


def constants_fill():
    ours, odd = dict(state), odd_names(state, True)
    for layer in range(LAYERS):
        ours[f"blocks.{layer}.mlp.b_out"] = np.full(D, 0.25, np.float32)
        del odd[f"stage.{layer}.think.b.bias"]
    np.savez("constant.npz", **ours)
    np.savez("odd.npz", **odd)
    text = changed(FUSED, ("stage.*.think.b.bias", "0.25"))
    check_same("constant.npz", "odd.npz", TOKENS, "--map", write_map(text))


def rows_are_put_in_their_places():
    """Theirs has = first and a token that nothing uses, and its answers begin with 1."""
    odd = odd_names(state, True)
    table, W, b = (odd[name] for name in ("alphabet.rows", "verdict.weight",
                                          "verdict.bias"))
    odd["alphabet.rows"] = np.concatenate([table[P:], real(1, D), table[:P]])
    odd["verdict.weight"], odd["verdict.bias"] = np.roll(W, -1, 0), np.roll(b, -1)
    np.savez("odd.npz", **odd)
    rows = changed(FUSED, ("alphabet.rows", "alphabet.rows, rows 2-8 0"),
                   ("verdict.weight:", "verdict.weight, rows 6,0-5:"),
                   ("verdict.bias", "verdict.bias, rows 6 0-5"))
    check_same("ours.npz", "odd.npz", TOKENS, "--map", write_map(rows))
    # residues alone: the other rows come after them
    odd["alphabet.rows"] = np.delete(odd["alphabet.rows"], 1, 0)
    np.savez("odd.npz", **odd)
    text = FUSED + "operands = 1-7\noutputs = 6 0-5\n"
    check_same("ours.npz", "odd.npz", TOKENS, "--map", write_map(text))
    bring("odd.npz", *TOKENS, "--p", 5, "--map", "net.map", code=2,
          said="net.map: operands are 7 rows, and p is 5")
    # of the second dimension, and of an embedding each
    ours, odd = chain(2)
    np.savez("chain.npz", **ours)
    for k in 0, 1:
        odd[f"signs{k}.weight"] = np.roll(odd[f"signs{k}.weight"], 2, 0).T
    odd["tell.weight"] = np.roll(odd["tell.weight"], 2, 0)
    np.savez("odd.npz", **odd)
    text = ("embed.W_x = signs0.weight, transpose\nembed.W_y = signs1.weight, transpose\n"
            "linear1.W = join.weight, transpose\nlinear1.b = join.bias\n"
            "linear2.W = tell.weight, transpose\noperands = 2-6,0,1\noutputs = 2-6,0,1\n")
    check_same("chain.npz", "odd.npz", CHAIN, "--map", write_map(text))
    text = changed(text, ("operands = 2-6,0,1\n", ""),
                   ("signs0.weight", "signs0.weight, columns 2-6 0 1"),
                   ("signs1.weight", "signs1.weight, columns 2-6 0 1"))
    check_same("chain.npz", "odd.npz", CHAIN, "--map", write_map(text))


def one_kind_of_network_each():
    """The families that have rows of their own: Gromov's, and two tables with W_U."""
    gromov = {"embed.W_left": real(P, 6), "embed.W_right": real(P, 6),
              "unembed.W_U": real(6, P)}
    np.savez("ours.gromov.npz", **gromov)
    np.savez("odd.npz", both=np.concatenate([gromov["embed.W_left"],
                                             gromov["embed.W_right"]]).T,
             end=gromov["unembed.W_U"])
    text = ("embed.W_left = both, transpose, part 0 of 2 along 1\n"
            "embed.W_right = both: d_mlp (1/2 d_vocab)\nunembed.W_U = end\n")
    known = ["--operation", "add"]
    check_same("ours.gromov.npz", "odd.npz", known, "--map", write_map(text))
    done = bring("odd.npz", *known, "--map", "net.map", said="split is not known")
    header, row = (line.split("\t") for line in done.stdout.splitlines())
    assert dict(zip(header, row))["map"] == "net.map", done.stdout


# ---- What is left out ----

def names_are_ignored():
    more = dict(state, **{"probe.weight": real(3, 3), "probe.bias": real(3)})
    np.savez("more.npz", **more)
    bring("more.npz", *TOKENS, code=3, said=["probe.weight [3, 3]: not expected",
                                             "--ignore leaves some out"])
    check_same("ours.npz", "more.npz", TOKENS, "--ignore", "probe.weight,*.bias")
    bring("more.npz", *TOKENS, "--ignore", "probe.*",
          said="left out, as --ignore asks: 2 tensors: probe.weight, probe.bias")
    bring("more.npz", *TOKENS, "--ignore", "probe.*,blocks.?.mlp2*", code=2,
          said="--ignore: 'blocks.?.mlp2*' matches no tensor; nearest: ")
    done = bring("more.npz", "--architecture", "tensors", "--ignore", "blocks.*,*embed*",
                 said="left out, as --ignore asks: 28 tensors: ")
    assert "\t2\t" in done.stdout, done.stdout
    odd = odd_names(state, True) | {"probe.weight": real(3, 3), "probe.bias": real(3)}
    np.savez("odd.npz", **odd)
    bring("odd.npz", *TOKENS, "--map", write_map(FUSED), code=3,
          said="probe.bias [3]: on no line; --ignore leaves it out")
    for said in "ignore probe.*", "ignore = probe.weight, p*.bi?s\nignore probe.bias":
        check_same("ours.npz", "odd.npz", TOKENS, "--map",
                   write_map(FUSED.replace("# a network", said + " # a network")))
    write_map(FUSED)
    check_same("ours.npz", "odd.npz", TOKENS, "--map", "net.map", "--ignore", "probe.*")


def buffers_are_no_weights():
    causal = np.where(np.tri(N_CTX), 0, -np.inf).astype(np.float32)
    buffers = {"position_ids": np.arange(N_CTX)[None], "bn.running_mean": real(4),
               "bn.running_var": real(4), "bn.num_batches_tracked": np.array(3),
               "layers.0.attn.hidden_pairs": causal, "attn.causal_mask": np.tri(N_CTX)}
    np.savez("buffers.npz", **state, **buffers)
    check_same("ours.npz", "buffers.npz", TOKENS)
    done = bring("buffers.npz", "--architecture", "tensors",
                 said=["left out: 5 masks and other buffers: ", "position_ids",
                       "hidden_pairs", "running_mean", "num_batches_tracked"])
    assert f"\t{len(state)}\t" in done.stdout, done.stdout


# ---- What is wrong is said ----

def faults_are_told():
    np.savez("odd.npz", **odd_names(state, True))
    for before, after, said in (
            ("embed.W_E ", "embed.W_e ", ":3: embed.W_e: is no tensor of ours; nearest: embed.W_E"),
            ("blocks.*.attn.W_Q ", "blocks.0.attn.W_q ", "; nearest: blocks.*.attn.W_Q"),
            ("blocks.*.attn.b_O ", "linear1.b ", ":12: linear1.b: is no tensor of a transformer"),
            ("alphabet.rows", "alphabt.rows",
             "line 3: no tensor is named alphabt.rows; nearest: alphabet.rows"),
            ("three.weight:", "thre.weight:", "line 6: no tensor is named stage.*.mixer.thre.weight; "
             "nearest: stage.0.mixer.three.weight, stage.0.mixer.three.bias"),
            ("= alphabet.rows", "alphabet.rows", ":3: expected OURS = THEIRS, operands = ROWS"),
            ("alphabet.rows", "alphabet.rows, transposed", ":3: expected transpose, part, heads"),
            ("think.b.weight, transpose", "think.b.weight",
             "line 15: stage.0.think.b.weight [8, 12]: expected [d_mlp 12, d_model 8]"),
            ("verdict.bias", "verdict.bias, transpose", ":18: transpose: unembed.b_U has one dimension"),
            ("part 0 of 3 along 0, heads", "part 3 of 3 along 0, heads",
             ":5: part 3 of 3 along 0: parts count from 0"),
            ("part 0 of 3 along 0, heads", "part 0 of 3 along 3, heads", ":5: along 3: "),
            ("part 0 of 3 along 0, heads", "part 0 of 5 along 0, heads",
             "line 5: stage.0.mixer.three.weight [24, 8]: expected"),
            ("heads 2", "heads 0", ":5: heads: expected a number from 1 to 9999999, found '0'"),
            ("heads 2", "heads ?", ":5: ? waits for an answer: blocks.*.attn.W_Q"),
            ("heads 2", "heads 99999999999999999999", "found '99999999999999999999'"),
            ("(1/3 n_heads d_head) d_model", "(1/3 n_heads d_hed) d_model",
             ":6: '(1/3 n_heads d_hed) d_model': expected d_head once"),
            ("(1/3 n_heads d_head) d_model", "(3/3 n_heads d_head) d_model", ":6: '3/3': expected"),
            ("(1/3 n_heads d_head) d_model", "((n_heads d_head) d_model", ":6: '((n_heads d_head)"),
            ("(1/3 n_heads d_head) d_model", "1 1 1 n_heads d_head d_model", "more than 4 dimensions"),
            ("places.rows", "places.rows, reshape 4 -1 -1", ":4: reshape: expected 1 to 4 sizes"),
            ("places.rows", "places.rows, reshape 5 5",
             "line 4: places.rows [3, 8]: cannot be reshaped to [5, 5]"),
            ("places.rows", "places.rows, rows 0-9",
             "line 4: places.rows [3, 8]: has not all of these 10 rows"),
            ("places.rows", "places.rows, rows 2-1", "FIRST-LAST"),
            ("places.rows", "places.rows, rows 1 1", ":4: rows: 1 is there twice"),
            ("places.rows", "places.rows, rows 0-9999999", ":4: rows: more than 1048576"),
            ("places.rows", "", ":4: expected a name of theirs or a number"),
            ("places.rows", "{places.rows", ":4: {places.rows: expected a name with {a,b}"),
            ("places.rows", '"places.rows', ":4: a quote is not closed"),
            ("places.rows", "stage.*.place", ":4: stage.*.place: * is a layer, which pos_embed.W_pos"),
            ("stage.*.think.b.bias", "alphabet.rows\nblocks.1.mlp.b_out = 0",
             ":17: blocks.1.mlp.b_out: is on line 16 already"),
            ("stage.*.think.b.bias", "alphabet.rows", "alphabet.rows"),
            ("unembed.b_U        = verdict.bias", "operands = 0-6\noperands = 1",
             ":19: is on line 18 already"),
            ("pos_embed.W_pos    = places.rows\n", "", "places.rows [3, 8]: on no line"),
            ("embed.W_E          = alphabet.rows\n", "", "alphabet.rows [8, 8]: on no line"),
            ("pos_embed.W_pos ", "\0 ", "net.map: is no text in UTF-8"),
            ("pos_embed.W_pos ", "p" * 5000, ":4: a line of 5016 bytes, expected at most 4095"),
            ("pos_embed.W_pos    = ", "pos_embed.W_pos = " + "p" * 2000, ":4: a name of 2011 bytes")):
        bring("odd.npz", *TOKENS, "--map", write_map(changed(FUSED, (before, after))), code=3,
              said=said)
    bring("odd.npz", *TOKENS, "--map", write_map(FUSED), "--n-heads", "4", code=2,
          said="net.map: n_heads is 2 here, and 4 by an option")
    bring("odd.npz", *TOKENS, "--map", write_map("# nothing\n" * 1000), code=3,
          said="net.map: no line is OURS = THEIRS")
    bring("odd.npz", *TOKENS, "--map", write_map("embed.W_E = a\n" * 1000000), code=3,
          said="net.map")
    bring("odd.npz", *TOKENS, "--map",
          write_map("".join(f"linear{i}.W = w{i}\n" for i in range(2000))), code=3,
          said="net.map:1025: more than 1024 tensors of ours")
    bring("odd.npz", *TOKENS, "--map", "nanogtp", code=2,
          said="--map: 'nanogtp' is neither a map nor a file; did you mean nanogpt")
    bring("odd.npz", *TOKENS, "--map", ".", code=2, said="neither a map nor a file")
    bring("odd.npz", *TOKENS, code=3, said="--suggest-map begins a map of them")
    write_map(FUSED)
    run("import", "odd.npz", "--map", "net.map", "--suggest-map", code=2)


def wrappers_come_off_and_runs_share_a_map():
    os.makedirs("run", exist_ok=True)
    for step in 0, 10:
        np.savez(f"run/step-{step}.npz", **{"module." + name: value + step for name, value
                                            in odd_names(state, True).items()},
                 **{"module.probe": real(2)})
    write_map(FUSED)
    run("import", "run", *TOKENS, "--map", "net.map", "--ignore", "pro*", "-o", "two",
        "--force")
    done = run("info", "two", "--step", "all", "--format", "text")
    assert re.search(r"^two +10 .*imported_from +run.step-10.npz", done.stdout, re.M), done.stdout
    text = suggest("run/step-10.npz", "--ignore", "module.probe")
    assert "= stage.*.think.a.weight, transpose" in text and "module" not in text, text
    for word in "--map=net.map", "--suggest-map", "--ignore=x":
        done = run("import", "run/step-0.npz", "--outputs", word, "-o", "x.h5", code=2)
        assert "--outputs: --map, --suggest-map and --ignore are for" in done.stderr
    bring("run/step-0.npz", "--architecture", "tensors", "--map", "net.map", code=2,
          said="--map: architecture tensors takes them as they are")


def two_maps_that_fit_are_asked_for():
    np.savez("square.npz", **{"embed.W_E": real(P, P), "unembed.W_U": real(P, P)})
    bring("square.npz", *TOKENS, code=3,
          said=["--map tl or --map transposed", "embed.W_E [7, 7] is our embed.W_E as "
                "d_vocab d_model, or our embed.W_E as d_model d_vocab"])


def the_manual_is_right():
    """Its map reads a network of the names that it has."""
    p, width = 97, 16
    text = re.search(r"```\n(# odd\.map.*?)```", MANUAL.read_text(), re.S)[1]
    odd = {"letters.table": real(p + 1, width), "places.table": real(3, width),
           "read out": real(p, width), "probe.weight": real(2), "a.scratch": real(2)}
    for layer in range(LAYERS):
        stage = f"stage.{layer}."
        odd |= {stage + "qkv.w": real(3 * width, width), stage + "join.w": real(width, width),
                stage + "up.w": real(D_MLP, width), stage + "down.w": real(width, D_MLP)}
    np.savez("odd.npz", **odd)
    bring("odd.npz", *TOKENS, "--map", write_map(text), said="asks: 2 tensors: probe.weight, a.scratch")


folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
state = transformer()
np.savez("ours.npz", **state)
suggestions_are_read()
lines_say_what_changes()
heads_may_have_their_parts_side_by_side()
constants_fill()
rows_are_put_in_their_places()
one_kind_of_network_each()
names_are_ignored()
buffers_are_no_weights()
faults_are_told()
two_maps_that_fit_are_asked_for()
wrappers_come_off_and_runs_share_a_map()
the_manual_is_right()
print(f"{checked} checks")
