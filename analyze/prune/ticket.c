/* Tickets: weights to begin with of which a mask keeps a share. */
#include "analyze/prune/ticket.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_ticket_kind_names[] = {"ticket",   "shuffled", "dense_l1",
                                             "dense_l2", "mask",     NULL};

void
gsc_ticket_free(gsc_ticket *self)
{
    gsc_prunable_free(&self->prunable);
    free(self->mask);
    free(self->before);
    free(self->kept);
    *self = (gsc_ticket){.mask = NULL};
}

/* ---- The mask ---- */

/* Zeros where the mask has them, in a copy of the flat array. */
static void
mask_flat(const gsc_ticket *t, double *flat)
{
    for (size_t k = 0; k < t->prunable.num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &t->prunable.matrices[k];
        for (size_t i = 0; i < m->count; i++)
            if (!t->mask[m->first + i])
                flat[m->at + i] = 0;
    }
}

static int
find_mask(gsc_ticket *t, const gsc_loaded_model *loaded, const gsc_ticket_options *o,
          gsc_threads *threads)
{
    int status = 0;
    size_t n = t->prunable.count;
    double *flat = NULL, *scores = NULL;
    GSC_NEW(flat, loaded->num_weights);
    GSC_NEW(scores, n);
    memcpy(flat, loaded->weights, loaded->num_weights * sizeof *flat);
    for (size_t i = 0; i < n; i++)
        t->mask[i] = true;
    for (size_t k = 1; k <= o->rounds; k++) {
        double share = pow(o->keep, (double)k / (double)o->rounds);
        GSC_TRY(gsc_prunable_score(&t->prunable, loaded, flat, o->by, o->seed, threads,
                                   scores));
        for (size_t i = 0; i < n; i++)
            if (!t->mask[i]) /* what is pruned stays so */
                scores[i] = -INFINITY;
        GSC_TRY(gsc_prunable_select(&t->prunable, scores,
                                    k < o->rounds ? share : o->keep, o->by_layer,
                                    t->mask));
        mask_flat(t, flat);
    }
out:
    free(flat);
    free(scores);
    return status;
}

/* Each matrix in a random order of its own. */
static int
shuffle_mask(gsc_ticket *t, uint64_t seed)
{
    int status = 0;
    uint32_t *order = NULL;
    GSC_NEW(order, t->prunable.count);
    for (size_t k = 0; k < t->prunable.num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &t->prunable.matrices[k];
        char name[GSC_NAME_BYTES + 8] = "shuffle:";
        strcat(name, m->tensor->name);
        for (size_t i = 0; i < m->count; i++)
            order[i] = (uint32_t)i;
        gsc_rng_shuffle(order, m->count, seed, gsc_rng_stream(name));
        for (size_t i = 0; i < m->count; i++)
            t->kept[m->first + i] = t->mask[m->first + order[i]];
    }
out:
    free(order);
    return status;
}

/* ---- The weights ---- */

/* The parameter of the checkpoint that a matrix, or whatever tensor, is. */
static int
find_parameter(const gsc_checkpoint *first, const gsc_tensor *like, gsc_tensor **found)
{
    const gsc_tensor *t = gsc_checkpoint_param(first, like->name);
    if (!t || !gsc_shape_equal(t->shape, like->shape))
        return gsc_fail(GSC_EFORMAT,
                        "/params/%s is %s; weights to begin with are of the network "
                        "that is scored",
                        like->name, t ? "of another shape" : "missing");
    *found = (gsc_tensor *)t;
    return 0;
}

static void
set_element(gsc_tensor *t, size_t i, double value)
{
    if (t->type == GSC_FLOAT64)
        ((double *)t->data)[i] = value;
    else
        ((float *)t->data)[i] = (float)value;
}

static int
gather_first(gsc_ticket *t, const gsc_checkpoint *first)
{
    int status = 0;
    gsc_tensor *found;
    for (size_t k = 0; k < t->prunable.num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &t->prunable.matrices[k];
        GSC_TRY(find_parameter(first, m->tensor, &found));
        for (size_t i = 0; i < m->count; i++)
            t->before[m->first + i] = gsc_element(found->type, found->data, i);
    }
out:
    return status;
}

/* |theta m|_p / |theta|_p; 0 where all weights are 0. */
static double
norm_ratio(const gsc_ticket *t, double p)
{
    double kept = 0, all = 0;
    for (size_t i = 0; i < t->prunable.count; i++) {
        double power = pow(fabs(t->before[i]), p);
        all += power;
        kept += t->kept[i] ? power : 0;
    }
    return all > 0 ? pow(kept / all, 1 / p) : 0;
}

static double
changed(const gsc_ticket *t, gsc_ticket_kind kind, size_t i, double ratio)
{
    switch (kind) {
    case GSC_TICKET_MASK:
        return t->kept[i];
    case GSC_TICKET_DENSE_L1:
    case GSC_TICKET_DENSE_L2:
        return t->before[i] * ratio;
    default:
        return t->kept[i] ? t->before[i] : 0;
    }
}

static int
change_first(const gsc_ticket *t, gsc_ticket_kind kind, gsc_checkpoint *first)
{
    int status = 0;
    gsc_tensor *found;
    double ratio = norm_ratio(t, kind == GSC_TICKET_DENSE_L1 ? 1 : 2);
    for (size_t k = 0; kind == GSC_TICKET_MASK && k < first->num_params; k++)
        for (size_t i = 0; i < gsc_shape_count(first->params[k].shape); i++)
            set_element(&first->params[k], i, 1);
    for (size_t k = 0; k < t->prunable.num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &t->prunable.matrices[k];
        GSC_TRY(find_parameter(first, m->tensor, &found));
        for (size_t i = 0; i < m->count; i++)
            set_element(found, i, changed(t, kind, m->first + i, ratio));
    }
out:
    return status;
}

int
gsc_ticket_init(gsc_ticket *self, const gsc_loaded_model *loaded,
                const gsc_ticket_options *options, gsc_threads *threads,
                gsc_checkpoint *first)
{
    int status = 0;
    size_t kept = 0;
    *self = (gsc_ticket){.mask = NULL};
    GSC_TRY(gsc_prunable_init(&self->prunable, loaded));
    GSC_NEW(self->mask, self->prunable.count);
    GSC_NEW(self->kept, self->prunable.count);
    GSC_NEW(self->before, self->prunable.count);
    GSC_TRY(gather_first(self, first));
    GSC_TRY(find_mask(self, loaded, options, threads));
    memcpy(self->kept, self->mask, self->prunable.count * sizeof *self->kept);
    for (size_t i = 0; i < self->prunable.count; i++)
        kept += self->mask[i];
    if (kept == 0)
        return gsc_fail(GSC_EARGUMENT, "keep: %g of %zu weights is none", options->keep,
                        self->prunable.count);
    if (options->kind == GSC_TICKET_SHUFFLED)
        GSC_TRY(shuffle_mask(self, options->seed));
    GSC_TRY(change_first(self, options->kind, first));
out:
    return status;
}
