/* The task of a file of version 1.0, which was always a binary operation, as a dataset
 * with the facet binary_table. */
#include "train/checkpoint/checkpoint_image.h"
#include "train/hdf5/h5_values.h"
#include "train/task/binary_operation.h"
#include "train/task/layout.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AXES = 65536 };

/* What /task holds. */
typedef struct former_task {
    size_t num_examples, n_ctx, d_vocab, num_train, num_operands, num_answers;
    uint16_t *inputs, *labels, *operands, *answers;
    uint32_t *train;
} former_task;

static void
free_task(former_task *t)
{
    free(t->inputs);
    free(t->labels);
    free(t->operands);
    free(t->answers);
    free(t->train);
}

static int
read_inputs(const gsc_h5 *file, former_task *t)
{
    gsc_h5_array array;
    int status = gsc_h5_expect(file, "/task/inputs", NULL, GSC_H5_UINT16, 2, &array);
    if (status < 0)
        return status;
    if (array.dims[1] > MOST_AXES)
        return gsc_h5_fail(file, "/task/inputs", NULL,
                           "n_ctx is %zu, expected at most %d", array.dims[1],
                           MOST_AXES);
    t->inputs = gsc_new(gsc_h5_count(&array), sizeof *t->inputs);
    if (!t->inputs)
        return GSC_EMEMORY;
    t->num_examples = array.dims[0];
    t->n_ctx = array.dims[1];
    return gsc_h5_read(file, "/task/inputs", NULL, &array, t->inputs);
}

static int
read_task(const gsc_h5 *file, former_task *t)
{
    int status = 0;
    int64_t d_vocab;
    size_t num_labels;
    GSC_TRY(read_inputs(file, t));
    GSC_TRY(gsc_h5_read_vector(file, "/task/labels", NULL, GSC_H5_UINT16, &t->labels,
                               &num_labels));
    if (num_labels != t->num_examples)
        return gsc_h5_fail(file, "/task/labels", NULL, "%zu values, expected %zu",
                           num_labels, t->num_examples);
    GSC_TRY(gsc_h5_read_vector(file, "/task/train", NULL, GSC_H5_UINT32, &t->train,
                               &t->num_train));
    GSC_TRY(gsc_h5_read_integers(file, "/task", "d_vocab", 0, 1, &d_vocab));
    if (d_vocab < 1 || d_vocab > MOST_AXES)
        return gsc_h5_fail(file, "/task", "d_vocab", "is %" PRId64 ", expected 1 to %d",
                           d_vocab, MOST_AXES);
    t->d_vocab = (size_t)d_vocab;
    GSC_TRY(gsc_h5_read_vector(file, "/task", "operands", GSC_H5_UINT16, &t->operands,
                               &t->num_operands));
    GSC_TRY(gsc_h5_read_vector(file, "/task", "answers", GSC_H5_UINT16, &t->answers,
                               &t->num_answers));
out:
    return status;
}

/* What the configuration says of the task and of its loss. */
static int
read_options(const gsc_checkpoint *checkpoint, gsc_binary_operation *options)
{
    int status = 0;
    gsc_options set = gsc_binary_operation_options(options);
    GSC_TRY(gsc_options_default(&set, 1));
    GSC_TRY(gsc_options_from_json(&set, 1, checkpoint->config));
    set.title = "network";
    GSC_TRY(gsc_options_from_json(&set, 1, checkpoint->config));
    if (options->data_seed < 0) /* the split came from elsewhere */
        options->data_seed = 0;
    if (!(options->train_fraction > 0))
        options->train_fraction = 1;
    options->split_file[0] = '\0';
out:
    return status;
}

static int
check_task(const gsc_h5 *file, const former_task *t,
           const gsc_binary_operation *options)
{
    gsc_layout layout;
    if (gsc_layout_parse(&layout, options->layout) < 0)
        return gsc_h5_fail(file, "configuration", NULL, "%s", gsc_error_text());
    if (t->n_ctx != layout.n_ctx)
        return gsc_h5_fail(file, "/task/inputs", NULL,
                           "%zu tokens an example, but layout '%s' has %zu", t->n_ctx,
                           options->layout, layout.n_ctx);
    if (t->num_operands != (size_t)options->p || t->num_answers != (size_t)options->p)
        return gsc_h5_fail(file, "/task", "operands",
                           "%zu operands and %zu answers, but the configuration has "
                           "%" PRId64,
                           t->num_operands, t->num_answers, options->p);
    return 0;
}

/* ---- The facet ---- */

