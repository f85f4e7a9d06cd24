# Losses against the length of the weights: rows of runs on spheres and of one without.
. "$(dirname "$0")/lib.sh"
for scale in 0.5 1 2; do
    expect 0 grokscope-train $tiny --init-scale $scale --projections fixed_norm \
        --weight-decay 0 --steps 60 --log-every 10 --out sphere-$scale
done
expect 0 grokscope-train $tiny --steps 60 --log-every 10 --out free

expect 0 grokscope-landscape sphere-* free
[ "$(wc -l <out)" -eq 5 ] || fail "$(wc -l <out) lines for four runs"
for row in 1 2 3; do
    awk -v a="$(value first_norm $row)" -v b="$(value norm $row)" \
        'BEGIN { exit !(a > 0 && (a - b) ^ 2 < 1e-8 * a * a) }' ||
        fail "row $row: weights on a sphere changed their length"
done
awk -v a="$(value norm 1)" -v b="$(value norm 3)" \
    'BEGIN { exit !((b / a - 4) ^ 2 < 1e-8) }' || fail "twice 2 is not four times 0.5"
[ "$(value norm 4)" != "$(value first_norm 4)" ] || fail "free weights kept their length"
[ "$(value init_scale 2)" = 1 ] || fail "init_scale $(value init_scale 2)"

# The same from the history: the lowest test loss of a run, and where it was.
lowest=$(value test_loss_best 4) step=$(value test_best_step 4)
expect 0 grokscope-info free --history=loss
awk -F '\t' -v lowest="$lowest" -v step="$step" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    NR == 2 || $at["test_loss"] < least { least = $at["test_loss"]; where = $at["step"] }
    END { exit !(where == step && least == lowest) }' out || fail "another lowest loss"

# The lowest of all runs has 1; a run that memorised and did not generalise is late.
expect 0 grokscope-landscape sphere-* free --columns test_loss_relative
tail -n +2 out | sort -g | head -1 | grep -qx 1 || fail "no run is the lowest"
expect 0 grokscope-landscape free --accuracy 0 --columns memorized_step,generalized_step
[ "$(tail -1 out)" = "0	0" ] || fail "an accuracy of 0 is reached at once"
expect 0 grokscope-train $tiny --steps 600 --log-every 10 --weight-decay 0 --out long
expect 0 grokscope-landscape long --columns test_accuracy,delay
[ "$(value delay 1)" = inf ] || fail "it generalised: $(tail -1 out)"

# With a second axis the lowest test loss is one of each of its values.
for decay in 0.5 1; do
    for scale in 0.5 2; do
        expect 0 grokscope-train $tiny --init-scale $scale --weight-decay $decay \
            --steps 60 --log-every 10 --out by-$decay-$scale
    done
done
expect 0 grokscope-landscape by-* --by weight-decay --columns by,test_loss,test_loss_relative
[ "$(cut -f 1 out | tr '\n' ' ')" = "by 0.5 0.5 1 1 " ] || fail "another second axis"
awk -F '\t' 'NR > 1 { if (!($1 in least) || $2 < least[$1]) least[$1] = $2
        loss[NR] = $2; relative[NR] = $3; by[NR] = $1 }
    END { for (i in loss) if ((relative[i] * least[by[i]] / loss[i] - 1) ^ 2 > 1e-20) exit 1
          exit NR != 5 }' out || fail "not over the lowest one of its value"
[ "$(awk -F '\t' '$3 == 1' out | wc -l)" -eq 2 ] || fail "not one minimum for each value"
expect 0 grokscope-landscape free --columns by,test_loss_relative
[ "$(tail -1 out)" = "	1" ] || fail "a second axis that nobody asked for"
expect 2 grokscope-landscape free --by messiness
says "by: free/step-000000060.h5 has no option 'messiness'; grokscope-info shows those"

expect 2 grokscope-landscape free --columns nothing
says "nothing"
expect 3 grokscope-landscape "$0"
says "not an HDF5 file"
expect 0 grokscope-export free -o free.npz
expect 3 grokscope-landscape free.npz
says "free.npz"
exit 0
