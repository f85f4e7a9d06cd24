/* The plane of one frequency. */
#include "analyze/maths/plane.h"

#include "grokscope/error.h"

#include "train/numeric/linalg.h"

#include <math.h>
#include <stdbool.h>

static const double two_pi = 6.283185307179586476925;

/* sqrt(2/p) cos(w n) and sin(w n). */
static void
unit_mode(const gsc_plane *plane, size_t n, double unit[2])
{
    double p = (double)plane->p, scale = sqrt(2 / p);
    double angle = two_pi * (double)(plane->k * n % plane->p) / p;
    unit[0] = scale * cos(angle);
    unit[1] = scale * sin(angle);
}

int
gsc_plane_init(gsc_plane *plane, const gsc_matrix *x, size_t k)
{
    int status = 0;
    size_t d = x->cols;
    *plane = (gsc_plane){.p = x->rows, .k = k, .dims = d < 2 ? d : 2};
    if (d == 0 || k == 0 || k >= (x->rows + 1) / 2) {
        status = gsc_fail(GSC_EARGUMENT,
                          "the plane of frequency %zu of a matrix [%zu, %zu]: expected "
                          "0 < frequency < %zu/2 and a column at least",
                          k, x->rows, d, x->rows);
        goto out;
    }
    GSC_TRY(gsc_matrix_init(&plane->modes, 2, d));
    for (size_t n = 0; n < x->rows; n++) {
        double unit[2];
        unit_mode(plane, n, unit);
        for (size_t j = 0; j < d; j++) {
            plane->modes.data[j] += unit[0] * x->data[n * d + j];
            plane->modes.data[d + j] += unit[1] * x->data[n * d + j];
        }
    }
    GSC_TRY(gsc_svd(&plane->modes, plane->singular_values, NULL, &plane->axes));
out:
    if (status < 0)
        gsc_plane_free(plane);
    return status;
}

void
gsc_plane_free(gsc_plane *plane)
{
    gsc_matrix_free(&plane->modes);
    gsc_matrix_free(&plane->axes);
    *plane = (gsc_plane){0};
}

double
gsc_plane_circularity(const gsc_plane *plane)
{
    double s1 = plane->singular_values[0], s2 = plane->singular_values[1];
    return s1 > 0 ? 2 * s1 * s2 / (s1 * s1 + s2 * s2) : 0;
}

void
gsc_plane_project(const gsc_plane *plane, const double *x, size_t n, double *y)
{
    size_t d = plane->axes.cols;
    for (size_t i = 0; i < n; i++)
        for (size_t axis = 0; axis < 2; axis++) {
            double sum = 0;
            for (size_t j = 0; axis < plane->dims && j < d; j++)
                sum += x[i * d + j] * plane->axes.data[axis * d + j];
            y[2 * i + axis] = sum;
        }
}

/* The orthogonal Q that maximises tr(Qᵀ M); false where any does. */
static bool
nearest_orthogonal(const double m[4], double q[4])
{
    double side = m[0] * m[3] - m[1] * m[2] < 0 ? -1 : 1;
    double c = m[0] + side * m[3], s = m[2] - side * m[1];
    double length = hypot(c, s);
    q[0] = c / length;
    q[1] = -side * s / length;
    q[2] = s / length;
    q[3] = side * c / length;
    return length > 0;
}

void
gsc_plane_orient(gsc_plane *plane)
{
    double m[4], q[4];
    if (plane->dims < 2)
        return;
    gsc_plane_project(plane, plane->modes.data, 2, m);
    if (!nearest_orthogonal(m, q))
        return;
    double *u = plane->axes.data, *v = u + plane->axes.cols;
    for (size_t j = 0; j < plane->axes.cols; j++) {
        double x = q[0] * u[j] + q[1] * v[j];
        v[j] = q[2] * u[j] + q[3] * v[j];
        u[j] = x;
    }
}

void
gsc_plane_remove(const gsc_plane *plane, gsc_matrix *x)
{
    size_t d = x->cols;
    for (size_t n = 0; n < x->rows; n++) {
        double unit[2];
        unit_mode(plane, n, unit);
        for (size_t j = 0; j < d; j++)
            x->data[n * d + j] -=
                unit[0] * plane->modes.data[j] + unit[1] * plane->modes.data[d + j];
    }
}

static double
inner(const double *x, const double *y, size_t d)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += x[j] * y[j];
    return sum;
}

/* Coordinates along A and along what B has beside it. */
typedef struct basis {
    const double *a, *b;
    double norm_a, along, norm_b; /* |A|, A . B / |A|, |b| */
} basis;

static basis
orthogonal_basis(const gsc_plane *plane)
{
    size_t d = plane->modes.cols;
    basis e = {.a = plane->modes.data, .b = plane->modes.data + d};
    e.norm_a = sqrt(inner(e.a, e.a, d));
    e.along = e.norm_a > 0 ? inner(e.a, e.b, d) / e.norm_a : 0;
    double whole = inner(e.b, e.b, d), left = whole - e.along * e.along;
    e.norm_b = left > 1e-20 * whole ? sqrt(left) : 0; /* rounding leaves some */
    return e;
}

static void
coordinates(const basis *e, const double *row, size_t d, double at[2])
{
    at[0] = inner(row, e->a, d) / e->norm_a;
    at[1] = e->norm_b > 0 ? (inner(row, e->b, d) - e->along * at[0]) / e->norm_b : 0;
}

void
gsc_plane_angles(const gsc_plane *plane, const gsc_matrix *x, double *angle)
{
    basis e = orthogonal_basis(plane);
    double mean[2] = {0, 0}, at[2];
    for (size_t i = 0; i < x->rows; i++) {
        coordinates(&e, x->data + i * x->cols, x->cols, at);
        mean[0] += at[0] / (double)x->rows;
        mean[1] += at[1] / (double)x->rows;
    }
    for (size_t i = 0; i < x->rows; i++) {
        coordinates(&e, x->data + i * x->cols, x->cols, at);
        angle[i] = e.norm_a > 0 ? atan2(at[1] - mean[1], at[0] - mean[0]) : NAN;
    }
}
