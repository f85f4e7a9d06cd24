/* Whole modules of PyTorch, as their state dictionaries. */
#include "train/exchange/torch_module.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_TENSORS = 1 << 16, /* of all modules of a file */
    MOST_MODULES = 1 << 16,
    MOST_DEPTH = 32,
    MOST_NAME_BYTES = 16 << 20, /* of all tensors of modules */
    MOST_LOOKS = 1 << 24        /* at fields and entries, each time they are met */
};

typedef struct flattening {
    gsc_arena *arena;
    gsc_value *dict; /* of the module that is flattened */
    gsc_text name;
    size_t num_tensors, num_modules, depth, name_bytes, looks;
} flattening;

static const gsc_value *
field(const gsc_value *object, const char *name)
{
    const gsc_value *value =
        object->kind == GSC_VALUE_OBJECT ? gsc_value_get(object, name) : NULL;
    return value && value->kind == GSC_VALUE_DICT ? value : NULL;
}

static bool
is_script(const gsc_value *value)
{
    return value->kind == GSC_VALUE_OBJECT && value->state &&
           value->state->kind == GSC_VALUE_DICT &&
           strncmp(value->text, "__torch__.", 10) == 0;
}

static bool
is_module(const gsc_value *value, size_t *looks)
{
    if (value->kind != GSC_VALUE_OBJECT || *looks > MOST_LOOKS)
        return false;
    *looks += value->state ? value->state->count : 0;
    return field(value, "_parameters") || field(value, "_modules") || is_script(value);
}

static int
make_key(flattening *f, gsc_value **key)
{
    *key = gsc_arena_new(f->arena, 1, sizeof **key);
    if (!*key)
        return GSC_EMEMORY;
    **key = (gsc_value){.kind = GSC_VALUE_TEXT, .count = f->name.length};
    (*key)->text = gsc_arena_copy(f->arena, f->name.data, f->name.length);
    return (*key)->text ? 0 : GSC_EMEMORY;
}

static int
add_tensor(flattening *f, gsc_value *tensor)
{
    int status = 0;
    gsc_value *dict = f->dict, *key;
    f->name_bytes += f->name.length;
    if (f->num_tensors++ == MOST_TENSORS || f->name_bytes > MOST_NAME_BYTES)
        return gsc_fail(GSC_EFORMAT, "%.60s…: more than %d tensors of modules",
                        f->name.data, MOST_TENSORS);
    GSC_TRY(make_key(f, &key));
    if (2 * dict->count == dict->room) {
        size_t room = dict->room > 0 ? 2 * dict->room : 32;
        gsc_value **items = gsc_arena_new(f->arena, room, sizeof(gsc_value *));
        if (!items)
            return GSC_EMEMORY;
        if (dict->count > 0)
            memcpy(items, dict->items, dict->room * sizeof *items);
        dict->items = items;
        dict->room = room;
    }
    dict->items[2 * dict->count] = key;
    dict->items[2 * dict->count++ + 1] = tensor;
out:
    return status;
}

/* Buffers that a module makes anew, and keeps out of its state dictionary. */
static bool
is_among(const gsc_value *names, const gsc_value *name)
{
    for (size_t i = 0; names && names->kind == GSC_VALUE_LIST && i < names->count; i++)
        if (names->items[i]->kind == GSC_VALUE_TEXT &&
            strcmp(names->items[i]->text, name->text) == 0)
            return true;
    return false;
}

static int flatten(flattening *f, const gsc_value *module);

/* Tensors, or where `are_modules` modules, each under its name; None is neither. */
static int
flatten_each(flattening *f, const gsc_value *dict, bool are_modules,
             const gsc_value *except)
{
    int status = 0;
    size_t length = f->name.length;
    f->looks += dict ? dict->count * (1 + (except ? except->count : 0)) : 0;
    if (f->looks > MOST_LOOKS)
        return gsc_fail(GSC_EFORMAT, "%.60s…: modules hold each other",
                        length > 0 ? f->name.data : "");
    for (size_t i = 0; dict && i < dict->count; i++) {
        gsc_value *key = dict->items[2 * i], *value = dict->items[2 * i + 1];
        bool is_tensor =
            value->kind == GSC_VALUE_ARRAY || value->kind == GSC_VALUE_OBJECT;
        if (key->kind != GSC_VALUE_TEXT || !is_tensor ||
            are_modules != is_module(value, &f->looks) || is_among(except, key))
            continue;
        GSC_TRY(gsc_text_add(&f->name, length > 0 ? ".%s" : "%s", key->text));
        GSC_TRY(are_modules ? flatten(f, value) : add_tensor(f, value));
        f->name.length = length;
        f->name.data[length] = '\0';
    }
out:
    return status;
}

static int
flatten(flattening *f, const gsc_value *module)
{
    int status = 0;
    if (f->depth == MOST_DEPTH || f->num_modules++ == MOST_MODULES)
        return gsc_fail(GSC_EFORMAT, "%.60s…: modules hold each other",
                        f->name.data ? f->name.data : "");
    f->depth++;
    if (is_script(module)) {
        GSC_TRY(flatten_each(f, module->state, false, NULL));
        GSC_TRY(flatten_each(f, module->state, true, NULL));
    } else {
        GSC_TRY(flatten_each(f, field(module, "_parameters"), false, NULL));
        GSC_TRY(flatten_each(f, field(module, "_buffers"), false,
                             gsc_value_get(module, "_non_persistent_buffers_set")));
        GSC_TRY(flatten_each(f, field(module, "_modules"), true, NULL));
    }
    f->depth--;
out:
    return status;
}

/* ---- All of a file ---- */

typedef struct module_list {
    gsc_value **items;
    size_t count, room, looks;
} module_list;

static int
collect(void *context, const char *path, const gsc_value *value)
{
    module_list *list = context;
    (void)path;
    if (!is_module(value, &list->looks))
        return value->kind == GSC_VALUE_ARRAY;
    int status = gsc_grow(&list->items, list->count, &list->room, sizeof *list->items);
    if (status < 0)
        return status;
    list->items[list->count++] = (gsc_value *)value;
    return 1;
}

int
gsc_torch_modules_flatten(gsc_arena *arena, gsc_value *root)
{
    int status = 0;
    module_list list = {.count = 0};
    flattening f = {.arena = arena};
    gsc_value *dicts = NULL;
    status = gsc_value_walk(root, collect, &list);
    if (status == GSC_EFORMAT) { /* its modules are found by nobody else either */
        status = 0;
        list.count = 0;
    }
    if (status < 0)
        goto out;
    GSC_NEW(dicts, list.count);
    for (size_t i = 0; i < list.count; i++) {
        dicts[i].kind = GSC_VALUE_DICT;
        f.dict = &dicts[i];
        GSC_TRY(flatten(&f, list.items[i]));
    }
    for (size_t i = 0; i < list.count; i++) /* modules may lie in each other */
        *list.items[i] = dicts[i];
out:
    gsc_text_free(&f.name);
    free(dicts);
    free(list.items);
    return status;
}
