# Measures while training: their tables in the files, resumed to the bit; conditions
# that stop and save; what is refused before anything is written.
. "$(dirname "$0")/lib.sh"

all() { grokscope-info "$1" --digest --step all | cut -f 2,3; }
steps_of() { grokscope-info "$1" --digest --step all | tail -n +2 | cut -f 2 | xargs; }
measures=norms,progress,rqi
watched="$tiny --log-every 7 --checkpoints linear:40 --measure $measures --measure-every 15"

# The history tells what the programs tell of the files.
expect 0 grokscope-train $watched --steps 95 --out run --threads 1
says "measuring took"
[ "$(value measure_seconds 1)" != 0 ] || fail "no time to measure"
expect 0 grokscope-info run --history
[ "$(tail -n +2 out | cut -f 3,4 | xargs)" = "loss 23 norms 10 progress 10 rqi 10" ] ||
    fail "tables"
prints "step rqi_gram rqi_angle pca_entropy"
expect 0 grokscope-info run --history=norms
[ "$(tail -n +2 out | cut -f 2 | xargs)" = "0 15 30 40 45 60 75 80 90 95" ] ||
    fail "rows of norms"
l2=$(value l2 10)
expect 0 grokscope-norms run
[ "$(value l2 1)" = "$l2" ] || fail "norms of the history and of the file"
expect 0 grokscope-info run
prints "$(printf 'norms\tl2\t%s' "$l2")"
expect 0 grokscope-info run --check --step all
expect 3 grokscope-info run --history=norm
says "no table 'norm' in its history; there are: loss, norms, progress, rqi"

# Any number of threads, and a stop in between, change no bit.
expect 0 grokscope-train $watched --steps 95 --out threads --threads 3
all run >a
all threads >b
cmp -s a b || fail "threads change what is measured"
for stop in 33 40 45 47; do # off all schedules; saved; measured; logged
    rm -rf parts
    expect 0 grokscope-train $watched --steps $stop --out parts --threads 2
    expect 0 grokscope-train $watched --steps 95 --out parts --resume
    [ "$(digest run)" = "$(digest parts)" ] || fail "resumed from $stop it differs"
done
expect 0 grokscope-train --out parts --steps 130 --resume
expect 0 grokscope-train $watched --steps 130 --out straight
[ "$(digest straight)" = "$(digest parts)" ] || fail "resumed without a recipe it differs"

# Other measures are another run.
echo "log_every = 7" >plain.recipe
expect 2 grokscope-train plain.recipe $tiny --steps 200 --out parts --resume
says "measure: '', but the run began with '$measures'; only steps, checkpoints, stop_*"
expect 2 grokscope-train --measure-every 10 --steps 200 --out parts --resume
says "measure_every: '10', but the run began with '15'"

# Conditions stop: alternatives, of which one is two that hold together.
stops="norms.l2 > 1 and step >= 45, test_loss < 0"
expect 0 grokscope-train $watched --steps 500 --stop-when "$stops" --out stopped
[ "$(value step 1) $(value end 1)" = "45 stop_when" ] || fail "stop: $(tail -1 out)"
says "stopped at step 45: stop_when: norms.l2 > 1 and step >= 45"
expect 0 grokscope-train $watched --steps 500 --stop-when "$stops" --out stopped --resume
prints finished_before
# They have to hold for as long as patience asks, across a stop of the program.
expect 0 grokscope-train $watched --steps 500 --stop-when "$stops" --stop-patience 30 \
    --out patient
[ "$(value step 1)" -eq 75 ] || fail "patience: $(tail -1 out)"
expect 0 grokscope-train $watched --steps 50 --stop-when "$stops" --stop-patience 30 \
    --out waiting
expect 0 grokscope-train $watched --steps 500 --stop-when "$stops" --stop-patience 30 \
    --out waiting --resume
[ "$(digest patient)" = "$(digest waiting)" ] || fail "patience is not resumed"

