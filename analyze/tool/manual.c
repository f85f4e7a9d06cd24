/* What a program prints of its man page, from the table of its options: all but the
 * description and the worked examples, which analyze/manual/<program>.md has. The build
 * joins the two. */
#include "analyze/tool/manual.h"

#include "grokscope/error.h"

#include <ctype.h>
#include <string.h>

/* ---- Text as roff takes it ---- */

/* A hyphen is written \- so that it stays the letter that a shell takes; a backslash
 * has a name of its own. A line may be broken after the bar between choices. */
static int
add_letter(gsc_text *text, char letter)
{
    return letter == '-'    ? gsc_text_add(text, "\\-")
           : letter == '\\' ? gsc_text_add(text, "\\e")
           : letter == '|'  ? gsc_text_add(text, "|\\:")
                            : gsc_text_add(text, "%c", letter);
}

/* Plain text, whose lines stay lines. A dot or a quote at the start of one would be a
 * request. */
static int
add_plain(gsc_text *text, const char *words, size_t bytes)
{
    int status = 0;
    for (size_t i = 0; i < bytes; i++) {
        bool begins = i == 0 || words[i - 1] == '\n';
        if (begins && strchr(".'", words[i]))
            GSC_TRY(gsc_text_add(text, "\\&"));
        if (words[i] == '\n')
            GSC_TRY(gsc_text_add(text, "\n.br\n"));
        else
            GSC_TRY(add_letter(text, words[i]));
    }
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

static int
add_in_font(gsc_text *text, char font, const char *word, size_t bytes)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "\\f%c", font));
    for (size_t i = 0; i < bytes; i++)
        GSC_TRY(add_letter(text, word[i]));
    GSC_TRY(gsc_text_add(text, "\\fR"));
out:
    return status;
}

/* A synopsis: options are bold, CAPITALS, which stand for something, are slanted. */
static int
add_synopsis(gsc_text *text, const char *words, const char *end)
{
    static const char option[] = "-abcdefghijklmnopqrstuvwxyz0123456789";
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    int status = 0;
    for (size_t bytes; *words; words += bytes) {
        bytes = strspn(words, *words == '-' ? option : capitals);
        if (bytes > 0)
            GSC_TRY(add_in_font(text, *words == '-' ? 'B' : 'I', words, bytes));
        else
            GSC_TRY(add_letter(text, words[bytes++]));
    }
    GSC_TRY(gsc_text_add(text, "%s\n", end));
out:
    return status;
}

/* ---- Sections ---- */

/* What is the same for all programs. Names are not broken, words not spread. On a
 * screen there is one long page: tbl complains of tables near the end of a sheet. */
static const char layout[] = ".nh\n.nr HY 0\n.ad l\n.if n .pl 1000i\n";
static const char recipe_files[] =
    ".TP\n.I ../share/grokscope/recipes/RECIPE.recipe\n"
    "a shipped recipe, seen from the folder of the program\n";
static const char files[] =
    ".TP\n.I FOLDER/step\\-000012000.h5\n"
    "the checkpoint of step 12000 of a run; \\fBgrokscope\\-checkpoint\\fR(5) tells\n"
    "what is in it, and what else is in the folder\n";
static const char exits[] = ".TP\n.B 0\ndone\n"
                            ".TP\n.B 1\nfailed\n"
                            ".TP\n.B 2\nwrong command line\n"
                            ".TP\n.B 3\nunreadable or unsupported file\n";
static const char ending[] =
    ".TP\n.BI 128+ n\nended by signal \\fIn\\fR\n"
    ".SH \"SEE ALSO\"\n"
    ".BR grokscope (1),\n.BR grokscope\\-checkpoint (5),\n.BR grokscope (7)\n";

static int
add_head(const gsc_program *program, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, ".TH "));
    for (const char *c = program->name; *c; c++)
        GSC_TRY(add_letter(text, (char)toupper((unsigned char)*c)));
    GSC_TRY(gsc_text_add(text, " 1 \"\" \"grokscope %s\" \"Manual of grokscope\"\n",
                         GSC_VERSION));
    GSC_TRY(gsc_text_add(text, "%s.SH NAME\n%s \\- ", layout, program->name));
    GSC_TRY(add_plain(text, program->purpose, strlen(program->purpose)));
    GSC_TRY(gsc_text_add(text, ".SH SYNOPSIS\n\\fB%s\\fR ", program->name));
    GSC_TRY(add_synopsis(text, program->synopsis, ""));
out:
    return status;
}

