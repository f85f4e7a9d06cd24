/* Stages together: stopped and resumed, for any number of threads, and with stages that
 * are not the library's. */
#include "optimizer_fixture.h"

#include "grokscope/config.h"
#include "grokscope/rng.h"
#include "grokscope/run_folder.h"
#include "grokscope/trainer.h"

#include <stdio.h>
#include <unistd.h>

/* ---- A client's rule and filter ---- */

typedef struct sign_config {
    double keep;
} sign_config;

/* m = keep m + g; u = sign(m) sqrt(mean m^2 of the tensor): a rule with sums. */
static void
sign_add(const gsc_span *span, double *sums)
{
    const sign_config *config = span->config;
    double *m = span->state[0];
    for (size_t i = 0; i < span->count; i++) {
        m[i] = config->keep * m[i] + ((const double *)span->values)[i];
        sums[0] += m[i] * m[i];
    }
}

static void
sign_apply(const gsc_span *span)
{
    const double *m = span->state[0];
    double size = (double)gsc_shape_count(span->parameter->shape);
    for (size_t i = 0; i < span->count; i++)
        ((double *)span->values)[i] = copysign(sqrt(span->sums[0] / size), m[i]);
}

static const gsc_option sign_rows[] = {
    GSC_ROW_REAL(sign_config, keep, "0.5", 0, 1, "what it keeps of the last mean")};

static const gsc_stage sign_rule = {.name = "sign",
                                    .purpose = "Steps of one size.",
                                    .kind = GSC_STAGE_RULE,
                                    .scope = GSC_SCOPE_TENSOR,
                                    .rows = sign_rows,
                                    .num_rows = 1,
                                    .config_size = sizeof(sign_config),
                                    .states = {{"sign_mean", GSC_STATE_DOUBLES, NULL}},
                                    .apply = {NULL, sign_apply},
                                    .add = {NULL, sign_add},
                                    .decoupled = true};

/* Rows are turned around, by way of the scratch: a rule for whole matrices. */
static size_t
all_of(gsc_shape shape)
{
    return gsc_shape_count(shape);
}

static void
reverse_apply(const gsc_span *span)
{
    double *u = span->values, *copy = span->scratch;
    assert_int_equal(span->count, gsc_shape_count(span->parameter->shape));
    memcpy(copy, u, span->count * sizeof *u);
    for (size_t i = 0; i < span->count; i++)
        u[i] = copy[span->count - 1 - i];
}

static const gsc_stage reverse_rule = {.name = "reverse",
                                       .purpose = "The gradient, back to front.",
                                       .kind = GSC_STAGE_RULE,
                                       .scope = GSC_SCOPE_WHOLE,
                                       .apply = {NULL, reverse_apply},
                                       .min_rank = 2,
                                       .scratch = all_of};

static void
halve_apply(const gsc_span *span)
{
    for (size_t i = 0; i < span->count; i++)
        ((double *)span->values)[i] /= 2;
}

static const gsc_stage halve = {.name = "halve",
                                .purpose = "Half of the gradient.",
                                .kind = GSC_STAGE_FILTER,
                                .apply = {NULL, halve_apply}};

static const gsc_stage *const own[] = {&sign_rule, &reverse_rule, &halve};
static const gsc_stages stages = {own, sizeof own / sizeof *own};

static void
start_with_own(fixture *f)
{
    gsc_optimizer_setup setup = {.graph = f->graph,
                                 .type = f->type,
                                 .weights = f->weights,
                                 .seed = 5,
                                 .stages = &stages};
    assert_return_ok(gsc_optimizer_init(&f->optimizer, &f->config, &setup));
}

