/* The columns of the history's table "loss". */
#include "train/run/loss_columns.h"

#include "grokscope/error.h"

#include <stdio.h>
#include <string.h>

size_t
gsc_loss_num_sets(const gsc_dataset *dataset)
{
    return dataset->num_splits + dataset->stream.endless;
}

const gsc_split *
gsc_loss_split(const gsc_dataset *dataset, size_t set)
{
    if (dataset->stream.endless && set == 0)
        return NULL;
    return &dataset->splits[set - dataset->stream.endless];
}

size_t
gsc_loss_column(const gsc_dataset *dataset, size_t set, size_t output)
{
    return 1 + 2 * (set * dataset->num_targets + output);
}

static int
add_name(gsc_loss_columns *columns, const char *set, const char *output,
         const char *what)
{
    if (columns->count == GSC_MAX_COLUMNS)
        return gsc_fail(GSC_EARGUMENT, "the history would have more than %d columns",
                        GSC_MAX_COLUMNS);
    int length =
        snprintf(columns->names[columns->count++], GSC_COLUMN_BYTES, "%s%s%s%s%s", set,
                 *set ? "_" : "", output, *output ? "_" : "", what);
    if (length >= GSC_COLUMN_BYTES)
        return gsc_fail(GSC_EARGUMENT, "output %s of split %s: the names are too long",
                        output, set);
    return 0;
}

int
gsc_loss_columns_init(gsc_loss_columns *columns, const gsc_dataset *dataset)
{
    int status = 0;
    *columns = (gsc_loss_columns){.count = 0};
    GSC_TRY(add_name(columns, "", "", "step"));
    for (size_t s = 0; s < gsc_loss_num_sets(dataset); s++) {
        const gsc_split *split = gsc_loss_split(dataset, s);
        const char *set = split ? split->name : "batch";
        for (size_t o = 0; o < dataset->num_targets; o++) {
            const char *output = o > 0 ? dataset->targets[o].name : "";
            GSC_TRY(add_name(columns, set, output, "loss"));
            GSC_TRY(add_name(columns, set, output, "accuracy"));
        }
    }
    GSC_TRY(add_name(columns, "", "", "sum_squared_weights"));
out:
    return status;
}
