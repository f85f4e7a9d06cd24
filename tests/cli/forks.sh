# A fork begins with the weights, the optimizer's state and the history of another run at
# one of its steps, under options of its own.
. "$(dirname "$0")/lib.sh"
tab=$(printf '\t')

# from STEP RUN: the digests of a run's files from a step on.
from() { grokscope-info "$2" --digest --step all | awk -v from="$1" '$2 + 0 >= from + 0 { print $2, $3 }'; }
# same_from STEP A B
same_from() {
    from "$1" "$2" >a
    from "$1" "$3" >b
    [ -s a ] || fail "$2 has no files from step $1"
    cmp -s a b || fail "$3 differs from $2: $(diff a b)"
}

# ---- Without changes it is the run that it forks from, bit for bit ----
run="$tiny --checkpoints linear:40 --steps 200 --save-state linear:80"
i=0
while read -r more; do
    i=$((i + 1))
    eval "expect 0 grokscope-train $run $more --out whole$i"
    expect 0 grokscope-train --fork whole$i@80 --out fork$i --threads 1
    same_from 80 whole$i fork$i
    # A resumed fork is the same as one that was never stopped.
    expect 0 grokscope-train --fork whole$i@80 --steps 130 --out parts$i
    expect 0 grokscope-train --out parts$i --resume --steps 200
    same_from 160 whole$i parts$i
done <<'END'
--log-every 7
--batch-size 11 --dropout 0.2 --seed 3
--measure norms,progress --measure-every 30 --optimizer sgd --momentum 0.9
--filters 'grokfast_ema, grokfast_ma window 5, gradient_noise' --batch-size 8
--perturbations weight_noise --update-filters update_noise --projections fixed_norm --weight-decay 0
--dtype float64 --decay-to initial --warmup 100 --annealing cosine --filters orthogonal
--optimizer "edge_popup keep 0.6 train_weights yes" --decay-to initial --filters grokfast_ema
END
[ $i -eq 7 ] || fail "$i ways of training"
# The files before are the run's own.
[ whole1/step-000000040.h5 -ef fork1/step-000000040.h5 ] || fail "no link to the files before"
[ ! whole1/step-000000080.h5 -ef fork1/step-000000080.h5 ] || fail "the first file is not the fork's"
expect 0 grokscope-info fork1 --check --step all
expect 0 grokscope-info fork1 --history=loss
cp out fork.loss
expect 0 grokscope-info whole1 --history=loss
sed 's/^whole1/fork1/' out | cmp -s - fork.loss || fail "the history is not the run's"
# A step off the schedules has a file where a fork begins with it.
expect 0 grokscope-train $tiny --checkpoints linear:40 --steps 130 --out ended
expect 0 grokscope-train --fork ended --steps 200 --out goes_on
[ -e goes_on/step-000000130.h5 ] || fail "the fork has no file of its first step"
expect 0 grokscope-train $tiny --checkpoints linear:40 --steps 200 --out never_ended
same_from 160 never_ended goes_on

# ---- Another length: the weights of the step times the ratio of both init_scale ----
length() { grokscope-info "$1" --history=loss | awk -F "$tab" -v step="$2" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $2 == step { print $at["sum_squared_weights"] }'; }
expect 0 grokscope-train $run --init-scale 2 --out long
expect 0 grokscope-train --fork long@80 --out as_long
same_from 80 long as_long
expect 0 grokscope-train --fork long@80 --init-scale 1 --out short
awk -v a="$(length long 80)" -v b="$(length short 80)" \
    'BEGIN { exit !(b > 0 && (a / b - 4) ^ 2 < 1e-10) }' || fail "half as long is no quarter"
expect 0 grokscope-train --out short --resume --steps 240
expect 0 grokscope-train --fork long@80 --init-scale 1 --steps 240 --out short2
same_from 240 short short2

# What has no ratio, or would be undone by the next step, is refused.
expect 0 grokscope-train $run --init-scale 0 --out nothing
expect 0 grokscope-train --fork nothing@80 --out as_nothing
same_from 80 nothing as_nothing
expect 2 grokscope-train --fork nothing@80 --init-scale 1 --out refused
says "init_scale: 1, but the run's own is 0"
expect 0 grokscope-train $run --projections fixed_norm --out sphere
expect 2 grokscope-train --fork sphere@80 --init-scale 2 --out refused
says "init_scale: 2, but fixed_norm holds the length that the run began with"

# ---- Where it comes from ----
expect 0 grokscope-info fork1
prints "provenance${tab}forked_from${tab}whole1@80"
expect 0 grokscope-train --fork fork1@160 --steps 240 --learning-rate 2e-3 --out second
expect 0 grokscope-info second
prints "provenance${tab}forked_from${tab}fork1@160; whole1@80"
prints "learning_rate${tab}0.002"
expect 0 grokscope-train --out second --resume --steps 260
expect 0 grokscope-info second --command
prints "# begun with --fork 'fork1@160; whole1@80'"
expect 0 grokscope-info second --check --step all

# ---- What may change ----
first_rows() { grokscope-info "$1" --history=loss --columns step,train_loss | awk '$1 == "step" || $1 + 0 < 80'; }
expect 0 grokscope-train --fork whole2@80 --weight-decay 3 --learning-rate 1e-2 \
    --dropout 0 --batch-size 0 --train-fraction 0.7 --checkpoints linear:20 --out changed
first_rows whole2 >a
first_rows changed >b
cmp -s a b || fail "the history up to the fork is another"
from 120 whole2 >a
from 120 changed >b
[ "$(sed -n 1p a)" != "$(sed -n 1p b)" ] || fail "changed options change nothing"
# A run's own measures, and others: rows of what both have.
expect 0 grokscope-train --fork whole3@80 --measure norms,rqi --out measured
grokscope-info whole3 --history=norms | cut -f 2- >a
grokscope-info measured --history=norms | cut -f 2- >b
cmp -s a b || fail "the rows of a measure differ"
grokscope-info measured --history=rqi >out
[ "$(value step 1)" = 80 ] || fail "rows of a measure that the run did not have: $(head -2 out)"
# A recipe gives all options anew.
printf 'p = 7\nd_model = 16\nn_heads = 2\nd_mlp = 32\nsteps = 100\n' >other.recipe
expect 0 grokscope-train other.recipe --fork whole1@80 --out by_recipe
expect 0 grokscope-info by_recipe
prints "train_fraction${tab}0.3"
# Both branches in one report.
expect 0 grokscope-report whole2 changed -o both.html
[ -s both.html ] || fail "no report"

# A split and a group are the run's own: a fork goes on from its copies where the files
# that it began with are gone, and replaces no file of the folder that it begins in.
awk 'BEGIN { for (i = 48; i >= 0; i--) print i }' >order.txt
awk 'BEGIN { for (i = 0; i < 7; i++) for (j = 0; j < 7; j++)
    printf "%d%s", (i + j) % 7, j < 6 ? " " : "\n" }' >seven.txt
