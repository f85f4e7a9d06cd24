/* A network that adds. */
#include "analyze/network/pairs/embedding_patch.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/pairs/pair_outputs.h"

#include <stdlib.h>
#include <string.h>

static int
check_sum(const gsc_grid *grid, const gsc_loaded_model *loaded)
{
    gsc_direction direction;
    if (gsc_grid_direction(grid, loaded, &direction) == 0 && direction == GSC_SUM)
        return 0;
    return gsc_fail(
        GSC_EARGUMENT,
        "the operation is %s: found no sum, expected a + b, or a b modulo a prime; "
        "grokscope-fourier and grokscope-rqi take others",
        loaded->pairs.formula);
}

static int
find_tables(gsc_embedding_patch *patch)
{
    static const gsc_view views[GSC_MOST_EMBEDDINGS] = {GSC_VIEW_EMBEDDING,
                                                        GSC_VIEW_EMBEDDING_RIGHT};
    int status = 0;
    const gsc_model *model = &patch->loaded->model;
    for (size_t i = 0; i < GSC_MOST_EMBEDDINGS; i++) {
        if (model->views[views[i]] == GSC_NO_NODE)
            continue;
        const gsc_parameter *parameter =
            gsc_graph_parameter_of(model->graph, model->views[views[i]]);
        if (!parameter)
            return gsc_fail(GSC_EARGUMENT, "this model computes its %s",
                            gsc_view_names[views[i]]);
        patch->parameters[patch->num_embeddings] = parameter;
        GSC_TRY(gsc_loaded_model_view(patch->loaded, views[i], patch->grid->order,
                                      &patch->embeddings[patch->num_embeddings++]));
    }
out:
    return status;
}

int
gsc_embedding_patch_open(gsc_embedding_patch *patch, const gsc_loaded_model *loaded,
                         gsc_threads *threads)
{
    int status = 0;
    gsc_pair_outputs *outputs;
    *patch = (gsc_embedding_patch){.loaded = loaded, .threads = threads};
    GSC_TRY(gsc_pair_outputs_of(loaded, loaded->pairs.order, false, threads, &outputs));
    patch->grid = &outputs->grid;
    patch->logits = outputs->logits;
    GSC_TRY(check_sum(patch->grid, loaded));
    GSC_TRY(find_tables(patch));
    GSC_TRY(gsc_evaluator_open_blocks(&patch->evaluator, loaded, patch->grid, false,
                                      GSC_EVALUATOR_BLOCK));
    GSC_NEW(patch->weights, loaded->num_weights);
out:
    if (status < 0)
        gsc_embedding_patch_close(patch);
    return status;
}

void
gsc_embedding_patch_close(gsc_embedding_patch *patch)
{
    gsc_evaluator_close(&patch->evaluator);
    for (size_t i = 0; i < GSC_MOST_EMBEDDINGS; i++)
        gsc_matrix_free(&patch->embeddings[i]);
    free(patch->weights);
    *patch = (gsc_embedding_patch){.loaded = NULL};
}

/* Put rows in the place of those of the operands' tokens. */
static void
replace_rows(gsc_embedding_patch *patch, const gsc_parameter *parameter,
             const gsc_matrix *rows)
{
    const uint16_t *tokens = patch->loaded->pairs.operands;
    double *table = patch->weights + parameter->offset;
    for (size_t i = 0; i < rows->rows; i++)
        memcpy(table + tokens[patch->grid->residues[i]] * rows->cols,
               rows->data + i * rows->cols, rows->cols * sizeof *table);
}

int
gsc_embedding_patch_run(gsc_embedding_patch *patch, const gsc_matrix *embeddings,
                        double *logits)
{
    const gsc_loaded_model *loaded = patch->loaded;
    memcpy(patch->weights, loaded->weights,
           loaded->num_weights * sizeof *patch->weights);
    for (size_t i = 0; i < patch->num_embeddings; i++)
        replace_rows(patch, patch->parameters[i], &embeddings[i]);
    return gsc_evaluator_run(&patch->evaluator, patch->weights, patch->threads, logits,
                             NULL);
}
