/* Random factors of whole tensors. */
#include "optimizer_fixture.h"

/* The factor of every weight of a tensor is one number, another for each tensor and
 * update, and its logarithm has the deviation that is asked for. */
static void
a_jiggle_is_one_factor_a_tensor(void **state)
{
    (void)state;
    enum { UPDATES = 400 };
    double sum = 0, before = 0;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    strcpy(f.config.projections, "jiggle strength 2");
    f.config.learning_rate = 0.01;
    f.config.weight_decay = 0;
    fixture_start(&f);
    fill(&f, f.gradient, 0);
    fill(&f, f.weights, 3);
    for (int64_t t = 0; t < UPDATES; t++) {
        gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
        double first = load(&f, f.next, f.parameters[0].offset);
        for (size_t i = 0; i < gsc_shape_count(f.parameters[0].shape); i++)
            assert_true(load(&f, f.next, f.parameters[0].offset + i) == first);
        assert_true(first != load(&f, f.next, f.parameters[2].offset));
        assert_true(first != before);
        before = first;
        sum += pow(log(first / 3) / 0.02, 2);
    }
    /* the mean of 400 squares is within three of its deviations, sqrt(2 / 400), of 1 */
    assert_close(sum / UPDATES, 1, 0.22);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jiggle_is_one_factor_a_tensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
