/* The loss along the straight line between two networks' weights. */
#include "analyze/compare/barrier.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/scores.h"

#include "analyze/compare/examples_loss.h"
#include "analyze/network/evaluator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shares that pairs are summed in, whatever the number of threads. */
enum { LANES = 4 };

/* Outputs that a block may have, and rows that are scored at once. */
enum { BLOCK_NUMBERS = 2 << 20, ROWS = 64 };

typedef struct lane {
    double *outputs, *work; /* [ROWS, outputs] */
    double loss, test_loss;
} lane;

typedef struct walk {
    const gsc_line *line;
    gsc_evaluator evaluator;
    double *weights;  /* at a point */
    uint16_t *labels; /* [n n] output columns */
    bool is_squared;
    size_t num_test, most_rows, first, count; /* first and count of the block */
    lane lanes[LANES];
} walk;

static void
close_walk(walk *w)
{
    gsc_evaluator_close(&w->evaluator);
    free(w->weights);
    free(w->labels);
    for (size_t i = 0; i < LANES; i++) {
        free(w->lanes[i].outputs);
        free(w->lanes[i].work);
    }
}

static int
find_labels(walk *w)
{
    int status = 0;
    const gsc_grid *grid = &w->line->a->grid;
    GSC_NEW(w->labels, grid->n * grid->n);
    for (size_t i = 0; i < grid->n * grid->n; i++) {
        if (grid->answers[i] == GSC_NO_ANSWER)
            return gsc_fail(GSC_EARGUMENT,
                            "the answer to the residues %d and %d is not in the order",
                            grid->residues[i / grid->n], grid->residues[i % grid->n]);
        w->labels[i] = grid->outputs[grid->answers[i]];
        w->num_test += w->line->test[i];
    }
out:
    return status;
}

static int
open_walk(walk *w)
{
    int status = 0;
    const gsc_loaded_model *s = w->line->a->loaded;
    const gsc_grid *grid = &w->line->a->grid;
    size_t all = grid->n * grid->n;
    size_t outputs = gsc_graph_shape(s->model.graph, s->model.logits).dims[1];
    w->is_squared = strcmp(s->model.outputs[0].target.loss, "one_hot_error") == 0;
    w->most_rows = BLOCK_NUMBERS / outputs + 1;
    if (w->most_rows > all)
        w->most_rows = all;
    GSC_TRY(find_labels(w));
    GSC_TRY(gsc_evaluator_open_blocks(&w->evaluator, s, grid, false, w->most_rows));
    GSC_NEW(w->weights, s->num_weights);
    for (size_t i = 0; i < LANES; i++) {
        GSC_NEW(w->lanes[i].outputs, ROWS * outputs);
        GSC_NEW(w->lanes[i].work, ROWS * outputs);
    }
out:
    return status;
}

/* mean over outputs of (z - onehot)^2 */
static double
squared_error(const double *z, size_t n, size_t label)
{
    double sum = 0;
    for (size_t c = 0; c < n; c++) {
        double error = z[c] - (c == label);
        sum += error * error;
    }
    return sum / (double)n;
}

static void
score_rows(const walk *w, lane *l, size_t first, size_t rows)
{
    size_t n = w->evaluator.num_outputs;
    gsc_score score[ROWS];
    const uint16_t *labels = w->labels + w->first + first;
    for (size_t i = 0; i < rows * n; i++)
        l->outputs[i] =
            gsc_element(w->evaluator.type, w->evaluator.outputs, first * n + i);
    if (!w->is_squared)
        gsc_score_rows(l->outputs, rows, n, labels, l->work, score);
    for (size_t i = 0; i < rows; i++) {
        double loss = w->is_squared ? squared_error(l->outputs + i * n, n, labels[i])
                                    : score[i].loss;
        l->loss += loss;
        l->test_loss += w->line->test[w->first + first + i] ? loss : 0;
    }
}

static void
do_share(void *context, size_t index, size_t worker)
{
    walk *w = context;
    size_t begin = w->count * index / LANES, end = w->count * (index + 1) / LANES;
    (void)worker;
    for (size_t first = begin, rows; first < end; first += rows) {
        rows = end - first < ROWS ? end - first : ROWS;
        score_rows(w, &w->lanes[index], first, rows);
    }
}

/* The losses with the walk's weights. */
static int
stop_at_point(walk *w, gsc_threads *threads, double *loss, double *test_loss)
{
    int status = 0;
    size_t all = w->line->a->grid.n * w->line->a->grid.n;
    for (size_t i = 0; i < LANES; i++)
        w->lanes[i].loss = w->lanes[i].test_loss = 0;
    for (w->first = 0; w->first < all; w->first += w->count) {
        w->count = all - w->first < w->most_rows ? all - w->first : w->most_rows;
        GSC_TRY(gsc_evaluator_run_block(&w->evaluator, w->weights, threads, w->first,
                                        w->count, NULL, NULL));
        gsc_threads_run(threads, do_share, w, LANES);
    }
    *loss = *test_loss = 0;
    for (size_t i = 0; i < LANES; i++) {
        *loss += w->lanes[i].loss;
        *test_loss += w->lanes[i].test_loss;
    }
    *loss /= (double)all;
    *test_loss = w->num_test > 0 ? *test_loss / (double)w->num_test : (double)NAN;
out:
    return status;
}

