/* All pairs of residues. */
#include "analyze/network/pairs/grid.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* The place of each residue in the order; GSC_NO_ANSWER where it has none. */
static int
find_places(const gsc_grid *grid, size_t n, uint16_t **place_of)
{
    int status = 0;
    GSC_NEW(*place_of, n);
    for (size_t r = 0; r < n; r++)
        (*place_of)[r] = GSC_NO_ANSWER;
    for (size_t i = 0; i < grid->n; i++)
        (*place_of)[grid->residues[i]] = (uint16_t)i;
out:
    return status;
}

/* The tokens of a pair whose answer is c. */
static void
write_pair(const gsc_binary_table *t, size_t a, size_t b, size_t c, uint16_t *input)
{
    memcpy(input, t->input, t->n_ctx * sizeof *input);
    input[t->position_a] = t->operands[a];
    input[t->position_b] = t->operands[b];
    if (t->position_c >= 0)
        input[t->position_c] = t->operands[c];
}

static int
fill_grid(gsc_grid *grid, const gsc_binary_table *t, const uint16_t *place_of)
{
    for (size_t i = 0; i < grid->n; i++)
        for (size_t j = 0; j < grid->n; j++) {
            size_t a = grid->residues[i], b = grid->residues[j];
            size_t at = i * grid->n + j, c = t->table[a * t->n + b];
            if (c == GSC_NO_ANSWER)
                return gsc_fail(GSC_EARGUMENT,
                                "the operation is not defined for the pair (%zu, %zu)",
                                a, b);
            write_pair(t, a, b, c, grid->inputs + at * grid->n_ctx);
            grid->answers[at] = place_of[c];
        }
    return 0;
}

/* The residue of each token, GSC_NO_ANSWER of others. */
static int
find_residues(const gsc_binary_table *t, uint16_t **residue_of)
{
    int status = 0;
    GSC_NEW(*residue_of, (size_t)UINT16_MAX + 1);
    for (size_t i = 0; i <= UINT16_MAX; i++)
        (*residue_of)[i] = GSC_NO_ANSWER;
    for (size_t r = 0; r < t->n; r++)
        (*residue_of)[t->operands[r]] = (uint16_t)r;
out:
    return status;
}

static void
mark_pair(gsc_grid *grid, const gsc_loaded_model *loaded, size_t pair, size_t example)
{
    int32_t label = gsc_loaded_model_label(loaded, example);
    grid->train[pair] = true;
    if (label >= 0)
        grid->labels[pair] = (uint16_t)label;
}

/* Mark the pairs that the checkpoint's split trains on. */
static int
mark_train(gsc_grid *grid, const gsc_loaded_model *loaded, const uint16_t *place_of)
{
    int status = 0;
    uint16_t *residue_of = NULL;
    const gsc_binary_table *t = &loaded->pairs;
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    grid->split_is_known = train && train->count > 0;
    GSC_TRY(find_residues(t, &residue_of));
    for (size_t k = 0; grid->split_is_known && k < train->count; k++) {
        size_t e = train->indices[k];
        if (!gsc_binary_table_has(t, tokens, e))
            continue;
        size_t a = residue_of[(size_t)gsc_field_element(tokens, e, t->position_a)];
        size_t b = residue_of[(size_t)gsc_field_element(tokens, e, t->position_b)];
        if (a == GSC_NO_ANSWER || b == GSC_NO_ANSWER)
            continue;
        size_t i = place_of[a], j = place_of[b];
        if (i == GSC_NO_ANSWER || j == GSC_NO_ANSWER)
            continue;
        mark_pair(grid, loaded, i * grid->n + j, e);
        if (t->unordered)
            mark_pair(grid, loaded, j * grid->n + i, e);
    }
out:
    free(residue_of);
    return status;
}

static void
find_constant(gsc_grid *grid)
{
    for (size_t at = 0; at < grid->n_ctx; at++) {
        grid->constant[at] = grid->inputs[at];
        for (size_t i = 1; i < grid->n * grid->n; i++)
            if (grid->inputs[i * grid->n_ctx + at] != grid->inputs[at])
                grid->constant[at] = -1;
    }
}

