/* The circuit of one frequency: leave one circle out. */
#include "grokscope/circle.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/plane.h"
#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double two_pi = 6.283185307179586476925;

/* ---- The embedding ---- */

int
gsc_circle_remove(const gsc_matrix *embedding, size_t k, gsc_matrix *rest)
{
    int status = 0;
    gsc_plane plane = {0};
    *rest = (gsc_matrix){0};
    GSC_TRY(gsc_plane_init(&plane, embedding, k));
    GSC_TRY(gsc_matrix_copy(embedding, rest));
    gsc_plane_remove(&plane, rest);
out:
    gsc_plane_free(&plane);
    return status;
}

/* |E - mean|^2 over the rows. */
static double
varying_power(const gsc_matrix *embedding)
{
    double sum = 0;
    for (size_t j = 0; j < embedding->cols; j++) {
        const double *x = &embedding->data[j];
        double mean = 0;
        for (size_t i = 0; i < embedding->rows; i++)
            mean += x[i * embedding->cols] / (double)embedding->rows;
        for (size_t i = 0; i < embedding->rows; i++) {
            double y = x[i * embedding->cols] - mean;
            sum += y * y;
        }
    }
    return sum;
}

int
gsc_circle_describe(const gsc_matrix *embedding, size_t k, gsc_circle_shape *shape)
{
    int status = 0;
    gsc_plane plane = {0};
    GSC_TRY(gsc_plane_init(&plane, embedding, k));
    const double *s = plane.singular_values;
    double power = varying_power(embedding);
    shape->circularity = gsc_plane_circularity(&plane);
    shape->share = power > 0 ? (s[0] * s[0] + s[1] * s[1]) / power : 0;
out:
    gsc_plane_free(&plane);
    return status;
}

/* ---- The logits ---- */

/* A pass over L and dL, one residue a at a time. */
typedef struct pass {
    size_t p;
    const double *logits, *without;
    float *basis;   /* F [p, p] */
    float *change;  /* dL of one a, [p, p] */
    float *modes;   /* dL Fᵀ, [p, p] */
    double *power;  /* of every row of F in dL, [p] */
    double *row;    /* dL of one pair, [p] */
    double norm;    /* |L|^2, centred over c */
    double changed; /* |dL|^2, centred over c */
} pass;

/* |x|^2 about its mean. */
static GSC_HOT double
centred_norm(const double *x, size_t n)
{
    double mean = 0, sum = 0;
#pragma omp simd reduction(+ : mean)
    for (size_t i = 0; i < n; i++)
        mean += x[i];
    mean /= (double)n;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum;
}

static GSC_HOT void
subtract(const double *x, const double *y, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] - y[i];
}

static GSC_HOT void
narrow(const double *x, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)x[i];
}

static GSC_HOT void
add_squares(const float *x, size_t n, double *sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)x[i] * (double)x[i];
}

static int
narrow_basis(pass *x)
{
    int status = 0;
    gsc_matrix basis = {0};
    GSC_TRY(gsc_dft_basis(x->p, &basis));
    for (size_t i = 0; i < x->p * x->p; i++)
        x->basis[i] = (float)basis.data[i];
out:
    gsc_matrix_free(&basis);
    return status;
}

/* All powers, of which float32 is enough to find the largest: p^4 flops twice. What is
 * reported of it is then summed up in float64. */
static int
add_powers(pass *x)
{
    size_t p = x->p;
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            size_t at = (a * p + b) * p;
            subtract(&x->logits[at], &x->without[at], p, x->row);
            narrow(x->row, p, &x->change[b * p]);
            x->norm += centred_norm(&x->logits[at], p);
            x->changed += centred_norm(x->row, p);
        }
        gsc_gemm_f32(false, true, p, p, p, 1, x->change, p, x->basis, p, 0, x->modes,
                     p); /* modes = dL Fᵀ */
        for (size_t b = 0; b < p; b++)
            add_squares(&x->modes[b * p], p, x->power);
    }
    if (!isfinite(x->changed + x->norm))
        return gsc_fail(GSC_ENUMERIC, "logits of %zu residues: not all are finite", p);
    return 0;
}

/* o; 0 where nothing changed. */
static size_t
find_output(const pass *x)
{
    size_t output = 0;
    double strongest = 0;
    for (size_t k = 1; 2 * k < x->p && x->changed > 0; k++) {
        double power = x->power[2 * k - 1] + x->power[2 * k];
        if (power > strongest) {
            strongest = power;
            output = k;
        }
    }
    return output;
}

/* The part of every frequency but the constant. */
static void
find_shares(const pass *x, double *shares)
{
    double all = 0;
    for (size_t i = 1; i < x->p; i++)
        all += x->power[i];
    memset(shares, 0, (x->p / 2 + 1) * sizeof *shares);
    for (size_t i = 1; i < x->p && x->changed > 0 && all > 0; i++)
        shares[(i + 1) / 2] += x->power[i] / all;
}

