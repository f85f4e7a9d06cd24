/* Every recipe's network, rewritten, against its plain graph: losses and gradients in
 * double to 1e-12, in float to rounding, and bitwise the same over threads. */
#include "test.h"

#include "grokscope/config.h"
#include "grokscope/engine.h"
#include "grokscope/memory.h"

#include <stdlib.h>

enum { EXAMPLES = 600, MOST_CTX = 16 };

typedef struct network {
    gsc_config config;
    gsc_task task;
    gsc_model model;
    uint16_t *targets;
    uint32_t examples[EXAMPLES];
    size_t num_examples, num_weights;
    int32_t constant[MOST_CTX];
    void *weights[2]; /* by type */
} network;

static void
network_open(network *net, const char *recipe)
{
    memset(net, 0, sizeof *net);
    assert_return_ok(gsc_config_default(&net->config));
    assert_return_ok(gsc_config_read_recipe(&net->config, recipe));
    assert_return_ok(gsc_task_init(&net->task, &net->config.task));
    assert_return_ok(gsc_config_resolve(&net->config, &net->task));
    assert_return_ok(gsc_model_init(&net->model, &net->config.model));
    assert_return_ok(gsc_task_targets(
        &net->task, (size_t)net->config.model.answer_position,
        net->model.first_loss_position, net->model.num_loss_positions, &net->targets));
    gsc_task_constant_tokens(&net->task, net->constant);
    net->num_examples = EXAMPLES;
    for (uint32_t i = 0; i < EXAMPLES; i++)
        net->examples[i] = (uint32_t)(i * net->task.num_examples / EXAMPLES);
    net->num_weights = gsc_graph_num_weights(net->model.graph);
    for (int type = 0; type < 2; type++) {
        net->weights[type] = gsc_new(net->num_weights, gsc_type_size((gsc_type)type));
        assert_non_null(net->weights[type]);
        gsc_graph_init_weights(net->model.graph, 5, (gsc_type)type, net->weights[type]);
    }
}

static void
network_close(network *net)
{
    gsc_model_free(&net->model);
    gsc_task_free(&net->task);
    free(net->targets);
    free(net->weights[0]);
    free(net->weights[1]);
}

/* A run with gradients; the engine stays open for them. */
static gsc_engine *
run(const network *net, gsc_type type, unsigned rewrites, size_t threads, double *loss)
{
    gsc_engine *engine;
    gsc_threads *pool;
    gsc_loss result;
    gsc_engine_options options = {.type = type,
                                  .loss = net->model.loss,
                                  .gradients = true,
                                  .num_examples = net->task.num_train,
                                  .rewrites = rewrites,
                                  .constant = net->constant,
                                  .n_ctx = net->task.n_ctx};
    gsc_batch batch = {net->task.inputs, net->task.n_ctx, net->targets, net->examples,
                       net->num_examples};
    assert_return_ok(gsc_threads_open(&pool, threads));
    assert_return_ok(gsc_engine_open(&engine, net->model.graph, &options));
    assert_return_ok(
        gsc_engine_run(engine, pool, net->weights[type], &batch, NULL, &result));
    gsc_threads_close(pool);
    *loss = result.mean;
    return engine;
}

/* The largest difference of two gradients, relative to the root mean square of each
 * parameter's. */
static double
difference(const network *net, gsc_type type, const void *a, const void *b)
{
    double most = 0;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(net->model.graph, &count);
    for (size_t j = 0; j < count; j++) {
        double largest = 0, squares = 0;
        size_t n = gsc_shape_count(p[j].shape);
        for (size_t i = p[j].offset; i < p[j].offset + n; i++) {
            double x = type == GSC_FLOAT64 ? ((const double *)a)[i]
                                           : (double)((const float *)a)[i];
            double y = type == GSC_FLOAT64 ? ((const double *)b)[i]
                                           : (double)((const float *)b)[i];
            largest = fmax(largest, fabs(x - y));
            squares += x * x;
        }
        if (p[j].trained && squares > 0)
            most = fmax(most, largest / sqrt(squares / (double)n));
    }
    return most;
}

