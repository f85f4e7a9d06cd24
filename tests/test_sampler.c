/* Samplers: every training example once an epoch, or fresh ones of a stream, in an
 * order that follows only from seed and step. */
#include "grokscope/rng.h"
#include "test.h"

#include "train/data/sampler.h"

#include <stdlib.h>

enum { TRAIN = 103, SIZE = 20, AN_EPOCH = 6 };

static gsc_dataset dataset;

static int
make_dataset(void **state)
{
    (void)state;
    uint32_t train[TRAIN];
    for (size_t i = 0; i < TRAIN; i++)
        train[i] = (uint32_t)(7 * (i * 31 % TRAIN) + 1);
    dataset = (gsc_dataset){.num_examples = 7 * TRAIN + 1};
    return gsc_dataset_add_split(&dataset, "train", train, TRAIN);
}

static int
free_dataset(void **state)
{
    (void)state;
    gsc_dataset_free(&dataset);
    return 0;
}

static void
open_sampler(gsc_sampler *sampler, size_t size, uint64_t seed)
{
    assert_return_ok(gsc_sampler_init(sampler, &dataset, size, seed));
}

static const uint32_t *
examples_at(gsc_sampler *sampler, int64_t step, size_t *count)
{
    gsc_batch batch = gsc_sampler_at(sampler, step);
    *count = batch.num_examples;
    assert_int_equal(batch.step, step);
    return batch.examples;
}

static void
an_epoch_has_every_example_once(void **state)
{
    (void)state;
    gsc_sampler b;
    open_sampler(&b, SIZE, 1);
    assert_false(gsc_sampler_takes_all(&b));
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        size_t seen[TRAIN] = {0}, total = 0;
        for (int64_t step = 0; step < AN_EPOCH; step++) {
            size_t count;
            const uint32_t *examples = examples_at(&b, epoch * AN_EPOCH + step, &count);
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
    gsc_sampler_free(&b);
}

static void
a_step_has_its_examples_whatever_came_before(void **state)
{
    (void)state;
    gsc_sampler forward, backward, other;
    open_sampler(&forward, SIZE, 1);
    open_sampler(&backward, SIZE, 1);
    open_sampler(&other, SIZE, 2);
    uint32_t kept[3 * AN_EPOCH][SIZE];
    size_t count, same_as_other = 0, same_as_first = 0;
    for (int64_t step = 0; step < 3 * AN_EPOCH; step++) {
        const uint32_t *examples = examples_at(&forward, step, &count);
        memcpy(kept[step], examples, count * sizeof *examples);
        examples = examples_at(&other, step, &count);
        same_as_other += memcmp(kept[step], examples, count * sizeof *examples) == 0;
        same_as_first +=
            memcmp(kept[step], kept[step % AN_EPOCH], count * sizeof *examples) == 0;
    }
    for (int64_t step = 3 * AN_EPOCH; step-- > 0;) {
        const uint32_t *examples = examples_at(&backward, step, &count);
        assert_memory_equal(examples, kept[step], count * sizeof *examples);
    }
    assert_int_equal(same_as_other, 0);
    assert_int_equal(same_as_first, AN_EPOCH); /* each epoch has its own order */
    gsc_sampler_free(&forward);
    gsc_sampler_free(&backward);
    gsc_sampler_free(&other);
}

static void
a_large_batch_is_the_whole_training_set(void **state)
{
    (void)state;
    const size_t sizes[] = {0, TRAIN, TRAIN + 1};
    for (size_t i = 0; i < 3; i++) {
        gsc_sampler b;
        size_t count;
        open_sampler(&b, sizes[i], 1);
        assert_true(gsc_sampler_takes_all(&b));
        const uint32_t *examples = examples_at(&b, 12345, &count);
        assert_int_equal(count, TRAIN);
        for (size_t k = 0; k < TRAIN; k++)
            assert_int_equal(examples[k], 7 * k + 1);
        gsc_sampler_free(&b);
    }
}

/* ---- Streams ---- */

/* Example i is the number i itself, and a hash of it and the seed. */
static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        ((int32_t *)out[0])[i] = (int32_t)(first + i);
        ((double *)out[1])[i] = gsc_rng_uniform(seed, 1, first + i);
    }
}

static void
a_stream_goes_on_without_end_and_without_state(void **state)
{
    (void)state;
    gsc_dataset endless = {.num_examples = 3};
    gsc_sampler forward, backward;
    gsc_shape one = {.rank = 0};
    endless.stream = (gsc_stream){.draw = draw, .seed = 5, .endless = true};
    assert_return_ok(
        gsc_dataset_add_field(&endless, "i", GSC_FIELD_INT32, one, 1000, NULL));
    assert_return_ok(
        gsc_dataset_add_field(&endless, "x", GSC_FIELD_FLOAT64, one, 0, NULL));
    assert_return_ok(gsc_sampler_init(&forward, &endless, 8, 0));
    assert_return_ok(gsc_sampler_init(&backward, &endless, 8, 9));
    assert_false(gsc_sampler_takes_all(&forward));
    for (int64_t step = 0; step < 20; step++) {
        gsc_batch a = gsc_sampler_at(&forward, step);
        gsc_sampler_at(&backward, 40 - step);
        gsc_batch b = gsc_sampler_at(&backward, step);
        assert_null(a.examples);
        assert_int_equal(a.num_examples, 8);
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(gsc_field_element(&a.fields[0], i, 0), 8 * step + (int)i);
            assert_close(gsc_field_element(&a.fields[1], i, 0),
                         gsc_field_element(&b.fields[1], i, 0), 0);
        }
    }
    gsc_sampler_free(&forward);
    gsc_sampler_free(&backward);
    assert_fails(gsc_sampler_init(&forward, &endless, 0, 0), GSC_EARGUMENT,
                 "draws them without end");
    endless.stream.draw = NULL; /* as of a file */
    assert_fails(gsc_sampler_init(&forward, &endless, 8, 0), GSC_EARGUMENT,
                 "does not say how");
    gsc_dataset_free(&endless);
}

static void
nothing_to_train_on_is_refused(void **state)
{
    (void)state;
    gsc_sampler sampler;
    gsc_dataset none = {.num_examples = 3};
    assert_fails(gsc_sampler_init(&sampler, &none, 0, 0), GSC_EARGUMENT,
                 "no examples to train on");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_goes_on_without_end_and_without_state),
        cmocka_unit_test(nothing_to_train_on_is_refused),
        cmocka_unit_test(an_epoch_has_every_example_once),
        cmocka_unit_test(a_step_has_its_examples_whatever_came_before),
        cmocka_unit_test(a_large_batch_is_the_whole_training_set),
    };
    return cmocka_run_group_tests(tests, make_dataset, free_dataset);
}
