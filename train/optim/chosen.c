/* Stages that a configuration chooses, with the values of their options. */
#include "train/optim/chosen.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t";

static int
unknown_stage(const gsc_stages *stages, gsc_stage_kind kind, const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    const gsc_stage *stage;
    gsc_text list = {0};
    for (size_t i = 0; (stage = gsc_stage_at(stages, i)) && count < MOST; i++)
        if (stage->kind == kind)
            names[count++] = stage->name;
    const char *key = gsc_stage_key(kind), *nearest;
    nearest = gsc_text_nearest(name, names, count);
    if (nearest)
        return gsc_fail(GSC_EARGUMENT, "%s: no '%s'; did you mean '%s'?", key, name,
                        nearest);
    for (size_t i = 0; i < count; i++)
        gsc_text_add(&list, "%s'%s'", i > 0 ? ", " : "", names[i]);
    int status = gsc_fail(GSC_EARGUMENT, "%s: no '%s'; it is one of %s", key, name,
                          list.data ? list.data : "");
    gsc_text_free(&list);
    return status;
}

static const gsc_stage *
find_stage(const gsc_stages *stages, gsc_stage_kind kind, const char *name)
{
    const gsc_stage *stage;
    for (size_t i = 0; (stage = gsc_stage_at(stages, i)); i++)
        if (stage->kind == kind && strcmp(stage->name, name) == 0)
            return stage;
    return NULL;
}

static gsc_options
options_of(const gsc_chosen_stage *chosen)
{
    return (gsc_options){chosen->stage->name, chosen->stage->rows,
                         chosen->stage->num_rows, chosen->config};
}

/* The key of a configuration of the same name, whose value this option then has. */
static const gsc_option *
shared_key(const gsc_optimizer_config *config, const char *name, const void **value)
{
    gsc_optimizer_config *no_const = (gsc_optimizer_config *)config;
    gsc_options keys = gsc_optimizer_options(no_const);
    void *found = NULL;
    const gsc_option *key = gsc_options_find(&keys, 1, name, &found);
    *value = found;
    return key;
}

/* Words after the stage's name: option, value, option, value, … */
static int
read_values(const gsc_chosen_stage *chosen, gsc_stage_kind kind, char **rest)
{
    char where[2 * GSC_NAME_BYTES];
    gsc_options options = options_of(chosen);
    snprintf(where, sizeof where, "%s: %s", gsc_stage_key(kind), chosen->stage->name);
    for (const char *name; (name = strtok_r(NULL, blanks, rest));) {
        const void *ignored;
        const char *value = strtok_r(NULL, blanks, rest);
        if (!value)
            return gsc_fail(GSC_EARGUMENT, "%s: %s needs a value", where, name);
        if (kind == GSC_STAGE_RULE &&
            shared_key(&(gsc_optimizer_config){.beta1 = 0}, name, &ignored))
            return gsc_fail(GSC_EARGUMENT, "%s: %s is a key of its own; write %s = %s",
                            where, name, name, value);
        int status = gsc_options_set(&options, 1, name, value);
        if (status < 0)
            return gsc_fail_in(status, where);
    }
    return 0;
}

static int
init_chosen(gsc_chosen_stage *chosen, const gsc_stage *stage)
{
    char stream[2 * GSC_NAME_BYTES];
    *chosen = (gsc_chosen_stage){.stage = stage};
    chosen->config = gsc_new(1, stage->config_size);
    if (!chosen->config)
        return GSC_EMEMORY;
    snprintf(stream, sizeof stream, "optimizer:%s", stage->name);
    chosen->stream = gsc_rng_stream(stream);
    gsc_options options = options_of(chosen);
    return gsc_options_default(&options, 1);
}

/* Put a stage with its defaults after the others. */
static int
append(gsc_chosen_stages *chosen, const gsc_stages *stages, gsc_stage_kind kind,
       char *name)
{
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    const char *key = gsc_stage_key(kind);
    const gsc_stage *stage = find_stage(stages, kind, name);
    if (!stage)
        return unknown_stage(stages, kind, name);
    for (size_t i = 0; i < chosen->count; i++)
        if (chosen->items[i].stage == stage)
            return gsc_fail(GSC_EARGUMENT, "%s: %s is there twice", key, name);
    if (chosen->count == GSC_MAX_CHOSEN)
        return gsc_fail(GSC_EARGUMENT, "%s: more than %d", key, GSC_MAX_CHOSEN);
    return init_chosen(&chosen->items[chosen->count++], stage);
}

