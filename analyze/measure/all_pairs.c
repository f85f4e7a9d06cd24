/* What a network says of all pairs. */
#include "all_pairs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_all_pairs_init(gsc_all_pairs *pairs, const gsc_subject *subject, gsc_order order,
                   bool neurons, gsc_threads *threads)
{
    int status = 0;
    *pairs = (gsc_all_pairs){.logits = NULL};
    GSC_TRY(gsc_grid_init(&pairs->grid, subject, order));
    GSC_TRY(gsc_probe_open(&pairs->probe, subject, &pairs->grid, neurons));
    size_t n = pairs->grid.n;
    GSC_NEW(pairs->logits, n * n * n);
    if (neurons) {
        pairs->neurons =
            gsc_new(n * n * pairs->probe.num_neurons, gsc_type_size(pairs->probe.type));
        if (!pairs->neurons)
            GSC_TRY(GSC_EMEMORY);
    }
    GSC_TRY(gsc_probe_run(&pairs->probe, subject->weights, threads, pairs->logits,
                          pairs->neurons));
out:
    if (status < 0)
        gsc_all_pairs_free(pairs);
    return status;
}

void
gsc_all_pairs_free(gsc_all_pairs *pairs)
{
    gsc_probe_close(&pairs->probe);
    gsc_grid_free(&pairs->grid);
    free(pairs->logits);
    free(pairs->neurons);
    *pairs = (gsc_all_pairs){.logits = NULL};
}

int
gsc_all_pairs_fve(const gsc_all_pairs *pairs, double *fve, double *total)
{
    size_t p = pairs->grid.n, n = pairs->probe.num_neurons;
    return pairs->probe.type == GSC_FLOAT32
               ? gsc_fourier2d_fve_f32(pairs->neurons, p, n, fve, total)
               : gsc_fourier2d_fve(pairs->neurons, p, n, fve, total);
}

int
gsc_all_pairs_shares(const gsc_all_pairs *pairs, gsc_direction direction, double *share)
{
    size_t p = pairs->grid.n, n = pairs->probe.num_neurons;
    return pairs->probe.type == GSC_FLOAT32
               ? gsc_fourier2d_shares_f32(pairs->neurons, p, n, direction, share)
               : gsc_fourier2d_shares(pairs->neurons, p, n, direction, share);
}
