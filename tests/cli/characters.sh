# A text, made here, as a task: trained on, resumed after a kill, measured, and refused.
. "$(dirname "$0")/lib.sh"

# Sentences of few words, so that a network sees in a moment what pairs do not tell.
awk 'BEGIN {
    srand(1)
    split("every grey cat|no small dog|one blue bird", who, "|")
    split("sees|hears|finds", does, "|")
    for (i = 0; i < 500; i++)
        print who[1 + int(3 * rand())] " " does[1 + int(3 * rand())] " me."
}' >made.txt

train="grokscope-train --quiet --warmup 0 --threads 1 --task characters --data made.txt
    --seq-len 24 --d-model 24 --n-heads 2 --d-mlp 48 --batch-size 16 --learning-rate 0.01
    --weight-decay 0 --log-every 100"
expect 0 $train --steps 300 --checkpoints list:0,300 --out text
loss=$(value test_loss 1)
expect 0 grokscope-info text
unigram=$(awk -F '\t' '$4 == "characters.unigram_loss" { print $5 }' out)
bigram=$(awk -F '\t' '$4 == "characters.bigram_loss" { print $5 }' out)
awk -v loss="$loss" -v one="$unigram" -v two="$bigram" 'BEGIN {
    exit !(two > 0.3 && two < 0.5 * one && loss < 0.8 * two) }' ||
    fail "loss $loss, frequencies $unigram, pairs $bigram"
expect 0 grokscope-metrics text
value test_nll 1 | awk -v loss="$loss" '{ exit !(($1 - loss) ^ 2 < 1e-10) }' ||
    fail "metrics has another loss than training, $loss"
expect 0 grokscope-embedding text --tensor embed.W_E
[ "$(value label 1)" = "(newline)" ] || fail "token 0 is no line feed"
[ "$(value label 2)" = "(space)" ] || fail "token 1 is no space"
grep -q '^g	' out || fail "no character names a row"

# The random order leaves nothing but frequencies.
expect 0 $train --shuffled yes --steps 100 --checkpoints list:100 --out mixed
value test_loss 1 | awk -v one="$unigram" '{ exit !($1 > 0.95 * one && $1 < 1.2 * one) }' ||
    fail "a random order is predicted, or badly"

# Once through, in parts: the same bits as in one go, also on two threads.
online="$train --online yes --checkpoints linear:20"
expect 0 $online --steps 40 --out whole
expect 0 $online --steps 20 --out parts
expect 0 $online --threads 2 --steps 40 --out parts --resume
[ "$(digest whole)" = "$(digest parts)" ] || fail "a resumed run is another one"
expect 0 grokscope-metrics whole

# Long windows: patterns of attention in blocks.
expect 0 $online --seq-len 200 --steps 4 --out long
expect 0 $online --seq-len 200 --steps 2 --out pieces
expect 0 $online --seq-len 200 --threads 2 --steps 4 --out pieces --resume
[ "$(digest long)" = "$(digest pieces)" ] || fail "a resumed run of long windows is another"
expect 0 grokscope-train --task characters --data made.txt --seq-len 200 --d-model 24 \
    --n-heads 2 --batch-size 16 --steps 1 --quiet --rewrite none --out plain

# Another text under its name does not go on.
echo "and so on" >>made.txt
expect 3 $online --steps 50 --out parts --resume
says "data: the text is another file now: its SHA-256 is"
printf 'caf\351 noir\n' >latin.txt
expect 3 $train --steps 1 --out no --data latin.txt
says "latin.txt: byte 4 is no UTF-8; convert the file, or take --unit bytes"
expect 0 $train --steps 1 --out bytes --data latin.txt --unit bytes --seq-len 2 \
    --train-fraction 0.5
expect 2 $train --steps 1 --out no --data missing.txt
says "data: no text 'missing.txt', here or in \$GROKSCOPE_DATA"
[ ! -e no ] || fail "a refused run left a folder"
exit 0
