/* Where the values and gradients of a plan lie. */
#include "train/graph/engine/layout.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

enum { ALIGNMENT = 16 }; /* elements: a cache line of floats */

static size_t
aligned(size_t count)
{
    return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool
read_by_examples(const gsc_plan *plan, const gsc_graph *graph, gsc_node id)
{
    for (size_t t = 0; t < plan->num_tiled; t++) {
        const gsc_graph_node *reader = &graph->nodes[plan->tiled[t]];
        for (size_t k = 0; k < reader->num_inputs; k++)
            if (reader->inputs[k] == id && plan->differentiates[plan->tiled[t]])
                return true;
    }
    return false;
}

/* Whether an operator in the tiles asks for matrix `id` transposed on the way back. */
static bool
read_transposed(const gsc_plan *plan, const gsc_graph *graph, gsc_node id)
{
    for (size_t t = 0; t < plan->num_tiled; t++) {
        const gsc_graph_node *reader = &graph->nodes[plan->tiled[t]];
        if (reader->op->transposes && reader->op->transposes(reader) &&
            reader->inputs[1] == id && plan->differentiates[reader->inputs[0]])
            return true;
    }
    return false;
}

void
gsc_layout_shared(gsc_plan *plan, const gsc_graph *graph)
{
    plan->gradient_size = graph->num_weights;
    for (size_t i = 0; i < graph->num_nodes; i++) {
        const gsc_graph_node *node = &graph->nodes[i];
        size_t size = aligned(gsc_node_count(node));
        plan->value[i] = plan->gradient[i] = plan->lane[i] = GSC_NOWHERE;
        plan->saved[i] = GSC_NOWHERE;
        plan->transposed[i] = GSC_NOWHERE;
        if (!plan->live[i] || node->domain == GSC_EXAMPLES)
            continue;
        if (gsc_is_parameter(node)) {
            plan->value[i] = plan->gradient[i] = gsc_parameter_of(graph, node)->offset;
        } else {
            plan->value[i] = plan->shared_size;
            plan->shared_size += size;
            plan->gradient[i] = plan->gradient_size;
            plan->gradient_size += plan->differentiates[i] ? size : 0;
        }
        if (read_transposed(plan, graph, (gsc_node)i)) {
            plan->transposed[i] = plan->shared_size;
            plan->to_transpose[plan->num_transposed++] = (gsc_node)i;
            plan->shared_size += size;
        }
        if (plan->differentiates[i] && read_by_examples(plan, graph, (gsc_node)i)) {
            plan->lane[i] = plan->lane_size;
            plan->lane_size += size;
        }
    }
}

/* ---- Tiles ---- */

/* A place is wanted for a span of time. Time runs over the forward calls (node i at
 * time i), then back over the backward calls (node i at 2 N - i). */
typedef struct span {
    size_t first, last, size;
    size_t *place; /* where the answer goes; NULL: no such span */
} span;

typedef struct tile_layout {
    gsc_plan *plan;
    const gsc_graph *graph;
    size_t turn; /* 2 N */
    span *spans; /* values at [i], gradients at [N + i], what is saved at [2 N + i] */
} tile_layout;

static void
extend(span *s, size_t time)
{
    if (time > s->last)
        s->last = time;
}

static void
span_values(tile_layout *layout)
{
    gsc_plan *plan = layout->plan;
    for (size_t t = 0; t < plan->num_tiled; t++) {
        size_t i = (size_t)plan->tiled[t];
        const gsc_graph_node *node = &layout->graph->nodes[i];
        const gsc_operator *op = node->op;
        span *saved = &layout->spans[2 * plan->num_nodes + i];
        if (plan->scalar[i] == GSC_NOWHERE)
            layout->spans[i] = (span){i, i, gsc_node_count(node), &plan->value[i]};
        if (plan->differentiates[i])
            *saved = (span){i, layout->turn - i, gsc_node_saved(layout->graph, node),
                            &plan->saved[i]};
        if (saved->size == 0)
            saved->place = NULL;
        for (size_t k = 0; k < node->num_inputs; k++) {
            extend(&layout->spans[node->inputs[k]], i);
            if (!plan->differentiates[i] || !plan->differentiates[node->inputs[k]])
                continue;
            for (size_t j = 0; j < node->num_inputs; j++)
                if (op->backward_reads[k] & GSC_READS(j))
                    extend(&layout->spans[node->inputs[j]], layout->turn - i);
            if (op->backward_reads[k] & GSC_READS_OUT)
                extend(&layout->spans[i], layout->turn - i);
        }
    }
}

static void
span_gradients(tile_layout *layout)
{
    gsc_plan *plan = layout->plan;
    for (size_t t = plan->num_tiled; t-- > 0;) {
        size_t i = (size_t)plan->tiled[t];
        const gsc_graph_node *node = &layout->graph->nodes[i];
        if (!plan->differentiates[i])
            continue;
        for (size_t k = 0; k < node->num_inputs; k++) {
            size_t in = (size_t)node->inputs[k];
            span *gradient = &layout->spans[plan->num_nodes + in];
            if (!plan->differentiates[in] ||
                layout->graph->nodes[in].domain != GSC_EXAMPLES || gradient->place)
                continue;
            *gradient =
                (span){layout->turn - i, layout->turn - in,
                       gsc_node_count(&layout->graph->nodes[in]), &plan->gradient[in]};
        }
    }
}

/* Spans that share one place form a tree; head[i] is the span that i was merged into,
 * or i. */
typedef struct chain {
    size_t *head;
} chain;

static size_t
head_of(const chain *c, size_t i)
{
    while (c->head[i] != i)
        i = c->head[i];
    return i;
}

/* Let span `later` live where `earlier` does, if the last moment of one is the first of
 * the other and they are of one size. */
static void
join(tile_layout *layout, chain *c, size_t earlier, size_t later)
{
    size_t a = head_of(c, earlier), b = head_of(c, later);
    span *head = &layout->spans[a], *next = &layout->spans[b];
    if (a == b || !head->place || !next->place || head->last != next->first ||
        head->size != next->size)
        return;
    head->last = next->last;
    c->head[b] = a;
}

static void
join_spans(tile_layout *layout, chain *c)
{
    gsc_plan *plan = layout->plan;
    size_t n = plan->num_nodes;
    for (size_t t = 0; t < plan->num_tiled; t++) {
        size_t i = (size_t)plan->tiled[t];
        const gsc_graph_node *node = &layout->graph->nodes[i];
        if (node->num_inputs == 0)
            continue;
        size_t in = (size_t)node->inputs[0];
        bool twice = false;
        for (size_t k = 1; k < node->num_inputs; k++)
            twice = twice || node->inputs[k] == node->inputs[0];
        if (node->op->out_over_in && !twice &&
            layout->graph->nodes[in].domain == GSC_EXAMPLES)
            join(layout, c, in, i);
        if (node->op->saved_over_in && layout->graph->nodes[in].domain == GSC_EXAMPLES)
            join(layout, c, in, 2 * n + i);
    }
    for (size_t t = plan->num_tiled; t-- > 0;) {
        size_t i = (size_t)plan->tiled[t];
        const gsc_graph_node *node = &layout->graph->nodes[i];
        if (node->num_inputs == 0)
            continue;
        size_t in = (size_t)node->inputs[0];
        if (node->op->din_over_dout && plan->differentiates[in] &&
            layout->graph->nodes[in].domain == GSC_EXAMPLES)
            join(layout, c, n + i, n + in);
    }
}

/* The lowest place where `s` overlaps none of the spans already placed. */
static size_t
lowest_place(const tile_layout *layout, const size_t *placed, size_t num_placed,
             const span *s)
{
    size_t place = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t p = 0; p < num_placed; p++) {
            const span *other = &layout->spans[placed[p]];
            bool together = other->first <= s->last && s->first <= other->last;
            bool overlap =
                *other->place < place + s->size && place < *other->place + other->size;
            if (together && overlap) {
                place = *other->place + other->size;
                moved = true;
            }
        }
    }
    return place;
}

