/* Adding rows to those of a table. */
#ifndef GSC_OP_ROWS_H
#define GSC_OP_ROWS_H

#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <stddef.h>
#include <stdint.h>

static GSC_HOT void
add_rows(real *restrict table, const real *restrict rows, const int32_t *tokens,
         size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++, rows += width) {
        real *row = table + (size_t)tokens[i] * width;
        for (size_t j = 0; j < width; j++)
            row[j] += rows[j];
    }
}

#endif
