/* Labelled rows as files: NumPy, tables, HDF5, TensorBoard's Embedding Projector. */
#ifndef GROKSCOPE_LABELLED_OUTPUT_H
#define GROKSCOPE_LABELLED_OUTPUT_H

#include "analyze/export/labelled.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_labelled_format {
    GSC_LABELLED_AUTO, /* by the file's name; the projector's folder for one without a
                          dot; TSV on stdout */
    GSC_LABELLED_NPY,  /* X.npy, X.metadata.tsv; of several matrices X.steps.tsv */
    GSC_LABELLED_TSV,
    GSC_LABELLED_CSV, /* RFC 4180, but for lines that end in a line feed alone */
    GSC_LABELLED_JSON,
    GSC_LABELLED_H5,
    GSC_LABELLED_PROJECTOR /* a folder */
} gsc_labelled_format;

/* "auto", "npy", "tsv", "csv", "json", "h5", "projector" */
extern const char *const gsc_labelled_format_names[];

/* Put what a path's name says in the place of auto, and refuse what would be refused
 * when all work is done: GSC_EARGUMENT for an ending that says nothing, a form that
 * needs a path, and without `force` for each file that is there already. */
int gsc_labelled_check(gsc_labelled_format *format, const char *path, bool force);

/* Write them to `path`, or, as a table, to stdout where it is "". Tables have the facts
 * of a row first (with several matrices its run and step before), then its numbers x0,
 * x1, …, which read back to the bit. Every file appears whole. */
int gsc_labelled_output(const gsc_labelled *self, gsc_labelled_format format,
                        const char *program, const char *path);

/* Print what was written to `path`, as TSV: a row a matrix, with its run, step, shape,
 * type and the share of it that principal components kept (nan without). */
int gsc_labelled_summary(const gsc_labelled *self, const char *program,
                         const char *path);

/* The projector's folder, which appears whole unless it is there already:
 *   vectors.tsv             the numbers, without a header; of several matrices
 *                           vectors-0.tsv, vectors-1.tsv, …
 *   metadata.tsv            a header and the facts
 *   projector_config.json   for projector.tensorflow.org and its copies
 *   projector_config.pbtxt  the same, for tensorboard --logdir
 * GSC_ENUMERIC for a number that is not finite, which the projector does not read. */
int gsc_projector_write(const gsc_labelled *self, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
