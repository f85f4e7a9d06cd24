/* The measure "compare": rows about a frequency, a tensor, a point of the line, a
 * neuron. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/compare/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REAL(name, help)                        \
    {                                           \
        name, GSC_CELL_REAL, false, help, false \
    }
#define INTEGER(name, help)                        \
    {                                              \
        name, GSC_CELL_INTEGER, false, help, false \
    }
#define BOOL(name, help)                        \
    {                                           \
        name, GSC_CELL_BOOL, false, help, false \
    }
#define TEXT(name, help)                        \
    {                                           \
        name, GSC_CELL_TEXT, false, help, false \
    }

/* ---- One row for each frequency ---- */

const gsc_column gsc_compare_frequency_columns[GSC_COMPARE_FREQUENCY_COLUMNS] = {
    GSC_COMPARE_IDENTIFIERS,
    {"frequency", GSC_CELL_INTEGER, true, "1 … p/2", false},
    REAL("fraction_a", "share of the embedding's power, without that of the mean"),
    REAL("fraction_b", "the same of b"),
    BOOL("key_a", "whether it is a key frequency, by --key-rule"),
    BOOL("key_b", "the same of b"),
    INTEGER("neurons_a", "number of neurons of which it explains most of the variance"),
    INTEGER("neurons_b", "the same of b"),
    INTEGER("neurons_matched",
            "number of these neurons of a that are matched with one of b"),
    REAL("r_a", "r of its circle in the embedding: see grokscope-clockpizza --long"),
    REAL("r_b", "the same of b"),
    REAL("gs_a", "gs_constant of the circle"),
    REAL("gs_b", "the same of b"),
    TEXT("circuit_a",
         "kind of the circle: clock, pizza, …; empty: there is no such circle"),
    TEXT("circuit_b", "the same of b"),
};

/* The row of a circle; SIZE_MAX where the embedding has no such one. */
static size_t
find_circle(const gsc_rows *circles, size_t k)
{
    for (size_t i = 0; i < gsc_rows_count(circles); i++)
        if (gsc_rows_cell(circles, i, gsc_rows_column(circles, "frequency"))->integer ==
            (int64_t)k)
            return i;
    return SIZE_MAX;
}

static double
circle_real(const gsc_rows *circles, size_t k, const char *column)
{
    size_t row = find_circle(circles, k);
    return row == SIZE_MAX
               ? (double)NAN
               : gsc_rows_cell(circles, row, gsc_rows_column(circles, column))->real;
}

static const char *
circle_label(const gsc_rows *circles, size_t k)
{
    size_t row = find_circle(circles, k);
    return row == SIZE_MAX
               ? ""
               : gsc_rows_cell(circles, row, gsc_rows_column(circles, "label"))->text;
}

/* Neurons of a of a frequency that are matched with one of b of the same. */
static int64_t
count_matched(const gsc_comparison *c, size_t k)
{
    const gsc_matching *m = &c->matching;
    int64_t count = 0;
    for (size_t i = 0; c->matched && i < m->num_a; i++) {
        size_t j = m->of_a[i];
        count +=
            c->a->frequency[i] == k && j != GSC_UNASSIGNED && c->b.frequency[j] == k;
    }
    return count;
}

static int
add_frequency(const gsc_comparison *c, size_t k, gsc_rows *rows)
{
    int status = 0;
    const gsc_compared_features *a = c->a, *b = &c->b;
    GSC_TRY(gsc_comparison_add_identifiers(c, rows));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
    GSC_TRY(gsc_rows_real(rows, a->spectrum.fraction[k]));
    GSC_TRY(gsc_rows_real(rows, b->spectrum.fraction[k]));
    GSC_TRY(gsc_rows_bool(rows, a->spectrum.key[k]));
    GSC_TRY(gsc_rows_bool(rows, b->spectrum.key[k]));
    GSC_TRY(gsc_rows_integer(rows, a->num_of ? (int64_t)a->num_of[k] : 0));
    GSC_TRY(gsc_rows_integer(rows, b->num_of ? (int64_t)b->num_of[k] : 0));
    GSC_TRY(gsc_rows_integer(rows, count_matched(c, k)));
    GSC_TRY(gsc_rows_real(rows, circle_real(&a->circles, k, "r")));
    GSC_TRY(gsc_rows_real(rows, circle_real(&b->circles, k, "r")));
    GSC_TRY(gsc_rows_real(rows, circle_real(&a->circles, k, "gs_constant")));
    GSC_TRY(gsc_rows_real(rows, circle_real(&b->circles, k, "gs_constant")));
    GSC_TRY(gsc_rows_text(rows, circle_label(&a->circles, k)));
    GSC_TRY(gsc_rows_text(rows, circle_label(&b->circles, k)));
out:
    return status;
}

