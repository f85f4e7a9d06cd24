#!/bin/sh
# Do two builds train the same weights, to the bit? By hand, while contracts move.
# usage: sh tests/same_weights.sh OLD NEW [STEPS] [RECIPE…]
# OLD and NEW are folders with bin/ and share/, of a build or installed. Each recipe is
# trained for STEPS steps [20] with two threads by both. Exit code 1 where any differ.
set -u
[ $# -ge 2 ] || { sed -n '2,5s/^# //p' "$0" >&2 && exit 2; }
tests=$(cd "$(dirname "$0")" && pwd)
old=$(cd "$1" && pwd) && new=$(cd "$2" && pwd) || exit 2
steps=${3:-20}
shift "$(($# < 3 ? $# : 3))"
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2

recipes() { # PREFIX: the names of its recipes
    for recipe in "$1"/share/grokscope/recipes/*.recipe; do
        basename "$recipe" .recipe
    done
}

train() { # PREFIX RECIPE OUT
    "$1/bin/grokscope-train" "$2" --steps "$steps" --checkpoints "list:$steps" \
        --log-every "$steps" --threads 2 --out "$3" --quiet >/dev/null
}

digest() { # RUN: of the weights of its last step
    last=$(ls "$1"/step-*.h5 | tail -n 1)
    PYTHONPATH=$tests "$python" -B -c \
        'import golden, sys; print(golden.params_digest(sys.argv[1]))' "$last"
}

has() { [ -e "$1/share/grokscope/recipes/$2.recipe" ]; } # PREFIX RECIPE

verdict() { # RECIPE
    has "$old" "$1" || { echo "skipped: only NEW has it" && return; }
    has "$new" "$1" || { echo "only OLD has it" && return; }
    rm -rf old new
    train "$old" "$1" old || { echo "OLD fails" && return; }
    train "$new" "$1" new || { echo "NEW fails" && return; }
    a=$(digest old) && b=$(digest new) || { echo "cannot be read" && return; }
    if [ "$a" = "$b" ]; then echo same; else echo differs; fi
}

failed=0
[ $# -gt 0 ] || set -- $({ recipes "$old" && recipes "$new"; } | sort -u)
for recipe; do
    told=$(verdict "$recipe")
    printf '%s\t%s\n' "$recipe" "$told"
    case $told in same | skipped*) ;; *) failed=1 ;; esac
done
exit $failed
