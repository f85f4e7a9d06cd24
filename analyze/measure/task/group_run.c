/* A run that learns a group: its representations, its cosets, its checkpoints. */
#include "analyze/measure/task/group_run.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FROM_FINAL, FROM_EACH };
static const char *const sources[] = {"final", "each", NULL};

struct options {
    double least_similarity;
    int64_t keys_from;
    char irreps[GSC_OPTION_TEXT_BYTES], subgroup[GSC_OPTION_TEXT_BYTES];
};

static const gsc_option option_rows[] = {
    GSC_ROW_REAL(
        struct options, least_similarity, "0.005", 0, 1,
        "A representation is key above this logit similarity; 0.005 is the paper's."),
    GSC_ROW_CHOICE(struct options, keys_from, "final", sources,
                   "Take the key representations of the run's last checkpoint, or "
                   "those that each checkpoint has itself. A run that still trains has "
                   "no last one: then each has its own."),
    GSC_ROW_TEXT(struct options, irreps, "", "NAME,NAME",
                 "Take these as key representations, and find none."),
    GSC_ROW_TEXT(struct options, subgroup, "all", "ELEMENTS",
                 "Subgroup whose cosets --long=coset looks at, by its generators: '(0 "
                 "3)(1 4), (1 2)(3 4)', or numbers of elements; all: every subgroup."),
};
const gsc_measure_options gsc_group_options = {"representations", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

const char *const gsc_group_matrix_names[GSC_GROUP_MATRICES] = {"x", "y", "U"};

/* ---- Key representations ---- */

/* Irreps above the least similarity, without the trivial one, the most similar first.
 */
static size_t
choose_keys(const struct options *o, const gsc_irreps *irreps, const double *similarity,
            size_t *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < irreps->count; i++) {
        if (irreps->items[i].trivial || !(similarity[i] > o->least_similarity))
            continue;
        size_t at = count++;
        for (; at > 0 && similarity[keys[at - 1]] < similarity[i]; at--)
            keys[at] = keys[at - 1];
        keys[at] = i;
    }
    return count;
}

/* "sign,standard" */
static int
read_keys(gsc_group_run *run, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, ","), i = 0;
        for (; i < run->irreps.count; i++)
            if (strlen(run->irreps.items[i].name) == length &&
                strncmp(run->irreps.items[i].name, text, length) == 0)
                break;
        if (i == run->irreps.count)
            return gsc_fail(GSC_EARGUMENT,
                            "irreps: '%.*s' is none of this group's; --long lists them",
                            (int)length, text);
        for (size_t k = 0; k < run->num_keys; k++)
            if (run->keys[k] == i)
                return gsc_fail(GSC_EARGUMENT, "irreps: %s stands twice",
                                run->irreps.items[i].name);
        run->keys[run->num_keys++] = i;
        text += length + (text[length] == ',');
    }
    return 0;
}

/* ---- What a run shares ---- */

void
gsc_group_run_release(void *state)
{
    gsc_group_run *run = state;
    if (!run)
        return;
    gsc_group_free(&run->group);
    gsc_irreps_free(&run->irreps);
    free(run->keys);
    for (size_t i = 0; i < run->num_subgroups; i++) {
        free(run->subgroups[i].name);
        free(run->subgroups[i].cosets[GSC_LEFT]);
        free(run->subgroups[i].cosets[GSC_RIGHT]);
    }
    free(run->subgroups);
    free(run);
}

static int
add_subgroup(gsc_group_run *run, const uint16_t *generators, size_t count)
{
    int status = 0;
    gsc_group_subgroup *s = &run->subgroups[run->num_subgroups++];
    const gsc_group *g = &run->group;
    gsc_text name = {0};
    bool *member = NULL;
    GSC_NEW(member, g->order);
    GSC_NEW(s->cosets[GSC_LEFT], g->order);
    GSC_NEW(s->cosets[GSC_RIGHT], g->order);
    s->order = gsc_group_generate(g, generators, count, member);
    for (gsc_side side = GSC_LEFT; side <= GSC_RIGHT; side++)
        s->num_cosets = gsc_group_cosets(g, member, side, s->cosets[side]);
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(gsc_text_add(&name, "%s", i > 0 ? ", " : ""));
        GSC_TRY(gsc_group_add_element(g, generators[i], &name));
    }
    s->name = name.data;
    name.data = NULL;
out:
    gsc_text_free(&name);
    free(member);
    return status;
}

/* --subgroup all: those between the trivial one and the group. */
static int
add_all_subgroups(gsc_group_run *run)
{
    int status = 0;
    gsc_subgroup *found = NULL;
    size_t count = 0;
    GSC_TRY(gsc_group_subgroups(&run->group, &found, &count));
    GSC_NEW(run->subgroups, count);
    for (size_t i = 0; i < count; i++) {
        const uint16_t *by = found[i].generators;
        if (found[i].order > 1 && found[i].order < run->group.order)
            GSC_TRY(add_subgroup(run, by, by[0] == by[1] ? 1 : 2));
    }
out:
    free(found);
    return status;
}

