/* A text as a sequence of its characters, or of its bytes.
 *
 * The vocabulary are the symbols that occur, ascending by their number: the code point
 * of a character (UTF-8, RFC 3629), or the byte. Token i is number i of them. */
#ifndef GSC_DATA_SYMBOLS_H
#define GSC_DATA_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gsc_symbols {
    size_t count;
    uint16_t *tokens; /* [count] */
    size_t num_values;
    int64_t *codes;  /* [num_values] the symbol's number */
    char sha256[65]; /* of the file, in hex */
} gsc_symbols;

/* Read a file. GSC_EFORMAT: missing, empty, more than 1 GiB, no UTF-8 (with the place),
 * or of more than 65,535 different characters. gsc_symbols_free releases it, also after
 * a failure. */
int gsc_symbols_read(gsc_symbols *symbols, const char *path, bool bytes);
void gsc_symbols_free(gsc_symbols *symbols);

/* Models of a text that count, which a network is compared with:
 *
 *   unigram: p(b) = (n_b + 1) / (n + vocabulary)
 *   bigram:  p(b | a) = (n_ab + u_a p(b)) / (n_a + u_a)
 *
 * n_a being how often a is followed by something, and u_a by how many different symbols
 * (method C of Witten and Bell, IEEE Transactions on Information Theory 37, 1991,
 * interpolated). */
typedef struct gsc_counts {
    size_t vocabulary, total;
    uint32_t *one;            /* [vocabulary] n_b */
    uint32_t *pairs;          /* [vocabulary, vocabulary] n_ab, or NULL */
    uint32_t *before, *kinds; /* [vocabulary] n_a, u_a */
} gsc_counts;

/* Count in tokens[0 … train - 1]. Pairs take vocabulary^2 counts; above 4,096 symbols
 * there are none. gsc_counts_free releases it, also after a failure. */
int gsc_counts_init(gsc_counts *counts, const uint16_t *tokens, size_t train,
                    size_t vocabulary);
void gsc_counts_free(gsc_counts *counts);

/* Add -ln p of tokens[1 … count], each after the one before it, to the sums of both
 * models; NaN to that of pairs, where there are none. */
void gsc_counts_add_losses(const gsc_counts *counts, const uint16_t *tokens,
                           size_t count, double *unigram, double *bigram);

#endif
