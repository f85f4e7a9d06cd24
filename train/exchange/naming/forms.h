/* The forms in which others keep a tensor of ours, as axes of a map's line. */
#ifndef GSC_NAMING_FORMS_H
#define GSC_NAMING_FORMS_H

#include "train/exchange/naming/table.h"

enum { GSC_MOST_FORMS = 3, GSC_FORM_BYTES = 48 };

typedef struct gsc_form {
    size_t rank;
    char dims[GSC_MAX_RANK][GSC_FORM_BYTES]; /* "d_model", "(n_heads d_head)" */
} gsc_form;

/* The part of a tensor of theirs that is ours; `of` 0: all of it. */
typedef struct gsc_map_part {
    size_t number, of, along; /* counted from 0; the dimension that is cut */
} gsc_map_part;

/* The forms of a tensor of ours, each of another rank or length, the one in which heads
 * lie in one dimension first. Transposed: its last two dimensions in the other order.
 * Returns how many there are, 0 where nothing can be transposed. */
size_t gsc_forms(const gsc_own_row *row, bool is_transposed,
                 gsc_form forms[GSC_MOST_FORMS]);

/* The axes of a form of which ours is a part; false where it has no such dimension. */
bool gsc_form_axes(const gsc_form *form, const gsc_map_part *part,
                   char axes[GSC_NAME_BYTES]);

/* The dimension that is a word of the axes and nothing else; GSC_MAX_RANK for none. */
size_t gsc_axes_find(const char *axes, const char *word);

/* GSC_EARGUMENT with the fault of axes that a user wrote for a tensor of ours: all of
 * its words, once each, and otherwise only numbers and parts. */
int gsc_axes_check(const char *axes, const gsc_own_row *row);

#endif
