# What is installed works without the folder it was built in: the programs, wherever the
# prefix is moved, and the library for clients, by CMake and by pkg-config.
# usage: install.sh CMAKE BUILD_FOLDER SOURCE_FOLDER; a client is compiled with $CFLAGS
cmake=$1 build=$2 source=$3
plain_path=$PATH
. "$(dirname "$0")/lib.sh"

expect 0 "$cmake" --install "$build" --prefix "$folder/prefix"
PATH=$folder/prefix/bin:$PATH
share=$folder/prefix/share
package=$(dirname "$(find "$folder/prefix" -name grokscope.pc)")

# Every program of the build but the benchmark, with its page and completion.
for program in $(cd "$GROKSCOPE_BIN" && ls); do
    if [ "$program" = grokscope-bench ]; then
        [ ! -e "prefix/bin/$program" ] || fail "the benchmark is installed"
        continue
    fi
    for file in bin/$program share/man/man1/$program.1 \
        share/bash-completion/completions/$program; do
        [ -s "prefix/$file" ] || fail "no $file"
    done
done
for file in man/man5/grokscope-checkpoint.5 man/man7/grokscope.7 \
    grokscope/recipes/demo.recipe grokscope/python/grokscope.py \
    grokscope/python/grokscope_save.py; do
    [ -s "$share/$file" ] || fail "no share/$file"
done
# The pages of the public headers, where they are made.
if [ -e "$build/share/doc/grokscope/api" ]; then
    for page in index measure_8h read_checkpoint_8c-example; do
        [ -s "$share/doc/grokscope/api/$page.html" ] || fail "no page $page of the headers"
    done
fi
# The site, where its renderer was found.
if [ -e "$build/share/doc/grokscope/html" ]; then
    for file in index.html search-index.js manual/grokscope-train.html; do
        [ -s "$share/doc/grokscope/html/$file" ] || fail "no share/doc/grokscope/html/$file"
    done
fi
if [ -e "$share/doc/grokscope/api" ] && [ -e "$share/doc/grokscope/html" ]; then
    grep -q 'href="../api/index.html"' "$share/doc/grokscope/html/index.html" ||
        fail "the site does not lead to the pages of the headers"
fi
find prefix -type f ! -path 'prefix/bin/*' ! -name 'lib*' \
    -exec grep -lF -e "$source" -e "$build" {} + >out
[ ! -s out ] || fail "paths of this machine are installed"

# The Python module is found wherever the prefix is moved.
mv prefix elsewhere
[ "$(elsewhere/bin/grokscope --python)" = "$(pwd -P)/elsewhere/share/grokscope/python" ] ||
    fail "the module is not beside the programs"
mv elsewhere/share/grokscope/python kept
elsewhere/bin/grokscope --python >out 2>err
[ $? -eq 1 ] || fail "a module that is not there is found"
says "share/grokscope/python: No such file"
mv kept elsewhere/share/grokscope/python
mv elsewhere prefix

# Clients. The first trains, and prints what the programs print of the same measures.
expect 0 "$cmake" -S "$source/tests/client" -B by_cmake \
    -DCMAKE_PREFIX_PATH="$folder/prefix"
expect 0 "$cmake" --build by_cmake
expect 0 by_cmake/train_and_measure run
prints "841 examples, 353 of them train"
mv out by_cmake.out
sed -n '/^fourier, /,/^$/p' by_cmake.out | grep '	' >fourier.out
sed -n '/^progress, /,$p' by_cmake.out | grep '	' >progress.out
[ "$(wc -l <fourier.out)" -eq 5 ] || fail "not a row for each of four checkpoints"
expect 0 grokscope-fourier run --step all --key-rule energy \
    --columns step,neuron_logit_keys,neuron_logit_share
cmp -s out fourier.out || fail "fourier says another thing than the client"
expect 0 grokscope-progress run --step all --key-rule energy --convention notebook \
    --columns step,key_frequencies,train_loss,test_loss,restricted_loss
