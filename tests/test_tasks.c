/* The tasks that are no tables of pairs: their examples by hand, their streams, and
 * what they refuse. */
#include "tasks_fixture.h"

#include "grokscope/rng.h"

#include "train/data/idx.h"
#include "train/data/source.h"
#include "train/task/digits.h"
#include "train/task/images.h"
#include "train/task/lists.h"
#include "train/task/parity.h"
#include "train/task/symbol_sum.h"
#include "train/task/teacher_student.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double
value(const made *m, const char *field, size_t example, size_t element)
{
    return gsc_field_element(gsc_dataset_find(&m->dataset, field), example, element);
}

/* ---- Parity ---- */

static void
parity_is_the_product_of_the_relevant_bits(void **state)
{
    (void)state;
    made m = make(&gsc_task_parity, "n=70 k=3 train_samples=50 test_samples=200");
    const gsc_facet *bits = gsc_facets_find(&m.facets, GSC_BITS);
    const void *relevant;
    assert_return_ok(gsc_facet_array(bits, "relevant", GSC_FACET_INDEX,
                                     (gsc_shape){1, {3}}, &relevant));
    size_t ones = 0;
    for (size_t e = 0; e < 250; e++) {
        double product = 1;
        for (size_t b = 0; b < 70; b++) {
            double x = value(&m, "x", e, b);
            assert_true(x == 1 || x == -1);
            ones += x > 0;
        }
        for (size_t j = 0; j < 3; j++)
            product *= value(&m, "x", e, ((const uint16_t *)relevant)[j]);
        assert_close(value(&m, "y", e, 0), product, 0);
    }
    assert_close((double)ones / (250 * 70), 0.5, 5 * 0.5 / sqrt(250 * 70));
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 50);
    assert_int_equal(gsc_dataset_split(&m.dataset, "test")->count, 200);
    release(&m);
}

static void
parity_online_draws_what_it_does_not_test_on(void **state)
{
    (void)state;
    made m = make(&gsc_task_parity, "n=30 k=3 online=yes test_samples=40");
    uint8_t x[8][30], y[8], again[3][30];
    void *out[] = {x, y}, *late[] = {again, y};
    const gsc_stream *s = &m.dataset.stream;
    assert_true(s->endless);
    assert_null(gsc_dataset_split(&m.dataset, "train"));
    s->draw(s->context, s->seed, 100, 8, out);
    s->draw(s->context, s->seed, 105, 3, late);
    assert_memory_equal(x[5], again, sizeof again);
    for (size_t e = 0; e < 40; e++)
        for (size_t i = 0; i < 8; i++) {
            size_t same = 0;
            for (size_t b = 0; b < 30; b++)
                same += (value(&m, "x", e, b) > 0) == (x[i][b] == 1);
            assert_true(same < 30);
        }
    release(&m);
    assert_fails(try(&gsc_task_parity, "n=3 k=4", &m), GSC_EARGUMENT,
                 "k: 4 relevant bits, of 3");
}

/* ---- Teacher and student ---- */

/* tanh layers by hand from the streams that the weights come from. */
static void
the_teacher_is_a_tanh_network(void **state)
{
    (void)state;
    made m = make(&gsc_task_teacher_student,
                  "d_in=2 d_hidden=3 d_out=1 train_samples=2 test_samples=1");
    const size_t width[] = {2, 3, 3, 1};
    for (size_t e = 0; e < 3; e++) {
        double h[3] = {value(&m, "x", e, 0), value(&m, "x", e, 1)};
        for (size_t l = 0; l < 3; l++) {
            char W[32], b[32];
            double out[3] = {0}, scale = 1 / sqrt((double)width[l]);
            snprintf(W, sizeof W, "teacher:linear%zu.W", l + 1);
            snprintf(b, sizeof b, "teacher:linear%zu.b", l + 1);
            for (size_t j = 0; j < width[l + 1]; j++) {
                out[j] = scale * (2 * gsc_rng_uniform(0, gsc_rng_stream(b), j) - 1);
                for (size_t i = 0; i < width[l]; i++)
                    out[j] += h[i] * scale *
                              (2 * gsc_rng_uniform(0, gsc_rng_stream(W),
                                                   i * width[l + 1] + j) -
                               1);
                if (l < 2)
                    out[j] = tanh(out[j]);
            }
            memcpy(h, out, sizeof h);
        }
        assert_close(value(&m, "y", e, 0), h[0], 1e-14);
    }
    assert_close(m.dataset.targets[0].tolerance, 0.001, 0);
    release(&m);
}

