/* The table of the measure "groups" with what idealised neurons prove of a network. */
#include "analyze/measure/task/groups_bound.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/measure/task/groups_neurons.h"
#include "analyze/method/task/compact_bound.h"

#include <math.h>
#include <stdlib.h>

const gsc_column gsc_group_bound_columns[GSC_GROUP_BOUND_COLUMNS] = {
    {"ideal", GSC_CELL_TEXT, true,
     "what neurons are taken for: irrep, their main representation; coset, functions "
     "of the coset",
     false},
    {"explained", GSC_CELL_REAL, false,
     "share of the columns of x, y and U that are not taken for constant", false},
    {"accuracy", GSC_CELL_REAL, false, "share of all pairs that the network has right",
     false},
    {"ideal_accuracy", GSC_CELL_REAL, false, "that the idealised one has right", false},
    {"certified", GSC_CELL_REAL, false,
     "that the network has right by the bound: at most its accuracy", false},
    {"margin", GSC_CELL_REAL, false,
     "of the idealised network's right answer over the next, on average", false},
    {"distance", GSC_CELL_REAL, false,
     "by which the two networks' margins may differ, on average", false},
};

/* A neuron with less of its variance in one representation is taken for constant. */
static const double least_share = 0.95;

enum { BY_IRREP, BY_COSET, NUM_IDEALS };
static const char *const ideal_names[NUM_IDEALS] = {"irrep", "coset"};

/* ---- Idealised columns ---- */

static double
mean_of(const gsc_matrix *w, size_t j)
{
    double sum = 0;
    for (size_t x = 0; x < w->rows; x++)
        sum += w->data[x * w->cols + j];
    return sum / (double)w->rows;
}

/* column = its mean and what a representation has of it; the mean has no part in it. */
static void
project(const gsc_matrix *w, size_t j, const gsc_irrep *irrep, gsc_matrix *ideal)
{
    for (size_t r = 0; r < irrep->rank; r++) {
        double product = 0;
        for (size_t x = 0; x < w->rows; x++)
            product += irrep->basis[x * irrep->rank + r] * w->data[x * w->cols + j];
        for (size_t x = 0; x < w->rows; x++)
            ideal->data[x * w->cols + j] += product * irrep->basis[x * irrep->rank + r];
    }
}

/* column = its means over cosets; `sums` [cosets] is work. */
static void
average(const gsc_matrix *w, size_t j, const uint16_t *coset, size_t count,
        double *sums, gsc_matrix *ideal)
{
    double size = (double)w->rows / (double)count;
    for (size_t c = 0; c < count; c++)
        sums[c] = 0;
    for (size_t x = 0; x < w->rows; x++)
        sums[coset[x]] += w->data[x * w->cols + j];
    for (size_t x = 0; x < w->rows; x++)
        ideal->data[x * w->cols + j] = sums[coset[x]] / size;
}

/* Idealise a matrix; *explained grows by the columns that are not constant. */
static int
idealise(const gsc_matrix *w, const gsc_group_run *run, const gsc_neurons_found *found,
         int by, gsc_matrix *ideal, size_t *explained)
{
    int status = 0;
    double *sums = NULL;
    GSC_TRY(gsc_matrix_copy(w, ideal));
    GSC_NEW(sums, w->rows);
    for (size_t j = 0; j < w->cols; j++) {
        bool varies = found->variance[j] >= GSC_CONSTANT_NEURON;
        double mean = mean_of(w, j);
        for (size_t x = 0; x < w->rows; x++)
            ideal->data[x * w->cols + j] = mean;
        if (varies && by == BY_IRREP && found->irrep_share[j] > least_share) {
            project(w, j, &run->irreps.items[found->irrep[j]], ideal);
            ++*explained;
        } else if (varies && by == BY_COSET && found->subgroup[j] != SIZE_MAX) {
            const gsc_group_subgroup *h = &run->subgroups[found->subgroup[j]];
            average(w, j, h->cosets[found->side[j]], h->num_cosets, sums, ideal);
            ++*explained;
        }
    }
out:
    free(sums);
    return status;
}

