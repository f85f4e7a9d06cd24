/* One of two checkpoints that are compared. */
#include "analyze/compare/compared_features.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
gsc_compared_features_excuse(int status, char **why)
{
    if (status != GSC_EARGUMENT && status != GSC_ENUMERIC)
        return status;
    if (!*why)
        *why = gsc_copy_text(gsc_error_text());
    return *why ? 0 : GSC_EMEMORY;
}

bool
gsc_compared_features_has(const gsc_compared_features *features, gsc_feature feature)
{
    switch (feature) {
    case GSC_FEATURE_GRID:
        return features->grid.n > 0;
    case GSC_FEATURE_QUESTIONS:
        return features->questions.count > 0;
    case GSC_FEATURE_EMBEDDING:
        return features->embedding.x.rows > 0;
    case GSC_FEATURE_MOMENTS:
        return features->own.logits.count > 0;
    case GSC_FEATURE_FREQUENCIES:
        return features->spectrum.count > 0;
    case GSC_FEATURE_NORMS:
        return gsc_rows_count(&features->norms) > 0;
    case GSC_FEATURE_CLOCKPIZZA:
        return gsc_rows_count(&features->clockpizza) > 0;
    default:
        return features->circles.num_columns > 0;
    }
}

double
gsc_compared_features_real(const gsc_rows *row, const char *column)
{
    return gsc_rows_count(row) > 0
               ? gsc_rows_cell(row, 0, gsc_rows_column(row, column))->real
               : (double)NAN;
}

/* ---- The embedding ---- */

/* Rows of the operands' tokens; those of b beside those of a where it has its own. */
static int
read_embedding(const gsc_compared_features *features, gsc_matrix *table)
{
    int status = 0;
    const gsc_loaded_model *s = features->loaded;
    gsc_residue_order order = features->grid.order;
    gsc_matrix left = {0}, right = {0};
    *table = (gsc_matrix){0};
    if (features->grid.n == 0)
        return gsc_loaded_model_view_of_tokens(s, GSC_VIEW_EMBEDDING, table);
    GSC_TRY(gsc_loaded_model_view(s, GSC_VIEW_EMBEDDING, order, &left));
    if (gsc_loaded_model_heads(s, GSC_VIEW_EMBEDDING_RIGHT) > 0)
        GSC_TRY(gsc_loaded_model_view(s, GSC_VIEW_EMBEDDING_RIGHT, order, &right));
    size_t width = left.cols + right.cols;
    GSC_TRY(gsc_matrix_init(table, left.rows, width));
    for (size_t i = 0; i < left.rows; i++) {
        double *row = table->data + i * width;
        memcpy(row, left.data + i * left.cols, left.cols * sizeof *row);
        if (right.cols > 0)
            memcpy(row + left.cols, right.data + i * right.cols,
                   right.cols * sizeof *row);
    }
out:
    gsc_matrix_free(&left);
    gsc_matrix_free(&right);
    return status;
}

static int
find_embedding(gsc_compared_features *features)
{
    int status = 0;
    gsc_matrix table = {0};
    GSC_TRY(read_embedding(features, &table));
    GSC_TRY(gsc_representation_take(&features->embedding, &table));
out:
    gsc_matrix_free(&table);
    return status;
}

/* ---- Frequencies ---- */

static int
find_neurons(gsc_compared_features *features, gsc_threads *threads)
{
    int status = 0;
    gsc_pair_outputs *pair_outputs;
    if (features->loaded->model.neurons == GSC_NO_NODE)
        return 0;
    GSC_TRY(gsc_pair_outputs_of(features->loaded, features->grid.order, true, threads,
                                &pair_outputs));
    features->num_neurons = pair_outputs->evaluator.num_neurons;
    GSC_NEW(features->frequency, features->num_neurons);
    GSC_NEW(features->fve, features->num_neurons);
    GSC_NEW(features->num_of, features->spectrum.count);
    GSC_TRY(
        gsc_pair_outputs_frequencies(pair_outputs, features->frequency, features->fve));
    for (size_t m = 0; m < features->num_neurons; m++)
        features->num_of[features->frequency[m]]++;
out:
    return status;
}

