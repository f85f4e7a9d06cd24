/* A loaded model without some of its components. */
#include "analyze/network/part/ablation.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "grokscope/weights.h"
#include "train/model/token_model.h"

#include "analyze/maths/pca.h"
#include "analyze/network/part/ablation_mean.h"
#include "train/numeric/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A removal at work. The tensors of `after` change; `marks` are of the kind in hand. */
typedef struct work {
    const gsc_ablation *ablation;
    const gsc_loaded_model *loaded;
    gsc_pair_outputs *before;
    gsc_loaded_model *after;
    gsc_threads *threads;
    size_t count; /* of components of the kind */
    bool *marks;  /* [count]: is it removed? */
} work;

/* Where the weights are that a tensor of the loaded model gets instead; NULL: zeros. */
static const double *
substitute(const work *w, const char *name)
{
    const gsc_tensor *own = gsc_loaded_model_tensor(w->loaded, name);
    if (!w->ablation->from || !own)
        return NULL;
    return w->ablation->from + ((const double *)own->data - w->loaded->weights);
}

/* ---- Which components ---- */

void
gsc_ablation_name_writer(const gsc_loaded_model *loaded, char name[GSC_NAME_BYTES])
{
    snprintf(name, GSC_NAME_BYTES, "blocks.%lld.mlp.W_out",
             (long long)gsc_loaded_model_layers(loaded) - 1);
    if (!gsc_loaded_model_tensor(loaded, name))
        snprintf(name, GSC_NAME_BYTES, "unembed.W_U");
}

static size_t
count_components(const work *w, gsc_component_kind kind)
{
    const gsc_loaded_model *s = w->loaded;
    size_t n = w->before->grid.n, width = 0;
    char writer[GSC_NAME_BYTES];
    switch (kind) {
    case GSC_COMPONENT_CIRCLE:
        return n / 2;
    case GSC_COMPONENT_PC:
        width =
            gsc_graph_shape(s->model.graph, s->model.views[GSC_VIEW_EMBEDDING]).dims[1];
        return n < width ? n : width;
    case GSC_COMPONENT_HEAD:
        return gsc_loaded_model_tensor(s, "blocks.0.attn.W_O")
                   ? gsc_loaded_model_layers(s) * gsc_loaded_model_block_heads(s)
                   : 0;
    case GSC_COMPONENT_NEURONS:
        gsc_ablation_name_writer(s, writer);
        return s->model.neurons == GSC_NO_NODE
                   ? 0
                   : gsc_loaded_model_tensor(s, writer)->shape.dims[0];
    default:
        return s->num_tensors;
    }
}

/* Mark the numbers first … last, of which the least is `base`. */
static int
mark_range(work *w, const gsc_component *component, size_t base, size_t first,
           size_t last)
{
    if (w->count == 0)
        return gsc_fail(GSC_EARGUMENT, "%s=%zu: this network has none",
                        gsc_component_names[component->kind], component->last);
    if (last - base >= w->count)
        return gsc_fail(GSC_EARGUMENT, "%s=%zu: this network has %zu to %zu",
                        gsc_component_names[component->kind], component->last, base,
                        w->count - 1 + base);
    for (size_t i = first; i <= last; i++)
        w->marks[i - base] = true;
    return 0;
}

static int
mark_heads(work *w, const gsc_component *component)
{
    size_t heads = gsc_loaded_model_block_heads(w->loaded);
    size_t layers = gsc_loaded_model_layers(w->loaded);
    if (w->count > heads && !component->has_layer)
        return gsc_fail(GSC_EARGUMENT,
                        "head=%zu: this network has %zu layers; expected LAYER.HEAD, "
                        "as 0.%zu",
                        component->first, layers, component->first);
    if (w->count > 0 && (component->last >= heads || component->layer >= layers))
        return gsc_fail(GSC_EARGUMENT,
                        "head=%zu.%zu: this network has layers 0 to %zu with heads 0 "
                        "to %zu",
                        component->layer, component->last, layers - 1, heads - 1);
    return mark_range(w, component, 0, component->layer * heads + component->first,
                      component->layer * heads + component->last);
}

/* Circles, and what else is told by its frequency, are of residues only. */
static int
check_frequencies(const work *w, const gsc_component *component)
{
    bool asks = component->kind == GSC_COMPONENT_CIRCLE || component->by_frequency;
    int status = asks ? gsc_binary_table_need_frequencies(&w->loaded->pairs) : 0;
    if (status < 0)
        return gsc_fail_in(status,
                           asks && component->by_frequency ? "neurons=freq" : "circle");
    return 0;
}

