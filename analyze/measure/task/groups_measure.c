/* The measure "groups": which representations a network that composes a group has
 * learned, after Chughtai, Chan and Nanda (arXiv 2302.03025). */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rqi.h"
#include "grokscope/text.h"

#include "analyze/measure/task/group_run.h"
#include "analyze/measure/task/groups_bound.h"
#include "analyze/measure/task/groups_neurons.h"
#include "analyze/method/task/coset_metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"key_irreps", GSC_CELL_TEXT, false,
     "key representations, which are kept or taken away", false},
    {"irreps", GSC_CELL_TEXT, false,
     "representations of logit similarity above .05 here", false},
    {"learned", GSC_CELL_TEXT, false,
     "representations that came above .05 in this row or one before, in that order",
     true},
    {"train_loss", GSC_CELL_REAL, false, "loss of the training pairs", false},
    {"train_accuracy", GSC_CELL_REAL, false,
     "share of the training pairs that are right", false},
    {"test_loss", GSC_CELL_REAL, false, "loss of the test pairs", false},
    {"test_accuracy", GSC_CELL_REAL, false, "share of the test pairs that are right",
     false},
    {"logit_fve", GSC_CELL_REAL, false,
     "share of the logits' power that all representations but the trivial one have",
     false},
    {"fve_x", GSC_CELL_REAL, false,
     "share of the first operand's embedding that the key representations have", false},
    {"fve_y", GSC_CELL_REAL, false, "the same of the second operand's embedding",
     false},
    {"fve_U", GSC_CELL_REAL, false, "the same of what neurons write to the answers",
     false},
    {"hidden_fve", GSC_CELL_REAL, false,
     "share of the neurons' variance that the key rho(x), rho(y) and rho(x y) explain",
     false},
    {"hidden_fve_xy", GSC_CELL_REAL, false, "share that rho(x y) explains by itself",
     false},
    {"restricted_loss", GSC_CELL_REAL, false,
     "loss of all pairs with only the key rho(x y) of the neurons", false},
    {"excluded_loss", GSC_CELL_REAL, false,
     "loss of the training pairs with neurons without them; the residual path is "
     "dropped",
     false},
    {"sum_of_squares", GSC_CELL_REAL, false,
     "sum of the squares of all trained weights", false},
    {"rqi_gram", GSC_CELL_REAL, false,
     "share of the geometry of the first operand's embedding that the group's "
     "translations explain; nan: of less than four elements",
     false},
    {"rqi_gram_chance", GSC_CELL_REAL, false,
     "the same of a geometry without structure", true},
};

static int
add_name(gsc_text *text, const char *name)
{
    return gsc_text_add(text, "%s%s", text->length > 0 ? " " : "", name);
}

static int
add_text_cell(gsc_rows *rows, gsc_text *text)
{
    int status = gsc_rows_text(rows, text->data ? text->data : "");
    gsc_text_free(text);
    return status;
}

/* Cells key_irreps, irreps and, still empty, learned. */
static int
add_names(gsc_rows *rows, const gsc_group_findings *f)
{
    int status = 0;
    const gsc_irreps *irreps = &f->run->irreps;
    gsc_text keys = {0}, present = {0};
    for (size_t i = 0; i < f->num_keys; i++)
        GSC_TRY(add_name(&keys, irreps->items[f->keys[i]].name));
    for (size_t i = 0; i < irreps->count; i++)
        if (!irreps->items[i].trivial && f->similarity[i] > GSC_LEARNED_SIMILARITY)
            GSC_TRY(add_name(&present, irreps->items[i].name));
    GSC_TRY(add_text_cell(rows, &keys));
    GSC_TRY(add_text_cell(rows, &present));
    GSC_TRY(gsc_rows_text(rows, ""));
out:
    gsc_text_free(&keys);
    gsc_text_free(&present);
    return status;
}

