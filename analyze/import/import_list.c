/* What files of other programs hold, a value a row. */
#include "grokscope/error.h"

#include "analyze/import/import_program.h"

static const char *const columns[] = {"file", "key", "type", "value"};

typedef struct listing {
    gsc_output *output;
    const char *path; /* of the file */
} listing;

static int
list_value(void *context, const char *key, const gsc_value *value)
{
    int status = 0;
    const listing *l = context;
    gsc_text type = {0}, scalar = {0};
    GSC_TRY(gsc_value_add_type(value, &type));
    GSC_TRY(gsc_value_add_scalar(value, &scalar));
    GSC_TRY(gsc_output_text(l->output, l->path));
    GSC_TRY(gsc_output_text(l->output, key));
    GSC_TRY(gsc_output_text(l->output, type.data));
    GSC_TRY(gsc_output_text(l->output, scalar.data ? scalar.data : ""));
out:
    gsc_text_free(&type);
    gsc_text_free(&scalar);
    return status;
}

int
gsc_import_program_list(const gsc_state_dicts *dicts, gsc_format format,
                        const char *program)
{
    int status = 0;
    gsc_output output = {0};
    GSC_TRY(gsc_output_init(&output, format, program, columns,
                            sizeof columns / sizeof *columns));
    for (size_t i = 0; i < dicts->num_files; i++) {
        listing l = {&output, dicts->paths[i]};
        const gsc_value *notes = gsc_external_metadata(dicts->files[i]);
        GSC_TRY(gsc_value_walk(gsc_external_root(dicts->files[i]), list_value, &l));
        if (notes)
            GSC_TRY(gsc_value_walk(notes, list_value, &l));
    }
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
    return status;
}