/* Neurons of which a frequency in the range explains most. */
static int
mark_by_frequency(work *w, const gsc_component *component)
{
    int status = 0;
    size_t n = w->before->grid.n, *frequency = NULL;
    if (component->last > n / 2)
        return gsc_fail(GSC_EARGUMENT,
                        "neurons=freq:%zu: frequencies modulo %zu are 1 to %zu",
                        component->last, n, n / 2);
    GSC_NEW(frequency, w->count);
    GSC_TRY(gsc_pair_outputs_frequencies(w->before, frequency, NULL));
    for (size_t m = 0; m < w->count; m++)
        if (frequency[m] >= component->first && frequency[m] <= component->last)
            w->marks[m] = true;
out:
    free(frequency);
    return status;
}

static int
mark_tensor(work *w, const gsc_component *component)
{
    const gsc_tensor *tensor = gsc_loaded_model_tensor(w->loaded, component->tensor);
    if (!tensor)
        return gsc_fail(GSC_EFORMAT, "tensor=%s: this network has none of that name",
                        component->tensor);
    w->marks[tensor - w->loaded->tensors] = true;
    return 0;
}

static int
mark_component(work *w, const gsc_component *component)
{
    int status = check_frequencies(w, component);
    if (status < 0)
        return status;
    switch (component->kind) {
    case GSC_COMPONENT_HEAD:
        return mark_heads(w, component);
    case GSC_COMPONENT_TENSOR:
        return mark_tensor(w, component);
    case GSC_COMPONENT_NEURONS:
        return component->by_frequency && w->count > 0
                   ? mark_by_frequency(w, component)
                   : mark_range(w, component, 0, component->first, component->last);
    default:
        return mark_range(w, component, 1, component->first, component->last);
    }
}

static int
mark_components(work *w, gsc_component_kind kind, gsc_ablated *ablated)
{
    int status = 0;
    const gsc_components *components = w->ablation->components;
    w->count = count_components(w, kind);
    GSC_NEW(w->marks, w->count);
    for (size_t i = 0; i < components->count; i++)
        if (components->items[i].kind == kind)
            GSC_TRY(mark_component(w, &components->items[i]));
    for (size_t i = 0; i < w->count; i++) {
        w->marks[i] = w->marks[i] != w->ablation->keep;
        ablated->num_ablated += w->marks[i];
    }
    if (w->ablation->draw > 0)
        GSC_TRY(gsc_ablation_draw(w->loaded, kind, w->ablation->seed, w->ablation->draw,
                                  w->marks, w->count, &ablated->pools[kind]));
out:
    return status;
}

/* ---- Components of the embedding ---- */

/* part [n, d] = the marked circles of x. */
static int
find_circles(const work *w, const gsc_matrix *x, double *component)
{
    int status = 0;
    gsc_matrix basis = {0};
    size_t *keys = NULL, num_keys = 0, n = x->rows, d = x->cols;
    double *modes = NULL;
    GSC_TRY(gsc_dft_basis(n, &basis));
    GSC_NEW(modes, n * d);
    GSC_NEW(keys, w->count);
    for (size_t k = 1; k <= w->count; k++)
        if (w->marks[k - 1])
            keys[num_keys++] = k;
    gsc_gemm_f64(false, false, n, d, n, 1, basis.data, n, x->data, d, 0, modes, d);
    gsc_pairs_keep(&basis, modes, d, keys, num_keys, component); /* sum F_kᵀ F_k X */
out:
    gsc_matrix_free(&basis);
    free(modes);
    free(keys);
    return status;
}

/* part [n, d] = the marked principal components of x, about its mean. */
static int
find_components(const work *w, const gsc_matrix *x, double *component)
{
    int status = 0;
    gsc_pca pca = {.count = 0};
    gsc_matrix kept = {0};
    GSC_TRY(gsc_pca_init(&pca, x));
    GSC_TRY(gsc_pca_restore(&pca, w->marks, &kept));
    for (size_t i = 0; i < x->rows * x->cols; i++)
        component[i] = kept.data[i] - pca.mean[i % x->cols];
out:
    gsc_pca_free(&pca);
    gsc_matrix_free(&kept);
    return status;
}

