/* A part of another network's weights, put in place of a run's own. */
#ifndef GSC_RUN_TRANSPLANT_H
#define GSC_RUN_TRANSPLANT_H

#include "train/run/training.h"

/* Replace w by w + P (v - w), v the weights of transplant_from and P the projection
 * onto the planes that the option transplant names, in the parameters of embedding and
 * unembedding that transplant_parameters names; note where v comes from. Does nothing
 * where no such option is given.
 *
 * GSC_EARGUMENT: planes that this network has not got, other axes or another number of
 * residues in that file, a part of the options without the others. GSC_EFORMAT: another
 * network. */
int gsc_training_transplant(gsc_training *training);

/* Whether two configurations name the same transplant. */
bool gsc_same_transplant(const gsc_init_config *a, const gsc_init_config *b);

/* Keep the note of another checkpoint, if it has one. */
int gsc_training_keep_transplant_note(gsc_training *training, const gsc_checkpoint *c);

#endif
