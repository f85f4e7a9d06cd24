/* out (+)= factor x, for a scale and for the gradient of an attention rate. */
#ifndef GSC_OP_SCALE_INTO_H
#define GSC_OP_SCALE_INTO_H

#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <stdbool.h>
#include <stddef.h>

static GSC_HOT void
scale_into(real *out, const real *x, real factor, size_t n, bool fresh)
{
    if (fresh)
        for (size_t i = 0; i < n; i++)
            out[i] = factor * x[i];
    else
        for (size_t i = 0; i < n; i++)
            out[i] += factor * x[i];
}

#endif
