/* A part of one network's weights in the place of another's: what changes, and what
 * not.
 */
#include "runs.h"

#include "grokscope/loaded_model.h"
#include "grokscope/matrix.h"

#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = 11, D = 8 };

/* A small transformer, with more keys after what all have; NULL after the last. */
static int
train(const char *const (*more)[2], char folder[32])
{
    static const char *const all[][2] = {{"p", "11"},      {"d_model", "8"},
                                         {"n_heads", "1"}, {"d_mlp", "4"},
                                         {"steps", "5"},   {"checkpoints", "linear:5"},
                                         {"warmup", "0"}};
    gsc_config config;
    gsc_train_result result;
    snprintf(folder, 32, "/tmp/grokscope-run-XXXXXX");
    assert_non_null(mkdtemp(folder));
    const gsc_train_options options = {
        .folder = folder, .force = true, .num_threads = 1};
    assert_return_ok(gsc_config_default(&config));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_return_ok(gsc_config_set(&config, all[i][0], all[i][1]));
    for (; (*more)[0]; more++)
        assert_return_ok(gsc_config_set(&config, (*more)[0], (*more)[1]));
    return gsc_train(&config, &options, &result);
}

static const char *type = "float64";

static void
train_seed(const char *seed, char folder[32])
{
    const char *const more[][2] = {{"seed", seed}, {"dtype", type}, {NULL, NULL}};
    assert_return_ok(train(more, folder));
}

/* Begin with the weights of `own` and a part of those of `donor`. */
static int
try_transplant(const char *own, const char *donor, const char *part,
               const char *parameters, char folder[32])
{
    const char *const more[][2] = {
        {"init_from", own},   {"transplant_from", donor},
        {"transplant", part}, {"transplant_parameters", parameters},
        {"steps", "0"},       {"dtype", type},
        {NULL, NULL}};
    return train(more, folder);
}

static void
open_at(const char *folder, int64_t step, gsc_loaded_model *loaded)
{
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, step, path));
    assert_return_ok(gsc_loaded_model_open(loaded, path));
}

/* Two runs, and a third that begins with the first and a part of the second. */
typedef struct fixture {
    char own_folder[32], donor_folder[32], made_folder[32];
    gsc_loaded_model own, donor, made;
} fixture;

static void
open_fixture(fixture *f, const char *part, const char *parameters)
{
    train_seed("1", f->own_folder);
    train_seed("2", f->donor_folder);
    assert_return_ok(try_transplant(f->own_folder, f->donor_folder, part, parameters,
                                    f->made_folder));
    open_at(f->own_folder, 5, &f->own);
    open_at(f->donor_folder, 5, &f->donor);
    open_at(f->made_folder, 0, &f->made);
}

static void
close_fixture(fixture *f)
{
    gsc_loaded_model_close(&f->own);
    gsc_loaded_model_close(&f->donor);
    gsc_loaded_model_close(&f->made);
    remove_run(f->own_folder);
    remove_run(f->donor_folder);
    remove_run(f->made_folder);
}

/* sum_j f(j) exp(2 pi i k j / P) of column or row `which` of embedding or unembedding.
 */
static void
transform(const gsc_loaded_model *loaded, bool embeds, size_t which, size_t k,
          double sums[2])
{
    const double *w =
        gsc_loaded_model_tensor(loaded, embeds ? "embed.W_E" : "unembed.W_U")->data;
    sums[0] = sums[1] = 0;
    for (size_t j = 0; j < P; j++) {
        double x = embeds ? w[j * D + which] : w[which * P + j];
        sums[0] += x * cos(2 * M_PI * (double)(k * j) / P);
        sums[1] += x * sin(2 * M_PI * (double)(k * j) / P);
    }
}

/* Of each frequency: what the donor has, or what the run had. */
static void
check_frequencies(const fixture *f, bool embeds, bool (*taken)(size_t k),
                  double tolerance)
{
    for (size_t which = 0; which < D; which++)
        for (size_t k = 0; k <= P / 2; k++) {
            double found[2], expected[2];
            transform(&f->made, embeds, which, k, found);
            transform(taken(k) ? &f->donor : &f->own, embeds, which, k, expected);
            assert_close(found[0], expected[0], tolerance);
            assert_close(found[1], expected[1], tolerance);
        }
}

static bool
two_or_four(size_t k)
{
    return k == 2 || k == 4;
}

static bool
none(size_t k)
{
    (void)k;
    return false;
}

static bool
all_but_the_mean(size_t k)
{
    return k > 0;
}