static void
a_clients_rule_and_filter_need_no_change_of_the_library(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    strcpy(f.config.optimizer, "sign keep 0.25");
    strcpy(f.config.filters, "halve");
    f.config.learning_rate = 0.5;
    f.config.weight_decay = 0.1;
    assert_return_ok(gsc_optimizer_resolve(&f.config, &stages, f.graph));
    assert_string_equal(f.config.optimizer, "sign keep 0.25");
    start_with_own(&f);
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    for (size_t j = 0; j < PARAMETERS; j += 2) {
        const gsc_parameter *p = &f.parameters[j];
        double sum = 0, n = (double)gsc_shape_count(p->shape);
        for (size_t i = p->offset; i < p->offset + gsc_shape_count(p->shape); i++)
            sum += pow(load(&f, f.gradient, i) / 2, 2);
        for (size_t i = p->offset; i < p->offset + gsc_shape_count(p->shape); i++) {
            double u = copysign(sqrt(sum / n), load(&f, f.gradient, i));
            assert_close(load(&f, f.next, i), load(&f, f.weights, i) * 0.95 - 0.5 * u,
                         1e-14);
        }
    }
    fixture_close(&f);
}

static void
a_rule_may_ask_for_whole_matrices(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    strcpy(f.config.groups, "wide: optimizer reverse; *: optimizer sgd");
    f.config.learning_rate = 1;
    f.config.weight_decay = 0;
    start_with_own(&f);
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    size_t first = f.parameters[0].offset, narrow = f.parameters[2].offset;
    for (size_t i = 0; i < WIDE; i++)
        assert_close(load(&f, f.next, first + i),
                     load(&f, f.weights, first + i) -
                         load(&f, f.gradient, first + WIDE - 1 - i),
                     1e-15);
    assert_close(load(&f, f.next, narrow),
                 load(&f, f.weights, narrow) - load(&f, f.gradient, narrow), 1e-15);
    gsc_optimizer_free(&f.optimizer);
    strcpy(f.config.groups, "");
    strcpy(f.config.optimizer, "reverse");
    gsc_optimizer_setup setup = {
        .graph = f.graph, .type = f.type, .weights = f.weights, .stages = &stages};
    assert_fails(gsc_optimizer_init(&f.optimizer, &f.config, &setup), GSC_EARGUMENT,
                 "optimizer: reverse works on tensors of 2 axes or more, and narrow "
                 "has 1; give it another rule by groups");
    fixture_close(&f);
}

static void
two_stages_do_not_share_a_state(void **state)
{
    (void)state;
    static const gsc_stage other = {.name = "other",
                                    .purpose = "Another one.",
                                    .kind = GSC_STAGE_FILTER,
                                    .states = {{"moment1", GSC_STATE_WEIGHTS, NULL}},
                                    .apply = {halve_apply, halve_apply}};
    static const gsc_stage *const others[] = {&other};
    const gsc_stages mine = {others, 1};
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    strcpy(f.config.filters, "other");
    gsc_optimizer_setup setup = {
        .graph = f.graph, .type = f.type, .weights = f.weights, .stages = &mine};
    assert_fails(gsc_optimizer_init(&f.optimizer, &f.config, &setup), GSC_EARGUMENT,
                 "filters: other has a state 'moment1' that another stage has too");
    fixture_close(&f);
}

static void
a_stage_without_a_kernel_of_the_type_is_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT32);
    strcpy(f.config.filters, "halve");
    gsc_optimizer_setup setup = {
        .graph = f.graph, .type = f.type, .weights = f.weights, .stages = &stages};
    assert_fails(gsc_optimizer_init(&f.optimizer, &f.config, &setup), GSC_EARGUMENT,
                 "filters: halve does not work on float32");
    fixture_close(&f);
}

/* ---- Any stages together ---- */

static uint64_t seed = 20260101;
static uint64_t drawn;

static bool
coin(void)
{
    return gsc_rng_below(seed, gsc_rng_stream("coin"), drawn++, 2) == 1;
}

static void
add_stage(char *text, const char *stage)
{
    if (coin())
        sprintf(text + strlen(text), "%s%s", *text ? ", " : "", stage);
}

