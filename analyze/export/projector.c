/* The folder of TensorBoard's Embedding Projector. */
#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "analyze/export/annotated_matrix_output.h"
#include "analyze/export/annotated_matrix_text.h"
#include "train/base/file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- What is in it ---- */

enum { NAME_BYTES = 64 };

static void
vectors_name(const gsc_annotated_matrix *self, size_t s, char name[NAME_BYTES])
{
    if (self->count > 1)
        snprintf(name, NAME_BYTES, "vectors-%zu.tsv", s);
    else
        snprintf(name, NAME_BYTES, "vectors.tsv");
}

/* "unembedding, runs/demo, step 3000", quoted; both forms read JSON's escapes. */
static int
add_title(const gsc_annotated_matrix *self, size_t s, gsc_text *text)
{
    int status = 0;
    gsc_text title = {0};
    GSC_TRY(gsc_text_add(&title, "%s, %s, step %lld", self->tensor, self->runs[s],
                         (long long)self->steps[s]));
    GSC_TRY(gsc_text_add_json(text, title.data));
out:
    gsc_text_free(&title);
    return status;
}

#define JSON_ENTRY                               \
    "%s\n    {\n"                                \
    "      \"tensorName\": %s,\n"                \
    "      \"tensorShape\": [%zu, %zu],\n"       \
    "      \"tensorPath\": \"%s\",\n"            \
    "      \"metadataPath\": \"metadata.tsv\"\n" \
    "    }"
/* A protocol buffer's text: a list of two numbers has its name twice. */
#define TEXT_ENTRY                        \
    "%sembeddings {\n"                    \
    "  tensor_name: %s\n"                 \
    "  tensor_shape: %zu\n"               \
    "  tensor_shape: %zu\n"               \
    "  tensor_path: \"%s\"\n"             \
    "  metadata_path: \"metadata.tsv\"\n" \
    "}\n"

static int
add_config(const gsc_annotated_matrix *self, bool json, gsc_text *text)
{
    int status = 0;
    gsc_text title = {0};
    char vectors[NAME_BYTES];
    GSC_TRY(gsc_text_add(text, "%s", json ? "{\n  \"embeddings\": [" : ""));
    for (size_t s = 0; s < self->count; s++) {
        const char *between = json && s > 0 ? "," : "";
        size_t n = gsc_annotated_matrix_rows(self), d = self->x.cols;
        title.length = 0;
        GSC_TRY(add_title(self, s, &title));
        vectors_name(self, s, vectors);
        GSC_TRY(
            json ? gsc_text_add(text, JSON_ENTRY, between, title.data, n, d, vectors)
                 : gsc_text_add(text, TEXT_ENTRY, between, title.data, n, d, vectors));
    }
    GSC_TRY(gsc_text_add(text, "%s", json ? "\n  ]\n}\n" : ""));
out:
    gsc_text_free(&title);
    return status;
}

/* ---- Files ---- */

static int
join(char path[GSC_PATH_BYTES], const char *folder, const char *name)
{
    int length = snprintf(path, GSC_PATH_BYTES, "%s/%s", folder, name);
    if (length < 0 || length >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", folder);
    return 0;
}

static int
write_file(const char *folder, const char *name, const gsc_text *text)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    GSC_TRY(join(path, folder, name));
    GSC_TRY(gsc_file_write(path, text->data, text->length));
out:
    return status;
}

static const char *const names[] = {"metadata.tsv", "projector_config.json",
                                    "projector_config.pbtxt"};
enum { NUM_NAMES = sizeof names / sizeof *names };

/* The vectors first and the configuration last: it names what is there. */
static int
fill_folder(const gsc_annotated_matrix *self, const char *folder)
{
    int status = 0;
    gsc_text text = {0};
    char vectors[NAME_BYTES];
    for (size_t s = 0; s < self->count; s++) {
        text.length = 0;
        vectors_name(self, s, vectors);
        GSC_TRY(gsc_annotated_matrix_add_vectors(self, s, &text));
        GSC_TRY(write_file(folder, vectors, &text));
    }
    for (size_t i = 0; i < NUM_NAMES; i++) {
        text.length = 0;
        GSC_TRY(i == 0 ? gsc_annotated_matrix_add_facts(self, &text)
                       : add_config(self, i == 1, &text));
        GSC_TRY(write_file(folder, names[i], &text));
    }
out:
    gsc_text_free(&text);
    return status;
}

/* Whatever of it there is. */
static void
remove_folder(const gsc_annotated_matrix *self, const char *folder)
{
    char path[GSC_PATH_BYTES], vectors[NAME_BYTES];
    for (size_t s = 0; s < self->count; s++) {
        vectors_name(self, s, vectors);
        if (snprintf(path, sizeof path, "%s/%s", folder, vectors) < GSC_PATH_BYTES)
            unlink(path);
    }
    for (size_t i = 0; i < NUM_NAMES; i++)
        if (snprintf(path, sizeof path, "%s/%s", folder, names[i]) < GSC_PATH_BYTES)
            unlink(path);
    rmdir(folder);
}

/* Under another name until it is whole. */
static int
write_new_folder(const gsc_annotated_matrix *self, const char *folder)
{
    int status = 0;
    char draft[GSC_PATH_BYTES];
    int length = snprintf(draft, sizeof draft, "%s.tmp-%ld", folder, (long)getpid());
    if (length < 0 || length >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", folder);
    if (mkdir(draft, 0777) != 0)
        return gsc_fail(GSC_EIO, "%s: %s", draft, strerror(errno));
    GSC_TRY(fill_folder(self, draft));
    if (rename(draft, folder) != 0)
        status = gsc_fail(GSC_EIO, "%s: %s", folder, strerror(errno));
out:
    if (status < 0)
        remove_folder(self, draft);
    return status;
}

int
gsc_projector_write(const gsc_annotated_matrix *self, const char *path)
{
    char folder[GSC_PATH_BYTES];
    struct stat info;
    int length = snprintf(folder, sizeof folder, "%s", path);
    if (length < 0 || length >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", path);
    while (length > 1 && folder[length - 1] == '/')
        folder[--length] = '\0';
    for (size_t i = 0; i < self->x.rows * self->x.cols; i++)
        if (!isfinite(self->x.data[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "%s: number %zu of row %zu is not finite, and the "
                            "projector reads no such number",
                            self->tensor, i % self->x.cols, i / self->x.cols);
    if (stat(folder, &info) != 0)
        return write_new_folder(self, folder);
    if (!S_ISDIR(info.st_mode))
        return gsc_fail(GSC_EARGUMENT, "%s: a file; the projector takes a folder",
                        folder);
    return fill_folder(self, folder);
}