/* All tensors but those that begin with one of two names, and the row of "=". */
static void
check_rest(const fixture *f)
{
    for (size_t i = 0; i < f->own.num_tensors; i++) {
        const gsc_tensor *t = &f->own.tensors[i];
        const double *now = gsc_loaded_model_tensor(&f->made, t->name)->data;
        const double *was = t->data;
        size_t first = strcmp(t->name, "embed.W_E") == 0     ? P * D
                       : strcmp(t->name, "unembed.W_U") == 0 ? P * D
                                                             : 0;
        for (size_t k = first; k < gsc_shape_count(t->shape); k++)
            assert_true(now[k] == was[k]);
    }
}

/* ---- What changes ---- */

static void
circles_are_the_others_and_all_else_is_the_runs(void **state)
{
    (void)state;
    static const char *const types[] = {"float64", "float32"};
    for (int i = 0; i < 2; i++) {
        fixture f;
        type = types[i];
        open_fixture(&f, "circles 2+4 modulus 11", "");
        check_frequencies(&f, true, two_or_four, i == 0 ? 1e-12 : 1e-5);
        check_frequencies(&f, false, two_or_four, i == 0 ? 1e-12 : 1e-5);
        check_rest(&f);
        close_fixture(&f);
    }
    type = "float64";
}

static void
all_circles_leave_the_mean(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "circles 1+2+3+4+5 modulus 11", "");
    check_frequencies(&f, true, all_but_the_mean, 1e-12);
    close_fixture(&f);
}

static void
patterns_say_which_parameters(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "circles 2+4 modulus 11", "embed.*");
    check_frequencies(&f, true, two_or_four, 1e-12);
    check_frequencies(&f, false, none, 0);
    close_fixture(&f);
}

static void
from_itself_a_transplant_changes_no_bit(void **state)
{
    (void)state;
    char own[32], made[32];
    gsc_loaded_model a, b;
    static const char *const types[] = {"float64", "float32"};
    for (int i = 0; i < 2; i++) {
        type = types[i];
        train_seed("1", own);
        assert_return_ok(
            try_transplant(own, own, "circles 1+2+3+4+5 modulus 11", "", made));
        open_at(own, 5, &a);
        open_at(made, 0, &b);
        assert_memory_equal(a.weights, b.weights, a.num_weights * sizeof *a.weights);
        gsc_loaded_model_close(&a);
        gsc_loaded_model_close(&b);
        remove_run(own);
        remove_run(made);
    }
    type = "float64";
}

/* How many directions of functions of the residues change. */
static size_t
rank_of_change(const fixture *f)
{
    gsc_matrix change;
    double values[D];
    size_t rank = 0;
    const double *now = gsc_loaded_model_tensor(&f->made, "embed.W_E")->data;
    const double *was = gsc_loaded_model_tensor(&f->own, "embed.W_E")->data;
    assert_return_ok(gsc_matrix_init(&change, P, D));
    for (size_t i = 0; i < P * D; i++)
        change.data[i] = now[i] - was[i];
    assert_return_ok(gsc_svd(&change, values, NULL, NULL));
    for (size_t i = 0; i < D; i++)
        rank += values[i] > 1e-10 * values[0];
    gsc_matrix_free(&change);
    return rank;
}

static void
random_planes_are_as_many_and_others(void **state)
{
    (void)state;
    double found[2], was[2], moved = 0;
    fixture f;
    open_fixture(&f, "circles 2+4 modulus 11", "");
    assert_int_equal(rank_of_change(&f), 4);
    close_fixture(&f);
    open_fixture(&f, "circles 2+4 modulus 11 shuffled 1", "");
    assert_int_equal(rank_of_change(&f), 4);
    check_rest(&f);
    for (size_t which = 0; which < D; which++) {
        transform(&f.made, true, which, 0, found);
        transform(&f.own, true, which, 0, was);
        assert_close(found[0], was[0], 1e-12); /* the mean stays */
        transform(&f.made, true, which, 3, found);
        transform(&f.own, true, which, 3, was);
        moved += fabs(found[0] - was[0]);
    }
    assert_true(moved > 0.01);
    close_fixture(&f);
}

/* Those with the largest transforms, of embedding and unembedding together. */
static void
the_strongest_are_those_that_the_other_network_has_most_of(void **state)
{
    (void)state;
    fixture f;
    double power[P / 2 + 1] = {0}, sums[2];
    open_fixture(&f, "strongest 2 modulus 11", "");
    for (size_t k = 1; k <= P / 2; k++)
        for (size_t which = 0; which < 2 * D; which++) {
            transform(&f.donor, which < D, which % D, k, sums);
            power[k] += sums[0] * sums[0] + sums[1] * sums[1];
        }
    for (size_t k = 1; k <= P / 2; k++) {
        size_t stronger = 0;
        for (size_t other = 1; other <= P / 2; other++)
            stronger += power[other] > power[k];
        for (size_t which = 0; which < D; which++) {
            double expected[2];
            transform(&f.made, true, which, k, sums);
            transform(stronger < 2 ? &f.donor : &f.own, true, which, k, expected);
            assert_close(sums[0], expected[0], 1e-12);
        }
    }
    close_fixture(&f);
}

