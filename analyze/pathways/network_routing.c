/* The pathways of a network, by its routers or by its neurons. */
#include "analyze/pathways/network_routing.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/numeric/top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LAYERS = 128, TOP_NEURONS = 8 };

typedef struct layers {
    size_t count;
    const char *names[MOST_LAYERS]; /* the graph's */
    bool routed;
    size_t top;
} layers;

static void
find_hooks(const gsc_loaded_model *loaded, const char *ending, layers *found)
{
    const char *name;
    gsc_node node;
    found->count = 0;
    for (size_t i = 0; (name = gsc_graph_hook(loaded->model.graph, i, &node)); i++)
        if (gsc_text_ends_with(name, ending) && found->count < MOST_LAYERS)
            found->names[found->count++] = name;
}

/* Experts that a router chooses: of the gates' last axis. */
static size_t
num_chosen(const gsc_loaded_model *loaded)
{
    const char *name;
    gsc_node node;
    for (size_t i = 0; (name = gsc_graph_hook(loaded->model.graph, i, &node)); i++) {
        gsc_shape shape = gsc_graph_shape(loaded->model.graph, node);
        if (gsc_text_ends_with(name, ".hook_expert_weights"))
            return shape.dims[shape.rank - 1];
    }
    return 1;
}

static int
find_layers(const gsc_loaded_model *loaded, size_t top, layers *found)
{
    find_hooks(loaded, ".hook_router", found);
    found->routed = found->count > 0;
    if (!found->routed)
        find_hooks(loaded, ".hook_post", found);
    found->top = top > 0 ? top : found->routed ? num_chosen(loaded) : TOP_NEURONS;
    return found->count > 0 ? 0
                            : gsc_fail(GSC_EFORMAT, "has no layers of neurons "
                                                    "(hook_post) and no routers");
}

/* ---- Choices ---- */

/* The `top` largest of n numbers; `gates` gets them, 0 where they are below. */
static void
take_largest(const double *x, size_t n, size_t top, uint16_t *ids, float *gates)
{
    int32_t places[GSC_MOST_CHOSEN];
    gsc_top_places_f64(x, n, top, places);
    for (size_t k = 0; k < top; k++) {
        ids[k] = (uint16_t)places[k];
        gates[k] = x[places[k]] > 0 ? (float)x[places[k]] : 0;
    }
}

static int
check_width(size_t width, const layers *found, const char *name)
{
    const char *what = found->routed ? "experts" : "neurons";
    if (width < found->top)
        return gsc_fail(GSC_EARGUMENT, "--top %zu: %s has %zu %s", found->top, name,
                        width, what);
    if (width > UINT16_MAX)
        return gsc_fail(GSC_EARGUMENT, "%s has %zu %s, at most %d are told apart", name,
                        width, what, UINT16_MAX);
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
        take_largest(x->data + row * x->cols, x->cols, s->chosen, r->ids + at,
                     r->gates + at);
    }
    if (x->cols > r->shape.experts)
        r->shape.experts = x->cols;
}

static int
take_examples(const gsc_routing_file *r, const gsc_embedding *values,
              uint32_t **examples)
{
    int status = 0;
    size_t n = r->shape.samples;
    GSC_NEW(*examples, n);
    for (size_t i = 0; i < n; i++)
        (*examples)[i] = (uint32_t)values->ids[i * values->x.rows / n];
out:
    return status;
}

/* ---- Embeddings ---- */

/* The matrix whose columns are those of a layer's experts or neurons, or NULL. */
static const gsc_tensor *
find_matrix(const gsc_loaded_model *loaded, const layers *found, size_t layer)
{
    char name[GSC_NAME_BYTES];
    const char *hook = found->names[layer], *dot = strrchr(hook, '.');
    snprintf(name, sizeof name, "%.*s.%s", (int)(dot - hook), hook,
             found->routed ? "W_router" : "W_in");
    const gsc_tensor *W = gsc_loaded_model_tensor(loaded, name);
    return W && W->shape.rank == 2 ? W : NULL;
}

/* None where the layers' differ in their widths. */
static int
take_embeddings(gsc_routing_file *r, const gsc_loaded_model *loaded,
                const layers *found)
{
    int status = 0;
    gsc_routing *s = &r->shape;
    const gsc_tensor *W = find_matrix(loaded, found, 0);
    size_t width = W ? W->shape.dims[0] : 0;
    for (size_t l = 0; l < found->count; l++) {
        W = find_matrix(loaded, found, l);
        if (!W || W->shape.dims[0] != width || W->shape.dims[1] != s->experts)
            return 0;
    }
    GSC_NEW(r->embeddings, s->layers * s->experts * width);
    for (size_t l = 0; l < found->count; l++) {
        W = find_matrix(loaded, found, l);
        for (size_t e = 0; e < s->experts; e++)
            for (size_t i = 0; i < width; i++)
                r->embeddings[(l * s->experts + e) * width + i] =
                    gsc_element(W->type, W->data, i * s->experts + e);
    }
    s->width = width;
    s->embeddings = r->embeddings;
out:
    return status;
}

int
gsc_network_routing_init(gsc_routing_file *r, const gsc_loaded_model *loaded,
                         const gsc_routing_request *request, gsc_threads *threads,
                         uint32_t **examples)
{
    int status = 0;
    layers found;
    gsc_embedding values = {.ids = NULL};
    *r = (gsc_routing_file){.checkpoints = 0};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(find_layers(loaded, request->top, &found));
    for (size_t layer = 0; layer < found.count; layer++) {
        const gsc_embedding_request wanted = {found.names[layer], GSC_INPUT_EACH,
                                              request->split, request->position};
        GSC_TRY(gsc_embedding_init(&values, loaded, &wanted, threads));
        GSC_TRY(check_width(values.x.cols, &found, found.names[layer]));
        size_t rows = values.x.rows;
        if (layer == 0)
            GSC_TRY(make_room(r, rows < request->most ? rows : request->most,
                              found.count, found.top));
        if (layer == 0 && examples)
            GSC_TRY(take_examples(r, &values, examples));
        take_layer(r, &values.x, layer);
        gsc_embedding_free(&values);
    }
    GSC_TRY(take_embeddings(r, loaded, &found));
out:
    gsc_embedding_free(&values);
    return status;
}
