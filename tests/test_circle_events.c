/* What happens to circles that are drawn by hand, one letter for each row: upper case
 * is key; c, p and a are clock, pizza and accompanying, u undetermined, '.' no label at
 * all. */
#include "grokscope/circle.h"

#include "analyze/method/circuit/circle_events.h"
#include "test.h"

#include <ctype.h>
#include <stdio.h>

enum { MOST_ROWS = 16, MOST_CIRCLES = 2 };

static uint8_t
label_of(char letter)
{
    switch (tolower((unsigned char)letter)) {
    case 'c':
        return GSC_CIRCLE_CLOCK;
    case 'p':
        return GSC_CIRCLE_PIZZA;
    case 'a':
        return GSC_CIRCLE_ACCOMPANYING;
    case 'u':
        return GSC_CIRCLE_UNDETERMINED;
    default:
        return GSC_CIRCLE_NO_LABEL;
    }
}

static char
letter_of(uint8_t label)
{
    return label == GSC_CIRCLE_NO_LABEL ? '-' : gsc_circle_label_name(label)[0];
}

/* The events of some circles, each a text of its rows, as "b1:0-c " for a birth of
 * frequency 1 in row 0 to a clock. */
static const char *
events_of(const char *const *circles, size_t count)
{
    static char text[512];
    bool key[MOST_ROWS * MOST_CIRCLES];
    uint8_t label[MOST_ROWS * MOST_CIRCLES];
    gsc_circle_event events[2 * MOST_ROWS * MOST_CIRCLES];
    size_t rows = strlen(circles[0]), length = 0;
    for (size_t t = 0; t < rows; t++)
        for (size_t k = 0; k < count; k++) {
            key[t * count + k] =
                isupper((unsigned char)circles[k][t]) || circles[k][t] == '!';
            label[t * count + k] = label_of(circles[k][t]);
        }
    size_t num = gsc_circle_events(key, label, rows, count, events);
    text[0] = '\0';
    for (size_t i = 0; i < num; i++)
        length += (size_t)snprintf(
            text + length, sizeof text - length, "%s%c%zu:%zu%c%c", i > 0 ? " " : "",
            gsc_circle_event_names[events[i].kind][0], events[i].frequency,
            events[i].row, letter_of(events[i].from), letter_of(events[i].to));
    return text;
}

#define assert_events(circle, expected) \
    assert_string_equal(events_of((const char *const[]){circle}, 1), expected)

static void
a_circle_comes_changes_and_goes(void **state)
{
    (void)state;
    assert_events("..CCCPPP..", "b0:2-c c0:5cp d0:8p-");
    assert_events("CCCC", "b0:0-c");
    assert_events("!!CC", "b0:0-c"); /* key before it has a label */
    assert_events("!!!!", "b0:0--");
    assert_events("....", "");
    assert_events("CC..CC", "b0:0-c d0:2c- b0:4-c");
}

static void
one_row_is_a_flicker(void **state)
{
    (void)state;
    assert_events("..C...", "");
    assert_events("CCcCCC", "b0:0-c"); /* not key in one row */
    assert_events("CCCPCC", "b0:0-c"); /* a pizza in one row */
    assert_events("CCCPPC", "b0:0-c c0:3cp");
    assert_events("...C", ""); /* nothing confirms the last row */
    assert_events("CCC.", "b0:0-c");
    assert_events("CCCP", "b0:0-c");
}

static void
undetermined_is_no_label(void **state)
{
    (void)state;
    assert_events("CCUUCC", "b0:0-c");
    assert_events("CCUPUUP", "b0:0-c c0:3cp");
    assert_events("UUCC", "b0:0-c");
    assert_events("UUUU", "b0:0--");
}

static void
a_circle_that_is_never_key_may_change(void **state)
{
    (void)state;
    assert_events("..ppaa", "c0:4pa");
    assert_events("..ppPaa", "c0:5pa"); /* one key row is no birth */
    assert_events("ppccCCC", "b0:4-c"); /* before its birth it may not */
}

static void
events_stand_in_the_order_of_rows(void **state)
{
    (void)state;
    const char *const circles[] = {"..CCPP", "AAPPPP"};
    assert_string_equal(events_of(circles, 2), "b1:0-a b0:2-c c1:2ap c0:4cp");
    assert_string_equal(events_of((const char *const[]){""}, 1), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_comes_changes_and_goes),
        cmocka_unit_test(one_row_is_a_flicker),
        cmocka_unit_test(undetermined_is_no_label),
        cmocka_unit_test(a_circle_that_is_never_key_may_change),
        cmocka_unit_test(events_stand_in_the_order_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
