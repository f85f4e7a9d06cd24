# Programs that measure: their tables, their controls, their options.
. "$(dirname "$0")/lib.sh"
expect 0 grokscope-train $tiny --steps 40 --checkpoints linear:10 --out run

# value COLUMN ROW: a cell of the last answer, rows counted from 1
value() {
    awk -F '\t' -v name="$1" -v row="$2" \
        'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == row + 1 { print $at[name] }' out
}

# ---- norms ----
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

# ---- fourier ----
for rule in energy neuron logit; do
    expect 0 grokscope-fourier run --step all --key-rule $rule
    [ "$(wc -l <out)" -eq 6 ] || fail "fourier --key-rule $rule: $(wc -l <out) lines"
done
expect 2 grokscope-fourier run --key-rule energetic
says "key_rule: no 'energetic'; did you mean 'energy'?"
expect 0 grokscope-fourier run --long=tensor --step first
[ "$(wc -l <out)" -eq 9 ] || fail "4 tensors and 2 of 2 heads: $(wc -l <out) lines"
prints "$(printf 'run\t0\thead_scores\t1\tresidue')"
expect 0 grokscope-fourier run --long=neuron
[ "$(wc -l <out)" -eq 33 ] || fail "32 neurons: $(wc -l <out) lines"
expect 2 grokscope-fourier run --long=neurons
says "long: no 'neurons'; did you mean 'neuron'?"
# A rule for the whole network gives all tensors the same keys.
expect 0 grokscope-fourier run --long=tensor --key-rule neuron
[ "$(tail -n +2 out | cut -f 6 | sort -u | wc -l)" -eq 1 ] || fail "keys differ"

# Gromov's solution: every column is one wave, every pair is right.
expect 0 grokscope-train gromov-analytic --dtype float64 --out analytic
[ "$(tail -1 out | cut -f 5,7)" = "1	1" ] || fail "the analytic network errs"
expect 0 grokscope-fourier analytic --long=tensor
for row in 1 2 3 4 5 6; do
    value ipr $row | awk '{ exit !($1 > 1 - 1e-12 && $1 < 1 + 1e-12) }' ||
        fail "participation of row $row: $(value ipr $row)"
done
exit 0
