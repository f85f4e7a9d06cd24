/* What a node of a loaded model's graph is over the examples of its task. */
#include "analyze/network/activations.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Examples that are run at once. */
enum { BLOCK = 4096 };

void
gsc_residues_of(const gsc_binary_table *pairs, bool outputs, size_t length,
                int64_t *residues)
{
    const uint16_t *ids = outputs ? pairs->answers : pairs->operands;
    for (size_t i = 0; i < length; i++)
        residues[i] = -1;
    for (size_t r = 0; r < pairs->n; r++)
        if (ids[r] < length)
            residues[ids[r]] = (int64_t)r;
}

/* ---- Positions ---- */

/* Scores and patterns are [heads, queries, keys], all others begin with positions. */
static size_t
position_axis(const gsc_embedding_source *source)
{
    return gsc_text_ends_with(source->name, "hook_pattern") ||
           gsc_text_ends_with(source->name, "hook_attn_scores");
}

static int
read_position(const gsc_loaded_model *loaded, const char *text, size_t *position)
{
    int64_t number;
    bool is_operand = strcmp(text, "a") == 0 || strcmp(text, "b") == 0;
    if (is_operand && loaded->pairs.n == 0)
        return gsc_loaded_model_need(loaded, GSC_BINARY_TABLE);
    if (strcmp(text, "answer") == 0)
        *position = gsc_model_answer_position(&loaded->model);
    else if (is_operand)
        *position = *text == 'a' ? loaded->pairs.position_a : loaded->pairs.position_b;
    else if (gsc_text_to_integer(text, &number) == 0 && number >= 0)
        *position = (size_t)number;
    else
        return gsc_fail(GSC_EARGUMENT,
                        "position '%s': expected answer, a, b or a number from 0",
                        text);
    return 0;
}

int
gsc_activation_node(const gsc_loaded_model *loaded, const gsc_embedding_source *source,
                    const char *position, gsc_node *node)
{
    int status = 0;
    gsc_graph *graph = loaded->model.graph;
    size_t axis = position_axis(source), at = 0;
    size_t length = gsc_graph_shape(graph, source->node).dims[axis];
    GSC_TRY(read_position(loaded, position, &at));
    if (length == 1 && strcmp(position, "answer") == 0)
        at = 0;
    if (at >= length)
        return gsc_fail(GSC_EARGUMENT, "position %s: %s has positions 0 to %zu",
                        position, source->name, length - 1);
    *node = gsc_graph_slice(graph, source->node, axis, at, 1);
    GSC_TRY(gsc_graph_status(graph));
out:
    return status;
}

size_t
gsc_activation_width(const gsc_loaded_model *loaded, const gsc_embedding_source *source)
{
    gsc_shape shape = gsc_graph_shape(loaded->model.graph, source->node);
    return gsc_shape_count(shape) / shape.dims[position_axis(source)];
}

/* ---- Examples ---- */

