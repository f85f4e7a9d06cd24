# What the tests of the programs share; each is run as `sh <test>.sh` with
# GROKSCOPE_BIN set to the folder of the programs.
set -u
PATH=$GROKSCOPE_BIN:$PATH
unset NO_COLOR TERM
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

# A run of a moment: 49 examples, 2000 weights.
tiny="--p 7 --d-model 16 --n-heads 2 --d-mlp 32 --train-fraction 0.6"

fail() {
    echo "FAILED: $*" >&2
    [ -s out ] && { echo "--- stdout" >&2; head -20 out >&2; }
    [ -s err ] && { echo "--- stderr" >&2; head -20 err >&2; }
    exit 1
}

# expect CODE COMMAND…: run with stdout in `out`, stderr in `err`; the code must match.
expect() {
    code=$1
    shift
    "$@" >out 2>err
    got=$?
    [ "$got" -eq "$code" ] || fail "exit $got, expected $code: $*"
}

# says TEXT / prints TEXT: the last command's stderr / stdout holds the text.
says() { grep -qF -- "$1" err || fail "stderr does not say '$1'"; }
prints() { grep -qF -- "$1" out || fail "stdout does not print '$1'"; }

digest() { grokscope-info --digest "$1" | cut -f 3 | tail -n +2; }

# field COLUMN: its cells in all rows of the last answer.
field() {
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        NR > 1 { print $c }' out
}

# value COLUMN ROW: a cell of the last answer, rows counted from 1.
value() {
    awk -F '\t' -v name="$1" -v row="$2" \
        'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == row + 1 { print $at[name] }' out
}
