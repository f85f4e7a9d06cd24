/* The measure "clockpizza": how a network adds, by Zhong et al. (arXiv 2306.17844), and
 * circle by circle. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"
#include "grokscope/scores.h"
#include "grokscope/text.h"

#include "analyze/measure/circuit/pizza.h"
#include "analyze/measure/circuit/rank.h"
#include "analyze/network/pairs/embedding_patch.h"
#include "analyze/network/pairs/spectrum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROW_REAL(field, fallback, least, most, help) \
    GSC_ROW_REAL(gsc_pizza_options, field, fallback, least, most, help)

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(gsc_pizza_options, triples, "paper", "WHICH",
                 "Triples (a, b, c) for gradient_symmetricity: paper (the 100 of the "
                 "paper's program), a number of triples to draw evenly, all, or a file "
                 "of lines 'a b c'."),
    ROW_REAL(circularity, "0.995", 0, 1,
             "Verdict: circular at and above this circularity."),
    ROW_REAL(symmetricity, "0.98", -1, 1,
             "Verdict: pizza above this gradient_symmetricity, clock at and below it."),
    ROW_REAL(irrelevance, "0.6", 0, 2,
             "Verdict: pizza below this distance_irrelevance, clock at and above it."),
    ROW_REAL(
        least_share, "0", 0, 1,
        "Look at frequencies with at least this share of the embedding's power; 0: "
        "twice an even share, and half of one for the double of such a frequency."),
    GSC_ROW_INTEGER(gsc_pizza_options, circle_triples, "1000", 1, 100000,
                    "Number of triples drawn for gs_constant and gs_cosine."),
    ROW_REAL(least_effect, "0.05", 0, 100, "Label: undetermined below this effect."),
    ROW_REAL(least_output_share, "0.5", 0, 1,
             "Label: undetermined below this output_share."),
    ROW_REAL(least_profile_share, "0.4", 0, 1,
             "Label: undetermined below this profile_share."),
    ROW_REAL(accompanying_ratio, "-0.5", -100, 100,
             "Label: accompanying below this r."),
    ROW_REAL(pizza_ratio, "0.2", -100, 100, "Label: pizza below this r."),
    ROW_REAL(pizza_symmetricity, "0.9", -2, 2, "Label: pizza above this gs_constant."),
    ROW_REAL(clock_ratio, "0.8", -100, 100, "Label: clock above this r."),
    GSC_ROW_INTEGER(gsc_pizza_options, component_pairs, "6", 1, 10000,
                    "Number of pairs of principal components to look at."),
};
static const gsc_measure_options option_set = {"clock and pizza", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(gsc_pizza_options)};

/* ---- What a run shares ---- */

static void
release(void *state)
{
    gsc_pizza_run *run = state;
    gsc_triples_free(&run->triples);
    gsc_triples_free(&run->circle_triples);
    free(run);
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    const gsc_pizza_options *o = options;
    int status = 0;
    (void)table;
    gsc_pizza_run *run = NULL;
    char drawn[32];
    GSC_NEW(run, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->first));
    const gsc_binary_table *pairs = &run_context->first.loaded->pairs;
    gsc_residue_order order = pairs->order;
    size_t p = pairs->n;
    snprintf(drawn, sizeof drawn, "%lld", (long long)o->circle_triples);
    GSC_TRY(gsc_triples_init(&run->triples, o->triples, order, p));
    GSC_TRY(gsc_triples_init(&run->circle_triples, drawn, order, p));
    *state = run;
out:
    if (status < 0 && run)
        release(run);
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"order", GSC_CELL_TEXT, true,
     "what a, b and c are: residues, or logarithms of a product's", false},
    {"gradient_symmetricity", GSC_CELL_REAL, false,
     "mean cosine of the gradients of one logit by E_a and by E_b; nan where each "
     "operand has a table of its own",
     false},
    {"num_triples", GSC_CELL_INTEGER, false,
     "number of triples (a, b, c) whose gradients these are", true},
    {"distance_irrelevance", GSC_CELL_REAL, false,
     "spread of the correct logit that is left at a fixed a - b", false},
    {"distance_irrelevance_incorrect", GSC_CELL_REAL, false,
     "the same of the largest wrong logit, as in the paper's published tables", false},
    {"circularity", GSC_CELL_REAL, false,
     "circularity of the first four principal components of the embedding", false},
    {"pc_frequencies", GSC_CELL_TEXT, false, "frequencies of these components", false},
    {"verdict", GSC_CELL_TEXT, false,
     "kind of network by the paper's thresholds: pizza, clock, undecided, not circular",
     false},
    {"num_circles", GSC_CELL_INTEGER, false,
     "number of frequencies of the embedding that --long looks at one by one", false},
    {"plane_circularity", GSC_CELL_REAL, false,
     "mean by power of the circularity of key frequencies, each in its own plane: "
     "principal components mix circles of equal power, planes do not",
     false},
    {"plane_verdict", GSC_CELL_TEXT, false,
     "the verdict with this circularity in place of the paper's; undecided below an "
     "accuracy of .99",
     false},
    {"accuracy", GSC_CELL_REAL, false, "share of all pairs that are right", false},
    {"loss", GSC_CELL_REAL, false, "cross-entropy of all pairs, among the residues",
     false},
    GSC_RANK_COLUMNS,
};

