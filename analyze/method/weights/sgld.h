/* Stochastic gradient Langevin dynamics around a point, and the local learning
 * coefficient that its losses tell. Pure: the loss is a function that is handed over.
 */
#ifndef GROKSCOPE_SGLD_H
#define GROKSCOPE_SGLD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The loss and its gradient [n] at w [n]; `draw` numbers the calls of a chain, so that
 * a minibatch follows from it. An error code stops the chain. */
typedef int gsc_sampled_loss(void *context, const double *w, uint64_t draw,
                             double *loss, double *gradient);

typedef struct gsc_sgld {
    size_t n;
    const double *origin; /* [n]: w0 */
    const double *marks;  /* [n]: 1 where w moves, 0 where it stays; NULL: everywhere */
    gsc_sampled_loss *loss;
    void *context;
    double epsilon; /* step size */
    double gamma;   /* pull to w0 */
    double n_beta;  /* examples times inverse temperature */
    size_t burn_in, draws;
    uint64_t seed;
} gsc_sgld;

/* One chain of burn_in + draws steps from w0,
 *
 *     w <- w - epsilon / 2 (n_beta dL(w) + gamma (w - w0)) + sqrt(epsilon) xi
 *
 * xi normal (Lau et al., arXiv 2308.12108, section 4), whose stationary density is
 * exp(-n_beta L - gamma/2 |w - w0|^2) for small epsilon. losses [draws]: L of each draw
 * before its step; from where it is not finite on, NaN. Chain `chain` of a seed draws
 * its own numbers. Cost: a gradient a step. Errors: the loss's, GSC_EMEMORY. */
int gsc_sgld_run(const gsc_sgld *self, uint64_t chain, double *losses);

/* What chains tell of the local learning coefficient
 *
 *     llc = n_beta (mean loss of the draws - L(w0)). */
typedef struct gsc_llc {
    double llc;    /* mean over the chains */
    double spread; /* standard deviation over the chains, of n - 1; NaN of one */
    double drift;  /* that of the later half of the draws less that of the first */
} gsc_llc;

/* losses [chains, draws]; at_origin L(w0). */
gsc_llc gsc_llc_of(const double *losses, size_t chains, size_t draws, double n_beta,
                   double at_origin);

#ifdef __cplusplus
}
#endif
#endif
