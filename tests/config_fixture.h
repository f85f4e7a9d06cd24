/* Configurations, and recipes in a file, for the tests of both. */
#ifndef GSC_TEST_CONFIG_FIXTURE_H
#define GSC_TEST_CONFIG_FIXTURE_H

#include "folder_fixture.h"

#include "grokscope/config.h"

#include "train/model/token_model.h"
#include "train/task/binary_operation.h"

static inline void
write_bytes(const char *data, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline gsc_config
defaults(void)
{
    gsc_config config;
    memset(&config, 0, sizeof config);
    assert_return_ok(gsc_config_default(&config));
    return config;
}

/* Read these lines over the values in `config`. */
static inline int
read_lines(gsc_config *config, const char *lines)
{
    write_bytes(lines, strlen(lines));
    return gsc_config_read_recipe(config, path);
}

static inline int
set(gsc_config *config, const char *name, const char *text)
{
    return gsc_config_set(config, name, text);
}

/* The options of the task and of the architecture that configurations begin with. */
static inline gsc_binary_operation *
binary_of(gsc_config *config)
{
    assert_ptr_equal(gsc_config_task(config), &gsc_task_binary_operation);
    return (gsc_binary_operation *)(void *)config->task.room.values;
}

static inline gsc_token_model *
tokens_of(gsc_config *config)
{
    assert_true(gsc_is_token_model(gsc_config_architecture(config)));
    return (gsc_token_model *)(void *)config->model.room.values;
}

static inline void
assert_same(const gsc_config *a, const gsc_config *b)
{
    gsc_text texts[2] = {{0}, {0}};
    assert_return_ok(gsc_config_to_json(a, &texts[0]));
    assert_return_ok(gsc_config_to_json(b, &texts[1]));
    assert_string_equal(texts[0].data, texts[1].data);
    gsc_text_free(&texts[0]);
    gsc_text_free(&texts[1]);
}

/* Every option of a binary operation and a transformer at another value than its
 * default. */
static inline gsc_config
unusual(void)
{
    gsc_config config = defaults();
    assert_return_ok(read_lines(
        &config, "operation = cube2\np = 97\nlayout = a b\n"
                 "op_token = 98\nequals_token = 99\n"
                 "group = S4\ngroup_file = tables/d4.txt\n"
                 "unordered_pairs = yes\nlabel_noise = 0.25\n"
                 "random_labels = yes\n"
                 "train_fraction = 0.1\ndata_seed = 9007199254740991\n"
                 "split_file = splits/a = b, ü#1.txt\n"
                 "n_layers = 3\nd_model = 48\nn_heads = 6\nd_head = 7\n"
                 "d_mlp = 11\nd_vocab = 98\nd_vocab_out = 99\nn_ctx = 2\n"
                 "act_fn = gelu\nnormalization_type = LNPre\neps = 1e-6\n"
                 "positional_embedding_type = none\n"
                 "attention_dir = bidirectional\n"
                 "norm_position = post\nfinal_norm = yes\n"
                 "attn_scale = 0.25\nattn_only = yes\ngated_mlp = yes\n"
                 "tied = yes\nown_embeddings = yes\nreadout = mean\n"
                 "attention_rate = 0.5\nbiases = frozen\n"
                 "attn_biases = trained\nunembed_bias = frozen\n"
                 "loss = mse\nloss_positions = all\n"
                 "output_scale = 3\ncenter_output = yes\n"
                 "init = zhong\nseed = 8999999999999999\ninit_scale = 0.5\n"
                 "init_from = runs/a@7\noptimizer = sgd\n"
                 "decay_to = initial\ndecay_parameters = matrices\n"
                 "momentum = 0.5\ngroups = *.b*: weight_decay 0; *:\n"
                 "perturbations = weight_noise\nfilters = grokfast_ma window 9, clip\n"
                 "update_filters = update_noise\nprojections = fixed_norm\n"
                 "annealing = cosine\nanneal_steps = 12\n"
                 "anneal_floor = 0.25\nbatch_size = 64\n"
                 "save_on = train_accuracy:1\n"
                 "learning_rate = 0.30000000000000004\n"
                 "weight_decay = 1e-320\nbeta1 = 0\nbeta2 = 0.999999\n"
                 "epsilon = 1\nwarmup = 0\nfirst_rate_zero = yes\n"
                 "steps = 123456789012\ncheckpoints = list:0,50,400\n"
                 "log_every = 7\nstop_test_loss = 0.01\n"
                 "stop_test_accuracy = 0.99\nstop_patience = 300\n"
                 "stop_when = norms.l2<3e1 and test_loss != 1, step > 5\n"
                 "save_when = norms.rms >= 0.5\nmeasure = norms\n"
                 "save_state = linear:70\n"
                 "measure_every = 30\n"
                 "dtype = float64\nrewrite = gather,sums\n"));
    return config;
}

static inline void
free_names(char **names)
{
    for (size_t i = 0; names[i]; i++)
        free(names[i]);
    free(names);
}

#endif
