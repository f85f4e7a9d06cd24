/* The plan of a sweep. */
#include "analyze/sweep/sweep_plan.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "train/base/file.h"
#include "train/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 1 << 30 };

static const char recipe_name[] = "sweep.recipe", table_name[] = "plan.tsv";
static const char keeps_all[] = "# keep: all", keeps_final[] = "# keep: final";

/* ---- Making ---- */

static int
find_id(const gsc_config *config, char id[GSC_SWEEP_ID_BYTES])
{
    int status = 0;
    gsc_text json = {0};
    unsigned char sum[GSC_SHA256_BYTES];
    GSC_TRY(gsc_config_to_json(config, &json));
    gsc_sha256(json.data, json.length, sum);
    for (int i = 0; i < (GSC_SWEEP_ID_BYTES - 1) / 2; i++)
        snprintf(id + 2 * i, 3, "%02x", sum[i]);
out:
    gsc_text_free(&json);
    return status;
}

/* The run of a point, with a copy of what all share to set its values in. */
static int
make_run(gsc_sweep_plan *self, gsc_config *own, const gsc_design *design, size_t point)
{
    int status = 0;
    size_t count = 0;
    gsc_planned_run *run = &self->runs[self->num_runs];
    gsc_text value = {0};
    GSC_NEW(run->values, self->num_names);
    self->num_runs++;
    for (size_t a = 0; a < design->num_axes; a++) {
        value.length = 0;
        GSC_TRY(gsc_design_value(design, point, a, &value));
        if (!gsc_text_is_plain(value.data))
            GSC_TRY(gsc_fail(GSC_EARGUMENT,
                             "--vary %s: a value with letters that end "
                             "a line or a cell",
                             design->axes[a].names[0]));
        for (size_t n = 0; n < design->axes[a].num_names; n++) {
            GSC_TRY(gsc_config_set(own, design->axes[a].names[n], value.data));
            run->values[count] = gsc_copy_text(value.data);
            if (!run->values[count++])
                GSC_TRY(GSC_EMEMORY);
        }
    }
    GSC_TRY(find_id(own, run->id));
out:
    gsc_text_free(&value);
    return status;
}

static void
free_run(gsc_planned_run *run, size_t num_names)
{
    for (size_t i = 0; run->values && i < num_names; i++)
        free(run->values[i]);
    free(run->values);
}

static int
compare_ids(const void *a, const void *b)
{
    const gsc_planned_run *const *first = a, *const *second = b;
    int order = strcmp((*first)->id, (*second)->id);
    return order != 0 ? order : (*first > *second) - (*first < *second);
}

/* Runs by their names; of equal ones the first in the plan comes first. */
static int
sort_runs(const gsc_sweep_plan *self, const gsc_planned_run ***sorted)
{
    int status = 0;
    GSC_NEW(*sorted, self->num_runs);
    for (size_t i = 0; i < self->num_runs; i++)
        (*sorted)[i] = &self->runs[i];
    qsort(*sorted, self->num_runs, sizeof **sorted, compare_ids);
out:
    return status;
}

/* Leave out all but the first of runs with one configuration. */
static int
leave_out_equal(gsc_sweep_plan *self)
{
    int status = 0;
    size_t kept = 0;
    const gsc_planned_run **sorted = NULL;
    bool *again = NULL;
    GSC_NEW(again, self->num_runs);
    GSC_TRY(sort_runs(self, &sorted));
    for (size_t i = 1; i < self->num_runs; i++)
        again[sorted[i] - self->runs] = strcmp(sorted[i]->id, sorted[i - 1]->id) == 0;
    for (size_t i = 0; i < self->num_runs; i++)
        if (again[i])
            free_run(&self->runs[i], self->num_names);
        else
            self->runs[kept++] = self->runs[i];
    self->num_equal = self->num_runs - kept;
    self->num_runs = kept;
out:
    free(sorted);
    free(again);
    return status;
}

