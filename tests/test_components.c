/* Lists of components, as they are typed. */
#include "analyze/network/part/components.h"
#include "test.h"

static void
every_kind_is_read(void **state)
{
    (void)state;
    gsc_components p;
    assert_return_ok(gsc_components_init(
        &p,
        "circle=21,pc=1-6,head=2,head=1.3,neurons=3-10,neurons=freq:17,tensor=a.b"));
    assert_int_equal(p.count, 7);
    for (size_t i = 0; i < 7; i++) {
        static const gsc_component_kind kinds[] = {
            GSC_COMPONENT_CIRCLE, GSC_COMPONENT_PC,      GSC_COMPONENT_HEAD,
            GSC_COMPONENT_HEAD,   GSC_COMPONENT_NEURONS, GSC_COMPONENT_NEURONS,
            GSC_COMPONENT_TENSOR};
        static const size_t first[] = {21, 1, 2, 3, 3, 17, 0};
        static const size_t last[] = {21, 6, 2, 3, 10, 17, 0};
        assert_int_equal(p.items[i].kind, kinds[i]);
        assert_int_equal(p.items[i].first, first[i]);
        assert_int_equal(p.items[i].last, last[i]);
        assert_int_equal(p.items[i].by_frequency, i == 5);
        assert_int_equal(p.items[i].has_layer, i == 3);
    }
    assert_int_equal(p.items[3].layer, 1);
    assert_string_equal(p.items[6].tensor, "a.b");
    assert_true(gsc_components_have(&p, GSC_COMPONENT_HEAD));
    gsc_components_free(&p);
    assert_false(gsc_components_have(&p, GSC_COMPONENT_HEAD));
}

static void
what_has_no_kind_is_of_the_one_before(void **state)
{
    (void)state;
    gsc_components p;
    assert_return_ok(gsc_components_init(&p, "neurons=freq:4,7,9-11,pc=2,5"));
    assert_int_equal(p.count, 5);
    assert_true(p.items[0].by_frequency);
    assert_int_equal(p.items[2].kind, GSC_COMPONENT_NEURONS);
    assert_false(p.items[2].by_frequency);
    assert_int_equal(p.items[2].last, 11);
    assert_int_equal(p.items[4].kind, GSC_COMPONENT_PC);
    gsc_components_free(&p);
}

static void
anything_else_is_refused_with_what_is_expected(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "expected circle=, pc=, head=, neurons= or tensor="},
        {"21", "part '21': expected circle="},
        {"cirle=3", "part 'cirle=3': expected circle="},
        {"circle=", "expected a frequency K or K-L, from 1"},
        {"circle=0", "expected a frequency K or K-L, from 1"},
        {"circle=3,", "part '': expected a frequency"},
        {"circle=freq:3", "expected a frequency"},
        {"pc=4-2", "part 'pc=4-2': expected a component N or N-M, from 1"},
        {"pc=1-", "expected a component"},
        {"pc=2x", "expected a component"},
        {"head=1.", "expected a head N, N-M or LAYER.N"},
        {"head=-1", "expected a head"},
        {"neurons=freq:0", "expected neurons N, N-M or freq:K"},
        {"neurons=12345678", "expected neurons"},
        {"tensor=", "expected a parameter's name"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gsc_components p;
        assert_fails(gsc_components_init(&p, bad[i][0]), GSC_EARGUMENT, bad[i][1]);
        assert_null(p.items);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(what_has_no_kind_is_of_the_one_before),
        cmocka_unit_test(anything_else_is_refused_with_what_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
