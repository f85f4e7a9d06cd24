/* What networks answer to all pairs, and the modes in it. */
#include "grokscope/key_frequency.h"

#include "analyze/network/pairs/fourier_modes.h"
#include "loaded_model_fixture.h"

/* ---- Outputs over all pairs ---- */

static void
ask_small(gsc_pair_outputs *pair_outputs, gsc_loaded_model *loaded, const char *lines)
{
    open_small(loaded, lines);
    assert_return_ok(
        gsc_pair_outputs_init(pair_outputs, loaded, loaded->pairs.order, false));
    assert_return_ok(gsc_pair_outputs_run(pair_outputs, loaded->weights, NULL));
    assert_return_ok(gsc_pair_outputs_score(pair_outputs));
}

static void
close_small(gsc_pair_outputs *pair_outputs, gsc_loaded_model *loaded)
{
    gsc_pair_outputs_free(pair_outputs);
    gsc_loaded_model_close(loaded);
}

/* The trainer's own evaluation of the same weights. */
static void
check_against_the_network(const char *lines)
{
    gsc_pair_outputs r;
    gsc_loaded_model s;
    ask_small(&r, &s, lines);
    gsc_engine *engine;
    gsc_result loss;
    gsc_root root = {s.model.outputs[0].loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64, .roots = &root, .num_roots = 1};
    const gsc_dataset *dataset = &s.checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    assert_non_null(train);
    gsc_batch batch = {.fields = dataset->fields,
                       .num_fields = dataset->num_fields,
                       .examples = train->indices,
                       .num_examples = train->count};
    assert_return_ok(gsc_engine_open(&engine, s.model.graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, s.weights, &batch, NULL, &loss));
    assert_close(r.scores.train.loss, loss.mean, 1e-12);
    assert_int_equal(r.scores.train.count, train->count);
    assert_close(r.scores.train.accuracy, (double)loss.num_right / (double)train->count,
                 1e-15);
    gsc_engine_close(engine);
    close_small(&r, &s);
}

static void
losses_are_those_of_training(void **state)
{
    (void)state;
    check_against_the_network("");
    check_against_the_network("d_vocab_out = 11\n"); /* outputs that are no answers */
    check_against_the_network("operation = quad2\nlayout = a b\n");
    check_against_the_network("architecture = zhong_delta\nlayout = a b\n");
}

static void
an_unknown_split_is_not_scored(void **state)
{
    (void)state;
    gsc_pair_outputs r;
    gsc_loaded_model s;
    open_small(&s, "");
    size_t num_splits = s.checkpoint.dataset.num_splits;
    s.checkpoint.dataset.num_splits = 0; /* as imports have it */
    assert_return_ok(gsc_pair_outputs_init(&r, &s, s.pairs.order, false));
    assert_return_ok(gsc_pair_outputs_run(&r, s.weights, NULL));
    assert_return_ok(gsc_pair_outputs_score(&r));
    assert_true(isnan(r.scores.train.loss) && isnan(r.scores.test.accuracy) &&
                isnan(r.scores.test_new.loss) && isnan(r.scores.test_mirrored.loss));
    assert_true(r.scores.all.loss > 0);
    s.checkpoint.dataset.num_splits = num_splits;
    close_small(&r, &s);
}

static void
check_direction(const char *lines, size_t n, gsc_direction expected)
{
    gsc_pair_outputs r;
    gsc_loaded_model s;
    gsc_direction direction;
    ask_small(&r, &s, lines);
    assert_return_ok(gsc_pair_outputs_direction(&r, &direction));
    assert_int_equal(direction, expected);
    assert_int_equal(r.grid.n, n);
    close_small(&r, &s);
}

static void
the_direction_is_the_operations(void **state)
{
    (void)state;
    gsc_pair_outputs r;
    gsc_loaded_model s;
    gsc_direction direction;
    check_direction("", 7, GSC_SUM);
    check_direction("operation = subtract\n", 7, GSC_DIFFERENCE);
    check_direction("operation = multiply\n", 6, GSC_SUM);
    check_direction("operation = divide\n", 6, GSC_DIFFERENCE);
    ask_small(&r, &s, "operation = quad2\n");
    assert_fails(gsc_pair_outputs_direction(&r, &direction), GSC_EARGUMENT,
                 "operation quad2 (a^2 + a b + b^2) modulo 7 is no sum or difference");
    close_small(&r, &s);
    ask_small(&r, &s, "operation = multiply\np = 9\n"); /* no logarithms */
    assert_fails(gsc_pair_outputs_direction(&r, &direction), GSC_EARGUMENT,
                 "operation multiply (a b) modulo 9");
    close_small(&r, &s);
}

/* ---- Fourier modes ---- */

static const size_t all_keys[] = {1, 2, 3};

