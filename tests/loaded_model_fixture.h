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

/* Set the lines `key = value`, those that choose a task or an architecture before the
 * options of what is chosen. */
static inline void
set_lines(gsc_config *config, const char *lines, bool choosing)
{
    for (const char *at = lines; *at;) {
        char key[64], value[64];
        int length;
        assert_int_equal(sscanf(at, "%63[^ =] = %63[^\n]%*[\n]%n", key, value, &length),
                         2);
        if (choosing == (strcmp(key, "task") == 0 || strcmp(key, "architecture") == 0))
            assert_return_ok(gsc_config_set(config, key, value));
        at += length;
    }
}

/* The defaults, made small where the architecture has the size, with what the lines
 * change. */
static inline gsc_config
small_config(const char *lines)
{
    static const char *const small[][2] = {
        {"p", "7"},      {"d_model", "8"},          {"n_heads", "2"},
        {"d_mlp", "12"}, {"train_fraction", "0.5"}, {"dtype", "float64"}};
    gsc_config config;
    gsc_options sets[GSC_CONFIG_SETS];
    assert_return_ok(gsc_config_default(&config));
    set_lines(&config, lines, true);
    gsc_config_options(&config, sets);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        if (gsc_options_find(sets, GSC_CONFIG_SETS, small[i][0], NULL))
            assert_return_ok(gsc_config_set(&config, small[i][0], small[i][1]));
    set_lines(&config, lines, false);
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
                           .history_since = -1,
                           .config = json.data,
                           .dataset = n->dataset,
                           .facets = n->facets,
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
