/* Weights into tensors and back, from files and folders, and what does not fit. */
#include "folder_fixture.h"

#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

static gsc_graph *graph;
static float values[64];

static int
open_graph(void **state)
{
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 1, NULL};
    if (gsc_graph_open(&graph) < 0 || make_folder(state) < 0)
        return -1;
    gsc_graph_parameter(graph, "a", "x y", (gsc_shape){2, {2, 3}}, normal, true);
    gsc_graph_parameter(graph, "b", "z", (gsc_shape){1, {5}}, normal, false);
    gsc_graph_init_weights(graph, 1, GSC_FLOAT32, values);
    return 0;
}

static int
close_graph(void **state)
{
    char file[GSC_PATH_BYTES];
    gsc_graph_close(graph);
    for (int64_t step = 0; step < 3; step++)
        if (gsc_run_step_path(folder, step, file) == 0)
            unlink(file);
    return remove_folder(state);
}

/* Step N of the folder holds the weights plus N. */
static void
write_step(int64_t step)
{
    char file[GSC_PATH_BYTES];
    float shifted[64];
    gsc_checkpoint c = {.step = step, .config = "{}"};
    for (size_t i = 0; i < 64; i++)
        shifted[i] = values[i] + (float)step;
    assert_return_ok(gsc_run_step_path(folder, step, file));
    assert_return_ok(
        gsc_weights_tensors(graph, GSC_FLOAT32, shifted, &c.params, &c.num_params));
    assert_return_ok(gsc_checkpoint_write(&c, file));
    free(c.params);
}

static void
check_read(const char *source, double shift)
{
    double read[64] = {0};
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(graph, &count);
    assert_return_ok(gsc_weights_read(graph, source, GSC_FLOAT64, read));
    for (size_t j = 0; j < count; j++)
        for (size_t i = 0; i < gsc_shape_count(p[j].shape); i++) {
            size_t at = p[j].offset + i;
            assert_true(read[at] == (double)(values[at] + (float)shift));
        }
}

static void
files_folders_and_steps_are_read(void **state)
{
    (void)state;
    char source[GSC_PATH_BYTES];
    for (int64_t step = 0; step < 3; step++)
        write_step(step);
    assert_return_ok(gsc_run_step_path(folder, 0, source));
    check_read(source, 0);
    check_read(folder, 2);
    snprintf(source, sizeof source, "%s@1", folder);
    check_read(source, 1);
    snprintf(source, sizeof source, "%s@7", folder);
    assert_fails(gsc_weights_read(graph, source, GSC_FLOAT32, values), GSC_EFORMAT,
                 "step-000000007.h5: No such file");
}

static void
only_the_parameters_of_patterns_are_taken(void **state)
{
    (void)state;
    double read[64];
    size_t count, taken = 0;
    const gsc_parameter *p = gsc_graph_parameters(graph, &count);
    for (size_t i = 0; i < 64; i++)
        read[i] = -7;
    write_step(0);
    assert_return_ok(
        gsc_weights_read_some(graph, folder, p[0].name, GSC_FLOAT64, read));
    for (size_t j = 0; j < count; j++)
        for (size_t i = 0; i < gsc_shape_count(p[j].shape); i++) {
            size_t at = p[j].offset + i;
            assert_true(read[at] == (j == 0 ? (double)values[at] : -7));
            taken += j == 0;
        }
    assert_true(taken > 0 && count > 1);
    assert_fails(gsc_weights_read_some(graph, folder, "nothing.*", GSC_FLOAT64, read),
                 GSC_EARGUMENT, "init_parameters: no parameter is 'nothing.*'");
}

static void
an_empty_folder_is_refused(void **state)
{
    (void)state;
    assert_fails(gsc_weights_read(graph, folder, GSC_FLOAT32, values), GSC_EFORMAT,
                 "holds no checkpoint");
}

static void
tensors_that_do_not_fit_are_named(void **state)
{
    (void)state;
    gsc_checkpoint c = {.config = "{}"};
    gsc_tensor *tensors;
    float weights[64];
    assert_return_ok(
        gsc_weights_tensors(graph, GSC_FLOAT32, values, &tensors, &c.num_params));
    c.params = tensors;
    assert_return_ok(gsc_weights_place(graph, &c, GSC_FLOAT32, weights));
    assert_memory_equal(weights, values, 6 * sizeof *values);

    tensors[1].shape.dims[0] = 4;
    assert_fails(gsc_weights_place(graph, &c, GSC_FLOAT32, weights), GSC_EFORMAT,
                 "/params/b is [4], expected [5]");
    strcpy(tensors[1].name, "c");
    assert_fails(gsc_weights_place(graph, &c, GSC_FLOAT32, weights), GSC_EFORMAT,
                 "/params/b is missing");
    gsc_tensor more[3] = {tensors[0], tensors[1], tensors[1]};
    strcpy(more[1].name, "b");
    more[1].shape.dims[0] = 5;
    c.params = more;
    c.num_params = 3;
    assert_fails(gsc_weights_place(graph, &c, GSC_FLOAT32, weights), GSC_EFORMAT,
                 "/params/c is no parameter of this model");
    free(tensors);
}

#define WITH_GRAPH(claim) \
    cmocka_unit_test_setup_teardown(claim, open_graph, close_graph)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GRAPH(files_folders_and_steps_are_read),
        WITH_GRAPH(only_the_parameters_of_patterns_are_taken),
        WITH_GRAPH(an_empty_folder_is_refused),
        WITH_GRAPH(tensors_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
