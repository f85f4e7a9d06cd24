/* Irreducible representations of S_n: Young's orthogonal form.
 *
 * One a partition of n, with an axis a standard tableau T of that shape: 1 … n in its
 * boxes, growing along rows and columns. The transposition of i and i+1 is
 *
 *     s_i v_T = v_T / r + sqrt(1 - 1/r^2) v_T',    r = c_T(i+1) - c_T(i)
 *
 * where c is the content of a number's box, column less row, and T' has i and i+1
 * exchanged (Young, Proc. London Math. Soc. 34, 1932; James and Kerber, The
 * Representation Theory of the Symmetric Group, 1981, chapter 3). */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/task/group/irreps_parts.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of n = 6: the partition (3, 2, 1) has 16 tableaux, the most; 11 partitions. */
enum { MOST_POINTS = 6, MOST_TABLEAUX = 16, MOST_PARTITIONS = 11 };

typedef struct partition {
    size_t num_rows, rows[MOST_POINTS]; /* none grows */
} partition;

/* Where each number stands. */
typedef struct tableau {
    size_t row[MOST_POINTS];
    int content[MOST_POINTS];
} tableau;

typedef struct tableaux {
    size_t count;
    tableau items[MOST_TABLEAUX];
} tableaux;

/* ---- Partitions and their tableaux ---- */

/* All ways to go on with `left` boxes in rows no longer than the last. */
static void
list_partitions(size_t left, partition *p, partition *list, size_t *count)
{
    size_t most = p->num_rows ? p->rows[p->num_rows - 1] : left;
    if (left == 0) {
        assert(*count < MOST_PARTITIONS);
        list[(*count)++] = *p;
        return;
    }
    for (size_t row = most < left ? most : left; row > 0; row--) {
        p->rows[p->num_rows++] = row;
        list_partitions(left - row, p, list, count);
        p->num_rows--;
    }
}

/* All ways to go on with number `next` where filled[row] boxes are taken. */
static void
list_tableaux(const partition *p, size_t n, size_t next, size_t *filled, tableau *t,
              tableaux *list)
{
    if (next == n) {
        assert(list->count < MOST_TABLEAUX);
        list->items[list->count++] = *t;
        return;
    }
    for (size_t row = 0; row < p->num_rows; row++) {
        if (filled[row] == p->rows[row] || (row > 0 && filled[row] == filled[row - 1]))
            continue;
        t->row[next] = row;
        t->content[next] = (int)filled[row] - (int)row;
        filled[row]++;
        list_tableaux(p, n, next + 1, filled, t, list);
        filled[row]--;
    }
}

static size_t
find_tableau(const tableaux *list, const tableau *t, size_t n)
{
    size_t i = 0;
    while (memcmp(list->items[i].row, t->row, n * sizeof *t->row) != 0)
        i++;
    return i;
}

/* ---- Matrices ---- */

/* The matrix [d, d] of the transposition of numbers i and i + 1. */
static void
transpose_numbers(const tableaux *list, size_t n, size_t i, double *matrix)
{
    size_t d = list->count;
    memset(matrix, 0, d * d * sizeof *matrix);
    for (size_t k = 0; k < d; k++) {
        tableau t = list->items[k];
        double r = t.content[i + 1] - t.content[i];
        matrix[k * d + k] = 1 / r;
        if (r * r == 1) /* in one row or column, which T' would not be sorted in */
            continue;
        size_t row = t.row[i];
        t.row[i] = t.row[i + 1];
        t.row[i + 1] = row;
        matrix[find_tableau(list, &t, n) * d + k] = sqrt(1 - 1 / (r * r));
    }
}

static void
multiply(const double *a, const double *b, size_t d, double *c)
{
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++)
                sum += a[i * d + k] * b[k * d + j];
            c[i * d + j] = sum; /* C = A B */
        }
}

/* The element that exchanges points i and i + 1. */
static size_t
find_transposition(const gsc_group *group, size_t i)
{
    uint8_t image[MOST_POINTS], wanted[MOST_POINTS];
    size_t n = group->degree, x = 0;
    for (size_t k = 0; k < n; k++)
        wanted[k] = (uint8_t)(k == i ? i + 1 : k == i + 1 ? i : k);
    for (;; x++) {
        gsc_group_permutation(group, x, image);
        if (memcmp(image, wanted, n) == 0)
            return x;
    }
}

