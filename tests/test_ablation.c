/* Networks without some of their components. */
#include "grokscope/fourier.h"

#include "analyze/network/part/ablation.h"
#include "loaded_model_fixture.h"

/* A loaded model, its outputs, and what remains when a list of components is removed.
 */
typedef struct scene {
    gsc_loaded_model loaded;
    gsc_pair_outputs before, after;
    gsc_ablated ablated;
} scene;

static const char transformer[] = "d_vocab_out = 7\nbiases = trained\n";

static int
try_removing(scene *s, const char *list, gsc_ablation ablation)
{
    gsc_components components;
    assert_return_ok(gsc_components_init(&components, list));
    ablation.components = &components;
    assert_return_ok(gsc_pair_outputs_init(&s->before, &s->loaded,
                                           s->loaded.pairs.order,
                                           s->loaded.model.neurons != GSC_NO_NODE));
    assert_return_ok(gsc_pair_outputs_run(&s->before, s->loaded.weights, NULL));
    assert_return_ok(gsc_pair_outputs_score(&s->before));
    int status = gsc_ablated_init(&s->ablated, &s->loaded, &s->before, &ablation, NULL);
    gsc_components_free(&components);
    return status;
}

static void
begin(scene *s, const char *lines, const char *list, gsc_ablation ablation)
{
    open_small(&s->loaded, lines);
    assert_return_ok(try_removing(s, list, ablation));
    assert_return_ok(gsc_pair_outputs_init(&s->after, &s->ablated.loaded,
                                           s->loaded.pairs.order, false));
    assert_return_ok(gsc_pair_outputs_run(&s->after, s->ablated.loaded.weights, NULL));
    assert_return_ok(gsc_pair_outputs_score(&s->after));
}

static void
end(scene *s)
{
    gsc_pair_outputs_free(&s->before);
    gsc_pair_outputs_free(&s->after);
    gsc_ablated_free(&s->ablated);
    gsc_loaded_model_close(&s->loaded);
}

static const double *
tensor_of(const gsc_loaded_model *loaded, const char *name)
{
    for (size_t i = 0; i < loaded->num_tensors; i++)
        if (strcmp(loaded->tensors[i].name, name) == 0)
            return loaded->tensors[i].data;
    fail_msg("no %s", name);
    return NULL;
}

static double
largest_change_of_weights(const scene *s)
{
    double most = 0;
    assert_int_equal(s->loaded.num_weights, s->ablated.loaded.num_weights);
    for (size_t i = 0; i < s->loaded.num_weights; i++)
        most = fmax(most, fabs(s->loaded.weights[i] - s->ablated.loaded.weights[i]));
    return most;
}

static void
embedding_power(const gsc_loaded_model *loaded, double *power)
{
    gsc_matrix view;
    assert_return_ok(
        gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, loaded->pairs.order, &view));
    assert_return_ok(gsc_fourier_power(&view, power));
    gsc_matrix_free(&view);
}

/* ---- Circles and components ---- */

/* Frequency 2 is lost, or all others are; the mean stays. */
static void
check_circle(const char *lines, bool keep, size_t num_ablated)
{
    scene s = {.before = {.logits = NULL}};
    double before[4], after[4];
    begin(&s, lines, "circle=2", (gsc_ablation){.keep = keep});
    assert_int_equal(s.ablated.num_ablated, num_ablated);
    embedding_power(&s.loaded, before);
    embedding_power(&s.ablated.loaded, after);
    for (size_t k = 0; k < 4; k++) {
        bool stays = k == 0 || (k == 2) == keep;
        assert_close(after[k], stays ? before[k] : 0, 1e-12);
    }
    end(&s);
}

static void
circles_are_removed_from_the_embedding(void **state)
{
    (void)state;
    check_circle(transformer, false, 1);
    check_circle(transformer, true, 2);
    check_circle("operation = multiply\nlayout = a b\n", false, 1); /* logarithms */
    check_circle("architecture = gromov_mlp\nlayout = a b\n", false, 1);
}

static void
zero_has_no_logarithm_and_keeps_its_row(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    begin(&s, "operation = multiply\n", "circle=1-3", (gsc_ablation){.keep = false});
    const double *was = tensor_of(&s.loaded, "embed.W_E");
    const double *is = tensor_of(&s.ablated.loaded, "embed.W_E");
    assert_memory_equal(was, is, 8 * sizeof *was);           /* 0 */
    assert_memory_equal(was + 56, is + 56, 8 * sizeof *was); /* = */
    for (size_t j = 0; j < 8; j++)
        assert_close(is[8 + j], is[16 + j], 1e-14); /* the others are alike */
    end(&s);
}

