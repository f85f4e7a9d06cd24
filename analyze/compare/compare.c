/* The measure "compare": a row about a checkpoint and the one it is compared with. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/correlation.h"

#include "analyze/compare/comparison.h"

#include <math.h>
#include <stdlib.h>

/* ---- Columns ---- */

#define REAL(name, help)                        \
    {                                           \
        name, GSC_CELL_REAL, false, help, false \
    }
#define BOTH(name, help) REAL(name "_a", help), REAL(name "_b", "the same of b")

static const gsc_column pair_columns[] = {
    GSC_COMPARE_IDENTIFIERS,
    {"same", GSC_CELL_BOOL, true,
     "whether the files have the same parameters, within --rtol and --atol", false},
    REAL("max_difference", "largest |a - b| of the weights"),
    REAL("weight_distance", "l2 of the difference of all weights"),
    REAL("weight_cosine", "cosine of all weights"),
    REAL("weight_distance_matched", "the same distance with the neurons of b in the "
                                    "order of those of a; heads stay where they are"),
    REAL("weight_cosine_matched", "the same cosine with that order"),
    {"keys_a", GSC_CELL_TEXT, false, "key frequencies of a, by --key-rule", false},
    {"keys_b", GSC_CELL_TEXT, false, "the same of b", false},
    {"keys_shared", GSC_CELL_TEXT, false, "key frequencies of both", false},
    {"keys_lost", GSC_CELL_TEXT, false, "key frequencies of only a", false},
    {"keys_gained", GSC_CELL_TEXT, false, "key frequencies of only b", false},
    REAL("keys_jaccard",
         "shared key frequencies as a share of all; nan: there are none"),
    REAL("spectrum_cosine",
         "cosine of the powers of the embeddings at each frequency, without the mean"),
    REAL("embedding_cka",
         "linear CKA, 0 … 1, of the rows of the operands' tokens; of all tokens where "
         "there are no pairs"),
    REAL("embedding_procrustes",
         "squared orthogonal Procrustes distance, 0 … 2, centred, of unit norm"),
    REAL("neuron_cka",
         "linear CKA of the neurons' activations over all questions: all pairs, or "
         "the examples of a's dataset"),
    REAL("neuron_procrustes", "squared Procrustes distance of these"),
    REAL("logit_cka", "linear CKA of the logits over all questions"),
    REAL("logit_procrustes", "squared Procrustes distance of these"),
    REAL(
        "matched_correlation",
        "mean correlation over the best one-to-one matching of neurons by activations"),
    REAL("matched_frequency",
         "share of the matched neurons of a whose match has the same frequency"),
    REAL("agreement", "share of all questions with the same answer"),
    REAL("agreement_test", "the same of the questions that neither was trained on"),
    REAL("kl",
         "mean KL(a || b) of the answers' probabilities over all questions, nats; nan "
         "where answers are no labels"),
    REAL("kl_test", "the same of the questions that neither was trained on"),
    BOTH("loss", "loss of all questions, at this end of the line"),
    BOTH("test_loss", "loss of the questions that neither was trained on"),
    REAL("barrier",
         "how far the loss over all questions rises above the line between its "
         "ends, along the straight line between the weights"),
    REAL("barrier_test", "the same of the questions that neither was trained on"),
    REAL("barrier_matched", "barrier with the neurons of b in the order of those of a"),
    REAL("barrier_matched_test",
         "the same of the questions that neither was trained on"),
    BOTH("l2", "l2 of all trained weights: see grokscope-norms"),
    BOTH("sum_of_squares", "sum of their squares, which weight decay shrinks"),
    BOTH("gradient_symmetricity",
         "mean cosine of gradients: see grokscope-clockpizza, for the next ones too"),
    BOTH("distance_irrelevance", "spread of the correct logit at a fixed a - b"),
    BOTH("circularity",
         "circularity of the first principal components of the embedding"),
    BOTH("plane_circularity", "circularity of key frequencies, each in its own plane"),
    {"asked", GSC_CELL_TEXT, false,
     "what both were asked: pairs, or the examples of a's dataset; empty: nothing",
     false},
    {"num_asked", GSC_CELL_INTEGER, false, "how many questions", false},
    {"num_test", GSC_CELL_INTEGER, false, "those that neither was trained on", false},
    {"why_nan", GSC_CELL_TEXT, false, "what could not be compared, and why", false},
};

/* ---- Weights ---- */

static int
add_weights(const gsc_comparison *c, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *a = c->a->loaded, *b = c->b.loaded;
    gsc_difference plain = {0}, matched = {0};
    for (size_t i = 0; c->same_shapes && i < a->num_tensors; i++) {
        const gsc_tensor *x = &a->tensors[i], *y = gsc_loaded_model_tensor(b, x->name);
        const double *moved =
            c->permuted ? c->permuted + ((double *)y->data - b->weights) : y->data;
        size_t n = gsc_shape_count(x->shape);
        gsc_difference_add(&plain, x->data, y->data, n,
                           gsc_compare_tolerance(c->options));
        gsc_difference_add(&matched, x->data, moved, n,
                           gsc_compare_tolerance(c->options));
    }
    double none = c->same_shapes ? 0 : NAN, unmatched = c->permuted ? 0 : NAN;
    GSC_TRY(GSC_ROWS_REALS(rows, none + plain.max,
                           none + gsc_difference_distance(&plain),
                           none + gsc_difference_cosine(&plain),
                           unmatched + gsc_difference_distance(&matched),
                           unmatched + gsc_difference_cosine(&matched)));
out:
    return status;
}

