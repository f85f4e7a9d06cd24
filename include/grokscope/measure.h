/* Measures: what can be asked of a checkpoint, and in which columns it answers.
 *
 * A measure is one file in analyze/measure: it takes from a loaded model what a method
 * (analyze/method) needs and puts the method's numbers under named columns. Programs
 * run it over checkpoints, the trainer over weights that are still in the making. A
 * client of the library writes its own as a constant of the same form, and hands it to
 * whatever asks measures. */
#ifndef GROKSCOPE_MEASURE_H
#define GROKSCOPE_MEASURE_H

#include "grokscope/lazy_checkpoint.h"
#include "grokscope/online_measures.h"
#include "grokscope/options.h"
#include "grokscope/rows.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the checkpoints of a run have in common. A file beside which there are no step
 * files is a run of its own, its first and its last; a run that is still in training
 * has no last one. Both are opened only by `prepare`, which runs before all requests.
 */
typedef struct gsc_run_context {
    gsc_lazy_checkpoint first, last; /* its first and its last checkpoint */
    bool alone; /* a file that is no step of a folder: nothing tells how it began */
} gsc_run_context;

/* One checkpoint of a run, as a measure is asked about it. */
typedef struct gsc_measure_request {
    const gsc_loaded_model *loaded;     /* its weights may be a control's */
    const char *name;                   /* its file, or what else it is, for messages */
    const gsc_run_context *run_context; /* what the checkpoints of its run share */
    gsc_lazy_checkpoint *before;        /* the one asked for before this one, or NULL */
    const void *options;  /* of gsc_measure_new_options; NULL without options */
    const void *state;    /* what prepare made of the run */
    gsc_threads *threads; /* a pool that it may use, or NULL */
} gsc_measure_request;

