/* Reviews with a verdict each, from files as they are handed round:
 *
 *   - aclImdb (Maas et al. 2011): a folder with train/pos, train/neg, test/pos and
 *     test/neg, one review a .txt file, here or in aclImdb/;
 *   - tables, *.tsv with columns Sentiment and Text, or *.csv with columns review and
 *     sentiment; a verdict is Positive or Negative, in any case of its letters. */
#ifndef GSC_DATA_REVIEWS_H
#define GSC_DATA_REVIEWS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gsc_review {
    char *text;
    bool positive;
} gsc_review;

typedef struct gsc_reviews {
    size_t count, room;
    gsc_review *items;
} gsc_reviews;

/* Read all reviews of a folder, file after file by name: aclImdb where it is there,
 * else the tables. GSC_EFORMAT for a folder without reviews and for a table that is
 * damaged. gsc_reviews_free releases it, also after a failure. */
int gsc_reviews_read(gsc_reviews *reviews, const char *folder);
void gsc_reviews_free(gsc_reviews *reviews);

#endif