/* A network that still memorises has a clock's symmetricity and irrelevance. */
#define LEAST_ACCURACY 0.99

/* Gradients of `all` are made and summed up in parts of this size. */
enum { PART = 4096 };

static int
find_symmetricity(gsc_embedding_patch *patch, const gsc_triples *triples,
                  double *symmetricity)
{
    int status = 0;
    gsc_triple *part = NULL;
    double *da = NULL, *db = NULL, sum = 0;
    size_t d = gsc_evaluator_width(&patch->evaluator);
    size_t most = triples->count < PART ? triples->count : PART;
    *symmetricity = NAN;
    if (d == 0)
        return 0;
    GSC_NEW(part, most);
    GSC_NEW(da, most * d);
    GSC_NEW(db, most * d);
    for (size_t first = 0; first < triples->count; first += most) {
        size_t n = triples->count - first < most ? triples->count - first : most;
        gsc_triples_take(triples, first, n, part);
        GSC_TRY(gsc_evaluator_gradients(&patch->evaluator, patch->loaded->weights,
                                        patch->threads, part, n, da, db));
        sum += (double)n * gsc_clock_pizza_symmetricity(da, db, n, d);
    }
    *symmetricity = sum / (double)triples->count;
out:
    free(part);
    free(da);
    free(db);
    return status;
}

/* Of the correct logit, and of the largest wrong one. */
static int
find_irrelevance(const gsc_embedding_patch *patch, double irrelevance[2])
{
    int status = 0;
    size_t n = patch->grid->n;
    double *table = NULL;
    GSC_NEW(table, n * n);
    gsc_clock_pizza_correct_logit(patch->logits, n, table);
    irrelevance[0] = gsc_clock_pizza_irrelevance(table, n);
    gsc_clock_pizza_incorrect_logit(patch->logits, n, table);
    irrelevance[1] = gsc_clock_pizza_irrelevance(table, n);
out:
    free(table);
    return status;
}

/* "17 17 3 3" */
static int
add_frequencies(gsc_rows *rows, const gsc_principal_frequency *principal)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t u = 0; u < GSC_CIRCULARITY_COMPONENTS; u++)
        GSC_TRY(gsc_text_add(&text, "%s%zu", u > 0 ? " " : "", principal[u].frequency));
    GSC_TRY(gsc_rows_text(rows, text.data));
out:
    gsc_text_free(&text);
    return status;
}

static int
add_verdict(gsc_rows *rows, const gsc_pizza_options *o, double circularity,
            double symmetricity, double irrelevance)
{
    const gsc_clock_pizza_thresholds thresholds = {o->circularity, o->symmetricity,
                                                   o->irrelevance};
    return gsc_rows_text(rows,
                         gsc_clock_pizza_verdict_name(gsc_clock_pizza_judge(
                             &thresholds, circularity, symmetricity, irrelevance)));
}

static int
find_scores(const gsc_embedding_patch *patch, gsc_scores *scores)
{
    size_t n = patch->grid->n;
    return gsc_scores_of(patch->logits, n * n, n, patch->grid->answers, NULL, 0,
                         scores);
}

/* Twice frequency k is a frequency below n/2 too. */
static size_t
doubled(size_t k, size_t n)
{
    return 4 * k <= n ? 2 * k : n - 2 * k;
}

/* Accompanying pizzas read twice the frequency of a pizza, and may be small. */
static void
add_doubles(const double *fraction, size_t n, const bool *key, bool *circle)
{
    size_t count = gsc_fourier_count(n);
    for (size_t k = 1; 2 * k < n; k++)
        if (key[k] && fraction[doubled(k, n)] >= 0.5 / (double)(count - 1))
            circle[doubled(k, n)] = true;
}

int
gsc_pizza_find_circles(const gsc_matrix *embedding, double least_share,
                       double *fraction, bool *circle)
{
    int status = 0;
    double *power = NULL;
    bool *key = NULL;
    size_t n = embedding->rows, count = gsc_fourier_count(n);
    GSC_NEW(power, count);
    GSC_NEW(key, count);
    GSC_TRY(gsc_fourier_power(embedding, power));
    gsc_fourier_fractions(power, count, fraction);
    gsc_fourier_keys(fraction, count, key);
    for (size_t k = 0; k < count; k++)
        circle[k] = least_share > 0 ? fraction[k] >= least_share : key[k];
    if (least_share == 0)
        add_doubles(fraction, n, key, circle);
    circle[0] = false;
    if (n % 2 == 0)
        circle[n / 2] = false; /* a wave without a plane */
out:
    free(power);
    free(key);
    return status;
}

