/* The families, the maps and the language of their names and axes, for detection and
 * conversion. */
#ifndef GSC_NAMING_TABLE_H
#define GSC_NAMING_TABLE_H

#include "train/exchange/naming/naming.h"

/* What a tensor's absence means. */
typedef enum gsc_naming_presence {
    GSC_NAMING_NEEDED,
    GSC_NAMING_USUAL, /* a network without it is another, but is one */
    GSC_NAMING_BIAS,  /* zero */
    GSC_NAMING_EXTRA
} gsc_naming_presence;

/* A tensor of ours. */
typedef struct gsc_own_row {
    gsc_naming_presence kind;
    const char *name; /* '*' is a layer */
    const char *axes;
} gsc_own_row;

typedef struct gsc_family_table {
    const char *what;
    const gsc_own_row *rows;
    size_t num_rows;
} gsc_family_table;

extern const gsc_family_table gsc_families[GSC_NUM_FAMILIES];

/* A map of an array of lines. */
#define GSC_MAP_OF(of, whose, rows)                         \
    {                                                       \
        .naming = (of), .family = (whose), .lines = (rows), \
        .num_lines = sizeof(rows) / sizeof *(rows)          \
    }

/* All built-in maps, NULL after the last. */
extern const gsc_map *const gsc_maps[];
extern const gsc_map gsc_map_nanogpt, gsc_map_gpt2, gsc_map_neox, gsc_map_torch_qkv,
    gsc_map_torch_encoder, gsc_map_torch_mha, gsc_map_torch_mlp;

/* Line number i, with its axes; a map without lines has those of its family's rows. */
size_t gsc_map_num_lines(const gsc_map *map);
gsc_map_line gsc_map_line_at(const gsc_map *map, size_t i);

/* Whether theirs is a number that ours is filled with. */
bool gsc_map_is_constant(const gsc_map_line *line);

/* The row of a tensor of ours that a line makes, NULL for none of the family's. */
const gsc_own_row *gsc_map_row(const gsc_map *map, const char *own);
const gsc_own_row *gsc_family_row(gsc_family family, const char *own);

/* How a line reads a tensor. */
typedef struct gsc_reading {
    size_t next;   /* the line to go on with */
    size_t number; /* of the line */
    gsc_map_line line;
    size_t layer;
    bool can_see;    /* its view can be had of the tensor */
    gsc_shape shape; /* that the line sees */
} gsc_reading;

/* The next line that reads a tensor, after the one in *reading; start with zeros. False
 * where there is no other. */
bool gsc_map_read_next(const gsc_map *map, const gsc_tensor *tensor,
                       gsc_reading *reading);

/* ---- Views ---- */

/* The shape in which line number i sees a tensor; false where it cannot be seen so. */
bool gsc_map_see_shape(const gsc_map *map, size_t i, gsc_shape theirs, gsc_shape *seen);

/* The tensor as line number i sees it. *copy holds its elements where they had to be
 * moved, or NULL; the caller frees it. */
int gsc_map_see(const gsc_map *map, size_t i, const gsc_tensor *theirs,
                gsc_tensor *seen, void **copy);

/* A map made from tensors that are a chain of layers, *made with *map in it; NULL where
 * they are none. The caller frees *made. */
int gsc_map_of_stack(const gsc_tensor *tensors, size_t count, void **made,
                     const gsc_map **map);

/* ---- Names ---- */

bool gsc_naming_match(const char *pattern, const char *name, size_t *layer);

/* The pattern with a layer for its star and the first word of each choice. */
void gsc_naming_fill(const char *pattern, size_t layer, char name[GSC_NAME_BYTES]);

/* ---- Axes ---- */

/* A word of axes; start with zeros. */
typedef struct gsc_axis_word {
    const char *text;
    size_t length;
    bool is_merged; /* lies in one dimension with the word before */
    bool in_bracket;
} gsc_axis_word;

/* The next word, *axes after it; false at the end. */
bool gsc_axes_next(const char **axes, gsc_axis_word *word);

/* How many dimensions they are. */
size_t gsc_axes_rank(const char *axes);

/* Whether a tensor of some sizes may have this shape with these axes. */
bool gsc_axes_allow(const char *axes, gsc_shape shape);

/* Sizes by axis, and of words that are none of these. */
typedef struct gsc_axis_sizes {
    size_t known[GSC_NUM_AXES];
    size_t num_local;
    struct {
        const char *text;
        size_t length, size;
    } local[2 * GSC_MAX_RANK];
} gsc_axis_sizes;

/* The size of a word, 0 where not known. */
size_t gsc_axis_size(const gsc_axis_sizes *sizes, const gsc_axis_word *word);

/* Learn sizes from the shape of a tensor with these axes; false where it does not fit
 * those that are known. */
bool gsc_axes_learn(gsc_axis_sizes *sizes, const char *axes, gsc_shape shape);

#endif
