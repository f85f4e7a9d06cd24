/* What a checkpoint holds, one row for each fact. */
#ifndef GSC_TOOL_INFO_FACTS_H
#define GSC_TOOL_INFO_FACTS_H

#include "grokscope/rows.h"

#include "analyze/tool/inputs.h"

enum { GSC_FACT_COLUMNS = 5 };
extern const gsc_column gsc_fact_columns[GSC_FACT_COLUMNS];

/* Add the rows of one file: its configuration, sizes, tensors, the last row of each
 * table of its history, and its provenance. */
int gsc_info_add_facts(gsc_rows *rows, const gsc_input *input);

#endif