static int
compare_indices(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* A file may say anything of its pairs; what is an index has to be one. */
static int
check_pairs(const gsc_loaded_model *loaded)
{
    const gsc_model *model = &loaded->model;
    size_t width = gsc_graph_shape(model->graph, model->logits).dims[1];
    for (size_t r = 0; r < loaded->pairs.n; r++)
        if (loaded->pairs.answers[r] >= width)
            return gsc_fail(GSC_EFORMAT,
                            "/facets/binary_table/answers: %zu is output %u, of %zu", r,
                            (unsigned)loaded->pairs.answers[r], width);
    return 0;
}

static int
choose_examples(const gsc_dataset *dataset, gsc_input_choice choice,
                uint32_t **examples, size_t *count)
{
    int status = 0;
    const gsc_split *split = NULL;
    size_t all = dataset->num_examples;
    if (choice != GSC_INPUTS_ALL) {
        split = gsc_dataset_split(dataset, gsc_input_choice_names[choice]);
        if (!split)
            return gsc_fail(GSC_EARGUMENT,
                            "--inputs %s: it is not known which examples are in it",
                            gsc_input_choice_names[choice]);
        all = split->count;
    }
    if (all == 0)
        return gsc_fail(GSC_EARGUMENT, "--inputs %s: there is no such example",
                        gsc_input_choice_names[choice]);
    GSC_NEW(*examples, all);
    for (size_t i = 0; i < all; i++)
        (*examples)[i] = split ? split->indices[i] : (uint32_t)i;
    if (split) /* in the order in which they are listed elsewhere */
        qsort(*examples, all, sizeof **examples, compare_indices);
    *count = all;
out:
    return status;
}

/* ---- Runs ---- */

/* What one call needs. */
typedef struct run {
    const gsc_loaded_model *loaded;
    const gsc_dataset *dataset;
    const gsc_binary_table *pairs;
    gsc_type type;
    gsc_engine *engine;
    void *weights, *values; /* of the type; values [BLOCK, width] */
    size_t width;           /* of the node */
    size_t num_columns;
    const uint16_t *columns; /* those that are taken; NULL: all */
    size_t count;
    uint32_t *examples; /* [count] */
} run;

static void
close_run(run *r)
{
    gsc_engine_close(r->engine);
    free(r->weights);
    free(r->values);
    free(r->examples);
}

static int
open_run(run *r, const gsc_embedding_source *source,
         const gsc_embedding_request *request)
{
    int status = 0;
    gsc_node node;
    bool answers = strcmp(source->name, "logits") == 0 && r->pairs->n > 0;
    GSC_TRY(gsc_loaded_model_data((gsc_loaded_model *)r->loaded));
    GSC_TRY(check_pairs(r->loaded));
    GSC_TRY(choose_examples(r->dataset, request->inputs, &r->examples, &r->count));
    GSC_TRY(gsc_activation_node(r->loaded, source, request->position, &node));
    r->width = gsc_activation_width(r->loaded, source);
    r->columns = answers ? r->pairs->answers : NULL;
    r->num_columns = answers ? r->pairs->n : r->width;
    /* No token is said to be constant: what follows only from it would have one value
     * for all examples. */
    gsc_engine_options options = {.type = r->type,
                                  .taps = &node,
                                  .num_taps = 1,
                                  .num_examples = BLOCK,
                                  .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(gsc_engine_open(&r->engine, r->loaded->model.graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(r->loaded, r->type, &r->weights));
    r->values = gsc_new(BLOCK * r->width, gsc_type_size(r->type));
    if (!r->values)
        status = GSC_EMEMORY;
out:
    return status;
}

/* Run examples first … first + count - 1 of the chosen. */
static int
run_block(const run *r, size_t first, size_t count, gsc_threads *threads)
{
    gsc_batch batch = {.fields = r->dataset->fields,
                       .num_fields = r->dataset->num_fields,
                       .examples = r->examples + first,
                       .num_examples = count};
    void *taps[] = {r->values};
    return gsc_engine_run(r->engine, threads, r->weights, &batch, taps, NULL);
}

/* row += the values of example i of the block */
static void
add_values(const run *r, size_t i, double *row)
{
    for (size_t j = 0; j < r->num_columns; j++)
        row[j] += gsc_element(r->type, r->values,
                              i * r->width + (r->columns ? r->columns[j] : j));
}

/* to[i] (room for the chosen examples): the row that each is added to, or -1. */
static int
fill_rows(const run *r, const int64_t *to, gsc_matrix *x, gsc_threads *threads)
{
    int status = 0;
    for (size_t first = 0; first < r->count; first += BLOCK) {
        size_t count = r->count - first < BLOCK ? r->count - first : BLOCK;
        GSC_TRY(run_block(r, first, count, threads));
        for (size_t i = 0; i < count; i++)
            if (to[first + i] >= 0)
                add_values(r, i, x->data + (size_t)to[first + i] * x->cols);
    }
out:
    return status;
}

/* ---- Rows ---- */

/* of[i] (room for the chosen examples): the residue of the operand at a position, or
 * of the answer; -1 where examples are no pairs, and no mean is taken over those of
 * another operation. */
static int
residues_of_examples(const run *r, gsc_input_rows rows, int64_t *of)
{
    int status = 0;
    bool answers = rows != GSC_INPUT_BY_A && rows != GSC_INPUT_BY_B;
    int64_t *residues = NULL;
    size_t length = (size_t)UINT16_MAX + 1;
    size_t position =
        rows == GSC_INPUT_BY_B ? r->pairs->position_b : r->pairs->position_a;
    const gsc_field *tokens = gsc_dataset_find(r->dataset, GSC_TOKENS);
    bool means = rows != GSC_INPUT_EACH;
    GSC_NEW(residues, length);
    gsc_residues_of(r->pairs, answers, length, residues);
    for (size_t i = 0; i < r->count; i++) {
        size_t e = r->examples[i];
        of[i] = -1;
        if (means && tokens && !gsc_binary_table_has(r->pairs, tokens, e))
            continue;
        int64_t id = answers ? gsc_loaded_model_label(r->loaded, e)
                             : (int64_t)gsc_field_element(tokens, e, position);
        of[i] = id >= 0 ? residues[id] : -1;
    }
out:
    free(residues);
    return status;
}

/* One row for each example. */
static int
take_each(gsc_embedding *self, const run *r, gsc_threads *threads)
{
    int status = 0;
    GSC_NEW(self->residues, r->count);
    GSC_NEW(self->ids, r->count);
    GSC_TRY(residues_of_examples(r, GSC_INPUT_EACH, self->residues));
    GSC_TRY(gsc_matrix_init(&self->x, r->count, r->num_columns));
    for (size_t i = 0; i < r->count; i++)
        self->ids[i] = (int64_t)i;
    GSC_TRY(fill_rows(r, self->ids, &self->x, threads));
    for (size_t i = 0; i < r->count; i++)
        self->ids[i] = r->examples[i];
out:
    return status;
}

/* Number the residues that any example has, in their order, and name them as rows. */
static void
number_rows(gsc_embedding *self, const run *r, bool answers, size_t *num_examples,
            size_t num_residues, size_t *n)
{
    const uint16_t *ids = answers ? r->pairs->answers : r->pairs->operands;
    *n = 0;
    for (size_t k = 0; k < num_residues; k++)
        if (num_examples[k] > 0) {
            self->residues[*n] = (int64_t)k;
            num_examples[*n] = num_examples[k];
            self->ids[(*n)++] = ids[k];
        }
}

/* One row for each residue: the mean of the examples that have it. */
static int
take_means(gsc_embedding *self, const run *r, gsc_input_rows rows, gsc_threads *threads)
{
    int status = 0;
    bool answers = rows == GSC_INPUT_BY_C;
    size_t n, most = r->pairs->n;
    int64_t *of = NULL, *row_of = NULL;
    size_t *num_examples = NULL;
    GSC_TRY(gsc_loaded_model_need(r->loaded, GSC_BINARY_TABLE));
    GSC_NEW(of, r->count);
    GSC_NEW(row_of, most);
    GSC_NEW(num_examples, most);
    GSC_NEW(self->residues, most);
    GSC_NEW(self->ids, most);
    GSC_TRY(residues_of_examples(r, rows, of));
    for (size_t i = 0; i < r->count; i++)
        if (of[i] >= 0)
            num_examples[of[i]]++;
    number_rows(self, r, answers, num_examples, most, &n);
    if (n == 0)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "/data: no example is of a residue"));
    for (size_t i = 0; i < n; i++)
        row_of[self->residues[i]] = (int64_t)i;
    for (size_t i = 0; i < r->count; i++)
        of[i] = of[i] >= 0 ? row_of[of[i]] : -1;
    GSC_TRY(gsc_matrix_init(&self->x, n, r->num_columns));
    GSC_TRY(fill_rows(r, of, &self->x, threads));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < self->x.cols; j++)
            self->x.data[i * self->x.cols + j] /= (double)num_examples[i];
    self->kind = GSC_ROW_RESIDUE;
    self->of_outputs = answers;
out:
    free(of);
    free(row_of);
    free(num_examples);
    return status;
}

int
gsc_activations_take(gsc_embedding *self, const gsc_loaded_model *loaded,
                     const gsc_embedding_source *source,
                     const gsc_embedding_request *request, gsc_threads *threads)
{
    int status = 0;
    run r = {.loaded = loaded,
             .dataset = &loaded->checkpoint.dataset,
             .pairs = &loaded->pairs,
             .type = self->type};
    GSC_TRY(open_run(&r, source, request));
    if (request->rows == GSC_INPUT_EACH)
        GSC_TRY(take_each(self, &r, threads));
    else
        GSC_TRY(take_means(self, &r, request->rows, threads));
out:
    close_run(&r);
    return status;
}
