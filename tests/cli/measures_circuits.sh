# grokscope-clockpizza and grokscope-rqi: columns, options, controls, and what they say
# of networks whose circuits are known.
. "$(dirname "$0")/lib.sh"

# column NAME: its cells, of the last table that was printed.
column() {
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        NR > 1 { print $at }' out
}

# near NAME VALUE…: the first cells of a column, each within half of the last digit.
near() {
    name=$1
    shift
    column "$name" >cells
    for value in "$@"; do echo "$value"; done | paste - cells | awk -F '\t' '
        $1 == "" { next }
        { n = split($1, e, "e"); m = split(e[1], digits, ".")
          unit = 10 ^ ((n > 1 ? e[2] : 0) - (m > 1 ? length(digits[2]) : 0))
          off = $1 - $2; if (off < 0) off = -off
          if ($2 == "" || $2 == "nan" || off > 0.5001 * unit) exit 1 }' ||
        fail "$name is $(xargs <cells), expected $*"
}

is() {
    name=$1
    shift
    [ "$(column "$name" | xargs)" = "$*" ] ||
        fail "$name is '$(column "$name" | xargs)', expected '$*'"
}

# ---- A small run ----

small="--p 11 --d-model 16 --n-heads 2 --d-mlp 32 --train-fraction 0.6"
expect 0 grokscope-train $small --steps 400 --checkpoints linear:100 --out run

expect 0 grokscope-clockpizza run --step all
[ "$(head -1 out | xargs)" = "run step order gradient_symmetricity num_triples \
distance_irrelevance distance_irrelevance_incorrect circularity pc_frequencies verdict \
num_circles plane_circularity plane_verdict accuracy loss embedding_rank converged" ] || fail "columns of a checkpoint"
is step 0 100 200 300 400
is num_triples 100 100 100 100 100
cp out two
expect 0 grokscope-clockpizza run --step all --threads 1
cmp -s out two || fail "the numbers depend on the threads"

# --triples: a sample, all, a file.
expect 0 grokscope-clockpizza run --triples all
is num_triples 1331
all=$(column gradient_symmetricity)
for a in 0 1 2 3 4 5 6 7 8 9 10; do
    for b in 0 1 2 3 4 5 6 7 8 9 10; do
        for c in 0 1 2 3 4 5 6 7 8 9 10; do echo "$a $b $c"; done
    done
done >triples
expect 0 grokscope-clockpizza run --triples triples
[ "$(column gradient_symmetricity)" = "$all" ] || fail "all triples, and a file of them"
expect 0 grokscope-clockpizza run --triples 20000
is num_triples 20000
column gradient_symmetricity | awk -v all="$all" '{ exit !($1 - all < 0.03 && all - $1 < 0.03) }' ||
    fail "drawn triples: $(column gradient_symmetricity), all: $all"
echo "1 2 11" >triples
expect 3 grokscope-clockpizza run --triples triples
says "triples: line 1: found '1 2 11', expected residues a b c of 0 to 10"
expect 2 grokscope-clockpizza run --triples 0
says "triples: found 0, expected 1 to 10000000"
expect 3 grokscope-clockpizza run --triples nowhere
says "nowhere: No such file"

# Thresholds of the verdict: whatever it is, it can be had otherwise.
expect 0 grokscope-clockpizza run --circularity 0 --symmetricity=-1 --irrelevance 2
is verdict pizza
expect 0 grokscope-clockpizza run --circularity 0 --symmetricity 1 --irrelevance 0
is verdict clock
expect 0 grokscope-clockpizza run --circularity 0 --symmetricity=-1 --irrelevance 0
is verdict undecided
expect 0 grokscope-clockpizza run --circularity 1
is verdict not circular

# Frequencies one by one: all five where every share is enough, and labels that follow.
expect 0 grokscope-clockpizza run --long --least-share 1e-9
is frequency 1 2 3 4 5
[ "$(head -1 out | cut -f 3-6 | xargs)" = "frequency output r gs_constant" ] ||
    fail "columns of a frequency"
near_one=$(column effect_share | awk '{ s += $1 } END { print (s > 0.999999 && s < 1.000001) }')
[ "$near_one" = 1 ] || fail "effects do not sum up to 1"
awk -F '\t' 'NR > 1 && $NF == "" { exit 1 }' out || fail "a circle without a label"
cp out two
expect 0 grokscope-clockpizza run --long --least-share 1e-9 --threads 1
cmp -s out two || fail "circles depend on the threads"
expect 0 grokscope-clockpizza run --long --least-share 1e-9 --least-effect 100
is label undetermined undetermined undetermined undetermined undetermined
expect 0 grokscope-clockpizza run --long --least-share 1e-9 --least-effect 0 \
    --least-output-share 0 --least-profile-share 0 --accompanying-ratio=-100 \
    --pizza-ratio=-100 --clock-ratio=-100
is label clock clock clock clock clock
expect 0 grokscope-clockpizza run --long=network --least-share 1e-9 --least-effect 100
is num_circles 5
is share_undetermined 1
is label undetermined
expect 0 grokscope-clockpizza run --long --least-share 1
[ "$(wc -l <out)" -eq 1 ] || fail "circles of more than all the power"

