/* The forms of rows, as text. */
#ifndef GSC_ROWS_FORMS_H
#define GSC_ROWS_FORMS_H

#include "grokscope/rows.h"
#include "grokscope/text.h"

/* Add rows in the forms that gsc_rows_answer tells of; drawn for people, lines are at
 * most `width` letters long. */
int gsc_rows_add_tsv(const gsc_rows *rows, gsc_text *text);
int gsc_rows_add_json(const gsc_rows *rows, const char *program, gsc_text *text);
int gsc_rows_add_drawing(const gsc_rows *rows, size_t width, gsc_text *text);

#endif
