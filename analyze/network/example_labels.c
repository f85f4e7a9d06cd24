/* What is known of the examples of a network's data. */
#include "analyze/network/example_labels.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/row_facts.h"
#include "train/task/parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Classes ---- */

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* classes[i] is the rank of values[i] among the different ones. */
static int
rank_values(const int64_t *values, size_t n, uint32_t *classes, size_t *num_classes)
{
    int status = 0;
    int64_t *sorted = NULL;
    GSC_NEW(sorted, n);
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[count - 1])
            sorted[count++] = sorted[i];
    for (size_t i = 0; i < n; i++) {
        const int64_t *at = bsearch(&values[i], sorted, count, sizeof *sorted, compare);
        classes[i] = (uint32_t)(at - sorted);
    }
    *num_classes = count;
out:
    free(sorted);
    return status;
}

static int
new_label(gsc_example_labels *labels, const char *name, bool usual,
          gsc_example_label **label)
{
    int status = 0;
    GSC_TRY(
        gsc_grow(&labels->items, labels->count, &labels->room, sizeof *labels->items));
    *label = &labels->items[labels->count++];
    **label = (gsc_example_label){.usual = usual};
    snprintf((*label)->name, sizeof(*label)->name, "%s", name);
out:
    return status;
}

static int
add_classes(gsc_example_labels *labels, const char *name, bool usual,
            const int64_t *values)
{
    int status = 0;
    gsc_example_label *label;
    GSC_TRY(new_label(labels, name, usual, &label));
    GSC_NEW(label->classes, labels->n);
    GSC_TRY(rank_values(values, labels->n, label->classes, &label->num_classes));
out:
    return status;
}

/* ---- Fields ---- */

/* Numbers of two values, as signs, are classes. */
static bool
has_two_values(const double *values, size_t n)
{
    double other = values[0];
    for (size_t i = 0; i < n; i++) {
        bool first = fabs(values[i] - values[0]) <= 0;
        if (!first && fabs(other - values[0]) <= 0)
            other = values[i];
        if (!first && fabs(values[i] - other) > 0)
            return false;
    }
    return true;
}

static int
add_numbers(gsc_example_labels *labels, const char *name, const gsc_field *field,
            const int64_t *examples)
{
    int status = 0;
    size_t n = labels->n, width = gsc_shape_count(field->shape);
    double *values = NULL;
    int64_t *classes = NULL;
    gsc_example_label *label;
    GSC_NEW(values, n * width);
    for (size_t i = 0; i < n * width; i++)
        values[i] = gsc_field_element(field, (size_t)examples[i / width], i % width);
    if (width == 1 && has_two_values(values, n)) {
        GSC_NEW(classes, n);
        for (size_t i = 0; i < n; i++)
            classes[i] = values[i] > values[0] ? 1 : values[i] < values[0] ? -1 : 0;
        GSC_TRY(add_classes(labels, name, true, classes));
        goto out;
    }
    GSC_TRY(new_label(labels, name, true, &label));
    label->width = width;
    label->values = values;
    values = NULL;
out:
    free(values);
    free(classes);
    return status;
}

static int
add_element(gsc_example_labels *labels, const char *name, const gsc_field *field,
            size_t element, const int64_t *examples)
{
    int status = 0;
    int64_t *values = NULL;
    GSC_NEW(values, labels->n);
    for (size_t i = 0; i < labels->n; i++)
        values[i] = (int64_t)gsc_field_element(field, (size_t)examples[i], element);
    GSC_TRY(add_classes(labels, name, true, values));
out:
    free(values);
    return status;
}

static int
add_targets(gsc_example_labels *labels, const gsc_dataset *dataset,
            const int64_t *examples)
{
    int status = 0;
    for (size_t i = 0; i < dataset->num_targets; i++) {
        const gsc_target *t = &dataset->targets[i];
        const gsc_field *field = gsc_dataset_find(dataset, t->field);
        if (field->num_values > 0)
            GSC_TRY(add_element(labels, t->name, field, t->answer_row, examples));
        else
            GSC_TRY(add_numbers(labels, t->name, field, examples));
    }
out:
    return status;
}

/* Whether a field says what should be answered, or what of that counts. */
static bool
is_of_target(const gsc_dataset *dataset, const gsc_field *field)
{
    bool is = false;
    for (size_t i = 0; i < dataset->num_targets; i++)
        is = is || strcmp(field->name, dataset->targets[i].field) == 0 ||
             strcmp(field->name, dataset->targets[i].mask) == 0;
    return is;
}

static int
add_other_fields(gsc_example_labels *labels, const gsc_dataset *dataset,
                 const int64_t *examples)
{
    int status = 0;
    for (size_t i = 0; i < dataset->num_fields; i++) {
        const gsc_field *field = &dataset->fields[i];
        if (field->num_values > 0 && gsc_shape_count(field->shape) == 1 &&
            !is_of_target(dataset, field))
            GSC_TRY(add_element(labels, field->name, field, 0, examples));
    }
out:
    return status;
}

/* ---- Facets ---- */

