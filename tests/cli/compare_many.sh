# Every pair of checkpoints, and the path of a run: grokscope-compare of many at once.
# usage: compare_many.sh PYTHON
python=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
expect 0 grokscope-train --p 13 --d-model 16 --n-heads 2 --d-mlp 32 --train-fraction 0.7 \
    --steps 400 --checkpoints linear:50 --out run

has_numpy() { $python -c 'import h5py, numpy' 2>/dev/null; }
checked() { has_numpy && { $python -B "$here/compare_many.py" "$@" 2>err || fail "$*"; }; true; }

# ---- All pairs ----

expect 0 grokscope-progress run --step all --keys-from each
cp out keys
expect 0 grokscope-compare run --step all --all-pairs
cp out table
[ "$(wc -l <table)" -eq 37 ] || fail "$(wc -l <table) lines of 9 checkpoints' pairs"
head -1 table | grep -qx "$(printf 'run_a\tstep_a\trun_b\tstep_b\tkeys_jaccard\tspectrum_cosine\tweight_distance\tweight_cosine\tembedding_cka\tembedding_procrustes\tlogit_cka\tagreement\tkl\tkl_reverse')" ||
    fail "columns of all pairs"
checked pairs run keys table
for threads in 1 3; do
    grokscope-compare run --step all --all-pairs --threads $threads >out
    cmp -s out table || fail "pairs depend on the number of threads"
done
grokscope-compare run/step-*.h5 --all-pairs=quick >out
cmp -s out table || fail "files are not what their folder is"

# Files of matrices.
expect 0 grokscope-compare run --step all --all-pairs --format npy -o matrices
checked npy matrices table
[ "$(sed -n 3p matrices/checkpoints.tsv)" = "$(printf 'run\t50')" ] || fail "checkpoints.tsv"
expect 2 grokscope-compare run --step all --all-pairs --format npy -o matrices
says "exists; --force replaces it"
expect 0 grokscope-compare run --step all --all-pairs --format npy -o matrices --force
expect 0 grokscope-compare run --step all --all-pairs --format h5 -o pairs.h5
checked h5 pairs.h5 table
for name in weight_distance kl; do
    expect 0 grokscope-compare run --step all --all-pairs --matrix $name
    cp out square
    checked matrix $name square table
done

# Several runs, of one shape and not, and only weights.
expect 0 grokscope-train $tiny --steps 20 --out small
expect 0 grokscope-train $tiny --steps 20 --seed 1 --out other
expect 0 grokscope-train $tiny --d-mlp 16 --steps 20 --out narrow
expect 0 grokscope-compare small other narrow run --all-pairs
[ "$(wc -l <out)" -eq 7 ] || fail "pairs of four runs"
[ "$(value run_b 1)" = other ] || fail "the second run"
value weight_distance 1 | grep -q '^[1-9]' || fail "one shape has no distance"
[ "$(value weight_distance 2)" = nan ] || fail "a distance of other shapes"
value logit_cka 2 | grep -q '^0\.[0-9]' || fail "two widths have no CKA"
for name in keys_jaccard embedding_cka logit_cka agreement kl; do
    [ "$(value $name 3)" = nan ] || fail "$name of p = 7 and p = 13"
done
expect 0 grokscope-compare small other --all-pairs --matrix agreement
head -1 out | grep -qx "$(printf 'run\tstep\tsmall@20\tother@20')" || fail "columns of runs"
expect 0 grokscope-compare small small@20 --all-pairs
[ "$(value weight_distance 1)" = 0 ] || fail "a checkpoint is away from itself"
[ "$(value kl 1)" = 0 ] || fail "a checkpoint diverges from itself"
[ "$(value weight_cosine 1)" = 1 ] || fail "the cosine of a checkpoint with itself"
expect 0 grokscope-export small -o small.npz
expect 0 grokscope-import small.npz --architecture tensors -o tensors.h5
expect 0 grokscope-compare tensors.h5 tensors.h5 small --all-pairs
[ "$(value weight_distance 1)$(value weight_cosine 1)$(value agreement 1)" = 01nan ] ||
    fail "pairs of tensors"

