/* What tasks of sequences of tokens share. */
#include "train/task/sequence.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdio.h>
#include <string.h>

int
gsc_sequence_add_facet(gsc_facets *facets, int64_t vocabulary, int64_t begin,
                       int64_t first_output)
{
    int status = 0;
    gsc_facet *facet;
    GSC_TRY(gsc_facets_add(facets, GSC_SEQUENCE, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "vocabulary", vocabulary));
    GSC_TRY(gsc_facet_add_integer(facet, "begin", begin));
    GSC_TRY(gsc_facet_add_integer(facet, "first_output", first_output));
out:
    return status;
}

static uint64_t
stream_of(const gsc_sequence_draw *d, const char *set)
{
    char name[GSC_NAME_BYTES];
    snprintf(name, sizeof name, "%s:%s", d->task, set);
    return gsc_rng_stream(name);
}

static int
make_stream(gsc_dataset *dataset, const gsc_sequence_draw *d)
{
    uint64_t *source = gsc_new(1, d->size);
    if (!source)
        return GSC_EMEMORY;
    memcpy(source, d->source, d->size);
    *source = stream_of(d, "train");
    dataset->stream = (gsc_stream){
        .draw = d->draw, .context = source, .seed = d->seed, .endless = true};
    return 0;
}

int
gsc_sequence_draw_examples(gsc_dataset *dataset, const gsc_sequence_draw *draw,
                           void *const *data)
{
    int status = 0;
    *(uint64_t *)draw->source = stream_of(draw, draw->online ? "test" : "finite");
    draw->draw(draw->source, draw->seed, 0, dataset->num_examples, data);
    if (draw->online)
        GSC_TRY(make_stream(dataset, draw));
    else
        GSC_TRY(gsc_dataset_add_first(dataset, "train", draw->num_train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
out:
    return status;
}
