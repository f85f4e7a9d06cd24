/* What is kept of a checkpoint, to be compared with many others. */
#include "analyze/compare/kept_features.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/compare/respondent.h"

#include <stdlib.h>
#include <string.h>

/* ---- What it is asked ---- */

int
gsc_kept_features_grid(const gsc_checkpoint *checkpoint, const char *operation,
                       gsc_text *table, size_t *n)
{
    int status = 0;
    bool found;
    gsc_binary_table pairs;
    *n = 0;
    GSC_TRY(gsc_binary_table_choose(&checkpoint->facets, operation, &pairs, &found));
    if (!found)
        return gsc_questions_describe(&checkpoint->dataset, table);
    *n = pairs.n - (pairs.order == GSC_RESIDUE_ORDER_LOGARITHM ? 1 : 0);
    const char *of = gsc_spectrum_orders[1 + (int)pairs.order];
    GSC_TRY(gsc_text_add(table, "%s %zu",
                         gsc_binary_table_has_frequencies(&pairs) ? of : pairs.group,
                         *n));
out:
    return status;
}

/* ---- Weights ---- */

static int
name_tensors(const gsc_loaded_model *loaded, char **names)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
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
copy_weights(gsc_kept_features *self, const gsc_loaded_model *loaded)
{
    int status = 0;
    self->type = loaded->type;
    self->weights = gsc_new(loaded->num_weights, gsc_type_size(self->type));
    if (!self->weights)
        return GSC_EMEMORY;
    float *narrow = self->weights;
    double *wide = self->weights;
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        const double *x = t->data;
        size_t n = gsc_shape_count(t->shape);
        for (size_t k = 0; k < n; k++, self->num_weights++)
            if (self->type == GSC_FLOAT32)
                narrow[self->num_weights] = (float)x[k];
            else
                wide[self->num_weights] = x[k];
    }
    GSC_TRY(name_tensors(loaded, &self->tensors));
out:
    return status;
}

int
gsc_kept_features_widen(gsc_kept_features *self)
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

/* Labels of all answers, where they are not the largest outputs. */
static int
put(const gsc_respondent *r, const gsc_kept_features_place *place)
{
    int status = 0;
    uint16_t *labels = NULL;
    const gsc_questions *q = r->questions;
    size_t num_labels = gsc_questions_num_labels(q);
    if (q->grid)
        return gsc_logit_set_put(place->logit_set, place->at, r->answers);
    GSC_NEW(labels, q->count * num_labels);
    for (size_t i = 0; i < q->count; i++)
        gsc_respondent_labels(r, r->answers + i * r->width, labels + i * num_labels);
    GSC_TRY(gsc_logit_set_put_labels(place->logit_set, place->at, r->answers, labels));
out:
    free(labels);
    return status;
}

static int
draw_logits(gsc_kept_features *self, const gsc_compared_features *features,
            const gsc_kept_features_place *place)
{
    int status = 0;
    gsc_respondent respondent = {.loaded = NULL};
    const gsc_questions *q = &features->questions;
    if (!place->logit_set->x || q->count != place->logit_set->num_examples)
        return 0;
    GSC_TRY(gsc_respondent_open(&respondent, features->loaded, q, false, q->count));
    GSC_TRY(gsc_respondent_run(&respondent, NULL, 0, q->count));
    GSC_TRY(put(&respondent, place));
    self->has_logits = true;
out:
    gsc_respondent_close(&respondent);
    return status;
}

/* Take what was found from its owner. */
static void
keep(gsc_kept_features *self, gsc_compared_features *features)
{
    self->embedding = features->embedding;
    self->count = features->spectrum.count;
    self->power = features->spectrum.power;
    self->key = features->spectrum.key;
    features->embedding = (gsc_representation){0};
    features->spectrum.power = NULL;
    features->spectrum.key = NULL;
}

int
gsc_kept_features_init(gsc_kept_features *self, const gsc_loaded_model *loaded,
                       const char *name, const gsc_kept_features_options *options,
                       const gsc_kept_features_place *place)
{
    int status = 0;
    gsc_compared_features features = {.loaded = NULL};
    gsc_compared_features_options wanted = {
        .wanted = {[GSC_FEATURE_EMBEDDING] = true, [GSC_FEATURE_FREQUENCIES] = true},
        .key_rule = options->key_rule,
        .key_fve = options->key_fve};
    *self = (gsc_kept_features){.step = loaded->checkpoint.step};
    GSC_TRY(copy_weights(self, loaded));
    if (options->of_weights || !place)
        return 0;
    wanted.like = place->like;
    GSC_TRY(gsc_compared_features_init(&features, loaded, name, &wanted, NULL));
    GSC_TRY(or_without(draw_logits(self, &features, place)));
    keep(self, &features);
out:
    gsc_compared_features_free(&features);
    if (status < 0)
        gsc_kept_features_free(self);
    return status;
}

void
gsc_kept_features_free(gsc_kept_features *self)
{
    free(self->tensors);
    free(self->weights);
    gsc_representation_free(&self->embedding);
    free(self->power);
    free(self->key);
    *self = (gsc_kept_features){0};
}
