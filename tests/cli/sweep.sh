# grokscope-sweep: plans, runs, stops, failures, parts, and the table of them.
. "$(dirname "$0")/lib.sh"

printf '%s\n' 'p = 7' 'd_model = 16' 'n_heads = 2' 'd_mlp = 32' 'train_fraction = 0.6' \
    'steps = 30' 'checkpoints = linear:10' >tiny.recipe
sweep() { expect 0 grokscope-sweep "$@"; }
states() { # of the last answer, sorted: "2 done 1 waiting"
    tail -n +2 out | awk -F '\t' '{ print $NF }' | sort | uniq -c | xargs
}

# A plan: a grid in order, names that do not depend on how it was asked for.
sweep plan tiny.recipe --vary seed=0,1 --vary weight_decay=0.5,1 --out a
[ "$(head -1 out)" = "run	seed	weight_decay	state" ] || fail "columns"
[ "$(tail -n +2 out | cut -f 2-4 | xargs)" = \
    "0 0.5 waiting 0 1 waiting 1 0.5 waiting 1 1 waiting" ] || fail "the grid"
cut -f 1 out | sort >names
sweep plan tiny.recipe --vary weight-decay=1,0.5 --vary seed=0..1 --out b
cut -f 1 out | sort | cmp -s - names || fail "names depend on the order"
sweep plan tiny.recipe --vary weight_decay=log:0.5:1:2 --seed 1 --vary seed=0,1 --out c
cut -f 1 out | sort | cmp -s - names || fail "names depend on the form"
sweep plan tiny.recipe --vary seed+data_seed=linear:0:4:3 --vary learning_rate=loguniform:1e-4:1e-2 \
    --draws 2 --out d
[ "$(tail -n +2 out | awk -F '\t' '$2 == $3 && $4 > 1e-4 && $4 < 1e-2' | wc -l)" = 6 ] ||
    fail "draws"
[ "$(tail -n +2 out | cut -f 4 | sort -u | wc -l)" = 2 ] || fail "two draws"
sweep plan tiny.recipe --vary 'measure=norms,progress;norms' --out e
[ "$(tail -n +2 out | cut -f 2 | xargs)" = "norms,progress norms" ] || fail "commas"

# Runs are those that training alone makes, bit for bit; nothing is done twice.
sweep run --out a --jobs 2
says "4 of 4 runs done, 4 of them now"
run=$(awk -F '\t' '$2 == 1 && $3 == 0.5 { print $1 }' a/plan.tsv)
expect 0 grokscope-train tiny.recipe --seed 1 --weight-decay 0.5 --checkpoints list:0 \
    --out alone -q
[ "$(digest a/$run)" = "$(digest alone)" ] || fail "another run than alone"
[ "$(cd a/$run && echo *)" = "run.h5 step-000000000.h5 step-000000030.h5" ] ||
    fail "what is kept"
sweep run --out a
says "4 of 4 runs done, 0 of them now"
sweep run tiny.recipe --vary seed=0..2 --vary weight_decay=0.5,1 --out a
says "6 of 6 runs done, 2 of them now"
expect 2 grokscope-sweep run tiny.recipe --steps 40 --vary seed=0 --out a
says "holds another sweep"
sweep run tiny.recipe --vary seed=0 --keep all --out k
[ -e k/*/resume.h5 ] && [ -e k/*/step-000000020.h5 ] || fail "--keep all"

# The table.
sweep run tiny.recipe --vary seed=0,1 --out p0 --part 0 --parts 2
first=$(sed -n 2p p0/plan.tsv | cut -f 1)
sweep collect a
[ "$(tail -n +2 out | wc -l)" = 6 ] || fail "a row a run"
sweep collect a
[ "$(awk -F '\t' -v run=$run 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    $1 == run { print $at["test_loss"] }' out)" = "$(grokscope-info alone --history=loss |
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } END { print $at["test_loss"] }')" ] ||
    fail "the test loss of a run"
sweep collect a --format h5 -o a.h5
sweep collect p0 --measure norms,fourier --columns state,norms.l2,fourier.embedding_gini
[ "$(sed -n 2p out)" = "done	$(grokscope-norms p0/$first | tail -1 | cut -f 5)	$(
    grokscope-fourier p0/$first --columns embedding_gini | tail -1)" ] || fail "measures"
[ "$(tail -1 out)" = "waiting	nan	nan" ] || fail "measures of what is not done"
expect 2 grokscope-sweep collect p0 --measure normss
says "no 'normss'"
sweep collect d --columns run,state,delay
[ "$(tail -n +2 out | cut -f 2-3 | sort -u)" = "waiting	nan" ] || fail "no runs yet"

# How long each arm takes: as many come to it as the table says, and none that is not
# there yet is left out.
sweep times a --accuracy 0.5 --event memorized
[ "$(tail -n +2 out | cut -f 1 | xargs)" = "0.5 1" ] || fail "an arm a weight decay"
reached=$(tail -n +2 out | cut -f 3 | xargs)
[ "$(tail -n +2 out | cut -f 2 | xargs)" = "3 3" ] || fail "runs of each arm"
sweep collect a --accuracy 0.5 --columns weight_decay,memorized_step
[ "$reached" = "$(awk -F '\t' 'NR > 1 { n[$1] += $2 != "nan" } END { print n["0.5"], n["1"] }' out)" ] ||
    fail "runs that came to it"
