# grokscope-compare: what two checkpoints have in common, and diff's exit codes.
# usage: compare.sh PYTHON
python=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
$python -c 'import h5py, scipy' 2>err || { cat err && echo "skipped: no h5py, scipy" && exit 0; }

# field NAME: the column of that name, without its head.

expect 0 grokscope-train $tiny --steps 60 --checkpoints linear:20 --out a
expect 0 grokscope-train $tiny --steps 60 --seed 1 --data-seed 1 --out b
expect 0 grokscope-train $tiny --d-mlp 20 --steps 20 --out narrow
last=step-000000060.h5

# ---- A checkpoint beside itself ----

cp a/$last copy.h5
for other in a copy.h5 a@60 a/$last; do
    expect 0 grokscope-compare a $other
    [ "$(field same)" = 1 ] || fail "same of $other"
    for column in max_difference weight_distance weight_distance_matched kl barrier \
        barrier_test barrier_matched barrier_matched_test; do
        [ "$(field $column)" = 0 ] || fail "$column of $other: $(field $column)"
    done
    for column in agreement keys_jaccard matched_frequency; do
        [ "$(field $column)" = 1 ] || fail "$column of $other: $(field $column)"
    done
    for column in embedding_cka neuron_cka logit_cka spectrum_cosine weight_cosine \
        matched_correlation; do
        field $column | awk '{ exit !($1 > 1 - 1e-12 && $1 < 1 + 1e-12) }' ||
            fail "$column of $other: $(field $column)"
    done
    for column in embedding_procrustes neuron_procrustes logit_procrustes; do
        field $column | awk '{ exit !($1 >= 0 && $1 < 1e-12) }' || fail "$column of $other"
    done
    [ -z "$(field why_nan)" ] || fail "something was not compared: $(field why_nan)"
done
expect 0 grokscope-compare a copy.h5 --long=neuron
[ "$(field neuron_a)" = "$(field neuron_b)" ] || fail "a's neurons are not its own"
expect 0 grokscope-compare a copy.h5 --long=tensor
[ "$(field same | sort -u)" = 1 ] || fail "tensors of a copy differ"

# ---- Against numpy and scipy ----

agrees() { # A B: every table is what the definitions say
    for rows in pair frequency tensor barrier neuron; do
        grokscope-compare "$1" "$2" --long=$rows >$rows.tsv 2>err
        [ $? -eq 1 ] || fail "--long=$rows of $1 and $2: $(cat err)"
    done
    "$python" -B "$here/compare.py" "$1" "$2" >compared 2>why || fail "compare.py: $(cat why)"
    [ "$(cat compared)" -gt 60 ] || fail "$(cat compared) numbers compared"
}
agrees a/$last b/$last
agrees a/step-000000000.h5 a/$last
for architecture in chughtai_mlp zhong_beta zhong_delta gromov_mlp; do
    as="--d-model 8"
    [ $architecture = gromov_mlp ] && as="--act-fn square --loss mse"
    for seed in 0 1; do
        expect 0 grokscope-train --p 7 --layout 'a b' --architecture $architecture $as \
            --d-mlp 12 --train-fraction 0.7 --steps 30 --seed $seed \
            --out $architecture$seed
    done
    expect 1 grokscope-compare ${architecture}0 ${architecture}1
    field matched_correlation | grep -qx '[0-9.e-]*' || fail "matching of $architecture"
done

# ---- Neurons in another order ----

for run in a chughtai_mlp0 zhong_beta0 zhong_delta0 gromov_mlp0; do
    file=$(ls $run/step-*.h5 | tail -1)
    "$python" -B "$here/compare.py" --permute "$file" moved.h5 || fail "permuting $run"
    expect 1 grokscope-compare $file moved.h5
    [ "$(field same)" = 0 ] || fail "moved neurons of $run are the same"
    [ "$(field weight_distance)" != 0 ] || fail "nothing was moved in $run"
    for column in weight_distance_matched barrier_matched barrier_matched_test; do
        [ "$(field $column)" = 0 ] || fail "$column of moved $run: $(field $column)"
    done
    field logit_cka | awk '{ exit !($1 > 1 - 1e-9) }' || fail "moved $run answers otherwise"
    expect 1 grokscope-compare $file moved.h5 --long=neuron
    field neuron_b | sort -n >found
    [ "$(field neuron_a)" = "$(cat found)" ] || fail "no matching of all neurons of $run"
    expect 1 grokscope-compare $file moved.h5 --long=tensor
    [ "$(field distance_matched | sort -u)" = 0 ] || fail "tensors of moved $run"
done

# ---- One beside many ----

expect 1 grokscope-compare a@0 a --step all
[ "$(field step_b | xargs)" = "0 20 40 60" ] || fail "steps of a: $(field step_b | xargs)"
[ "$(field same | xargs)" = "1 0 0 0" ] || fail "same of a: $(field same | xargs)"
[ "$(field step_a | sort -u)" = 0 ] || fail "steps of a@0"
head -1 out | grep -q "^run_a	step_a	run_b	step_b	same	" || fail "the first columns"
cp out all
for threads in 1 3; do
    expect 1 grokscope-compare a@0 a --step all --threads $threads
    cmp -s out all || fail "the numbers depend on the threads"
done
expect 1 grokscope-compare a@0 a@60 --threads 1
[ "$(tail -1 out)" = "$(tail -1 all)" ] || fail "one pair is not one of many"
expect 1 grokscope-compare a a@60 b a@60
[ "$(field run_b | xargs)" = "a b a" ] || fail "three others"
expect 1 grokscope-compare a b --control random,init
[ "$(field same)" = 0 ] || fail "same beside controls"
field embedding_cka_random | grep -qx '0\.[0-9]*' || fail "no control"
expect 1 grokscope-compare a b --format json
prints '"run_a": "a"'
expect 1 grokscope-compare a b --format h5 -o pair.h5
expect 0 "$python" -c 'import h5py; assert h5py.File("pair.h5")["same"][0] == 0'
expect 1 grokscope-compare a b --format text
prints "weight_distance_matched"

