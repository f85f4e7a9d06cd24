/* What an optimizer keeps from update to update. */
#include "train/optim/states.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/optim/pipeline.h"

#include <stdio.h>
#include <string.h>

enum { MAX_STATES = 64 };

static const char initial_name[] = "initial_weights";

static gsc_tensor *
find_state(const gsc_optimizer *optimizer, const char *name)
{
    for (size_t i = 0; i < optimizer->num_states; i++)
        if (strcmp(optimizer->states[i].name, name) == 0)
            return &optimizer->states[i];
    return NULL;
}

static int
add_state(gsc_optimizer *optimizer, const char *name, gsc_type type, gsc_shape shape,
          void **data)
{
    static const char *const axes[] = {"", "weights", "copies weights"};
    if (optimizer->num_states == MAX_STATES)
        return gsc_fail(GSC_EARGUMENT, "optimizer: more than %d states", MAX_STATES);
    gsc_tensor *tensor = &optimizer->states[optimizer->num_states];
    *tensor = (gsc_tensor){.type = type, .shape = shape};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    snprintf(tensor->axes, sizeof tensor->axes, "%s", axes[shape.rank]);
    size_t copies = shape.rank > 1 ? shape.dims[0] : 1, count;
    if (gsc_size_multiply(copies, shape.rank > 0 ? optimizer->num_weights : 1, &count))
        return GSC_EMEMORY;
    tensor->data = gsc_new(count, gsc_type_size(type));
    if (!tensor->data)
        return GSC_EMEMORY;
    optimizer->num_states++;
    *data = tensor->data;
    return 0;
}

/* The arrays of a stage; rules share those of one name. */
static int
add_states(gsc_optimizer *optimizer, gsc_chosen_stage *chosen)
{
    int status = 0;
    const gsc_state_row *rows = chosen->stage->states;
    if (!chosen->stage->apply[optimizer->type])
        return gsc_fail(GSC_EARGUMENT, "%s: %s does not work on %s",
                        gsc_stage_key(chosen->stage->kind), chosen->stage->name,
                        gsc_type_names[optimizer->type]);
    for (size_t i = 0; i < GSC_STAGE_STATES && rows[i].name; i++) {
        gsc_shape shape = {1, {optimizer->num_weights}};
        gsc_type type =
            rows[i].type == GSC_STATE_WEIGHTS ? optimizer->type : GSC_FLOAT64;
        if (rows[i].type == GSC_STATE_SCALAR)
            shape.rank = 0;
        else if (rows[i].copies)
            shape = (gsc_shape){
                2, {rows[i].copies(chosen->config), optimizer->num_weights}};
        const gsc_tensor *there = find_state(optimizer, rows[i].name);
        if (there && (chosen->stage->kind != GSC_STAGE_RULE || there->type != type ||
                      !gsc_shape_equal(there->shape, shape)))
            return gsc_fail(
                GSC_EARGUMENT, "%s: %s has a state '%s' that another stage has too",
                gsc_stage_key(chosen->stage->kind), chosen->stage->name, rows[i].name);
        if (there)
            chosen->state[i] = there->data;
        else
            GSC_TRY(add_state(optimizer, rows[i].name, type, shape, &chosen->state[i]));
    }
out:
    return status;
}

int
gsc_optimizer_add_states(gsc_optimizer *optimizer)
{
    int status = 0;
    gsc_pipeline *p = optimizer->pipeline;
    gsc_chosen_stages *const lists[] = {&p->perturbations, &p->filters,
                                        &p->update_filters, &p->projections};
    GSC_NEW(optimizer->states, MAX_STATES);
    for (size_t i = 0; i < p->groups.count; i++)
        GSC_TRY(add_states(optimizer, &p->rules[i].items[0]));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t k = 0; k < lists[i]->count; k++)
            GSC_TRY(add_states(optimizer, &lists[i]->items[k]));
out:
    return status;
}

/* ---- Step 0 ---- */

