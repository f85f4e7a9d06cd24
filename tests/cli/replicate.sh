# A published finding from nothing, by its name.
# usage: replicate.sh SOURCE
source=$1
. "$(dirname "$0")/lib.sh"

replicate() { # STATUS ARGUMENTS…
    status=$1
    shift
    GROKSCOPE_BIN=${GROKSCOPE_BIN:-} expect "$status" sh "$source/tests/replicate.sh" "$@"
}

sum_of_stored() { cat "$source"/train/recipes/results/*.tsv | cksum; }

before=$(sum_of_stored)
replicate 0 kumar-eigenvector --out made
[ "$(field verdict | sort -u)" = reproduced ] || fail "$(cat out)"
[ "$(field claim | wc -l)" -eq 8 ] || fail "not eight claims"
[ "$(field seeds | sort -u)" = 5 ] || fail "not five seeds"
[ -s made/recipes/results/kumar-eigenvector.tsv ] || fail "nothing is stored"
[ "$(sum_of_stored)" = "$before" ] || fail "the stored results are other ones"
# What is there is not trained again.
cp out first
rm -r made/runs
replicate 0 kumar-eigenvector --out made
cmp -s first out || fail "other verdicts"
[ ! -e made/runs ] || fail "it trains again"
replicate 2
says "usage: sh tests/replicate.sh NAME"
replicate 2 liu-phases --small --out made
says "none of them takes less than ten minutes"
replicate 2 kumar-eigenvector --out
says "--out needs a folder"
replicate 2 kumar-eigenvector --jobs some
says "--jobs: 'some' is no number of runs"
replicate 2 kumar-eigenvector --fast
says "no option --fast"
replicate 1 nothing-of-the-kind --out made
says "no recipe 'nothing-of-the-kind'; those that claim something are"
exit 0