static void
all_components_are_all_circles(void **state)
{
    (void)state;
    scene a = {.before = {.logits = NULL}}, b = {.before = {.logits = NULL}};
    begin(&a, transformer, "circle=1-3", (gsc_ablation){.keep = false});
    begin(&b, transformer, "pc=1-7", (gsc_ablation){.keep = false});
    for (size_t i = 0; i < a.loaded.num_weights; i++)
        assert_close(a.ablated.loaded.weights[i], b.ablated.loaded.weights[i], 1e-13);
    assert_true(largest_change_of_weights(&a) > 0.01);
    end(&a);
    end(&b);
}

/* ---- Heads, neurons, tensors ---- */

static void
a_head_is_its_rows_of_W_O(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    begin(&s, transformer, "head=1", (gsc_ablation){.keep = false});
    const double *was = tensor_of(&s.loaded, "blocks.0.attn.W_O");
    const double *is = tensor_of(&s.ablated.loaded, "blocks.0.attn.W_O");
    for (size_t i = 0; i < 64; i++)
        assert_true(is[i] == (i < 32 ? was[i] : 0));
    end(&s);
}

static void
neurons_are_their_rows_of_W_out(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    begin(&s, transformer, "neurons=2-4,7", (gsc_ablation){.keep = true});
    assert_int_equal(s.ablated.num_ablated, 8);
    const double *was = tensor_of(&s.loaded, "blocks.0.mlp.W_out");
    const double *is = tensor_of(&s.ablated.loaded, "blocks.0.mlp.W_out");
    for (size_t i = 0; i < 96; i++) {
        bool kept = (i / 8 >= 2 && i / 8 <= 4) || i / 8 == 7;
        assert_true(is[i] == (kept ? was[i] : 0));
    }
    end(&s);
}

/* Every neuron is of some frequency. */
static void
neurons_of_all_frequencies_are_all(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    size_t sum = 0;
    for (int k = 1; k <= 3; k++) {
        char list[32];
        snprintf(list, sizeof list, "neurons=freq:%d", k);
        begin(&s, transformer, list, (gsc_ablation){.keep = false});
        sum += s.ablated.num_ablated;
        end(&s);
    }
    begin(&s, transformer, "neurons=freq:1-3", (gsc_ablation){.keep = false});
    assert_int_equal(s.ablated.num_ablated, sum);
    assert_true(sum > 0 && sum <= 12);
    end(&s);
}

/* The mean over all pairs of every logit. */
static void
mean_logits(const gsc_pair_outputs *r, double *mean)
{
    size_t n = r->grid.n;
    for (size_t c = 0; c < n; c++) {
        mean[c] = 0;
        for (size_t i = 0; i < n * n; i++)
            mean[c] += r->logits[i * n + c] / (double)(n * n);
    }
}

static double
change_of_mean(const char *lines, const char *list, bool mean)
{
    scene s = {.before = {.logits = NULL}};
    double before[7], after[7], most = 0;
    begin(&s, lines, list, (gsc_ablation){.mean = mean});
    mean_logits(&s.before, before);
    mean_logits(&s.after, after);
    for (size_t c = 0; c < s.before.grid.n; c++)
        most = fmax(most, fabs(before[c] - after[c]));
    end(&s);
    return most;
}

/* Logits are linear in what neurons write, and, where neurons do not bend, in what
 * heads write: with means in their place the mean logits stay. */
static void
means_stay_in_the_biases(void **state)
{
    (void)state;
    const char *heads = "act_fn = identity\n", *absent = "biases = absent\n";
    assert_true(change_of_mean(transformer, "neurons=0-5", false) > 1e-3);
    assert_close(change_of_mean(transformer, "neurons=0-5", true), 0, 1e-13);
    assert_close(change_of_mean(absent, "neurons=0-5", true), 0, 1e-13);
    assert_close(change_of_mean("n_layers = 2\n", "neurons=3", true), 0, 1e-13);
    assert_true(change_of_mean(heads, "head=0", false) > 1e-3);
    assert_close(change_of_mean(heads, "head=0", true), 0, 1e-13);
    assert_close(change_of_mean("act_fn = identity\nattn_biases = trained\nn_layers = 2"
                                "\nlayout = a op b =\n",
                                "head=1.0-1", true),
                 0, 1e-13);
}

