/* The paths that the weights of runs take. */
#include "analyze/compare/run_paths.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/pairwise.h"
#include "analyze/method/weights/trajectory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Columns ---- */

#define REAL(name, help)                        \
    {                                           \
        name, GSC_CELL_REAL, false, help, false \
    }
#define RUN                                             \
    {                                                   \
        "run", GSC_CELL_TEXT, true, "its folder", false \
    }

const gsc_column gsc_run_paths_component_columns[] = {
    RUN,
    {"component", GSC_CELL_INTEGER, true,
     "number of the component, from 1, which has most variance", false},
    REAL("singular_value", "of the centred weights"),
    REAL("share", "of the variance of all weights over the checkpoints"),
    REAL("share_walk", "of a random walk with steps of the same lengths"),
    REAL("cosine_walk", "of the coordinates with that walk's"),
    REAL("cosine_wave", "of the coordinates with cos(pi k (t + 1/2) / C), those of a "
                        "walk with C equal steps"),
};
const size_t gsc_run_paths_num_component_columns =
    sizeof gsc_run_paths_component_columns / sizeof *gsc_run_paths_component_columns;

/* The first two stand before the coordinates. */
const gsc_column gsc_run_paths_checkpoint_columns[] = {
    RUN,
    {"step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    REAL("distance_from_start", "l2 of the difference from the first checkpoint"),
    REAL("distance_to_end", "l2 of the difference from the last one"),
    REAL("distance_from_before", "l2 of the difference from the row above"),
    REAL("path_length", "sum of these so far"),
    REAL("distance_walk", "from the start, of a random walk with steps as long"),
    REAL("detour", "path_length / distance_from_start: 1 straight on"),
};
const size_t gsc_run_paths_num_checkpoint_columns =
    sizeof gsc_run_paths_checkpoint_columns / sizeof *gsc_run_paths_checkpoint_columns;

static int
add_coordinate_column(gsc_run_paths *self, size_t number)
{
    int status = 0;
    gsc_text name = {0};
    GSC_TRY(gsc_text_add(&name, "pc%zu", number));
    self->names[self->num_names++] = name.data;
    self->columns[self->rows.num_columns++] = (gsc_column)REAL(
        name.data, "the coordinate on a principal component of the run");
out:
    return status;
}

static int
make_columns(gsc_run_paths *self, size_t components, bool by_component)
{
    int status = 0;
    const gsc_column *from = by_component ? gsc_run_paths_component_columns
                                          : gsc_run_paths_checkpoint_columns;
    size_t count = by_component ? gsc_run_paths_num_component_columns
                                : gsc_run_paths_num_checkpoint_columns;
    GSC_NEW(self->columns, count + components);
    GSC_NEW(self->names, components);
    gsc_rows_init(&self->rows, self->columns, 0);
    for (size_t c = 0; c < count; c++) {
        for (size_t k = 0; c == 2 && !by_component && k < components; k++)
            GSC_TRY(add_coordinate_column(self, k + 1));
        self->columns[self->rows.num_columns++] = from[c];
    }
out:
    return status;
}

/* ---- Runs ---- */

/* Checkpoints begin … end-1 of the inputs are one run's. */
typedef struct stretch {
    size_t begin, end;
} stretch;

static stretch
next_run(const gsc_inputs *inputs, size_t begin)
{
    stretch s = {begin, begin + 1};
    while (s.end < inputs->count &&
           strcmp(inputs->items[s.end].run, inputs->items[begin].run) == 0)
        s.end++;
    return s;
}

static int
check_run(const gsc_inputs *inputs, const gsc_feature_set *set, stretch s)
{
    if (s.end - s.begin < 2)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: one checkpoint is no path; --step all takes all of a run",
                        inputs->items[s.begin].path);
    for (size_t i = s.begin + 1; i < s.end; i++)
        if (strcmp(set->items[i].tensors, set->items[s.begin].tensors) != 0)
            return gsc_fail(GSC_EFORMAT, "%s: its tensors are '%s', those of %s '%s'",
                            inputs->items[i].path, set->items[i].tensors,
                            inputs->items[s.begin].path, set->items[s.begin].tensors);
    return 0;
}

/* Most components that any run has: one fewer than its checkpoints. */
static size_t
most_components(const gsc_inputs *inputs)
{
    size_t most = 0;
    for (stretch s = {0, 0}; s.end < inputs->count;) {
        s = next_run(inputs, s.end);
        most = s.end - s.begin - 1 > most ? s.end - s.begin - 1 : most;
    }
    return most;
}

