/* How the stages of an optimizer are run.
 *
 * A pass takes a span of a tensor through all of its operations before the next span is
 * begun, so that the span stays in the cache. Sums that the operation after it needs
 * are made on the way, a part for each item; the parts are added in the order of the
 * items, whichever thread made them. */
#include "train/optim/pipeline.h"

#include <string.h>

static const char *
at(const void *array, size_t element, size_t size)
{
    return array ? (const char *)array + element * size : NULL;
}

static void
place_states(gsc_span *span, const gsc_chosen_stage *chosen, gsc_type type)
{
    const gsc_state_row *rows = chosen->stage->states;
    for (size_t i = 0; i < GSC_STAGE_STATES && rows[i].name; i++) {
        size_t size =
            rows[i].type == GSC_STATE_WEIGHTS ? gsc_type_size(type) : sizeof(double);
        size_t first = rows[i].type == GSC_STATE_SCALAR ? 0 : span->first;
        span->state[i] = (char *)chosen->state[i] + first * size;
    }
}

gsc_span
gsc_pipeline_span(const gsc_pipeline_run *run, size_t tensor, size_t first,
                  size_t count, const gsc_chosen_stage *chosen)
{
    const gsc_pipeline *pipeline = run->pipeline;
    const gsc_optimized_tensor *t = &pipeline->tensors[tensor];
    const gsc_optimizer_config *config = &pipeline->groups.items[t->group].config;
    size_t size = gsc_type_size(run->type);
    gsc_span span = {.parameter = &t->parameter,
                     .is_hidden_matrix = t->is_hidden_matrix,
                     .first = first,
                     .count = count,
                     .num_weights = run->num_weights,
                     .update = run->update,
                     .rate = pipeline->rates[t->group],
                     .decay = t->decays ? config->weight_decay : 0,
                     .seed = pipeline->seed,
                     .weights = at(run->weights, first, size),
                     .gradient = at(run->gradient, first, size),
                     .values = (char *)at(run->values, first, size),
                     .scratch = t->scratch};
    if (config->decay_to == GSC_DECAY_TO_INITIAL)
        span.initial = at(pipeline->initial, first, size);
    if (!chosen)
        return span;
    span.config = chosen->config;
    span.stream = chosen->stream;
    span.sums = chosen->stage->scope == GSC_SCOPE_ALL ? pipeline->sums : t->sums;
    place_states(&span, chosen, run->type);
    return span;
}

/* ---- Operations ---- */

static const gsc_chosen_stage *
chosen_of(const gsc_pipeline *pipeline, const gsc_operation *operation, size_t group)
{
    if (operation->kind == GSC_OPERATION_STAGE)
        return operation->chosen;
    return &pipeline->rules[group].items[0];
}

static void
step(const gsc_pipeline_run *run, const gsc_chosen_stage *rule, gsc_span *span)
{
    double scale =
        rule->stage->scale ? rule->stage->scale(rule->config, run->update) : 1;
    double decay = rule->stage->decoupled ? span->decay : 0;
    if (run->type == GSC_FLOAT32)
        gsc_step_f32(span, decay, span->rate * scale);
    else
        gsc_step_f64(span, decay, span->rate * scale);
}

static void
decay(const gsc_pipeline_run *run, const gsc_chosen_stage *rule, const gsc_span *span)
{
    if (rule->stage->decoupled || span->decay == 0)
        return;
    if (run->type == GSC_FLOAT32)
        gsc_decay_f32(span);
    else
        gsc_decay_f64(span);
}

static void
apply(const gsc_pipeline_run *run, const gsc_operation *operation, gsc_span *span,
      const gsc_chosen_stage *chosen)
{
    int phases = chosen->stage->num_phases > 0 ? chosen->stage->num_phases : 1;
    if (operation->phase < phases)
        chosen->stage->apply[run->type](span);
}

