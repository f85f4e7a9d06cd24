/* The rotation that brings one set of points onto another. */
#include "analyze/maths/procrustes.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/representation.h"
#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>

/* Xᵀ Y = U diag(s) Vᵀ -> R = U Vᵀ and the sum of s, of the representations, whose norms
 * are 1.
 */
static int
rotate(const gsc_representation *x, const gsc_representation *y, gsc_matrix *rotation,
       double *nuclear)
{
    int status = 0;
    gsc_matrix cross = {0}, u = {0}, vt = {0};
    double *s = NULL;
    size_t n = x->x.rows, d = x->x.cols, e = y->x.cols, r = d < e ? d : e;
    GSC_NEW(s, r);
    GSC_TRY(gsc_matrix_init(&cross, d, e));
    gsc_gemm_f64(true, false, d, e, n, 1, x->x.data, d, y->x.data, e, 0, cross.data, e);
    GSC_TRY(gsc_svd(&cross, s, &u, &vt)); /* Xᵀ Y = U diag(s) Vᵀ */
    GSC_TRY(gsc_matrix_init(rotation, d, e));
    gsc_gemm_f64(false, false, d, e, r, 1, u.data, r, vt.data, e, 0, rotation->data,
                 e); /* R = U Vᵀ */
    *nuclear = 0;
    for (size_t i = 0; i < r; i++)
        *nuclear += s[i];
out:
    free(s);
    gsc_matrix_free(&cross);
    gsc_matrix_free(&u);
    gsc_matrix_free(&vt);
    return status;
}

int
gsc_procrustes_init(gsc_procrustes *result, const gsc_matrix *x, const gsc_matrix *y,
                    bool scaled)
{
    int status = 0;
    gsc_representation from = {0}, onto = {0};
    double nuclear;
    *result = (gsc_procrustes){.scale = 1};
    if (x->rows != y->rows)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "%zu points are rotated onto %zu", x->rows,
                         y->rows));
    GSC_TRY(gsc_representation_init(&from, x));
    GSC_TRY(gsc_representation_init(&onto, y));
    GSC_TRY(rotate(&from, &onto, &result->rotation, &nuclear));
    double a = from.size, b = onto.size;
    if (scaled && a > 0)
        result->scale = nuclear * b / a; /* |Xᵀ Y|_* / |X|_F^2 */
    a *= result->scale;
    /* |a X R - b Y|^2 of X and Y of norm 1 */
    result->residual = sqrt(fmax(a * a + b * b - 2 * a * b * nuclear, 0));
out:
    gsc_representation_free(&from);
    gsc_representation_free(&onto);
    if (status < 0)
        gsc_procrustes_free(result);
    return status;
}

void
gsc_procrustes_free(gsc_procrustes *result)
{
    gsc_matrix_free(&result->rotation);
    *result = (gsc_procrustes){0};
}