int
gsc_sweep_plan_make(gsc_sweep_plan *self, const gsc_config *config,
                    const gsc_design *design, bool keep_all)
{
    int status = 0;
    gsc_text recipe = {0};
    gsc_config *own = NULL;
    *self = (gsc_sweep_plan){.keep_all = keep_all};
    GSC_TRY(gsc_text_add(&recipe, "%s\n", keep_all ? keeps_all : keeps_final));
    GSC_TRY(gsc_config_to_recipe(config, &recipe));
    self->recipe = recipe.data;
    for (size_t a = 0; a < design->num_axes; a++)
        for (size_t n = 0; n < design->axes[a].num_names; n++)
            memcpy(self->names[self->num_names++], design->axes[a].names[n],
                   GSC_AXIS_NAME_BYTES);
    GSC_NEW(self->runs, design->num_points);
    GSC_NEW(own, 1);
    for (size_t p = 0; p < design->num_points; p++) {
        *own = *config;
        GSC_TRY(make_run(self, own, design, p));
    }
    GSC_TRY(leave_out_equal(self));
out:
    free(own);
    if (!self->recipe)
        gsc_text_free(&recipe);
    if (status < 0)
        gsc_sweep_plan_free(self);
    return status;
}

void
gsc_sweep_plan_free(gsc_sweep_plan *self)
{
    for (size_t i = 0; i < self->num_runs; i++)
        free_run(&self->runs[i], self->num_names);
    free(self->runs);
    free(self->recipe);
    *self = (gsc_sweep_plan){.recipe = NULL};
}

/* ---- In the folder ---- */

/* Write a file of the sweep's folder, and clear away what a killed writer of it left.
 */
static int
write_file(const char *folder, const char *name, const char *data, size_t length)
{
    char path[GSC_PATH_BYTES];
    int status = gsc_run_join(path, folder, name);
    if (status == 0)
        status = gsc_file_remove_leftovers(path);
    return status < 0 ? status : gsc_file_write(path, data, length);
}

int
gsc_sweep_plan_write(const gsc_sweep_plan *self, const char *folder)
{
    int status = 0;
    gsc_text table = {0};
    GSC_TRY(gsc_text_add(&table, "run"));
    for (size_t n = 0; n < self->num_names; n++)
        GSC_TRY(gsc_text_add(&table, "\t%s", self->names[n]));
    for (size_t i = 0; i < self->num_runs; i++) {
        GSC_TRY(gsc_text_add(&table, "\n%s", self->runs[i].id));
        for (size_t n = 0; n < self->num_names; n++)
            GSC_TRY(gsc_text_add(&table, "\t%s", self->runs[i].values[n]));
    }
    GSC_TRY(gsc_text_add(&table, "\n"));
    GSC_TRY(write_file(folder, recipe_name, self->recipe, strlen(self->recipe)));
    GSC_TRY(write_file(folder, table_name, table.data, table.length));
out:
    gsc_text_free(&table);
    return status;
}

/* Cut the next cell off a line; NULL after the last. */
static char *
next_cell(char **line)
{
    char *cell = *line;
    if (!cell)
        return NULL;
    char *end = strchr(cell, '\t');
    *line = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    return cell;
}

static int
read_names(gsc_sweep_plan *self, char *line, const char *path)
{
    const char *first = next_cell(&line), *name;
    if (!first || strcmp(first, "run") != 0)
        return gsc_fail(GSC_EFORMAT,
                        "%s: expected a first line with run and the varied options, "
                        "with tabs between",
                        path);
    while ((name = next_cell(&line))) {
        if (self->num_names == GSC_MOST_VARIED || strlen(name) >= GSC_AXIS_NAME_BYTES)
            return gsc_fail(GSC_EFORMAT,
                            "%s: more than %d options, or one whose name "
                            "is too long",
                            path, GSC_MOST_VARIED);
        strcpy(self->names[self->num_names++], name);
    }
    return 0;
}

