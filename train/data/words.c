/* Texts as sequences of words. */
#include "train/data/words.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MARKUP = 256 }; /* a '<' without a '>' so near is no markup */

static bool
is_letter(char c)
{
    unsigned char byte = (unsigned char)c;
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte >= 0x80;
}

static bool
goes_on(const char *c)
{
    return is_letter(*c) || (*c == '\'' && is_letter(c[1]));
}

static const char *
skip_markup(const char *text)
{
    for (size_t i = 1; i < MOST_MARKUP && text[i]; i++)
        if (text[i] == '>')
            return text + i + 1;
    return text + 1;
}

size_t
gsc_words_next(const char **text, char word[GSC_WORD_BYTES])
{
    const char *c = *text;
    size_t length = 0;
    while (*c && !is_letter(*c))
        c = *c == '<' ? skip_markup(c) : c + 1;
    for (; *c && (length == 0 || goes_on(c)); c++)
        if (length < GSC_WORD_BYTES - 1)
            word[length++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    word[length] = '\0';
    *text = c;
    return length;
}

/* ---- Vocabularies ---- */

typedef struct counted {
    const char *word;
    size_t count;
} counted;

static int
by_bytes(const void *a, const void *b)
{
    return strcmp(((const counted *)a)->word, ((const counted *)b)->word);
}

static int
by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_bytes(a, b);
}

/* All words of the texts, each with its NUL behind it. */
static int
list_words(const char *const *texts, size_t count, gsc_text *all, size_t *num_words)
{
    int status = 0;
    char word[GSC_WORD_BYTES];
    *num_words = 0;
    for (size_t i = 0; i < count; i++)
        for (const char *rest = texts[i]; gsc_words_next(&rest, word) > 0; ++*num_words)
            GSC_TRY(gsc_text_add(all, "%s%c", word, '\0'));
out:
    return status;
}

/* Equal words become one; returns how many are left. */
static size_t
count_equal(counted *words, size_t n)
{
    size_t left = 0;
    qsort(words, n, sizeof *words, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (left > 0 && strcmp(words[left - 1].word, words[i].word) == 0)
            words[left - 1].count++;
        else
            words[left++] = words[i];
    return left;
}

static int
keep(gsc_vocabulary *v, const counted *words)
{
    int status = 0;
    size_t bytes = 0;
    char *to;
    for (size_t i = 0; i < v->count; i++)
        bytes += strlen(words[i].word) + 1;
    GSC_NEW(v->data, bytes);
    GSC_NEW(v->words, v->count);
    to = v->data;
    for (size_t i = 0; i < v->count; i++) {
        v->words[i] = to;
        to = stpcpy(to, words[i].word) + 1;
    }
out:
    return status;
}

/* The kept words sorted by their bytes; `count` is then their place. */
static int
index_words(gsc_vocabulary *v)
{
    int status = 0;
    counted *sorted = NULL;
    GSC_NEW(sorted, v->count);
    GSC_NEW(v->places, v->count);
    for (size_t i = 0; i < v->count; i++)
        sorted[i] = (counted){v->words[i], i};
    qsort(sorted, v->count, sizeof *sorted, by_bytes);
    for (size_t i = 0; i < v->count; i++)
        v->places[i] = (uint16_t)sorted[i].count;
out:
    free(sorted);
    return status;
}

int
gsc_vocabulary_init(gsc_vocabulary *v, const char *const *texts, size_t count,
                    size_t most)
{
    int status = 0;
    size_t n, left;
    gsc_text all = {0};
    counted *words = NULL;
    *v = (gsc_vocabulary){.count = 0};
    GSC_TRY(list_words(texts, count, &all, &n));
    GSC_NEW(words, n);
    const char *word = all.data;
    for (size_t i = 0; i < n; i++, word += strlen(word) + 1)
        words[i] = (counted){word, 1};
    left = count_equal(words, n);
    qsort(words, left, sizeof *words, by_count);
    v->count = left < most ? left : most;
    GSC_TRY(keep(v, words));
    GSC_TRY(index_words(v));
out:
    free(words);
    gsc_text_free(&all);
    return status;
}

void
gsc_vocabulary_free(gsc_vocabulary *v)
{
    free(v->data);
    free(v->words);
    free(v->places);
    *v = (gsc_vocabulary){.count = 0};
}

int32_t
gsc_vocabulary_find(const gsc_vocabulary *v, const char *word)
{
    size_t first = 0, end = v->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = strcmp(word, v->words[v->places[middle]]);
        if (order == 0)
            return v->places[middle];
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return -1;
}
