/* The measure "spectral_edge": how many directions the last updates of the weights
 * have.
 *
 * Of the differences between the checkpoints of a run that were saved one after the
 * other, the last ten stacked as rows have the singular values sigma_1 >= sigma_2 …:
 *
 *     gap  g = sigma_2^2 - sigma_3^2
 *     edge k* = argmax_j (sigma_j / sum sigma) (sigma_j / sigma_(j+1))
 *
 * A difference between checkpoints is the sum of all steps between them. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "analyze/method/weights/update_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t window;
};

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct options, window, "10", 2, 10000,
                    "Updates that are looked at together, each from one saved "
                    "checkpoint to the next."),
};
static const gsc_measure_options option_set = {"definition", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- The run's saved steps ---- */

typedef struct saved {
    char folder[GSC_PATH_BYTES];
    size_t count;
    int64_t *steps; /* ascending */
    const gsc_lazy_checkpoint *like;
} saved;

static void
free_saved(void *state)
{
    saved *s = state;
    if (s)
        free(s->steps);
    free(s);
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    (void)table;
    (void)options;
    saved *s = NULL;
    const gsc_lazy_checkpoint *last = &run_context->last;
    *state = NULL;
    if (!last->name)
        return gsc_fail(GSC_EARGUMENT, "spectral_edge: it reads the checkpoints of a "
                                       "folder, and is asked for once they are saved");
    if (run_context->alone)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: stands alone, so there are no updates that lead to it; "
                        "give the folder of its run",
                        last->name);
    GSC_NEW(s, 1);
    s->like = last;
    const char *slash = strrchr(last->name, '/');
    size_t length = slash ? (size_t)(slash - last->name) : 0;
    memcpy(s->folder, slash ? last->name : ".", slash ? length : 1);
    if (slash && length == 0)
        s->folder[0] = '/';
    GSC_TRY(gsc_run_steps(s->folder, &s->steps, &s->count));
    *state = s;
    return 0;
out:
    free_saved(s);
    return status;
}

/* ---- A window of updates ---- */

typedef struct window {
    size_t size;
    int64_t first_step; /* -1: it is not full */
    double **points;    /* [size] weights of the checkpoints before this one */
    double *sigma;      /* [size], NaN where it is not full */
    double path_share;
} window;

static void
free_window(window *w)
{
    for (size_t i = 0; w->points && i < w->size; i++)
        free(w->points[i]);
    free(w->points);
    free(w->sigma);
}

static int
read_point(const gsc_measure_request *request, int64_t step, double **point)
{
    int status = 0;
    const saved *s = request->state;
    char path[GSC_PATH_BYTES];
    gsc_lazy_checkpoint lazy = {
        .name = path, .registry = s->like->registry, .loading = s->like->loading};
    const gsc_loaded_model *loaded = request->loaded;
    GSC_TRY(gsc_run_step_path(s->folder, step, path));
    GSC_TRY(gsc_lazy_checkpoint_open(&lazy));
    GSC_TRY(gsc_loaded_model_check_same(loaded, lazy.loaded, path));
    GSC_NEW(*point, loaded->num_weights);
    memcpy(*point, lazy.loaded->weights, loaded->num_weights * sizeof **point);
out:
    gsc_lazy_checkpoint_close(&lazy);
    return status;
}

/* The place of this checkpoint's step among the saved ones. */
static size_t
place_of(const gsc_measure_request *request)
{
    const saved *s = request->state;
    size_t place = 0;
    while (place < s->count && s->steps[place] < request->loaded->checkpoint.step)
        place++;
    return place;
}

static int
measure_window(const gsc_measure_request *request, window *w)
{
    int status = 0;
    const saved *s = request->state;
    size_t place = place_of(request);
    const double **points = NULL;
    gsc_matrix gram = {0};
    if (place < w->size)
        return 0;
    GSC_NEW(points, w->size + 1);
    for (size_t i = 0; i < w->size; i++) {
        GSC_TRY(read_point(request, s->steps[place - w->size + i], &w->points[i]));
        points[i] = w->points[i];
    }
    points[w->size] = request->loaded->weights;
    w->first_step = s->steps[place - w->size];
    GSC_TRY(gsc_update_gram(points, w->size + 1, request->loaded->num_weights, &gram));
    GSC_TRY(gsc_update_singular_values(&gram, w->sigma));
    GSC_TRY(gsc_update_path_share(&gram, &w->path_share));
out:
    free(points);
    gsc_matrix_free(&gram);
    return status;
}

