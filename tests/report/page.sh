# The page of a report in a browser: sh page.sh NODE_MODULES, which holds
# playwright-core. Skipped where there is no browser, no node or no page.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../cli/lib.sh"
modules=$1

skip() {
    echo "skipped: $*" >&2
    exit 77
}
command -v node >/dev/null || skip "node is missing"
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
    skip "node $(node --version) is older than 20, which playwright-core needs"
chromium=$(command -v chromium || command -v chromium-browser) ||
    skip "chromium is missing"
[ -d "$modules/playwright-core" ] || skip "$modules has no playwright-core"

# Two seeds and another network beside; at most a few steps, of which some matter.
train() { # NAME OPTIONS…
    name=$1
    shift
    expect 0 grokscope-train --quiet --p 11 --d-model 24 --n-heads 2 --d-mlp 48 \
        --train-fraction 0.8 --steps 240 --checkpoints linear:40 --log-every 10 \
        --learning-rate 0.005 --out "$name" "$@"
}
train main
train seed --seed 1
train other --attention-rate 0 --seed 2
expect 0 grokscope-report --quiet main seed --beside other -o two.html
expect 0 grokscope-report --quiet main --max-size 1 -o one.html
expect 0 grokscope-train --quiet --operation compose --group S3 --d-model 16 \
    --n-heads 2 --d-mlp 32 --train-fraction 0.8 --steps 80 --checkpoints linear:20 --out group
expect 0 grokscope-report --quiet group -o group.html
expect 0 grokscope-train --quiet --task digits --digits 2 --d-model 16 --n-heads 2 \
    --d-mlp 24 --train-samples 60 --test-samples 40 --steps 80 --checkpoints linear:20 \
    --log-every 10 --out digits
expect 0 grokscope-report --quiet digits -o digits.html
expect 0 grokscope-train --quiet --task parity --n 8 --k 2 --online yes --architecture mlp \
    --hidden 16 --batch-size 20 --steps 80 --checkpoints linear:20 --log-every 10 --out stream
expect 0 grokscope-report --quiet stream -o stream.html
# A sweep, and what the programs say of it.
expect 0 grokscope-sweep run demo --p 11 --d-model 24 --n-heads 2 --d-mlp 48 --learning-rate 0.005 \
    --steps 240 --log-every 10 --vary train_fraction=0.3,0.6,0.9 --vary weight_decay=0,2 \
    --vary seed=0,1,2 --out sweep -q
expect 0 grokscope-report --quiet sweep -o sweep.html
for rule in liu huang varma; do
    grokscope-phases sweep --rule $rule >$rule.tsv
done
grokscope-phases sweep --rule varma --table cells >cells.tsv
grokscope-phases sweep --accuracy 0.5 --delay 40 >moved.tsv
grokscope-sweep times sweep --by train_fraction --accuracy 0.5 >times.tsv
NODE_PATH=$modules exec node "$here/page.mjs" "$modules" "$chromium" "$folder"