/* ---- Digits ---- */

static void
digits_are_written_as_they_are_added(void **state)
{
    (void)state;
    made m = make(&gsc_task_digits, "digits=2 train_samples=30 test_samples=10");
    for (size_t e = 0; e < 40; e++) {
        int t[9], sum;
        for (size_t i = 0; i < 9; i++)
            t[i] = (int)value(&m, "tokens", e, i);
        assert_int_equal(t[2], 10);
        assert_int_equal(t[5], 11);
        sum = 10 * t[0] + t[1] + 10 * t[3] + t[4];
        assert_int_equal(100 * t[6] + 10 * t[7] + t[8], sum);
        for (size_t i = 0; i < 3; i++) {
            char field[16];
            snprintf(field, sizeof field, "label_%zu", i);
            assert_int_equal(value(&m, "label", e, i), t[6 + i]);
            assert_int_equal(value(&m, field, e, 0), t[6 + i]);
        }
    }
    assert_int_equal(m.dataset.num_targets, 4);
    assert_int_equal(m.dataset.targets[0].position, 5);
    assert_int_equal(m.dataset.targets[0].num_positions, 3);
    assert_close(m.dataset.targets[0].weight, 1, 0);
    assert_string_equal(m.dataset.targets[2].name, "digit_1");
    assert_int_equal(m.dataset.targets[2].position, 6);
    assert_close(m.dataset.targets[2].weight, 0, 0);
    release(&m);
}

/* ---- Liu's toy ---- */

static void
symbols_are_added_without_a_modulus(void **state)
{
    (void)state;
    made m = make(&gsc_task_symbol_sum, "");
    assert_int_equal(m.dataset.num_examples, 55);
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 45);
    for (size_t e = 0; e < 55; e++) {
        double i = value(&m, "tokens", e, 0), j = value(&m, "tokens", e, 1);
        assert_true(i <= j);
        assert_close(value(&m, "label", e, 0), i + j, 0);
    }
    assert_int_equal(m.dataset.targets[0].num_templates, 19);
    assert_int_equal(m.dataset.targets[0].template_width, 30);
    release(&m);
    for (int n = 1; n <= 55; n++) { /* every count is met */
        char changes[32];
        snprintf(changes, sizeof changes, "train_samples=%d", n);
        m = make(&gsc_task_symbol_sum, changes);
        assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, n);
        release(&m);
    }
    assert_fails(try(&gsc_task_symbol_sum, "train_samples=56", &m), GSC_EARGUMENT,
                 "there are 55 pairs");
}

/* Labels at random are of all sums, few of them right; and no facet says that they are
 * sums. */
static void
symbols_may_have_random_labels(void **state)
{
    (void)state;
    made m = make(&gsc_task_symbol_sum, "random_labels=yes");
    size_t right = 0, above = 0;
    for (size_t e = 0; e < 55; e++) {
        double label = value(&m, "label", e, 0);
        assert_true(label < 19);
        right += label == value(&m, "tokens", e, 0) + value(&m, "tokens", e, 1);
        above += label > 9;
    }
    assert_true(right < 12 && above > 10 && above < 45);
    assert_null(gsc_facets_find(&m.facets, GSC_SYMBOL_SUM));
    release(&m);
}

/* ---- Lists ---- */

