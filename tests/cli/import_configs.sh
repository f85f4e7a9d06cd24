# What scripts and frameworks keep beside the weights tells what tensors do not.
# usage: import_configs.sh SOURCE_FOLDER PYTHON
source=$1 python=$2
. "$(dirname "$0")/lib.sh"
expect 0 "$python" "$source/tests/archives.py" .

# column NAME: that of the last line of a table.
column() {
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        END { print $at }'
}
fact() { awk -F '\t' -v name="$1" '$4 == name { print $5 }' out; }
# has FILE NAME VALUE…: facts of a checkpoint.
has() {
    expect 0 grokscope-info "$1"
    shift
    while [ $# -gt 0 ]; do
        [ "$(fact "$1")" = "$2" ] || fail "$1 is $(fact "$1"), not $2"
        shift 2
    done
}

# PyTorch Lightning: prefixes come off, the step is global_step, and sections of
# hyper_parameters are read.
expect 0 grokscope-import lightning.ckpt -o lightning.h5
cp out imported
says "configuration: hyper_parameters of lightning.ckpt"
says "left off the names of tensors: model."
says "step: by global_step"
[ "$(awk -F '\t' 'END { print $2 }' out)" = 1234 ] || fail "the step of lightning.ckpt"
has lightning.h5 n_heads 2 p 7 operation add act_fn relu learning_rate 0.002 \
    attention_dir causal
loss=$(column loss <imported)

# The same network with what a script was told, under each key.
for key in args cfg hparams hyperparameters model_config params; do
    expect 0 grokscope-import $key.pt -o $key.h5
    says "configuration: $key of $key.pt"
    [ "$(column loss <out)" = "$loss" ] ||
        fail "$key is another network"
    has $key.h5 train_fraction 0.4 weight_decay 0.5 learning_rate 0.002 beta2 0.95 \
        steps 700 dropout 0.1 optimizer adamw seed 3
done
# nanoGPT's two; with batches an epoch is no step.
expect 0 grokscope-import nano.pt -o nano.h5
says "configuration: model_args, config of nano.pt"
[ "$(column loss <out)" = "$loss" ] || fail "nano.pt is another network"
has nano.h5 n_heads 2 steps 5000 learning_rate 0.001 operation add
# An option counts more than a configuration.
expect 0 grokscope-import args.pt --n-heads 4 --weight-decay 2 -o option.h5
has option.h5 n_heads 4 weight_decay 2
expect 0 grokscope-import args.pt -o quiet.h5 --quiet
[ ! -s err ] || fail "--quiet is not quiet"

# What tensors contradict is told, and they count.
expect 0 grokscope-import wrong.pt -o wrong.h5
says "warning: the configuration says nhead 7 (n_heads 2), n_embd 64 (d_model 8)"
has wrong.h5 n_heads 2 d_model 8
expect 3 grokscope-import wrong.pt --n-heads 7 -o refused.h5
says "expected [n_heads 7"
expect 0 grokscope-import modulus.pt -o modulus.h5
says "warning: the configuration says p 113, which is not that of the tensors"
[ "$(column loss <out)" = "$loss" ] || fail "modulus.pt is another network"
has modulus.h5 p 7
expect 2 grokscope-import modulus.pt --p 113 -o refused.h5
says "modulus.pt: d_vocab: 8, but the task has 114 tokens"
# What is none of ours tells nothing: it is asked for.
expect 2 grokscope-import odd.pt --n-heads 2 -o refused.h5
says "configuration: cfg of odd.pt"
says "act_fn, operation: the tensors do not tell"
[ ! -e refused.h5 ] || fail "a refused import leaves something"

# A part of a network that a module holds under a name of its own is told, and left out.
known="--operation add --act-fn relu --attention-dir causal"
expect 0 grokscope-import copies.pt $known -o copies.h5
says "left out, no weights: x_embed (embed.W_E again), y_embed (embed.W_E again)"
expect 0 grokscope-import tl.pt $known -o tl.h5
[ "$(digest copies.h5)" = "$(digest tl.h5)" ] || fail "copies change the network"
exit 0