# ---- Tolerances ----

"$python" - a/$last near.h5 <<'EOP'
import shutil, sys, h5py
shutil.copy(*sys.argv[1:])
with h5py.File(sys.argv[2], "r+") as file:
    w = file["params/embed.W_E"]
    w[0, 0] *= 1.001
EOP
expect 1 grokscope-compare a near.h5
expect 1 grokscope-compare a near.h5 --rtol 9e-4
expect 0 grokscope-compare a near.h5 --rtol 1.1e-3
[ "$(field same)" = 1 ] || fail "same within rtol"
expect 0 grokscope-compare a near.h5 --atol 1
expect 1 grokscope-compare a near.h5 --long=tensor
[ "$(field num_different | sort -n | tail -1)" = 1 ] || fail "one value differs"

# ---- What cannot be compared ----

expect 1 grokscope-compare a narrow
says "not compared: weights: blocks.0.mlp.W_in is [16, 32] and [16, 20]"
[ "$(field weight_distance)$(field barrier)" = nannan ] || fail "weights of two widths"
field neuron_cka | grep -qx '0\.[0-9]*' || fail "neurons of two widths"
expect 1 grokscope-compare a narrow --quiet
[ ! -s err ] || fail "--quiet is not quiet"
expect 1 grokscope-compare narrow a --long=neuron
[ "$(field neuron_b | sort -u | wc -l)" -eq 20 ] || fail "twenty neurons are matched"
expect 1 grokscope-compare a narrow --long=neuron
[ "$(field neuron_b | grep -cx -- -1)" -eq 12 ] || fail "twelve neurons are left"
expect 2 grokscope-compare a narrow --long=barrier
says "no weights on a line to compare with those of a/$last"
expect 0 grokscope-train $tiny --p 11 --steps 2 --out eleven
expect 1 grokscope-compare a eleven
says "pairs: pairs of 7 elements and of 11"
[ "$(field embedding_cka)" = nan ] || fail "embeddings of 7 and 11 rows"
expect 2 grokscope-compare a eleven --long
says "no frequencies to compare"
expect 0 grokscope-train $tiny --attention-rate 0 --steps 2 --out plain
expect 1 grokscope-compare a plain
says "barrier: no line between networks of another attention_rate"
expect 0 grokscope-train $tiny --operation subtract --steps 2 --out less
expect 1 grokscope-compare a less
says "barrier: no line between networks of other answers"
says "clockpizza: the operation is a - b"
expect 0 grokscope-train --operation compose --group S3 --layout 'a b' --architecture chughtai_mlp \
    --d-model 8 --d-mlp 8 --train-fraction 0.8 --steps 3 --out s3
expect 1 grokscope-compare s3@0 s3
says "frequencies: the elements of the group"
field barrier_matched | grep -qx '[0-9.e-]*' || fail "no barrier of S3"
[ "$(field keys_a)" = "" ] || fail "keys of S3"

# Elements of two groups are not the same, whatever their number.
for group in C6 S3; do
    expect 0 grokscope-train --operation compose --group $group --layout 'a b' --train-fraction 0.8 \
        --architecture chughtai_mlp --d-model 8 --d-mlp 8 --steps 4 --out other_$group
done
expect 1 grokscope-compare s3 other_C6
says "pairs: elements of S3 and of C6 are not the same"
[ "$(field agreement)" = nan ] || fail "elements of two groups agree"
expect 1 grokscope-compare s3 other_S3
[ "$(field agreement)" != nan ] || fail "elements of one group are not the same"

# Tensors without a network: only weights
"$python" - <<'EOP'
import numpy as np
rng = np.random.default_rng(0)
w = {"x": rng.normal(size=(3, 4)).astype("f4"), "y": np.array([1, np.nan], "f4")}
np.savez("one.npz", **w)
w["x"][1, 2] += 0.5
np.savez("two.npz", **w)
EOP
for name in one two; do
    expect 0 grokscope-import $name.npz --architecture tensors -o $name.h5
done
expect 0 grokscope-compare one.h5 one.h5
expect 1 grokscope-compare one.h5 two.h5 --long=tensor
[ "$(field num_different | xargs)" = "1 0" ] || fail "nan is not nan"
field distance | head -1 | awk '{ exit !($1 > .4999999 && $1 < .5000001) }' || fail "distance"
expect 1 grokscope-compare one.h5 a
says "pairs: tensors without a network"

# ---- Trouble ----

expect 2 grokscope-compare a
says "1 checkpoints given, expected A and B"
expect 2 grokscope-compare a nothing.h5
says "nothing.h5: No such file"
expect 2 grokscope-compare a b@7
says "b: no step '7'; there are 2, from 0 to 60"
head -c 5000 a/$last >torn.h5
expect 2 grokscope-compare torn.h5 a
expect 2 grokscope-compare a torn.h5
says "torn.h5"
expect 2 grokscope-compare a b --barrier-points 2
says "barrier_points: 2, expected 0, or 3 or more"
expect 1 grokscope-compare a b --barrier-points 0
[ "$(field barrier)" = nan ] || fail "a barrier without points"
echo mine >answer.tsv
expect 2 grokscope-compare a b -o answer.tsv
says "answer.tsv: exists; --force replaces it"
expect 0 grokscope-compare --help
prints "they differ by more than --rtol and --atol allow"
exit 0
