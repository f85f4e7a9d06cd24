/* The measure "origins": where the circles that a network ends with come from.
 *
 * Three accounts, each with what chance would give:
 *   lottery      the circles that win were ahead when training began
 *   random walk  each circle wanders, and some arrive
 *   evolution    one part forms, and the others form around it
 */
#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/key_frequency.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/network/pairs/pair_outputs.h"
#include "analyze/network/pairs/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    double key_fve;
};

static const gsc_option option_rows[] = {
    GSC_ROW_REAL(
        struct options, key_fve, "0.5", 0, 1,
        "A frequency is one of the last checkpoint's circles where it explains "
        "at least this share of some neuron's variance."),
};
static const gsc_measure_options option_set = {"definition", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- How the run ends ---- */

typedef struct ending {
    const gsc_loaded_model *last;
    gsc_residue_order order;
    size_t count, num_neurons, num_keys;
    bool *key;         /* [count] */
    size_t *keys;      /* [num_keys] */
    size_t *frequency; /* [num_neurons] of each neuron, 0: of none */
    size_t width;
    double *first; /* [2, count, width]: where circles were at the first checkpoint */
} ending;

static void
free_ending(void *state)
{
    ending *e = state;
    if (!e)
        return;
    free(e->key);
    free(e->keys);
    free(e->frequency);
    free(e->first);
    free(e);
}

/* The main frequency of each neuron; 0 where it explains less than `least`. */
static int
neuron_frequencies(gsc_pair_outputs *outputs, double least, size_t *frequency)
{
    int status = 0;
    double *fve = NULL;
    size_t n = outputs->evaluator.num_neurons;
    GSC_NEW(fve, n);
    GSC_TRY(gsc_pair_outputs_frequencies(outputs, frequency, fve));
    for (size_t j = 0; j < n; j++)
        if (!(fve[j] >= least))
            frequency[j] = 0;
out:
    free(fve);
    return status;
}

static int
find_ending(ending *e, const struct options *o, const char *name)
{
    int status = 0;
    gsc_pair_outputs outputs = {.logits = NULL};
    GSC_TRY(gsc_pair_outputs_init(&outputs, e->last, e->order, true));
    GSC_TRY(gsc_pair_outputs_run(&outputs, e->last->weights, NULL));
    e->count = outputs.grid.n / 2 + 1;
    e->num_neurons = outputs.evaluator.num_neurons;
    GSC_NEW(e->key, e->count);
    GSC_NEW(e->keys, e->count);
    GSC_NEW(e->frequency, e->num_neurons);
    GSC_TRY(neuron_frequencies(&outputs, o->key_fve, e->frequency));
    for (size_t j = 0; j < e->num_neurons; j++)
        e->key[e->frequency[j]] = e->frequency[j] > 0;
    e->num_keys = gsc_key_frequency_list(e->key, e->count, e->keys);
    if (e->num_keys == 0)
        status =
            gsc_fail(GSC_EARGUMENT,
                     "%s: no frequency explains %g of any neuron's variance, so it "
                     "has no circles whose origins could be asked for; a smaller "
                     "--key-fve may find some",
                     name, o->key_fve);
out:
    gsc_pair_outputs_free(&outputs);
    return status;
}

/* cos and sin part of every frequency, [2, count, width]. */
static int
circle_coordinates(const gsc_loaded_model *loaded, const ending *e, size_t *width,
                   double **coordinates)
{
    int status = 0;
    gsc_matrix m = {0};
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, e->order, &m));
    *width = m.cols;
    GSC_NEW(*coordinates, 2 * e->count * m.cols);
    GSC_TRY(gsc_dft_columns(m.data, m.rows, m.cols, *coordinates,
                            *coordinates + e->count * m.cols));
    double scale = sqrt(2. / (double)m.rows);
    for (size_t i = 0; i < 2 * e->count * m.cols; i++)
        (*coordinates)[i] *= scale;
out:
    gsc_matrix_free(&m);
    return status;
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    (void)table;
    ending *e = NULL;
    gsc_lazy_checkpoint *last = &run_context->last;
    *state = NULL;
    if (!last->name)
        return gsc_fail(GSC_EARGUMENT,
                        "origins: they are asked for once the run has ended");
    if (run_context->alone)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: stands alone, so nothing tells where its circles come "
                        "from; give the folder of its run",
                        last->name);
    GSC_NEW(e, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(last));
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->first));
    GSC_TRY(gsc_loaded_model_need(last->loaded, GSC_NEEDS_BINARY_TABLE));
    e->last = last->loaded;
    e->order = gsc_spectrum_order(e->last, 0);
    GSC_TRY(gsc_loaded_model_check_same(e->last, run_context->first.loaded,
                                        run_context->first.name));
    GSC_TRY(find_ending(e, options, last->name));
    GSC_TRY(circle_coordinates(run_context->first.loaded, e, &e->width, &e->first));
    *state = e;
    return 0;