static void
a_tensor_is_zeroed_or_levelled(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    begin(&s, transformer, "tensor=pos_embed.W_pos", (gsc_ablation){.keep = false});
    for (size_t i = 0; i < 24; i++)
        assert_true(tensor_of(&s.ablated.loaded, "pos_embed.W_pos")[i] == 0);
    end(&s);
    begin(&s, transformer, "tensor=pos_embed.W_pos", (gsc_ablation){.mean = true});
    const double *was = tensor_of(&s.loaded, "pos_embed.W_pos");
    const double *is = tensor_of(&s.ablated.loaded, "pos_embed.W_pos");
    for (size_t i = 0; i < 24; i++)
        assert_close(is[i], (was[i % 8] + was[8 + i % 8] + was[16 + i % 8]) / 3, 1e-15);
    end(&s);
}

/* ---- Transplants ---- */

static const char every_kind[] =
    "circle=1,pc=2-3,head=0,neurons=1-4,tensor=unembed.W_U";

static void
ones_own_components_change_nothing(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    gsc_loaded_model other;
    open_small(&other, transformer);
    begin(&s, transformer, every_kind, (gsc_ablation){.from = other.weights});
    assert_int_equal(s.ablated.num_ablated, 1 + 2 + 1 + 4 + 1);
    assert_memory_equal(s.loaded.weights, s.ablated.loaded.weights,
                        s.loaded.num_weights * sizeof(double));
    assert_memory_equal(s.before.logits, s.after.logits, 343 * sizeof(double));
    end(&s);
    gsc_loaded_model_close(&other);
}

static void
components_come_from_the_other(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    gsc_loaded_model other;
    double mine[4], theirs[4], after[4];
    open_small(&other, transformer);
    for (size_t i = 0; i < other.num_weights; i++)
        other.weights[i] *= 2;
    begin(&s, transformer, "circle=3,head=1", (gsc_ablation){.from = other.weights});
    embedding_power(&s.loaded, mine);
    embedding_power(&other, theirs);
    embedding_power(&s.ablated.loaded, after);
    for (size_t k = 0; k < 4; k++)
        assert_close(after[k], k == 3 ? theirs[k] : mine[k], 1e-12);
    assert_memory_equal(tensor_of(&s.ablated.loaded, "blocks.0.attn.W_O") + 32,
                        tensor_of(&other, "blocks.0.attn.W_O") + 32, 32 * 8);
    end(&s);
    gsc_loaded_model_close(&other);
}

static void
what_removes_nothing_changes_nothing(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    begin(&s, transformer, "circle=1-3,pc=1-7,head=0-1,neurons=0-11",
          (gsc_ablation){.keep = true});
    assert_int_equal(s.ablated.num_ablated, 0);
    assert_memory_equal(s.before.logits, s.after.logits, 343 * sizeof(double));
    end(&s);
}

/* ---- Refusals ---- */

