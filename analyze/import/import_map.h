/* Which tensors of files are taken, and by which map. */
#ifndef GSC_TOOL_IMPORT_MAP_H
#define GSC_TOOL_IMPORT_MAP_H

#include "analyze/import/import_program.h"
#include "train/exchange/naming/file.h"

/* What the options say of names, in one. */
typedef struct gsc_import_names {
    gsc_map_file file;
    gsc_ignored ignored;
} gsc_import_names;

/* Take the name of a built-in map, "auto", or the file of one for how->naming and
 * how->map; and the patterns that it and `ignore`, whose text is changed, leave out for
 * the states. GSC_EARGUMENT for a name that is neither; the errors of
 * gsc_map_file_read. */
int gsc_import_names_init(gsc_import_names *names, const char *map, char *ignore,
                          gsc_import_program *how, gsc_state_dicts *dicts);
void gsc_import_names_free(gsc_import_names *names);

#endif
