/* What files of other programs hold, one row for each value. */
#include "grokscope/error.h"

#include "analyze/import/import_program.h"

const gsc_column gsc_import_list_columns[GSC_IMPORT_LIST_COLUMNS] = {
    {"file", GSC_CELL_TEXT, true, "its path", false},
    {"key", GSC_CELL_TEXT, true, "path of the value in the file", false},
    {"type", GSC_CELL_TEXT, false, "its type and shape", false},
    {"value", GSC_CELL_TEXT, false, "the number or text itself, where it is one",
     false}};

typedef struct listing {
    gsc_rows *rows;
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
    GSC_TRY(gsc_rows_text(l->rows, l->path));
    GSC_TRY(gsc_rows_text(l->rows, key));
    GSC_TRY(gsc_rows_text(l->rows, type.data));
    GSC_TRY(gsc_rows_text(l->rows, scalar.data ? scalar.data : ""));
out:
    gsc_text_free(&type);
    gsc_text_free(&scalar);
    return status;
}

int
gsc_import_program_list(const gsc_state_dicts *dicts, const gsc_answer *how)
{
    int status = 0;
    gsc_rows rows;
    gsc_rows_init(&rows, gsc_import_list_columns, GSC_IMPORT_LIST_COLUMNS);
    GSC_TRY(gsc_answer_check_columns(how, gsc_import_list_columns,
                                     GSC_IMPORT_LIST_COLUMNS));
    for (size_t i = 0; i < dicts->num_files; i++) {
        listing l = {&rows, dicts->paths[i]};
        const gsc_value *notes = gsc_external_metadata(dicts->files[i]);
        GSC_TRY(gsc_value_walk(gsc_external_root(dicts->files[i]), list_value, &l));
        if (notes)
            GSC_TRY(gsc_value_walk(notes, list_value, &l));
    }
    GSC_TRY(gsc_rows_answer(&rows, how));
out:
    gsc_rows_free(&rows);
    return status;
}
