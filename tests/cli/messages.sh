# Bad input gets a message that names it, the exit code says of which kind it is, and
# nothing is lost.
. "$(dirname "$0")/lib.sh"

# Command lines: 2
expect 2 grokscope-train no-such-recipe --out x
says "no file and no recipe 'no-such-recipe'"
expect 2 grokscope-train nanda-mainlin --out x
says "did you mean 'nanda-mainline'?"
expect 2 grokscope-train $tiny --learning-rat 1 --out x
says "no option '--learning-rat'; did you mean '--learning-rate'?"
expect 2 grokscope-train $tiny --lr 1 --out x
says "no option '--lr'; did you mean '--learning-rate'?"
expect 2 grokscope-train --architecture mlp --d-model 8 --out x
says "--d-model is an option of architecture transformer, zhong_alpha"
says "; the architecture is mlp"
expect 2 grokscope-train --digits 3 --out x
says "--digits is an option of task digits; the task is binary_operation"
expect 2 grokscope-train $tiny --act-fn mish --out x
says "act_fn: no 'mish'; it is one of 'relu', 'gelu'"
expect 2 grokscope-train $tiny --act-fn ReLU --out x
says "act_fn: no 'ReLU'; did you mean 'relu'?"
expect 2 grokscope-train $tiny --learning-rate fast --out x
says "learning_rate: 'fast' is not a number"
expect 2 grokscope-train $tiny --train-fraction 1.5 --out x
says "train_fraction: 1.5 is outside"
expect 2 grokscope-train $tiny
says "--out DIR is missing"
expect 2 grokscope-train $tiny --operation divide --p 9 --out x
says "prime"
expect 2 grokscope-train $tiny --checkpoints weekly --out x
says "'weekly' is none of linear:N, log:N, list:N,N"
expect 2 grokscope-train --p 7 --d-model 3 --n-heads 4 --out x
says "d_model 3 is less than n_heads 4"
printf 'p = 7\nwieght_decay = 1\n' >bad.recipe
expect 3 grokscope-train bad.recipe --out x
says "bad.recipe:2: no option 'wieght_decay'; did you mean 'weight_decay'?"
[ ! -e x ] || fail "a wrong command line leaves a folder"

# Runs are not overwritten.
expect 0 grokscope-train $tiny --steps 20 --out run
before=$(digest run)
expect 1 grokscope-train $tiny --steps 20 --out run
says "run: holds a run already (up to step 20); --resume continues it, --force replaces it"
echo mine >run/notes.txt
expect 0 grokscope-train $tiny --steps 20 --out run --force
[ "$(cat run/notes.txt)" = mine ] || fail "--force removes files that are not ours"
[ "$(digest run)" = "$before" ] || fail "--force does not repeat the run"
expect 2 grokscope-train $tiny --steps 40 --learning-rate 0.01 --out run --resume
says "learning_rate: '0.01', but the run began with '0.001'"

# Files: 3
expect 3 grokscope-info nothing.h5
says "nothing.h5: No such file or directory"
echo text >text.h5
expect 3 grokscope-info text.h5
says "text.h5: not an HDF5 file"
head -c 5000 run/step-000000020.h5 >torn.h5
expect 3 grokscope-info torn.h5
says "torn.h5"
# A file that is not what its last line says; whoever does not want to know reads it.
mkdir damaged
{ head -c -2 run/step-000000020.h5 && echo x; } >damaged/step-000000020.h5
for program in info norms fourier export; do
    output=
    [ $program = export ] && output="-o damaged.npz"
    expect 3 grokscope-$program damaged $output
    says "damaged/step-000000020.h5: is damaged: its bytes do not have the SHA-256"
    expect 0 grokscope-$program damaged --no-verify $output
done
expect 3 grokscope-info damaged --check --no-verify
prints "is damaged"
expect 3 grokscope-info --check run/step-000000000.h5 torn.h5
prints "$(printf 'run/step-000000000.h5\tok')"
expect 3 grokscope-info run --step 7
says "run: no step '7'; there are 2, from 0 to 20"
expect 2 grokscope-info run --step sometimes
says "step: 'sometimes' is none of first, last, all, N, A:B:K"
expect 2 grokscope-info - <run/step-000000000.h5
says "HDF5 cannot be read from a pipe"

expect 3 grokscope-fourier run/run.h5
says "give the run's folder, or one of its step files"

# A folder that cannot be made.
expect 1 grokscope-train $tiny --steps 1 --out text.h5/run
says "text.h5"

# A loss that is no longer finite: the last good weights are saved.
expect 1 grokscope-train $tiny --learning-rate 1000 --weight-decay 0 --steps 500 \
    --warmup 0 --epsilon 0 --out wild
says "the train loss became"
says "are saved"
step=$(sed -n 's/.*the weights of step \([0-9]*\) are saved.*/\1/p' err)
expect 0 grokscope-info wild --step "$step" --check
expect 0 grokscope-info wild --step "$step"
grep train_loss out | grep -qv nan || fail "the saved loss is nan"
grokscope-fourier wild --step "$step" --columns embedding_share,unembedding_share,neuron_logit_share |
    grep -q nan && fail "saved weights are not finite"

# A step file under the name of another step.
cp -r run copied
last=$(ls copied/step-* | tail -1)
cp "$last" copied/step-000000999.h5
expect 3 grokscope-info copied --check --step all
prints "is step 999 by its name, but step"
expect 3 grokscope-norms copied
says "copied/step-000000999.h5: is step 999 by its name, but step"
rm -r copied

# A full disk: a clear message, what was saved stays, and the run goes on later.
expect 0 grokscope-train $tiny --steps 400 --out full
whole=$(digest full)
rm -rf full
(trap '' XFSZ; ulimit -f 8 && exec grokscope-train $tiny --steps 400 --out full) >out 2>err
[ $? -eq 1 ] || fail "a full disk ends with another code than 1"
says "File too large"
ls full | grep -q tmp && fail "a failed write leaves its temporary file"
echo "seed = 0" >plain.recipe
expect 0 grokscope-train plain.recipe $tiny --steps 400 --out full --resume
[ "$(digest full)" = "$whole" ] || fail "the run after a full disk differs"

# Standard output that cannot be written.
if [ -c /dev/full ]; then
    grokscope-info run >/dev/full 2>err
    [ $? -eq 1 ] || fail "a full standard output is not noticed"
    says "standard output"
fi
exit 0
