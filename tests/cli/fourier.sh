# Frequencies: the tables and the rules by which they are key.
. "$(dirname "$0")/lib.sh"
expect 0 grokscope-train $tiny --steps 40 --checkpoints linear:10 --out run

for rule in energy neuron logit; do
    expect 0 grokscope-fourier run --step all --key-rule $rule
    [ "$(wc -l <out)" -eq 6 ] || fail "fourier --key-rule $rule: $(wc -l <out) lines"
done
expect 2 grokscope-fourier run --key-rule enregy
says "key_rule: no 'enregy'; did you mean 'energy'?"
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

# A torn last step matters only to the table that asks for it.
cp -r run torn_end
last=$(ls torn_end/step-* | tail -1)
head -c 3000 "$last" >short && mv short "$last"
expect 0 grokscope-fourier torn_end --step first
expect 0 grokscope-fourier torn_end --step first --long
expect 3 grokscope-fourier torn_end --step first --long=tensor
says "$last"
exit 0
