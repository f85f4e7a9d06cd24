/* What each operator makes of the shapes it is given. */
#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/graph/build/ir.h"

#include <stdio.h>
#include <string.h>

/* Keep a mistake: "matmul: [3, 128] with [64, 10]: the inner sizes differ". */
static gsc_node
refuse(gsc_graph *graph, const char *operator_name, gsc_node a, gsc_node b,
       const char *reason)
{
    gsc_node nodes[2] = {a, b};
    gsc_text text = {0};
    for (size_t i = 0; i < 2 && nodes[i] != GSC_NO_NODE; i++) {
        gsc_shape shape = graph->nodes[nodes[i]].shape;
        gsc_text_add(&text, "%s", i > 0 ? " with [" : "[");
        for (size_t k = 0; k < shape.rank; k++)
            gsc_text_add(&text, "%s%zu", k > 0 ? ", " : "", shape.dims[k]);
        gsc_text_add(&text, "]");
    }
    graph->status = GSC_EARGUMENT;
    snprintf(graph->message, sizeof graph->message, "%s: %s: %s", operator_name,
             text.data ? text.data : "", reason);
    gsc_text_free(&text);
    return GSC_NO_NODE;
}

/* A mistake was made before, or an input comes from one. */
static bool
unusable(const gsc_graph *graph, gsc_node a, gsc_node b)
{
    return graph->status < 0 || a == GSC_NO_NODE || b == GSC_NO_NODE;
}

gsc_node
gsc_graph_gather(gsc_graph *graph, gsc_node table, size_t first, size_t count)
{
    if (unusable(graph, table, table))
        return GSC_NO_NODE;
    const gsc_ir_node *source = &graph->nodes[table];
    if (source->shape.rank < 2 || source->domain != GSC_PARAMETERS)
        return refuse(graph, "gather", table, GSC_NO_NODE,
                      "the table is no parameter-domain matrix");
    gsc_ir_node node = {.kind = GSC_OP_GATHER,
                        .num_inputs = 1,
                        .inputs = {table},
                        .domain = GSC_EXAMPLES,
                        .shape = source->shape,
                        .first = first};
    node.shape.dims[0] = count;
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_product(gsc_graph *graph, gsc_product form, gsc_node x, gsc_node w)
{
    if (unusable(graph, x, w))
        return GSC_NO_NODE;
    gsc_shape a = graph->nodes[x].shape, b = graph->nodes[w].shape, out = a;
    bool headed = form != GSC_PRODUCT_PLAIN && form != GSC_PRODUCT_TRANSPOSED;
    bool merge = form == GSC_PRODUCT_MERGE_HEADS, each = form == GSC_PRODUCT_EACH_HEAD;
    size_t least = merge ? 3 : each ? 2 : 1; /* a row alone has no rows' axis */
    if (b.rank != (headed ? 3u : 2u) || a.rank < least)
        return refuse(graph, "matmul", x, w, "the ranks do not fit");
    if (graph->nodes[w].domain != GSC_PARAMETERS)
        return refuse(graph, "matmul", x, w, "the right side depends on the example");
    size_t inner = form == GSC_PRODUCT_TRANSPOSED ? b.dims[1] : b.dims[b.rank - 2];
    if (a.dims[a.rank - 1] != inner ||
        ((merge || each) && a.dims[a.rank - 2] != b.dims[0]))
        return refuse(graph, "matmul", x, w, "the inner sizes differ");
    out.dims[a.rank - 1] =
        form == GSC_PRODUCT_TRANSPOSED ? b.dims[0] : b.dims[b.rank - 1];
    if (merge) {
        out.rank--;
        out.dims[out.rank - 1] = b.dims[2];
    } else if (form == GSC_PRODUCT_SPLIT_HEADS) {
        if (a.rank == GSC_MAX_RANK)
            return refuse(graph, "matmul", x, w, "no rank left for the heads");
        out.rank++;
        out.dims[out.rank - 2] = b.dims[0];
        out.dims[out.rank - 1] = b.dims[2];
    }
    gsc_ir_node node = {.kind = GSC_OP_MATMUL,
                        .num_inputs = 2,
                        .inputs = {x, w},
                        .shape = out,
                        .form = form};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_matmul(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_PLAIN, x, w);
}

gsc_node
gsc_graph_matmul_transposed(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_TRANSPOSED, x, w);
}

gsc_node
gsc_graph_split_heads(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_SPLIT_HEADS, x, w);
}

