# Files of others become checkpoints, and checkpoints files for others.
# usage: import.sh SOURCE_FOLDER PYTHON
source=$1 python=$2
. "$(dirname "$0")/lib.sh"
expect 0 "$python" "$source/tests/archives.py" .
known="--operation add --act-fn relu --attention-dir causal"

# column NAME: that of the last line of stdout.
column() {
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        END { print $at }' out
}

# ---- What is in a file ----
expect 0 grokscope-import run.pt demo.pth --list
prints "$(printf 'run.pt\tstate_dicts[2].embed.W_E\tfloat32 [8, 8]\t')"
prints "$(printf 'run.pt\tepochs\tlist of 3 numbers\t')"
prints "$(printf 'run.pt\tconfig.fn_name\ttext\tadd')"
prints "$(printf 'demo.pth\tconfig\tlens.Config object\t')"
prints "$(printf 'demo.pth\tconfig.n_heads\tinteger\t2')"
expect 0 grokscope-import tl.pt --list --format json
prints '"key": "blocks.0.attn.mask", "type": "bool [3, 3]"'

# ---- The same network under two namings is the same checkpoint ----
expect 0 grokscope-import tl.pt $known --attn-biases absent --unembed-bias absent -o tl.h5
says "left out: 2 masks and other buffers"
says "left out: 5 biases of zeros"
says "the split is not known"
[ "$(column map)" = tl ] || fail "naming of tl.pt"
loss=$(column loss)
expect 0 grokscope-import transposed.pt $known -o transposed.h5
[ "$(column map)" = transposed ] || fail "naming of transposed.pt"
[ "$(column loss)" = "$loss" ] || fail "loss of transposed.pt: $(column loss), not $loss"
[ "$(digest tl.h5)" = "$(digest transposed.h5)" ] || fail "two checkpoints of one network"
expect 0 grokscope-import tl.pt $known -o frozen.h5 --quiet
[ ! -s err ] || fail "--quiet is not quiet"
expect 0 grokscope-info frozen.h5
prints "$(printf 'model\tattn_biases\tfrozen')"
grep -q "$(printf '\tsplit\t')" out && fail "a split that is not known"
prints "$(printf 'task\tdata_seed\tnot known')"
expect 0 grokscope-info tl.h5 transposed.h5 frozen.h5 --check
expect 0 grokscope-fourier tl.h5

# ---- Under names of nobody else's, with a map that tells ----
expect 0 grokscope-import odd_names.pt $known --map odd.map --attn-biases absent --unembed-bias absent -o odd.h5
says "left out, as --ignore asks: 3 tensors: stage.0.mask, stage.0.IGNORE, end.b_U"
[ "$(column map)" = odd.map ] || fail "map of odd_names.pt"
[ "$(digest tl.h5)" = "$(digest odd.h5)" ] || fail "two checkpoints of one network"
expect 0 grokscope-import odd_names.pt --suggest-map
prints "blocks.*.attn.W_Q  = stage.*.W_Q"
expect 0 grokscope-import transposed.pt --suggest-map
prints "# The built-in map transposed of a transformer: --map transposed."
prints "blocks.*.attn.W_O  = blocks.*.attn.W_O, transpose, heads 2"

# ---- Refusals ----
expect 2 grokscope-import tl.pt --digits 3 -o x.h5
says "--digits is an option of task digits; the task is binary_operation"
expect 2 grokscope-import tl.pt --hidden=30 -o x.h5
says "--hidden is an option of architecture mlp, token_mlp, embedding_sum, embedding_product, graph_network; the architecture is auto"
expect 2 grokscope-import tl.pt --architecture gromov_mlp --n-heads 4 -o x.h5
says "--n-heads is an option of architecture transformer"
expect 2 grokscope-import tl.pt --architecture mlp -o x.h5
says "architecture: no 'mlp'; did you mean 'chughtai_mlp'?"
expect 2 grokscope-import tl.pt -o x.h5
says "tl.pt: act_fn, operation: the tensors do not tell"
expect 3 grokscope-import tl.pt $known --map transposed -o x.h5
says "blocks.0.attn.W_O [2, 4, 8]: expected [d_model 8, n_heads"
says "embed"
expect 2 grokscope-import tl.pt $known -o tl.h5
says "tl.h5: exists; --force replaces it"
expect 2 grokscope-import tl.pt $known -o folder
says "expected a name X.h5"
expect 2 grokscope-import run.pt -o x
says "run.pt: --key has to choose between state_dicts, model"
expect 3 grokscope-import run.pt --key epochs -o x
says "epochs is a list of 3 numbers, expected a dictionary of tensors"
expect 2 grokscope-import run.pt --key state_dicts --checkpoints list:0,5 -o x
says "'list:0,5' has 2 steps for 3 states"
expect 0 grokscope-import call.pt --list
prints "$(printf 'call.pt\tprint\tposix.system object')"
[ ! -e called ] || fail "a file was executed"
expect 3 grokscope-import legacy.pt --list
says "the form of PyTorch before 1.6: "
expect 3 grokscope-import big.pt --list
says "byteorder is 'big', expected 'little'"
expect 3 grokscope-import compressed.pt --list
says "is compressed"
expect 3 grokscope-import outside.pt --list
says "element 2 of float32 from byte 0 on, of 8 bytes"
expect 3 grokscope-import missing.pt --list
says "missing.pt: "
expect 2 grokscope-import tl.pt $known --p 6 --layout 'a b =' -o x.h5
says "equals_token (more tokens come after the elements than examples have): the tensors"
printf '{"C": 7, "gated_mlp": false, "use_local_attn": true}' >side.json
expect 3 grokscope-import tl.pt --config side.json -o x.h5
says "side.json: configuration: use_local_attn is true"
[ ! -e x ] && [ ! -e x.h5 ] || fail "a refused import leaves something"