static void
what_is_not_there_is_refused(void **state)
{
    (void)state;
    static const char gromov[] = "architecture = gromov_mlp\nlayout = a b\n";
    static const char two[] = "n_layers = 2\n";
    static const struct {
        const char *lines, *list;
        bool mean;
        const char *words;
    } bad[] = {
        {transformer, "circle=4", false, "circle=4: this network has 1 to 3"},
        {transformer, "pc=2-8", false, "pc=8: this network has 1 to 7"},
        {transformer, "neurons=12", false, "neurons=12: this network has 0 to 11"},
        {transformer, "neurons=freq:4", false, "frequencies modulo 7 are 1 to 3"},
        {transformer, "head=2", false, "layers 0 to 0 with heads 0 to 1"},
        {transformer, "tensor=W", false, "tensor=W: this network has none"},
        {two, "head=1", false,
         "this network has 2 layers; expected LAYER.HEAD, as 0.1"},
        {two, "head=2.0", false, "layers 0 to 1 with heads 0 to 1"},
        {two, "head=0.1", true, "mean: head 0.1 writes to every position"},
        {gromov, "head=0", false, "head=0: this network has none"},
        {gromov, "neurons=0", true, "mean: this network has no bias after"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scene s = {.before = {.logits = NULL}};
        open_small(&s.loaded, bad[i].lines);
        bool names = strncmp(bad[i].list, "tensor=", 7) == 0; /* what the file lacks */
        assert_fails(try_removing(&s, bad[i].list, (gsc_ablation){.mean = bad[i].mean}),
                     names ? GSC_EFORMAT : GSC_EARGUMENT, bad[i].words);
        end(&s);
    }
}

/* ---- As many others ---- */

static size_t
count_marks(const bool *marks, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += marks[i];
    return sum;
}

/* 2 of 9 heads: never those that were named, each other one as often as another. Of
 * 7 there are but 2 others, and all are drawn from. */
static void
others_are_drawn_evenly(void **state)
{
    (void)state;
    enum { COUNT = 9, DRAWS = 7000 };
    size_t times[COUNT] = {0};
    gsc_draw_pool pool;
    bool marks[COUNT], again[COUNT];
    for (size_t draw = 1; draw <= DRAWS; draw++) {
        memset(marks, 0, sizeof marks);
        marks[3] = marks[8] = true;
        memcpy(again, marks, sizeof marks);
        assert_return_ok(
            gsc_ablation_draw(NULL, GSC_COMPONENT_HEAD, 5, draw, marks, COUNT, &pool));
        assert_return_ok(
            gsc_ablation_draw(NULL, GSC_COMPONENT_HEAD, 5, draw, again, COUNT, &pool));
        assert_memory_equal(marks, again, sizeof marks);
        assert_int_equal(pool, GSC_DRAW_OTHERS);
        assert_int_equal(count_marks(marks, COUNT), 2);
        for (size_t i = 0; i < COUNT; i++)
            times[i] += marks[i];
    }
    assert_int_equal(times[3] + times[8], 0);
    for (size_t i = 0; i < COUNT; i++) /* binomial: 2000, deviation 38 */
        assert_true(i == 3 || i == 8 || (times[i] > 1840 && times[i] < 2160));
    memset(marks, true, 7 * sizeof *marks);
    marks[7] = marks[8] = false;
    assert_return_ok(
        gsc_ablation_draw(NULL, GSC_COMPONENT_PC, 5, 1, marks, COUNT, &pool));
    assert_int_equal(pool, GSC_DRAW_ALL);
    assert_int_equal(count_marks(marks, COUNT), 7);
}

/* Residues on a circle of frequency 1 and noise: 2 and 3 are what 1 is matched by. */
static void
circles_are_drawn_from_those_that_are_non_key(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_draw_pool pool;
    open_small(&loaded, transformer);
    double *E = gsc_loaded_model_tensor(&loaded, "embed.W_E")->data;
    for (size_t t = 0; t < 7; t++) {
        E[t * 8] += 10 * cos(6.283185307179586 * (double)t / 7);
        E[t * 8 + 1] += 10 * sin(6.283185307179586 * (double)t / 7);
    }
    for (size_t draw = 1; draw <= 40; draw++) {
        bool marks[3] = {false, true, false};
        assert_return_ok(
            gsc_ablation_draw(&loaded, GSC_COMPONENT_CIRCLE, 0, draw, marks, 3, &pool));
        assert_int_equal(pool, GSC_DRAW_NON_KEY);
        assert_false(marks[0] || marks[1]);
        assert_true(marks[2]);
    }
    bool two[3] = {false, true, true};
    assert_return_ok(
        gsc_ablation_draw(&loaded, GSC_COMPONENT_CIRCLE, 0, 1, two, 3, &pool));
    assert_int_equal(pool, GSC_DRAW_ALL);
    assert_int_equal(count_marks(two, 3), 2);
    gsc_loaded_model_close(&loaded);
}

static void
a_draw_ablates_others(void **state)
{
    (void)state;
    scene s = {.before = {.logits = NULL}};
    double before[4], after[4];
    begin(&s, transformer, "circle=2", (gsc_ablation){.draw = 1, .seed = 3});
    assert_int_equal(s.ablated.num_ablated, 1);
    embedding_power(&s.loaded, before);
    embedding_power(&s.ablated.loaded, after);
    assert_close(after[2], before[2], 1e-12);
    assert_close(after[1] * after[3], 0, 1e-12);
    assert_true(after[1] + after[3] > 1e-3);
    end(&s);
    s = (scene){.before = {.logits = NULL}};
    open_small(&s.loaded, transformer);
    assert_fails(try_removing(&s, "tensor=embed.W_E", (gsc_ablation){.draw = 1}),
                 GSC_EARGUMENT, "tensors differ in size");
    end(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(circles_are_removed_from_the_embedding),
        IN_FOLDER(zero_has_no_logarithm_and_keeps_its_row),
        IN_FOLDER(all_components_are_all_circles),
        IN_FOLDER(a_head_is_its_rows_of_W_O),
        IN_FOLDER(neurons_are_their_rows_of_W_out),
        IN_FOLDER(neurons_of_all_frequencies_are_all),
        IN_FOLDER(means_stay_in_the_biases),
        IN_FOLDER(a_tensor_is_zeroed_or_levelled),
        IN_FOLDER(ones_own_components_change_nothing),
        IN_FOLDER(components_come_from_the_other),
        IN_FOLDER(what_removes_nothing_changes_nothing),
        IN_FOLDER(what_is_not_there_is_refused),
        cmocka_unit_test(others_are_drawn_evenly),
        IN_FOLDER(circles_are_drawn_from_those_that_are_non_key),
        IN_FOLDER(a_draw_ablates_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
