#!/bin/sh
# Print the figures that the README and the pages of analyze/manual quote of the recipe
# `demo`. It trains the recipe with four seeds, and once with measures, into FOLDER;
# what is there already is used again. Last digits differ between kinds of processors.
# usage: figures.sh [FOLDER]     (programs are looked for in $GROKSCOPE_BIN or build/bin)
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
PATH=${GROKSCOPE_BIN:-$source/build/bin}:$PATH
mkdir -p "${1:-$source/build/figures}"
cd "${1:-$source/build/figures}"

# train NAME OPTIONS…: the run checkpoints/NAME, and its summary in NAME.tsv.
train() {
    name=$1
    shift
    [ -s "$name.tsv" ] ||
        grokscope-train demo --quiet --out "checkpoints/$name" --force "$@" >"$name.new"
    [ -s "$name.tsv" ] || mv "$name.new" "$name.tsv"
}

# figure WHERE WHAT COMMAND…: one figure, under the pages that quote it.
figure() {
    printf '\n== %s: %s\n$ %s\n' "$1" "$2" "$3"
    eval "$3" | cut -c 1-"${COLUMNS:-160}"
}

# columns NAME,…: those of a table, their numbers to four digits.
columns() {
    awk -F '\t' -v names="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; count = split(names, name, ",") }
        {
            for (i = 1; i <= count; i++) {
                cell = $at[name[i]]
                if (cell ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ && cell !~ /^[0-9]+$/)
                    cell = sprintf("%.4g", cell)
                printf "%s%s", cell, i < count ? "\t" : "\n"
            }
        }'
}

train demo
train demo-1 --seed 1 --data-seed 1
train demo-2 --seed 2 --data-seed 2
train demo-3 --seed 3 --data-seed 3
train xray --measure progress:key_fve=0,norms,fourier,rqi \
    --stop-when 'progress.restricted_loss < 1e-6 and test_loss < 1e-3'

echo "grokscope $(git -C "$source" log -1 --format='%h of %as' 2>/dev/null || echo '')"
sed -n 's/^model name[^:]*: //p; s/^cpu family[^:]*: /family /p' \
    /proc/cpuinfo | head -n 2

figure "README, recipes" "when it memorises, generalises, ends" "cat demo.tsv"
figure "recipes" "the same of three other seeds" "tail -qn 1 demo-1.tsv demo-2.tsv demo-3.tsv"
figure "README, info" "losses and accuracy on the way" \
    "grokscope-info checkpoints/demo --history=loss |
    columns step,train_loss,train_accuracy,test_loss,test_accuracy |
    awk 'NR == 1 || \$1 ~ /^(0|100|500|1000|1500|2000|2500|3000)\$/'"
figure "README, fourier" "key frequencies" \
    "grokscope-fourier checkpoints/demo --format text"
figure "README, norms" "size of the weights" \
    "grokscope-norms checkpoints/demo --step all |
    columns step,l2,distance_from_init,cosine_of_step,phase |
    awk 'NR == 1 || \$1 % 500 == 0'"
figure "norms" "stable rank of W_U and of the queries, first and last" \
    "grokscope-norms checkpoints/demo checkpoints/demo@0 --long |
    columns step,tensor,head,stable_rank | grep -E 'stable|W_U|W_Q'"
figure "README, progress" "restricted and excluded losses" \
    "grokscope-progress checkpoints/demo --step 0:3000:500 |
    columns step,train_loss,test_loss,restricted_loss,excluded_loss,logit_fve,phase"
figure "progress" "key frequencies by neuron, and their neurons" \
    "grokscope-progress checkpoints/demo --long |
    columns frequency,key,v,excluded_loss,num_neurons,neuron_fve | awk 'NR == 1 || \$2'"
figure "fourier" "did the key frequencies begin ahead" \
    "grokscope-fourier checkpoints/demo --long=tensor --step first |
    columns tensor,head,num_final,final_rank,final_rank_expected,final_rank_p"