/* A file may say anything of its pairs: what is a token has to be one. */
static int
check_tokens(const gsc_loaded_model *loaded)
{
    const gsc_binary_table *t = &loaded->pairs;
    const gsc_field *tokens = gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS);
    if (!tokens || gsc_shape_count(tokens->shape) != t->n_ctx)
        return gsc_fail(GSC_EFORMAT,
                        "/data/tokens: %zu tokens an example, but the pairs have %zu",
                        tokens ? gsc_shape_count(tokens->shape) : 0, t->n_ctx);
    for (size_t r = 0; r < t->n; r++)
        if (t->operands[r] >= tokens->num_values)
            return gsc_fail(GSC_EFORMAT,
                            "/facets/binary_table/operands: %zu is token %u, of %zu", r,
                            (unsigned)t->operands[r], tokens->num_values);
    for (size_t i = 0; i < t->n_ctx; i++)
        if (t->input[i] >= tokens->num_values)
            return gsc_fail(GSC_EFORMAT,
                            "/facets/binary_table/input: %zu is token %u, of %zu", i,
                            (unsigned)t->input[i], tokens->num_values);
    return 0;
}

static int
find_outputs(gsc_grid *grid, const gsc_loaded_model *loaded)
{
    const gsc_model *model = &loaded->model;
    size_t width = gsc_graph_shape(model->graph, model->logits).dims[1];
    for (size_t i = 0; i < grid->n; i++) {
        grid->outputs[i] = loaded->pairs.answers[grid->residues[i]];
        if (grid->outputs[i] >= width)
            return gsc_fail(GSC_EFORMAT,
                            "/facets/binary_table/answers: %u has no output among the "
                            "model's %zu",
                            (unsigned)grid->residues[i], width);
    }
    return 0;
}

int
gsc_grid_init(gsc_grid *grid, const gsc_loaded_model *loaded, gsc_residue_order order)
{
    int status = 0;
    uint16_t *place_of = NULL;
    const gsc_binary_table *t = &loaded->pairs;
    *grid = (gsc_grid){.order = order};
    GSC_TRY(gsc_loaded_model_need(loaded, GSC_BINARY_TABLE));
    GSC_TRY(check_tokens(loaded));
    grid->n_ctx = t->n_ctx;
    grid->d_vocab =
        gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS)->num_values;
    GSC_NEW(grid->residues, t->n);
    GSC_TRY(gsc_residue_order_list(order, t->n, grid->residues, &grid->n));
    GSC_NEW(grid->inputs, grid->n * grid->n * grid->n_ctx);
    GSC_NEW(grid->answers, grid->n * grid->n);
    GSC_NEW(grid->outputs, grid->n);
    GSC_NEW(grid->train, grid->n * grid->n);
    GSC_NEW(grid->labels, grid->n * grid->n);
    for (size_t i = 0; i < grid->n * grid->n; i++)
        grid->labels[i] = GSC_NO_ANSWER;
    GSC_NEW(grid->constant, grid->n_ctx);
    GSC_TRY(find_places(grid, t->n, &place_of));
    GSC_TRY(fill_grid(grid, t, place_of));
    GSC_TRY(find_outputs(grid, loaded));
    GSC_TRY(mark_train(grid, loaded, place_of));
    find_constant(grid);
out:
    free(place_of);
    if (status < 0)
        gsc_grid_free(grid);
    return status;
}

void
gsc_grid_free(gsc_grid *grid)
{
    free(grid->residues);
    free(grid->inputs);
    free(grid->answers);
    free(grid->outputs);
    free(grid->constant);
    free(grid->train);
    free(grid->labels);
    *grid = (gsc_grid){0};
}

static bool
leads_along(const gsc_grid *grid, gsc_direction direction)
{
    for (size_t i = 0; i < grid->n * grid->n; i++)
        if (grid->answers[i] !=
            gsc_pairs_along(direction, grid->n, i / grid->n, i % grid->n))
            return false;
    return true;
}

gsc_field
gsc_grid_tokens(const gsc_grid *grid, const uint16_t *tokens)
{
    return gsc_field_of_indices(GSC_TOKENS, tokens, grid->n_ctx, grid->d_vocab);
}

int
gsc_grid_direction(const gsc_grid *grid, const gsc_loaded_model *loaded,
                   gsc_direction *direction)
{
    for (*direction = GSC_SUM; *direction <= GSC_DIFFERENCE; (*direction)++)
        if (leads_along(grid, *direction))
            return 0;
    int status = gsc_binary_table_need_frequencies(&loaded->pairs);
    if (status < 0)
        return status;
    return gsc_fail(
        GSC_EARGUMENT,
        "operation %s (%s) modulo %lld is no sum or difference, of residues "
        "or of their logarithms: its Fourier modes have no direction; "
        "grokscope-fourier and grokscope-rqi ask for none",
        loaded->pairs.operation, loaded->pairs.formula, (long long)loaded->pairs.n);
}
