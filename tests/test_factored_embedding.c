/* Embeddings that are a product A B: the same network as with the one matrix, and A
 * from another network. */
#include "analyze/network/loss/loss_gradient.h"
#include "runs.h"

#include "grokscope/memory.h"
#include "grokscope/network.h"

#include <stdlib.h>

enum { P = 5, D = 8, R = 3 };

/* Small networks of each architecture that has the option. */
static const char *const kinds[][2] = {{"architecture", "transformer"},
                                       {"architecture", "token_mlp"}};

static void
train_small(size_t kind, const char *rank, const char *more, const char *value,
            char folder[32])
{
    const char *const changes[][2] = {{"p", "5"},          {"d_model", "8"},
                                      {"layout", "a b"},   {"train_fraction", "0.8"},
                                      {"steps", "3"},      {"checkpoints", "linear:3"},
                                      {"dtype", "float64"}};
    gsc_config config;
    gsc_train_result result;
    snprintf(folder, 32, "/tmp/grokscope-run-XXXXXX");
    assert_non_null(mkdtemp(folder));
    const gsc_train_options options = {
        .folder = folder, .force = true, .num_threads = 1};
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, kinds[kind][0], kinds[kind][1]));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        assert_return_ok(gsc_config_set(&config, changes[i][0], changes[i][1]));
    assert_return_ok(gsc_config_set(&config, "embed_rank", rank));
    assert_return_ok(gsc_config_set(&config, more, value));
    assert_return_ok(gsc_train(&config, &options, &result));
}

static void
open_at(const char *folder, int64_t step, gsc_loaded_model *loaded)
{
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, step, path));
    assert_return_ok(gsc_loaded_model_open(loaded, path));
}

static double *
data_of(const gsc_loaded_model *loaded, const char *name)
{
    gsc_tensor *t = gsc_loaded_model_tensor(loaded, name);
    assert_non_null(t);
    return t->data;
}

/* The product, and all other weights, into the network of one matrix. */
static void
multiply_into(const gsc_loaded_model *product, gsc_loaded_model *whole)
{
    const double *A = data_of(product, "embed.W_A"), *B = data_of(product, "embed.W_B");
    double *E = data_of(whole, "embed.W_E");
    size_t rows = gsc_loaded_model_tensor(whole, "embed.W_E")->shape.dims[0];
    for (size_t i = 0; i < rows * D; i++) {
        E[i] = 0;
        for (size_t r = 0; r < R; r++)
            E[i] += A[i / D * R + r] * B[r * D + i % D];
    }
    for (size_t k = 0; k < whole->num_tensors; k++)
        if (strcmp(whole->tensors[k].name, "embed.W_E") != 0)
            memcpy(whole->tensors[k].data, data_of(product, whole->tensors[k].name),
                   gsc_shape_count(whole->tensors[k].shape) * sizeof(double));
}

/* The gradient of a parameter, out of a flat array. */
static const double *
part(const gsc_loaded_model *loaded, const double *flat, const char *name)
{
    return flat + (data_of(loaded, name) - loaded->weights);
}

static void
a_product_is_the_network_of_one_matrix(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        char a[32], b[32];
        gsc_loaded_model product, whole;
        gsc_loss_gradient of_product, of_whole;
        double loss, same;
        const double *g, *dE;
        train_small(kind, "3", "seed", "4", a);
        train_small(kind, "0", "seed", "4", b);
        open_at(a, 3, &product);
        open_at(b, 3, &whole);
        multiply_into(&product, &whole);
        assert_return_ok(gsc_loss_gradient_open(&of_product, &product));
        assert_return_ok(gsc_loss_gradient_open(&of_whole, &whole));
        assert_return_ok(
            gsc_loss_gradient_run(&of_product, product.weights, NULL, &loss, &g));
        assert_return_ok(
            gsc_loss_gradient_run(&of_whole, whole.weights, NULL, &same, &dE));
        assert_close(loss, same, 1e-13);
        const double *A = data_of(&product, "embed.W_A");
        const double *B = data_of(&product, "embed.W_B");
        const double *dA = part(&product, g, "embed.W_A");
        const double *dB = part(&product, g, "embed.W_B");
        dE = part(&whole, dE, "embed.W_E");
        for (size_t i = 0; i < P * R; i++) { /* dA = dE B' */
            double sum = 0;
            for (size_t d = 0; d < D; d++)
                sum += dE[i / R * D + d] * B[i % R * D + d];
            assert_close(dA[i], sum, 1e-13);
        }
        for (size_t i = 0; i < R * D; i++) { /* dB = A' dE */
            double sum = 0;
            for (size_t v = 0; v < P; v++)
                sum += A[v * R + i / D] * dE[v * D + i % D];
            assert_close(dB[i], sum, 1e-13);
        }
        gsc_loss_gradient_close(&of_product);
        gsc_loss_gradient_close(&of_whole);
        gsc_loaded_model_close(&product);
        gsc_loaded_model_close(&whole);
        remove_run(a);
        remove_run(b);
    }
}

