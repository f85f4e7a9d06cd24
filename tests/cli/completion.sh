# The completion of bash offers what the programs take and what the files at hand have. It
# starts none of the programs but grokscope-info, for what a file has.
. "$(dirname "$0")/lib.sh"
completions=$(cd "$GROKSCOPE_BIN/../share/bash-completion/completions" && pwd)
bash=$(command -v bash) || { echo "skipped: no bash" && exit 0; }

# offers WORDS WHAT…: the Tab after the words of a command line gives just these, and
# what bash is told to do about files. Without a PATH no program can be started.
offers() {
    words=$1
    shift
    printf '%s\n' "$@" | sort -u >expected
    PATH= "$bash" --norc -eu -c '
        folder=$1
        eval "COMP_WORDS=($2)"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { COMPREPLY+=("compopt $*"); }
        . "$folder/${COMP_WORDS[0]}"
        _grokscope
        printf "%s\n" "${COMPREPLY[@]-}"' bash "$completions" "$words" >out 2>err
    [ $? -eq 0 ] && [ ! -s err ] || fail "the completion of: $words"
    sort out | cmp -s - expected || fail "offered after: $words"
}

offers "grokscope fou" fourier
offers "grokscope --v" --version
offers "grokscope --p" --python
offers "grokscope fourier --fo" --force --format
offers "grokscope fourier --format ''" tsv json h5 text
offers "grokscope nothing ''" ''
offers "grokscope-fourier --format = j" json
offers "grokscope-fourier --format =" tsv json h5 text
offers "grokscope-fourier --long = f" frequency
offers "grokscope-fourier --long fr" ''
offers "grokscope-train --first-rate-zero ''" yes no
offers "grokscope-train --first_rate_zero y" yes
offers "grokscope-train --first-rate-zero --first-rate-z" --first-rate-zero
offers "grokscope-train --first-rate-zero dem" demo
offers "grokscope-train --first-rate-zero parity-online --hid" --hidden
offers "grokscope-train --layout 'a\\ b'" 'a\ b' 'a\ b\ ='
offers "grokscope-train --layout 'a\\ b\\ '" 'a\ b\ ='
offers "grokscope-train --operation cube" cube_plus cube1 cube2 'compopt -o nospace'
offers "grokscope-train --operation add,sub" add,subtract 'compopt -o nospace'
# Of a run's options those of its task and architecture, which the line chooses, or its
# recipe; of one that is continued those of all.
options_of() {
    grokscope-train "$@" --help |
        sed -n '/options:$/,$ s/^  \(-., \|    \)\(--[a-z0-9-]*\).*/\2/p'
}
offers "grokscope-train -" -h -q $(options_of)
offers "grokscope-train --task parity --architecture mlp -" -h -q \
    $(options_of --task parity --architecture mlp)
offers "grokscope-train --task = digits --architecture = mlp --d" $(
    options_of --task digits --architecture mlp | grep '^--d')
printf '# a recipe\ntask = images\n  architecture=mlp # of layers\n' >own.recipe
offers "grokscope-train own.recipe -" -h -q $(options_of own.recipe)
offers "grokscope-train parity-online -" -h -q $(options_of parity-online)
offers "grokscope-train parity-online --task digits -" -h -q \
    $(options_of parity-online --task digits)
offers "grokscope-train --loss ''" cross_entropy mse stablemax
kinds=$(for task in binary_operation characters parity digits symbol_sum permutation teacher_student \
    images lists molecules reviews repeats skip_trigram multitask_parity single_index \
    three_ingredients two_hop; do
    for network in transformer mlp zhong_beta gromov_mlp chughtai_mlp embedding_sum \
        embedding_product token_mlp polynet neuron committee two_circuits outputs lstm graph_network; do
        echo "--task $task --architecture $network"
    done
done)
offers "grokscope-train --resume -" -h -q $(echo "$kinds" | while read -r kind; do
    options_of $kind
done | sort -u)
offers "grokscope-train --fork a@200 --hid" --hidden
offers "grokscope-train --fork ''" 'compopt -o dirnames'
offers "grokscope-train dem" demo
offers "grokscope-train --force nanda-m" nanda-mainline
# Nothing means names of files, as bash completes them by itself.
offers "grokscope-train mine.rec" ''
offers "grokscope-train --split-file ''" ''
offers "grokscope-info --check ''" ''
offers "grokscope-fourier -o ''" ''
offers "grokscope-train --out ''" 'compopt -o dirnames'
offers "grokscope-train --steps ''" 'compopt +o default'
# Lists with commas: what is there stays, and is not offered again.
offers "grokscope-fourier --control ''" init shuffled random 'compopt -o nospace'
offers "grokscope-fourier --control init,r" init,random 'compopt -o nospace'
offers "grokscope-train --measure norms,progress,r" norms,progress,rqi \
    'compopt -o nospace'
offers "grokscope-train --measure norms,nor" 'compopt -o nospace'
offers "grokscope-train --rewrite gather,m" gather,mix 'compopt -o nospace'

# What the files of the line have.
expect 0 grokscope-train $tiny --steps 120 --out 'a run' --measure norms
offers "grokscope-fourier a\\ run --step ''" all first last 0 100 120 'compopt +o default'
offers "grokscope-fourier 'a run' --step 1" 100 120 'compopt +o default'
offers "grokscope-export 'a run' --step ''" first last 0 100 120 'compopt +o default'
offers "grokscope-export nothing --step 1" 'compopt +o default'
offers "grokscope-ablate --from 'a run' @" 0 100 120
offers "grokscope-ablate --from 'a run' @ 12" 120
mv 'a run' run
offers "grokscope-ablate --from run@1" run@100 run@120
mv run 'a run'
tensors=$(grokscope-info --list-tensors 'a run' | cut -f 3 | tail -n +2)
[ "$(echo "$tensors" | wc -l)" -eq 11 ] || fail "not eleven tensors: $tensors"
offers "grokscope-export 'a run' --tensor ''" $tensors 'compopt +o default'
offers "grokscope-export --tensor blocks.0.mlp.W 'a run'" ''
offers "grokscope export 'a run' --tensor blocks.0.mlp.W" blocks.0.mlp.W_in \
    blocks.0.mlp.W_out 'compopt +o default'
file='a run/step-000000100.h5'
offers "grokscope-export '$file' --tensor unembed" unembed.W_U 'compopt +o default'
offers "grokscope-embedding 'a run' --tensor unem" unembed.W_U unembedding \
    'compopt +o default'
offers "grokscope-info 'a run' --history = n" norms 'compopt +o default'
offers "grokscope-info 'a run' --history = ''" loss norms 'compopt +o default'

# bash-completion loads it for each name.
loader=/usr/share/bash-completion/bash_completion
[ -r $loader ] || { echo "bash-completion is missing: loading is not tested" && exit 0; }
for program in grokscope grokscope-train grokscope-info; do
    XDG_DATA_DIRS=${completions%/*/*} expect 0 "$bash" --norc -c "
        . $loader; _completion_loader $program; complete -p $program"
    prints "-F _grokscope $program"
done
