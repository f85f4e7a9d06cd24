/* Checkpoints of small networks with their starting weights, and loaded models of them.
 */
#ifndef GSC_TEST_LOADED_MODEL_FIXTURE_H
#define GSC_TEST_LOADED_MODEL_FIXTURE_H

#include "run_folder_fixture.h"

#include "grokscope/loaded_model.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/text.h"
#include "grokscope/weights.h"

/* The defaults, made small, with what the lines `key = value` change. */
static inline gsc_config
small_config(const char *lines)
{
    static const char *const small = "p = 7\nd_model = 8\nn_heads = 2\nd_mlp = 12\n"
                                     "train_fraction = 0.5\ndtype = float64\n";
    gsc_config config;
    gsc_options sets[GSC_CONFIG_SETS];
    memset(&config, 0, sizeof config);
    gsc_config_options(&config, sets);
    assert_return_ok(gsc_config_default(&config));
    for (int pass = 0; pass < 2; pass++)
        for (const char *at = pass == 0 ? small : lines; *at;) {
            char key[64], value[64];
            int length;
            assert_int_equal(
                sscanf(at, "%63[^ =] = %63[^\n]%*[\n]%n", key, value, &length), 2);
            assert_return_ok(gsc_options_set(sets, GSC_CONFIG_SETS, key, value));
            at += length;
        }
    return config;
}

static inline void
small_network(gsc_network *network, const char *lines)
{
    gsc_config config = small_config(lines);
    assert_return_ok(gsc_network_init(network, &config));
}

/* Write the network at `step`, its weights those that `seed` starts with. */
static inline void
write_network(const char *to, const gsc_network *n, int64_t step, uint64_t seed)
{
    gsc_text json = {0};
    gsc_tensor *tensors;
    size_t count;
    double *weights = gsc_new(gsc_graph_num_weights(n->model.graph), sizeof *weights);
    assert_non_null(weights);
    gsc_graph_init_weights(n->model.graph, seed, GSC_FLOAT64, weights);
    assert_return_ok(
        gsc_weights_tensors(n->model.graph, GSC_FLOAT64, weights, &tensors, &count));
    assert_return_ok(gsc_config_to_json(&n->config, &json));
    gsc_checkpoint made = {.step = step,
                           .config = json.data,
                           .task = n->task,
                           .num_params = count,
                           .params = tensors};
    assert_return_ok(gsc_checkpoint_write(&made, to));
    gsc_text_free(&json);
    free(tensors);
    free(weights);
}

/* Step `step` of the run that lies in the folder. */
static inline void
write_run_step(const gsc_network *n, int64_t step, uint64_t seed)
{
    char place[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, step, place));
    write_network(place, n, step, seed);
}

/* A loaded model that the lines describe, by way of the folder's one file. */
static inline void
open_small(gsc_loaded_model *loaded, const char *lines)
{
    gsc_network network;
    small_network(&network, lines);
    write_network(path, &network, 0, 1);
    gsc_network_free(&network);
    assert_return_ok(gsc_loaded_model_open(loaded, path));
}

#endif
