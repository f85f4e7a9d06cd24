/* Every recipe's network, rewritten, against its plain graph: losses and gradients in
 * double to 1e-12, in float to rounding, and bitwise the same over threads. */
#include "test.h"

#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/text.h"

#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
enum { EXAMPLES = 100 };
#else
enum { EXAMPLES = 600 };
#endif

typedef struct loaded {
    gsc_network network;
    uint32_t examples[EXAMPLES];
    size_t num_weights;
    void *weights[2]; /* by type */
} loaded;

/* A network of full size takes longer than all others, and has a small one beside it.
 */
enum { MOST_WEIGHTS = 20000000 };

static void
loaded_model_close(loaded *s)
{
    gsc_network_free(&s->network);
    free(s->weights[0]);
    free(s->weights[1]);
}

/* False where the recipe is of data that are not on every machine, or too large. */
static bool
loaded_model_open(loaded *s, const char *recipe)
{
    gsc_config config;
    memset(s, 0, sizeof *s);
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_read_recipe(&config, recipe));
    if (gsc_network_init(&s->network, &config) < 0) {
        if (!strstr(gsc_error_text(), "data: no"))
            fail_msg("%s: %s", recipe, gsc_error_text());
        return false;
    }
    for (uint32_t i = 0; i < EXAMPLES; i++)
        s->examples[i] = (uint32_t)(i * s->network.dataset.num_examples / EXAMPLES);
    const gsc_graph *graph = s->network.model.graph;
    s->num_weights = gsc_graph_num_weights(graph);
    if (s->num_weights > MOST_WEIGHTS) {
        loaded_model_close(s);
        return false;
    }
    for (int type = 0; type < 2; type++) {
        s->weights[type] = gsc_new(s->num_weights, gsc_type_size((gsc_type)type));
        assert_non_null(s->weights[type]);
        gsc_graph_init_weights(graph, 5, (gsc_type)type, s->weights[type]);
    }
    return true;
}

static size_t
num_train(const loaded *s)
{
    const gsc_split *train = gsc_dataset_split(&s->network.dataset, "train");
    return train ? train->count : (size_t)s->network.config.run.batch_size;
}

/* A run with gradients; the engine stays open for them. */
static gsc_engine *
run(const loaded *s, gsc_type type, unsigned rewrites, size_t threads, double *loss)
{
    gsc_engine *engine;
    gsc_threads *pool;
    gsc_result result[GSC_MAX_TARGETS];
    gsc_engine_options options;
    gsc_batch batch = gsc_network_batch(&s->network, s->examples, EXAMPLES);
    assert_return_ok(
        gsc_network_options(&s->network, GSC_TO_TRAIN, num_train(s), &options));
    options.type = type;
    options.rewrites = rewrites;
    assert_return_ok(gsc_threads_open(&pool, threads));
    assert_return_ok(gsc_engine_open(&engine, s->network.model.graph, &options));
    assert_return_ok(
        gsc_engine_run(engine, pool, s->weights[type], &batch, NULL, result));
    gsc_threads_close(pool);
    *loss = gsc_engine_total(engine);
    return engine;
}

static double
element(gsc_type type, const void *numbers, size_t i)
{
    return type == GSC_FLOAT64 ? ((const double *)numbers)[i]
                               : (double)((const float *)numbers)[i];
}

/* A bias of keys adds the same number to all scores of a query, which softmax does not
 * see: its gradient is rounding alone. */
static bool
is_seen(const gsc_parameter *p)
{
    return p->trained && !gsc_text_ends_with(p->name, "attn.b_K");
}

/* The largest difference of two gradients of engines of these types, relative to the
 * root mean square of each parameter's. */
