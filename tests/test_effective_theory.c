/* Liu et al.'s effective theory: counts in closed form, ranks by elimination, a descent
 * written out, and the numbers of the paper's program. */
#include "matrix_fixture.h"

#include "analyze/maths/standardise.h"
#include "analyze/method/task/effective_theory.h"

#include <stdlib.h>
#include <string.h>

/* The start (after one step) and the training set of the paper's program with its
 * default seed 58. */
static const double published_start[] = {
    0.12748311,  -0.30793574, 0.29076958, -0.96193135, 2.1816537,
    -0.13475725, -0.30253017, -1.4888688, -0.25662988, 0.85274696};
static const uint32_t published_test[][2] = {{0, 2}, {0, 4}, {1, 5}, {1, 7}, {2, 4},
                                             {4, 4}, {4, 6}, {5, 5}, {5, 8}, {5, 9}};

enum { MOST_PAIRS = 64 };

static size_t
all_pairs(size_t p, uint32_t *pairs)
{
    size_t count = 0;
    for (uint32_t i = 0; i < p; i++)
        for (uint32_t j = i; j < p; j++, count++) {
            pairs[2 * count] = i;
            pairs[2 * count + 1] = j;
        }
    return count;
}

/* Some of all pairs, by a seed. */
static size_t
some_pairs(size_t p, size_t size, uint64_t seed, uint32_t *pairs)
{
    uint32_t all[2 * MOST_PAIRS], order[MOST_PAIRS];
    size_t count = all_pairs(p, all);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    gsc_rng_shuffle(order, count, seed, 7);
    for (size_t i = 0; i < 2 * size; i++)
        pairs[i] = all[2 * order[i / 2] + i % 2];
    return size;
}

/* ---- The training set ---- */

static void
counts_are_those_of_the_paper(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{4, 3}, {5, 7}, {10, 70}, {20, 615}, {59, 16675}};
    const uint32_t none[2] = {0, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gsc_parallelograms s;
        assert_return_ok(gsc_parallelograms_init(&s, sizes[i][0], none, 1));
        assert_int_equal(s.count, sizes[i][1]);
        assert_true(s.num_shown == 0 && s.num_implied == 0);
        assert_true(s.dof == sizes[i][0] - 2 && s.slowest == 0);
        gsc_parallelograms_free(&s);
    }
}

static void
all_pairs_ask_for_the_regular_row(void **state)
{
    (void)state;
    uint32_t pairs[2 * MOST_PAIRS];
    gsc_parallelograms s;
    size_t count = all_pairs(10, pairs);
    assert_return_ok(gsc_parallelograms_init(&s, 10, pairs, count));
    assert_true(s.num_shown == 70 && s.num_implied == 70 && s.dof == 0);
    assert_true(s.slowest > 1 && s.ideal_accuracy == 1);
    gsc_parallelograms_free(&s);
}

static void
two_parallelograms_imply_a_third(void **state)
{
    (void)state;
    /* E0 + E3 = E1 + E2 and E2 + E5 = E3 + E4: E0 + E5 = E1 + E4 */
    const uint32_t pairs[] = {3, 0, 1, 2, 2, 5, 3, 4, 0, 5};
    gsc_parallelograms s;
    assert_return_ok(gsc_parallelograms_init(&s, 6, pairs, 5));
    assert_int_equal(s.num_shown, 2); /* none of sum 5 but 0 + 5 itself */
    gsc_parallelograms_free(&s);
    assert_return_ok(gsc_parallelograms_init(&s, 6, pairs, 4));
    for (size_t k = 0; k < s.count; k++) {
        const gsc_parallelogram *g = &s.items[k];
        if (g->i == 0 && g->n == 5 && g->j == 1)
            assert_true(g->implied && !g->shown);
    }
    assert_true(s.num_shown == 2 && s.num_implied == 3 && s.dof == 2);
    assert_close(s.ideal_accuracy, 4.0 / 21, 1e-15); /* neither of its pairs is shown */
    gsc_parallelograms_free(&s);
}

/* The rank of rows [count, p] by elimination with whole pivots. */
static size_t
rank_of(double *a, size_t count, size_t p)
{
    size_t rank = 0;
    for (size_t c = 0; c < p && rank < count; c++) {
        size_t best = rank;
        for (size_t r = rank; r < count; r++)
            if (fabs(a[r * p + c]) > fabs(a[best * p + c]))
                best = r;
        if (fabs(a[best * p + c]) < 1e-9)
            continue;
        for (size_t k = 0; k < p; k++) {
            double kept = a[rank * p + k];
            a[rank * p + k] = a[best * p + k];
            a[best * p + k] = kept;
        }
        for (size_t r = rank + 1; r < count; r++) {
            double times = a[r * p + c] / a[rank * p + c];
            for (size_t k = 0; k < p; k++)
                a[r * p + k] -= times * a[rank * p + k];
        }
        rank++;
    }
    return rank;
}

static void
add_row(const gsc_parallelogram *g, double *row)
{
    row[g->i] += 1;
    row[g->n] += 1;
    row[g->j] -= 1;
    row[g->m] -= 1;
}

