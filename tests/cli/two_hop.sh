# Facts of two hops: a graph read and made larger, trained on, looked into, refused.
. "$(dirname "$0")/lib.sh"

# ---- grokscope-multihop ----

awk 'BEGIN { for (i = 0; i < 40; i++) for (k = 0; k < 2; k++)
    print "e" i "\tr" (i + k) % 6 "\te" (i * (2 * k + 1) + 7 * k + 1) % 40 }' >graph.tsv
expect 0 grokscope-multihop graph.tsv
[ "$(value facts 1)" = 80 ] || fail "$(value facts 1) facts of 80"
[ $(($(value paths 1) + $(value loops 1))) = 160 ] || fail "not two paths a fact"
[ "$(value functional 1)" = 160 ] || fail "each hop has one tail"
natural=$(value paths 1)
expect 0 grokscope-multihop graph.tsv --augment 3 --facts more.tsv --inferred then.tsv
awk -v phi="$(value phi_functional 1)" 'BEGIN { exit !(phi >= 3) }' || fail "phi below 3"
[ "$(wc -l <more.tsv)" = "$(value facts 1)" ] || fail "not all facts are written"
[ "$(awk -F '\t' '$6 == 0' then.tsv | wc -l)" = "$natural" ] || fail "old paths are lost"
[ "$(grep -cFxf graph.tsv more.tsv)" = 80 ] || fail "old facts are lost"
expect 0 grokscope-multihop more.tsv
awk -v phi="$(value phi_functional 1)" 'BEGIN { exit !(phi >= 3) }' || fail "written wrongly"
expect 2 grokscope-multihop graph.tsv --augment 3 --facts more.tsv
says "more.tsv"
expect 2 grokscope-multihop graph.tsv --augment 500
says "phi: 500 is out of reach"
expect 0 grokscope-multihop --vertices 5 --branching 2 --phi 1.5
awk -v b="$(value least_branching 1)" -v ratio="$(value ratio 1)" \
    'BEGIN { exit !((b - 2) ^ 2 + (ratio - 1.5) ^ 2 < 1e-18) }' || fail "Lemmas 1 and 2 disagree"
expect 2 grokscope-multihop graph.tsv --vertices 5
says "expected files of facts, or --vertices"
echo "a	b" >bad.tsv
expect 3 grokscope-multihop bad.tsv
says "bad.tsv: line 1: 2 cells"

# ---- A run ----

train="grokscope-train --quiet --threads 1 --architecture transformer --n-layers 2 --d-model 32
    --n-heads 2 --d-mlp 64 --act-fn gelu --normalization-type LN --tied yes --warmup 10
    --learning-rate 0.003 --weight-decay 0.1 --batch-size 0"
facts="--task two_hop --entities 20 --relations 6 --out-degree 4 --phi 1.5 --ood-share 0.25
    --iid-share 0.15"
expect 0 $train $facts --steps 300 --checkpoints linear:150 --log-every 50 --out run
awk -v a="$(value train_accuracy 1)" 'BEGIN { exit !(a > 0.9) }' || fail "not memorised"
expect 0 grokscope-info run --history=loss
prints "test_ood_loss	test_ood_accuracy	train_atomic_loss	train_atomic_accuracy	train_inferred_loss"
expect 0 grokscope-info --check run

expect 0 grokscope-logit-lens run --examples train_inferred --step all
accuracy=$(value accuracy 3)
awk -v a="$accuracy" 'BEGIN { exit !(a > 0.9) }' || fail "the lens of the end is right of $accuracy"
[ "$(value label_1 1)" = bridge ] || fail "no bridge"
expect 0 grokscope-logit-lens run --long --threads 1
[ "$(wc -l <out)" = 10 ] || fail "not 3 labels at 3 layers"
cp out one
expect 0 grokscope-logit-lens run --long --threads 3
cmp -s one out || fail "threads change the lens"
expect 0 grokscope-logit-lens run --labels relation_2@1 --long
[ "$(wc -l <out)" = 7 ] || fail "not 2 labels at 3 layers"
expect 2 grokscope-logit-lens run --labels bridge
says "labels: 'bridge' is no NAME@N"
expect 2 grokscope-logit-lens run --labels tokens@1
says "labels: 'tokens' is no field of one token"
expect 2 grokscope-logit-lens run --examples valid
says "examples: no split 'valid'"

# After the last block only the state at the answer's place is on the way to the answer.
expect 0 grokscope-tracing run --long
[ "$(wc -l <out)" = 10 ] || fail "not 3 tokens at 3 layers"
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["layer"] == 2 && $at["token"] != "relation_2" { bad += $at["altered"] != 0 }
    $at["layer"] == 2 && $at["token"] == "relation_2" { bad += $at["altered"] < 0.5 }
    $at["layer"] == 0 { bad += $at["altered"] <= 0 }
    END { exit bad > 0 }' out || fail "states act where they cannot, or do not where they must"
expect 0 grokscope-tracing run --layer 2 --step 300
[ "$(value altered_1 1)" = 0 ] || fail "the head acts after the last block"
# Restoring all that differs before the first block gives the answer back.
expect 0 grokscope-tracing run --long --direction restore
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["layer"] == 0 && $at["altered"] != 0 { bad++ } END { exit bad > 0 }' out ||
    fail "a restored input has another answer"
# States of the network itself change nothing; those of the first weights restore nothing.
for direction in corrupt restore; do
    expect 0 grokscope-tracing run --long --direction $direction
    cp out one
    expect 0 grokscope-tracing run --long --direction $direction --states-of run@300
    cmp -s one out || fail "its own states differ from its own states ($direction)"
done
expect 0 grokscope-tracing run --long --direction restore --states-of run@0
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["layer"] == 2 && $at["token"] == "relation_2" { bad += $at["altered"] < 0.5 }
    END { exit bad > 0 }' out || fail "first weights know the answer"
expect 3 grokscope-tracing run --states-of nothing
says "nothing: No such file"
expect 0 $train $facts --steps 1 --d-model 16 --d-mlp 32 --out small
expect 2 grokscope-tracing run --states-of small@1
says "width 16"
expect 2 grokscope-tracing run --layer 3
says "layer: 3, but the last one is 2"
expect 0 grokscope-probe run --labels bridge,relation_2 --position 1 --long --examples test \
    --activations blocks.0.hook_resid_post,blocks.1.hook_resid_post
[ "$(wc -l <out)" = 5 ] || fail "not two labels of two layers"

# ---- Comparison, triples, and what is refused ----

expect 0 $train --task two_hop --kind comparison --entities 20 --relations 3 --values 5 \
    --phi 3 --ood-share 0.25 --iid-share 0.1 --steps 300 --checkpoints linear:300 --log-every 100 \
    --out compared
expect 0 grokscope-logit-lens compared --long
prints "value_2	4"
expect 0 grokscope-tracing compared --long --examples train_inferred
prints "entity_2	4"
expect 0 $train --task two_hop --graph triples --data more.tsv --phi 1 --ood-share 0.3 \
    --iid-share 0.1 --steps 5 --out triples
expect 2 $train --task two_hop --graph triples --data more.tsv --core 900 --steps 5 --out no
says "core: no fact of more.tsv has a part in 900 inferred ones"
expect 2 $train $facts --phi 90 --steps 5 --out no
says "phi: 90 times"
expect 0 grokscope-train $tiny --steps 2 --out pairs
expect 2 grokscope-tracing pairs
says "tracing asks for the facet two_hop"
expect 0 grokscope-logit-lens pairs
exit 0