out:
    free_ending(e);
    return status;
}

/* ---- Lottery: the spectrum of the embedding ---- */

static int
embedding_spectrum(const gsc_loaded_model *loaded, const ending *e,
                   gsc_spectrum *spectrum)
{
    int status = 0;
    gsc_matrix matrix = {0};
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, e->order, &matrix));
    GSC_TRY(gsc_spectrum_init(spectrum, &matrix));
out:
    gsc_matrix_free(&matrix);
    return status;
}

/* How many frequencies have more power, and 1. */
static size_t
rank_of(const gsc_spectrum *spectrum, size_t k)
{
    size_t rank = 1;
    for (size_t other = 1; other < spectrum->count; other++)
        rank += spectrum->power[other] > spectrum->power[k];
    return rank;
}

static double
share_of_keys(const gsc_spectrum *spectrum, const ending *e)
{
    double keys = 0, all = 0;
    for (size_t k = 1; k < e->count; k++) {
        all += spectrum->power[k];
        keys += e->key[k] ? spectrum->power[k] : 0;
    }
    return keys / all;
}

/* Of the final circles, those among as many that are strongest now. */
static double
share_ahead(const gsc_spectrum *spectrum, const ending *e)
{
    size_t ahead = 0;
    for (size_t i = 0; i < e->num_keys; i++)
        ahead += rank_of(spectrum, e->keys[i]) <= e->num_keys;
    return (double)ahead / (double)e->num_keys;
}

/* ---- Lottery, neuron by neuron ---- */

typedef struct kept {
    double share, chance;
} kept;

/* Of the neurons that end with a frequency, those that have it now; and how many would
 * if the frequencies of now were dealt out among them at random. */
static int
neurons_kept(gsc_pair_outputs *outputs, const ending *e, kept *k)
{
    int status = 0;
    size_t *now = NULL, *counts = NULL, alive = 0, same = 0;
    double by_chance = 0;
    GSC_NEW(now, e->num_neurons);
    GSC_NEW(counts, 2 * e->count);
    size_t *count_now = counts, *count_last = counts + e->count;
    GSC_TRY(neuron_frequencies(outputs, 0, now));
    for (size_t j = 0; j < e->num_neurons; j++) {
        if (e->frequency[j] == 0)
            continue;
        alive++;
        same += now[j] == e->frequency[j];
        count_now[now[j]]++;
        count_last[e->frequency[j]]++;
    }
    for (size_t f = 1; f < e->count; f++)
        by_chance += (double)count_now[f] * (double)count_last[f];
    *k = (kept){(double)same / (double)alive,
                by_chance / ((double)alive * (double)alive)};
out:
    free(now);
    free(counts);
    return status;
}

/* ---- Evolution: parts of two steps in one network ---- */

static bool
is_embedding(const char *name)
{
    return strncmp(name, "embed.", 6) == 0;
}

/* Weights of `body` with the embedding of `embedding`, a network of the same shape. */
static void
transplant(const gsc_loaded_model *body, const gsc_loaded_model *embedding,
           double *weights)
{
    size_t count;
    const gsc_parameter *parameters = gsc_graph_parameters(body->model.graph, &count);
    memcpy(weights, body->weights, body->num_weights * sizeof *weights);
    for (size_t i = 0; i < count; i++)
        if (is_embedding(parameters[i].name))
            memcpy(weights + parameters[i].offset,
                   embedding->weights + parameters[i].offset,
                   gsc_shape_count(parameters[i].shape) * sizeof *weights);
}

/* Of the test pairs, or of all where the split is not known. */
static int
accuracy_of(gsc_pair_outputs *outputs, double *accuracy)
{
    int status = gsc_pair_outputs_score(outputs);
    double test = outputs->scores.test.accuracy;
    *accuracy = isnan(test) ? outputs->scores.all.accuracy : test;
    return status;
}