# ---- Several states are a run ----
expect 0 grokscope-import run.pt --key state_dicts -o run
[ "$(cut -f 2 out | tr '\n' ' ')" = "step 0 10 20 " ] || fail "steps of run.pt"
expect 0 grokscope-info run --check --step all
[ "$(grep -c 'ok$' out)" -eq 3 ] || fail "not three files are ok"
expect 0 grokscope-info run --step 10
prints "$(printf 'loss\ttrain_loss\t0.09090909090909091')"
expect 0 grokscope-import transposed.pt $known --attn-biases frozen -o zeros.h5
says "added: 4 biases of zeros, which the file lacks"
[ "$(column loss)" = "$loss" ] || fail "biases of zeros change the loss"
expect 2 grokscope-import linear.pt tl.pt $known -o pair
[ ! -e pair ] || fail "a refused import leaves a folder"
expect 0 grokscope-import tl.pt transposed.pt $known --attn-biases absent \
    --unembed-bias absent --checkpoints list:5,50 -o pair
[ "$(ls pair/step-*)" = "$(printf 'pair/step-000000005.h5\npair/step-000000050.h5')" ] ||
    fail "steps of two files"
expect 2 grokscope-train --out pair --resume
says "pair: was imported and cannot be continued: it has no state of an optimizer"
says "--init-from pair begins a run in another folder with its weights"
expect 2 grokscope-train nanda-mainline --out pair --resume
says "pair: was imported and cannot be continued"
expect 2 grokscope-import linear.pt tl.pt $known -o pair --force
[ "$(ls -A pair | tr '\n' ' ')" = ".lock run.h5 step-000000005.h5 step-000000050.h5 " ] ||
    fail "a refused import harms the run that it was to replace"
expect 0 grokscope-import tl.pt transposed.pt $known --attn-biases absent \
    --unembed-bias absent --checkpoints list:7,8 -o pair --force
[ "$(ls -A pair | tr '\n' ' ')" = "run.h5 step-000000007.h5 step-000000008.h5 " ] ||
    fail "files of a replaced run"
expect 0 grokscope-import demo.pth --key checkpoints --operation add -o demo
[ "$(column num_train)" = 14 ] || fail "the file's own split"

# ---- What nobody told is not known ----
fact() { awk -F '\t' -v name="$1" '$4 == name { print $5 }' out; }
expect 0 grokscope-import one_group.pt $known --steps 50 -o told.h5
expect 0 grokscope-info told.h5
[ "$(fact weight_decay) $(fact learning_rate) $(fact beta2) $(fact steps)" = "0 0.003 0.95 50" ] ||
    fail "what the optimizer's group says"
for name in seed warmup optimizer train_fraction loss rewrite init dropout; do
    [ "$(fact $name)" = "not known" ] || fail "$name is $(fact $name)"
done
expect 0 grokscope-info --command told.h5
prints " --learning-rate 0.003 --weight-decay 0 "
prints "# not known: "
sed 's/#.*//' out | grep -q -e --seed -e --warmup && fail "what is not known is told"
expect 0 grokscope-import optimizer.pt $known -o differ.h5
expect 0 grokscope-info differ.h5
[ "$(fact weight_decay) $(fact learning_rate)" = "not known 0.003" ] || fail "groups that differ"
expect 0 grokscope-import tl.pt --architecture tensors -o nothing.h5
expect 0 grokscope-info nothing.h5 --check
expect 0 grokscope-info nothing.h5
[ "$(fact task) $(fact p) $(fact weight_decay)" = "not known not known not known" ] ||
    fail "tensors have a task"

