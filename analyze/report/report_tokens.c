/* The loss of each token of a sequence over the steps: its mean by position, and that
 * of the tokens of one sequence. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/scores.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/network/answer_rows.h"
#include "analyze/report/report_write.h"
#include "train/numeric/top.h"
#include "train/task/characters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sequences whose mean is taken, and steps. */
enum { MOST_SEQUENCES = 64, MOST_STEPS = 64 };

static const gsc_split *
sequences_of(const gsc_report_run *run)
{
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    const gsc_split *test = gsc_dataset_split(dataset, "test");
    return test && test->count > 0 ? test : gsc_dataset_split(dataset, "train");
}

/* Of sequences of tokens, each of which is answered by a label. */
static bool
has_tokens(const gsc_report_run *run)
{
    const gsc_model *model = &run->last.model;
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    const gsc_split *split = sequences_of(run);
    if (!model->graph || !split || split->count == 0 ||
        !gsc_dataset_find(dataset, GSC_TOKENS))
        return false;
    const gsc_target *target = &model->outputs[0].target;
    return gsc_graph_shape(model->graph, model->outputs[0].prediction).dims[0] > 1 &&
           target->num_templates == 0 &&
           gsc_dataset_find(dataset, target->field)->num_values > 0;
}

/* ---- One checkpoint ---- */

/* Sums over sequences, and what is said of the first one. */
typedef struct sums {
    size_t done, positions;
    double *loss, *count; /* [positions] */
    double *work;         /* a row */
    float *own, *said; /* [positions] NaN where the mask says that it does not count */
} sums;

static int
add_rows(void *context, const gsc_answer_rows *rows)
{
    sums *s = context;
    for (size_t i = 0; i < rows->num_examples * rows->num_positions; i++) {
        size_t position = i % rows->num_positions;
        const double *row = rows->answers + i * rows->width;
        gsc_score score;
        int32_t best;
        if (!rows->counts[i])
            continue;
        gsc_score_rows(row, 1, rows->width, &rows->labels[i], s->work, &score);
        s->loss[position] += score.loss;
        s->count[position]++;
        if (s->done == 0 && i < rows->num_positions) {
            gsc_top_places_f64(row, rows->width, 1, &best);
            s->own[position] = (float)score.loss;
            s->said[position] = (float)best;
        }
    }
    s->done += rows->num_examples;
    return 0;
}

static int
draw_tokens(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
            gsc_threads *threads)
{
    int status = 0;
    gsc_report_tokens *t = &run->tokens;
    size_t place = gsc_report_place(t->at, t->num_steps, step), n = t->positions;
    sums s = {.positions = n};
    if (place == SIZE_MAX)
        return 0;
    s.own = t->own + place * n;
    s.said = t->said + place * n;
    GSC_NEW(s.loss, n);
    GSC_NEW(s.count, n);
    GSC_NEW(s.work, t->width);
    for (size_t i = 0; i < n; i++)
        s.own[i] = s.said[i] = (float)NAN;
    GSC_TRY(gsc_answer_rows_visit((gsc_loaded_model *)loaded, threads,
                                  sequences_of(run)->indices, t->num_sequences,
                                  add_rows, &s));
    for (size_t i = 0; i < n; i++) {
        t->mean[place * n + i] = (float)(s.loss[i] / s.count[i]);
        t->counted[place * n + i] = (float)s.count[i];
    }
out:
    free(s.loss);
    free(s.count);
    free(s.work);
    return status;
}

/* ---- All of them ---- */

/* What the tokens are, and which of them is the answer at each position. */
static int
take_sequence(gsc_report_run *run)
{
    int status = 0;
    gsc_report_tokens *t = &run->tokens;
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    const gsc_target *target = &run->last.model.outputs[0].target;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    const gsc_field *labels = gsc_dataset_find(dataset, target->field);
    size_t example = sequences_of(run)->indices[0];
    t->num_tokens = gsc_shape_count(tokens->shape);
    t->first = target->position;
    GSC_NEW(t->tokens, t->num_tokens);
    GSC_NEW(t->labels, t->positions);
    for (size_t i = 0; i < t->num_tokens; i++)
        t->tokens[i] = (float)gsc_field_element(tokens, example, i);
    for (size_t i = 0; i < t->positions; i++)
        t->labels[i] = (float)gsc_field_element(labels, example, i);
out:
    return status;
}