static void
lists_are_all_of_different_symbols(void **state)
{
    (void)state;
    made m = make(&gsc_task_lists, "p=5 length=3 operation=sort");
    assert_int_equal(m.dataset.num_examples, 60);
    for (size_t e = 0; e < 60; e++) {
        double number[2] = {0, 0};
        for (size_t i = 0; i < 3; i++) {
            double y = value(&m, "label", e, i);
            double before = i > 0 ? value(&m, "label", e, i - 1) : -1;
            assert_true(before < y); /* sorted */
            assert_close(value(&m, "tokens", e, 6 + i), y, 0);
            number[0] = 5 * number[0] + value(&m, "tokens", e, 2 + i);
            if (e > 0)
                number[1] = 5 * number[1] + value(&m, "tokens", e - 1, 2 + i);
        }
        assert_true(e == 0 || number[1] < number[0]); /* in order, so all differ */
        assert_close(value(&m, "label", e, 3), 7, 0);
    }
    release(&m);
}

static void
lists_are_reversed_and_copied(void **state)
{
    (void)state;
    const double frame[] = {6, 4, 3, 0, 5}; /* eos op 3 0 = */
    made m = make(&gsc_task_lists, "p=4 length=2 operation=reverse");
    for (size_t i = 0; i < 5; i++)
        assert_close(value(&m, "tokens", 9, i), frame[i], 0);
    assert_close(value(&m, "label", 9, 0), 0, 0);
    assert_close(value(&m, "label", 9, 1), 3, 0);
    assert_int_equal(m.dataset.targets[0].position, 4);
    assert_int_equal(m.dataset.targets[0].num_positions, 3);
    release(&m);
    m = make(&gsc_task_lists, "p=4 length=2 operation=copy");
    assert_close(value(&m, "label", 9, 0), 3, 0);
    release(&m);
    assert_fails(try(&gsc_task_lists, "p=4 length=5", &m), GSC_EARGUMENT,
                 "length: 5 different symbols, of 4");
    release(&m);
    assert_fails(try(&gsc_task_lists, "p=97 length=4", &m), GSC_EARGUMENT,
                 "length: more than 1048576 lists of 97 symbols");
    release(&m);
}

/* ---- Images ---- */

static char folder[] = "/tmp/test_tasks_XXXXXX";

