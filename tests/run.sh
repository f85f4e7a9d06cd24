#!/bin/sh
# All tests, from nothing: installs what is missing, builds with warnings as errors,
# once plain and once with AddressSanitizer and UndefinedBehaviorSanitizer, and runs
# everything through ctest. usage: sh tests/run.sh
set -eu
cd "$(dirname "$0")/.."
. train/packages.sh
ensure_packages $build_packages $page_packages $test_packages

build_and_test() { # FOLDER TYPE OPTIONS…
    folder=$1
    shift
    echo "== building into $folder"
    cmake -S . -B "$folder" -DGSC_WARNINGS_AS_ERRORS=ON -DBUILD_TESTING=ON "$@" \
        >/dev/null
    cmake --build "$folder" --parallel "$(nproc)" -- --no-print-directory -s
    # One more than there are cores, as some tests wait: for a browser, for signals.
    ctest --test-dir "$folder" --output-on-failure --parallel "$(($(nproc) + 1))"
}

build_and_test build/sanitized -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGSC_SANITIZE=ON \
    -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1 -DNDEBUG"
build_and_test build/plain -DCMAKE_BUILD_TYPE=Release