/* "-o, --output FILE" and what it means. */
static int
add_option(const gsc_option *key, gsc_text *text)
{
    int status = 0;
    gsc_text words = {0};
    const char *value = gsc_options_value_name(key);
    GSC_TRY(gsc_text_add(text, ".TP\n"));
    if (key->letter)
        GSC_TRY(gsc_text_add(text, "\\fB\\-%c\\fR, ", key->letter));
    GSC_TRY(gsc_options_add_name(key->name, &words));
    GSC_TRY(add_in_font(text, 'B', words.data, words.length));
    bool may_lack = key->implied || key->type == GSC_OPTION_BOOL;
    GSC_TRY(gsc_text_add(text, "%s%s", value && !key->implied ? " " : "",
                         value && may_lack ? "[" : ""));
    GSC_TRY(gsc_text_add(text, "%s", key->implied ? "=" : ""));
    GSC_TRY(add_synopsis(text, value ? value : "", may_lack ? "]" : ""));
    words.length = 0;
    GSC_TRY(gsc_options_add_meaning(key, &words));
    GSC_TRY(add_plain(text, words.data, words.length));
out:
    gsc_text_free(&words);
    return status;
}

static int
add_options(const gsc_options *sets, size_t num_sets, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(
        text, ".SH OPTIONS\n"
              "In brackets stand what an option may be, and its default. A value\n"
              "follows after a blank or an equals sign, and \\fB\\-\\-\\fR ends the\n"
              "options. An option of yes or no that stands alone means yes.\n"));
    for (size_t s = 0; s < num_sets; s++) {
        if (s == 0 || strcmp(sets[s].title, sets[s - 1].title) != 0)
            GSC_TRY(gsc_text_add(text, ".SS %c%s options\n",
                                 toupper((unsigned char)sets[s].title[0]),
                                 sets[s].title + 1));
        for (size_t i = 0; i < sets[s].num_rows; i++)
            GSC_TRY(add_option(&sets[s].rows[i], text));
    }
out:
    return status;
}

/* The lines of examples are commands, and what they give, indented more. */
static int
add_examples(const char *lines, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, ".SH EXAMPLES\n"));
    while (*lines) {
        size_t blanks = strspn(lines, " "), bytes = strcspn(lines += blanks, "\n");
        if (blanks == 2)
            GSC_TRY(gsc_text_add(text, ".TP\n.B "));
        GSC_TRY(add_plain(text, lines, bytes));
        lines += bytes + (lines[bytes] == '\n');
    }
out:
    return status;
}

/* "  name what it holds", under one line for each table. */
static int
add_columns(const char *lines, const char *place, gsc_text *text)
{
    int status = 0;
    if (!place)
        place = "after \\fBrun\\fR and \\fBstep\\fR";
    GSC_TRY(gsc_text_add(text, ".SH COLUMNS\n"));
    if (*place)
        GSC_TRY(
            gsc_text_add(text, "%c%s:\n", toupper((unsigned char)place[0]), place + 1));
    for (size_t bytes; *lines; lines += bytes + 1) {
        bytes = strcspn(lines, "\n");
        if (*lines != ' ') {
            GSC_TRY(gsc_text_add(text, ".SS %c", toupper((unsigned char)*lines)));
            GSC_TRY(add_plain(text, lines + 1, bytes - 1));
            continue;
        }
        size_t name = strcspn(lines + 2, " \n");
        GSC_TRY(gsc_text_add(text, ".TP\n.B "));
        GSC_TRY(add_plain(text, lines + 2, name));
        GSC_TRY(add_plain(text, lines + name + 3, bytes - name - 3));
    }
out:
    return status;
}

static int
add_files(const gsc_program *program, gsc_text *text)
{
    bool takes_recipe = strstr(program->synopsis, "RECIPE") != NULL;
    return gsc_text_add(text, ".SH FILES\n%s%s", takes_recipe ? recipe_files : "",
                        files);
}

/* "  0  done" */
static int
add_exits(const gsc_program *program, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, ".SH \"EXIT STATUS\"\n%s", program->exits ? "" : exits));
    for (const char *line = program->exits; line && *line;) {
        line += strspn(line, " ");
        size_t bytes = strcspn(line, "\n"), code = strcspn(line, " ");
        size_t blanks = strspn(line + code, " ");
        GSC_TRY(gsc_text_add(text, ".TP\n.B %.*s\n", (int)code, line));
        GSC_TRY(add_plain(text, line + code + blanks, bytes - code - blanks));
        line += bytes + (line[bytes] == '\n');
    }
out:
    return status;
}

int
gsc_manual_add(const gsc_program *program, const gsc_options *sets, size_t num_sets,
               gsc_text *text)
{
    int status = 0;
    GSC_TRY(add_head(program, text));
    GSC_TRY(add_options(sets, num_sets, text));
    GSC_TRY(add_examples(program->examples, text));
    if (program->columns)
        GSC_TRY(add_columns(program->columns, program->place, text));
    GSC_TRY(add_files(program, text));
    GSC_TRY(add_exits(program, text));
    GSC_TRY(gsc_text_add(text, "%s", ending));
out:
    return status;
}
