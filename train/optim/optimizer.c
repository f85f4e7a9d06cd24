/* How weights follow gradients: the keys, and what an optimizer is made of. */
#include "grokscope/optimizer.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/build/hidden.h"
#include "train/optim/pipeline.h"
#include "train/optim/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weights that one thread updates at a time. */
enum { SPAN = 8192 };

/* ---- Configurations ---- */

static int
set_text(char text[GSC_OPTION_TEXT_BYTES], gsc_stage_kind kind, const gsc_text *from)
{
    if (from->length >= GSC_OPTION_TEXT_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s: written out, longer than %d bytes",
                        gsc_stage_key(kind), GSC_OPTION_TEXT_BYTES - 1);
    memset(text, 0, GSC_OPTION_TEXT_BYTES);
    memcpy(text, from->length > 0 ? from->data : "", from->length);
    return 0;
}

static int
resolve_stages(char text[GSC_OPTION_TEXT_BYTES], const gsc_stages *stages,
               gsc_stage_kind kind)
{
    int status = 0;
    gsc_chosen_stages chosen = {.count = 0};
    gsc_text written = {0};
    GSC_TRY(gsc_chosen_read(&chosen, stages, kind, text));
    GSC_TRY(gsc_chosen_write(&chosen, &written));
    GSC_TRY(set_text(text, kind, &written));
out:
    gsc_chosen_free(&chosen);
    gsc_text_free(&written);
    return status;
}

static int
resolve_rule(gsc_optimizer_config *config, const gsc_stages *stages)
{
    int status = 0;
    gsc_chosen_stages rule = {.count = 0};
    gsc_text written = {0};
    GSC_TRY(gsc_chosen_read_rule(&rule, stages, config));
    GSC_TRY(gsc_chosen_write_rule(&rule, &written));
    GSC_TRY(set_text(config->optimizer, GSC_STAGE_RULE, &written));
out:
    gsc_chosen_free(&rule);
    gsc_text_free(&written);
    return status;
}

/* Names stand for patterns where there is room. */
static int
resolve_groups(gsc_optimizer_config *config, const gsc_stages *stages,
               const gsc_graph *graph)
{
    int status = 0;
    gsc_groups groups = {.count = 0};
    gsc_chosen_stages rule = {.count = 0};
    gsc_text written = {0};
    GSC_TRY(gsc_groups_read(&groups, config));
    for (size_t i = 0; i < groups.count; i++) {
        GSC_TRY(gsc_chosen_read_rule(&rule, stages, &groups.items[i].config));
        gsc_chosen_free(&rule);
    }
    if (graph) {
        GSC_TRY(gsc_groups_assign(&groups, graph));
        GSC_TRY(gsc_groups_write(&groups, graph, &written));
    }
    if (!graph || written.length >= sizeof config->groups) {
        written.length = 0;
        GSC_TRY(gsc_groups_write(&groups, NULL, &written));
    }
    if (written.length > 0 && written.length < sizeof config->groups) {
        memset(config->groups, 0, sizeof config->groups);
        memcpy(config->groups, written.data, written.length);
    }
out:
    gsc_chosen_free(&rule);
    gsc_groups_free(&groups);
    gsc_text_free(&written);
    return status;
}

int
gsc_optimizer_resolve(gsc_optimizer_config *config, const gsc_stages *stages,
                      const gsc_graph *graph)
{
    int status = 0;
    GSC_TRY(resolve_stages(config->perturbations, stages, GSC_STAGE_PERTURBATION));
    GSC_TRY(resolve_stages(config->filters, stages, GSC_STAGE_FILTER));
    GSC_TRY(resolve_stages(config->update_filters, stages, GSC_STAGE_UPDATE_FILTER));
    GSC_TRY(resolve_stages(config->projections, stages, GSC_STAGE_PROJECTION));
    GSC_TRY(resolve_rule(config, stages));
    GSC_TRY(resolve_groups(config, stages, graph));
out:
    return status;
}

int
gsc_optimizer_slow_gain(const gsc_optimizer_config *config, const gsc_stages *stages,
                        double *gain)
{
    int status = 0;
    gsc_chosen_stages filters = {.count = 0};
    *gain = 1;
    GSC_TRY(gsc_chosen_read(&filters, stages, GSC_STAGE_FILTER, config->filters));
    for (size_t i = 0; i < filters.count; i++)
        if (filters.items[i].stage->slow_gain)
            *gain *= filters.items[i].stage->slow_gain(filters.items[i].config);
out:
    gsc_chosen_free(&filters);
    return status;
}

/* ---- What it is made of ---- */

static int
check_stages(const gsc_chosen_stages *chosen, const gsc_graph *graph)
{
    int status = 0;
    for (size_t i = 0; i < chosen->count; i++)
        if (chosen->items[i].stage->check)
            GSC_TRY(chosen->items[i].stage->check(chosen->items[i].config, graph));
out:
    return status;
}

