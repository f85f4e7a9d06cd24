/* Annotated rows as files. */
#include "analyze/export/annotated_matrix_output.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "analyze/export/annotated_matrix_text.h"
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "train/base/file.h"
#include "train/exchange/external.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const gsc_annotated_matrix_format_names[] = {
    "auto", "npy", "tsv", "csv", "json", "h5", "projector", NULL};

/* ---- Which form, which files ---- */

static const struct {
    const char *ending;
    gsc_annotated_matrix_format format;
} endings[] = {
    {".npy", GSC_ANNOTATED_MATRIX_NPY}, {".tsv", GSC_ANNOTATED_MATRIX_TSV},
    {".csv", GSC_ANNOTATED_MATRIX_CSV}, {".json", GSC_ANNOTATED_MATRIX_JSON},
    {".h5", GSC_ANNOTATED_MATRIX_H5},   {".hdf5", GSC_ANNOTATED_MATRIX_H5},
};

static int
format_of_path(const char *path, gsc_annotated_matrix_format *format)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i].ending) == 0) {
            *format = endings[i].format;
            return 0;
        }
    if (dot)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: its ending is none of .npy .tsv .csv .json .h5; --format "
                        "tells what it shall be",
                        path);
    *format = *path ? GSC_ANNOTATED_MATRIX_PROJECTOR : GSC_ANNOTATED_MATRIX_TSV;
    return 0;
}

/* X.npy -> X.metadata.tsv */
static int
beside(const char *path, const char *what, char out[GSC_PATH_BYTES])
{
    size_t length = strlen(path);
    if (gsc_file_has_ending(path, ".npy"))
        length -= strlen(".npy");
    int written = snprintf(out, GSC_PATH_BYTES, "%.*s.%s.tsv", (int)length, path, what);
    if (written < 0 || written >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", path);
    return 0;
}

bool
gsc_annotated_matrix_is_table(gsc_annotated_matrix_format format)
{
    return format == GSC_ANNOTATED_MATRIX_TSV || format == GSC_ANNOTATED_MATRIX_CSV ||
           format == GSC_ANNOTATED_MATRIX_JSON;
}

int
gsc_annotated_matrix_check(gsc_annotated_matrix_format *format, const char *path,
                           bool force)
{
    int status = 0;
    char other[GSC_PATH_BYTES];
    if (*format == GSC_ANNOTATED_MATRIX_AUTO)
        GSC_TRY(format_of_path(path, format));
    if (!*path && !gsc_annotated_matrix_is_table(*format))
        return gsc_fail(GSC_EARGUMENT, "format %s is a %s: name one with --output",
                        gsc_annotated_matrix_format_names[*format],
                        *format == GSC_ANNOTATED_MATRIX_PROJECTOR ? "folder" : "file");
    GSC_TRY(gsc_output_check(path, force));
    if (*format != GSC_ANNOTATED_MATRIX_NPY)
        return 0;
    GSC_TRY(beside(path, "metadata", other));
    GSC_TRY(gsc_output_check(other, force));
    GSC_TRY(beside(path, "steps", other));
    GSC_TRY(gsc_output_check(other, force));
out:
    return status;
}

/* ---- NumPy ---- */

static int
add_steps(const gsc_annotated_matrix *self, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "run\tstep\n"));
    for (size_t s = 0; s < self->count; s++) {
        GSC_TRY(gsc_annotated_matrix_add_cell(text, '\t', self->runs[s]));
        GSC_TRY(gsc_text_add(text, "\t%lld\n", (long long)self->steps[s]));
    }
out:
    return status;
}

/* Safely on disk before anything else changes: after a power loss the former steps
 * would else lie beside a matrix that has none. */
static int
remove_file(const char *path)
{
    if (unlink(path) == 0)
        return gsc_file_sync_entry(path);
    return errno == ENOENT ? 0 : gsc_fail(GSC_EIO, "%s: %s", path, strerror(errno));
}

