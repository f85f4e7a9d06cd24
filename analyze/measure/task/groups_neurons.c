/* The table of the measure "groups" with one row for each neuron: its main
 * representation, and the subgroup within whose cosets it varies least. */
#include "analyze/measure/task/groups_neurons.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/task/coset_metrics.h"

#include <math.h>
#include <stdlib.h>

const gsc_column gsc_group_neuron_columns[GSC_GROUP_NEURON_COLUMNS] = {
    {"tensor", GSC_CELL_TEXT, true,
     "x, y: the operands' embeddings; U: what neurons write to the answers", false},
    {"neuron", GSC_CELL_INTEGER, true, "column of it, from 0", false},
    {"variance", GSC_CELL_REAL, false,
     "its variance over the elements; below .01 it counts as constant", false},
    {"irrep", GSC_CELL_TEXT, false,
     "representation with the largest share of it; none: it is constant", false},
    {"irrep_share", GSC_CELL_REAL, false, "this share", false},
    {"irrep_chance", GSC_CELL_REAL, false, "the same of a neuron without structure",
     false},
    {"subgroup", GSC_CELL_TEXT, false,
     "generators of the subgroup within whose cosets it varies least", false},
    {"subgroup_order", GSC_CELL_INTEGER, false, "number of its elements; 0: none",
     false},
    {"side", GSC_CELL_TEXT, false, "left cosets x H, or right cosets H x", false},
    {"coset_concentration", GSC_CELL_REAL, false,
     "mean variance within these cosets over its variance: 0 a function of the coset",
     false},
    {"coset_chance", GSC_CELL_REAL, false, "the same of a neuron without structure",
     false},
};

void
gsc_neurons_found_free(gsc_neurons_found *s)
{
    double *const all[] = {s->variance, s->irrep_share, s->within, s->now};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(s->irrep);
    free(s->subgroup);
    free(s->side);
}

static int
make_neurons(gsc_neurons_found *s, size_t m)
{
    int status = 0;
    *s = (gsc_neurons_found){.m = m};
    GSC_NEW(s->variance, m);
    GSC_NEW(s->irrep_share, m);
    GSC_NEW(s->within, m);
    GSC_NEW(s->now, m);
    GSC_NEW(s->irrep, m);
    GSC_NEW(s->subgroup, m);
    GSC_NEW(s->side, m);
out:
    return status;
}

/* The share of column j's squares about its mean that a representation has. */
static double
share_of(const gsc_matrix *w, size_t j, const gsc_irrep *irrep, double variance)
{
    double squares = 0;
    for (size_t r = 0; r < irrep->rank; r++) {
        double product = 0;
        for (size_t x = 0; x < w->rows; x++)
            product += irrep->basis[x * irrep->rank + r] * w->data[x * w->cols + j];
        squares += product * product;
    }
    return squares / (variance * (double)w->rows);
}

static void
find_irreps(gsc_neurons_found *s, const gsc_matrix *w, const gsc_irreps *irreps)
{
    for (size_t j = 0; j < s->m; j++)
        for (size_t i = 0; i < irreps->count; i++) {
            double share = irreps->items[i].trivial
                               ? 0
                               : share_of(w, j, &irreps->items[i], s->variance[j]);
            if (share > s->irrep_share[j]) {
                s->irrep_share[j] = share;
                s->irrep[j] = i;
            }
        }
}

/* Subgroups of one element and the whole group say nothing. */
static int
find_cosets(gsc_neurons_found *s, const gsc_matrix *w, const gsc_group_run *run)
{
    int status = 0;
    for (size_t j = 0; j < s->m; j++) {
        s->within[j] = INFINITY;
        s->subgroup[j] = SIZE_MAX;
    }
    for (size_t i = 0; i < run->num_subgroups; i++) {
        const gsc_group_subgroup *h = &run->subgroups[i];
        if (h->order == 1 || h->num_cosets == 1)
            continue;
        for (gsc_side side = GSC_LEFT; side <= GSC_RIGHT; side++) {
            GSC_TRY(
                gsc_coset_metrics_within(w, h->cosets[side], h->num_cosets, s->now));
            for (size_t j = 0; j < s->m; j++)
                if (s->now[j] < s->within[j]) {
                    s->within[j] = s->now[j];
                    s->subgroup[j] = i;
                    s->side[j] = side;
                }
        }
    }
out:
    return status;
}

