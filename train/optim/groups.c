/* Groups of parameters, each with a configuration of its own. */
#include "train/optim/groups.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 64 };

static const char blanks[] = " \t";
static const char rule_key[] = "optimizer", rest_pattern[] = "*";

/* ---- Reading ---- */

/* What is no option of the optimizer is left for the rule to know. */
static int
add_rule_option(gsc_optimizer_config *config, const char *name, const char *value)
{
    size_t length = strlen(config->optimizer);
    size_t room = sizeof config->optimizer - length;
    int added = snprintf(config->optimizer + length, room, " %s %s", name, value);
    return (size_t)added < room ? 0 : gsc_fail(GSC_EARGUMENT, "groups: too long");
}

static int
set_key(gsc_group *group, const char *name, const char *value)
{
    int status = 0;
    void *place;
    gsc_options keys = gsc_optimizer_options(&group->config);
    const gsc_option *key = gsc_options_find(&keys, 1, name, &place);
    if (!key)
        return 0;
    if (key->type == GSC_OPTION_TEXT && strcmp(key->name, rule_key) != 0)
        return gsc_fail(GSC_EARGUMENT, "groups: %s is the same for all groups",
                        key->name);
    status = gsc_options_set_value(key, place, value);
    return status < 0 ? gsc_fail_in(status, "groups") : 0;
}

static int
note_change(gsc_group *group, const char *name, const char *value)
{
    return gsc_text_add(&group->changes, "%s%s %s",
                        group->changes.length > 0 ? ", " : "", name, value);
}

/* Go through "option value, option value" twice: the options of a rule stand after its
 * name, wherever that is. */
static int
read_changes(gsc_group *group, const char *text, bool of_rule)
{
    int status = 0;
    char copy[GSC_OPTION_TEXT_BYTES], *rest = NULL;
    gsc_options keys = gsc_optimizer_options(&group->config);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *name = strtok_r(copy, " \t,", &rest); name;
         name = strtok_r(NULL, " \t,", &rest)) {
        const char *value = strtok_r(NULL, " \t,", &rest);
        if (!value)
            return gsc_fail(GSC_EARGUMENT, "groups: %s needs a value", name);
        const gsc_option *key = gsc_options_find(&keys, 1, name, NULL);
        if (!of_rule) {
            GSC_TRY(set_key(group, name, value));
            GSC_TRY(note_change(group, key ? key->name : name, value));
        } else if (!key) {
            GSC_TRY(add_rule_option(&group->config, name, value));
        }
    }
out:
    return status;
}

/* One group: "pattern …: option value, …". */
static int
read_group(gsc_group *group, const gsc_optimizer_config *config, char *text)
{
    int status = 0;
    char *colon = strchr(text, ':');
    group->config = *config;
    if (!colon)
        return gsc_fail(GSC_EARGUMENT,
                        "groups: '%s' is not of the form PATTERN …: OPTION VALUE, …",
                        text + strspn(text, blanks));
    *colon = '\0';
    snprintf(group->patterns, sizeof group->patterns, "%s",
             text + strspn(text, blanks));
    if (*group->patterns == '\0')
        return gsc_fail(GSC_EARGUMENT, "groups: no pattern before ':%s'", colon + 1);
    GSC_TRY(read_changes(group, colon + 1, false));
    GSC_TRY(read_changes(group, colon + 1, true));
out:
    return status;
}

int
gsc_groups_read(gsc_groups *groups, const gsc_optimizer_config *config)
{
    int status = 0;
    char copy[GSC_OPTION_TEXT_BYTES], *next = copy;
    snprintf(copy, sizeof copy, "%s", config->groups);
    *groups = (gsc_groups){.count = 0};
    GSC_NEW(groups->items, MAX_GROUPS);
    if (config->groups[strspn(config->groups, blanks)] == '\0') {
        groups->items[groups->count++].config = *config;
        return 0;
    }
    while (next) {
        char *text = next;
        next = strchr(text, ';');
        if (next)
            *next++ = '\0';
        if (!next && text[strspn(text, blanks)] == '\0')
            break; /* a semicolon may end the last one */
        if (groups->count == MAX_GROUPS) {
            status = gsc_fail(GSC_EARGUMENT, "groups: more than %d", MAX_GROUPS);
            goto out;
        }
        GSC_TRY(read_group(&groups->items[groups->count++], config, text));
    }
out:
    if (status < 0)
        gsc_groups_free(groups);
    return status;
}