static int
accuracy_with(gsc_pair_outputs *outputs, const double *weights, gsc_threads *threads,
              double *accuracy)
{
    int status = gsc_pair_outputs_run(outputs, weights, threads);
    return status < 0 ? status : accuracy_of(outputs, accuracy);
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"circles", GSC_CELL_INTEGER, false, "number of circles that the run ends with",
     false},
    {"circles_share", GSC_CELL_REAL, false,
     "share of the embedding's power, but for its mean, that they have here", false},
    {"circles_rank", GSC_CELL_REAL, false,
     "mean rank of their power here among all frequencies; 1 is the strongest", false},
    {"rank_chance", GSC_CELL_REAL, false, "that of as many drawn at random", false},
    {"rank_p_value", GSC_CELL_REAL, false,
     "probability that a random draw is as far ahead (Wilcoxon)", false},
    {"circles_ahead", GSC_CELL_REAL, false,
     "share of them among as many that are strongest here", false},
    {"ahead_chance", GSC_CELL_REAL, false, "that of as many drawn at random", false},
    {"neurons_kept", GSC_CELL_REAL, false,
     "share of the neurons on a circle in the end whose main frequency here is that",
     false},
    {"kept_chance", GSC_CELL_REAL, false,
     "that of the same frequencies dealt out at random", false},
    {"test_accuracy", GSC_CELL_REAL, false,
     "share of the test pairs (of all, without a split) that are right here", false},
    {"with_last_embedding", GSC_CELL_REAL, false,
     "the same with the embedding that the run ends with", false},
    {"embedding_in_last", GSC_CELL_REAL, false,
     "the same of the network that the run ends with, with this embedding", false},
};

typedef struct swaps {
    double own, with_last, in_last;
} swaps;

static int
swap(const gsc_measure_request *request, const ending *e, gsc_pair_outputs *outputs,
     swaps *s)
{
    int status = 0;
    double *weights = NULL;
    gsc_pair_outputs ended = {.logits = NULL};
    const gsc_loaded_model *loaded = request->loaded;
    GSC_NEW(weights, loaded->num_weights);
    GSC_TRY(accuracy_of(outputs, &s->own));
    transplant(loaded, e->last, weights);
    GSC_TRY(accuracy_with(outputs, weights, request->threads, &s->with_last));
    GSC_TRY(gsc_pair_outputs_init(&ended, e->last, e->order, false));
    transplant(e->last, loaded, weights);
    GSC_TRY(accuracy_with(&ended, weights, request->threads, &s->in_last));
out:
    gsc_pair_outputs_free(&ended);
    free(weights);
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const ending *e = request->state;
    gsc_spectrum spectrum = {.power = NULL};
    gsc_pair_outputs outputs = {.logits = NULL};
    gsc_key_ranks ranks;
    kept k;
    swaps s;
    GSC_TRY(gsc_loaded_model_check_same(e->last, request->loaded, request->name));
    GSC_TRY(embedding_spectrum(request->loaded, e, &spectrum));
    GSC_TRY(gsc_key_frequency_ranks(spectrum.power, e->key, e->count, &ranks));
    GSC_TRY(gsc_pair_outputs_init(&outputs, request->loaded, e->order, true));
    GSC_TRY(gsc_pair_outputs_run(&outputs, request->loaded->weights, request->threads));
    GSC_TRY(neurons_kept(&outputs, e, &k));
    GSC_TRY(swap(request, e, &outputs, &s));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)e->num_keys));
    GSC_TRY(GSC_ROWS_REALS(rows, share_of_keys(&spectrum, e), ranks.mean,
                           ranks.expected, ranks.p_value, share_ahead(&spectrum, e),
                           (double)e->num_keys / (double)(e->count - 1), k.share,
                           k.chance, s.own, s.with_last, s.in_last));
out:
    gsc_pair_outputs_free(&outputs);
    gsc_spectrum_free(&spectrum);
    return status;
}

/* ---- Random walk: one row for each circle ---- */

static const gsc_column circle_columns[] = {
    {"frequency", GSC_CELL_INTEGER, true, "its frequency", false},
    {"final", GSC_CELL_BOOL, false, "whether the run ends with it", false},
    {"power_share", GSC_CELL_REAL, false,
     "share of the embedding's power, but for its mean, that it has", false},
    {"rank", GSC_CELL_INTEGER, false, "its place by power; 1 is the strongest", false},
    {"step_length", GSC_CELL_REAL, false,
     "length of its way from the checkpoint before, in the embedding; nan where there "
     "is none before",
     false},
    {"distance", GSC_CELL_REAL, false,
     "its distance from where it was at the first checkpoint", false},
    {"path", GSC_CELL_REAL, false,
     "sum of its steps up to here; nan where the rows do not begin with the run", true},
    {"walk", GSC_CELL_REAL, false,
     "squared distance over the sum of squared steps: about 1 of a random walk, the "
     "number of steps of a straight one; nan where the rows do not begin with the run",
     true},
};

