# A run that was stopped goes on bit for bit, with another number of threads too.
. "$(dirname "$0")/lib.sh"

grokscope-train $tiny --steps 300 --out whole --threads 1 -q >/dev/null || fail whole
all() { grokscope-info "$1" --digest --step all | cut -f 2,3; }

# Stopped by reaching `steps`, then told to go further.
expect 0 grokscope-train $tiny --steps 130 --out parts --threads 2
expect 0 grokscope-train $tiny --steps 300 --out parts --threads 3 --resume
all whole >a
all parts | grep -v '^130' >b
# Files from before carry their own `steps` in the configuration; what both wrote with
# the same configuration is the same.
[ "$(tail -1 a)" = "$(tail -1 b)" ] || fail "the last files differ"

# Without a recipe a run goes on as it was configured.
expect 0 grokscope-train $tiny --steps 130 --seed 7 --out own
expect 0 grokscope-train --out own --resume --steps 150
expect 0 grokscope-train $tiny --steps 150 --seed 7 --out straight
[ "$(digest own)" = "$(digest straight)" ] || fail "resumed without a recipe differs"

# A run keeps the rewrites it began with, with and without a recipe.
echo "seed = 5" >five.recipe
expect 0 grokscope-train five.recipe $tiny --rewrite gather,sums --steps 120 --out kept
expect 0 grokscope-train five.recipe $tiny --steps 150 --out kept --resume
expect 0 grokscope-train five.recipe $tiny --rewrite sums,gather --steps 150 --out same
[ "$(digest kept)" = "$(digest same)" ] || fail "a resumed run has other rewrites"
expect 2 grokscope-train five.recipe $tiny --rewrite all --steps 170 --out kept --resume
says "rewrite: "
says "but the run began with 'gather,sums'"

# A finished run is left as it is.
expect 0 grokscope-train $tiny --steps 300 --out parts --resume
says "finished already, at step 300"
prints finished_before

# --resume where there is no run begins with a recipe, and says so; without one it is
# taken for a slip.
echo "seed = 0" >plain.recipe
expect 0 grokscope-train plain.recipe $tiny --steps 300 --out fresh --resume
says "no run in 'fresh' yet: it begins anew"
expect 2 grokscope-train $tiny --steps 300 --out frehs --resume
says "there is no run in 'frehs', and no recipe to begin one"
[ ! -e frehs ] || fail "a refused run leaves a folder"
all fresh >b
cmp -s a b || fail "a run begun with --resume differs"

# A split and a group are the run's own: their files may lie elsewhere, or be gone, but
# not hold something else.
awk 'BEGIN { for (i = 48; i >= 0; i--) print i }' >order.txt
awk 'BEGIN { for (i = 0; i < 7; i++) for (j = 0; j < 7; j++)
    printf "%d%s", (i + j) % 7, j < 6 ? " " : "\n" }' >seven.txt
of_files="$tiny --operation compose --group-file seven.txt --split-file order.txt"
tail -n +2 order.txt >other.txt && echo 48 >>other.txt
expect 0 grokscope-train $of_files --steps 80 --out files
cp -r files begun
expect 0 grokscope-train $of_files --steps 120 --out files --resume
grokscope-norms files | cut -f 3- >a
cp -r begun moved && mv order.txt elsewhere.txt
expect 0 grokscope-train --steps 120 --split-file elsewhere.txt --out moved --resume
grokscope-norms moved | cut -f 3- >b
cmp -s a b || fail "a run whose split file was moved differs"
rm seven.txt
cp -r begun gone
expect 0 grokscope-train --steps 120 --out gone --resume
says "split_file order.txt is gone; the run's own copy of it is used, gone/split_file.txt"
says "group_file seven.txt is gone; the run's own copy of it is used, gone/group_file.txt"
grokscope-norms gone | cut -f 3- >b
cmp -s a b || fail "a run whose files are gone differs"
expect 2 grokscope-train --steps 120 --split-file other.txt --out begun --resume
says "split_file: no longer the order of this run"
awk 'BEGIN { for (i = 0; i < 7; i++) for (j = 0; j < 7; j++)
    printf "%d%s", (i + j + 1) % 7, j < 6 ? " " : "\n" }' >seven.txt
expect 2 grokscope-train --steps 120 --split-file elsewhere.txt --out begun --resume
says "group_file: no longer the group of this run"

# Another instruction set gives other bits: that is said, and the same one is silent.
if grokscope-info kept | grep -q 'instruction_set	oneDNN avx'; then
    expect 0 grokscope-train --steps 160 --out kept --resume
    ! grep -q warning err || fail "a warning of nothing: $(cat err)"
    expect 0 env ONEDNN_MAX_CPU_ISA=SSE41 grokscope-train --steps 170 --out kept --resume
    says "warning: kept: goes on from step 160, but not bit for bit"
    says "instruction set was 'oneDNN avx"
    says "and is 'oneDNN sse41"
    ! grep -q "libraries\|build" err || fail "what is the same differs: $(cat err)"
