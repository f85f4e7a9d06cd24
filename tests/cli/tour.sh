# The commands of the README's tour, each as it stands there, one after the other.
# usage: tour.sh SOURCE_FOLDER RUNS
# Its runs are left in RUNS/checkpoints.
source=$1 runs=$2
. "$(dirname "$0")/lib.sh"

# Those of its blocks of sh, without what is said after them.
sed -n '/^## A tour/,/^## / { /^```sh$/,/^```$/ { /^```/d; s/ *#  *.*//; /^$/d; p; } }' \
    "$source/README.md" >commands
[ "$(wc -l <commands)" -ge 10 ] || fail "the tour has $(wc -l <commands) commands"

# All of them succeed and answer; compare, as diff does, ends with 1 where it finds a
# difference.
while read -r command <&3; do
    eval "$command" >out 2>err
    code=$?
    case $command in
    *compare*) [ $code -le 1 ] || fail "exit $code: $command" ;;
    *) [ $code -eq 0 ] || fail "exit $code: $command" ;;
    esac
    [ -s out ] || fail "no answer: $command"
done 3<commands

# What the tour says comes out of it does; which frequencies these are may differ where
# another processor rounds otherwise.
expect 0 grokscope-info checkpoints/demo
awk '$4 == "test_accuracy" && $5 >= 0.99 { found = 1 } END { exit !found }' out ||
    fail "the demo does not generalise"
expect 0 grokscope-fourier checkpoints/demo
set -- $(value neuron_logit_keys 1)
[ $# -ge 2 ] && [ $# -le 6 ] || fail "key frequencies $*, expected a few"
expect 0 grokscope-compare checkpoints/demo demo.h5
[ "$(value same 1)" = 1 ] || fail "what was exported and imported differs"

rm -rf "$runs"
mkdir -p "$runs"
mv checkpoints "$runs/" || fail "the runs cannot be kept in $runs"
