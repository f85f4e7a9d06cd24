# Progress measures and ablations of a small trained run.
# usage: progress.sh PYTHON
python=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

expect 0 grokscope-train --p 13 --d-model 16 --n-heads 2 --d-mlp 32 --d-vocab-out 14 \
    --train-fraction 0.7 --steps 900 --checkpoints linear:100 --out run

# field NAME: the column of that name, without its head.
between() { # NAME LEAST MOST: all of a column
    field "$1" >values
    [ -s values ] || fail "no column $1"
    awk -v least="$2" -v most="$3" '!($1 >= least && $1 <= most) { exit 1 }' values ||
        fail "$1 is $(tr '\n' ' ' <values), expected $2 to $3"
}

# ---- Progress ----

expect 0 grokscope-progress run --step all
head -1 out | grep -qx "$(printf 'run\tstep\tkey_frequencies\tkey_rule\tconvention\ttrain_loss\ttrain_accuracy\ttest_loss\ttest_accuracy\tall_loss\tall_accuracy\tp_correct\tbrier\tmargin\trestricted_loss\trestricted_train\trestricted_test\trestricted_ratio\texcluded_loss\texcluded_cube\tlogit_fve\tsum_of_squares\ttest_accuracy_mirrored\ttest_accuracy_new\tphase')" ||
    fail "columns of progress"
[ "$(wc -l <out)" -eq 11 ] || fail "$(wc -l <out) lines"
[ "$(field key_frequencies | sort -u | wc -l)" -eq 1 ] || fail "final keys differ"
[ "$(field convention | sort -u)" = nanda ] || fail "the default convention"
[ "$(field key_rule | sort -u)" = neuron ] || fail "the default rule"
[ "$(field phase | head -1)" = memorisation ] || fail "the phase of step 0"

# One row tells no phase.
expect 0 grokscope-progress run
[ -z "$(field phase)" ] || fail "one row has a phase"

# Every convention is what its definition says, and the losses are the history's.
for convention in nanda notebook chughtai; do
    expect 0 grokscope-progress run --step all --keys 1,4,5 --convention $convention
    [ "$(field key_rule | sort -u)" = given ] || fail "the rule of given keys"
    if $python -c 'import h5py, numpy' 2>err; then
        cp out table
        expect 0 "$python" -B "$here/progress.py" run 1,4,5 <table
        # The same weights in float64: numpy's numbers to twelve digits.
        expect 0 grokscope-progress run --step all --keys 1,4,5 --convention $convention \
            --dtype float64
        cp out wide
        expect 0 "$python" -B "$here/progress.py" run 1,4,5 1e-11 <wide
        cp table out
    fi
    cp out one
    expect 0 grokscope-progress run --step all --keys 1,4,5 --convention $convention \
        --threads 1
    cmp -s out one || fail "threads change convention $convention"
done

# Rules; keys of each checkpoint.
for rule in neuron energy logit; do
    expect 0 grokscope-progress run --step all --key-rule $rule --keys-from each
    [ "$(field key_rule | sort -u)" = $rule ] || fail "rule $rule"
    field key_frequencies | tail -1 >last
    expect 0 grokscope-progress run --step all --key-rule $rule
    [ "$(field key_frequencies | sort -u)" = "$(cat last)" ] || fail "final keys of $rule"
done
# No wave stands out of a network that has not begun: nothing to keep or to lose.
expect 0 grokscope-progress run --step 0 --key-rule logit --keys-from each
[ -z "$(field key_frequencies)" ] || fail "keys of step 0"
[ "$(field restricted_loss)$(field excluded_loss)$(field restricted_ratio)" = nannannan ] ||
    fail "losses without keys"
between logit_fve 0 0

# Rows of frequencies; a single key is the same as in the row of the checkpoint.
expect 0 grokscope-progress run --long --keys 4
head -1 out | grep -qx "$(printf 'run\tstep\tfrequency\tconvention\tkey\tv\tcos_sim\tsimilarity\texcluded_loss\texcluded_cube\tnum_neurons\tneuron_fve')" ||
    fail "columns of progress --long"
[ "$(field frequency | tr '\n' ' ')" = "1 2 3 4 5 6 " ] || fail "frequencies"
[ "$(field key | tr '\n' ' ')" = "0 0 0 1 0 0 " ] || fail "key of --long"
[ "$(field num_neurons | awk '{ s += $1 } END { print s }')" -le 32 ] || fail "neurons"
lost=$(field excluded_loss | sed -n 4p)
expect 0 grokscope-progress run --keys 4
[ "$(field excluded_loss)" = "$lost" ] || fail "excluded loss of one frequency"

