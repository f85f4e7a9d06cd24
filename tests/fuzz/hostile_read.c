/* All that reads a checkpoint, on one file. */
#include "grokscope/binary_table.h"
#include "grokscope/checkpoint.h"
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "analyze/network/pairs/grid.h"
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int info_main(int argc, char **argv); /* grokscope-info */

static volatile double seen;

static void
look_at_tensors(const gsc_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        seen += (double)(strlen(tensors[i].name) + strlen(tensors[i].axes));
        for (size_t k = 0; tensors[i].data && k < gsc_shape_count(tensors[i].shape);
             k++)
            seen += gsc_element(tensors[i].type, tensors[i].data, k);
    }
}

/* All that a reader may take from the data: numbers, where they are there, and what
 * splits and targets name. */
static void
look_at_data(const gsc_dataset *d)
{
    for (size_t f = 0; f < d->num_fields; f++) {
        const gsc_field *field = &d->fields[f];
        size_t elements = gsc_shape_count(field->shape);
        seen += (double)(strlen(field->name) + strlen(d->sources[f].path));
        for (size_t i = 0; field->data && i < d->num_examples; i++)
            for (size_t k = 0; k < elements; k++)
                seen += gsc_field_element(field, i, k);
    }
    for (size_t s = 0; s < d->num_splits; s++)
        for (size_t i = 0; i < d->splits[s].count; i++)
            seen += d->splits[s].indices[i];
    for (size_t t = 0; t < d->num_targets; t++)
        seen += d->targets[t].weight + (double)strlen(d->targets[t].field);
}

static void
look_at_facets(const gsc_facets *facets)
{
    gsc_binary_table table;
    bool found;
    for (size_t f = 0; f < facets->count; f++)
        for (size_t i = 0; i < facets->items[f].num_items; i++) {
            const gsc_facet_item *item = &facets->items[f].items[i];
            size_t bytes =
                gsc_shape_count(item->shape) * gsc_facet_type_size(item->type);
            if (item->type == GSC_FACET_TEXT)
                bytes = strlen(item->data);
            for (size_t k = 0; k < bytes; k++)
                seen += ((const unsigned char *)item->data)[k];
        }
    int status = gsc_binary_table_read(facets, &table, &found);
    fuzz_check(status);
    for (size_t i = 0; status == 0 && found && i < table.n * table.n; i++)
        seen += table.table[i];
}

static void
look_at(const gsc_checkpoint *c)
{
    gsc_config config;
    look_at_tensors(c->params, c->num_params);
    look_at_tensors(c->state, c->num_state);
    for (size_t i = 0; i < c->num_tables; i++)
        for (size_t k = 0; k < c->history[i].num_rows * c->history[i].num_columns; k++)
            seen += c->history[i].values[k];
    for (size_t i = 0; i < c->num_provenance; i++)
        seen += (double)(strlen(c->provenance[i].name) + strlen(c->provenance[i].text));
    look_at_data(&c->dataset);
    look_at_facets(&c->facets);
    config.registry = &gsc_builtin_registry;
    fuzz_check(gsc_config_from_json(&config, c->config));
}

static void
read_parts(const char *path, unsigned parts)
{
    gsc_checkpoint c;
    int status = gsc_checkpoint_read(&c, path, parts);
    fuzz_check(status);
    if (status == 0)
        look_at(&c);
    gsc_checkpoint_free(&c);
}

/* ---- Measures ---- */

static void
fill_table(const gsc_measure *m, const void *options, size_t table,
           const gsc_loaded_model *loaded, const char *path)
{
    gsc_rows rows;
    void *state = NULL;
    const gsc_measure_table *t = &m->tables[table];
    int64_t step = loaded->checkpoint.step;
    gsc_rows_init(&rows, t->columns, t->num_columns);
    gsc_run_context run_context = {.first = {.name = path}, .last = {.name = path}};
    int status = gsc_measure_prepare(m, table, options, &run_context, &state);
    if (status == 0) {
        gsc_measure_request request = {
            .loaded = loaded, .name = path, .run_context = &run_context};
        request.options = options;
        request.state = state;
        status = t->fill(&request, &rows);
    }
    fuzz_check(status);
    if (status == 0 && t->conclude && gsc_rows_count(&rows) == 1)
        fuzz_check(t->conclude(&rows, &step));
    gsc_measure_release(m, state);
    gsc_lazy_checkpoint_close(&run_context.first);
    gsc_lazy_checkpoint_close(&run_context.last);
    gsc_rows_free(&rows);
}

