# The man page of a program: what it prints of itself, with what is written of it.
#
# usage: awk -f join.awk WRITTEN PRINTED
#
# PRINTED is what the program says with --man: its name, synopsis, options, short
# examples. WRITTEN is its page of Markdown after markdown.awk. Its description goes
# before the options; each other section follows the printed one of the same name.

BEGIN { print "'\\\" t" } # man runs tbl on a page that begins so

FNR == NR {
    if (/^\.SH /)
        section = $0
    else if (section != ".SH NAME")
        text[section] = text[section] $0 "\n"
    next
}
FNR == 1 { section = ".SH NAME" } # what precedes it is not repeated

/^\.SH / {
    printf "%s", text[section]
    section = $0
    if (section == ".SH OPTIONS")
        printf ".SH DESCRIPTION\n%s", text[".SH DESCRIPTION"]
}
{ print }

END { printf "%s", text[section] }