# Refusals
expect 2 grokscope-progress run --keys 1,7
says "run/step-000000900.h5: key frequency 7 modulo 13, expected 1 to 6"
expect 2 grokscope-progress run --keys 1,x
says "keys: '1,x' is none of frequencies with commas, as 14,35,41"
expect 2 grokscope-progress run --keys 4,4
says "keys: 4 stands twice"
expect 2 grokscope-progress run --convention paper
says "convention: no 'paper'; it is one of 'nanda', 'notebook', 'chughtai'"
expect 2 grokscope-progress run --key-rule best
expect 0 grokscope-train $tiny --steps 1 --operation quad2 --out squares
expect 2 grokscope-progress squares
says "squares/step-000000001.h5: operation quad2 (a^2 + a b + b^2) modulo 7 is no sum"
expect 0 grokscope-train $tiny --steps 1 --normalization-type LN --out normed
expect 0 grokscope-progress normed
expect 2 grokscope-progress normed --convention chughtai
says "a layer norm stands between the neurons and the logits"
for operation in subtract multiply divide; do
    expect 0 grokscope-train $tiny --steps 1 --operation $operation --out other --force
    expect 0 grokscope-progress other
done

# ---- Ablations ----

ablate() { expect 0 grokscope-ablate run "$@"; }
unchanged() {
    for split in train test all; do
        for what in loss accuracy; do
            [ "$(field ${split}_$what)" = "$(field ${split}_${what}_ablated)" ] ||
                fail "$* changes ${split}_$what"
        done
    done
}

# Without its circles the network guesses; with all of them it is whole.
ablate --drop circle=1-6
between train_accuracy 1 1
between train_accuracy_ablated 0 0.2
between removed 6 6
[ "$(field ablation)" = "drop circle=1-6" ] || fail "the name of an ablation"
for parts in circle=1-6 pc=1-13 head=0-1 neurons=0-31 circle=1-6,head=0,1; do
    ablate --keep $parts
    unchanged --keep $parts
done
ablate
unchanged nothing
[ "$(field ablation)" = none ] || fail "the name of no ablation"

# Its own parts change nothing, those of its first step a lot.
ablate --drop circle=1-3,pc=2,head=1,neurons=freq:1-6,tensor=unembed.W_U --from run
unchanged --from run
ablate --drop tensor=embed.W_E --from run@0
between train_accuracy_ablated 0 0.5
[ "$(field ablation)" = "drop tensor=embed.W_E from run@0" ] || fail "the name of --from"

# Means are not zeros; --zero is the default.
ablate --drop neurons=freq:1-6
field all_loss_ablated >zero
ablate --drop neurons=freq:1-6 --zero
[ "$(field all_loss_ablated)" = "$(cat zero)" ] || fail "--zero is not the default"
ablate --drop neurons=freq:1-6 --mean
[ "$(field all_loss_ablated)" != "$(cat zero)" ] || fail "--mean is --zero"
ablate --drop head=1 --mean --step all --threads 1
cp out one
ablate --drop head=1 --mean --step all --threads 2
cmp -s out one || fail "threads change an ablation"

# As many others, drawn at random: another seed draws others, all have but one draw.
ablate --drop neurons=0-7 --draws 20
between draws 20 20
between train_loss_matched 0 100
between train_loss_matched_deviation 1e-9 100
[ "$(field drawn_from)" = others ] || fail "drawn from $(field drawn_from)"
field train_loss_matched >zero
ablate --drop neurons=0-7 --draws 20 --seed 1 --threads 1
[ "$(field train_loss_matched)" != "$(cat zero)" ] || fail "--seed does not matter"
ablate --drop neurons=0-7
[ "$(field train_loss_matched)" = "$(cat zero)" ] || fail "20 draws are not the default"
ablate --drop circle=1-6 --draws 3
[ "$(field drawn_from)" = all ] || fail "drawn from $(field drawn_from)"
[ "$(field all_loss_matched)" = "$(field all_loss_ablated)" ] || fail "a draw of all"
ablate --drop circle=1-6 --draws 0
[ "$(field draws) $(field drawn_from) $(field all_loss_matched)" = "0 none nan" ] ||
    fail "without draws"
ablate --drop tensor=embed.W_E
[ "$(field draws) $(field all_loss_matched)" = "0 nan" ] || fail "draws of a tensor"

# Rows a frequency: a circle's change of the logits, all shares.
ablate --drop circle=2 --long
head -1 out | grep -qx "$(printf 'run\tstep\tablation\tfrequency\tpower_before\tpower_after\tchange_share\tv_before\tv_after')" ||
    fail "columns of ablate --long"
field change_share | awk '{ s += $1 } END { exit !(s > 0.999999 && s < 1.000001) }' ||
    fail "shares of the change do not sum to 1"
expect 0 grokscope-ablate squares --drop circle=1 --long
[ "$(field v_before | sort -u)" = nan ] || fail "waves of what is no sum"

# Refusals
expect 2 grokscope-ablate run --drop circle=1 --keep pc=1
says "expected one of --drop PARTS and --keep PARTS, found both"
expect 2 grokscope-ablate run --drop circle=1 --zero --mean
says "--zero, --mean and --from FILE exclude each other"
expect 2 grokscope-ablate run --drop circel=1
says "part 'circel=1': expected circle=, pc=, head=, neurons= or tensor="
expect 2 grokscope-ablate run --drop circle=7
says "run/step-000000900.h5: circle=7: this network has 1 to 6"
expect 3 grokscope-ablate run --drop head=1 --from squares
says "/params/"
expect 3 grokscope-ablate run --drop head=1 --from nothing.h5
says "nothing.h5: No such file or directory"
exit 0
