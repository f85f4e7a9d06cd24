/* The residual stream: a lens that agrees with the network, streams that are put in,
 * and the inputs that tracing exchanges. */
#include "loaded_model_fixture.h"

#include "analyze/measure/circuit/stream_run.h"
#include "analyze/measure/task/tracing_inputs.h"
#include "analyze/network/part/residual.h"

#include <math.h>

static const char gpt[] = "task = two_hop\narchitecture = transformer\nentities = 12\n"
                          "relations = 5\nout_degree = 4\nphi = 1\nood_share = 0.3\n"
                          "iid_share = 0.2\nn_layers = 2\nd_mlp = 12\n"
                          "normalization_type = LN\nact_fn = gelu\ntied = yes\n";

enum { LAYERS = 2, N_CTX = 4, EXAMPLES = 3 };
static const uint16_t tokens[2][EXAMPLES * N_CTX] = {
    {0, 12, 13, 4, 5, 14, 12, 1, 7, 13, 16, 2},
    {3, 12, 13, 4, 5, 14, 15, 1, 8, 12, 16, 2}};

/* What the network answers, by an engine of its own. */
static void
run_plainly(const gsc_loaded_model *loaded, const uint16_t *asked, double *logits)
{
    gsc_engine *engine;
    size_t num_values =
        gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS)->num_values;
    const gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &loaded->model.predictions, .num_taps = 1};
    const gsc_field field = gsc_field_of_indices(GSC_TOKENS, asked, N_CTX, num_values);
    const gsc_batch batch = {
        .fields = &field, .num_fields = 1, .num_examples = EXAMPLES};
    assert_return_ok(gsc_engine_open(&engine, loaded->model.graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, loaded->weights, &batch,
                                    (void *[]){logits}, NULL));
    gsc_engine_close(engine);
}

static void
compare(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_close(a[i], b[i], 1e-11);
}

static void
the_last_layer_is_the_network_itself(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_residual r;
    open_small(&loaded, gpt);
    assert_return_ok(gsc_residual_open(&r, &loaded));
    assert_int_equal(r.num_layers, LAYERS);
    size_t count = EXAMPLES * N_CTX * r.num_outputs;
    double *plain = gsc_new(count, sizeof *plain),
           *given = gsc_new(count, sizeof *given);
    assert_true(plain && given);
    run_plainly(&loaded, tokens[0], plain);
    assert_return_ok(gsc_residual_run(&r, tokens[0], EXAMPLES, NULL));
    compare(r.logits[LAYERS], plain, count);
    for (size_t l = 0; l <= LAYERS; l++) {
        assert_return_ok(gsc_residual_from(&r, l, r.stream[l], EXAMPLES, NULL, given));
        compare(given, plain, count);
    }
    free(plain);
    free(given);
    gsc_residual_close(&r);
    gsc_loaded_model_close(&loaded);
}

/* Without what blocks write, every layer says what the last one says. */
static void
blocks_that_write_nothing_leave_the_lens_as_it_is(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_residual r;
    open_small(&loaded, gpt);
    for (size_t i = 0; i < loaded.num_tensors; i++)
        if (gsc_text_matches(loaded.tensors[i].name, "*.W_O *.W_out *.b_O *.b_out"))
            memset(loaded.tensors[i].data, 0,
                   gsc_shape_count(loaded.tensors[i].shape) * sizeof(double));
    assert_return_ok(gsc_residual_open(&r, &loaded));
    assert_return_ok(gsc_residual_run(&r, tokens[0], EXAMPLES, NULL));
    for (size_t l = 0; l < LAYERS; l++)
        compare(r.logits[l], r.logits[LAYERS], EXAMPLES * N_CTX * r.num_outputs);
    gsc_residual_close(&r);
    gsc_loaded_model_close(&loaded);
}

/* The first example's head is exchanged. Put in before the first block its state is all
 * that differs; after the last one positions after it know nothing of it. */
