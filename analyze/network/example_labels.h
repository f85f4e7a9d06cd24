/* What is known of the examples of a network's data, as labels that a probe may be
 * asked for. */
#ifndef GROKSCOPE_EXAMPLE_LABELS_H
#define GROKSCOPE_EXAMPLE_LABELS_H

#include "analyze/network/embedding.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_example_label {
    char name[GSC_NAME_BYTES];
    bool usual;         /* one of those that are looked at unless others are named */
    size_t num_classes; /* 0: the label is of numbers */
    uint32_t *classes;  /* [n], each below num_classes */
    size_t width;
    double *values; /* [n, width] */
} gsc_example_label;

typedef struct gsc_example_labels {
    size_t n, count, room;
    gsc_example_label *items;
    uint32_t *inputs; /* [n] number of the input of each: equal ones are of one input */
    size_t num_inputs;
    uint32_t *pairs; /* [n] likewise of {a, b}, whichever comes first; NULL: no table */
    size_t num_pairs;
} gsc_example_labels;

/* Gather the labels of an activation's rows, which are examples. Usual ones:
 *
 *   the name of each output: what its answer should be; with more than two different
 *       values where it is of numbers, these numbers
 *   a, b          operands of a table of pairs
 *   bit_3         of a parity, each bit that it depends on
 *   other fields of one index, by their names
 *
 * and of tables of pairs also c, train, and what gsc_row_facts knows of c: parity,
 * logarithm, order, class. -1, which stands there where there is no such fact, is a
 * class like others. GSC_EFORMAT where facets are damaged. Released with
 * gsc_example_labels_free, also after a failure. */
int gsc_example_labels_init(gsc_example_labels *self, const gsc_loaded_model *loaded,
                            const gsc_embedding *embedding);
void gsc_example_labels_free(gsc_example_labels *self);

/* The label of a name, or NULL; the first of two with one name. */
const gsc_example_label *gsc_example_labels_find(const gsc_example_labels *self,
                                                 const char *name);

#ifdef __cplusplus
}
#endif
#endif
