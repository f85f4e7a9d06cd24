/* Annotated rows as text. */
#ifndef GSC_TOOL_ANNOTATED_MATRIX_TEXT_H
#define GSC_TOOL_ANNOTATED_MATRIX_TEXT_H

#include "grokscope/text.h"

#include "analyze/export/annotated_matrix.h"

/* Add a cell of text. TSV (separator '\t'): as gsc_text_add_cell has it. CSV (','):
 * escaped, and quoted where RFC 4180 asks for it. */
int gsc_annotated_matrix_add_cell(gsc_text *text, char separator, const char *cell);

/* Add the shortest number that reads back as element i of all, in its type. */
int gsc_annotated_matrix_add_number(const gsc_annotated_matrix *self, size_t i,
                                    gsc_text *text);

/* The same for JSON, where what is not finite is null; and a fact of a row. */
int gsc_annotated_matrix_add_json_number(const gsc_annotated_matrix *self, size_t i,
                                         gsc_text *text);
int gsc_annotated_matrix_add_json_fact(const gsc_annotated_matrix *self, size_t row,
                                       size_t column, gsc_text *text);

/* Add the facts, under a header of their names. */
int gsc_annotated_matrix_add_facts(const gsc_annotated_matrix *self, gsc_text *text);

/* Add facts and numbers, under a header. */
int gsc_annotated_matrix_add_table(const gsc_annotated_matrix *self, char separator,
                                   gsc_text *text);

/* Add only the numbers of matrix s. */
int gsc_annotated_matrix_add_vectors(const gsc_annotated_matrix *self, size_t s,
                                     gsc_text *text);

#endif