/* How far circle k is in x from where it is in y. */
static double
apart(const double *x, const double *y, size_t k, size_t count, size_t width)
{
    double sum = 0;
    for (size_t part = 0; part < 2; part++)
        for (size_t j = 0; j < width; j++) {
            size_t at = (part * count + k) * width + j;
            sum += (x[at] - y[at]) * (x[at] - y[at]);
        }
    return sqrt(sum);
}

typedef struct places {
    double *now, *before;
} places;

static int
find_places(const gsc_measure_request *request, const ending *e, places *p)
{
    int status = 0;
    size_t width;
    gsc_lazy_checkpoint *before = request->before;
    GSC_TRY(circle_coordinates(request->loaded, e, &width, &p->now));
    if (before) {
        GSC_TRY(gsc_lazy_checkpoint_open(before));
        GSC_TRY(gsc_loaded_model_check_same(e->last, before->loaded, before->name));
        GSC_TRY(circle_coordinates(before->loaded, e, &width, &p->before));
    }
out:
    return status;
}

static int
fill_circles(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const ending *e = request->state;
    gsc_spectrum spectrum = {.power = NULL};
    places p = {.now = NULL};
    double all = 0;
    GSC_TRY(gsc_loaded_model_check_same(e->last, request->loaded, request->name));
    GSC_TRY(embedding_spectrum(request->loaded, e, &spectrum));
    GSC_TRY(find_places(request, e, &p));
    for (size_t k = 1; k < e->count; k++)
        all += spectrum.power[k];
    for (size_t k = 1; k < e->count; k++) {
        GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
        GSC_TRY(gsc_rows_bool(rows, e->key[k]));
        GSC_TRY(gsc_rows_real(rows, spectrum.power[k] / all));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)rank_of(&spectrum, k)));
        double away = apart(p.now, e->first, k, e->count, e->width);
        double step = p.before   ? apart(p.now, p.before, k, e->count, e->width)
                      : away > 0 ? (double)NAN
                                 : 0;
        GSC_TRY(GSC_ROWS_REALS(rows, step, away, NAN, NAN));
    }
out:
    free(p.now);
    free(p.before);
    gsc_spectrum_free(&spectrum);
    return status;
}

/* Sums along the run, circle by circle. */
static int
conclude_circles(gsc_rows *rows, const int64_t *steps)
{
    (void)steps;
    size_t n = gsc_rows_count(rows), circles = 0;
    size_t frequency = gsc_rows_column(rows, "frequency");
    size_t length = gsc_rows_column(rows, "step_length");
    size_t distance = gsc_rows_column(rows, "distance");
    size_t path = gsc_rows_column(rows, "path"), walk = gsc_rows_column(rows, "walk");
    for (size_t i = 0; i < n; i++)
        if (gsc_rows_cell(rows, i, frequency)->integer > (int64_t)circles)
            circles = (size_t)gsc_rows_cell(rows, i, frequency)->integer;
    for (size_t k = 0; k < circles; k++) {
        double sum = 0, squares = 0;
        bool whole = gsc_rows_cell(rows, k, distance)->real == 0;
        for (size_t i = k; i < n; i += circles) {
            double step = gsc_rows_cell(rows, i, length)->real;
            double way = gsc_rows_cell(rows, i, distance)->real;
            sum += step;
            squares += step * step;
            gsc_rows_cell(rows, i, path)->real = whole ? sum : (double)NAN;
            gsc_rows_cell(rows, i, walk)->real =
                whole && squares > 0 ? way * way / squares : (double)NAN;
        }
    }
    return 0;
}

const gsc_measure gsc_measure_origins = {
    .name = "origins",
    .purpose = "where a network's circles come from: lottery, random walk, evolution",
    .examples = "  grokscope-origins checkpoints/demo --step first\n"
                "      were the circles of the end ahead when training began?\n"
                "  grokscope-origins checkpoints/demo --step all\n"
                "      when each part would do with the rest of the end\n"
                "  grokscope-origins checkpoints/demo --step all --long\n"
                "      the way of each circle: wandering, or straight?\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 3,
    .options = &option_set,
    .looks_back = true,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("circle", circle_columns, fill_circles, conclude_circles)},
    .prepare = prepare,
    .release = free_ending};
