# Many tasks: per-task columns of the history, through a stop and a resume, and what
# grokscope-quanta makes of the tasks.
. "$(dirname "$0")/lib.sh"

few="--task multitask_parity --tasks 3 --n 6 --k 2 --zipf 1 --architecture mlp --hidden 32 --optimizer adam --learning-rate 0.01 --weight-decay 0 --warmup 0 --batch-size 64 --log-every 10 --checkpoints linear:50"

expect 0 grokscope-train $few --steps 400 --out run
expect 0 grokscope-info run --history
prints "tasks_loss_by_task[3] tasks_accuracy_by_task[3]"
expect 0 grokscope-info run --history=loss/tasks_accuracy_by_task
[ "$(tail -n +2 out | wc -l)" = 123 ] || fail "three tasks of 41 rows"
[ "$(value value 123)" = 1 ] || fail "the last task is learned"
expect 3 grokscope-info run --history=loss/tasks_loss
says "no vector column 'tasks_loss' in the table loss; there are: batch_loss_by_task, "
expect 0 grokscope-info run --check --step all

# A stop in between changes no bit.
expect 0 grokscope-train $few --steps 220 --out parts
expect 0 grokscope-train $few --steps 400 --out parts --resume
expect 0 grokscope-info parts --history=loss/batch_loss_by_task
mv out once
expect 0 grokscope-info run --history=loss/batch_loss_by_task
cut -f 2- once >a && cut -f 2- out >b
cmp -s a b || fail "per-task columns of a resumed run"

# The tasks, one by one and together.
expect 0 grokscope-quanta run --step all
[ "$(value learned 1)" = 0 ] && [ "$(value learned 9)" = 3 ] || fail "learned tasks"
awk "BEGIN { exit !($(value tail 1) > 0.999) }" && [ "$(value tail 9)" = 0 ] || fail "tail"
[ "$(value loss_of_tail 9)" = nan ] || fail "loss of no tail"
expect 0 grokscope-quanta run --long --step all
[ "$(tail -n +2 out | wc -l)" = 27 ] || fail "three tasks of nine steps"
[ "$(value is_learned 25)" = 1 ] || fail "the first task"
awk "BEGIN { exit !($(value transition 25) > 0 && $(value transition 25) <= $(value transition 27)) }" ||
    fail "transitions"
expect 0 grokscope-quanta run --long=cluster --examples 8 --clusters 3
[ "$(tail -n +2 out | wc -l)" = 3 ] || fail "three clusters"
expect 0 grokscope-quanta run --samples 32 --learned-below 0.01
expect 2 grokscope-quanta run --long=cluster --clusters 1000
says "1000 clusters of 48 things"

# A finite set has its own columns.
expect 0 grokscope-train $few --online=no --train-samples 200 --test-samples 50 \
    --samples-of-task 8 --steps 20 --out finite
expect 0 grokscope-info finite --history
prints "train_loss_by_task[3]"
expect 2 grokscope-train $few --tasks 100 --out none
says "tasks: 100, but there are 15 sets of 2 of 6 bits"
expect 0 grokscope-train $tiny --steps 2 --out pairs
expect 2 grokscope-quanta pairs
says "quanta asks for the facet quanta (many tasks"
