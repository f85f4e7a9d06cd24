/* The views of a loaded model: matrices with a row for each residue or token. */
#include "grokscope/loaded_model.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/model/outputs.h"

#include <stdlib.h>

/* The value of a parameter-domain node; the caller frees it. */
static int
compute_node(const gsc_loaded_model *s, gsc_node node, double **values)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = &node, .num_taps = 1};
    gsc_batch none = {.num_examples = 0};
    GSC_TRY(gsc_engine_open(&engine, s->model.graph, &options));
    GSC_NEW(*values, gsc_shape_count(gsc_graph_shape(s->model.graph, node)));
    void *taps[] = {*values};
    GSC_TRY(gsc_engine_run(engine, NULL, s->weights, &none, taps, NULL));
out:
    gsc_engine_close(engine);
    return status;
}

static bool
is_of_outputs(gsc_view view)
{
    return view == GSC_VIEW_UNEMBEDDING || view == GSC_VIEW_NEURON_LOGIT;
}

size_t
gsc_loaded_model_heads(const gsc_loaded_model *loaded, gsc_view view)
{
    gsc_node node = loaded->model.views[view];
    if (node == GSC_NO_NODE)
        return 0;
    return gsc_view_has_heads(view) ? gsc_graph_shape(loaded->model.graph, node).dims[1]
                                    : 1;
}

/* Which indices of an axis are taken, in which order. */
typedef struct choice {
    size_t count;
    size_t *indices;
} choice;

/* The tokens, or the outputs, of the residues in an order. */
static int
choose_residues(const gsc_binary_table *pairs, bool outputs, gsc_residue_order order,
                size_t length, choice *c)
{
    int status = 0;
    const uint16_t *all = outputs ? pairs->answers : pairs->operands;
    uint16_t *residues = NULL;
    GSC_NEW(residues, pairs->n);
    GSC_NEW(c->indices, pairs->n);
    GSC_TRY(gsc_residue_order_list(order, pairs->n, residues, &c->count));
    for (size_t i = 0; i < c->count; i++) {
        c->indices[i] = all[residues[i]];
        if (c->indices[i] >= length)
            GSC_TRY(gsc_fail(GSC_EFORMAT,
                             "/facets/binary_table/%s: %u is %zu, of %zu "
                             "rows",
                             outputs ? "answers" : "operands", residues[i],
                             c->indices[i], length));
    }
out:
    free(residues);
    return status;
}

/* The token that every example is answered at, or the residues. */
static int
choose_queries(const gsc_loaded_model *s, gsc_residue_order order, size_t length,
               choice *c)
{
    int status = 0;
    const gsc_binary_table *pairs = &s->pairs;
    size_t at = gsc_model_answer_position(&s->model);
    bool varies = at == pairs->position_a || at == pairs->position_b ||
                  (int64_t)at == pairs->position_c;
    if (at < pairs->n_ctx && !varies && pairs->input[at] < length) {
        GSC_NEW(c->indices, 1);
        c->indices[0] = pairs->input[at];
        c->count = 1;
    } else {
        status = choose_residues(pairs, false, order, length, c);
    }
out:
    return status;
}

static int
choose_all(size_t length, choice *c)
{
    int status = 0;
    GSC_NEW(c->indices, length);
    for (size_t i = 0; i < length; i++)
        c->indices[i] = i;
    c->count = length;
out:
    return status;
}

/* [heads * rows, cols] out of [all rows, heads, all cols] */
static int
take_rows(const gsc_loaded_model *loaded, gsc_view view, const choice *rows,
          const choice *cols, gsc_matrix *matrix)
{
    int status = 0;
    double *values = NULL;
    gsc_node node = loaded->model.views[view];
    gsc_shape shape = gsc_graph_shape(loaded->model.graph, node); /* [rows, …, width] */
    size_t heads = gsc_loaded_model_heads(loaded, view),
           width = shape.dims[shape.rank - 1];
    GSC_TRY(compute_node(loaded, node, &values));
    GSC_TRY(gsc_matrix_init(matrix, heads * rows->count, cols->count));
    double *out = matrix->data;
    for (size_t head = 0; head < heads; head++)
        for (size_t i = 0; i < rows->count; i++) {
            const double *row = values + (rows->indices[i] * heads + head) * width;
            for (size_t j = 0; j < cols->count; j++)
                *out++ = row[cols->indices[j]];
        }
out:
    free(values);
    return status;
}

static int
need_view(const gsc_loaded_model *loaded, gsc_view view)
{
    if (loaded->model.views[view] != GSC_NO_NODE)
        return 0;
    return gsc_fail(GSC_EARGUMENT, "this model has no %s", gsc_view_names[view]);
}

int
gsc_loaded_model_view(const gsc_loaded_model *loaded, gsc_view view,
                      gsc_residue_order order, gsc_matrix *matrix)
{
    int status = 0;
    choice rows = {0}, cols = {0};
    *matrix = (gsc_matrix){0};
    GSC_TRY(gsc_loaded_model_need(loaded, GSC_BINARY_TABLE));
    GSC_TRY(need_view(loaded, view));
    gsc_shape shape = gsc_graph_shape(loaded->model.graph, loaded->model.views[view]);
    size_t width = shape.dims[shape.rank - 1];
    GSC_TRY(choose_residues(&loaded->pairs, is_of_outputs(view), order, shape.dims[0],
                            &rows));
    GSC_TRY(view == GSC_VIEW_HEAD_SCORES ? choose_queries(loaded, order, width, &cols)
                                         : choose_all(width, &cols));
    GSC_TRY(take_rows(loaded, view, &rows, &cols, matrix));
out:
    free(rows.indices);
    free(cols.indices);
    return status;
}

int
gsc_loaded_model_view_of_tokens(const gsc_loaded_model *loaded, gsc_view view,
                                gsc_matrix *matrix)
{
    int status = 0;
    choice rows = {0}, cols = {0};
    *matrix = (gsc_matrix){0};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(need_view(loaded, view));
    gsc_shape shape = gsc_graph_shape(loaded->model.graph, loaded->model.views[view]);
    GSC_TRY(choose_all(shape.dims[0], &rows));
    GSC_TRY(choose_all(shape.dims[shape.rank - 1], &cols));
    GSC_TRY(take_rows(loaded, view, &rows, &cols, matrix));
out:
    free(rows.indices);
    free(cols.indices);
    return status;
}