/* Squared distances between the checkpoints of a run. */
static int
measure_run(const gsc_feature_set *set, stretch s, gsc_threads *threads,
            double **squares)
{
    int status = 0;
    size_t count = s.end - s.begin;
    const gsc_kept_features *first = &set->items[s.begin];
    const void **rows = NULL;
    double *products = NULL;
    GSC_NEW(*squares, count * count);
    GSC_NEW(products, count * count);
    GSC_NEW(rows, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = first[i].weights;
    gsc_pairwise_squares(first->type, rows, count, first->num_weights, threads,
                         *squares, products);
out:
    free(rows);
    free(products);
    return status;
}

/* ---- Rows ---- */

static int
add_component_rows(gsc_run_paths *self, const char *run, const gsc_trajectory *path,
                   size_t components)
{
    int status = 0;
    gsc_rows *rows = &self->rows;
    for (size_t u = 0; u < components && u + 1 < path->count; u++) {
        GSC_TRY(gsc_rows_text(rows, run));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)u + 1));
        GSC_TRY(gsc_rows_real(rows, path->singular_values[u]));
        GSC_TRY(gsc_rows_real(rows, path->share[u]));
        GSC_TRY(gsc_rows_real(rows, path->share_walk[u]));
        GSC_TRY(gsc_rows_real(rows, path->cosine_walk[u]));
        GSC_TRY(gsc_rows_real(rows, path->cosine_wave[u]));
    }
out:
    return status;
}

static int
add_checkpoint_rows(gsc_run_paths *self, const gsc_input *inputs,
                    const gsc_kept_features *items, const gsc_trajectory *path,
                    const double *squares)
{
    int status = 0;
    gsc_rows *rows = &self->rows;
    size_t count = path->count;
    double length = 0, walk = 0, none = (double)NAN;
    for (size_t t = 0; t < count; t++) {
        double start = sqrt(squares[t]), end = sqrt(squares[t * count + count - 1]);
        double before = t > 0 ? sqrt(squares[(t - 1) * count + t]) : none;
        length += t > 0 ? before : 0;
        walk += t > 0 ? before * before : 0;
        GSC_TRY(gsc_rows_text(rows, inputs[t].run));
        GSC_TRY(gsc_rows_integer(rows, items[t].step));
        for (size_t u = 0; u < self->num_names; u++)
            GSC_TRY(gsc_rows_real(
                rows, u + 1 < count ? path->coordinates.data[u * count + t] : none));
        GSC_TRY(gsc_rows_real(rows, start));
        GSC_TRY(gsc_rows_real(rows, end));
        GSC_TRY(gsc_rows_real(rows, before));
        GSC_TRY(gsc_rows_real(rows, length));
        GSC_TRY(gsc_rows_real(rows, sqrt(walk)));
        GSC_TRY(gsc_rows_real(rows, start > 0 ? length / start : none));
    }
out:
    return status;
}

static int
add_run(gsc_run_paths *self, const gsc_inputs *inputs, const gsc_feature_set *set,
        gsc_threads *threads, stretch s, size_t components, bool by_component)
{
    int status = 0;
    double *squares = NULL;
    gsc_trajectory path = {0};
    const gsc_input *first = &inputs->items[s.begin];
    GSC_TRY(check_run(inputs, set, s));
    GSC_TRY(measure_run(set, s, threads, &squares));
    status = gsc_trajectory_init(&path, squares, s.end - s.begin);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, first->run));
    GSC_TRY(by_component ? add_component_rows(self, first->run, &path, components)
                         : add_checkpoint_rows(self, first, &set->items[s.begin], &path,
                                               squares));
out:
    free(squares);
    gsc_trajectory_free(&path);
    return status;
}

int
gsc_run_paths_init(gsc_run_paths *self, const gsc_inputs *inputs,
                   const gsc_feature_set *set, gsc_threads *threads, size_t components,
                   bool by_component)
{
    int status = 0;
    size_t most = most_components(inputs);
    *self = (gsc_run_paths){.columns = NULL};
    if (components == 0 || components > most)
        components = most;
    GSC_TRY(make_columns(self, by_component ? 0 : components, by_component));
    for (stretch s = {0, 0}; s.end < inputs->count;) {
        s = next_run(inputs, s.end);
        GSC_TRY(add_run(self, inputs, set, threads, s, components, by_component));
    }
out:
    if (status < 0)
        gsc_run_paths_free(self);
    return status;
}

void
gsc_run_paths_free(gsc_run_paths *self)
{
    gsc_rows_free(&self->rows);
    for (size_t i = 0; i < self->num_names; i++)
        free(self->names[i]);
    free(self->names);
    free(self->columns);
    *self = (gsc_run_paths){.columns = NULL};
}
