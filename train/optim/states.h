/* What an optimizer keeps from update to update: its states, by name. */
#ifndef GSC_OPTIM_STATES_H
#define GSC_OPTIM_STATES_H

#include "grokscope/optimizer.h"

/* Make room for the arrays of all stages; rules share those of one name. GSC_EARGUMENT
 * where two other stages have one of the same name, or one has no kernel of the type.
 */
int gsc_optimizer_add_states(gsc_optimizer *optimizer);

/* What stages keep of the initial weights; rules, which come last, may change these. */
int gsc_optimizer_begin_states(gsc_optimizer *optimizer, void *weights);

#endif
