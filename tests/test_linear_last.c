/* token_mlp with a last hidden layer without activation, the network of arXiv
 * 2310.19470, against its equation; and the weights it begins with. */
#include "analyze/network/pairs/pair_outputs.h"
#include "loaded_model_fixture.h"

#include <stdlib.h>

#define NETWORK                                                                    \
    "architecture = token_mlp\noperands = summed\nlayout = a b\nbiases = absent\n" \
    "unembed_bias = absent\ninit = minegishi\nlinear_last = yes\n"
enum { P = 7, D = 8, H = 6, LAST = 5 };

static double *
data_of(const gsc_loaded_model *loaded, const char *name)
{
    return gsc_loaded_model_tensor(loaded, name)->data;
}

/* relu((E_a + E_b) W_in) W_out W_U */
static void
answer(const gsc_loaded_model *loaded, size_t a, size_t b, double logits[P])
{
    const double *E = data_of(loaded, "embed.W_E");
    const double *W_in = data_of(loaded, "linear1.W");
    const double *W_out = data_of(loaded, "linear2.W");
    const double *W_U = data_of(loaded, "linear3.W");
    memset(logits, 0, P * sizeof *logits);
    for (size_t h = 0; h < H; h++) {
        double pre = 0;
        for (size_t d = 0; d < D; d++)
            pre += (E[a * D + d] + E[b * D + d]) * W_in[d * H + h];
        for (size_t l = 0; l < LAST; l++)
            for (size_t c = 0; c < P; c++)
                logits[c] += fmax(pre, 0) * W_out[h * LAST + l] * W_U[l * P + c];
    }
}

static void
the_answer_is_that_of_the_equation(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_pair_outputs outputs;
    open_small(&loaded, NETWORK "hidden = 6,5\n");
    assert_return_ok(
        gsc_pair_outputs_init(&outputs, &loaded, GSC_RESIDUE_ORDER_PLAIN, true));
    assert_int_equal(outputs.evaluator.num_neurons, H); /* and not the linear layer's */
    assert_return_ok(gsc_pair_outputs_run(&outputs, loaded.weights, NULL));
    for (size_t i = 0; i < P * P; i++) {
        double logits[P];
        answer(&loaded, i / P, i % P, logits);
        for (size_t c = 0; c < P; c++)
            assert_close(outputs.logits[i * P + c], logits[c], 1e-13);
    }
    gsc_pair_outputs_free(&outputs);
    gsc_loaded_model_close(&loaded);
}

static void
matrices_begin_with_one_over_the_root_of_their_rows(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, NETWORK "p = 67\nd_model = 400\nhidden = 48,300\n");
    static const char *const names[] = {"embed.W_E", "linear1.W", "linear2.W",
                                        "linear3.W"};
    for (size_t k = 0; k < 4; k++) {
        const gsc_tensor *t = gsc_loaded_model_tensor(&loaded, names[k]);
        size_t n = gsc_shape_count(t->shape);
        double squares = 0, fourth = 0, rows = (double)t->shape.dims[0];
        for (size_t i = 0; i < n; i++) {
            double x2 = pow(((double *)t->data)[i], 2) * rows;
            squares += x2 / (double)n;
            fourth += x2 * x2 / (double)n;
        }
        assert_close(squares, 1, 0.05);
        assert_close(fourth, 3, 0.3); /* of a Gaussian */
    }
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(the_answer_is_that_of_the_equation),
        IN_RUN(matrices_begin_with_one_over_the_root_of_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
