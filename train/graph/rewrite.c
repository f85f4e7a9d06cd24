/* The driver of the rewrites. */
#include "rewrite.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* In the order in which they are asked. */
static const struct {
    gsc_rule *rule;
    unsigned bit;
} rules[] = {
    {gsc_rewrite_positions, GSC_REWRITE_POSITIONS},
    {gsc_rewrite_constant, GSC_REWRITE_CONSTANT},
    {gsc_rewrite_gather, GSC_REWRITE_GATHER},
    {gsc_rewrite_mix, GSC_REWRITE_MIX},
    {gsc_rewrite_associate, GSC_REWRITE_ASSOCIATE},
    {gsc_rewrite_distribute, GSC_REWRITE_DISTRIBUTE},
    {gsc_rewrite_sums, GSC_REWRITE_SUMS},
};

enum { MOST_PASSES = 1000 }; /* a rule that runs in a circle is a mistake of ours */

void
gsc_graph_mark_live(const gsc_graph *graph, const gsc_node *roots, size_t num_roots,
                    bool *live)
{
    memset(live, 0, graph->num_nodes * sizeof *live);
    for (size_t i = 0; i < num_roots; i++)
        if (roots[i] != GSC_NO_NODE)
            live[roots[i]] = true;
    for (size_t i = graph->num_nodes; i-- > 0;)
        for (size_t k = 0; live[i] && k < graph->nodes[i].num_inputs; k++)
            live[graph->nodes[i].inputs[k]] = true;
}

gsc_node
gsc_rewrite_copy(gsc_rewriting *rewriting, gsc_node id)
{
    gsc_ir_node node = rewriting->old->nodes[id];
    if (node.kind == GSC_OP_PARAMETER)
        return rewriting->image[id];
    for (size_t k = 0; k < node.num_inputs; k++)
        node.inputs[k] = rewriting->image[node.inputs[k]];
    if (node.kind == GSC_OP_ADD) /* its inputs may have changed their domains */
        return gsc_graph_add(rewriting->new, node.inputs[0], node.inputs[1]);
    if (node.kind == GSC_OP_MULTIPLY)
        return gsc_graph_multiply(rewriting->new, node.inputs[0], node.inputs[1]);
    return gsc_graph_intern(rewriting->new, &node);
}

/* The parameters keep their order and so their places in the flat array. */
static void
copy_parameters(gsc_rewriting *rewriting)
{
    const gsc_graph *old = rewriting->old;
    for (size_t i = 0; i < old->num_nodes; i++) {
        if (old->nodes[i].kind != GSC_OP_PARAMETER)
            continue;
        const gsc_parameter *p = &old->parameters[old->nodes[i].form];
        rewriting->image[i] = gsc_graph_parameter(rewriting->new, p->name, p->axes,
                                                  p->shape, p->start, p->trained);
    }
}

/* One pass; *changed says whether a rule applied. */
static int
rewrite_once(const gsc_graph *old, const gsc_occasion *occasion, gsc_node *roots,
             size_t num_roots, gsc_graph **out_new, bool *changed)
{
    int status = 0;
    bool *live = NULL;
    size_t *uses = NULL;
    gsc_rewriting r = {.old = old,
                       .num_examples = occasion->num_examples,
                       .constant = occasion->constant,
                       .n_ctx = occasion->n_ctx};
    GSC_TRY(gsc_graph_open(&r.new));
    GSC_NEW(live, old->num_nodes);
    GSC_NEW(uses, old->num_nodes);
    GSC_NEW(r.image, old->num_nodes);
    r.uses = uses;
    gsc_graph_mark_live(old, roots, num_roots, live);
    for (size_t i = 0; i < num_roots; i++)
        if (roots[i] != GSC_NO_NODE)
            uses[roots[i]]++;
    for (size_t i = 0; i < old->num_nodes; i++)
        for (size_t k = 0; live[i] && k < old->nodes[i].num_inputs; k++)
            uses[old->nodes[i].inputs[k]]++;
    *changed = false;
    copy_parameters(&r);
    for (size_t i = 0; i < old->num_nodes; i++) {
        if (!live[i])
            continue;
        gsc_node image = GSC_NO_NODE;
        for (size_t k = 0; k < sizeof rules / sizeof *rules && image == GSC_NO_NODE;
             k++)
            if (occasion->rewrites & rules[k].bit)
                image = rules[k].rule(&r, (gsc_node)i);
        *changed = *changed || image != GSC_NO_NODE;
        r.image[i] = image != GSC_NO_NODE ? image : gsc_rewrite_copy(&r, (gsc_node)i);
    }
    GSC_TRY(gsc_graph_status(r.new));
    for (size_t i = 0; i < num_roots; i++)
        if (roots[i] != GSC_NO_NODE)
            roots[i] = r.image[roots[i]];
    *out_new = r.new;
    r.new = NULL;
out:
    gsc_graph_close(r.new);
    free(r.image);
    free(uses);
    free(live);
    return status;
}

int
gsc_graph_rewrite(const gsc_graph *graph, const gsc_occasion *occasion, gsc_node *roots,
                  size_t num_roots, gsc_graph **rewritten)
{
    int status = 0;
    gsc_graph *current = NULL;
    bool changed = true;
    for (int pass = 0; changed && pass < MOST_PASSES; pass++) {
        gsc_graph *next = NULL;
        GSC_TRY(rewrite_once(current ? current : graph, occasion, roots, num_roots,
                             &next, &changed));
        gsc_graph_close(current);
        current = next;
    }
    *rewritten = current;
    current = NULL;
out:
    gsc_graph_close(current);
    return status;
}