# ---- float64 ----
expect 0 grokscope-import tl.pt $known --dtype float64 -o wide.h5
wide=$(column loss)
expect 0 grokscope-info wide.h5 --list-tensors
grep -q float32 out && fail "float64 has no effect"
expect 0 grokscope-import tl.pt $known -o narrow.h5
[ "$(column loss)" = "$wide" ] || fail "the same numbers have another loss"
expect 0 grokscope-progress wide.h5 --columns all_loss
wide=$(tail -1 out)
expect 0 grokscope-progress narrow.h5 --columns all_loss
awk -v a="$wide" -v b="$(tail -1 out)" 'BEGIN { d = a - b; exit !(d != 0 && d * d < 1e-10) }' ||
    fail "float64 $wide, float32 $(tail -1 out)"

# The other way the weights are rounded, to the bits that they had.
expect 0 grokscope-export wide.h5 -o wide.npz
expect 0 grokscope-import wide.npz $known -o still_wide.h5
expect 0 grokscope-info still_wide.h5 --list-tensors
grep -q float32 out && fail "float64 tensors do not stay so"
expect 0 grokscope-import wide.npz $known --dtype float32 -o rounded.h5
expect 0 grokscope-info rounded.h5 --list-tensors
grep -q float64 out && fail "--dtype float32 has no effect"
expect 0 grokscope-info rounded.h5
[ "$(fact dtype)" = float32 ] || fail "dtype of rounded weights is $(fact dtype)"
[ "$(digest rounded.h5)" = "$(digest narrow.h5)" ] || fail "wide and back is not the same"
expect 0 grokscope-import wide.npz --architecture tensors --dtype float32 -o rounded_plain.h5
expect 0 grokscope-info rounded_plain.h5 --list-tensors
grep -q float64 out && fail "--dtype float32 of plain tensors has no effect"
# Two numbers of float64, 1 and 1e308.
printf '\100\0\0\0\0\0\0\0%-64s' \
    '{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}' >huge.safetensors
printf '\000\000\000\000\000\000\360\077\240\310\353\205\363\314\341\177' >>huge.safetensors
expect 2 grokscope-import huge.safetensors --architecture tensors --dtype float32 -o huge.h5
says "w: 1e+308 is beyond float32; dtype float64 keeps it"
[ ! -e huge.h5 ] || fail "a refused type leaves something"
expect 0 grokscope-import huge.safetensors --architecture tensors -o huge.h5

# Any program runs the network in either type: what float32 weights say in float64 is
# what the same numbers stored as float64 say, and the other way round.
alike() { # PROGRAM OPTIONS…
    for other in narrow wide; do
        stored=float64
        [ $other = wide ] && stored=float32
        [ $stored = float64 ] && own=wide || own=narrow
        expect 0 "$@" $own.h5
        sed "s/$own.h5//g" out >own
        expect 0 "$@" $other.h5 --dtype $stored
        sed "s/$other.h5//g" out >chosen
        cmp -s own chosen || fail "$* $other.h5 --dtype $stored"
        cp own of_$own
    done
}
differ() { cmp -s of_wide of_narrow && fail "$*: both types say the same"; }
alike grokscope-fourier --long=neuron
differ grokscope-fourier
alike grokscope-progress --key-rule logit
differ grokscope-progress
alike grokscope-clockpizza
differ grokscope-clockpizza
alike grokscope-ablate --drop circle=2
differ grokscope-ablate
alike grokscope-embedding --tensor logits
differ grokscope-embedding
alike grokscope-norms
alike grokscope-rqi
expect 2 grokscope-progress narrow.h5 --dtype float16
says "dtype: no 'float16'"
expect 0 grokscope-compare wide.h5 wide.h5 --columns logit_cka,loss_b
cp out wide
expect 0 grokscope-compare narrow.h5 narrow.h5 --columns logit_cka,loss_b --dtype float64
cmp -s out wide || fail "compare --dtype float64"
expect 0 grokscope-compare narrow.h5 narrow.h5 --columns logit_cka,loss_b
cmp -s out wide && fail "compare: both types say the same"
for type in float32 float64; do
    expect 0 grokscope-report narrow.h5 --data --dtype $type --force -o $type.html
done
cmp -s float32.html float64.html && fail "report: both types say the same"
grep -q -e '--dtype float64' float64.html || fail "the command of a report forgets its type"

