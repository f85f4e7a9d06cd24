# A part of another run's weights in the place of a run's own, at the beginning of a fork.
. "$(dirname "$0")/lib.sh"

# digests STEP RUN: of its files from a step on.
digests() { grokscope-info "$2" --digest --step all | awk -v from="$1" '$2 + 0 >= from { print $2, $3 }'; }
run="$tiny --checkpoints linear:40 --steps 120 --save-state linear:40"
part="circles 1+3 modulus 7"
expect 0 grokscope-train $run --out whole
expect 0 grokscope-train $run --seed 9 --out donor

# Of its own weights at that step nothing changes; of another's all that comes after does.
expect 0 grokscope-train --fork whole@80 --transplant-from whole@80 --transplant "$part" --out same
digests 80 same >a
digests 80 whole >b
cut -d ' ' -f 1 a >steps_a
[ "$(echo $(cat steps_a))" = "80 120" ] || fail "steps of the fork: $(cat steps_a)"
grokscope-norms whole --step 120 | cut -f 3- >b
grokscope-norms same --step 120 | cut -f 3- >a
cmp -s a b || fail "a transplant from itself changes weights"
expect 0 grokscope-train --fork whole@80 --transplant-from donor --transplant "$part" --out other
grokscope-norms other --step 80 | cut -f 3- >a
grokscope-norms whole --step 80 | cut -f 3- >b
cmp -s a b && fail "a transplant changes nothing"
expect 0 grokscope-info other
prints "transplanted_from"
prints "donor/step-000000120.h5, content "
prints "circles 1+3"

# Resumed it is the run that was never stopped, and a fork of it has the part already.
expect 0 grokscope-train --fork whole@80 --transplant-from donor --transplant "$part" --steps 100 --out parts
expect 0 grokscope-train --out parts --resume --steps 120
expect 0 grokscope-info parts
prints "donor/step-000000120.h5, content "
digests 120 parts >a
digests 120 other >b
cut -d ' ' -f 2 a >digest_a
cut -d ' ' -f 2 b >digest_b
cmp -s digest_a digest_b || fail "a resumed transplant differs"
expect 0 grokscope-train --fork other@80 --out again
expect 0 grokscope-info again
prints "donor/step-000000120.h5, content "
digests 80 again >a
digests 80 other >b
cmp -s a b || fail "a fork transplants once more"

# ---- What is refused ----
expect 2 grokscope-train --resume --out parts --steps 140 --transplant "circles 2 modulus 7"
says "transplant: 'circles 2 modulus 7', but the run began with 'circles 1+3 modulus 7'"
expect 3 grokscope-train --fork whole@80 --transplant-from nowhere --transplant "$part" --out refused
says "nowhere"
expect 0 grokscope-train $run --optimizer edge_popup --out edges
expect 0 grokscope-info edges --check --step all # though its weights are the same
expect 2 grokscope-train --fork edges@80 --transplant-from donor --transplant "$part" --out refused
says "transplant: edge_popup keeps the weights that its run began with"
expect 2 grokscope-train --fork edges@80 --init-scale 2 --out refused
says "init_scale: 2, but edge_popup keeps the weights that its run began with"
[ ! -e refused ] || fail "what is refused leaves a folder"
exit 0
