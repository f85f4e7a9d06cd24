/* What two networks are both asked: which examples, what of them was trained on, and
 * what the answers have in common, against the definitions. */
#include "grokscope/rng.h"

#include "analyze/compare/agreement.h"
#include "analyze/compare/compared_features.h"
#include "analyze/compare/respondent.h"
#include "loaded_model_fixture.h"

#define PARITY(more)                                                         \
    "task = parity\narchitecture = mlp\nn = 30\nk = 2\ntrain_samples = 40\n" \
    "test_samples = 30\nhidden = 12\n" more
#define TOY(more)                                                           \
    "task = symbol_sum\narchitecture = embedding_sum\ntrain_samples = 20\n" \
    "hidden = 12\nact_fn = tanh\n" more
#define TEACHER                                                                      \
    "task = teacher_student\narchitecture = mlp\nd_hidden = 5\ntrain_samples = 20\n" \
    "test_samples = 20\nhidden = 12\nact_fn = tanh\n"
#define DIGITS "task = digits\ndigits = 2\ntrain_samples = 30\ntest_samples = 20\n"

static void
open_moved(gsc_loaded_model *loaded, const char *lines, uint64_t seed)
{
    open_small(loaded, lines);
    for (size_t i = 0; i < loaded->num_weights; i++)
        loaded->weights[i] += 0.3 * gsc_rng_normal(seed, 1, i);
}

static bool
is_in(const gsc_split *split, uint32_t example)
{
    for (size_t i = 0; split && i < split->count; i++)
        if (split->indices[i] == example)
            return true;
    return false;
}

/* ---- Which examples ---- */

static void
all_examples_are_asked_and_the_split_is_known(void **state)
{
    static const char *const tasks[] = {PARITY(""), TOY(""), TEACHER, DIGITS};
    (void)state;
    for (size_t k = 0; k < sizeof tasks / sizeof *tasks; k++) {
        gsc_loaded_model s;
        gsc_questions q;
        open_small(&s, tasks[k]);
        const gsc_dataset *dataset = &s.checkpoint.dataset;
        const gsc_split *train = gsc_dataset_split(dataset, "train");
        assert_return_ok(gsc_questions_of_examples(&q, &s, NULL));
        assert_int_equal(q.count, dataset->num_examples);
        assert_true(q.split_is_known);
        for (uint32_t i = 0; i < q.count; i++) {
            assert_int_equal(q.examples[i], i);
            assert_int_equal(q.train[i], is_in(train, i));
        }
        bool *test = gsc_new(q.count, sizeof *test);
        assert_non_null(test);
        assert_int_equal(gsc_questions_test(&q, &q, test),
                         gsc_dataset_split(dataset, "test")->count);
        free(test);
        gsc_questions_free(&q);
        gsc_questions_free(&q);
        gsc_loaded_model_close(&s);
    }
}

static void
of_many_examples_some_are_asked_evenly(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_questions q;
    open_small(&s, PARITY("test_samples = 14960\n"));
    assert_return_ok(gsc_questions_of_examples(&q, &s, NULL));
    assert_int_equal(q.count, GSC_MOST_QUESTIONS);
    for (size_t i = 0; i < q.count; i++) /* of 15000 */
        assert_int_equal(q.examples[i], i * 3 / 2);
    gsc_questions_free(&q);
    gsc_loaded_model_close(&s);
}

static void
a_stream_trains_on_none_of_what_it_keeps(void **state)
{
    (void)state;
    gsc_loaded_model s;
    gsc_questions q;
    bool test[30];
    open_small(&s, PARITY("online = yes\n"));
    assert_return_ok(gsc_questions_of_examples(&q, &s, NULL));
    assert_int_equal(q.count, 30);
    assert_int_equal(gsc_questions_test(&q, &q, test), 30);
    gsc_questions_free(&q);
    gsc_loaded_model_close(&s);
}

