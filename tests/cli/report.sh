# grokscope-report: what it writes of runs of every kind, against the other programs.
# usage: report.sh PYTHON
python=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

# report CODE ARGUMENTS…: without the page, which a build may lack.
report() {
    code=$1
    shift
    expect "$code" grokscope-report --data "$@"
}

# holds FILE TEXT / lacks FILE TEXT
holds() { grep -qF -- "$2" "$1" || fail "$1 does not hold '$2'"; }
lacks() { ! grep -qF -- "$2" "$1" || fail "$1 holds '$2'"; }

# compare WHAT FILE…: the reader in Python finds it right; where there is h5py.
compare() {
    "$python" -c 'import h5py, numpy' 2>/dev/null || return 0
    "$python" -B "$here/report.py" "$@" >compared 2>why || fail "report.py $*: $(cat why)"
}

# It grows two circles; one of them becomes a clock.
expect 0 grokscope-train --p 23 --d-model 24 --n-heads 2 --d-mlp 48 --train-fraction 0.8 \
    --learning-rate 0.003 --steps 600 --checkpoints linear:100 --out run

# ---- One run, in numbers ----

mkdir tables
for measure in progress norms; do
    expect 0 grokscope-$measure run --step all --control init,shuffled
    cp out tables/$measure.tsv
done
expect 0 grokscope-fourier run --step all --long=frequency
cp out tables/fourier.tsv
expect 0 grokscope-clockpizza run --step all --long
cp out tables/circles.tsv
report 0 run -o run.data
[ "$(value file 1) $(value runs 1) $(value steps 1) $(value checkpoints 1)" = \
    "run.data 1 7 7" ] || fail "the answer"
[ "$(value bytes 1)" -eq "$(wc -c <run.data)" ] || fail "bytes"
[ "$(value notes 1)" -eq 0 ] || fail "notes of a run that is shown whole"
compare data run.data run tables
[ ! -e compared ] || [ "$(cat compared)" -gt 100000 ] || fail "$(cat compared) numbers compared"
holds run.data '"command": "grokscope-report run '
report 0 run -o one.data --threads 1
sed 's/one\.data/run.data/' one.data | cmp -s - run.data || fail "it depends on the threads"

# A checkpoint that is damaged is named, and no page leaves it out in silence.
cp -r run damaged
printf x | dd of=damaged/step-000000300.h5 bs=1 seek=20000 conv=notrunc 2>/dev/null
report 3 damaged -o damaged.data
says "damaged/step-000000300.h5: is damaged"
[ ! -e damaged.data ] || fail "a report of a damaged run"

# ---- The page ----

grokscope-report run -o page.html >out 2>err
case $? in
0)
    compare page page.html
    lacks page.html '<!--data-->'
    ;;
1)
    says "uPlot"
    says "--data"
    [ ! -e page.html ] || fail "a page that there is not was written"
    ;;
*) fail "a page" ;;
esac

# ---- Outputs ----

report 2 run -o run.data
says "run.data: exists; --force replaces it"
report 0 run -o run.data --force
report 2 run
says "-o FILE.html is missing"
report 2 -o none.data
says "RUN is missing"
report 3 nowhere -o none.data
says "nowhere"
report 3 run nowhere -o none.data
says "nowhere"
report 3 run --beside nowhere -o none.data
says "nowhere"
[ ! -e none.data ] || fail "a failure leaves a file"

# ---- What is left out is said ----

report 0 run -o few.data --steps 3 --format json
prints '"steps":'
says "run: 3 of 7 checkpoints are shown."
holds few.data "run: 3 of 7 checkpoints are shown."
report 0 run -o few.data --steps 3 --force --quiet
[ ! -s err ] || fail "--quiet says something"
size=$(wc -c <run.data)
limit=$((size * 7 / 10))
report 0 run -o small.data --max-size "$(echo "$limit" | awk '{ print $1 / 1e6 }')"
[ "$(wc -c <small.data)" -le "$limit" ] || fail "larger than it may be"
says "run: logits, their 2-D spectrum and neurons are drawn at "
lacks small.data "are drawn at"
report 0 run -o least.data --max-size 0.065
[ "$(wc -c <least.data)" -le 65000 ] || fail "larger than it may be"
holds least.data "attention patterns are left out"
lacks least.data '"attention"'
report 2 run -o none.data --max-size 0.02
says "expected 0.02 at most (--max-size)"

# ---- Several runs, names that a page must not read as its own ----

expect 0 grokscope-train --p 23 --d-model 24 --n-heads 2 --d-mlp 48 --seed 1 \
    --steps 60 --checkpoints linear:30 --out 'a </script>'
report 0 run 'a </script>' --beside run -o three.data
[ "$(value runs 1)" -eq 3 ] || fail "three runs"
for role in main beside seed; do
    holds three.data "\"role\": \"$role\""
