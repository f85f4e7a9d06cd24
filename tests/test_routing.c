/* Routings: edit distance, pathways, loads, and closed forms of made choices. */
#include "test.h"

#include "grokscope/rng.h"

#include "analyze/method/task/routing.h"

#include <math.h>
#include <string.h>

static size_t
distance_of(const char *a, const char *b)
{
    uint16_t x[16], y[16];
    size_t work[17], n = strlen(a), m = strlen(b);
    for (size_t i = 0; i < n; i++)
        x[i] = (uint16_t)a[i];
    for (size_t i = 0; i < m; i++)
        y[i] = (uint16_t)b[i];
    return gsc_edit_distance(x, n, y, m, work);
}

static void
edit_distances_by_hand(void **state)
{
    (void)state;
    assert_int_equal(distance_of("kitten", "sitting"), 3);
    assert_int_equal(distance_of("sitting", "kitten"), 3);
    assert_int_equal(distance_of("", "abc"), 3);
    assert_int_equal(distance_of("abc", ""), 3);
    assert_int_equal(distance_of("abc", "abc"), 0);
    assert_int_equal(distance_of("abcd", "bcda"), 2);
    assert_int_equal(distance_of("flaw", "lawn"), 2);
}

static void
a_pathway_goes_from_the_largest_gate_to_the_cutoff(void **state)
{
    (void)state;
    const uint16_t ids[] = {5, 2, 7, 1, 0, 3};
    const float gates[] = {.2F, .5F, .2F, .1F, .3F, .1F};
    uint16_t found[6];
    gsc_routing r = {.samples = 1, .layers = 2, .chosen = 3, .experts = 8, .ids = ids};
    assert_int_equal(gsc_routing_pathway(&r, 0, GSC_ALL_LAYERS, 1, found), 6);
    assert_memory_equal(found, ids, sizeof ids); /* without gates as they stand */
    r.gates = gates;
    assert_int_equal(gsc_routing_pathway(&r, 0, GSC_ALL_LAYERS, 1, found), 6);
    assert_memory_equal(found, ((const uint16_t[]){2, 5, 7, 0, 1, 3}), sizeof found);
    assert_int_equal(gsc_routing_pathway(&r, 0, GSC_ALL_LAYERS, .6, found), 3);
    assert_memory_equal(found, ((const uint16_t[]){2, 5, 0}), 3 * sizeof *found);
    assert_int_equal(gsc_routing_pathway(&r, 0, 1, .7, found), 2);
    assert_int_equal(gsc_routing_pathway(&r, 0, 0, 0, found), 1); /* never none */
}

enum { SAMPLES = 40, LAYERS = 3, CHOSEN = 2, EXPERTS = 4 };

/* Sample i has expert (i + k) mod 4 as number k of every layer. */
static void
turn(uint16_t ids[SAMPLES * LAYERS * CHOSEN])
{
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t l = 0; l < LAYERS; l++)
            for (size_t k = 0; k < CHOSEN; k++)
                ids[(i * LAYERS + l) * CHOSEN + k] = (uint16_t)((i + k) % EXPERTS);
}

static void
even_turns_have_their_closed_forms(void **state)
{
    (void)state;
    uint16_t ids[SAMPLES * LAYERS * CHOSEN];
    const gsc_routing r = {.samples = SAMPLES,
                           .layers = LAYERS,
                           .chosen = CHOSEN,
                           .experts = EXPERTS,
                           .ids = ids};
    double entropy, information, dimension, ridge = .01;
    size_t distinct;
    turn(ids);
    assert_return_ok(gsc_routing_entropy(&r, 1, &entropy));
    assert_close(entropy, log(4), 1e-14);
    assert_close(gsc_routing_neighbours(&r, 0), 1. / 3, 1e-14);
    assert_return_ok(gsc_routing_information(&r, 0, &information));
    assert_close(information, log(4), 1e-14);
    assert_return_ok(gsc_routing_information(&r, LAYERS - 1, &information));
    assert_true(isnan(information));
    assert_return_ok(gsc_routing_distinct(&r, &distinct));
    assert_int_equal(distinct, 4);
    /* H has the overlaps 1/2, 1/4, 0, 1/4 of four kinds over 40, each 10 times: the
     * eigenvalues of that circle are (1/2 + 1/2 cos(2 pi k / 4)) 10 / 40. */
    assert_return_ok(gsc_routing_dimension(&r, 1000, ridge, &dimension));
    double wanted = .25 / (.25 + ridge) + 2 * .125 / (.125 + ridge);
    assert_close(dimension, wanted, 1e-10);
    assert_return_ok(gsc_routing_dimension(&r, SAMPLES / 2, ridge, &dimension));
    assert_true(dimension < 2.9); /* of every second sample, which are of two kinds */
}

/* All pairs: 10 of each kind; equal ones are 0 apart, neighbours 6 x 1 insertion and
 * deletion of one expert a layer… counted by the distance itself, pair by pair. */
