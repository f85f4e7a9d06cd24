/* Controls: what they keep of a loaded model's weights, and what they do not. */
#include "loaded_model_fixture.h"

#include <math.h>

/* Several heads, so that a tensor is a stack of matrices, biases and a scalar's like.
 */
static const char *const lines = "p = 13\nd_model = 24\nn_heads = 3\nd_mlp = 40\n"
                                 "normalization_type = LN\ninit = pytorch\n";

typedef struct pair {
    gsc_loaded_model own, control;
} pair;

static void
open_pair(pair *p, gsc_control control)
{
    open_small(&p->own, lines);
    assert_return_ok(gsc_loaded_model_open(&p->control, path));
    assert_return_ok(gsc_loaded_model_control(&p->control, control, path));
}

static void
close_pair(pair *p)
{
    gsc_loaded_model_close(&p->own);
    gsc_loaded_model_close(&p->control);
}

static bool
same_weights(const gsc_loaded_model *a, const gsc_loaded_model *b)
{
    assert_int_equal(a->num_weights, b->num_weights);
    return memcmp(a->weights, b->weights, a->num_weights * sizeof *a->weights) == 0;
}

/* ---- init ---- */

static void
init_takes_the_weights_of_step_0(void **state)
{
    (void)state;
    gsc_network network;
    gsc_loaded_model first, later;
    char places[2][GSC_PATH_BYTES];
    small_network(&network, lines);
    write_run_step(&network, 0, 1);
    write_run_step(&network, 70, 2);
    gsc_network_free(&network);
    assert_return_ok(gsc_run_step_path(folder, 0, places[0]));
    assert_return_ok(gsc_run_step_path(folder, 70, places[1]));
    assert_return_ok(gsc_loaded_model_open(&first, places[0]));
    assert_return_ok(gsc_loaded_model_open(&later, places[1]));
    assert_false(same_weights(&first, &later));
    assert_return_ok(gsc_loaded_model_control(&later, GSC_CONTROL_INIT, places[0]));
    assert_true(same_weights(&first, &later));
    assert_int_equal(later.checkpoint.step, 70); /* it is still that step's control */
    gsc_loaded_model_close(&first);
    gsc_loaded_model_close(&later);
}

static void
init_needs_step_0_of_the_same_network(void **state)
{
    (void)state;
    gsc_network network;
    gsc_loaded_model loaded;
    char expected[GSC_PATH_BYTES + 128], place[GSC_PATH_BYTES];
    open_small(&loaded, lines);
    double kept = loaded.weights[3];
    assert_fails(gsc_loaded_model_control(&loaded, GSC_CONTROL_INIT, path), GSC_EFORMAT,
                 "a lone file; the control 'init' needs the step 0 of a run");
    assert_return_ok(gsc_run_step_path(folder, 70, place));
    small_network(&network, lines);
    write_network(place, &network, 70, 2);
    snprintf(
        expected, sizeof expected,
        "%s: the first step file of the run is of step 70; the control 'init' needs "
        "step 0",
        place);
    assert_fails(gsc_loaded_model_control(&loaded, GSC_CONTROL_INIT, place),
                 GSC_EFORMAT, expected);
    gsc_network_free(&network);
    unlink(place);
    assert_return_ok(gsc_run_step_path(folder, 0, place));
    small_network(&network, "p = 5\n");
    write_network(place, &network, 0, 2);
    snprintf(expected, sizeof expected, "weights, expected %zu", loaded.num_weights);
    assert_fails(gsc_loaded_model_control(&loaded, GSC_CONTROL_INIT, place),
                 GSC_EFORMAT, expected);
    gsc_network_free(&network);
    unlink(place);
    assert_fails(gsc_loaded_model_control(&loaded, GSC_CONTROL_INIT, place),
                 GSC_EFORMAT, place);
    assert_true(loaded.weights[3] == kept); /* a failure leaves the weights */
    gsc_loaded_model_close(&loaded);
}

/* ---- shuffled ---- */

static size_t row_width;

