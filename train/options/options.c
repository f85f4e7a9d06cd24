/* The one table of options: defaults, values from text and back, help. */
#include "grokscope/options.h"

#include "grokscope/error.h"

#include "train/options/options_nearest.h"

#include <stdio.h>
#include <string.h>

static const char *const truths[] = {"yes", "true", "on", "1"};
static const char *const falsehoods[] = {"no", "false", "off", "0"};

static void *
value_of(const gsc_options *set, const gsc_option *key)
{
    return (char *)set->values + key->offset;
}

bool
gsc_options_same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return false;
    return *a == *b;
}

const gsc_option *
gsc_options_find(const gsc_options *sets, size_t num_sets, const char *name,
                 void **value)
{
    for (size_t s = 0; s < num_sets; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++)
            if (gsc_options_same_name(sets[s].rows[i].name, name)) {
                if (value)
                    *value = value_of(&sets[s], &sets[s].rows[i]);
                return &sets[s].rows[i];
            }
    return NULL;
}

/* ---- Values from text ---- */

static bool
read_bool(const char *text, bool *value)
{
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        *value = strcmp(text, truths[i]) == 0;
        if (*value || strcmp(text, falsehoods[i]) == 0)
            return true;
    }
    return false;
}

static int
set_bool(const gsc_option *key, bool *value, const char *text)
{
    bool read;
    if (!read_bool(text, &read))
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' is neither yes nor no", key->name,
                        text);
    *value = read;
    return 0;
}

bool
gsc_options_takes_word(const gsc_option *key, const char *word)
{
    bool truth;
    if (!word || key->type == GSC_OPTION_FLAG || key->implied)
        return false;
    return key->type != GSC_OPTION_BOOL || read_bool(word, &truth);
}

/* The row of the choice that a text names. */
static int
set_choice(const gsc_option *key, int64_t *value, const char *text)
{
    size_t count = 0;
    for (; key->choices[count]; count++)
        if (gsc_options_same_name(key->choices[count], text)) {
            *value = (int64_t)count;
            return 0;
        }
    const char *nearest = gsc_options_nearest_of(text, key->choices, count);
    if (nearest)
        return gsc_fail(GSC_EARGUMENT, "%s: no '%s'; did you mean '%s'?", key->name,
                        text, nearest);
    gsc_text list = {0};
    for (size_t i = 0; i < count; i++)
        gsc_text_add(&list, "%s'%s'", i > 0 ? ", " : "", key->choices[i]);
    int status = gsc_fail(GSC_EARGUMENT, "%s: no '%s'; it is one of %s", key->name,
                          text, list.data ? list.data : "");
    gsc_text_free(&list);
    return status;
}

/* The name as the table has it, or as it is where only `check` knows it. */
static int
find_name(const gsc_option *key, const char *word, const char **name)
{
    int64_t row;
    for (size_t i = 0; key->choices[i]; i++)
        if (gsc_options_same_name(key->choices[i], word)) {
            *name = key->choices[i];
            return 0;
        }
    *name = word;
    if (!key->check)
        return set_choice(key, &row, word);
    int status = key->check(word);
    if (status == 0 || status == GSC_EMEMORY)
        return status;
    size_t count = 0;
    while (key->choices[count])
        count++;
    const char *nearest = gsc_options_nearest_of(word, key->choices, count);
    return nearest ? gsc_fail(GSC_EARGUMENT, "%s: no '%s'; did you mean '%s'?",
                              key->name, word, nearest)
                   : gsc_fail_in(GSC_EARGUMENT, key->name);
}

/* Whether a list has a name already. */
static bool
has_name(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && strncmp(at, name, length) == 0)
            return true;
    return false;
}

/* One name, of `length` letters, behind those of the list. */
static int
add_name(const gsc_option *key, char *list, const char *text, size_t length)
{
    char word[GSC_OPTION_TEXT_BYTES];
    const char *name;
    size_t used = strlen(list);
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    int status = find_name(key, word, &name);
    if (status < 0)
        return status;
    if (has_name(list, name))
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' stands twice", key->name, name);
    int added = snprintf(list + used, GSC_OPTION_TEXT_BYTES - used, "%s%s",
                         used > 0 ? "," : "", name);
    if ((size_t)added >= GSC_OPTION_TEXT_BYTES - used)
        return gsc_fail(GSC_EARGUMENT, "%s: longer than %d bytes", key->name,
                        GSC_OPTION_TEXT_BYTES - 1);
    return 0;
}

static int
set_names(const gsc_option *key, char *value, const char *text)
{
    int status = 0;
    char list[GSC_OPTION_TEXT_BYTES] = "";
    size_t count = 0;
    for (const char *at = text;; at++, count++) {
        size_t blanks = strspn(at, " "), length = strcspn(at + blanks, ",");
        size_t end = length;
        while (end > 0 && at[blanks + end - 1] == ' ')
            end--;
        if (count == GSC_MAX_NAMES)
            return gsc_fail(GSC_EARGUMENT, "%s: more than %d names", key->name,
                            GSC_MAX_NAMES);
        GSC_TRY(add_name(key, list, at + blanks, end));
        at += blanks + length;
        if (!*at)
            break;
    }
    memcpy(value, list, sizeof list);
out:
    return status;
}

