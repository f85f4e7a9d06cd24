/* Components drawn at random in place of those that were named. */
#include "analyze/network/part/ablation_draw.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdlib.h>
#include <string.h>

const char *const gsc_draw_pool_names[] = {"none", "non-key", "others", "all"};

/* key[k - 1] of the circles k = 1 … count. */
static int
find_keys(const gsc_loaded_model *loaded, size_t count, bool *key)
{
    int status = 0;
    gsc_matrix embedding = {0};
    double *power = NULL;
    bool *keys = NULL;
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, loaded->pairs.order,
                                  &embedding));
    GSC_NEW(power, count + 1);
    GSC_NEW(keys, count + 1);
    GSC_TRY(gsc_fourier_power(&embedding, power));
    gsc_fourier_fractions(power, count + 1, power);
    gsc_fourier_keys(power, count + 1, keys);
    memcpy(key, keys + 1, count * sizeof *key);
out:
    gsc_matrix_free(&embedding);
    free(power);
    free(keys);
    return status;
}

/* Those that are neither marked nor left out; NULL: none are. */
static size_t
list_unmarked(const bool *marks, const bool *left_out, size_t count, uint32_t *items)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (!(marks && marks[i]) && !(left_out && left_out[i]))
            items[found++] = (uint32_t)i;
    return found;
}

int
gsc_ablation_draw(const gsc_loaded_model *loaded, gsc_component_kind kind,
                  uint64_t seed, size_t number, bool *marks, size_t count,
                  gsc_draw_pool *pool)
{
    int status = 0;
    uint32_t *items = NULL;
    bool *key = NULL;
    size_t wanted = 0, found = 0;
    for (size_t i = 0; i < count; i++)
        wanted += marks[i];
    GSC_NEW(items, count);
    if (kind == GSC_COMPONENT_CIRCLE) {
        GSC_NEW(key, count);
        GSC_TRY(find_keys(loaded, count, key));
        found = list_unmarked(marks, key, count, items);
        *pool = GSC_DRAW_NON_KEY;
    }
    if (found < wanted || !key) {
        found = list_unmarked(marks, NULL, count, items);
        *pool = GSC_DRAW_OTHERS;
    }
    if (found < wanted) {
        found = list_unmarked(NULL, NULL, count, items);
        *pool = GSC_DRAW_ALL;
    }
    gsc_rng_shuffle(
        items, found, seed,
        gsc_rng_substream(gsc_rng_stream(gsc_component_names[kind]), number));
    memset(marks, 0, count * sizeof *marks);
    for (size_t i = 0; i < wanted; i++)
        marks[items[i]] = true;
out:
    free(items);
    free(key);
    return status;
}
