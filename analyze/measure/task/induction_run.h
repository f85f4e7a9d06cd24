/* A network that is asked with sequences of random tokens that are repeated. */
#ifndef GROKSCOPE_INDUCTION_RUN_H
#define GROKSCOPE_INDUCTION_RUN_H

#include "grokscope/measure.h"

#include "analyze/method/task/induction.h"
#include "analyze/network/part/heads.h"

#ifdef __cplusplus
extern "C" {
#endif

struct gsc_induction_options {
    int64_t length, copies, sequences, seed, examples, copying_tokens;
};

/* Tokens that may be random, and the outputs that stand for them. */
typedef struct gsc_alphabet {
    size_t count, num_tokens;
    uint16_t *tokens; /* [count] */
    int64_t begin, first_output;
} gsc_alphabet;

typedef struct gsc_induction_run {
    const gsc_measure_request *request;
    const struct gsc_induction_options *options;
    gsc_alphabet alphabet;
    gsc_heads heads;
    gsc_repeated repeated;
    size_t begin;               /* 1 where a token begins each sequence, else 0 */
    size_t end;                 /* one past the last copy */
    uint16_t *tokens;           /* [most, n_ctx] of a run */
    gsc_head_attention *scores; /* [layers, heads] */
    double *loss;               /* [end - 1]: of the token after each position */
    double *work;               /* [outputs] */
} gsc_induction_run;

/* Make ready what a request asks with its options. Errors: a network without attention,
 * too few positions, or too few tokens that may be random. */
int gsc_induction_open(gsc_induction_run *a, const gsc_measure_request *request);
void gsc_induction_close(gsc_induction_run *a);

/* Run the sequences: the scores of all heads, and the loss at each position, NaN where
 * the network is not trained to tell the next token. */
int gsc_induction_sequences(gsc_induction_run *a);

/* Whether the network is trained to tell the next token at all of their positions. */
bool gsc_induction_tells_next(const gsc_induction_run *a);

#ifdef __cplusplus
}
#endif
#endif