sweep times a --accuracy 0 --event memorized --by seed
[ "$(tail -n +2 out | cut -f 4 | sort -u)" = 0 ] || fail "all are there at step 0"
[ "$(sed -n 2p out | cut -f 7-10 | xargs)" = "nan nan nan nan" ] || fail "the first arm beside itself"
sweep times a --accuracy 0 --event memorized --by seed --curve --columns seed,step,at_risk,share
[ "$(sed -n 2p out)" = "0	0	2	0" ] || fail "a curve"
sweep times a --event sustained
[ "$(tail -n +2 out | cut -f 3-4 | sort -u)" = "0	inf" ] || fail "never"
sweep times d --event memorized
[ "$(tail -n +2 out | cut -f 2-4 | sort -u)" = "0	0	nan" ] || fail "an arm without runs"
expect 2 grokscope-sweep times a --by p
says "'p' was not varied; the sweep has seed, weight_decay"

# What tells in advance: the rate decides how soon, and the losses of the training examples
# show it; nothing that looks at test examples is asked.
expect 0 grokscope-sweep run tiny.recipe --steps 400 --train-fraction 0.9 --measure norms --checkpoints linear:50 \
    --vary learning_rate=log:0.001:0.004:12 --out rates -q
sweep predict rates --accuracy 0.5 --at 0,20 --columns column,step,at_risk,reached,sooner,c_index,low,lead
grep -q test out && fail "a column of test examples takes part"
grep -q '^norms.l2	' out || fail "what training measured takes no part"
awk -F '\t' '$1 == "loss.train_loss" && $2 == 20 { found = 1
    if (!($3 >= 6 && $4 <= $3 && $5 == "less" && $6 > 0.8 && $7 <= $6 && $8 > 0)) exit 1 }
    END { if (!found) exit 1 }' out || fail "the training loss does not tell"
awk -F '\t' '$1 == "loss.train_loss" && $2 == 0 && $6 != 0.5 { exit 1 }' out ||
    fail "at step 0 all are alike"
sweep predict rates --accuracy 0.5 --earliest --columns column,low
[ "$(cut -f 1 out | sort | uniq -d | wc -l)" = 0 ] || fail "a row a column"
expect 2 grokscope-sweep predict rates --at 1,x
says "at: '1,x' is no list of numbers"
expect 2 grokscope-sweep predict rates --at -1
says "at: -1 is no step"
sweep predict rates --accuracy 0.5 --at 20 --by learning_rate
[ "$(wc -l <out)" = 1 ] || fail "runs of different arms were compared"
expect 2 grokscope-sweep predict rates --by p
says "'p' was not varied"
sweep predict d
[ "$(wc -l <out)" = 1 ] || fail "columns of no runs"

# A run that fails stops none, and is tried again only when asked.
expect 1 grokscope-sweep run tiny.recipe --vary train_fraction=0.5,0 --out f
says "failed: grokscope-train: train_fraction is 0"
sweep status f
[ "$(states)" = "1 done 1 failed" ] || fail "states after a failure"
expect 1 grokscope-sweep run --out f
says "1 of 2 runs done, 0 of them now; 1 failed"
expect 1 grokscope-sweep retry f
says "failed: grokscope-train"

# Parts share the runs out; a number behind --task is a part.
sweep run tiny.recipe --vary seed=0..4 --out p --part 0 --parts 2 -q
sweep status p
[ "$(states)" = "3 done 2 waiting" ] || fail "the first part"
sweep run --out p --task 1 --tasks=2
sweep status p
[ "$(states)" = "5 done" ] || fail "both parts"
expect 2 grokscope-sweep run --out p --part 2 --parts 2
says "--part 2 of 2"

# Stopped, it goes on, with the same result.
grokscope-sweep run tiny.recipe --steps 12000 --vary seed=0,1 --out s --jobs 2 -q &
until [ "$(ls s/*/resume.h5 2>/dev/null | wc -l)" = 2 ]; do sleep 0.02; done
kill -TERM $!
wait $!
[ $? = 143 ] || fail "the code after a signal"
sweep status s
[ "$(states)" = "2 stopped" ] || fail "what a signal leaves: $(states)"
sweep run --out s -q
sweep run tiny.recipe --steps 12000 --vary seed=0,1 --out whole -q
for run in $(tail -n +2 s/plan.tsv | cut -f 1); do
    [ "$(digest s/$run)" = "$(digest whole/$run)" ] || fail "stopped, another run"
done

# A script for a cluster.
sweep slurm a --jobs 2 --time-limit 0:10:00
prints "#SBATCH --array=0-2"
prints "--tasks 3 --jobs 2"
sh -n out || fail "the script"
sweep slurm a --parts 2
prints "#SBATCH --array=0-1"

# What is refused.
refused() { # TEXT ARGUMENTS…
    text=$1
    shift
    expect 2 grokscope-sweep "$@"
    says "$text"
}
refused "expected one of plan, run" begin
refused "expected NAME=VALUES" run tiny.recipe --vary seed --out x
refused "is varied twice" run tiny.recipe --vary seed=1 --vary data_seed+seed=2 --out x
refused "stands twice" run tiny.recipe --vary seed=1,2,1 --out x
refused "--draws N is missing" run tiny.recipe --vary weight_decay=uniform:0:1 --out x
refused "nothing is drawn" run tiny.recipe --vary seed=1 --draws 3 --out x
refused "expected values with commas" run tiny.recipe --vary weight_decay=log:0:1:3 --out x
refused "no option 'decoy'" run tiny.recipe --vary decoy=1 --out x
refused "is not a whole number" run tiny.recipe --vary seed=a --out x
refused "no recipe to begin one with" run --out x
refused "--out DIR is missing" run tiny.recipe
expect 3 grokscope-sweep collect "$folder"
says "has no plan.tsv"
[ ! -e x ] || fail "a refused sweep leaves a folder"
