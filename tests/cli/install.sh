# What is installed works without the folder it was built in: the programs, wherever the
# prefix is moved, and the library for a client, by CMake and by pkg-config.
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
# The site, where its renderer was found.
if [ -e "$build/share/doc/grokscope/html" ]; then
    for file in index.html search-index.js manual/grokscope-train.html; do
        [ -s "$share/doc/grokscope/html/$file" ] || fail "no share/doc/grokscope/html/$file"
    done
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

# A client, built in two ways that do the same.
expect 0 "$cmake" -S "$source/tests/client" -B by_cmake \
    -DCMAKE_PREFIX_PATH="$folder/prefix"
expect 0 "$cmake" --build by_cmake
expect 0 by_cmake/client run
prints "841 examples, 353 of them train"
prints "frequency 14"
mv out by_cmake.out

# What a client adds: each addition has its line.
expect 0 by_cmake/extend extended
for addition in "task wave" "operator softplus" "loss log_cosh" "rule signum" "projection box" \
    "metric absolute_error" "measure largest_weight" "opened again: smooth"; do
    prints "$addition"
done
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
expect 0 cc ${CFLAGS-} "$source/tests/client/client.c" \
    $(pkg-config --cflags --libs --static grokscope) -o client
export LD_LIBRARY_PATH="${package%/*}" # where the library is a shared one
expect 0 ./client run
cmp -s out by_cmake.out || fail "the two clients differ"
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
