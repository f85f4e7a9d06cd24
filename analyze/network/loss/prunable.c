/* The weights of a network that pruning may take away, and which of them to keep. */
#include "analyze/network/loss/prunable.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/weights/weight_mask.h"
#include "train/numeric/top.h"

#include <stdlib.h>
#include <string.h>

int
gsc_prunable_init(gsc_prunable *self, const gsc_loaded_model *loaded)
{
    int status = 0;
    *self = (gsc_prunable){.count = 0};
    GSC_NEW(self->matrices, loaded->num_tensors);
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        size_t count = gsc_shape_count(t->shape);
        if (!t->trained || t->shape.rank < 2 || count == 0)
            continue;
        self->matrices[self->num_matrices++] = (struct gsc_prunable_matrix){
            t, (size_t)((const double *)t->data - loaded->weights), self->count, count};
        self->count += count;
    }
    if (self->count == 0)
        status =
            gsc_fail(GSC_EFORMAT, "no matrix is trained: there is nothing to prune");
out:
    return status;
}

void
gsc_prunable_free(gsc_prunable *self)
{
    free(self->matrices);
    *self = (gsc_prunable){.count = 0};
}

void
gsc_prunable_gather(const gsc_prunable *self, const double *flat, double *values)
{
    for (size_t k = 0; k < self->num_matrices; k++)
        memcpy(values + self->matrices[k].first, flat + self->matrices[k].at,
               self->matrices[k].count * sizeof *values);
}

int
gsc_prunable_select(const gsc_prunable *self, const double *scores, double share,
                    bool by_layer, bool *mask)
{
    int status = 0;
    if (!by_layer)
        return gsc_weight_mask_keep(scores, self->count,
                                    gsc_top_count(share, self->count), mask);
    for (size_t k = 0; k < self->num_matrices; k++) {
        size_t first = self->matrices[k].first, count = self->matrices[k].count;
        GSC_TRY(gsc_weight_mask_keep(scores + first, count, gsc_top_count(share, count),
                                     mask + first));
    }
out:
    return status;
}