/* A table: one row for each checkpoint, or for each tensor, frequency, … of it. */
typedef struct gsc_measure_table {
    const char *rows;          /* what a row is about: "checkpoint", "tensor" */
    const gsc_column *columns; /* what stands in each row */
    size_t num_columns;
    /* Add the rows of a checkpoint. Errors are told with the request's name in front.
     */
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

/* The options of a measure: rows over a struct of `size` bytes, which whoever asks
 * allocates, so that one measure may be asked twice with different options. */
typedef struct gsc_measure_options {
    const char *title;      /* of their section in help */
    const gsc_option *rows; /* of its table of options */
    size_t num_rows;
    size_t size; /* of the struct that has their values */
} gsc_measure_options;

/* Limit of a measure. */
enum { GSC_MAX_MEASURE_TABLES = 5 /* tables of one measure */ };

/* What a measure needs: only weights, a network, or a network with a facet, which is a
 * fact about the structure of its task and stands here by its name; of several names,
 * with blanks between, one is enough. */
#define GSC_NEEDS_WEIGHTS "weights"
#define GSC_NEEDS_NETWORK "network"
#define GSC_NEEDS_BINARY_TABLE "binary_table"
#define GSC_NEEDS_BITS "bits"
#define GSC_NEEDS_QUANTA "quanta"             /* many parities at once */
#define GSC_NEEDS_SINGLE_INDEX "single_index" /* a function of one direction */
#define GSC_NEEDS_TWO_HOP "two_hop"           /* facts, and what follows from two */
#define GSC_NEEDS_SYMBOL_SUM "symbol_sum"     /* the toy of Liu et al. */

/* A measure: what it needs, its tables, and what fills them. */
typedef struct gsc_measure {
    const char *name;      /* "norms"; its program has - for _ */
    const char *purpose;   /* one line, for help */
    const char *examples;  /* of its program: lines, each with its command and what it
                              gives; may be NULL */
    const char *needs;     /* GSC_NEEDS_NETWORK and the like */
    bool of_frequencies;   /* asks for frequencies too, which elements of a group have
                              where they are residues (binary_table.h) */
    size_t least_residues; /* of a table of pairs; of products and quotients modulo a
                              prime their logarithms count */
    const gsc_measure_options *options; /* its own, or NULL */
    bool looks_back;   /* at the checkpoint before: of two requests with equal weights
                          it may say different things */
    size_t num_tables; /* the first has one row for each checkpoint */
    gsc_measure_table tables[GSC_MAX_MEASURE_TABLES]; /* [num_tables] */
    /* What all checkpoints of a run share in a table, with these options; and its end,
     * which takes no NULL. May be NULL. */
    int (*prepare)(size_t table, const void *options, gsc_run_context *run_context,
                   void **state);
    void (*release)(void *state);
} gsc_measure;

/* The library's measures. Each is the question of the program of its name, whose
 * page in the manual says what it computes: gsc_measure_norms is that of grokscope-
 * norms. */
extern const gsc_measure gsc_measure_ablate, gsc_measure_agop, gsc_measure_clockpizza,
    gsc_measure_committee, gsc_measure_commutator, gsc_measure_effective_theory,
    gsc_measure_efficiency, gsc_measure_fourier, gsc_measure_gradients,
    gsc_measure_groups, gsc_measure_hessian, gsc_measure_induction, gsc_measure_llc,
    gsc_measure_logit_lens, gsc_measure_mask_distance, gsc_measure_metrics,
    gsc_measure_norms, gsc_measure_ntk, gsc_measure_origins, gsc_measure_parity,
    gsc_measure_probe, gsc_measure_progress, gsc_measure_pruning, gsc_measure_quanta,
    gsc_measure_rqi, gsc_measure_sharpness, gsc_measure_spectral_edge,
    gsc_measure_stability, gsc_measure_tracing;

/* A measure's `prepare` that opens the run's first checkpoint, and nothing more. */
int gsc_measure_prepare_first(size_t table, const void *options,
                              gsc_run_context *run_context, void **state);

/* All of these in the order of their names, NULL after the last. A registry of
 * measures is such an array; a client's own may begin with the same:
 *
 *     const gsc_measure *const all[] = {GSC_BUILTIN_MEASURES, &own_measure, NULL}; */
extern const gsc_measure *const gsc_builtin_measures[];
#define GSC_BUILTIN_MEASURES                                                          \
    &gsc_measure_ablate, &gsc_measure_agop, &gsc_measure_clockpizza,                  \
        &gsc_measure_committee, &gsc_measure_commutator,                              \
        &gsc_measure_effective_theory, &gsc_measure_efficiency, &gsc_measure_fourier, \
        &gsc_measure_gradients, &gsc_measure_groups, &gsc_measure_hessian,            \
        &gsc_measure_induction, &gsc_measure_llc, &gsc_measure_logit_lens,            \
        &gsc_measure_mask_distance, &gsc_measure_metrics, &gsc_measure_norms,         \
        &gsc_measure_ntk, &gsc_measure_origins, &gsc_measure_parity,                  \
        &gsc_measure_probe, &gsc_measure_progress, &gsc_measure_pruning,              \
        &gsc_measure_quanta, &gsc_measure_rqi, &gsc_measure_sharpness,                \
        &gsc_measure_spectral_edge, &gsc_measure_stability, &gsc_measure_tracing

/* The measure of a name in a registry, or NULL. */
const gsc_measure *gsc_measure_find(const gsc_measure *const *measures,
                                    const char *name);

/* New options, each with its default; NULL for a measure without options. free()
 * releases them. GSC_EMEMORY. */
int gsc_measure_new_options(const gsc_measure *measure, void **options);

/* The rows of its options bound to such a struct, for gsc_options_set and programs'
 * tables; without rows for a measure without options. */
gsc_options gsc_measure_bind(const gsc_measure *measure, void *options);

/* Set options from a text, "key_rule=energy:keys=14,35": a colon stands before each but
 * the first. Errors are those of gsc_options_set, with the measure's name. */
int gsc_measure_read_options(const gsc_measure *measure, const char *text,
                             void *options);

/* Whether a loaded model has what a measure needs. */
bool gsc_measure_admits(const gsc_measure *measure, const gsc_loaded_model *loaded);

/* The same as an error: GSC_EFORMAT where there are tensors without a network,
 * GSC_EARGUMENT with the names of both facets where its task has another one. `name`
 * is the loaded model's file. */
int gsc_measure_check_needs(const gsc_measure *measure, const gsc_loaded_model *loaded,
                            const char *name);

/* Prepare a run, where the measure does so: *state is NULL or to be given to
 * gsc_measure_release. The first checkpoint of the run is looked at for what the
 * measure needs. */
int gsc_measure_prepare(const gsc_measure *measure, size_t table, const void *options,
                        gsc_run_context *run_context, void **state);

/* Release what gsc_measure_prepare made; NULL is allowed. */
void gsc_measure_release(const gsc_measure *measure, void *state);

/* Fill one row, or more, of a table about the checkpoint of a request, once it has what
 * the measure needs; every message tells the request's name. */
int gsc_measure_fill(const gsc_measure *measure, size_t table,
                     const gsc_measure_request *request, gsc_rows *rows);

/* ---- In training ---- */

/* The measures of a registry as the trainer asks them (trainer.h). A list of them is
 *
 *     progress, norms, progress:key_rule=energy:keys=14,35
 *
 * a measure with its options after colons; a comma after options belongs to their
 * last value unless a measure's name follows. Its table in the history has the
 * measure's name, of the second with other options "progress_2", and so on; it holds
 * the columns of the measure's first table that are numbers which one checkpoint tells.
 *
 * The run is one that has no last checkpoint yet. Its first are the weights of step 0;
 * before a checkpoint stands the one whose rows the history has before its own. Rows
 * that only one file holds leave no trace in those of later steps, so a run that was
 * stopped and goes on measures as one that was not. */
gsc_online_measures gsc_measures_online(const gsc_measure *const *measures);

#ifdef __cplusplus
}
#endif
#endif