/* The file's own tokens and outputs of the elements. */
static int
put_elements(const former_task *t, gsc_facets *facets)
{
    gsc_facet *facet = (gsc_facet *)gsc_facets_find(facets, GSC_BINARY_TABLE);
    const struct {
        const char *name;
        const uint16_t *values;
    } items[] = {{"operands", t->operands}, {"answers", t->answers}};
    for (size_t i = 0; i < 2; i++) {
        const gsc_facet_item *item = gsc_facet_find(facet, items[i].name);
        memcpy(item->data, items[i].values, t->num_operands * sizeof *items[i].values);
    }
    return 0;
}

/* A group's table lay in a file of its own, which may be gone: where the examples are
 * all pairs of its elements they tell it too. */
static int
table_of_examples(const former_task *t, const gsc_binary_operation *options,
                  gsc_facets *facets)
{
    int status = 0;
    size_t n = t->num_operands;
    uint16_t *table = NULL;
    gsc_layout layout;
    char extra[GSC_EXTRA_TOKENS_BYTES];
    GSC_TRY(gsc_layout_parse(&layout, options->layout));
    size_t at_a = gsc_layout_position(&layout, GSC_SYMBOL_A),
           at_b = gsc_layout_position(&layout, GSC_SYMBOL_B);
    GSC_NEW(table, n * n);
    memset(table, 0xff, n * n * sizeof *table);
    for (size_t i = 0; i < t->num_examples; i++) {
        const uint16_t *input = t->inputs + i * t->n_ctx;
        if (input[at_a] < n && input[at_b] < n)
            table[input[at_a] * n + input[at_b]] = t->labels[i];
    }
    gsc_layout_name_extra(&layout, NULL, extra);
    gsc_binary_table facet = {.n = n,
                              .operation = "compose",
                              .formula = "a b in a group",
                              .group = options->group_file,
                              .n_ctx = t->n_ctx,
                              .position_a = at_a,
                              .position_b = at_b,
                              .position_c = -1,
                              .input = t->inputs,
                              .extra_tokens = extra,
                              .operands = t->operands,
                              .answers = t->answers,
                              .table = table,
                              .group_table = table};
    GSC_TRY(gsc_binary_table_add(&facet, facets));
out:
    free(table);
    return status;
}

static bool
has_whole_table(const former_task *t, const gsc_binary_operation *options)
{
    bool whole = *options->group_file && t->num_operands == t->num_answers &&
                 t->num_examples == t->num_operands * t->num_operands;
    return whole && options->label_noise == 0 && !options->random_labels &&
           !options->unordered_pairs;
}

/* ---- The dataset ---- */

static int
make_dataset(former_task *t, const gsc_binary_operation *options, gsc_dataset *dataset)
{
    int status = 0;
    void *tokens;
    dataset->num_examples = t->num_examples;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {t->n_ctx}}, t->d_vocab, &tokens));
    memcpy(tokens, t->inputs, t->num_examples * t->n_ctx * sizeof *t->inputs);
    GSC_TRY(
        gsc_binary_operation_label(options, t->inputs, t->labels, t->d_vocab, dataset));
    if (t->num_train == 0)
        return 0;
    for (size_t i = 0; i < t->num_train; i++)
        if (t->train[i] >= t->num_examples)
            return gsc_fail(GSC_EFORMAT,
                            "/task/train: value %zu is %lu, expected less "
                            "than %zu",
                            i, (unsigned long)t->train[i], t->num_examples);
    GSC_TRY(gsc_dataset_add_split(dataset, "train", t->train, t->num_train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
out:
    return status;
}

int
gsc_checkpoint_read_former_task(const gsc_h5 *file, gsc_checkpoint *checkpoint)
{
    int status = 0;
    former_task t = {.num_examples = 0};
    gsc_binary_operation options;
    gsc_h5_kind kind;
    GSC_TRY(gsc_h5_kind_of(file, "/task", &kind));
    if (kind == GSC_H5_NOTHING)
        return 0;
    GSC_TRY(read_task(file, &t));
    GSC_TRY(read_options(checkpoint, &options));
    GSC_TRY(check_task(file, &t, &options));
    GSC_TRY(make_dataset(&t, &options, &checkpoint->dataset));
    GSC_TRY(has_whole_table(&t, &options)
                ? table_of_examples(&t, &options, &checkpoint->facets)
                : gsc_binary_operation_facet(&options, &checkpoint->facets));
    GSC_TRY(put_elements(&t, &checkpoint->facets));
out:
    free_task(&t);
    return status;
}