/* What a rule without a step makes is no update. */
static int
check_update_filters(const gsc_pipeline *pipeline)
{
    for (size_t i = 0; pipeline->update_filters.count > 0 && i < pipeline->groups.count;
         i++)
        if (pipeline->rules[i].items[0].stage->makes_weights)
            return gsc_fail(
                GSC_EARGUMENT,
                "update_filters: %s makes weights, and no update that could "
                "be filtered; leave out the one or the other",
                pipeline->rules[i].items[0].stage->name);
    return 0;
}

static int
read_stages(gsc_pipeline *pipeline, const gsc_optimizer_config *config,
            const gsc_optimizer_setup *setup)
{
    int status = 0;
    const gsc_stages *stages = setup->stages;
    GSC_TRY(gsc_chosen_read(&pipeline->perturbations, stages, GSC_STAGE_PERTURBATION,
                            config->perturbations));
    GSC_TRY(
        gsc_chosen_read(&pipeline->filters, stages, GSC_STAGE_FILTER, config->filters));
    GSC_TRY(gsc_chosen_read(&pipeline->update_filters, stages, GSC_STAGE_UPDATE_FILTER,
                            config->update_filters));
    GSC_TRY(gsc_chosen_read(&pipeline->projections, stages, GSC_STAGE_PROJECTION,
                            config->projections));
    GSC_TRY(check_stages(&pipeline->perturbations, setup->graph));
    GSC_TRY(check_stages(&pipeline->filters, setup->graph));
    GSC_TRY(check_stages(&pipeline->update_filters, setup->graph));
    GSC_TRY(check_stages(&pipeline->projections, setup->graph));
    GSC_TRY(gsc_groups_read(&pipeline->groups, config));
    GSC_TRY(gsc_groups_assign(&pipeline->groups, setup->graph));
    GSC_NEW(pipeline->rules, pipeline->groups.count);
    GSC_NEW(pipeline->rates, pipeline->groups.count);
    GSC_NEW(pipeline->fused, pipeline->groups.count);
    for (size_t i = 0; i < pipeline->groups.count; i++)
        GSC_TRY(gsc_chosen_read_rule(&pipeline->rules[i], stages,
                                     &pipeline->groups.items[i].config));
    for (size_t i = 0; i < pipeline->groups.count; i++)
        GSC_TRY(check_stages(&pipeline->rules[i], setup->graph));
    GSC_TRY(check_update_filters(pipeline));
out:
    return status;
}

static int
init_tensor(gsc_pipeline *pipeline, const gsc_parameter *parameter, size_t group,
            gsc_type type)
{
    gsc_optimized_tensor *tensor = &pipeline->tensors[pipeline->num_tensors++];
    const gsc_stage *rule = pipeline->rules[group].items[0].stage;
    const gsc_optimizer_config *config = &pipeline->groups.items[group].config;
    size_t count = gsc_shape_count(parameter->shape);
    *tensor =
        (gsc_optimized_tensor){.parameter = *parameter,
                               .group = group,
                               .decays = config->decay_parameters == GSC_DECAY_ALL ||
                                         parameter->shape.rank >= 2,
                               .first_span = pipeline->num_spans};
    if (parameter->shape.rank < rule->min_rank)
        return gsc_fail(GSC_EARGUMENT,
                        "optimizer: %s works on tensors of %zu axes or more, and %s "
                        "has %zu; give it another rule by groups",
                        rule->name, rule->min_rank, parameter->name,
                        parameter->shape.rank);
    for (size_t done = 0; done < count; done += SPAN)
        pipeline->spans[pipeline->num_spans++] = (struct gsc_optimizer_span){
            pipeline->num_tensors - 1, parameter->offset + done,
            count - done < SPAN ? count - done : SPAN};
    tensor->num_spans = pipeline->num_spans - tensor->first_span;
    if (!rule->scratch)
        return 0;
    tensor->scratch = gsc_new(rule->scratch(parameter->shape), gsc_type_size(type));
    return tensor->scratch ? 0 : GSC_EMEMORY;
}

static int
init_tensors(gsc_optimizer *optimizer, const gsc_graph *graph)
{
    int status = 0;
    gsc_pipeline *pipeline = optimizer->pipeline;
    size_t count;
    bool *is_hidden = NULL;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    GSC_NEW(pipeline->tensors, count);
    GSC_NEW(pipeline->spans, optimizer->num_weights / SPAN + count + 1);
    for (size_t i = 0; i < count; i++)
        if (parameters[i].trained)
            GSC_TRY(init_tensor(pipeline, &parameters[i],
                                pipeline->groups.of_parameter[i], optimizer->type));
    GSC_NEW(is_hidden, count);
    GSC_TRY(gsc_graph_hidden_matrices(graph, is_hidden));
    for (size_t i = 0, t = 0; i < count; i++)
        if (parameters[i].trained)
            pipeline->tensors[t++].is_hidden_matrix = is_hidden[i];
    GSC_NEW(pipeline->partial, pipeline->num_spans);
out:
    free(is_hidden);
    return status;
}

