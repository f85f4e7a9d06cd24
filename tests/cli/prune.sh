# grokscope-prune: what it writes, how training goes on with it, and what it refuses.
. "$(dirname "$0")/lib.sh"

few="--architecture token_mlp --layout 'a b' --p 7 --d-model 8 --hidden 12 --train-fraction 0.6 --steps 40 --checkpoints linear:20 --weight-decay 1"
train() { eval "expect 0 grokscope-train $few $*"; }
cell() { # COLUMN TENSOR: of the last answer
    awk -F '\t' -v name="$1" -v tensor="$2" \
        'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $at["tensor"] == tensor { print $at[name] }' out
}

train --out dense
expect 0 grokscope-prune dense -o ticket.h5
[ "$(tail -n +2 out | cut -f 3 | xargs)" = "embed.W_E linear1.W linear2.W all" ] ||
    fail "matrices"
[ "$(cell weights all)" = 332 ] && [ "$(cell kept all)" = 133 ] || fail "40 % of 332"
[ "$(cell zeros all)" = 0 ] || fail "a first weight of 0"
expect 0 grokscope-info --check ticket.h5
prints ticket.h5

# The projection holds the others at 0, against decay and momentum.
train --init-from ticket.h5 --projections mask --out ticket
zeros() { # of the matrices of a checkpoint
    expect 0 grokscope-prune "$1" -o count.h5 --keep 1 --reset "$1" --force
    cell zeros all
}
[ "$(zeros ticket@0)" = 199 ] && [ "$(zeros ticket)" = 199 ] || fail "zeros moved"
train --init-from ticket.h5 --out free
[ "$(zeros free@0)" = 199 ] && [ "$(zeros free)" -lt 20 ] || fail "zeros without a mask"

# Every score and kind; the share of each matrix.
for by in magnitude random snip grasp synflow; do
    expect 0 grokscope-prune dense@0 -o $by.h5 --by $by --rounds 3
    [ "$(cell kept all)" = 133 ] || fail "$by keeps $(cell kept all)"
done
for write in shuffled dense_l1 dense_l2 mask; do
    expect 0 grokscope-prune dense -o $write.h5 --write $write --seed 3
    expect 0 grokscope-info --check $write.h5
done
expect 0 grokscope-prune dense -o layer.h5 --scope layer --keep 0.5
[ "$(tail -n +2 out | cut -f 6 | sort -u)" = 0.5 ] || fail "shares of each matrix"
[ "$(digest random.h5)" != "$(digest magnitude.h5)" ] || fail "one mask for two scores"

# Weights of another seed
train --seed 9 --steps 0 --out fresh
expect 0 grokscope-prune dense -o transplanted.h5 --reset fresh@0
[ "$(digest transplanted.h5)" != "$(digest ticket.h5)" ] || fail "the other weights"

# What is refused
expect 2 grokscope-prune dense
says "-o FILE is missing"
expect 2 grokscope-prune dense -o ticket.h5
says "ticket.h5: exists; --force replaces it"
expect 2 grokscope-prune dense -o x.h5 --keep 0
says "keep"
expect 2 grokscope-prune ticket.h5 -o x.h5
says "ticket.h5 is no step of a run: --reset FILE says which weights to begin with"
rm ticket/step-000000000.h5
expect 2 grokscope-prune ticket -o x.h5
says "ticket has no step 0: --reset FILE"
expect 0 grokscope-train $tiny --attn-biases trained --steps 2 --out pairs
expect 2 grokscope-prune pairs -o x.h5 --by synflow
says "by: synflow asks for a chain of matrices"
expect 3 grokscope-prune dense -o x.h5 --reset pairs
says "step-000000002.h5: /params/embed.W_E is [8, 16], expected [7, 8]"
expect 0 grokscope-prune pairs -o pairs.h5 --keep 1
[ "$(cell zeros all)" -gt 0 ] || fail "biases of heads begin as 0"
[ ! -e x.h5 ] || fail "something refused was written"
