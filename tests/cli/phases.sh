# grokscope-phases: regimes of a sweep's runs and of folders, diagrams, critical sizes.
. "$(dirname "$0")/lib.sh"

printf '%s\n' 'p = 7' 'd_model = 16' 'n_heads = 2' 'd_mlp = 32' 'learning_rate = 0.003' \
    'steps = 300' 'checkpoints = linear:300' 'log_every = 10' \
    'evaluate_every = train:10,test:10' >tiny.recipe
phases() { expect 0 grokscope-phases "$@"; }
expect 0 grokscope-sweep run tiny.recipe --vary train_fraction=0.3,0.9 \
    --vary weight_decay=0,1 --vary seed=0,1 --out a -q

# One row for each run, as its history has it.
phases a --accuracy 0.5 --delay 50
[ "$(head -1 out | cut -f 1-6)" = "run	train_fraction	weight_decay	seed	regime	code" ] || fail "columns"
[ "$(tail -n +2 out | wc -l)" = 8 ] || fail "a row a run"
cp out rows
expect 0 grokscope-sweep collect a --accuracy 0.5 --columns memorized_step,generalized_step,delay,train_accuracy,test_accuracy
cut -f 7-11 rows | cmp -s - out || fail "what collect says"
awk -F '\t' 'NR > 1 {
    regime = $8 - $7 > 50 ? "grokking" : "comprehension"
    if ($8 == "nan") regime = "memorization"
    if ($7 == "nan") regime = "confusion"
    if (regime != $5) exit 1 }' rows || fail "Liu's rule"

# Cells count them; the diagram has them, the largest y first.
phases a --accuracy 0.5 --delay 50 --table cells
[ "$(head -1 out)" = "weight_decay	train_fraction	regime	agreeing	runs	confusion	memorization	grokking	comprehension" ] || fail "columns of cells"
for regime in confusion memorization grokking comprehension; do
    in_rows=$(cut -f 5 rows | grep -cx $regime)
    in_cells=$(awk -F '\t' -v r=$regime 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == r) at = i }
        NR > 1 { n += $at } END { print n + 0 }' out)
    [ "$in_rows" = "$in_cells" ] || fail "cells: $regime"
done
phases a --accuracy 0.5 --delay 50 --diagram text
[ "$(head -1 out)" = weight_decay ] && [ "$(sed -n 2p out | cut -c 1-3)" = "1 |" ] || fail "rows of y"
prints "train_fraction"
phases a --x weight_decay --y train_fraction --diagram text
[ "$(head -1 out)" = train_fraction ] || fail "--x and --y"
phases a --diagram svg --output a.svg
grep -q '<circle' a.svg && [ "$(grep -c '<title>' a.svg)" = 4 ] || fail "SVG"
"$(command -v xmllint || echo true)" a.svg >/dev/null || fail "no XML"
expect 2 grokscope-phases a --diagram svg --output a.svg
says "exists"

# Thresholds and rules.
phases a --accuracy 0 --columns regime
[ "$(tail -n +2 out | sort -u)" = comprehension ] || fail "all known at once"
phases a --rule varma --high 0 --columns regime
[ "$(tail -n +2 out | sort -u)" = kept ] || fail "varma"
phases a --rule huang --rising 0 --columns regime
[ "$(tail -n +2 out | sort -u)" = progression ] || fail "huang"

# Random labels are memorised, and nothing else comes of them.
expect 0 grokscope-sweep run tiny.recipe --random-labels yes --train-fraction 0.5 --steps 600 \
    --vary seed=0,1 --out random -q
for rule in liu huang varma; do
    phases random --rule $rule --high 0.5 --low 0.49 --rising 0.5 --columns regime
    [ "$(tail -n +2 out | sort -u)" = memorization ] || fail "random labels by the rule of $rule"
done

# Critical sizes, one for each value of what else was varied.
phases a --table critical --columns weight_decay,runs,critical,low,high
[ "$(tail -n +2 out | cut -f 1-2 | xargs)" = "0 4 1 4" ] || fail "arms of a critical size"
awk -F '\t' 'NR > 1 && $3 != "nan" && !($3 > 0.3 && $3 <= 0.9 && $4 <= $3 && $3 <= $5) { exit 1 }' out ||
    fail "a critical size"
expect 2 grokscope-phases a --table critical --x seed
says "no size above 0"

# Options that change together are one size.
expect 0 grokscope-sweep run tiny.recipe --steps 20 --vary d_model+d_mlp=8,16 \
    --vary train_fraction=0.3,0.9 --out tied -q
phases tied --table critical --x d_model --columns train_fraction,runs
[ "$(tail -n +2 out | xargs)" = "0.3 2 0.9 2" ] || fail "options that change together"
phases tied --diagram text
[ "$(head -1 out)" = train_fraction ] || fail "the second axis is the first again"

# What is not done has no regime; folders of runs are told apart by their options.
expect 0 grokscope-sweep plan tiny.recipe --vary train_fraction=0.3,0.9 --vary weight_decay=0,1 \
    --vary seed=0..2 --out a
phases a --columns regime
[ "$(tail -n +2 out | grep -c '^$')" = 4 ] || fail "runs that are not done"
phases a --diagram text
prints "no regime"
runs=$(cut -f 1 rows | tail -n +2)
phases $runs --by train_fraction,weight_decay,seed --accuracy 0.5 --delay 50
cmp -s out rows || fail "folders of runs"
phases $runs --by train_fraction --diagram text
expect 2 grokscope-phases $runs --x p
says "'p' was not varied"
expect 2 grokscope-phases $runs --by weigth_decay
says "has no option 'weigth_decay'; grokscope-info shows those"
cp -r a hostile # a plan that someone else wrote
printf 's/\t0\\.9/\t0.9\033[31m<b>/\n' >hostile.sed
sed -f hostile.sed a/plan.tsv >hostile/plan.tsv
phases hostile --diagram text
prints '\x1b[31m<b>'
phases hostile --diagram svg --output hostile.svg
grep -q "$(printf '\033')\|<b>" hostile.svg && fail "a value that is markup"
expect 2 grokscope-phases a --x p
says "'p' was not varied; the sweep has train_fraction, weight_decay, seed"
expect 2 grokscope-phases --diagram text
says "is missing"
mkdir none
expect 3 grokscope-phases none
says "neither the folder of a sweep nor one of a run"
