/* Discrete Fourier transforms of real sequences: FFTW. */
#include "grokscope/dft.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <fftw3.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static const double two_pi = 6.283185307179586476925;

/* FFTW's planner keeps global tables; only execution is thread-safe. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

/* Columns lie next to each other: stride `cols` within one, 1 between them. */
static int
transform(double *x, fftw_complex *y, size_t n, size_t cols)
{
    int length = (int)n, count = (int)cols;
    pthread_mutex_lock(&planner);
    fftw_plan plan = fftw_plan_many_dft_r2c(1, &length, count, x, NULL, count, 1, y,
                                            NULL, count, 1, FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner);
    if (!plan)
        return gsc_fail(GSC_EMEMORY, "no memory for a Fourier transform of length %d",
                        length);
    fftw_execute(plan);
    pthread_mutex_lock(&planner);
    fftw_destroy_plan(plan);
    pthread_mutex_unlock(&planner);
    return 0;
}

static int
check(size_t n, size_t cols)
{
    size_t count;
    if (n == 0 || cols == 0 || n > INT_MAX || cols > INT_MAX)
        return gsc_fail(GSC_EARGUMENT, "Fourier transform of %zu columns of length %zu",
                        cols, n);
    if (gsc_size_multiply(n, cols, &count) < 0)
        return GSC_EMEMORY;
    return gsc_size_multiply(count, 2 * sizeof(fftw_complex), &count);
}

int
gsc_dft_columns(const double *x, size_t n, size_t cols, double *re, double *im)
{
    int status = 0;
    double *input = NULL;
    fftw_complex *output = NULL;
    GSC_TRY(check(n, cols));
    size_t num_inputs = n * cols, num_outputs = (n / 2 + 1) * cols;
    /* FFTW picks its plan by the alignment of its buffers: with its own, always one */
    input = fftw_alloc_real(num_inputs);
    output = fftw_alloc_complex(num_outputs);
    if (!input || !output) {
        status = gsc_fail(GSC_EMEMORY,
                          "no memory for a Fourier transform of %zu by %zu", n, cols);
        goto out;
    }
    memcpy(input, x, num_inputs * sizeof *input);
    GSC_TRY(transform(input, output, n, cols));
    for (size_t i = 0; i < num_outputs; i++) {
        re[i] = output[i][0];
        im[i] = output[i][1];
    }
out:
    fftw_free(input);
    fftw_free(output);
    return status;
}

int
gsc_dft_basis(size_t n, gsc_matrix *basis)
{
    int status = 0;
    *basis = (gsc_matrix){0};
    if (n == 0)
        return gsc_fail(GSC_EARGUMENT, "Fourier basis of length 0");
    GSC_TRY(gsc_matrix_init(basis, n, n));
    for (size_t row = 0; row < n; row++) {
        size_t k = (row + 1) / 2; /* 0; 1, 1; 2, 2; …; n/2 where n is even */
        bool single = k == 0 || 2 * k == n;
        double scale = sqrt((single ? 1 : 2) / (double)n);
        for (size_t t = 0; t < n; t++) {
            double angle = two_pi * (double)(k * t % n) / (double)n;
            bool cosine = k == 0 || row % 2 == 1;
            basis->data[row * n + t] = scale * (cosine ? cos(angle) : sin(angle));
        }
    }
out:
    return status;
}