static int
add_bits(gsc_example_labels *labels, const gsc_loaded_model *loaded,
         const int64_t *examples)
{
    int status = 0;
    const void *relevant;
    const gsc_facet *facet = gsc_facets_find(&loaded->checkpoint.facets, GSC_BITS);
    const gsc_field *x = gsc_dataset_find(&loaded->checkpoint.dataset, "x");
    if (!facet || !x)
        return 0;
    GSC_TRY(gsc_facet_array(facet, "relevant", GSC_FACET_INDEX, (gsc_shape){1, {0}},
                            &relevant));
    size_t k = gsc_facet_find(facet, "relevant")->shape.dims[0];
    for (size_t j = 0; j < k; j++) {
        char name[32];
        unsigned bit = ((const uint16_t *)relevant)[j];
        snprintf(name, sizeof name, "bit_%u", bit);
        if (bit >= gsc_shape_count(x->shape))
            return gsc_fail(GSC_EFORMAT, "/facets/bits/relevant: %u, of %zu bits", bit,
                            gsc_shape_count(x->shape));
        GSC_TRY(add_element(labels, name, x, bit, examples));
    }
out:
    return status;
}

static int
add_fact(gsc_example_labels *labels, const gsc_rows *facts, size_t column)
{
    int status = 0;
    const char *name = facts->columns[column].name;
    int64_t *values = NULL;
    GSC_NEW(values, labels->n);
    for (size_t i = 0; i < labels->n; i++)
        values[i] = gsc_rows_cell(facts, i, column)->integer;
    bool usual = strcmp(name, "a") == 0 || strcmp(name, "b") == 0;
    GSC_TRY(add_classes(labels, name, usual, values));
out:
    free(values);
    return status;
}

static int
add_facts(gsc_example_labels *labels, const gsc_loaded_model *loaded,
          const gsc_embedding *embedding)
{
    int status = 0;
    const gsc_row_wishes wishes = {.subgroup = ""};
    gsc_row_facts facts = {.frequency = 0};
    if (loaded->pairs.n == 0)
        return 0;
    GSC_TRY(gsc_row_facts_init(&facts, loaded, embedding, &embedding->x, &wishes));
    for (size_t c = 0; c < facts.rows.num_columns; c++) {
        const gsc_column *column = &facts.rows.columns[c];
        if (column->kind == GSC_CELL_INTEGER && strcmp(column->name, "index") != 0 &&
            strcmp(column->name, "example") != 0)
            GSC_TRY(add_fact(labels, &facts.rows, c));
    }
out:
    gsc_row_facts_free(&facts);
    return status;
}

/* ---- Inputs ---- */

/* FNV-1a over what an example has in the fields that the network reads. */
static int64_t
hash_input(const gsc_dataset *dataset, size_t example)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t f = 0; f < dataset->num_fields; f++) {
        const gsc_field *field = &dataset->fields[f];
        size_t bytes = gsc_field_stride(field);
        const unsigned char *at = (const unsigned char *)field->data + example * bytes;
        for (size_t i = 0; !is_of_target(dataset, field) && i < bytes; i++)
            hash = (hash ^ at[i]) * 0x100000001b3;
    }
    return (int64_t)hash;
}

static int
number_inputs(gsc_example_labels *labels, const gsc_dataset *dataset,
              const int64_t *examples)
{
    int status = 0;
    int64_t *hashes = NULL;
    GSC_NEW(hashes, labels->n);
    GSC_NEW(labels->inputs, labels->n);
    for (size_t i = 0; i < labels->n; i++)
        hashes[i] = hash_input(dataset, (size_t)examples[i]);
    GSC_TRY(rank_values(hashes, labels->n, labels->inputs, &labels->num_inputs));
out:
    free(hashes);
    return status;
}

static int
number_pairs(gsc_example_labels *labels)
{
    int status = 0;
    int64_t *values = NULL;
    const gsc_example_label *a = gsc_example_labels_find(labels, "a"),
                            *b = gsc_example_labels_find(labels, "b");
    if (!a || !b)
        return 0;
    GSC_NEW(values, labels->n);
    GSC_NEW(labels->pairs, labels->n);
    for (size_t i = 0; i < labels->n; i++) {
        bool ordered = a->classes[i] <= b->classes[i];
        int64_t less = ordered ? a->classes[i] : b->classes[i];
        int64_t more = ordered ? b->classes[i] : a->classes[i];
        values[i] = less << 32 | more;
    }
    GSC_TRY(rank_values(values, labels->n, labels->pairs, &labels->num_pairs));
out:
    free(values);
    return status;
}

int
gsc_example_labels_init(gsc_example_labels *self, const gsc_loaded_model *loaded,
                        const gsc_embedding *embedding)
{
    int status = 0;
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    *self = (gsc_example_labels){.n = embedding->x.rows};
    GSC_TRY(add_targets(self, dataset, embedding->ids));
    GSC_TRY(add_facts(self, loaded, embedding));
    GSC_TRY(add_bits(self, loaded, embedding->ids));
    GSC_TRY(add_other_fields(self, dataset, embedding->ids));
    GSC_TRY(number_inputs(self, dataset, embedding->ids));
    GSC_TRY(number_pairs(self));
out:
    return status;
}

void
gsc_example_labels_free(gsc_example_labels *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].classes);
        free(self->items[i].values);
    }
    free(self->items);
    free(self->inputs);
    free(self->pairs);
    *self = (gsc_example_labels){.n = 0};
}

const gsc_example_label *
gsc_example_labels_find(const gsc_example_labels *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].name, name) == 0)
            return &self->items[i];
    return NULL;
}
