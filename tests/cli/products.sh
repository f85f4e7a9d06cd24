# Products of rounded factors (--products): the same for any number of threads and after
# a stop, near those in full, kept with the run, and refused where they cannot be.
. "$(dirname "$0")/lib.sh"

ways=rounded
has_instructions=no
if grokscope-train $tiny --steps 1 --products bf16 --out asked >out 2>err; then
    has_instructions=yes
    ways="bf16 rounded"
else
    says "no bfloat16 instructions"
fi

for way in $ways; do
    few="$tiny --p 23 --steps 60 --checkpoints linear:30 --products $way"
    expect 0 grokscope-train $few --threads 1 --out $way
    loss=$(value train_loss 1)
    expect 0 grokscope-train $few --threads 3 --out $way-3
    [ "$(digest $way | cut -f 1)" = "$(digest $way-3 | cut -f 1)" ] ||
        fail "$way: threads change the weights"
    expect 0 grokscope-train $tiny --p 23 --steps 30 --checkpoints linear:30 --products $way --out $way-half
    expect 0 grokscope-train $few --resume --out $way-half
    [ "$(digest $way)" = "$(digest $way-half)" ] || fail "$way: a stop changes the weights"
    expect 0 grokscope-train $tiny --p 23 --steps 60 --checkpoints linear:30 --out near
    awk "BEGIN { d = $loss / $(value train_loss 1) - 1; exit !(d != 0 && d < .05 && d > -.05) }" ||
        fail "$way: $loss is not near the loss in full"
    rm -r near
    expect 0 grokscope-info $way --command
    prints "--products $way"
    expect 0 grokscope-info $way --check # what was trained so is read anywhere
    expect 0 grokscope-norms $way
    expect 2 grokscope-train $tiny --products $way --dtype float64 --out refused
    says "products: $way is of float32, and the dtype is float64"
    [ ! -e refused ] || fail "a folder of a refused run"
done

# The two ways round alike: what differs are the sums.
if [ "$has_instructions" = yes ]; then
    expect 0 grokscope-train $tiny --steps 1 --products bf16 --out one-bf16
    by_instructions=$(value train_loss 1)
    expect 0 grokscope-train $tiny --steps 1 --products rounded --out one-rounded
    awk "BEGIN { d = $by_instructions - $(value train_loss 1); exit !(d < 1e-5 && d > -1e-5) }" ||
        fail "bf16 and rounded differ"
    DNNL_MAX_CPU_ISA=AVX2 expect 2 grokscope-train $tiny --products bf16 --out refused
    says "'rounded' gives the same"
fi
