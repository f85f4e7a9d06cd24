# A page of Markdown as a man page, in the macros of man(7).
#
# usage: awk -v name=N -v section=S -v version=V -f markdown.awk
#
# It knows what our pages use: headings, paragraphs, lists, tables, fenced code, `code`,
# *emphasis*, **strong**, links. The title becomes the line of NAME, what follows
# DESCRIPTION. A table of three columns or more that fits a line is a table of tbl(1).
# Of any other one each row becomes a tagged paragraph: its first cell, then the others,
# each on a line of its own after the head of its column where there are several.

# As gsub, whose backslashes every awk reads in its own way.
function replace(text, letter, by,    at, out)
{
    while (at = index(text, letter)) {
        out = out substr(text, 1, at - 1) by
        text = substr(text, at + 1)
    }
    return out text
}

# A hyphen is written \- to stay the letter that a shell takes.
function escape(text)
{
    return replace(replace(text, "\\", "\\e"), "-", "\\-")
}

# A dot or a quote at the start of a line would be a request.
function put(text)
{
    print (text ~ /^[.']/ ? "\\&" : "") text
}

function set_in(font, text, marks, pattern)
{
    while (match(text, pattern))
        text = substr(text, 1, RSTART - 1) "\\f" font \
            substr(text, RSTART + marks, RLENGTH - 2 * marks) "\\fR" \
            substr(text, RSTART + RLENGTH)
    return text
}

# [what a link says](where it leads) keeps what it says.
function unlinked(text,    link)
{
    while (match(text, "\\[[^][]*\\]\\([^)]*\\)")) {
        link = substr(text, RSTART + 1, RLENGTH - 2)
        sub("\\]\\(.*", "", link)
        text = substr(text, 1, RSTART - 1) link substr(text, RSTART + RLENGTH)
    }
    return text
}

function inline(text,    parts, count, i, out)
{
    count = split(unlinked(text), parts, "`")
    for (i = 1; i <= count; i++)
        if (i % 2 == 0)
            out = out "\\fB" escape(parts[i]) "\\fR"
        else
            out = out set_in("I", set_in("B", escape(parts[i]), 2, \
                "[*][*][^*]+[*][*]"), 1, "[*][^*]+[*]")
    return out
}

# Headings have one font; what is code in them stays as it is written.
function uncoded(text)
{
    gsub(/`/, "", text)
    return text
}

function capitals(text,    parts, count, i, out)
{
    count = split(text, parts, "`")
    for (i = 1; i <= count; i++)
        out = out (i % 2 ? toupper(parts[i]) : parts[i])
    return out
}

# The lines of a paragraph or of a list's item are kept until it ends.
function end_block()
{
    if (block != "")
        put(inline(block))
    block = ""
}

function begin_paragraph()
{
    if (!after_heading)
        print ".PP"
    after_heading = 0
}

function begin_item(tag, width, text)
{
    end_block()
    print ".IP " tag " " width
    after_heading = 0
    in_list = 1
    block = text
}

# A row of a table becomes cells[1] … cells[count].
function split_row(line, cells)
{
    gsub(/^\| *| *\|$/, "", line)
    return split(line, cells, " *[|] *")
}

function put_tagged(line,    cells, heads, count, i, begun)
{
    split_row(rows[1], heads)
    count = split_row(line, cells)
    print ".TP"
    put(cells[1] == "" ? "\\&" : inline(cells[1]))
    for (i = 2; i <= count; i++) {
        if (cells[i] == "")
            continue
        if (begun++)
            print ".br"
        put((count > 2 && heads[i] != "" ? inline(heads[i]) ": " : "") inline(cells[i]))
    }
    after_heading = 0
}

# The columns are as wide as their widest cells, with two blanks between.
function table_width(    row, cells, widths, count, i, sum)
{
    for (row = 1; row <= num_rows; row++) {
        count = split_row(uncoded(unlinked(rows[row])), cells)
        for (i = 1; i <= count; i++)
            if (length(cells[i]) > widths[i])
                widths[i] = length(cells[i])
    }
    for (i = 1; i in widths; i++)
        sum += widths[i] + 2
    return sum - 2
}

function put_cells(line, font,    cells, count, i, out)
{
    count = split_row(line, cells)
    for (i = 1; i <= count; i++)
        out = out (i > 1 ? "\t" : "") \
            (cells[i] == "" ? "" : font inline(cells[i]) (font == "" ? "" : "\\fR"))
    put(out)
}

function put_table(num_columns,    row, format)
{
    begin_paragraph()
    for (row = 1; row <= num_columns; row++)
        format = format (row > 1 ? "2 " : "") "l"
    print ".TS\n" format "."
    put_cells(rows[1], "\\fI")
    for (row = 2; row <= num_rows; row++)
        put_cells(rows[row], "")
    print ".TE"
}

# The rows of a table are kept until it ends; the first one is its head.
function end_table(    cells, num_columns, row)
{
    num_columns = split_row(rows[1], cells)
    if (num_rows > 0 && num_columns > 2 && table_width() <= 72)
        put_table(num_columns)
    else
        for (row = 2; row <= num_rows; row++)
            put_tagged(rows[row])
    num_rows = 0
}

!/^\|/ && num_rows > 0 { end_table() }
/^```/ {
    end_block()
    if (!in_code)
        begin_paragraph()
    print in_code ? ".EE\n.RE" : ".RS 4\n.EX"
    in_code = !in_code
    next
}
in_code { put(escape($0)); next }

/^# / {
    title = substr($0, 3)
    print "'\\\" t"                      # man runs tbl on a page that begins so
    print ".TH " escape(toupper(name)) " " section " \"\" \"grokscope " version \
        "\" \"Manual of grokscope\""
    print ".nh\n.nr HY 0\n.ad l"       # names are not broken, words not spread
    print ".if n .pl 1000i"            # one long page: tbl complains near a sheet's end
    print ".SH NAME"
    put(name " \\- " escape(tolower(substr(title, 1, 1)) substr(title, 2)))
    print ".SH DESCRIPTION"
    after_heading = 1
    next
}
/^##+ / {
    end_block()
    if (/^## /)
        print ".SH " escape(capitals(substr($0, 4)))
    else
        print ".SS " escape(uncoded(substr($0, 5)))
    after_heading = 1
    in_list = 0
    next
}

/^\|/ {
    end_block()
    if ($0 !~ /^\|( *-+ *\|)+$/)
        rows[++num_rows] = $0
    next
}

/^- / { begin_item("\\(bu", 2, substr($0, 3)); next }
/^[0-9]+\. / { begin_item($1, 3, substr($0, length($1) + 2)); next }
/^ *$/ { end_block(); next }
{
    if (block == "" && !(in_list && /^ /)) {
        in_list = 0
        begin_paragraph()
    }
    sub(/^ +/, "")
    block = block (block == "" ? "" : " ") $0
}

END {
    end_block()
    end_table()
}