fi
for note in cpu instruction_set libraries build; do
    grokscope-info kept | grep -q "provenance	$note	..*" || fail "no note of $note"
done

# Signals: the step is finished and saved.
for signal in INT:130 TERM:143; do
    rm -rf stopped
    grokscope-train $tiny --steps 100000000 --checkpoints list:0 --out stopped \
        >out 2>err &
    pid=$!
    while [ ! -e stopped/resume.h5 ]; do sleep 0.05; done
    sleep 0.2
    # A second trainer is refused while this one is at it.
    grokscope-train $tiny --steps 100000000 --out stopped --resume >out2 2>err2
    [ $? -eq 1 ] || fail "a second trainer is let in"
    grep -q "another" err2 || fail "message of the lock: $(cat err2)"
    kill -"${signal%:*}" $pid
    wait $pid
    code=$?
    [ $code -eq "${signal#*:}" ] || fail "exit $code after $signal"
    says "--resume continues"
    step=$(cut -f 2 out | tail -1)
    [ "$step" -gt 0 ] || fail "stopped at step $step"
    expect 0 grokscope-info stopped --check --step "$step"
    # On from there to a step shortly after, and the same without the stop.
    more=$((step + 50))
    expect 0 grokscope-train $tiny --steps $more --checkpoints list:0 --out stopped --resume
    expect 0 grokscope-train $tiny --steps $more --checkpoints list:0 --out straight --force
    [ "$(digest stopped)" = "$(digest straight)" ] || fail "differs after SIG${signal%:*}"
done

# Signals in the middle of matrix products of a real size harm nothing.
grokscope-train demo --steps 100000000 --checkpoints list:0 --threads 1 --out hit >out 2>err &
pid=$!
while [ ! -e hit/resume.h5 ]; do sleep 0.05; done
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -USR1 $pid
    sleep 0.05
done
kill -TERM $pid
wait $pid
code=$?
[ $code -eq 143 ] || fail "exit $code after many signals: $(cat err)"
expect 0 grokscope-info hit --check --step all

# Stopping conditions.
expect 0 grokscope-train $tiny --train-fraction 1 --steps 5000 --out early \
    --stop-test-accuracy 0.5
[ "$(cut -f 3 out | tail -1)" = steps ] || fail "an empty test set stops a run"
expect 0 grokscope-train $tiny --steps 5000 --stop-test-loss 100 --stop-patience 40 \
    --out early --force
[ "$(cut -f 2,3 out | tail -1)" = "$(printf '40\tstop_test_loss')" ] ||
    fail "patience: $(tail -1 out)"
expect 0 grokscope-train $tiny --steps 5000 --stop-test-loss 100 --stop-patience 40 \
    --out early --resume
prints finished_before
# Without its condition a run that one ended goes on, as if there had been none.
expect 0 grokscope-train $tiny --steps 90 --stop-test-loss 0 --stop-patience 0 \
    --out early --resume
[ "$(cut -f 2,3 out | tail -1)" = "$(printf '90\tsteps')" ] || fail "it ends: $(tail -1 out)"
expect 0 grokscope-train $tiny --steps 90 --out never
[ "$(digest early)" = "$(digest never)" ] || fail "without its condition it differs"

# A data file that is another one, ends early or is gone stops a resumed run by its name.
mkdir images
make_images() { # WORD: 60 images of 4 x 4 that repeat it, each with label 0
    { printf '\0\0\010\003\0\0\0\074\0\0\0\004\0\0\0\004' && yes "$1" | head -c 960; } \
        >images/t10k-images-idx3-ubyte
    { printf '\0\0\010\001\0\0\0\074' && head -c 60 /dev/zero; } \
        >images/t10k-labels-idx1-ubyte
}
pictures="--task images --data images --train-samples 40 --architecture mlp --hidden 5"
make_images ape
expect 0 grokscope-train $pictures --steps 100 --out pictures
make_images bee
expect 3 grokscope-train --steps 200 --out pictures --resume
says "/data/image: "
says "images/t10k-images-idx3-ubyte is another file now: its SHA-256 is "
head -c 900 images/t10k-images-idx3-ubyte >short
mv short images/t10k-images-idx3-ubyte
expect 3 grokscope-train --steps 200 --out pictures --resume
says "images/t10k-images-idx3-ubyte: ends after 884 of 960 bytes"
mv images elsewhere
expect 3 grokscope-train --steps 200 --out pictures --resume
says "data: images has no t10k-images-idx3-ubyte or"
mv elsewhere images
make_images ape
expect 0 grokscope-train --steps 200 --out pictures --resume
exit 0
