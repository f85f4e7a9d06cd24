/* What a checkpoint holds, one row for each fact. */
#include "analyze/info/info_facts.h"

#include "grokscope/checkpoint.h"
#include "grokscope/config.h"
#include "grokscope/error.h"

#include <stdio.h>

const gsc_column gsc_fact_columns[GSC_FACT_COLUMNS] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    {"kind", GSC_CELL_TEXT, false, "what the fact is about", false},
    {"name", GSC_CELL_TEXT, false, "name of the option, size, tensor, column or note",
     false},
    {"value", GSC_CELL_TEXT, false, "its value", false}};

/* Where facts go, and whose they are. */
typedef struct facts {
    gsc_rows *rows;
    const char *run;
    int64_t step;
} facts;

static int
add_fact(const facts *f, const char *kind, const char *name, const char *value)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(f->rows, f->run));
    GSC_TRY(gsc_rows_integer(f->rows, f->step));
    GSC_TRY(gsc_rows_text(f->rows, kind));
    GSC_TRY(gsc_rows_text(f->rows, name));
    GSC_TRY(gsc_rows_text(f->rows, value));
out:
    return status;
}

static int
add_config(const facts *f, const char *json)
{
    int status = 0;
    gsc_config config = {.registry = &gsc_builtin_registry};
    gsc_options keys[GSC_CONFIG_SETS];
    gsc_text value = {0};
    char unknown[GSC_NAME_BYTES];
    GSC_TRY(gsc_config_from_file(&config, json, unknown));
    gsc_config_options(&config, keys);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < keys[s].num_rows; i++) {
            const gsc_option *key = &keys[s].rows[i];
            value.length = 0;
            GSC_TRY(gsc_options_add_value(key, (char *)keys[s].values + key->offset,
                                          &value));
            bool known = gsc_config_is_known(&config, key->name);
            GSC_TRY(add_fact(f, keys[s].title, key->name,
                             !known             ? "not known"
                             : value.length > 0 ? value.data
                                                : ""));
        }
out:
    gsc_text_free(&value);
    return status;
}

static int
add_number(const facts *f, const char *section, const char *name, size_t value)
{
    char number[GSC_NUMBER_BYTES];
    snprintf(number, sizeof number, "%zu", value);
    return add_fact(f, section, name, number);
}

/* Type and shape of a field, and where its numbers lie. */
static int
add_field(const facts *f, const gsc_dataset *dataset, size_t at)
{
    int status = 0;
    gsc_text text = {0};
    const gsc_field *field = &dataset->fields[at];
    GSC_TRY(gsc_text_add(&text, "%s ", gsc_field_type_name(field->type)));
    GSC_TRY(gsc_shape_add(field->shape, &text));
    if (field->num_values > 0)
        GSC_TRY(gsc_text_add(&text, " below %zu", field->num_values));
    if (*dataset->sources[at].path)
        GSC_TRY(gsc_text_add(&text, " in %s", dataset->sources[at].path));
    GSC_TRY(add_fact(f, "field", field->name, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* How many items it has, and those that are a real number. */
static int
add_facet(const facts *f, const gsc_facet *facet)
{
    int status = 0;
    char number[GSC_NUMBER_BYTES];
    gsc_text name = {0};
    GSC_TRY(add_number(f, "facet", facet->name, facet->num_items));
    for (size_t i = 0; i < facet->num_items; i++) {
        const gsc_facet_item *item = &facet->items[i];
        if (item->type != GSC_FACET_REAL || item->shape.rank > 0)
            continue;
        name.length = 0;
        GSC_TRY(gsc_text_add(&name, "%s.%s", facet->name, item->name));
        gsc_text_from_real(number, *(const double *)item->data);
        GSC_TRY(add_fact(f, "facet", name.data, number));
    }
out:
    gsc_text_free(&name);
    return status;
}

static int
add_data(const facts *f, const gsc_checkpoint *c)
{
    int status = 0;
    const gsc_dataset *d = &c->dataset;
    GSC_TRY(add_number(f, "size", "num_examples", d->num_examples));
    for (size_t i = 0; i < d->num_splits; i++)
        GSC_TRY(add_number(f, "split", d->splits[i].name, d->splits[i].count));
    for (size_t i = 0; i < d->num_fields; i++)
        GSC_TRY(add_field(f, d, i));
    for (size_t i = 0; i < d->num_targets; i++)
        GSC_TRY(add_fact(f, "output", d->targets[i].name, d->targets[i].loss));
    for (size_t i = 0; i < c->facets.count; i++)
        GSC_TRY(add_facet(f, &c->facets.items[i]));
out:
    return status;
}

static int
add_tensor(const facts *f, const gsc_tensor *t)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, "%s ", gsc_type_names[t->type]));
    GSC_TRY(gsc_shape_add(t->shape, &text));
    GSC_TRY(gsc_text_add(&text, " %s%s", t->axes, t->trained ? "" : " (not trained)"));
    GSC_TRY(add_fact(f, "tensor", t->name, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* The last row of a table: what the losses are at this step. */
static int
add_last_row(const facts *f, const gsc_table *table)
{
    int status = 0;
    for (size_t i = 1; i < table->num_columns && table->num_rows > 0; i++) {
        char number[GSC_NUMBER_BYTES];
        gsc_text_from_real(
            number, table->values[(table->num_rows - 1) * table->num_values + i]);
        GSC_TRY(add_fact(f, table->name, table->columns[i], number));
    }
out:
    return status;
}

int
gsc_info_add_facts(gsc_rows *rows, const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path,
                                GSC_READ_DATA | GSC_READ_PARAM_SHAPES |
                                    GSC_READ_HISTORY | GSC_READ_PROVENANCE));
    const facts f = {rows, input->run, c.step};
    status = add_config(&f, c.config);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, input->path));
    GSC_TRY(add_data(&f, &c));
    for (size_t i = 0; i < c.num_params; i++)
        GSC_TRY(add_tensor(&f, &c.params[i]));
    for (size_t i = 0; i < c.num_tables; i++)
        GSC_TRY(add_last_row(&f, &c.history[i]));
    for (size_t i = 0; i < c.num_provenance; i++)
        GSC_TRY(add_fact(&f, "provenance", c.provenance[i].name, c.provenance[i].text));
out:
    gsc_checkpoint_free(&c);
    return status;
}
