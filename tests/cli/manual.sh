# Every program's help, man page and completion tell of the same options, the list of
# questions says what the programs say, and every example works.
# usage: manual.sh SOURCE_FOLDER PYTHON
source=$1 python=$2
. "$(dirname "$0")/lib.sh"
share=$GROKSCOPE_BIN/../share
export COLUMNS=10000 # no line of a help is broken
programs=$(cd "$GROKSCOPE_BIN" && ls | grep '^grokscope-' | grep -vx grokscope-bench)
[ -n "$programs" ] || fail "no programs"

# A page as it is read; with --warnings man says what is wrong in it.
render() {
    [ -s "$share/man/$1" ] || fail "no page $1"
    LC_ALL=C.UTF-8 MANWIDTH=200 man --warnings -l "$share/man/$1" >page 2>err
    [ $? -eq 0 ] && [ ! -s err ] || fail "man complains of $1"
    grep -q '^NAME' page || fail "$1 has no NAME"
}
if command -v man >/dev/null; then
    render man1/grokscope.1
    render man5/grokscope-checkpoint.5
    grep -qF '…' page || fail "letters beyond ASCII are lost"
    grep -qF 'step-000012000.h5' page || fail "a hyphen is lost"
    render man7/grokscope.7
    for path in "$share"/man/man?/*; do
        LC_ALL=C.UTF-8 MANWIDTH=80 man -l "$path" 2>/dev/null | col -bx |
            LC_ALL=C.UTF-8 grep -E '.{81}' >wide
        [ ! -s wide ] || fail "$path is wider than 80 letters: $(cat wide)"
    done
else
    echo "man is missing: pages are not rendered"
    render() {
        sed 's/^\.SH "*\([^"]*\)"*/\1/; s/^\./  ./' "$share/man/$1" | tr -d '\\' >page
    }
fi

# The lines of a section of the last page.
section() { sed -n "/^$1\$/,/^[A-Z]/ { /^[A-Z]/d; /[^ ]/p; }" page; }

# Every program has a page that says what it answers, and works examples, and the two
# come where a reader looks for them.
describes() {
    for heading in '## Description' '## Examples'; do
        grep -qx "$heading" "$source/analyze/manual/$1.md" ||
            fail "analyze/manual/$1.md has no '$heading'"
    done
    grep -E '^(NAME|SYNOPSIS|DESCRIPTION|OPTIONS|EXAMPLES)$' page | tr '\n' ' ' >order
    [ "$(cat order)" = "NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES " ] ||
        fail "the sections of $1.1 are $(cat order)"
    [ "$(section DESCRIPTION | wc -l)" -ge 3 ] || fail "$1.1 describes nothing"
    $1 --help | grep -c '^  grokscope-' >short
    section EXAMPLES >worked
    [ "$(grep -c 'grokscope-' worked)" -gt "$(cat short)" ] ||
        fail "$1.1 works no example"
}

# The commands of a page's blocks: whole ones in those of sh, and what is typed after a
# dollar in others. What they are piped or written to is left out.
commands() {
    sed -n '/^```sh$/,/^```$/ { /^grokscope-/p; /^    /p; }
        /^\$ grokscope-/ { s/^\$ //; :more; p; /\\$/ { n; b more
        } }' "$1" |
        sed -e :again -e '/\\$/ { N; s/\\\n *//; b again' -e '}' \
            -e 's/  *#.*//; s/ [|>][^'"'"']*$//'
}

# A command line that is wrong ends with 2. There is nothing here to read but the recipe
# that the pages write; those that train only say what they would do.
mkdir empty
grokscope-train demo --print-config >empty/my.recipe
offers() { grep -qE -- "^ +(-., )?${1%%=*}([[ =]|\$)" "$2"; } # OPTION HELP
parses() {
    case $1 in
    grokscope-train*) line="$1 --print-config" ;;
    "grokscope-sweep run"*) line="grokscope-sweep plan${1#grokscope-sweep run}" ;;
    *) line=$1 ;;
    esac
    (cd empty && eval "$line" >../out 2>../err)
    [ $? -ne 2 ] || grep -qE 'No such file|there is no (run in|sweep)' err || # compare's 2 is any trouble
        fail "the pages show a wrong command: $1"
    for word in $1; do
        case $word in
        --*) offers "$word" "${1%% *}.help" || { # of the task and network of the line?
            (cd empty && eval "$1 --help") >own.help
            offers "$word" own.help || fail "${1%% *} has no option $word: $1"
        } ;;
        esac
    done
}

