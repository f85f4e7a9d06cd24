# grokscope-groups: networks that compose the elements of a group.
# usage: groups.sh PYTHON
python=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

# field NAME: the column of that name, without its head.

# agrees FILE KEYS: the last table is what the definitions say.
agrees() {
    "$python" -c 'import h5py, numpy' 2>/dev/null || return 0
    cp out table
    "$python" -B "$here/groups.py" "$1" "$2" <table >compared 2>why ||
        fail "groups.py: $(cat why)"
    [ "$(cat compared)" -gt 6 ] || fail "$(cat compared) numbers compared"
    cp table out
}

# ---- A network of two embeddings, and a transformer ----

of_s4="--operation compose --group S4 --steps 120 --checkpoints linear:40 --log-every 20"
expect 0 grokscope-train $of_s4 --layout 'a b' --architecture chughtai_mlp \
    --train-fraction 0.8 --d-model 32 --d-mlp 24 --learning-rate 0.005 --out mlp
expect 0 grokscope-train $of_s4 --d-model 16 --n-heads 2 --d-mlp 24 \
    --learning-rate 0.005 --out attends
expect 0 grokscope-info mlp
prints "24"
for run in mlp attends; do
    file=$run/step-000000120.h5
    expect 0 grokscope-groups $run --irreps 'standard,sign'
    [ "$(field key_irreps)" = "standard sign" ] || fail "given keys: $(field key_irreps)"
    agrees $file standard,sign
    expect 0 grokscope-groups $run --long
    [ "$(field irrep | xargs)" = "trivial sign [2,2] standard standard_sign" ] ||
        fail "representations of S4: $(field irrep | xargs)"
    [ "$(field rank | xargs)" = "1 1 4 9 9" ] || fail "ranks of S4"
    agrees $file standard
    expect 0 grokscope-groups $run --step all
    cp out all
    expect 0 grokscope-groups $run --step all --threads 1
    cmp -s out all || fail "the numbers depend on the threads"
    [ "$(field key_irreps | sort -u | wc -l)" -eq 1 ] || fail "final keys differ"
done

# What was learned, and when: the same in both tables.
expect 0 grokscope-groups mlp --step all
learned=$(field learned | tail -1)
[ -n "$learned" ] || fail "nothing was learned"
[ -z "$(field learned | head -1)" ] || fail "step 0 has learned $(field learned | head -1)"
expect 0 grokscope-groups mlp --step all --long
for irrep in $learned; do
    awk -F '\t' -v name="$irrep" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["irrep"] == name && $at["similarity"] > .05 && !found { found = $at["step"] }
        $at["irrep"] == name { said = $at["learned_step"] }
        END { exit !(found != "" && found == said) }' out || fail "learned_step of $irrep"
done

# ---- Cosets ----

expect 0 grokscope-groups mlp --long=coset --subgroup '(0 1 2), (0 1)'
[ "$(field num_cosets | sort -u)" = 4 ] || fail "cosets of S3 in S4"
[ "$(field subgroup | head -1)" = "(0 1 2), (0 1)" ] || fail "the subgroup's name"
awk -F '\t' 'NR > 1 && !($8 >= 0 && $8 <= 1 && $9 > .13043 && $9 < .13044) { exit 1 }' out ||
    fail "shares of cosets"
awk -F '\t' 'NR > 1 && !($11 >= 0 && $11 <= 1 && $12 > .21739 && $12 < .21740) { exit 1 }' out ||
    fail "neighbours in cosets"
expect 0 grokscope-groups mlp --long=coset --subgroup '()'
[ "$(field adjusted | sort -u)" = nan ] || fail "cosets of one element say something"
expect 0 grokscope-groups mlp --long=coset
[ "$(field subgroup | sort -u | wc -l)" -eq 28 ] || fail "proper subgroups of S4: 28"
# Neuron by neuron: of one subgroup, and the least of all.
expect 0 grokscope-groups mlp --long=neuron --subgroup '(0 1 2), (0 1)'
[ "$(field subgroup | sort -u | xargs)" = "(0 1 2), (0 1)" ] || fail "another subgroup"
field coset_chance | awk '!($1 > .86956 && $1 < .86957) { exit 1 }' ||
    fail "chance of cosets of S3 in S4"
