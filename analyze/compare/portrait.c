/* What is kept of a checkpoint, to be compared with many others. */
#include "analyze/compare/portrait.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/replies.h"

#include <stdlib.h>
#include <string.h>

/* ---- Which pairs ---- */

static bool
is_of_group(const gsc_task_config *config)
{
    size_t count;
    return gsc_operations(&count)[config->operation].traits & GSC_OF_GROUP;
}

/* The elements of C_n are numbered as residues are; those of other groups have no order
 * in which frequencies would mean something. */
static bool
has_frequencies(const gsc_task_config *config)
{
    bool cyclic = config->group[0] == 'C' && config->group_file[0] == '\0' &&
                  strspn(config->group + 1, "0123456789") == strlen(config->group + 1);
    return !is_of_group(config) || cyclic;
}

int
gsc_portrait_table(const char *config, gsc_text *table, size_t *n)
{
    int status = 0;
    gsc_task_config task;
    gsc_model_config model;
    gsc_options sets[GSC_MODEL_SETS + 1];
    *n = 0;
    gsc_model_options(&model, sets);
    sets[GSC_MODEL_SETS] = gsc_task_options(&task);
    GSC_TRY(gsc_options_default(sets, GSC_MODEL_SETS + 1));
    GSC_TRY(gsc_options_from_json(sets, GSC_MODEL_SETS + 1, config));
    if (model.architecture == GSC_TENSORS)
        return 0;
    gsc_order order = gsc_task_order(&task);
    *n = (size_t)task.p - (order == GSC_ORDER_LOGARITHM ? 1 : 0);
    const char *of = gsc_spectrum_orders[1 + (int)order];
    if (!has_frequencies(&task))
        of = *task.group_file ? task.group_file : task.group;
    GSC_TRY(gsc_text_add(table, "%s %zu", of, *n));
out:
    return status;
}

/* ---- Weights ---- */

static int
name_tensors(const gsc_subject *subject, char **names)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    for (size_t i = 0; i < subject->num_tensors; i++) {
        const gsc_tensor *t = &subject->tensors[i];
        GSC_TRY(gsc_text_add(&text, "%s ", t->name));
        GSC_TRY(gsc_shape_add(t->shape, &text));
    }
    *names = text.data;
    text.data = NULL;
out:
    gsc_text_free(&text);
    return status;
}

static int
copy_weights(gsc_portrait *self, const gsc_subject *subject)
{
    int status = 0;
    self->type = gsc_subject_stored_type(subject);
    self->weights = gsc_new(subject->num_weights, gsc_type_size(self->type));
    if (!self->weights)
        return GSC_EMEMORY;
    float *narrow = self->weights;
    double *wide = self->weights;
    for (size_t i = 0; i < subject->num_tensors; i++) {
        const gsc_tensor *t = &subject->tensors[i];
        const double *x = t->data;
        size_t n = gsc_shape_count(t->shape);
        for (size_t k = 0; k < n; k++, self->num_weights++)
            if (self->type == GSC_FLOAT32)
                narrow[self->num_weights] = (float)x[k];
            else
                wide[self->num_weights] = x[k];
    }
    GSC_TRY(name_tensors(subject, &self->tensors));
out:
    return status;
}

int
gsc_portrait_widen(gsc_portrait *self)
{
    int status = 0;
    double *wide = NULL;
    if (self->type == GSC_FLOAT64)
        return 0;
    GSC_NEW(wide, self->num_weights);
    for (size_t k = 0; k < self->num_weights; k++)
        wide[k] = gsc_element(self->type, self->weights, k);
    free(self->weights);
    self->weights = wide;
    self->type = GSC_FLOAT64;
out:
    return status;
}

/* ---- The network ---- */

/* What cannot be asked, or is not finite, is left out. */
static int
or_without(int status)
{
    return status == GSC_EARGUMENT || status == GSC_ENUMERIC ? 0 : status;
}

static int
draw_logits(gsc_portrait *self, const gsc_subject *subject, gsc_logit_stack *stack,
            size_t at)
{
    int status = 0;
    gsc_replies replies = {.logits = NULL};
    gsc_order order = gsc_task_order(&subject->task_config);
    GSC_TRY(gsc_replies_init(&replies, subject, order, false));
    GSC_TRY(gsc_replies_ask(&replies, subject->weights, NULL));
    GSC_TRY(gsc_logit_stack_put(stack, at, replies.logits));
    self->has_logits = true;
out:
    gsc_replies_free(&replies);
    return status;
}

/* Take what was found from its owner. */
static void
keep(gsc_portrait *self, gsc_party *party)
{
    self->embedding = party->embedding;
    self->count = party->spectrum.count;
    self->power = party->spectrum.power;
    self->key = party->spectrum.key;
    party->embedding = (gsc_cloud){0};
    party->spectrum.power = NULL;
    party->spectrum.key = NULL;
}

int
gsc_portrait_init(gsc_portrait *self, const gsc_subject *subject, const char *name,
                  const gsc_portrait_options *options, gsc_logit_stack *stack,
                  size_t at)
{
    int status = 0;
    gsc_party party = {.subject = NULL};
    const gsc_party_options wanted = {
        .wanted = {[GSC_FACET_EMBEDDING] = true, [GSC_FACET_FREQUENCIES] = true},
        .key_rule = options->key_rule,
        .key_fve = options->key_fve};
    *self = (gsc_portrait){.step = subject->checkpoint.step};
    GSC_TRY(copy_weights(self, subject));
    if (options->of_weights || !stack)
        return 0;
    GSC_TRY(gsc_party_init(&party, subject, name, &wanted, NULL));
    keep(self, &party);
    GSC_TRY(or_without(draw_logits(self, subject, stack, at)));
out:
    gsc_party_free(&party);
    if (status < 0)
        gsc_portrait_free(self);
    return status;
}

void
gsc_portrait_free(gsc_portrait *self)
{
    free(self->tensors);
    free(self->weights);
    gsc_cloud_free(&self->embedding);
    free(self->power);
    free(self->key);
    *self = (gsc_portrait){0};
}