/* The rank of what is shown and, unless NULL, of one more. */
static size_t
shown_rank(const gsc_parallelograms *s, const gsc_parallelogram *one)
{
    double *rows = calloc((s->count + 1) * s->p, sizeof *rows);
    size_t count = 0;
    for (size_t k = 0; k < s->count; k++)
        if (s->items[k].shown)
            add_row(&s->items[k], rows + count++ * s->p);
    if (one)
        add_row(one, rows + count++ * s->p);
    size_t rank = rank_of(rows, count, s->p);
    free(rows);
    return rank;
}

static bool
has_pair(const uint32_t *pairs, size_t count, uint32_t a, uint32_t b)
{
    for (size_t k = 0; k < count; k++)
        if (pairs[2 * k] == a && pairs[2 * k + 1] == b)
            return true;
    return false;
}

/* |Dbar(D)| as the paper defines it: for each pair its partners, one by one. */
static double
share_of_dbar(const gsc_parallelograms *s, const uint32_t *pairs, size_t count)
{
    uint32_t all[2 * MOST_PAIRS];
    size_t num = all_pairs(s->p, all), reached = 0;
    for (size_t e = 0; e < num; e++) {
        bool found = has_pair(pairs, count, all[2 * e], all[2 * e + 1]);
        for (size_t k = 0; k < s->count; k++) {
            const gsc_parallelogram *g = &s->items[k];
            bool outer = g->i == all[2 * e] && g->n == all[2 * e + 1];
            bool inner = g->j == all[2 * e] && g->m == all[2 * e + 1];
            found |= g->implied && ((outer && has_pair(pairs, count, g->j, g->m)) ||
                                    (inner && has_pair(pairs, count, g->i, g->n)));
        }
        reached += found;
    }
    return (double)reached / (double)num;
}

static void
implied_are_those_that_raise_no_rank(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        uint32_t pairs[2 * MOST_PAIRS];
        gsc_parallelograms s;
        size_t count = some_pairs(8, 8 + seed, seed, pairs), implied = 0;
        assert_return_ok(gsc_parallelograms_init(&s, 8, pairs, count));
        size_t rank = shown_rank(&s, NULL);
        assert_int_equal(s.dof, 8 - rank - 2);
        for (size_t k = 0; k < s.count; k++) {
            bool follows = shown_rank(&s, &s.items[k]) == rank;
            assert_true(s.items[k].implied == follows);
            implied += follows;
        }
        assert_int_equal(s.num_implied, implied);
        assert_close(s.ideal_accuracy, share_of_dbar(&s, pairs, count), 1e-15);
        gsc_parallelograms_free(&s);
    }
}

/* All pairs but those that the paper's program tests on. */
static size_t
published_pairs(uint32_t *pairs)
{
    uint32_t all[2 * MOST_PAIRS];
    size_t num = all_pairs(10, all), count = 0;
    const size_t num_test = sizeof published_test / sizeof *published_test;
    for (size_t k = 0; k < num; k++)
        if (!has_pair(&published_test[0][0], num_test, all[2 * k], all[2 * k + 1])) {
            memcpy(pairs + 2 * count, all + 2 * k, 2 * sizeof *pairs);
            count++;
        }
    return count;
}

static void
the_default_training_set_allows_what_the_paper_says(void **state)
{
    (void)state;
    uint32_t pairs[2 * MOST_PAIRS];
    gsc_parallelograms s;
    assert_return_ok(gsc_parallelograms_init(&s, 10, pairs, published_pairs(pairs)));
    assert_true(s.dof == 0 && s.ideal_accuracy == 1);
    gsc_parallelograms_free(&s);
}

/* ---- The loss and its descent ---- */

static gsc_matrix
published(void)
{
    gsc_matrix e;
    assert_return_ok(gsc_matrix_init(&e, 10, 1));
    memcpy(e.data, published_start, sizeof published_start);
    return e;
}

static void
the_loss_falls_as_in_the_paper(void **state)
{
    (void)state;
    gsc_parallelograms s;
    gsc_equation_modes modes;
    gsc_matrix e = published();
    const uint32_t none[] = {0, 0};
    assert_return_ok(gsc_parallelograms_init(&s, 10, none, 1));
    assert_return_ok(gsc_equation_modes_init(&modes, &s, true));
    double z0 = gsc_matrix_squares(&e);
    assert_close(z0, 9, 1e-5);
    assert_close(gsc_effective_loss(&modes, &e) * z0, 397.76652, 1e-4);
    assert_return_ok(gsc_effective_flow(&modes, 1e-3, 1000, &e));
    double l0 = gsc_effective_loss(&modes, &e) * gsc_matrix_squares(&e);
    assert_close(l0, 0.0319844679, 1e-8);
    gsc_equation_modes_free(&modes);
    gsc_parallelograms_free(&s);
    gsc_matrix_free(&e);
}