/* ---- Frequencies ---- */

/* "15 26": those that are key in a (and, or not) in b. */
static int
add_keys(gsc_rows *rows, const bool *a, const bool *b, bool in_b, size_t count)
{
    int status = 0;
    gsc_text names = {0};
    GSC_TRY(gsc_text_add(&names, "%s", ""));
    for (size_t k = 0; k < count; k++)
        if (a[k] && (!b || b[k] == in_b))
            GSC_TRY(gsc_text_add(&names, "%s%zu", names.length > 0 ? " " : "", k));
    GSC_TRY(gsc_rows_text(rows, names.data));
out:
    gsc_text_free(&names);
    return status;
}

static double
jaccard(const bool *a, const bool *b, size_t count)
{
    size_t both = 0, either = 0;
    for (size_t k = 0; k < count; k++) {
        both += a[k] && b[k];
        either += a[k] || b[k];
    }
    return (double)both / (double)either;
}

static int
add_frequencies(gsc_comparison *c, gsc_rows *rows)
{
    int status = 0;
    bool have;
    const gsc_spectrum *a = &c->a->spectrum, *b = &c->b.spectrum;
    GSC_TRY(gsc_comparison_both(c, GSC_FEATURE_FREQUENCIES, &have));
    have = have && a->p == b->p;
    GSC_TRY(add_keys(rows, a->key, NULL, true, a->count));
    GSC_TRY(add_keys(rows, b->key, NULL, true, b->count));
    GSC_TRY(add_keys(rows, a->key, b->key, true, have ? a->count : 0));
    GSC_TRY(add_keys(rows, a->key, b->key, false, have ? a->count : 0));
    GSC_TRY(add_keys(rows, b->key, a->key, false, have ? a->count : 0));
    GSC_TRY(GSC_ROWS_REALS(rows, have ? jaccard(a->key, b->key, a->count) : (double)NAN,
                           have ? gsc_cosine(a->power + 1, b->power + 1, a->count - 1)
                                : (double)NAN));
out:
    return status;
}

/* ---- Representations ---- */

static int
add_embeddings(gsc_comparison *c, gsc_rows *rows)
{
    int status = 0;
    bool have;
    double cka = NAN, distance = NAN;
    const gsc_representation *a = &c->a->embedding, *b = &c->b.embedding;
    GSC_TRY(gsc_comparison_both(c, GSC_FEATURE_EMBEDDING, &have));
    if (have && a->x.rows == b->x.rows) {
        GSC_TRY(gsc_representation_cka(a, b, &cka));
        GSC_TRY(gsc_representation_procrustes(a, b, &distance));
    }
    GSC_TRY(GSC_ROWS_REALS(rows, cka, distance));
out:
    return status;
}

static int
add_likeness(gsc_comparison *c, const gsc_moments *both, const gsc_moments *own_a,
             const gsc_moments *own_b, gsc_rows *rows)
{
    int status = 0;
    double cka = NAN, distance = NAN;
    if (c->joined && both->product.rows > 0 && both->product.cols > 0) {
        char *why = NULL;
        cka = gsc_moments_cka(both, own_a, own_b);
        status = gsc_moments_procrustes(both, own_a, own_b, &distance);
        status = gsc_compared_features_excuse(status, &why);
        if (why)
            status = gsc_comparison_note(c, "activations", why);
        free(why);
        GSC_TRY(status);
    }
    GSC_TRY(GSC_ROWS_REALS(rows, cka, distance));
out:
    return status;
}

/* Of the matched neurons of a, those whose match has their frequency. */
static double
share_of_same_frequency(const gsc_comparison *c)
{
    const gsc_matching *m = &c->matching;
    size_t count = 0, same = 0;
    bool have = c->matched && c->a->frequency && c->b.frequency &&
                c->a->spectrum.p == c->b.spectrum.p;
    for (size_t i = 0; have && i < m->num_a; i++) {
        if (m->of_a[i] == GSC_UNASSIGNED)
            continue;
        count++;
        same += c->a->frequency[i] == c->b.frequency[m->of_a[i]];
    }
    return (double)same / (double)count;
}

static int
add_representations(gsc_comparison *c, gsc_rows *rows)
{
    int status = 0;
    const gsc_agreement *a = &c->a->own, *b = &c->b.own;
    if (c->joined && c->agreement.logits.product.rows == 0)
        GSC_TRY(gsc_comparison_note(c, "logits",
                                    "answers have more than 12,288 numbers, whose "
                                    "products are too many"));
    GSC_TRY(add_embeddings(c, rows));
    GSC_TRY(add_likeness(c, &c->agreement.neurons, &a->neurons, &b->neurons, rows));
    GSC_TRY(add_likeness(c, &c->agreement.logits, &a->logits, &b->logits, rows));
    GSC_TRY(GSC_ROWS_REALS(rows, c->matched ? c->matching.mean : (double)NAN,
                           share_of_same_frequency(c)));
out:
    return status;
}