/* Every stage with probability one half, and groups. */
static void
draw_config(gsc_optimizer_config *config)
{
    static const char *const rules[] = {"adamw", "adam", "sgd"};
    static const char *const groups[] = {
        "", "wide: weight_decay 0.1; *: optimizer sgd, learning_rate 0.01"};
    strcpy(config->optimizer, rules[gsc_rng_below(seed, 1, drawn++, 3)]);
    strcpy(config->groups, groups[coin()]);
    config->decay_to = coin();
    config->weight_decay = 0.5;
    config->momentum = 0.7;
    config->learning_rate = 0.02;
    config->warmup = 9;
    add_stage(config->perturbations, "weight_noise deviation 0.1");
    add_stage(config->filters, "grokfast_ema");
    add_stage(config->filters, "grokfast_ma window 7");
    add_stage(config->filters, "orthogonal");
    add_stage(config->filters, "gradient_noise deviation 0.05");
    add_stage(config->filters, "clip norm 3");
    add_stage(config->update_filters, "update_noise deviation 0.2");
    add_stage(config->projections, "mask");
    add_stage(config->projections, "fixed_norm");
}

/* Updates first … last-1 with a gradient that depends on the perturbed weights. */
static void
go(fixture *f, gsc_threads *threads, int64_t first, int64_t last)
{
    for (int64_t t = first; t < last; t++) {
        const void *w = gsc_optimizer_perturb(&f->optimizer, threads, t, f->weights);
        for (size_t i = 0; i < f->num_weights; i++)
            store(f, f->gradient, i,
                  0.3 * load(f, w, i) + sin((double)i + 0.7 * (double)t));
        gsc_optimizer_update(&f->optimizer, threads, t, f->weights, f->gradient,
                             f->next);
        swap(f);
    }
}

static void
open_drawn(fixture *f, gsc_type type, uint64_t number)
{
    fixture_open(f, type);
    /* what is not trained is in both arrays, as in a run */
    memcpy(f->next, f->weights, f->num_weights * gsc_type_size(type));
    drawn = number;
    draw_config(&f->config);
    fixture_start(f);
}

/* A new optimizer with the states and weights of another one. */
static void
resume(fixture *f, const fixture *from)
{
    assert_return_ok(gsc_optimizer_restore(&f->optimizer, from->optimizer.states,
                                           from->optimizer.num_states));
    memcpy(f->weights, from->weights, f->num_weights * gsc_type_size(f->type));
}

static void
forty_updates_are_17_and_23(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 24; number++) {
        gsc_type type = number % 2 ? GSC_FLOAT32 : GSC_FLOAT64;
        fixture whole, first, second;
        open_drawn(&whole, type, 1000 * number);
        open_drawn(&first, type, 1000 * number);
        open_drawn(&second, type, 1000 * number);
        go(&whole, NULL, 0, 40);
        go(&first, NULL, 0, 17);
        resume(&second, &first);
        go(&second, NULL, 17, 40);
        size_t bytes = whole.num_weights * gsc_type_size(type);
        if (memcmp(whole.weights, second.weights, bytes) != 0)
            fail_msg("seed %llu, number %llu", (unsigned long long)seed,
                     (unsigned long long)number);
        for (size_t i = 0; i < whole.num_weights; i++)
            assert_true(isfinite(load(&whole, whole.weights, i)));
        fixture_close(&whole);
        fixture_close(&first);
        fixture_close(&second);
    }
}

static void
threads_change_no_bit_of_any_stages(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 7, 16};
    for (uint64_t number = 0; number < 12; number++) {
        gsc_type type = number % 2 ? GSC_FLOAT32 : GSC_FLOAT64;
        fixture expected;
        open_drawn(&expected, type, 1000 * number);
        go(&expected, NULL, 0, 12);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            fixture f;
            gsc_threads *threads;
            assert_return_ok(gsc_threads_open(&threads, counts[k]));
            open_drawn(&f, type, 1000 * number);
            go(&f, threads, 0, 12);
            assert_memory_equal(f.weights, expected.weights,
                                f.num_weights * gsc_type_size(type));
            fixture_close(&f);
            gsc_threads_close(threads);
        }
        fixture_close(&expected);
    }
}

static void
a_state_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    fixture_start(&f);
    gsc_tensor tensors[2] = {f.optimizer.states[0], f.optimizer.states[1]};
    assert_fails(gsc_optimizer_restore(&f.optimizer, tensors, 1), GSC_EFORMAT,
                 "moment2 is missing");
    tensors[1].shape.dims[0]--;
    assert_fails(gsc_optimizer_restore(&f.optimizer, tensors, 2), GSC_EFORMAT,
                 "moment2 is of another size or type than the run's");
    tensors[1] = tensors[0];
    strcpy(tensors[1].name, "moment2");
    tensors[1].type = GSC_FLOAT32;
    assert_fails(gsc_optimizer_restore(&f.optimizer, tensors, 2), GSC_EFORMAT,
                 "moment2 is of another size or type than the run's");
    fixture_close(&f);
}

