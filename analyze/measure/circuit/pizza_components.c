/* Circle isolation: a network that keeps two principal components of its embedding. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"
#include "grokscope/scores.h"

#include "analyze/maths/pca.h"
#include "analyze/measure/circuit/pizza.h"
#include "analyze/network/pairs/embedding_patch.h"

#include <math.h>
#include <stdlib.h>

const gsc_column gsc_pizza_component_columns[GSC_PIZZA_COMPONENT_COLUMNS] = {
    {"circle", GSC_CELL_INTEGER, true,
     "number u of the circle, from 0: principal components 2u and 2u + 1", false},
    {"frequency", GSC_CELL_INTEGER, false, "frequency of the first component", false},
    {"frequency_2", GSC_CELL_INTEGER, false, "frequency of the second component",
     false},
    {"circularity", GSC_CELL_REAL, false, "circularity of the first component", false},
    {"circularity_2", GSC_CELL_REAL, false, "circularity of the second component",
     false},
    {"share", GSC_CELL_REAL, false, "share of the embedding's variance that both have",
     false},
    {"accuracy", GSC_CELL_REAL, false,
     "share of all pairs that are right with only this circle", false},
    {"loss", GSC_CELL_REAL, false, "cross-entropy of all pairs with only this circle",
     false},
    {"accuracy_to_here", GSC_CELL_REAL, false,
     "the same accuracy with the circles 0 … u", false},
    {"loss_to_here", GSC_CELL_REAL, false, "the same loss with the circles 0 … u",
     false},
    {"clock_fve", GSC_CELL_REAL, false,
     "2 rho - 1, rho the correlation of the logits of only this circle with "
     "cos w(a + b - c); what the paper calls FVE",
     false},
    {"clock_rho2", GSC_CELL_REAL, false,
     "rho^2: the share of the variance that a multiple of it explains", false},
    {"abs_clock_fve", GSC_CELL_REAL, false,
     "the same with |cos(w(a - b)/2)| cos w(a + b - c)", false},
    {"abs_clock_rho2", GSC_CELL_REAL, false, "its rho^2", false},
    {"pizza_fve", GSC_CELL_REAL, false, "the same with the paper's Q_pizza", false},
    {"pizza_rho2", GSC_CELL_REAL, false, "its rho^2", false},
    {"pizza_2_fve", GSC_CELL_REAL, false, "the same with the paper's Q_pizza'", false},
    {"pizza_2_rho2", GSC_CELL_REAL, false, "its rho^2", false},
    {"accompanied", GSC_CELL_INTEGER, false,
     "frequency whose double this one is; 0: none", false},
    {"accompanying_fve", GSC_CELL_REAL, false,
     "the same with the accompanying pizza of that frequency", false},
    {"accompanying_rho2", GSC_CELL_REAL, false, "its rho^2", false},
    {"form", GSC_CELL_TEXT, false,
     "formula with the largest rho^2, if that is at least 1/2; none: no formula has it",
     false},
};

/* A form that explains less than half of the variance is none. */
#define LEAST_RHO2 0.5

/* A network, its principal components, and room for the logits of another. */
typedef struct isolation {
    gsc_embedding_patch patch;
    gsc_pca pca[GSC_MOST_EMBEDDINGS]; /* of each table its own */
    size_t num_pairs;
    gsc_principal_frequency *principal; /* [2 num_pairs], of the first table */
    double *power;                      /* [n/2 + 1], of its frequencies */
    double *logits, *form;              /* [n n, n] */
    bool *kept;                         /* [components] */
} isolation;

static void
close_isolation(isolation *x)
{
    gsc_embedding_patch_close(&x->patch);
    for (size_t i = 0; i < GSC_MOST_EMBEDDINGS; i++)
        gsc_pca_free(&x->pca[i]);
    free(x->principal);
    free(x->power);
    free(x->logits);
    free(x->form);
    free(x->kept);
}

static int
open_isolation(isolation *x, const gsc_measure_request *request)
{
    int status = 0;
    double circularity;
    const gsc_embedding_patch *patch = &x->patch;
    const gsc_pizza_options *o = request->options;
    *x = (isolation){.num_pairs = (size_t)o->component_pairs};
    GSC_TRY(gsc_embedding_patch_open(&x->patch, request->loaded, request->threads));
    for (size_t i = 0; i < patch->num_embeddings; i++)
        GSC_TRY(gsc_pca_init(&x->pca[i], &patch->embeddings[i]));
    size_t n = patch->grid->n, count = x->pca[0].count;
    if (x->num_pairs > count / 2)
        x->num_pairs = count / 2;
    GSC_NEW(x->principal, count);
    GSC_NEW(x->power, gsc_fourier_count(n));
    GSC_ROOM(x->logits, n * n * n);
    GSC_ROOM(x->form, n * n * n);
    GSC_NEW(x->kept, count);
    GSC_TRY(gsc_clock_pizza_circularity(&patch->embeddings[0], count, x->principal,
                                        &circularity));
    GSC_TRY(gsc_fourier_power(&patch->embeddings[0], x->power));
out:
    return status;
}