/* Another seed of the toy's split has the same examples: what one of the two was
 * trained on is nothing to test on. */
static void
what_either_was_trained_on_is_found_by_its_inputs(void **state)
{
    (void)state;
    gsc_loaded_model a, b;
    gsc_questions x, y;
    bool test[28];
    size_t expected = 0;
    open_small(&a, TOY("data_seed = 1\n"));
    open_small(&b, TOY("data_seed = 2\n"));
    assert_return_ok(gsc_questions_of_examples(&x, &a, NULL));
    assert_return_ok(gsc_questions_of_examples(&y, &b, &x));
    assert_ptr_equal(y.dataset, &a.checkpoint.dataset);
    const gsc_split *of_a = gsc_dataset_split(&a.checkpoint.dataset, "train");
    const gsc_split *of_b = gsc_dataset_split(&b.checkpoint.dataset, "train");
    size_t count = gsc_questions_test(&x, &y, test);
    for (uint32_t i = 0; i < 28; i++) {
        assert_int_equal(test[i], !is_in(of_a, i) && !is_in(of_b, i));
        expected += test[i];
    }
    assert_int_equal(count, expected);
    assert_true(count < 8); /* the splits are not one */
    assert_return_ok(gsc_questions_same_answers(&x, &b.checkpoint.dataset));
    ((uint16_t *)b.checkpoint.dataset.owned[0])[3] ^= 1; /* label, the first by name */
    assert_string_equal(b.checkpoint.dataset.fields[0].name, "label");
    assert_fails(gsc_questions_same_answers(&x, &b.checkpoint.dataset), GSC_EARGUMENT,
                 "no line between networks of other answers");
    gsc_questions_free(&x);
    gsc_questions_free(&y);
    gsc_loaded_model_close(&a);
    gsc_loaded_model_close(&b);
}

static void
other_examples_of_one_kind_are_asked_of_both(void **state)
{
    (void)state;
    gsc_loaded_model a, b;
    gsc_questions x, y;
    bool test[70];
    open_small(&a, PARITY("data_seed = 1\n"));
    open_small(&b, PARITY("data_seed = 2\n"));
    assert_return_ok(gsc_questions_of_examples(&x, &a, NULL));
    assert_return_ok(gsc_questions_of_examples(&y, &b, &x));
    assert_int_equal(y.count, 70);
    assert_int_equal(gsc_questions_test(&x, &y, test), 30); /* none is b's */
    assert_return_ok(gsc_questions_same_answers(&x, &b.checkpoint.dataset));
    gsc_questions_free(&x);
    gsc_questions_free(&y);
    gsc_loaded_model_close(&a);
    gsc_loaded_model_close(&b);
}

static void
what_cannot_be_asked_of_both_is_named(void **state)
{
    static const struct {
        const char *a, *b, *message;
    } cases[] = {
        {PARITY(""), PARITY("n = 31\n"),
         "one network reads x [31], but the examples have x [30]"},
        {PARITY(""), DIGITS,
         "one network reads tokens [9] below 12, but the examples have no such field"},
        {PARITY(""), PARITY("loss = mse\n"), "or are judged otherwise"},
        {TOY(""), TOY("d_out = 20\n"), "answers are [1, 30] and [1, 20]"}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        gsc_loaded_model a, b;
        gsc_questions x, y;
        open_small(&a, cases[k].a);
        open_small(&b, cases[k].b);
        assert_return_ok(gsc_questions_of_examples(&x, &a, NULL));
        assert_fails(gsc_questions_of_examples(&y, &b, &x), GSC_EARGUMENT,
                     cases[k].message);
        assert_int_equal(y.count, 0);
        gsc_questions_free(&x);
        gsc_loaded_model_close(&a);
        gsc_loaded_model_close(&b);
    }
}

