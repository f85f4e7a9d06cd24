/* The driver of the rewrites. */
#include "train/graph/rewrite/rewrite.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are asked. */
static const struct {
    gsc_rewrite rewrite;
    gsc_rule *rule;
} table[] = {
    {{"positions", "slice(f(x)) = f(slice(x))", GSC_REWRITE_POSITIONS},
     gsc_rewrite_positions},
    {{"constant", "gather(T) = T[t], where every example has token t",
      GSC_REWRITE_CONSTANT},
     gsc_rewrite_constant},
    {{"gather", "gather(T) W = gather(T W)", GSC_REWRITE_GATHER}, gsc_rewrite_gather},
    {{"mix", "(sum_j w_j x_j) W = sum_j w_j (x_j W)", GSC_REWRITE_MIX},
     gsc_rewrite_mix},
    {{"associate", "(x V) W = x (V W)", GSC_REWRITE_ASSOCIATE}, gsc_rewrite_associate},
    {{"distribute", "(a + b) W = a W + b W", GSC_REWRITE_DISTRIBUTE},
     gsc_rewrite_distribute},
    {{"sums", "(x + p) + q = x + (p + q), p and q parameters", GSC_REWRITE_SUMS},
     gsc_rewrite_sums},
    {{"rows", "gather(T) + gather(S) in one pass", GSC_REWRITE_ROWS}, gsc_rewrite_rows},
    {{"fuse", "relu(x + p) in one pass", GSC_REWRITE_FUSE}, gsc_rewrite_fuse},
    {{"tiles", "mix(softmax(scores(q, k)), v) in blocks", GSC_REWRITE_TILES},
     gsc_rewrite_tiles},
};
enum { NUM_REWRITES = sizeof table / sizeof *table };

enum { MOST_PASSES = 1000 }; /* a rule that runs in a circle is a mistake of ours */

void
gsc_graph_mark_live(const gsc_graph *graph, const gsc_node *roots, size_t num_roots,
                    bool *live)
{
    memset(live, 0, graph->num_nodes * sizeof *live);
    for (size_t i = 0; i < num_roots; i++)
        live[roots[i]] = true;
    gsc_graph_mark_inputs(graph, live);
}

void
gsc_graph_mark_inputs(const gsc_graph *graph, bool *live)
{
    for (size_t i = graph->num_nodes; i-- > 0;)
        for (size_t k = 0; live[i] && k < graph->nodes[i].num_inputs; k++)
            live[graph->nodes[i].inputs[k]] = true;
}

gsc_node
gsc_rewrite_copy(gsc_rewriting *rewriting, gsc_node id)
{
    gsc_graph_node node = rewriting->old->nodes[id];
    const gsc_field *field = gsc_field_of(rewriting->old, &node);
    if (gsc_is_parameter(&node))
        return rewriting->image[id];
    if (field)
        return gsc_graph_leaf(rewriting->new, field->name, field->shape,
                              field->num_values);
    for (size_t k = 0; k < node.num_inputs; k++)
        node.inputs[k] = rewriting->image[node.inputs[k]];
    if (rewriting->new->status < 0)
        return GSC_NO_NODE;
    node.domain = GSC_PARAMETERS; /* the inputs' domains may have changed */
    gsc_node_prepare(rewriting->new, &node);
    return gsc_graph_intern(rewriting->new, &node);
}

gsc_node
gsc_rewrite_map_rows(gsc_rewriting *r, const gsc_graph_node *product,
                     const gsc_graph_node *x)
{
    gsc_node inputs[GSC_MAX_INPUTS];
    for (size_t k = 0; k < x->num_inputs; k++) {
        inputs[k] = r->image[x->inputs[k]];
        if (x->op->rows & GSC_READS(k))
            inputs[k] = gsc_graph_product(r->new, gsc_product_form(product), inputs[k],
                                          r->image[product->inputs[1]]);
    }
    return gsc_graph_apply(r->new, x->op, inputs, x->num_inputs, x->attributes);
}

/* The parameters keep their order and so their places in the flat array. */
static void
copy_parameters(gsc_rewriting *rewriting)
{
    const gsc_graph *old = rewriting->old;
    for (size_t i = 0; i < old->num_nodes; i++) {
        if (!gsc_is_parameter(&old->nodes[i]))
            continue;
        const gsc_parameter *p = gsc_parameter_of(old, &old->nodes[i]);
        rewriting->image[i] = gsc_graph_parameter(rewriting->new, p->name, p->axes,
                                                  p->shape, p->initializer, p->trained);
    }
}