/* G of the pairs (a, 0 … p-1) from change [p, p] and the table of e^(i w_o t), [p]. */
static GSC_HOT void
amplitudes_at(const double *change, size_t p, size_t a, const double *cosine,
              const double *sine, double *re, double *im)
{
    for (size_t b = 0; b < p; b++) {
        double x = 0, y = 0;
#pragma omp simd reduction(+ : x, y)
        for (size_t c = 0; c < p; c++) {
            x += change[b * p + c] * cosine[c];
            y -= change[b * p + c] * sine[c];
        }
        double turn_cos = cosine[(a + b) % p], turn_sin = sine[(a + b) % p];
        re[b] = 2 * (x * turn_cos - y * turn_sin) / (double)p;
        im[b] = 2 * (x * turn_sin + y * turn_cos) / (double)p;
    }
}

static void
fill_modes(size_t p, size_t k, double *cosine, double *sine)
{
    for (size_t t = 0; t < p; t++) {
        double angle = two_pi * (double)(k * t % p) / (double)p;
        cosine[t] = cos(angle);
        sine[t] = sin(angle);
    }
}

int
gsc_circle_amplitudes(const double *change, size_t p, size_t output, double *re,
                      double *im)
{
    int status = 0;
    double *cosine = NULL, *sine = NULL;
    if (p == 0)
        return gsc_fail(GSC_EARGUMENT, "amplitudes of a network over 0 residues");
    GSC_NEW(cosine, p);
    GSC_NEW(sine, p);
    fill_modes(p, output, cosine, sine);
    for (size_t a = 0; a < p; a++)
        amplitudes_at(&change[a * p * p], p, a, cosine, sine, &re[a * p], &im[a * p]);
out:
    free(cosine);
    free(sine);
    return status;
}

/* r: the mean of g at the distances where o d is next to p/2, over g(0). */
static double
far_ratio(const double *profile, size_t p, size_t output)
{
    size_t least = p, count = 0;
    double sum = 0;
    for (size_t d = 0; d < p; d++) {
        size_t turn = 2 * (output * d % p); /* cos falls as this nears p */
        size_t off = turn < p ? p - turn : turn - p;
        if (off < least) {
            least = off;
            sum = 0;
            count = 0;
        }
        if (off == least) {
            sum += profile[d];
            count++;
        }
    }
    return sum / (double)count / profile[0];
}

/* Profile and shares of the change at output frequency o. */
static int
profile_of(const pass *x, double *profile, gsc_circle_effect *effect)
{
    int status = 0;
    size_t p = x->p, n = p * p;
    double *work = NULL, *change = NULL, all = 0, kept = 0;
    GSC_NEW(work, 5 * p);
    GSC_NEW(change, n);
    double *cosine = work, *sine = work + p, *re = work + 2 * p, *im = work + 3 * p;
    double *imaginary = work + 4 * p;
    fill_modes(p, effect->output, cosine, sine);
    memset(profile, 0, p * sizeof *profile);
    for (size_t a = 0; a < p; a++) {
        subtract(&x->logits[a * n], &x->without[a * n], n, change);
        amplitudes_at(change, p, a, cosine, sine, re, im);
        for (size_t b = 0; b < p; b++) {
            size_t d = (a + p - b) % p;
            profile[d] += re[b] / (double)p;
            imaginary[d] += im[b] / (double)p;
            all += re[b] * re[b] + im[b] * im[b];
        }
    }
    for (size_t d = 0; d < p; d++)
        kept += profile[d] * profile[d] + imaginary[d] * imaginary[d];
    effect->output_share = (double)p / 2 * all / x->changed; /* |dL_o|^2 = p/2 |G|^2 */
    effect->profile_share = (double)p * kept / all;
    effect->ratio = far_ratio(profile, p, effect->output);
out:
    free(work);
    free(change);
    return status;
}

int
gsc_circle_measure(const double *logits, const double *without, size_t p, size_t k,
                   gsc_circle_effect *effect, double *profile, double *shares)
{
    int status = 0;
    pass x = {.p = p, .logits = logits, .without = without};
    double *own_profile = NULL;
    if (p < 3)
        return gsc_fail(GSC_EARGUMENT, "circles of %zu residues: expected at least 3",
                        p);
    *effect = (gsc_circle_effect){
        .k = k, .output_share = NAN, .profile_share = NAN, .ratio = NAN};
    GSC_NEW(x.basis, p * p);
    GSC_NEW(x.change, p * p);
    GSC_NEW(x.modes, p * p);
    GSC_NEW(x.power, p);
    GSC_NEW(x.row, p);
    GSC_NEW(own_profile, p);
    GSC_TRY(narrow_basis(&x));
    GSC_TRY(add_powers(&x));
    effect->effect = sqrt(x.changed) / sqrt(x.norm);
    effect->output = find_output(&x);
    if (shares)
        find_shares(&x, shares);
    if (effect->output > 0)
        GSC_TRY(profile_of(&x, profile ? profile : own_profile, effect));
out:
    free(x.basis);
    free(x.change);
    free(x.modes);
    free(x.power);
    free(x.row);
    free(own_profile);
    return status;
}