static void
pairs_are_no_examples(void **state)
{
    (void)state;
    gsc_loaded_model a, b;
    gsc_grid grid;
    gsc_questions x, y;
    open_small(&a, "");
    open_small(&b, TOY(""));
    assert_return_ok(gsc_grid_init(&grid, &a, a.pairs.order));
    assert_return_ok(gsc_questions_of_pairs(&x, &grid));
    assert_int_equal(x.count, 49);
    assert_memory_equal(x.train, grid.train, 49);
    assert_fails(gsc_questions_of_examples(&y, &b, &x), GSC_EARGUMENT,
                 "the other's data have no facet binary_table");
    gsc_questions_free(&x);
    gsc_grid_free(&grid);
    gsc_loaded_model_close(&a);
    gsc_loaded_model_close(&b);
}

/* ---- Answers ---- */

/* The first output's predictions, by the plain graph. The caller frees them. */
static double *
predictions_of(const gsc_loaded_model *s, size_t *width)
{
    gsc_engine *engine = NULL;
    const gsc_dataset *dataset = &s->checkpoint.dataset;
    gsc_node tap = s->model.outputs[0].prediction;
    const gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &tap, .num_taps = 1};
    gsc_batch batch = {.fields = dataset->fields,
                       .num_fields = dataset->num_fields,
                       .num_examples = dataset->num_examples};
    *width = gsc_shape_count(gsc_graph_shape(s->model.graph, tap));
    double *values = gsc_new(dataset->num_examples * *width, sizeof *values);
    assert_non_null(values);
    void *taps[] = {values};
    assert_return_ok(gsc_engine_open(&engine, s->model.graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, s->weights, &batch, taps, NULL));
    gsc_engine_close(engine);
    return values;
}

static size_t
largest_of(const double *z, size_t n)
{
    size_t best = 0;
    for (size_t c = 0; c < n; c++)
        best = z[c] > z[best] ? c : best;
    return best;
}

static double
kl_of(const double *a, const double *b, size_t n)
{
    double sum_a = 0, sum_b = 0, kl = 0;
    for (size_t c = 0; c < n; c++) {
        sum_a += exp(a[c]);
        sum_b += exp(b[c]);
    }
    for (size_t c = 0; c < n; c++)
        kl += exp(a[c]) / sum_a * (a[c] - log(sum_a) - b[c] + log(sum_b));
    return kl;
}

/* The nearest template of a row, by the table among the weights. */
static size_t
nearest_of(const gsc_loaded_model *s, const double *row, size_t n)
{
    const gsc_tensor *t = gsc_loaded_model_tensor(s, "targets.answer");
    const double *table = t->data;
    size_t best = 0;
    double least = INFINITY;
    for (size_t k = 0; k < t->shape.dims[0]; k++) {
        double sum = 0;
        for (size_t c = 0; c < n; c++)
            sum += pow(row[c] - table[k * n + c], 2);
        best = sum < least ? k : best;
        least = fmin(least, sum);
    }
    return best;
}

/* Whether the two answers at x and y are alike, by the task. */
typedef bool is_alike(const gsc_loaded_model *a, const gsc_loaded_model *b,
                      const double *x, const double *y, size_t width);

static bool
by_sign(const gsc_loaded_model *a, const gsc_loaded_model *b, const double *x,
        const double *y, size_t width)
{
    (void)a, (void)b, (void)width;
    return (*x > 0) == (*y > 0);
}

static bool
by_template(const gsc_loaded_model *a, const gsc_loaded_model *b, const double *x,
            const double *y, size_t width)
{
    return nearest_of(a, x, width) == nearest_of(b, y, width);
}

static bool
by_distance(const gsc_loaded_model *a, const gsc_loaded_model *b, const double *x,
            const double *y, size_t width)
{
    double sum = 0;
    (void)a, (void)b;
    for (size_t c = 0; c < width; c++)
        sum += pow(x[c] - y[c], 2);
    return sum / (double)width < 0.05;
}