/* The matrix and what its rows are: whoever finds X.npy finds its own rows and steps
 * beside it. So all are on disk under other names before the former matrix goes, and
 * the new one comes last. */
static int
write_set(const gsc_annotated_matrix *self, const void *image, size_t length,
          const char *path)
{
    int status = 0;
    gsc_text facts = {0}, list = {0};
    char metadata[GSC_PATH_BYTES], steps[GSC_PATH_BYTES];
    gsc_file_draft drafts[3] = {{0}};
    bool has_steps = self->count > 1;
    GSC_TRY(beside(path, "metadata", metadata));
    GSC_TRY(beside(path, "steps", steps));
    GSC_TRY(gsc_annotated_matrix_add_facts(self, &facts));
    GSC_TRY(add_steps(self, &list));
    GSC_TRY(gsc_file_draft_init(&drafts[0], path, image, length));
    GSC_TRY(gsc_file_draft_init(&drafts[1], metadata, facts.data, facts.length));
    if (has_steps)
        GSC_TRY(gsc_file_draft_init(&drafts[2], steps, list.data, list.length));
    GSC_TRY(remove_file(drafts[0].target));
    GSC_TRY(gsc_file_draft_commit(&drafts[1]));
    GSC_TRY(has_steps ? gsc_file_draft_commit(&drafts[2]) : remove_file(steps));
    GSC_TRY(gsc_file_draft_commit(&drafts[0]));
out:
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
        gsc_file_draft_free(&drafts[i]);
    gsc_text_free(&facts);
    gsc_text_free(&list);
    return status;
}

static int
write_npy(const gsc_annotated_matrix *self, const char *path)
{
    int status = 0;
    gsc_tensor tensor = {.data = NULL};
    void *image = NULL;
    size_t length;
    GSC_TRY(gsc_annotated_matrix_tensor(self, &tensor));
    GSC_TRY(gsc_npy_image(&tensor, &image, &length));
    GSC_TRY(write_set(self, image, length, path));
out:
    free(tensor.data);
    free(image);
    return status;
}

/* ---- Tables ---- */

static int
write_table(const gsc_annotated_matrix *self, char separator, const char *path)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_annotated_matrix_add_table(self, separator, &text));
    GSC_TRY(gsc_output_write_text(&text, path, true));
out:
    gsc_text_free(&text);
    return status;
}

static int
add_json_cell(const gsc_annotated_matrix *self, size_t row, size_t column,
              gsc_text *text)
{
    int status = 0;
    const gsc_rows *facts = self->facts;
    size_t n = gsc_annotated_matrix_rows(self), d = self->x.cols, s = row / n;
    if (column == GSC_ANNOTATED_RUN) {
        GSC_TRY(gsc_text_add(text, "\"run\": "));
        return gsc_text_add_json(text, self->runs[s]);
    }
    if (column == GSC_ANNOTATED_STEP)
        return gsc_text_add(text, "\"step\": %lld", (long long)self->steps[s]);
    column -= GSC_ANNOTATED_FACTS;
    if (column < facts->num_columns) {
        GSC_TRY(gsc_text_add(text, "\"%s\": ", facts->columns[column].name));
        return gsc_annotated_matrix_add_json_fact(self, row % n, column, text);
    }
    GSC_TRY(gsc_text_add(text, "\"x\": ["));
    for (size_t j = 0; j < d; j++) {
        GSC_TRY(gsc_text_add(text, "%s", j > 0 ? ", " : ""));
        GSC_TRY(gsc_annotated_matrix_add_json_number(self, row * d + j, text));
    }
    GSC_TRY(gsc_text_add(text, "]"));
out:
    return status;
}

