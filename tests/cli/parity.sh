# grokscope-parity: what it tells of networks of bits of every kind, and whom it refuses.
. "$(dirname "$0")/lib.sh"

few="--task parity --n 9 --k 3 --steps 40 --checkpoints linear:20 --batch-size 16 --optimizer sgd --learning-rate 0.1 --weight-decay 0"

# Layers: weights, movements and coefficients; in training as in the program.
expect 0 grokscope-train $few --architecture mlp --out layers --measure parity
expect 0 grokscope-parity layers --step all
[ "$(value fourier_inputs 3)" = 512 ] || fail "inputs of 9 bits"
[ "$(value rho_inf 1)" = 0 ] || fail "movement at the first step"
rho=$(value rho_inf 3)
expect 0 grokscope-info layers --history=parity
[ "$(value rho_inf 3)" = "$rho" ] || fail "the history and the program"
expect 0 grokscope-parity layers --exact-bits 8
[ "$(value fourier_inputs 1)" = 16384 ] || fail "inputs of a sample"
[ "$(value fourier_gap 1)" = nan ] || fail "a gap of a sample"
expect 0 grokscope-parity layers --long
[ "$(tail -n +2 out | cut -f 4 | sort | uniq -c | xargs)" = "6 0 3 1" ] ||
    fail "three of nine bits"

# The smallest networks learn it, and say so: one coefficient is all that is there.
expect 0 grokscope-train $few --online --loss mse --architecture neuron --act-fn sine \
    --batch-size 64 --learning-rate 0.02 --steps 4000 --checkpoints list:0,4000 --out sine
expect 0 grokscope-parity sine
awk "BEGIN { exit !($(value relevant_coefficient 1) > 0.99) }" || fail "E f y"
awk "BEGIN { exit !($(value other_coefficient 1) < 0.01) }" || fail "other sets"
[ "$(value fourier_gap 1)" = nan ] || fail "a gap without hidden neurons"
expect 0 grokscope-train $few --architecture polynet --init bernoulli --out polynet
expect 0 grokscope-parity polynet --long

# A transformer on tokens has coefficients, and no layer with a row for each bit.
expect 0 grokscope-train $few --tokens --architecture transformer --d-model 8 \
    --n-heads 2 --d-mlp 12 --out tokens
expect 0 grokscope-parity tokens
[ "$(value rho_inf 1)" = nan ] || fail "movement of no layer"
[ "$(value relevant_coefficient 1)" != nan ] || fail "coefficients of tokens"

# Two labels, and activations that are powers, sines and have a kink.
for act_fn in cube quartic sine leaky_relu; do
    expect 0 grokscope-train $few --loss cross_entropy --architecture mlp --hidden 8 --force \
        --act-fn $act_fn --out $act_fn
    expect 0 grokscope-parity $act_fn
done

expect 0 grokscope-train $tiny --steps 2 --out pairs
expect 2 grokscope-parity pairs
says "parity asks for the facet bits (strings of bits); "
expect 2 grokscope-parity layers --exact-bits 21
says "exact_bits"
