/* A transformer that is run over examples of a split. */
#include "analyze/measure/circuit/stream_run.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/network/answer_rows.h"

#include <math.h>
#include <stdlib.h>

gsc_standing
gsc_standing_of(const double *logits, size_t count, size_t output)
{
    gsc_standing s = {0, 0};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        s.rank +=
            logits[i] > logits[output] || (i < output && logits[i] >= logits[output]);
        sum += exp(logits[i] - logits[output]);
    }
    s.probability = 1 / sum;
    return s;
}

/* Whether an example is asked at the answer's row. */
static bool
is_asked(const gsc_dataset *dataset, size_t example)
{
    const gsc_target *t = &dataset->targets[0];
    const gsc_field *mask = *t->mask ? gsc_dataset_find(dataset, t->mask) : NULL;
    return !mask || gsc_field_element(mask, example, t->answer_row) > 0;
}

/* Those of a split that are asked, shuffled, at most `most`. */
static int
choose(gsc_stream_run *r, const char *name, size_t most)
{
    int status = 0;
    const gsc_dataset *dataset = &r->loaded->checkpoint.dataset;
    const gsc_split *split = gsc_dataset_split(dataset, name);
    if (!split)
        return gsc_fail(
            GSC_EARGUMENT, "examples: no split '%s'; the first one is %s", name,
            dataset->num_splits > 0 ? dataset->splits[0].name : "not there");
    GSC_NEW(r->examples, split->count);
    for (size_t i = 0; i < split->count; i++)
        if (is_asked(dataset, split->indices[i]))
            r->examples[r->count++] = split->indices[i];
    if (r->count == 0)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "examples: none of the %zu of %s has an answer at position "
                         "%zu",
                         split->count, name, r->position));
    gsc_rng_shuffle(r->examples, r->count, 0, gsc_rng_stream("stream_run"));
    r->count = r->count < most ? r->count : most;
out:
    return status;
}

static int
take(gsc_stream_run *r)
{
    int status = 0;
    const gsc_dataset *dataset = &r->loaded->checkpoint.dataset;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    const gsc_field *label = gsc_dataset_find(dataset, dataset->targets[0].field);
    size_t row = dataset->targets[0].answer_row, n_ctx = r->residual.n_ctx;
    GSC_NEW(r->tokens, r->count * n_ctx);
    GSC_NEW(r->answers, r->count);
    for (size_t i = 0; i < r->count; i++) {
        for (size_t t = 0; t < n_ctx; t++)
            r->tokens[i * n_ctx + t] =
                (uint16_t)gsc_field_element(tokens, r->examples[i], t);
        r->answers[i] = (uint16_t)gsc_field_element(label, r->examples[i], row);
    }
out:
    return status;
}

int
gsc_stream_run_open(gsc_stream_run *run, const gsc_measure_request *request,
                    const char *split, size_t most)
{
    int status = 0;
    gsc_loaded_model *loaded = (gsc_loaded_model *)request->loaded;
    *run = (gsc_stream_run){.loaded = loaded, .threads = request->threads};
    GSC_TRY(gsc_residual_open(&run->residual, loaded));
    GSC_TRY(gsc_answer_rows_need_labels(loaded));
    GSC_TRY(gsc_loaded_model_data(loaded));
    const gsc_target *target = &loaded->checkpoint.dataset.targets[0];
    run->position = target->position + target->answer_row;
    GSC_TRY(choose(run, split, most));
    GSC_TRY(take(run));
out:
    return status;
}

void
gsc_stream_run_close(gsc_stream_run *run)
{
    gsc_residual_close(&run->residual);
    free(run->examples);
    free(run->tokens);
    free(run->answers);
}