/* What stands for a node has its value, and so its name. */
static void
copy_hooks(gsc_rewriting *rewriting, const bool *live)
{
    const gsc_graph *old = rewriting->old;
    for (size_t i = 0; i < old->num_hooks; i++)
        if (live[old->hooks[i].node])
            gsc_graph_name(rewriting->new, rewriting->image[old->hooks[i].node], "%s",
                           old->hooks[i].name);
}

/* One pass of the rules `bits`; *changed says whether one applied. */
static int
rewrite_once(const gsc_graph *old, const gsc_occasion *occasion, unsigned bits,
             gsc_node *roots, size_t num_roots, gsc_graph **out_new, bool *changed)
{
    int status = 0;
    bool *live = NULL;
    size_t *uses = NULL;
    gsc_rewriting r = {
        .old = old, .num_examples = occasion->num_examples, .occasion = occasion};
    GSC_TRY(gsc_graph_open(&r.new));
    r.new->rewriting = true;
    GSC_NEW(live, old->num_nodes);
    GSC_NEW(uses, old->num_nodes);
    GSC_NEW(r.image, old->num_nodes);
    r.uses = uses;
    gsc_graph_mark_live(old, roots, num_roots, live);
    for (size_t i = 0; i < num_roots; i++)
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
        for (size_t k = 0; k < NUM_REWRITES && image == GSC_NO_NODE; k++)
            if (bits & table[k].rewrite.bit)
                image = table[k].rule(&r, (gsc_node)i);
        *changed = *changed || image != GSC_NO_NODE;
        r.image[i] = image != GSC_NO_NODE ? image : gsc_rewrite_copy(&r, (gsc_node)i);
    }
    copy_hooks(&r, live);
    GSC_TRY(gsc_graph_status(r.new));
    for (size_t i = 0; i < num_roots; i++)
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
    unsigned last = occasion->rewrites & GSC_REWRITE_TILES;
    unsigned bits = occasion->rewrites & ~last;
    bool changed = true;
    for (int pass = 0; changed && pass < MOST_PASSES; pass++) {
        gsc_graph *next = NULL;
        GSC_TRY(rewrite_once(current ? current : graph, occasion, bits, roots,
                             num_roots, &next, &changed));
        gsc_graph_close(current);
        current = next;
        if (!changed && last) {
            bits = last;
            last = 0;
            changed = true;
        }
    }
    *rewritten = current;
    current = NULL;
out:
    gsc_graph_close(current);
    return status;
}

/* ---- Names ---- */

const gsc_rewrite *
gsc_rewrite_at(size_t index)
{
    return index < NUM_REWRITES ? &table[index].rewrite : NULL;
}

static int
find_bit(const char *name, size_t length, unsigned *bit)
{
    const char *names[NUM_REWRITES];
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    for (size_t k = 0; k < NUM_REWRITES; k++) {
        names[k] = table[k].rewrite.name;
        *bit = table[k].rewrite.bit;
        if (strcmp(word, names[k]) == 0)
            return 0;
    }
    const char *nearest = gsc_text_nearest(word, names, NUM_REWRITES);
    return gsc_fail(GSC_EARGUMENT, "rewrite: no '%s'; did you mean '%s'?", word,
                    nearest ? nearest : "all");
}

int
gsc_rewrites_from_text(const char *text, unsigned *out_rewrites)
{
    int status = 0;
    unsigned sum = 0, bit;
    if (strcmp(text, "all") == 0)
        sum = GSC_REWRITE_ALL;
    else if (strcmp(text, "none") != 0)
        for (const char *at = text;; at++) {
            size_t length = strcspn(at, ",");
            GSC_TRY(find_bit(at, length, &bit));
            sum |= bit;
            at += length;
            if (*at == '\0')
                break;
        }
    *out_rewrites = sum;
out:
    return status;
}

int
gsc_rewrites_to_text(unsigned bits, gsc_text *text)
{
    int status = 0;
    const char *comma = "";
    if (bits == 0)
        return gsc_text_add(text, "none");
    for (size_t k = 0; k < NUM_REWRITES; k++) {
        if (!(bits & table[k].rewrite.bit))
            continue;
        GSC_TRY(gsc_text_add(text, "%s%s", comma, table[k].rewrite.name));
        comma = ",";
    }
out:
    return status;
}
