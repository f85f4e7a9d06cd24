# Ways of training: batches, other beginnings, checkpoints on events and on signals.
. "$(dirname "$0")/lib.sh"

steps_of() { grokscope-info "$1" --digest --step all | tail -n +2 | cut -f 2 | xargs; }

# Batches: an epoch of 29 examples is three of 8 and one of 5. Resumed in the middle of
# one, bit for bit, with any number of threads.
batches="--batch-size 8 --optimizer sgd --momentum 0.9 --annealing cosine \
    --anneal-steps 100 --log-every 5"
expect 0 grokscope-train $tiny $batches --steps 102 --out whole --threads 1
expect 0 grokscope-train $tiny $batches --steps 41 --out parts --threads 2
expect 0 grokscope-train $tiny $batches --steps 102 --out parts --threads 3 --resume
[ "$(digest whole)" = "$(digest parts)" ] || fail "batches resume to another end"
[ "$(cut -f 5 out | tail -1)" != nan ] || fail "no train accuracy"

# --init-from takes only the weights: a file, a folder's last step, or FOLDER@STEP.
expect 0 grokscope-train $tiny --steps 100 --checkpoints linear:50 --out from
loss=$(cut -f 4 out | tail -1)
for source in from from@100 from/step-000000100.h5; do
    expect 0 grokscope-train $tiny --steps 0 --init-from $source --out into --force
    [ "$(cut -f 4 out | tail -1)" = "$loss" ] || fail "--init-from $source begins elsewhere"
done
expect 0 grokscope-train $tiny --steps 0 --init-from from@50 --out into --force
expect 3 grokscope-train $tiny --steps 0 --init-from nowhere.h5 --out into --force
says "nowhere.h5: No such file"
expect 3 grokscope-train $tiny --steps 0 --biases absent --init-from from --out into --force
says "/params/blocks.0.mlp.b_in is no parameter of this model"
expect 3 grokscope-train $tiny --steps 0 --n-layers 2 --init-from from --out into --force
says "from/step-000000100.h5: /params/blocks.1.attn.W_Q is missing"

# Events: the first logged row with all of the training set right, and half of it.
expect 0 grokscope-train $tiny --steps 400 --log-every 4 --checkpoints list:0 \
    --save-on "train_accuracy:0.5,1" --out events
[ "$(steps_of events | wc -w)" -eq 4 ] || fail "steps $(steps_of events)"
memorised=$(steps_of events | cut -d ' ' -f 3)
grokscope-info events --step "$memorised" | grep -q "train_accuracy	1$" ||
    fail "step $memorised has not memorised"
expect 2 grokscope-train $tiny --save-on train:1 --out x
says "no column 'train'"

# SIGUSR1 saves the step that is being made, and the run goes on.
grokscope-train $tiny --steps 100000000 --checkpoints list:0 --out asked >out 2>err &
pid=$!
while [ ! -e asked/resume.h5 ]; do sleep 0.05; done
for count in 2 3; do
    kill -USR1 $pid
    tries=0
    while [ "$(ls asked/step-*.h5 | wc -l)" -lt $count ]; do
        sleep 0.05
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "no checkpoint after SIGUSR1"
    done
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "SIGINT after SIGUSR1"
expect 0 grokscope-info asked --check --step all

# The spectra of a product are over logarithms, those of a sum are not.
expect 0 grokscope-train $tiny --operation multiply --steps 0 --out product
expect 0 grokscope-fourier product --long
[ "$(cut -f 5 out | sort -u | xargs)" = "logarithm order" ] || fail "order of a product"
[ "$(grep -c "^product	0	embedding	" out)" -eq 4 ] || fail "frequencies of 6 powers"
expect 0 grokscope-fourier product --order residue --format text
expect 2 grokscope-fourier product --order logarithms
says "order: no 'logarithms'; did you mean 'logarithm'?"
exit 0
