/* The same tensor of several checkpoints. */
#include "analyze/export/embeddings.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- Gathered ---- */

/* The first one says what all others have; where there is no other, its numbers move.
 */
static int
begin(gsc_embeddings *self, gsc_embedding *first, size_t count)
{
    int status = 0;
    size_t n = first->x.rows, rows;
    gsc_annotated_matrix *l = &self->annotated;
    if (count == 1) {
        l->x = first->x;
        first->x.data = NULL; /* its shape stays */
    } else {
        GSC_TRY(gsc_size_multiply(count, n, &rows));
        GSC_TRY(gsc_matrix_init(&l->x, rows, first->x.cols));
    }
    l->type = first->type;
    self->kind = first->kind;
    GSC_NEW(self->residues, n);
    GSC_NEW(self->ids, n);
    memcpy(self->residues, first->residues, n * sizeof *self->residues);
    memcpy(self->ids, first->ids, n * sizeof *self->ids);
out:
    return status;
}

static int
compare(const gsc_embeddings *self, const gsc_embedding *e, const char *path)
{
    size_t n = gsc_annotated_matrix_rows(&self->annotated), d = self->annotated.x.cols;
    if (e->x.rows != n || e->x.cols != d)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: %s is [%zu, %zu], in the first checkpoint [%zu, %zu]; one "
                        "stack is of one shape",
                        path, self->annotated.tensor, e->x.rows, e->x.cols, n, d);
    for (size_t i = 0; i < n; i++)
        if (e->ids[i] != self->ids[i] || e->residues[i] != self->residues[i])
            return gsc_fail(GSC_EARGUMENT,
                            "%s: row %zu of %s is of another input or residue than in "
                            "the first checkpoint",
                            path, i, self->annotated.tensor);
    return 0;
}

static int
take(gsc_embeddings *self, size_t s, gsc_embedding *e, const char *path)
{
    int status = 0;
    gsc_annotated_matrix *l = &self->annotated;
    if (s == 0)
        GSC_TRY(begin(self, e, l->count));
    GSC_TRY(compare(self, e, path));
    if (l->count > 1)
        memcpy(l->x.data + s * e->x.rows * e->x.cols, e->x.data,
               e->x.rows * e->x.cols * sizeof *e->x.data);
    if (e->type == GSC_FLOAT64)
        l->type = GSC_FLOAT64;
out:
    return status;
}

/* The last loaded model and embedding stay, for their facts. */
static int
gather(gsc_embeddings *self, const gsc_inputs *inputs,
       const gsc_embedding_request *request, gsc_threads *threads,
       gsc_loaded_model *last, gsc_embedding *embedding)
{
    int status = 0;
    GSC_NEW(self->runs, inputs->count);
    GSC_NEW(self->steps, inputs->count);
    for (size_t s = 0; s < inputs->count; s++) {
        const gsc_input *input = &inputs->items[s];
        gsc_embedding_free(embedding);
        gsc_loaded_model_close(last);
        GSC_TRY(gsc_inputs_open(inputs, s, last));
        status = gsc_embedding_init(embedding, last, request, threads);
        if (status < 0)
            GSC_TRY(gsc_fail_in(status, input->path));
        GSC_TRY(take(self, s, embedding, input->path));
        self->runs[s] = input->run;
        self->steps[s] = last->checkpoint.step;
    }
out:
    return status;
}

/* ---- Treated ---- */

static int
treat(gsc_embeddings *self, const gsc_treatment *treatment)
{
    int status = 0;
    gsc_annotated_matrix *l = &self->annotated;
    l->center = treatment->center ? "yes" : "no";
    l->normalize = treatment->normalize ? "yes" : "no";
    l->align = gsc_alignment_names[l->count > 1 ? treatment->align : GSC_ALIGN_NONE];
    if (treatment->center)
        GSC_TRY(gsc_matrix_series_center(&l->x, l->count));
    GSC_TRY(gsc_matrix_series_align(&l->x, l->count, treatment->align));
    if (treatment->normalize)
        gsc_matrix_series_normalize(&l->x);
    if (treatment->pca == 0)
        goto out;
    GSC_NEW(self->explained, l->count);
    GSC_NEW(self->shares, treatment->pca);
    GSC_TRY(gsc_matrix_series_reduce(&l->x, l->count, treatment->pca, self->shares,
                                     self->explained));
    l->explained = self->explained;
    l->shares = self->shares;
    l->num_shares = treatment->pca;
out:
    return status;
}

int
gsc_embeddings_init(gsc_embeddings *self, const gsc_inputs *inputs,
                    const gsc_embedding_request *request,
                    const gsc_treatment *treatment, const gsc_row_wishes *wishes,
                    gsc_threads *threads)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_embedding embedding = {.kind = GSC_ROW_OTHER};
    gsc_annotated_matrix *l = &self->annotated;
    *self = (gsc_embeddings){
        .annotated = {.tensor = request->tensor, .count = inputs->count}};
    GSC_TRY(gather(self, inputs, request, threads, &loaded, &embedding));
    GSC_TRY(treat(self, treatment));
    size_t n = gsc_annotated_matrix_rows(l);
    gsc_matrix last = {n, l->x.cols, l->x.data + (l->count - 1) * n * l->x.cols};
    GSC_TRY(gsc_row_facts_init(&self->facts, &loaded, &embedding, &last, wishes));
    l->facts = &self->facts.rows;
    l->runs = self->runs;
    l->steps = self->steps;
out:
    gsc_embedding_free(&embedding);
    gsc_loaded_model_close(&loaded);
    return status;
}

void
gsc_embeddings_free(gsc_embeddings *self)
{
    gsc_matrix_free(&self->annotated.x);
    gsc_row_facts_free(&self->facts);
    free(self->runs);
    free(self->steps);
    free(self->explained);
    free(self->shares);
    free(self->residues);
    free(self->ids);
    *self = (gsc_embeddings){.runs = NULL};
}