/* The key representations' share of a matrix. */
static int
add_weight_fve(gsc_rows *rows, const gsc_group_findings *f,
               const gsc_loaded_model *loaded, size_t which)
{
    int status = 0;
    gsc_matrix w = {0};
    double *fve = NULL, sum = 0;
    GSC_NEW(fve, f->run->irreps.count);
    GSC_TRY(gsc_group_matrix(loaded, which, &w));
    GSC_TRY(gsc_group_metrics_fve(&f->run->irreps, &w, fve));
    for (size_t i = 0; i < f->num_keys; i++)
        sum += fve[f->keys[i]];
    GSC_TRY(gsc_rows_real(rows, sum));
out:
    gsc_matrix_free(&w);
    free(fve);
    return status;
}

/* Cells hidden_fve and hidden_fve_xy. */
static int
add_hidden_fve(gsc_rows *rows, const gsc_group_findings *f)
{
    int status = 0;
    gsc_hidden_fve *fve = NULL, sum = {0, 0, 0};
    GSC_NEW(fve, f->run->irreps.count);
    GSC_TRY(gsc_group_metrics_hidden(&f->group_evaluator.sums, &f->run->irreps, fve));
    for (size_t i = 0; i < f->num_keys; i++) {
        sum.x += fve[f->keys[i]].x;
        sum.y += fve[f->keys[i]].y;
        sum.xy += fve[f->keys[i]].xy;
    }
    GSC_TRY(gsc_rows_real(rows, sum.x + sum.y + sum.xy));
    GSC_TRY(gsc_rows_real(rows, sum.xy));
out:
    free(fve);
    return status;
}

/* Cells restricted_loss and excluded_loss. */
static int
add_losses(gsc_rows *rows, gsc_group_findings *f, gsc_threads *threads)
{
    int status = 0;
    gsc_matrix kept = {0};
    gsc_scores restricted, excluded;
    GSC_TRY(gsc_group_metrics_keep(&f->group_evaluator.sums, &f->run->irreps, f->keys,
                                   f->num_keys, &f->group_evaluator.map, &kept));
    GSC_TRY(gsc_group_metrics_restricted(&kept, &restricted));
    GSC_TRY(
        gsc_group_evaluator_exclude(&f->group_evaluator, &kept, threads, &excluded));
    GSC_TRY(gsc_rows_real(rows, restricted.loss));
    GSC_TRY(gsc_rows_real(rows, excluded.loss));
out:
    gsc_matrix_free(&kept);
    return status;
}

/* Cells rqi_gram and rqi_gram_chance. */
static int
add_geometry(gsc_rows *rows, const gsc_group_findings *f,
             const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_matrix w = {0};
    gsc_rqi_fit fit = {NAN, NAN};
    GSC_TRY(gsc_group_matrix(loaded, 0, &w));
    if (w.rows >= 4)
        GSC_TRY(gsc_rqi_gram(&w, &f->run->group, &fit));
    GSC_TRY(gsc_rows_real(rows, fit.share));
    GSC_TRY(gsc_rows_real(rows, fit.chance));
out:
    gsc_matrix_free(&w);
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_group_findings f = {.run = NULL};
    GSC_TRY(gsc_group_findings_init(&f, request));
    const gsc_group_evaluator *c = &f.group_evaluator;
    const double scores[] = {c->train.loss, c->train.accuracy, c->test.loss,
                             c->test.accuracy, f.explained};
    GSC_TRY(add_names(rows, &f));
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        GSC_TRY(gsc_rows_real(rows, scores[i]));
    for (size_t which = 0; which < GSC_GROUP_MATRICES; which++)
        GSC_TRY(add_weight_fve(rows, &f, request->loaded, which));
    GSC_TRY(add_hidden_fve(rows, &f));
    GSC_TRY(add_losses(rows, &f, request->threads));
    GSC_TRY(gsc_rows_real(rows, gsc_loaded_model_sum_of_squares(request->loaded)));
    GSC_TRY(add_geometry(rows, &f, request->loaded));
out:
    gsc_group_findings_free(&f);
    return status;
}

