/* What networks answer to all pairs, and the waves in it. */
#include "grokscope/key_frequency.h"

#include "analyze/network/waves.h"
#include "subject_fixture.h"

/* ---- Replies ---- */

static void
ask_small(gsc_replies *replies, gsc_subject *subject, const char *lines)
{
    open_small(subject, lines);
    assert_return_ok(gsc_replies_init(replies, subject,
                                      gsc_task_order(&subject->task_config), false));
    assert_return_ok(gsc_replies_ask(replies, subject->weights, NULL));
    assert_return_ok(gsc_replies_score(replies));
}

static void
close_small(gsc_replies *replies, gsc_subject *subject)
{
    gsc_replies_free(replies);
    gsc_subject_close(subject);
}

/* The trainer's own evaluation of the same weights. */
static void
check_against_the_network(const char *lines)
{
    gsc_replies r;
    gsc_subject s;
    ask_small(&r, &s, lines);
    gsc_engine *engine;
    gsc_result loss;
    gsc_root root = {s.model.loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64, .roots = &root, .num_roots = 1};
    const gsc_task *task = &s.checkpoint.task;
    gsc_field fields[] = {gsc_subject_tokens(&s, task->inputs, task->n_ctx),
                          gsc_field_of_indices(GSC_TARGET, task->labels, 1,
                                               (size_t)s.config.d_vocab_out)};
    gsc_batch batch = {.fields = fields,
                       .num_fields = 2,
                       .examples = task->train,
                       .num_examples = task->num_train};
    assert_return_ok(gsc_engine_open(&engine, s.model.graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, s.weights, &batch, NULL, &loss));
    assert_close(r.scores.train.loss, loss.mean, 1e-12);
    assert_int_equal(r.scores.train.count, task->num_train);
    assert_close(r.scores.train.accuracy,
                 (double)loss.num_right / (double)task->num_train, 1e-15);
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
    check_against_the_network("architecture = linear_delta\nlayout = a b\n");
}

static void
an_unknown_split_is_not_scored(void **state)
{
    (void)state;
    gsc_replies r;
    gsc_subject s;
    open_small(&s, "");
    s.checkpoint.task.num_train = 0; /* as imports have it */
    s.task_config.data_seed = -1;
    assert_return_ok(gsc_replies_init(&r, &s, gsc_task_order(&s.task_config), false));
    assert_return_ok(gsc_replies_ask(&r, s.weights, NULL));
    assert_return_ok(gsc_replies_score(&r));
    assert_true(isnan(r.scores.train.loss) && isnan(r.scores.test.accuracy) &&
                isnan(r.scores.test_new.loss) && isnan(r.scores.test_mirrored.loss));
    assert_true(r.scores.all.loss > 0);
    close_small(&r, &s);
}

static void
check_direction(const char *lines, size_t n, gsc_direction expected)
{
    gsc_replies r;
    gsc_subject s;
    gsc_direction direction;
    ask_small(&r, &s, lines);
    assert_return_ok(gsc_replies_direction(&r, &direction));
    assert_int_equal(direction, expected);
    assert_int_equal(r.grid.n, n);
    close_small(&r, &s);
}

static void
the_direction_is_the_operations(void **state)
{
    (void)state;
    gsc_replies r;
    gsc_subject s;
    gsc_direction direction;
    check_direction("", 7, GSC_SUM);
    check_direction("operation = subtract\n", 7, GSC_DIFFERENCE);
    check_direction("operation = multiply\n", 6, GSC_SUM);
    check_direction("operation = divide\n", 6, GSC_DIFFERENCE);
    ask_small(&r, &s, "operation = quad2\n");
    assert_fails(gsc_replies_direction(&r, &direction), GSC_EARGUMENT,
                 "operation quad2 (a^2 + a b + b^2) modulo 7 is no sum or difference");
    close_small(&r, &s);
    ask_small(&r, &s, "operation = multiply\np = 9\n"); /* no logarithms */
    assert_fails(gsc_replies_direction(&r, &direction), GSC_EARGUMENT,
                 "operation multiply (a b) modulo 9");
    close_small(&r, &s);
}

/* ---- Waves ---- */

static const size_t all_keys[] = {1, 2, 3};

static void
losses_of(const gsc_subject *s, gsc_convention convention, size_t num_keys,
          gsc_wave_losses *losses)
{
    gsc_waves waves;
    assert_return_ok(gsc_waves_init(&waves, s, convention, false, NULL));
    assert_return_ok(gsc_waves_restrict(&waves, all_keys, num_keys, losses));
    assert_return_ok(gsc_waves_exclude(&waves, all_keys, num_keys, losses));
    gsc_waves_free(&waves);
}

