/* The examples that two networks are both asked, so that their answers can be compared:
 * all pairs of a binary table, or examples of a dataset. */
#ifndef GROKSCOPE_QUESTIONS_H
#define GROKSCOPE_QUESTIONS_H

#include "analyze/network/pairs/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* By what the answers of two networks to one example are alike. */
typedef enum gsc_alike {
    GSC_ALIKE_LARGEST,  /* the first largest output of each row: labels */
    GSC_ALIKE_SIGN,     /* whether each number is above 0: hinge,
                           binary cross entropy */
    GSC_ALIKE_TEMPLATE, /* the template that each row is nearest to */
    GSC_ALIKE_DISTANCE  /* their mean squared difference is below the tolerance */
} gsc_alike;

/* Of more examples than this a dataset's are thinned out evenly. */
enum { GSC_MOST_QUESTIONS = 10000 };

/* What one network is asked. Example i of one network's questions is example i of the
 * other's. An answer has num_rows rows of num_outputs numbers: those of the model's
 * first output, or, of pairs, the logits of the elements in the grid's order. */
typedef struct gsc_questions {
    const gsc_grid *grid;       /* pairs; NULL: examples of a dataset */
    const gsc_dataset *dataset; /* whose examples they are */
    const gsc_field *mask;      /* of the dataset: rows of 0 do not count; NULL: all */
    uint32_t *examples;         /* [count] of the dataset, ascending */
    size_t count;
    size_t num_rows, num_outputs;
    gsc_alike alike;
    double tolerance;
    bool split_is_known; /* whether it is known what the network was trained on */
    bool *train;         /* [count]; all false where it is not */
} gsc_questions;

/* All pairs of a grid, which outlives the questions. GSC_EMEMORY. */
int gsc_questions_of_pairs(gsc_questions *questions, const gsc_grid *grid);

/* The examples of a loaded model's own dataset (`like` NULL), or those that `like` has,
 * which outlives the questions. Where there are more than GSC_MOST_QUESTIONS, example
 * floor(i N / GSC_MOST_QUESTIONS) of N is number i. What the network was trained on is
 * found by the values of the inputs: two datasets may have examples in common. A stream
 * is not trained on the examples that it keeps. Cost: a pass over the inputs that are
 * asked and that were trained on. GSC_EARGUMENT where there are no examples to read,
 * and where the network reads other fields than `like` has, or answers otherwise. */
int gsc_questions_of_examples(gsc_questions *questions, const gsc_loaded_model *loaded,
                              const gsc_questions *like);
void gsc_questions_free(gsc_questions *questions);

/* test[i] (room for count) = whether neither network was trained on example i; false
 * for all where that is not known of one. Returns how many there are. */
size_t gsc_questions_test(const gsc_questions *a, const gsc_questions *b, bool *test);

/* Whether row `row` of answer i counts. */
bool gsc_questions_counts(const gsc_questions *questions, size_t i, size_t row);

/* Rows of all answers that count. */
size_t gsc_questions_count_rows(const gsc_questions *questions);

/* Labels that an answer stands for: one a row, or one a number where signs are told. */
size_t gsc_questions_num_labels(const gsc_questions *questions);

/* GSC_EARGUMENT unless answer i of one corresponds to answer i of the other. */
int gsc_questions_match(const gsc_questions *a, const gsc_questions *b);

/* GSC_EARGUMENT where an example of `other`, whose numbers have been read, is one of
 * the questions by its inputs and has another target. Cost: a pass over both. */
int gsc_questions_same_answers(const gsc_questions *questions,
                               const gsc_dataset *other);

/* What checkpoints are asked, as text, from the shapes of the fields alone: equal where
 * one may be asked the other's examples. Nothing where there are no outputs. */
int gsc_questions_describe(const gsc_dataset *dataset, gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
