/* The measure "mask_distance": how far the set of a network's largest weights has
 * moved, as Minegishi, Iwasawa and Matsuo ask it (arXiv 2310.19470, section 5):
 *
 *     JD(A, B) = 1 - |A and B| / |A or B|
 *
 * of the masks A and B that magnitude pruning would make of two checkpoints. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/method/weights/weight_mask.h"
#include "analyze/network/loss/prunable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    double keep;
    int64_t scope;
};

static const char *const scope_names[] = {"global", "layer", NULL};

static const gsc_option option_rows[] = {
    GSC_ROW_REAL(struct options, keep, "0.4", 1e-6, 1,
                 "Share of the weights of matrices that a mask keeps."),
    GSC_ROW_CHOICE(struct options, scope, "global", scope_names,
                   "Keep the share of all matrices together, or of each by itself."),
};
static const gsc_measure_options option_set = {"mask_distance", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- Masks of a checkpoint and of those it is compared with ---- */

typedef struct masks {
    gsc_prunable prunable;             /* of this checkpoint */
    bool *here, *at_first, *at_before; /* [prunable.count]; NULL: not known */
} masks;

static void
free_masks(masks *m)
{
    gsc_prunable_free(&m->prunable);
    free(m->here);
    free(m->at_first);
    free(m->at_before);
}

static int
make_mask(const gsc_prunable *prunable, const gsc_loaded_model *loaded,
          const struct options *o, bool **mask)
{
    int status = 0;
    double *scores = NULL;
    GSC_NEW(scores, prunable->count);
    GSC_NEW(*mask, prunable->count);
    GSC_TRY(gsc_prunable_score(prunable, loaded, loaded->weights, GSC_PRUNE_MAGNITUDE,
                               0, NULL, scores));
    GSC_TRY(gsc_prunable_select(prunable, scores, o->keep, o->scope == 1, *mask));
out:
    free(scores);
    return status;
}

/* The mask of another checkpoint, whose matrices are to be the same. */
static int
make_other(const masks *m, const gsc_lazy_checkpoint *lazy, const struct options *o,
           bool **mask)
{
    int status = 0;
    gsc_prunable other;
    GSC_TRY(gsc_prunable_init(&other, lazy->loaded));
    bool same = other.num_matrices == m->prunable.num_matrices;
    for (size_t k = 0; same && k < other.num_matrices; k++)
        same = gsc_shape_equal(other.matrices[k].tensor->shape,
                               m->prunable.matrices[k].tensor->shape);
    if (same)
        GSC_TRY(make_mask(&other, lazy->loaded, o, mask));
    else
        status = gsc_fail(GSC_EFORMAT,
                          "%s: %zu trained weights in %zu matrices, not %zu in %zu of "
                          "the same shapes",
                          lazy->name, other.count, other.num_matrices,
                          m->prunable.count, m->prunable.num_matrices);
out:
    gsc_prunable_free(&other);
    return status;
}

static int
make_masks(const gsc_measure_request *request, masks *m)
{
    int status = 0;
    const struct options *o = request->options;
    gsc_run_context *c = (gsc_run_context *)request->run_context;
    *m = (masks){.here = NULL};
    GSC_TRY(gsc_prunable_init(&m->prunable, request->loaded));
    GSC_TRY(make_mask(&m->prunable, request->loaded, o, &m->here));
    if (!c->alone)
        GSC_TRY(make_other(m, &c->first, o, &m->at_first));
    if (request->before) {
        GSC_TRY(gsc_lazy_checkpoint_open(request->before));
        GSC_TRY(make_other(m, request->before, o, &m->at_before));
    }
out:
    return status;
}

static double
distance(const bool *other, const bool *here, size_t first, size_t count)
{
    return other ? gsc_weight_mask_distance(other + first, here + first, count)
                 : (double)NAN;
}

static double
share(const bool *mask, size_t first, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        kept += mask[first + i];
    return (double)kept / (double)count;
}

static int
add_part(gsc_rows *rows, const masks *m, size_t first, size_t count)
{
    return GSC_ROWS_REALS(rows, share(m->here, first, count),
                          distance(m->at_before, m->here, first, count),
                          distance(m->at_first, m->here, first, count));
}

/* ---- The tables ---- */

#define DISTANCES                                                                     \
    {"share", GSC_CELL_REAL, false, "share of the weights that the mask keeps",       \
     false},                                                                          \
        {"from_before", GSC_CELL_REAL, false,                                         \
         "Jaccard distance from the mask of the checkpoint asked for before", false}, \
    {                                                                                 \
        "from_init", GSC_CELL_REAL, false,                                            \
            "Jaccard distance from the mask of the run's first step", false           \
    }

static const gsc_column checkpoint_columns[] = {DISTANCES};
static const gsc_column matrix_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "its name", false}, DISTANCES};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    masks m;
    GSC_TRY(make_masks(request, &m));
    GSC_TRY(add_part(rows, &m, 0, m.prunable.count));
out:
    free_masks(&m);
    return status;
}

static int
fill_matrices(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    masks m;
    GSC_TRY(make_masks(request, &m));
    for (size_t k = 0; k < m.prunable.num_matrices; k++) {
        const struct gsc_prunable_matrix *a = &m.prunable.matrices[k];
        GSC_TRY(gsc_rows_text(rows, a->tensor->name));
        GSC_TRY(add_part(rows, &m, a->first, a->count));
    }
out:
    free_masks(&m);
    return status;
}

const gsc_measure gsc_measure_mask_distance = {
    .name = "mask_distance",
    .purpose = "how far the set of the largest weights has moved",
    .examples =
        "  grokscope-mask-distance checkpoints/demo --step 0::2000\n"
        "      masks of the largest 40 %, each against the one 2000 steps before\n"
        "  grokscope-mask-distance checkpoints/demo --long --step all\n"
        "      the same for each matrix\n",
    .needs = GSC_NEEDS_WEIGHTS,
    .options = &option_set,
    .looks_back = true,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("tensor", matrix_columns, fill_matrices, NULL)},
    .prepare = gsc_measure_prepare_first,
};
