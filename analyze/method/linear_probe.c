/* Linear probes. */
#include "analyze/method/linear_probe.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are multiplied at once. */
enum { BLOCK = 512 };

/* ---- What all labels share ---- */

/* As seen from the first row, so that what is constant is 0 to the last bit. */
static void
find_mean(const double *x, size_t d, gsc_probe_rows rows, double *mean)
{
    const double *first = x + rows.rows[0] * d;
    memset(mean, 0, d * sizeof *mean);
    for (size_t i = 0; i < rows.count; i++)
        for (size_t j = 0; j < d; j++)
            mean[j] += x[rows.rows[i] * d + j] - first[j];
    for (size_t j = 0; j < d; j++)
        mean[j] = first[j] + mean[j] / (double)rows.count;
}

/* block [BLOCK, d]: rows first … of x less a mean; how many. */
static size_t
take_block(const gsc_matrix *x, gsc_probe_rows rows, size_t first, const double *mean,
           double *block)
{
    size_t count = rows.count - first < BLOCK ? rows.count - first : BLOCK, d = x->cols;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < d; j++)
            block[i * d + j] = x->data[rows.rows[first + i] * d + j] - mean[j];
    return count;
}

static int
add_squares(gsc_linear_probe *p)
{
    int status = 0;
    size_t d = p->x->cols;
    double *block = NULL;
    GSC_NEW(block, BLOCK * d);
    for (size_t first = 0; first < p->fitted.count; first += BLOCK) {
        size_t count = take_block(p->x, p->fitted, first, p->mean, block);
        gsc_gemm_f64(true, false, d, d, count, 1, block, d, block, d, 1, p->factor.data,
                     d); /* Xᵀ X */
    }
out:
    free(block);
    return status;
}

/* What is constant has no scale, and any ridge will do. */
static void
add_ridge(gsc_matrix *squares, double ridge)
{
    double trace = 0;
    size_t d = squares->rows;
    for (size_t j = 0; j < d; j++)
        trace += squares->data[j * d + j];
    for (size_t j = 0; j < d; j++)
        squares->data[j * d + j] += trace > 0 ? ridge * trace / (double)d : 1;
}

int
gsc_linear_probe_init(gsc_linear_probe *p, const gsc_matrix *x, gsc_probe_rows fitted,
                      gsc_probe_rows held_out, double ridge)
{
    int status = 0;
    *p = (gsc_linear_probe){.x = x, .fitted = fitted, .held_out = held_out};
    if (fitted.count == 0 || x->cols == 0)
        return gsc_fail(GSC_EARGUMENT, "a probe of %zu numbers is fitted on %zu rows",
                        x->cols, fitted.count);
    GSC_NEW(p->mean, x->cols);
    find_mean(x->data, x->cols, fitted, p->mean);
    GSC_TRY(gsc_matrix_init(&p->factor, x->cols, x->cols));
    GSC_TRY(add_squares(p));
    add_ridge(&p->factor, ridge);
    GSC_TRY(gsc_cholesky(&p->factor));
out:
    if (status < 0)
        gsc_linear_probe_free(p);
    return status;
}

void
gsc_linear_probe_free(gsc_linear_probe *p)
{
    free(p->mean);
    gsc_matrix_free(&p->factor);
    *p = (gsc_linear_probe){.x = NULL};
}

/* ---- A label ---- */

/* b = mean y - W mean x, b having mean y before. */
static void
move_intercept(const gsc_linear_probe *p, const gsc_matrix *w, double *b)
{
    for (size_t c = 0; c < w->rows; c++)
        for (size_t j = 0; j < w->cols; j++)
            b[c] -= w->data[c * w->cols + j] * p->mean[j];
}

