/* What in a network has one row for each token, or one row for each input. */
#include "analyze/network/embedding.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/activations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_embedding_source_kind_names[] = {"view", "parameter",
                                                       "activation", NULL};
const char *const gsc_input_rows_names[] = {"inputs", "a", "b", "c", NULL};
const char *const gsc_input_choice_names[] = {"all", "train", "test", NULL};

const char *
gsc_row_kind_name(gsc_row_kind kind, const gsc_binary_table *pairs)
{
    static const char *const names[] = {"residue", "token", "output", "input", "other"};
    return kind == GSC_ROW_RESIDUE && pairs->of_group ? "element" : names[kind];
}

/* ---- What there is ---- */

typedef struct sources {
    gsc_embedding_source *items;
    size_t count, room;
} sources;

static int
add_source(sources *list, const gsc_embedding_source *source, const char *name)
{
    int status = gsc_grow(&list->items, list->count, &list->room, sizeof *list->items);
    if (status < 0)
        return status;
    gsc_embedding_source *added = &list->items[list->count++];
    *added = *source;
    snprintf(added->name, sizeof added->name, "%s", name);
    return 0;
}

static bool
is_of_answers(gsc_view view)
{
    return view == GSC_VIEW_UNEMBEDDING || view == GSC_VIEW_NEURON_LOGIT;
}

/* The columns of its rows, those of all heads. Of scores only some queries are taken.
 */
static int
count_columns(const gsc_loaded_model *loaded, gsc_view view, size_t *cols)
{
    int status = 0;
    gsc_shape shape = gsc_graph_shape(loaded->model.graph, loaded->model.views[view]);
    gsc_matrix scores = {0};
    *cols = gsc_shape_count(shape) / shape.dims[0];
    if (view == GSC_VIEW_HEAD_SCORES) {
        GSC_TRY(gsc_loaded_model_view(loaded, view, GSC_RESIDUE_ORDER_PLAIN, &scores));
        *cols = gsc_loaded_model_heads(loaded, view) * scores.cols;
    }
out:
    gsc_matrix_free(&scores);
    return status;
}

static int
add_views(sources *list, const gsc_loaded_model *loaded)
{
    int status = 0;
    const gsc_binary_table *pairs = &loaded->pairs;
    if (pairs->n == 0)
        return 0;
    for (gsc_view view = 0; view < GSC_NUM_VIEWS; view++) {
        if (loaded->model.views[view] == GSC_NO_NODE)
            continue;
        gsc_embedding_source source = {.kind = GSC_EMBEDDING_SOURCE_VIEW,
                                       .view = view,
                                       .row_kind = GSC_ROW_RESIDUE,
                                       .rows = pairs->n};
        GSC_TRY(count_columns(loaded, view, &source.cols));
        GSC_TRY(add_source(list, &source, gsc_view_names[view]));
    }
out:
    return status;
}

/* "d_vocab d_model" begins with tokens, of a network that is known. */
static gsc_row_kind
kind_of_axes(const gsc_loaded_model *loaded, const gsc_tensor *tensor)
{
    size_t length = strcspn(tensor->axes, " ");
    if (!loaded->model.graph || tensor->shape.rank != 2)
        return GSC_ROW_OTHER;
    if (length == 7 && strncmp(tensor->axes, "d_vocab", length) == 0)
        return GSC_ROW_TOKEN;
    return length == 11 && strncmp(tensor->axes, "d_vocab_out", length) == 0
               ? GSC_ROW_OUTPUT
               : GSC_ROW_OTHER;
}

static int
add_parameters(sources *list, const gsc_loaded_model *loaded)
{
    int status = 0;
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        size_t count = gsc_shape_count(t->shape);
        size_t cols = t->shape.rank > 0 ? t->shape.dims[t->shape.rank - 1] : 1;
        gsc_embedding_source source = {.kind = GSC_EMBEDDING_SOURCE_PARAMETER,
                                       .tensor = i,
                                       .row_kind = kind_of_axes(loaded, t),
                                       .rows = cols > 0 ? count / cols : 0,
                                       .cols = cols};
        if (count > 0)
            GSC_TRY(add_source(list, &source, t->name));
    }
