/* A part of another network's weights, put in place of a run's own. */
#include "train/run/transplant.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/run_folder.h"
#include "grokscope/text.h"
#include "grokscope/weights.h"

#include "train/optim/residue_planes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char note_name[] = "transplanted_from";

/* ---- What is asked for ---- */

typedef struct transplant_choice {
    gsc_plane_choice planes;
    int64_t strongest; /* circles that the other weights have most of; 0: those named */
} transplant_choice;

static const gsc_option rows[] = {
    GSC_ROW_CIRCLES, GSC_ROWS_RESIDUES,
    GSC_ROW_INTEGER(
        transplant_choice, strongest, "0", 0, GSC_MOST_PLANES,
        "How many circles, of those that the checkpoint has most of; 0: the "
        "ones that circles names.")};

/* "circles 3+7 modulus 59": options and their values. */
static int
read_choice(const char *text, transplant_choice *choice)
{
    int status = 0;
    char copy[GSC_OPTION_TEXT_BYTES], *rest;
    gsc_options options = {"transplant", rows, sizeof rows / sizeof *rows, choice};
    memcpy(copy, text, sizeof copy);
    GSC_TRY(gsc_options_default(&options, 1));
    for (char *name = strtok_r(copy, " \t", &rest); name;
         name = strtok_r(NULL, " \t", &rest)) {
        const char *value = strtok_r(NULL, " \t", &rest);
        if (!value)
            status = gsc_fail(GSC_EARGUMENT, "%s needs a value", name);
        else
            status = gsc_options_set(&options, 1, name, value);
        if (status < 0)
            return gsc_fail_in(status, "transplant");
    }
out:
    return status;
}

static int
check_options(const gsc_init_config *c)
{
    if (!*c->transplant_from)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: of no file; transplant_from names the one to take it from",
                        *c->transplant ? "transplant" : "transplant_parameters");
    if (!*c->transplant)
        return gsc_fail(GSC_EARGUMENT,
                        "transplant_from: nothing of it is named; transplant does so, "
                        "as in 'circles 3+7'");
    return 0;
}

bool
gsc_same_transplant(const gsc_init_config *a, const gsc_init_config *b)
{
    return strcmp(a->transplant_from, b->transplant_from) == 0 &&
           strcmp(a->transplant, b->transplant) == 0 &&
           strcmp(a->transplant_parameters, b->transplant_parameters) == 0;
}

/* ---- Whose weights ---- */

/* Equal shapes are not enough: axes bear the same names, and residues are as many. */
static int
check_donor(const gsc_training *t, const gsc_checkpoint *donor)
{
    int status = 0;
    gsc_binary_table theirs, own;
    bool found, finds;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(t->network.model.graph, &count);
    for (size_t i = 0; i < count; i++) {
        const gsc_tensor *tensor = gsc_checkpoint_param(donor, p[i].name);
        if (tensor && strcmp(tensor->axes, p[i].axes) != 0)
            return gsc_fail(GSC_EARGUMENT, "%s has the axes %s, expected %s", p[i].name,
                            tensor->axes, p[i].axes);
    }
    GSC_TRY(gsc_binary_table_read(&donor->facets, &theirs, &found));
    GSC_TRY(gsc_binary_table_read(&t->network.facets, &own, &finds));
    if (found && finds && theirs.n != own.n)
        status = gsc_fail(GSC_EARGUMENT,
                          "its residues are %zu, and those of this run %zu: their "
                          "circles are not the same",
                          (size_t)theirs.n, (size_t)own.n);
out:
    return status;
}

/* Its weights in double, flat as the run's own. */
static int
read_donor(gsc_training *t, const char *path, double *weights)
{
    int status = 0;
    gsc_checkpoint donor = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&donor, path,
                                GSC_READ_PARAM_SHAPES | GSC_READ_FIELD_SHAPES));
    status = check_donor(t, &donor);
    if (status < 0) {
        status = gsc_fail_in(status, path);
        goto out;
    }
    GSC_TRY(gsc_weights_read(t->network.model.graph, path, GSC_FLOAT64, weights));
out:
    gsc_checkpoint_free(&donor);
    return status < 0 ? gsc_fail_in(status, "transplant_from") : 0;
}

/* ---- The note ---- */

static int
note(gsc_training *t, const char *text)
{
    char *copy = gsc_copy_text(text);
    if (!copy)
        return GSC_EMEMORY;
    if (!t->transplanted_from)
        t->notes[t->num_notes++].name = note_name;
    free(t->transplanted_from);
    t->transplanted_from = copy;
    for (size_t i = 0; i < t->num_notes; i++)
        if (t->notes[i].name == note_name)
            t->notes[i].text = copy;
    return 0;
}

int
gsc_training_keep_transplant_note(gsc_training *t, const gsc_checkpoint *c)
{
    for (size_t i = 0; i < c->num_provenance; i++)
        if (strcmp(c->provenance[i].name, note_name) == 0)
            return note(t, c->provenance[i].text);
    return 0;
}