# ---- Weights of no known network ----
expect 0 grokscope-import repeated.pt --architecture tensors -o plain.h5
expect 0 grokscope-info plain.h5 --check
expect 0 grokscope-info plain.h5
prints "$(printf 'tensor\trow\tfloat32 [2, 3] axis0 axis1')"
expect 3 grokscope-fourier plain.h5
says "plain.h5: tensors without a network; this asks for one"
expect 0 grokscope-import linear.pt --config config.json -o linear.h5
[ "$(column architecture)" = zhong_beta ] || fail "architecture of linear.pt"
expect 2 grokscope-import linear.pt --operation add -o gamma.h5
says "those of zhong_beta and of zhong_gamma"

# ---- There and back, bit for bit ----
expect 0 grokscope-train $tiny --steps 20 --out trained
expect 0 grokscope-export trained -o trained.safetensors
prints "$(printf 'blocks.0.attn.b_Q\tfloat32\t[2, 8]')"
expect 2 grokscope-export trained -o trained.safetensors
says "exists; --force replaces it"
expect 0 grokscope-import trained.safetensors -o back.h5
[ "$(column step)" = 20 ] || fail "step of a safetensors file"
rows() { grokscope-info "$1" | grep -v -e provenance -e '	loss	' | cut -f 2-; }
[ "$(rows trained)" = "$(rows back.h5)" ] || fail "there and back is not the same"
expect 0 grokscope-export back.h5 -o again.safetensors
cmp -s trained.safetensors again.safetensors || fail "weights there and back"
for naming in tl tl-native transposed; do
    expect 0 grokscope-export trained --naming $naming -o $naming.npz
    expect 0 grokscope-import $naming.npz --config trained/step-000000020.h5 \
        --n-heads 2 -o $naming-back.h5
    [ "$(column map)" = $naming ] || fail "naming of $naming.npz"
    expect 0 grokscope-export $naming-back.h5 -o $naming.safetensors
    [ "$(tail -c 5000 $naming.safetensors | cksum)" = \
        "$(tail -c 5000 trained.safetensors | cksum)" ] || fail "$naming there and back"
done
expect 2 grokscope-import tl-native.npz $known -o x.h5
says "n_heads (heads lie in one dimension"
expect 2 grokscope-export trained -o x.npy
says "--tensor NAME is missing"
expect 3 grokscope-export trained --tensor embed.W -o x.npy
says "--tensor embed.W: there is none"
expect 0 grokscope-export trained --tensor embed.W_E -o W_E.npy
expect 0 grokscope-import W_E.npy --list
prints "float32 [8, 16]"
for end in pt pth bin mat hdf5; do
    expect 2 grokscope-export trained -o other.$end
    says "-o other.$end: .$end is not written; write X."
    [ ! -e other.$end ] || fail "a refused export leaves other.$end"
done
expect 0 grokscope-import trained.safetensors -o trained.hdf5
expect 0 grokscope-info trained.hdf5 --check
expect 0 grokscope-export trained -o arrays

# ---- As others read it ----
if "$python" -c 'import numpy, h5py' 2>err; then
    expect 0 "$python" - <<END
import json, h5py, numpy as np
params = h5py.File("trained/step-000000020.h5")["params"]
arrays = np.load("tl.npz")
data = open("trained.safetensors", "rb").read()
size = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + size])
assert header["__metadata__"]["format"] == "pt" and size % 8 == 0
for name, param in params.items():
    begin, end = header[name]["data_offsets"]
    read = np.frombuffer(data[8 + size + begin:8 + size + end], np.float32)
    assert (read.reshape(header[name]["shape"]) == param[()]).all()
    assert (arrays[name] == param[()]).all() and arrays[name].dtype == param.dtype
    assert (np.load(f"arrays/{name}.npy") == param[()]).all()
assert not arrays["blocks.0.attn.b_Q"].any()
assert (np.load("W_E.npy") == params["embed.W_E"][()]).all()
np.savez("numpy.npz", w=np.asfortranarray(np.arange(6.0).reshape(2, 3)),
         n=np.int16(-3), h=np.arange(4, dtype="<f2"))
np.save("big.npy", np.arange(3, dtype=">f4"))
END
    expect 0 grokscope-import numpy.npz --architecture tensors -o numpy.h5
    expect 0 "$python" -c '
import h5py
p = h5py.File("numpy.h5")["params"]
assert p["w"][()].tolist() == [[0, 1, 2], [3, 4, 5]] and p["n"][()] == -3
assert p["h"].dtype == "f4" and p["h"][()].tolist() == [0, 1, 2, 3]'
    expect 3 grokscope-import big.npy --list
    says "has elements of type '>f4'"
fi