/* w [k, d] = Yᵀ X before it is solved: of classes, sums of the rows of each. */
static int
fit_classes(const gsc_linear_probe *p, const uint32_t *classes, gsc_matrix *w,
            double *b)
{
    int status = 0;
    size_t d = p->x->cols;
    for (size_t i = 0; i < p->fitted.count; i++) {
        uint32_t row = p->fitted.rows[i], c = classes[row];
        b[c] += 1 / (double)p->fitted.count;
        for (size_t j = 0; j < d; j++)
            w->data[c * d + j] += p->x->data[row * d + j] - p->mean[j];
    }
    GSC_TRY(gsc_cholesky_solve(&p->factor, w));
    move_intercept(p, w, b);
out:
    return status;
}

static size_t
largest(const double *values, size_t count)
{
    size_t at = 0;
    for (size_t i = 1; i < count; i++)
        at = values[i] > values[at] ? i : at;
    return at;
}

/* What the outputs of a block of rows [count, k] add to a score. */
typedef void judge(void *context, const uint32_t *rows, size_t count,
                   const double *outputs);

static int
run(const gsc_linear_probe *p, gsc_probe_rows rows, const gsc_matrix *w,
    const double *b, judge *see, void *context)
{
    int status = 0;
    size_t d = p->x->cols, k = w->rows;
    double *block = NULL, *outputs = NULL, *none = NULL;
    GSC_NEW(block, BLOCK * d);
    GSC_NEW(outputs, BLOCK * k);
    GSC_NEW(none, d);
    for (size_t first = 0; first < rows.count; first += BLOCK) {
        size_t count = take_block(p->x, rows, first, none, block);
        for (size_t i = 0; i < count; i++)
            memcpy(outputs + i * k, b, k * sizeof *b);
        gsc_gemm_f64(false, true, count, k, d, 1, block, d, w->data, d, 1, outputs,
                     k); /* X Wᵀ + b */
        see(context, rows.rows + first, count, outputs);
    }
out:
    free(block);
    free(outputs);
    free(none);
    return status;
}

typedef struct counted {
    const uint32_t *classes;
    size_t num_classes, right;
} counted;

static void
count_right(void *context, const uint32_t *rows, size_t count, const double *outputs)
{
    counted *c = context;
    for (size_t i = 0; i < count; i++)
        c->right += largest(outputs + i * c->num_classes, c->num_classes) ==
                    c->classes[rows[i]];
}

static int
share_right(const gsc_linear_probe *p, gsc_probe_rows rows, const uint32_t *classes,
            const gsc_matrix *w, const double *b, double *share)
{
    counted c = {.classes = classes, .num_classes = w->rows};
    int status = run(p, rows, w, b, count_right, &c);
    *share = rows.count > 0 ? (double)c.right / (double)rows.count : (double)NAN;
    return status;
}

int
gsc_linear_probe_classes(const gsc_linear_probe *p, const uint32_t *classes,
                         size_t num_classes, gsc_matrix *w, double *b,
                         gsc_probe_score *accuracy)
{
    int status = 0;
    gsc_matrix weights = {0};
    double *intercepts = NULL;
    GSC_TRY(gsc_matrix_init(&weights, num_classes, p->x->cols));
    GSC_NEW(intercepts, num_classes);
    GSC_TRY(fit_classes(p, classes, &weights, intercepts));
    GSC_TRY(
        share_right(p, p->fitted, classes, &weights, intercepts, &accuracy->fitted));
    GSC_TRY(share_right(p, p->held_out, classes, &weights, intercepts,
                        &accuracy->held_out));
    if (b)
        memcpy(b, intercepts, num_classes * sizeof *b);
    if (w) {
        *w = weights;
        weights = (gsc_matrix){0};
    }
out:
    gsc_matrix_free(&weights);
    free(intercepts);
    return status;
}

/* ---- Numbers ---- */

