/* The decoder of sums of embeddings, against layers by hand, and embeddings between a
 * line and noise. */
#include "one_run.h"

#include "grokscope/rng.h"

enum { P = 7, D = 2, HIDDEN = 5, OUT = 3, STEPS = 20 };
static const double init_scale = 3;

static int
make_run(void **state)
{
    static const char *const changes[][2] = {{"p", "7"},
                                             {"train_samples", "20"},
                                             {"d_out", "3"},
                                             {"hidden", "5"},
                                             {"embed_messiness", "0.25"},
                                             {"init_scale", "3"},
                                             {"steps", "20"},
                                             {"anneal_steps", "7"},
                                             {"checkpoints", "linear:10"},
                                             {"dtype", "float64"},
                                             {"seed", "4"},
                                             {NULL, NULL}};
    return make_one_run(state, "omnigrok-messiness", changes);
}

static const double *
weights(const gsc_loaded_model *loaded, const char *name)
{
    return gsc_loaded_model_tensor(loaded, name)->data;
}

static void
embeddings_lie_between_a_line_and_noise(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    uint64_t stream = gsc_rng_stream("init:embed.W_E");
    for (int64_t step = 0; step <= STEPS; step += STEPS) { /* and they stay there */
        open_step(&loaded, step);
        const double *W_E = weights(&loaded, "embed.W_E");
        for (size_t i = 0; i < P; i++)
            for (size_t k = 0; k < D; k++) {
                double place = ((double)i - 3) / 2; /* of -3 … 3 the deviation is 2 */
                double noise = gsc_rng_normal(4, stream, i * D + k);
                assert_close(W_E[i * D + k], 0.75 * place + 0.25 * noise, 1e-14);
            }
        gsc_loaded_model_close(&loaded);
    }
}

/* Of all that is trained the first length is init_scale times that of PyTorch's first
 * weights, and it stays. */
static void
the_decoder_keeps_its_length(void **state)
{
    (void)state;
    static const char *const names[] = {"linear1.W", "linear1.b", "linear2.W",
                                        "linear2.b"};
    static const size_t counts[] = {D * HIDDEN, HIDDEN, HIDDEN * OUT, OUT};
    static const double fan_in[] = {D, D, HIDDEN, HIDDEN};
    double squares[2] = {0}, expected = 0;
    for (int64_t i = 0; i < 2; i++) {
        gsc_loaded_model loaded;
        open_step(&loaded, i * STEPS);
        for (size_t t = 0; t < 4; t++)
            for (size_t k = 0; k < counts[t]; k++)
                squares[i] += pow(weights(&loaded, names[t])[k], 2);
        gsc_loaded_model_close(&loaded);
    }
    for (size_t t = 0; t < 4; t++)
        for (size_t k = 0; k < counts[t]; k++) {
            char stream[32];
            snprintf(stream, sizeof stream, "init:%s", names[t]);
            double u = gsc_rng_uniform(4, gsc_rng_stream(stream), k);
            expected += pow(init_scale * (2 * u - 1), 2) / fan_in[t];
        }
    assert_close(squares[0], expected, 1e-12);
    assert_close(squares[1], expected, 1e-10);
}

/* What the network answers of a pair, with a slope of 1/5 below 0. */
static void
decode(const gsc_loaded_model *loaded, size_t a, size_t b, double y[OUT])
{
    const double *W_E = weights(loaded, "embed.W_E");
    const double *W1 = weights(loaded, "linear1.W"), *b1 = weights(loaded, "linear1.b");
    const double *W2 = weights(loaded, "linear2.W"), *b2 = weights(loaded, "linear2.b");
    for (size_t o = 0; o < OUT; o++)
        y[o] = b2[o];
    for (size_t h = 0; h < HIDDEN; h++) {
        double z = b1[h];
        for (size_t k = 0; k < D; k++)
            z += (W_E[a * D + k] + W_E[b * D + k]) * W1[k * HIDDEN + h];
        for (size_t o = 0; o < OUT; o++)
            y[o] += (z > 0 ? z : z / 5) * W2[h * OUT + o];
    }
}

static void
the_loss_is_that_of_leaky_layers_by_hand(void **state)
{
    (void)state;
    char path[GSC_PATH_BYTES];
    gsc_loaded_model loaded;
    gsc_checkpoint history = {.step = 0};
    double sum = 0;
    open_step(&loaded, STEPS);
    const gsc_dataset *d = &loaded.checkpoint.dataset;
    const gsc_field *tokens = gsc_dataset_find(d, GSC_TOKENS);
    const gsc_field *label = gsc_dataset_find(d, "label");
    const gsc_split *train = gsc_dataset_split(d, "train");
    const double *templates = weights(&loaded, "targets.answer");
    for (size_t i = 0; i < train->count; i++) {
        double y[OUT];
        size_t e = train->indices[i], c = (size_t)gsc_field_element(label, e, 0);
        decode(&loaded, (size_t)gsc_field_element(tokens, e, 0),
               (size_t)gsc_field_element(tokens, e, 1), y);
        for (size_t o = 0; o < OUT; o++)
            sum += pow(y[o] - templates[c * OUT + o], 2) / OUT;
    }
    assert_return_ok(gsc_run_step_path(folder, STEPS, path));
    assert_return_ok(gsc_run_read_history(&history, path));
    const gsc_table *t = &history.history[0];
    size_t column = gsc_table_column(t, "train_loss");
    assert_close(t->values[(t->num_rows - 1) * t->num_values + column],
                 sum / (double)train->count, 1e-11);
    gsc_checkpoint_free(&history);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_lie_between_a_line_and_noise),
        cmocka_unit_test(the_decoder_keeps_its_length),
        cmocka_unit_test(the_loss_is_that_of_leaky_layers_by_hand),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
