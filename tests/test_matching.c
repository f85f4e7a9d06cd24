/* Matched neurons and the line between networks: orders that were changed are found,
 * what they do stays, and the line has the loss that it should. */
#include "grokscope/network.h"
#include "grokscope/rng.h"

#include "analyze/compare/barrier.h"
#include "analyze/compare/matching.h"
#include "loaded_model_fixture.h"

static const char *const networks[] = {
    "architecture = transformer\n",
    "architecture = transformer\nn_layers = 2\nbiases = frozen\n",
    "architecture = transformer\nnormalization_type = LN\nnorm_position = post\n",
    "architecture = transformer\nlayout = a op b =\nbiases = absent\n",
    "architecture = zhong_alpha\nlayout = a b\n",
    "architecture = zhong_beta\nlayout = a b\n",
    "architecture = zhong_gamma\nlayout = a b\n",
    "architecture = zhong_delta\nlayout = a b\n",
    "architecture = gromov_mlp\nlayout = a b\nact_fn = square\nloss = mse\n",
    "architecture = chughtai_mlp\nlayout = a b\n",
    "task = parity\narchitecture = mlp\nn = 30\nk = 2\ntrain_samples = 40\n"
    "test_samples = 30\nhidden = 7,12\n",
    "task = parity\narchitecture = mlp\nn = 30\nk = 2\nonline = yes\n"
    "test_samples = 30\nhidden = 12\nbiases = absent\n",
    "task = teacher_student\narchitecture = mlp\nd_hidden = 5\ntrain_samples = 20\n"
    "test_samples = 20\nhidden = 12\nact_fn = tanh\ntolerance = 0.5\n",
    "task = symbol_sum\narchitecture = embedding_sum\ntrain_samples = 20\n"
    "hidden = 9,12\nact_fn = tanh\n",
    "task = digits\ndigits = 2\ntrain_samples = 30\ntest_samples = 20\n",
};
enum { NUM_NETWORKS = sizeof networks / sizeof *networks, M = 12 };

static const gsc_compared_features_options wanted = {
    .wanted = {[GSC_FEATURE_MOMENTS] = true}};

/* A loaded model of the lines, with weights of its own, and the set of features that it
 * is. */
typedef struct side {
    gsc_loaded_model loaded;
    gsc_compared_features features;
} side;

static void
open_side(side *s, const char *lines, uint64_t seed)
{
    open_small(&s->loaded, lines);
    for (size_t i = 0; i < s->loaded.num_weights; i++)
        s->loaded.weights[i] += 0.3 * gsc_rng_normal(seed, 1, i);
    assert_return_ok(
        gsc_compared_features_init(&s->features, &s->loaded, "it", &wanted, NULL));
}

static void
close_side(side *s)
{
    gsc_compared_features_free(&s->features);
    gsc_loaded_model_close(&s->loaded);
}

static void
look_again(side *s)
{
    gsc_compared_features_free(&s->features);
    assert_return_ok(
        gsc_compared_features_init(&s->features, &s->loaded, "it", &wanted, NULL));
}

static void
meet(gsc_agreement *agreement, const side *a, const side *b)
{
    gsc_compared_network x = {&a->loaded, &a->features.questions},
                         y = {&b->loaded, &b->features.questions};
    assert_return_ok(gsc_agreement_init(agreement, x, y, NULL));
}

/* Put the neurons of s into another order: neuron (5 i + 3) mod 12 in place i. */
static void
disorder(side *s)
{
    size_t of[M];
    double *moved = gsc_new(s->loaded.num_weights, sizeof *moved);
    assert_non_null(moved);
    for (size_t i = 0; i < M; i++)
        of[i] = (5 * i + 3) % M;
    const gsc_matching order = {.num_a = M, .num_b = M, .of_a = of};
    assert_return_ok(gsc_matching_permute(&order, &s->loaded, moved));
    memcpy(s->loaded.weights, moved, s->loaded.num_weights * sizeof *moved);
    free(moved);
    look_again(s);
}