static void
begin_stage(const gsc_optimizer *optimizer, const gsc_chosen_stage *chosen,
            const void *weights)
{
    gsc_pipeline *pipeline = optimizer->pipeline;
    gsc_stage_kernel *begin = chosen->stage->begin[optimizer->type];
    gsc_pipeline_run run = {.pipeline = pipeline,
                            .type = optimizer->type,
                            .num_weights = optimizer->num_weights,
                            .weights = weights};
    for (size_t i = 0; begin && i < pipeline->num_spans; i++) {
        const struct gsc_optimizer_span *s = &pipeline->spans[i];
        gsc_span span = gsc_pipeline_span(&run, s->tensor, s->first, s->count, chosen);
        begin(&span);
    }
}

/* Of the tensors that are the rule's. */
static void
begin_rule(const gsc_optimizer *optimizer, size_t group, void *weights)
{
    gsc_pipeline *pipeline = optimizer->pipeline;
    const gsc_chosen_stage *rule = &pipeline->rules[group].items[0];
    gsc_stage_kernel *begin = rule->stage->begin[optimizer->type];
    gsc_pipeline_run run = {.pipeline = pipeline,
                            .type = optimizer->type,
                            .num_weights = optimizer->num_weights,
                            .weights = weights,
                            .values = weights};
    for (size_t t = 0; begin && t < pipeline->num_tensors; t++) {
        const gsc_optimized_tensor *tensor = &pipeline->tensors[t];
        if (tensor->group != group)
            continue;
        gsc_span span =
            gsc_pipeline_span(&run, t, tensor->parameter.offset,
                              gsc_shape_count(tensor->parameter.shape), rule);
        begin(&span);
    }
}

int
gsc_optimizer_begin_states(gsc_optimizer *optimizer, void *weights)
{
    int status = 0;
    gsc_pipeline *p = optimizer->pipeline;
    const gsc_chosen_stages *const lists[] = {&p->perturbations, &p->filters,
                                              &p->update_filters, &p->projections};
    gsc_shape flat = {1, {optimizer->num_weights}};
    size_t bytes = optimizer->num_weights * gsc_type_size(optimizer->type);
    void *initial = NULL;
    for (size_t i = 0; i < p->groups.count; i++)
        if (p->groups.items[i].config.decay_to == GSC_DECAY_TO_INITIAL && !initial)
            GSC_TRY(
                add_state(optimizer, initial_name, optimizer->type, flat, &initial));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t k = 0; k < lists[i]->count; k++)
            begin_stage(optimizer, &lists[i]->items[k], weights);
    if (initial)
        memcpy(initial, weights, bytes);
    p->initial = initial;
    for (size_t i = 0; i < p->groups.count; i++)
        begin_rule(optimizer, i, weights);
    if (p->perturbations.count > 0) {
        p->perturbed = gsc_new(optimizer->num_weights, gsc_type_size(optimizer->type));
        status = p->perturbed ? 0 : GSC_EMEMORY;
    }
out:
    return status;
}

/* ---- Its memory from a file ---- */

int
gsc_optimizer_restore(gsc_optimizer *optimizer, const gsc_tensor *tensors,
                      size_t num_tensors)
{
    for (size_t i = 0; i < optimizer->num_states; i++) {
        gsc_tensor *state = &optimizer->states[i];
        const gsc_tensor *found = NULL;
        for (size_t k = 0; k < num_tensors && !found; k++)
            found = strcmp(tensors[k].name, state->name) == 0 ? &tensors[k] : NULL;
        if (!found || found->type != state->type ||
            !gsc_shape_equal(found->shape, state->shape))
            return gsc_fail(GSC_EFORMAT, "%s is %s", state->name,
                            found ? "of another size or type than the run's"
                                  : "missing");
        memcpy(state->data, found->data,
               gsc_shape_count(state->shape) * gsc_type_size(state->type));
    }
    return 0;
}
