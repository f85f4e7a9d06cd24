/* How tensors fit one map. */
#ifndef GSC_NAMING_FIT_H
#define GSC_NAMING_FIT_H

#include "train/exchange/naming/table.h"

typedef struct gsc_fit {
    const gsc_map *map;
    size_t n_layers;
    gsc_axis_sizes sizes;
    size_t num_matched, num_complaints;
    gsc_text complaints; /* a line each */
} gsc_fit;

/* Fit a map to tensors, of which some sizes are known. The caller frees the complaints,
 * after a failure too. */
int gsc_fit_map(gsc_fit *fit, const gsc_tensor *tensors, size_t count,
                const size_t known[GSC_NUM_AXES], const gsc_map *map);

/* Whether all tensors fit. */
bool gsc_fit_is_good(const gsc_fit *fit);

/* GSC_EFORMAT with all complaints of the best fit, which may be NULL. */
int gsc_fit_refuse(const gsc_fit *best);

#endif
