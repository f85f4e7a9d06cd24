/* The fields of a batch. */
#include "train/graph/engine/running.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

/* A leaf reads a field's elements in order, whatever axes it sees them in. */
static int
check_shape(const gsc_field *leaf, const gsc_field *found)
{
    int status = 0;
    gsc_text expected = {0}, text = {0};
    if (gsc_shape_count(leaf->shape) == gsc_shape_count(found->shape))
        return 0;
    GSC_TRY(gsc_shape_add(leaf->shape, &expected));
    GSC_TRY(gsc_shape_add(found->shape, &text));
    status =
        gsc_fail(GSC_EARGUMENT, "field '%s': %s an example, where the network reads %s",
                 leaf->name, text.data, expected.data);
out:
    gsc_text_free(&expected);
    gsc_text_free(&text);
    return status;
}

static int
check_kind(const gsc_field *leaf, const gsc_field *found)
{
    bool is_index = found->num_values > 0;
    bool floats = found->type == GSC_FIELD_FLOAT32 || found->type == GSC_FIELD_FLOAT64;
    if (is_index != (leaf->num_values > 0))
        return gsc_fail(GSC_EARGUMENT, "field '%s': %s, where the network reads %s",
                        leaf->name, is_index ? "indices" : "numbers",
                        is_index ? "numbers" : "indices");
    if (is_index && floats)
        return gsc_fail(GSC_EARGUMENT, "field '%s': indices stored as %s", leaf->name,
                        gsc_field_type_name(found->type));
    if (found->num_values > leaf->num_values)
        return gsc_fail(GSC_EARGUMENT,
                        "field '%s': indices below %zu, where the network has rows for "
                        "%zu",
                        leaf->name, found->num_values, leaf->num_values);
    return 0;
}

int
gsc_run_find_fields(gsc_engine *engine, const gsc_batch *batch)
{
    int status = 0;
    for (size_t i = 0; i < engine->plan.num_leaves; i++) {
        const gsc_graph_node *node = &engine->graph->nodes[engine->plan.leaves[i]];
        const gsc_field *leaf = gsc_field_of(engine->graph, node);
        if (batch->skip_metrics && engine->plan.for_metrics[engine->plan.leaves[i]])
            continue;
        const gsc_field *found =
            gsc_field_find(batch->fields, batch->num_fields, leaf->name);
        if (!found)
            return gsc_fail(GSC_EARGUMENT,
                            "field '%s': the network reads it, the batch has none",
                            leaf->name);
        GSC_TRY(check_shape(leaf, found));
        GSC_TRY(check_kind(leaf, found));
        engine->fields[gsc_node_size(node, GSC_LEAF_FIELD)] = found;
    }
out:
    return status;
}
