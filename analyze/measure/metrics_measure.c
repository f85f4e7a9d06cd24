/* The measure "metrics": how well a network answers, by metrics that jump and by
 * metrics that are smooth.
 *
 * Schaeffer, Miranda and Koyejo, arXiv 2304.15004: whether an ability emerges or grows
 * is as much a matter of the metric. Of L answers that are each right with probability
 * p all are right with about p^L, while the expected number of wrong ones is L (1 - p);
 * and the probability itself moves long before the largest one is the right one's. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/scores.h"

#include "analyze/measure/metrics_pairs.h"
#include "analyze/method/transition.h"
#include "analyze/network/answer_rows.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NLL, ACCURACY, PROBABILITY, BRIER, MARGIN, WRONG, MSE, MAE, NUM_METRICS };

static const char *const split_names[] = {"train", "test"};
enum { NUM_SPLITS = 2, NUM_COLUMNS = NUM_SPLITS * NUM_METRICS };

/* ---- The metrics of a split ---- */

typedef struct split_metrics {
    size_t examples; /* of which a row counts */
    double sums[NUM_METRICS];
    double *margins; /* of the rows that count, with room for all */
    size_t rows;
    bool of_numbers, by_sign; /* by sign, or by the tolerance, they are right */
    double tolerance;
    gsc_score *scores; /* of a block */
    double *work;
    size_t room; /* rows of these */
} split_metrics;

static void
free_metrics(split_metrics *m)
{
    free(m->margins);
    free(m->scores);
    free(m->work);
}

/* An example's numbers are means over its rows that count, as in the trainer's loss;
 * it is right when all of them are. */
static void
add_example(split_metrics *m, const gsc_score *scores, const bool *counts, size_t rows)
{
    double counted = 0, sums[NUM_METRICS] = {0};
    bool right = true;
    for (size_t i = 0; i < rows; i++) {
        if (!counts[i])
            continue;
        counted++;
        sums[NLL] += scores[i].loss;
        sums[PROBABILITY] += scores[i].p_correct;
        sums[BRIER] += scores[i].brier;
        sums[WRONG] += 1 - scores[i].p_correct;
        right = right && scores[i].right;
        m->margins[m->rows++] = scores[i].margin;
    }
    if (counted == 0)
        return;
    m->examples++;
    m->sums[ACCURACY] += right;
    m->sums[WRONG] += sums[WRONG];
    m->sums[NLL] += sums[NLL] / counted;
    m->sums[PROBABILITY] += sums[PROBABILITY] / counted;
    m->sums[BRIER] += sums[BRIER] / counted;
}

static int
make_room(split_metrics *m, const gsc_answer_rows *block)
{
    int status = 0;
    size_t rows = block->num_examples * block->num_positions;
    if (rows <= m->room)
        return 0;
    free(m->scores);
    free(m->work);
    m->scores = NULL;
    m->work = NULL;
    GSC_NEW(m->scores, rows);
    GSC_NEW(m->work, rows * block->width);
    m->room = rows;
out:
    return status;
}

/* An example of numbers is right as the trainer has it: of a hinge by the signs of all,
 * else by its mean squared error. */
static void
add_numbers(split_metrics *m, const gsc_answer_rows *block, size_t example)
{
    size_t rows = block->num_positions, width = block->width, counted = 0;
    double squares = 0, sizes = 0;
    bool signs = true;
    for (size_t i = example * rows * width; i < (example + 1) * rows * width; i++) {
        double x = block->answers[i], y = block->targets[i];
        if (!block->counts[i / width])
            continue;
        counted++;
        squares += (x - y) * (x - y);
        sizes += fabs(x - y);
        signs = signs && x * y > 0;
    }
    if (counted == 0)
        return;
    m->examples++;
    m->sums[MSE] += squares / (double)counted;
    m->sums[MAE] += sizes / (double)counted;
    m->sums[ACCURACY] += m->by_sign ? signs : squares / (double)counted < m->tolerance;
}

static int
add_block(void *context, const gsc_answer_rows *block)
{
    split_metrics *m = context;
    size_t rows = block->num_examples * block->num_positions;
    m->of_numbers = block->targets;
    for (size_t e = 0; m->of_numbers && e < block->num_examples; e++)
        add_numbers(m, block, e);
    if (m->of_numbers)
        return 0;
    int status = make_room(m, block);
    if (status < 0)
        return status;
    gsc_score_rows(block->answers, rows, block->width, block->labels, m->work,
                   m->scores);
    for (size_t first = 0; first < rows; first += block->num_positions)
        add_example(m, m->scores + first, block->counts + first, block->num_positions);
    return 0;
}

/* Numbers have an error and no probability, labels the other way round. */
static void
write_metrics(const split_metrics *m, double *out)
{
    const double none = (double)NAN;
    for (size_t k = 0; k < NUM_METRICS; k++) {
        bool has = k == ACCURACY || (k == MSE || k == MAE) == m->of_numbers;
        out[k] = has && m->examples > 0 ? m->sums[k] / (double)m->examples : none;
    }
    out[MARGIN] = m->of_numbers ? none : gsc_stats_median(m->margins, m->rows);
}

static int
measure_split(const gsc_measure_request *request, const gsc_split *split, double *out)
{
    int status = 0;
    gsc_loaded_model *loaded = (gsc_loaded_model *)request->loaded;
    const gsc_target *target = &loaded->model.outputs[0].target;
    split_metrics m = {.by_sign = strcmp(target->loss, "hinge") == 0,
                       .tolerance = target->tolerance};
    for (size_t k = 0; k < NUM_METRICS; k++)
        out[k] = (double)NAN;
    if (!split || split->count == 0)
        return 0;
    GSC_NEW(m.margins, split->count * target->num_positions);
    GSC_TRY(gsc_answer_rows_visit(loaded, request->threads, split->indices,
                                  split->count, add_block, &m));
    write_metrics(&m, out);
out:
    free_metrics(&m);
    return status;
}

