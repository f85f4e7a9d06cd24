/* Many parities at once: the task, and the vector columns that the history has of it.
 */
#include "runs.h"

#include "grokscope/facet.h"
#include "grokscope/table.h"

#include "train/task/multitask_parity.h"

#include <math.h>

enum { TASKS = 5, BITS = 8, K = 2 };

/* ---- The task ---- */

static gsc_multitask_parity
few(void)
{
    return (gsc_multitask_parity){.tasks = TASKS,
                                  .n = BITS,
                                  .k = K,
                                  .zipf = 1,
                                  .online = true,
                                  .train_samples = 100,
                                  .test_samples = 6000,
                                  .samples_of_task = 7};
}

typedef struct made {
    gsc_dataset dataset;
    gsc_facets facets;
    const double *frequency;
    const uint16_t *bits;
} made;

static int
try(gsc_multitask_parity options, made *m)
{
    *m = (made){.bits = NULL};
    return gsc_task_multitask_parity.make(&options, &m->dataset, &m->facets);
}

static made
make(gsc_multitask_parity options)
{
    made m;
    const void *bits, *frequency;
    assert_return_ok(try(options, &m));
    assert_return_ok(gsc_dataset_check(&m.dataset));
    const gsc_facet *facet = gsc_facets_find(&m.facets, GSC_QUANTA);
    assert_return_ok(gsc_facet_array(facet, "bits", GSC_FACET_INDEX,
                                     (gsc_shape){2, {TASKS, K}}, &bits));
    assert_return_ok(gsc_facet_array(facet, "frequency", GSC_FACET_REAL,
                                     (gsc_shape){1, {TASKS}}, &frequency));
    m.bits = bits;
    m.frequency = frequency;
    return m;
}

static void
release(made *m)
{
    gsc_dataset_free(&m->dataset);
    gsc_facets_free(&m->facets);
}

/* The code is one-hot, and the label the parity of the task's bits. */
static void
check_example(const made *m, const uint8_t *x, size_t y, size_t task)
{
    size_t parity = 0;
    for (size_t t = 0; t < TASKS; t++)
        assert_int_equal(x[t], t == task);
    for (size_t j = 0; j < K; j++)
        parity += x[TASKS + m->bits[task * K + j]];
    assert_int_equal(y, parity % 2);
}

static void
labels_are_parities_of_the_tasks_own_bits(void **state)
{
    (void)state;
    made m = make(few());
    const uint8_t *x = gsc_dataset_find(&m.dataset, "x")->data;
    const uint8_t *y = gsc_dataset_find(&m.dataset, "y")->data;
    const uint16_t *task = gsc_dataset_find(&m.dataset, "task")->data;
    size_t ones = 0, count[TASKS] = {0};
    for (size_t e = 0; e < m.dataset.num_examples; e++)
        check_example(&m, x + e * (TASKS + BITS), y[e], task[e]);
    for (size_t e = 0; e < 6000; e++) {
        count[task[e]]++;
        ones += x[e * (TASKS + BITS) + TASKS + 3];
    }
    assert_close((double)ones / 6000, 0.5, 5 * 0.5 / sqrt(6000));
    for (size_t t = 0; t < TASKS; t++) {
        double expected = 1 / (double)(t + 1) / (1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4 + 0.2);
        assert_close(m.frequency[t], expected, 1e-15);
        assert_close((double)count[t] / 6000, expected,
                     5 * sqrt(expected * (1 - expected) / 6000));
    }
    release(&m);
}

static void
no_two_tasks_have_the_same_bits(void **state)
{
    (void)state;
    gsc_multitask_parity all = few();
    all.n = 4; /* of which there are six pairs */
    made m = make(all);
    for (size_t a = 0; a < TASKS; a++)
        for (size_t b = 0; b < a; b++)
            assert_true(m.bits[a * K] != m.bits[b * K] ||
                        m.bits[a * K + 1] != m.bits[b * K + 1]);
    release(&m);
    all.tasks = 7;
    assert_fails(try(all, &m), GSC_EARGUMENT,
                 "tasks: 7, but there are 6 sets of 2 of 4 bits");
    all.k = 5;
    assert_fails(try(all, &m), GSC_EARGUMENT, "k: 5 bits, of 4");
}