/* ---- The gradients ---- */

/* Sums of a regression of y on 1 and x. */
typedef struct sums {
    double n, x, y, xx, xy;
} sums;

/* y = constant + cosine x, by least squares. */
static int
regress(const sums *s, gsc_circle_symmetry *symmetry)
{
    double spread = s->n * s->xx - s->x * s->x;
    if (!(spread > 1e-12 * s->n * s->n))
        return gsc_fail(
            GSC_ENUMERIC,
            "%.0f gradients in the plane, all at one distance: expected two "
            "distances at least",
            s->n);
    symmetry->cosine = (s->n * s->xy - s->x * s->y) / spread;
    symmetry->constant = (s->y - symmetry->cosine * s->x) / s->n;
    return 0;
}

static void
add_pair(const double *a, const double *b, double x, sums *s)
{
    double aa = a[0] * a[0] + a[1] * a[1], bb = b[0] * b[0] + b[1] * b[1];
    if (aa == 0 || bb == 0)
        return;
    double y = (a[0] * b[0] + a[1] * b[1]) / (sqrt(aa) * sqrt(bb));
    s->n += 1;
    s->x += x;
    s->y += y;
    s->xx += x * x;
    s->xy += x * y;
}

int
gsc_circle_symmetricity(const gsc_matrix *embedding, size_t k,
                        const gsc_circle_gradients *gradients,
                        gsc_circle_symmetry *symmetry)
{
    int status = 0;
    gsc_plane plane = {0};
    sums s = {0};
    double *cosine = NULL, *sine = NULL;
    size_t p = embedding->rows, d = gradients->d;
    if (d != embedding->cols)
        return gsc_fail(GSC_EARGUMENT,
                        "gradients of %zu elements by an embedding [%zu, %zu]", d, p,
                        embedding->cols);
    GSC_TRY(gsc_plane_init(&plane, embedding, k));
    GSC_NEW(cosine, p);
    GSC_NEW(sine, p);
    fill_modes(p, k, cosine, sine);
    for (size_t i = 0; i < gradients->n; i++) {
        double a[2], b[2];
        gsc_plane_project(&plane, &gradients->da[i * d], 1, a);
        gsc_plane_project(&plane, &gradients->db[i * d], 1, b);
        add_pair(a, b, cosine[gradients->differences[i] % p], &s);
    }
    GSC_TRY(regress(&s, symmetry));
out:
    gsc_plane_free(&plane);
    free(cosine);
    free(sine);
    return status;
}

/* ---- Labels ---- */

const char *
gsc_circle_label_name(gsc_circle_label label)
{
    static const char *const names[GSC_NUM_CIRCLES] = {"undetermined", "clock", "pizza",
                                                       "accompanying", "hybrid"};
    return names[label];
}

gsc_circle_label
gsc_circle_judge(const gsc_circle_thresholds *thresholds, size_t p,
                 const gsc_circle_effect *effect, const gsc_circle_symmetry *symmetry)
{
    size_t k = effect->k, o = effect->output;
    double r = effect->ratio;
    if (!(effect->effect >= thresholds->effect &&
          effect->output_share >= thresholds->output_share &&
          effect->profile_share >= thresholds->profile_share && isfinite(r)))
        return GSC_CIRCLE_UNDETERMINED;
    bool doubled = o != k && (2 * o % p == k || 2 * o % p == p - k);
    if (doubled && r < thresholds->accompanying_ratio)
        return GSC_CIRCLE_ACCOMPANYING;
    if (r < thresholds->pizza_ratio &&
        symmetry->constant > thresholds->pizza_symmetricity)
        return GSC_CIRCLE_PIZZA;
    return r > thresholds->clock_ratio ? GSC_CIRCLE_CLOCK : GSC_CIRCLE_HYBRID;
}

void
gsc_circle_shares(const gsc_circle_effect *effects, const gsc_circle_label *labels,
                  size_t n, double *share)
{
    double all = 0;
    memset(share, 0, GSC_NUM_CIRCLES * sizeof *share);
    for (size_t i = 0; i < n; i++)
        if (isfinite(effects[i].effect)) {
            share[labels[i]] += effects[i].effect;
            all += effects[i].effect;
        }
    for (size_t label = 0; all > 0 && label < GSC_NUM_CIRCLES; label++)
        share[label] /= all;
}
