/* A network that answers its questions block by block. */
#ifndef GROKSCOPE_RESPONDENT_H
#define GROKSCOPE_RESPONDENT_H

#include "grokscope/engine.h"

#include "analyze/compare/questions.h"
#include "analyze/network/evaluator.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_respondent {
    const gsc_loaded_model *loaded;
    const gsc_questions *questions;
    gsc_evaluator evaluator; /* of pairs */
    gsc_engine *engine;      /* of examples, with what it reads and writes */
    void *weights, *outputs;
    const gsc_tensor *templates; /* GSC_ALIKE_TEMPLATE: [templates, num_outputs] */
    gsc_type type;               /* of the neurons */
    size_t most_rows;            /* examples of a block */
    size_t width, num_neurons;   /* numbers of an answer; 0 neurons: not asked for */
    double *answers;             /* [most_rows, width] of the last run; rows that do not
                                    count are 0 */
    void *neurons;               /* [most_rows, num_neurons] of the type */
} gsc_respondent;

/* Make ready; loaded model and questions outlive it. GSC_EARGUMENT for a model without
 * neurons that is asked for them. */
int gsc_respondent_open(gsc_respondent *self, const gsc_loaded_model *loaded,
                        const gsc_questions *questions, bool neurons, size_t most_rows);
void gsc_respondent_close(gsc_respondent *self);

/* Answer questions first … first + count - 1, count <= most_rows. A forward pass;
 * `threads` may be NULL, the numbers do not depend on them. */
int gsc_respondent_run(gsc_respondent *self, gsc_threads *threads, size_t first,
                       size_t count);

/* labels[i] (room for gsc_questions_num_labels): what an answer [width] stands for. The
 * first largest output of a row, the nearest template, or whether a number is above 0;
 * 0 of GSC_ALIKE_DISTANCE. */
void gsc_respondent_labels(const gsc_respondent *self, const double *answer,
                           uint16_t *labels);

#ifdef __cplusplus
}
#endif
#endif
