/* Lines of a map that is suggested, and how one is written. */
#ifndef GSC_NAMING_LINES_H
#define GSC_NAMING_LINES_H

#include "train/exchange/naming/forms.h"

typedef struct gsc_line {
    char own[GSC_NAME_BYTES];      /* "" where it is not known */
    char theirs[GSC_NAME_BYTES];   /* with * for the layer where own has one */
    char changes[GSC_NAME_BYTES];  /* ", transpose", ": d_model (n_heads d_head)" */
    char note[2 * GSC_NAME_BYTES]; /* a comment, or "" */
} gsc_line;

typedef struct gsc_lines {
    size_t count, room;
    gsc_line *items;
} gsc_lines;

/* A new line of two names; NULL without memory. */
gsc_line *gsc_lines_add(gsc_lines *lines, const char *own, const char *theirs);

/* How a line reads a tensor of this row in these axes: in the words of a map where they
 * say it, else the axes after a colon. */
void gsc_line_describe(gsc_line *line, const gsc_own_row *row, const char *axes);

/* Add ", heads N" to the first line in whose axes heads lie in one dimension with
 * others; N is ? where it is not known, and may divide `width`. */
void gsc_line_add_heads(gsc_line *line, const char *axes, size_t n_heads, size_t width,
                        bool *has_heads);

/* The name with * for a number that is `layer` and that all layers up to `n_layers`
 * have in the same place; false where it has none. */
bool gsc_line_star(const gsc_tensor *tensors, size_t count, const char *name,
                   size_t layer, size_t n_layers, char pattern[GSC_NAME_BYTES]);

int gsc_lines_write(const gsc_lines *lines, gsc_text *text);

/* Lines of tensors that no built-in map fits: of a chain of layers after one table of
 * tokens or two, none where they are no such chain; or of a transformer. */
int gsc_guess_stack(const gsc_tensor *tensors, size_t count, gsc_lines *lines);
int gsc_guess_transformer(const gsc_tensor *tensors, size_t count,
                          const size_t known[GSC_NUM_AXES], gsc_lines *lines);

/* Whether a name has a word, whatever its capitals; of at most three letters it has to
 * stand alone between signs, or to end in a digit. */
bool gsc_name_has(const char *name, const char *word);

#endif