/* Without a residual path or biases, waves of neurons are waves of logits. */
static void
conventions_agree_where_all_passes_the_neurons(void **state)
{
    (void)state;
    gsc_subject s;
    gsc_wave_losses nanda, notebook, chughtai;
    open_small(&s, "architecture = gromov\nlayout = a b\nact_fn = square\n"
                   "normalization_type = none\n");
    losses_of(&s, GSC_CONVENTION_NANDA, 2, &nanda);
    losses_of(&s, GSC_CONVENTION_NOTEBOOK, 2, &notebook);
    losses_of(&s, GSC_CONVENTION_CHUGHTAI, 2, &chughtai);
    assert_close(notebook.excluded, nanda.excluded, 1e-12);
    assert_close(chughtai.excluded, nanda.excluded, 1e-12);
    assert_close(notebook.excluded_cube, nanda.excluded_cube, 1e-12);
    assert_close(notebook.restricted, nanda.restricted_test, 1e-12);
    assert_close(notebook.restricted_train, nanda.restricted_train, 1e-12);
    assert_true(fabs(chughtai.restricted - nanda.restricted) > 1e-6); /* the mean */
    gsc_subject_close(&s);
}

static void
conventions_differ_by_the_residual_path(void **state)
{
    (void)state;
    gsc_subject s;
    gsc_wave_losses nanda, notebook, chughtai;
    open_small(&s, "");
    losses_of(&s, GSC_CONVENTION_NANDA, 2, &nanda);
    losses_of(&s, GSC_CONVENTION_NOTEBOOK, 2, &notebook);
    losses_of(&s, GSC_CONVENTION_CHUGHTAI, 2, &chughtai);
    assert_true(fabs(notebook.excluded - nanda.excluded) > 1e-6);
    assert_true(fabs(notebook.excluded - chughtai.excluded) > 1e-6);
    gsc_subject_close(&s);
}

static void
without_keys_nothing_is_lost_or_kept(void **state)
{
    (void)state;
    gsc_subject s;
    gsc_wave_losses losses;
    open_small(&s, "");
    losses_of(&s, GSC_CONVENTION_NANDA, 0, &losses);
    assert_true(isnan(losses.restricted) && isnan(losses.restricted_test) &&
                isnan(losses.excluded) && isnan(losses.excluded_cube));
    gsc_subject_close(&s);
}

static void
a_norm_between_neurons_and_logits_is_refused(void **state)
{
    (void)state;
    gsc_subject s;
    gsc_waves waves;
    open_small(&s, "normalization_type = LN\n");
    assert_fails(gsc_waves_init(&waves, &s, GSC_CONVENTION_NOTEBOOK, false, NULL),
                 GSC_EARGUMENT, "convention notebook: a layer norm stands between");
    assert_return_ok(gsc_waves_init(&waves, &s, GSC_CONVENTION_NANDA, false, NULL));
    gsc_waves_free(&waves);
    gsc_subject_close(&s);
}

/* Gromov's solution has every frequency alike: its neurons are of all, no wave of the
 * logits stands out, none has twice an even share. */
static void
rules_find_the_keys_of_a_solution(void **state)
{
    (void)state;
    gsc_subject s;
    gsc_waves waves;
    bool key[6];
    open_small(&s, "p = 11\narchitecture = gromov\nlayout = a b\nact_fn = square\n"
                   "init = analytic\nd_mlp = 500\n");
    assert_return_ok(gsc_waves_init(&waves, &s, GSC_CONVENTION_NANDA, true, NULL));
    assert_int_equal(waves.count, 6);
    assert_return_ok(gsc_waves_keys(&waves, GSC_KEYS_BY_NEURON, 0, key));
    for (size_t k = 0; k < 6; k++)
        assert_int_equal(key[k], k > 0);
    assert_return_ok(gsc_waves_keys(&waves, GSC_KEYS_BY_NEURON, 1, key));
    assert_false(key[1]); /* (cos + cos)^2 has frequency 2k and a mixed one too */
    assert_return_ok(gsc_waves_keys(&waves, GSC_KEYS_BY_ENERGY, 0, key));
    assert_false(key[1] || key[5]);
    assert_return_ok(gsc_waves_keys(&waves, GSC_KEYS_BY_LOGIT, 0, key));
    for (size_t k = 1; k < 6; k++)
        assert_true(key[k]);
    gsc_waves_free(&waves);
    gsc_subject_close(&s);
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
