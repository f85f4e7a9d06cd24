/* Measures as those who ask them take them: found, given options, prepared, asked. */
#include "grokscope/measure.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const gsc_measure *const gsc_builtin_measures[] = {GSC_BUILTIN_MEASURES, NULL};

const gsc_measure *
gsc_measure_find(const gsc_measure *const *measures, const char *name)
{
    for (; *measures; measures++)
        if (strcmp((*measures)->name, name) == 0)
            return *measures;
    return NULL;
}

int
gsc_measure_prepare_first(size_t table, const void *options,
                          gsc_run_context *run_context, void **state)
{
    (void)table, (void)options, (void)state;
    return gsc_lazy_checkpoint_open(&run_context->first);
}

/* ---- Options ---- */

gsc_options
gsc_measure_bind(const gsc_measure *measure, void *options)
{
    const gsc_measure_options *o = measure->options;
    return o ? (gsc_options){o->title, o->rows, o->num_rows, options}
             : (gsc_options){.title = measure->name};
}

int
gsc_measure_new_options(const gsc_measure *measure, void **options)
{
    int status = 0;
    *options = NULL;
    if (!measure->options)
        return 0;
    *options = gsc_new(1, measure->options->size);
    if (!*options)
        return GSC_EMEMORY;
    gsc_options set = gsc_measure_bind(measure, *options);
    status = gsc_options_default(&set, 1);
    if (status < 0) {
        free(*options);
        *options = NULL;
    }
    return status;
}

/* Whether options go on after a colon: "name=". */
static bool
begins_option(const char *at)
{
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_-0123456789");
    return length > 0 && at[length] == '=';
}

/* Where an option's value ends. */
static size_t
value_length(const char *value)
{
    size_t length = strcspn(value, ":");
    while (value[length] == ':' && !begins_option(value + length + 1))
        length += 1 + strcspn(value + length + 1, ":");
    return length;
}

static int
read_option(const gsc_options *set, const char **at)
{
    char name[64], value[GSC_OPTION_TEXT_BYTES];
    size_t length = strcspn(*at, "=");
    const char *rest = *at + length + 1;
    if (!begins_option(*at) || length >= sizeof name)
        return gsc_fail(GSC_EARGUMENT, "'%s' is no option=value", *at);
    snprintf(name, sizeof name, "%.*s", (int)length, *at);
    length = value_length(rest);
    if (length >= sizeof value)
        return gsc_fail(GSC_EARGUMENT, "%s: a value of %zu bytes", name, length);
    snprintf(value, sizeof value, "%.*s", (int)length, rest);
    *at = rest + length + (rest[length] == ':');
    return gsc_options_set(set, 1, name, value);
}

int
gsc_measure_read_options(const gsc_measure *measure, const char *text, void *options)
{
    const gsc_options set = gsc_measure_bind(measure, options);
    while (*text) {
        int status = read_option(&set, &text);
        if (status < 0)
            return gsc_fail_in(status, measure->name);
    }
    return 0;
}

/* ---- Needs ---- */

/* Facets, for people. */
static const struct facet {
    const char *name, *meaning;
} facets[] = {
    {GSC_NEEDS_BINARY_TABLE, "a table of pairs"},
    {GSC_NEEDS_BITS, "strings of bits"},
    {"digits", "numbers in digits"},
    {"sequence", "sequences of tokens"},
    {"image", "images"},
    {"regression", "numbers to be predicted"},
    {GSC_NEEDS_QUANTA, "many tasks of which each is learned whole"},
    {GSC_NEEDS_SYMBOL_SUM, "sums of two symbols"},
    {GSC_NEEDS_TWO_HOP, "facts of two hops"},
    {"permutation", "compositions of permutations"},
    {GSC_NEEDS_SINGLE_INDEX, "a function of one direction"},
};
enum { NUM_FACETS = sizeof facets / sizeof *facets };

static const char *
meaning_of(const char *facet)
{
    for (size_t i = 0; i < NUM_FACETS; i++)
        if (strncmp(facets[i].name, facet, strcspn(facet, " ")) == 0)
            return facets[i].meaning;
    return "of a client's own";
}

static bool
asks_for(const gsc_measure *measure, const char *needs)
{
    return strcmp(measure->needs, needs) == 0;
}

