# The example in checkpoints/FORMAT.md reads a real run with h5py.
# usage: format_example.sh SOURCE_FOLDER PYTHON
source=$1 python=$2
. "$(dirname "$0")/lib.sh"
if ! $python -c 'import h5py' 2>err; then
    cat err
    echo "skipped: $python has no h5py" && exit 0
fi
expect 0 grokscope-train $tiny --steps 200 --out run
sed -n '/^```python/,/^```/p' "$source/checkpoints/FORMAT.md" | grep -v '^```' >example.py
[ -s example.py ] || fail "no example in FORMAT.md"
expect 0 "$python" example.py run/step-000000100.h5 run/run.h5
[ -s out ] || fail "the example prints nothing"
