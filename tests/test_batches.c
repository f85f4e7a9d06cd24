/* Batches: every training example once an epoch, in an order that follows from seed and
 * step alone. */
#include "test.h"
#include "train/run/batches.h"

#include <stdlib.h>

enum { TRAIN = 103, SIZE = 20, AN_EPOCH = 6 };

static uint32_t train[TRAIN];

static void
open_batches(gsc_batches *batches, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < TRAIN; i++)
        train[i] = (uint32_t)(7 * (i * 31 % TRAIN) + 1);
    assert_return_ok(gsc_batches_init(batches, train, TRAIN, size, seed));
}

static void
an_epoch_has_every_example_once(void **state)
{
    (void)state;
    gsc_batches b;
    open_batches(&b, SIZE, 1);
    assert_false(gsc_batches_take_all(&b));
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        size_t seen[TRAIN] = {0}, total = 0;
        for (int64_t step = 0; step < AN_EPOCH; step++) {
            size_t count;
            const uint32_t *examples =
                gsc_batches_at(&b, epoch * AN_EPOCH + step, &count);
            assert_int_equal(count, step < AN_EPOCH - 1 ? SIZE : TRAIN % SIZE);
            for (size_t i = 0; i < count; i++) {
                seen[(examples[i] - 1) / 7]++;
                assert_true(i == 0 || examples[i - 1] < examples[i]);
            }
            total += count;
        }
        assert_int_equal(total, TRAIN);
        for (size_t i = 0; i < TRAIN; i++)
            assert_int_equal(seen[i], 1);
    }
    gsc_batches_free(&b);
}

static void
a_step_has_its_examples_whatever_came_before(void **state)
{
    (void)state;
    gsc_batches forward, backward, other;
    open_batches(&forward, SIZE, 1);
    open_batches(&backward, SIZE, 1);
    open_batches(&other, SIZE, 2);
    uint32_t kept[3 * AN_EPOCH][SIZE];
    size_t count, same_as_other = 0, same_as_first = 0;
    for (int64_t step = 0; step < 3 * AN_EPOCH; step++) {
        const uint32_t *examples = gsc_batches_at(&forward, step, &count);
        memcpy(kept[step], examples, count * sizeof *examples);
        examples = gsc_batches_at(&other, step, &count);
        same_as_other += memcmp(kept[step], examples, count * sizeof *examples) == 0;
        same_as_first +=
            memcmp(kept[step], kept[step % AN_EPOCH], count * sizeof *examples) == 0;
    }
    for (int64_t step = 3 * AN_EPOCH; step-- > 0;) {
        const uint32_t *examples = gsc_batches_at(&backward, step, &count);
        assert_memory_equal(examples, kept[step], count * sizeof *examples);
    }
    assert_int_equal(same_as_other, 0);
    assert_int_equal(same_as_first, AN_EPOCH); /* each epoch has its own order */
    gsc_batches_free(&forward);
    gsc_batches_free(&backward);
    gsc_batches_free(&other);
}

static void
a_large_batch_is_the_whole_training_set(void **state)
{
    (void)state;
    const size_t sizes[] = {0, TRAIN, TRAIN + 1};
    for (size_t i = 0; i < 3; i++) {
        gsc_batches b;
        size_t count;
        open_batches(&b, sizes[i], 1);
        assert_true(gsc_batches_take_all(&b));
        const uint32_t *examples = gsc_batches_at(&b, 12345, &count);
        assert_int_equal(count, TRAIN);
        for (size_t k = 0; k < TRAIN; k++)
            assert_int_equal(examples[k], 7 * k + 1);
        gsc_batches_free(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_has_every_example_once),
        cmocka_unit_test(a_step_has_its_examples_whatever_came_before),
        cmocka_unit_test(a_large_batch_is_the_whole_training_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
