/* Texts as sequences of words.
 *
 * A word is a run of letters, digits and bytes of UTF-8 beyond ASCII, with apostrophes
 * between them ("don't"); capitals A to Z count as small letters; what stands between
 * '<' and '>' is markup and separates words. A vocabulary has the most frequent words
 * of some texts, of equally frequent ones those that come first in the order of their
 * bytes; other words are left out of sequences. */
#ifndef GSC_DATA_WORDS_H
#define GSC_DATA_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { GSC_WORD_BYTES = 64 }; /* longer words are cut */

/* The next word at *text, which moves on behind it; returns its length, 0 at the end.
 */
size_t gsc_words_next(const char **text, char word[GSC_WORD_BYTES]);

typedef struct gsc_vocabulary {
    size_t count;
    char *data;
    const char **words; /* [count], the most frequent first */
    uint16_t *places;   /* [count] of words in the order of their bytes */
} gsc_vocabulary;

/* The `most` most frequent words of texts[count], or all that there are.
 * gsc_vocabulary_free releases it, also after a failure. */
int gsc_vocabulary_init(gsc_vocabulary *vocabulary, const char *const *texts,
                        size_t count, size_t most);
void gsc_vocabulary_free(gsc_vocabulary *vocabulary);

/* The place of a word, from 0, or -1. */
int32_t gsc_vocabulary_find(const gsc_vocabulary *vocabulary, const char *word);

#endif