static int
note_source(gsc_training *t, const char *path, const char *circles)
{
    int status = 0;
    char digest[GSC_DIGEST_BYTES];
    gsc_text text = {0};
    GSC_TRY(gsc_checkpoint_digest(path, digest));
    GSC_TRY(gsc_text_add(&text, "%s, content %s, circles %s", path, digest, circles));
    GSC_TRY(note(t, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* ---- The transplant ---- */

static double
get(const gsc_training *t, size_t at)
{
    return t->type == GSC_FLOAT64 ? ((const double *)t->weights)[at]
                                  : (double)((const float *)t->weights)[at];
}

static void
put(gsc_training *t, size_t at, double value)
{
    if (t->type == GSC_FLOAT64)
        ((double *)t->weights)[at] = value;
    else
        ((float *)t->weights)[at] = (float)value;
}

/* w += P (v - w) of one parameter; v is overwritten. */
static bool
replace(gsc_training *t, const gsc_plane_projection *projection, const gsc_parameter *p,
        double *v)
{
    size_t count = gsc_shape_count(p->shape);
    double *change = v + p->offset;
    for (size_t i = 0; i < count; i++)
        change[i] -= get(t, p->offset + i);
    if (!gsc_residue_planes_project_f64(projection, p, change))
        return false;
    for (size_t i = 0; i < count; i++)
        put(t, p->offset + i, get(t, p->offset + i) + change[i]);
    return true;
}

static bool
is_named(const gsc_training *t, const gsc_parameter *p)
{
    const char *patterns = t->network.config.init.transplant_parameters;
    return gsc_text_matches(p->name, *patterns ? patterns : "*") &&
           strncmp(p->name, GSC_INITIAL, sizeof GSC_INITIAL - 1) != 0;
}

static int
replace_all(gsc_training *t, const gsc_plane_choice *choice, double *donor)
{
    const gsc_init_config *c = &t->network.config.init;
    const gsc_plane_projection projection = {choice, GSC_IN_PLANES, (uint64_t)c->seed,
                                             gsc_rng_stream("transplant")};
    size_t count, replaced = 0;
    const gsc_parameter *p = gsc_graph_parameters(t->network.model.graph, &count);
    for (size_t i = 0; i < count; i++)
        if (is_named(t, &p[i]))
            replaced += replace(t, &projection, &p[i], donor);
    if (replaced == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "transplant_parameters: '%s' names no parameter with an axis "
                        "of tokens or outputs",
                        c->transplant_parameters);
    return 0;
}

/* ---- The strongest circles ---- */

/* The sum of the squares that the weights have in one circle, of residues in their own
 * order. `room` is as large as the weights. */
static double
strength(const gsc_training *t, gsc_plane_choice choice, size_t k,
         const double *weights, double *room)
{
    double sum = 0;
    size_t count;
    const gsc_plane_projection projection = {&choice, GSC_IN_PLANES, 0, 0};
    const gsc_parameter *p = gsc_graph_parameters(t->network.model.graph, &count);
    choice.shuffled = 0;
    snprintf(choice.circles, sizeof choice.circles, "%zu", k);
    for (size_t i = 0; i < count; i++) {
        size_t n = gsc_shape_count(p[i].shape);
        memcpy(room, weights + p[i].offset, n * sizeof *room);
        if (is_named(t, &p[i]) &&
            gsc_residue_planes_project_f64(&projection, &p[i], room))
            for (size_t j = 0; j < n; j++)
                sum += room[j] * room[j];
    }
    return sum;
}

/* Name them in `choice`, the strongest first; of equal ones the lowest. */
static int
find_strongest(const gsc_training *t, transplant_choice *choice, const double *weights)
{
    int status = 0;
    size_t num = gsc_residue_planes_count(&choice->planes, t->network.model.graph);
    double *strengths = NULL, *room = NULL;
    char *at = choice->planes.circles;
    if ((size_t)choice->strongest > num)
        return gsc_fail(GSC_EARGUMENT, "transplant: strongest: %lld of %zu circles",
                        (long long)choice->strongest, num);
    GSC_NEW(strengths, num + 1);
    GSC_NEW(room, gsc_graph_num_weights(t->network.model.graph));
    for (size_t k = 1; k <= num; k++)
        strengths[k] = strength(t, choice->planes, k, weights, room);
    for (int64_t i = 0; i < choice->strongest; i++) {
        size_t best = 1;
        for (size_t k = 2; k <= num; k++)
            best = strengths[k] > strengths[best] ? k : best;
        strengths[best] = -1;
        at += sprintf(at, "%s%zu", i > 0 ? "+" : "", best);
    }
out:
    free(strengths);
    free(room);
    return status;
}

/* ---- All together ---- */

int
gsc_training_transplant(gsc_training *t)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    const gsc_init_config *c = &t->network.config.init;
    const gsc_graph *graph = t->network.model.graph;
    transplant_choice choice;
    double *donor = NULL;
    if (!*c->transplant_from && !*c->transplant && !*c->transplant_parameters)
        return 0;
    GSC_TRY(check_options(c));
    GSC_TRY(read_choice(c->transplant, &choice));
    GSC_TRY(gsc_residue_planes_check(&choice.planes, "transplant", graph));
    if (*c->transplant_parameters)
        GSC_TRY(gsc_graph_check_patterns(graph, c->transplant_parameters,
                                         "transplant_parameters"));
    GSC_NEW(donor, gsc_graph_num_weights(graph));
    GSC_TRY(gsc_run_find(c->transplant_from, path));
    GSC_TRY(read_donor(t, path, donor));
    if (choice.strongest > 0)
        GSC_TRY(find_strongest(t, &choice, donor));
    GSC_TRY(replace_all(t, &choice.planes, donor));
    GSC_TRY(note_source(t, path, choice.planes.circles));
out:
    free(donor);
    return status;
}