/* ---- Its life ---- */

int
gsc_optimizer_init(gsc_optimizer *optimizer, const gsc_optimizer_config *config,
                   const gsc_optimizer_setup *setup)
{
    int status = 0;
    *optimizer = (gsc_optimizer){.type = setup->type,
                                 .num_weights = gsc_graph_num_weights(setup->graph)};
    GSC_NEW(optimizer->pipeline, 1);
    optimizer->pipeline->seed = setup->seed;
    GSC_TRY(read_stages(optimizer->pipeline, config, setup));
    GSC_TRY(init_tensors(optimizer, setup->graph));
    GSC_TRY(gsc_optimizer_add_states(optimizer));
    GSC_TRY(gsc_optimizer_begin_states(optimizer, setup->weights));
    gsc_pipeline_plan(optimizer->pipeline, optimizer->type);
out:
    if (status < 0)
        gsc_optimizer_free(optimizer);
    return status;
}

static void
free_pipeline(gsc_pipeline *p)
{
    gsc_chosen_free(&p->perturbations);
    gsc_chosen_free(&p->filters);
    gsc_chosen_free(&p->update_filters);
    gsc_chosen_free(&p->projections);
    for (size_t i = 0; p->rules && i < p->groups.count; i++)
        gsc_chosen_free(&p->rules[i]);
    for (size_t i = 0; i < p->num_tensors; i++)
        free(p->tensors[i].scratch);
    gsc_groups_free(&p->groups);
    free(p->rules);
    free(p->rates);
    free(p->fused);
    free(p->tensors);
    free(p->spans);
    free(p->partial);
    free(p->perturbed);
}

void
gsc_optimizer_free(gsc_optimizer *optimizer)
{
    if (optimizer->pipeline)
        free_pipeline(optimizer->pipeline);
    free(optimizer->pipeline);
    for (size_t i = 0; i < optimizer->num_states; i++)
        free(optimizer->states[i].data);
    free(optimizer->states);
    *optimizer = (gsc_optimizer){0};
}

/* ---- Updates ---- */

int
gsc_optimizer_add_groups(const gsc_optimizer *optimizer, gsc_text *text)
{
    int status = 0;
    char rate[GSC_NUMBER_BYTES], decay[GSC_NUMBER_BYTES];
    const gsc_pipeline *p = optimizer->pipeline;
    for (size_t g = 0; g < p->groups.count; g++) {
        const gsc_optimizer_config *config = &p->groups.items[g].config;
        gsc_text_from_real(rate, config->learning_rate);
        gsc_text_from_real(decay, config->weight_decay);
        GSC_TRY(gsc_text_add(text, "%s, learning_rate %s, weight_decay %s:",
                             p->rules[g].items[0].stage->name, rate, decay));
        for (size_t i = 0; i < p->num_tensors; i++)
            if (p->tensors[i].group == g)
                GSC_TRY(gsc_text_add(text, " %s", p->tensors[i].parameter.name));
        GSC_TRY(gsc_text_add(text, "\n"));
    }
out:
    return status;
}

bool
gsc_optimizer_makes_weights(const gsc_optimizer *optimizer)
{
    const gsc_pipeline *p = optimizer->pipeline;
    for (size_t g = 0; g < p->groups.count; g++)
        if (p->rules[g].items[0].stage->makes_weights)
            return true;
    return false;
}

bool
gsc_optimizer_perturbs(const gsc_optimizer *optimizer)
{
    return optimizer->pipeline->perturbed;
}

const void *
gsc_optimizer_perturb(gsc_optimizer *optimizer, gsc_threads *threads, int64_t update,
                      const void *weights)
{
    gsc_pipeline *pipeline = optimizer->pipeline;
    if (!pipeline->perturbed)
        return weights;
    gsc_pipeline_run run = {.pipeline = pipeline,
                            .passes = &pipeline->perturb,
                            .type = optimizer->type,
                            .num_weights = optimizer->num_weights,
                            .update = update,
                            .weights = weights,
                            .source = weights,
                            .values = pipeline->perturbed};
    memcpy(pipeline->perturbed, weights,
           optimizer->num_weights * gsc_type_size(optimizer->type));
    gsc_pipeline_do(&run, threads);
    return pipeline->perturbed;
}

void
gsc_optimizer_update(gsc_optimizer *optimizer, gsc_threads *threads, int64_t update,
                     const void *weights, const void *gradient, void *next)
{
    gsc_pipeline *pipeline = optimizer->pipeline;
    gsc_pipeline_run run = {.pipeline = pipeline,
                            .passes = &pipeline->update,
                            .type = optimizer->type,
                            .num_weights = optimizer->num_weights,
                            .update = update,
                            .weights = weights,
                            .gradient = gradient,
                            .source = gradient,
                            .values = next};
    gsc_pipeline_do(&run, threads);
}