/* A name becomes a part of paths. */
static bool
is_id(const char *text)
{
    return strlen(text) == GSC_SWEEP_ID_BYTES - 1 &&
           strspn(text, "0123456789abcdef") == GSC_SWEEP_ID_BYTES - 1;
}

static int
read_run(gsc_sweep_plan *self, size_t *room, char *line, const char *path)
{
    int status = 0;
    size_t count = 0;
    const char *cell = next_cell(&line);
    if (!is_id(cell))
        return gsc_fail(GSC_EFORMAT, "%s: line %zu begins with no name of a run", path,
                        self->num_runs + 2);
    GSC_TRY(gsc_grow(&self->runs, self->num_runs, room, sizeof *self->runs));
    gsc_planned_run *run = &self->runs[self->num_runs];
    *run = (gsc_planned_run){.values = NULL};
    strcpy(run->id, cell);
    GSC_NEW(run->values, self->num_names);
    self->num_runs++;
    while ((cell = next_cell(&line)) && count < self->num_names) {
        run->values[count] = gsc_copy_text(cell);
        if (!run->values[count++])
            GSC_TRY(GSC_EMEMORY);
    }
    if (cell || count < self->num_names)
        status = gsc_fail(GSC_EFORMAT, "%s: line %zu has not %zu values", path,
                          self->num_runs + 1, self->num_names);
out:
    return status;
}

static int
read_table(gsc_sweep_plan *self, char *text, const char *path)
{
    int status = 0;
    size_t room = 0;
    bool first = true;
    for (char *line = text, *next; line && *line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        if (first)
            GSC_TRY(read_names(self, line, path));
        else
            GSC_TRY(read_run(self, &room, line, path));
        first = false;
    }
out:
    return status;
}

int
gsc_sweep_plan_read(gsc_sweep_plan *self, const char *folder)
{
    int status = 0;
    char path[GSC_PATH_BYTES], *table = NULL;
    size_t length;
    struct stat info;
    *self = (gsc_sweep_plan){.recipe = NULL};
    GSC_TRY(gsc_run_join(path, folder, table_name));
    if (stat(path, &info) != 0)
        return 0;
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &table, &length));
    GSC_TRY(read_table(self, table, path));
    GSC_TRY(gsc_run_join(path, folder, recipe_name));
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &self->recipe, &length));
    self->keep_all = strncmp(self->recipe, keeps_all, sizeof keeps_all - 1) == 0;
out:
    free(table);
    if (status < 0)
        gsc_sweep_plan_free(self);
    return status;
}

static int
find_missing(const gsc_sweep_plan *self, const gsc_sweep_plan *before,
             const gsc_planned_run **missing)
{
    int status = 0;
    size_t at = 0;
    const gsc_planned_run **own = NULL, **theirs = NULL;
    *missing = NULL;
    GSC_TRY(sort_runs(self, &own));
    GSC_TRY(sort_runs(before, &theirs));
    for (size_t i = 0; i < before->num_runs && !*missing; i++) {
        while (at < self->num_runs && strcmp(own[at]->id, theirs[i]->id) < 0)
            at++;
        if (at == self->num_runs || strcmp(own[at]->id, theirs[i]->id) != 0)
            *missing = theirs[i];
    }
out:
    free(own);
    free(theirs);
    return status;
}

int
gsc_sweep_plan_check_extends(const gsc_sweep_plan *self, const gsc_sweep_plan *before,
                             const char *folder)
{
    const gsc_planned_run *missing;
    int status = find_missing(self, before, &missing);
    if (status == 0 && missing)
        status = gsc_fail(
            GSC_EARGUMENT,
            "%s: holds another sweep: its run %s is not of this one. Name another "
            "--out, or go on with it by 'grokscope-sweep run --out %s'",
            folder, missing->id, folder);
    return status;
}