out:
    return status;
}

static int
add_activation(sources *list, const gsc_loaded_model *loaded, gsc_node node,
               const char *name)
{
    gsc_embedding_source source = {.kind = GSC_EMBEDDING_SOURCE_ACTIVATION,
                                   .node = node,
                                   .row_kind = GSC_ROW_INPUT,
                                   .rows = loaded->checkpoint.dataset.num_examples};
    snprintf(source.name, sizeof source.name, "%s", name);
    source.cols = gsc_activation_width(loaded, &source);
    return add_source(list, &source, name);
}

static int
add_activations(sources *list, const gsc_loaded_model *loaded)
{
    int status = 0;
    const gsc_model *model = &loaded->model;
    const char *name;
    gsc_node node;
    if (model->neurons != GSC_NO_NODE)
        GSC_TRY(add_activation(list, loaded, model->neurons, "neurons"));
    GSC_TRY(add_activation(list, loaded, model->logits, "logits"));
    if (loaded->pairs.n > 0)
        list->items[list->count - 1].cols = loaded->pairs.n;
    for (size_t i = 0; (name = gsc_graph_hook(model->graph, i, &node)); i++)
        GSC_TRY(add_activation(list, loaded, node, name));
out:
    return status;
}

int
gsc_embedding_sources_list(const gsc_loaded_model *loaded, gsc_embedding_source **found,
                           size_t *count)
{
    int status = 0;
    sources list = {0};
    if (loaded->model.graph) {
        GSC_TRY(add_views(&list, loaded));
        GSC_TRY(add_parameters(&list, loaded));
        GSC_TRY(add_activations(&list, loaded));
    } else {
        GSC_TRY(add_parameters(&list, loaded));
    }
    *found = list.items;
    *count = list.count;
    list.items = NULL;
out:
    free(list.items);
    return status;
}

/* ---- By name ---- */

/* The nearest name by letters, and those that hold the word. */
static int
no_such_source(const char *name, const gsc_embedding_source *list, size_t count)
{
    int status = 0;
    gsc_text near = {0};
    const char **names = NULL;
    GSC_NEW(names, count);
    for (size_t i = 0; i < count; i++)
        names[i] = list[i].name;
    const char *nearest = gsc_text_nearest(name, names, count);
    if (nearest)
        GSC_TRY(gsc_text_add(&near, " %s", nearest));
    for (size_t i = 0; *name && i < count; i++)
        if (names[i] != nearest && strstr(names[i], name))
            GSC_TRY(gsc_text_add(&near, " %s", names[i]));
    status = gsc_fail(
        GSC_EFORMAT, "tensor '%s': there is none of this name%s%s; --list shows all",
        name, near.length > 0 ? "; near ones:" : "", near.length > 0 ? near.data : "");
out:
    gsc_text_free(&near);
    free(names);
    return status;
}

static int
find_source(const gsc_loaded_model *loaded, const char *name,
            gsc_embedding_source *source)
{
    int status = 0;
    gsc_embedding_source *list = NULL;
    size_t count = 0, i = 0;
    GSC_TRY(gsc_embedding_sources_list(loaded, &list, &count));
    while (i < count && strcmp(list[i].name, name) != 0)
        i++;
    if (i == count)
        GSC_TRY(no_such_source(name, list, count));
    *source = list[i];
out:
    free(list);
    return status;
}

/* ---- Taken ---- */

static int
new_rows(gsc_embedding *self, size_t n)
{
    int status = 0;
    GSC_NEW(self->residues, n);
    GSC_NEW(self->ids, n);
out:
    return status;
}

