/* Rows of numbers with facts beside each, once, or once for each checkpoint: what is
 * written for t-SNE and its like. */
#ifndef GROKSCOPE_ANNOTATED_MATRIX_H
#define GROKSCOPE_ANNOTATED_MATRIX_H

#include "grokscope/matrix.h"
#include "grokscope/rows.h"
#include "grokscope/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All of it is the caller's. */
typedef struct gsc_annotated_matrix {
    const char *tensor;    /* what the rows are, for people */
    gsc_type type;         /* that numbers are written in */
    size_t count;          /* matrices, one for each checkpoint */
    gsc_matrix x;          /* [count * n, d], one matrix after the other */
    const gsc_rows *facts; /* n rows, the same for each matrix */
    const char *const *runs;
    const int64_t *steps;    /* [count] */
    const double *explained; /* [count], or NULL: the share of each that is kept */
    size_t num_shares;       /* principal components, or 0 */
    const double *shares;    /* [num_shares] of the variance of all */
    const char *center, *normalize, *align; /* how it was made, in words */
    size_t num_columns;    /* of a table, and how many are chosen; 0: all */
    const size_t *columns; /* [num_columns] */
} gsc_annotated_matrix;

/* The columns of a table as they are counted in `columns`: the run, the step, the
 * facts, and last "x", which stands for all numbers of a row. */
enum { GSC_ANNOTATED_RUN, GSC_ANNOTATED_STEP, GSC_ANNOTATED_FACTS };

/* Choose the columns that a list of names with commas between says, "" for all: run and
 * step, the facts, x. The caller frees *chosen. GSC_EARGUMENT for a name that there is
 * not, or that stands twice. */
int gsc_annotated_matrix_choose(gsc_annotated_matrix *self, const char *names,
                                size_t **chosen);

static inline size_t
gsc_annotated_matrix_rows(const gsc_annotated_matrix *self)
{
    return self->x.rows / self->count;
}

/* The numbers in their type: [n, d], or with several matrices [count, n, d]. The caller
 * frees tensor->data. GSC_EMEMORY. */
int gsc_annotated_matrix_tensor(const gsc_annotated_matrix *self, gsc_tensor *tensor);

/* Write them as an HDF5 file:
 *   /data               [n, d] or [count, n, d]; attributes tensor, center, normalize,
 *                       align and, of principal components, pca_share [num_shares]
 *   /metadata/<column>  [n]; attribute columns, their names in order, of /metadata
 *   /run, /step         [count]; /explained, with principal components
 * and attributes schema and version. The file appears whole. GSC_EIO, GSC_EMEMORY. */
int gsc_annotated_matrix_write_h5(const gsc_annotated_matrix *self, const char *schema,
                                  const char *version, const char *path);

#ifdef __cplusplus
}
#endif
#endif