cmp -s out progress.out || fail "progress says another thing than the client"

# The second reads checkpoints: a run's, one that was brought in from elsewhere, one whose
# task has no residues, one of a task and a network that only a client knows, and none.
expect 0 by_cmake/read_checkpoint run@300
prints "task binary_operation, architecture transformer"
prints "unembed.W_U [32, 29]"
mv out read.out
# usage: is_told NAME RIGHT_SHARE SPLIT; "train: 340 of 353 examples are right, 96.32 %"
is_told() {
    grep -q "^$1: .* right, $(awk -v x="$2" 'BEGIN { printf "%.2f", 100 * x }') %$" \
        read.out || fail "read_checkpoint says another $1 accuracy than $2"
}
expect 0 grokscope-metrics run --columns train_accuracy,test_accuracy
is_told train "$(sed -n '2s/	.*//p' out)"
is_told test "$(sed -n '2s/.*	//p' out)"
expect 0 grokscope-fourier run --long --key-rule energy \
    --columns tensor,frequency,fraction,key
awk '$1 == "neuron_logit" && $4 == 1 {
    printf "frequency %d: %.1f %% of the power\n", $2, 100 * $3 }' out >keys
[ -s keys ] || fail "the client's run has no key frequency"
grep '^frequency' read.out | cmp -s - keys || fail "read_checkpoint has other frequencies"
expect 0 grokscope-export run --output run.safetensors
expect 0 grokscope-import run.safetensors --output brought.h5
expect 0 by_cmake/read_checkpoint brought.h5
sed -n '/^train: /,$p' out >brought.out
sed -n '/^train: /,$p' read.out | cmp -s - brought.out ||
    fail "what was brought in answers otherwise"
expect 0 grokscope-train --task parity --architecture mlp --steps 2 \
    --checkpoints linear:2 --out bits
expect 0 by_cmake/read_checkpoint bits
prints "task parity, architecture mlp"
prints "no frequencies: its examples are no pairs of residues"
expect 3 by_cmake/read_checkpoint by_cmake.out
says "read_checkpoint: by_cmake.out: not an HDF5 file"
expect 3 by_cmake/read_checkpoint nowhere
says "nowhere: No such file"

# The third adds parts to the library: each addition has its line.
expect 0 by_cmake/extend extended
for addition in "task wave" "operator softplus" "loss log_cosh" "rule signum" "projection box" \
    "metric absolute_error" "measure largest_weight" "opened again: smooth"; do
    prints "$addition"
done
expect 0 by_cmake/read_checkpoint extended
prints "written by a program with a part of its own, smooth"
prints "it cannot be run: 'smooth' is not known to this program"
# The programs have its weights, though they know neither its task nor its network.
expect 0 grokscope-norms extended
prints "extended	90"
expect 0 grokscope-info extended --check --step all
expect 0 grokscope-info extended
prints "weight_decay	0"
expect 0 grokscope-export extended --output extended.npz
expect 3 grokscope-fourier extended
says "'smooth' is not known to this program"

export PKG_CONFIG_PATH="$package"
expect 0 pkg-config --modversion grokscope
expect 0 cc ${CFLAGS-} -std=c11 -Wall -Wextra -Wpedantic -Werror \
    "$source/tests/client/train_and_measure.c" \
    $(pkg-config --cflags --libs --static grokscope) -o train_and_measure
export LD_LIBRARY_PATH="${package%/*}" # where the library is a shared one
expect 0 ./train_and_measure run
cmp -s out by_cmake.out || fail "the client built by pkg-config says another thing"
expect 0 grokscope-info run --check --step all
[ "$(grep -c 'ok$' out)" -eq 4 ] || fail "not four files of the client's are ok"
unset LD_LIBRARY_PATH

# Moved as a whole, and not on the PATH.
mv prefix moved
PATH=$plain_path
expect 0 moved/bin/grokscope train demo --print-config
prints "p = 59"
expect 0 moved/bin/grokscope fourier run --format text
prints "embedding: "