int
gsc_compare_fill_frequencies(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    bool have;
    gsc_comparison c = {.a = NULL};
    GSC_TRY(gsc_comparison_init(&c, request, GSC_COMPARE_FREQUENCY));
    GSC_TRY(gsc_comparison_both(&c, GSC_FEATURE_FREQUENCIES, &have));
    if (!have || c.a->spectrum.p != c.b.spectrum.p)
        GSC_TRY(gsc_comparison_refuse(&c, "frequencies"));
    for (size_t k = 1; k < c.a->spectrum.count; k++)
        GSC_TRY(add_frequency(&c, k, rows));
out:
    gsc_comparison_free(&c);
    return status;
}

/* ---- One row for each tensor ---- */

const gsc_column gsc_compare_tensor_columns[GSC_COMPARE_TENSOR_COLUMNS] = {
    GSC_COMPARE_IDENTIFIERS,
    {"tensor", GSC_CELL_TEXT, true, "its name", false},
    TEXT("shape_a", "shape of the tensor; empty: there is none of this name"),
    TEXT("shape_b", "the same of b"),
    BOOL("same", "whether shapes are the same, and values within --rtol and --atol"),
    INTEGER("num_different",
            "number of values out of the tolerance; all, where shapes differ"),
    REAL("max_difference", "largest |a - b|"),
    REAL("max_relative", "largest |a - b| / max(|a|, |b|)"),
    REAL("distance", "l2 of the difference"),
    REAL("cosine", "cosine of the two; nan where one is 0"),
    REAL("max_difference_matched",
         "max_difference with the neurons of b in the order of those of a"),
    REAL("distance_matched", "distance with that order"),
    REAL("cosine_matched", "cosine with that order"),
};

static int
add_shape(gsc_rows *rows, const gsc_tensor *t)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(t ? gsc_shape_add(t->shape, &text) : gsc_text_add(&text, "%s", ""));
    GSC_TRY(gsc_rows_text(rows, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* Of x of a and y of b, each or neither NULL. */
static int
add_tensor(const gsc_comparison *c, const gsc_tensor *x, const gsc_tensor *y,
           gsc_rows *rows)
{
    int status = 0;
    const gsc_tensor *any = x ? x : y;
    const gsc_loaded_model *b = c->b.loaded;
    gsc_difference plain = {0}, matched = {0};
    bool same_shape = x && y && gsc_shape_equal(x->shape, y->shape);
    size_t n = gsc_shape_count(any->shape);
    if (same_shape)
        gsc_difference_add(&plain, x->data, y->data, n,
                           gsc_compare_tolerance(c->options));
    else
        plain.num_different = n;
    if (same_shape && c->permuted)
        gsc_difference_add(&matched, x->data,
                           c->permuted + ((double *)y->data - b->weights), n,
                           gsc_compare_tolerance(c->options));
    double none = same_shape ? 0 : NAN, unmatched = same_shape && c->permuted ? 0 : NAN;
    GSC_TRY(gsc_comparison_add_identifiers(c, rows));
    GSC_TRY(gsc_rows_text(rows, any->name));
    GSC_TRY(add_shape(rows, x));
    GSC_TRY(add_shape(rows, y));
    GSC_TRY(gsc_rows_bool(rows, plain.num_different == 0));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)plain.num_different));
    GSC_TRY(gsc_rows_real(rows, none + plain.max));
    GSC_TRY(gsc_rows_real(rows, none + plain.max_relative));
    GSC_TRY(gsc_rows_real(rows, none + gsc_difference_distance(&plain)));
    GSC_TRY(gsc_rows_real(rows, none + gsc_difference_cosine(&plain)));
    GSC_TRY(gsc_rows_real(rows, unmatched + matched.max));
    GSC_TRY(gsc_rows_real(rows, unmatched + gsc_difference_distance(&matched)));
    GSC_TRY(gsc_rows_real(rows, unmatched + gsc_difference_cosine(&matched)));
out:
    return status;
}

int
gsc_compare_fill_tensors(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_comparison c = {.a = NULL};
    GSC_TRY(gsc_comparison_init(&c, request, GSC_COMPARE_TENSOR));
    const gsc_loaded_model *a = c.a->loaded, *b = request->loaded;
    for (size_t i = 0; i < a->num_tensors; i++)
        GSC_TRY(add_tensor(&c, &a->tensors[i],
                           gsc_loaded_model_tensor(b, a->tensors[i].name), rows));
    for (size_t i = 0; i < b->num_tensors; i++)
        if (!gsc_loaded_model_tensor(a, b->tensors[i].name))
            GSC_TRY(add_tensor(&c, NULL, &b->tensors[i], rows));
out:
    gsc_comparison_free(&c);
    return status;
}

