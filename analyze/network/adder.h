/* A subject whose network adds: its logits over all pairs, and what they become when
 * its embedding changes. */
#ifndef GROKSCOPE_ADDER_H
#define GROKSCOPE_ADDER_H

#include "analyze/network/probe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tables of embeddings: one that both operands share, or one of each. */
enum { GSC_MOST_TABLES = 2 };

typedef struct gsc_adder {
    const gsc_subject *subject;
    gsc_threads *threads; /* may be NULL */
    gsc_grid grid;        /* n places, in the order in which the operation is a sum */
    gsc_probe probe;
    size_t num_tables;
    const gsc_parameter *parameters[GSC_MOST_TABLES];
    gsc_matrix tables[GSC_MOST_TABLES]; /* [n, width], a row a place */
    double *weights;                    /* the subject's, with other tables */
    double *logits;                     /* [n n, n]: the network as it is */
} gsc_adder;

/* Run the network of a subject. GSC_EARGUMENT where the answer to the places i and j is
 * not i + j mod n: of the operations, only a + b is a sum, and a b modulo a prime one
 * of logarithms. (A difference is one too with b's table turned round, but the
 * gradients by the two tables are then mirror images, and their cosine tells nothing.)
 * One forward pass; errors of grid and probe. The subject stays the caller's and
 * outlives it. */
int gsc_adder_open(gsc_adder *adder, const gsc_subject *subject, gsc_threads *threads);
void gsc_adder_close(gsc_adder *adder);

/* logits [n n, n] with other rows in the tables; tables [num_tables], each of the shape
 * of its own. One forward pass. */
int gsc_adder_run(gsc_adder *adder, const gsc_matrix *tables, double *logits);

#ifdef __cplusplus
}
#endif
#endif