static void
another_order_does_the_same_and_is_found(void **state)
{
    (void)state;
    for (size_t k = 0; k < NUM_NETWORKS; k++) {
        side a, b;
        gsc_agreement agreement;
        gsc_matching matching;
        open_side(&a, networks[k], 5);
        open_side(&b, networks[k], 5);
        disorder(&b);
        meet(&agreement, &a, &b);
        if (a.features.questions.alike == GSC_ALIKE_LARGEST)
            assert_close(agreement.all.kl, 0, 1e-12);
        else
            assert_true(isnan(agreement.all.kl));
        assert_true(agreement.all.share == 1);
        assert_close(gsc_moments_cka(&agreement.logits, &a.features.own.logits,
                                     &b.features.own.logits),
                     1, 1e-9);
        assert_return_ok(
            gsc_matching_init(&matching, &a.features, &b.features, &agreement));
        assert_close(matching.mean, 1, 1e-9);
        for (size_t i = 0; i < M; i++) /* neuron i of a stands where 5 j + 3 = i */
            assert_int_equal((5 * matching.of_a[i] + 3) % M, i);
        double *back = gsc_new(b.loaded.num_weights, sizeof *back);
        assert_non_null(back);
        assert_return_ok(gsc_matching_permute(&matching, &b.loaded, back));
        assert_memory_equal(back, a.loaded.weights,
                            a.loaded.num_weights * sizeof *back);
        free(back);
        gsc_matching_free(&matching);
        gsc_matching_free(&matching);
        gsc_agreement_free(&agreement);
        close_side(&a);
        close_side(&b);
    }
}

/* Neurons that are never awake: their correlations say nothing, their weights do. */
static void
silent_neurons_are_told_apart_by_their_weights(void **state)
{
    (void)state;
    side a, b;
    gsc_agreement agreement;
    gsc_matching matching;
    open_side(&a, networks[0], 7);
    open_side(&b, networks[0], 7);
    side *both[] = {&a, &b};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < both[s]->loaded.num_tensors; i++) {
            gsc_tensor *t = &both[s]->loaded.tensors[i];
            for (size_t j = 0; strcmp(t->name, "blocks.0.mlp.b_in") == 0 && j < 4; j++)
                ((double *)t->data)[j] = -1000;
        }
    look_again(&a);
    disorder(&b);
    meet(&agreement, &a, &b);
    assert_return_ok(
        gsc_matching_init(&matching, &a.features, &b.features, &agreement));
    for (size_t i = 0; i < M; i++) {
        assert_int_equal((5 * matching.of_a[i] + 3) % M, i);
        assert_true(i >= 4 || isnan(matching.correlation[i]));
    }
    assert_close(matching.mean, 1, 1e-9);
    gsc_matching_free(&matching);
    gsc_agreement_free(&agreement);
    close_side(&a);
    close_side(&b);
}

/* The trainer's loss of some weights over some examples; NULL: all. */
static double
loss_of(const gsc_network *network, const double *weights, const gsc_split *split)
{
    gsc_engine *engine = NULL;
    gsc_result loss[2 * GSC_MAX_TARGETS];
    gsc_batch batch =
        gsc_network_batch(network, split ? split->indices : NULL,
                          split ? split->count : network->dataset.num_examples);
    assert_return_ok(gsc_network_engine(network, GSC_TO_EVALUATE,
                                        network->dataset.num_examples, &engine));
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, NULL, loss));
    gsc_engine_close(engine);
    return loss[network->loss_roots[0]].mean;
}

