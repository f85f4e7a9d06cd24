/* Components of a network, as a command line names them. */
#include "analyze/network/part/components.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_component_names[GSC_NUM_COMPONENT_KINDS] = {
    "circle", "pc", "head", "neurons", "tensor"};

/* A number below a million; *text moves after it. */
static bool
read_number(const char **text, size_t *number)
{
    const char *begin = *text;
    for (*number = 0; isdigit((unsigned char)**text) && *text - begin < 7; (*text)++)
        *number = 10 * *number + (size_t)(**text - '0');
    return *text > begin && *text - begin < 7;
}

/* "3", "3-10", "freq:17", "0.2": what the kind takes. */
static bool
read_numbers(const char *text, gsc_component *component)
{
    if (component->kind == GSC_COMPONENT_NEURONS && strncmp(text, "freq:", 5) == 0) {
        component->by_frequency = true;
        text += 5;
    }
    if (!read_number(&text, &component->first))
        return false;
    if (component->kind == GSC_COMPONENT_HEAD && *text == '.') {
        component->has_layer = true;
        component->layer = component->first;
        text++;
        if (!read_number(&text, &component->first))
            return false;
    }
    component->last = component->first;
    if (*text == '-') {
        text++;
        if (!read_number(&text, &component->last))
            return false;
    }
    bool from_one = component->kind == GSC_COMPONENT_CIRCLE ||
                    component->kind == GSC_COMPONENT_PC || component->by_frequency;
    return *text == '\0' && component->first <= component->last &&
           component->first >= from_one;
}

static bool
read_kind(const char *word, size_t length, gsc_component_kind *kind)
{
    for (int k = 0; k < GSC_NUM_COMPONENT_KINDS; k++)
        if (strlen(gsc_component_names[k]) == length &&
            strncmp(gsc_component_names[k], word, length) == 0) {
            *kind = (gsc_component_kind)k;
            return true;
        }
    return false;
}

/* One word of the list; `part` is the one before, whose kind it may share. */
static int
read_component(const char *word, bool first, gsc_component *component)
{
    const char *equals = strchr(word, '=');
    gsc_component_kind kind = component->kind;
    if (equals ? !read_kind(word, (size_t)(equals - word), &kind) : first)
        return gsc_fail(
            GSC_EARGUMENT,
            "part '%s': expected circle=, pc=, head=, neurons= or tensor=", word);
    *component = (gsc_component){.kind = kind};
    const char *value = equals ? equals + 1 : word;
    bool good;
    if (kind == GSC_COMPONENT_TENSOR) {
        good = *value != '\0' && strlen(value) < sizeof component->tensor;
        if (good)
            strcpy(component->tensor, value);
    } else {
        good = read_numbers(value, component);
    }
    static const char *const forms[GSC_NUM_COMPONENT_KINDS] = {
        "a frequency K or K-L, from 1", "a component N or N-M, from 1",
        "a head N, N-M or LAYER.N", "neurons N, N-M or freq:K", "a parameter's name"};
    return good ? 0
                : gsc_fail(GSC_EARGUMENT, "part '%s': expected %s", word, forms[kind]);
}

int
gsc_components_init(gsc_components *components, const char *text)
{
    int status = 0;
    char *copy = NULL;
    gsc_component component = {.kind = GSC_COMPONENT_CIRCLE};
    *components = (gsc_components){.count = 0};
    copy = gsc_copy_text(text);
    if (!copy)
        GSC_TRY(GSC_EMEMORY);
    for (char *word = copy, *end; word; word = end) {
        end = strchr(word, ',');
        if (end)
            *end++ = '\0';
        GSC_TRY(read_component(word, components->count == 0, &component));
        GSC_TRY(gsc_grow(&components->items, components->count, &components->room,
                         sizeof *components->items));
        components->items[components->count++] = component;
    }
out:
    free(copy);
    if (status < 0)
        gsc_components_free(components);
    return status;
}

void
gsc_components_free(gsc_components *components)
{
    free(components->items);
    *components = (gsc_components){.count = 0};
}

bool
gsc_components_have(const gsc_components *components, gsc_component_kind kind)
{
    for (size_t i = 0; i < components->count; i++)
        if (components->items[i].kind == kind)
            return true;
    return false;
}
