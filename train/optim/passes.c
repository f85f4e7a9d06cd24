/* Which stages share a pass over the memory. */
#include "train/optim/pipeline.h"

#include <assert.h>

static void
append(gsc_passes *p, gsc_operation operation)
{
    assert(p->num_operations < GSC_MAX_OPERATIONS);
    p->operations[p->num_operations++] = operation;
}

static int
num_phases(const gsc_stage *stage)
{
    return stage->num_phases > 0 ? stage->num_phases : 1;
}

static void
append_stages(gsc_passes *p, const gsc_chosen_stages *chosen)
{
    for (size_t i = 0; i < chosen->count; i++)
        for (int phase = 0; phase < num_phases(chosen->items[i].stage); phase++)
            append(p, (gsc_operation){GSC_OPERATION_STAGE, &chosen->items[i], phase});
}

static void
append_rules(gsc_passes *p, const gsc_pipeline *pipeline)
{
    int most = 1;
    for (size_t i = 0; i < pipeline->groups.count; i++) {
        int phases = num_phases(pipeline->rules[i].items[0].stage);
        most = phases > most ? phases : most;
    }
    for (int phase = 0; phase < most; phase++)
        append(p, (gsc_operation){GSC_OPERATION_RULE, NULL, phase});
}

/* The stages of an operation: its own, or each group's rule. */
static const gsc_stage *
stage_of(const gsc_pipeline *pipeline, const gsc_operation *operation, size_t group)
{
    if (operation->kind == GSC_OPERATION_STAGE)
        return group == 0 ? operation->chosen->stage : NULL;
    if (operation->kind != GSC_OPERATION_RULE || group >= pipeline->groups.count)
        return NULL;
    return pipeline->rules[group].items[0].stage;
}

static bool
needs_sums(const gsc_pipeline *pipeline, const gsc_operation *operation, gsc_type type)
{
    const gsc_stage *stage;
    for (size_t g = 0; (stage = stage_of(pipeline, operation, g)); g++)
        if (stage->add[type])
            return true;
    return false;
}

static bool
needs_whole(const gsc_pipeline *pipeline, const gsc_operation *operation)
{
    const gsc_stage *stage;
    for (size_t g = 0; (stage = stage_of(pipeline, operation, g)); g++)
        if (stage->scope == GSC_SCOPE_WHOLE)
            return true;
    return false;
}

static void
cut(gsc_passes *p, const gsc_pipeline *pipeline, gsc_type type)
{
    for (size_t i = 0; i < p->num_operations; i++) {
        const gsc_operation *operation = &p->operations[i];
        bool whole = needs_whole(pipeline, operation);
        gsc_pass *last = p->num_passes > 0 ? &p->passes[p->num_passes - 1] : NULL;
        bool sums = needs_sums(pipeline, operation, type);
        if (last && last->whole == whole && !sums)
            last->count++;
        else
            p->passes[p->num_passes++] = (gsc_pass){i, 1, whole, sums};
    }
}

/* Nothing stands between the gradient and a step that the rule makes itself. */
static bool
is_fused(const gsc_pipeline *pipeline, size_t group, gsc_type type)
{
    return pipeline->rules[group].items[0].stage->fused[type] &&
           pipeline->filters.count == 0 && pipeline->update_filters.count == 0 &&
           pipeline->groups.items[group].config.decay_to == GSC_DECAY_TO_ZERO;
}

void
gsc_pipeline_plan(gsc_pipeline *pipeline, gsc_type type)
{
    static const gsc_operation copy = {GSC_OPERATION_COPY, NULL, 0};
    static const gsc_operation decay = {GSC_OPERATION_DECAY, NULL, 0};
    static const gsc_operation step = {GSC_OPERATION_STEP, NULL, 0};
    gsc_passes *perturb = &pipeline->perturb, *update = &pipeline->update;
    append(perturb, copy);
    append_stages(perturb, &pipeline->perturbations);
    cut(perturb, pipeline, type);
    bool all_fused = true;
    for (size_t i = 0; i < pipeline->groups.count; i++) {
        pipeline->fused[i] = is_fused(pipeline, i, type);
        all_fused = all_fused && pipeline->fused[i];
    }
    if (!all_fused)
        append(update, copy);
    append_stages(update, &pipeline->filters);
    if (!all_fused)
        append(update, decay);
    append_rules(update, pipeline);
    append_stages(update, &pipeline->update_filters);
    if (!all_fused)
        append(update, step);
    append_stages(update, &pipeline->projections);
    cut(update, pipeline, type);
}
