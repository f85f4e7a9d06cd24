/* Products of the training loss's Hessian with vectors. */
#include "analyze/network/loss/hessian.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
gsc_hessian_open(gsc_hessian *self, const gsc_loaded_model *loaded,
                 const double *weights, double step, gsc_threads *threads)
{
    int status = 0;
    const double *gradient;
    *self = (gsc_hessian){.weights = weights ? weights : loaded->weights,
                          .n = loaded->num_weights,
                          .step = step,
                          .threads = threads};
    GSC_TRY(gsc_loss_gradient_open(&self->loss, loaded));
    GSC_TRY(gsc_loss_gradient_need_smooth(&self->loss));
    GSC_NEW(self->marks, self->n);
    GSC_NEW(self->w, self->n);
    GSC_NEW(self->half, self->n);
    gsc_mark_trained(loaded, self->marks);
    GSC_TRY(gsc_loss_gradient_run(&self->loss, self->weights, threads, &self->at,
                                  &gradient));
out:
    return status;
}

void
gsc_hessian_close(gsc_hessian *self)
{
    gsc_loss_gradient_close(&self->loss);
    free(self->marks);
    free(self->w);
    free(self->half);
    *self = (gsc_hessian){.n = 0};
}

/* out += factor g(w + distance v) */
static int
add_gradient(gsc_hessian *self, const double *v, double distance, double factor,
             double *out)
{
    double loss;
    const double *gradient;
    for (size_t i = 0; i < self->n; i++)
        self->w[i] = self->weights[i] + distance * v[i];
    int status =
        gsc_loss_gradient_run(&self->loss, self->w, self->threads, &loss, &gradient);
    for (size_t i = 0; status == 0 && i < self->n; i++)
        out[i] += factor * gradient[i];
    return status;
}

/* out = (g(w + h v) - g(w - h v)) / 2h */
static int
difference(gsc_hessian *self, const double *v, double h, double *out)
{
    int status = 0;
    memset(out, 0, self->n * sizeof *out);
    GSC_TRY(add_gradient(self, v, h, 1 / (2 * h), out));
    GSC_TRY(add_gradient(self, v, -h, -1 / (2 * h), out));
out:
    return status;
}

static double
norm(const double *x, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += x[i] * x[i];
    return sqrt(squares);
}

/* A step h along u is one of h / |v| along v. */
int
gsc_hessian_product(void *context, const double *v, double *out)
{
    int status = 0;
    gsc_hessian *self = context;
    double size = norm(v, self->n), off = 0;
    if (!(size > 0)) {
        memset(out, 0, self->n * sizeof *out);
        return 0;
    }
    GSC_TRY(difference(self, v, self->step / size, out));
    GSC_TRY(difference(self, v, self->step / size / 2, self->half));
    for (size_t i = 0; i < self->n; i++)
        off += (out[i] - self->half[i]) * (out[i] - self->half[i]);
    double length = norm(out, self->n);
    if (length > 0)
        self->error = fmax(self->error, sqrt(off) / length);
out:
    return status;
}
