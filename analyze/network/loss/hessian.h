/* Products of the training loss's Hessian with vectors. */
#ifndef GROKSCOPE_HESSIAN_H
#define GROKSCOPE_HESSIAN_H

#include "analyze/network/loss/loss_gradient.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_hessian {
    gsc_loss_gradient loss;
    const double *weights; /* where: [n], the caller's */
    gsc_threads *threads;
    size_t n;
    double *marks;    /* [n]: 1 where a weight is trained */
    double step;      /* longest distance from the weights */
    double at;        /* the loss there */
    double error;     /* largest relative error of a product so far */
    double *w, *half; /* [n] */
} gsc_hessian;

/* A step that few kinks of relus lie within, and that rounding spares. */
#define GSC_HESSIAN_STEP 1e-8

/* Of what training minimises, in float64, at weights [num_weights] that outlive it;
 * NULL: at the loaded model's. */
int gsc_hessian_open(gsc_hessian *self, const gsc_loaded_model *loaded,
                     const double *weights, double step, gsc_threads *threads);
void gsc_hessian_close(gsc_hessian *self);

/* out = H v by central differences of the gradient g,
 *
 *     H u = (g(w + h u) - g(w - h u)) / 2h,   u = v / |v|,
 *
 * with h the step. Not Pearlmutter's R-operator: where a kink of the loss (relu) lies
 * within h, it is the curvature of that stretch. The relative error is measured as what
 * half the step changes, so that a product costs four forward and backward passes. At
 * GSC_HESSIAN_STEP it is rounding, which a longer step lowers, to 1e-10 at 1e-5, where
 * the loss has no kinks. `context` is a
 * gsc_hessian: a gsc_symmetric_product. */
int gsc_hessian_product(void *context, const double *v, double *out);

#ifdef __cplusplus
}
#endif
#endif
