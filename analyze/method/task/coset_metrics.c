/* Are rows of numbers, one an element of a group, alike within cosets? */
#include "analyze/method/task/coset_metrics.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/hot.h"

#include <math.h>
#include <stdlib.h>

/* ---- Variance ---- */

static int
check_cosets(const gsc_matrix *w, const uint16_t *coset, size_t count)
{
    if (w->rows == 0 || w->cols == 0)
        return gsc_fail(GSC_EARGUMENT, "cosets of a matrix [%zu, %zu]", w->rows,
                        w->cols);
    for (size_t x = 0; x < w->rows; x++)
        if (coset[x] >= count)
            return gsc_fail(GSC_EARGUMENT, "element %zu is in coset %d of %zu", x,
                            coset[x], count);
    return 0;
}

/* Rows about their mean, and the sums of those of each coset. */
typedef struct coset_sums {
    gsc_matrix centred;
    double *sums;  /* [count, m] */
    double *sizes; /* [count] */
} coset_sums;

static void
free_sums(coset_sums *s)
{
    gsc_matrix_free(&s->centred);
    free(s->sums);
    free(s->sizes);
}

static int
find_sums(coset_sums *s, const gsc_matrix *w, const uint16_t *coset, size_t count)
{
    int status = 0;
    size_t m = w->cols;
    double *mean = NULL;
    *s = (coset_sums){.sums = NULL};
    GSC_TRY(check_cosets(w, coset, count));
    GSC_TRY(gsc_matrix_copy(w, &s->centred));
    GSC_NEW(mean, m);
    gsc_matrix_centre(&s->centred, mean);
    GSC_NEW(s->sums, count * m);
    GSC_NEW(s->sizes, count);
    for (size_t x = 0; x < w->rows; x++) {
        s->sizes[coset[x]]++;
        for (size_t j = 0; j < m; j++)
            s->sums[coset[x] * m + j] += s->centred.data[x * m + j];
    }
out:
    free(mean);
    return status;
}

int
gsc_coset_metrics_variance(const gsc_matrix *w, const uint16_t *coset, size_t count,
                           gsc_coset_share *share)
{
    int status = 0;
    size_t m = w->cols;
    double between = 0;
    coset_sums s;
    GSC_TRY(find_sums(&s, w, coset, count));
    for (size_t c = 0; c < count; c++)
        if (s.sizes[c] > 0)
            between +=
                gsc_matrix_squares(&(gsc_matrix){1, m, s.sums + c * m}) / s.sizes[c];
    share->share = between / gsc_matrix_squares(&s.centred);
    share->chance = (double)(count - 1) / (double)(w->rows - 1);
out:
    free_sums(&s);
    return status;
}

int
gsc_coset_metrics_within(const gsc_matrix *w, const uint16_t *coset, size_t count,
                         double *within)
{
    int status = 0;
    size_t m = w->cols;
    coset_sums s;
    GSC_TRY(find_sums(&s, w, coset, count));
    for (size_t j = 0; j < m; j++) {
        double all = 0, rest = 0;
        for (size_t x = 0; x < w->rows; x++) {
            double value = s.centred.data[x * m + j];
            double off = value - s.sums[coset[x] * m + j] / s.sizes[coset[x]];
            all += value * value;
            rest += off * off;
        }
        within[j] = all > 0 ? rest / all : (double)NAN;
    }
out:
    free_sums(&s);
    return status;
}

/* ---- Neighbours ---- */

typedef struct neighbour {
    double distance; /* its square */
    uint16_t row;
} neighbour;

static int
by_distance(const void *a, const void *b)
{
    const neighbour *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Differences, not products: the distance of equal rows is 0 to the bit. */
static GSC_HOT double
squared_distance(const double *a, const double *b, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

int
gsc_nearest_init(gsc_nearest *nearest, const gsc_matrix *w)
{
    int status = 0;
    size_t order = w->rows, m = w->cols;
    neighbour *others = NULL;
    *nearest = (gsc_nearest){.order = order};
    if (order == 0 || order > UINT16_MAX + 1)
        return gsc_fail(GSC_EARGUMENT, "neighbours among %zu rows, expected 1 to %d",
                        order, UINT16_MAX + 1);
    GSC_NEW(others, order);
    GSC_NEW(nearest->rows, order * (order - 1));
    for (size_t x = 0; x < order; x++) {
        size_t count = 0;
        for (size_t y = 0; y < order; y++)
            if (y != x)
                others[count++] = (neighbour){
                    squared_distance(w->data + x * m, w->data + y * m, m), (uint16_t)y};
        qsort(others, count, sizeof *others, by_distance);
        for (size_t i = 0; i < count; i++)
            nearest->rows[x * (order - 1) + i] = others[i].row;
    }
out:
    free(others);
    if (status < 0)
        gsc_nearest_free(nearest);
    return status;
}

void
gsc_nearest_free(gsc_nearest *nearest)
{
    free(nearest->rows);
    *nearest = (gsc_nearest){0};
}

gsc_coset_share
gsc_coset_metrics_neighbours(const gsc_nearest *nearest, const uint16_t *coset,
                             size_t size)
{
    size_t others = nearest->order - 1, near = size - 1, same = 0;
    for (size_t x = 0; x < nearest->order; x++)
        for (size_t i = 0; i < near; i++)
            same += coset[nearest->rows[x * others + i]] == coset[x];
    return (gsc_coset_share){(double)same / (double)(nearest->order * near),
                             (double)near / (double)others};
}