static int
find_subgroups(gsc_group_run *run, const char *subgroup)
{
    int status = 0;
    uint16_t *generators = NULL;
    size_t count = 0;
    if (strcmp(subgroup, "all") == 0)
        return add_all_subgroups(run);
    GSC_NEW(generators, run->group.order);
    GSC_NEW(run->subgroups, 1);
    GSC_TRY(gsc_group_read_elements(&run->group, subgroup, generators, &count));
    GSC_TRY(add_subgroup(run, generators, count));
out:
    free(generators);
    return status;
}

static int
find_keys_of(gsc_group_run *run, const struct options *o,
             const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_group_evaluator group_evaluator = {.group = NULL};
    double explained, *similarity = NULL;
    GSC_NEW(similarity, run->irreps.count);
    GSC_TRY(gsc_group_evaluator_init(&group_evaluator, loaded, &run->group));
    GSC_TRY(gsc_group_evaluator_run(&group_evaluator, NULL));
    GSC_TRY(gsc_group_metrics_similarity(&group_evaluator.sums, &run->irreps,
                                         similarity, &explained));
    run->num_keys = choose_keys(o, &run->irreps, similarity, run->keys);
out:
    gsc_group_evaluator_free(&group_evaluator);
    free(similarity);
    return status;
}

int
gsc_group_run_prepare(size_t table, const void *options, gsc_run_context *run_context,
                      void **state)
{
    int status = 0;
    const struct options *o = options;
    bool has_last = run_context->last.name;
    gsc_lazy_checkpoint *lazy = has_last ? &run_context->last : &run_context->first;
    gsc_group_run *run = NULL;
    GSC_NEW(run, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(lazy));
    status = gsc_group_evaluator_find_group(lazy->loaded, &run->group);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, lazy->name));
    GSC_TRY(gsc_irreps_init(&run->irreps, &run->group));
    GSC_NEW(run->keys, run->irreps.count);
    run->has_keys = *o->irreps || (o->keys_from == FROM_FINAL && has_last);
    if (table >= GSC_GROUP_COSETS)
        GSC_TRY(find_subgroups(run, o->subgroup));
    if (*o->irreps)
        GSC_TRY(read_keys(run, o->irreps));
    else if (run->has_keys)
        GSC_TRY(find_keys_of(run, o, lazy->loaded));
    *state = run;
    run = NULL;
out:
    gsc_group_run_release(run);
    return status;
}

/* ---- A checkpoint ---- */

int
gsc_group_findings_init(gsc_group_findings *self, const gsc_measure_request *request)
{
    int status = 0;
    const gsc_group_run *run = request->state;
    *self = (gsc_group_findings){.run = run};
    GSC_NEW(self->similarity, run->irreps.count);
    GSC_NEW(self->keys, run->irreps.count);
    GSC_TRY(
        gsc_group_evaluator_init(&self->group_evaluator, request->loaded, &run->group));
    GSC_TRY(gsc_group_evaluator_run(&self->group_evaluator, request->threads));
    GSC_TRY(gsc_group_metrics_similarity(&self->group_evaluator.sums, &run->irreps,
                                         self->similarity, &self->explained));
    if (run->has_keys) {
        self->num_keys = run->num_keys;
        memcpy(self->keys, run->keys, run->num_keys * sizeof *run->keys);
    } else {
        self->num_keys =
            choose_keys(request->options, &run->irreps, self->similarity, self->keys);
    }
out:
    return status;
}

void
gsc_group_findings_free(gsc_group_findings *self)
{
    gsc_group_evaluator_free(&self->group_evaluator);
    free(self->similarity);
    free(self->keys);
    *self = (gsc_group_findings){.run = NULL};
}

int
gsc_group_matrix(const gsc_loaded_model *loaded, size_t which, gsc_matrix *matrix)
{
    const gsc_node *views = loaded->model.views;
    gsc_residue_order order = loaded->pairs.order;
    bool attends = views[GSC_VIEW_HEAD_NEURONS] != GSC_NO_NODE;
    bool reads = !attends && views[GSC_VIEW_NEURON_IN] != GSC_NO_NODE;
    gsc_view own = reads ? GSC_VIEW_NEURON_IN : GSC_VIEW_EMBEDDING;
    gsc_view right = reads ? GSC_VIEW_NEURON_IN_RIGHT : GSC_VIEW_EMBEDDING_RIGHT;
    if (which == 2)
        return gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_LOGIT, order, matrix);
    bool apart = which == 1 && views[right] != GSC_NO_NODE;
    return gsc_loaded_model_view(loaded, apart ? right : own, order, matrix);
}
