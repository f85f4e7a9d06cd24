/* What is kept of a checkpoint, to be compared with many others. */
#include "grokscope/portrait.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"
#include "grokscope/spectrum.h"

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
    gsc_keys sets[GSC_MODEL_SETS + 1];
    *n = 0;
    gsc_model_keys(&model, sets);
    sets[GSC_MODEL_SETS] = gsc_task_keys(&task);
    GSC_TRY(gsc_keys_default(sets, GSC_MODEL_SETS + 1));
    GSC_TRY(gsc_keys_from_json(sets, GSC_MODEL_SETS + 1, config));
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
        if (!t->trained)
            continue;
        GSC_TRY(gsc_text_add(&text, "%s ", t->name));
        GSC_TRY(gsc_shape_add(t->shape, &text));
    }
    *names = text.data;
    text.data = NULL;
out:
    gsc_text_free(&text);
    return status;
}

/* The narrower type where every parameter was stored so. */
static gsc_type
stored_type(const gsc_subject *subject)
{
    for (size_t i = 0; i < subject->checkpoint.num_params; i++)
        if (subject->checkpoint.params[i].type == GSC_FLOAT64)
            return GSC_FLOAT64;
    return GSC_FLOAT32;
}

static int
copy_weights(gsc_portrait *self, const gsc_subject *subject)
{
    int status = 0;
    self->type = stored_type(subject);
    self->weights = gsc_new(subject->num_weights, gsc_type_size(self->type));
    if (!self->weights)
        return GSC_EMEMORY;
    float *narrow = self->weights;
    double *wide = self->weights;
    for (size_t i = 0; i < subject->num_tensors; i++) {
        const gsc_tensor *t = &subject->tensors[i];
        const double *x = t->data;
        size_t n = t->trained ? gsc_shape_count(t->shape) : 0;
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

static int
draw_embedding(gsc_portrait *self, const gsc_subject *subject,
               const gsc_portrait_options *options, gsc_order order)
{
    int status = 0;
    gsc_matrix embedding = {0};
    gsc_spectrum spectrum = {0};
    GSC_TRY(gsc_subject_view(subject, GSC_VIEW_EMBEDDING, order, &embedding));
    if (has_frequencies(&subject->task_config)) {
        GSC_TRY(gsc_spectrum_init(&spectrum, &embedding));
        spectrum.power[0] = 0;
        self->count = spectrum.count;
        self->power = spectrum.power;
        spectrum.power = NULL;
        if (options->key_rule == GSC_KEYS_BY_ENERGY) {
            self->key = spectrum.key;
            spectrum.key = NULL;
        }
    }
    GSC_TRY(gsc_cloud_take(&self->embedding, &embedding));
out:
    gsc_spectrum_free(&spectrum);
    gsc_matrix_free(&embedding);
    return status;
}

static int
find_keys_by_neuron(const gsc_replies *replies, double least_fve, size_t count,
                    bool *key)
{
    int status = 0;
    double *fve = NULL;
    size_t *frequency = NULL, n = replies->probe.num_neurons;
    GSC_NEW(fve, n);
    GSC_NEW(frequency, n);
    GSC_TRY(gsc_replies_frequencies(replies, frequency, fve));
    gsc_key_frequency_by_neuron(frequency, fve, n, least_fve, count, key, NULL);
out:
    free(fve);
    free(frequency);
    return status;
}

/* Ask the network; its key frequencies too, where these are its neurons'. */
static int
draw_logits(gsc_portrait *self, const gsc_subject *subject,
            const gsc_portrait_options *options, gsc_order order,
            gsc_logit_stack *stack, size_t at)
{
    int status = 0;
    gsc_replies replies = {.logits = NULL};
    bool by_neuron = options->key_rule == GSC_KEYS_BY_NEURON && self->count > 0 &&
                     subject->model.neurons != GSC_NO_NODE;
    GSC_TRY(gsc_replies_init(&replies, subject, order, by_neuron));
    GSC_TRY(gsc_replies_ask(&replies, subject->weights, NULL));
    GSC_TRY(gsc_logit_stack_put(stack, at, replies.logits));
    self->has_logits = true;
    if (by_neuron) {
        GSC_NEW(self->key, self->count);
        GSC_TRY(
            find_keys_by_neuron(&replies, options->key_fve, self->count, self->key));
    }
out:
    gsc_replies_free(&replies);
    return status;
}

static int
find_keys_by_logit(gsc_portrait *self, const gsc_subject *subject, gsc_order order)
{
    int status = 0;
    GSC_NEW(self->key, self->count);
    status = gsc_key_rule_find(GSC_KEYS_BY_LOGIT, 0, subject, order, NULL, self->key);
    if (status < 0) {
        free(self->key);
        self->key = NULL;
    }
out:
    return status;
}

/* What cannot be asked is left out. */
static int
unless_asked_in_vain(int status)
{
    return status == GSC_EARGUMENT ? 0 : status;
}

int
gsc_portrait_init(gsc_portrait *self, const gsc_subject *subject,
                  const gsc_portrait_options *options, gsc_logit_stack *stack,
                  size_t at)
{
    int status = 0;
    *self = (gsc_portrait){.step = subject->checkpoint.step};
    GSC_TRY(copy_weights(self, subject));
    if (options->of_weights || !subject->model.graph)
        return 0;
    gsc_order order = gsc_task_order(&subject->task_config);
    GSC_TRY(unless_asked_in_vain(draw_embedding(self, subject, options, order)));
    if (stack)
        GSC_TRY(unless_asked_in_vain(
            draw_logits(self, subject, options, order, stack, at)));
    if (options->key_rule == GSC_KEYS_BY_LOGIT && self->count > 0)
        GSC_TRY(unless_asked_in_vain(find_keys_by_logit(self, subject, order)));
out:
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