/* ---- A run ---- */

typedef struct stopper {
    int64_t step;
    volatile sig_atomic_t stop;
} stopper;

static void
stop_at(void *context, const gsc_train_progress *progress)
{
    stopper *s = context;
    if (progress->step + 1 >= s->step)
        s->stop = 1;
}

static void
configure(gsc_config *config)
{
    static const char *const keys[][2] = {
        {"p", "7"},
        {"d_model", "8"},
        {"n_heads", "2"},
        {"d_head", "4"},
        {"d_mlp", "16"},
        {"steps", "40"},
        {"checkpoints", "list:40"},
        {"train_fraction", "0.5"},
        {"perturbations", "weight_noise deviation 0.05"},
        {"filters", "grokfast_ma window 5, clip norm 2, gradient_noise"},
        {"update_filters", "update_noise"},
        {"projections", "fixed_norm"},
        {"decay_to", "initial"},
        {"groups", "embed.*: weight_decay 0; *:"}};
    gsc_options sets[GSC_CONFIG_SETS];
    assert_return_ok(gsc_config_default(config));
    gsc_config_options(config, sets);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_return_ok(
            gsc_options_set(sets, GSC_CONFIG_SETS, keys[i][0], keys[i][1]));
}

static void
digest_of(const char *folder, char digest[GSC_DIGEST_BYTES])
{
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, 40, path));
    assert_return_ok(gsc_checkpoint_digest(path, digest));
}

static void
remove_folder(const char *folder)
{
    char lock[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_remove(folder));
    snprintf(lock, sizeof lock, "%s/.lock", folder);
    unlink(lock);
    rmdir(folder);
}

static void
a_run_that_is_stopped_goes_on_bit_for_bit(void **state)
{
    (void)state;
    gsc_config config;
    gsc_train_result result;
    char folders[2][32] = {"/tmp/grokscope-run-XXXXXX", "/tmp/grokscope-run-XXXXXX"};
    char digests[2][GSC_DIGEST_BYTES];
    stopper s = {.step = 1 + (int64_t)gsc_rng_below(seed, 7, (uint64_t)getpid(), 38)};
    configure(&config);
    for (size_t i = 0; i < 2; i++)
        assert_non_null(mkdtemp(folders[i]));
    gsc_train_options options = {.folder = folders[0], .force = true, .num_threads = 2};
    assert_return_ok(gsc_train(&config, &options, &result));
    assert_true(isfinite(result.row.train_loss));
    options = (gsc_train_options){.folder = folders[1],
                                  .force = true,
                                  .num_threads = 1,
                                  .stop = &s.stop,
                                  .report = stop_at,
                                  .context = &s};
    assert_return_ok(gsc_train(&config, &options, &result));
    assert_int_equal(result.end, GSC_END_SIGNAL);
    options = (gsc_train_options){.folder = folders[1], .resume = true};
    assert_return_ok(gsc_train(&config, &options, &result));
    for (size_t i = 0; i < 2; i++) {
        digest_of(folders[i], digests[i]);
        remove_folder(folders[i]);
    }
    if (strcmp(digests[0], digests[1]) != 0)
        fail_msg("stopped at step %lld", (long long)s.step);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clients_rule_and_filter_need_no_change_of_the_library),
        cmocka_unit_test(a_rule_may_ask_for_whole_matrices),
        cmocka_unit_test(two_stages_do_not_share_a_state),
        cmocka_unit_test(a_stage_without_a_kernel_of_the_type_is_refused),
        cmocka_unit_test(forty_updates_are_17_and_23),
        cmocka_unit_test(threads_change_no_bit_of_any_stages),
        cmocka_unit_test(a_state_that_does_not_fit_is_refused),
        cmocka_unit_test(a_run_that_is_stopped_goes_on_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