# ---- As PyTorch writes it ----
if "$python" -c 'import torch' 2>err; then
    expect 0 "$python" - <<'END'
import numpy as np
import torch
arrays = {k: torch.tensor(v) for k, v in np.load("tl.npz").items()}
state = dict(arrays, **{"blocks.0.attn.mask": torch.zeros(0, 0).bool()})
torch.save(state, "torch.pt")
torch.save({k: torch.nn.Parameter(v.double()) for k, v in arrays.items()}, "double.pt")
torch.save({k: v.bfloat16() for k, v in arrays.items()}, "bfloat.pt")
torch.save(arrays, "old.pt", _use_new_zipfile_serialization=False)
END
    for file in torch double bfloat old; do
        expect 0 grokscope-import $file.pt --config trained/step-000000020.h5 -o $file.h5
        prints "$file.pt"
    done
    expect 0 grokscope-export torch.h5 -o torch.safetensors
    [ "$(tail -c 5000 torch.safetensors | cksum)" = \
        "$(tail -c 5000 trained.safetensors | cksum)" ] || fail "PyTorch there and back"
fi

# An export of a run of another task comes back as its tensors, to the bit.
expect 0 grokscope-train --task parity --architecture mlp --steps 5 --out bits
expect 0 grokscope-export bits -o bits.safetensors
expect 0 grokscope-import bits.safetensors -o bits.h5
[ "$(column architecture)" = tensors ] || fail "a parity becomes $(column architecture)"
expect 0 grokscope-export bits --tensor linear1.W -o before.npy
expect 0 grokscope-export bits.h5 --tensor linear1.W -o after.npy
cmp before.npy after.npy || fail "the tensors of a parity differ"

# ---- Networks as their users saved them have the answers that they had there ----
users=${GROKSCOPE_ORACLES-}/user-networks
users_network() { # RIGHT OF FILE OPTIONS…
    right=$1 of=$2 file=$3
    shift 3
    [ -d "$users" ] || return 0
    expect 0 grokscope-import "$users/$file" "$@" -o user.h5 --force
    awk -v a="$(column accuracy)" -v right="$right" -v of="$of" \
        'BEGIN { exit !(a * of - right < 1e-6 && right - a * of < 1e-6) }' ||
        fail "$file: $(column accuracy) of $of, not $right"
}
gpt="--operation add --act-fn gelu --attention-dir causal --n-heads 4"
users_network 9409 9409 porth/p97_frac0.30_wd1_seed0.pt $gpt
users_network 3894 9409 porth/p97_frac0.30_wd1_seed0_memorize.pt $gpt
tables="--p 113 --act-fn relu --attention-dir causal --n-heads 4 --equals-token 116"
users_network 12769 12769 zaidanmir/01_baseline_addition.pt $tables --operation add --op-token 113
users_network 8913 12769 zaidanmir/05_multitask_three.pt $tables --operation add --op-token 113
users_network 7778 12769 zaidanmir/05_multitask_three.pt $tables --operation subtract \
    --op-token 114
users_network 22314 38082 zaidanmir/05_multitask_three.pt --act-fn relu --n-heads 4 \
    --attention-dir causal --operation add,subtract,multiply_nonzero
[ ! -d "$users" ] || says "add 0.698019, subtract 0.609131, multiply_nonzero 0.448262"
while read -r right name file; do
    users_network $right 576 mohib/$file --key m --operation compose --act-fn relu \
        --group-file "$users/mohib/${name}_table.txt"
done <<END
572 D4xZ3 ckpt_D4xZ3_s1.pt
545 Q8xZ3 ckpt_Q8xZ3_s0.pt
END

# ---- Zhong et al.'s networks are as they published them ----
oracles=${GROKSCOPE_ORACLES-}/clock-and-pizza
[ -d "$oracles" ] || { echo "GROKSCOPE_ORACLES has no networks: skipped" && exit 0; }
while read -r name accuracy loss norm; do
    expect 0 grokscope-import "$oracles/model_$name.pt" \
        --config "$oracles/config_$name.json" -o $name.h5
    awk -v a="$(column accuracy)" -v l="$(column loss)" -v n="$(column norm)" \
        -v x=$accuracy -v y=$loss -v z=$norm '
        function near(a, b) { return a / b < 1.0005 && a / b > 0.9995 }
        BEGIN { exit !(near(a, x) && near(l, y) && near(n, z)) }' || fail "$name"
done <<END
p99zdpze5l 1 1.384e-7 22.8538
l8k1hzciux 1 1.561e-7 24.8139
p71frej8t7 1 6.198e-7 32.4395
qlvxqhkvit 1 9.175e-6 53.9018
END