int
gsc_neurons_found_init(gsc_neurons_found *s, const gsc_matrix *w,
                       const gsc_group_run *run)
{
    int status = 0;
    gsc_matrix centred = {0};
    double *mean = NULL;
    GSC_TRY(make_neurons(s, w->cols));
    GSC_TRY(gsc_matrix_copy(w, &centred));
    GSC_NEW(mean, w->cols);
    gsc_matrix_centre(&centred, mean);
    for (size_t i = 0; i < w->rows * w->cols; i++)
        s->variance[i % w->cols] += centred.data[i] * centred.data[i] / (double)w->rows;
    find_irreps(s, &centred, &run->irreps);
    GSC_TRY(find_cosets(s, w, run));
out:
    gsc_matrix_free(&centred);
    free(mean);
    return status;
}

/* Cells subgroup to coset_chance. */
static int
add_subgroup(gsc_rows *rows, const gsc_neurons_found *s, size_t j,
             const gsc_group_run *run)
{
    int status = 0;
    if (s->variance[j] < GSC_CONSTANT_NEURON || s->subgroup[j] == SIZE_MAX) {
        GSC_TRY(gsc_rows_text(rows, "none"));
        GSC_TRY(gsc_rows_integer(rows, 0));
        GSC_TRY(gsc_rows_text(rows, "none"));
        return GSC_ROWS_REALS(rows, (double)NAN, (double)NAN);
    }
    const gsc_group_subgroup *h = &run->subgroups[s->subgroup[j]];
    double order = (double)run->group.order;
    GSC_TRY(gsc_rows_text(rows, h->name));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)h->order));
    GSC_TRY(gsc_rows_text(rows, s->side[j] == GSC_LEFT ? "left" : "right"));
    GSC_TRY(GSC_ROWS_REALS(rows, s->within[j],
                           (order - (double)h->num_cosets) / (order - 1)));
out:
    return status;
}

static int
add_neuron(gsc_rows *rows, const char *tensor, const gsc_neurons_found *s, size_t j,
           const gsc_group_run *run)
{
    int status = 0;
    bool constant = s->variance[j] < GSC_CONSTANT_NEURON || s->irrep_share[j] == 0;
    const gsc_irrep *irrep = &run->irreps.items[s->irrep[j]];
    double chance = (double)irrep->rank / ((double)run->group.order - 1);
    GSC_TRY(gsc_rows_text(rows, tensor));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)j));
    GSC_TRY(gsc_rows_real(rows, s->variance[j]));
    GSC_TRY(gsc_rows_text(rows, constant ? "none" : irrep->name));
    GSC_TRY(GSC_ROWS_REALS(rows, constant ? (double)NAN : s->irrep_share[j],
                           constant ? (double)NAN : chance));
    GSC_TRY(add_subgroup(rows, s, j, run));
out:
    return status;
}

int
gsc_group_fill_neurons(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_group_run *run = request->state;
    gsc_matrix w = {0};
    gsc_neurons_found s = {.m = 0};
    for (size_t which = 0; which < GSC_GROUP_MATRICES; which++) {
        GSC_TRY(gsc_group_matrix(request->loaded, which, &w));
        GSC_TRY(gsc_neurons_found_init(&s, &w, run));
        for (size_t j = 0; j < s.m; j++)
            GSC_TRY(add_neuron(rows, gsc_group_matrix_names[which], &s, j, run));
        gsc_neurons_found_free(&s);
        s = (gsc_neurons_found){.m = 0};
        gsc_matrix_free(&w);
    }
out:
    gsc_neurons_found_free(&s);
    gsc_matrix_free(&w);
    return status;
}