/* ---- One row for each point of the line ---- */

const gsc_column gsc_compare_barrier_columns[GSC_COMPARE_BARRIER_COLUMNS] = {
    GSC_COMPARE_IDENTIFIERS,
    {"alpha", GSC_CELL_REAL, true,
     "point of the line: the weights are (1 - alpha) a + alpha b", false},
    REAL("loss", "loss of all questions: pairs, or examples"),
    REAL("test_loss", "loss of the questions that neither was trained on"),
    REAL("loss_matched", "loss with the neurons of b in the order of those of a"),
    REAL("test_loss_matched", "test_loss with that order"),
};

int
gsc_compare_fill_barrier(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_comparison c = {.a = NULL};
    gsc_lines l = {.num_points = 0};
    const gsc_compare_options *o = request->options;
    if (o->barrier_points == 0)
        return gsc_fail(GSC_EARGUMENT, "barrier_points: 0 leaves no rows");
    GSC_TRY(gsc_comparison_init(&c, request, GSC_COMPARE_BARRIER));
    GSC_TRY(gsc_comparison_lines(&c, &l));
    if (l.num_points == 0)
        GSC_TRY(gsc_comparison_refuse(&c, "weights on a line"));
    for (size_t i = 0; i < l.num_points; i++) {
        GSC_TRY(gsc_comparison_add_identifiers(&c, rows));
        GSC_TRY(gsc_rows_real(rows, (double)i / (double)(l.num_points - 1)));
        GSC_TRY(gsc_rows_real(rows, l.loss[i]));
        GSC_TRY(gsc_rows_real(rows, l.test_loss[i]));
        GSC_TRY(gsc_rows_real(rows, l.matched[i]));
        GSC_TRY(gsc_rows_real(rows, l.test_matched[i]));
    }
out:
    gsc_comparison_free_lines(&l);
    gsc_comparison_free(&c);
    return status;
}

/* ---- One row for each neuron ---- */

const gsc_column gsc_compare_neuron_columns[GSC_COMPARE_NEURON_COLUMNS] = {
    GSC_COMPARE_IDENTIFIERS,
    {"neuron_a", GSC_CELL_INTEGER, true, "number of the neuron, from 0", false},
    INTEGER("neuron_b", "neuron that it is matched with; -1: none is left"),
    REAL("correlation",
         "correlation of their activations over all questions; nan: both are "
         "constant"),
    INTEGER("frequency_a", "frequency that explains most of its variance; 0: none"),
    INTEGER("frequency_b", "the same of b's"),
    REAL("fve_a", "share of the variance that this frequency explains"),
    REAL("fve_b", "the same of b's"),
};

static int
add_neuron_frequency(gsc_rows *rows, const gsc_compared_features *features,
                     size_t neuron)
{
    bool known = features->frequency && neuron != GSC_UNASSIGNED;
    return gsc_rows_integer(rows, known ? (int64_t)features->frequency[neuron] : 0);
}

static int
add_fve(gsc_rows *rows, const gsc_compared_features *features, size_t neuron)
{
    bool known = features->frequency && neuron != GSC_UNASSIGNED;
    return gsc_rows_real(rows, known ? features->fve[neuron] : (double)NAN);
}

int
gsc_compare_fill_neurons(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_comparison c = {.a = NULL};
    GSC_TRY(gsc_comparison_init(&c, request, GSC_COMPARE_NEURON));
    if (!c.matched)
        GSC_TRY(gsc_comparison_refuse(&c, "neurons"));
    for (size_t i = 0; i < c.matching.num_a; i++) {
        size_t j = c.matching.of_a[i];
        GSC_TRY(gsc_comparison_add_identifiers(&c, rows));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)i));
        GSC_TRY(gsc_rows_integer(rows, j == GSC_UNASSIGNED ? -1 : (int64_t)j));
        GSC_TRY(gsc_rows_real(rows, c.matching.correlation[i]));
        GSC_TRY(add_neuron_frequency(rows, c.a, i));
        GSC_TRY(add_neuron_frequency(rows, &c.b, j));
        GSC_TRY(add_fve(rows, c.a, i));
        GSC_TRY(add_fve(rows, &c.b, j));
    }
out:
    gsc_comparison_free(&c);
    return status;
}
