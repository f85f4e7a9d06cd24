/* A transformer that is run over examples of a split, for its residual stream. */
#ifndef GSC_MEASURE_STREAM_RUN_H
#define GSC_MEASURE_STREAM_RUN_H

#include "grokscope/measure.h"

#include "analyze/network/part/residual.h"

typedef struct gsc_stream_run {
    const gsc_loaded_model *loaded;
    gsc_threads *threads;
    gsc_residual residual;
    size_t position; /* whose output is the answer */
    size_t count;
    uint32_t *examples; /* [count] of the split, at random, whose answer stands there */
    uint16_t *tokens;   /* [count, n_ctx] */
    uint16_t *answers;  /* [count] outputs */
} gsc_stream_run;

/* Make ready at most `most` examples of a split. GSC_EARGUMENT where there is no such
 * split, none of its examples is asked at the answer's row, or the answer is no output
 * among others. Released with gsc_stream_run_close, also after a failure. */
int gsc_stream_run_open(gsc_stream_run *run, const gsc_measure_request *request,
                        const char *split, size_t most);
void gsc_stream_run_close(gsc_stream_run *run);

/* Where an output stands in a row of logits, from 0 for the largest; of equal ones the
 * first stands first, as in training. And its softmax. */
typedef struct gsc_standing {
    size_t rank;
    double probability;
} gsc_standing;
gsc_standing gsc_standing_of(const double *logits, size_t count, size_t output);

#endif
