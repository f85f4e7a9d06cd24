/* A program's options as the completion of bash reads them. */
#include "analyze/tool/completion.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/measure.h"

#include <string.h>

/* ---- Names that a list with commas may have, by what stands for them in help ---- */

static const char *
measure_name(size_t index)
{
    const gsc_measure *measure = gsc_builtin_measures[index];
    return measure ? measure->name : NULL; /* asked for up to the first that is none */
}

static const char *
rewrite_name(size_t index)
{
    const gsc_rewrite *rewrite = gsc_rewrite_at(index);
    return rewrite ? rewrite->name : NULL;
}

static const char *
control_name(size_t index)
{
    return index < GSC_NUM_CONTROLS ? gsc_control_names[index] : NULL;
}

static const struct list {
    const char *metavar;
    const char *(*name)(size_t index); /* NULL past the last */
} lists[] = {
    {"MEASURES", measure_name}, {"REWRITES", rewrite_name}, {"CONTROLS", control_name}};

static int
add_list(const char *metavar, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *name;
        if (strcmp(lists[i].metavar, metavar) != 0)
            continue;
        for (size_t k = 0; (name = lists[i].name(k)) != NULL; k++)
            GSC_TRY(gsc_text_add(text, "%s,", name));
        return 0;
    }
    GSC_TRY(gsc_text_add(text, "%s", metavar));
out:
    return status;
}

/* ---- The options ---- */

/* Choices are each followed by a '|', names of a list by a ',', which tells them from
 * what stands for a value. A value that may be left out begins with a '='. */
static int
add_value(const gsc_option *key, gsc_text *text)
{
    int status = 0;
    static const char *const truths[] = {"yes", "no", NULL};
    bool has_list = key->type == GSC_OPTION_NAMES;
    const char *const *choices =
        key->type == GSC_OPTION_BOOL ? truths : key->choices; /* or NULL */
    if (key->type == GSC_OPTION_FLAG)
        return 0;
    GSC_TRY(gsc_text_add(text, " %s", key->implied ? "=" : ""));
    if (!choices)
        GSC_TRY(add_list(gsc_options_value_name(key), text));
    for (size_t i = 0; choices && choices[i]; i++)
        GSC_TRY(gsc_text_add(text, "%s%c", choices[i], has_list ? ',' : '|'));
out:
    return status;
}

static int
add_option(const gsc_option *key, gsc_text *text)
{
    int status = 0;
    if (key->letter) {
        GSC_TRY(gsc_text_add(text, "-%c", key->letter));
        GSC_TRY(add_value(key, text));
        GSC_TRY(gsc_text_add(text, "\n"));
    }
    GSC_TRY(gsc_options_add_name(key->name, text));
    GSC_TRY(add_value(key, text));
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

/* Whether a set is of one kind of task or architecture: "task parity". */
static bool
is_of_kind(const gsc_options *set)
{
    return strncmp(set->title, "task ", strlen("task ")) == 0 ||
           strncmp(set->title, "architecture ", strlen("architecture ")) == 0;
}

/* The options of a kind stand between "[task parity]" and "[]". */
static int
add_set(const gsc_options *set, gsc_text *text)
{
    int status = 0;
    if (is_of_kind(set))
        GSC_TRY(gsc_text_add(text, "[%s]\n", set->title));
    for (size_t i = 0; i < set->num_rows; i++)
        GSC_TRY(add_option(&set->rows[i], text));
    if (is_of_kind(set))
        GSC_TRY(gsc_text_add(text, "[]\n"));
out:
    return status;
}

int
gsc_completion_add(const gsc_program *program, const gsc_options *sets, size_t num_sets,
                   gsc_text *text)
{
    int status = 0;
    bool takes_recipe = strstr(program->synopsis, "RECIPE") != NULL;
    GSC_TRY(gsc_text_add(text,
                         "# The options of %s; the file grokscope beside this one "
                         "reads them.\n"
                         "declare -F _grokscope >/dev/null ||\n"
                         "    . \"${BASH_SOURCE[0]%%/*}/grokscope\"\n"
                         "_grokscope_options[%s]='%s\n",
                         program->name, program->name,
                         takes_recipe ? "RECIPE" : "FILE"));
    for (size_t s = 0; s < num_sets; s++)
        GSC_TRY(add_set(&sets[s], text));
    GSC_TRY(
        gsc_text_add(text, "'\ncomplete -o default -F _grokscope %s\n", program->name));
out:
    return status;
}
