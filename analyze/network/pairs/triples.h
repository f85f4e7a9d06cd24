/* The triples (a, b, c) whose gradients are looked at: those of a published program, of
 * a file, drawn, or all there are. */
#ifndef GROKSCOPE_TRIPLES_H
#define GROKSCOPE_TRIPLES_H

#include "analyze/network/evaluator.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_triples {
    size_t n, count; /* places; triples */
    gsc_triple *own; /* [count], or NULL: all n^3 in lexicographic order */
} gsc_triples;

/* Choose, over the n places of an order of the residues modulo p:
 *   "paper"   the first 100 of random.Random(42).shuffle of the lexicographic list of
 *             all, as the program of Zhong et al. (arXiv 2306.17844) takes them. O(n^3)
 *   "all"     all n^3, of which no list is made
 *   "1000"    that many, drawn evenly by Philox: stream "triples", seed 0
 *   a path    a file of lines "a b c", residues
 * GSC_EARGUMENT for a number out of 1 … 10^7, or where there are 2^32 triples and more;
 * GSC_EFORMAT for a file of another form, GSC_EMEMORY. */
int gsc_triples_init(gsc_triples *triples, const char *choice, gsc_residue_order order,
                     size_t p);
void gsc_triples_free(gsc_triples *triples);

/* Write triples first … first+count-1. */
void gsc_triples_take(const gsc_triples *triples, size_t first, size_t count,
                      gsc_triple *out);

#ifdef __cplusplus
}
#endif
#endif