static double
difference(const loaded *s, gsc_type type_a, const void *a, gsc_type type_b,
           const void *b)
{
    double most = 0;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(s->network.model.graph, &count);
    for (size_t j = 0; j < count; j++) {
        double largest = 0, squares = 0;
        size_t n = gsc_shape_count(p[j].shape);
        for (size_t i = p[j].offset; i < p[j].offset + n; i++) {
            double x = element(type_a, a, i), y = element(type_b, b, i);
            largest = fmax(largest, fabs(x - y));
            squares += x * x;
        }
        if (is_seen(&p[j]) && squares > 0)
            most = fmax(most, largest / sqrt(squares / (double)n));
    }
    return most;
}

/* How far apart the two may be: in float twice as far as the plain graph is from
 * float64, where what a parameter's gradient is the sum of nearly cancels. */
static double
bound_of(const loaded *s, gsc_type type, const gsc_engine *plain, const double *exact)
{
    const void *gradient = gsc_engine_gradient(plain);
    if (type == GSC_FLOAT64)
        return 1e-12;
    return fmax(1e-4, 2 * difference(s, type, gradient, GSC_FLOAT64, exact));
}

static void
check_type(const loaded *s, const char *recipe, gsc_type type, double *exact)
{
    double plain_loss, loss;
    gsc_engine *plain = run(s, type, 0, 2, &plain_loss);
    gsc_engine *all = run(s, type, GSC_REWRITE_ALL, 2, &loss);
    if (type == GSC_FLOAT64)
        memcpy(exact, gsc_engine_gradient(plain), s->num_weights * sizeof *exact);
    double bound = bound_of(s, type, plain, exact);
    double largest =
        difference(s, type, gsc_engine_gradient(plain), type, gsc_engine_gradient(all));
    print_message("%s, %s: loss %.2g, gradient %.2g of %.2g; %.2f of the operations\n",
                  recipe, type == GSC_FLOAT64 ? "float64" : "float32",
                  fabs(loss / plain_loss - 1), largest, bound,
                  gsc_engine_flops(all, num_train(s)) /
                      gsc_engine_flops(plain, num_train(s)));
    assert_close(loss / plain_loss, 1, type == GSC_FLOAT64 ? 1e-12 : 1e-4);
    assert_true(largest < bound);
    assert_true(gsc_engine_flops(all, num_train(s)) <=
                gsc_engine_flops(plain, num_train(s)));
    gsc_engine_close(plain);
    gsc_engine_close(all);
}

static void
check_recipe(const char *recipe)
{
    loaded s;
    if (!loaded_model_open(&s, recipe))
        return;
    double *exact = gsc_new(s.num_weights, sizeof *exact);
    assert_non_null(exact);
    check_type(&s, recipe, GSC_FLOAT64, exact);
    check_type(&s, recipe, GSC_FLOAT32, exact);
    free(exact);
    loaded_model_close(&s);
}

static void
every_recipe_keeps_its_loss_and_gradient(void **state)
{
    (void)state;
    char **names;
    assert_return_ok(gsc_config_recipes(&names));
    assert_non_null(names[0]);
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
    assert_non_null(names[0]);
    for (size_t i = 0; names[i]; i++) {
        loaded s;
        double loss, other;
        bool is_there = loaded_model_open(&s, names[i]);
        free(names[i]);
        if (!is_there)
            continue;
        gsc_engine *one = run(&s, GSC_FLOAT32, GSC_REWRITE_ALL, 1, &loss);
        for (size_t threads = 2; threads <= 5; threads += 3) {
            gsc_engine *many = run(&s, GSC_FLOAT32, GSC_REWRITE_ALL, threads, &other);
            assert_memory_equal(&loss, &other, sizeof loss);
            assert_memory_equal(gsc_engine_gradient(one), gsc_engine_gradient(many),
                                s.num_weights * sizeof(float));
            gsc_engine_close(many);
        }
        gsc_engine_close(one);
        loaded_model_close(&s);
    }
    free(names);
}

/* ---- Names ---- */

static void
names_stand_for_bits(void **state)
{
    (void)state;
    unsigned bits;
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
    for (size_t i = 0; gsc_rewrite_at(i); i++)
        all |= gsc_rewrite_at(i)->bit;
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