static int
measure_all(const gsc_measure_request *request, double *values)
{
    int status = 0;
    const gsc_dataset *dataset = &request->loaded->checkpoint.dataset;
    for (size_t s = 0; s < NUM_SPLITS; s++)
        GSC_TRY(measure_split(request, gsc_dataset_split(dataset, split_names[s]),
                              values + s * NUM_METRICS));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

#define SPLIT_COLUMNS(split, examples)                                               \
    {split "_nll", GSC_CELL_REAL, false,                                             \
     "mean negative log probability of the right answer, of the " examples, false},  \
        {split "_accuracy", GSC_CELL_REAL, false,                                    \
         "share of the " examples " whose answers are all right", false},            \
        {split "_probability", GSC_CELL_REAL, false,                                 \
         "mean probability of the right answer", false},                             \
        {split "_brier", GSC_CELL_REAL, false,                                       \
         "Brier score, the mean of sum_c (p_c - [c right])^2: 0 is best, 2 worst",   \
         false},                                                                     \
        {split "_margin", GSC_CELL_REAL, false,                                      \
         "median of the right logit less the largest other one", false},             \
        {split "_wrong", GSC_CELL_REAL, false,                                       \
         "expected number of wrong answers in an example, the sum of 1 - p", false}, \
        {split "_mse", GSC_CELL_REAL, false,                                         \
         "of numbers: mean squared error of the " examples, false},                  \
    {                                                                                \
        split "_mae", GSC_CELL_REAL, false, "of numbers: mean absolute error", false \
    }

static const gsc_column columns[] = {SPLIT_COLUMNS("train", "training examples"),
                                     SPLIT_COLUMNS("test", "test examples")};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    double values[NUM_COLUMNS];
    int status = measure_all(request, values);
    return status < 0 ? status : gsc_rows_reals(rows, values, NUM_COLUMNS);
}

/* ---- One row for each metric ---- */

static const gsc_column metric_columns[] = {
    {"metric", GSC_CELL_TEXT, true, "a column of the other table", false},
    {"value", GSC_CELL_REAL, false, "what it is of this checkpoint", false},
    {"from_step", GSC_CELL_REAL, false,
     "step where a tenth of the way from the first to the last row is done", true},
    {"to_step", GSC_CELL_REAL, false, "step where nine tenths are done", true},
    {"width", GSC_CELL_REAL, false, "decades between these steps: 0: the metric jumps",
     true},
    {"emergence", GSC_CELL_REAL, false,
     "emergence score: range over the root of the median squared change from row to "
     "row, below 0 where the metric falls",
     true},
};

static int
fill_metrics(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    double values[NUM_COLUMNS];
    const double none = (double)NAN;
    GSC_TRY(measure_all(request, values));
    for (size_t k = 0; k < NUM_COLUMNS; k++) {
        GSC_TRY(gsc_rows_text(rows, columns[k].name));
        GSC_TRY(GSC_ROWS_REALS(rows, values[k], none, none, none, none));
    }
out:
    return status;
}

/* Row after row of a checkpoint come its metrics. */
static int
conclude_metrics(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    size_t count = gsc_rows_count(rows) / NUM_COLUMNS;
    size_t value = gsc_rows_column(rows, "value");
    size_t from = gsc_rows_column(rows, "from_step");
    int64_t *step = NULL;
    double *y = NULL, *work = NULL;
    GSC_NEW(step, count);
    GSC_NEW(y, count);
    GSC_NEW(work, count);
    for (size_t k = 0; k < NUM_COLUMNS; k++) {
        for (size_t i = 0; i < count; i++) {
            step[i] = steps[i * NUM_COLUMNS + k];
            y[i] = gsc_rows_cell(rows, i * NUM_COLUMNS + k, value)->real;
        }
        gsc_transition t = gsc_transition_of(step, y, count, work);
        const double told[] = {t.from_step, t.to_step, t.width, t.emergence};
        for (size_t i = 0; i < count; i++)
            for (size_t c = 0; c < sizeof told / sizeof *told; c++)
                gsc_rows_cell(rows, i * NUM_COLUMNS + k, from + c)->real = told[c];
    }
out:
    free(step);
    free(y);
    free(work);
    return status;
}

const gsc_measure gsc_measure_metrics = {
    .name = "metrics",
    .purpose = "how well it answers, by metrics that jump and by smooth ones",
    .examples = "  grokscope-metrics checkpoints/demo --step all\n"
                "      every metric along the run\n"
                "  grokscope-metrics checkpoints/demo --long --step all\n"
                "      how sharp the transition is in each of them\n"
                "  grokscope-metrics checkpoints/demo --long=pair --step all\n"
                "      from which step on the answer to each pair stays right\n",
    .needs = GSC_NEEDS_NETWORK,
    .num_tables = 3,
    .tables = {GSC_TABLE("checkpoint", columns, fill_checkpoint, NULL),
               GSC_TABLE("metric", metric_columns, fill_metrics, conclude_metrics),
               {"pair", gsc_metrics_pair_columns, GSC_METRICS_PAIR_COLUMNS,
                gsc_metrics_fill_pairs, gsc_metrics_conclude_pairs}}};
