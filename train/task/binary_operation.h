/* The task of binary operations: c of pairs (a, b), modulo p or in a group. Of several
 * operations each has its table of pairs, its token, its facet and its part of the
 * history. */
#ifndef GSC_TASK_BINARY_OPERATION_H
#define GSC_TASK_BINARY_OPERATION_H

#include "grokscope/group.h"
#include "grokscope/task.h"

/* The positions whose outputs the loss reads: the answer's, those from it on, all. */
typedef enum gsc_loss_positions {
    GSC_LOSS_ANSWER,
    GSC_LOSS_FROM_ANSWER,
    GSC_LOSS_ALL
} gsc_loss_positions;

typedef struct gsc_binary_operation {
    char operation[GSC_OPTION_TEXT_BYTES]; /* names or polynomials, commas between */
    int64_t p;
    char group[GSC_OPTION_TEXT_BYTES];      /* group.h: "S5"; of its operations */
    char group_file[GSC_OPTION_TEXT_BYTES]; /* or its Cayley table, or "" */
    char layout[GSC_OPTION_TEXT_BYTES];     /* layout.h: "a b =" */
    int64_t op_token, equals_token;         /* their numbers; 0: after the elements */
    bool unordered_pairs;                   /* (a, b) and (b, a) are one example */
    int64_t loss;                           /* of the task's names */
    int64_t loss_positions;                 /* gsc_loss_positions */
    double label_noise; /* share of the training examples with random labels */
    bool random_labels; /* every example's label is drawn at random */
    char random_operations[GSC_OPTION_TEXT_BYTES]; /* or those of these operations */
    int64_t report_a; /* pairs of this a are reported too; -1: of none */
    double train_fraction;
    int64_t data_seed;                      /* -1: the split is not one of ours */
    char split_file[GSC_OPTION_TEXT_BYTES]; /* order of example indices, or "" */
} gsc_binary_operation;

extern const gsc_task gsc_task_binary_operation;

/* The options, bound to `options`. */
gsc_options gsc_binary_operation_options(gsc_binary_operation *options);

/* Add only the facets of the options: no examples, no split. Errors as of the task. */
int gsc_binary_operation_facet(gsc_binary_operation *options, gsc_facets *facets);

/* Add the target "answer" and its field "label", of one operation, to a dataset whose
 * examples are there: tokens [examples, n_ctx] of a vocabulary, and the output column
 * of each answer. */
int gsc_binary_operation_label(const gsc_binary_operation *options,
                               const uint16_t *tokens, const uint16_t *answer,
                               size_t d_vocab, gsc_dataset *dataset);

#endif
