/* The pathways of a network without experts. */
#include "analyze/pathways/virtual_routing.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <stdlib.h>

enum { MOST_LAYERS = 128 };

typedef struct layers {
    size_t count;
    const char *names[MOST_LAYERS]; /* the graph's */
} layers;

static int
find_layers(const gsc_loaded_model *loaded, layers *found)
{
    const char *name;
    gsc_node node;
    found->count = 0;
    for (size_t i = 0; (name = gsc_graph_hook(loaded->model.graph, i, &node)); i++)
        if (gsc_text_ends_with(name, ".hook_post") && found->count < MOST_LAYERS)
            found->names[found->count++] = name;
    return found->count > 0
               ? 0
               : gsc_fail(GSC_EFORMAT, "has no layers of neurons (hook_post)");
}

/* The places of the `top` largest of n numbers, the largest first, of equal ones the
 * first; `gates` gets the numbers, 0 where they are below. */
static void
largest(const double *x, size_t n, size_t top, uint16_t *ids, float *gates)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = kept < top ? kept++ : top;
        for (; at > 0 && !(x[ids[at - 1]] >= x[i]); at--)
            if (at < top)
                ids[at] = ids[at - 1];
        if (at < top)
            ids[at] = (uint16_t)i;
    }
    for (size_t k = 0; k < top; k++)
        gates[k] = x[ids[k]] > 0 ? (float)x[ids[k]] : 0;
}

static int
check_width(size_t width, size_t top, const char *name)
{
    if (width < top)
        return gsc_fail(GSC_EARGUMENT, "--top %zu: %s has %zu neurons", top, name,
                        width);
    if (width > UINT16_MAX)
        return gsc_fail(GSC_EARGUMENT, "%s has %zu neurons, at most %d are told apart",
                        name, width, UINT16_MAX);
    return 0;
}

static int
make_room(gsc_routing_file *r, size_t samples, size_t num_layers, size_t top)
{
    int status = 0;
    size_t count = samples * num_layers * top;
    r->checkpoints = 1;
    r->shape = (gsc_routing){.samples = samples, .layers = num_layers, .chosen = top};
    GSC_NEW(r->ids, count);
    GSC_NEW(r->gates, count);
out:
    return status;
}

static void
take_layer(gsc_routing_file *r, const gsc_matrix *x, size_t layer)
{
    const gsc_routing *s = &r->shape;
    for (size_t i = 0; i < s->samples; i++) {
        size_t row = i * x->rows / s->samples;
        size_t at = (i * s->layers + layer) * s->chosen;
        largest(x->data + row * x->cols, x->cols, s->chosen, r->ids + at,
                r->gates + at);
    }
    if (x->cols > r->shape.experts)
        r->shape.experts = x->cols;
}

int
gsc_virtual_routing_init(gsc_routing_file *r, const gsc_loaded_model *loaded,
                         gsc_input_choice split, size_t top, size_t most,
                         gsc_threads *threads)
{
    int status = 0;
    layers found;
    gsc_embedding values = {.ids = NULL};
    *r = (gsc_routing_file){.checkpoints = 0};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(find_layers(loaded, &found));
    for (size_t layer = 0; layer < found.count; layer++) {
        const gsc_embedding_request request = {found.names[layer], GSC_INPUT_EACH,
                                               split, "answer"};
        GSC_TRY(gsc_embedding_init(&values, loaded, &request, threads));
        GSC_TRY(check_width(values.x.cols, top, found.names[layer]));
        if (layer == 0)
            GSC_TRY(make_room(r, values.x.rows < most ? values.x.rows : most,
                              found.count, top));
        take_layer(r, &values.x, layer);
        gsc_embedding_free(&values);
    }
out:
    gsc_embedding_free(&values);
    return status;
}
