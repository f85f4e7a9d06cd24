/* What a report says of a run in words: its configuration and a few facts. */
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"
#include "grokscope/trainer.h"

#include "analyze/network/pairs/key_rule.h"
#include "analyze/report/report_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add_fact(gsc_json *json, const char *name, const char *value, const char *help)
{
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "name", name);
    gsc_json_text(json, "value", value);
    gsc_json_text(json, "help", help);
    gsc_json_close(json, '{');
}

/* ---- Configuration ---- */

static void
write_config(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    gsc_config config = {.registry = &gsc_builtin_registry};
    gsc_text text = {0};
    char unknown[GSC_NAME_BYTES];
    GSC_TRY(gsc_config_from_file(&config, run->log.config, unknown));
    GSC_TRY(gsc_config_to_json(&config, &text));
    gsc_json_raw(json, "config", text.data);
out:
    gsc_text_free(&text);
    gsc_json_note(json, status);
}

static void
write_operation(gsc_json *json, const gsc_report_run *run)
{
    char text[2 * GSC_OPTION_TEXT_BYTES];
    const gsc_binary_table *pairs = &run->last.pairs;
    const char *formula = pairs->formula;
    if (pairs->n == 0) {
        const gsc_task *task = gsc_config_task(&run->last.config);
        if (run->last.model.graph && task)
            gsc_json_text(json, "operation", task->purpose);
        return;
    }
    const char *of_group = strstr(formula, " in a group");
    size_t length = of_group ? (size_t)(of_group - formula) : strcspn(formula, ",");
    if (pairs->of_group)
        snprintf(text, sizeof text, "%.*s in %s%s", (int)length, formula, pairs->group,
                 formula + length + (of_group ? strlen(" in a group") : 0));
    else
        snprintf(text, sizeof text, "%.*s mod %zu%s", (int)length, formula, pairs->n,
                 formula + length);
    gsc_json_text(json, "operation", text);
}

static void
write_residues(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    size_t n, p = run->last.pairs.n;
    uint16_t *residues = NULL;
    if (!run->has_residues)
        return;
    gsc_json_integer(json, "p", (int64_t)run->n);
    if (run->order == GSC_RESIDUE_ORDER_PLAIN)
        return;
    GSC_NEW(residues, p);
    GSC_TRY(gsc_residue_order_list(run->order, p, residues, &n));
    gsc_json_open(json, "residues", '[');
    for (size_t i = 0; i < n; i++)
        gsc_json_integer(json, NULL, residues[i]);
    gsc_json_close(json, '[');
out:
    free(residues);
    gsc_json_note(json, status);
}

/* ---- Facts ---- */

static void
add_parameters(gsc_json *json, const gsc_report_run *run)
{
    char value[64];
    size_t count = 0;
    for (size_t i = 0; i < run->last.num_tensors; i++)
        if (run->last.tensors[i].trained)
            count += gsc_shape_count(run->last.tensors[i].shape);
    snprintf(value, sizeof value, "%zu", count);
    add_fact(json, "parameters", value, "numbers that are trained");
    snprintf(value, sizeof value, "%zu of %zu", run->inputs.count, run->num_all);
    add_fact(json, "checkpoints", value, "shown, of those there are");
}

/* Of a task of several operations: which there are, and which one figures are of. */
static void
add_operations(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    gsc_text names = {0}, help = {0};
    const gsc_facets *facets = &run->last.checkpoint.facets;
    size_t count = gsc_binary_table_count(facets);
    for (size_t i = 0; count > 1 && i < count; i++) {
        gsc_binary_table table;
        bool found;
        GSC_TRY(gsc_binary_table_read_at(facets, i, &table, &found));
        GSC_TRY(gsc_text_add(&names, "%s%s", i > 0 ? ", " : "", table.operation));
    }
    if (names.length == 0)
        goto out;
    GSC_TRY(gsc_text_add(&help, "learned together; pairs here are those of %s",
                         run->last.pairs.operation));
    add_fact(json, "operations", names.data, help.data);
out:
    gsc_text_free(&names);
    gsc_text_free(&help);
    gsc_json_note(json, status);
}

enum { NEVER = -1, NOT_MEASURED = -2 };

/* The first step of the log at which an accuracy is reached. */
static int64_t
first_step(const gsc_table *table, const char *name)
{
    size_t column = gsc_table_column(table, name);
    if (column == SIZE_MAX || gsc_table_first(table, column, 1, -1) == SIZE_MAX)
        return NOT_MEASURED;
    size_t row = gsc_table_first(table, column, 1, GSC_LEARNED_ACCURACY);
    return row == SIZE_MAX ? NEVER : (int64_t)table->values[row * table->num_values];
}

static void
add_step(gsc_json *json, const char *name, int64_t step, const char *help)
{
    char value[32];
    snprintf(value, sizeof value, "%" PRId64, step);
    if (step != NOT_MEASURED)
        add_fact(json, name, step == NEVER ? "never" : value, help);
}

static void
add_last(gsc_json *json, const gsc_table *table, const char *column, const char *name,
         const char *help)
{
    char text[32];
    size_t at = gsc_table_column(table, column);
    if (at == SIZE_MAX)
        return;
    double value = table->values[(table->num_rows - 1) * table->num_values + at];
    snprintf(text, sizeof text, "%.4g", value);
    if (!isnan(value))
        add_fact(json, name, text, help);
}