/* ---- What is noted, and what refused ---- */

static void
the_source_is_noted_with_its_digest(void **state)
{
    (void)state;
    fixture f;
    char path[GSC_PATH_BYTES], digest[GSC_DIGEST_BYTES], expected[2 * GSC_PATH_BYTES];
    const char *noted = NULL;
    open_fixture(&f, "circles 3+2 modulus 11", "");
    assert_return_ok(gsc_run_step_path(f.donor_folder, 5, path));
    assert_return_ok(gsc_checkpoint_digest(path, digest));
    snprintf(expected, sizeof expected, "%s, content %s, circles 3+2", path, digest);
    gsc_checkpoint c = {.step = 0};
    assert_return_ok(gsc_run_step_path(f.made_folder, 0, path));
    assert_return_ok(gsc_checkpoint_read(&c, path, GSC_READ_PROVENANCE));
    for (size_t i = 0; i < c.num_provenance; i++)
        if (strcmp(c.provenance[i].name, "transplanted_from") == 0)
            noted = c.provenance[i].text;
    assert_non_null(noted);
    assert_string_equal(noted, expected);
    gsc_checkpoint_free(&c);
    close_fixture(&f);
}

static void
assert_refused(const char *own, const char *donor, const char *part,
               const char *parameters, int code, const char *message)
{
    char folder[32];
    assert_fails(try_transplant(own, donor, part, parameters, folder), code, message);
    remove_run(folder);
}

static void
what_does_not_fit_is_refused(void **state)
{
    (void)state;
    char own[32], wide[32], ten[32];
    const char *const wider[][2] = {{"d_model", "16"}, {NULL, NULL}};
    const char *const tenth[][2] = {{"p", "10"}, {NULL, NULL}};
    train_seed("1", own);
    assert_return_ok(train(wider, wide));
    assert_return_ok(train(tenth, ten));
    assert_refused(own, "", "circles 2", "", GSC_EARGUMENT,
                   "transplant: of no file; transplant_from names the one to take it");
    assert_refused(own, "", "", "embed.*", GSC_EARGUMENT,
                   "transplant_parameters: of no file; transplant_from names the one");
    assert_refused(own, own, "", "", GSC_EARGUMENT,
                   "transplant_from: nothing of it is named; transplant does so");
    assert_refused(own, own, "circles", "", GSC_EARGUMENT,
                   "transplant: circles needs a value");
    assert_refused(own, own, "rings 3", "", GSC_EARGUMENT,
                   "transplant: no option 'rings'");
    assert_refused(own, own, "circles 2", "", GSC_EARGUMENT,
                   "transplant: modulus is missing: ");
    assert_refused(own, own, "circles 6 modulus 11", "", GSC_EARGUMENT,
                   "transplant: circles: 6, but the frequencies of 11 places are 1 to");
    assert_refused(own, own, "strongest 6 modulus 11", "", GSC_EARGUMENT,
                   "transplant: strongest: 6 of 5 circles");
    assert_refused(own, own, "circles 2 modulus 11", "nothing.*", GSC_EARGUMENT,
                   "transplant_parameters: ");
    assert_refused(own, own, "circles 2 modulus 11", "blocks.*", GSC_EARGUMENT,
                   "transplant_parameters: 'blocks.*' names no parameter with an axis");
    assert_refused(own, wide, "circles 2 modulus 11", "", GSC_EFORMAT,
                   "transplant_from: ");
    assert_refused(own, ten, "circles 2 modulus 11", "", GSC_EARGUMENT,
                   "its residues are 10, and those of this run 11: their circles");
    remove_run(own);
    remove_run(wide);
    remove_run(ten);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circles_are_the_others_and_all_else_is_the_runs),
        cmocka_unit_test(all_circles_leave_the_mean),
        cmocka_unit_test(patterns_say_which_parameters),
        cmocka_unit_test(from_itself_a_transplant_changes_no_bit),
        cmocka_unit_test(random_planes_are_as_many_and_others),
        cmocka_unit_test(the_strongest_are_those_that_the_other_network_has_most_of),
        cmocka_unit_test(the_source_is_noted_with_its_digest),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
