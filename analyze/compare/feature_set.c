/* Features of many checkpoints. */
#include "analyze/compare/feature_set.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/tool/jobs.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tables ---- */

static int
find_table(gsc_feature_set *set, const gsc_text *name, size_t n, size_t *index)
{
    int status = 0;
    for (*index = 0; *index < set->num_grids; ++*index)
        if (strcmp(set->grids[*index].name.data, name->data) == 0)
            return 0;
    gsc_feature_set_grid *table = &set->grids[set->num_grids++];
    GSC_TRY(gsc_text_add(&table->name, "%s", name->data));
    GSC_NEW(table->members, set->count);
    table->n = n;
out:
    return status;
}

/* What each checkpoint can be asked, by its facets and fields. */
static int
sort_input(gsc_feature_set *set, size_t i, const gsc_inputs *inputs)
{
    int status = 0;
    gsc_checkpoint checkpoint = {.step = 0};
    gsc_text name = {0};
    size_t n;
    const char *path = inputs->items[i].path;
    set->grid_of[i] = GSC_NO_GRID;
    GSC_TRY(gsc_checkpoint_read(&checkpoint, path, GSC_READ_FIELD_SHAPES));
    status = gsc_kept_features_grid(&checkpoint, inputs->loading.operation, &name, &n);
    if (status < 0)
        GSC_TRY(gsc_fail_in(
            status == GSC_EMEMORY || status == GSC_EARGUMENT ? status : GSC_EFORMAT,
            path));
    if (name.length > 0) {
        GSC_TRY(find_table(set, &name, n, &set->grid_of[i]));
        gsc_feature_set_grid *table = &set->grids[set->grid_of[i]];
        set->place_of[i] = table->count;
        table->members[table->count++] = i;
    }
out:
    gsc_text_free(&name);
    gsc_checkpoint_free(&checkpoint);
    return status;
}

/* The examples of the first member's dataset. Where they cannot be read, weights and
 * embeddings are compared all the same. */
static int
open_examples(gsc_feature_set_grid *table, const gsc_inputs *inputs)
{
    int status = 0;
    gsc_questions *q = &table->questions;
    GSC_TRY(gsc_inputs_open(inputs, table->members[0], &table->first));
    status = gsc_questions_of_examples(q, &table->first, NULL);
    if (status == GSC_EARGUMENT)
        return 0;
    GSC_TRY(status);
    GSC_TRY(gsc_logit_set_init_rows(&table->logit_set, table->count, q->count,
                                    q->num_rows * q->num_outputs, q->num_rows,
                                    gsc_questions_num_labels(q)));
out:
    return status;
}

static int
sort_inputs(gsc_feature_set *set, const gsc_inputs *inputs)
{
    int status = 0;
    GSC_NEW(set->grid_of, set->count);
    GSC_NEW(set->place_of, set->count);
    GSC_NEW(set->grids, set->count);
    for (size_t i = 0; i < set->count; i++)
        GSC_TRY(sort_input(set, i, inputs));
    for (size_t t = 0; t < set->num_grids; t++) {
        gsc_feature_set_grid *table = &set->grids[t];
        size_t n = table->n;
        GSC_TRY(n > 0 ? gsc_logit_set_init(&table->logit_set, table->count, n * n, n)
                      : open_examples(table, inputs));
    }
out:
    return status;
}

/* ---- Features ---- */

typedef struct drawing {
    gsc_feature_set *set;
    const gsc_inputs *inputs;
    const gsc_feature_set_options *options;
} drawing;

static int
draw(void *context, size_t i, gsc_threads *threads)
{
    int status = 0;
    (void)threads;
    const drawing *d = context;
    gsc_feature_set *set = d->set;
    gsc_loaded_model loaded = {.weights = NULL};
    const char *path = d->inputs->items[i].path;
    gsc_kept_features_place place = {.logit_set = NULL};
    bool has_place = set->grid_of && set->grid_of[i] != GSC_NO_GRID;
    if (has_place) {
        gsc_feature_set_grid *table = &set->grids[set->grid_of[i]];
        place = (gsc_kept_features_place){&table->logit_set, set->place_of[i],
                                          table->questions.count > 0 ? &table->questions
                                                                     : NULL};
    }
    GSC_TRY(gsc_inputs_open(d->inputs, i, &loaded));
    status = gsc_kept_features_init(&set->items[i], &loaded, path, &d->options->kept,
                                    has_place ? &place : NULL);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    gsc_loaded_model_close(&loaded);
    return status;
}

static int
draw_all(gsc_feature_set *set, const gsc_inputs *inputs,
         const gsc_feature_set_options *options)
{
    int status = 0;
    drawing d = {set, inputs, options};
    const gsc_jobs jobs = {.count = set->count,
                           .work = draw,
                           .context = &d,
                           .threads = options->threads,
                           .what = "reading checkpoints",
                           .show = options->show,
                           .show_context = options->context};
    GSC_NEW(set->items, set->count);
    GSC_TRY(gsc_jobs_run(&jobs));
out:
    return status;
}

/* Rows that stand beside each other are of one type. */
static int
widen(gsc_feature_set *set)
{
    int status = 0;
    bool any = false;
    for (size_t i = 0; i < set->count; i++)
        any = any || set->items[i].type == GSC_FLOAT64;
    for (size_t i = 0; any && i < set->count; i++)
        GSC_TRY(gsc_kept_features_widen(&set->items[i]));
out:
    return status;
}

int
gsc_feature_set_init(gsc_feature_set *set, const gsc_inputs *inputs,
                     const gsc_feature_set_options *options)
{
    int status = 0;
    *set = (gsc_feature_set){.count = inputs->count};
    if (!options->kept.of_weights)
        GSC_TRY(sort_inputs(set, inputs));
    GSC_TRY(draw_all(set, inputs, options));
    GSC_TRY(widen(set));
out:
    if (status < 0)
        gsc_feature_set_free(set);
    return status;
}

void
gsc_feature_set_free(gsc_feature_set *set)
{
    for (size_t i = 0; set->items && i < set->count; i++)
        gsc_kept_features_free(&set->items[i]);
    for (size_t t = 0; t < set->num_grids; t++) {
        gsc_text_free(&set->grids[t].name);
        free(set->grids[t].members);
        gsc_logit_set_free(&set->grids[t].logit_set);
        gsc_questions_free(&set->grids[t].questions);
        gsc_loaded_model_close(&set->grids[t].first);
    }
    free(set->items);
    free(set->grid_of);
    free(set->place_of);
    free(set->grids);
    *set = (gsc_feature_set){0};
}
