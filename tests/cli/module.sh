# The module of the notebooks reads a run and asks programs.
# usage: module.sh SOURCE_FOLDER PYTHON
source=$1 python=$2
. "$(dirname "$0")/lib.sh"
if ! $python -c 'import h5py' 2>err; then
    cat err
    echo "skipped: $python has no h5py" && exit 0
fi
expect 0 grokscope-train $tiny --steps 200 --measure norms --out run
expect 0 grokscope-train --fork run --steps 300 --measure norms,rqi --out fork
expect 0 "$python" "$source/tests/cli/module.py" "$source/notebooks" run
prints "does what it says"