# With neurons: what A B says, pair by pair.
expect 0 grokscope-compare run --step 0:400:200 --all-pairs=full --barrier-points 5
cp out full
head -1 full | grep -q "$(printf 'kl_reverse\tneuron_cka\tmatched_correlation\tweight_distance_matched\tbarrier\tbarrier_matched')$" ||
    fail "columns of full"
grokscope-compare run --step 0:400:200 --all-pairs=full --barrier-points 5 --threads 1 >out
cmp -s out full || fail "full pairs depend on the number of threads"
for a in 0 200; do
    grokscope-compare run@$a run --step 0:400:200 --barrier-points 5 >out
    awk -F '\t' -v a=$a 'NR == 1 || $4 > a' out >beside
    [ "$(wc -l <beside)" -gt 1 ] || fail "nothing beside step $a"
    checked same full beside
done
expect 0 grokscope-compare run --step 0:400:200 --all-pairs=full --matrix barrier \
    --barrier-points 3
[ "$(awk -F '\t' 'NR == 3 { print $4 }' out)" = 0 ] || fail "a barrier to itself"
expect 0 grokscope-compare small narrow --all-pairs=full
[ "$(value barrier 1)" = nan ] || fail "a line between other shapes"
value neuron_cka 1 | grep -q '^0\.[0-9]' || fail "neurons of two widths have no CKA"

# ---- The path ----

expect 0 grokscope-compare run --step all --trajectory
cp out path
head -1 path | grep -qx "$(printf 'run\tstep\tpc1\tpc2\tpc3\tdistance_from_start\tdistance_to_end\tdistance_from_before\tpath_length\tdistance_walk\tdetour')" ||
    fail "columns of a path"
expect 0 grokscope-compare run --step all --trajectory --long=component --components 0
[ "$(wc -l <out)" -eq 9 ] || fail "$(wc -l <out) lines of 8 components"
cp out components
checked path run path components
grokscope-compare run --step all --trajectory --threads 1 >out
cmp -s out path || fail "the path depends on the number of threads"
expect 0 grokscope-compare run small --step all --trajectory --components 5
[ "$(value pc3 10)$(value step 10)" = nan0 ] || fail "components of a short run"
[ "$(value run 11)" = small ] || fail "two runs have two paths"
expect 0 grokscope-compare run --step all --trajectory --format json
prints '"pc3": '
expect 0 grokscope-compare run --step all --trajectory --format h5 -o path.h5
expect 0 grokscope-compare run --step all --trajectory --format text

# ---- What does not go together ----

refuses() { # WORDS COMMAND…
    words=$1
    shift
    expect 2 "$@"
    says "$words"
}
refuses "one checkpoint is no pair" grokscope-compare run --all-pairs
refuses "one checkpoint is no path" grokscope-compare run --trajectory
refuses "not both" grokscope-compare run --all-pairs --trajectory
refuses "'size' is none of keys_jaccard, " grokscope-compare run --all-pairs --matrix size
refuses "asks for --all-pairs=full" grokscope-compare run --all-pairs --matrix barrier
refuses "name one with --output" grokscope-compare run --all-pairs --format npy
refuses "all matrices as files" grokscope-compare run --all-pairs --format npy --matrix kl
refuses "has no matrices" grokscope-compare run --trajectory --matrix kl
refuses "asks for --trajectory" grokscope-compare run run --long=component
refuses "format npy asks for --all-pairs" grokscope-compare run run --format npy -o x
refuses "--matrix asks for --all-pairs" grokscope-compare run run --matrix kl
cp run/step-000000100.h5 torn.h5
truncate -s 5000 torn.h5
expect 2 grokscope-compare run torn.h5 --all-pairs
says "torn.h5"
exit 0