static void
distances_are_means_over_pairs(void **state)
{
    (void)state;
    uint16_t ids[SAMPLES * LAYERS * CHOSEN];
    const gsc_routing r = {.samples = SAMPLES,
                           .layers = LAYERS,
                           .chosen = CHOSEN,
                           .experts = EXPERTS,
                           .ids = ids};
    size_t work[LAYERS * CHOSEN + 1];
    double sum = 0, pairs = SAMPLES * (SAMPLES - 1) / 2;
    gsc_pathway_distance all, some;
    turn(ids);
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t j = 0; j < i; j++)
            sum += (double)gsc_edit_distance(ids + i * LAYERS * CHOSEN, LAYERS * CHOSEN,
                                             ids + j * LAYERS * CHOSEN, LAYERS * CHOSEN,
                                             work);
    assert_return_ok(gsc_routing_distance(&r, GSC_ALL_LAYERS, 1, 10000, 1, &all));
    assert_close(all.mean, sum / pairs, 1e-12);
    assert_return_ok(gsc_routing_distance(&r, GSC_ALL_LAYERS, 1, 500, 1, &some));
    assert_true(fabs(some.mean - all.mean) < 4 * some.error);
    assert_true(some.error > all.error);
    /* In one layer 0, 2, 2 or 2: (a, a + 1) of neighbours has one expert in common. */
    assert_return_ok(gsc_routing_distance(&r, 0, 1, 10000, 1, &all));
    assert_close(all.mean, 2 * (1 - 4 * 45 / pairs), 1e-12);
    gsc_routing one = r;
    one.samples = 1;
    assert_return_ok(gsc_routing_distance(&one, 0, 1, 10, 1, &all));
    assert_true(isnan(all.mean) && isnan(gsc_routing_neighbours(&one, 0)));
}

/* A router that sends all through the same experts. */
static void
a_collapsed_router_shows(void **state)
{
    (void)state;
    uint16_t ids[SAMPLES * LAYERS * CHOSEN] = {0};
    const gsc_routing r = {.samples = SAMPLES,
                           .layers = LAYERS,
                           .chosen = 1,
                           .experts = EXPERTS,
                           .ids = ids};
    double entropy, dimension;
    gsc_pathway_distance distance;
    assert_return_ok(gsc_routing_entropy(&r, 0, &entropy));
    assert_true(entropy < 1e-15 && entropy > -1e-15);
    assert_return_ok(gsc_routing_distance(&r, GSC_ALL_LAYERS, 1, 100, 0, &distance));
    assert_true(distance.mean < 1e-15);
    assert_return_ok(gsc_routing_dimension(&r, 100, .01, &dimension));
    assert_close(dimension, 1 / 1.01, 1e-9);
}

/* The eigenvectors are the waves of a circle of four kinds, each with 10 samples, and
 * the labels are the kinds: a wave has 10 of the 40 squares of their one-hot vectors.
 */
static void
a_bound_has_its_closed_form(void **state)
{
    (void)state;
    uint16_t ids[SAMPLES * LAYERS * CHOSEN];
    int32_t labels[SAMPLES];
    const gsc_routing r = {.samples = SAMPLES,
                           .layers = LAYERS,
                           .chosen = CHOSEN,
                           .experts = EXPERTS,
                           .ids = ids};
    const double values[] = {.25, .125, .125, 0}, ridge = .03, noise = .2;
    double dimension = 0, bias = 0, variance = 0;
    gsc_routing_bound b;
    turn(ids);
    for (size_t i = 0; i < SAMPLES; i++)
        labels[i] = (int32_t)(i % 4);
    for (size_t k = 0; k < 4; k++) {
        double kept = values[k] / (values[k] + ridge);
        dimension += kept;
        variance += noise * kept * kept / SAMPLES;
        bias += 10. / SAMPLES * (1 - kept) * (1 - kept);
    }
    assert_return_ok(gsc_routing_bound_of(&r, labels, 1000, ridge, noise, &b));
    assert_int_equal(b.samples, SAMPLES);
    assert_close(b.dimension, dimension, 1e-10);
    assert_close(b.bias, bias, 1e-10);
    assert_close(b.variance, variance, 1e-10);
    assert_close(b.bound, bias + noise * dimension / SAMPLES, 1e-10);
}

/* One expert in each of three layers, whose embeddings are 60 and then 0 degrees apart:
 * cosines of 1/2 and 1. */
static void
consistency_by_hand(void **state)
{
    (void)state;
    const uint16_t ids[] = {1, 0, 1};
    const double embeddings[3][2][2] = {{{0, 3}, {2, 0}},
                                        {{.5, .8660254037844386}, {1, 1}},
                                        {{-1, 0}, {1, 1.7320508075688772}}};
    gsc_routing r = {.samples = 1,
                     .layers = 3,
                     .chosen = 1,
                     .experts = 2,
                     .ids = ids,
                     .width = 2,
                     .embeddings = &embeddings[0][0][0]};
    double erratic;
    assert_return_ok(gsc_routing_erratic(&r, &erratic));
    assert_close(erratic, 1 - 1.5 / 2, 1e-7);
    r.width = 0;
    assert_return_ok(gsc_routing_erratic(&r, &erratic));
    assert_true(isnan(erratic));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit_distances_by_hand),
        cmocka_unit_test(a_pathway_goes_from_the_largest_gate_to_the_cutoff),
        cmocka_unit_test(even_turns_have_their_closed_forms),
        cmocka_unit_test(distances_are_means_over_pairs),
        cmocka_unit_test(a_collapsed_router_shows),
        cmocka_unit_test(a_bound_has_its_closed_form),
        cmocka_unit_test(consistency_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