# Principal components: five pairs of eleven residues, and all of them are the network.
expect 0 grokscope-clockpizza run
accuracy=$(column accuracy)
expect 0 grokscope-clockpizza run --long=component --component-pairs 99
is circle 0 1 2 3 4
[ "$(column accuracy_to_here | tail -1)" = "$accuracy" ] ||
    fail "all components together: $(column accuracy_to_here | xargs), not $accuracy"
expect 0 grokscope-clockpizza run --long=component --component-pairs 2
is circle 0 1

# Operations that are no sum are refused, products are sums of logarithms.
expect 0 grokscope-train $small --operation subtract --steps 0 --out difference
expect 2 grokscope-clockpizza difference
says "step-000000000.h5: the operation is a - b: found no sum, expected a + b"
expect 0 grokscope-train $small --operation multiply --steps 0 --out product
expect 0 grokscope-clockpizza product --triples all
is order logarithm
is num_triples 1000

# ---- A network whose circuits are clocks by its formula, with two embeddings ----

expect 0 grokscope-train gromov-analytic --p 13 --d-mlp 3000 --out analytic
expect 0 grokscope-clockpizza analytic
is gradient_symmetricity nan
is accuracy 1
expect 0 grokscope-clockpizza analytic --long --least-share 0.01
is frequency 1 2 3 4 5 6
is output 1 2 3 4 5 6
is label clock clock clock clock clock clock
column r | awk '{ if ($1 < 0.8 || $1 > 1.2) exit 1 }' || fail "clocks of r $(column r | xargs)"

# Both operands have phases of their own: a torus, of which the pre-activations are no
# function of a + b.
near sum_share 0.0 0.0 0.0 0.0 0.0 0.0
column disc_share | awk '{ if ($1 < .5 || $1 > .6) exit 1 }' ||
    fail "tori: $(column disc_share | xargs)"
near torus_share 1.0 1.0 1.0 1.0 1.0 1.0
expect 0 grokscope-clockpizza analytic --long --least-share 0.01 --control random \
    --columns num_neurons,disc_share,disc_share_random
column disc_share_random | grep -q '^0\.[0-4]' ||
    fail "noise as a disc: $(column disc_share_random | xargs)"

# ---- The geometry of the embedding ----

expect 0 grokscope-rqi run --step all --control shuffled,random
near rqi_gram_chance 0.0741 0.0741 0.0741 0.0741 0.0741
head -1 out | grep -q "rqi_gram	rqi_gram_shuffled	rqi_gram_random" || fail "controls of rqi"
cp out two
expect 0 grokscope-rqi run --step all --control shuffled,random --threads 1
cmp -s out two || fail "rqi depends on the threads"
expect 0 grokscope-rqi analytic --long --least-share 0.01
[ "$(column tensor | sort | uniq -c | xargs)" = "6 embedding 6 embedding_right" ] ||
    fail "tensors of rqi"
expect 0 grokscope-rqi run --long --least-share 1
[ "$(wc -l <out)" -eq 2 ] || fail "the strongest frequency stands where none is key"
expect 0 grokscope-rqi product
is order logarithm

# ---- The average gradient outer product ----

expect 0 grokscope-agop run --step all --control init,random
near circulant_deviation_chance 0.9091 0.9091 0.9091 0.9091 0.9091
column agop_alignment | tail -1 | awk '{ exit !($1 > 1 - 1e-12 && $1 < 1 + 1e-12) }' ||
    fail "the last step is not aligned with itself: $(column agop_alignment | xargs)"
[ "$(column circulant_deviation | head -1)" = "$(column circulant_deviation_init | head -1)" ] ||
    fail "untrained weights"
cp out two
expect 0 grokscope-agop run --step all --control init,random --threads 1
cmp -s out two || fail "gradients depend on the threads"
expect 0 grokscope-agop run --triples all
is num_triples 1331
expect 0 grokscope-agop product
is order logarithm
expect 0 grokscope-agop difference
expect 2 grokscope-agop analytic
says "step-000000000.h5: each operand has a table of its own: found no embedding of both"

# ---- Networks that Zhong et al. published ----

[ -n "${GROKSCOPE_ORACLES:-}" ] || { echo "skipped: GROKSCOPE_ORACLES is not set" && exit 0; }
all=
for name in p99zdpze5l l8k1hzciux p71frej8t7 qlvxqhkvit; do
    networks=$GROKSCOPE_ORACLES/clock-and-pizza
    expect 0 grokscope-import "$networks/model_$name.pt" \
        --config "$networks/config_$name.json" -o $name.h5
    all="$all $name.h5"
done

expect 0 grokscope-clockpizza $all
near gradient_symmetricity 0.993665 0.333638 1.000000 0.019067
near distance_irrelevance 0.171736 0.848260 0.230205 0.929460
near circularity 0.997818 0.998907 0.995042 0.997701
near distance_irrelevance_incorrect 0.221807 0.884918
near loss 1.384e-7 1.561e-7 6.198e-7 9.175e-6
is accuracy 1 1 1 1
is verdict pizza clock pizza clock
is plane_verdict pizza clock pizza clock
[ "$(column pc_frequencies | head -2 | xargs)" = "17 17 3 3 13 13 16 16" ] ||
    fail "frequencies of the principal components"