/* The chosen columns, or run, step, the facts and x. */
static int
add_json_row(const gsc_annotated_matrix *self, size_t row, gsc_text *text)
{
    int status = 0;
    size_t all = GSC_ANNOTATED_FACTS + self->facts->num_columns + 1;
    size_t count = self->columns ? self->num_columns : all;
    GSC_TRY(gsc_text_add(text, "%s\n{", row > 0 ? "," : ""));
    for (size_t k = 0; k < count; k++) {
        GSC_TRY(gsc_text_add(text, "%s", k > 0 ? ", " : ""));
        GSC_TRY(add_json_cell(self, row, self->columns ? self->columns[k] : k, text));
    }
    GSC_TRY(gsc_text_add(text, "}"));
out:
    return status;
}

static int
write_json(const gsc_annotated_matrix *self, const char *program, const char *path)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text,
                         "{\"schema\": \"%s\", \"schema_version\": 1, \"version\": "
                         "\"%s\", \"tensor\": ",
                         program, GSC_VERSION));
    GSC_TRY(gsc_text_add_json(&text, self->tensor));
    GSC_TRY(gsc_text_add(&text, ", \"results\": ["));
    for (size_t i = 0; i < self->x.rows; i++)
        GSC_TRY(add_json_row(self, i, &text));
    GSC_TRY(gsc_text_add(&text, "\n]}\n"));
    GSC_TRY(gsc_output_write_text(&text, path, true));
out:
    gsc_text_free(&text);
    return status;
}

int
gsc_annotated_matrix_output(const gsc_annotated_matrix *self,
                            gsc_annotated_matrix_format format, const char *program,
                            const char *path)
{
    switch (format) {
    case GSC_ANNOTATED_MATRIX_NPY:
        return write_npy(self, path);
    case GSC_ANNOTATED_MATRIX_CSV:
        return write_table(self, ',', path);
    case GSC_ANNOTATED_MATRIX_JSON:
        return write_json(self, program, path);
    case GSC_ANNOTATED_MATRIX_H5:
        return gsc_annotated_matrix_write_h5(self, program, GSC_VERSION, path);
    case GSC_ANNOTATED_MATRIX_PROJECTOR:
        return gsc_projector_write(self, path);
    default:
        return write_table(self, '\t', path);
    }
}

const gsc_column gsc_annotated_matrix_columns[GSC_ANNOTATED_MATRIX_COLUMNS] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    {"tensor", GSC_CELL_TEXT, false, "what was written", false},
    {"rows", GSC_CELL_INTEGER, false, "number of rows of each matrix", false},
    {"columns", GSC_CELL_INTEGER, false, "numbers in each row", false},
    {"type", GSC_CELL_TEXT, false, "float32 or float64", false},
    {"explained", GSC_CELL_REAL, false, "share of the variance that --pca keeps",
     false},
    {"file", GSC_CELL_TEXT, false, "where it was written to", false}};

int
gsc_annotated_matrix_summary(const gsc_annotated_matrix *self, const char *program,
                             const char *path)
{
    int status = 0;
    gsc_rows rows;
    gsc_rows_init(&rows, gsc_annotated_matrix_columns, GSC_ANNOTATED_MATRIX_COLUMNS);
    for (size_t s = 0; s < self->count; s++) {
        GSC_TRY(gsc_rows_text(&rows, self->runs[s]));
        GSC_TRY(gsc_rows_integer(&rows, self->steps[s]));
        GSC_TRY(gsc_rows_text(&rows, self->tensor));
        GSC_TRY(gsc_rows_integer(&rows, (int64_t)gsc_annotated_matrix_rows(self)));
        GSC_TRY(gsc_rows_integer(&rows, (int64_t)self->x.cols));
        GSC_TRY(gsc_rows_text(&rows, gsc_type_names[self->type]));
        GSC_TRY(gsc_rows_real(&rows, self->explained ? self->explained[s] : NAN));
        GSC_TRY(gsc_rows_text(&rows, path));
    }
    GSC_TRY(gsc_rows_answer(&rows, &(gsc_answer){.program = program}));
out:
    gsc_rows_free(&rows);
    return status;
}
