/* One line of a map that a user wrote. */
#ifndef GSC_NAMING_FILE_LINE_H
#define GSC_NAMING_FILE_LINE_H

#include "train/exchange/arena.h"
#include "train/exchange/naming/forms.h"

typedef struct gsc_map_entry {
    size_t line;
    const char *own, *theirs;
    const char *axes; /* where the line has them after a colon, or NULL */
    bool is_transposed;
    gsc_map_part part;
    size_t n_heads;    /* 0: not told */
    gsc_map_view view; /* its reshape and rows */
} gsc_map_entry;

/* Cut what follows a '#' that begins a word, and blanks at both ends. */
char *gsc_map_line_trim(char *text);

/* Read the two sides of a line, which lie in memory that outlives the entry and are
 * changed. GSC_EARGUMENT with the fault. */
int gsc_map_entry_read(gsc_map_entry *entry, char *own, char *right, gsc_arena *arena);

/* Read a list of rows and ranges, "1-97 0", from *words on; the rest after it. */
int gsc_map_rows_read(char **words, gsc_arena *arena, size_t *count,
                      const size_t **rows);

#endif
