/* The help of a program, from the table of its options. */
#include "analyze/tool/help.h"

#include "grokscope/error.h"

#include <ctype.h>
#include <string.h>

int
gsc_help_add_usage(const gsc_program *program, size_t width, gsc_text *text)
{
    int status = 0;
    gsc_text line = {0};
    GSC_TRY(gsc_text_add(&line, "%s: %s", program->name, program->purpose));
    GSC_TRY(gsc_options_add_wrapped(line.data, 2, width, text));
    line.length = 0;
    GSC_TRY(gsc_text_add(&line, "Usage: %s %s", program->name, program->synopsis));
    GSC_TRY(gsc_text_add(text, "\n"));
    GSC_TRY(gsc_options_add_wrapped(line.data, 7, width, text));
out:
    gsc_text_free(&line);
    return status;
}

/* ---- Examples ---- */

/* Bytes up to the last blank outside of quotes that lets a backslash follow within
 * `room`; all of it where it fits or has no such blank. */
static size_t
piece_of_command(const char *command, size_t bytes, size_t room)
{
    char quote = '\0';
    size_t last = 0;
    if (bytes < room)
        return bytes;
    for (size_t i = 0; i < bytes; i++) {
        if (quote == '\0' && strchr("'\"", command[i]))
            quote = command[i];
        else if (command[i] == quote)
            quote = '\0';
        if (quote == '\0' && command[i] == ' ' && (last == 0 || i + 2 < room))
            last = i;
    }
    return last > 0 ? last : bytes;
}

static int
add_command(const char *command, size_t bytes, size_t width, gsc_text *text)
{
    int status = 0;
    size_t indent = 2;
    while (bytes > 0) {
        size_t piece = piece_of_command(command, bytes, width - indent);
        GSC_TRY(gsc_text_add(text, "%*s%.*s%s\n", (int)indent, "", (int)piece, command,
                             piece < bytes ? " \\" : ""));
        piece += piece < bytes; /* the blank */
        command += piece;
        bytes -= piece;
        indent = 4;
    }
out:
    return status;
}

int
gsc_help_add_examples(const gsc_program *program, size_t width, gsc_text *text)
{
    int status = 0;
    gsc_text words = {0};
    for (const char *line = program->examples; *line;) {
        size_t blanks = strspn(line, " "), bytes = strcspn(line += blanks, "\n");
        if (blanks == 2) {
            GSC_TRY(add_command(line, bytes, width, text));
        } else {
            words.length = 0;
            GSC_TRY(gsc_text_add(&words, "%.*s", (int)bytes, line));
            GSC_TRY(gsc_text_add(text, "      "));
            GSC_TRY(gsc_options_add_wrapped(words.data, 6, width, text));
        }
        line += bytes + (line[bytes] == '\n');
    }
out:
    gsc_text_free(&words);
    return status;
}

/* ---- Options, columns, exit codes ---- */

static int
add_options(const gsc_options *sets, size_t num_sets, size_t width, gsc_text *text)
{
    int status = 0;
    for (size_t s = 0; s < num_sets; s++) {
        if (s == 0 || strcmp(sets[s].title, sets[s - 1].title) != 0)
            GSC_TRY(gsc_text_add(text, "\n%c%s options:\n",
                                 toupper((unsigned char)sets[s].title[0]),
                                 sets[s].title + 1));
        GSC_TRY(gsc_options_add_help(&sets[s], width, text));
    }
out:
    return status;
}

/* Columns under each other, what they hold beside them. */
static int
add_columns(const char *lines, const char *place, size_t width, gsc_text *text)
{
    int status = 0;
    gsc_text term = {0}, meaning = {0};
    if (!place)
        place = "after run and step";
    GSC_TRY(gsc_text_add(text, "\nColumns%s%s:\n", *place ? ", " : "", place));
    for (size_t bytes; *lines; lines += bytes + 1) {
        bytes = strcspn(lines, "\n");
        if (*lines != ' ') {
            term.length = 0;
            GSC_TRY(gsc_text_add(&term, "%.*s", (int)bytes, lines));
            GSC_TRY(gsc_text_add(text, "  "));
            GSC_TRY(gsc_options_add_wrapped(term.data, 4, width, text));
            continue;
        }
        size_t name = strcspn(lines + 2, " \n");
        term.length = meaning.length = 0;
        GSC_TRY(gsc_text_add(&term, "      %.*s", (int)name, lines + 2));
        GSC_TRY(
            gsc_text_add(&meaning, "%.*s", (int)(bytes - name - 3), lines + name + 3));
        GSC_TRY(gsc_options_add_line(term.data, meaning.data, width, text));
    }
out:
    gsc_text_free(&term);
    gsc_text_free(&meaning);
    return status;
}

int
gsc_help_add(const gsc_program *program, const gsc_options *sets, size_t num_sets,
             size_t width, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_help_add_usage(program, width, text));
    GSC_TRY(gsc_text_add(text, "\nExamples:\n"));
    GSC_TRY(gsc_help_add_examples(program, width, text));
    GSC_TRY(add_options(sets, num_sets, width, text));
    if (program->add_values)
        GSC_TRY(program->add_values(width, text));
    if (program->columns)
        GSC_TRY(add_columns(program->columns, program->place, width, text));
    if (program->exits)
        GSC_TRY(gsc_text_add(text, "\nExit status:\n%s", program->exits));
out:
    return status;
}
