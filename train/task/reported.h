/* Targets that are reported and not learned: the first one's answers again, over some
 * of the examples. */
#ifndef GSC_TASK_REPORTED_H
#define GSC_TASK_REPORTED_H

#include "grokscope/dataset.h"

/* Add the target `name` of weight 0 and its mask, the field "is_<name>" of zeros
 * [num_examples, num_positions of the first target], which `*mask` fills in: the
 * history then has its loss and accuracy over the examples where it is 1. */
int gsc_dataset_add_reported(gsc_dataset *dataset, const char *name, uint8_t **mask);

/* The same of the examples that have this token at a position. */
int gsc_dataset_report_token(gsc_dataset *dataset, const char *name, size_t position,
                             size_t token);

#endif