static int
compare_rows(const void *a, const void *b)
{
    const double *x = a, *y = b;
    for (size_t i = 0; i < row_width; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* The rows of one matrix are those of another, in whatever order. */
static void
assert_same_rows(const double *a, const double *b, size_t rows, size_t width)
{
    double *sorted[2];
    const double *given[] = {a, b};
    for (size_t k = 0; k < 2; k++) {
        sorted[k] = gsc_new(rows * width, sizeof(double));
        assert_non_null(sorted[k]);
        memcpy(sorted[k], given[k], rows * width * sizeof(double));
        row_width = width;
        qsort(sorted[k], rows, width * sizeof(double), compare_rows);
    }
    assert_memory_equal(sorted[0], sorted[1], rows * width * sizeof(double));
    free(sorted[0]);
    free(sorted[1]);
}

static bool
is_constant(const gsc_tensor *tensor)
{
    const double *data = tensor->data;
    for (size_t i = 1; i < gsc_shape_count(tensor->shape); i++)
        if (data[i] != data[0])
            return false;
    return true;
}

static void
shuffled_rows_are_the_same_in_another_order(void **state)
{
    (void)state;
    pair p;
    size_t moved = 0, stacks = 0, vectors = 0;
    open_pair(&p, GSC_CONTROL_SHUFFLED);
    for (size_t t = 0; t < p.own.num_tensors; t++) {
        const gsc_tensor *own = &p.own.tensors[t], *control = &p.control.tensors[t];
        size_t rank = own->shape.rank, count = gsc_shape_count(own->shape);
        size_t width = rank < 2 ? 1 : own->shape.dims[rank - 1];
        size_t rows = rank < 2 ? count : own->shape.dims[rank - 2];
        const double *a = own->data, *b = control->data;
        for (size_t at = 0; at < count; at += rows * width)
            assert_same_rows(a + at, b + at, rows, width);
        if (!is_constant(own) && rows > 3) {
            assert_true(memcmp(a, b, count * sizeof *a) != 0);
            moved++;
            stacks += rank > 2;
            vectors += rank == 1;
        }
    }
    assert_true(moved > 5 && stacks > 0 && vectors > 0); /* so that it matters */
    close_pair(&p);
}

/* The heads of a tensor stay each other's: row i of all goes to the same place. */
static void
matrices_of_a_stack_share_their_order(void **state)
{
    (void)state;
    pair p;
    size_t stacks = 0;
    open_pair(&p, GSC_CONTROL_SHUFFLED);
    for (size_t t = 0; t < p.own.num_tensors; t++) {
        const gsc_shape *s = &p.own.tensors[t].shape;
        const double *a = p.own.tensors[t].data, *b = p.control.tensors[t].data;
        if (s->rank != 3 || is_constant(&p.own.tensors[t]))
            continue;
        size_t rows = s->dims[1], width = s->dims[2], size = rows * width;
        for (size_t i = 0; i < rows; i++) {
            size_t from = 0;
            while (memcmp(b + i * width, a + from * width, width * sizeof *a) != 0)
                assert_true(++from < rows);
            for (size_t m = 1; m < s->dims[0]; m++)
                assert_memory_equal(b + m * size + i * width,
                                    a + m * size + from * width, width * sizeof *a);
        }
        stacks++;
    }
    assert_true(stacks > 0);
    close_pair(&p);
}

/* ---- random ---- */

static void
random_weights_have_the_size_of_the_own(void **state)
{
    (void)state;
    pair p;
    size_t compared = 0;
    open_pair(&p, GSC_CONTROL_RANDOM);
    for (size_t t = 0; t < p.own.num_tensors; t++) {
        const gsc_tensor *own = &p.own.tensors[t], *control = &p.control.tensors[t];
        size_t count = gsc_shape_count(own->shape);
        const double *a = own->data, *b = control->data;
        double squares[2] = {0, 0}, mean = 0, n = (double)count;
        for (size_t i = 0; i < count; i++) {
            squares[0] += a[i] * a[i];
            squares[1] += b[i] * b[i];
            mean += b[i] / n;
        }
        if (squares[0] == 0) {
            assert_true(squares[1] == 0);
            continue;
        }
        assert_true(memcmp(a, b, count * sizeof *a) != 0);
        /* A sum of n squares has deviation sqrt(2 / n), a mean sqrt(1 / n): 5 of them.
         */
        assert_close(squares[1] / squares[0], 1, 5 * sqrt(2 / n));
        assert_close(mean / sqrt(squares[0] / n), 0, 5 * sqrt(1 / n));
        compared += count > 100;
    }
    assert_true(compared > 3);
    close_pair(&p);
}

/* Equal shapes and sizes do not make equal numbers. */
static void
tensors_are_drawn_from_streams_of_their_own(void **state)
{
    (void)state;
    pair p;
    const double *seen[2] = {NULL, NULL};
    open_pair(&p, GSC_CONTROL_RANDOM);
    for (size_t t = 0; t < p.own.num_tensors; t++) {
        const gsc_tensor *tensor = &p.control.tensors[t];
        const char *end = tensor->name + strlen(tensor->name) - 4;
        if (strcmp(end, ".W_Q") == 0)
            seen[0] = tensor->data;
        if (strcmp(end, ".W_K") == 0)
            seen[1] = tensor->data;
    }
    assert_true(seen[0] && seen[1]);
    double ratio = seen[0][0] / seen[1][0];
    assert_true(fabs(seen[0][1] / seen[1][1] - ratio) > 1e-6);
    close_pair(&p);
}

/* ---- All ---- */

static void
a_control_is_the_same_in_each_call(void **state)
{
    (void)state;
    for (int control = GSC_CONTROL_SHUFFLED; control < GSC_NUM_CONTROLS; control++) {
        pair a, b;
        open_pair(&a, (gsc_control)control);
        open_pair(&b, (gsc_control)control);
        assert_true(same_weights(&a.control, &b.control));
        assert_false(same_weights(&a.control, &a.own));
        close_pair(&a);
        close_pair(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(init_takes_the_weights_of_step_0),
        IN_RUN(init_needs_step_0_of_the_same_network),
        IN_FOLDER(shuffled_rows_are_the_same_in_another_order),
        IN_FOLDER(matrices_of_a_stack_share_their_order),
        IN_FOLDER(random_weights_have_the_size_of_the_own),
        IN_FOLDER(tensors_are_drawn_from_streams_of_their_own),
        IN_FOLDER(a_control_is_the_same_in_each_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