static void
streams_and_finite_sets_are_made_alike(void **state)
{
    (void)state;
    made m = make(few());
    uint8_t x[20][TASKS + BITS], y[20], again[5][TASKS + BITS];
    uint16_t task[20];
    const gsc_stream *s = &m.dataset.stream;
    assert_null(gsc_dataset_split(&m.dataset, "train"));
    assert_int_equal(gsc_dataset_split(&m.dataset, "tasks")->count, 7 * TASKS);
    s->draw(s->context, s->seed, 1000, 20, (void *[]){x, y, task});
    for (size_t e = 0; e < 20; e++)
        check_example(&m, x[e], y[e], task[e]);
    s->draw(s->context, s->seed, 1015, 5, (void *[]){again, y, task});
    assert_memory_equal(x[15], again, sizeof again);
    release(&m);
    gsc_multitask_parity finite = few();
    finite.online = false;
    m = make(finite);
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 100);
    assert_int_equal(gsc_dataset_split(&m.dataset, "test")->count, 6000);
    assert_false(m.dataset.stream.endless);
    release(&m);
}

/* ---- Vector columns ---- */

static void
vector_columns_follow_the_numbers_of_a_row(void **state)
{
    (void)state;
    gsc_table t, other;
    const char *const names[] = {"step", "loss"};
    assert_return_ok(gsc_table_init(&t, "loss", names, 2));
    assert_return_ok(gsc_table_add_vector(&t, "by_task", 3));
    assert_return_ok(gsc_table_add_vector(&t, "by_place", 2));
    assert_int_equal(t.num_values, 7);
    assert_int_equal(gsc_table_vector(&t, "by_place")->first, 5);
    assert_null(gsc_table_vector(&t, "loss"));
    assert_return_ok(gsc_table_append(&t, (const double[]){0, 1, 2, 3, 4, 5, 6}));
    assert_return_ok(gsc_table_append(&t, (const double[]){9, 1, 2, 3, 4, 5, 7}));
    assert_close(t.values[13], 7, 0);
    assert_int_equal(gsc_table_first(&t, 0, 1, 5), 1);
    gsc_table_init_like(&other, &t);
    assert_true(gsc_table_has_same_columns(&t, &other));
    assert_int_equal(other.num_rows, 0);
    other.vectors[1].width = 3;
    assert_false(gsc_table_has_same_columns(&t, &other));
    assert_fails(gsc_table_add_vector(&other, "loss", 3), GSC_EARGUMENT,
                 "table loss: two columns 'loss'");
    assert_fails(gsc_table_add_vector(&other, "none", 0), GSC_EARGUMENT,
                 "table loss: column 'none' has the width 0, expected 1 to 65536");
    gsc_table_free(&t);
}

/* Read back from the files of a run: what a split says is what its tasks say together.
 */
static void
a_loss_is_the_mean_of_its_tasks(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"tasks", "5"},      {"n", "8"},         {"hidden", "4"},
        {"steps", "20"},     {"log_every", "5"}, {"checkpoints", "linear:10"},
        {"batch_size", "9"}, {NULL, NULL}};
    char folder[32], path[GSC_PATH_BYTES];
    gsc_checkpoint c;
    train_run("quanta-small", changes, folder);
    assert_return_ok(gsc_run_step_path(folder, 20, path));
    assert_return_ok(gsc_run_read_history(&c, path));
    const gsc_table *t = &c.history[0];
    assert_string_equal(c.dataset.targets[0].group, "");
    assert_int_equal(t->num_rows, 5);
    assert_int_equal(t->num_vectors, 6);
    const gsc_vector_column *losses = gsc_table_vector(t, "tasks_loss_by_task");
    const gsc_vector_column *rights = gsc_table_vector(t, "tasks_accuracy_by_task");
    const gsc_vector_column *batch = gsc_table_vector(t, "batch_loss_by_task");
    for (size_t row = 0; row < t->num_rows; row++) {
        const double *values = t->values + row * t->num_values;
        double loss = 0, right = 0;
        size_t asked = 0;
        for (size_t g = 0; g < TASKS; g++) {
            loss += values[losses->first + g] / TASKS;
            right += values[rights->first + g] / TASKS;
            asked += isnan(values[batch->first + g]) ? 0 : 1;
        }
        assert_close(values[gsc_table_column(t, "tasks_loss")], loss, 1e-12);
        assert_close(values[gsc_table_column(t, "tasks_accuracy")], right, 1e-12);
        assert_true(asked >= 1 && asked <= TASKS);
    }
    gsc_checkpoint_free(&c);
    remove_run(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_parities_of_the_tasks_own_bits),
        cmocka_unit_test(no_two_tasks_have_the_same_bits),
        cmocka_unit_test(streams_and_finite_sets_are_made_alike),
        cmocka_unit_test(vector_columns_follow_the_numbers_of_a_row),
        cmocka_unit_test(a_loss_is_the_mean_of_its_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
