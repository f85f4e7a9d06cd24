# What all programs that measure share: formats, outputs, controls, threads, failures.
# usage: measure_program.sh PYTHON
python=$1
. "$(dirname "$0")/lib.sh"
$python -c 'import h5py' 2>err || { cat err && echo "skipped: no h5py" && exit 0; }

# make_run KIND OPTIONS…: KIND/run, and KIND/torn, in which a file is cut.
make_run() {
    kind=$1
    shift
    mkdir "$kind"
    expect 0 grokscope-train "$@" --steps 30 --checkpoints list:0,10 --save-on '' \
        --out "$kind/run"
    cp -r "$kind/run" "$kind/torn"
    head -c 5000 "$kind/run/step-000000010.h5" >"$kind/torn/step-000000010.h5"
}

# An order that has a proper subgroup, for the tables about them, and positions enough
# for tokens that come twice; and what some programs ask for.
make_run pairs $tiny --p 9 --layout 'eos a op b = c' --loss-positions all
make_run toy liu-toy --hidden 8
make_run bits --task parity --n 7 --k 2 --train-samples 60 --test-samples 60 \
    --architecture mlp --hidden 8
make_run tasks --task multitask_parity --tasks 3 --n 6 --k 2 --online no \
    --train-samples 90 --test-samples 90 --architecture mlp --hidden 8
make_run direction --task single_index --d-in 6 --train-samples 20 --test-samples 20 \
    --architecture committee --d-mlp 8
make_run hops --task two_hop --entities 20 --relations 6 --out-degree 4 --phi 1.5 \
    --ood-share 0.25 --iid-share 0.15 --n-layers 1 --d-model 16 --n-heads 2 --d-mlp 16

# What programs answered, to be compared at the end: a folder for each of their tables.
answers=$PWD/answers
mkdir answers

# The answers that are files say the same as the table on stdout. Columns that are no keys
# and of one checkpoint have their controls after them; the others stay by themselves.
cat >same.py <<'EOP'
import csv, json, math, pathlib, sys
import h5py


def same(cell, of_json, of_h5):
    if isinstance(of_json, str):
        return cell == of_json == of_h5.decode()
    if of_json is None:
        return cell in ("nan", "inf", "-inf") and not math.isfinite(of_h5)
    return float(cell) == of_json == of_h5


def check_forms(folder, names, rows):
    root = json.loads((folder / "answer.json").read_text())
    program = root["schema"]
    assert folder.name.split(",")[0] == program and root["schema_version"] == 1, program
    assert len(root["results"]) == len(rows) > 0
    with h5py.File(folder / "answer.h5") as file:
        assert file.attrs["schema"] == program
        assert file.attrs["version"] == root["version"]
        assert file.attrs["columns"].split() == names
        assert sorted(file) == sorted(names)
        for c, name in enumerate(names):
            values = file[name][:]
            assert len(values) == len(rows), name
            for i, row in enumerate(rows):
                result = root["results"][i]
                assert list(result) == names
                assert same(row[c], result[name], values[i]), (name, row[c], result[name])


def check_controls(names, controlled):
    kinds, at, found = ["init", "shuffled", "random"], 0, 0
    for name in names:
        assert controlled[at] == name, (controlled[at], name)
        at += 1
        if controlled[at:at + 1] == [name + "_init"]:
            assert controlled[at:at + 3] == [f"{name}_{k}" for k in kinds]
            at, found = at + 3, found + 1
    assert at == len(controlled) and found > 0, controlled


folders = sorted(pathlib.Path(sys.argv[1]).iterdir())
for folder in folders:
    print(folder.name, file=sys.stderr)
    (names, *rows), (controlled, *_) = (
        list(csv.reader((folder / name).open(), delimiter="\t", quoting=csv.QUOTE_NONE))
        for name in ("plain.tsv", "controlled.tsv"))
    check_forms(folder, names, rows)
    check_controls(names, controlled)
assert folders
EOP

nothing_left() { # after a failure: of the answer, and of what was on its way to it
    for left in answer.* .answer* *.tmp*; do
        [ ! -e "$left" ] || fail "$1 left $left"
    done
}