/* How many circles, and how round the planes of key frequencies are: the mean by power;
 * NaN where there are none. */
static int
find_roundness(const gsc_matrix *embedding, double least_share, size_t *num_circles,
               double *roundness)
{
    int status = 0;
    double *fraction = NULL, sum = 0, power = 0;
    bool *circle = NULL, *key = NULL;
    size_t count = gsc_fourier_count(embedding->rows);
    GSC_NEW(fraction, count);
    GSC_NEW(circle, count);
    GSC_NEW(key, count);
    GSC_TRY(gsc_pizza_find_circles(embedding, least_share, fraction, circle));
    gsc_fourier_keys(fraction, count, key);
    *num_circles = 0;
    for (size_t k = 1; 2 * k < embedding->rows; k++) {
        gsc_circle_shape shape = {0};
        if (key[k])
            GSC_TRY(gsc_circle_describe(embedding, k, &shape));
        sum += shape.share * shape.circularity;
        power += shape.share;
        *num_circles += circle[k];
    }
    *roundness = sum / power;
out:
    free(fraction);
    free(circle);
    free(key);
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_embedding_patch patch = {.loaded = NULL};
    const gsc_pizza_run *run = request->state;
    const gsc_pizza_options *o = request->options;
    gsc_principal_frequency principal[GSC_CIRCULARITY_COMPONENTS];
    double symmetricity, irrelevance[2], circularity, roundness;
    size_t num_circles;
    gsc_scores scores;
    GSC_TRY(gsc_embedding_patch_open(&patch, request->loaded, request->threads));
    GSC_TRY(find_symmetricity(&patch, &run->triples, &symmetricity));
    GSC_TRY(find_irrelevance(&patch, irrelevance));
    GSC_TRY(gsc_clock_pizza_circularity(
        &patch.embeddings[0], GSC_CIRCULARITY_COMPONENTS, principal, &circularity));
    GSC_TRY(find_scores(&patch, &scores));
    GSC_TRY(
        find_roundness(&patch.embeddings[0], o->least_share, &num_circles, &roundness));
    GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)patch.grid->order]));
    GSC_TRY(gsc_rows_real(rows, symmetricity));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)run->triples.count));
    GSC_TRY(gsc_rows_real(rows, irrelevance[0]));
    GSC_TRY(gsc_rows_real(rows, irrelevance[1]));
    GSC_TRY(gsc_rows_real(rows, circularity));
    GSC_TRY(add_frequencies(rows, principal));
    GSC_TRY(add_verdict(rows, o, circularity, symmetricity, irrelevance[0]));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)num_circles));
    GSC_TRY(gsc_rows_real(rows, roundness));
    GSC_TRY(add_verdict(rows, o, roundness, symmetricity,
                        scores.accuracy < LEAST_ACCURACY ? NAN : irrelevance[0]));
    GSC_TRY(gsc_rows_real(rows, scores.accuracy));
    GSC_TRY(gsc_rows_real(rows, scores.loss));
    GSC_TRY(gsc_rank_add(request->loaded, rows));
out:
    gsc_embedding_patch_close(&patch);
    return status;
}

const gsc_measure gsc_measure_clockpizza = {
    .name = "clockpizza",
    .purpose = "how a network adds: by clocks, by pizzas, circle by circle",
    .examples = "  grokscope-clockpizza checkpoints/demo\n"
                "      the measures and the verdict of the paper\n"
                "  grokscope-clockpizza checkpoints/demo --long\n"
                "      the circuit of each circle of the embedding\n"
                "  grokscope-clockpizza checkpoints/demo --long=network --step "
                "0:3000:1000\n"
                "      which circuits the network had when\n"
                "  grokscope-clockpizza checkpoints/demo --long=component\n"
                "      what two principal components say by themselves, and which "
                "formula it is\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 5,
    .options = &option_set,
    .num_tables = 4,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint,
                         gsc_rank_conclude),
               {"frequency", gsc_pizza_circle_columns, GSC_PIZZA_CIRCLE_COLUMNS,
                gsc_pizza_fill_circles, NULL},
               {"network", gsc_pizza_network_columns, GSC_PIZZA_NETWORK_COLUMNS,
                gsc_pizza_fill_network, NULL},
               {"component", gsc_pizza_component_columns, GSC_PIZZA_COMPONENT_COLUMNS,
                gsc_pizza_fill_components, NULL}},
    .prepare = prepare,
    .release = release,
};
