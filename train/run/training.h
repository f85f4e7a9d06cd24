/* The state of a run in training: what the loop moves and the files keep. */
#ifndef GSC_RUN_TRAINING_H
#define GSC_RUN_TRAINING_H

#include "grokscope/network.h"
#include "grokscope/trainer.h"

#include "train/data/sampler.h"
#include "train/run/evaluation.h"
#include "train/run/loss_columns.h"
#include "train/run/triggers.h"

typedef struct gsc_training {
    gsc_network network;
    const gsc_train_options *options;
    char *config_json;
    int lock;
    gsc_threads *threads;
    gsc_sampler sampler;
    gsc_engine *train_engine, *test_engine;
    gsc_evaluation evaluation;
    uint32_t *orders[GSC_MAX_SPLITS]; /* the examples of each split, for the cache */
    gsc_result *results;              /* of an engine's roots, of the last run */
    /* Of each example, where outputs have groups: of the roots, one after the other. */
    double *losses;
    uint8_t *right;
    size_t *group_sizes; /* examples of a set in each group */
    gsc_optimizer optimizer;
    gsc_type type;

    /* What a resume file holds. */
    int64_t step;  /* updates made */
    void *weights; /* after them */
    gsc_history history;
    double end; /* gsc_train_end that was reached, or -1 */

    /* What every file notes: the options' notes, and of a fork where it comes from. */
    size_t num_notes;
    gsc_provenance_item *notes;
    char *forked_from;       /* or NULL */
    char *transplanted_from; /* of a transplant: path and digest, or NULL */

    void *next; /* the weights that the next update makes; before it, the former ones */
    double batch_loss; /* of the weights, over the step's examples */
    /* The weights' row of table "loss"; what was not measured is NaN. */
    double *row, *former_row;
    size_t row_columns; /* numbers in it */
    size_t sum_column;  /* where the sum of the squared weights is */
    gsc_online online;  /* what measures say of the weights, where they were asked */
    const double *
        *rows; /* of each table of the history: row, those of online, or NULL */
    gsc_triggers triggers;
    int64_t saved_before; /* the scheduled step before this one, or -1 */
    bool saves_first;     /* a fork: the step that it begins with is saved */
    double last_resume_time;
    size_t rows_to_resume; /* of the loss, in the resume file */
    gsc_train_result *result;
} gsc_training;

/* A row of table "loss", in short. */
gsc_train_row gsc_training_summary(const gsc_training *training, const double *row);

/* Ask the measures of the weights as they are, unless that was done. */
int gsc_training_measure(gsc_training *training);

/* Save step-N.h5 with the rows since the scheduled step before and those of N as its
 * last; and resume.h5 with `history` as it stands, where the run may end here, where
 * the history is short, or where enough of it is new. */
int gsc_training_save(gsc_training *training, bool may_end);
int gsc_training_save_step(gsc_training *training, bool with_state);
int gsc_training_save_resume(gsc_training *training);

/* Whether the checkpoint of this step holds the state too (save_state). */
bool gsc_training_keeps_state(const gsc_training *training);

/* Take over what a resume file holds; *found is false where there is none. */
int gsc_training_restore(gsc_training *training, bool *found);

/* Multiply all that is trained. */
void gsc_training_scale_weights(gsc_training *training, double scale);

/* Take over what the options' fork names: weights (times the ratio of both init_scale),
 * the optimizer's state, and the history before its step, of the tables and columns
 * that this run has too. Its folder is another's, and only read. */
int gsc_training_fork(gsc_training *training);

/* Then, in the own folder: the step files before that step. */
int gsc_training_adopt_steps(gsc_training *training);

/* Names in /state beside those of the optimizer, and a fork's note. */
extern const char gsc_state_end[], gsc_state_before[], gsc_state_step_before[];
extern const char gsc_fork_note[];

/* Steps until the end. */
int gsc_training_loop(gsc_training *training);

#endif
