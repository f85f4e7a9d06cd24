/* Whether a circuit was read too early. */
#include "analyze/measure/circuit/rank.h"

#include "grokscope/error.h"
#include "grokscope/matrix_metrics.h"
#include "grokscope/memory.h"

#include "analyze/method/convergence.h"

#include <math.h>
#include <stdlib.h>

int
gsc_rank_add(const gsc_loaded_model *loaded, gsc_rows *rows)
{
    int status = 0;
    gsc_matrix embedding = {0};
    gsc_matrix_metrics metrics = {.erank_s = (double)NAN};
    if (gsc_loaded_model_heads(loaded, GSC_VIEW_EMBEDDING) > 0) {
        GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, loaded->pairs.order,
                                      &embedding));
        GSC_TRY(gsc_matrix_metrics_of(&embedding, &metrics));
    }
    GSC_TRY(GSC_ROWS_REALS(rows, metrics.erank_s, (double)NAN));
out:
    gsc_matrix_free(&embedding);
    return status;
}

int
gsc_rank_conclude(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    size_t n = gsc_rows_count(rows);
    size_t rank = gsc_rows_column(rows, "embedding_rank");
    size_t converged = gsc_rows_column(rows, "converged");
    double *ranks = NULL, *fraction = NULL;
    GSC_NEW(ranks, n);
    GSC_NEW(fraction, n);
    for (size_t i = 0; i < n; i++)
        ranks[i] = gsc_rows_cell(rows, i, rank)->real;
    gsc_convergence(steps, ranks, n, fraction);
    for (size_t i = 0; i < n; i++)
        gsc_rows_cell(rows, i, converged)->real = fraction[i];
out:
    free(ranks);
    free(fraction);
    return status;
}