static void
check_recipe(const char *recipe)
{
    static const double bound[] = {[GSC_FLOAT64] = 1e-12, [GSC_FLOAT32] = 2e-4};
    network net;
    network_open(&net, recipe);
    for (int type = 0; type < 2; type++) {
        double plain_loss, loss;
        gsc_engine *plain = run(&net, (gsc_type)type, 0, 2, &plain_loss);
        gsc_engine *all = run(&net, (gsc_type)type, GSC_REWRITE_ALL, 2, &loss);
        double largest = difference(&net, (gsc_type)type, gsc_engine_gradient(plain),
                                    gsc_engine_gradient(all));
        print_message("%s, %s: loss %.2g, gradient %.2g; %.2f of the operations\n",
                      recipe, type == GSC_FLOAT64 ? "float64" : "float32",
                      fabs(loss / plain_loss - 1), largest,
                      gsc_engine_flops(all, net.task.num_train) /
                          gsc_engine_flops(plain, net.task.num_train));
        assert_close(loss / plain_loss, 1, bound[type]);
        assert_true(largest < bound[type]);
        assert_true(gsc_engine_flops(all, net.task.num_train) <=
                    gsc_engine_flops(plain, net.task.num_train));
        gsc_engine_close(plain);
        gsc_engine_close(all);
    }
    network_close(&net);
}

static void
every_recipe_keeps_its_loss_and_gradient(void **state)
{
    (void)state;
    char **names;
    assert_return_ok(gsc_config_recipes(&names));
    for (size_t i = 0; names[i]; i++) {
        check_recipe(names[i]);
        free(names[i]);
    }
    free(names);
}

static void
every_recipe_has_the_same_bits_on_any_number_of_threads(void **state)
{
    (void)state;
    char **names;
    assert_return_ok(gsc_config_recipes(&names));
    for (size_t i = 0; names[i]; i++) {
        network net;
        network_open(&net, names[i]);
        double loss, other;
        gsc_engine *one = run(&net, GSC_FLOAT32, GSC_REWRITE_ALL, 1, &loss);
        for (size_t threads = 2; threads <= 5; threads += 3) {
            gsc_engine *many = run(&net, GSC_FLOAT32, GSC_REWRITE_ALL, threads, &other);
            assert_memory_equal(&loss, &other, sizeof loss);
            assert_memory_equal(gsc_engine_gradient(one), gsc_engine_gradient(many),
                                net.num_weights * sizeof(float));
            gsc_engine_close(many);
        }
        gsc_engine_close(one);
        network_close(&net);
        free(names[i]);
    }
    free(names);
}

/* ---- Names ---- */

static void
names_stand_for_bits(void **state)
{
    (void)state;
    unsigned bits;
    size_t count;
    gsc_text text = {0};
    assert_return_ok(gsc_rewrites_from_text("all", &bits));
    assert_int_equal(bits, GSC_REWRITE_ALL);
    assert_return_ok(gsc_rewrites_from_text("none", &bits));
    assert_int_equal(bits, 0);
    assert_return_ok(gsc_rewrites_from_text("mix,gather", &bits));
    assert_int_equal(bits, GSC_REWRITE_MIX | GSC_REWRITE_GATHER);
    assert_return_ok(gsc_rewrites_to_text(bits, &text));
    assert_string_equal(text.data, "gather,mix");
    assert_fails(gsc_rewrites_from_text("gather,mixx", &bits), GSC_EARGUMENT,
                 "rewrite: no 'mixx'; did you mean 'mix'?");
    assert_fails(gsc_rewrites_from_text("", &bits), GSC_EARGUMENT, "rewrite: no ''");
    unsigned all = 0;
    const gsc_rewrite *table = gsc_rewrites(&count);
    for (size_t i = 0; i < count; i++)
        all |= table[i].bit;
    assert_int_equal(all, GSC_REWRITE_ALL);
    gsc_text_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recipe_keeps_its_loss_and_gradient),
        cmocka_unit_test(every_recipe_has_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(names_stand_for_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