/* ---- Points ---- */

/* (1 - alpha) a + alpha to at point i; equal numbers stay so. */
static void
move_to(const gsc_line *line, size_t i, double *weights)
{
    const gsc_loaded_model *s = line->a->loaded;
    double alpha = (double)i / (double)(line->num_points - 1);
    for (size_t k = 0; k < s->num_weights; k++)
        weights[k] = i + 1 < line->num_points
                         ? s->weights[k] + alpha * (line->to[k] - s->weights[k])
                         : line->to[k];
}

static int
walk_pairs(const gsc_line *line, gsc_threads *threads, double *loss, double *test_loss)
{
    int status = 0;
    walk w = {.line = line};
    GSC_TRY(open_walk(&w));
    for (size_t i = 0; i < line->num_points; i++) {
        move_to(line, i, w.weights);
        GSC_TRY(stop_at_point(&w, threads, &loss[i], &test_loss[i]));
    }
out:
    close_walk(&w);
    return status;
}

static int
walk_examples(const gsc_line *line, gsc_threads *threads, double *loss,
              double *test_loss)
{
    int status = 0;
    double *weights = NULL;
    gsc_examples_loss own = {.loaded = NULL};
    const gsc_compared_features *a = line->a;
    GSC_NEW(weights, a->loaded->num_weights);
    GSC_TRY(gsc_examples_loss_open(&own, a->loaded, &a->questions, line->test));
    for (size_t i = 0; i < line->num_points; i++) {
        move_to(line, i, weights);
        GSC_TRY(gsc_examples_loss_run(&own, weights, threads, &loss[i], &test_loss[i]));
    }
out:
    gsc_examples_loss_close(&own);
    free(weights);
    return status;
}

int
gsc_barrier_line(const gsc_line *line, gsc_threads *threads, double *loss,
                 double *test_loss)
{
    return line->a->questions.grid ? walk_pairs(line, threads, loss, test_loss)
                                   : walk_examples(line, threads, loss, test_loss);
}

double
gsc_barrier_height(const double *loss, size_t num_points)
{
    double most = 0;
    for (size_t i = 0; i < num_points; i++) {
        double alpha = (double)i / (double)(num_points - 1);
        double rise = loss[num_points - 1] - loss[0];
        double above = loss[i] - (loss[0] + alpha * rise);
        if (isnan(above))
            return above;
        most = fmax(most, above);
    }
    return most;
}

/* ---- Whether there is a line ---- */

/* The first key of a section by which two configurations differ; NULL: none. */
static const gsc_option *
first_difference(const gsc_options *a, const gsc_options *b)
{
    for (size_t i = 0; i < a->num_rows; i++) {
        const gsc_option *key = &a->rows[i];
        const char *x = (const char *)a->values + key->offset;
        const char *y = (const char *)b->values + key->offset;
        bool same =
            key->type == GSC_OPTION_TEXT ? strcmp(x, y) == 0
            : key->type == GSC_OPTION_REAL
                ? *(const double *)(const void *)x == *(const double *)(const void *)y
                : memcmp(x, y, sizeof(int64_t)) == 0;
        if (!same)
            return key;
    }
    return NULL;
}

/* The options of the architecture are choices, integers, reals and texts. */
static int
check_network(const gsc_compared_features *a, const gsc_compared_features *b)
{
    gsc_config x = a->loaded->config, y = b->loaded->config;
    gsc_options left[GSC_CONFIG_SETS], right[GSC_CONFIG_SETS];
    enum { OPTIONS = 3 }; /* of the architecture, in a configuration */
    if (a->loaded->model.architecture != b->loaded->model.architecture)
        return gsc_fail(GSC_EARGUMENT, "no line between networks of another "
                                       "architecture");
    if (gsc_loaded_model_need_weights(a->loaded) < 0)
        return GSC_EARGUMENT;
    gsc_config_options(&x, left);
    gsc_config_options(&y, right);
    const gsc_option *option = first_difference(&left[OPTIONS], &right[OPTIONS]);
    if (option)
        return gsc_fail(GSC_EARGUMENT, "no line between networks of another %s",
                        option->name);
    return 0;
}

int
gsc_barrier_check(const gsc_compared_features *a, const gsc_compared_features *b)
{
    int status = 0;
    GSC_TRY(check_network(a, b));
    size_t n = a->grid.n;
    if (!a->questions.grid)
        return gsc_questions_same_answers(&a->questions,
                                          &b->loaded->checkpoint.dataset);
    if (n != b->grid.n ||
        memcmp(a->grid.answers, b->grid.answers, n * n * sizeof *a->grid.answers) != 0)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "no line between networks of other answers"));
out:
    return status;
}
