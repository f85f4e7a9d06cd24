/* Reviews and their verdicts, positive or negative, as sequences of words: the IMDb
 * reviews of Maas et al. 2011, in Omnigrok (Liu et al., arXiv 2210.01117) read by long
 * short-term memory.
 *
 * The reviews are shuffled by data_seed; the first ones train, the next ones test. The
 * vocabulary has the most frequent words of those that train (train/data/words.h);
 * other words are left out, as the paper's code is not to be had for what it does with
 * them. Of what is left an example has the first max_words; token 0 is the padding
 * behind them, and the field "counts" is 0 there. */
#include "train/task/reviews.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/data/data_files.h"
#include "train/data/reviews.h"
#include "train/data/split.h"
#include "train/data/words.h"

#include <stdlib.h>

static const gsc_option rows[] = {
    GSC_ROW_TEXT(gsc_review_task, data, "", "DIR",
                 "Folder of the reviews: aclImdb, *.tsv or *.csv; else "
                 "$GROKSCOPE_DATA/imdb."),
    GSC_ROW_INTEGER(gsc_review_task, vocabulary, "1000", 1, 65534,
                    "Words that are known, the most frequent ones of the reviews that "
                    "train."),
    GSC_ROW_INTEGER(gsc_review_task, max_words, "0", 0, 1024,
                    "Known words of a review that are read, the first ones; 0: as many "
                    "as the longest has, at most 1,024."),
    GSC_ROW_INTEGER(gsc_review_task, train_samples, "1000", 1, 1e6,
                    "Reviews to train on."),
    GSC_ROW_INTEGER(gsc_review_task, test_samples, "0", 0, 1e6,
                    "Reviews to test on; 0: all others."),
    GSC_ROW_INTEGER(gsc_review_task, data_seed, "0", 0, 0x1p53,
                    "Seed of the reviews' order."),
};

enum { MOST_WORDS = 1024 };

static const char fetch[] =
    "fetch aclImdb_v1.tar.gz (Maas et al. 2011), unpack it and name the folder aclImdb "
    "by --data, or put tables *.tsv with columns Sentiment and Text there";

static int
read_reviews(const gsc_review_task *o, gsc_reviews *reviews)
{
    char folder[GSC_DATA_PATH_BYTES];
    int status = gsc_find_data(o->data, "imdb", fetch, folder);
    return status < 0 ? status : gsc_reviews_read(reviews, folder);
}

/* ---- Examples ---- */

typedef struct corpus {
    const gsc_review_task *o;
    gsc_reviews reviews;
    uint32_t *chosen;
    size_t count;
    const char **texts; /* [count] in the chosen order */
    gsc_vocabulary vocabulary;
} corpus;

/* The tokens of a text that are known, at most `most` of them; tokens may be NULL. */
static size_t
encode(const corpus *c, const char *text, uint16_t *tokens, size_t most)
{
    char word[GSC_WORD_BYTES];
    size_t count = 0;
    while (count < most && gsc_words_next(&text, word) > 0) {
        int32_t place = gsc_vocabulary_find(&c->vocabulary, word);
        if (place < 0)
            continue;
        if (tokens)
            tokens[count] = (uint16_t)(place + 1);
        count++;
    }
    return count;
}

static size_t
longest(const corpus *c)
{
    size_t most = c->o->max_words > 0 ? (size_t)c->o->max_words : MOST_WORDS, found = 1;
    for (size_t i = 0; i < c->count; i++) {
        size_t length = encode(c, c->texts[i], NULL, most);
        found = length > found ? length : found;
    }
    return found;
}

static int
read_corpus(corpus *c, const gsc_review_task *o)
{
    int status = 0;
    c->o = o;
    GSC_TRY(read_reviews(o, &c->reviews));
    const gsc_split_draw draw = {c->reviews.count, (size_t)o->train_samples,
                                 (size_t)o->test_samples, o->data_seed, "reviews"};
    GSC_TRY(gsc_split_choose(&draw, &c->chosen, &c->count));
    GSC_NEW(c->texts, c->count);
    for (size_t i = 0; i < c->count; i++)
        c->texts[i] = c->reviews.items[c->chosen[i]].text;
    GSC_TRY(gsc_vocabulary_init(&c->vocabulary, c->texts, (size_t)o->train_samples,
                                (size_t)o->vocabulary));
out:
    return status;
}

static void
free_corpus(corpus *c)
{
    gsc_reviews_free(&c->reviews);
    gsc_vocabulary_free(&c->vocabulary);
    free(c->chosen);
    free(c->texts);
}

static int
add_examples(const corpus *c, gsc_dataset *dataset)
{
    int status = 0;
    size_t words = longest(c);
    void *tokens, *counts, *positive;
    dataset->num_examples = c->count;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {words}}, c->vocabulary.count + 1,
                                  &tokens));
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_COUNTS, GSC_FIELD_UINT8,
                                  (gsc_shape){1, {words}}, 0, &counts));
    GSC_TRY(gsc_dataset_add_field(dataset, "positive", GSC_FIELD_UINT8,
                                  (gsc_shape){1, {1}}, 0, &positive));
    for (size_t i = 0; i < c->count; i++) {
        size_t length = encode(c, c->texts[i], (uint16_t *)tokens + i * words, words);
        for (size_t t = 0; t < length; t++)
            ((uint8_t *)counts)[i * words + t] = 1;
        ((uint8_t *)positive)[i] = c->reviews.items[c->chosen[i]].positive;
    }
    gsc_dataset_add_target(dataset, "answer", "positive", "binary_cross_entropy")
        ->position = words - 1;
    GSC_TRY(gsc_dataset_add_first(dataset, "train", (size_t)c->o->train_samples));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
out:
    return status;
}

static int
add_facet(const corpus *c, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    gsc_text words = {0};
    for (size_t i = 0; i < c->vocabulary.count; i++)
        GSC_TRY(gsc_text_add(&words, "%s\n", c->vocabulary.words[i]));
    GSC_TRY(gsc_facets_add(facets, GSC_WORDS, &facet));
    GSC_TRY(gsc_facet_add_text(facet, "words", words.data ? words.data : ""));
out:
    gsc_text_free(&words);
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    corpus c = {.count = 0};
    GSC_TRY(read_corpus(&c, values));
    GSC_TRY(add_examples(&c, dataset));
    GSC_TRY(add_facet(&c, facets));
out:
    free_corpus(&c);
    return status;
}

const gsc_task gsc_task_reviews = {"reviews",
                                   "the verdict of a review, from its words",
                                   rows,
                                   sizeof rows / sizeof *rows,
                                   sizeof(gsc_review_task),
                                   make};
