/* The embedding itself, a row for each residue, at some of the steps: a heat map, of
 * which the page takes the waves. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/report/report_write.h"

#include <stdlib.h>
#include <string.h>

/* Numbers that are kept in all. */
enum { MOST_NUMBERS = 1000000 };

static int
begin_weights(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_weights *w = &run->weights;
    gsc_matrix embedding = {0};
    (void)threads;
    GSC_TRY(
        gsc_loaded_model_view(&run->last, GSC_VIEW_EMBEDDING, run->order, &embedding));
    w->rows = embedding.rows;
    w->columns = embedding.cols;
    size_t each = w->rows * w->columns, most = MOST_NUMBERS / (each > 0 ? each : 1);
    GSC_NEW(w->at, run->inputs.count);
    w->count =
        gsc_subsample_steps(run->steps, run->inputs.count, most > 2 ? most : 2, w->at);
    GSC_NEW(w->values, w->count * each);
out:
    gsc_matrix_free(&embedding);
    return status;
}

static int
draw_weights(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
             gsc_threads *threads)
{
    int status = 0;
    gsc_report_weights *w = &run->weights;
    gsc_matrix embedding = {0};
    size_t place = gsc_report_place(w->at, w->count, step), each = w->rows * w->columns;
    (void)threads;
    if (place == SIZE_MAX)
        return 0;
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, run->order, &embedding));
    if (embedding.rows != w->rows || embedding.cols != w->columns)
        GSC_TRY(gsc_fail(GSC_EFORMAT,
                         "%s: an embedding [%zu, %zu], at the last step "
                         "[%zu, %zu]",
                         run->inputs.items[step].path, embedding.rows, embedding.cols,
                         w->rows, w->columns));
    for (size_t i = 0; i < each; i++)
        w->values[place * each + i] = (float)embedding.data[i];
out:
    gsc_matrix_free(&embedding);
    return status;
}

static void
drop_weights(gsc_report_run *run)
{
    run->weights.count = 0;
}

const gsc_report_drawing gsc_report_embedding_weights = {
    .what = "the embedding's weights",
    .is_there = gsc_report_has_residues,
    .begin = begin_weights,
    .draw = draw_weights,
    .drop = drop_weights};

void
gsc_report_write_weights(gsc_report_writer *w, const gsc_report_run *run,
                         const char *prefix)
{
    const gsc_report_weights *e = &run->weights;
    gsc_json *json = &w->json;
    if (e->count == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.weights", prefix);
    gsc_json_open(json, "weights", '{');
    gsc_report_write_steps(w, run, e->at, e->count);
    gsc_arrays_add(&w->arrays, json, "values", GSC_PACK_I8,
                   gsc_pack_source_f32(e->values, e->count, e->rows, e->columns, 0));
    gsc_json_close(json, '{');
}
