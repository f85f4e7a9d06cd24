#!/bin/sh
# The library as a shared one: it exports what the public headers declare and nothing
# else, and programs and clients work with it. Takes some minutes, for a build of its own.
# usage: sh tests/shared.sh [BUILD_FOLDER]
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$source/build/shared}
mkdir -p "$build"
build=$(cd "$build" && pwd)
cmake -S "$source" -B "$build" -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_TESTING=OFF -DGSC_WARNINGS_AS_ERRORS=ON
cmake --build "$build" --parallel "$(nproc)" -- --no-print-directory -s
GROKSCOPE_BIN=$build/bin sh "$source/tests/cli/install.sh" cmake "$build" "$source"

library=$(find "$build" -name 'libgrokscope.so.*.*.*')
[ -f "$library" ] || { echo "FAILED: no shared library" >&2 && exit 1; }
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$build/exported"
cat "$source"/include/grokscope/*.h | grep -o 'gsc_[a-z0-9_]*' | sort -u >"$build/declared"
[ -s "$build/exported" ] || { echo "FAILED: nothing is exported" >&2 && exit 1; }
if comm -23 "$build/exported" "$build/declared" | grep .; then
    echo "FAILED: these are in no public header" >&2
    exit 1
fi
readelf -d "$library" | grep SONAME
echo "$(wc -l <"$build/exported") symbols are exported, each in a public header"
