/* The list of shipped recipes, by topic. */
#include "analyze/tool/recipe_list.h"

#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/options.h"

#include "analyze/rows/output.h"
#include "analyze/tool/program.h"
#include "train/base/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct entry {
    const char *name;
    gsc_recipe_header header;
} entry;

static int
compare(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int topics = strcmp(x->header.topic, y->header.topic);
    return topics != 0 ? topics : strcmp(x->name, y->name);
}

static int
read_entries(char *const *names, entry **out_entries, size_t *count)
{
    int status = 0;
    entry *entries = NULL;
    for (*count = 0; names[*count]; ++*count)
        ;
    GSC_NEW(entries, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        entries[i].name = names[i];
        GSC_TRY(gsc_config_recipe_header(names[i], &entries[i].header));
    }
    qsort(entries, *count, sizeof *entries, compare);
    *out_entries = entries;
    entries = NULL;
out:
    free(entries);
    return status;
}

/* ---- As rows ---- */

static const gsc_column columns[] = {
    {"topic", GSC_CELL_TEXT, true, "what the experiment is about", false},
    {"recipe", GSC_CELL_TEXT, true, "the name that grokscope-train takes", false},
    {"title", GSC_CELL_TEXT, false, "the experiment in a line", false}};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static int
write_rows(const entry *entries, size_t count, const gsc_answer *answer)
{
    int status = 0;
    gsc_rows rows;
    gsc_rows_init(&rows, columns, NUM_COLUMNS);
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(gsc_rows_text(&rows, entries[i].header.topic));
        GSC_TRY(gsc_rows_text(&rows, entries[i].name));
        GSC_TRY(gsc_rows_text(&rows, entries[i].header.title));
    }
    GSC_TRY(gsc_rows_answer(&rows, answer));
out:
    gsc_rows_free(&rows);
    return status;
}

/* ---- As a page ---- */

static int
write_page(const entry *entries, size_t count)
{
    int status = 0;
    gsc_text text = {0};
    char name[128];
    const char *topic = NULL;
    size_t width = gsc_terminal_width(STDOUT_FILENO);
    for (size_t i = 0; i < count; i++) {
        const gsc_recipe_header *h = &entries[i].header;
        if (!topic || strcmp(topic, h->topic) != 0)
            GSC_TRY(gsc_text_add(&text, "%s%s:\n", topic ? "\n" : "", h->topic));
        topic = h->topic;
        snprintf(name, sizeof name, "  %s", entries[i].name);
        GSC_TRY(gsc_options_add_line(name, h->title, width, &text));
    }
    GSC_TRY(gsc_output_write_text(&text, "", false));
out:
    gsc_text_free(&text);
    return status;
}

/* ---- Either ---- */

int
gsc_recipe_list_add_columns(gsc_text *text)
{
    return gsc_columns_add("with --list-recipes, one row for each recipe", columns,
                           NUM_COLUMNS, text);
}

int
gsc_recipe_list_output(const gsc_training_answer *how)
{
    int status = 0;
    char **names = NULL;
    entry *entries = NULL;
    size_t count;
    const gsc_answer answer = gsc_training_answer_of(how);
    bool asked = how->format > 0 || *how->columns;
    GSC_TRY(gsc_answer_check_columns(&answer, columns, NUM_COLUMNS));
    GSC_TRY(gsc_config_recipes(&names));
    GSC_TRY(read_entries(names, &entries, &count));
    GSC_TRY(asked || !gsc_program_is_terminal(STDOUT_FILENO)
                ? write_rows(entries, count, &answer)
                : write_page(entries, count));
out:
    free(entries);
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
    return status;
}