int
gsc_chosen_read(gsc_chosen_stages *chosen, const gsc_stages *stages,
                gsc_stage_kind kind, const char *text)
{
    int status = 0;
    char copy[GSC_OPTION_TEXT_BYTES], *next = copy;
    *chosen = (gsc_chosen_stages){.count = 0};
    snprintf(copy, sizeof copy, "%s", text);
    if (text[strspn(text, blanks)] == '\0')
        return 0;
    while (next) {
        char *item = next, *rest = NULL;
        next = strchr(item, ',');
        if (next)
            *next++ = '\0';
        char *name = strtok_r(item, blanks, &rest);
        if (!name) {
            status = gsc_fail(GSC_EARGUMENT, "%s: '%s' has a comma without a name",
                              gsc_stage_key(kind), text);
            goto out;
        }
        GSC_TRY(append(chosen, stages, kind, name));
        GSC_TRY(read_values(&chosen->items[chosen->count - 1], kind, &rest));
    }
out:
    if (status < 0)
        gsc_chosen_free(chosen);
    return status;
}

void
gsc_chosen_free(gsc_chosen_stages *chosen)
{
    for (size_t i = 0; i < chosen->count; i++)
        free(chosen->items[i].config);
    *chosen = (gsc_chosen_stages){.count = 0};
}

static int
write_stage(const gsc_chosen_stage *chosen, bool without_shared, gsc_text *text)
{
    int status = 0;
    const gsc_optimizer_config none = {.beta1 = 0};
    const void *ignored;
    GSC_TRY(gsc_text_add(text, "%s", chosen->stage->name));
    for (size_t i = 0; i < chosen->stage->num_rows; i++) {
        const gsc_option *row = &chosen->stage->rows[i];
        if (without_shared && shared_key(&none, row->name, &ignored))
            continue;
        GSC_TRY(gsc_text_add(text, " %s ", row->name));
        GSC_TRY(gsc_options_add_value(row, (const char *)chosen->config + row->offset,
                                      text));
    }
out:
    return status;
}

int
gsc_chosen_write(const gsc_chosen_stages *chosen, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < chosen->count; i++) {
        GSC_TRY(gsc_text_add(text, "%s", i > 0 ? ", " : ""));
        GSC_TRY(write_stage(&chosen->items[i], false, text));
    }
out:
    return status;
}

/* ---- Rules ---- */

static int
take_shared_values(const gsc_chosen_stage *rule, const gsc_optimizer_config *config)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 0; i < rule->stage->num_rows; i++) {
        const gsc_option *row = &rule->stage->rows[i], *key;
        const void *value;
        key = shared_key(config, row->name, &value);
        if (!key)
            continue;
        text.length = 0;
        GSC_TRY(gsc_options_add_value(key, value, &text));
        GSC_TRY(
            gsc_options_set_value(row, (char *)rule->config + row->offset, text.data));
    }
out:
    gsc_text_free(&text);
    return status;
}

int
gsc_chosen_read_rule(gsc_chosen_stages *rule, const gsc_stages *stages,
                     const gsc_optimizer_config *config)
{
    int status = 0;
    GSC_TRY(gsc_chosen_read(rule, stages, GSC_STAGE_RULE, config->optimizer));
    if (rule->count != 1) {
        status = gsc_fail(GSC_EARGUMENT, "optimizer: '%s' is not one rule",
                          config->optimizer);
        goto out;
    }
    GSC_TRY(take_shared_values(&rule->items[0], config));
out:
    if (status < 0)
        gsc_chosen_free(rule);
    return status;
}

int
gsc_chosen_write_rule(const gsc_chosen_stages *rule, gsc_text *text)
{
    return write_stage(&rule->items[0], true, text);
}
