/* Fields of the logits that two circuits give, which a task makes and a model weighs.
 */
#ifndef GSC_DATA_CIRCUIT_FIELDS_H
#define GSC_DATA_CIRCUIT_FIELDS_H

#define GSC_GENERALISING "generalising"
#define GSC_MEMORISING "memorising"

#endif
