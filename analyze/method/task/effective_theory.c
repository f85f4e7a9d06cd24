/* Parallelograms of a training set, and the loss that they make. */
#include "analyze/method/task/effective_theory.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>

/* Below it an eigenvalue of A^T A, a matrix of whole numbers, is 0: the constant of the
 * paper's program. */
static const double zero = 1e-8;

/* ---- The equations ---- */

static int
list_parallelograms(gsc_parallelograms *self)
{
    int status = 0;
    size_t p = self->p;
    for (size_t i = 0; i < p; i++)
        for (size_t n = i + 2; n < p; n++)
            self->count += (n - i) / 2;
    GSC_NEW(self->items, self->count);
    gsc_parallelogram *at = self->items;
    for (uint32_t i = 0; i < p; i++)
        for (uint32_t n = i + 2; n < p; n++)
            for (uint32_t j = i + 1; 2 * j <= i + n; j++)
                *at++ = (gsc_parallelogram){.i = i, .n = n, .j = j, .m = i + n - j};
out:
    return status;
}

/* shown [p, p] at the smaller and the larger symbol of each pair. */
static int
mark_pairs(const uint32_t *pairs, size_t num_pairs, size_t p, bool *shown)
{
    for (size_t k = 0; k < num_pairs; k++) {
        size_t a = pairs[2 * k], b = pairs[2 * k + 1];
        if (a >= p || b >= p)
            return gsc_fail(GSC_EARGUMENT, "training pair (%zu, %zu) of %zu symbols", a,
                            b, p);
        shown[a < b ? a * p + b : b * p + a] = true;
    }
    return 0;
}

static void
mark_shown(gsc_parallelograms *self, const bool *shown)
{
    for (size_t k = 0; k < self->count; k++) {
        gsc_parallelogram *g = &self->items[k];
        g->shown = shown[g->i * self->p + g->n] && shown[g->j * self->p + g->m];
        self->num_shown += g->shown;
    }
}

/* gram = A^T A, of the rows e_i + e_n - e_j - e_m. */
static void
add_equations(const gsc_parallelograms *self, bool all, gsc_matrix *gram)
{
    size_t p = self->p;
    for (size_t k = 0; k < self->count; k++) {
        const gsc_parallelogram *g = &self->items[k];
        const size_t at[] = {g->i, g->n, g->j, g->m};
        for (size_t u = 0; u < 4 && (all || g->shown); u++)
            for (size_t v = 0; v < 4; v++)
                gram->data[at[u] * p + at[v]] += (u < 2) == (v < 2) ? 1 : -1;
    }
}

int
gsc_equation_modes_init(gsc_equation_modes *self,
                        const gsc_parallelograms *parallelograms, bool all)
{
    int status = 0;
    gsc_matrix gram = {0};
    *self = (gsc_equation_modes){.values = NULL};
    GSC_TRY(gsc_matrix_init(&gram, parallelograms->p, parallelograms->p));
    GSC_NEW(self->values, parallelograms->p);
    add_equations(parallelograms, all, &gram);
    GSC_TRY(gsc_eigen_symmetric(&gram, self->values, &self->vectors));
out:
    gsc_matrix_free(&gram);
    if (status < 0)
        gsc_equation_modes_free(self);
    return status;
}

void
gsc_equation_modes_free(gsc_equation_modes *self)
{
    free(self->values);
    gsc_matrix_free(&self->vectors);
    *self = (gsc_equation_modes){.values = NULL};
}

/* ---- What a training set says ---- */

/* Whether all vectors of the null space satisfy an equation. */
static bool
is_implied(const gsc_parallelogram *g, const gsc_equation_modes *modes, size_t nullity)
{
    size_t p = modes->vectors.rows;
    double sum = 0;
    for (size_t k = p - nullity; k < p; k++) {
        const double *v = &modes->vectors.data[k * p];
        double off = v[g->i] + v[g->n] - v[g->j] - v[g->m];
        sum += off * off;
    }
    return sum < zero;
}

/* Pairs that are shown, and those that share an implied parallelogram with one. */
static double
share_reached(const gsc_parallelograms *self, const bool *shown, bool *reached)
{
    size_t p = self->p, count = 0;
    for (size_t k = 0; k < p * p; k++)
        reached[k] = shown[k];
    for (size_t k = 0; k < self->count; k++) {
        const gsc_parallelogram *g = &self->items[k];
        size_t outer = g->i * p + g->n, inner = g->j * p + g->m;
        reached[outer] |= g->implied && shown[inner];
        reached[inner] |= g->implied && shown[outer];
    }
    for (size_t k = 0; k < p * p; k++)
        count += reached[k];
    return (double)count / ((double)p * (double)(p + 1) / 2);
}

static int
find_implied(gsc_parallelograms *self)
{
    int status = 0;
    gsc_equation_modes modes;
    size_t nullity = 0;
    GSC_TRY(gsc_equation_modes_init(&modes, self, false));
    while (nullity < self->p && modes.values[self->p - 1 - nullity] < zero)
        nullity++;
    self->dof = nullity - 2; /* a shift and the regular row satisfy every equation */
    self->slowest = self->dof > 0 ? 0 : modes.values[self->p - 3];
    for (size_t k = 0; k < self->count; k++) {
        gsc_parallelogram *g = &self->items[k];
        g->implied = g->shown || is_implied(g, &modes, nullity);
        self->num_implied += g->implied;
    }
    gsc_equation_modes_free(&modes);
out:
    return status;
}