/* Measures that sample take seconds of a file; a few draws read as much of it. */
static const char *const few[][2] = {
    {"llc", "draws=2:burn_in=1:chains=1:batch=4:sweep_points=2"},
    {"ntk", "examples=3"},
    {"hessian", "probes=1:lanczos_steps=2:grid=3"},
    {"commutator", "batch_pairs=1:batch=4"}};

static void
ask_for_little(const gsc_measure *m, void *options)
{
    for (size_t i = 0; i < sizeof few / sizeof *few; i++)
        if (strcmp(m->name, few[i][0]) == 0 &&
            gsc_measure_read_options(m, few[i][1], options) < 0) {
            fprintf(stderr, "%s\n", gsc_error_text());
            abort();
        }
}

static void
ask_measures(const gsc_loaded_model *loaded, const char *path)
{
    for (const gsc_measure *const *m = gsc_builtin_measures; *m; m++) {
        void *options;
        fuzz_check(gsc_measure_new_options(*m, &options));
        ask_for_little(*m, options);
        for (size_t table = 0; table < (*m)->num_tables; table++)
            fill_table(*m, options, table, loaded, path);
        free(options);
    }
}

static void
study(const char *path, bool much)
{
    gsc_loaded_model loaded;
    gsc_grid grid;
    gsc_matrix matrix;
    int status = gsc_loaded_model_open(&loaded, path);
    fuzz_check(status);
    if (status < 0)
        return;
    for (gsc_residue_order order = GSC_RESIDUE_ORDER_PLAIN;
         order <= GSC_RESIDUE_ORDER_LOGARITHM; order++) {
        gsc_direction direction;
        status = gsc_grid_init(&grid, &loaded, order);
        fuzz_check(status);
        if (status == 0)
            fuzz_check(gsc_grid_direction(&grid, &loaded, &direction));
        gsc_grid_free(&grid);
        for (int view = 0; loaded.model.graph && view < GSC_NUM_VIEWS; view++) {
            fuzz_check(gsc_loaded_model_view(&loaded, (gsc_view)view, order, &matrix));
            gsc_matrix_free(&matrix);
        }
    }
    if (much)
        ask_measures(&loaded, path);
    fuzz_check(gsc_loaded_model_control(&loaded, GSC_CONTROL_SHUFFLED, path));
    fuzz_check(gsc_loaded_model_control(&loaded, GSC_CONTROL_INIT, path));
    gsc_loaded_model_close(&loaded);
}

/* ---- Folders and programs ---- */

static void
read_folder(const char *folder, const char *path)
{
    char resume[GSC_PATH_BYTES + 16];
    gsc_checkpoint c;
    bool found;
    fuzz_check(gsc_run_write_index(folder, NULL, 0));
    snprintf(resume, sizeof resume, "%s/run.h5", folder);
    read_parts(resume, 0);
    unlink(resume);
    snprintf(resume, sizeof resume, "%s/resume.h5", folder);
    if (link(path, resume) == 0)
        fuzz_check(gsc_run_read_resume(folder, &c, &found));
    gsc_checkpoint_free(&c);
    unlink(resume);
}

static void
call_info(const char *path, const char *option)
{
    char program[] = "grokscope-info", file[GSC_PATH_BYTES], word[32];
    char *words[] = {program, file, word, NULL};
    snprintf(file, sizeof file, "%s", path);
    snprintf(word, sizeof word, "%s", option);
    info_main(3, words);
}

void
hostile_read(const char *folder, const char *path, size_t turn)
{
    static const char *const options[] = {"--quiet", "--check", "--digest", "--command",
                                          "--format=json"};
    static const unsigned parts[] = {GSC_READ_PARAM_SHAPES | GSC_READ_HISTORY,
                                     GSC_READ_HISTORY, GSC_READ_STATE,
                                     GSC_READ_DATA | GSC_READ_PROVENANCE};
    char digest[GSC_DIGEST_BYTES];
    read_parts(path, GSC_READ_ALL);
    read_parts(path, parts[turn % 4]);
    fuzz_check(gsc_checkpoint_check(path));
    fuzz_check(gsc_checkpoint_digest(path, digest));
    study(path, turn % 8 == 0);
    if (turn % 2 == 0)
        read_folder(folder, path);
    call_info(path, options[turn % 5]);
}