field irrep_share | awk '!($1 > 0 && $1 <= 1) { exit 1 }' || fail "shares of irreps"
field coset_concentration >of_one
expect 0 grokscope-groups mlp --long=neuron --control random
field coset_concentration | paste of_one - |
    awk '!($2 >= 0 && $2 <= $1 && $1 <= 1) { exit 1 }' || fail "the least of all subgroups"
[ "$(field tensor | sort -u | xargs)" = "U x y" ] || fail "matrices of neurons"
expect 0 grokscope-groups mlp --long=neuron --subgroup '()'
[ "$(field subgroup | sort -u)" = none ] || fail "cosets of one element"
# What they prove is at most the accuracy; a network of another form proves nothing.
expect 0 grokscope-groups mlp --long=bound
[ "$(field ideal | xargs)" = "irrep coset" ] || fail "two ways to idealise"
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    !($at["certified"] >= 0 && $at["certified"] <= $at["accuracy"] && $at["distance"] > 0) {
        exit 1 }' out || fail "more is certified than is right"
expect 2 grokscope-groups mlp --long=coset --subgroup '(0 9)'
says "elements '(0 9)': at '9)', expected numbers or cycles, as (0 3)(1 4)"
expect 2 grokscope-groups mlp --irreps standard,5d
says "irreps: '5d' is none of this group's"

# ---- Sums are compositions too; a quotient is not ----

expect 0 grokscope-train $tiny --steps 40 --checkpoints linear:40 --out sums
expect 0 grokscope-groups sums --long
[ "$(field irrep | xargs)" = "trivial freq_1 freq_2 freq_3" ] || fail "irreps of C7"
expect 0 grokscope-groups sums --long=bound
[ "$(field certified | sort -u)" = nan ] || fail "attention is no relu(x + y)"
expect 0 grokscope-groups sums --irreps freq_1,freq_3
restricted=$(field restricted_loss) excluded=$(field excluded_loss)
expect 0 grokscope-progress sums --convention chughtai --keys 1,3
awk -v a="$restricted" -v b="$(field restricted_loss)" -v c="$excluded" \
    -v d="$(field excluded_loss)" 'function off(x, y) { return x > y ? x - y : y - x }
    BEGIN { exit !(off(a, b) < 1e-7 * a && off(c, d) < 1e-7 * c) }' ||
    fail "progress --convention chughtai says $(field restricted_loss)," \
        "$(field excluded_loss), groups $restricted, $excluded"
expect 0 grokscope-train $tiny --operation divide --steps 2 --out quotients
expect 2 grokscope-groups quotients
says "operation divide (a / b, b not 0) composes no group"

# ---- A table of one's own ----

printf '0 1 2 3\n1 0 3 2\n2 3 0 1\n3 2 1 0\n' >klein.txt
expect 0 grokscope-train --operation compose --group-file klein.txt --layout 'a b' \
    --architecture chughtai_mlp --d-model 8 --d-mlp 8 --train-fraction 0.8 --steps 3 --out klein
rm klein.txt
expect 0 grokscope-groups klein --long
[ "$(field rank | xargs)" = "1 1 1 1" ] || fail "Klein's group has four irreps"

# Frequencies are of residues only; elements of Klein's group are none.
for measure in rqi fourier; do
    expect 2 grokscope-$measure klein
    says "$measure asks for frequencies; klein/step-000000000.h5 is of the group"
    says "whose elements are no residues and have none. grokscope-groups tells of"
done
expect 0 grokscope-train $tiny --operation compose --group C7 --steps 2 --out cyclic
expect 0 grokscope-rqi cyclic
expect 0 grokscope-fourier cyclic

printf '0 1 2\n1 0 2\n2 2 0\n' >bad.txt
expect 3 grokscope-train --operation compose --group-file bad.txt --out bad
says "bad.txt: no group:"
expect 2 grokscope-train --operation compose --group S7 --out bad
says "group 'S7': S with 7, expected 1 to 6"
expect 2 grokscope-train --operation compose --out bad
says "operation compose asks for a group"
