/* Read anyone's checkpoint: tell what it is, run its network over its examples, and
 * tell which frequencies it uses, where it has residues.
 *
 * usage: read_checkpoint FILE|FOLDER[@STEP]
 *
 * It takes a step file, a run's folder (its last step, or STEP), and what
 * grokscope-import made of the weights of PyTorch, safetensors or NumPy. */
#include <grokscope/engine.h>
#include <grokscope/error.h>
#include <grokscope/fourier.h>
#include <grokscope/loaded_model.h>
#include <grokscope/memory.h>
#include <grokscope/run_folder.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- What it is ---- */

static void
describe(const gsc_loaded_model *loaded, const char *path)
{
    printf("%s: step %lld\n", path, (long long)loaded->checkpoint.step);
    if (*loaded->unknown)
        printf("written by a program with a part of its own, %s\n", loaded->unknown);
    else
        printf("task %s, architecture %s\n", gsc_config_task(&loaded->config)->name,
               loaded->model.architecture->name);
    printf("%zu tensors:\n", loaded->num_tensors);
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *tensor = &loaded->tensors[i];
        printf("  %s [", tensor->name);
        for (size_t k = 0; k < tensor->shape.rank; k++)
            printf("%s%zu", k ? ", " : "", tensor->shape.dims[k]);
        printf("]\n");
    }
}

/* ---- What it answers ---- */

/* An engine is a graph compiled for one purpose: here to evaluate one root, the scalar
 * that says of each example whether the first output is right. */
static int
compile(const gsc_loaded_model *loaded, size_t num_examples, gsc_engine **engine)
{
    const gsc_root root = {loaded->model.outputs[0].metric, 0};
    const gsc_engine_options options = {.type = loaded->type,
                                        .roots = &root,
                                        .num_roots = 1,
                                        .num_examples = num_examples,
                                        .rewrites = GSC_REWRITE_ALL};
    return gsc_engine_open(engine, loaded->model.graph, &options);
}

/* Run some of the examples: `count` rows of the fields, or, of `rows` NULL, the first.
 */
static int
print_accuracy(gsc_engine *engine, const void *weights, const gsc_dataset *data,
               const char *name, const uint32_t *rows, size_t count)
{
    int status = 0;
    gsc_result result;
    const gsc_batch batch = {.fields = data->fields,
                             .num_fields = data->num_fields,
                             .examples = rows,
                             .num_examples = count};
    if (count == 0)
        return 0;
    GSC_TRY(gsc_engine_run(engine, NULL, weights, &batch, NULL, &result));
    printf("%s: %zu of %zu examples are right, %.2f %%\n", name, result.num_right,
           count, 100 * (double)result.num_right / (double)count);
out:
    return status;
}

/* The share that is right of each split, and of all: who brings in weights need not
 * have told which examples they were trained on. */
static int
print_accuracies(const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_engine *engine = NULL;
    void *weights = NULL;
    const gsc_dataset *data = &loaded->checkpoint.dataset;
    GSC_TRY(gsc_loaded_model_weights_as(loaded, loaded->type, &weights));
    GSC_TRY(compile(loaded, data->num_examples, &engine));
    for (size_t i = 0; i < data->num_splits; i++)
        GSC_TRY(print_accuracy(engine, weights, data, data->splits[i].name,
                               data->splits[i].indices, data->splits[i].count));
    GSC_TRY(print_accuracy(engine, weights, data, "all", NULL, data->num_examples));
out:
    gsc_engine_close(engine);
    free(weights);
    return status;
}

/* ---- Which frequencies it uses ---- */

/* The key frequencies of a matrix with one row for each residue, by the energy rule:
 * those with at least GSC_KEY_MULTIPLE times an even share of the power. */
static int
print_keys(const gsc_matrix *matrix)
{
    int status = 0;
    double *power = NULL, *fraction = NULL;
    bool *key = NULL;
    size_t count = gsc_fourier_count(matrix->rows), num_keys = 0;
    GSC_NEW(power, count);
    GSC_NEW(fraction, count);
    GSC_NEW(key, count);
    GSC_TRY(gsc_fourier_power(matrix, power));
    gsc_fourier_fractions(power, count, fraction);
    gsc_fourier_keys(fraction, count, key);
    for (size_t k = 0; k < count; k++) {
        if (key[k])
            printf("frequency %zu: %.1f %% of the power\n", k, 100 * fraction[k]);
        num_keys += key[k];
    }
    if (num_keys == 0)
        printf("no frequency stands out: each has less than %.1f %% of the power\n",
               100.0 * GSC_KEY_MULTIPLE / (double)(count - 1));
out:
    free(key);
    free(fraction);
    free(power);
    return status;
}

/* A model is asked for views and never for a tensor's name, so that this works for
 * every model that has neurons and an output for each residue. Residues are a fact
 * about the task, which its facet tells. */
static int
print_frequencies(const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_matrix written = {0}; /* [p, neurons]: what each neuron writes to the answers */
    if (!gsc_loaded_model_has(loaded, GSC_BINARY_TABLE) ||
        !gsc_binary_table_has_frequencies(&loaded->pairs)) {
        printf("no frequencies: its examples are no pairs of residues\n");
        return 0;
    }
    if (gsc_loaded_model_heads(loaded, GSC_VIEW_NEURON_LOGIT) == 0) {
        printf("no frequencies: no neurons of it write to the answers directly\n");
        return 0;
    }
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_LOGIT, loaded->pairs.order,
                                  &written));
    printf("%s modulo %zu, what %zu neurons write to the answers:\n",
           loaded->pairs.formula, loaded->pairs.n, written.cols);
    GSC_TRY(print_keys(&written));
out:
    gsc_matrix_free(&written);
    return status;
}

/* Whether there is a network, and something to run it on: a file may hold weights of
 * which nobody told what network they are of, or no examples. The numbers of examples
 * may lie in files of others, which are read here. */
static bool
can_be_run(gsc_loaded_model *loaded)
{
    if (gsc_loaded_model_need_model(loaded) == 0 && gsc_loaded_model_data(loaded) == 0)
        return true;
    printf("it cannot be run: %s\n", gsc_error_text());
    return false;
}

static int
read_checkpoint(const char *source)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    char path[GSC_PATH_BYTES];
    GSC_TRY(gsc_run_find(source, path));
    GSC_TRY(gsc_loaded_model_open(&loaded, path));
    describe(&loaded, path);
    if (can_be_run(&loaded)) {
        GSC_TRY(print_accuracies(&loaded));
        GSC_TRY(print_frequencies(&loaded));
    }
out:
    gsc_loaded_model_close(&loaded);
    return status;
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: read_checkpoint FILE|FOLDER[@STEP]\n");
        return 2;
    }
    int status = read_checkpoint(argv[1]);
    if (status < 0)
        fprintf(stderr, "read_checkpoint: %s\n", gsc_error_text());
    return gsc_exit_code(status);
}