/* rho(x) in row x, by products along words as short as can be: elements in the order in
 * which they are reached from the identity, one transposition after the other. */
static int
spread(const gsc_group *group, const tableaux *list, double *rho)
{
    int status = 0;
    size_t n = group->degree, d = list->count, count = 1, swaps[MOST_POINTS];
    double generators[MOST_POINTS][MOST_TABLEAUX * MOST_TABLEAUX];
    uint16_t *queue = NULL;
    bool *reached = NULL;
    GSC_NEW(queue, group->order);
    GSC_NEW(reached, group->order);
    for (size_t i = 0; i + 1 < n; i++) {
        swaps[i] = find_transposition(group, i);
        transpose_numbers(list, n, i, generators[i]);
    }
    queue[0] = group->identity;
    reached[group->identity] = true;
    for (size_t i = 0; i < d; i++)
        rho[group->identity * d * d + i * d + i] = 1;
    for (size_t at = 0; at < count; at++)
        for (size_t i = 0; i + 1 < n; i++) {
            size_t x = queue[at], y = gsc_group_product(group, x, swaps[i]);
            if (reached[y])
                continue;
            reached[y] = true;
            queue[count++] = (uint16_t)y;
            multiply(rho + x * d * d, generators[i], d, rho + y * d * d);
        }
out:
    free(queue);
    free(reached);
    return status;
}

/* ---- Names ---- */

typedef struct known {
    const char *name;
    partition shape;
} known;

/* Of S_5 (Chughtai et al., arXiv 2302.03025). */
static const known of_five[] = {
    {"5d_a", {3, {2, 2, 1}}}, {"5d_b", {2, {3, 2}}}, {"6d", {3, {3, 1, 1}}}};

static bool
is_known(const partition *p, char *name, size_t bytes)
{
    for (size_t i = 0; i < sizeof of_five / sizeof *of_five; i++)
        if (p->num_rows == of_five[i].shape.num_rows &&
            memcmp(p->rows, of_five[i].shape.rows, p->num_rows * sizeof *p->rows) ==
                0) {
            snprintf(name, bytes, "%s", of_five[i].name);
            return true;
        }
    return false;
}

/* S_2 has a sign and no standard; of S_3 the standard is its own product with it. */
static void
name_partition(const partition *p, size_t n, char *name, size_t bytes)
{
    const char *word = p->rows[0] == n        ? "trivial"
                       : p->rows[0] == 1      ? "sign"
                       : p->rows[0] == n - 1  ? "standard"
                       : p->num_rows == n - 1 ? "standard_sign"
                                              : NULL;
    size_t length = 0;
    if (word)
        snprintf(name, bytes, "%s", word);
    if (word || (n == 5 && is_known(p, name, bytes)))
        return;
    for (size_t i = 0; i < p->num_rows; i++)
        length += (size_t)snprintf(name + length, bytes - length, "%c%zu",
                                   i == 0 ? '[' : ',', p->rows[i]);
    snprintf(name + length, bytes - length, "]");
}

int
gsc_irreps_symmetric(gsc_irreps *irreps, const gsc_group *group)
{
    int status = 0;
    size_t n = group->degree, count = 0;
    partition shape = {0}, shapes[MOST_PARTITIONS];
    assert(n <= MOST_POINTS);
    list_partitions(n, &shape, shapes, &count);
    GSC_TRY(gsc_irreps_reserve(irreps, group->order, count));
    for (size_t i = 0; i < count; i++) {
        gsc_irrep *irrep = &irreps->items[i];
        size_t filled[MOST_POINTS] = {0};
        tableau t = {0};
        tableaux list = {0};
        list_tableaux(&shapes[i], n, 0, filled, &t, &list);
        GSC_TRY(gsc_irrep_reserve(irrep, group->order, list.count, GSC_IRREP_REAL));
        name_partition(&shapes[i], n, irrep->name, sizeof irrep->name);
        irrep->trivial = i == 0; /* [n] comes first */
        GSC_TRY(spread(group, &list, irrep->basis));
        gsc_irrep_finish(irrep, group->order);
    }
    gsc_irreps_sort(irreps);
out:
    return status;
}
