# Where circles come from: what must hold at both ends of a run, and sums along it.
. "$(dirname "$0")/lib.sh"
expect 0 grokscope-train --p 11 --d-model 32 --n-heads 2 --d-mlp 64 \
    --train-fraction 0.8 --steps 600 --checkpoints linear:60 --out run
keys="--key-fve 0.2"

# At the end all is as it is at the end, and each part fits the others.
expect 0 grokscope-origins run $keys
[ "$(value neurons_kept 1)" = 1 ] || fail "neurons of the end are not those of the end"
for column in with_last_embedding embedding_in_last; do
    [ "$(value $column 1)" = "$(value test_accuracy 1)" ] || fail "$column differs"
done
own=$(value test_accuracy 1) circles=$(value circles 1)

# Of the five frequencies modulo 11 the mean rank of a random draw is 3.
[ "$(value rank_chance 1)" = 3 ] || fail "chance has rank $(value rank_chance 1)"
awk -v a="$(value ahead_chance 1)" -v k="$circles" 'BEGIN { exit !((a - k / 5) ^ 2 < 1e-12) }' ||
    fail "chance is ahead with $(value ahead_chance 1) of $circles circles"

expect 0 grokscope-info run --history=loss
[ "$(value test_accuracy "$(($(wc -l <out) - 1))")" = "$own" ] || fail "accuracy $own"

# Shares are of all power, ranks an order, and sums go along the run.
expect 0 grokscope-origins run --step all --long $keys
[ "$(wc -l <out)" -eq 56 ] || fail "$(wc -l <out) lines for five circles of 11 steps"
awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { k = $at["frequency"]; step = $at["step"]; share[step] += $at["power_share"]
      ranks[step] += $at["rank"]; path[k] += $at["step_length"]
      squares[k] += $at["step_length"] ^ 2
      walk = $at["distance"] ^ 2 / (squares[k] > 0 ? squares[k] : 1)
      if ($at["step"] == 0 && ($at["distance"] != 0 || $at["walk"] != "nan")) exit 1
      if ($at["distance"] > path[k] * (1 + 1e-12)) exit 1
      if (($at["path"] - path[k]) ^ 2 > 1e-18 * path[k] ^ 2) exit 1
      if ($at["step"] > 0 && ($at["walk"] - walk) ^ 2 > 1e-18 * walk ^ 2) exit 1 }
    END { for (s in share) if ((share[s] - 1) ^ 2 > 1e-18 || ranks[s] != 15) exit 1 }' out ||
    fail "sums along the run"
expect 0 grokscope-origins run --step 60: --long $keys --columns walk
[ "$(tail -n +2 out | sort -u)" = nan ] || fail "a walk that does not begin with the run"

# A transplant is what grokscope-ablate does to one tensor.
expect 0 grokscope-origins run --step 300 $keys
there=$(value with_last_embedding 1) back=$(value embedding_in_last 1)
expect 0 grokscope-ablate run --step 300 --drop tensor=embed.W_E --from run
[ "$(value test_accuracy_ablated 1)" = "$there" ] || fail "with the last embedding: $there"
expect 0 grokscope-ablate run --drop tensor=embed.W_E --from run@300
[ "$(value test_accuracy_ablated 1)" = "$back" ] || fail "this embedding in the last: $back"

# A file by itself has no way behind it, and steps of another network none in common.
cp run/step-000000300.h5 alone.h5
expect 2 grokscope-origins alone.h5
says "alone.h5: stands alone, so nothing tells where its circles come from"
for other in "--d-mlp 32" "--p 13"; do
    rm -rf odd mixed
    cp -r run mixed
    expect 0 grokscope-train --p 11 --d-model 32 --n-heads 2 --d-mlp 64 $other \
        --train-fraction 0.8 --steps 60 --checkpoints list:60 --out odd
    cp odd/step-000000060.h5 mixed/
    for rows in checkpoint circle; do
        expect 3 grokscope-origins mixed --step all --long=$rows $keys
        says "step-000000060.h5"
    done
done

expect 2 grokscope-origins run --key-fve 1
says "no frequency explains 1 of any neuron's variance"
expect 0 grokscope-train --task parity --architecture mlp --n 8 --k 2 --steps 1 --out bits
expect 2 grokscope-origins bits
says "binary_table"
exit 0
