# Losses in a chosen type, what tells of their collapse, metrics, and the rule muon.
. "$(dirname "$0")/lib.sh"

tiny="--p 7 --d-model 16 --n-heads 2 --d-mlp 16 --train-fraction 0.6 --warmup 0 --log-every 20 --checkpoints linear:100"

# Without decay the gaps grow, and float16 loses most examples.
expect 0 grokscope-train $tiny --weight-decay 0 --learning-rate 0.003 --steps 400 \
    --loss-precision float16 --measure stability,metrics --out half
expect 0 grokscope-stability half --step all
[ "$(value softmax_collapse 1)" = 0 ] || fail "collapsed from the beginning"
awk "BEGIN { exit !($(value softmax_collapse 5) > 0.4) }" || fail "float16 has not collapsed"
[ "$(value softmax_collapse 5)" = "$(value collapse_float16 5)" ] || fail "not the loss's type"
[ "$(value collapse_float64 5)" = 0 ] || fail "float64 has collapsed as well"
collapse=$(value softmax_collapse 3)
expect 0 grokscope-info half --history=stability --columns step,softmax_collapse
[ "$(value softmax_collapse 3)" = "$collapse" ] || fail "the history says something else"
expect 0 grokscope-stability half --long
[ "$(value tensor 1)" = embed.W_E ] || fail "no row for each tensor"

# The precision is a matter of the weights, and there with a cross entropy alone.
expect 2 grokscope-train --resume --out half --steps 500 --loss-precision float32
says "loss_precision"
expect 2 grokscope-train $tiny --loss mse --loss-precision float32 --out none
says "loss_precision: float32 is for a cross entropy, and the loss is one_hot_error"
expect 2 grokscope-train $tiny --loss-precision float8 --out none
says "loss_precision: no 'float8'; did you mean 'float16'?"

# StableMax has no softmax that could collapse; the programs score its logits.
expect 0 grokscope-train $tiny --loss stablemax --learning-rate 0.01 --weight-decay 0 --steps 200 \
    --out stable
expect 0 grokscope-stability stable
[ "$(value softmax_collapse 1)" = nan ] || fail "stablemax has a softmax"
expect 0 grokscope-info stable
prints "stablemax"
expect 0 grokscope-progress stable
expect 0 grokscope-metrics stable --columns train_accuracy,train_nll
[ "$(value train_accuracy 1)" = 1 ] || fail "stablemax does not learn"

# A network of numbers has no labels to score.
expect 0 grokscope-train --task parity --architecture mlp --n 6 --k 2 --hidden 8 --steps 10 \
    --train-samples 20 --test-samples 20 --checkpoints list:10 --out signs
expect 0 grokscope-metrics signs --step 10
[ "$(value train_nll 1)" = nan ] || fail "a sign has a probability"

# Along a run each metric has a width; of one checkpoint there is none.
expect 0 grokscope-metrics half --step all --long
[ "$(tail -n +2 out | wc -l)" = 80 ] || fail "five checkpoints of sixteen metrics"
[ "$(value width 2)" != nan ] || fail "no width of the training accuracy"
expect 0 grokscope-metrics half --long
[ "$(value width 1)" = nan ] || fail "a width of one checkpoint"

# Muon and its exact form learn, stop and go on bit for bit.
decay="--weight-decay 0.1"
for rule in muon polar; do
    expect 0 grokscope-train $tiny $decay --optimizer $rule --learning-rate 0.01 --steps 200 \
        --out whole-$rule
    [ "$(value train_accuracy 1)" = 1 ] || fail "$rule does not learn"
    expect 0 grokscope-train $tiny $decay --optimizer $rule --learning-rate 0.01 --steps 90 \
        --out parts-$rule
    expect 0 grokscope-train --resume --out parts-$rule --steps 200 --threads 1
    [ "$(digest whole-$rule)" = "$(digest parts-$rule)" ] ||
        fail "a resumed run of $rule is another"
done
expect 0 grokscope-train $tiny --optimizer 'muon scale jordan nesterov no mu 0.9' --steps 5 \
    --out jordan
expect 0 grokscope-train --out jordan --resume --print-config
prints "optimizer = muon mu 0.9 nesterov no scale jordan"

# What early stopping would have cost.
expect 0 grokscope-train $tiny --steps 300 --patience 2 --out patient
[ "$(value early_stop_step 1)" != nan ] || fail "two evaluations are soon over"
expect 0 grokscope-train $tiny --steps 300 --patience 100 --out patient --force
[ "$(value early_stop_step 1)" = nan ] || fail "there are no hundred evaluations"
