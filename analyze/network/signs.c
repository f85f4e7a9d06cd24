/* A network of bits as a function of signs. */
#include "analyze/network/signs.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/model/mlp.h"
#include "train/task/parity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
read_facet(gsc_signs *s, const gsc_loaded_model *loaded)
{
    int status = 0;
    int64_t n;
    const void *relevant;
    const gsc_facet *facet = gsc_facets_find(&loaded->checkpoint.facets, GSC_BITS);
    GSC_TRY(gsc_loaded_model_need(loaded, GSC_BITS));
    GSC_TRY(gsc_facet_integer(facet, "n", 1, UINT16_MAX, &n));
    GSC_TRY(gsc_facet_array(facet, "relevant", GSC_FACET_INDEX, (gsc_shape){1, {0}},
                            &relevant));
    s->n = (size_t)n;
    s->k = gsc_facet_find(facet, "relevant")->shape.dims[0];
    s->relevant = relevant;
    GSC_NEW(s->in_set, s->n);
    for (size_t j = 0; j < s->k; j++) {
        if (s->relevant[j] >= s->n)
            return gsc_fail(GSC_EFORMAT, "/facets/bits/relevant: %u, of %zu bits",
                            (unsigned)s->relevant[j], s->n);
        s->in_set[s->relevant[j]] = 1;
    }
out:
    return status;
}

static bool
is_minus(const gsc_signs *s, size_t input, size_t bit)
{
    if (s->all)
        return input >> bit & 1;
    uint64_t words = (s->n + 63) / 64, stream = gsc_rng_stream("walsh:sample");
    return gsc_rng_bits(0, stream, input * words + bit / 64) >> bit % 64 & 1;
}

int
gsc_signs_init(gsc_signs *s, const gsc_loaded_model *loaded, size_t most)
{
    int status = 0;
    *s = (gsc_signs){.n = 0};
    GSC_TRY(read_facet(s, loaded));
    s->all = s->n <= most && s->n <= GSC_MOST_SIGNS;
    s->num_inputs = s->all ? (size_t)1 << s->n : GSC_SIGN_SAMPLE;
    GSC_NEW(s->minus, s->num_inputs * s->n);
    GSC_NEW(s->parity, s->num_inputs);
    for (size_t x = 0; x < s->num_inputs; x++) {
        s->parity[x] = 1;
        for (size_t b = 0; b < s->n; b++) {
            s->minus[x * s->n + b] = is_minus(s, x, b);
            if (s->in_set[b] && s->minus[x * s->n + b])
                s->parity[x] = -s->parity[x];
        }
    }
out:
    if (status < 0)
        gsc_signs_free(s);
    return status;
}

void
gsc_signs_free(gsc_signs *s)
{
    free(s->in_set);
    free(s->minus);
    free(s->parity);
    *s = (gsc_signs){.n = 0};
}

const gsc_tensor *
gsc_signs_layer(const gsc_loaded_model *loaded, size_t n)
{
    const gsc_tensor *W = gsc_loaded_model_tensor(loaded, "linear1.W");
    return W && W->shape.rank == 2 && W->shape.dims[0] == n ? W : NULL;
}

/* ---- The network ---- */

/* The bits as the task gives them: numbers, or tokens before the one that asks. */
static int
write_tokens(const gsc_signs *s, uint8_t **tokens)
{
    int status = 0;
    uint8_t *at;
    GSC_NEW(*tokens, s->num_inputs * (s->n + 1));
    at = *tokens;
    for (size_t x = 0; x < s->num_inputs; x++, at += s->n + 1) {
        for (size_t b = 0; b < s->n; b++)
            at[b] = !s->minus[x * s->n + b];
        at[s->n] = 2;
    }
out:
    return status;
}

/* y [num_inputs, width] becomes one number an input. */
static void
take_scores(const double *y, size_t width, size_t count, double *score)
{
    for (size_t x = 0; x < count; x++)
        score[x] = width == 1 ? y[x] : y[x * width + 1] - y[x * width];
}

int
gsc_signs_score(const gsc_signs *s, const gsc_loaded_model *loaded,
                gsc_threads *threads, double *score)
{
    int status = 0;
    const gsc_model *model = &loaded->model;
    gsc_engine *engine = NULL;
    uint8_t *tokens = NULL;
    double *y = NULL;
    size_t width = gsc_graph_shape(model->graph, model->logits).dims[1];
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .taps = &model->logits,
                                  .num_taps = 1,
                                  .num_examples = s->num_inputs,
                                  .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(write_tokens(s, &tokens));
    GSC_NEW(y, s->num_inputs * width);
    gsc_field fields[] = {{.name = "x",
                           .type = GSC_FIELD_UINT8,
                           .shape = {1, {s->n}},
                           .scale = -2,
                           .offset = 1,
                           .data = s->minus},
                          {.name = GSC_TOKENS,
                           .type = GSC_FIELD_UINT8,
                           .shape = {1, {s->n + 1}},
                           .num_values = 3,
                           .scale = 1,
                           .data = tokens}};
    gsc_batch batch = {
        .fields = fields, .num_fields = 2, .num_examples = s->num_inputs};
    void *taps[] = {y};
    GSC_TRY(gsc_engine_open(&engine, model->graph, &options));
    GSC_TRY(gsc_engine_run(engine, threads, loaded->weights, &batch, taps, NULL));
    take_scores(y, width, s->num_inputs, score);
out:
    gsc_engine_close(engine);
    free(tokens);
    free(y);
    return status;
}

/* ---- A neuron of the first layer ---- */

static double
slope_of(int64_t act_fn, double z)
{
    switch (act_fn) {
    case GSC_ACT_RELU:
        return z > 0;
    case GSC_ACT_IDENTITY:
        return 1;
    case GSC_ACT_LEAKY_RELU:
        return z > 0 ? 1 : 0.2;
    case GSC_ACT_SQUARE:
        return 2 * z;
    case GSC_ACT_CUBE:
        return 3 * z * z;
    case GSC_ACT_QUARTIC:
        return 4 * z * z * z;
    case GSC_ACT_TANH:
        return 1 - tanh(z) * tanh(z);
    default:
        return (double)NAN;
    }
}

void
gsc_signs_slope(const gsc_signs *s, const gsc_loaded_model *loaded, size_t neuron,
                double *slope)
{
    bool known = loaded->model.architecture == &gsc_architecture_mlp;
    const gsc_tensor *W = gsc_signs_layer(loaded, s->n);
    const gsc_tensor *bias = gsc_loaded_model_tensor(loaded, "linear1.b");
    for (size_t x = 0; x < s->num_inputs; x++)
        slope[x] = (double)NAN;
    if (!known || !W)
        return;
    const gsc_mlp_options *o = (const void *)loaded->config.model.room.values;
    size_t width = W->shape.dims[1];
    const double *w = (const double *)W->data + neuron;
    for (size_t x = 0; x < s->num_inputs; x++) {
        const uint8_t *minus = s->minus + x * s->n;
        double z = bias ? ((const double *)bias->data)[neuron] : 0;
        for (size_t b = 0; b < s->n; b++)
            z += minus[b] ? -w[b * width] : w[b * width];
        slope[x] = slope_of(o->act_fn, z);
    }
}
