/* Rotary positions against their closed form, and what follows from it. */
#include "graph_fixture.h"

enum { HEADS = 2, WIDTH = 6, ROWS = FIXTURE_CTX * HEADS * WIDTH };

static void
evaluate(fixture *f, gsc_node node, double *values)
{
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .taps = &node,
                                  .num_taps = 1,
                                  .num_examples = 5,
                                  .rewrites = GSC_REWRITE_ALL};
    fixture_init_weights(f);
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    gsc_batch batch = fixture_batch(f);
    void *taps[] = {values};
    assert_return_ok(gsc_engine_run(engine, NULL, f->weights, &batch, taps, NULL));
    gsc_engine_close(engine);
}

/* Each embedding in two heads. */
static gsc_node
heads_of(fixture *f)
{
    return gsc_graph_split_heads(f->graph, embedded(f, 4),
                                 leaf(f, "w", 3, HEADS, 4, WIDTH));
}

static gsc_node
merged(fixture *f, gsc_node x)
{
    return gsc_graph_merge_heads(f->graph, x, leaf(f, "o", 3, HEADS, WIDTH, 4));
}

static void
rotary_has_its_gradient(void **state)
{
    (void)state;
    for (int adjacent = 0; adjacent < 2; adjacent++)
        for (size_t dims = 2; dims <= WIDTH; dims += 2) {
            fixture f;
            fixture_open(&f, 20);
            gsc_node x = heads_of(&f);
            gsc_node y = gsc_graph_rotary(f.graph, x, dims, 30, adjacent);
            gsc_node both = gsc_graph_add(f.graph, y, gsc_graph_scale(f.graph, x, 0.3));
            check_gradient(&f, loss_of(&f, merged(&f, both)), 0);
            fixture_close(&f);
        }
}

/* The values of a node and of its rotation, of one example. */
static void
rotated(size_t dims, double base, bool adjacent, double x[ROWS], double y[ROWS])
{
    fixture f;
    fixture_open(&f, 1);
    gsc_node plain = heads_of(&f);
    evaluate(&f, plain, x);
    evaluate(&f, gsc_graph_rotary(f.graph, plain, dims, base, adjacent), y);
    fixture_close(&f);
}

/* The angles of GPT-NeoX: pairs (i, i + 2), and the last two numbers are not turned. */
static void
half_of_a_row_is_turned_against_the_other(void **state)
{
    (void)state;
    double x[ROWS], y[ROWS];
    rotated(4, 100, false, x, y);
    for (size_t t = 0; t < FIXTURE_CTX; t++)
        for (size_t h = 0; h < HEADS; h++) {
            const double *in = x + (t * HEADS + h) * WIDTH,
                         *out = y + (t * HEADS + h) * WIDTH;
            for (size_t i = 0; i < 2; i++) {
                double angle = (double)t * (i == 0 ? 1 : 0.1); /* 100^(-2i / 4) */
                assert_close(out[i], in[i] * cos(angle) - in[i + 2] * sin(angle),
                             1e-14);
                assert_close(out[i + 2], in[i + 2] * cos(angle) + in[i] * sin(angle),
                             1e-14);
            }
            assert_close(out[4], in[4], 0);
            assert_close(out[5], in[5], 0);
        }
}

static void
adjacent_numbers_are_turned(void **state)
{
    (void)state;
    double x[ROWS], y[ROWS];
    rotated(6, 8, true, x, y);
    for (size_t r = 0; r < FIXTURE_CTX * HEADS; r++)
        for (size_t i = 0; i < 3; i++) {
            const double *in = x + r * WIDTH + 2 * i, *out = y + r * WIDTH + 2 * i;
            double angle = (double)(r / HEADS) * pow(0.5, (double)i); /* 8^(-2i / 6) */
            assert_close(out[0], in[0] * cos(angle) - in[1] * sin(angle), 1e-14);
            assert_close(out[1], in[1] * cos(angle) + in[0] * sin(angle), 1e-14);
        }
}

/* More pairs than are turned at a time, from a position on. */
static void
a_slice_is_turned_by_the_angles_of_its_positions(void **state)
{
    (void)state;
    enum { MANY = 90 };
    for (int adjacent = 0; adjacent < 2; adjacent++) {
        fixture f;
        fixture_open(&f, 5);
        gsc_graph *g = f.graph;
        double whole[5 * FIXTURE_CTX * 2 * MANY], part[5 * 2 * MANY];
        gsc_node x =
            gsc_graph_split_heads(g, embedded(&f, 4), leaf(&f, "w", 3, 2, 4, MANY));
        gsc_node y = gsc_graph_rotary(g, x, MANY - 2, 10000, adjacent);
        evaluate(&f, y, whole);
        evaluate(&f, gsc_graph_slice(g, y, 0, 2, 1), part);
        for (size_t e = 0; e < 5; e++)
            for (size_t i = 0; i < 2 * MANY; i++)
                assert_close(part[e * 2 * MANY + i],
                             whole[((e * FIXTURE_CTX + 2) * 2) * MANY + i], 0);
        fixture_close(&f);
    }
}

/* q at position s and k at position t have the product of any two as far apart. */
static void
scores_depend_on_the_distance(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    for (size_t i = 0; i < FIXTURE_CTX; i++)
        f.inputs[i] = 3; /* the same token everywhere */
    gsc_graph *g = f.graph;
    double s[HEADS * FIXTURE_CTX * FIXTURE_CTX];
    gsc_node q = gsc_graph_rotary(g, heads_of(&f), 4, 50, false);
    gsc_node k =
        gsc_graph_split_heads(g, embedded(&f, 4), leaf(&f, "k", 3, HEADS, 4, WIDTH));
    k = gsc_graph_rotary(g, k, 4, 50, false);
    evaluate(&f, gsc_graph_attention_scores(g, q, k), s);
    for (size_t h = 0; h < HEADS; h++) {
        const double *at = s + h * FIXTURE_CTX * FIXTURE_CTX;
        for (size_t i = 1; i < FIXTURE_CTX; i++) {
            assert_close(at[i * FIXTURE_CTX + i], at[0], 1e-14);
            assert_close(at[i * FIXTURE_CTX + i - 1], at[FIXTURE_CTX], 1e-14);
        }
        assert_true(fabs(at[FIXTURE_CTX] - at[0]) > 1e-6);
    }
    fixture_close(&f);
}

static void
what_is_no_pair_is_refused(void **state)
{
    (void)state;
    static const size_t dims[] = {0, 3, WIDTH + 2};
    for (size_t i = 0; i < 3; i++) {
        fixture f;
        fixture_open(&f, 1);
        gsc_node y = gsc_graph_rotary(f.graph, heads_of(&f), dims[i], 10000, false);
        assert_int_equal(y, GSC_NO_NODE);
        assert_int_equal(gsc_graph_status(f.graph), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), "rotary: [3, 2, 6]: what is turned are "
                                              "pairs of a row's numbers");
        fixture_close(&f);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotary_has_its_gradient),
        cmocka_unit_test(half_of_a_row_is_turned_against_the_other),
        cmocka_unit_test(adjacent_numbers_are_turned),
        cmocka_unit_test(a_slice_is_turned_by_the_angles_of_its_positions),
        cmocka_unit_test(scores_depend_on_the_distance),
        cmocka_unit_test(what_is_no_pair_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
