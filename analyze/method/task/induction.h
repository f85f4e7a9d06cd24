/* What heads of attention do with repeated tokens (Olsson et al., "In-context learning
 * and induction heads", Transformer Circuits Thread, 2022; its code is not public). */
#ifndef GSC_METHOD_INDUCTION_H
#define GSC_METHOD_INDUCTION_H

#include "grokscope/matrix.h"

#include <stddef.h>
#include <stdint.h>

/* Random tokens, repeated: `length` of them, `copies` times. */
typedef struct gsc_repeated {
    size_t length, copies;
    const uint16_t *choices; /* which tokens may come */
    size_t num_choices;
    uint64_t seed;
} gsc_repeated;

/* tokens [length copies] of sequence number `index`: distinct ones within a copy where
 * there are enough choices, else independent ones. */
void gsc_induction_tokens(const gsc_repeated *repeated, uint64_t index,
                          uint16_t *tokens);

/* Means over queries of the attention that they pay, each from 0 to 1. */
typedef struct gsc_head_attention {
    double prefix_matching; /* to the tokens after earlier ones like the query's */
    double previous_token;  /* to the position before the query */
    double duplicate_token; /* to earlier tokens like the query's */
} gsc_head_attention;

/* The scores of one pattern A [queries, keys] over a sequence, keys in each row:
 *
 *     prefix_matching  mean over q in [first, end) of sum A[q, j + 1], j < q, t_j = t_q
 *     duplicate_token  the same of A[q, j]
 *     previous_token   mean over q in [1, end) of A[q, q - 1]
 *
 * tokens [end]; `first` is where the second copy begins. Nothing fails. O(end^2). */
gsc_head_attention gsc_induction_attention(const double *pattern, size_t keys,
                                           const uint16_t *tokens, size_t first,
                                           size_t end);

/* Whether a head that attends to a token makes that token likelier, of the matrix
 * M = read write [tokens, outputs], which is E W_V W_O W_U of the head.
 * read [tokens, e], write [e, outputs]; outputs[t] is the output o_t that stands for
 * token t. GSC_EARGUMENT without tokens, GSC_EMEMORY.
 *
 * The share of a token itself in what it raises, from 0 to 1: the mean over tokens t of
 * r[t, o_t] / sum_c r[t, c], r = max(0, M - the mean of its row), where a row without
 * any counts as 0. Of more than `most` tokens so many, evenly chosen, count; 0: all.
 * O(tokens outputs e), in 32 MB. */
int gsc_induction_copied_share(const gsc_matrix *read, const gsc_matrix *write,
                               const size_t *outputs, size_t most, double *share);

/* sum lambda / sum |lambda| of the eigenvalues of the square matrix M[s, o_t] over
 * tokens s, t, from -1 to 1; NaN where all are 0. Those that are not 0 are those of the
 * [e, e] matrix of the same factors in the other order. GSC_ENUMERIC too.
 * O(tokens e^2 + e^3). */
int gsc_induction_eigenvalues(const gsc_matrix *read, const gsc_matrix *write,
                              const size_t *outputs, double *ratio);

#endif