static void
measures_see_the_product(void **state)
{
    (void)state;
    char a[32], b[32];
    gsc_loaded_model product, whole;
    gsc_matrix of_product, of_whole;
    train_small(1, "3", "seed", "4", a);
    train_small(1, "0", "seed", "4", b);
    open_at(a, 3, &product);
    open_at(b, 3, &whole);
    multiply_into(&product, &whole);
    assert_return_ok(gsc_loaded_model_view(&product, GSC_VIEW_EMBEDDING,
                                           GSC_RESIDUE_ORDER_PLAIN, &of_product));
    assert_return_ok(gsc_loaded_model_view(&whole, GSC_VIEW_EMBEDDING,
                                           GSC_RESIDUE_ORDER_PLAIN, &of_whole));
    assert_int_equal(of_product.rows, P);
    assert_int_equal(of_product.cols, D);
    for (size_t i = 0; i < P * D; i++)
        assert_close(of_product.data[i], of_whole.data[i], 1e-14);
    gsc_matrix_free(&of_product);
    gsc_matrix_free(&of_whole);
    gsc_loaded_model_close(&product);
    gsc_loaded_model_close(&whole);
    remove_run(a);
    remove_run(b);
}

/* Whatever init_scale does to the others. */
static void
an_embedding_is_taken_from_another_network_as_it_is(void **state)
{
    (void)state;
    char weak[32], strong[32];
    gsc_loaded_model from, to;
    const char *const changes[][2] = {
        {"p", "5"},     {"d_model", "3"},          {"n_heads", "1"},
        {"steps", "9"}, {"checkpoints", "list:9"}, {"dtype", "float64"},
        {"d_mlp", "4"}, {"layout", "a b"},         {NULL, NULL}};
    train_run("demo", changes, weak);
    const char *const larger[][2] = {{"p", "5"},           {"d_model", "8"},
                                     {"n_heads", "1"},     {"d_mlp", "4"},
                                     {"layout", "a b"},    {"embed_rank", "3"},
                                     {"steps", "0"},       {"dtype", "float64"},
                                     {"embed_from", weak}, {"init_scale", "0.5"},
                                     {NULL, NULL}};
    train_run("demo", larger, strong);
    open_at(weak, 9, &from);
    open_at(strong, 0, &to);
    assert_memory_equal(data_of(&from, "embed.W_E"), data_of(&to, "embed.W_A"),
                        P * R * sizeof(double));
    gsc_loaded_model_close(&from);
    gsc_loaded_model_close(&to);
    remove_run(strong);
    remove_run(weak);
}

static int
try_to_take(const char *weak, const char *const (*changes)[2])
{
    char folder[] = "/tmp/grokscope-run-XXXXXX";
    gsc_config config;
    gsc_train_result result;
    assert_non_null(mkdtemp(folder));
    const gsc_train_options options = {
        .folder = folder, .force = true, .num_threads = 1};
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "p", "5"));
    assert_return_ok(gsc_config_set(&config, "embed_from", weak));
    for (; (*changes)[0]; changes++)
        assert_return_ok(gsc_config_set(&config, (*changes)[0], (*changes)[1]));
    int status = gsc_train(&config, &options, &result);
    remove_run(folder);
    return status;
}

static void
what_does_not_fit_is_refused(void **state)
{
    (void)state;
    char weak[32];
    train_small(0, "0", "seed", "1", weak);
    const char *const none[][2] = {{"layout", "a b"}, {NULL, NULL}};
    const char *const wide[][2] = {
        {"layout", "a b"}, {"embed_rank", "9"}, {NULL, NULL}};
    const char *const one_hot[][2] = {{"architecture", "token_mlp"},
                                      {"layout", "a b"},
                                      {"operands", "one_hot"},
                                      {"embed_rank", "3"},
                                      {NULL, NULL}};
    const char *const two[][2] = {{"layout", "a b"},
                                  {"own_embeddings", "yes"},
                                  {"embed_rank", "3"},
                                  {NULL, NULL}};
    assert_fails(try_to_take(weak, none), GSC_EARGUMENT,
                 "embed_from: this network's embedding is no product; embed_rank");
    assert_fails(try_to_take(weak, wide), GSC_EFORMAT,
                 "/params/embed.W_E is [5, 8], expected [5, 9]");
    assert_fails(try_to_take(weak, one_hot), GSC_EARGUMENT,
                 "embed_rank: 3, but this network has no embedding");
    assert_fails(try_to_take(weak, two), GSC_EARGUMENT,
                 "embed_rank: 3, but this network has one for each operand");
    remove_run(weak);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_is_the_network_of_one_matrix),
        cmocka_unit_test(measures_see_the_product),
        cmocka_unit_test(an_embedding_is_taken_from_another_network_as_it_is),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
