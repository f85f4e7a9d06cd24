/* What grokscope-sweep answers of a sweep. */
#include "analyze/sweep/tables/sweep_answers.h"

#include "grokscope/error.h"
#include "grokscope/threads.h"

#include "analyze/sweep/tables/collect.h"
#include "analyze/sweep/tables/predict.h"
#include "analyze/sweep/tables/times.h"
#include "analyze/tool/progress_line.h"

int
gsc_sweep_answer_states(const gsc_sweep_question *q)
{
    int status = 0;
    gsc_sweep_table table;
    const gsc_answer how = GSC_ANSWER(q->program, *q->options);
    GSC_TRY(gsc_sweep_states(&table, q->plan, q->folder));
    GSC_TRY(gsc_rows_answer(&table.rows, &how));
out:
    gsc_sweep_table_free(&table);
    return status;
}

/* What training would measure as it runs is asked here of the last weights. */
static int
gather(gsc_sweep_table *table, const gsc_sweep_question *q, const char *measures,
       const gsc_answer *how)
{
    int status = 0;
    gsc_progress_line line;
    gsc_collect_request request = {.plan = q->plan,
                                   .folder = q->folder,
                                   .accuracy = q->options->accuracy,
                                   .measures = measures,
                                   .with_curves = how->format == GSC_FORMAT_H5,
                                   .answer = how,
                                   .show = gsc_progress_line_show_checkpoints,
                                   .context = &line};
    GSC_TRY(gsc_threads_open(&request.threads, 0));
    gsc_progress_line_begin(&line);
    status = gsc_sweep_collect(table, &request);
    gsc_progress_line_end(&line);
out:
    gsc_threads_close(request.threads);
    return status;
}

int
gsc_sweep_answer_collect(const gsc_sweep_question *q, const char *measures)
{
    int status = 0;
    gsc_sweep_table table = {.columns = NULL};
    const gsc_answer how = GSC_ANSWER(q->program, *q->options);
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gather(&table, q, measures, &how));
    GSC_TRY(gsc_rows_answer(&table.rows, &how));
out:
    gsc_sweep_table_free(&table);
    return status;
}

int
gsc_sweep_answer_times(const gsc_sweep_question *q)
{
    int status = 0;
    gsc_sweep_table runs = {.columns = NULL}, table = {.columns = NULL};
    const gsc_answer how = GSC_ANSWER(q->program, *q->options), whole = {.columns = ""};
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gather(&runs, q, "", &whole));
    const gsc_times_request request = {.plan = q->plan,
                                       .collected = &runs.rows,
                                       .event =
                                           gsc_sweep_event_columns[q->options->event],
                                       .by = q->options->by,
                                       .curve = q->options->curve,
                                       .effect = q->options->effect};
    GSC_TRY(gsc_sweep_times(&table, &request));
    GSC_TRY(gsc_rows_answer(&table.rows, &how));
out:
    gsc_sweep_table_free(&runs);
    gsc_sweep_table_free(&table);
    return status;
}

int
gsc_sweep_answer_predict(const gsc_sweep_question *q)
{
    int status = 0;
    gsc_sweep_table table = {.columns = NULL};
    gsc_progress_line line;
    const gsc_answer how = GSC_ANSWER(q->program, *q->options);
    const gsc_predict_request request = {.plan = q->plan,
                                         .folder = q->folder,
                                         .accuracy = q->options->accuracy,
                                         .at = q->options->at,
                                         .by = q->options->by,
                                         .earliest = q->options->earliest,
                                         .show = gsc_progress_line_show_checkpoints,
                                         .context = &line};
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gsc_answer_check_columns(&how, gsc_predict_columns.columns,
                                     gsc_predict_columns.count));
    gsc_progress_line_begin(&line);
    status = gsc_sweep_predict(&table, &request);
    gsc_progress_line_end(&line);
    GSC_TRY(status);
    GSC_TRY(gsc_rows_answer(&table.rows, &how));
out:
    gsc_sweep_table_free(&table);
    return status;
}