/* The marked part of an embedding [d_vocab, d], over the residues of the order. */
static int
find_component(const work *w, gsc_component_kind kind, const double *table, size_t d,
               double *component)
{
    int status = 0;
    const gsc_grid *grid = &w->before->grid;
    const uint16_t *tokens = w->loaded->pairs.operands;
    gsc_matrix x = {0};
    GSC_TRY(gsc_matrix_init(&x, grid->n, d));
    for (size_t i = 0; i < grid->n; i++)
        memcpy(x.data + i * d, table + tokens[grid->residues[i]] * d,
               d * sizeof *table);
    GSC_TRY(kind == GSC_COMPONENT_CIRCLE ? find_circles(w, &x, component)
                                         : find_components(w, &x, component));
out:
    gsc_matrix_free(&x);
    return status;
}

/* E + part(other) - part(E), row by row of the residues. */
static int
change_embedding(const work *w, gsc_component_kind kind, gsc_tensor *tensor)
{
    int status = 0;
    const gsc_grid *grid = &w->before->grid;
    const uint16_t *tokens = w->loaded->pairs.operands;
    const double *other = substitute(w, tensor->name);
    double *own = NULL, *new = NULL, *table = tensor->data;
    size_t d = tensor->shape.dims[1];
    for (size_t i = 0; i < grid->n; i++)
        if (tokens[grid->residues[i]] >= tensor->shape.dims[0])
            return gsc_fail(GSC_EFORMAT, "/task: operand %d has token %d, of %zu",
                            grid->residues[i], tokens[grid->residues[i]],
                            tensor->shape.dims[0]);
    GSC_NEW(own, grid->n * d);
    GSC_NEW(new, grid->n * d);
    GSC_TRY(find_component(w, kind, table, d, own));
    if (other)
        GSC_TRY(find_component(w, kind, other, d, new));
    for (size_t i = 0; i < grid->n; i++)
        for (size_t j = 0; j < d; j++)
            table[tokens[grid->residues[i]] * d + j] += new[i * d + j] - own[i * d + j];
out:
    free(own);
    free(new);
    return status;
}

static int
change_embeddings(const work *w, gsc_component_kind kind)
{
    static const gsc_view views[] = {GSC_VIEW_EMBEDDING, GSC_VIEW_EMBEDDING_RIGHT};
    int status = 0;
    const gsc_model *model = &w->after->model;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        if (model->views[views[i]] == GSC_NO_NODE)
            continue;
        const gsc_parameter *table =
            gsc_graph_parameter_of(model->graph, model->views[views[i]]);
        if (!table)
            return gsc_fail(GSC_EARGUMENT, "this model computes its %s",
                            gsc_view_names[views[i]]);
        GSC_TRY(
            change_embedding(w, kind, gsc_loaded_model_tensor(w->after, table->name)));
    }
out:
    return status;
}

/* ---- Rows ---- */

/* Put the other's elements, or zeros, into some of a tensor's. */
static void
change(const work *w, const gsc_tensor *tensor, size_t first, size_t count)
{
    double *data = tensor->data;
    const double *other = substitute(w, tensor->name);
    for (size_t i = first; i < first + count; i++)
        data[i] = other ? other[i] : 0;
}

static void
change_heads(const work *w)
{
    size_t heads = gsc_loaded_model_block_heads(w->loaded);
    for (size_t i = 0; i < w->count; i++) {
        char name[GSC_NAME_BYTES];
        snprintf(name, sizeof name, "blocks.%zu.attn.W_O", i / heads);
        const gsc_tensor *W_O = gsc_loaded_model_tensor(w->after, name);
        size_t size = W_O->shape.dims[1] * W_O->shape.dims[2];
        if (w->marks[i])
            change(w, W_O, i % heads * size, size);
    }
}

static void
change_neurons(const work *w)
{
    char name[GSC_NAME_BYTES];
    gsc_ablation_name_writer(w->loaded, name);
    const gsc_tensor *writer = gsc_loaded_model_tensor(w->after, name);
    size_t size = writer->shape.dims[1];
    for (size_t m = 0; m < w->count; m++)
        if (w->marks[m])
            change(w, writer, m * size, size);
}

static void
change_tensors(const work *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const gsc_tensor *t =
            gsc_loaded_model_tensor(w->after, w->loaded->tensors[i].name);
        if (w->marks[i] && w->ablation->mean)
            gsc_ablation_mean_rows(t);
        else if (w->marks[i])
            change(w, t, 0, gsc_shape_count(t->shape));
    }
}

