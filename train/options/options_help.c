/* The one table of options: what --help says of them. */
#include "grokscope/error.h"
#include "grokscope/options.h"

#include <string.h>

const char *
gsc_options_value_name(const gsc_option *key)
{
    static const char *const names[] = {
        [GSC_OPTION_TEXT] = "NAME",   [GSC_OPTION_CHOICE] = "NAME",
        [GSC_OPTION_NAMES] = "NAMES", [GSC_OPTION_BOOL] = "yes|no",
        [GSC_OPTION_INTEGER] = "N",   [GSC_OPTION_REAL] = "X",
        [GSC_OPTION_FLAG] = NULL};
    return key->metavar ? key->metavar : names[key->type];
}

/* ---- What an option means ---- */

/* What it may be: "relu|gelu", "2–4096", "at least 0"; nothing of others. */
static int
add_range(const gsc_option *key, gsc_text *text)
{
    int status = 0;
    char least[GSC_NUMBER_BYTES], most[GSC_NUMBER_BYTES];
    if (key->type == GSC_OPTION_CHOICE || key->type == GSC_OPTION_NAMES) {
        for (size_t i = 0; key->choices[i]; i++)
            GSC_TRY(gsc_text_add(text, "%s%s", i > 0 ? "|" : "", key->choices[i]));
    } else if (key->type == GSC_OPTION_INTEGER || key->type == GSC_OPTION_REAL) {
        gsc_text_from_real(least, key->least);
        gsc_text_from_real(most, key->most);
        if (key->most < 1e9)
            GSC_TRY(gsc_text_add(text, "%s–%s", least, most));
        else
            GSC_TRY(gsc_text_add(text, "at least %s", least));
    }
out:
    return status;
}

int
gsc_options_add_meaning(const gsc_option *key, gsc_text *text)
{
    int status = 0;
    gsc_text range = {0};
    bool has_default = key->type != GSC_OPTION_FLAG && *key->fallback;
    GSC_TRY(gsc_text_add(text, "%s", key->help));
    GSC_TRY(add_range(key, &range));
    if (range.length > 0 || has_default)
        GSC_TRY(gsc_text_add(text, " [%s%s%s%s]", range.length > 0 ? range.data : "",
                             range.length > 0 && has_default ? ", " : "",
                             has_default ? "default " : "",
                             has_default ? key->fallback : ""));
out:
    gsc_text_free(&range);
    return status;
}

/* ---- Lines ---- */

/* Where explanations begin: on a narrow screen below their term, on a wide one beside
 * it. Lines longer than WIDEST are hard to read, those up to the last letter of a
 * screen are broken by some; at least LEAST_ROOM letters stand in one. */
enum { BESIDE = 30, BELOW = 8, NARROW = 64, WIDEST = 100, MARGIN = 2, LEAST_ROOM = 16 };

static size_t
count_letters(const char *text, size_t bytes)
{
    size_t letters = 0;
    for (size_t i = 0; i < bytes; i++)
        letters += ((unsigned char)text[i] & 0xc0) != 0x80; /* UTF-8: first bytes */
    return letters;
}

/* Bytes of the word at the beginning. What is in brackets is one word where a line has
 * room for it; where none has, it is `loose` and breaks after each '|' as well. */
static size_t
word_bytes(const char *words, size_t room, bool *loose)
{
    size_t bracket = *words == '[' ? strcspn(words, "]\n") : 0;
    if (bracket > 0) {
        bracket += words[bracket] == ']';
        bracket += strcspn(words + bracket, " \n"); /* a full stop after it */
        *loose = count_letters(words, bracket) > room;
    }
    if (bracket > 0 && !*loose)
        return bracket;
    size_t bytes = strcspn(words, " \n"), bar = strcspn(words, "|");
    if (*loose && bar < bytes)
        return bar + 1;
    if (memchr(words, ']', bytes))
        *loose = false;
    return bytes;
}

int
gsc_options_add_wrapped(const char *words, size_t column, size_t width, gsc_text *text)
{
    int status = 0;
    size_t used = 0, room = width > column + MARGIN + LEAST_ROOM
                                ? width - column - MARGIN
                                : LEAST_ROOM;
    bool blank = false, loose = false; /* blank: one stands before the next word */
    while (*words) {
        size_t bytes = word_bytes(words, room, &loose);
        size_t letters = count_letters(words, bytes);
        if (used > 0 && used + blank + letters > room) {
            GSC_TRY(gsc_text_add(text, "\n%*s", (int)column, ""));
            used = 0;
        }
        GSC_TRY(gsc_text_add(text, "%s%.*s", used > 0 && blank ? " " : "", (int)bytes,
                             words));
        used += letters + (used > 0 && blank);
        words += bytes;
        blank = *words == ' ';
        if (*words == '\n') {
            GSC_TRY(gsc_text_add(text, "\n%*s", (int)column, ""));
            used = 0;
        }
        words += *words == ' ' || *words == '\n';
    }
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

int
gsc_options_add_line(const char *term, const char *meaning, size_t width,
                     gsc_text *text)
{
    int status = 0;
    size_t letters = count_letters(term, strlen(term));
    size_t column = width < NARROW ? BELOW : BESIDE;
    GSC_TRY(letters + 2 > column
                ? gsc_text_add(text, "%s\n%*s", term, (int)column, "")
                : gsc_text_add(text, "%s%*s", term, (int)(column - letters), ""));
    GSC_TRY(gsc_options_add_wrapped(meaning, column, width < WIDEST ? width : WIDEST,
                                    text));
out:
    return status;
}

/* "  -o, --output FILE" */
static int
add_term(const gsc_option *key, gsc_text *text)
{
    int status = 0;
    const char *value = gsc_options_value_name(key);
    GSC_TRY(key->letter ? gsc_text_add(text, "  -%c, ", key->letter)
                        : gsc_text_add(text, "      "));
    GSC_TRY(gsc_options_add_name(key->name, text));
    if (value)
        GSC_TRY(gsc_text_add(text,
                             key->implied                   ? "[=%s]"
                             : key->type == GSC_OPTION_BOOL ? " [%s]"
                                                            : " %s",
                             value));
out:
    return status;
}

int
gsc_options_add_help(const gsc_options *set, size_t width, gsc_text *text)
{
    int status = 0;
    gsc_text term = {0}, words = {0};
    for (size_t i = 0; i < set->num_rows; i++) {
        term.length = words.length = 0;
        GSC_TRY(add_term(&set->rows[i], &term));
        GSC_TRY(gsc_options_add_meaning(&set->rows[i], &words));
        GSC_TRY(gsc_options_add_line(term.data, words.data, width, text));
    }
out:
    gsc_text_free(&term);
    gsc_text_free(&words);
    return status;
}