/* ---- The order in which they were learned ---- */

static bool
has_name(const char *names, const char *name, size_t length)
{
    for (const char *at = names; *at;) {
        size_t word = strcspn(at, " ");
        if (word == length && strncmp(at, name, length) == 0)
            return true;
        at += word + (at[word] == ' ');
    }
    return false;
}

static int
add_new_names(gsc_text *learned, const char *names)
{
    int status = 0;
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, " ");
        if (!has_name(learned->data, at, length))
            GSC_TRY(gsc_text_add(learned, "%s%.*s", learned->length > 0 ? " " : "",
                                 (int)length, at));
        at += length + (at[length] == ' ');
    }
out:
    return status;
}

static int
conclude(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    gsc_text learned = {0};
    size_t from = gsc_rows_column(rows, "irreps");
    size_t to = gsc_rows_column(rows, "learned");
    (void)steps;
    GSC_TRY(gsc_text_add(&learned, "%s", ""));
    for (size_t i = 0; i < gsc_rows_count(rows); i++) {
        GSC_TRY(add_new_names(&learned, gsc_rows_cell(rows, i, from)->text));
        GSC_TRY(gsc_rows_replace_text(rows, i, to, learned.data));
    }
out:
    gsc_text_free(&learned);
    return status;
}

/* ---- One row for each representation ---- */

static const gsc_column irrep_columns[] = {
    {"irrep", GSC_CELL_TEXT, true,
     "name of the representation; freq_k: rotations of frequency k", false},
    {"dimension", GSC_CELL_INTEGER, false, "dimension of its matrices", true},
    {"rank", GSC_CELL_INTEGER, false,
     "rank of the functions that its matrix elements are", true},
    {"key", GSC_CELL_BOOL, false, "whether it is a key representation", false},
    {"similarity", GSC_CELL_REAL, false,
     "cosine of the logits, less their mean, with tr rho(x y z^-1)", false},
    {"learned_step", GSC_CELL_INTEGER, false,
     "first step at which the similarity is above .05; -1: none", true},
    {"fve_x", GSC_CELL_REAL, false,
     "share of the first operand's embedding that it has", false},
    {"fve_y", GSC_CELL_REAL, false, "the same of the second operand's embedding",
     false},
    {"fve_U", GSC_CELL_REAL, false, "the same of what neurons write to the answers",
     false},
    {"fve_chance", GSC_CELL_REAL, false, "the same of weights without structure", true},
    {"hidden_fve_x", GSC_CELL_REAL, false,
     "share of the neurons' variance that rho(x) explains", false},
    {"hidden_fve_y", GSC_CELL_REAL, false, "share that rho(y) explains", false},
    {"hidden_fve_xy", GSC_CELL_REAL, false, "share that rho(x y) explains", false},
};

static bool
is_key(const gsc_group_findings *f, size_t irrep)
{
    for (size_t i = 0; i < f->num_keys; i++)
        if (f->keys[i] == irrep)
            return true;
    return false;
}

/* Shares of the three matrices, one after the other. */
static int
find_weight_fves(const gsc_group_findings *f, const gsc_loaded_model *loaded,
                 double *fve)
{
    int status = 0;
    gsc_matrix w = {0};
    for (size_t which = 0; which < GSC_GROUP_MATRICES; which++) {
        GSC_TRY(gsc_group_matrix(loaded, which, &w));
        GSC_TRY(gsc_group_metrics_fve(&f->run->irreps, &w,
                                      fve + which * f->run->irreps.count));
        gsc_matrix_free(&w);
    }
out:
    gsc_matrix_free(&w);
    return status;
}

