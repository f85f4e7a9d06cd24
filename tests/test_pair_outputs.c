/* What a network answers over all pairs, kept with the loaded model: what is asked
 * twice is run once, and nothing is ever told of other weights. */
#include "analyze/network/pairs/pair_outputs.h"
#include "loaded_model_fixture.h"

static const char *const transformer = "layout = a b =\n";
static const char *const product = "layout = a b =\noperation = x*y\n";
static const char *const delta = "layout = a b\narchitecture = zhong_delta\n";

static gsc_pair_outputs *
outputs_of(const gsc_loaded_model *loaded, gsc_residue_order order, bool neurons)
{
    gsc_pair_outputs *outputs = NULL;
    assert_return_ok(gsc_pair_outputs_of(loaded, order, neurons, NULL, &outputs));
    return outputs;
}

/* Those of a network that was run for nobody else. */
static void
assert_as_alone(const gsc_loaded_model *loaded, const gsc_pair_outputs *outputs)
{
    gsc_pair_outputs alone;
    size_t n = outputs->grid.n, m = outputs->evaluator.num_neurons;
    assert_return_ok(gsc_pair_outputs_init(&alone, loaded, outputs->grid.order, m > 0));
    assert_return_ok(gsc_pair_outputs_run(&alone, loaded->weights, NULL));
    assert_memory_equal(outputs->logits, alone.logits,
                        n * n * n * sizeof *alone.logits);
    if (m > 0)
        assert_memory_equal(outputs->neurons, alone.neurons,
                            n * n * m * gsc_type_size(alone.evaluator.type));
    gsc_pair_outputs_free(&alone);
}

static void
what_is_asked_twice_is_run_once(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, transformer);
    gsc_pair_outputs *first = outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, false);
    assert_as_alone(&loaded, first);
    first->logits[0] += 1; /* a mark that running it again would rub out */
    gsc_pair_outputs *again = outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true);
    assert_ptr_equal(again, first);
    first->logits[0] -= 1;
    assert_as_alone(&loaded, again);
    gsc_loaded_model_close(&loaded);
}

static void
other_weights_are_run_anew(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, transformer);
    for (size_t i = 0; i < loaded.num_weights; i += loaded.num_weights / 7) {
        double own = loaded.weights[i];
        assert_as_alone(&loaded, outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true));
        loaded.weights[i] += 0.25;
        assert_as_alone(&loaded, outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true));
        loaded.weights[i] = own;
    }
    assert_as_alone(&loaded, outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true));
    gsc_loaded_model_close(&loaded);
}

static void
another_order_or_type_is_run_anew(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, product);
    assert_int_equal(outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true)->grid.n, 7);
    assert_int_equal(outputs_of(&loaded, GSC_RESIDUE_ORDER_LOGARITHM, true)->grid.n, 6);
    gsc_loaded_model_run_in(&loaded, GSC_RUN_FLOAT32);
    gsc_pair_outputs *narrow = outputs_of(&loaded, GSC_RESIDUE_ORDER_LOGARITHM, true);
    assert_int_equal(narrow->evaluator.type, GSC_FLOAT32);
    assert_as_alone(&loaded, narrow);
    gsc_loaded_model_close(&loaded);
}

/* Shares and scores are those of the outputs, however often they are asked for. */
static void
what_follows_from_them_is_found_once(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, transformer);
    gsc_pair_outputs *outputs = outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true);
    assert_return_ok(gsc_pair_outputs_score(outputs));
    assert_return_ok(gsc_pair_outputs_fve(outputs));
    double loss = outputs->scores.all.loss, *fve = outputs->fve,
           before = fve[outputs->evaluator.num_neurons + 3];
    assert_return_ok(gsc_pair_outputs_score(outputs));
    assert_return_ok(gsc_pair_outputs_fve(outputs));
    assert_true(outputs->scores.all.loss == loss && outputs->fve == fve);
    loaded.weights[0] += 1;
    outputs = outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true);
    assert_return_ok(gsc_pair_outputs_score(outputs));
    assert_return_ok(gsc_pair_outputs_fve(outputs));
    assert_true(outputs->scores.all.loss != loss &&
                outputs->fve[outputs->evaluator.num_neurons + 3] != before);
    gsc_loaded_model_close(&loaded);
}

static void
a_model_without_neurons_is_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_pair_outputs *outputs;
    open_small(&loaded, delta);
    loaded.model.neurons = GSC_NO_NODE;
    assert_as_alone(&loaded, outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, false));
    assert_fails(
        gsc_pair_outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, true, NULL, &outputs),
        GSC_EARGUMENT, "no neurons");
    assert_as_alone(&loaded, outputs_of(&loaded, GSC_RESIDUE_ORDER_PLAIN, false));
    gsc_loaded_model_close(&loaded);
}

/* A loaded model may be moved, and what is kept moves with it. */
static void
a_loaded_model_may_move(void **state)
{
    (void)state;
    gsc_loaded_model first, second;
    gsc_direction direction;
    open_small(&first, transformer);
    gsc_pair_outputs *outputs = outputs_of(&first, GSC_RESIDUE_ORDER_PLAIN, true);
    second = first;
    memset(&first, 0xff, sizeof first);
    assert_ptr_equal(outputs_of(&second, GSC_RESIDUE_ORDER_PLAIN, true), outputs);
    assert_return_ok(gsc_pair_outputs_direction(outputs, &direction));
    gsc_loaded_model_forget(&second);
    assert_as_alone(&second, outputs_of(&second, GSC_RESIDUE_ORDER_PLAIN, true));
    gsc_loaded_model_close(&second);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_asked_twice_is_run_once),
        IN_FOLDER(other_weights_are_run_anew),
        IN_FOLDER(another_order_or_type_is_run_anew),
        IN_FOLDER(what_follows_from_them_is_found_once),
        IN_FOLDER(a_model_without_neurons_is_refused),
        IN_FOLDER(a_loaded_model_may_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
