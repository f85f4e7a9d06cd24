/* Operators from outside of the library, and what is true of all of them. */
#include "graph_fixture.h"

#include "grokscope/operator.h"

/* ---- softplus(x) = log(1 + e^x), as a client writes it ---- */

#define SOFTPLUS(real, ending)                                                        \
    static void softplus_forward_##ending(const gsc_call *call)                       \
    {                                                                                 \
        const real *x = call->in[0];                                                  \
        real *out = call->out;                                                        \
        for (size_t i = 0; i < call->n * gsc_node_count(call->node); i++)             \
            out[i] = (real)log1p(exp((double)x[i]));                                  \
    }                                                                                 \
    static void softplus_backward_##ending(const gsc_call *call)                      \
    {                                                                                 \
        const real *x = call->in[0], *dout = call->dout;                              \
        real *dx = call->din;                                                         \
        for (size_t i = 0; i < call->n * gsc_node_count(call->node); i++)             \
            dx[i] =                                                                   \
                (call->fresh ? 0 : dx[i]) + dout[i] / (real)(1 + exp(-(double)x[i])); \
    }                                                                                 \
    static const gsc_kernels softplus_##ending = {                                    \
        .forward = softplus_forward_##ending,                                         \
        .backward = {softplus_backward_##ending}};

SOFTPLUS(float, f32)
SOFTPLUS(double, f64)

static const gsc_operator softplus = {.name = "softplus",
                                      .min_inputs = 1,
                                      .max_inputs = 1,
                                      .shape = gsc_shape_of_first,
                                      .traits = GSC_ELEMENTWISE,
                                      .kernels = {&softplus_f32, &softplus_f64},
                                      .backward_reads = {GSC_READS(0)}};

/* A layer of it on the embedding, of which the loss reads one position. */
static gsc_node
network(fixture *f)
{
    gsc_graph *g = f->graph;
    gsc_node x = gsc_graph_matmul(g, embedded(f, 4), leaf(f, "in", 2, 4, 6, 1));
    x = gsc_graph_apply(g, &softplus, &x, 1, NULL);
    x = gsc_graph_matmul(g, x, leaf(f, "out", 2, 6, FIXTURE_OUT, 1));
    return label_loss(f, gsc_graph_slice(g, x, 0, 1, 1));
}

static void
a_clients_operator_has_its_gradient_under_rewrites(void **state)
{
    (void)state;
    for (unsigned all = 0; all < 2; all++) {
        fixture f;
        fixture_open(&f, 20);
        check_gradient(&f, network(&f), all * GSC_REWRITE_ALL);
        fixture_close(&f);
    }
}

/* As it is elementwise, a slice passes it: fewer operations than in the plain graph. */
static void
rewrites_use_its_traits(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node loss = network(&f);
    gsc_engine *plain = fixture_engine(&f, loss, true, 0);
    gsc_engine *cut = fixture_engine(&f, loss, true, GSC_REWRITE_POSITIONS);
    assert_true(gsc_engine_flops(cut, 20) < 0.5 * gsc_engine_flops(plain, 20));
    gsc_engine_close(plain);
    gsc_engine_close(cut);
    fixture_close(&f);
}

static void
a_step_with_it_lowers_the_loss(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node loss = network(&f);
    fixture_init_weights(&f);
    gsc_engine *engine = fixture_engine(&f, loss, true, GSC_REWRITE_ALL);
    double before = fixture_loss(&f, engine);
    const double *gradient = gsc_engine_gradient(engine);
    for (size_t i = 0; i < gsc_graph_num_weights(f.graph); i++)
        f.weights[i] -= 0.1 * gradient[i];
    assert_true(fixture_loss(&f, engine) < before - 1e-3);
    gsc_engine_close(engine);
    fixture_close(&f);
}

static void
its_name_is_told(void **state)
{
    (void)state;
    fixture f;
    gsc_engine_node *nodes;
    size_t count, found = 0;
    fixture_open(&f, 1);
    gsc_engine *engine = fixture_engine(&f, network(&f), true, 0);
    assert_return_ok(gsc_engine_nodes(engine, &nodes, &count));
    for (size_t i = 0; i < count; i++)
        found += strcmp(nodes[i].operation, "softplus") == 0;
    assert_int_equal(found, 1);
    free(nodes);
    gsc_engine_close(engine);
    fixture_close(&f);
}

static void
another_number_of_inputs_is_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_node x = embedded(&f, 4), both[] = {x, x};
    assert_int_equal(gsc_graph_apply(f.graph, &softplus, both, 2, NULL), GSC_NO_NODE);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "softplus: 2 inputs, expected 1 to 1");
    fixture_close(&f);
}

static void
an_operator_without_a_gradient_is_refused_by_name(void **state)
{
    (void)state;
    static const gsc_kernels forward_only = {.forward = softplus_forward_f64};
    static const gsc_operator plain = {.name = "softplus",
                                       .min_inputs = 1,
                                       .max_inputs = 1,
                                       .shape = gsc_shape_of_first,
                                       .kernels = {&forward_only, &forward_only}};
    fixture f;
    fixture_open(&f, 1);
    gsc_node x = embedded(&f, FIXTURE_OUT);
    gsc_node y = gsc_graph_apply(f.graph, &plain, &x, 1, NULL);
    gsc_root root = {label_loss(&f, y), 1};
    gsc_engine *engine;
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .roots = &root, .num_roots = 1, .gradients = true};
    assert_fails(gsc_engine_open(&engine, f.graph, &options), GSC_EARGUMENT,
                 "softplus: no gradient by input 0");
    fixture_close(&f);
}

/* ---- All of the library's ---- */

static void
every_operator_is_described(void **state)
{
    (void)state;
    size_t count;
    const gsc_operator *const *all = gsc_operators(&count);
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(all[i]->name);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(all[i]->name, all[j]->name);
        if (all[i]->max_inputs == 0)
            continue;
        assert_non_null(all[i]->shape);
        assert_non_null(all[i]->kernels[GSC_FLOAT32]->forward);
        assert_non_null(all[i]->kernels[GSC_FLOAT64]->forward);
        assert_true(all[i]->min_inputs <= all[i]->max_inputs);
        assert_true(all[i]->max_inputs <= GSC_MAX_INPUTS);
    }
}

/* Eight inputs side by side, and their gradients. */
static void
an_operator_has_eight_inputs(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node inputs[GSC_MAX_INPUTS], x = embedded(&f, 2);
    gsc_attribute axis[] = {{.integer = 1}};
    for (size_t k = 0; k < GSC_MAX_INPUTS; k++)
        inputs[k] = gsc_graph_scale(f.graph, gsc_graph_tanh(f.graph, x), 1 + (double)k);
    size_t count;
    const gsc_operator *concatenate = NULL, *const *all = gsc_operators(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i]->name, "concatenate") == 0)
            concatenate = all[i];
    gsc_node y = gsc_graph_apply(f.graph, concatenate, inputs, GSC_MAX_INPUTS, axis);
    check_gradient(&f, loss_of(&f, y), GSC_REWRITE_ALL);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clients_operator_has_its_gradient_under_rewrites),
        cmocka_unit_test(rewrites_use_its_traits),
        cmocka_unit_test(a_step_with_it_lowers_the_loss),
        cmocka_unit_test(its_name_is_told),
        cmocka_unit_test(another_number_of_inputs_is_refused),
        cmocka_unit_test(an_operator_without_a_gradient_is_refused_by_name),
        cmocka_unit_test(every_operator_is_described),
        cmocka_unit_test(an_operator_has_eight_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