static int
fit_numbers(const gsc_linear_probe *p, const double *y, gsc_matrix *w, double *b)
{
    int status = 0;
    size_t d = p->x->cols, k = w->rows;
    find_mean(y, k, p->fitted, b);
    for (size_t i = 0; i < p->fitted.count; i++) {
        uint32_t row = p->fitted.rows[i];
        for (size_t c = 0; c < k; c++) {
            for (size_t j = 0; j < d; j++)
                w->data[c * d + j] +=
                    y[row * k + c] * (p->x->data[row * d + j] - p->mean[j]);
        }
    }
    GSC_TRY(gsc_cholesky_solve(&p->factor, w));
    move_intercept(p, w, b);
out:
    return status;
}

typedef struct errors {
    const double *y;
    size_t width;
    double squares;
} errors;

static void
add_errors(void *context, const uint32_t *rows, size_t count, const double *outputs)
{
    errors *e = context;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < e->width; c++)
            e->squares +=
                pow(outputs[i * e->width + c] - e->y[rows[i] * e->width + c], 2);
}

/* sum |y - mean y|^2 over rows; mean [width] is work. */
static double
spread_of(const double *y, size_t width, gsc_probe_rows rows, double *mean)
{
    double squares = 0;
    find_mean(y, width, rows, mean);
    for (size_t i = 0; i < rows.count; i++)
        for (size_t c = 0; c < width; c++)
            squares += pow(y[rows.rows[i] * width + c] - mean[c], 2);
    return squares;
}

/* NaN where no row is judged. */
static int
explained(const gsc_linear_probe *p, gsc_probe_rows rows, const double *y,
          const gsc_matrix *w, const double *b, double *r2)
{
    int status = 0;
    errors e = {.y = y, .width = w->rows};
    double *mean = NULL, all = 0;
    GSC_NEW(mean, w->rows);
    GSC_TRY(run(p, rows, w, b, add_errors, &e));
    if (rows.count > 0)
        all = spread_of(y, w->rows, rows, mean);
    *r2 = all > 0 ? 1 - e.squares / all : (double)NAN;
out:
    free(mean);
    return status;
}

int
gsc_linear_probe_numbers(const gsc_linear_probe *p, const double *y, size_t width,
                         gsc_probe_score *r2)
{
    int status = 0;
    gsc_matrix w = {0};
    double *b = NULL;
    GSC_TRY(gsc_matrix_init(&w, width, p->x->cols));
    GSC_NEW(b, width);
    GSC_TRY(fit_numbers(p, y, &w, b));
    GSC_TRY(explained(p, p->fitted, y, &w, b, &r2->fitted));
    GSC_TRY(explained(p, p->held_out, y, &w, b, &r2->held_out));
out:
    gsc_matrix_free(&w);
    free(b);
    return status;
}

/* ---- What to hold it against ---- */

double
gsc_linear_probe_chance(const gsc_linear_probe *p, const uint32_t *classes,
                        size_t num_classes, size_t *counts)
{
    size_t most = 0, right = 0;
    memset(counts, 0, num_classes * sizeof *counts);
    for (size_t i = 0; i < p->fitted.count; i++)
        counts[classes[p->fitted.rows[i]]]++;
    for (size_t c = 1; c < num_classes; c++)
        most = counts[c] > counts[most] ? c : most;
    for (size_t i = 0; i < p->held_out.count; i++)
        right += classes[p->held_out.rows[i]] == most;
    return (double)right / (double)p->held_out.count;
}

void
gsc_probe_control(const uint32_t *types, size_t n, size_t num_types, uint64_t seed,
                  uint64_t stream, uint32_t *work, uint32_t *from)
{
    uint32_t *order = work, *row = work + num_types;
    for (size_t t = 0; t < num_types; t++)
        order[t] = (uint32_t)t;
    for (size_t i = n; i-- > 0;)
        row[types[i]] = (uint32_t)i; /* the first of each type */
    gsc_rng_shuffle(order, num_types, seed, stream);
    for (size_t i = 0; i < n; i++)
        from[i] = row[order[types[i]]];
}
