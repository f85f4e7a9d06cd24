/* Langevin dynamics on losses whose local learning coefficient is known. */
#include "test.h"

#include "analyze/method/weights/sgld.h"
#include "grokscope/memory.h"

#include <stdlib.h>

/* ---- Losses ---- */

/* 1/2 sum w_i^2, of `context` dimensions. */
static int
quadratic(void *context, const double *w, uint64_t draw, double *loss, double *gradient)
{
    (void)draw;
    *loss = 0;
    for (size_t i = 0; i < *(const size_t *)context; i++) {
        *loss += w[i] * w[i] / 2;
        gradient[i] = w[i];
    }
    return 0;
}

/* w^4: lambda is 1/4. */
static int
quartic(void *context, const double *w, uint64_t draw, double *loss, double *gradient)
{
    (void)context, (void)draw;
    *loss = pow(w[0], 4);
    gradient[0] = 4 * pow(w[0], 3);
    return 0;
}

/* w_0^2 w_1^2: lambda is 1/2, of multiplicity 2. */
static int
crossing(void *context, const double *w, uint64_t draw, double *loss, double *gradient)
{
    (void)context, (void)draw;
    *loss = w[0] * w[0] * w[1] * w[1];
    gradient[0] = 2 * w[0] * w[1] * w[1];
    gradient[1] = 2 * w[0] * w[0] * w[1];
    return 0;
}

static gsc_llc
estimate(const gsc_sgld *s, size_t chains)
{
    double *losses = gsc_new(chains * s->draws, sizeof *losses);
    assert_non_null(losses);
    for (size_t c = 0; c < chains; c++)
        assert_return_ok(gsc_sgld_run(s, c, losses + c * s->draws));
    gsc_llc found = gsc_llc_of(losses, chains, s->draws, s->n_beta, 0);
    free(losses);
    return found;
}

/* ---- Claims ---- */

/* With the gradient w the chain is linear: its stationary variance is known for any
 * epsilon, and so E llc = d/2 n_beta/(n_beta + gamma) / (1 - epsilon (n_beta + gamma)
 * / 4). */
static void
check_quadratic(double epsilon, double gamma, double n_beta)
{
    size_t d = 50;
    double origin[50] = {0}, pull = n_beta + gamma;
    gsc_sgld s = {.n = d,
                  .origin = origin,
                  .loss = quadratic,
                  .context = &d,
                  .epsilon = epsilon,
                  .gamma = gamma,
                  .n_beta = n_beta,
                  .burn_in = (size_t)(20 / (epsilon * pull)),
                  .draws = 20000,
                  .seed = 3};
    double expected = (double)d / 2 * n_beta / pull / (1 - epsilon * pull / 4);
    gsc_llc found = estimate(&s, 2);
    assert_close(found.llc / expected, 1, 0.04);
    assert_true(fabs(found.drift) < 0.1 * found.llc);
}

static void
a_quadratic_has_half_its_dimensions(void **state)
{
    (void)state;
    check_quadratic(1e-2, 5, 20);
    check_quadratic(5e-2, 5, 20);
    check_quadratic(3e-2, 0, 20);
}

static void
singular_minima_have_less(void **state)
{
    (void)state;
    double origin[2] = {0, 0};
    gsc_sgld s = {.n = 1,
                  .origin = origin,
                  .loss = quartic,
                  .epsilon = 1e-3,
                  .gamma = 1,
                  .n_beta = 1000,
                  .burn_in = 20000,
                  .draws = 200000,
                  .seed = 1};
    assert_close(estimate(&s, 4).llc, 0.25, 0.15 * 0.25);
    s.n = 2;
    s.loss = crossing;
    assert_close(estimate(&s, 4).llc, 0.5, 0.15 * 0.5);
}

static void
weights_that_are_not_trained_stay(void **state)
{
    (void)state;
    size_t d = 50;
    double origin[50] = {0}, marks[50] = {0};
    gsc_sgld s = {.n = d,
                  .origin = origin,
                  .marks = marks,
                  .loss = quadratic,
                  .context = &d,
                  .epsilon = 1e-2,
                  .n_beta = 20,
                  .burn_in = 1000,
                  .draws = 10000};
    for (size_t i = 0; i < 10; i++)
        marks[5 * i] = 1;
    assert_close(estimate(&s, 1).llc, 5 / (1 - 1e-2 * 20 / 4), 0.2); /* 5 without */
    assert_true(isnan(estimate(&s, 1).spread));
}

/* A step that is too long makes the weights grow without end. */
static void
a_chain_that_diverges_is_not_a_number(void **state)
{
    (void)state;
    size_t d = 2;
    double origin[2] = {1, 1}, losses[2000];
    const gsc_sgld s = {.n = d,
                        .origin = origin,
                        .loss = quadratic,
                        .context = &d,
                        .epsilon = 10,
                        .n_beta = 20,
                        .draws = 2000};
    assert_return_ok(gsc_sgld_run(&s, 0, losses));
    assert_true(isfinite(losses[0]) && isnan(losses[1999]));
    assert_true(isnan(gsc_llc_of(losses, 1, 2000, 20, 0).llc));
}

static void
chains_are_averaged_and_compared(void **state)
{
    (void)state;
    const double losses[] = {1, 1, 3, 3, 2, 2, 4, 4};
    gsc_llc found = gsc_llc_of(losses, 2, 4, 10, 1);
    assert_close(found.llc, 15, 1e-13);
    assert_close(found.spread, sqrt(50), 1e-13);
    assert_close(found.drift, 20, 1e-13);
}

static int
refuse(void *context, const double *w, uint64_t draw, double *loss, double *gradient)
{
    (void)context, (void)w, (void)loss, (void)gradient;
    return draw < 3 ? 0 : gsc_fail(GSC_ENUMERIC, "no loss of draw 3");
}

static void
a_loss_that_fails_ends_the_chain(void **state)
{
    (void)state;
    double origin[1] = {0}, losses[9];
    const gsc_sgld s = {.n = 1, .origin = origin, .loss = refuse, .draws = 9};
    assert_fails(gsc_sgld_run(&s, 0, losses), GSC_ENUMERIC, "no loss of draw 3");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quadratic_has_half_its_dimensions),
        cmocka_unit_test(singular_minima_have_less),
        cmocka_unit_test(weights_that_are_not_trained_stay),
        cmocka_unit_test(a_chain_that_diverges_is_not_a_number),
        cmocka_unit_test(chains_are_averaged_and_compared),
        cmocka_unit_test(a_loss_that_fails_ends_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