static bool
has_needs(const gsc_measure *measure, const gsc_loaded_model *loaded)
{
    if (asks_for(measure, GSC_NEEDS_WEIGHTS))
        return true;
    if (asks_for(measure, GSC_NEEDS_NETWORK))
        return loaded->model.graph;
    for (const char *at = measure->needs; *at; at += *at == ' ') {
        char facet[GSC_NAME_BYTES];
        size_t length = strcspn(at, " ");
        snprintf(facet, sizeof facet, "%.*s", (int)length, at);
        if (gsc_loaded_model_has(loaded, facet))
            return true;
        at += length;
    }
    return false;
}

/* Places of the order in which the task's operation is a sum. */
static size_t
count_places(const gsc_binary_table *pairs)
{
    return pairs->n - (pairs->order == GSC_RESIDUE_ORDER_LOGARITHM);
}

static bool
has_residues(const gsc_measure *measure, const gsc_loaded_model *loaded)
{
    return loaded->pairs.n == 0 ||
           count_places(&loaded->pairs) >= measure->least_residues;
}

bool
gsc_measure_admits(const gsc_measure *measure, const gsc_loaded_model *loaded)
{
    return has_needs(measure, loaded) &&
           (!measure->of_frequencies ||
            gsc_binary_table_has_frequencies(&loaded->pairs)) &&
           has_residues(measure, loaded);
}

static int
refuse_facet(const gsc_measure *measure, const gsc_loaded_model *loaded,
             const char *name)
{
    gsc_text has = {0}, asks = {0};
    for (const char *at = measure->needs; *at; at++)
        if (*at == ' ')
            gsc_text_add(&asks, " or ");
        else
            gsc_text_add(&asks, "%c", *at);
    for (size_t i = 0; i < NUM_FACETS; i++)
        if (gsc_loaded_model_has(loaded, facets[i].name))
            gsc_text_add(&has, "%s%s", has.length > 0 ? ", " : "", facets[i].name);
    int status =
        gsc_fail(GSC_EARGUMENT,
                 "%s asks for the facet %s (%s); %s has %s. grokscope-norms and "
                 "grokscope-embedding take every task",
                 measure->name, asks.data ? asks.data : measure->needs,
                 meaning_of(measure->needs), name, has.data ? has.data : "none");
    gsc_text_free(&has);
    gsc_text_free(&asks);
    return status;
}

static int
refuse_elements(const gsc_measure *measure, const gsc_loaded_model *loaded,
                const char *name)
{
    const gsc_binary_table *pairs = &loaded->pairs;
    if (measure->of_frequencies && !gsc_binary_table_has_frequencies(pairs))
        return gsc_fail(GSC_EARGUMENT,
                        "%s asks for frequencies; %s is of the group %s, whose "
                        "elements are no residues and have none. grokscope-groups "
                        "tells of its representations",
                        measure->name, name, pairs->group);
    bool logarithm = pairs->order == GSC_RESIDUE_ORDER_LOGARITHM;
    return gsc_fail(GSC_EARGUMENT, "%s needs %zu residues or more; %s has %zu%s",
                    measure->name, measure->least_residues, name, count_places(pairs),
                    logarithm ? ", the logarithms of its residues" : "");
}

int
gsc_measure_check_needs(const gsc_measure *measure, const gsc_loaded_model *loaded,
                        const char *name)
{
    if (gsc_measure_admits(measure, loaded))
        return 0;
    int status = gsc_loaded_model_need_model(loaded);
    if (status < 0)
        return gsc_fail_in(status, name);
    if (!has_needs(measure, loaded))
        return refuse_facet(measure, loaded, name);
    return refuse_elements(measure, loaded, name);
}

/* ---- Asking ---- */

int
gsc_measure_prepare(const gsc_measure *measure, size_t table, const void *options,
                    gsc_run_context *run_context, void **state)
{
    int status = 0;
    gsc_lazy_checkpoint *first = &run_context->first;
    *state = NULL;
    if (!measure->prepare)
        return 0;
    if (!asks_for(measure, GSC_NEEDS_WEIGHTS)) {
        GSC_TRY(gsc_lazy_checkpoint_open(first));
        GSC_TRY(gsc_measure_check_needs(measure, first->loaded, first->name));
    }
    GSC_TRY(measure->prepare(table, options, run_context, state));
out:
    return status;
}

void
gsc_measure_release(const gsc_measure *measure, void *state)
{
    if (state && measure->release)
        measure->release(state);
}

int
gsc_measure_fill(const gsc_measure *measure, size_t table,
                 const gsc_measure_request *request, gsc_rows *rows)
{
    int status = gsc_measure_check_needs(measure, request->loaded, request->name);
    if (status < 0)
        return status;
    status = measure->tables[table].fill(request, rows);
    return status < 0 ? gsc_fail_in(status, request->name) : 0;
}