/* ---- The network ---- */

/* Whether neurons of the first pairs are relu(x + y), and all that logits are made of.
 */
static int
is_one_layer(const gsc_measure_request *request, const gsc_group_run *run,
             const gsc_matrix *w, bool *is_it)
{
    int status = 0;
    gsc_group_evaluator g = {.group = NULL};
    size_t n = run->group.order, m = w[0].cols;
    double worst = 0, most = 0;
    GSC_TRY(gsc_group_evaluator_init(&g, request->loaded, &run->group));
    GSC_TRY(gsc_evaluator_run_block(&g.evaluator, request->loaded->weights,
                                    request->threads, 0, n, g.logits, g.neurons));
    *is_it = !g.has_other_path && g.map.rows == m && w[1].cols == m && w[2].cols == m;
    for (size_t i = 0; *is_it && i < n * m; i++) {
        double sum = w[0].data[i % m] + w[1].data[i];
        double own = gsc_element(g.evaluator.type, g.neurons, i);
        worst = fmax(worst, fabs(own - (sum > 0 ? sum : 0)));
        most = fmax(most, fabs(own));
    }
    *is_it = *is_it && worst <= 1e-4 * most;
out:
    gsc_group_evaluator_free(&g);
    return status;
}

static int
add_empty(gsc_rows *rows, int by)
{
    int status = 0;
    const double none = (double)NAN;
    GSC_TRY(gsc_rows_text(rows, ideal_names[by]));
    GSC_TRY(GSC_ROWS_REALS(rows, none, none, none, none, none, none));
out:
    return status;
}

static int
add_row(gsc_rows *rows, int by, const gsc_group_run *run, const gsc_matrix *own,
        const gsc_neurons_found *found)
{
    int status = 0;
    gsc_matrix ideal[GSC_GROUP_MATRICES] = {{0}};
    gsc_compact_bound b;
    size_t explained = 0;
    for (size_t i = 0; i < GSC_GROUP_MATRICES; i++)
        GSC_TRY(idealise(&own[i], run, &found[i], by, &ideal[i], &explained));
    const gsc_group_neurons a = {&own[0], &own[1], &own[2]},
                            c = {&ideal[0], &ideal[1], &ideal[2]};
    GSC_TRY(gsc_compact_bound_of(&run->group, &a, &c, &b));
    GSC_TRY(gsc_rows_text(rows, ideal_names[by]));
    double columns = (double)(GSC_GROUP_MATRICES * own[0].cols);
    GSC_TRY(GSC_ROWS_REALS(rows, (double)explained / columns, b.accuracy,
                           b.ideal_accuracy, b.certified, b.margin, b.distance));
out:
    for (size_t i = 0; i < GSC_GROUP_MATRICES; i++)
        gsc_matrix_free(&ideal[i]);
    return status;
}

int
gsc_group_fill_bound(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_group_run *run = request->state;
    gsc_matrix w[GSC_GROUP_MATRICES] = {{0}};
    gsc_neurons_found found[GSC_GROUP_MATRICES] = {{0}};
    bool is_it;
    for (size_t i = 0; i < GSC_GROUP_MATRICES; i++)
        GSC_TRY(gsc_group_matrix(request->loaded, i, &w[i]));
    GSC_TRY(is_one_layer(request, run, w, &is_it));
    for (size_t i = 0; i < GSC_GROUP_MATRICES; i++)
        GSC_TRY(gsc_neurons_found_init(&found[i], &w[i], run));
    for (int by = 0; by < NUM_IDEALS; by++)
        GSC_TRY(is_it ? add_row(rows, by, run, w, found) : add_empty(rows, by));
out:
    for (size_t i = 0; i < GSC_GROUP_MATRICES; i++) {
        gsc_neurons_found_free(&found[i]);
        gsc_matrix_free(&w[i]);
    }
    return status;
}
