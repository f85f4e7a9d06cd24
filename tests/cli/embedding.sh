# grokscope-embedding: rows for t-SNE, their facts, and the files they come in.
# usage: embedding.sh PYTHON
python=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

has_numpy=false
"$python" -c 'import h5py, numpy' 2>/dev/null && has_numpy=true

# checks NAME ARGUMENT…: a check of embedding.py, where numpy and h5py are.
checks() {
    $has_numpy || return 0
    "$python" -B "$here/embedding.py" "$@" 2>why || fail "embedding.py $*: $(cat why)"
}

# write TENSOR OPTIONS… : both the numbers as .h5 and as .npy, of a run.
write() {
    run=$1
    shift
    expect 0 grokscope-embedding $run "$@" --force -o x.h5
    expect 0 grokscope-embedding $run "$@" --force -o x.npy
}

expect 0 grokscope-train $tiny --p 11 --steps 40 --checkpoints linear:10 --out run
expect 0 grokscope-train $tiny --p 11 --operation multiply --steps 20 --out times
last=run/step-000000040.h5

# ---- What there is ----

expect 0 grokscope-embedding run --list
for line in 'embedding	view	residue	11	16' 'unembedding	view	residue	11	16' \
    'embed.W_E	parameter	token	12	16' 'head_scores	view	residue	11	2' \
    'neurons	activation	input	121	32' 'logits	activation	input	121	11' \
    'blocks.0.hook_attn_out	activation	input	121	16' \
    'blocks.0.attn.hook_pattern	activation	input	121	6'; do
    prints "$line"
done
tail -n +2 out | cut -f 3-7 >list
while read -r name kind row rows columns; do
    expect 0 grokscope-embedding run --tensor "$name" --force -o each.npy
    [ "$(value rows 1) $(value columns 1)" = "$rows $columns" ] ||
        fail "$name: listed as $rows $columns, written as $(value rows 1) $(value columns 1)"
    [ "$(wc -l <each.metadata.tsv)" -eq $((rows + 1)) ] || fail "$name: rows of facts"
done <list
expect 0 grokscope-embedding run --list --format json
"$python" -c 'import json; assert len(json.load(open("out"))["results"]) > 20' ||
    fail "--list --format json"

# ---- Columns ----

expect 0 grokscope-embedding run --list --columns name,rows
[ "$(sed -n 1p out)" = "$(printf 'name\trows')" ] || fail "--list --columns"
expect 0 grokscope-embedding run --tensor embedding --columns label,residue,parity
[ "$(sed -n 1p out)" = "$(printf 'label\tresidue\tparity')" ] || fail "--columns"
[ "$(awk -F '\t' 'NF != 3' out)" = "" ] || fail "--columns: other cells"
expect 0 grokscope-embedding run --tensor embedding --pca 2 --columns 'step, x, label'
[ "$(sed -n 1p out)" = "$(printf 'step\tx0\tx1\tlabel')" ] || fail "--columns with x"
[ "$(sed -n '2 { s/\t.*//; p; }' out)" = 40 ] || fail "the step of --columns"
[ "$(sed -n '4 s/.*\t//p' out)" = 2 ] || fail "the label of --columns"
expect 0 grokscope-embedding run --tensor embedding --columns label,x -o X.csv --force
[ "$(sed -n 1p X.csv | cut -d , -f 1-2)" = label,x0 ] || fail "--columns of a file"
expect 0 grokscope-embedding run --tensor embedding --columns x,label --format json
"$python" -c '
import json
rows = json.load(open("out"))["results"]
assert all(list(row) == ["x", "label"] and len(row["x"]) == 16 for row in rows)' ||
    fail "--columns --format json"
expect 2 grokscope-embedding run --tensor embedding --columns lable
says "columns: no 'lable'; did you mean 'label'? there are: run, step, label"
expect 2 grokscope-embedding run --tensor embedding --columns label -o X.npy --force
says "--columns is of tables: tsv, csv and json; npy holds all of a row"

# ---- Numbers ----

write run --tensor embedding
checks weights $last x
write run --tensor unembedding --center
checks centred $last x
write run --tensor embedding --center --normalize
checks normalized $last x
write run --tensor unembedding --pca 3
checks components $last x
[ -n "$(value explained 1)" ] || fail "no share is printed"
write run --tensor embedding --step all
checks aligned run x previous
write run --tensor embedding --step 10:40:10 --align last --center
checks aligned run x last
write run --tensor embedding --step all --align none --pca 2
checks stacked run x
expect 0 grokscope-embedding run --tensor embedding --step all --pca 2 --force -o x.tsv
[ "$(wc -l <out)" -eq 6 ] || fail "one row for each checkpoint: $(wc -l <out)"

# Activations, whatever the threads.
for tensor in neurons logits blocks.0.hook_attn_out; do
    write run --tensor $tensor
    checks activation $last x $tensor
    for rows in a b c; do
        write run --tensor $tensor --rows $rows --inputs test
        checks means $last x $tensor $rows
    done
    expect 0 grokscope-embedding run --tensor $tensor --threads 1 --force -o one.npy
    expect 0 grokscope-embedding run --tensor $tensor --threads 3 --force -o three.npy
    cmp -s one.npy three.npy || fail "$tensor depends on the threads"
