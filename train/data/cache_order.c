/* An order of examples that serves the cache. */
#include "train/data/sampler.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>

typedef struct place {
    uint64_t block; /* row and column of the block */
    uint32_t example;
} place;

static int
compare(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

/* The first position from `at` on that is not the same for all, or `count`. */
static size_t
next_varying(const int32_t *constants, size_t count, size_t at)
{
    while (at < count && constants[at] >= 0)
        at++;
    return at;
}

static int
sort_by(const gsc_field *field, size_t row, size_t column, uint32_t *examples,
        size_t count)
{
    int status = 0;
    place *places = NULL;
    double tokens = (double)field->num_values;
    /* of a block with the examples of one tile */
    uint64_t edge = (uint64_t)ceil(sqrt(GSC_TILE * tokens * tokens / (double)count));
    GSC_NEW(places, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t a = (uint64_t)gsc_field_element(field, examples[i], row);
        uint64_t b = (uint64_t)gsc_field_element(field, examples[i], column);
        places[i] = (place){(a / edge) << 32 | b / edge, examples[i]};
    }
    qsort(places, count, sizeof *places, compare);
    for (size_t i = 0; i < count; i++)
        examples[i] = places[i].example;
out:
    free(places);
    return status;
}

int
gsc_cache_order(const gsc_dataset *dataset, uint32_t *examples, size_t count)
{
    int status = 0;
    int32_t *constants = NULL;
    const gsc_field *field = gsc_dataset_find(dataset, GSC_TOKENS);
    if (!field || field->num_values == 0 || dataset->stream.endless || count == 0)
        return 0;
    size_t n_ctx = gsc_shape_count(field->shape);
    GSC_NEW(constants, n_ctx);
    gsc_dataset_constants(dataset, field, constants);
    size_t row = next_varying(constants, n_ctx, 0),
           column = next_varying(constants, n_ctx, row + 1);
    if (column < n_ctx)
        status = sort_by(field, row, column, examples, count);
out:
    free(constants);
    return status;
}
