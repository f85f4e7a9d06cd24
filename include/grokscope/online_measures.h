/* Measures that are asked of weights in training, as the trainer knows them: tables of
 * named columns, and functions that fill rows. What stands behind these is the business
 * of whoever hands them over; gsc_measures_online (measure.h) makes them of measures.
 */
#ifndef GROKSCOPE_ONLINE_MEASURES_H
#define GROKSCOPE_ONLINE_MEASURES_H

#include "grokscope/network.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A table of the history. */
typedef struct gsc_online_table {
    const char *name;           /* as the history has it: "progress" */
    const char *const *columns; /* their names, the first of them "step" */
    size_t num_columns;
    const char *const *others; /* columns that are told elsewhere, but are no number of
                                  one checkpoint; NULL after the last */
} gsc_online_table;

/* What the trainer calls for the measures of a run: functions over a registry that
 * it knows nothing of. */
typedef struct gsc_online_measures {
    const void *registry; /* what the first two functions are given */
    /* The name of measure `index`, NULL past the last. */
    const char *(*name)(const void *registry, size_t index);
    /* Read a list of measures, as "progress,norms"; *asked is released by `close`.
     * GSC_EARGUMENT for a list that is none, with the measure. */
    int (*open)(const void *registry, const char *list, void **asked);
    void (*close)(void *asked);
    /* Table `index` of what is asked; false past the last. It lives as long as `asked`.
     */
    bool (*table)(const void *asked, size_t index, gsc_online_table *table);
    /* Make ready for a run, with the weights of step 0 in the network's type; what was
     * made ready before is forgotten. The network, and its configuration as JSON, stay
     * the caller's and outlive `asked`. */
    int (*begin)(void *asked, const gsc_network *network, char *config_json,
                 void *first);
    /* Fill rows[i], whose column 0 is the step, of every table with what the weights of
     * a step say. What has no finite answer has a row of NaN; any other failure names
     * the measure and the step. */
    int (*fill)(void *asked, int64_t step, void *weights, gsc_threads *threads,
                double *const *rows);
    /* The rows filled last are in the history now. */
    void (*keep)(void *asked);
    /* The weights that those of `step` are compared with as what came before them, in
     * float64, with their step; NULL where there are none. And put them back. */
    const double *(*before)(const void *asked, int64_t step, int64_t *before);
    int (*restore)(void *asked, int64_t before, const double *weights);
} gsc_online_measures;

/* ---- As the trainer asks them ---- */

/* Those that a configuration names, and what they said last. */
typedef struct gsc_online {
    const gsc_online_measures *measures; /* whose functions are called */
    void *asked;                         /* what their `open` made */
    size_t count;                        /* tables that are asked for */
    double **rows;                       /* [count] of each its row, of step: */
    int64_t step;                        /* -1: none yet */
} gsc_online;

/* Read a list; an empty one asks for nothing. GSC_EARGUMENT where there is a list, but
 * `measures` is NULL. gsc_online_close takes what is zeroed or half made. */
int gsc_online_open(gsc_online *online, const gsc_online_measures *measures,
                    const char *list);

/* Release it; takes what is zeroed or half made. */
void gsc_online_close(gsc_online *online);

/* Table `index` < count. */
gsc_online_table gsc_online_table_at(const gsc_online *online, size_t index);

/* Where nothing is asked these do nothing. This calls `begin`. */
int gsc_online_begin(gsc_online *online, const gsc_network *network, char *config_json,
                     void *first);

/* Call `fill` for a step; rows of the step that was asked last are not filled again. */
int gsc_online_ask(gsc_online *online, int64_t step, void *weights,
                   gsc_threads *threads);

/* Call `keep`. */
void gsc_online_keep(gsc_online *online);

/* Call `before`, which tells the weights that come before a step. */
const double *gsc_online_before(const gsc_online *online, int64_t step,
                                int64_t *before);

/* Call `restore`, which puts them back. */
int gsc_online_restore(gsc_online *online, int64_t before, const double *weights);

#ifdef __cplusplus
}
#endif
#endif