static void
losses_of(const gsc_loaded_model *s, gsc_convention convention, size_t num_keys,
          gsc_mode_losses *losses)
{
    gsc_fourier_modes modes;
    assert_return_ok(gsc_fourier_modes_init(&modes, s, convention, false, NULL));
    assert_return_ok(gsc_fourier_modes_restrict(&modes, all_keys, num_keys, losses));
    assert_return_ok(gsc_fourier_modes_exclude(&modes, all_keys, num_keys, losses));
    gsc_fourier_modes_free(&modes);
}

/* Without a residual path or biases, modes of neurons are modes of logits. */
static void
conventions_agree_where_all_passes_the_neurons(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_mode_losses nanda, notebook, chughtai;
    open_small(&s, "architecture = gromov_mlp\nlayout = a b\nact_fn = square\n");
    losses_of(&s, GSC_CONVENTION_NANDA, 2, &nanda);
    losses_of(&s, GSC_CONVENTION_NOTEBOOK, 2, &notebook);
    losses_of(&s, GSC_CONVENTION_CHUGHTAI, 2, &chughtai);
    assert_close(notebook.excluded, nanda.excluded, 1e-12);
    assert_close(chughtai.excluded, nanda.excluded, 1e-12);
    assert_close(notebook.excluded_cube, nanda.excluded_cube, 1e-12);
    assert_close(notebook.restricted, nanda.restricted_test, 1e-12);
    assert_close(notebook.restricted_train, nanda.restricted_train, 1e-12);
    assert_true(fabs(chughtai.restricted - nanda.restricted) > 1e-6); /* the mean */
    gsc_loaded_model_close(&s);
}

static void
conventions_differ_by_the_residual_path(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_mode_losses nanda, notebook, chughtai;
    open_small(&s, "");
    losses_of(&s, GSC_CONVENTION_NANDA, 2, &nanda);
    losses_of(&s, GSC_CONVENTION_NOTEBOOK, 2, &notebook);
    losses_of(&s, GSC_CONVENTION_CHUGHTAI, 2, &chughtai);
    assert_true(fabs(notebook.excluded - nanda.excluded) > 1e-6);
    assert_true(fabs(notebook.excluded - chughtai.excluded) > 1e-6);
    gsc_loaded_model_close(&s);
}

static void
without_keys_nothing_is_lost_or_kept(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_mode_losses losses;
    open_small(&s, "");
    losses_of(&s, GSC_CONVENTION_NANDA, 0, &losses);
    assert_true(isnan(losses.restricted) && isnan(losses.restricted_test) &&
                isnan(losses.excluded) && isnan(losses.excluded_cube));
    gsc_loaded_model_close(&s);
}

static void
a_norm_between_neurons_and_logits_is_refused(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_fourier_modes modes;
    open_small(&s, "normalization_type = LN\n");
    assert_fails(
        gsc_fourier_modes_init(&modes, &s, GSC_CONVENTION_NOTEBOOK, false, NULL),
        GSC_EARGUMENT, "convention notebook: a layer norm stands between");
    assert_return_ok(
        gsc_fourier_modes_init(&modes, &s, GSC_CONVENTION_NANDA, false, NULL));
    gsc_fourier_modes_free(&modes);
    gsc_loaded_model_close(&s);
}

/* Gromov's solution has every frequency alike: its neurons are of all, no wave of the
 * logits stands out, none has twice an even share. */
static void
rules_find_the_keys_of_a_solution(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_fourier_modes modes;
    bool key[6];
    open_small(&s, "p = 11\narchitecture = gromov_mlp\nlayout = a b\nact_fn = square\n"
                   "init = analytic\nd_mlp = 500\n");
    assert_return_ok(
        gsc_fourier_modes_init(&modes, &s, GSC_CONVENTION_NANDA, true, NULL));
    assert_int_equal(modes.count, 6);
    assert_return_ok(gsc_fourier_modes_keys(&modes, GSC_KEYS_BY_NEURON, 0, key));
    for (size_t k = 0; k < 6; k++)
        assert_int_equal(key[k], k > 0);
    assert_return_ok(gsc_fourier_modes_keys(&modes, GSC_KEYS_BY_NEURON, 1, key));
    assert_false(key[1]); /* (cos + cos)^2 has frequency 2k and a mixed one too */
    assert_return_ok(gsc_fourier_modes_keys(&modes, GSC_KEYS_BY_ENERGY, 0, key));
    assert_false(key[1] || key[5]);
    assert_return_ok(gsc_fourier_modes_keys(&modes, GSC_KEYS_BY_LOGIT, 0, key));
    for (size_t k = 1; k < 6; k++)
        assert_true(key[k]);
    gsc_fourier_modes_free(&modes);
    gsc_loaded_model_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(losses_are_those_of_training),
        IN_FOLDER(an_unknown_split_is_not_scored),
        IN_FOLDER(the_direction_is_the_operations),
        IN_FOLDER(conventions_agree_where_all_passes_the_neurons),
        IN_FOLDER(conventions_differ_by_the_residual_path),
        IN_FOLDER(without_keys_nothing_is_lost_or_kept),
        IN_FOLDER(a_norm_between_neurons_and_logits_is_refused),
        IN_FOLDER(rules_find_the_keys_of_a_solution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
