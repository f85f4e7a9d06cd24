/* A program over the library, from a recipe to a spectrum: it trains a small network,
 * opens the last checkpoint and prints the power of each frequency of its embedding.
 *
 * usage: client FOLDER
 *
 * CMakeLists.txt beside this file builds it; so does
 *     cc client.c $(pkg-config --cflags --libs --static grokscope) -o client */
#include <grokscope/config.h>
#include <grokscope/error.h>
#include <grokscope/fourier.h>
#include <grokscope/loaded_model.h>
#include <grokscope/network.h>
#include <grokscope/run_folder.h>
#include <grokscope/trainer.h>

#include <stdio.h>
#include <stdlib.h>

/* What can fail returns 0 or a negative code, and GSC_TRY goes to `out:` with a code in
 * `status`. The library never prints and never exits: its message waits in
 * gsc_error_text(). */

/* A configuration: all options at their defaults, then those of a shipped recipe, then
 * our own. Which there are follows from the task and the architecture that are chosen:
 * gsc_config_set(config, "task", "parity") comes before the options of parity. */
static int
configure(gsc_config *config)
{
    static const char *const changes[][2] = {
        {"p", "29"},     {"d_model", "32"}, {"n_heads", "2"},
        {"d_mlp", "64"}, {"steps", "300"},  {"checkpoints", "linear:100"}};
    int status = 0;
    GSC_TRY(gsc_config_default(config));
    GSC_TRY(gsc_config_read_recipe(config, "demo"));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        GSC_TRY(gsc_config_set(config, changes[i][0], changes[i][1]));
out:
    return status;
}

/* A network is what a configuration stands for: a dataset and a model. It is built here
 * only to tell of it; gsc_train builds its own. */
static int
describe(const gsc_config *config)
{
    int status = 0;
    gsc_network network;
    GSC_TRY(gsc_network_init(&network, config));
    const gsc_split *train = gsc_dataset_split(&network.dataset, "train");
    printf("%zu examples, %zu of them train\n", network.dataset.num_examples,
           train ? train->count : 0);
out:
    gsc_network_free(&network); /* every _free takes what is zeroed or half built */
    return status;
}

/* The options of training do not belong to the configuration: they change how a run is
 * made and never what comes out of it. */
static int
train(const gsc_config *config, const char *folder, int64_t *last_step)
{
    int status = 0;
    gsc_train_options options = {.folder = folder, .force = true};
    gsc_train_result result;
    GSC_TRY(gsc_train(config, &options, &result));
    printf("step %lld: train loss %.1e, test loss %.1e\n", (long long)result.step,
           result.row.train_loss, result.row.test_loss);
    *last_step = result.step;
out:
    return status;
}

/* A loaded model is a checkpoint with its model rebuilt. It is asked for views and
 * never for a tensor's name, so that this works for every model that has an
 * embedding. */
static int
print_spectrum(const char *checkpoint)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_matrix embedding = {0}; /* [p, d_model], one row for each residue */
    double *power = NULL;
    GSC_TRY(gsc_loaded_model_open(&loaded, checkpoint));
    /* the measure of a binary operation needs to know that it is one */
    GSC_TRY(gsc_loaded_model_need(&loaded, GSC_BINARY_TABLE));
    GSC_TRY(gsc_loaded_model_view(&loaded, GSC_VIEW_EMBEDDING, loaded.pairs.order,
                                  &embedding));
    size_t count = gsc_fourier_count(embedding.rows);
    power = calloc(count, sizeof *power);
    if (!power) {
        status = gsc_fail(GSC_EMEMORY, "no memory");
        goto out;
    }
    GSC_TRY(gsc_fourier_power(&embedding, power));
    for (size_t k = 0; k < count; k++)
        printf("frequency %2zu  power %8.4f\n", k, power[k]);
out:
    free(power);
    gsc_matrix_free(&embedding);
    gsc_loaded_model_close(&loaded);
    return status;
}

int
main(int argc, char **argv)
{
    int status = 0;
    gsc_config config;
    int64_t last_step;
    char checkpoint[GSC_PATH_BYTES];
    if (argc != 2) {
        fprintf(stderr, "usage: client FOLDER\n");
        return 2;
    }
    GSC_TRY(configure(&config));
    GSC_TRY(describe(&config));
    GSC_TRY(train(&config, argv[1], &last_step));
    GSC_TRY(gsc_run_step_path(argv[1], last_step, checkpoint));
    GSC_TRY(print_spectrum(checkpoint));
out:
    if (status < 0)
        fprintf(stderr, "client: %s\n", gsc_error_text());
    return gsc_exit_code(status);
}
