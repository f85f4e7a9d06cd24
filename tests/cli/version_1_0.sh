# Files of the format's version 1.0 open, and the programs say of them what they said then.
# usage: version_1_0.sh TESTS PYTHON
tests=$1 python=$2
. "$(dirname "$0")/lib.sh"
if ! $python -c 'import h5py' 2>err; then
    cat err
    echo "skipped: $python has no h5py" && exit 0
fi
expect 0 "$python" -B "$tests/run_1_0.py" run
cp -r run whole

# same NAME TOLERANCE COMMAND…: its table is the one that is kept, column by column.
exit_code=0
same() {
    kept=$tests/cli/version_1_0/$1.tsv tolerance=$2
    shift 2
    expect "$exit_code" "$@"
    mv out table
    expect 0 "$python" -B "$tests/cli/version_1_0.py" "$kept" table "$tolerance"
}

expect 0 grokscope-info run --check --step all
[ "$(grep -c 'ok$' out)" -eq 4 ] || fail "4 files, not all of them ok"
expect 0 grokscope-info run/resume.h5 --check
expect 0 grokscope-info run
grep -q "	p	7$" out || fail "its modulus is not told"
expect 0 grokscope-info run --digest --step all
[ "$(cut -f 3 out | sort -u | wc -l)" -eq 5 ] || fail "4 files have not 4 digests"
expect 0 grokscope-info run --history=loss
[ "$(value test_loss 4)" = 2.234375 ] || fail "the history is another"

# Functions of the weights, in double precision, are the same but for roundings.
same norms 1e-9 grokscope-norms run --step all
same norms_tensors 1e-9 grokscope-norms run --long
same fourier 1e-9 grokscope-fourier run --key-rule energy --step all
same fourier_tensors 1e-9 grokscope-fourier run --key-rule energy --long=tensor
same embedding 1e-9 grokscope-embedding run --tensor embedding
# These run the network, in single precision.
same progress 1e-4 grokscope-progress run --key-fve 0 --step all
exit_code=1 # as two networks differ
same compare 1e-4 grokscope-compare --key-fve 0 run@0 run

# Reading leaves a run as it was.
for file in whole/*; do
    cmp -s "$file" "run/${file#whole/}" || fail "$file is written to"
done
exit 0
