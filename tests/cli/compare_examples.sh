# grokscope-compare of networks that answer no pairs: both are asked the examples of A's
# dataset.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

parity="--task parity --n 30 --k 2 --train-samples 60 --test-samples 90 --architecture mlp
    --hidden 16 --steps 40 --checkpoints linear:20 --batch-size 20"
digits="--task digits --digits 2 --train-samples 60 --test-samples 40 --d-model 16
    --n-heads 2 --d-mlp 24 --steps 20 --checkpoints linear:10"
toy="--task symbol_sum --p 6 --train-samples 15 --architecture embedding_sum --hidden 12
    --steps 30 --checkpoints linear:30"
teacher="--task teacher_student --d-in 3 --d-out 2 --d-hidden 8 --train-samples 30
    --test-samples 20 --tolerance 0.05 --architecture mlp --hidden 10,10 --steps 20
    --checkpoints linear:20"
for task in parity digits toy teacher; do
    eval "options=\$$task"
    for seed in 0 1; do
        expect 0 grokscope-train $options --seed $seed --out $task$seed
    done
done

is() { [ "$(value "$1" 1)" = "$2" ] || fail "$1 is $(value "$1" 1), expected $2"; }
number() { value "$1" 1 | grep -qx -- '-*[0-9][0-9.e+-]*' || fail "$1 is $(value "$1" 1)"; }

# ---- A checkpoint beside itself ----

for task in parity digits toy teacher; do
    expect 0 grokscope-compare ${task}0 ${task}0
    for column in max_difference barrier barrier_test barrier_matched weight_distance_matched; do
        is $column 0
    done
    is agreement 1
    is agreement_test 1
    is asked examples
    for column in neuron_cka logit_cka matched_correlation; do
        value $column 1 | awk '{ exit !($1 > 1 - 1e-9 && $1 < 1 + 1e-9) }' ||
            fail "$column of $task: $(value $column 1)"
    done
done

# ---- Two seeds ----

for task in parity digits toy teacher; do
    expect 1 grokscope-compare ${task}0 ${task}1
    says "frequencies: its data have no facet binary_table"
    for column in weight_distance weight_distance_matched neuron_cka neuron_procrustes \
        logit_cka logit_procrustes matched_correlation agreement agreement_test loss_a \
        loss_b test_loss_a test_loss_b barrier barrier_test barrier_matched l2_a; do
        number $column
    done
    is keys_a ""
    is spectrum_cosine nan
    cp out $task.tsv
    expect 1 grokscope-compare ${task}0 ${task}1 --threads 3
    cmp -s out $task.tsv || fail "the numbers of $task depend on the threads"
    expect 1 grokscope-compare ${task}0 ${task}1 --long=neuron
    [ "$(cut -f 7 out | grep -c '^-*[0-9]')" -gt 5 ] || fail "neurons of $task"
    expect 1 grokscope-compare ${task}0 ${task}1 --long=barrier --barrier-points 5
    [ "$(wc -l <out)" -eq 6 ] || fail "points of the line of $task"
    expect 2 grokscope-compare ${task}0 ${task}1 --long=frequency
    says "no frequencies to compare with those of ${task}0/"
    # Of many at once, what is said of two, but for roundings in single precision.
    expect 0 grokscope-compare ${task}0 ${task}1 --all-pairs=full
    cp out many.tsv
    for column in weight_distance agreement neuron_cka matched_correlation \
        weight_distance_matched barrier barrier_matched; do
        cp many.tsv out
        many=$(value $column 1)
        cp $task.tsv out
        echo "$many $(value $column 1)" |
            awk '{ exit !(($1 - $2) ^ 2 <= 1e-14 * $1 ^ 2) }' ||
            fail "$column of $task: $(value $column 1) of two, $many of many"
    done
    cp many.tsv out
    value logit_cka 1 | grep -qx '0\.[0-9]*' || fail "logit_cka of $task"
    expect 0 grokscope-compare ${task}0 --step all --all-pairs --matrix agreement
    [ "$(value step 1)" = 0 ] || fail "a square of $task"
    expect 0 grokscope-compare ${task}0 --step all --trajectory
done

# The loss at an end of the line is the trainer's: its log has it.
for task in parity digits toy teacher; do
    expect 0 grokscope-info ${task}0 --history=loss
    logged=$(value test_loss $(($(wc -l <out) - 1)))
    cp $task.tsv out
    echo "$logged $(value test_loss_a 1)" |
        awk '{ exit !($1 > 0 && ($1 - $2) ^ 2 < 1e-10 * $1 ^ 2) }' ||
        fail "test_loss_a of $task is $(value test_loss_a 1), in the log $logged"
done

cp digits.tsv out
is num_asked 100
is num_test 40
number kl
number kl_test
number embedding_cka
cp parity.tsv out
is num_asked 150
is kl nan
is embedding_cka nan
cp toy.tsv out
is num_asked 21
is num_test 6
is kl nan

# ---- Other data ----

# The toy's examples are the same; another seed puts others into the training set.
expect 0 grokscope-train $toy --data-seed 1 --seed 2 --out toy2
expect 1 grokscope-compare toy0 toy2
is num_asked 21
[ "$(value num_test 1)" -lt 6 ] || fail "what one was trained on is no test of both"
number barrier
# Examples of another seed are asked all the same; the answers may be others.
expect 0 grokscope-train $parity --n 40 --data-seed 1 --out bits1
expect 0 grokscope-train $parity --n 40 --data-seed 2 --out bits2
expect 1 grokscope-compare bits1 bits2
is num_asked 150
is num_test 90
number agreement
# A stream is tested on examples that nobody is trained on.
expect 0 grokscope-train $parity --n 40 --online yes --test-samples 70 --out stream
expect 1 grokscope-compare stream bits1
is num_asked 70
is num_test 70
expect 1 grokscope-compare parity0 bits1
says "examples: one network reads x [40], but the examples have x [30]"
is agreement nan
is asked ""
is num_asked 0
expect 1 grokscope-compare parity0 digits0
says "examples: one network reads tokens [9] below 12, but the examples have no such field"
expect 0 grokscope-train $tiny --steps 2 --out pairs
expect 1 grokscope-compare pairs digits0
says "examples: one network is asked pairs, and the other's data have no facet binary_table"
expect 1 grokscope-compare digits0 pairs
says "pairs: one is asked pairs, the other examples"
expect 1 grokscope-compare pairs pairs@0
is asked pairs
is num_asked 49

# Of many, those that can be asked the same are compared.
expect 0 grokscope-compare parity0 parity1 bits1 digits0 pairs --all-pairs
[ "$(wc -l <out)" -eq 11 ] || fail "pairs of five"
number agreement
for row in 2 3 4 5; do
    [ "$(value agreement $row)" = nan ] || fail "agreement of row $row"
done
exit 0