figure "fourier" "neurons of each frequency, and how much of them it explains" \
    "grokscope-fourier checkpoints/demo --long=neuron |
    awk -F '\t' 'NR > 1 { n[\$5]++; fve[\$5] += \$6 }
        END { for (k in n) print k, n[k], fve[k] / n[k] }' | sort -n"
figure "README, clockpizza" "its circles" \
    "grokscope-clockpizza checkpoints/demo --long |
    columns frequency,output,r,gs_constant,effect,label"
figure "clockpizza" "the paper's measures" \
    "grokscope-clockpizza checkpoints/demo --control init --format text"
figure "rqi" "the geometry, beside controls" \
    "grokscope-rqi checkpoints/demo --control shuffled,random --format text"
for parts in '--drop circle=7' '--drop circle=2' '--keep circle=2,7,15' '--keep pc=1-4' \
    '--drop neurons=freq:4 --mean' '--drop tensor=embed.W_E --from checkpoints/demo@0'; do
    figure "README, ablate" "losses and accuracies" \
        "grokscope-ablate checkpoints/demo $parts |
        columns ablation,removed,test_loss_ablated,test_accuracy_ablated"
done
figure "ablate" "what a circle writes" \
    "grokscope-ablate checkpoints/demo --drop circle=4 --long |
    columns frequency,change_share,v_before,v_after | sort -k 2gr | head -n 4"
figure "groups" "its representations" \
    "grokscope-groups checkpoints/demo --format text"
figure "README, compare" "two seeds" \
    "grokscope-compare checkpoints/demo checkpoints/demo-1 --format text || true"
figure "compare" "two seeds, frequency by frequency" \
    "grokscope-compare checkpoints/demo checkpoints/demo-1 --long=frequency |
    columns frequency,key_a,key_b,neurons_a,neurons_b,r_a,r_b,circuit_a,circuit_b"
figure "embedding" "share of eight components" \
    "grokscope-embedding checkpoints/demo --tensor unembedding --pca 8 -o X.npy --force"
figure "embedding" "nearest neighbours of the answers: steps, and how many" \
    "grokscope-embedding checkpoints/demo --tensor unembedding | awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) if (\$i == \"x0\") first = i }
        NR > 1 { n++; for (i = first; i <= NF; i++) x[n, i] = \$i; last = NF }
        END { for (a = 1; a <= n; a++) {
            one = two = 1e30
            for (b = 1; b <= n; b++) {
                d = 0
                for (i = first; i <= last; i++) d += (x[a, i] - x[b, i]) ^ 2
                k = (b - a + n) % n; if (k > n / 2) k = n - k
                if (b == a) continue
                if (d < one) { two = one; step2 = step1; one = d; step1 = k }
                else if (d < two) { two = d; step2 = k }
            }
            near[step1]++; near[step2]++
        }
        for (k in near) print k, near[k] }'"
figure "train" "what was measured in training" \
    "grokscope-info checkpoints/xray --history=progress |
    columns step,train_loss,test_loss,restricted_loss,excluded_loss,logit_fve |
    awk 'NR == 1 || \$1 ~ /^(0|400|1200|2000|2600|2900)\$/'; tail -n 1 xray.tsv"
figure "export" "the same bits come back" \
    "grokscope-export checkpoints/demo -o demo.safetensors --force &&
    grokscope-import demo.safetensors -o demo.h5 --force &&
    grokscope-compare checkpoints/demo demo.h5 --long=tensor |
    columns tensor,same,max_difference"

# The picture, by the notebook that draws it, of the same run.
figure "README" "notebooks/grokking.svg is that of this run" \
    "GROKSCOPE_BIN=$(dirname "$(command -v grokscope-train)") ${PYTHON:-python3} -B \
    '$source/tests/notebooks.py' pictures --place . '$source'/notebooks/01-*.ipynb >log &&
    cmp pictures/grokking.svg '$source/notebooks/grokking.svg' && echo the same"
