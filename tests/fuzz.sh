#!/bin/sh
# Gives hostile files to every reader, under AddressSanitizer and
# UndefinedBehaviorSanitizer: each target of tests/fuzz for some minutes, two side by
# side where there are two cores. Prints what was run; 1 where something was found, whose
# input it keeps. usage: sh tests/fuzz.sh [MINUTES]
set -eu
minutes=${1:-1}
cd "$(dirname "$0")/.."
. train/packages.sh
ensure_packages $build_packages $fuzz_packages
targets="pickle torch legacy numpy safetensors index json config texts"

echo "== building into build/fuzz"
cmake -S . -B build/fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DGSC_FUZZ=ON -DBUILD_TESTING=ON >/dev/null
cmake --build build/fuzz --parallel "$(nproc)" --target fuzz_all -- \
    --no-print-directory -s
place=$PWD/build/fuzz/place
bin=$PWD/build/fuzz/tests/fuzz
mkdir -p "$place"
cd "$place"

# A target's corpus stays, so that the next run goes on from it; findings do too.
fuzz() { # TARGET
    mkdir -p "seeds-$1" "corpus-$1" "findings-$1"
    "$bin/replay_$1" --seeds "seeds-$1"
    seconds=$(awk -v minutes="$minutes" 'BEGIN { print int(60 * minutes + 0.5) }')
    "$bin/fuzz_$1" -max_total_time="$seconds" -max_len=4096 -timeout=20 \
        -rss_limit_mb=2560 -malloc_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="findings-$1/" "corpus-$1" "seeds-$1" >"log-$1" 2>&1 || :
}

# Seeds begin where the last run's ended.
hostile() {
    first=1
    [ ! -f next-seed ] || first=$(cat next-seed)
    "$bin/hostile" --minutes "$minutes" --seed "$first" >log-hostile 2>&1 || :
    files=$(sed -n 's/^\([0-9]*\) files, .*/\1/p' log-hostile)
    echo $((first + ${files:-0})) >next-seed
}

report() { # TARGET
    if [ "$1" = hostile ]; then
        sed -n 's/^\([0-9]*\) files, \([0-9]*\) a second, \([0-9]*\) findings$/\1 \2 - \3/p' \
            log-hostile
        return
    fi
    findings=$(ls "findings-$1" | wc -l)
    awk -v findings="$findings" '/number_of_executed_units/ { runs = $2 }
        /average_exec_per_sec/ { rate = $2 }
        /new_units_added/ { new = $2 }
        END { print runs + 0, rate + 0, new + 0, findings }' "log-$1"
}

echo "== fuzzing for $minutes min each, in build/fuzz/place"
running=0
for target in hostile $targets; do
    if [ "$target" = hostile ]; then hostile & else fuzz "$target" & fi
    running=$((running + 1))
    [ "$(nproc)" -gt 1 ] && [ $((running % 2)) -eq 1 ] || wait
done
wait

found=0
printf '%-12s %10s %8s %8s %8s\n' target runs runs/s new findings
for target in hostile $targets; do
    line=$(report "$target")
    [ -n "$line" ] || line="- - - ?" # it ended before it could tell
    printf '%-12s %10s %8s %8s %8s\n' "$target" $line
    [ "${line##* }" = 0 ] || found=1
done
[ "$found" -eq 0 ] || echo "findings: build/fuzz/place/findings-*, log-*"
exit "$found"