for program in $programs; do
    expect 0 $program --version
    prints "$program (grokscope)"
    expect 0 $program --help
    sed -n '/options:$/,$ s/^  \(-., \|    \)\(--[a-z0-9-]*\).*/\2/p' out >options
    grep -qx -- --completion options || fail "no options in the help of $program"
    purpose=$(sed -n "1 s/^$program: //p" out)
    question=${program#grokscope-}
    listed=$(grokscope | sed -n "s/^  $question  *//p")
    [ "$listed" = "$purpose" ] || fail "grokscope lists $program as '$listed'"
    cp out $program.help
    render man1/$program.1
    describes $program
    while read -r option; do
        grep -qE -- "$option( |,|\$)" page || fail "$program.1 has no $option"
        grep -qE -- "^$option( |\$)" "$share/bash-completion/completions/$program" ||
            fail "the completion of $program has no $option"
    done <options
done

# Every command that the pages show is one.
for page in "$source"/analyze/manual/*.md; do
    commands "$page" >shown
    while read -r command <&3; do
        parses "$command"
    done 3<shown
done

# Every question listed is a program, and "grokscope Train", a heading, is none.
for question in $(grokscope | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'); do
    expect 0 grokscope "$question" --version
done
expect 2 grokscope Train

# ---- Examples ----

trains() { [ "$1" = grokscope-train ]; }

# A build without uPlot has no page to write; the data are written all the same.
report_option() {
    grokscope-report "$1" -o probe.html --force >out 2>err && return
    grep -q 'uPlot' err && echo --data
}

# Those that train do it for a moment, each a little longer, as one that resumes has to.
# The others find a run under each name they use, and those that read what others trained
# their files.
expect 0 "$python" "$source/tests/archives.py" .
mv tl.pt model.pt
"$python" -c 'import struct
head = "{`descr`: `|u1`, `fortran_order`: False, `shape`: (2, 4, 3, 2), }"
head = head.replace("`", "\x27")
head += " " * (-(len(head) + 11) % 64) + "\n"
open("routing.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) +
    head.encode() + bytes(i * 7 % 8 for i in range(48)))'
expect 0 grokscope-train $tiny --operation compose --group S4 --steps 20 \
    --out checkpoints/s5
expect 0 grokscope-train --task repeats --seq-len 9 --subseq-len 2 --num-repeats 2 \
    --d-model 8 --n-heads 2 --attn-only yes --steps 20 --out checkpoints/repeats
expect 0 grokscope-train parity-online --n 9 --steps 20 --out checkpoints/parity-online
expect 0 grokscope-train quanta-small --tasks 3 --n 6 --hidden 8 --steps 20 \
    --checkpoints linear:10 --out checkpoints/quanta-small
expect 0 grokscope-train liu-toy --steps 20 --out checkpoints/liu-toy
expect 0 grokscope-train kumar-polynomial --steps 20 --out checkpoints/kumar-polynomial
expect 0 grokscope-train two-hop-small --d-model 8 --d-mlp 8 --steps 20 --out checkpoints/two-hop
steps=0
run_example() {
    if trains "${1%% *}"; then
        steps=$((steps + 20))
        expect 0 eval "$1 $tiny --steps $steps"
        return
    fi
    for word in $1; do
        case $word in
        *@*) ;;
        checkpoints/*) [ -e "$word" ] || cp -r checkpoints/demo "$word" ;;
        esac
    done
    case $1 in
    grokscope-compare*) # 1: they differ
        eval "$1" >out 2>err
        [ $? -le 1 ] || fail "$1"
        ;;
    grokscope-report*) expect 0 eval "$1 $(report_option checkpoints/demo)" ;;
    "grokscope-sweep run"*) expect 0 eval "grokscope-sweep plan${1#grokscope-sweep run}" ;;
    *) expect 0 eval "$1" ;;
    esac
}

for program in $programs; do
    $program --help | sed -n '/^Examples:/,/^$/ s/^  \([^ ]\)/\1/p' >examples
    [ -s examples ] || fail "$program shows no example"
    if trains $program; then cat examples >>first; else cat examples >>then; fi
done
# Those of the overview, without what they say at their end.
sed -n '/^\.EX/,/^\.EE/ { s/\\-/-/g; s/  *#.*//; /^grokscope-/p; }' \
    "$share/man/man7/grokscope.7" >overview
[ "$(wc -l <overview)" -ge 6 ] || fail "grokscope(7) shows $(wc -l <overview) examples"
while read -r command <&3; do
    run_example "$command"
done 3<<END
$(cat first then overview)
END