expect 0 grokscope-train $run --operation compose --group-file seven.txt --split-file order.txt \
    --out filed
mkdir place && echo mine >place/split_file.txt
rm order.txt seven.txt
expect 0 grokscope-train --fork filed@80 --out place
says "split_file order.txt is gone; the run's own copy of it is used, place/split_file-2.txt"
says "group_file seven.txt is gone; the run's own copy of it is used, place/group_file.txt"
[ "$(cat place/split_file.txt)" = mine ] || fail "a fork replaces a file"
grokscope-norms filed | cut -f 3- >a
grokscope-norms place | cut -f 3- >b
cmp -s a b || fail "a fork whose files are gone differs"
expect 0 grokscope-train --out place --resume --steps 240
before=$(ls filed)
expect 2 grokscope-train --fork filed@80 --d-mlp 33 --out refused
[ ! -e refused ] || fail "a refused fork leaves its copies"
[ "$(ls filed)" = "$before" ] || fail "a fork writes into its run"

# ---- What is refused ----
refused() { [ ! -e refused ] || fail "what is refused leaves a folder"; }
expect 2 grokscope-train --fork whole1@120 --out refused
says "whole1@120: no file has the optimizer's state of it (resume.h5 has that of step 200,"
says "--init-from whole1@120 begins with the weights alone"
says "--save-state SCHEDULE keeps states in step files"
refused
expect 3 grokscope-train --fork nowhere@3 --out refused
says "fork: 'nowhere@3' is neither the folder of a run nor DIR@STEP, one of its steps"
expect 2 grokscope-train --fork whole1@80 --optimizer sgd --momentum 0.5 --out refused
says "whole1@80: momentum is missing; a fork has the weights and the optimizer's state"
refused
expect 2 grokscope-train --fork whole1@80 --d-mlp 33 --out refused
says "whole1@80: "
refused
expect 2 grokscope-train --fork whole1@80 --dtype float64 --out refused
refused
expect 2 grokscope-train --fork whole1 --out refused
says "steps: 200, but the fork begins at step 200; --steps says how far it goes"
refused
expect 2 grokscope-train --fork whole1@80 --init-from whole2 --out refused
says "init_from: 'whole2', but a fork has the weights of its run"
expect 0 grokscope-train $tiny --d-model 3 --n-heads 1 --steps 2 --out weak
cp -r weak other
expect 0 grokscope-train $tiny --embed-rank 3 --embed-from weak --steps 2 \
    --save-state list:2 --out product
expect 2 grokscope-train --fork product@2 --embed-from other --steps 4 --out refused
says "embed_from: 'other', but a fork has the weights of its run"
expect 0 grokscope-train --fork product@2 --steps 4 --out branch
expect 2 grokscope-train --fork whole1@80 --resume --out fork1
says "--resume and --fork exclude each other"
from 0 whole1 >before
expect 2 grokscope-train --fork whole1@80 --force --out whole1
says "fork: whole1 is the folder that is forked from"
from 0 whole1 >a
cmp -s a before || fail "a refused fork changes its run"
expect 1 grokscope-train --fork whole1@80 --out fork1
says "fork1: holds a run already"
expect 0 grokscope-train --fork whole1@80 --out fork1 --force
same_from 80 whole1 fork1
# The way from a refused --resume to a fork.
expect 2 grokscope-train --out whole1 --resume --steps 300 --learning-rate 1
says "--fork goes on with other options in another folder, --init-from takes over the weights"
expect 2 grokscope-train $tiny --steps 10 --save-state weekly --out refused
says "save_state: 'weekly' is none of linear:N, log:N, list:N,N"

# ---- Schedules in one ----
expect 0 grokscope-train $tiny --steps 60 --checkpoints log:2,linear:20 --out mixed
[ "$(echo $(grokscope-info mixed --digest --step all | cut -f 2))" = \
    "step 0 1 3 10 20 32 40 60" ] || fail "steps of two schedules"
exit 0
