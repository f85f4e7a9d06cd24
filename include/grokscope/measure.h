/* Measures: what can be asked of a checkpoint, and in which columns it answers.
 *
 * A measure is one file in analyze/measure: it takes from a loaded model what a method
 * (analyze/method) needs and puts the method's numbers under named columns. Programs
 * run it over checkpoints, the trainer over weights that are still in the making. */
#ifndef GROKSCOPE_MEASURE_H
#define GROKSCOPE_MEASURE_H

#include "grokscope/lazy_checkpoint.h"
#include "grokscope/options.h"
#include "grokscope/rows.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the checkpoints of a run have in common. A file beside which there are no step
 * files is a run of its own, its first and its last; a run that is still in training
 * has no last one. Both are opened by `prepare` alone, which runs before all
 * requests. */
typedef struct gsc_run_context {
    gsc_lazy_checkpoint first, last;
    bool alone; /* a file that is no step of a folder: nothing tells how it began */
} gsc_run_context;

/* One checkpoint of a run, as a measure meets it. */
typedef struct gsc_measure_request {
    const gsc_loaded_model *loaded; /* its weights may be a control's */
    const char *name;               /* its file, or what else it is, for messages */
    const gsc_run_context *run_context;
    gsc_lazy_checkpoint *before; /* the one asked for before this one, or NULL */
    const void *state;           /* what prepare made of the run */
    gsc_threads *threads;        /* may be NULL */
} gsc_measure_request;

/* A table: one row a checkpoint, or one a tensor, frequency, … of it. */
typedef struct gsc_measure_table {
    const char *rows; /* what a row is about: "checkpoint", "tensor" */
    const gsc_column *columns;
    size_t num_columns;
    int (*fill)(const gsc_measure_request *request, gsc_rows *rows);
    /* Fill in what only the rows of a whole run tell, as its phases; steps[i] is row
     * i's. May be NULL. */
    int (*conclude)(gsc_rows *rows, const int64_t *steps);
} gsc_measure_table;

/* A table over an array of columns. */
#define GSC_TABLE(rows, columns, fill, conclude)                           \
    {                                                                      \
        rows, columns, sizeof(columns) / sizeof *(columns), fill, conclude \
    }

enum { GSC_MAX_MEASURE_TABLES = 5 };

typedef struct gsc_measure {
    const char *name;           /* "norms" */
    const char *purpose;        /* one line */
    const gsc_options *options; /* its own, or NULL */
    bool of_weights;            /* asks for weights alone, not for a network */
    bool looks_back;   /* at the checkpoint before: of two requests with equal weights
                          it may say different things */
    size_t num_tables; /* the first has one row a checkpoint */
    gsc_measure_table tables[GSC_MAX_MEASURE_TABLES];
    /* What all checkpoints of a run share in a table; and its end. May be NULL. */
    int (*prepare)(size_t table, gsc_run_context *run_context, void **state);
    void (*release)(void *state);
} gsc_measure;

extern const gsc_measure gsc_measure_ablate, gsc_measure_clockpizza,
    gsc_measure_fourier, gsc_measure_groups, gsc_measure_norms, gsc_measure_progress,
    gsc_measure_rqi;

/* Number `index` of all, in the order of their names; NULL past the last. */
const gsc_measure *gsc_measure_at(size_t index);

/* The measure of a name, or NULL. */
const gsc_measure *gsc_measure_find(const char *name);

/* Fill one row, or more, of a table about the checkpoint of a request. GSC_EFORMAT
 * where the measure asks for a network and there are tensors alone; every message
 * begins with the request's name. */
int gsc_measure_fill(const gsc_measure *measure, size_t table,
                     const gsc_measure_request *request, gsc_rows *rows);

#ifdef __cplusplus
}
#endif
#endif
