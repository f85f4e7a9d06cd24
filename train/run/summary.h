/* What the losses of a run tell once they stand in its history (trainer.h). */
#ifndef GSC_RUN_SUMMARY_H
#define GSC_RUN_SUMMARY_H

#include "grokscope/trainer.h"

#include "grokscope/table.h"

/* Fill in the result's memorized_step, generalized_step, sustained_step, slingshots,
 * early_stop_step and early_stop_lost from the table of losses. */
void gsc_summary_of_losses(const gsc_table *losses, int64_t patience,
                           gsc_train_result *result);

#endif
