# grokscope-double-descent: the peak, a ridge, patterns, and what is refused.
. "$(dirname "$0")/lib.sh"

descent() { expect 0 grokscope-double-descent "$@"; }
descent --features 30,100,1000 --draws 15 --columns features,test_error
awk -F '\t' 'NR > 1 { error[$1] = $2 }
    END { exit !(error[100] > 10 * error[30] && error[30] > error[1000]) }' out || fail "no peak"
descent --features 100 --draws 15 --ridge 0,1 --columns ridge,test_error
awk -F '\t' 'NR > 1 { error[$1] = $2 } END { exit !(error[0] > 10 * error[1]) }' out ||
    fail "a ridge leaves the peak"
descent --model patterns --heuristic 0,1 --until 90 --points 4 --columns heuristic,time,test_accuracy
awk -F '\t' 'NR > 1 { right[$1, $2] = $3 }
    END { exit !(right[0, 30] < 0.01 && right[0, 90] > 0.99 && right[1, 30] > 0.3) }' out ||
    fail "neither grokking nor double descent"

refused() { # TEXT ARGUMENTS…
    text=$1
    shift
    expect 2 grokscope-double-descent "$@"
    says "$text"
}
refused "features: 10.5 is no whole number" --features 10.5
refused "features: 'abc' is no list of numbers" --features abc
refused "features: names no number" --features ""
refused "ridge: -1 lies outside 0 to 1e+12" --ridge -1
refused "heuristic: 2 lies outside 0 to 1" --model patterns --heuristic 0,2
refused "no run is read" some/run
