/* Labels of examples, and the measure "probe". */
#include "ask_run.h"
#include "loaded_model_fixture.h"

#include "grokscope/error.h"

#include "analyze/network/example_labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char pairs[] = "p = 11\nd_model = 16\ntrain_fraction = 0.6\n";
static const char bits[] = "task = parity\narchitecture = mlp\nn = 6\nk = 2\n"
                           "train_samples = 200\ntest_samples = 200\nhidden = 8\n";
static const char numbers[] =
    "task = teacher_student\narchitecture = mlp\nd_in = 3\nd_hidden = 4\nd_out = 2\n"
    "train_samples = 60\ntest_samples = 60\nhidden = 16\n";

/* The run in the folder is of one step, of the network that the lines describe. */
static void
write_run(const char *lines)
{
    gsc_network network;
    small_network(&network, lines);
    write_run_step(&network, 0, 1);
    gsc_network_free(&network);
}

static void
ask(const char *lines, size_t table, const char *with, gsc_measured_runs *s)
{
    write_run(lines);
    ask_run_with(&gsc_measure_probe, table, folder, "0", false, with, s);
}

static double
real_of(const gsc_measured_runs *s, size_t row, const char *column)
{
    return cell_of(s, row, column)->real;
}

/* ---- Labels ---- */

static void
labels_of(const char *lines, const char *activation, gsc_loaded_model *loaded,
          gsc_embedding *embedding, gsc_example_labels *labels)
{
    const gsc_embedding_request request = {activation, GSC_INPUT_EACH, GSC_INPUTS_ALL,
                                           "answer"};
    open_small(loaded, lines);
    assert_return_ok(gsc_embedding_init(embedding, loaded, &request, NULL));
    assert_return_ok(gsc_example_labels_init(labels, loaded, embedding));
}

static void
free_all(gsc_loaded_model *loaded, gsc_embedding *embedding, gsc_example_labels *labels)
{
    gsc_example_labels_free(labels);
    gsc_embedding_free(embedding);
    gsc_loaded_model_close(loaded);
}

static void
labels_of_pairs_are_operands_answers_and_facts(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_embedding embedding;
    gsc_example_labels labels;
    labels_of(pairs, "neurons", &loaded, &embedding, &labels);
    const gsc_example_label *a = gsc_example_labels_find(&labels, "a"),
                            *b = gsc_example_labels_find(&labels, "b"),
                            *answer = gsc_example_labels_find(&labels, "answer"),
                            *train = gsc_example_labels_find(&labels, "train"),
                            *parity = gsc_example_labels_find(&labels, "parity");
    const gsc_split *split = gsc_dataset_split(&loaded.checkpoint.dataset, "train");
    size_t trained = 0;
    assert_int_equal(labels.n, 121);
    assert_int_equal(labels.num_inputs, 121);
    assert_int_equal(labels.num_pairs, 66);
    assert_true(a->usual && b->usual && answer->usual);
    assert_false(train->usual || parity->usual);
    assert_true(a->num_classes == 11 && answer->num_classes == 11);
    for (size_t i = 0; i < 121; i++) {
        assert_int_equal((a->classes[i] + b->classes[i]) % 11, answer->classes[i]);
        assert_int_equal(parity->classes[i], answer->classes[i] % 2);
        trained += train->classes[i];
        for (size_t j = 0; j < 121; j++) {
            bool same =
                a->classes[i] == a->classes[j] && b->classes[i] == b->classes[j];
            bool turned =
                a->classes[i] == b->classes[j] && b->classes[i] == a->classes[j];
            assert_true((labels.pairs[i] == labels.pairs[j]) == (same || turned));
        }
    }
    assert_int_equal(trained, split->count);
    assert_null(gsc_example_labels_find(&labels, "bit_0"));
    free_all(&loaded, &embedding, &labels);
}

static void
labels_of_bits_are_those_that_count_and_signs(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_embedding embedding;
    gsc_example_labels labels;
    labels_of(bits, "neurons", &loaded, &embedding, &labels);
    assert_int_equal(labels.count, 3);
    const gsc_example_label *answer = &labels.items[0], *first = &labels.items[1],
                            *second = &labels.items[2];
    assert_string_equal(answer->name, "answer");
    assert_memory_equal(first->name, "bit_", 4);
    assert_true(answer->num_classes == 2 && first->num_classes == 2);
    for (size_t i = 0; i < labels.n; i++) { /* one sign of a product for all */
        uint32_t differ = first->classes[i] ^ second->classes[i];
        uint32_t of_first = first->classes[0] ^ second->classes[0];
        assert_int_equal(differ ^ answer->classes[i], of_first ^ answer->classes[0]);
    }
    assert_true(labels.num_inputs <= 64); /* 400 examples of six bits */
    for (size_t i = 0; i < labels.n; i++)
        for (size_t j = 0; j < i; j++)
            if (labels.inputs[i] == labels.inputs[j])
                assert_int_equal(answer->classes[i], answer->classes[j]);
    assert_null(labels.pairs);
    free_all(&loaded, &embedding, &labels);
}

