/* What of a network nobody told, found by running it each way. */
#ifndef GROKSCOPE_IMPORT_TRIES_H
#define GROKSCOPE_IMPORT_TRIES_H

#include "train/exchange/import.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_MOST_ANSWERS = 12, GSC_ANSWER_BYTES = 64 };

typedef struct gsc_import_answered {
    const char *name; /* of the option */
    char value[GSC_ANSWER_BYTES];
} gsc_import_answered;

/* One way to run the network. */
typedef struct gsc_import_try {
    size_t num_answers;
    gsc_import_answered answers[GSC_MOST_ANSWERS];
    bool is_doubt;         /* of what is otherwise taken for granted */
    double accuracy, loss; /* of the examples that were asked */
} gsc_import_try;

typedef struct gsc_import_tries {
    size_t count, room;
    gsc_import_try *items; /* the best first */
    size_t chosen;         /* the one that was taken */
    size_t num_examples;   /* that were asked each time */
} gsc_import_tries;

/* Accuracy from which on a network is taken to be the one it was trained as. */
#define GSC_IMPORT_GOOD 0.9

/* Build the network of these tensors in every way that names, shapes and `known` leave
 * open (activation, direction of attention, number of heads, operation, tokens …), run
 * each on up to 1,024 examples, and write into `known` the way that answers best. Where
 * none is above GSC_IMPORT_GOOD, what is otherwise taken for granted is doubted too:
 * the scale of the scores, a norm that was folded into the weights, where the answer is
 * read, a residual stack. Costs a build and a forward pass each.
 *
 * Ways that give the same numbers count as one, the usual one. The best way is taken
 * where it is the only one, or where its accuracy is good and .2 above that of the
 * next: a network may do a little better with an activation that it was never trained
 * with. Otherwise, and where there are more than 128 ways, GSC_EARGUMENT names what is
 * open, with the accuracies. Other errors as of gsc_import_init. `tries` is to be freed
 * after a failure too. */
int gsc_import_decide(gsc_import_tries *tries, const gsc_external *file,
                      const gsc_value *weights, gsc_config *known, gsc_naming naming,
                      const gsc_map *map);
void gsc_import_tries_free(gsc_import_tries *tries);

/* "--act-fn relu --n-heads 4" */
int gsc_import_try_add(const gsc_import_try *self, gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