static void
operate(const gsc_pipeline_run *run, const gsc_operation *operation, size_t tensor,
        size_t first, size_t count)
{
    const gsc_pipeline *pipeline = run->pipeline;
    size_t group = pipeline->tensors[tensor].group, size = gsc_type_size(run->type);
    const gsc_chosen_stage *chosen = chosen_of(pipeline, operation, group);
    gsc_span span = gsc_pipeline_span(run, tensor, first, count, chosen);
    bool fused = run->gradient && pipeline->fused[group];
    span.phase = operation->phase;
    if (operation->kind == GSC_OPERATION_STAGE) {
        apply(run, operation, &span, chosen);
    } else if (fused) {
        if (operation->kind == GSC_OPERATION_RULE && operation->phase == 0)
            chosen->stage->fused[run->type](&span);
    } else if (operation->kind == GSC_OPERATION_COPY) {
        memcpy(span.values, at(run->source, first, size), count * size);
    } else if (operation->kind == GSC_OPERATION_DECAY) {
        decay(run, chosen, &span);
    } else if (operation->kind == GSC_OPERATION_RULE) {
        apply(run, operation, &span, chosen);
    } else if (!chosen->stage->makes_weights) {
        step(run, chosen, &span);
    }
}

/* ---- Passes ---- */

typedef struct pass_work {
    const gsc_pipeline_run *run;
    const gsc_pass *pass;
    const gsc_operation *next; /* what needs sums after the pass, or NULL */
} pass_work;

/* The item's part of what the operation after the pass sums. */
static void
add_part(const pass_work *work, size_t item, size_t tensor, size_t first, size_t count)
{
    const gsc_pipeline *pipeline = work->run->pipeline;
    double *sums = pipeline->partial[item];
    const gsc_chosen_stage *chosen =
        chosen_of(pipeline, work->next, pipeline->tensors[tensor].group);
    if (work->next->phase == 0)
        memset(sums, 0, sizeof pipeline->partial[item]);
    if (!chosen->stage->add[work->run->type])
        return;
    gsc_span span = gsc_pipeline_span(work->run, tensor, first, count, chosen);
    span.phase = work->next->phase;
    chosen->stage->add[work->run->type](&span, sums);
}

static void
run_item(void *context, size_t item, size_t worker)
{
    const pass_work *work = context;
    const gsc_pipeline *pipeline = work->run->pipeline;
    size_t tensor = item, first, count;
    (void)worker;
    if (work->pass->whole) {
        first = pipeline->tensors[item].parameter.offset;
        count = gsc_shape_count(pipeline->tensors[item].parameter.shape);
    } else {
        tensor = pipeline->spans[item].tensor;
        first = pipeline->spans[item].first;
        count = pipeline->spans[item].count;
    }
    for (size_t i = 0; i < work->pass->count; i++)
        operate(work->run, &work->run->passes->operations[work->pass->first + i],
                tensor, first, count);
    if (work->next)
        add_part(work, item, tensor, first, count);
}

/* Sums over tensors and over all of the parts that the items of a pass have. */
static void
add_up(gsc_pipeline *pipeline, bool whole)
{
    memset(pipeline->sums, 0, sizeof pipeline->sums);
    for (size_t t = 0; t < pipeline->num_tensors; t++) {
        gsc_optimized_tensor *tensor = &pipeline->tensors[t];
        size_t begin = whole ? t : tensor->first_span;
        size_t end = whole ? t + 1 : begin + tensor->num_spans;
        memset(tensor->sums, 0, sizeof tensor->sums);
        for (size_t item = begin; item < end; item++)
            for (size_t k = 0; k < GSC_STAGE_SUMS; k++)
                tensor->sums[k] += pipeline->partial[item][k];
        for (size_t k = 0; k < GSC_STAGE_SUMS; k++)
            pipeline->sums[k] += tensor->sums[k];
    }
}

void
gsc_pipeline_do(gsc_pipeline_run *run, gsc_threads *threads)
{
    gsc_pipeline *pipeline = run->pipeline;
    const gsc_passes *p = run->passes;
    for (size_t g = 0; g < pipeline->groups.count; g++)
        pipeline->rates[g] =
            gsc_learning_rate(&pipeline->groups.items[g].config, run->update);
    for (size_t i = 0; i < p->num_passes; i++) {
        const gsc_pass *pass = &p->passes[i];
        pass_work work = {.run = run, .pass = pass};
        if (i + 1 < p->num_passes && pass[1].sums)
            work.next = &p->operations[pass[1].first];
        gsc_threads_run(threads, run_item, &work,
                        pass->whole ? pipeline->num_tensors : pipeline->num_spans);
        if (work.next)
            add_up(pipeline, pass->whole);
    }
}
