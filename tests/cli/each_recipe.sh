# Every shipped recipe trains, cut short; the analytic solution is right before.
. "$(dirname "$0")/lib.sh"

for recipe in "$GSC_RECIPES"/*.recipe; do
    name=$(basename "$recipe" .recipe)
    short="--steps 2 --log-every 1 --out short --force"
    # A step of the published size takes minutes, and so does the loss of all its facts.
    case $name in
    two-hop) short="$short --d-model 48 --d-mlp 96 --entities 200 --n-layers 2" ;;
    huang-depth) short="$short --d-model 64 --d-mlp 128 --n-layers 2" ;;
    esac
    if ! grokscope-train "$name" $short >out 2>err; then
        says "data: no" # which are not on every machine
        continue
    fi
    [ "$(tail -1 out | cut -f 2)" -eq 2 ] || fail "$name did not make two steps"
    if grep -q '^task = ' "$recipe"; then
        expect 2 grokscope-fourier short
        says "fourier asks for the facet binary_table (a table of pairs)"
    else
        expect 0 grokscope-fourier short --format text
        prints embedding
    fi
done

expect 0 grokscope-train gromov-analytic --out analytic
[ "$(tail -1 out | cut -f 5,7)" = "1	1" ] || fail "the analytic network is not always right"
exit 0
