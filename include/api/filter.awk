# What Doxygen reads in place of a header: each comment of plain C as documentation of the
# declarations that it is about, so that headers need no markup of their own.
#
#   the opening comment            the page of the header
#   a comment before               the declaration behind it, and those on the lines behind
#                                  that have no comment, up to an empty line. What releases
#                                  (_free, _close, _unlock) is never meant by it.
#   a comment behind               the members or enumerators of its line
#   one with "---- Title ----"     a section of the page
#   lines indented by two or more  set as they are: formulas and tables
#
# A member num_x that has no comment counts the member x beside it, an enumerator GSC_NUM_…
# its enumeration. A gsc_… or GSC_… of a comment becomes a reference, of which Doxygen
# complains where there is no such name. Lines stay on their line where that can be.

# A backslash in front of each match: in a replacement of gsub awks read it each in its way.
function masked(text, pattern,    out)
{
    while (match(text, pattern)) {
        out = out substr(text, 1, RSTART - 1) "\\" substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
    }
    return out text
}

function escaped(text)
{
    text = masked(text, "[\\\\@#%]|--")
    text = replaced(text, "&", "&amp;")
    text = replaced(text, "<", "&lt;")
    text = replaced(text, ">", "&gt;")
    text = replaced(text, "\"", "&quot;") # what stands between two is taken as it is
    text = replaced(text, " al. ", " al\\. ") # these end no sentence
    return replaced(text, " . ", " \\. ")
}

function replaced(text, what, by,    out, at)
{
    while ((at = index(text, what)) > 0) {
        out = out substr(text, 1, at - 1) by
        text = substr(text, at + length(what))
    }
    return out text
}

