# Completion of grokscope's programs in bash.
#
# bash-completion loads this file for `grokscope` and, for each program, the file beside
# it that the program has printed of itself with --completion. That one adds to
# _grokscope_options what it completes, one line for each: first what words without dashes are
# (FILE or RECIPE), then its options, each with what stands for its value. A '|' follows
# each of the choices of a value, a ',' each of the names that a list may have, and a '='
# leads a value that may be left out. Options that only one task or architecture has stand
# between "[task parity]" and "[]"; those are offered that the line or its recipe chooses.
# Steps are read off the names of the files in the folders of the line. For what else a
# file has, tensors, tables and activations, the program is asked that lists them; no other
# one is started to complete a word.

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

# Each of them once: with --resume or --fork an option may stand under several kinds.
_grokscope_offer_once() {
    local -A offered=()
    local word
    for word; do
        [[ -n ${offered[$word]-} ]] || _grokscope_offer "$word"
        offered[$word]=true
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
    [[ $typed != -* ]] || _grokscope_offer --help --version --man --python
}

# Of a list with commas the beginning stays, and its last name is completed.
_grokscope_offer_list() {
    local before= name
    [[ $typed != *,* ]] || before=${typed%,*},
    for name; do
        [[ ,$before == *",$name,"* || $before$name != "$typed"* ]] ||
            COMPREPLY+=("$before$name")
    done
    compopt -o nospace
}

# The words of the line that are files or folders, as `inputs`.
_grokscope_find_inputs() {
    local i word
    inputs=()
    for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]//[\\\"\']/}
        [[ $word != "~/"* ]] || word=$HOME/${word#*/}
        [[ $i == "$COMP_CWORD" || $word == -* || ! -e $word ]] || inputs+=("$word")
    done
}

# The steps of folders, after a beginning of the word.
_grokscope_offer_steps() {
    local before=$1 folder file step
    for folder in "${@:2}"; do
        for file in "$folder"/step-*.h5; do
            step=${file##*/step-}
            step=${step%.h5}
            [[ $step == *[!0-9]* ]] || _grokscope_offer "$before$((10#$step))"
        done
    done
}

# The third column of what a program, with an option, says of the first input that it can
# read.
_grokscope_offer_answer() {
    local program=$_grokscope_folder/../../../bin/$1 input answer name
    local -a inputs
    [[ -x $program ]] || program=$1
    _grokscope_find_inputs
    for input in "${inputs[@]}"; do
        answer=$("$program" "$2" --quiet -- "$input" 2>/dev/null) || continue
        while IFS=$'\t' read -r _ _ name _; do
            _grokscope_offer "$name"
        done <<<"${answer#*$'\n'}"
        return
    done
}

# What stands for a value tells what to offer. Where nothing is offered bash completes
# names of files.
_grokscope_offer_value() {
    local -a choices inputs
    case $1 in
        *'|') IFS='|' read -ra choices <<<"$1" && _grokscope_offer "${choices[@]}" ;;
        *,) IFS=, read -ra choices <<<"$1" && _grokscope_offer_list "${choices[@]}" ;;
        RECIPE) _grokscope_offer_recipes ;;
        S | STEP)
            compopt +o default
            _grokscope_find_inputs
            _grokscope_offer first last
            [[ $1 == STEP ]] || _grokscope_offer all
            _grokscope_offer_steps '' "${inputs[@]}"
            ;;
        TENSOR)
            compopt +o default
            _grokscope_offer_answer grokscope-info --list-tensors
            ;;
        TABLE)
            compopt +o default
            _grokscope_offer_answer grokscope-info --history
            ;;
        SOURCE)
            compopt +o default
            _grokscope_offer_answer grokscope-embedding --list
            ;;
        FILE) ;;
        DIR | DIR@STEP) compopt -o dirnames ;;
        *) compopt +o default ;;
    esac
}

