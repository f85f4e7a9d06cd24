/* The arithmetic of the optimizers, for float and double. */
#ifndef GSC_OPTIM_RULES_H
#define GSC_OPTIM_RULES_H

#include "grokscope/optimizer.h"

/* One update of `count` weights; all arrays begin with the same one. */
typedef void gsc_update_rule(const gsc_optimizer_config *config, double rate,
                             int64_t update, size_t count, const void *weights,
                             const void *gradient, void *const *moments, void *next);

gsc_update_rule gsc_adamw_update_f32, gsc_adamw_update_f64;
gsc_update_rule gsc_adam_update_f32, gsc_adam_update_f64;
gsc_update_rule gsc_sgd_update_f32, gsc_sgd_update_f64;

#endif