/* l0 / Z0 of the shown equations, one by one. */
static double
plain_loss(const gsc_parallelograms *s, const gsc_matrix *e)
{
    double l0 = 0;
    for (size_t k = 0; k < s->count; k++)
        for (size_t j = 0; j < e->cols && s->items[k].shown; j++) {
            const gsc_parallelogram *g = &s->items[k];
            const double *x = e->data + j;
            size_t d = e->cols;
            double off = x[g->i * d] + x[g->n * d] - x[g->j * d] - x[g->m * d];
            l0 += off * off;
        }
    return l0 / gsc_matrix_squares(e);
}

static void
a_step_goes_down_the_gradient(void **state)
{
    (void)state;
    uint32_t pairs[2 * MOST_PAIRS];
    gsc_parallelograms s;
    gsc_equation_modes modes;
    gsc_matrix e = noise(7, 2, 0, 3), moved;
    const double rate = 1e-3, h = 1e-5;
    assert_return_ok(
        gsc_parallelograms_init(&s, 7, pairs, some_pairs(7, 17, 1, pairs)));
    assert_true(s.num_shown > 5);
    assert_return_ok(gsc_equation_modes_init(&modes, &s, false));
    assert_return_ok(gsc_matrix_copy(&e, &moved));
    assert_close(gsc_effective_loss(&modes, &e), plain_loss(&s, &e), 1e-12);
    assert_return_ok(gsc_effective_flow(&modes, rate, 1, &moved));
    for (size_t i = 0; i < 14; i++) {
        double kept = e.data[i];
        e.data[i] = kept + h;
        double up = plain_loss(&s, &e);
        e.data[i] = kept - h;
        double down = plain_loss(&s, &e);
        e.data[i] = kept;
        assert_close(moved.data[i], kept - rate * (up - down) / (2 * h), 1e-11);
    }
    gsc_matrix_free(&e);
    gsc_matrix_free(&moved);
    gsc_equation_modes_free(&modes);
    gsc_parallelograms_free(&s);
}

static void
a_regular_row_stays(void **state)
{
    (void)state;
    gsc_parallelograms s;
    gsc_equation_modes modes;
    gsc_matrix e;
    const uint32_t none[] = {0, 0};
    assert_return_ok(gsc_matrix_init(&e, 5, 1));
    for (size_t i = 0; i < 5; i++)
        e.data[i] = 3 * (double)i - 6;
    assert_return_ok(gsc_parallelograms_init(&s, 5, none, 1));
    assert_return_ok(gsc_equation_modes_init(&modes, &s, true));
    assert_close(gsc_effective_loss(&modes, &e), 0, 1e-13);
    assert_return_ok(gsc_effective_flow(&modes, 0.01, 500, &e));
    for (size_t i = 0; i < 5; i++)
        assert_close(e.data[i], 3 * (double)i - 6, 1e-10);
    gsc_matrix_free(&e);
    gsc_equation_modes_free(&modes);
    gsc_parallelograms_free(&s);
}

/* ---- Sizes, and what is refused ---- */

static void
sizes_go_from_nothing_to_everything(void **state)
{
    (void)state;
    gsc_training_size few, half, all;
    assert_return_ok(gsc_training_size_draw(10, 2, 50, 0, &few));
    assert_return_ok(gsc_training_size_draw(10, 27, 50, 0, &half));
    assert_return_ok(gsc_training_size_draw(10, 55, 3, 0, &all));
    assert_true(few.regular == 0 && few.slowest == 0);
    assert_close(few.ideal_accuracy, 2.0 / 55, 1e-12);
    assert_true(half.regular > 0.5 && half.ideal_accuracy > 0.7);
    assert_close(all.regular, 1, 1e-12);
    assert_close(all.ideal_accuracy, 1, 1e-12);
    assert_true(all.slowest > half.slowest);
}

static void
what_is_no_toy_is_refused(void **state)
{
    (void)state;
    const uint32_t beyond[] = {0, 1, 3, 10};
    gsc_parallelograms s;
    gsc_training_size found;
    assert_fails(gsc_parallelograms_init(&s, 2, beyond, 1), GSC_EARGUMENT,
                 "of 2 symbols: expected 3 to 256");
    assert_fails(gsc_parallelograms_init(&s, 257, beyond, 1), GSC_EARGUMENT,
                 "of 257 symbols");
    assert_fails(gsc_parallelograms_init(&s, 10, beyond, 2), GSC_EARGUMENT,
                 "training pair (3, 10) of 10 symbols");
    assert_fails(gsc_training_size_draw(10, 56, 1, 0, &found), GSC_EARGUMENT,
                 "1 draws of 56 of 55 pairs");
    assert_fails(gsc_training_size_draw(10, 5, 0, 0, &found), GSC_EARGUMENT, "0 draws");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_paper),
        cmocka_unit_test(all_pairs_ask_for_the_regular_row),
        cmocka_unit_test(two_parallelograms_imply_a_third),
        cmocka_unit_test(implied_are_those_that_raise_no_rank),
        cmocka_unit_test(the_default_training_set_allows_what_the_paper_says),
        cmocka_unit_test(the_loss_falls_as_in_the_paper),
        cmocka_unit_test(a_step_goes_down_the_gradient),
        cmocka_unit_test(a_regular_row_stays),
        cmocka_unit_test(sizes_go_from_nothing_to_everything),
        cmocka_unit_test(what_is_no_toy_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