static void
write_file(const char *name, const void *data, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void
write_set(size_t count)
{
    unsigned char images[16 + 4 * 20] = {0, 0, 8, 3, 0, 0, 0, 0,
                                         0, 0, 0, 2, 0, 0, 0, 2};
    unsigned char labels[8 + 20] = {0, 0, 8, 1};
    images[7] = labels[7] = (unsigned char)count;
    for (size_t i = 0; i < 4 * count; i++)
        images[16 + i] = (unsigned char)(i * 51 % 256);
    for (size_t i = 0; i < count; i++)
        labels[8 + i] = (unsigned char)(i % 10);
    write_file("t10k-images-idx3-ubyte", images, 16 + 4 * count);
    write_file("t10k-labels-idx1-ubyte", labels, 8 + count);
}

static int
make_place(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int
remove_place(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void
images_are_read_and_named(void **state)
{
    (void)state;
    char changes[128];
    write_set(12);
    snprintf(changes, sizeof changes, "data=%s train_samples=5", folder);
    made m = make(&gsc_task_images, changes);
    assert_int_equal(m.dataset.num_examples, 12);
    assert_int_equal(gsc_dataset_split(&m.dataset, "test")->count, 7);
    for (size_t e = 0; e < 12; e++) {
        assert_int_equal(value(&m, "label", e, 0), e % 10);
        for (size_t i = 0; i < 4; i++)
            assert_close(value(&m, "image", e, i),
                         (double)((4 * e + i) * 51 % 256) / 255, 1e-15);
    }
    assert_int_equal(strlen(m.dataset.sources[0].sha256), 64);
    /* as a checkpoint has it, without the numbers */
    for (size_t i = 0; i < 2; i++) {
        free(m.dataset.owned[i]);
        m.dataset.fields[i].data = m.dataset.owned[i] = NULL;
    }
    assert_return_ok(gsc_source_load(&m.dataset));
    assert_close(value(&m, "image", 0, 1), 51.0 / 255, 1e-15);
    free(m.dataset.owned[0]);
    m.dataset.fields[0].data = m.dataset.owned[0] = NULL;
    write_set(13);
    assert_fails(gsc_source_load(&m.dataset), GSC_EFORMAT, "is another file now");
    snprintf(changes, sizeof changes, "%s/t10k-images-idx3-ubyte", folder);
    unlink(changes);
    assert_fails(gsc_source_load(&m.dataset), GSC_EFORMAT, "Put it back");
    release(&m);
}

/* As many as the share says, each another one, and only of those that train. */
static void
noise_gives_images_wrong_labels(void **state)
{
    (void)state;
    char changes[128];
    size_t wrong = 0;
    write_set(12);
    snprintf(changes, sizeof changes, "data=%s train_samples=10 label_noise=0.45",
             folder);
    made m = make(&gsc_task_images, changes);
    for (size_t e = 0; e < 12; e++) {
        bool right = value(&m, "label", e, 0) == (double)(e % 10);
        assert_true(right || e < 4);
        wrong += !right;
    }
    assert_int_equal(wrong, 4);
    assert_int_equal(*m.dataset.sources[1].path, '\0'); /* its own now */
    assert_int_not_equal(*m.dataset.sources[0].path, '\0');
    release(&m);
}

static void
images_that_are_not_there_say_what_to_fetch(void **state)
{
    (void)state;
    made m;
    unsetenv("GROKSCOPE_DATA");
    assert_fails(try(&gsc_task_images, "", &m), GSC_EARGUMENT, "fashion-mnist runs on");
    assert_fails(try(&gsc_task_images, "data=/nowhere", &m), GSC_EFORMAT,
                 "/nowhere has no t10k-images-idx3-ubyte or");
}

static void
files_that_are_not_idx_are_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned char bytes[10];
        size_t length;
        const char *message;
    } cases[] = {
        {{'P', 'N', 'G', '!'}, 4, "is no IDX file of bytes: begins with 50 4e 47"},
        {{0, 0, 8}, 3, "ends after 3 of 4 bytes"},
        {{0, 0, 13, 1, 0, 0, 0, 1, 1}, 9, "is no IDX file of bytes"},
        {{0, 0, 8, 3, 0, 0, 0, 1}, 8, "has 3 axes, expected 1"},
        {{0, 0, 8, 1, 0, 0, 0, 3, 1}, 9, "ends after 1 of 3 bytes"},
        {{0, 0, 8, 1, 0, 0, 0, 1, 1, 2}, 10, "has more than the 1 bytes"},
        {{0, 0, 8, 1, 0, 0, 0, 0}, 8, "axis 0 has 0 elements"},
        {{0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff}, 8, "axis 0 has 4294967295 elements"},
    };
    char path[128];
    snprintf(path, sizeof path, "%s/odd", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_idx idx;
        write_file("odd", cases[i].bytes, cases[i].length);
        assert_fails(gsc_idx_read(&idx, path, 1), GSC_EFORMAT, cases[i].message);
    }
    gsc_idx idx;
    assert_fails(gsc_idx_read(&idx, "/nowhere/x", 1), GSC_EFORMAT, "No such file");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parity_is_the_product_of_the_relevant_bits),
        cmocka_unit_test(parity_online_draws_what_it_does_not_test_on),
        cmocka_unit_test(the_teacher_is_a_tanh_network),
        cmocka_unit_test(digits_are_written_as_they_are_added),
        cmocka_unit_test(symbols_are_added_without_a_modulus),
        cmocka_unit_test(symbols_may_have_random_labels),
        cmocka_unit_test(lists_are_all_of_different_symbols),
        cmocka_unit_test(lists_are_reversed_and_copied),
        cmocka_unit_test(images_are_read_and_named),
        cmocka_unit_test(noise_gives_images_wrong_labels),
        cmocka_unit_test(images_that_are_not_there_say_what_to_fetch),
        cmocka_unit_test(files_that_are_not_idx_are_refused),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