static int
keys_of_map(gsc_compared_features *features)
{
    int status = 0;
    gsc_matrix map = {0};
    gsc_spectrum s = {.power = NULL};
    GSC_TRY(gsc_loaded_model_view(features->loaded, GSC_VIEW_NEURON_LOGIT,
                                  features->grid.order, &map));
    GSC_TRY(gsc_spectrum_init(&s, &map));
    memcpy(features->spectrum.key, s.key, s.count * sizeof *s.key);
out:
    gsc_matrix_free(&map);
    gsc_spectrum_free(&s);
    return status;
}

static int
find_keys(gsc_compared_features *features, const gsc_compared_features_options *options,
          gsc_threads *threads)
{
    bool *key = features->spectrum.key;
    memset(key, 0, features->spectrum.count * sizeof *key);
    if (options->key_rule == GSC_KEYS_BY_ENERGY)
        return keys_of_map(features);
    if (options->key_rule == GSC_KEYS_BY_LOGIT)
        return gsc_key_rule_find(options->key_rule, options->key_fve, features->loaded,
                                 features->grid.order, threads, key);
    if (!features->frequency)
        return gsc_fail(GSC_EARGUMENT, "this model has no neurons");
    gsc_key_frequency_by_neuron(features->frequency, features->fve,
                                features->num_neurons, options->key_fve,
                                features->spectrum.count, key, NULL);
    return 0;
}

static void
free_frequencies(gsc_compared_features *features)
{
    gsc_spectrum_free(&features->spectrum);
    free(features->frequency);
    free(features->fve);
    free(features->num_of);
    features->frequency = features->num_of = NULL;
    features->fve = NULL;
    features->num_neurons = 0;
}

static int
find_frequencies(gsc_compared_features *features,
                 const gsc_compared_features_options *options, gsc_threads *threads)
{
    int status = 0;
    gsc_matrix table = {0};
    GSC_TRY(gsc_binary_table_need_frequencies(&features->loaded->pairs));
    GSC_TRY(read_embedding(features, &table));
    GSC_TRY(gsc_spectrum_init(&features->spectrum, &table));
    GSC_TRY(find_neurons(features, threads));
    GSC_TRY(find_keys(features, options, threads));
out:
    gsc_matrix_free(&table);
    if (status < 0)
        free_frequencies(features);
    return status;
}

/* ---- Other measures ---- */

/* What a measure says of a loaded model by itself, as of a file beside no others. */
static gsc_run_context
run_context_of(const gsc_compared_features *features)
{
    gsc_lazy_checkpoint self = {.name = features->name, .loaded = features->loaded};
    return (gsc_run_context){.first = self, .last = self, .alone = true};
}

static int
ask_measure(const gsc_compared_features *features, const gsc_measure_table *table,
            const void *options, gsc_threads *threads, gsc_rows *rows)
{
    gsc_run_context run_context = run_context_of(features);
    const gsc_measure_request request = {.loaded = features->loaded,
                                         .name = features->name,
                                         .run_context = &run_context,
                                         .options = options,
                                         .state = features->triples,
                                         .threads = threads};
    gsc_rows_init(rows, table->columns, table->num_columns);
    int status = table->fill(&request, rows);
    if (status < 0)
        gsc_rows_free(rows);
    return status;
}

/* The triples depend only on the task. */
static int
ask_clockpizza(gsc_compared_features *features,
               const gsc_compared_features_options *options, size_t table,
               gsc_threads *threads, gsc_rows *rows)
{
    int status = 0;
    const gsc_compared_features *like = options->triples_of;
    const gsc_measure *m = &gsc_measure_clockpizza;
    gsc_run_context run_context = run_context_of(features);
    const gsc_binary_table *pairs = &features->loaded->pairs;
    const gsc_binary_table *other = like ? &like->loaded->pairs : NULL;
    if (!features->triples && like && like->triples && pairs->n == other->n &&
        pairs->order == other->order) {
        features->triples = like->triples;
        features->borrows = true;
    }
    if (!features->triples)
        GSC_TRY(
            m->prepare(table, options->clockpizza, &run_context, &features->triples));
    GSC_TRY(
        ask_measure(features, &m->tables[table], options->clockpizza, threads, rows));
out:
    return status;
}