done
[ "$(grep -c '</script>' three.data)" -eq 2 ] || fail "a name ends a script"
holds three.data 'a \u003c/script>'

# ---- Networks of every kind ----

expect 0 grokscope-train --operation divide --p 13 --d-model 16 --n-heads 2 --d-mlp 24 \
    --layout 'a op b =' --steps 30 --checkpoints linear:30 --out divides
report 0 divides -o divides.data
says "divides: no clockpizza: the operation is a / b, b not 0: found no sum"
holds divides.data '"operation": "a / b mod 13, b not 0"'
holds divides.data '"p": 12'
holds divides.data '"residues": ['
holds divides.data '"spectrum"'
holds divides.data '"op"'
lacks divides.data '"circles"'

expect 0 grokscope-train --operation compose --group S4 --layout 'a b' \
    --architecture chughtai_mlp --d-model 16 --d-mlp 16 --steps 30 \
    --checkpoints linear:30 --out group
report 0 group -o group.data
holds group.data '"operation": "a b in S4"'
holds group.data '"irreps"'
holds group.data 'standard_sign'
lacks group.data '"spectrum"'
lacks group.data '"residues"'
[ "$(value notes 1)" -eq 0 ] || fail "notes of a group's network: $(cat err)"

expect 0 grokscope-train gromov-quadratic --p 11 --d-mlp 40 --learning-rate 0.05 --steps 30 \
    --checkpoints linear:30 --out squares
report 0 squares -o squares.data
holds squares.data '"waves"'
holds squares.data '"logits"'
lacks squares.data '"attention"'

# Tasks without pairs: what there is of losses, outputs and norms.
expect 0 grokscope-train --task digits --digits 2 --d-model 16 --n-heads 2 --d-mlp 16 \
    --train-samples 60 --test-samples 40 --steps 20 --checkpoints linear:20 --out digits
report 0 digits -o digits.data
holds digits.data '"operation": "the sum of two numbers, digit by digit"'
for text in '"name": "train_loss"' '"name": "test_digit_2_accuracy"' '"output": "digit_0"' \
    '"name": "memorised"' '"norms"'; do
    holds digits.data "$text"
done
for text in '"spectrum"' '"circles"' '"residues"' '"progress"' '"output": "sum"'; do
    lacks digits.data "$text"
done
[ "$(value notes 1)" -eq 0 ] || fail "notes of a network of digits: $(cat err)"
expect 0 grokscope-train --task parity --n 8 --k 2 --online yes --architecture mlp --hidden 8 \
    --batch-size 20 --steps 20 --checkpoints linear:20 --out stream
report 0 stream -o stream.data
holds stream.data '"name": "batch_loss"'
holds stream.data '"name": "learned"'
lacks stream.data '"name": "memorised"'
lacks stream.data '"output"'
compare bits stream.data stream
lacks digits.data '"bits"'
[ "$(value notes 1)" -eq 0 ] || fail "notes of a stream's network: $(cat err)"

cp run/step-000000600.h5 lone.h5
report 0 lone.h5 -o lone.data
[ "$(value steps 1)" -eq 1 ] || fail "a lone file has one step"
holds lone.data '"circles"'
lacks lone.data '.init"'

if "$python" -c 'import numpy' 2>/dev/null; then
    "$python" -c 'import numpy; numpy.savez("w.npz", a=numpy.ones((3, 4), "f4"))'
    expect 0 grokscope-import w.npz --architecture tensors -o plain.h5
    report 0 plain.h5 -o plain.data
    says "plain.h5: tensors without a network; only their norms are shown."
    holds plain.data '"norms"'
    lacks plain.data '"progress"'
fi

# ---- What was not measured ----

expect 0 grokscope-train --p 7 --d-model 8 --n-heads 2 --d-mlp 16 --train-fraction 1 \
    --steps 20 --checkpoints linear:10 --out whole
report 0 whole -o whole.data
holds whole.data '"name": "training loss"'
for fact in '"name": "test loss"' '"name": "generalised"' '"value": "nan"'; do
    lacks whole.data "$fact"
done

# ---- While it trains ----

grokscope-train --quiet --p 7 --d-model 16 --n-heads 2 --d-mlp 16 --steps 20000 \
    --checkpoints linear:2000 --log-every 2000 --out grows >/dev/null 2>&1 &
training=$!
until [ -e grows/step-000002000.h5 ]; do sleep 0.1; done
report 0 grows -o grows.data --watch 1
wait "$training" || fail "the run that was watched failed"
lacks grows.data '"watch"'
[ "$(value steps 1)" = 11 ] || fail "the last page has $(value steps 1) steps, not 11"
report 2 grows -o grows.data --watch -1