/* ---- Answers ---- */

static int
add_answers(gsc_comparison *c, gsc_rows *rows)
{
    int status = 0;
    double none = c->joined ? 0 : NAN;
    const gsc_agreement_means *all = &c->agreement.all, *test = &c->agreement.test;
    gsc_lines l = {.num_points = 0};
    GSC_TRY(GSC_ROWS_REALS(rows, none + all->share, none + test->share, none + all->kl,
                           none + test->kl));
    GSC_TRY(gsc_comparison_lines(c, &l));
    size_t n = l.num_points, end = n - 1;
    if (n > 0)
        GSC_TRY(GSC_ROWS_REALS(
            rows, l.loss[0], l.loss[end], l.test_loss[0], l.test_loss[end],
            gsc_barrier_height(l.loss, n), gsc_barrier_height(l.test_loss, n),
            gsc_barrier_height(l.matched, n), gsc_barrier_height(l.test_matched, n)));
    else
        GSC_TRY(GSC_ROWS_REALS(rows, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN));
out:
    gsc_comparison_free_lines(&l);
    return status;
}

/* ---- What other measures say ---- */

static int
add_measures(gsc_comparison *c, gsc_rows *rows)
{
    static const char *const of_norms[] = {"l2", "sum_of_squares"};
    static const char *const of_clockpizza[] = {"gradient_symmetricity",
                                                "distance_irrelevance", "circularity",
                                                "plane_circularity"};
    int status = 0;
    bool have;
    GSC_TRY(gsc_comparison_both(c, GSC_FEATURE_NORMS, &have));
    GSC_TRY(gsc_comparison_both(c, GSC_FEATURE_CLOCKPIZZA, &have));
    for (size_t i = 0; i < sizeof of_norms / sizeof *of_norms; i++)
        GSC_TRY(GSC_ROWS_REALS(rows,
                               gsc_compared_features_real(&c->a->norms, of_norms[i]),
                               gsc_compared_features_real(&c->b.norms, of_norms[i])));
    for (size_t i = 0; i < sizeof of_clockpizza / sizeof *of_clockpizza; i++)
        GSC_TRY(GSC_ROWS_REALS(
            rows, gsc_compared_features_real(&c->a->clockpizza, of_clockpizza[i]),
            gsc_compared_features_real(&c->b.clockpizza, of_clockpizza[i])));
out:
    return status;
}

static int
add_questions(const gsc_comparison *c, gsc_rows *rows)
{
    int status = 0;
    const char *what = c->a->questions.grid ? "pairs" : "examples";
    GSC_TRY(gsc_rows_text(rows, c->joined ? what : ""));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)c->agreement.num_asked));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)c->agreement.num_test));
out:
    return status;
}

static int
fill_pair(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_comparison c = {.a = NULL};
    GSC_TRY(gsc_comparison_init(&c, request, GSC_COMPARE_PAIR));
    GSC_TRY(gsc_comparison_add_identifiers(&c, rows));
    GSC_TRY(gsc_rows_bool(rows, gsc_compare_same(c.options, &c.a->loaded->checkpoint,
                                                 &request->loaded->checkpoint)));
    GSC_TRY(add_weights(&c, rows));
    GSC_TRY(add_frequencies(&c, rows));
    GSC_TRY(add_representations(&c, rows));
    GSC_TRY(add_answers(&c, rows));
    GSC_TRY(add_measures(&c, rows));
    GSC_TRY(add_questions(&c, rows));
    GSC_TRY(gsc_rows_text(rows, c.why.data));
out:
    gsc_comparison_free(&c);
    return status;
}

const gsc_measure gsc_measure_compare = {
    .name = "compare",
    .purpose = "what two checkpoints have in common: circuits, neurons, barriers",
    .options = &gsc_compare_option_set,
    .needs = GSC_NEEDS_WEIGHTS,
    .num_tables = 5,
    .tables = {GSC_TABLE("pair", pair_columns, fill_pair, NULL),
               {"frequency", gsc_compare_frequency_columns,
                GSC_COMPARE_FREQUENCY_COLUMNS, gsc_compare_fill_frequencies, NULL},
               {"tensor", gsc_compare_tensor_columns, GSC_COMPARE_TENSOR_COLUMNS,
                gsc_compare_fill_tensors, NULL},
               {"barrier", gsc_compare_barrier_columns, GSC_COMPARE_BARRIER_COLUMNS,
                gsc_compare_fill_barrier, NULL},
               {"neuron", gsc_compare_neuron_columns, GSC_COMPARE_NEURON_COLUMNS,
                gsc_compare_fill_neurons, NULL}},
    .prepare = gsc_compare_prepare,
    .release = gsc_compare_release,
};