static int
add_irrep(gsc_rows *rows, const gsc_group_findings *f, size_t i, const double *fve,
          const gsc_hidden_fve *hidden)
{
    int status = 0;
    const gsc_irreps *irreps = &f->run->irreps;
    const gsc_irrep *irrep = &irreps->items[i];
    GSC_TRY(gsc_rows_text(rows, irrep->name));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)irrep->dimension));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)irrep->rank));
    GSC_TRY(gsc_rows_bool(rows, is_key(f, i)));
    GSC_TRY(gsc_rows_real(rows, f->similarity[i]));
    GSC_TRY(gsc_rows_integer(rows, -1));
    for (size_t which = 0; which < GSC_GROUP_MATRICES; which++)
        GSC_TRY(gsc_rows_real(rows, fve[which * irreps->count + i]));
    GSC_TRY(gsc_rows_real(rows, (double)irrep->rank / (double)irreps->order));
    GSC_TRY(gsc_rows_real(rows, hidden[i].x));
    GSC_TRY(gsc_rows_real(rows, hidden[i].y));
    GSC_TRY(gsc_rows_real(rows, hidden[i].xy));
out:
    return status;
}

static int
fill_irreps(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_group_findings f = {.run = NULL};
    double *fve = NULL;
    gsc_hidden_fve *hidden = NULL;
    GSC_TRY(gsc_group_findings_init(&f, request));
    GSC_NEW(fve, GSC_GROUP_MATRICES * f.run->irreps.count);
    GSC_NEW(hidden, f.run->irreps.count);
    GSC_TRY(find_weight_fves(&f, request->loaded, fve));
    GSC_TRY(gsc_group_metrics_hidden(&f.group_evaluator.sums, &f.run->irreps, hidden));
    for (size_t i = 0; i < f.run->irreps.count; i++)
        GSC_TRY(add_irrep(rows, &f, i, fve, hidden));
out:
    gsc_group_findings_free(&f);
    free(fve);
    free(hidden);
    return status;
}

/* The rows of a run are its checkpoints', each with all irreps in the same order. */
static int
conclude_irreps(gsc_rows *rows, const int64_t *steps)
{
    size_t similarity = gsc_rows_column(rows, "similarity");
    size_t learned = gsc_rows_column(rows, "learned_step");
    size_t name = gsc_rows_column(rows, "irrep"), n = gsc_rows_count(rows), count = 0;
    while (count < n && (count == 0 || strcmp(gsc_rows_cell(rows, count, name)->text,
                                              gsc_rows_cell(rows, 0, name)->text) != 0))
        count++;
    for (size_t i = 0; i < count; i++) {
        int64_t step = -1;
        for (size_t row = i; step < 0 && row < n; row += count)
            if (gsc_rows_cell(rows, row, similarity)->real > GSC_LEARNED_SIMILARITY)
                step = steps[row];
        for (size_t row = i; row < n; row += count)
            gsc_rows_cell(rows, row, learned)->integer = step;
    }
    return 0;
}

/* ---- One row for each subgroup, a matrix and a side ---- */

static const gsc_column coset_columns[] = {
    {"subgroup", GSC_CELL_TEXT, true, "generators of the subgroup", false},
    {"subgroup_order", GSC_CELL_INTEGER, false, "number of its elements", true},
    {"num_cosets", GSC_CELL_INTEGER, false, "number of its cosets", true},
    {"tensor", GSC_CELL_TEXT, true,
     "x, y: the operands' embeddings; U: what neurons write to the answers", false},
    {"side", GSC_CELL_TEXT, true, "left cosets x H, or right cosets H x", false},
    {"share", GSC_CELL_REAL, false,
     "share of the variance of the rows that is between cosets", false},
    {"chance", GSC_CELL_REAL, false, "the same of rows without structure", true},
    {"adjusted", GSC_CELL_REAL, false,
     "(share - chance) / (1 - chance), which can be compared between subgroups", false},
    {"neighbours", GSC_CELL_REAL, false,
     "share of each row's nearest rows that are in its coset, of as many as its coset "
     "has others",
     false},
    {"neighbours_chance", GSC_CELL_REAL, false, "the same of rows without structure",
     true},
};

