# Every program answers as its help says.
version=$(sed -n 's/^project(grokscope VERSION \([0-9.]*\).*/\1/p' \
    "$(dirname "$0")/../../CMakeLists.txt")
. "$(dirname "$0")/lib.sh"
[ -n "$version" ] || fail "CMakeLists.txt has no version"

programs=$(cd "$GROKSCOPE_BIN" && ls | grep '^grokscope-' | grep -vx grokscope-bench)
for program in $programs; do
    expect 0 $program --help
    prints "Usage: $program"
    prints "Examples:"
    [ ! -s err ] || fail "$program --help writes to stderr"
    expect 0 $program --version
    prints "$program (grokscope) $version"
    expect 2 $program
    says "Usage: $program"
    [ ! -s out ] || fail "$program without arguments writes to stdout"
    question=${program#grokscope-}
    expect 0 grokscope "$question" --version
    prints "$program (grokscope)"
    for width in 40 80 200; do
        COLUMNS=$width expect 0 $program --help
        cp out wanted
        COLUMNS=$width expect 0 grokscope help "$question"
        cmp -s out wanted || fail "grokscope help $question is not $program --help"
        [ $width -lt 80 ] || LC_ALL=C.UTF-8 awk -v width=$width 'length > width' out >long
        [ ! -s long ] || fail "a line of $program --help is longer than $width letters"
    done
done
for word in "" help --help -h; do
    for width in 60 80; do
        COLUMNS=$width expect 0 grokscope $word
        prints fourier
        awk -v width=$width 'length > width' out >long
        [ ! -s long ] || fail "a line of the questions is longer than $width letters"
    done
done
expect 0 grokscope version
prints "grokscope (grokscope) $version"
expect 2 grokscope fuorier
says "no question 'fuorier'; did you mean 'fourier'?"
expect 2 grokscope help fuorier
says "no question 'fuorier'; did you mean 'fourier'?"
expect 2 grokscope grok
says "no question 'grok'"
says "Usage: grokscope QUESTION"

# Training prints one row, nothing else.
expect 0 grokscope-train $tiny --steps 30 --checkpoints list:0,10 --out run
[ "$(wc -l <out)" -eq 2 ] || fail "summary of $(wc -l <out) lines"
[ "$(cut -f 1-3 out | tail -1)" = "$(printf 'run\t30\tsteps')" ] || fail "summary row"
ls run >files
for file in step-000000000.h5 step-000000010.h5 step-000000030.h5 run.h5 resume.h5; do
    grep -qx $file files || fail "no $file"
done
expect 0 grokscope-train $tiny --print-config --format json
prints '"n_heads": 2'

# A folder does not hide the recipe of its name.
mkdir demo
expect 0 grokscope-train demo --print-config
prints "p = 59"

# The printed configuration is a recipe for the same run.
grokscope-train $tiny --steps 30 --checkpoints list:0,10 --print-config >same.recipe
expect 0 grokscope-train same.recipe --out again --quiet
[ ! -s err ] || fail "--quiet is not quiet"
[ "$(digest run)" = "$(digest again)" ] || fail "recipe does not repeat the run"

# So is the printed command.
command=$(grokscope-info run --command | sed 's/--out DIR/--out third/')
expect 0 eval "$command"
[ "$(digest run)" = "$(digest third)" ] || fail "command does not repeat the run"

# Analyses.
expect 0 grokscope-info run
prints "$(printf 'run\t30\tmodel\td_mlp\t32')"
prints "$(printf 'run\t30\ttensor\tembed.W_E\tfloat32 [8, 16] d_vocab d_model')"
expect 0 grokscope-info run --list-tensors
prints "$(printf 'embed.W_E\tfloat32\t[8, 16]\td_vocab d_model\t1')"
[ "$(wc -l <out)" -eq 12 ] || fail "not eleven tensors are listed"
expect 0 grokscope-info run --check --step all
[ "$(grep -c 'ok$' out)" -eq 3 ] || fail "not three files are ok"
expect 0 grokscope-fourier run --step all --long
head -1 out | grep -qx "$(printf 'run\tstep\ttensor\thead\torder\tfrequency\tpower\tfraction\tkey')" ||
    fail "columns of fourier"
# 3 files, 4 tensors and 2 of 2 heads each, frequencies 0 to 3
[ "$(wc -l <out)" -eq 97 ] || fail "fourier: $(wc -l <out) lines"
awk -F '\t' 'NR > 1 && $6 > 0 { sum[$2 $3 $4] += $8 }
    END { for (i in sum) if (sum[i] < 0.999999 || sum[i] > 1.000001) exit 1 }' out ||
    fail "fractions do not sum to 1"
expect 0 grokscope-fourier run/step-000000010.h5 again --format text
prints "embedding: "
prints "again, step 30"
expect 0 grokscope-fourier run -o spectra.tsv
[ ! -s out ] || fail "-o writes to stdout too"
expect 2 grokscope-fourier run -o spectra.tsv
says "spectra.tsv: exists; --force replaces it"
expect 0 grokscope-fourier run -o spectra.tsv --force
expect 0 grokscope-fourier run --step 0:20:10
[ "$(cut -f 2 out | sort -u | tr '\n' ' ')" = "0 10 step " ] || fail "steps of 0:20:10"
grokscope-fourier run --step all | head -1 >/dev/null || fail "a closed pipe"

# The graph of a recipe, plain and rewritten: the same parameters, fewer operations.
expect 0 grokscope-info --graph nanda-mainline --format tsv
says "mix         on   (sum_j w_j x_j) W = sum_j w_j (x_j W)"
total() { awk -F '\t' -v graph="$1" '$1 == graph { sum += $7 } END { print sum }' out; }
awk -v plain="$(total plain)" -v fast="$(total rewritten)" \
    'BEGIN { exit !(plain > 14 && fast < 2) }' || fail "operations of the graphs"
for graph in plain rewritten; do
    [ "$(grep -c "^$graph.*parameter	.*W_" out)" -eq 9 ] || fail "weights of $graph"
done
prints "blocks.0.mlp.hook_post"
expect 0 grokscope-info --graph nanda-mainline --rewrite gather
says "mix         off"
expect 2 grokscope-info --graph nanda-mainline --rewrite mixx
says "rewrite: no 'mixx'; did you mean 'mix'?"
expect 2 grokscope-info --graph
expect 2 grokscope-info --graph nanda-mainline --check
says "exclude each other"
