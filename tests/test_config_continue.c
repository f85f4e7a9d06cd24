/* What a run that goes on may change of its configuration. */
#include "config_fixture.h"

#include <math.h>

static void
steps_and_checkpoints_may_change(void **state)
{
    (void)state;
    gsc_config before = unusual(), now = before;
    assert_return_ok(gsc_config_continues(&now, &before));
    now.run.steps = 5;
    assert_return_ok(set(&now, "checkpoints", "log:20"));
    assert_return_ok(set(&now, "save_on", "test_accuracy:1"));
    assert_return_ok(set(&now, "save_when", "test_loss < 1"));
    assert_return_ok(gsc_config_continues(&now, &before));
}

/* Give a key another value; false where it has only one. */
static bool
change(const gsc_option *key, void *value)
{
    switch (key->type) {
    case GSC_OPTION_TEXT:
    case GSC_OPTION_NAMES:
        strcat(value, "x");
        return true;
    case GSC_OPTION_CHOICE:
        *(int64_t *)value = *(int64_t *)value == 0;
        return key->choices[1] != NULL;
    case GSC_OPTION_INTEGER:
        ++*(int64_t *)value;
        return true;
    case GSC_OPTION_REAL:
        *(double *)value = nextafter(*(double *)value, 1e9);
        return true;
    default:
        *(bool *)value = !*(bool *)value;
        return true;
    }
}

static void
every_other_key_is_refused_by_name(void **state)
{
    (void)state;
    const gsc_config starts[] = {defaults(), unusual()};
    size_t refused = 0;
    for (size_t start = 0; start < 2; start++) {
        const gsc_config before = starts[start];
        gsc_config now = before;
        gsc_options sets[GSC_CONFIG_SETS];
        gsc_config_options(&now, sets);
        for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
            for (size_t i = 0; i < sets[s].num_rows; i++) {
                const gsc_option *key = &sets[s].rows[i];
                gsc_text message = {0};
                now = before;
                gsc_config_options(&now, sets); /* its own, not the copied ones */
                void *value = (char *)sets[s].values + key->offset;
                if (strcmp(key->name, "steps") == 0 ||
                    strcmp(key->name, "checkpoints") == 0 ||
                    strncmp(key->name, "save_", 5) == 0 ||
                    strcmp(key->name, "split_file") == 0 || /* by what they hold */
                    strcmp(key->name, "group_file") == 0 ||
                    strncmp(key->name, "stop_", 5) == 0 || !change(key, value))
                    continue;
                gsc_text_add(&message, "%s: '", key->name);
                gsc_options_add_value(key, value, &message);
                gsc_text_add(&message, "', but the run began with '");
                now = before;
                gsc_config_options(&now, sets);
                gsc_options_add_value(key, value, &message);
                gsc_text_add(&message, "'; only steps, checkpoints, stop_* and save_* "
                                       "may change; --fork goes on with other options "
                                       "in another folder, --init-from takes over the "
                                       "weights alone");
                change(key, value);
                assert_int_equal(gsc_config_continues(&now, &before), GSC_EARGUMENT);
                assert_string_equal(gsc_error_text(), message.data);
                gsc_text_free(&message);
                refused++;
            }
    }
    assert_true(refused >= 2 * 25);
}

static void
the_first_difference_is_named(void **state)
{
    (void)state;
    gsc_config before = defaults(), now = before;
    now.optimizer.weight_decay = 0.5;
    now.init.seed = 3;
    assert_int_equal(gsc_config_continues(&now, &before), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "seed: '3', but the run began with '0'; only steps, "
                        "checkpoints, stop_* and save_* may change; --fork goes on "
                        "with other options in another folder, --init-from takes over "
                        "the weights alone");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_and_checkpoints_may_change),
        cmocka_unit_test(every_other_key_is_refused_by_name),
        cmocka_unit_test(the_first_difference_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
