# Reviews and molecules, made here: trained on, measured, exported, and what is refused.
. "$(dirname "$0")/lib.sh"

mkdir reviews molecules
awk 'BEGIN {
    srand(1); print "Sentiment\tText"
    split("film plot actor scene the of", words, " ")
    for (i = 0; i < 60; i++) {
        good = i % 2
        text = good ? "good" : "bad"
        for (k = 0; k < 1 + i % 9; k++)
            text = text " " words[1 + int(6 * rand())]
        print (good ? "Positive" : "Negative") "\t" text "<br />"
    }
}' >reviews/made.tsv
{
    echo "smiles,alpha"
    for smiles in C N O C#C C#N C=O CC CO CC#C CC#N CC=O NC=O CCC CCO C1CC1 C1CO1 'CC(C)=O' \
        'CC(N)=O' 'NC(N)=O' 'CC(C)C' OCC=O c1ccoc1 'c1cc[nH]c1' 'FC(F)F'; do
        echo "$smiles,$((5 + 6 * ${#smiles}))"
    done
} >molecules/made.csv

# ---- Reviews ----

train="grokscope-train --quiet --warmup 0 --threads 1"
text="--task reviews --data reviews --train-samples 40 --architecture lstm --d-model 4
    --d-state 6 --learning-rate 0.02 --weight-decay 0 --log-every 50 --out text"
expect 0 $train $text --steps 200 --checkpoints linear:200
[ "$(value train_accuracy 1)" = 1 ] || fail "two words are not told apart"
loss=$(value train_loss 1)
expect 0 grokscope-metrics text
value train_nll 1 | awk -v loss="$loss" '{ exit !(($1 - loss) ^ 2 < 1e-18) }' ||
    fail "metrics has another loss than training, $loss"
[ "$(value test_accuracy 1)" = 1 ] || fail "metrics has another accuracy"
expect 0 grokscope-embedding text --tensor embed.W_E
[ "$(value label 1)" = "(padding)" ] || fail "token 0 is no padding"
grep -q '^film	' out || fail "no word names a row"
expect 0 grokscope-embedding text --tensor neurons --inputs test
head -1 out | grep -q '^label	index	example	answer	train	x0' || fail "other facts of inputs"
[ "$(wc -l <out)" -eq 21 ] || fail "not 20 test reviews"
for program in norms ntk landscape sharpness gradients commutator probe; do
    expect 0 grokscope-$program text
done
expect 0 grokscope-compare text text
[ "$(value agreement_test 1)" = 1 ] || fail "a network does not agree with itself"
expect 2 grokscope-stability text
says "output answer is of numbers (loss binary_cross_entropy)"
expect 2 grokscope-progress text
says "progress asks for the facet binary_table"

# A run goes on where it was, and has its words in its files.
expect 0 $train $text --steps 210 --checkpoints linear:200 --resume
[ "$(value step 1)" = 210 ] || fail "the run did not go on"
rm -r reviews
expect 0 grokscope-metrics text

# ---- Molecules ----

expect 0 $train --task molecules --data molecules --train-samples 16 --test-samples 0 \
    --architecture graph_network --convolutions 8,6 --hidden 8 --steps 300 \
    --learning-rate 0.01 --weight-decay 0 --checkpoints linear:300 --log-every 50 --out graph
loss=$(value train_loss 1)
awk -v loss="$loss" 'BEGIN { exit !(loss < 0.1) }' || fail "molecules are not learned: $loss"
expect 0 grokscope-metrics graph
value train_mse 1 | awk -v loss="$loss" '{ exit !(($1 / loss - 1) ^ 2 < 1e-6) }' ||
    fail "metrics has another error than training, $loss"
[ "$(value train_nll 1)" = nan ] || fail "numbers have a probability"
expect 0 grokscope-embedding graph --tensor hook_sum --pca 2
for program in norms ntk landscape sharpness gradients hessian; do
    expect 0 grokscope-$program graph
done

# ---- Refused ----

refused() { # CODE TEXT ARGUMENTS…
    code=$1
    text=$2
    shift 2
    expect "$code" $train --steps 1 --out no "$@"
    says "$text"
    [ ! -e no ] || fail "a refused run left a folder"
}
unset GROKSCOPE_DATA
refused 2 "fetch QM9" --task molecules --architecture graph_network
refused 2 "fetch aclImdb_v1.tar.gz" --task reviews --architecture lstm
refused 2 "but there are 24 molecules" --task molecules --data molecules --architecture \
    graph_network
refused 2 "lstm takes sequences of tokens" --task parity --architecture lstm
refused 2 "graph_network takes graphs" --architecture graph_network
refused 3 "has no molecules" --task molecules --data text --architecture graph_network
echo "smiles,alpha
C(,3" >molecules/made.csv
refused 3 "made.csv: row 1: SMILES 'C('" --task molecules --data molecules --architecture \
    graph_network

# Any sequence of tokens will do.
expect 0 $train --p 7 --architecture lstm --d-model 4 --d-state 6 --steps 5 --out pairs
expect 0 grokscope-progress pairs
