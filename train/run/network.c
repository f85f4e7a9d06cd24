/* What a configuration stands for. */
#include "grokscope/network.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>

int
gsc_network_init(gsc_network *n, const gsc_config *config)
{
    int status = 0;
    *n = (gsc_network){.config = *config};
    GSC_TRY(gsc_task_init(&n->task, &n->config.task));
    GSC_TRY(gsc_config_resolve(&n->config, &n->task));
    GSC_TRY(gsc_model_init(&n->model, &n->config.model));
    GSC_TRY(gsc_task_targets(&n->task, (size_t)n->config.model.answer_position,
                             n->model.first_loss_position, n->model.num_loss_positions,
                             &n->targets));
    GSC_NEW(n->constant, n->task.n_ctx);
    gsc_task_constant_tokens(&n->task, n->constant);
    n->fields[0] = gsc_field_of_indices(GSC_TOKENS, n->task.inputs, n->task.n_ctx,
                                        n->task.d_vocab);
    n->fields[1] =
        gsc_field_of_indices(GSC_TARGET, n->targets, n->model.num_loss_positions,
                             (size_t)n->config.model.d_vocab_out);
    n->root = (gsc_root){n->model.loss, 1};
    n->constants = (gsc_constant_field){GSC_TOKENS, n->constant};
out:
    if (status < 0)
        gsc_network_free(n);
    return status;
}

void
gsc_network_free(gsc_network *n)
{
    gsc_model_free(&n->model);
    gsc_task_free(&n->task);
    free(n->targets);
    free(n->constant);
    n->targets = NULL;
    n->constant = NULL;
}

int
gsc_network_options(const gsc_network *n, bool gradients, size_t num_examples,
                    gsc_engine_options *options)
{
    *options = (gsc_engine_options){.type = (gsc_type)n->config.run.dtype,
                                    .roots = &n->root,
                                    .num_roots = 1,
                                    .gradients = gradients,
                                    .num_examples = num_examples,
                                    .constants = &n->constants,
                                    .num_constants = 1};
    return gsc_rewrites_from_text(n->config.run.rewrite, &options->rewrites);
}

int
gsc_network_engine(const gsc_network *n, bool gradients, size_t num_examples,
                   gsc_engine **engine)
{
    gsc_engine_options options;
    int status = gsc_network_options(n, gradients, num_examples, &options);
    return status < 0 ? status : gsc_engine_open(engine, n->model.graph, &options);
}

gsc_batch
gsc_network_batch(const gsc_network *n, const uint32_t *examples, size_t num_examples)
{
    return (gsc_batch){.fields = n->fields,
                       .num_fields = 2,
                       .examples = examples,
                       .num_examples = num_examples};
}

/* ---- The order ---- */

typedef struct place {
    uint64_t block; /* row and column of the block */
    uint32_t example;
} place;

static int
compare(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

/* The first position from `at` on that is not the same for all, or n_ctx. */
static size_t
next_varying(const gsc_network *n, size_t at)
{
    while (at < n->task.n_ctx && n->constant[at] >= 0)
        at++;
    return at;
}

int
gsc_network_order(const gsc_network *n, uint32_t *examples, size_t count)
{
    int status = 0;
    place *places = NULL;
    size_t row = next_varying(n, 0), column = next_varying(n, row + 1);
    double tokens = (double)n->task.d_vocab;
    if (column >= n->task.n_ctx || count == 0)
        return 0;
    /* of a block with the examples of one tile */
    uint64_t edge = (uint64_t)ceil(sqrt(GSC_TILE * tokens * tokens / (double)count));
    GSC_NEW(places, count);
    for (size_t i = 0; i < count; i++) {
        const uint16_t *input = n->task.inputs + examples[i] * n->task.n_ctx;
        places[i].example = examples[i];
        places[i].block = (uint64_t)(input[row] / edge) << 32 | input[column] / edge;
    }
    qsort(places, count, sizeof *places, compare);
    for (size_t i = 0; i < count; i++)
        examples[i] = places[i].example;
out:
    free(places);
    return status;
}
