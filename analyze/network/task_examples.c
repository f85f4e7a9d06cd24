/* Examples of every task of a network that has many. */
#include "analyze/network/task_examples.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/task/multitask_parity.h"

#include <stdlib.h>
#include <string.h>

enum { NUM_FIELDS = 3 };

static int
read_facet(gsc_task_examples *e, const gsc_loaded_model *loaded)
{
    int status = 0;
    int64_t n;
    const void *frequency, *bits;
    GSC_TRY(gsc_loaded_model_need(loaded, GSC_QUANTA));
    const gsc_facet *facet = gsc_facets_find(&loaded->checkpoint.facets, GSC_QUANTA);
    GSC_TRY(gsc_facet_integer(facet, "n", 1, UINT16_MAX, &n));
    GSC_TRY(gsc_facet_array(facet, "frequency", GSC_FACET_REAL, (gsc_shape){1, {0}},
                            &frequency));
    e->tasks = gsc_facet_find(facet, "frequency")->shape.dims[0];
    GSC_TRY(gsc_facet_array(facet, "bits", GSC_FACET_INDEX,
                            (gsc_shape){2, {e->tasks, 0}}, &bits));
    e->n = (size_t)n;
    e->k = gsc_facet_find(facet, "bits")->shape.dims[1];
    e->frequency = frequency;
    e->bits = bits;
    for (size_t i = 0; i < e->tasks * e->k; i++)
        if (e->bits[i] >= e->n)
            return gsc_fail(GSC_EFORMAT, "/facets/quanta/bits: %u, of %zu bits",
                            (unsigned)e->bits[i], e->n);
out:
    return status;
}

static void
write_example(gsc_task_examples *e, size_t example, size_t task)
{
    uint8_t *x = e->x + example * (e->tasks + e->n), *bits = x + e->tasks;
    uint64_t stream = gsc_rng_stream("task_examples");
    x[task] = 1;
    for (size_t b = 0; b < e->n; b++)
        bits[b] = gsc_rng_bits(0, stream, example * e->n + b) & 1;
    for (size_t j = 0; j < e->k; j++)
        e->y[example] ^= bits[e->bits[task * e->k + j]];
    e->task[example] = (uint16_t)task;
}

int
gsc_task_examples_init(gsc_task_examples *e, const gsc_loaded_model *loaded,
                       size_t each)
{
    int status = 0;
    *e = (gsc_task_examples){.each = each};
    GSC_TRY(read_facet(e, loaded));
    size_t count = e->tasks * each;
    GSC_NEW(e->x, count * (e->tasks + e->n));
    GSC_NEW(e->y, count);
    GSC_NEW(e->task, count);
    for (size_t i = 0; i < count; i++)
        write_example(e, i, i / each);
out:
    if (status < 0)
        gsc_task_examples_free(e);
    return status;
}

void
gsc_task_examples_free(gsc_task_examples *e)
{
    free(e->x);
    free(e->y);
    free(e->task);
    *e = (gsc_task_examples){.tasks = 0};
}

/* ---- The network on them ---- */

static gsc_batch
make_batch(const gsc_task_examples *e, gsc_field fields[NUM_FIELDS])
{
    fields[0] = (gsc_field){.name = "x",
                            .type = GSC_FIELD_UINT8,
                            .shape = {1, {e->tasks + e->n}},
                            .scale = 1,
                            .data = e->x};
    fields[1] = (gsc_field){.name = "y",
                            .type = GSC_FIELD_UINT8,
                            .shape = {1, {1}},
                            .num_values = 2,
                            .scale = 1,
                            .data = e->y};
    fields[2] = gsc_field_of_indices("task", e->task, 1, e->tasks);
    return (gsc_batch){
        .fields = fields, .num_fields = NUM_FIELDS, .num_examples = e->tasks * e->each};
}

static int
open_engine(const gsc_loaded_model *loaded, const gsc_root *loss, bool gradients,
            size_t num_examples, gsc_engine **engine)
{
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = loss,
                                  .num_roots = 1,
                                  .gradients = gradients,
                                  .num_examples = num_examples,
                                  .rewrites = GSC_REWRITE_ALL};
    return gsc_engine_open(engine, loaded->model.graph, &options);
}

int
gsc_task_examples_score(const gsc_task_examples *e, const gsc_loaded_model *loaded,
                        gsc_threads *threads, double *loss, double *accuracy)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_field fields[NUM_FIELDS];
    gsc_batch batch = make_batch(e, fields);
    gsc_root root = {loaded->model.outputs[0].loss, 1};
    GSC_NEW(batch.losses, batch.num_examples);
    GSC_NEW(batch.right, batch.num_examples);
    GSC_TRY(open_engine(loaded, &root, false, batch.num_examples, &engine));
    GSC_TRY(gsc_engine_run(engine, threads, loaded->weights, &batch, NULL, NULL));
    memset(loss, 0, e->tasks * sizeof *loss);
    memset(accuracy, 0, e->tasks * sizeof *accuracy);
    for (size_t i = 0; i < batch.num_examples; i++) {
        loss[e->task[i]] += batch.losses[i] / (double)e->each;
        accuracy[e->task[i]] += batch.right[i] / (double)e->each;
    }
out:
    gsc_engine_close(engine);
    free(batch.losses);
    free(batch.right);
    return status;
}

int
gsc_task_examples_gradients(const gsc_task_examples *e, const gsc_loaded_model *loaded,
                            const uint32_t *chosen, size_t count, gsc_matrix *gradients)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_field fields[NUM_FIELDS];
    gsc_batch batch = make_batch(e, fields);
    gsc_root root = {loaded->model.outputs[0].loss, 1};
    size_t width = loaded->num_weights;
    *gradients = (gsc_matrix){.data = NULL};
    if (width > 0 && count > ((size_t)1 << 28) / width)
        return gsc_fail(GSC_EARGUMENT,
                        "gradients of %zu examples by %zu weights take more than 2 "
                        "GiB; ask for fewer examples",
                        count, width);
    GSC_TRY(gsc_matrix_init(gradients, count, width));
    GSC_TRY(open_engine(loaded, &root, true, 1, &engine));
    batch.num_examples = 1;
    for (size_t i = 0; i < count; i++) {
        batch.examples = &chosen[i];
        GSC_TRY(gsc_engine_run(engine, NULL, loaded->weights, &batch, NULL, NULL));
        memcpy(gradients->data + i * width, gsc_engine_gradient(engine),
               width * sizeof *gradients->data);
    }
out:
    gsc_engine_close(engine);
    if (status < 0)
        gsc_matrix_free(gradients);
    return status;
}