static bool
by_digits(const gsc_loaded_model *a, const gsc_loaded_model *b, const double *x,
          const double *y, size_t width)
{
    bool same = true;
    (void)a, (void)b;
    for (size_t c = 0; c < width; c += 10)
        same = same && largest_of(x + c, 10) == largest_of(y + c, 10);
    return same;
}

static void
answers_agree_as_their_task_means_it(void **state)
{
    static const struct {
        const char *lines;
        is_alike *alike;
        double moved; /* how far b is from a */
    } cases[] = {{PARITY(""), by_sign, 0.3},
                 {TOY(""), by_template, 0.3},
                 {TEACHER "tolerance = 0.05\n", by_distance, 0.05},
                 {DIGITS, by_digits, 0.01}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        gsc_loaded_model a, b;
        gsc_questions x, y;
        gsc_agreement agreement;
        open_moved(&a, cases[k].lines, 1);
        open_moved(&b, cases[k].lines, 1);
        for (size_t i = 0; i < b.num_weights; i++)
            b.weights[i] += cases[k].moved * gsc_rng_normal(2, 1, i);
        assert_return_ok(gsc_questions_of_examples(&x, &a, NULL));
        assert_return_ok(gsc_questions_of_examples(&y, &b, &x));
        assert_return_ok(gsc_agreement_init(&agreement, (gsc_compared_network){&a, &x},
                                            (gsc_compared_network){&b, &y}, NULL));
        size_t width, alike = 0, alike_test = 0, num_test = 0;
        double *za = predictions_of(&a, &width), *zb = predictions_of(&b, &width);
        double kl = 0;
        for (size_t i = 0; i < x.count; i++) {
            const double *p = za + i * width, *q = zb + i * width;
            bool same = cases[k].alike(&a, &b, p, q, width);
            alike += same;
            alike_test += same && !x.train[i];
            num_test += !x.train[i];
            for (size_t c = 0; c < width; c += 10)
                kl += cases[k].alike == by_digits ? kl_of(p + c, q + c, 10) : NAN;
        }
        assert_int_equal(agreement.num_asked, x.count);
        assert_int_equal(agreement.num_test, num_test);
        assert_true(alike > 0 && alike < x.count);
        assert_close(agreement.all.share, (double)alike / (double)x.count, 1e-12);
        assert_close(agreement.test.share, (double)alike_test / (double)num_test,
                     1e-12);
        if (cases[k].alike == by_digits)
            assert_close(agreement.all.kl, kl / (double)(x.count * x.num_rows), 1e-9);
        else
            assert_true(isnan(agreement.all.kl));
        free(za);
        free(zb);
        gsc_agreement_free(&agreement);
        gsc_questions_free(&x);
        gsc_questions_free(&y);
        gsc_loaded_model_close(&a);
        gsc_loaded_model_close(&b);
    }
}

static void
without_a_tolerance_numbers_have_no_agreement(void **state)
{
    (void)state;
    gsc_loaded_model a;
    gsc_questions x;
    gsc_agreement agreement;
    open_small(&a, TEACHER "tolerance = 0\n");
    assert_return_ok(gsc_questions_of_examples(&x, &a, NULL));
    gsc_compared_network self = {&a, &x};
    assert_return_ok(gsc_agreement_init(&agreement, self, self, NULL));
    assert_true(isnan(agreement.all.share) && isnan(agreement.test.share));
    gsc_agreement_free(&agreement);
    gsc_questions_free(&x);
    gsc_loaded_model_close(&a);
}