done
expect 0 grokscope-embedding run --tensor hook_embed --position b --rows b -o at_b.npy
expect 0 grokscope-embedding run --tensor embedding --force -o x.npy
checks same at_b.npy x.npy
expect 0 grokscope-embedding run --tensor neurons --step all --pca 2 --threads 1 -o one.h5
expect 0 grokscope-embedding run --tensor neurons --step all --pca 2 --threads 2 -o two.h5
cmp -s one.h5 two.h5 || fail "a stack depends on the threads"

# ---- Facts ----

write run --tensor embed.W_E --modulus 4
checks residues $last x 4
write run --tensor unembedding --frequency 3
checks phases $last x 3
write times --tensor unembedding
checks phases times/step-000000020.h5 x 0
write run --tensor neurons
checks inputs $last x
for kind in chughtai_mlp transformer; do
    layout='a b =' heads='--n-heads 2'
    [ $kind = chughtai_mlp ] && layout='a b' heads=
    expect 0 grokscope-train --operation compose --group S5 --architecture $kind \
        --layout "$layout" --d-model 8 $heads --d-mlp 6 --steps 1 --out $kind
    expect 0 grokscope-embedding $kind --list
    prints "$(printf 'unembedding\tview\telement\t120\t')"
    grep -q residue out && fail "a group has residues"
    write $kind --tensor unembedding --subgroup '(0 1 2), (0 1)'
    checks permutations $kind/step-000000001.h5 x '1 2 0 3 4' '1 0 2 3 4'
    write $kind --tensor logits --inputs train --subgroup '(0 1 2 3 4)'
    checks permutations $kind/step-000000001.h5 x '1 2 3 4 0'
done

# ---- Files ----

mkdir 'a, "run"'
cp run/step-000000000.h5 run/step-000000040.h5 'a, "run"'
for form in csv tsv json h5 npy; do
    expect 0 grokscope-embedding 'a, "run"' --step all --tensor logits -o "form.$form"
done
checks forms 'a, "run"' form
expect 0 grokscope-embedding run --tensor embedding
cp out table.tsv
expect 0 grokscope-embedding run --tensor embedding --format tsv -o named.data
cmp -s table.tsv named.data || fail "the table on standard output is another"
expect 0 grokscope-embedding run --tensor embedding -o folder/
checks projector folder 1 11 16
expect 0 grokscope-embedding run --tensor embed.W_E --step all --pca 3 -o films
checks projector films 5 12 3
[ -z "$(find . -name '*.tmp*')" ] || fail "a temporary file is left"

# ---- Refusals ----

expect 2 grokscope-embedding run
says "--tensor NAME is missing"
expect 3 grokscope-embedding run --tensor W_E
says "there is none of this name; near ones: embed.W_E;"
expect 3 grokscope-embedding run --tensor unembeding
says "near ones: unembedding;"
for output in x.npy x.h5 folder; do
    expect 2 grokscope-embedding run --tensor embedding -o $output
    says "$output: exists; --force replaces it"
done
rm x.npy
expect 2 grokscope-embedding run --tensor embedding -o x.npy
says "x.metadata.tsv: exists"
[ ! -e x.npy ] || fail "a refused file is there"
expect 0 grokscope-embedding run --tensor embedding --force -o folder
expect 2 grokscope-embedding run --tensor embedding --force --format projector -o x.h5
says "x.h5: a file; expected the name of a folder"
expect 2 grokscope-embedding run --tensor embedding -o x.png
says "x.png: its ending is none of"
expect 2 grokscope-embedding run --tensor embedding --format h5
says "format h5 is a file: name one with --output"
expect 2 grokscope-embedding run --tensor embedding --rows a
says "embedding is a view: its rows are no inputs"
expect 2 grokscope-embedding run --tensor neurons --position 7
says "position 7: neurons has positions 0 to 0"
expect 2 grokscope-embedding run --tensor neurons --position x
says "position 'x': expected answer, a, b or a number from 0"
expect 2 grokscope-embedding run --tensor embedding --pca 12
says "12 principal components of rows [11, 16]: expected 1 to 11"
expect 2 grokscope-embedding run --tensor embedding --frequency 6
says "the plane of frequency 6"
expect 2 grokscope-embedding run --tensor embedding --subgroup 3
says "these rows are not of elements of a group"
expect 2 grokscope-embedding chughtai_mlp --tensor embedding --frequency 2
says "have no phases"
expect 2 grokscope-embedding chughtai_mlp --tensor embedding --subgroup '(0 9)'
says "elements '(0 9)'"
expect 2 grokscope-embedding run times --tensor neurons
says "row 1 of neurons is of another input or residue"
expect 2 grokscope-embedding run chughtai_mlp --tensor unembedding
says "unembedding is [120, 6], in the first checkpoint [11, 16]"
