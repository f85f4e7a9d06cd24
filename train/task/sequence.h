/* What tasks of sequences of tokens share: their facet, and how their examples come to
 * be. */
#ifndef GSC_TASK_SEQUENCE_H
#define GSC_TASK_SEQUENCE_H

#include "grokscope/dataset.h"
#include "grokscope/facet.h"

/* The facet "sequence": vocabulary, begin and first_output (int64): tokens are 0 …
 * vocabulary - 1, each sequence begins with the token `begin` (-1: with any), and
 * output c stands for the token first_output + c. */
#define GSC_SEQUENCE "sequence"

int gsc_sequence_add_facet(gsc_facets *facets, int64_t vocabulary, int64_t begin,
                           int64_t first_output);

/* What draws examples. `source` begins with the number of the random stream (uint64_t)
 * and is copied where the stream is endless. */
typedef struct gsc_sequence_draw {
    const char *task; /* whose streams are "task:train", "task:test", "task:finite" */
    void (*draw)(const void *context, uint64_t seed, uint64_t first, size_t count,
                 void *const *out);
    void *source;
    size_t size; /* of the source in bytes */
    uint64_t seed;
    bool online;
    size_t num_train; /* not online */
} gsc_sequence_draw;

/* Draw the examples of a dataset whose fields are there into `data`, and add its splits
 * and, online, its stream. */
int gsc_sequence_draw_examples(gsc_dataset *dataset, const gsc_sequence_draw *draw,
                               void *const *data);

#endif
