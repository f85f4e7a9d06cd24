/* What a tangent kernel tells of the targets, and of another one. Pure: arrays in,
 * arrays out. */
#ifndef GROKSCOPE_TANGENT_KERNEL_H
#define GROKSCOPE_TANGENT_KERNEL_H

#include "grokscope/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_kernel_summary {
    double alignment;      /* tr(y' K y) / (|K|_F |y|_F^2) */
    double difficulty;     /* tr(y' (K + ridge I)^-1 y) */
    double ridge;          /* what was added to each eigenvalue */
    double trace;          /* tr K */
    double effective_rank; /* exp H(values / sum values) */
    size_t count;
    double *values; /* [count] eigenvalues, largest first */
    double *shares; /* [count] of |y|^2 along each eigenvector */
} gsc_kernel_summary;

/* Of a kernel [n, n] and targets y [n, outputs] (Kumar et al., arXiv 2310.06110,
 * sections 3 and 4). `ridge` is a share of the largest eigenvalue. NaN where y or the
 * kernel is 0. O(n^3). GSC_EARGUMENT for sizes that do not go together, GSC_ENUMERIC
 * for a kernel that is not finite. Released by gsc_kernel_summary_free. */
int gsc_kernel_summary_init(gsc_kernel_summary *summary, const gsc_matrix *kernel,
                            const gsc_matrix *y, double ridge);
void gsc_kernel_summary_free(gsc_kernel_summary *summary);

/* 1 - <A, B> / (|A|_F |B|_F) of two kernels of one size: 0 where one is the other,
 * scaled (Fort et al., arXiv 2010.15110). NaN where one is 0. */
double gsc_kernel_distance(const gsc_matrix *a, const gsc_matrix *b);

#ifdef __cplusplus
}
#endif
#endif
