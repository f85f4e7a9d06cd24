/* What a program answers: one table, as TSV or JSON, on stdout or in a file. */
#include "analyze/rows/output.h"

#include "grokscope/error.h"

#include "train/base/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const gsc_format_names[] = {"tsv", "json", NULL};

int
gsc_output_init(gsc_output *output, gsc_format format, const char *program,
                const char *const *columns, size_t num_columns)
{
    int status = 0;
    *output = (gsc_output){.format = format,
                           .program = program,
                           .columns = columns,
                           .num_columns = num_columns};
    if (format == GSC_FORMAT_JSON)
        return gsc_text_add(&output->text,
                            "{\"schema\": \"%s\", \"schema_version\": 1, "
                            "\"version\": \"%s\", \"results\": [",
                            program, GSC_VERSION);
    for (size_t i = 0; i < num_columns; i++)
        GSC_TRY(gsc_text_add(&output->text, "%s%s", i > 0 ? "\t" : "", columns[i]));
    GSC_TRY(gsc_text_add(&output->text, "\n"));
out:
    return status;
}

void
gsc_output_free(gsc_output *output)
{
    gsc_text_free(&output->text);
}

/* What stands before a cell. */
static int
begin_cell(gsc_output *output)
{
    size_t column = output->next;
    if (column == 0)
        output->num_rows++;
    if (output->format == GSC_FORMAT_TSV)
        return gsc_text_add(&output->text, "%s", column > 0 ? "\t" : "");
    const char *before = column > 0 ? ", " : output->num_rows > 1 ? ",\n{" : "\n{";
    return gsc_text_add(&output->text, "%s\"%s\": ", before, output->columns[column]);
}

static int
end_cell(gsc_output *output)
{
    output->next = (output->next + 1) % output->num_columns;
    if (output->next != 0)
        return 0;
    return gsc_text_add(&output->text, output->format == GSC_FORMAT_TSV ? "\n" : "}");
}

int
gsc_output_text(gsc_output *output, const char *text)
{
    int status = 0;
    GSC_TRY(begin_cell(output));
    if (output->format == GSC_FORMAT_JSON)
        GSC_TRY(gsc_text_add_json(&output->text, text));
    else
        for (const char *c = text; *c; c++)
            GSC_TRY(gsc_text_add(&output->text, "%c", strchr("\t\n\r", *c) ? ' ' : *c));
    GSC_TRY(end_cell(output));
out:
    return status;
}

static int
add_plain(gsc_output *output, const char *cell)
{
    int status = 0;
    GSC_TRY(begin_cell(output));
    GSC_TRY(gsc_text_add(&output->text, "%s", cell));
    GSC_TRY(end_cell(output));
out:
    return status;
}

int
gsc_output_integer(gsc_output *output, int64_t value)
{
    char number[GSC_NUMBER_BYTES];
    snprintf(number, sizeof number, "%lld", (long long)value);
    return add_plain(output, number);
}

int
gsc_output_real(gsc_output *output, double value)
{
    char number[GSC_NUMBER_BYTES];
    gsc_text_from_real(number, value);
    bool none = output->format == GSC_FORMAT_JSON && !isfinite(value);
    return add_plain(output, none ? "null" : number);
}

int
gsc_output_bool(gsc_output *output, bool value)
{
    if (output->format == GSC_FORMAT_JSON)
        return add_plain(output, value ? "true" : "false");
    return add_plain(output, value ? "1" : "0");
}

int
gsc_output_shape(gsc_output *output, gsc_shape shape)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_shape_add(shape, &text));
    GSC_TRY(gsc_output_text(output, text.data));
out:
    gsc_text_free(&text);
    return status;
}

int
gsc_output_check(const char *path, bool force)
{
    if (*path && !force && access(path, F_OK) == 0)
        return gsc_fail(GSC_EARGUMENT, "%s: exists; --force replaces it", path);
    return 0;
}

int
gsc_output_write_text(const gsc_text *text, const char *path, bool force)
{
    const char *data = text->data ? text->data : "";
    if (*path == '\0') {
        fwrite(data, 1, text->length,
               stdout); /* the program checks stdout at its end */
        return 0;
    }
    int status = gsc_output_check(path, force);
    return status < 0 ? status : gsc_file_write(path, data, text->length);
}

int
gsc_output_write(gsc_output *output, const char *path, bool force)
{
    int status = 0;
    if (output->format == GSC_FORMAT_JSON)
        GSC_TRY(gsc_text_add(&output->text, "\n]}\n"));
    GSC_TRY(gsc_output_write_text(&output->text, path, force));
out:
    return status;
}