/* Long doubles hold every int64_t and every double. */
static int
check_range(const gsc_option *key, long double number)
{
    if (number >= key->least && number <= key->most)
        return 0;
    char given[GSC_NUMBER_BYTES], least[GSC_NUMBER_BYTES], most[GSC_NUMBER_BYTES];
    gsc_text_from_real(given, (double)number);
    gsc_text_from_real(least, key->least);
    gsc_text_from_real(most, key->most);
    return gsc_fail(GSC_EARGUMENT, "%s: %s is outside %s … %s", key->name, given, least,
                    most);
}

static int
set_number(const gsc_option *key, void *value, const char *text)
{
    int64_t whole;
    double real;
    int status = key->type == GSC_OPTION_INTEGER ? gsc_text_to_integer(text, &whole)
                                                 : gsc_text_to_real(text, &real);
    if (status < 0)
        return gsc_fail_in(status, key->name);
    if (key->type == GSC_OPTION_INTEGER) {
        status = check_range(key, (long double)whole);
        if (status == 0)
            *(int64_t *)value = whole;
    } else {
        status = check_range(key, real);
        if (status == 0)
            *(double *)value = real + 0.0; /* -0 is 0: JSON's -0 is an integer */
    }
    return status;
}

int
gsc_options_set_value(const gsc_option *key, void *value, const char *text)
{
    switch (key->type) {
    case GSC_OPTION_TEXT:
        if (strlen(text) >= GSC_OPTION_TEXT_BYTES)
            return gsc_fail(GSC_EARGUMENT, "%s: longer than %d bytes", key->name,
                            GSC_OPTION_TEXT_BYTES - 1);
        memset(value, 0, GSC_OPTION_TEXT_BYTES);
        memcpy(value, text, strlen(text));
        return 0;
    case GSC_OPTION_CHOICE:
        return set_choice(key, value, text);
    case GSC_OPTION_NAMES:
        return set_names(key, value, text);
    case GSC_OPTION_BOOL:
    case GSC_OPTION_FLAG:
        return set_bool(key, value, text);
    default:
        return set_number(key, value, text);
    }
}

int
gsc_options_default(const gsc_options *sets, size_t num_sets)
{
    int status = 0;
    for (size_t s = 0; s < num_sets; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++) {
            const gsc_option *key = &sets[s].rows[i];
            GSC_TRY(gsc_options_set_value(key, value_of(&sets[s], key), key->fallback));
        }
out:
    return status;
}

int
gsc_options_add_name(const char *name, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "--"));
    for (const char *c = name; *c; c++)
        GSC_TRY(gsc_text_add(text, "%c", *c == '_' ? '-' : *c));
out:
    return status;
}

const char *
gsc_options_nearest(const gsc_options *sets, size_t num_sets, const char *name)
{
    enum { MOST = 256 };
    const char *names[MOST];
    size_t count = 0;
    for (size_t s = 0; s < num_sets; s++)
        for (size_t i = 0; i < sets[s].num_rows && count < MOST; i++)
            names[count++] = sets[s].rows[i].name;
    return gsc_options_nearest_of(name, names, count);
}

static int
unknown_option(const gsc_options *sets, size_t num_sets, const char *name)
{
    const char *nearest = gsc_options_nearest(sets, num_sets, name);
    if (!nearest)
        return gsc_fail(GSC_EARGUMENT, "no option '%s'", name);
    return gsc_fail(GSC_EARGUMENT, "no option '%s'; did you mean '%s'?", name, nearest);
}

int
gsc_options_set(const gsc_options *sets, size_t num_sets, const char *name,
                const char *text)
{
    void *value;
    const gsc_option *key = gsc_options_find(sets, num_sets, name, &value);
    if (!key)
        return unknown_option(sets, num_sets, name);
    return gsc_options_set_value(key, value, text);
}

/* ---- Values as text ---- */

int
gsc_options_add_value(const gsc_option *key, const void *value, gsc_text *text)
{
    char number[GSC_NUMBER_BYTES];
    switch (key->type) {
    case GSC_OPTION_TEXT:
    case GSC_OPTION_NAMES:
        return gsc_text_add(text, "%s", (const char *)value);
    case GSC_OPTION_CHOICE:
        return gsc_text_add(text, "%s", key->choices[*(const int64_t *)value]);
    case GSC_OPTION_BOOL:
    case GSC_OPTION_FLAG:
        return gsc_text_add(text, "%s", *(const bool *)value ? "yes" : "no");
    case GSC_OPTION_INTEGER:
        return gsc_text_add(text, "%lld", (long long)*(const int64_t *)value);
    default:
        gsc_text_from_real(number, *(const double *)value);
        return gsc_text_add(text, "%s", number);
    }
}