gsc_node
gsc_graph_merge_heads(gsc_graph *graph, gsc_node z, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_MERGE_HEADS, z, w);
}

gsc_node
gsc_graph_each_head(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_EACH_HEAD, x, w);
}

/* A shape without the axes of length 1 in front. */
static gsc_shape
trimmed(gsc_shape shape)
{
    size_t ones = 0;
    while (ones < shape.rank && shape.dims[ones] == 1)
        ones++;
    gsc_shape out = {.rank = shape.rank - ones};
    memcpy(out.dims, shape.dims + ones, out.rank * sizeof *out.dims);
    return out;
}

/* Whether shape b ends shape a. */
static bool
is_suffix(gsc_shape a, gsc_shape b)
{
    return b.rank <= a.rank &&
           memcmp(&a.dims[a.rank - b.rank], b.dims, b.rank * sizeof *b.dims) == 0;
}

static gsc_node
elementwise(gsc_graph *graph, gsc_kind kind, const char *name, gsc_node a, gsc_node b)
{
    if (unusable(graph, a, b))
        return GSC_NO_NODE;
    /* The wider one comes first; both operators commute. */
    if (graph->nodes[a].shape.rank < graph->nodes[b].shape.rank ||
        (graph->nodes[a].domain == GSC_PARAMETERS &&
         graph->nodes[b].domain == GSC_EXAMPLES)) {
        gsc_node swap = a;
        a = b;
        b = swap;
    }
    gsc_shape wide = graph->nodes[a].shape, narrow = graph->nodes[b].shape;
    bool repeats = graph->nodes[b].domain == GSC_PARAMETERS;
    if (!is_suffix(wide, repeats ? trimmed(narrow) : narrow) ||
        (!repeats && narrow.rank != wide.rank))
        return refuse(graph, name, a, b, "neither one shape nor a repeated parameter");
    gsc_ir_node node = {.kind = kind, .num_inputs = 2, .inputs = {a, b}, .shape = wide};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_add(gsc_graph *graph, gsc_node a, gsc_node b)
{
    return elementwise(graph, GSC_OP_ADD, "add", a, b);
}

gsc_node
gsc_graph_multiply(gsc_graph *graph, gsc_node a, gsc_node b)
{
    return elementwise(graph, GSC_OP_MULTIPLY, "multiply", a, b);
}

static gsc_node
unary(gsc_graph *graph, gsc_node x, gsc_ir_node node)
{
    if (unusable(graph, x, x))
        return GSC_NO_NODE;
    node.num_inputs = 1;
    node.inputs[0] = x;
    node.shape = graph->nodes[x].shape;
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_scale(gsc_graph *graph, gsc_node x, double factor)
{
    return unary(graph, x, (gsc_ir_node){.kind = GSC_OP_SCALE, .factor = factor});
}

gsc_node
gsc_graph_relu(gsc_graph *graph, gsc_node x)
{
    return unary(graph, x, (gsc_ir_node){.kind = GSC_OP_RELU});
}

gsc_node
gsc_graph_gelu(gsc_graph *graph, gsc_node x)
{
    return unary(graph, x, (gsc_ir_node){.kind = GSC_OP_GELU});
}

gsc_node
gsc_graph_square(gsc_graph *graph, gsc_node x)
{
    return unary(graph, x, (gsc_ir_node){.kind = GSC_OP_SQUARE});
}

gsc_node
gsc_graph_tanh(gsc_graph *graph, gsc_node x)
{
    return unary(graph, x, (gsc_ir_node){.kind = GSC_OP_TANH});
}

gsc_node
gsc_graph_layer_norm(gsc_graph *graph, gsc_node x, double epsilon)
{
    return unary(graph, x, (gsc_ir_node){.kind = GSC_OP_LAYER_NORM, .factor = epsilon});
}

gsc_node
gsc_graph_same_unary(gsc_graph *graph, const gsc_ir_node *node, gsc_node x)
{
    return unary(graph, x, *node);
}

gsc_node
gsc_graph_concatenate(gsc_graph *graph, gsc_node a, gsc_node b, size_t axis)
{
    if (unusable(graph, a, b))
        return GSC_NO_NODE;
    gsc_shape left = graph->nodes[a].shape, right = graph->nodes[b].shape;
    bool fits = left.rank == right.rank && axis < left.rank &&
                graph->nodes[a].domain == graph->nodes[b].domain;
    for (size_t i = 0; fits && i < left.rank; i++)
        fits = i == axis || left.dims[i] == right.dims[i];
    if (!fits)
        return refuse(graph, "concatenate", a, b,
                      "they differ in more than the length of one axis");
    left.dims[axis] += right.dims[axis];
    gsc_ir_node node = {.kind = GSC_OP_CONCATENATE,
                        .num_inputs = 2,
                        .inputs = {a, b},
                        .shape = left,
                        .axis = axis};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_slice(gsc_graph *graph, gsc_node x, size_t axis, size_t first, size_t count)
{
    if (unusable(graph, x, x))
        return GSC_NO_NODE;
    gsc_shape shape = graph->nodes[x].shape;
    if (axis >= shape.rank || count > shape.dims[axis] ||
        first > shape.dims[axis] - count)
        return refuse(graph, "slice", x, GSC_NO_NODE, "outside of the axis");
    if (count == shape.dims[axis])
        return x;
    shape.dims[axis] = count;
    gsc_ir_node node = {.kind = GSC_OP_SLICE,
                        .num_inputs = 1,
                        .inputs = {x},
                        .shape = shape,
                        .axis = axis,
                        .first = first};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_transpose(gsc_graph *graph, gsc_node x)
{
    if (unusable(graph, x, x))
        return GSC_NO_NODE;
    gsc_shape shape = graph->nodes[x].shape;
    if (shape.rank != 2 || graph->nodes[x].domain != GSC_PARAMETERS)
        return refuse(graph, "transpose", x, GSC_NO_NODE, "no parameter-domain matrix");
    gsc_ir_node node = {.kind = GSC_OP_TRANSPOSE,
                        .num_inputs = 1,
                        .inputs = {x},
                        .shape = {2, {shape.dims[1], shape.dims[0]}}};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_attention_scores(gsc_graph *graph, gsc_node q, gsc_node k)
{
    if (unusable(graph, q, k))
        return GSC_NO_NODE;
    gsc_shape a = graph->nodes[q].shape, b = graph->nodes[k].shape;
    if (a.rank != 3 || b.rank != 3 || a.dims[1] != b.dims[1] || a.dims[2] != b.dims[2])
        return refuse(graph, "attention_scores", q, k,
                      "not [queries, heads, e] and [keys, heads, e]");
    if (graph->nodes[q].domain != GSC_EXAMPLES ||
        graph->nodes[k].domain != GSC_EXAMPLES)
        return refuse(graph, "attention_scores", q, k,
                      "does not depend on the example");
    gsc_ir_node node = {.kind = GSC_OP_ATTENTION_SCORES,
                        .num_inputs = 2,
                        .inputs = {q, k},
                        .shape = {3, {a.dims[1], a.dims[0], b.dims[0]}}};
    return gsc_graph_intern(graph, &node);
}

/* An operator on [heads, queries, keys] that knows which keys a query sees. */
static gsc_node
on_pattern(gsc_graph *graph, const char *name, gsc_node x, gsc_ir_node node)
{
    if (!unusable(graph, x, x) && graph->nodes[x].shape.rank != 3)
        return refuse(graph, name, x, GSC_NO_NODE, "not [heads, queries, keys]");
    return unary(graph, x, node);
}

gsc_node
gsc_graph_attention_softmax(gsc_graph *graph, gsc_node scores, bool causal,
                            size_t first_query)
{
    return on_pattern(graph, "attention_softmax", scores,
                      (gsc_ir_node){.kind = GSC_OP_ATTENTION_SOFTMAX,
                                    .form = causal,
                                    .first = first_query});
}

gsc_node
gsc_graph_attention_rate(gsc_graph *graph, gsc_node pattern, double rate, bool causal,
                         size_t first_query)
{
    return on_pattern(graph, "attention_rate", pattern,
                      (gsc_ir_node){.kind = GSC_OP_ATTENTION_RATE,
                                    .form = causal,
                                    .first = first_query,
                                    .factor = rate});
}

gsc_node
gsc_graph_attention_mix(gsc_graph *graph, gsc_node pattern, gsc_node v)
{
    if (unusable(graph, pattern, v))
        return GSC_NO_NODE;
    gsc_shape a = graph->nodes[pattern].shape, b = graph->nodes[v].shape;
    if (a.rank != 3 || b.rank != 3 || a.dims[0] != b.dims[1] || a.dims[2] != b.dims[0])
        return refuse(graph, "attention_mix", pattern, v,
                      "not [heads, queries, keys] and [keys, heads, e]");
    if (graph->nodes[pattern].domain != GSC_EXAMPLES ||
        graph->nodes[v].domain != GSC_EXAMPLES)
        return refuse(graph, "attention_mix", pattern, v,
                      "does not depend on the example");
    gsc_ir_node node = {.kind = GSC_OP_ATTENTION_MIX,
                        .num_inputs = 2,
                        .inputs = {pattern, v},
                        .shape = {3, {a.dims[1], a.dims[0], b.dims[2]}}};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_mix_rows(gsc_graph *graph, gsc_node pattern, gsc_node table, gsc_node offsets,
                   size_t first)
{
    if (unusable(graph, pattern, table))
        return GSC_NO_NODE;
    gsc_shape p = graph->nodes[pattern].shape, t = graph->nodes[table].shape;
    if (p.rank != 3 || t.rank != 3 || p.dims[0] != t.dims[1] ||
        graph->nodes[table].domain != GSC_PARAMETERS)
        return refuse(graph, "mix_rows", pattern, table,
                      "not [heads, queries, keys] and [d_vocab, heads, d]");
    gsc_ir_node node = {.kind = GSC_OP_MIX_ROWS,
                        .num_inputs = offsets == GSC_NO_NODE ? 2 : 3,
                        .inputs = {pattern, table, offsets},
                        .domain = GSC_EXAMPLES,
                        .shape = {2, {p.dims[1], t.dims[2]}},
                        .first = first};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_rotate(gsc_graph *graph, gsc_node x)
{
    if (unusable(graph, x, x))
        return GSC_NO_NODE;
    gsc_shape in = graph->nodes[x].shape, out = in;
    for (size_t i = 0; i < in.rank; i++)
        out.dims[i] = in.dims[(i + 1) % in.rank];
    gsc_ir_node node = {
        .kind = GSC_OP_ROTATE, .num_inputs = 1, .inputs = {x}, .shape = out};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_sum_heads(gsc_graph *graph, gsc_node x)
{
    if (unusable(graph, x, x))
        return GSC_NO_NODE;
    gsc_shape out = graph->nodes[x].shape;
    if (out.rank < 2)
        return refuse(graph, "sum_heads", x, GSC_NO_NODE, "not [heads, d]");
    out.rank--;
    out.dims[out.rank - 1] = out.dims[out.rank];
    gsc_ir_node node = {
        .kind = GSC_OP_SUM_HEADS, .num_inputs = 1, .inputs = {x}, .shape = out};
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_sum_rows(gsc_graph *graph, gsc_node a, gsc_node b, size_t i, size_t j)
{
    if (unusable(graph, a, b))
        return GSC_NO_NODE;
    gsc_ir_node node = {.kind = GSC_OP_SUM_ROWS,
                        .num_inputs = 2,
                        .inputs = {a, b},
                        .domain = GSC_EXAMPLES,
                        .shape = graph->nodes[a].shape,
                        .first = i,
                        .axis = j};
    node.shape.dims[0] = 1;
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_add_relu(gsc_graph *graph, gsc_node x, gsc_node p)
{
    return elementwise(graph, GSC_OP_ADD_RELU, "add_relu", x, p);
}

static gsc_node
loss(gsc_graph *graph, const char *name, gsc_kind kind, gsc_node logits)
{
    if (unusable(graph, logits, logits))
        return GSC_NO_NODE;
    if (graph->nodes[logits].shape.rank != 2 ||
        graph->nodes[logits].domain != GSC_EXAMPLES)
        return refuse(graph, name, logits, GSC_NO_NODE,
                      "not rows of logits an example");
    return unary(graph, logits, (gsc_ir_node){.kind = kind});
}

gsc_node
gsc_graph_cross_entropy(gsc_graph *graph, gsc_node logits)
{
    return loss(graph, "cross_entropy", GSC_OP_CROSS_ENTROPY, logits);
}

gsc_node
gsc_graph_mean_squared_error(gsc_graph *graph, gsc_node logits)
{
    return loss(graph, "mean_squared_error", GSC_OP_MEAN_SQUARED_ERROR, logits);
}

gsc_node
gsc_graph_label_logit(gsc_graph *graph, gsc_node logits)
{
    return loss(graph, "label_logit", GSC_OP_LABEL_LOGIT, logits);
}