static void
targets_that_are_numbers_stay_numbers(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_embedding embedding;
    gsc_example_labels labels;
    labels_of(numbers, "neurons", &loaded, &embedding, &labels);
    assert_int_equal(labels.count, 1);
    assert_int_equal(labels.items[0].num_classes, 0);
    assert_int_equal(labels.items[0].width, 2);
    const gsc_field *y = gsc_dataset_find(&loaded.checkpoint.dataset, "y");
    for (size_t i = 0; i < 2 * labels.n; i++)
        assert_true(labels.items[0].values[i] == gsc_field_element(y, i / 2, i % 2));
    free_all(&loaded, &embedding, &labels);
}

/* ---- The measure ---- */

/* An operand's token is read from its own embedding, whatever the weights; the other
 * operand is not, nor is the sum. */
static void
an_operand_is_read_where_it_stands(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask(pairs, 1, "activations=hook_embed:position=a:ridge=1e-6", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 3);
    for (size_t row = 0; row < 3; row++) {
        bool is_a = strcmp(cell_of(&s, row, "label")->text, "a") == 0;
        double accuracy = real_of(&s, row, "accuracy");
        assert_true(is_a ? accuracy == 1 : accuracy < 0.25);
        assert_true(real_of(&s, row, "control_accuracy") < 0.25);
        assert_close(real_of(&s, row, "selectivity"),
                     accuracy - real_of(&s, row, "control_accuracy"), 1e-12);
        assert_int_equal(cell_of(&s, row, "width")->integer, 16);
        assert_int_equal(cell_of(&s, row, "classes")->integer, 11);
        assert_int_equal(cell_of(&s, row, "fitted")->integer, 61);
        assert_int_equal(cell_of(&s, row, "held_out")->integer, 60);
    }
    gsc_measured_runs_free(&s);
}

/* At "=" nothing is there but "=". */
static void
nothing_is_read_from_what_is_constant(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask(pairs, 1, "activations=hook_embed", &s);
    for (size_t row = 0; row < 3; row++)
        assert_close(real_of(&s, row, "accuracy"), real_of(&s, row, "chance"), 1e-12);
    gsc_measured_runs_free(&s);
}

/* A random map of operands is as easy as the operands where they are one-hot: that is
 * what such a control tells. Of examples there is nothing to remember. */
static void
a_control_by_operand_is_read_as_well_as_the_operand(void **state)
{
    (void)state;
    gsc_measured_runs s;
    const char *of_a = "activations=hook_embed:position=a:ridge=1e-6:labels=a";
    char with[128];
    snprintf(with, sizeof with, "%s:control_by=a", of_a);
    ask(pairs, 1, with, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 1);
    assert_true(real_of(&s, 0, "control_accuracy") == 1);
    assert_true(real_of(&s, 0, "control_spread") == 0);
    assert_true(real_of(&s, 0, "selectivity") == 0);
    gsc_measured_runs_free(&s);
    snprintf(with, sizeof with, "%s:control_by=example", of_a);
    ask(pairs, 1, with, &s);
    assert_true(real_of(&s, 0, "selectivity") > 0.75);
    gsc_measured_runs_free(&s);
}

/* Of a sum both orders of two operands are of one type, of a difference they are not:
 * where both operands are seen alike, remembering one order tells the other. */
static void
pairs_are_remembered_in_either_order(void **state)
{
    (void)state;
    static const char sum[] =
        "architecture = gromov_mlp\nlayout = a b\np = 11\nd_mlp = 200\n";
    static const char difference[] = "architecture = gromov_mlp\noperation = "
                                     "subtract\nlayout = a b\np = 11\nd_mlp = 200\n";
    gsc_measured_runs usual, pair, input;
    for (int sums = 0; sums < 2; sums++) {
        const char *lines = sums ? sum : difference;
        ask(lines, 0, "", &usual);
        ask(lines, 0, "control_by=pair", &pair);
        ask(lines, 0, "control_by=input", &input);
        double found = real_of(&usual, 0, "control_accuracy");
        double of_pair = real_of(&pair, 0, "control_accuracy");
        double of_input = real_of(&input, 0, "control_accuracy");
        assert_true(of_pair != of_input);
        assert_true(found == (sums ? of_pair : of_input));
        gsc_measured_runs_free(&usual);
        gsc_measured_runs_free(&pair);
        gsc_measured_runs_free(&input);
    }
}