expect 0 grokscope-clockpizza $all --long --circle-triples 20000
is frequency 3 6 15 17 25 29 13 16 17 21 1 11 14 17 24 25 28 29 1 2 3 8 13 18 27
near r -0.004 -1.45 -0.009 -0.008 -1.50 -1.47 1.036 1.034 -1.465 0.039
is label pizza accompanying pizza pizza accompanying accompanying \
    clock clock accompanying pizza \
    accompanying accompanying pizza pizza pizza accompanying accompanying pizza \
    clock clock clock clock clock clock clock
is accompanies 0 3 0 0 17 15 0 0 21 0 29 24 0 0 0 17 14 0 0 0 0 0 0 0 0
# Two readings of Model B's circle 21: the neurons of all three lie near a disc.
near num_neurons 149 0 190 173 0 0 201 189 0 122
sed -i 's/\tnan\t/\t\t/g; s/\tnan\t/\t\t/g' out
near disc_share .9822 "" .9868 .9865 "" "" .955 .956 "" .9825 "" "" .446 .600 .436 "" "" \
    .461 .551 .552 .574 .552 .613 .520 .516
near sum_share .0 "" .0 .0 "" "" .0233 .0218 "" .0001
column gs_constant | sed -n '7p;8p;10p' | xargs |
    awk '{ exit !($1 > .29 && $1 < .31 && $2 > .3 && $2 < .33 && $3 > .94 && $3 < .96) }' ||
    fail "gradients of Model B"

expect 0 grokscope-clockpizza p99zdpze5l.h5 --long=component
near accuracy 0.348 0.328 0.260
near accuracy_to_here 0.348 0.91 0.997 0.98 1 1
near clock_fve 0.754 0.756 0.754
near abs_clock_rho2 0.992 0.992 0.993
near pizza_fve 0.983 0.983 0.984
near pizza_2_fve 0.9836 0.9830 0.9861
[ "$(column accompanying_fve | tail -3 | cut -c 1-5 | xargs)" = "0.975 0.972 0.976" ] ||
    fail "accompanying pizzas: $(column accompanying_fve | xargs)"
is form abs_clock abs_clock abs_clock accompanying accompanying accompanying

expect 0 grokscope-rqi $all --control shuffled
near rqi_gram 0.9997 0.9949 0.9997 0.9958
near rqi_gram_chance 0.0164 0.0164 0.0164 0.0164
column rqi_gram_shuffled | awk '{ if ($1 > 0.03) exit 1 }' || fail "shuffled rows have structure"
near rqi_liu 0 0 0 0
near rqi_liu_2d 0.020
# Loops: of other orders of the rows the same, of noise no large ones.
expect 0 grokscope-rqi $all --control shuffled,random
near h1_longest 0.217 0.409 0.184 0.072
near h1_longest_shuffled 0.217 0.409 0.184 0.072
near h1_longest_random 0.072 0.072 0.065 0.072
near h1_total 12.4 14.1 19.6 1.85
expect 0 grokscope-rqi l8k1hzciux.h5 --long
near rqi_angle 1.0 0.992 1.0
# Pizzas have a circulant block, clocks next to none.
expect 0 grokscope-agop $all --control shuffled
near circulant_deviation 0.0004 0.80 0.0005 0.83
near block_share 0.499 0.22 0.500 0.025
column circulant_deviation_shuffled | awk '$1 < 0.9 { exit 1 }' || fail "shuffled rows"
expect 0 grokscope-fourier $all --control random
near phase_misalignment 0.007 0.051
near frequency_concentration 0.3486 0.3385
column phase_misalignment | sed -n 3p | grep -qx nan || fail "phases of two hidden layers"
column phase_misalignment_random | awk 'NR != 3 && ($1 < .58 || $1 > .70) { exit 1 }' ||
    fail "chance is 2/pi: $(column phase_misalignment_random | xargs)"
expect 0 grokscope-norms $all
near l2 22.8538 24.8139 32.4395 53.9018

# The first 2, 4, 6, 12 principal components of Model A, and two of its circles.
while read -r parts accuracy; do
    expect 0 grokscope-ablate p99zdpze5l.h5 --keep "$parts"
    near all_accuracy_ablated "$accuracy"
done <<END
pc=1-2 0.348
pc=1-4 0.915
pc=1-6 0.9966
pc=1-12 1
pc=3-4 0.3284
pc=5-6 0.2600
END
# Frequencies that are key are told from others; neurons of one hardly from as many.
expect 0 grokscope-ablate p99zdpze5l.h5 --drop circle=17,3,15
near all_accuracy_ablated 0.17
near all_accuracy_matched 1.000
is drawn_from non-key
expect 0 grokscope-ablate p99zdpze5l.h5 --drop neurons=freq:17
near all_accuracy_ablated 0.774
near all_accuracy_matched 1.
is drawn_from others
exit 0
