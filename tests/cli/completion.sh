# The completion of bash offers what the programs take, and starts none of them.
. "$(dirname "$0")/lib.sh"
completions=$(cd "$GROKSCOPE_BIN/../share/bash-completion/completions" && pwd)
bash=$(command -v bash) || { echo "skipped: no bash" && exit 0; }

# offers WORDS WHAT…: the Tab behind the words of a command line gives just these, and
# what bash is told to do about files. Without a PATH no program can be started.
offers() {
    words=$1
    shift
    printf '%s\n' "$@" | sort >expected
    PATH= "$bash" --norc -eu -c '
        folder=$1
        eval "COMP_WORDS=($2)"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { COMPREPLY+=("compopt $*"); }
        . "$folder/${COMP_WORDS[0]}"
        _grokscope
        printf "%s\n" "${COMPREPLY[@]-}"' bash "$completions" "$words" >out 2>err
    [ $? -eq 0 ] && [ ! -s err ] || fail "the completion of: $words"
    sort out | cmp -s - expected || fail "offered behind: $words"
}

offers "grokscope fou" fourier
offers "grokscope --v" --version
offers "grokscope fourier --fo" --force --format
offers "grokscope fourier --format ''" tsv json h5 text
offers "grokscope nothing ''" ''
offers "grokscope-fourier --format = j" json
offers "grokscope-fourier --format =" tsv json h5 text
offers "grokscope-fourier --long = f" frequency
offers "grokscope-fourier --long fr" ''
offers "grokscope-train --first-rate-zero ''" yes no
offers "grokscope-train --first_rate_zero y" yes
offers "grokscope-train --layout 'a\\ b'" 'a\ b' 'a\ b\ ='
offers "grokscope-train --layout 'a\\ b\\ '" 'a\ b\ ='
offers "grokscope-train --operation cube" cube_plus cube1 cube2
offers "grokscope-train -" -h -q $(grokscope-train --help |
    sed -n '/options:$/,$ s/^  \(-., \|    \)\(--[a-z0-9-]*\).*/\2/p')
offers "grokscope-train dem" demo
offers "grokscope-train --force nanda-m" nanda-mainline
# Nothing means names of files, as bash completes them by itself.
offers "grokscope-train mine.rec" ''
offers "grokscope-train --split-file ''" ''
offers "grokscope-info --check ''" ''
offers "grokscope-fourier -o ''" ''
offers "grokscope-train --out ''" 'compopt -o dirnames'
offers "grokscope-train --steps ''" 'compopt +o default'

# bash-completion loads it for each name.
loader=/usr/share/bash-completion/bash_completion
[ -r $loader ] || { echo "bash-completion is missing: loading is not tested" && exit 0; }
for program in grokscope grokscope-train grokscope-info; do
    XDG_DATA_DIRS=${completions%/*/*} expect 0 "$bash" --norc -c "
        . $loader; _completion_loader $program; complete -p $program"
    prints "-F _grokscope $program"
done