static void
a_state_acts_by_the_layers_after_it(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_residual r;
    double *own[LAYERS + 1];
    open_small(&loaded, gpt);
    assert_return_ok(gsc_residual_open(&r, &loaded));
    size_t logits = N_CTX * r.num_outputs, stream = EXAMPLES * N_CTX * r.width;
    double *plain[2], *given = gsc_new(EXAMPLES * logits, sizeof *given);
    for (size_t i = 0; i < 2; i++) {
        plain[i] = gsc_new(EXAMPLES * logits, sizeof(double));
        run_plainly(&loaded, tokens[i], plain[i]);
    }
    assert_return_ok(gsc_residual_run(&r, tokens[0], EXAMPLES, NULL));
    for (size_t l = 0; l <= LAYERS; l++) {
        own[l] = gsc_new(stream, sizeof(double));
        memcpy(own[l], r.stream[l], stream * sizeof(double));
    }
    assert_return_ok(gsc_residual_run(&r, tokens[1], EXAMPLES, NULL));
    for (size_t l = 0; l <= LAYERS; l++)
        memcpy(own[l], r.stream[l], r.width * sizeof(double)); /* example 0, place 0 */
    assert_return_ok(gsc_residual_from(&r, 0, own[0], EXAMPLES, NULL, given));
    compare(given, plain[1], logits);
    assert_true(fabs(plain[0][logits - 1] - plain[1][logits - 1]) > 1e-9);
    assert_return_ok(gsc_residual_from(&r, LAYERS, own[LAYERS], EXAMPLES, NULL, given));
    compare(given, plain[1], r.num_outputs);
    compare(given + r.num_outputs, plain[0] + r.num_outputs, logits - r.num_outputs);
    for (size_t l = 0; l <= LAYERS; l++)
        free(own[l]);
    free(plain[0]);
    free(plain[1]);
    free(given);
    gsc_residual_close(&r);
    gsc_loaded_model_close(&loaded);
}

static void
places_are_those_of_training(void **state)
{
    (void)state;
    const double logits[] = {1, 3, 3, 0};
    assert_int_equal(gsc_standing_of(logits, 4, 1).rank, 0);
    assert_int_equal(gsc_standing_of(logits, 4, 2).rank, 1);
    assert_int_equal(gsc_standing_of(logits, 4, 0).rank, 2);
    assert_int_equal(gsc_standing_of(logits, 4, 3).rank, 3);
    double sum = exp(1) + 2 * exp(3) + 1;
    assert_close(gsc_standing_of(logits, 4, 0).probability, exp(1) / sum, 1e-15);
}

static size_t
token(const gsc_loaded_model *loaded, size_t example, size_t at)
{
    return (size_t)gsc_field_element(
        gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS), example, at);
}

/* Whatever token is exchanged, what then follows is another tail, or nothing. */
static void
exchanged_tokens_make_other_answers(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_tracing_facts f;
    size_t drawn = 0;
    open_small(&loaded, gpt);
    assert_return_ok(gsc_tracing_facts_init(&f, &loaded));
    const gsc_split *split =
        gsc_dataset_split(&loaded.checkpoint.dataset, "train_inferred");
    for (size_t i = 0; i < split->count * GSC_TRACES; i++) {
        uint16_t asked[N_CTX];
        size_t e = split->indices[i / GSC_TRACES], which = i % GSC_TRACES;
        for (size_t t = 0; t < N_CTX; t++)
            asked[t] = (uint16_t)token(&loaded, e, t);
        int32_t other = gsc_tracing_token(&f, which, asked, i);
        if (other < 0)
            continue;
        drawn++;
        assert_int_not_equal(other, asked[which]);
        assert_int_equal(other < 12, which == 0);
        size_t answer = asked[3];
        asked[which] = (uint16_t)other;
        int32_t bridge = f.tail[asked[0] * 5 + asked[1] - 12];
        if (bridge >= 0)
            assert_int_not_equal(f.tail[(size_t)bridge * 5 + asked[2] - 12], answer);
    }
    assert_true(drawn > split->count);
    gsc_tracing_facts_free(&f);
    gsc_loaded_model_close(&loaded);
}

static void
other_networks_are_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_residual r;
    open_small(&loaded, "architecture = gromov_mlp\nlayout = a b\n");
    assert_fails(gsc_residual_open(&r, &loaded), GSC_EARGUMENT,
                 "expected a transformer over tokens, found gromov_mlp");
    gsc_residual_close(&r);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_last_layer_is_the_network_itself),
        IN_FOLDER(blocks_that_write_nothing_leave_the_lens_as_it_is),
        IN_FOLDER(a_state_acts_by_the_layers_after_it),
        cmocka_unit_test(places_are_those_of_training),
        IN_FOLDER(exchanged_tokens_make_other_answers),
        IN_FOLDER(other_networks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