# Of a line of running text: names as references, what stands between ` and ` as code.
function marked(text,    out, before, code)
{
    text = escaped(text)
    while (match(text, /`[^`]+`/)) {
        code = substr(text, RSTART + 1, RLENGTH - 2)
        before = substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        out = out named(before) "<code>" code "</code>"
    }
    return out named(text)
}

function named(text,    out, name, before, after)
{
    while (match(text, /(gsc|GSC)_[A-Za-z0-9_]+/)) {
        name = substr(text, RSTART, RLENGTH)
        before = substr(text, RSTART - 1, RSTART > 1)
        after = substr(text, RSTART + RLENGTH)
        out = out substr(text, 1, RSTART - 1)
        if (before ~ /[A-Za-z0-9_]/ || name ~ /_$/ || after ~ /^…/)
            out = out name
        else
            out = out "\\ref " name " \"" name "\""
        text = after
        sub(/^\(\)/, "", text)
    }
    return out text
}

# The documentation that a comment's lines are; several lines only where some are set as
# they are.
function documentation(text,    lines, n, i, line, indent, margin, out, set, blank)
{
    n = split(text, lines, "\n")
    for (i = 1; i <= n; i++) {
        line = lines[i]
        sub(/[ \t]+$/, "", line)
        if (line == "") {
            blank = 1
            continue
        }
        match(line, /^ */)
        indent = RLENGTH
        if (indent >= 2) {
            if (!set)
                margin = indent
            line = substr(line, (indent < margin ? indent : margin) + 1)
            out = out (set ? (blank ? "\n\n" : "\n") : "\n\\verbatim\n") line
            set = 1
        } else {
            out = out (set ? "\n\\endverbatim\n" : blank && out != "" ? " \\n\\n " \
                : out != "" ? " " : "") marked(line)
            set = 0
        }
        blank = 0
    }
    gsub(/ \\n\\n /, "\n\n", out)
    return out (set ? "\n\\endverbatim\n" : "")
}

# The text of a comment of the source, without its stars. `behind`: one that stands
# behind code, whose lines are indented as that is.
function plain(comment, behind,    lines, n, i, out, line)
{
    sub(/^[ \t]*\/\*[ \t]?/, "", comment)
    sub(/[ \t]*\*\/[ \t]*$/, "", comment)
    n = split(comment, lines, "\n")
    for (i = 1; i <= n; i++) {
        line = lines[i]
        if (i > 1) {
            if (line ~ /^[ \t]*\*/)
                sub(/^[ \t]*\*[ \t]?/, "", line)
            else
                sub(/^[ \t]+/, "", line)
        }
        out = out (i > 1 ? "\n" : "") line
    }
    return out
}

function lines_of(text,    copy)
{
    copy = text
    return gsub(/\n/, "\n", copy)
}

# Print, and then as many line ends as the source had there.
function put(text, taken,    i)
{
    printf "%s", text
    for (i = lines_of(text); i < taken; i++)
        printf "\n"
}

function comment_of(docs)
{
    return "/** " docs " */ "
}

function close_section(ending)
{
    if (section)
        printf "/** @} */ %s", ending
    section = 0
}

# The comment that was just read whole, with `taken` lines.
function take_comment(text, taken,    title, rest)
{
    text = plain(text)
    if (!seen_file) {
        seen_file = 1
        put("/** \\file\n" documentation(text) " */ ", taken)
    } else if (text ~ /^---- / && in_body) {
        shared = pending = ""
        put("", taken)
    } else if (text ~ /^---- /) {
        close_section()
        rest = title = text
        sub(/\n.*/, "", title)
        gsub(/^---- | ----.*$/, "", title)
        sub(/^[^\n]*\n?/, "", rest)
        put("/** \\name " escaped(title) "\n" documentation(rest) " */ /** @{ */ ", taken)
        section = 1
        shared = pending = ""
    } else {
        pending = documentation(text)
        shared = ""
        put("", taken)
    }
}

# The name that a declarator declares: "*data[3]" data, "(*value)(int x)" value.
function declared(declarator,    name)
{
    name = declarator
    if (match(name, /\(\*[a-z_A-Z0-9]+/))
        return substr(name, RSTART + 2, RLENGTH - 2)
    sub(/[[(=].*/, "", name)
    sub(/[ \t]+$/, "", name)
    if (match(name, /[A-Za-z0-9_]+$/))
        return substr(name, RSTART, RLENGTH)
    return ""
}

# A statement or some enumerators of a body, with the comment behind it.
function take_member(code, own, taken,    docs, n, parts, i, base, out, name, one)
{
    docs = pending
    if (own != "")
        docs = docs (docs != "" ? "\n\n" : "") own
    if (docs == "")
        docs = shared
    shared = own != "" ? "" : docs
    pending = ""
    if (in_enum) {
        n = split(code, parts, ",")
        for (i = 1; i <= n; i++) {
            if (parts[i] !~ /[A-Za-z]/)
                continue
            name = declared(parts[i])
            one = name ~ /^GSC_NUM_/ && own == "" ? "how many of them there are" : \
                docs != "" ? docs : "\\ref nothing_is_said_of_" name
            out = out comment_of(one) parts[i] ", "
        }
        if (shared == docs)
            shared = "" # an enumerator's comment is its own
        put(out, taken)
        return
    }
    n = code ~ /[({]/ ? 1 : split(code, parts, ",")
    if (n == 1)
        parts[1] = code
    base = parts[1]
    sub(/;[ \t\n]*$/, "", parts[n])
    sub(/;[ \t\n]*$/, "", parts[1])
    sub(/[*]*[A-Za-z0-9_]+(\[[^]]*\])*$/, "", base)
    for (i = 1; i <= n; i++) {
        name = declared(parts[i])
        one = docs
        if (name ~ /^num_/ && own == "" && (substr(name, 5) in members))
            one = "how many \\ref " body "::" substr(name, 5) " \"" substr(name, 5) \
                "\" there are"
        out = out (one != "" ? comment_of(one) : "") (i > 1 ? base : "") parts[i] "; "
    }
    put(out, taken)
}

# The names of all members of the body that begins behind line `first`.
function list_members(first,    i, code, n, parts, k)
{
    split("", members)
    for (i = first + 1; i <= num_lines && source[i] !~ /^}/; i++) {
        code = source[i]
        sub(/\/\*.*/, "", code)
        if (code !~ /;/ || code ~ /\(/)
            continue
        n = split(code, parts, ",")
        for (k = 1; k <= n; k++) {
            sub(/;.*/, "", parts[k])
            members[declared(parts[k])] = 1
        }
    }
}

# A line of code outside of bodies.
function take_line(line,    docs, code, behind)
{
    if (!in_statement && line ~ /^extern "C"|^}/ || line ~ /^#(if|endif|else|include|undef|ifdef|ifndef)/ || line ~ /^#define GROKSCOPE_[A-Z0-9_]+_H$/) {
        if (line ~ /^#ifdef __cplusplus/)
            close_section("\n")
        print line
        return
    }
    code = line
    behind = ""
    if (match(code, /\/\*.*\*\/[ \t]*$/) && !in_statement) {
        behind = substr(code, RSTART)
        code = substr(code, 1, RSTART - 1)
        behind = documentation(plain(behind))
    }
    if (!in_statement) {
        docs = pending != "" ? pending : behind != "" ? behind : \
            line ~ /_(free|close|unlock|end)\(/ ? "" : shared
        if (docs != "")
            printf "%s", comment_of(docs)
        shared = docs
        pending = ""
    }
    if (code ~ /^(typedef )?(struct|union|enum)( [a-z_0-9]+)? \{/) {
        in_enum = code ~ /enum/
        body = code
        sub(/^(typedef )?(struct|union|enum) ?/, "", body)
        sub(/ ?\{.*/, "", body)
        if (code ~ /\}/) {
            one_line_body(code)
            return
        }
        list_members(number)
        in_body = 1
        shared = ""
        print code
        return
    }
    if (code ~ /^extern .*,$/) {
        while (code !~ /;/)
            code = code " " source[++number]
        variables(code, docs)
        return
    }
    print code
    if (line ~ /^#define/)
        in_statement = line ~ /\\$/ ? "macro" : ""
    else if (in_statement == "macro")
        in_statement = line ~ /\\$/ ? "macro" : ""
    else if (in_statement == "function")
        in_statement = line ~ /^\}/ ? "" : "function"
    else if (line ~ /^static/ && line !~ /;/)
        in_statement = "function"
    else
        in_statement = line ~ /;[ \t]*(\/\*.*)?$/ ? "" : "declaration"
}

# extern const type a, b; the comment of the first was printed.
function variables(code, docs,    parts, n, i, base)
{
    n = split(code, parts, ",")
    base = parts[1]
    sub(/[a-z_0-9]+$/, "", base)
    sub(/;.*/, "", parts[n])
    for (i = 1; i <= n; i++)
        print (i > 1 ? comment_of(docs) base : "") parts[i] ";"
}

# enum { A, B };
function one_line_body(code,    inner, before, after, own)
{
    before = substr(code, 1, index(code, "{"))
    inner = substr(code, index(code, "{") + 1)
    after = substr(inner, index(inner, "}"))
    inner = substr(inner, 1, index(inner, "}") - 1)
    printf "%s ", before
    own = ""
    if (match(inner, /\/\*.*\*\//)) {
        own = documentation(plain(substr(inner, RSTART, RLENGTH)))
        sub(/\/\*.*\*\//, "", inner)
    }
    shared = pending = ""
    take_member(inner, own, 0)
    print after
    shared = pending = ""
}

{ source[++num_lines] = $0 }

END {
    for (number = 1; number <= num_lines; number++) {
        line = source[number]
        if (line ~ /^[ \t]*$/) {
            if (!in_statement)
                shared = pending = ""
            print ""
        } else if (!in_statement && line ~ /^[ \t]*\/\*/) {
            text = line
            taken = 1
            while (text !~ /\*\// && number < num_lines) {
                text = text "\n" source[++number]
                taken++
            }
            take_comment(text, taken)
        } else if (in_body && line ~ /^\}/) {
            in_body = in_enum = 0
            print line
            shared = pending = ""
        } else if (in_body) {
            code = own = ""
            taken = 0
            for (;; line = source[++number]) {
                taken++
                if (match(line, /\/\*/)) {
                    own = substr(line, RSTART)
                    code = code (code != "" ? " " : "") substr(line, 1, RSTART - 1)
                    while (own !~ /\*\// && number < num_lines) {
                        own = own "\n" source[++number]
                        taken++
                    }
                } else
                    code = code (code != "" ? " " : "") line
                if (code ~ /;[ \t]*$/ || in_enum || number >= num_lines)
                    break
            }
            take_member(code, own != "" ? documentation(plain(own, 1)) : "", taken)
        } else
            take_line(line)
    }
}
