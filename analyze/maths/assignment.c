/* The best assignment of rows to columns.
 *
 * Rows come in one after the other. The cheapest way to let another one in is a path
 * that alternates between columns and the rows that have them; it is found as
 * Dijkstra finds one, over costs reduced by the prices u of rows and v of columns,
 * which stay >= 0 and are 0 for every row with its column. */
#include "analyze/maths/assignment.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct search {
    const gsc_matrix *gain; /* no more rows than columns */
    double *u, *v;          /* prices of rows and columns */
    size_t *row_of;         /* [cols] which row has the column, or GSC_UNASSIGNED */
    double *distance;       /* [cols] of the cheapest path so far */
    size_t *before;         /* [cols] the row that it comes from */
    size_t *open;           /* the columns not reached for good, `num_open` of them */
    size_t num_open;
    double length; /* of the path to the column reached last */
} search;

static void
free_search(search *s)
{
    free(s->u);
    free(s->v);
    free(s->row_of);
    free(s->distance);
    free(s->before);
    free(s->open);
}

static int
init_search(search *s, const gsc_matrix *gain)
{
    int status = 0;
    s->gain = gain;
    GSC_NEW(s->u, gain->rows);
    GSC_NEW(s->v, gain->cols);
    GSC_NEW(s->row_of, gain->cols);
    GSC_NEW(s->distance, gain->cols);
    GSC_NEW(s->before, gain->cols);
    GSC_NEW(s->open, gain->cols);
    for (size_t j = 0; j < gain->cols; j++)
        s->row_of[j] = GSC_UNASSIGNED;
out:
    return status;
}

/* Lengthen the path that ends in `row` to every open column; the place in `open` of
 * the nearest. Of equally near ones a free column comes first, then the lowest. */
static size_t
reach(search *s, size_t row)
{
    const double *gain = &s->gain->data[row * s->gain->cols];
    size_t nearest = 0;
    for (size_t k = 0; k < s->num_open; k++) {
        size_t j = s->open[k], best = s->open[nearest];
        double length = s->length + (-gain[j] - s->u[row] - s->v[j]);
        if (length < s->distance[j]) {
            s->distance[j] = length;
            s->before[j] = row;
        }
        double gap = s->distance[j] - s->distance[best];
        bool is_free = s->row_of[j] == GSC_UNASSIGNED;
        bool best_is_free = s->row_of[best] == GSC_UNASSIGNED;
        if (gap < 0 || (gap == 0 && (is_free != best_is_free ? is_free : j < best)))
            nearest = k;
    }
    return nearest;
}

/* The prices under which the columns of the path, and the rows that have them, cost
 * nothing again. */
static void
update_prices(search *s, size_t row, size_t num_reached)
{
    s->u[row] += s->length;
    for (size_t k = 0; k < num_reached; k++) {
        size_t j = s->open[s->num_open + k];
        if (s->row_of[j] == GSC_UNASSIGNED)
            continue;
        s->u[s->row_of[j]] += s->length - s->distance[j];
        s->v[j] -= s->length - s->distance[j];
    }
}

/* Along the path from its free column back to `row` every row gets the next column. */
static void
augment(search *s, size_t row, size_t j, size_t *column)
{
    for (size_t i = GSC_UNASSIGNED; i != row;) {
        i = s->before[j];
        size_t given_up = column[i];
        column[i] = j;
        s->row_of[j] = i;
        j = given_up;
    }
}

/* Let a row in. Columns reached for good stand after the open ones. */
static void
add_row(search *s, size_t row, size_t *column)
{
    size_t j = GSC_UNASSIGNED, n = s->gain->cols;
    s->length = 0;
    s->num_open = n;
    for (size_t k = 0; k < n; k++) {
        s->open[k] = k;
        s->distance[k] = INFINITY;
    }
    for (size_t i = row; i != GSC_UNASSIGNED; i = s->row_of[j]) {
        size_t k = reach(s, i);
        j = s->open[k];
        s->length = s->distance[j];
        s->open[k] = s->open[--s->num_open];
        s->open[s->num_open] = j;
    }
    update_prices(s, row, n - s->num_open);
    augment(s, row, j, column);
}

static int
assign(const gsc_matrix *gain, size_t *column)
{
    int status = 0;
    search s = {.gain = NULL};
    GSC_TRY(init_search(&s, gain));
    for (size_t i = 0; i < gain->rows; i++)
        column[i] = GSC_UNASSIGNED;
    for (size_t i = 0; i < gain->rows; i++)
        add_row(&s, i, column);
out:
    free_search(&s);
    return status;
}

/* Columns choose rows where there are fewer of them. */
static int
assign_columns(const gsc_matrix *gain, size_t *column)
{
    int status = 0;
    gsc_matrix turned = {0};
    size_t *row = NULL;
    GSC_TRY(gsc_matrix_transpose(gain, &turned));
    GSC_NEW(row, turned.rows);
    GSC_TRY(assign(&turned, row));
    for (size_t i = 0; i < gain->rows; i++)
        column[i] = GSC_UNASSIGNED;
    for (size_t j = 0; j < turned.rows; j++)
        column[row[j]] = j;
out:
    gsc_matrix_free(&turned);
    free(row);
    return status;
}

int
gsc_assignment(const gsc_matrix *gain, size_t *column)
{
    if (gain->rows == 0 || gain->cols == 0)
        return gsc_fail(GSC_EARGUMENT, "an assignment over a matrix [%zu, %zu]",
                        gain->rows, gain->cols);
    for (size_t i = 0; i < gain->rows * gain->cols; i++)
        if (!isfinite(gain->data[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "assignment: element (%zu, %zu) is %g, not a finite number",
                            i / gain->cols, i % gain->cols, gain->data[i]);
    return gain->rows <= gain->cols ? assign(gain, column)
                                    : assign_columns(gain, column);
}
