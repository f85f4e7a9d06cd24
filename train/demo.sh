#!/bin/sh
# grokscope in one command: install what is missing, build, train a network until it
# groks, show its frequencies and write the report of its run. usage: sh train/demo.sh
set -eu
cd "$(dirname "$0")/.."
. train/packages.sh
run=checkpoints/demo

ensure_packages $build_packages $page_packages
echo "== building into build/ (log: build/build.log)"
mkdir -p build
{ cmake -S . -B build -DBUILD_TESTING=OFF && cmake --build build --parallel; } \
    >build/build.log 2>&1 || { tail -n 40 build/build.log; exit 1; }

echo "== training the recipe 'demo': a + b mod p, from part of all pairs, into $run/"
build/bin/grokscope-train demo --out $run --force >build/demo.tsv

echo "== what happened"
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
    NR == 2 {
        printf "memorised:   99 %% of the training pairs right from step %d on\n", \
            $column["memorized_step"]
        printf "generalised: 99 %% of the pairs it never saw right from step %d on\n", \
            $column["generalized_step"]
    }' build/demo.tsv
echo
echo "== the frequencies of the grokked network"
build/bin/grokscope-fourier $run --format text

echo
echo "== the report of its run, for the browser"
report=$run.html
if build/bin/grokscope-report $run -o $report --force >build/report.tsv; then
    echo "open file://$PWD/$report"
else
    echo "no report; all else is there"
fi
echo
cat <<END
== where things are, and what to try next
$run/ holds a checkpoint of every 100 steps, in HDF5; run.h5 there stacks them all.
  export PATH=\$PWD/build/bin:\$PATH
  grokscope-fourier $run --step first --format text    before training: no frequency
  grokscope-info $run --format text                    configuration, tensors, losses
  grokscope-progress $run --step all                   how far its circuit had come
  grokscope-train nanda-mainline --out checkpoints/nanda    the paper's own network
  grokscope                                            all questions one can ask
END
