/* The folder of TensorBoard's Embedding Projector. */
#include "grokscope/error.h"

#include "analyze/export/annotated_matrix_output.h"
#include "analyze/export/annotated_matrix_text.h"
#include "analyze/rows/output.h"
#include "train/base/file.h"
#include "train/base/folder.h"

#include <math.h>
#include <stdio.h>

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
write_file(const char *folder, const char *name, const gsc_text *text)
{
    int status = 0;
    gsc_text path = {0};
    GSC_TRY(gsc_text_add(&path, "%s/%s", folder, name));
    GSC_TRY(gsc_file_write(path.data, text->data, text->length));
out:
    gsc_text_free(&path);
    return status;
}

static const char *const names[] = {"metadata.tsv", "projector_config.json",
                                    "projector_config.pbtxt"};
enum { NUM_NAMES = sizeof names / sizeof *names };

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

int
gsc_projector_write(const gsc_annotated_matrix *self, const char *path)
{
    int status = 0;
    gsc_folder_draft draft = {.path = NULL};
    for (size_t i = 0; i < self->x.rows * self->x.cols; i++)
        if (!isfinite(self->x.data[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "%s: number %zu of row %zu is not finite, and the "
                            "projector reads no such number",
                            self->tensor, i % self->x.cols, i / self->x.cols);
    GSC_TRY(gsc_folder_draft_init(&draft, path, gsc_output_is_member));
    GSC_TRY(fill_folder(self, draft.path));
    GSC_TRY(gsc_folder_draft_commit(&draft));
out:
    gsc_folder_draft_free(&draft);
    return status;
}