/* Rows that a mask leaves out are 0 in all answers, and nothing is said of them. */
static void
masked_rows_do_not_count(void **state)
{
    (void)state;
    gsc_loaded_model a, b;
    gsc_questions x, y;
    gsc_agreement all, masked;
    open_moved(&a, DIGITS, 1);
    open_moved(&b, DIGITS, 2);
    assert_return_ok(gsc_questions_of_examples(&x, &a, NULL));
    assert_return_ok(gsc_questions_of_examples(&y, &b, &x));
    gsc_compared_network one = {&a, &x}, other = {&b, &y};
    assert_return_ok(gsc_agreement_init(&all, one, other, NULL));
    uint8_t counts[50 * 3] = {0}; /* the last of three digits alone */
    gsc_field mask = {.name = "mask", .shape = {1, {3}}, .scale = 1, .data = counts};
    for (size_t i = 0; i < 50; i++)
        counts[3 * i + 2] = 1;
    x.mask = y.mask = &mask;
    assert_return_ok(gsc_agreement_init(&masked, one, other, NULL));
    assert_int_equal(gsc_questions_count_rows(&x), 50);
    size_t width, alike = 0;
    double *za = predictions_of(&a, &width), *zb = predictions_of(&b, &width);
    double kl = 0;
    for (size_t i = 0; i < 50; i++) {
        const double *p = za + i * width + 20, *q = zb + i * width + 20;
        alike += largest_of(p, 10) == largest_of(q, 10);
        kl += kl_of(p, q, 10) / 50;
    }
    assert_close(masked.all.share, (double)alike / 50, 1e-12);
    assert_close(masked.all.kl, kl, 1e-9);
    assert_true(masked.all.share >= all.all.share);
    assert_true(masked.logits.product.data[0] == 0); /* of the first row, left out */
    assert_true(all.logits.product.data[0] != 0);
    free(za);
    free(zb);
    gsc_agreement_free(&all);
    gsc_agreement_free(&masked);
    gsc_questions_free(&x);
    gsc_questions_free(&y);
    gsc_loaded_model_close(&a);
    gsc_loaded_model_close(&b);
}

/* ---- Embeddings ---- */

static void
without_pairs_an_embedding_has_a_row_a_token(void **state)
{
    (void)state;
    gsc_loaded_model toy, parity;
    gsc_compared_features features;
    const gsc_compared_features_options wanted = {
        .wanted = {[GSC_FEATURE_EMBEDDING] = true, [GSC_FEATURE_CLOCKPIZZA] = true}};
    open_small(&toy, TOY(""));
    assert_return_ok(gsc_compared_features_init(&features, &toy, "it", &wanted, NULL));
    assert_int_equal(features.embedding.x.rows, 7);
    assert_int_equal(features.embedding.x.cols, 8);
    assert_string_equal(features.why[GSC_FEATURE_CLOCKPIZZA],
                        "its data have no facet binary_table");
    gsc_compared_features_free(&features);
    open_small(&parity, PARITY(""));
    assert_return_ok(
        gsc_compared_features_init(&features, &parity, "it", &wanted, NULL));
    assert_false(gsc_compared_features_has(&features, GSC_FEATURE_EMBEDDING));
    assert_string_equal(features.why[GSC_FEATURE_EMBEDDING],
                        "this model has no embedding");
    gsc_compared_features_free(&features);
    gsc_loaded_model_close(&toy);
    gsc_loaded_model_close(&parity);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_examples_are_asked_and_the_split_is_known),
        cmocka_unit_test(of_many_examples_some_are_asked_evenly),
        cmocka_unit_test(a_stream_trains_on_none_of_what_it_keeps),
        cmocka_unit_test(what_either_was_trained_on_is_found_by_its_inputs),
        cmocka_unit_test(other_examples_of_one_kind_are_asked_of_both),
        cmocka_unit_test(what_cannot_be_asked_of_both_is_named),
        cmocka_unit_test(pairs_are_no_examples),
        cmocka_unit_test(answers_agree_as_their_task_means_it),
        cmocka_unit_test(without_a_tolerance_numbers_have_no_agreement),
        cmocka_unit_test(masked_rows_do_not_count),
        cmocka_unit_test(without_pairs_an_embedding_has_a_row_a_token),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
