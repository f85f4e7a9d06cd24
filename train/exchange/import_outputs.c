/* What a network of any architecture said, as a network of tables. */
#include "train/exchange/import.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/external_config.h"
#include "train/model/outputs.h"
#include "train/task/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
check_task(gsc_config *config)
{
    if (!gsc_import_is_of_pairs(config))
        return gsc_fail(GSC_EARGUMENT,
                        "task: outputs are of pairs, expected binary_operation");
    gsc_binary_operation *t = gsc_import_task(config);
    const char *missing = *t->operation == '\0'                       ? "operation"
                          : t->p < 0 && !*t->group && !*t->group_file ? "p"
                                                                      : NULL;
    if (missing)
        return gsc_fail(
            GSC_EARGUMENT,
            "%s: outputs do not tell what they answer; give it as an option", missing);
    if (strchr(t->operation, ','))
        return gsc_fail(GSC_EARGUMENT,
                        "operation: outputs are of one table of pairs; import those of "
                        "each operation by themselves");
    if (!*t->layout)
        snprintf(t->layout, sizeof t->layout, "a b");
    if (t->p < 0)
        t->p = 2; /* of no account for a group */
    return 0;
}

/* Rows of the array in the order of the pairs; those that the task does not have are
 * zeros. */
static int
take_rows(const gsc_import *im, const gsc_binary_table *pairs, gsc_tensor *t,
          const char *name)
{
    int status = 0;
    char *rows = NULL;
    const gsc_dataset *dataset = &im->network.dataset;
    const uint16_t *tokens = gsc_dataset_find(dataset, GSC_TOKENS)->data;
    size_t all = pairs->n * pairs->n, count = dataset->num_examples;
    if (t->shape.rank != 2 || (t->shape.dims[0] != count && t->shape.dims[0] != all))
        return gsc_fail(GSC_EFORMAT,
                        "%s: expected a row for each of the %zu pairs (a, b), a first, "
                        "and a column for each number; found %zu rows",
                        name, all, t->shape.rank > 0 ? t->shape.dims[0] : 0);
    if (t->shape.dims[0] == all)
        return 0;
    size_t stride = t->shape.dims[1] * gsc_type_size(t->type);
    GSC_NEW(rows, all * stride);
    for (size_t i = 0; i < count; i++)
        memcpy(rows + gsc_pair_number(pairs, tokens + i * pairs->n_ctx) * stride,
               (char *)t->data + i * stride, stride);
    free(t->data);
    t->data = rows;
    t->shape.dims[0] = all;
out:
    return status;
}

static void
name_tensor(gsc_import *im, gsc_tensor *t, const char *name, const char *axes)
{
    snprintf(t->name, sizeof t->name, "%s", name);
    snprintf(t->axes, sizeof t->axes, "%s", axes);
    t->trained = false;
    im->tensors[im->num_tensors++] = *t;
    t->data = NULL;
}

static int
check_widths(const gsc_import *im, const gsc_binary_table *pairs,
             const gsc_tensor *logits, gsc_tensor *embedding)
{
    size_t width,
        tokens = gsc_dataset_find(&im->network.dataset, GSC_TOKENS)->num_values;
    int status = gsc_model_width(&im->network.dataset, &width);
    if (status < 0)
        return status;
    if (logits->shape.dims[1] != width)
        return gsc_fail(
            GSC_EFORMAT,
            "logits: found %zu outputs, expected %zu; leave out the columns "
            "that are no answers",
            logits->shape.dims[1], width);
    if (!embedding->data)
        return 0;
    if (embedding->shape.rank != 2 || embedding->shape.dims[0] < tokens)
        return gsc_fail(GSC_EFORMAT,
                        "embedding: expected a row for each of the %zu elements",
                        pairs->n);
    embedding->shape.dims[0] = tokens; /* what comes after is no operand */
    return 0;
}

static int
take_all(gsc_import *im, gsc_tensor *logits, gsc_tensor *neurons, gsc_tensor *embedding)
{
    int status = 0;
    bool found;
    gsc_binary_table pairs;
    GSC_TRY(gsc_binary_table_read(&im->network.facets, &pairs, &found));
    GSC_TRY(take_rows(im, &pairs, logits, "logits"));
    if (neurons->data)
        GSC_TRY(take_rows(im, &pairs, neurons, "neurons"));
    GSC_TRY(check_widths(im, &pairs, logits, embedding));
    GSC_NEW(im->tensors, 3);
    name_tensor(im, logits, "logits", "pair output");
    if (neurons->data)
        name_tensor(im, neurons, "neurons", "pair neuron");
    if (embedding->data)
        name_tensor(im, embedding, "embedding", "token d_embed");
out:
    return status;
}

int
gsc_import_outputs_init(gsc_import *im, gsc_tensor *logits, gsc_tensor *neurons,
                        gsc_tensor *embedding, const gsc_config *known)
{
    int status = 0;
    *im = (gsc_import){.config = *known, .named = {.naming = GSC_NUM_NAMINGS}};
    gsc_import_choose(&im->config, &gsc_architecture_outputs);
    gsc_outputs_model *o = (gsc_outputs_model *)(void *)im->config.model.room.values;
    *o = (gsc_outputs_model){.d_embed = embedding->data && embedding->shape.rank == 2
                                            ? (int64_t)embedding->shape.dims[1]
                                            : 0,
                             .n_neurons = neurons->data && neurons->shape.rank == 2
                                              ? (int64_t)neurons->shape.dims[1]
                                              : 0};
    if (logits->type == GSC_FLOAT64)
        im->config.run.dtype = GSC_FLOAT64;
    GSC_TRY(check_task(&im->config));
    GSC_TRY(gsc_import_build(im));
    GSC_TRY(take_all(im, logits, neurons, embedding));
    im->config = im->network.config;
    gsc_import_convert(&im->config, &gsc_import_registry);
out:
    free(logits->data);
    free(neurons->data);
    free(embedding->data);
    if (status < 0)
        gsc_import_free(im);
    return status;
}
