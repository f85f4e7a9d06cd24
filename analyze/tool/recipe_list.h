/* The list of shipped recipes. */
#ifndef GROKSCOPE_RECIPE_LIST_H
#define GROKSCOPE_RECIPE_LIST_H

#include "analyze/tool/training_output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write to stdout one row for each shipped recipe: topic, recipe, title, sorted by
 * them. Where stdout is a terminal and neither a format nor columns are asked for,
 * write them as a page of one paragraph for each topic instead. */
int gsc_recipe_list_output(const gsc_training_answer *how);

/* Add its columns, for people. */
int gsc_recipe_list_add_columns(gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