static int
init_window(const gsc_measure_request *request, window *w)
{
    int status = 0;
    const struct options *o = request->options;
    *w = (window){
        .size = (size_t)o->window, .first_step = -1, .path_share = (double)NAN};
    GSC_NEW(w->points, w->size);
    GSC_NEW(w->sigma, w->size);
    for (size_t i = 0; i < w->size; i++)
        w->sigma[i] = (double)NAN;
    GSC_TRY(measure_window(request, w));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"from_step", GSC_CELL_INTEGER, false,
     "step of the checkpoint that the window begins with; -1: too few were saved "
     "before "
     "this one, and what follows is nan",
     false},
    {"edge", GSC_CELL_REAL, false,
     "k*: number of singular values up to the largest product of share and ratio to "
     "the next; 0: nothing moves",
     false},
    {"gap", GSC_CELL_REAL, false, "sigma_2^2 - sigma_3^2", false},
    {"sigma_1", GSC_CELL_REAL, false, "largest singular value of the updates", false},
    {"sigma_2", GSC_CELL_REAL, false, "second largest", false},
    {"sigma_3", GSC_CELL_REAL, false, "third largest; 0 of two updates", false},
    {"participation", GSC_CELL_REAL, false,
     "(sum sigma^2)^2 / sum sigma^4: number of directions that share their power",
     false},
    {"path_share", GSC_CELL_REAL, false,
     "share of the variance of the window's checkpoints along their first principal "
     "component",
     false},
};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    window w;
    GSC_TRY(init_window(request, &w));
    const double none = (double)NAN;
    bool full = w.first_step >= 0;
    double third = w.size > 2 ? w.sigma[2] : full ? 0 : none;
    GSC_TRY(gsc_rows_integer(rows, w.first_step));
    GSC_TRY(GSC_ROWS_REALS(rows, full ? (double)gsc_update_edge(w.sigma, w.size) : none,
                           w.sigma[1] * w.sigma[1] - third * third, w.sigma[0],
                           w.sigma[1], third, gsc_update_participation(w.sigma, w.size),
                           w.path_share));
out:
    free_window(&w);
    return status;
}

/* ---- One row for each singular value ---- */

static const gsc_column value_columns[] = {
    {"number", GSC_CELL_INTEGER, true, "its number, from 1, the largest first", false},
    {"sigma", GSC_CELL_REAL, false, "singular value; nan: the window is not full",
     false},
    {"share", GSC_CELL_REAL, false, "its share of their sum", false},
    {"ratio", GSC_CELL_REAL, false, "its ratio to the next one", false},
    {"score", GSC_CELL_REAL, false, "share times ratio, whose largest is at the edge",
     false},
};

static int
fill_values(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    window w;
    double sum = 0;
    GSC_TRY(init_window(request, &w));
    for (size_t j = 0; j < w.size; j++)
        sum += w.sigma[j];
    for (size_t j = 0; j < w.size; j++) {
        double next = j + 1 < w.size ? w.sigma[j + 1] : (double)NAN;
        GSC_TRY(gsc_rows_integer(rows, (int64_t)j + 1));
        GSC_TRY(GSC_ROWS_REALS(rows, w.sigma[j], w.sigma[j] / sum, w.sigma[j] / next,
                               gsc_update_score(w.sigma, w.size, j)));
    }
out:
    free_window(&w);
    return status;
}

const gsc_measure gsc_measure_spectral_edge = {
    .name = "spectral_edge",
    .purpose = "in how many directions the weights move: updates' singular values",
    .examples = "  grokscope-spectral-edge checkpoints/demo --step all\n"
                "      edge and gap of the last ten updates along the run\n"
                "  grokscope-spectral-edge checkpoints/demo --window 20 --long\n"
                "      every singular value of the last twenty\n",
    .needs = GSC_NEEDS_WEIGHTS,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("value", value_columns, fill_values, NULL)},
    .prepare = prepare,
    .release = free_saved};
