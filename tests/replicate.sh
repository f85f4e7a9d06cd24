#!/bin/sh
# Run published findings from nothing: build the programs, train every network that a
# recipe claims something of, measure, and print each claim with the verdict, what was
# measured and published, the paper, seeds and seconds of training. It keeps away from the
# results that are stored in train/recipes; called again it goes on where it ended.
# usage: sh tests/replicate.sh NAME…|all [--small] [--out FOLDER] [--jobs N]
#   NAME      a recipe of train/recipes, without its ending
#   --small   only those that take less than ten minutes
#   --out     where runs and results go: build/replicate
#   --jobs    runs at a time: 2
# $GROKSCOPE_BIN names a folder of programs that are built already.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
out=$source/build/replicate
names= small= jobs=2

refuse() { # WHAT IS WRONG
    echo "replicate.sh: $1" >&2
    sed -n '6,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --help) sed -n '2,11s/^# \{0,1\}//p' "$0" && exit 0 ;;
    --small) small=--small ;;
    --out) [ $# -gt 1 ] || refuse "--out needs a folder" && out=$2 && shift ;;
    --jobs) [ $# -gt 1 ] || refuse "--jobs needs a number" && jobs=$2 && shift ;;
    -*) refuse "no option $1" ;;
    *) names="$names $1" ;;
    esac
    shift
done
[ -n "$names" ] || refuse "no recipe is named"
case $jobs in *[!0-9]* | '' | 0) refuse "--jobs: '$jobs' is no number of runs" ;; esac
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3

if [ -z "${GROKSCOPE_BIN:-}" ]; then
    (
        cd "$source"
        . train/packages.sh
        ensure_packages $build_packages python3
        cmake -S . -B build -DCMAKE_BUILD_TYPE=Release
        cmake --build build --parallel
    ) >&2
    GROKSCOPE_BIN=$source/build/bin
fi
export GROKSCOPE_BIN

mkdir -p "$out"
names=$($python -B "$source/train/recipes/replicate.py" --list $names $small)
[ -n "$names" ] || refuse "none of them takes less than ten minutes"
mkdir -p "$out/recipes/results"
cp "$source"/train/recipes/*.py "$source"/train/recipes/*.recipe "$out/recipes"
exec $python -B "$out/recipes/replicate.py" $names --out "$out/runs" --jobs "$jobs"
