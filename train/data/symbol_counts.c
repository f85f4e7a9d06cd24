/* Models of a text that count its symbols, and pairs of them. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/data/symbols.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PAIRED = 4096 }; /* symbols of which pairs are counted: 64 MiB */

int
gsc_counts_init(gsc_counts *c, const uint16_t *tokens, size_t train, size_t vocabulary)
{
    int status = 0;
    *c = (gsc_counts){.vocabulary = vocabulary, .total = train};
    GSC_NEW(c->one, vocabulary);
    GSC_NEW(c->before, vocabulary);
    GSC_NEW(c->kinds, vocabulary);
    for (size_t i = 0; i < train; i++)
        c->one[tokens[i]]++;
    if (vocabulary > MOST_PAIRED)
        goto out;
    GSC_NEW(c->pairs, vocabulary * vocabulary);
    for (size_t i = 0; i + 1 < train; i++) {
        uint32_t *seen = &c->pairs[tokens[i] * vocabulary + tokens[i + 1]];
        c->kinds[tokens[i]] += *seen == 0;
        c->before[tokens[i]]++;
        ++*seen;
    }
out:
    return status;
}

void
gsc_counts_free(gsc_counts *c)
{
    free(c->one);
    free(c->pairs);
    free(c->before);
    free(c->kinds);
    *c = (gsc_counts){.total = 0};
}

static double
alone(const gsc_counts *c, size_t b)
{
    return ((double)c->one[b] + 1) / (double)(c->total + c->vocabulary);
}

static double
after(const gsc_counts *c, size_t a, size_t b)
{
    double kinds = c->kinds[a], seen = c->pairs[a * c->vocabulary + b];
    return kinds > 0 ? (seen + kinds * alone(c, b)) / ((double)c->before[a] + kinds)
                     : alone(c, b);
}

void
gsc_counts_add_losses(const gsc_counts *c, const uint16_t *tokens, size_t count,
                      double *unigram, double *bigram)
{
    for (size_t i = 0; i < count; i++) {
        *unigram -= log(alone(c, tokens[i + 1]));
        *bigram -= c->pairs ? log(after(c, tokens[i], tokens[i + 1])) : (double)NAN;
    }
}
