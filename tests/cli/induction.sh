# What heads do with repeated tokens: tables, options, threads, and what is refused.
. "$(dirname "$0")/lib.sh"
words="--task repeats --seq-len 13 --subseq-len 3 --num-repeats 2 --vocabulary 9
    --train-samples 30 --test-samples 20 --attn-only yes --n-layers 2 --d-model 8
    --n-heads 2 --steps 4 --checkpoints linear:2"
expect 0 grokscope-train $words --out run
expect 0 grokscope-train $words --place 2 --data-seed 3 --out placed

expect 0 grokscope-induction run --step all
[ "$(wc -l <out)" -eq 4 ] || fail "induction: $(wc -l <out) lines for 3 steps"
[ "$(value length 1)" = 6 ] || fail "12 tokens after the first are $(value length 1) twice"
for name in prefix_matching previous_token duplicate_token early_loss late_loss; do
    value $name 2 | grep -qx '[0-9].*' || fail "$name is $(value $name 2)"
done
expect 0 grokscope-induction run --length 3 --copies 4 --sequences 5 --columns length
[ "$(tail -n 1 out)" = 3 ] || fail "--length 3 is $(tail -n 1 out)"
grokscope-induction run --sequences 5 --seed 1 >one
grokscope-induction run --sequences 5 --seed 2 >two
cmp -s one two && fail "another seed draws the same tokens"

grokscope-induction run --long --threads 1 >one
expect 0 grokscope-induction run --long --threads 3 --control random
[ "$(wc -l <out)" -eq 5 ] || fail "$(wc -l <out) lines for 4 heads"
prints "knock_out	knock_out_random"
grokscope-induction run --long --threads 3 | cmp -s - one || fail "threads change scores"
grokscope-induction run --long --examples 2 | cmp -s - one && fail "--examples is not read"
expect 0 grokscope-induction run --long=position --step all
[ "$(wc -l <out)" -eq 37 ] || fail "$(wc -l <out) lines for 12 positions of 3 steps"
grokscope-info run --history=loss >out
prints "test_first_loss	test_first_accuracy	test_rest_loss"

expect 2 grokscope-induction run --length 7
says "n_ctx: 13 positions hold no 2 copies of 7 tokens and the token that begins a"
expect 0 grokscope-train $tiny --steps 2 --out pairs
expect 2 grokscope-induction pairs
says "positions hold no 2 copies of 2 tokens"
expect 0 grokscope-train --task skip_trigram --seq-len 6 --num-fillers 3 --num-answers 2 \
    --attn-only yes --d-model 8 --n-heads 2 --steps 2 --train-samples 9 --out trigram
expect 0 grokscope-induction trigram
[ "$(value late_loss 1)" = nan ] || fail "the next token is told by what tells one at the end"
expect 2 grokscope-induction trigram --long=position
says "tells the next token at 5 positions; this one does not"
expect 0 grokscope-train $words --steps 2 --measure induction --measure-every 1 --out measured
expect 0 grokscope-info measured --history=induction
prints "prefix_matching"
expect 2 grokscope-train $words --seq-len 12 --out bad
says "seq_len: 12 is not 1 and a multiple of num_repeats 2; 11 is"
exit 0
