/* The table of namings, for detection and conversion. */
#ifndef GSC_NAMING_TABLE_H
#define GSC_NAMING_TABLE_H

#include "train/exchange/naming.h"

typedef struct gsc_naming_form {
    const char *name; /* '*' is a layer; NULL: there is none */
    const char *axes; /* words; two in brackets lie in one dimension */
} gsc_naming_form;

/* What a tensor's absence means. */
typedef enum gsc_naming_presence {
    GSC_NAMING_NEEDED,
    GSC_NAMING_USUAL, /* a network without it is another, but is one */
    GSC_NAMING_BIAS,  /* zero */
    GSC_NAMING_EXTRA
} gsc_naming_presence;

typedef struct gsc_naming_row {
    gsc_naming_presence kind;
    gsc_naming_form forms[GSC_NUM_NAMINGS]; /* the first is ours */
} gsc_naming_row;

typedef struct gsc_naming_table {
    const char *what;
    const gsc_naming_row *rows;
    size_t num_rows;
} gsc_naming_table;

extern const gsc_naming_table gsc_naming_tables[GSC_NUM_FAMILIES];

bool gsc_naming_match(const char *pattern, const char *name, size_t *layer);
const gsc_naming_row *gsc_naming_find(gsc_family family, gsc_naming naming,
                                      const char *name, size_t *layer);
void gsc_naming_fill(const char *pattern, size_t layer, char name[GSC_NAME_BYTES]);

/* A word of axes; start with zeros. */
typedef struct gsc_axis_word {
    const char *text;
    size_t length;
    bool is_merged; /* lies in one dimension with the word before */
    bool in_bracket;
} gsc_axis_word;

/* The next word, *axes after it; false at the end. */
bool gsc_axes_next(const char **axes, gsc_axis_word *word);

/* The axis that a word names, GSC_NUM_AXES for none. */
gsc_axis gsc_axis_find(const char *word, size_t length);

#endif
