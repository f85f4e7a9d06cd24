/* Examples of every task of a network that has many (the facet "quanta"), and what the
 * network says of them. */
#ifndef GROKSCOPE_TASK_EXAMPLES_H
#define GROKSCOPE_TASK_EXAMPLES_H

#include "grokscope/loaded_model.h"
#include "grokscope/matrix.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_task_examples {
    size_t tasks, n, k;
    const double *frequency; /* [tasks], the facet's */
    const uint16_t *bits;    /* [tasks, k], the facet's */
    size_t each;    /* examples of every task: number t each … are task t's */
    uint8_t *x;     /* [tasks * each, tasks + n]: one-hot code, then bits */
    uint8_t *y;     /* [tasks * each] */
    uint16_t *task; /* [tasks * each] */
} gsc_task_examples;

/* `each` random examples of every task, of stream "task_examples", seed 0. The loaded
 * model outlives them. GSC_EFORMAT where the facet is damaged. */
int gsc_task_examples_init(gsc_task_examples *examples, const gsc_loaded_model *loaded,
                           size_t each);
void gsc_task_examples_free(gsc_task_examples *examples);

/* loss [tasks], accuracy [tasks]: the means over each task's examples, in float64. The
 * cost is a forward pass over all examples. */
int gsc_task_examples_score(const gsc_task_examples *examples,
                            const gsc_loaded_model *loaded, gsc_threads *threads,
                            double *loss, double *accuracy);

/* Row i of `gradients` [count, weights], which is initialised here, is the gradient of
 * example chosen[i]'s own loss by all weights, in float64. The cost is `count` forward
 * and backward passes. GSC_EARGUMENT where it would take more than 2 GiB. */
int gsc_task_examples_gradients(const gsc_task_examples *examples,
                                const gsc_loaded_model *loaded, const uint32_t *chosen,
                                size_t count, gsc_matrix *gradients);

#ifdef __cplusplus
}
#endif
#endif
