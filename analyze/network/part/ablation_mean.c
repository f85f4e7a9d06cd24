/* What components leave in their place: their means. */
#include "analyze/network/part/ablation_mean.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* bias += sum_r mean[r] W[first + r], rows of width d. */
static void
add_rows(double *bias, const double *mean, const double *W, size_t count, size_t d)
{
    for (size_t r = 0; r < count; r++)
        for (size_t j = 0; j < d; j++)
            bias[j] += mean[r] * W[r * d + j];
}

/* mean [width] of the rows of x [rows, width], floats or doubles. */
static void
mean_of(const void *x, gsc_type type, size_t rows, size_t width, double *mean)
{
    const float *narrow = x;
    const double *wide = x;
    for (size_t j = 0; j < width; j++)
        mean[j] = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++)
            mean[j] += type == GSC_FLOAT32 ? (double)narrow[i * width + j]
                                           : wide[i * width + j];
    for (size_t j = 0; j < width; j++)
        mean[j] /= (double)rows;
}

/* ---- Neurons ---- */

int
gsc_ablation_mean_neurons(const gsc_ablation_means *means)
{
    int status = 0;
    const gsc_pair_outputs *r = means->before;
    long long last = (long long)gsc_loaded_model_layers(means->loaded) - 1;
    char name[GSC_NAME_BYTES];
    double *mean = NULL;
    snprintf(name, sizeof name, "blocks.%lld.mlp.b_out", last);
    const gsc_tensor *b_out = gsc_loaded_model_tensor(means->after, name);
    snprintf(name, sizeof name, "blocks.%lld.mlp.W_out", last);
    const gsc_tensor *W_out = gsc_loaded_model_tensor(means->loaded, name);
    if (!b_out || !W_out)
        return gsc_fail(GSC_EARGUMENT, "mean: this network has no bias after its "
                                       "neurons that could hold theirs");
    GSC_NEW(mean, means->count);
    mean_of(r->neurons, r->evaluator.type, r->grid.n * r->grid.n, means->count, mean);
    for (size_t m = 0; m < means->count; m++)
        if (!means->marks[m])
            mean[m] = 0;
    add_rows(b_out->data, mean, W_out->data, means->count, W_out->shape.dims[1]);
out:
    free(mean);
    return status;
}

/* ---- Heads ---- */

/* mean [heads e] of what the heads of the last layer mix, where the answer is made. */
static int
find_mean_mix(const gsc_ablation_means *means, const char *hook, gsc_threads *threads,
              double *mean)
{
    int status = 0;
    const gsc_loaded_model *s = means->loaded;
    const gsc_grid *grid = &means->before->grid;
    gsc_graph *graph = s->model.graph;
    gsc_engine *engine = NULL;
    double *mixed = NULL;
    size_t answer = gsc_model_answer_position(&s->model);
    gsc_node z = gsc_graph_slice(graph, gsc_graph_find(graph, hook), 0, answer, 1);
    size_t width = gsc_shape_count(gsc_graph_shape(graph, z)),
           pairs = grid->n * grid->n;
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &z, .num_taps = 1, .num_examples = pairs};
    gsc_field tokens = gsc_grid_tokens(grid, grid->inputs);
    gsc_batch batch = {.fields = &tokens, .num_fields = 1, .num_examples = pairs};
    GSC_TRY(gsc_graph_status(graph));
    GSC_TRY(gsc_engine_open(&engine, graph, &options));
    GSC_ROOM(mixed, pairs * width);
    void *taps[] = {mixed};
    GSC_TRY(gsc_engine_run(engine, threads, s->weights, &batch, taps, NULL));
    mean_of(mixed, GSC_FLOAT64, pairs, width, mean);
out:
    gsc_engine_close(engine);
    free(mixed);
    return status;
}

int
gsc_ablation_mean_heads(const gsc_ablation_means *means, gsc_threads *threads)
{
    int status = 0;
    size_t heads = gsc_loaded_model_block_heads(means->loaded),
           before = means->count - heads;
    long long last = (long long)gsc_loaded_model_layers(means->loaded) - 1;
    char name[GSC_NAME_BYTES];
    double *mean = NULL;
    for (size_t i = 0; i < before; i++)
        if (means->marks[i])
            return gsc_fail(GSC_EARGUMENT,
                            "mean: head %zu.%zu writes to every position, and its mean "
                            "differs there; expected heads of layer %lld",
                            i / heads, i % heads, last);
    snprintf(name, sizeof name, "blocks.%lld.attn.b_O", last);
    const gsc_tensor *b_O = gsc_loaded_model_tensor(means->after, name);
    snprintf(name, sizeof name, "blocks.%lld.attn.W_O", last);
    const gsc_tensor *W_O = gsc_loaded_model_tensor(means->loaded, name);
    size_t e = W_O->shape.dims[1], d = W_O->shape.dims[2];
    GSC_NEW(mean, heads * e);
    snprintf(name, sizeof name, "blocks.%lld.attn.hook_z", last);
    GSC_TRY(find_mean_mix(means, name, threads, mean));
    for (size_t h = 0; h < heads; h++)
        if (means->marks[before + h])
            add_rows(b_O->data, mean + h * e, (const double *)W_O->data + h * e * d, e,
                     d);
out:
    free(mean);
    return status;
}

/* ---- Tensors ---- */

void
gsc_ablation_mean_rows(const gsc_tensor *tensor)
{
    double *data = tensor->data;
    size_t count = gsc_shape_count(tensor->shape), rank = tensor->shape.rank;
    size_t width = rank > 1 ? tensor->shape.dims[rank - 1] : 1;
    for (size_t j = 0; j < width; j++) {
        double sum = 0;
        for (size_t i = j; i < count; i += width)
            sum += data[i];
        for (size_t i = j; i < count; i += width)
            data[i] = sum / (double)(count / width);
    }
}
