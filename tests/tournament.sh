#!/bin/sh
# Which measures tell in advance which networks generalise, and how long before? Two sweeps
# of 96 networks each, of other seeds, lie in OUT afterwards; it goes on where it was stopped.
# usage: sh tests/tournament.sh FOLDER OUT     20 core minutes for each sweep
# FOLDER has bin/ and share/, of a build or installed.
set -eu
sweep=$(cd "$1" && pwd)/bin/grokscope-sweep
mkdir -p "$2"
cd "$2"
for seeds in 0..3 4..7; do
    "$sweep" run tournament --vary random_labels=no,yes --vary weight_decay=0,0.5,1,2 \
        --vary train_fraction=0.4,0.55,0.7 --vary seed+data_seed=$seeds --out "seeds-$seeds" -q
    for by in "" random_labels,weight_decay,train_fraction; do
        printf '\n== seeds %s, %s\n' "$seeds" "${by:-all runs with all}"
        "$sweep" predict "seeds-$seeds" --accuracy 0.9 --by "$by" \
            --at 20,40,100,200,400,600,800,1000,1400,2000,3000
    done
done