int
gsc_parallelograms_init(gsc_parallelograms *self, size_t p, const uint32_t *pairs,
                        size_t num_pairs)
{
    int status = 0;
    bool *shown = NULL, *reached = NULL;
    *self = (gsc_parallelograms){.p = p};
    if (p < 3 || p > GSC_MOST_SYMBOLS)
        return gsc_fail(GSC_EARGUMENT,
                        "the effective theory of %zu symbols: expected 3 to %d", p,
                        GSC_MOST_SYMBOLS);
    GSC_NEW(shown, p * p);
    GSC_NEW(reached, p * p);
    GSC_TRY(mark_pairs(pairs, num_pairs, p, shown));
    GSC_TRY(list_parallelograms(self));
    mark_shown(self, shown);
    GSC_TRY(find_implied(self));
    self->ideal_accuracy = share_reached(self, shown, reached);
out:
    free(shown);
    free(reached);
    if (status < 0)
        gsc_parallelograms_free(self);
    return status;
}

void
gsc_parallelograms_free(gsc_parallelograms *self)
{
    free(self->items);
    *self = (gsc_parallelograms){.items = NULL};
}

/* ---- The loss, and the path down it ---- */

/* l0 = sum_k value_k |c_k|^2, c [p, d] the coefficients of the modes. */
static double
loss_of(const gsc_equation_modes *modes, const double *c, size_t d)
{
    double l0 = 0;
    for (size_t k = 0; k < modes->vectors.rows; k++)
        for (size_t j = 0; j < d; j++)
            l0 += modes->values[k] * c[k * d + j] * c[k * d + j];
    return l0;
}

double
gsc_effective_loss(const gsc_equation_modes *modes, const gsc_matrix *e)
{
    size_t p = modes->vectors.rows, d = e->cols;
    double l0 = 0;
    for (size_t k = 0; k < p; k++)
        for (size_t j = 0; j < d; j++) {
            double c = 0; /* <v_k, E_j> */
            for (size_t i = 0; i < p; i++)
                c += modes->vectors.data[k * p + i] * e->data[i * d + j];
            l0 += modes->values[k] * c * c;
        }
    return l0 / gsc_matrix_squares(e);
}

int
gsc_effective_flow(const gsc_equation_modes *modes, double rate, int64_t steps,
                   gsc_matrix *e)
{
    int status = 0;
    size_t p = modes->vectors.rows, d = e->cols;
    double *c = NULL, z0 = gsc_matrix_squares(e);
    GSC_NEW(c, p * d);
    gsc_gemm_f64(false, false, p, d, p, 1, modes->vectors.data, p, e->data, d, 0, c, d);
    for (int64_t step = 0; step < steps; step++) {
        double l0 = loss_of(modes, c, d);
        for (size_t k = 0; k < p; k++)
            for (size_t j = 0; j < d; j++)
                c[k * d + j] *= 1 + rate * 2 / z0 * (l0 / z0 - modes->values[k]);
    }
    gsc_gemm_f64(true, false, p, d, p, 1, modes->vectors.data, p, c, d, 0, e->data, d);
out:
    free(c);
    return status;
}

/* ---- Training sets at random ---- */

/* All pairs in a random order, of which the first are taken. */
static void
shuffle_pairs(size_t p, uint64_t seed, uint32_t *order, uint32_t *pairs)
{
    size_t count = p * (p + 1) / 2, at = 0;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    gsc_rng_shuffle(order, count, seed, gsc_rng_stream("effective_theory:size"));
    for (uint32_t i = 0; i < p; i++)
        for (uint32_t j = i; j < p; j++, at++) {
            pairs[2 * order[at]] = i;
            pairs[2 * order[at] + 1] = j;
        }
}

int
gsc_training_size_draw(size_t p, size_t size, size_t draws, uint64_t seed,
                       gsc_training_size *found)
{
    int status = 0;
    gsc_parallelograms set = {.items = NULL};
    uint32_t *order = NULL, *pairs = NULL;
    size_t count = p * (p + 1) / 2;
    *found = (gsc_training_size){.regular = 0};
    if (size > count || draws == 0)
        return gsc_fail(GSC_EARGUMENT, "%zu draws of %zu of %zu pairs", draws, size,
                        count);
    GSC_NEW(order, count);
    GSC_NEW(pairs, 2 * count);
    for (size_t draw = 0; draw < draws; draw++) {
        shuffle_pairs(p, seed + draw, order, pairs);
        GSC_TRY(gsc_parallelograms_init(&set, p, pairs, size));
        found->regular += (set.dof == 0) / (double)draws;
        found->ideal_accuracy += set.ideal_accuracy / (double)draws;
        found->slowest += set.slowest / (double)draws;
        gsc_parallelograms_free(&set);
    }
out:
    free(order);
    free(pairs);
    return status;
}