static void
points_of_the_line_have_the_trainers_loss(void **state)
{
    (void)state;
    for (size_t k = 0; k < NUM_NETWORKS; k++) {
        enum { POINTS = 5, MOST = 100 };
        side a, b;
        gsc_network network;
        bool test[MOST];
        double loss[POINTS], test_loss[POINTS];
        small_network(&network, networks[k]);
        open_side(&a, networks[k], 1);
        open_side(&b, networks[k], 2);
        assert_return_ok(gsc_barrier_check(&a.features, &b.features));
        assert_true(a.features.questions.count <= MOST);
        gsc_questions_test(&a.features.questions, &b.features.questions, test);
        gsc_line line = {&a.features, b.loaded.weights, test, POINTS};
        assert_return_ok(gsc_barrier_line(&line, NULL, loss, test_loss));
        double *at = gsc_new(a.loaded.num_weights, sizeof *at);
        assert_non_null(at);
        const gsc_split *split = gsc_dataset_split(&network.dataset, "test");
        for (size_t i = 0; i < POINTS; i++) {
            double alpha = (double)i / (POINTS - 1);
            for (size_t j = 0; j < a.loaded.num_weights; j++)
                at[j] = (1 - alpha) * a.loaded.weights[j] + alpha * b.loaded.weights[j];
            assert_close(loss[i], loss_of(&network, at, NULL), 1e-9 * loss[i]);
            assert_close(test_loss[i], loss_of(&network, at, split), 1e-9 * loss[i]);
        }
        free(at);
        close_side(&a);
        close_side(&b);
        gsc_network_free(&network);
    }
}

static void
a_barrier_is_what_rises_above_the_ends(void **state)
{
    (void)state;
    const double hill[] = {1, 4, 5, 6, 3}, valley[] = {2, 1, 0, 1, 2};
    const double broken[] = {1, NAN, 1};
    assert_close(gsc_barrier_height(hill, 5), 6 - 2.5, 1e-15);
    assert_true(gsc_barrier_height(valley, 5) == 0);
    assert_true(isnan(gsc_barrier_height(broken, 3)));
}

static void
other_networks_have_no_line(void **state)
{
    (void)state;
    static const char *const others[][2] = {
        {"act_fn = gelu\n", "another act_fn"},
        {"attention_rate = 0.5\n", "another attention_rate"},
        {"operation = subtract\n", "other answers"}};
    side a, b;
    open_side(&a, networks[0], 1);
    for (size_t i = 0; i < 3; i++) {
        open_side(&b, others[i][0], 1);
        assert_fails(gsc_barrier_check(&a.features, &b.features), GSC_EARGUMENT,
                     others[i][1]);
        close_side(&b);
    }
    open_side(&b, "data_seed = 8\nseed = 3\nlabel_noise = 0.5\n", 1);
    assert_return_ok(gsc_barrier_check(&a.features, &b.features));
    close_side(&b);
    close_side(&a);
}

static void
other_shapes_are_named(void **state)
{
    (void)state;
    side a, b;
    bool same;
    char *why = NULL;
    open_side(&a, networks[0], 1);
    open_side(&b, "d_mlp = 9\n", 1);
    assert_return_ok(gsc_matching_same_shapes(&a.loaded, &a.loaded, &same, &why));
    assert_true(same && !why);
    assert_return_ok(gsc_matching_same_shapes(&a.loaded, &b.loaded, &same, &why));
    assert_false(same);
    assert_string_equal(why, "blocks.0.mlp.W_in is [8, 12] and [8, 9]");
    free(why);
    gsc_agreement agreement;
    gsc_matching matching;
    meet(&agreement, &a, &b);
    assert_return_ok(
        gsc_matching_init(&matching, &a.features, &b.features, &agreement));
    assert_fails(gsc_matching_permute(&matching, &b.loaded, NULL), GSC_EARGUMENT,
                 "12 neurons and 9");
    gsc_matching_free(&matching);
    gsc_agreement_free(&agreement);
    close_side(&a);
    close_side(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_order_does_the_same_and_is_found),
        cmocka_unit_test(silent_neurons_are_told_apart_by_their_weights),
        cmocka_unit_test(points_of_the_line_have_the_trainers_loss),
        cmocka_unit_test(a_barrier_is_what_rises_above_the_ends),
        cmocka_unit_test(other_networks_have_no_line),
        cmocka_unit_test(other_shapes_are_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