static void
place_spans(tile_layout *layout, const chain *c, size_t *placed)
{
    gsc_plan *plan = layout->plan;
    size_t num_spans = 3 * plan->num_nodes, num_placed = 0;
    for (size_t time = 0; time <= layout->turn; time++)
        for (size_t i = 0; i < num_spans; i++) {
            span *s = &layout->spans[i];
            if (!s->place || s->first != time || c->head[i] != i)
                continue;
            *s->place = lowest_place(layout, placed, num_placed, s);
            placed[num_placed++] = i;
            if (*s->place + s->size > plan->tile_size)
                plan->tile_size = *s->place + s->size;
        }
    for (size_t i = 0; i < num_spans; i++)
        if (layout->spans[i].place)
            *layout->spans[i].place = *layout->spans[head_of(c, i)].place;
}

int
gsc_layout_tile(gsc_plan *plan, const gsc_graph *graph, bool gradients)
{
    int status = 0;
    size_t n = plan->num_nodes, *placed = NULL;
    chain c = {NULL};
    tile_layout layout = {.plan = plan, .graph = graph, .turn = 2 * n};
    GSC_NEW(layout.spans, 3 * n);
    GSC_NEW(c.head, 3 * n);
    GSC_NEW(placed, 3 * n);
    for (size_t i = 0; i < 3 * n; i++)
        c.head[i] = i;
    span_values(&layout);
    if (gradients)
        span_gradients(&layout);
    join_spans(&layout, &c);
    place_spans(&layout, &c, placed);
    for (size_t t = 0; t < plan->num_tiled; t++) {
        size_t scratch = gsc_node_scratch(graph, &graph->nodes[plan->tiled[t]]);
        size_t workspace = gsc_node_workspace(graph, &graph->nodes[plan->tiled[t]]);
        if (scratch > plan->scratch_size)
            plan->scratch_size = scratch;
        if (workspace > plan->workspace_size)
            plan->workspace_size = workspace;
    }
out:
    free(layout.spans);
    free(c.head);
    free(placed);
    return status;
}
