/* A task: y = sin(3 x0) x1 at random points of the square [-1, 1]^2.
 *
 * A task is a table of options and a function that makes a dataset of them: fields, of
 * which every example has its part, splits, and a target, which says what is learned.
 */
#include "parts.h"

#include <grokscope/error.h>
#include <grokscope/rng.h>

#include <math.h>

typedef struct wave_options {
    int64_t examples, data_seed;
} wave_options;

static const gsc_option wave_rows[] = {
    GSC_ROW_INTEGER(wave_options, examples, "400", 2, 1e6, "points, half to train on"),
    GSC_ROW_INTEGER(wave_options, data_seed, "0", 0, 0x1p53, "seed of the points"),
};

static int
make_wave(void *options, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const wave_options *o = options;
    uint64_t seed = (uint64_t)o->data_seed, stream = gsc_rng_stream("wave");
    const gsc_shape two = {1, {2}}, one = {1, {1}};
    void *data[2];
    (void)facets; /* facts that measures ask for: this task has none */
    dataset->num_examples = (size_t)o->examples;
    GSC_TRY(gsc_dataset_add_field(dataset, "x", GSC_FIELD_FLOAT64, two, 0, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "y", GSC_FIELD_FLOAT64, one, 0, &data[1]));
    double *x = data[0], *y = data[1];
    for (size_t i = 0; i < dataset->num_examples; i++) {
        for (size_t k = 2 * i; k < 2 * i + 2; k++)
            x[k] = 2 * gsc_rng_uniform(seed, stream, k) - 1;
        y[i] = sin(3 * x[2 * i]) * x[2 * i + 1];
    }
    GSC_TRY(gsc_dataset_add_first(dataset, "train", dataset->num_examples / 2));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    gsc_dataset_add_target(dataset, "answer", "y", "log_cosh");
out:
    return status;
}

const gsc_task wave = {.name = "wave",
                       .purpose = "a wave on the square",
                       .options = wave_rows,
                       .num_options = COUNT(wave_rows),
                       .size = sizeof(wave_options),
                       .make = make_wave};
