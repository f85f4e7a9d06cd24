/* The phases of a network's neurons, by its weights alone. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/spectra.h"
#include "analyze/network/pairs/grid.h"

#include <math.h>
#include <stdlib.h>

/* What the neurons read of an operand, [n, neurons], and what they write. */
typedef struct reading {
    gsc_matrix read, right, written;
    bool has_right;
} reading;

static void
free_reading(reading *r)
{
    gsc_matrix_free(&r->read);
    gsc_matrix_free(&r->right);
    gsc_matrix_free(&r->written);
}

/* Whether an operand stands where the answer is made, so that neurons read it directly
 * too; what has no heads reads both so. */
static bool
reads_directly(const gsc_loaded_model *loaded, size_t heads)
{
    size_t at = gsc_model_answer_position(&loaded->model);
    return heads == 0 || at == loaded->pairs.position_a ||
           at == loaded->pairs.position_b;
}

/* read += what comes through the heads. */
static int
add_heads(const gsc_loaded_model *loaded, gsc_residue_order order, size_t heads,
          gsc_matrix *read)
{
    int status = 0;
    gsc_matrix stack = {0};
    size_t size = read->rows * read->cols;
    if (heads == 0)
        return 0;
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_HEAD_NEURONS, order, &stack));
    for (size_t head = 0; head < heads; head++)
        for (size_t i = 0; i < size; i++)
            read->data[i] += stack.data[head * size + i];
out:
    gsc_matrix_free(&stack);
    return status;
}

static int
find_reading(const gsc_loaded_model *loaded, gsc_residue_order order, reading *r)
{
    int status = 0;
    size_t heads = gsc_loaded_model_heads(loaded, GSC_VIEW_HEAD_NEURONS);
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_IN, order, &r->read));
    if (!reads_directly(loaded, heads))
        for (size_t i = 0; i < r->read.rows * r->read.cols; i++)
            r->read.data[i] = 0;
    GSC_TRY(add_heads(loaded, order, heads, &r->read));
    r->has_right = gsc_loaded_model_heads(loaded, GSC_VIEW_NEURON_IN_RIGHT) > 0;
    if (r->has_right)
        GSC_TRY(
            gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_IN_RIGHT, order, &r->right));
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_LOGIT, order, &r->written));
out:
    return status;
}

static bool
has_reading(const gsc_loaded_model *loaded)
{
    return gsc_loaded_model_heads(loaded, GSC_VIEW_NEURON_IN) > 0 &&
           gsc_loaded_model_heads(loaded, GSC_VIEW_NEURON_LOGIT) > 0 &&
           gsc_loaded_model_layers(loaded) <= 1;
}

/* *found is false where the operation is neither a sum nor a difference. */
static int
find_direction(const gsc_loaded_model *loaded, gsc_residue_order order,
               gsc_direction *direction, bool *found)
{
    gsc_grid grid = {.n = 0};
    int status = gsc_grid_init(&grid, loaded, order);
    if (status == 0)
        status = gsc_grid_direction(&grid, loaded, direction);
    gsc_grid_free(&grid);
    *found = status == 0;
    return status == GSC_EARGUMENT ? 0 : status;
}

int
gsc_spectra_phases(const gsc_loaded_model *loaded, gsc_residue_order order,
                   gsc_neuron_phase **phases, size_t *count)
{
    int status = 0;
    reading r = {.has_right = false};
    gsc_direction direction = GSC_SUM;
    bool found;
    *phases = NULL;
    *count = 0;
    if (!has_reading(loaded))
        return 0;
    GSC_TRY(find_reading(loaded, order, &r));
    if (r.read.cols != r.written.cols)
        goto out;
    GSC_TRY(find_direction(loaded, order, &direction, &found));
    GSC_NEW(*phases, r.read.cols);
    GSC_TRY(gsc_neuron_phase_find(&r.read, r.has_right ? &r.right : NULL, &r.written,
                                  direction, *phases));
    *count = r.read.cols;
    for (size_t j = 0; j < *count && !found; j++)
        (*phases)[j].misalignment = (double)NAN;
out:
    free_reading(&r);
    if (status < 0) {
        free(*phases);
        *phases = NULL;
    }
    return status;
}
