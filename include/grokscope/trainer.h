/* The training loop: from a configuration to a folder of checkpoints. */
#ifndef GROKSCOPE_TRAINER_H
#define GROKSCOPE_TRAINER_H

#include "grokscope/checkpoint.h"
#include "grokscope/config.h"
#include "grokscope/online_measures.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The losses of the weights after `step` updates on the first output; accuracies are
 * shares of the examples. NaN where it was not measured. Of a stream `train` is the
 * step's batch. */
typedef struct gsc_train_row {
    double step;                       /* updates so far */
    double train_loss, train_accuracy; /* of the split "train" */
    double test_loss, test_accuracy;   /* of the split "test" */
    double sum_squared_weights;        /* over all parameters */
} gsc_train_row;

/* Why a training ended. */
typedef enum gsc_train_end {
    GSC_END_STEPS,    /* all steps made */
    GSC_END_LOSS,     /* stop_test_loss reached */
    GSC_END_ACCURACY, /* stop_test_accuracy reached */
    GSC_END_SIGNAL,   /* asked to stop; to be resumed */
    GSC_END_BEFORE,   /* the run was finished already, nothing was done */
    GSC_END_WHEN      /* a condition of stop_when holds */
} gsc_train_end;

/* What the loop tells while it runs. */
typedef struct gsc_train_progress {
    int64_t step, steps;      /* made so far, and asked for */
    int64_t first_step;       /* where this process began */
    const gsc_train_row *row; /* the last one measured */
} gsc_train_progress;

/* How a run is made: nothing here changes what comes out of it. Zeroed, but for the
 * folder: a new run on all cores that tells nothing. */
typedef struct gsc_train_options {
    const char *folder; /* of the checkpoints; it is made */
    bool resume;        /* continue what is there, bit for bit */
    bool force;         /* replace what is there */
    /* "DIR@STEP", or "DIR" for its newest state: begin with that run's weights,
     * optimizer's state and history, at its step; or NULL. */
    const char *fork;
    size_t num_threads;                    /* 0: one a core */
    const gsc_provenance_item *provenance; /* kept in every file */
    size_t num_provenance;
    /* What the configuration's `measure` may name: gsc_measures_online of measure.h
     * makes it; NULL: nothing. */
    const gsc_online_measures *measures;
    int64_t patience;                  /* of early_stop_step; 0: GSC_PATIENCE */
    const volatile sig_atomic_t *stop; /* ends the run after the step once nonzero */
    volatile sig_atomic_t *save;       /* saves the step once nonzero, and is zeroed */
    /* Called at every step, or NULL. */
    void (*report)(void *context, const gsc_train_progress *progress);
    void (*warn)(void *context, const char *text); /* of what is no error; or NULL */
    void *context;                                 /* what these two are given */
} gsc_train_options;

/* A network counts as having memorised, or generalised, from the first row of the
 * history with 99 % of the training, or test, examples right. */
#define GSC_LEARNED_ACCURACY 0.99

/* What sustained_step asks of the test accuracy. */
#define GSC_SUSTAINED_ACCURACY 0.95

/* Evaluations of the test loss that early stopping waits for a lower one. */
enum { GSC_PATIENCE = 10 /* where no option says otherwise */ };

/* What came of a run. */
typedef struct gsc_train_result {
    gsc_train_end end;       /* why it ended */
    int64_t step;            /* updates made in all */
    gsc_train_row row;       /* its last row of losses */
    double memorized_step;   /* the first with 99 % of "train" right; NaN: not yet */
    double generalized_step; /* the same of "test" */
    /* The first step from which on the test accuracy stays at GSC_SUSTAINED_ACCURACY
     * for five further evaluations of at least 100 steps: some runs cross and collapse
     * (arXiv 2607.20512, which we read in summaries only). NaN: not yet. */
    double sustained_step;
    /* Spikes of the training loss after memorized_step: rows from one whose loss is ten
     * times the least since the spike before, to one under a tenth of the peak between
     * (our definition of the slingshots of Thilak et al., arXiv 2206.04817). NaN: not
     * memorised. */
    double slingshots;
    /* Where early stopping would have ended the run: the first row `patience`
     * evaluations of the test loss after the least one so far; and what that costs: the
     * test accuracy of the last evaluation less that at the least loss, whose weights
     * early stopping keeps. NaN: it would not have stopped. */
    double early_stop_step, early_stop_lost;
    char condition[GSC_OPTION_TEXT_BYTES]; /* that stopped it, or "" */
    /* of this process */
    double train_seconds, test_seconds, save_seconds, measure_seconds;
} gsc_train_result;

/* Train a network, and keep what it is at the steps that are asked for. GSC_EBUSY where
 * the folder holds a run and neither resume nor force is set, or another trainer is at
 * it; GSC_EARGUMENT for a configuration that makes no run or does not continue the one
 * that is there; GSC_ENUMERIC where the loss is no longer finite: the last weights
 * whose loss was finite are then saved; GSC_EIO where a file cannot be written.
 * Whatever was saved stays whole and can be resumed. */
int gsc_train(const gsc_config *config, const gsc_train_options *options,
              gsc_train_result *result);

/* The configuration of the run that a folder holds and that can be continued; *found
 * says whether there is one. GSC_EFORMAT as gsc_run_read_resume; GSC_EARGUMENT where
 * the folder was imported. */
int gsc_train_read_config(const char *folder, gsc_config *config, bool *found);

/* The configuration of the run that a fork would begin with. GSC_EARGUMENT where no
 * file holds the optimizer's state of that step. */
int gsc_train_read_fork(const char *source, gsc_config *config);

#ifdef __cplusplus
}
#endif
#endif
