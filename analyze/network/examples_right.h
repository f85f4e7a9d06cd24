/* Which examples a loaded model's network answers rightly, whatever its task. */
#ifndef GSC_NETWORK_EXAMPLES_RIGHT_H
#define GSC_NETWORK_EXAMPLES_RIGHT_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

/* Of some examples of its data, which are in memory (gsc_loaded_model_data): those
 * whose first target is answered rightly, as training counts them, in the type that
 * the network is run in. `threads` may be NULL. A forward pass of each. Errors of
 * gsc_loaded_model_need_model and of engines. */
int gsc_examples_right(const gsc_loaded_model *loaded, gsc_threads *threads,
                       const uint32_t *examples, size_t count, size_t *right);

/* The same of each: losses [count] of the first target, or NULL, and right [count]. */
int gsc_examples_scores(const gsc_loaded_model *loaded, gsc_threads *threads,
                        const uint32_t *examples, size_t count, double *losses,
                        uint8_t *right);

#endif
