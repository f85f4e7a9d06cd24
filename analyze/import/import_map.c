/* Which tensors of files are taken, and by which map. */
#include "analyze/import/import_map.h"

#include "grokscope/error.h"

#include <stdint.h>
#include <string.h>

/* The name of a built-in map, or else a file. */
static int
choose_map(gsc_import_names *names, const char *map, gsc_import_program *how)
{
    int status = 0;
    size_t bytes, choice = 0;
    while (gsc_naming_choices[choice] && strcmp(gsc_naming_choices[choice], map) != 0)
        choice++;
    how->naming = GSC_NUM_NAMINGS;
    if (choice > 0 && choice <= GSC_NUM_NAMINGS)
        how->naming = (gsc_naming)(choice - 1);
    if (choice <= GSC_NUM_NAMINGS)
        return 0;
    const char *nearest =
        gsc_text_nearest(map, gsc_naming_choices, GSC_NUM_NAMINGS + 1);
    if (gsc_text_judge_file(map, SIZE_MAX, &bytes) < 0)
        return gsc_fail(GSC_EARGUMENT, "--map: '%s' is neither a map nor a file%s%s",
                        map, nearest ? "; did you mean " : "", nearest ? nearest : "");
    GSC_TRY(gsc_map_file_read(&names->file, map));
    how->map = &names->file.map;
out:
    return status;
}

int
gsc_import_names_init(gsc_import_names *names, const char *map, char *ignore,
                      gsc_import_program *how, gsc_state_dicts *dicts)
{
    int status = 0;
    *names = (gsc_import_names){.ignored = {.count = 0}};
    GSC_TRY(choose_map(names, map, how));
    GSC_TRY(gsc_ignored_add(&names->ignored, ignore));
    for (size_t i = 0; i < names->file.num_ignored; i++)
        GSC_TRY(gsc_ignored_add(&names->ignored, names->file.ignored[i]));
    dicts->ignored = &names->ignored;
    dicts->keeps_names = how->map != NULL;
out:
    return status;
}

void
gsc_import_names_free(gsc_import_names *names)
{
    gsc_map_file_free(&names->file);
    gsc_text_free(&names->ignored.tensors);
}
