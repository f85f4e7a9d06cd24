/* What an array over a network's weights has for each residue. */
#include "analyze/network/pairs/residue_rows.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* The axis of residues, and how the numbers lie about it. */
typedef struct axis {
    bool outputs; /* of outputs, or of tokens */
    size_t before, length, after;
} axis;

/* "d_vocab d_model" has one word for each axis. */
static bool
find_axis(const gsc_tensor *t, axis *found)
{
    const char *word = t->axes;
    *found = (axis){.before = 1, .after = 1};
    for (size_t i = 0; i < t->shape.rank && *word; i++) {
        size_t length = strcspn(word, " ");
        bool tokens = length == 7 && strncmp(word, "d_vocab", length) == 0;
        found->outputs = length == 11 && strncmp(word, "d_vocab_out", length) == 0;
        if (tokens || found->outputs) {
            found->length = t->shape.dims[i];
            for (size_t j = i + 1; j < t->shape.rank; j++)
                found->after *= t->shape.dims[j];
            return true;
        }
        found->before *= t->shape.dims[i];
        word += length + (word[length] == ' ');
    }
    return false;
}

bool
gsc_residue_rows_has(const gsc_loaded_model *loaded, size_t tensor)
{
    axis a;
    return loaded->pairs.n > 0 && find_axis(&loaded->tensors[tensor], &a);
}

/* Row i is of place `at` of the axis. */
static void
take_row(const axis *a, const double *from, size_t at, double *row)
{
    for (size_t b = 0; b < a->before; b++)
        memcpy(row + b * a->after, from + (b * a->length + at) * a->after,
               a->after * sizeof *row);
}

int
gsc_residue_rows_take(const gsc_loaded_model *loaded, size_t tensor, const double *flat,
                      gsc_residue_order order, gsc_matrix *rows)
{
    int status = 0;
    const gsc_tensor *t = &loaded->tensors[tensor];
    const double *from = flat + ((const double *)t->data - loaded->weights);
    uint16_t *residues = NULL;
    size_t count;
    axis a;
    *rows = (gsc_matrix){0};
    find_axis(t, &a);
    GSC_NEW(residues, loaded->pairs.n);
    GSC_TRY(gsc_residue_order_list(order, loaded->pairs.n, residues, &count));
    GSC_TRY(gsc_matrix_init(rows, count, a.before * a.after));
    for (size_t i = 0; i < count; i++) {
        const uint16_t *ids =
            a.outputs ? loaded->pairs.answers : loaded->pairs.operands;
        if (ids[residues[i]] >= a.length)
            GSC_TRY(gsc_fail(GSC_EFORMAT,
                             "/facets/binary_table: %u is %s %u, and %s has %zu",
                             (unsigned)residues[i], a.outputs ? "output" : "token",
                             (unsigned)ids[residues[i]], t->name, a.length));
        take_row(&a, from, ids[residues[i]], rows->data + i * rows->cols);
    }
out:
    free(residues);
    if (status < 0)
        gsc_matrix_free(rows);
    return status;
}