# check_table PROGRAM [OPTION]…
check_table() {
    table=$answers/$(echo "$*" | tr ' ' ',')
    mkdir "$table"
    expect 0 "$@" run --step all --threads 1
    cp out "$table/plain.tsv"
    [ "$(cut -f 1 out | tail -n +2 | sort -u)" = run ] || fail "the run of $*"
    [ "$(cut -f 2 out | tail -n +2 | uniq | tr '\n' ' ')" = "0 10 30 " ] ||
        fail "the steps of $*"
    expect 0 "$@" run --step all --threads 3
    cmp -s out "$table/plain.tsv" || fail "3 threads change $*"
    expect 0 "$@" run --step all --format json -o "$table/answer.json"
    [ ! -s out ] || fail "-o writes to stdout too"
    expect 0 "$@" run --step all --format h5 --output "$table/answer.h5"
    expect 0 "$@" run --control init,shuffled,random --threads 1
    cp out "$table/controlled.tsv"
    expect 0 "$@" run --control init,shuffled,random --threads 3
    cmp -s out "$table/controlled.tsv" || fail "3 threads change the controls of $*"
}

check_program() { # PROGRAM [OPTION]…, in one word
    program=$1
    all= # of the frequencies, where a table has only those with enough power
    $program --help | grep -q -- --least-share && all=--least-share=1e-9
    check_table $program
    for rows in $($program --help | sed -n 's/^ *one row for each \(.*\):$/\1/p'); do
        $program --help | grep -q -- --long || continue
        [ -z "${GSC_FEW_TABLES-}" ] || continue
        [ "$rows" != cluster ] || continue # of what is known, which is nothing here
        check_table $program --long=$rows $all
    done

    # For people: one row is a list, with more the columns stand in line; on a screen
    # that is wide enough, nothing is broken.
    export COLUMNS=10000
    $program run --control random >plain.tsv 2>err
    expect 0 $program run --control random --format text
    head -1 plain.tsv | tr '\t' '\n' >names
    [ "$(awk '{ print $1 }' out)" = "$(cat names)" ] || fail "the list of $program"
    awk '{ match($0, /^[^ ]+ +/); print RLENGTH }' out | sort -u | wc -l | grep -qx 1 ||
        fail "values of $program out of line"
    expect 0 $program run --control random --step all --format text
    [ "$(head -1 out | xargs -n 1)" = "$(cat names)" ] || fail "the table of $program"
    [ "$(wc -l <out)" -eq 4 ] || fail "rows of the table of $program"

    # Command lines
    expect 2 $program run --control init,nonsense -o answer.tsv
    says "control"
    says "nonsense"
    expect 2 $program run --format h5
    says "format h5 is a file: name one with --output"
    [ ! -s out ] || fail "a refused $program writes to stdout"
    expect 2 $program run --format html -o answer.html
    nothing_left "a wrong command line of $program"

    # An output that exists, of text and of bytes
    for format in tsv h5; do
        echo mine >answer.$format
        expect 2 $program run --format $format -o answer.$format
        says "answer.$format: exists; --force replaces it"
        [ "$(cat answer.$format)" = mine ] || fail "$program overwrites"
        expect 0 $program run --format $format -o answer.$format --force
        [ "$(head -c 4 answer.$format)" != mine ] || fail "--force does not replace"
        rm answer.$format
        expect 1 $program run --format $format -o nowhere/answer.$format
        says "nowhere/answer.$format"
        expect 3 $program torn --step all --threads 2 --format $format -o answer.$format
        says "torn/step-000000010.h5"
        nothing_left "a torn file and $program"
        expect 3 $program run torn/step-000000010.h5 --format $format -o answer.$format
        nothing_left "a torn file and $program"
    done
    # What is refused is refused before any work.
    echo mine >answer.tsv
    expect 2 $program torn --step all -o answer.tsv
    expect 2 $program torn --step all --format h5
    rm answer.tsv

    # The first step file that is not of step 0
    mkdir late
    cp run/step-000000030.h5 late
    expect 0 $program late --control shuffled,random
    expect 3 $program late --control init -o answer.tsv
    says "late/step-000000030.h5: the first step file of the run is of step 30"
    nothing_left "a run without step 0 and $program"
    rm -r late
}

# Those that take only files and folders: grokscope-compare has a test of its own.
found=0
for file in "$GROKSCOPE_BIN"/grokscope-*; do
    $file --help 2>/dev/null >help
    grep -q -- --control help && grep -q '^Usage: [^ ]* FILE|FOLDER… ' help || continue
    kind=pairs
    less= # work than by default, where that is long
    case $file in
    *-effective-theory) kind=toy ;;
    *-parity) kind=bits ;;
    *-quanta) kind=tasks ;;
    *-committee) kind=direction ;;
    *-tracing) kind=hops ;;
    *-hessian) less='--probes 1 --lanczos-steps 4' ;;
    *-llc) less='--burn-in 10 --draws 10' ;;
    esac
    (cd $kind && check_program "$(basename "$file") $less") || exit 1
    found=$((found + 1))
done
[ $found -gt 0 ] || fail "no program measures"
expect 0 "$python" same.py answers
exit 0