static int
change_components(const work *w, gsc_component_kind kind)
{
    int status = 0;
    const gsc_ablation_means means = {w->loaded, w->before, w->after, w->marks,
                                      w->count};
    if (kind == GSC_COMPONENT_CIRCLE || kind == GSC_COMPONENT_PC)
        return change_embeddings(w, kind);
    if (kind == GSC_COMPONENT_HEAD && w->ablation->mean)
        GSC_TRY(gsc_ablation_mean_heads(&means, w->threads));
    if (kind == GSC_COMPONENT_NEURONS && w->ablation->mean)
        GSC_TRY(gsc_ablation_mean_neurons(&means));
    if (kind == GSC_COMPONENT_HEAD)
        change_heads(w);
    else if (kind == GSC_COMPONENT_NEURONS)
        change_neurons(w);
    else
        change_tensors(w);
out:
    return status;
}

/* ---- What remains ---- */

bool
gsc_ablation_needs_neurons(const gsc_ablation *ablation)
{
    for (size_t i = 0; i < ablation->components->count; i++)
        if (ablation->components->items[i].kind == GSC_COMPONENT_NEURONS &&
            (ablation->mean || ablation->components->items[i].by_frequency))
            return true;
    return false;
}

/* The same network, with the biases that are to hold means; new weights are 0. */
static int
copy_loaded_model(const gsc_loaded_model *loaded, const gsc_ablation *ablation,
                  gsc_loaded_model *copy)
{
    int status = 0;
    *copy = (gsc_loaded_model){.checkpoint = loaded->checkpoint,
                               .borrows = true,
                               .type = loaded->type,
                               .pairs = loaded->pairs,
                               .config = loaded->config};
    gsc_token_model *c = (gsc_token_model *)(void *)copy->config.model.room.values;
    if (!gsc_is_token_model(loaded->model.architecture))
        return gsc_fail(GSC_EARGUMENT, "ablation: this network has no parts that can "
                                       "be left out");
    if (ablation->mean && c->attn_biases == GSC_BIASES_ABSENT &&
        gsc_components_have(ablation->components, GSC_COMPONENT_HEAD))
        c->attn_biases = GSC_BIASES_FROZEN;
    if (ablation->mean && c->biases == GSC_BIASES_ABSENT &&
        gsc_components_have(ablation->components, GSC_COMPONENT_NEURONS))
        c->biases = GSC_BIASES_FROZEN;
    GSC_TRY(gsc_config_model(&copy->config, &loaded->checkpoint.dataset, &copy->model));
    copy->num_weights = gsc_graph_num_weights(copy->model.graph);
    GSC_NEW(copy->kept, 1);
    GSC_NEW(copy->weights, copy->num_weights);
    GSC_TRY(gsc_weights_tensors(copy->model.graph, GSC_FLOAT64, copy->weights,
                                &copy->tensors, &copy->num_tensors));
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        memcpy(gsc_loaded_model_tensor(copy, t->name)->data, t->data,
               gsc_shape_count(t->shape) * sizeof(double));
    }
out:
    return status;
}

int
gsc_ablated_init(gsc_ablated *ablated, const gsc_loaded_model *loaded,
                 gsc_pair_outputs *before, const gsc_ablation *ablation,
                 gsc_threads *threads)
{
    int status = 0;
    work w = {ablation, loaded, before, &ablated->loaded, threads, 0, NULL};
    *ablated = (gsc_ablated){.num_ablated = 0};
    if (ablation->draw > 0 &&
        gsc_components_have(ablation->components, GSC_COMPONENT_TENSOR))
        return gsc_fail(GSC_EARGUMENT, "tensors differ in size: none are drawn");
    GSC_TRY(copy_loaded_model(loaded, ablation, &ablated->loaded));
    for (int kind = 0; kind < GSC_NUM_COMPONENT_KINDS; kind++) {
        if (!gsc_components_have(ablation->components, (gsc_component_kind)kind))
            continue;
        GSC_TRY(mark_components(&w, (gsc_component_kind)kind, ablated));
        GSC_TRY(change_components(&w, (gsc_component_kind)kind));
        free(w.marks);
        w.marks = NULL;
    }
out:
    free(w.marks);
    if (status < 0)
        gsc_ablated_free(ablated);
    return status;
}

void
gsc_ablated_free(gsc_ablated *ablated)
{
    gsc_loaded_model_close(&ablated->loaded);
    *ablated = (gsc_ablated){.num_ablated = 0};
}