/* Of a stream no example comes twice: nothing is memorised before it is learned. */
static void
add_learned(gsc_json *json, const gsc_report_run *run, const gsc_table *table)
{
    int64_t memorised = first_step(table, "train_accuracy");
    int64_t generalised = first_step(table, "test_accuracy");
    if (run->last.checkpoint.dataset.stream.endless) {
        add_step(json, "learned", generalised,
                 "first step of the log with a test accuracy of .99; every batch has "
                 "fresh examples, so that nothing is memorised");
        return;
    }
    add_step(json, "memorised", memorised,
             "first step of the log with a training accuracy of .99");
    add_step(json, "generalised", generalised, "the same of the test accuracy");
    if (memorised >= 0 && generalised >= 0)
        add_step(json, "delay", generalised - memorised,
                 "steps from one to the other: how long it took to grok");
}

static void
add_history(gsc_json *json, const gsc_report_run *run)
{
    const gsc_table *table = NULL;
    for (size_t i = 0; i < run->log.num_tables; i++)
        if (strcmp(run->log.history[i].name, "loss") == 0)
            table = &run->log.history[i];
    if (!table || table->num_rows == 0)
        return;
    add_learned(json, run, table);
    add_last(json, table, "train_loss", "training loss", "in the last row of the log");
    add_last(json, table, "batch_loss", "batch loss", "in the last row of the log");
    add_last(json, table, "test_loss", "test loss", "in the last row of the log");
    add_last(json, table, "test_accuracy", "test accuracy", "in the last row");
}

/* Key frequencies at the last step, as every program has them by default; of a network
 * without neurons those of the embedding. */
static int
find_keys(const gsc_report_run *run, const double *fraction, bool *key, bool *by_neuron)
{
    const gsc_model *model = &run->last.model;
    *by_neuron = model->graph && model->neurons != GSC_NO_NODE;
    if (*by_neuron)
        return gsc_key_rule_find(GSC_KEYS_BY_NEURON, GSC_KEY_FVE, &run->last,
                                 run->order, NULL, key);
    gsc_fourier_keys(fraction, run->embedding.count, key);
    return 0;
}

static void
add_keys(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    const gsc_report_embedding *e = &run->embedding;
    gsc_text text = {0};
    bool *key = NULL;
    double share = 0;
    bool by_neuron = false;
    if (e->count == 0)
        return;
    const double *fraction = e->fraction + (run->inputs.count - 1) * e->count;
    GSC_NEW(key, e->count);
    GSC_TRY(find_keys(run, fraction, key, &by_neuron));
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    for (size_t k = 0; k < e->count; k++)
        if (key[k]) {
            GSC_TRY(gsc_text_add(&text, "%s%zu", text.length > 0 ? " " : "", k));
            share += fraction[k];
        }
    if (text.length > 0)
        GSC_TRY(
            gsc_text_add(&text, " (%.3g %% of the embedding's power)", 100 * share));
    add_fact(json, "key frequencies", text.length > 0 ? text.data : "none",
             by_neuron ? "at the last step: each is the frequency of a neuron, with "
                         "more than half of its variance"
                       : "at the last step: each has twice an even share of the "
                         "embedding's power");
out:
    free(key);
    gsc_text_free(&text);
    gsc_json_note(json, status);
}

/* Circles at the last step, by label. */
static void
add_circles(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    gsc_text text = {0};
    if (!run->has_circles)
        return;
    const gsc_circles *c = &run->circles[run->inputs.count - 1];
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    for (gsc_circle_label label = 0; label < GSC_NUM_CIRCLES; label++) {
        bool first = true;
        for (size_t i = 0; i < c->count; i++) {
            if (c->labels[i] != label)
                continue;
            if (first)
                GSC_TRY(gsc_text_add(&text, "%s%s", text.length > 0 ? "; " : "",
                                     gsc_circle_label_name(label)));
            GSC_TRY(gsc_text_add(&text, " %zu", c->effects[i].k));
            first = false;
        }
    }
    add_fact(json, "circles", text.length > 0 ? text.data : "none",
             "frequencies of the embedding by what they do, one left out at a time");
out:
    gsc_text_free(&text);
    gsc_json_note(json, status);
}

/* Texts of a measure's last row. */
static void
add_texts(gsc_json *json, const gsc_report_run *run)
{
    static const struct {
        const char *measure, *column, *name;
    } texts[] = {{"clockpizza", "verdict", "verdict"},
                 {"clockpizza", "plane_verdict", "verdict by planes"},
                 {"groups", "key_irreps", "key representations"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < run->num_measures; k++) {
            const gsc_rows *rows = &run->measures[k].measured.rows;
            size_t last = gsc_rows_count(rows) - 1;
            if (strcmp(run->measures[k].measure->name, texts[i].measure) != 0)
                continue;
            size_t column = gsc_rows_column(rows, texts[i].column);
            add_fact(json, texts[i].name, gsc_rows_cell(rows, last, column)->text,
                     rows->columns[column].help);
        }
}

/* What the answer of a parity depends on. */
static void
add_bits(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    char help[64];
    const gsc_report_bits *b = &run->bits;
    gsc_text text = {0};
    if (b->count == 0)
        return;
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    for (size_t i = 0; i < b->num_relevant; i++)
        GSC_TRY(
            gsc_text_add(&text, "%s%u", i > 0 ? " " : "", (unsigned)b->relevant[i]));
    snprintf(help, sizeof help, "of %zu, from 0: the answer is their product",
             b->count);
    add_fact(json, "relevant bits", text.data, help);
out:
    gsc_text_free(&text);
    gsc_json_note(json, status);
}

void
gsc_report_write_facts(gsc_report_writer *w, const gsc_report_run *run)
{
    gsc_json *json = &w->json;
    write_config(json, run);
    gsc_json_open(json, "facts", '[');
    add_parameters(json, run);
    add_operations(json, run);
    add_history(json, run);
    add_keys(json, run);
    add_circles(json, run);
    add_texts(json, run);
    add_bits(json, run);
    gsc_json_close(json, '[');
    write_residues(json, run);
    write_operation(json, run);
}
