/* A quadratic function of one direction (Kumar et al., arXiv 2310.06110, section 4):
 *
 *     y = (beta . x)^2 / 2,   x ~ N(0, 1/d_in),   |beta|^2 = d_in
 *
 * so that beta . x is a standard normal number. The direction of beta is random. */
#include "train/task/single_index.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/task/teacher_student.h"

#include <math.h>
#include <stdlib.h>

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_single_index, d_in, "50", 1, 65535, "Numbers in an example."),
    GSC_ROW_INTEGER(gsc_single_index, train_samples, "200", 1, 1e7,
                    "Examples to train on."),
    GSC_ROW_INTEGER(gsc_single_index, test_samples, "1000", 1, 1e7,
                    "Examples to test on."),
    GSC_ROW_REAL(gsc_single_index, tolerance, "0.01", 0, 1e9,
                 "An answer is right where its squared error is below this."),
    GSC_ROW_INTEGER(gsc_single_index, data_seed, "0", 0, 0x1p53,
                    "Seed of the direction and of the examples."),
};

static int
draw_direction(const gsc_single_index *o, double **beta)
{
    int status = 0;
    size_t d = (size_t)o->d_in;
    double squares = 0;
    GSC_NEW(*beta, d);
    for (size_t i = 0; i < d; i++) {
        (*beta)[i] = gsc_rng_normal((uint64_t)o->data_seed,
                                    gsc_rng_stream("single_index:beta"), i);
        squares += (*beta)[i] * (*beta)[i];
    }
    for (size_t i = 0; i < d; i++)
        (*beta)[i] *= sqrt((double)d / squares);
out:
    return status;
}

static int
add_examples(gsc_dataset *dataset, const gsc_single_index *o, const double *beta)
{
    int status = 0;
    void *data[2];
    size_t d = (size_t)o->d_in;
    uint64_t stream = gsc_rng_stream("single_index:x");
    GSC_TRY(gsc_dataset_add_field(dataset, "x", GSC_FIELD_FLOAT64, (gsc_shape){1, {d}},
                                  0, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "y", GSC_FIELD_FLOAT64, (gsc_shape){1, {1}},
                                  0, &data[1]));
    double *x = data[0], *y = data[1];
    for (size_t e = 0; e < dataset->num_examples; e++) {
        double along = 0;
        for (size_t i = 0; i < d; i++) {
            x[e * d + i] = gsc_rng_normal((uint64_t)o->data_seed, stream, e * d + i) /
                           sqrt((double)d);
            along += beta[i] * x[e * d + i];
        }
        y[e] = along * along / 2;
    }
out:
    return status;
}

static int
add_facets(const gsc_single_index *o, const double *beta, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    GSC_TRY(gsc_facets_add(facets, GSC_REGRESSION, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "d_in", o->d_in));
    GSC_TRY(gsc_facet_add_integer(facet, "d_out", 1));
    GSC_TRY(gsc_facets_add(facets, GSC_SINGLE_INDEX, &facet));
    GSC_TRY(gsc_facet_add_array(facet, "beta", GSC_FACET_REAL,
                                (gsc_shape){1, {(size_t)o->d_in}}, beta));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_single_index *o = values;
    double *beta = NULL;
    dataset->num_examples = (size_t)(o->train_samples + o->test_samples);
    GSC_TRY(draw_direction(o, &beta));
    GSC_TRY(add_examples(dataset, o, beta));
    GSC_TRY(gsc_dataset_add_first(dataset, "train", (size_t)o->train_samples));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    gsc_dataset_add_target(dataset, "answer", "y", "squared_error")->tolerance =
        o->tolerance;
    GSC_TRY(add_facets(o, beta, facets));
out:
    free(beta);
    return status;
}

const gsc_task gsc_task_single_index = {"single_index",
                                        "a square of one direction",
                                        rows,
                                        sizeof rows / sizeof *rows,
                                        sizeof(gsc_single_index),
                                        make};
