# How large the weights are and how far they have come: tables, controls, threads.
. "$(dirname "$0")/lib.sh"
expect 0 grokscope-train $tiny --steps 40 --checkpoints linear:10 --out run

expect 0 grokscope-norms run --step all
[ "$(wc -l <out)" -eq 6 ] || fail "norms: $(wc -l <out) lines for 5 steps"
[ "$(value distance_from_init 1)" = 0 ] || fail "step 0 is away from itself"
[ "$(value distance_from_before 1)" = nan ] || fail "the first row knows one before it"
for row in 2 3 4 5; do
    value distance_from_init $row | grep -qx '[0-9].*' || fail "no distance in row $row"
    value phase $row | grep -qE '^(growth|decay|settled)$' || fail "no phase in row $row"
done
grokscope-norms run --step all --threads 1 >one
grokscope-norms run --step all --threads 3 >three
cmp -s one three || fail "norms depend on the number of threads"
expect 0 grokscope-norms run --long --control init,random
prints "blocks.0.attn.W_Q	1"
prints "stable_rank	stable_rank_init	stable_rank_random"
head -1 out | grep -q "tensor_init" && fail "a key has a control"
expect 0 grokscope-norms run --format json
prints '"phase": ""'
exit 0
