/* Names that a text is a slip of, and those that patterns are of. */
#include "test.h"

#include "grokscope/text.h"

static const char *
nearest(const char *text)
{
    static const char *const names[] = {"learning_rate", "weight_decay", "warmup",
                                        "n_layers", "p"};
    return gsc_text_nearest(text, names, sizeof names / sizeof *names);
}

static void
a_slip_has_a_nearest_name(void **state)
{
    (void)state;
    assert_string_equal(nearest("warmup"), "warmup");
    assert_string_equal(nearest("warmpu"), "warmup");  /* two neighbours swapped */
    assert_string_equal(nearest("warmups"), "warmup"); /* one too many */
    assert_string_equal(nearest("wrmup"), "warmup");   /* one missing */
    assert_string_equal(nearest("learn_rate"), "learning_rate"); /* three missing */
    assert_string_equal(nearest("weight_decoy"), "weight_decay");
    assert_string_equal(nearest("xwarmup"), "warmup");
    assert_string_equal(nearest("armup"), "warmup");
}

static void
a_dash_is_no_slip(void **state)
{
    (void)state;
    const char *const names[] = {"a_b_c_d", "axbxcxe"};
    assert_string_equal(gsc_text_nearest("a-b-c-d", names, 2), "a_b_c_d");
    assert_string_equal(gsc_text_nearest("a-b-c-x", names, 2), "a_b_c_d");
    assert_string_equal(nearest("n-layer"), "n_layers");
}

static void
a_capital_is_no_slip(void **state)
{
    (void)state;
    assert_string_equal(nearest("Warmup"), "warmup");
    assert_string_equal(nearest("N_LAYERS"), "n_layers");
}

static void
a_short_word_is_a_slip_of_one_letter_and_not_of_the_first(void **state)
{
    (void)state;
    const char *const names[] = {"relu", "gelu", "add", "fourier"};
    assert_string_equal(gsc_text_nearest("rellu", names, 4), "relu");
    assert_string_equal(gsc_text_nearest("rleu", names, 4), "relu");
    assert_string_equal(gsc_text_nearest("erlu", names, 4), "relu");
    assert_string_equal(gsc_text_nearest("ad", names, 4), "add");
    assert_string_equal(gsc_text_nearest("fourrier", names, 4), "fourier");
    assert_string_equal(gsc_text_nearest("fuorier", names, 4), "fourier");
    assert_null(gsc_text_nearest("silu", names, 4));
    assert_null(gsc_text_nearest("selu", names, 4));
    assert_null(gsc_text_nearest("odd", names, 4));
    assert_null(nearest("q"));
}

static void
the_beginning_of_one_name_is_near(void **state)
{
    (void)state;
    const char *const names[] = {"train_loss", "train_accuracy", "weight_decay"};
    assert_string_equal(gsc_text_nearest("weight", names, 3), names[2]);
    assert_string_equal(gsc_text_nearest("train_acc", names, 3), names[1]);
    assert_null(gsc_text_nearest("train", names, 3)); /* of two */
    assert_null(gsc_text_nearest("wei", names, 3));   /* too short to tell */
}

static void
what_is_far_from_all_names_has_no_nearest(void **state)
{
    (void)state;
    assert_null(nearest("momentum"));
    assert_null(nearest("warm_the_kettle_up"));
    assert_null(nearest("layers_of_brick"));
    assert_null(gsc_text_nearest("warmup", NULL, 0));
}

static void
the_nearer_of_two_is_named(void **state)
{
    (void)state;
    const char *const names[] = {"square_plus_one", "square_plus_two"};
    assert_string_equal(gsc_text_nearest("square_plus_tw", names, 2), names[1]);
    assert_string_equal(gsc_text_nearest("square_plus_on", names, 2), names[0]);
    const char *const reversed[] = {names[1], names[0]};
    assert_string_equal(gsc_text_nearest("square_plus_tw", reversed, 2), names[1]);
}

static void
names_beyond_measure_are_far(void **state)
{
    (void)state;
    char longest[201] = {0};
    memset(longest, 'a', sizeof longest - 1);
    const char *name = longest;
    assert_null(gsc_text_nearest("warmup", &name, 1));
    assert_null(nearest(longest));
}

/* ---- Patterns ---- */

static void
patterns_come_one_by_one(void **state)
{
    (void)state;
    char pattern[8];
    const char *rest = gsc_text_next_pattern(" embed.*\t blocks.0 ", pattern, 8);
    assert_string_equal(pattern, "embed.*");
    rest = gsc_text_next_pattern(rest, pattern, 8);
    assert_string_equal(pattern, "blocks.");
    assert_null(gsc_text_next_pattern(rest, pattern, 8));
    assert_true(gsc_text_matches("blocks.0", "embed.* blocks.?"));
    assert_false(gsc_text_matches("blocks.10", "embed.* blocks.?"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_has_a_nearest_name),
        cmocka_unit_test(a_dash_is_no_slip),
        cmocka_unit_test(a_capital_is_no_slip),
        cmocka_unit_test(a_short_word_is_a_slip_of_one_letter_and_not_of_the_first),
        cmocka_unit_test(the_beginning_of_one_name_is_near),
        cmocka_unit_test(what_is_far_from_all_names_has_no_nearest),
        cmocka_unit_test(the_nearer_of_two_is_named),
        cmocka_unit_test(names_beyond_measure_are_far),
        cmocka_unit_test(patterns_come_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