void
gsc_groups_free(gsc_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        gsc_text_free(&groups->items[i].changes);
    free(groups->items);
    free(groups->of_parameter);
    *groups = (gsc_groups){.count = 0};
}

/* ---- Whose parameter is whose ---- */

static bool
is_rest(const gsc_groups *groups, size_t index)
{
    char word[GSC_OPTION_TEXT_BYTES];
    return index + 1 == groups->count && *groups->items[index].patterns &&
           sscanf(groups->items[index].patterns, "%1023s", word) == 1 &&
           strcmp(word, rest_pattern) == 0;
}

static int
assign(const gsc_groups *groups, const char *name, size_t *group)
{
    *group = GSC_NO_GROUP;
    size_t last = groups->count - 1;
    bool rest = is_rest(groups, last);
    if (!*groups->items[0].patterns)
        return *group = 0, 0;
    for (size_t i = 0; i < groups->count - rest; i++) {
        if (!gsc_text_matches(name, groups->items[i].patterns))
            continue;
        if (*group != GSC_NO_GROUP)
            return gsc_fail(GSC_EARGUMENT, "groups: %s belongs to '%s' and to '%s'",
                            name, groups->items[*group].patterns,
                            groups->items[i].patterns);
        *group = i;
    }
    if (*group == GSC_NO_GROUP && rest)
        *group = last;
    if (*group == GSC_NO_GROUP)
        return gsc_fail(GSC_EARGUMENT,
                        "groups: none for %s; a last '*:' takes all that is left",
                        name);
    return 0;
}

int
gsc_groups_assign(gsc_groups *groups, const gsc_graph *graph)
{
    int status = 0;
    size_t count, sizes[MAX_GROUPS] = {0};
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    GSC_NEW(groups->of_parameter, count);
    for (size_t i = 0; i < count; i++) {
        groups->of_parameter[i] = GSC_NO_GROUP;
        if (!parameters[i].trained)
            continue;
        GSC_TRY(assign(groups, parameters[i].name, &groups->of_parameter[i]));
        sizes[groups->of_parameter[i]]++;
    }
    for (size_t i = 0; i < groups->count; i++)
        if (sizes[i] == 0 && *groups->items[i].patterns && !is_rest(groups, i)) {
            status = gsc_fail(GSC_EARGUMENT, "groups: no trained parameter is '%s'",
                              groups->items[i].patterns);
            goto out;
        }
out:
    return status;
}

int
gsc_optimizer_rate_of(const gsc_optimizer_config *config, const gsc_graph *graph,
                      const char *parameter, double *rate)
{
    int status = 0;
    size_t count;
    gsc_groups groups = {.items = NULL};
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    *rate = 0;
    GSC_TRY(gsc_groups_read(&groups, config));
    GSC_TRY(gsc_groups_assign(&groups, graph));
    for (size_t i = 0; i < count; i++)
        if (strcmp(parameters[i].name, parameter) == 0 &&
            groups.of_parameter[i] != GSC_NO_GROUP)
            *rate = groups.items[groups.of_parameter[i]].config.learning_rate;
out:
    gsc_groups_free(&groups);
    return status;
}

/* ---- Writing ---- */

static int
write_names(const gsc_groups *groups, const gsc_graph *graph, size_t group,
            gsc_text *text)
{
    int status = 0;
    size_t count, written = 0;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    for (size_t i = 0; i < count; i++)
        if (groups->of_parameter[i] == group)
            GSC_TRY(gsc_text_add(text, "%s%s", written++ > 0 ? " " : "",
                                 parameters[i].name));
    if (written == 0)
        GSC_TRY(gsc_text_add(text, "%s", rest_pattern));
out:
    return status;
}

int
gsc_groups_write(const gsc_groups *groups, const gsc_graph *graph, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < groups->count; i++) {
        const gsc_group *group = &groups->items[i];
        if (!*group->patterns)
            return 0;
        GSC_TRY(gsc_text_add(text, "%s", i > 0 ? "; " : ""));
        GSC_TRY(graph ? write_names(groups, graph, i, text)
                      : gsc_text_add(text, "%s", group->patterns));
        GSC_TRY(gsc_text_add(text, ":%s%s", group->changes.length > 0 ? " " : "",
                             group->changes.length > 0 ? group->changes.data : ""));
    }
out:
    return status;
}