/* Heads of a view, one after the other, side by side. */
static int
take_view(gsc_embedding *self, const gsc_loaded_model *loaded,
          const gsc_embedding_source *source)
{
    int status = 0;
    const gsc_binary_table *pairs = &loaded->pairs;
    const uint16_t *ids =
        is_of_answers(source->view) ? pairs->answers : pairs->operands;
    gsc_matrix heads = {0};
    size_t count = gsc_loaded_model_heads(loaded, source->view);
    GSC_TRY(
        gsc_loaded_model_view(loaded, source->view, GSC_RESIDUE_ORDER_PLAIN, &heads));
    size_t n = heads.rows / count, d = heads.cols;
    GSC_TRY(gsc_matrix_init(&self->x, n, count * d));
    for (size_t h = 0; h < count; h++)
        for (size_t i = 0; i < n; i++)
            memcpy(self->x.data + (i * count + h) * d, heads.data + (h * n + i) * d,
                   d * sizeof *heads.data);
    GSC_TRY(new_rows(self, n));
    for (size_t i = 0; i < n; i++) {
        self->residues[i] = (int64_t)i;
        self->ids[i] = ids[i];
    }
out:
    gsc_matrix_free(&heads);
    return status;
}

static int
take_parameter(gsc_embedding *self, const gsc_loaded_model *loaded,
               const gsc_embedding_source *source)
{
    int status = 0;
    size_t n = source->rows;
    GSC_TRY(gsc_matrix_init(&self->x, n, source->cols));
    memcpy(self->x.data, loaded->tensors[source->tensor].data,
           n * source->cols * sizeof *self->x.data);
    GSC_TRY(new_rows(self, n));
    for (size_t i = 0; i < n; i++) {
        self->ids[i] = (int64_t)i;
        self->residues[i] = -1;
    }
    if (source->row_kind == GSC_ROW_TOKEN || source->row_kind == GSC_ROW_OUTPUT)
        gsc_residues_of(&loaded->pairs, source->row_kind == GSC_ROW_OUTPUT, n,
                        self->residues);
out:
    return status;
}

/* What is asked of an activation is asked of nothing else. */
static int
check_request(const gsc_embedding_source *source, const gsc_embedding_request *request)
{
    bool asks = request->rows != GSC_INPUT_EACH || request->inputs != GSC_INPUTS_ALL ||
                strcmp(request->position, "answer") != 0;
    if (source->kind == GSC_EMBEDDING_SOURCE_ACTIVATION || !asks)
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "%s is a %s: its rows are no inputs, and have no --rows, --inputs "
                    "or --position",
                    source->name, gsc_embedding_source_kind_names[source->kind]);
}

int
gsc_embedding_init(gsc_embedding *self, const gsc_loaded_model *loaded,
                   const gsc_embedding_request *request, gsc_threads *threads)
{
    int status = 0;
    gsc_embedding_source source;
    *self = (gsc_embedding){.type = loaded->type};
    GSC_TRY(find_source(loaded, request->tensor, &source));
    GSC_TRY(check_request(&source, request));
    self->kind = source.row_kind;
    self->of_outputs =
        source.row_kind == GSC_ROW_OUTPUT ||
        (source.kind == GSC_EMBEDDING_SOURCE_VIEW && is_of_answers(source.view));
    if (source.kind == GSC_EMBEDDING_SOURCE_VIEW)
        GSC_TRY(take_view(self, loaded, &source));
    else if (source.kind == GSC_EMBEDDING_SOURCE_PARAMETER)
        GSC_TRY(take_parameter(self, loaded, &source));
    else
        GSC_TRY(gsc_activations_take(self, loaded, &source, request, threads));
out:
    if (status < 0)
        gsc_embedding_free(self);
    return status;
}

void
gsc_embedding_free(gsc_embedding *self)
{
    gsc_matrix_free(&self->x);
    free(self->residues);
    free(self->ids);
    *self = (gsc_embedding){.kind = GSC_ROW_OTHER};
}