static int
begin_tokens(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_tokens *t = &run->tokens;
    const gsc_model *model = &run->last.model;
    size_t count = sequences_of(run)->count;
    (void)threads;
    gsc_shape shape = gsc_graph_shape(model->graph, model->outputs[0].prediction);
    t->positions = shape.dims[0];
    t->width = shape.dims[1];
    t->num_sequences = count < MOST_SEQUENCES ? count : MOST_SEQUENCES;
    GSC_TRY(gsc_loaded_model_data(&run->last));
    GSC_TRY(take_sequence(run));
    GSC_NEW(t->at, run->inputs.count);
    t->num_steps =
        gsc_subsample_steps(run->steps, run->inputs.count, MOST_STEPS, t->at);
    GSC_NEW(t->mean, t->num_steps * t->positions);
    GSC_NEW(t->counted, t->num_steps * t->positions);
    GSC_NEW(t->own, t->num_steps * t->positions);
    GSC_NEW(t->said, t->num_steps * t->positions);
out:
    return status;
}

static void
drop_tokens(gsc_report_run *run)
{
    run->tokens.num_steps = 0;
}

const gsc_report_drawing gsc_report_token_losses = {.what = "losses of tokens",
                                                    .is_there = has_tokens,
                                                    .begin = begin_tokens,
                                                    .draw = draw_tokens,
                                                    .drop = drop_tokens};

void
gsc_report_free_tokens(gsc_report_tokens *t)
{
    free(t->tokens);
    free(t->labels);
    free(t->at);
    free(t->mean);
    free(t->counted);
    free(t->own);
    free(t->said);
}

/* The names of the tokens, one a line, where the task has names for them. */
static const char *
names_of(const gsc_report_run *run)
{
    const char *names = NULL;
    const gsc_facet *facet =
        gsc_facets_find(&run->last.checkpoint.facets, GSC_CHARACTERS);
    return facet && gsc_facet_text(facet, "names", &names) == 0 ? names : NULL;
}

void
gsc_report_write_tokens(gsc_report_writer *w, const gsc_report_run *run,
                        const char *prefix)
{
    const gsc_report_tokens *t = &run->tokens;
    gsc_json *json = &w->json;
    if (t->num_steps == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.tokens", prefix);
    gsc_json_open(json, "tokens", '{');
    gsc_report_write_steps(w, run, t->at, t->num_steps);
    gsc_json_integer(json, "sequences", (int64_t)t->num_sequences);
    gsc_json_integer(json, "first", (int64_t)t->first);
    if (names_of(run))
        gsc_json_text(json, "names", names_of(run));
    gsc_arrays_add(&w->arrays, json, "tokens", GSC_PACK_F32,
                   gsc_pack_source_f32(t->tokens, t->num_tokens, 0, 0, 0));
    gsc_arrays_add(&w->arrays, json, "labels", GSC_PACK_F32,
                   gsc_pack_source_f32(t->labels, t->positions, 0, 0, 0));
    gsc_arrays_add(&w->arrays, json, "mean", GSC_PACK_F32,
                   gsc_pack_source_f32(t->mean, t->num_steps, t->positions, 0, 0));
    gsc_arrays_add(&w->arrays, json, "counted", GSC_PACK_F32,
                   gsc_pack_source_f32(t->counted, t->num_steps, t->positions, 0, 0));
    gsc_arrays_add(&w->arrays, json, "own", GSC_PACK_F32,
                   gsc_pack_source_f32(t->own, t->num_steps, t->positions, 0, 0));
    gsc_arrays_add(&w->arrays, json, "said", GSC_PACK_F32,
                   gsc_pack_source_f32(t->said, t->num_steps, t->positions, 0, 0));
    gsc_json_close(json, '{');
}