/* ---- All ---- */

static int
find_feature(gsc_compared_features *features, gsc_feature feature,
             const gsc_compared_features_options *options, gsc_threads *threads)
{
    enum { CHECKPOINT, FREQUENCY };
    gsc_compared_network self = {features->loaded, &features->questions};
    switch (feature) {
    case GSC_FEATURE_GRID:
        return gsc_grid_init(&features->grid, features->loaded,
                             features->loaded->pairs.order);
    case GSC_FEATURE_QUESTIONS:
        return features->grid.n > 0
                   ? gsc_questions_of_pairs(&features->questions, &features->grid)
                   : gsc_questions_of_examples(&features->questions, features->loaded,
                                               options->like);
    case GSC_FEATURE_EMBEDDING:
        return find_embedding(features);
    case GSC_FEATURE_MOMENTS:
        return gsc_agreement_init(&features->own, self, self, threads);
    case GSC_FEATURE_FREQUENCIES:
        return find_frequencies(features, options, threads);
    case GSC_FEATURE_NORMS:
        return ask_measure(features, &gsc_measure_norms.tables[CHECKPOINT], NULL,
                           threads, &features->norms);
    case GSC_FEATURE_CLOCKPIZZA:
        return ask_clockpizza(features, options, CHECKPOINT, threads,
                              &features->clockpizza);
    default:
        return ask_clockpizza(features, options, FREQUENCY, threads,
                              &features->circles);
    }
}

/* Norms are only of weights; embedding and moments are of any network that was asked
 * something; all else is of one that answers pairs. */
static int
need(const gsc_compared_features *features, gsc_feature feature)
{
    bool pairs = gsc_loaded_model_has(features->loaded, GSC_BINARY_TABLE);
    const char *grid = features->why[GSC_FEATURE_GRID];
    const char *questions = features->why[GSC_FEATURE_QUESTIONS];
    if (feature == GSC_FEATURE_NORMS)
        return 0;
    if (!features->loaded->model.graph)
        return gsc_fail(GSC_EARGUMENT, "tensors without a network");
    if (feature == GSC_FEATURE_QUESTIONS || feature == GSC_FEATURE_EMBEDDING)
        return pairs && grid ? gsc_fail(GSC_EARGUMENT, "%s", grid) : 0;
    if (feature == GSC_FEATURE_MOMENTS)
        return questions ? gsc_fail(GSC_EARGUMENT, "%s", questions) : 0;
    if (!pairs)
        return gsc_fail(GSC_EARGUMENT, "its data have no facet " GSC_BINARY_TABLE);
    if (feature != GSC_FEATURE_GRID && grid)
        return gsc_fail(GSC_EARGUMENT, "%s", grid);
    return 0;
}

int
gsc_compared_features_init(gsc_compared_features *features,
                           const gsc_loaded_model *loaded, const char *name,
                           const gsc_compared_features_options *options,
                           gsc_threads *threads)
{
    int status = 0;
    *features = (gsc_compared_features){.loaded = loaded, .name = name};
    for (int i = 0; i < GSC_NUM_FEATURES; i++) {
        gsc_feature feature = (gsc_feature)i;
        if (feature > GSC_FEATURE_QUESTIONS && !options->wanted[i])
            continue;
        status = need(features, feature);
        if (status == 0)
            status = find_feature(features, feature, options, threads);
        GSC_TRY(gsc_compared_features_excuse(status, &features->why[i]));
    }
out:
    if (status < 0)
        gsc_compared_features_free(features);
    return status;
}

void
gsc_compared_features_free(gsc_compared_features *features)
{
    for (int i = 0; i < GSC_NUM_FEATURES; i++)
        free(features->why[i]);
    gsc_grid_free(&features->grid);
    gsc_questions_free(&features->questions);
    gsc_representation_free(&features->embedding);
    gsc_agreement_free(&features->own);
    free_frequencies(features);
    gsc_rows_free(&features->norms);
    gsc_rows_free(&features->clockpizza);
    gsc_rows_free(&features->circles);
    if (features->triples && !features->borrows)
        gsc_measure_clockpizza.release(features->triples);
    *features = (gsc_compared_features){.loaded = NULL};
}
