/* What programs answer about files: what they hold, whether they are whole, whether two
 * are of equal runs; and about the compute graph of a recipe. */
#ifndef GROKSCOPE_INFO_H
#define GROKSCOPE_INFO_H

#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is asked of each file. */
typedef enum gsc_info_question {
    GSC_INFO_FACTS,   /* configuration, sizes, tensors, last losses, provenance: a fact
                         a row */
    GSC_INFO_TENSORS, /* name, type, shape and axes: one row for each tensor */
    GSC_INFO_CHECK,   /* "ok", or the first breach of the format: one row for each file;
                         then one for each finding in the series of a run (series.h) */
    GSC_INFO_DIGEST   /* SHA-256 of what two equal runs have in common: one row for each
                         file */
} gsc_info_question;

/* Write the answer to stdout. A breach of the format does not keep the other files from
 * being checked; GSC_EFORMAT, and the like, once all of them stand in the answer, else
 * GSC_ENUMERIC where something in a run's series is out of line. Other
 * errors are those of gsc_checkpoint_read. */
int gsc_info_answer(const gsc_inputs *inputs, gsc_info_question question,
                    const gsc_answer *how);

/* Write to stdout the compute graph of a recipe, one row for each node: as its model
 * has it
 * ("plain"), and after `rewrites` (as gsc_rewrites_from_text has them; "": the
 * recipe's own). A line on stderr tells what each costs, others which rewrites are on.
 * GSC_EARGUMENT for a recipe or rewrite that there is not. */
int gsc_info_graph(const char *recipe, const char *rewrites, const gsc_answer *how);

enum { GSC_GRAPH_COLUMNS = 8 };
extern const gsc_column gsc_graph_columns[GSC_GRAPH_COLUMNS];

/* Add the columns of all of these answers, for people. */
int gsc_info_add_columns(gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
