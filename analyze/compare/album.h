/* Portraits of many checkpoints, to be compared with each other. */
#ifndef GROKSCOPE_ALBUM_H
#define GROKSCOPE_ALBUM_H

#include "analyze/compare/portrait.h"
#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checkpoints of one table of pairs (gsc_portrait_table). */
typedef struct gsc_album_table {
    gsc_text name;
    size_t n, count;
    size_t *members;       /* [count] places in the album, ascending */
    gsc_logit_stack stack; /* their logits, in this order */
} gsc_album_table;

#define GSC_NO_TABLE SIZE_MAX

typedef struct gsc_album {
    size_t count;
    gsc_portrait *portraits; /* [count], in the order of the inputs */
    size_t *table_of;        /* [count] index of a table; GSC_NO_TABLE for tensors */
    size_t *place_of;        /* [count] place among its members */
    size_t num_tables;
    gsc_album_table *tables;
} gsc_album;

typedef struct gsc_album_options {
    gsc_portrait_options portrait;
    gsc_threads *threads;
    /* Called now and then by the calling thread, with what is being done: the same text
     * as long as it is the same. May be NULL. */
    void (*show)(void *context, const char *what, size_t done, size_t total);
    void *context;
} gsc_album_options;

/* Read every checkpoint once, side by side on the threads, and keep its portrait: 4
 * bytes a weight, and 4 n^3 for logits where not of weights alone (5.8 MB with
 * n = 113). Weights of one network are all of one type then. The numbers are bitwise
 * the same for any number of threads. Errors are those of gsc_subject_open and
 * gsc_portrait_init, with the file; the first in the order of the inputs. */
int gsc_album_init(gsc_album *album, const gsc_inputs *inputs,
                   const gsc_album_options *options);
void gsc_album_free(gsc_album *album);

#ifdef __cplusplus
}
#endif
#endif