static void
one_row_says_what_its_probe_says(void **state)
{
    (void)state;
    gsc_measured_runs one, all;
    ask(pairs, 0, "draws=2:examples=test:fitted_share=0.7:probe_seed=5", &one);
    ask(pairs, 1, "draws=2:examples=test:fitted_share=0.7:probe_seed=5", &all);
    assert_int_equal(gsc_rows_count(&one.rows), 1);
    assert_string_equal(cell_of(&one, 0, "activation")->text, "neurons");
    assert_string_equal(cell_of(&one, 0, "label")->text, "answer");
    size_t same = 0;
    while (strcmp(cell_of(&all, same, "activation")->text, "blocks.0.mlp.hook_post") !=
           0)
        same++;
    assert_string_equal(cell_of(&all, same, "label")->text, "answer");
    assert_true(real_of(&one, 0, "accuracy") == real_of(&all, same, "accuracy"));
    assert_int_equal(cell_of(&one, 0, "fitted")->integer +
                         cell_of(&one, 0, "held_out")->integer,
                     121 - 72);
    size_t rows = gsc_rows_count(&all.rows);
    assert_true(rows > 3 * 10 && rows % 3 == 0);
    for (size_t i = 0; i < rows; i++) { /* no activation is there by two names */
        const char *name = cell_of(&all, i, "activation")->text;
        assert_string_not_equal(name, "neurons");
        for (size_t j = 0; j < i; j++)
            assert_true(strcmp(name, cell_of(&all, j, "activation")->text) != 0 ||
                        strcmp(cell_of(&all, i, "label")->text,
                               cell_of(&all, j, "label")->text) != 0);
    }
    gsc_measured_runs_free(&one);
    gsc_measured_runs_free(&all);
}

static void
seeds_draw_other_divisions(void **state)
{
    (void)state;
    gsc_measured_runs s[3];
    const char *with[] = {"probe_seed=1", "probe_seed=1", "probe_seed=2"};
    for (size_t i = 0; i < 3; i++)
        ask(bits, 0, with[i], &s[i]);
    assert_true(real_of(&s[0], 0, "fitted_accuracy") ==
                real_of(&s[1], 0, "fitted_accuracy"));
    assert_true(real_of(&s[0], 0, "control_accuracy") !=
                real_of(&s[2], 0, "control_accuracy"));
    for (size_t i = 0; i < 3; i++)
        gsc_measured_runs_free(&s[i]);
}

/* Inputs of six bits come again among 400 examples, so that what is remembered of them
 * is right of those held out; labels of single examples are not. */
static void
inputs_that_come_again_can_be_remembered(void **state)
{
    (void)state;
    gsc_measured_runs by_input, by_example;
    const char *wide = "task = parity\narchitecture = mlp\nn = 6\nk = 2\n"
                       "train_samples = 200\ntest_samples = 200\nhidden = 400\n";
    ask(wide, 0, "ridge=1e-6", &by_input);
    ask(wide, 0, "ridge=1e-6:control_by=example", &by_example);
    assert_true(real_of(&by_input, 0, "control_accuracy") > 0.8);
    assert_true(real_of(&by_example, 0, "control_accuracy") < 0.62);
    gsc_measured_runs_free(&by_input);
    gsc_measured_runs_free(&by_example);
}

static void
numbers_have_their_share_of_variance(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask(numbers, 0, "activations=linear1.hook_post:ridge=1e-9", &s);
    assert_int_equal(cell_of(&s, 0, "classes")->integer, 0);
    assert_true(real_of(&s, 0, "accuracy") > 0.5 && real_of(&s, 0, "accuracy") <= 1);
    assert_true(real_of(&s, 0, "control_accuracy") < 0.1);
    assert_true(real_of(&s, 0, "chance") == 0);
    gsc_measured_runs_free(&s);
}

static void
what_is_not_there_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"labels=x", "labels: no 'x'; there are: answer a b c"},
        {"control_by=pairs", "control_by: no 'pairs'; there are: answer"},
        {"control_by=x", "control_by: no 'x'; there are: answer a b c"},
        {"activations=x", "tensor 'x': there is none of this name"},
        {"activations=embed.W_E",
         "embed.W_E has 16 columns and a row for each token; expected an"},
        {"position=9", "position 9: "}};
    write_run(pairs);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_inputs inputs;
        gsc_measured_runs s;
        const char *words[] = {folder};
        gsc_measured_runs_options options = {.measure = &gsc_measure_probe};
        void *asked;
        assert_return_ok(gsc_measure_new_options(&gsc_measure_probe, &asked));
        assert_return_ok(
            gsc_measure_read_options(&gsc_measure_probe, cases[i][0], asked));
        options.options = asked;
        assert_return_ok(gsc_inputs_init(&inputs, words, 1, "0"));
        assert_true(gsc_measured_runs_init(&s, &inputs, &options) < 0);
        if (!strstr(gsc_error_text(), cases[i][1]))
            fail_msg("%s: %s", cases[i][0], gsc_error_text());
        gsc_inputs_free(&inputs);
        free(asked);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(labels_of_pairs_are_operands_answers_and_facts),
        IN_FOLDER(labels_of_bits_are_those_that_count_and_signs),
        IN_FOLDER(targets_that_are_numbers_stay_numbers),
        IN_RUN(an_operand_is_read_where_it_stands),
        IN_RUN(nothing_is_read_from_what_is_constant),
        IN_RUN(a_control_by_operand_is_read_as_well_as_the_operand),
        IN_RUN(pairs_are_remembered_in_either_order),
        IN_RUN(one_row_says_what_its_probe_says),
        IN_RUN(seeds_draw_other_divisions),
        IN_RUN(inputs_that_come_again_can_be_remembered),
        IN_RUN(numbers_have_their_share_of_variance),
        IN_RUN(what_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