/* The network with only the kept components, and how well it answers. */
static int
run_kept(isolation *x, gsc_scores *scores)
{
    int status = 0;
    gsc_matrix tables[GSC_MOST_EMBEDDINGS] = {{0}};
    size_t n = x->patch.grid->n;
    for (size_t i = 0; i < x->patch.num_embeddings; i++)
        GSC_TRY(gsc_pca_restore(&x->pca[i], x->kept, &tables[i]));
    GSC_TRY(gsc_embedding_patch_run(&x->patch, tables, x->logits));
    GSC_TRY(
        gsc_scores_of(x->logits, n * n, n, x->patch.grid->answers, NULL, 0, scores));
out:
    for (size_t i = 0; i < GSC_MOST_EMBEDDINGS; i++)
        gsc_matrix_free(&tables[i]);
    return status;
}

static void
keep_pairs(isolation *x, size_t first, size_t last)
{
    for (size_t i = 0; i < x->pca[0].count; i++)
        x->kept[i] = i >= 2 * first && i < 2 * (last + 1);
}

/* w with 2 w = +-k mod n, 0 < w < n/2, the one with most power; 0 where there is none.
 * An odd n has one for every k, an even n two or none. */
static size_t
halved(const isolation *x, size_t k)
{
    size_t n = x->patch.grid->n, best = 0;
    for (size_t w = 1; 2 * w < n; w++)
        if (k > 0 && (2 * w == k || 2 * w == n - k) &&
            (best == 0 || x->power[w] > x->power[best]))
            best = w;
    return best;
}

/* Cells fve and rho2 of a form; of frequency 0 there is none. Returns rho2. */
static int
add_fit(gsc_rows *rows, isolation *x, gsc_logit_form form, size_t k, double *rho2)
{
    int status = 0;
    size_t n = x->patch.grid->n;
    gsc_logit_fit fit = {NAN, NAN};
    if (k > 0) {
        GSC_TRY(gsc_clock_pizza_logits(form, n, k, x->form));
        fit = gsc_clock_pizza_fit(x->logits, x->form, n * n * n);
    }
    GSC_TRY(gsc_rows_real(rows, fit.explained));
    GSC_TRY(gsc_rows_real(rows, fit.rho_squared));
    *rho2 = fit.explained > -1 ? fit.rho_squared : 0; /* an inverse fit is none */
out:
    return status;
}

static int
add_fits(gsc_rows *rows, isolation *x, size_t k)
{
    int status = 0;
    size_t accompanied = halved(x, k), best = GSC_NUM_FORMS;
    double most = LEAST_RHO2;
    for (size_t form = 0; form < GSC_NUM_FORMS; form++) {
        double rho2;
        bool doubles = form == GSC_FORM_ACCOMPANYING;
        if (doubles)
            GSC_TRY(gsc_rows_integer(rows, (int64_t)accompanied));
        GSC_TRY(
            add_fit(rows, x, (gsc_logit_form)form, doubles ? accompanied : k, &rho2));
        if (rho2 >= most) {
            most = rho2;
            best = form;
        }
    }
    GSC_TRY(gsc_rows_text(rows, best < GSC_NUM_FORMS
                                    ? gsc_clock_pizza_form_name((gsc_logit_form)best)
                                    : "none"));
out:
    return status;
}

static int
add_pair(gsc_rows *rows, isolation *x, size_t u)
{
    int status = 0;
    const gsc_principal_frequency *principal = &x->principal[2 * u];
    gsc_scores alone, to_here;
    keep_pairs(x, 0, u);
    GSC_TRY(run_kept(x, &to_here));
    keep_pairs(x, u, u);
    GSC_TRY(run_kept(x, &alone));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)u));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)principal[0].frequency));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)principal[1].frequency));
    GSC_TRY(gsc_rows_real(rows, principal[0].circularity));
    GSC_TRY(gsc_rows_real(rows, principal[1].circularity));
    GSC_TRY(gsc_rows_real(rows, principal[0].share + principal[1].share));
    GSC_TRY(gsc_rows_real(rows, alone.accuracy));
    GSC_TRY(gsc_rows_real(rows, alone.loss));
    GSC_TRY(gsc_rows_real(rows, to_here.accuracy));
    GSC_TRY(gsc_rows_real(rows, to_here.loss));
    GSC_TRY(add_fits(rows, x, principal[0].frequency));
out:
    return status;
}

int
gsc_pizza_fill_components(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    isolation x;
    GSC_TRY(open_isolation(&x, request));
    for (size_t u = 0; u < x.num_pairs; u++)
        GSC_TRY(add_pair(rows, &x, u));
out:
    close_isolation(&x);
    return status;
}
