/* Sums over all pairs of a group: blocks, shares, types, large means. */
#include "group_fixture.h"

static void
are_close(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_close(a[i], b[i], exact * 100);
}

static void
sums_are_the_same(const gsc_group_sums *a, const gsc_group_sums *b)
{
    size_t n = a->group->order;
    assert_int_equal(a->count, b->count);
    are_close(a->logits, b->logits, n * n);
    are_close(a->x, b->x, n * WIDTH);
    are_close(a->y, b->y, n * WIDTH);
    are_close(a->xy, b->xy, n * WIDTH);
    are_close(a->mean, b->mean, WIDTH);
    assert_close(a->logit_squares / b->logit_squares, 1, exact);
    assert_close(a->hidden_squares / b->hidden_squares, 1, exact);
}

static void
blocks_and_shares_do_not_matter(void **state)
{
    (void)state;
    network net = random_network("S4");
    gsc_group_sums whole = sum_all(&net), steps = sum_up(&net, 0, 576, 7);
    gsc_group_sums again = sum_up(&net, 0, 576, 100), first = sum_up(&net, 0, 200, 9);
    gsc_group_sums empty = sum_up(&net, 0, 0, 1), last = sum_up(&net, 200, 376, 50);
    assert_memory_equal(whole.xy, steps.xy, 24 * WIDTH * sizeof(double));
    assert_true(whole.hidden_squares == again.hidden_squares);
    assert_true(whole.logit_squares == steps.logit_squares);
    gsc_group_sums_merge(&empty, &first);
    gsc_group_sums_merge(&empty, &last);
    sums_are_the_same(&empty, &whole);
    gsc_group_sums_merge(&last, &first); /* in the other order */
    sums_are_the_same(&last, &whole);
    gsc_group_sums *const all[] = {&whole, &steps, &again, &first, &empty, &last};
    for (size_t i = 0; i < 6; i++)
        gsc_group_sums_free(all[i]);
    release(&net);
}

static void
float_activations_are_read_as_such(void **state)
{
    (void)state;
    network net = random_network("S3");
    float hidden[36 * WIDTH];
    for (size_t i = 0; i < 36 * WIDTH; i++) {
        hidden[i] = (float)net.hidden[i];
        net.hidden[i] = (double)hidden[i];
    }
    gsc_group_sums wide = sum_all(&net), narrow;
    assert_return_ok(gsc_group_sums_init(&narrow, &net.group, false, WIDTH));
    gsc_group_block block = {0, 36, NULL, hidden, GSC_FLOAT32};
    gsc_group_sums_add(&narrow, &block);
    assert_memory_equal(wide.xy, narrow.xy, 6 * WIDTH * sizeof(double));
    assert_true(wide.hidden_squares == narrow.hidden_squares);
    gsc_group_sums_free(&wide);
    gsc_group_sums_free(&narrow);
    release(&net);
}

/* A mean of 1e6 and a deviation of 1: squares around the mean keep their digits. */
static void
a_large_mean_costs_no_digits(void **state)
{
    (void)state;
    network net = random_network("D5");
    gsc_group_sums small = sum_all(&net);
    for (size_t i = 0; i < 100 * WIDTH; i++)
        net.hidden[i] += 1e6;
    gsc_group_sums large = sum_up(&net, 0, 40, 40), rest = sum_up(&net, 40, 60, 60);
    gsc_group_sums_merge(&large, &rest);
    assert_close(large.hidden_squares / small.hidden_squares, 1, 1e-9);
    gsc_group_sums_free(&small);
    gsc_group_sums_free(&large);
    gsc_group_sums_free(&rest);
    release(&net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_and_shares_do_not_matter),
        cmocka_unit_test(float_activations_are_read_as_such),
        cmocka_unit_test(a_large_mean_costs_no_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
