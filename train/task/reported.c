/* Targets that are reported and not learned. */
#include "train/task/reported.h"

#include "grokscope/error.h"

#include <stdio.h>
#include <string.h>

int
gsc_dataset_add_reported(gsc_dataset *dataset, const char *name, uint8_t **mask)
{
    int status = 0;
    char field[GSC_NAME_BYTES];
    void *zeros;
    const gsc_target all = dataset->targets[0];
    snprintf(field, sizeof field, "is_%.*s", GSC_NAME_BYTES - 4, name);
    GSC_TRY(gsc_dataset_add_field(dataset, field, GSC_FIELD_UINT8,
                                  (gsc_shape){1, {all.num_positions}}, 0, &zeros));
    gsc_target *target = gsc_dataset_add_target(dataset, name, all.field, all.loss);
    snprintf(target->mask, sizeof target->mask, "%s", field);
    target->position = all.position;
    target->num_positions = all.num_positions;
    target->answer_row = all.answer_row;
    target->weight = 0;
    *mask = zeros;
out:
    return status;
}

int
gsc_dataset_report_token(gsc_dataset *dataset, const char *name, size_t position,
                         size_t token)
{
    int status = 0;
    uint8_t *mask;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    size_t length = dataset->targets[0].num_positions;
    GSC_TRY(gsc_dataset_add_reported(dataset, name, &mask));
    for (size_t i = 0; i < dataset->num_examples; i++)
        memset(mask + i * length,
               gsc_field_element(tokens, i, position) == (double)token, length);
out:
    return status;
}
