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
# Images of 6 x 6 made by code: class c is bright at places c, c + 10 and c + 20.
node -e '
const images = Buffer.alloc(16 + 120 * 36), labels = Buffer.alloc(8 + 120);
[0x803, 120, 6, 6].forEach((v, i) => images.writeUInt32BE(v, 4 * i));
[0x801, 120].forEach((v, i) => labels.writeUInt32BE(v, 4 * i));
for (let i = 0; i < 120; i++) {
    labels[8 + i] = (7 * i) % 10;
    for (let p = 0; p < 36; p++)
        images[16 + 36 * i + p] = ((i * 31 + p * 17) % 97) + (p % 10 === (7 * i) % 10 ? 110 : 0);
}
require("fs").mkdirSync("idx");
require("fs").writeFileSync("idx/t10k-images-idx3-ubyte", images);
require("fs").writeFileSync("idx/t10k-labels-idx1-ubyte", labels);'
expect 0 grokscope-train --quiet --task images --data idx --train-samples 60 --architecture mlp \
    --hidden 16 --learning-rate 0.01 --steps 80 --checkpoints linear:20 --log-every 10 --out images
expect 0 grokscope-report --quiet images -o images.html
expect 0 grokscope-train --quiet --task repeats --vocabulary 12 --seq-len 16 --subseq-len 4 \
    --num-repeats 3 --train-samples 60 --test-samples 40 --architecture transformer --d-model 16 \
    --n-heads 2 --d-mlp 24 --learning-rate 0.01 --steps 240 --checkpoints linear:60 \
    --log-every 20 --out tokens
expect 0 grokscope-report --quiet tokens -o tokens.html
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
