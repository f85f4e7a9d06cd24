/* Annotated rows as files: NumPy, tables, HDF5, TensorBoard's Embedding Projector. */
#ifndef GROKSCOPE_ANNOTATED_MATRIX_OUTPUT_H
#define GROKSCOPE_ANNOTATED_MATRIX_OUTPUT_H

#include "analyze/export/annotated_matrix.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_annotated_matrix_format {
    GSC_ANNOTATED_MATRIX_AUTO, /* by the file's name; the projector's folder for one
                          without a dot; TSV on stdout */
    GSC_ANNOTATED_MATRIX_NPY,  /* X.npy, X.metadata.tsv; of several matrices X.steps.tsv
                                */
    GSC_ANNOTATED_MATRIX_TSV,
    GSC_ANNOTATED_MATRIX_CSV, /* RFC 4180, but for lines that end in only a line feed */
    GSC_ANNOTATED_MATRIX_JSON,
    GSC_ANNOTATED_MATRIX_H5,
    GSC_ANNOTATED_MATRIX_PROJECTOR /* a folder */
} gsc_annotated_matrix_format;

/* "auto", "npy", "tsv", "csv", "json", "h5", "projector" */
extern const char *const gsc_annotated_matrix_format_names[];

/* Whether it is a table, whose columns can be chosen. */
bool gsc_annotated_matrix_is_table(gsc_annotated_matrix_format format);

/* Put what a path's name says in the place of auto, and refuse what would be refused
 * when all work is done: GSC_EARGUMENT for an ending that says nothing, a form that
 * needs a path, and without `force` for each file that is there already. */
int gsc_annotated_matrix_check(gsc_annotated_matrix_format *format, const char *path,
                               bool force);

/* Write them to `path`, or, as a table, to stdout where it is "". Tables have the facts
 * of a row first (with several matrices its run and step before), then its numbers x0,
 * x1, …, which read back to the bit; or the chosen columns. Every file appears whole.
 */
int gsc_annotated_matrix_output(const gsc_annotated_matrix *self,
                                gsc_annotated_matrix_format format, const char *program,
                                const char *path);

/* Print what was written to `path`, as TSV: one row for each matrix, with its run,
 * step, shape, type and the share of it that principal components kept (nan without).
 */
enum { GSC_ANNOTATED_MATRIX_COLUMNS = 8 };
extern const gsc_column gsc_annotated_matrix_columns[GSC_ANNOTATED_MATRIX_COLUMNS];
int gsc_annotated_matrix_summary(const gsc_annotated_matrix *self, const char *program,
                                 const char *path);

/* The projector's folder, which appears whole unless it is there already:
 *   vectors.tsv             the numbers, without a header; of several matrices
 *                           vectors-0.tsv, vectors-1.tsv, …
 *   metadata.tsv            a header and the facts
 *   projector_config.json   for projector.tensorflow.org and its copies
 *   projector_config.pbtxt  the same, for tensorboard --logdir
 * GSC_ENUMERIC for a number that is not finite, which the projector does not read. */
int gsc_projector_write(const gsc_annotated_matrix *self, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
