# Completion of grokscope's programs in bash.
#
# bash-completion loads this file for `grokscope` and, for each program, the file beside
# it that the program has printed of itself with --completion. That one adds to
# _grokscope_options what it completes, a line each: first what words without dashes are
# (FILE or RECIPE), then its options, each with what stands for its value. A '|' follows
# each of the choices of a value, a '=' leads one that may be left out. No program is started to complete a word.

declare -gA _grokscope_options
_grokscope_folder=${BASH_SOURCE[0]%/*}

# Offer those words that begin as what was typed does.
_grokscope_offer() {
    local word
    for word; do
        printf -v word %q "$word"
        [[ $word != "$typed"* ]] || COMPREPLY+=("$word")
    done
}

_grokscope_offer_recipes() {
    local recipe
    for recipe in "$_grokscope_folder"/../../grokscope/recipes/*.recipe; do
        recipe=${recipe##*/}
        _grokscope_offer "${recipe%.recipe}"
    done
}

_grokscope_offer_questions() {
    local program
    for program in "$_grokscope_folder"/grokscope-*; do
        _grokscope_offer "${program##*/grokscope-}"
    done
    [[ $typed != -* ]] || _grokscope_offer --help --version --man
}

# What stands for a value tells what to offer. Where nothing is offered bash completes
# names of files.
_grokscope_offer_value() {
    local -a choices
    case $1 in
        *'|') IFS='|' read -ra choices <<<"$1" && _grokscope_offer "${choices[@]}" ;;
        RECIPE) _grokscope_offer_recipes ;;
        FILE) ;;
        DIR) compopt -o dirnames ;;
        *) compopt +o default ;;
    esac
}

_grokscope() {
    local program=${COMP_WORDS[0]##*/} typed=${COMP_WORDS[COMP_CWORD]}
    local last=$((COMP_CWORD - 1)) row option joined=false
    COMPREPLY=()
    if [[ $program == grokscope ]]; then
        ((COMP_CWORD > 1)) || { _grokscope_offer_questions; return; }
        program=grokscope-${COMP_WORDS[1]}
        [[ -n ${_grokscope_options[$program]-} ]] ||
            . "$_grokscope_folder/$program" 2>/dev/null || return 0
    fi
    # `--name=value` comes in three words.
    if [[ $typed == = ]]; then
        typed=
        joined=true
    elif [[ ${COMP_WORDS[last]} == = ]]; then
        ((last--))
        joined=true
    fi
    option=${COMP_WORDS[last]//_/-}
    local -a rows
    mapfile -t rows <<<"${_grokscope_options[$program]}"
    for row in "${rows[@]}"; do
        if [[ $row == "$option "* ]] && { $joined || [[ $row != "$option ="* ]]; }; then
            row=${row#* }
            _grokscope_offer_value "${row#=}"
            return
        fi
    done
    if [[ $typed == -* ]]; then
        rows=("${rows[@]:1}")
        _grokscope_offer "${rows[@]%% *}"
    else
        _grokscope_offer_value "${rows[0]}"
    fi
}

complete -o default -F _grokscope grokscope
