# Every program that prints rows prints those columns that it is asked for, in order.
. "$(dirname "$0")/lib.sh"

# chooses COLUMN,COLUMN COMMAND…: the header, and as many cells in each row.
chooses() {
    columns=$1
    shift
    expect 0 "$@" --columns "$columns"
    [ "$(head -1 out)" = "$(echo "$columns" | tr , '\t')" ] || fail "columns of $1"
    [ "$(wc -l <out)" -ge 2 ] || fail "no row of $1"
    awk -F '\t' -v wanted="$(head -1 out | awk -F '\t' '{ print NF }')" \
        'NF != wanted { exit 1 }' out || fail "cells of $1"
    expect 0 "$@" --columns "$columns" --format json
    "$python" -c 'import json, sys
rows = json.load(sys.stdin)["results"]
assert rows and all(list(row) == sys.argv[1].split(",") for row in rows)' \
        "$columns" <out || fail "columns of $1 in JSON"
    [ "$1" = grokscope-embedding ] ||
        expect 0 "$@" --columns "$columns" --format text
    expect 2 "$@" --columns "$columns,no_such_column"
    says "columns: no 'no_such_column'; "
    says "there are: "
}
python=$1

chooses end,step grokscope-train $tiny --steps 20 --out run --force
chooses tensor,run grokscope-info run --list-tensors
chooses value,name grokscope-info run
chooses verdict grokscope-info run --check
chooses sha256,step grokscope-info run --digest
chooses rows,table grokscope-info run --history
chooses test_loss,step grokscope-info run --history=loss
chooses operation,node grokscope-info --graph demo
chooses shape,tensor grokscope-export run -o run.npz --force
chooses name,rows grokscope-embedding run --list
chooses value,key grokscope-import run.npz --list
for program in norms fourier rqi clockpizza progress pruning; do
    chooses step,run grokscope-$program run
done
chooses fraction,frequency,tensor grokscope-fourier run --long
expect 0 grokscope-train liu-toy --steps 20 --out toy
chooses dof,run grokscope-effective-theory toy
chooses max,step,max_init grokscope-norms run --control init
chooses train_loss,run grokscope-ablate run --drop pc=1
expect 0 grokscope-train $tiny --steps 20 --seed 1 --out other
expect 1 grokscope-compare run other --columns step_b,step_a
[ "$(xargs <out)" = "step_b step_a 20 20" ] || fail "columns of two runs"
chooses step_b,step_a grokscope-compare run --step all --all-pairs
chooses step,run grokscope-compare run --step all --trajectory
expect 2 grokscope-compare run --step all --all-pairs --format h5 -o x.h5 --columns run_a
says "--columns is of tables"
expect 0 grokscope-norms run --columns step,l2 -o norms.h5 --format h5
"$python" -c 'import h5py
assert sorted(h5py.File("norms.h5")) == ["l2", "step"]
assert h5py.File("norms.h5").attrs["columns"] == "step l2"' || fail "columns in HDF5"
expect 0 grokscope-sweep run demo $tiny --steps 20 --vary seed=0,1 --out sweep -q
expect 0 grokscope-sweep collect sweep --columns seed,test_loss -o sweep.h5 --format h5
"$python" -c 'import h5py
file = h5py.File("sweep.h5")
assert sorted(file) == ["curves", "seed", "test_loss"]
assert file["curves/test_loss"].shape == (2, len(file["curves/step"]))
assert abs(file["curves/test_loss"][1, -1] - file["test_loss"][1]) < 1e-6 or \
    file["curves/step"][-1] < 20' || fail "curves in HDF5"

# A name that is wrong is told before the work.
expect 2 grokscope-train $tiny --steps 20 --out never --columns stp
says "did you mean 'step'?"
[ ! -e never ] || fail "trained before the columns were looked at"
expect 2 grokscope-export run -o never.npz --columns tensr
[ ! -e never.npz ] || fail "exported before the columns were looked at"
exit 0
