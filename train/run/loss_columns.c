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

/* How many values the field of an output's group has; 0 without one. */
static size_t
count_groups(const gsc_dataset *dataset, size_t output)
{
    const char *group = dataset->targets[output].group;
    const gsc_field *field = *group ? gsc_dataset_find(dataset, group) : NULL;
    return field ? field->num_values : 0;
}

bool
gsc_loss_has_groups(const gsc_dataset *dataset)
{
    bool has = false;
    for (size_t o = 0; o < dataset->num_targets; o++)
        has = has || count_groups(dataset, o) > 0;
    return has;
}

size_t
gsc_loss_group_column(const gsc_dataset *dataset, size_t set, size_t output)
{
    size_t sets = gsc_loss_num_sets(dataset);
    size_t place = gsc_loss_column(dataset, sets, 0) + 1; /* past the sum of squares */
    for (size_t s = 0; s <= set; s++)
        for (size_t o = 0; o < (s < set ? dataset->num_targets : output); o++)
            place += 2 * count_groups(dataset, o);
    return place;
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

static int
add_vector(gsc_loss_columns *columns, const char *set, const gsc_target *target,
           bool is_first, const char *what, size_t width)
{
    if (columns->num_vectors == GSC_MAX_VECTORS)
        return gsc_fail(GSC_EARGUMENT,
                        "the history would have more than %d vector columns",
                        GSC_MAX_VECTORS);
    gsc_vector_column *v = &columns->vectors[columns->num_vectors++];
    v->width = width;
    int length = snprintf(v->name, sizeof v->name, "%s_%s%s%s_by_%s", set,
                          is_first ? "" : target->name, is_first ? "" : "_", what,
                          target->group);
    if (length >= (int)sizeof v->name)
        return gsc_fail(GSC_EARGUMENT, "group %s of split %s: the names are too long",
                        target->group, set);
    return 0;
}

static int
add_vectors(gsc_loss_columns *columns, const gsc_dataset *dataset, size_t set)
{
    int status = 0;
    const gsc_split *split = gsc_loss_split(dataset, set);
    const char *name = split ? split->name : "batch";
    for (size_t o = 0; o < dataset->num_targets; o++) {
        const gsc_target *target = &dataset->targets[o];
        size_t width = count_groups(dataset, o);
        if (width == 0)
            continue;
        GSC_TRY(add_vector(columns, name, target, o == 0, "loss", width));
        GSC_TRY(add_vector(columns, name, target, o == 0, "accuracy", width));
    }
out:
    return status;
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
    for (size_t s = 0; s < gsc_loss_num_sets(dataset); s++)
        GSC_TRY(add_vectors(columns, dataset, s));
out:
    return status;
}