# Conditions save the first row where they hold, each once.
saves="norms.l2 > 1 and step > 30, train_accuracy > 0.4, norms.l2 > 1e9"
expect 0 grokscope-train $watched --steps 100 --checkpoints list:0 --save-when "$saves" \
    --out saved
[ "$(steps_of saved | wc -w)" -eq 4 ] || fail "saved $(steps_of saved)"
steps_of saved | grep -qw 45 || fail "saved $(steps_of saved)"
expect 0 grokscope-train $watched --steps 50 --checkpoints list:0 --save-when "$saves" \
    --out again
expect 0 grokscope-train $watched --steps 100 --checkpoints list:0 --save-when "$saves" \
    --out again --resume
[ "$(steps_of again | xargs -n 1 | grep -vx 50 | xargs)" = "$(steps_of saved)" ] ||
    fail "resumed it saves $(steps_of again)"
[ "$(digest again)" = "$(digest saved)" ] || fail "resumed with save_when it differs"

# What cannot be is refused before a folder is made, or a run removed.
refused() { # MESSAGE OPTIONS…
    message=$1
    shift
    before=$(all run)
    expect 2 grokscope-train $tiny --steps 10 "$@" --out nowhere
    says "$message"
    [ ! -e nowhere ] || fail "a refused run leaves a folder: $*"
    expect 2 grokscope-train $tiny --steps 10 "$@" --out run --force
    [ "$(all run)" = "$before" ] || fail "a refused run removes another: $*"
}
refused "measure: no measure 'norm'; did you mean 'norms'?" --measure norm
refused "measure: 'rqi' stands twice" --measure rqi,rqi
refused "measure: clockpizza: step 0: the operation is" \
    --measure norms,clockpizza --operation quad1
refused "measure: progress: step 0: operation quad1" --measure progress --operation quad1
refused "stop_when: no column 'test_los' in the table 'loss'; did you mean 'test_loss'?" \
    --stop-when "test_los < 1"
refused "stop_when: norms.l2 asks for --measure norms" \
    --stop-when "norms.l2 < 1" --measure rqi
refused "save_when: '=' is none of < <= > >= == !=" --save-when "test_loss = 1"

# A split may be evaluated seldom: its other cells are nan, saved rows have all, and
# nothing else changes; a stop in between leaves no trace.
seldom="$tiny --log-every 5 --checkpoints linear:30"
evaluated() {
    expect 0 grokscope-info "$1" --history=loss --columns step,"$2"
    tail -n +2 out
}
expect 0 grokscope-train $seldom --steps 60 --out often
expect 0 grokscope-train $seldom --steps 60 --evaluate-every test:20 --out seldom
evaluated often test_loss >a
evaluated seldom test_loss | grep -v nan >b
[ "$(cut -f 1 b | xargs)" = "0 20 30 40 60" ] || fail "evaluated: $(xargs <b)"
[ "$(grep -cFxf a b)" = 5 ] || fail "other losses where both evaluate"
evaluated often train_loss >a
evaluated seldom train_loss >b
cmp -s a b || fail "the training losses differ"
for stop in 25 33; do
    rm -rf parts
    expect 0 grokscope-train $seldom --steps $stop --evaluate-every test:20 --out parts
    [ "$(value test_loss 1)" != nan ] || fail "the last row lacks its test loss"
    expect 0 grokscope-train --out parts --steps 60 --resume
    [ "$(digest seldom)" = "$(digest parts)" ] || fail "resumed from $stop it differs"
done
expect 0 grokscope-train $seldom --steps 500 --evaluate-every test:20 --out parts \
    --stop-when "test_loss > 0" --stop-patience 35 --force
[ "$(value step 1)" = 35 ] || fail "patience: $(tail -1 out)" # between its rows
expect 2 grokscope-train $seldom --evaluate-every tset:20 --out wrong
says "evaluate_every: no split 'tset'; this task has train, test"
expect 2 grokscope-train $seldom --evaluate-every test:0 --out wrong
says "evaluate_every: '0' is no number of steps from 1"
expect 2 grokscope-train $seldom --evaluate-every test --out wrong
says "evaluate_every: 'test' is no SPLIT:N"