# What a recipe, by its file or shipped name, chooses, into chosen_task and
# chosen_architecture.
_grokscope_read_recipe() {
    local path=$1 line
    [[ $path == */* || -f $path ]] ||
        path=$_grokscope_folder/../../grokscope/recipes/$path.recipe
    [[ -f $path && -r $path ]] || return 0
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line =~ ^[[:blank:]]*(task|architecture)[[:blank:]]*=[[:blank:]]*([a-z0-9_]+) ]] &&
            printf -v "chosen_${BASH_REMATCH[1]}" %s "${BASH_REMATCH[2]}"
    done <"$path"
    return 0
}

# Whether word i of the line is the value of the option before it.
_grokscope_is_value() {
    local before=${COMP_WORDS[$1 - 1]} row
    [[ $before != = ]] || return 0
    for row in "${all_rows[@]}"; do
        [[ $row != "${before//_/-} "[^=]* ]] ||
            { [[ $row != *' yes|no|' || ${COMP_WORDS[$1]} == @(yes|no) ]] && return 0; }
    done
    return 1
}

# The task and the architecture of the line: first those that come by default, then those
# of its recipe, then those of its options. A run that is continued has its own, which only
# its files tell; then nothing is left out.
_grokscope_choose_kinds() {
    local i word row
    for row in "${all_rows[@]}"; do
        case $row in
            '--task '*) chosen_task=${row#* } chosen_task=${chosen_task%%|*} ;;
            '--architecture '*) chosen_architecture=${row#* }
                chosen_architecture=${chosen_architecture%%|*} ;;
        esac
    done
    for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]//[\\\"\']/}
        [[ $i == "$COMP_CWORD" || $word == -* ]] || _grokscope_is_value "$i" ||
            _grokscope_read_recipe "$word"
    done
    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        word=${COMP_WORDS[i + 1]}
        [[ $word != = ]] || word=${COMP_WORDS[i + 2]-}
        case ${COMP_WORDS[i]} in
            --task) chosen_task=$word ;;
            --architecture) chosen_architecture=$word ;;
        esac
        case ${COMP_WORDS[i]} in --resume | --fork) any_kind=true ;; esac
    done
    return 0
}

# Of the rows of a program, as `rows`, those that the line can use.
_grokscope_find_rows() {
    local -a all_rows
    local row skip=false any_kind=false chosen_task= chosen_architecture=
    mapfile -t all_rows <<<"${_grokscope_options[$1]}"
    [[ ${_grokscope_options[$1]} != *$'\n['* ]] || _grokscope_choose_kinds
    rows=()
    for row in "${all_rows[@]}"; do
        case $row in
            '[]' | "[task $chosen_task]" | "[architecture $chosen_architecture]")
                skip=false ;;
            '['*) $any_kind || skip=true ;;
            *) $skip || [[ -z $row ]] || rows+=("$row") ;;
        esac
    done
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
    # So does FOLDER@STEP, unless bash-completion has made it one.
    if [[ $typed == @ ]]; then
        typed=
        _grokscope_offer_steps '' "${COMP_WORDS[COMP_CWORD - 1]}"
        return
    elif [[ ${COMP_WORDS[last]} == @ ]]; then
        _grokscope_offer_steps '' "${COMP_WORDS[last - 1]}"
        return
    elif [[ $typed == *@* ]]; then
        _grokscope_offer_steps "${typed%@*}@" "${typed%@*}"
        return
    fi
    option=${COMP_WORDS[last]//_/-}
    local -a rows
    _grokscope_find_rows "$program"
    for row in "${rows[@]}"; do
        if [[ $row == "$option "* ]] && { $joined || [[ $row != "$option ="* ]]; }; then
            row=${row#* }
            _grokscope_offer_value "${row#=}"
            # What takes yes or no may stand alone, before any other word.
            [[ $row == 'yes|no|' && ${#COMPREPLY[@]} == 0 ]] && ! $joined || return 0
        fi
    done
    if [[ $typed == -* ]]; then
        rows=("${rows[@]:1}")
        _grokscope_offer_once "${rows[@]%% *}"
    else
        _grokscope_offer_value "${rows[0]}"
    fi
}

complete -o default -F _grokscope grokscope