/* A matrix with one row for each element. */
typedef struct elements {
    const char *name;
    gsc_matrix w;
    gsc_nearest nearest;
} elements;

static int
add_cosets(gsc_rows *rows, const gsc_group_subgroup *s, const elements *e,
           gsc_side side)
{
    int status = 0;
    gsc_coset_share found, near;
    GSC_TRY(gsc_coset_metrics_variance(&e->w, s->cosets[side], s->num_cosets, &found));
    near = gsc_coset_metrics_neighbours(&e->nearest, s->cosets[side], s->order);
    GSC_TRY(gsc_rows_text(rows, s->name));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)s->order));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)s->num_cosets));
    GSC_TRY(gsc_rows_text(rows, e->name));
    GSC_TRY(gsc_rows_text(rows, side == GSC_LEFT ? "left" : "right"));
    double adjusted = found.chance < 1
                          ? (found.share - found.chance) / (1 - found.chance)
                          : (double)NAN; /* cosets of one element */
    GSC_TRY(GSC_ROWS_REALS(rows, found.share, found.chance, adjusted, near.share,
                           near.chance));
out:
    return status;
}

static int
fill_cosets(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_group_run *run = request->state;
    elements e = {.name = NULL};
    for (size_t which = 0; which < GSC_GROUP_MATRICES; which++) {
        e.name = gsc_group_matrix_names[which];
        GSC_TRY(gsc_group_matrix(request->loaded, which, &e.w));
        GSC_TRY(gsc_nearest_init(&e.nearest, &e.w));
        for (size_t i = 0; i < run->num_subgroups; i++)
            for (gsc_side side = GSC_LEFT; side <= GSC_RIGHT; side++)
                GSC_TRY(add_cosets(rows, &run->subgroups[i], &e, side));
        gsc_nearest_free(&e.nearest);
        gsc_matrix_free(&e.w);
    }
out:
    gsc_nearest_free(&e.nearest);
    gsc_matrix_free(&e.w);
    return status;
}

const gsc_measure gsc_measure_groups = {
    .name = "groups",
    .purpose = "which representations of a group it has learned, and when",
    .examples = "  grokscope-groups checkpoints/s5 --step all\n"
                "      what was learned in which order, one row for each checkpoint\n"
                "  grokscope-groups checkpoints/s5 --long\n"
                "      the last step's representations, one by one\n"
                "  grokscope-groups checkpoints/s5 --long=coset\n"
                "      how far the weights are the same within the cosets of each "
                "subgroup\n"
                "  grokscope-groups checkpoints/s5 --long=neuron\n"
                "      the main representation and the cosets of each neuron\n"
                "  grokscope-groups checkpoints/s5 --long=bound\n"
                "      how many answers these prove to be right\n"
                "  grokscope-groups checkpoints/demo\n"
                "      addition modulo p is the cyclic group: its frequencies\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .least_residues = 2,
    .options = &gsc_group_options,
    .num_tables = 5,
    .tables =
        {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, conclude),
         GSC_TABLE("irrep", irrep_columns, fill_irreps, conclude_irreps),
         [GSC_GROUP_COSETS] = GSC_TABLE("coset", coset_columns, fill_cosets, NULL),
         [GSC_GROUP_NEURONS] = {"neuron", gsc_group_neuron_columns,
                                GSC_GROUP_NEURON_COLUMNS, gsc_group_fill_neurons, NULL},
         [GSC_GROUP_BOUND] = {"bound", gsc_group_bound_columns, GSC_GROUP_BOUND_COLUMNS,
                              gsc_group_fill_bound, NULL}},
    .prepare = gsc_group_run_prepare,
    .release = gsc_group_run_release,
};
