/* The tensors of a state dictionary under the names that their network gives them,
 * without those that wrappers add. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/state_dicts.h"
#include "train/exchange/naming/naming.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_CLEANED = 4000000,
    MOST_NAMES = 4096, /* that are looked at for one that is known */
    MOST_TRIES = 256,  /* prefixes that are tried */
    MOST_SHOWN = 160   /* bytes of names that are told */
};

/* ---- What are weights ---- */

static const char *
last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* Counts that lie among tensors: of steps, of averages, of batches. */
static bool
is_count(const gsc_value *key, const gsc_value *value)
{
    static const char *const names[] = {
        "step",  "global_step", "iter_num",   "iteration",           "iter",
        "epoch", "ep",          "n_averaged", "num_batches_tracked", NULL};
    const gsc_array *array = value->array;
    for (size_t i = 0; i < array->rank; i++)
        if (array->dims[i] != 1)
            return false;
    for (size_t i = 0; names[i]; i++)
        if (strcmp(last_part(key->text), names[i]) == 0)
            return true;
    return false;
}

/* A tensor or array of which only the type is known. */
static bool
is_unread_tensor(const gsc_value *value)
{
    const char *name = value->text;
    return value->kind == GSC_VALUE_OBJECT &&
           (strncmp(name, "torch._utils._rebuild", 21) == 0 ||
            (strncmp(name, "torch.", 6) == 0 && strstr(name, "Storage")) ||
            strncmp(name, "torch.complex", 13) == 0 ||
            strncmp(name, "torch.q", 7) == 0 || strcmp(name, "torch.Tensor") == 0 ||
            strcmp(name, "numpy.ndarray") == 0);
}

static int
tell_left_out(gsc_state_dicts *s, const char *name)
{
    gsc_text *text = &s->left_out;
    if (s->count > 0) /* of the first state; others are like it */
        return 0;
    if (text->length > MOST_SHOWN)
        return gsc_text_ends_with(text->data, "…") ? 0 : gsc_text_add(text, ", …");
    return gsc_text_add(text, text->length > 0 ? ", %s" : "%s", name);
}

static int
judge(gsc_state_dicts *s, const gsc_value *key, const gsc_value *value, bool *is_weight)
{
    *is_weight = false;
    if (key->kind != GSC_VALUE_TEXT)
        return 0;
    if (is_unread_tensor(value))
        return gsc_fail(GSC_EFORMAT,
                        "%s: is a tensor of type %s, which is not read; make it a "
                        "dense one of real numbers and save it again",
                        key->text, value->text);
    if (value->kind == GSC_VALUE_OBJECT)
        return tell_left_out(s, key->text);
    if (value->kind != GSC_VALUE_ARRAY)
        return 0;
    bool is_mask = value->array->dtype == GSC_DTYPE_BOOL &&
                   !gsc_naming_is_buffer(key->text); /* those are counted later */
    *is_weight =
        !is_mask && !is_count(key, value) && !gsc_state_dicts_is_log(key->text);
    return *is_weight ? 0 : tell_left_out(s, key->text);
}

/* ---- Prefixes ---- */

typedef struct names {
    size_t count;
    const char **items; /* of the arena */
} names;

/* Words that compilers and wrappers put anywhere into names; others stand before. */
static const char *const inner_words[] = {"_orig_mod", "_fsdp_wrapped_module",
                                          "_checkpoint_wrapped_module", NULL};
static const char *const outer_words[] = {"module",          "model",   "net",
                                          "_forward_module", "network", NULL};

/* The length of a word of these and its dot at the beginning of a name; 0: none. */
static size_t
word_at(const char *name, const char *const *words)
{
    for (size_t i = 0; words[i]; i++) {
        size_t length = strlen(words[i]);
        if (strncmp(name, words[i], length) == 0 && name[length] == '.')
            return length + 1;
    }
    return 0;
}

/* What was left off, once each. */
static int
tell_prefix(gsc_state_dicts *s, const char *word, size_t length)
{
    char *shown = gsc_arena_copy(&s->arena, word, length);
    if (!shown)
        return GSC_EMEMORY;
    if (s->prefix.data && strstr(s->prefix.data, shown))
        return 0;
    return gsc_text_add(&s->prefix, "%s", shown);
}

static int
drop_inner_words(gsc_state_dicts *s, names *n)
{
    int status = 0;
    for (size_t i = 0; i < n->count; i++) {
        char *to = NULL, *copy = NULL;
        for (const char *at = n->items[i]; *at;) {
            size_t length = word_at(at, inner_words);
            if (length > 0 && !copy) {
                copy = gsc_arena_copy(&s->arena, n->items[i], strlen(n->items[i]));
                if (!copy)
                    return GSC_EMEMORY;
                to = copy + (at - n->items[i]);
            }
            if (length > 0)
                GSC_TRY(tell_prefix(s, at, length));
            at += length;
            size_t part = strcspn(at, ".") + (at[strcspn(at, ".")] == '.');
            if (to && length == 0) {
                memcpy(to, at, part);
                to += part;
            }
            at += length == 0 ? part : 0;
        }
        if (copy) {
            *to = '\0';
            n->items[i] = copy;
        }
    }
out:
    return status;
}

static bool
all_known(const names *n)
{
    for (size_t i = 0; i < n->count; i++)
        if (!gsc_naming_knows(n->items[i]) && !gsc_naming_is_buffer(n->items[i]))
            return false;
    return n->count > 0;
}

static bool
any_known(const names *n)
{
    for (size_t i = 0; i < n->count; i++)
        if (gsc_naming_knows(n->items[i]))
            return true;
    return false;
}

/* Words of wrappers, one after the other, that all names begin with. */
static int
drop_outer_words(gsc_state_dicts *s, names *n)
{
    int status = 0;
    while (n->count > 0 && !all_known(n)) {
        size_t length = word_at(n->items[0], outer_words);
        for (size_t i = 0; length > 0 && i < n->count; i++)
            if (strncmp(n->items[i], n->items[0], length) != 0 || !n->items[i][length])
                length = 0;
        if (length == 0)
            return 0;
        GSC_TRY(tell_prefix(s, n->items[0], length));
        for (size_t i = 0; i < n->count; i++)
            n->items[i] += length;
    }
out:
    return status;
}

/* Whether a naming knows all names that begin so, two of them or more. */
static bool
fits(const names *n, const char *prefix, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < n->count; i++) {
        if (strncmp(n->items[i], prefix, length) != 0)
            continue;
        if (!gsc_naming_knows(n->items[i] + length) &&
            !gsc_naming_is_buffer(n->items[i] + length))
            return false;
        count++;
    }
    return count > 1;
}

/* The longest prefix that fits; *other another one as long, or NULL. */
static size_t
longest_prefix(const names *n, const char **prefix, const char **other)
{
    size_t longest = 0, tries = 0;
    *prefix = *other = NULL;
    for (size_t i = 0; i < n->count && tries < MOST_TRIES; i++)
        for (const char *dot = strchr(n->items[i], '.'); dot;
             dot = strchr(dot + 1, '.')) {
            const char *name = n->items[i];
            size_t length = (size_t)(dot - name) + 1;
            bool same = i > 0 && strncmp(name, n->items[i - 1], length) == 0;
            if (length < longest || same || ++tries > MOST_TRIES ||
                (*prefix && strncmp(name, *prefix, length) == 0) ||
                !fits(n, name, length))
                continue;
            *other = length == longest ? *prefix : NULL;
            *prefix = name;
            longest = length;
        }
    return longest;
}

/* Of the names, and the tensors with them, those that begin so; without the prefix. */
static int
keep_below(gsc_state_dicts *s, names *n, gsc_value *dict, const char *prefix,
           size_t length)
{
    int status = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++) {
        if (strncmp(n->items[i], prefix, length) != 0) {
            GSC_TRY(tell_left_out(s, n->items[i]));
            continue;
        }
        dict->items[2 * kept] = dict->items[2 * i];
        dict->items[2 * kept + 1] = dict->items[2 * i + 1];
        n->items[kept++] = n->items[i] + length;
    }
    n->count = dict->count = kept;
    status = tell_prefix(s, prefix, length);
out:
    return status;
}

static int
drop_prefixes(gsc_state_dicts *s, names *n, gsc_value *dict)
{
    int status = 0;
    const char *prefix, *other;
    GSC_TRY(drop_inner_words(s, n));
    GSC_TRY(drop_outer_words(s, n));
    if (any_known(n) || s->keeps_names)
        return 0;
    size_t length = longest_prefix(n, &prefix, &other);
    if (other)
        return gsc_fail(GSC_EARGUMENT,
                        "--key has to choose between the networks whose tensors begin "
                        "with %.*s and with %.*s",
                        (int)length - 1, prefix, (int)length - 1, other);
    if (length > 0)
        GSC_TRY(keep_below(s, n, dict, prefix, length));
out:
    return status;
}

/* Those that the user leaves out under the names that are left. */
static int
drop_ignored(gsc_state_dicts *s, names *n, gsc_value *dict)
{
    int status = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++) {
        bool leaves;
        GSC_TRY(gsc_state_dicts_ignore(s, n->items[i], &leaves));
        if (leaves)
            continue;
        dict->items[2 * kept] = dict->items[2 * i];
        dict->items[2 * kept + 1] = dict->items[2 * i + 1];
        n->items[kept++] = n->items[i];
    }
    n->count = dict->count = kept;
out:
    return status;
}

/* ---- All ---- */

static int
make_dict(gsc_state_dicts *s, const gsc_value *weights, gsc_value **dict, names *n)
{
    int status = 0;
    s->num_cleaned += weights->count;
    if (s->num_cleaned > MOST_CLEANED)
        return gsc_fail(GSC_EFORMAT, "more than %d tensors of all states",
                        MOST_CLEANED);
    *dict = gsc_arena_new(&s->arena, 1, sizeof **dict);
    gsc_value **items =
        gsc_arena_new(&s->arena, weights->count, 2 * sizeof(gsc_value *));
    n->items = gsc_arena_new(&s->arena, weights->count, sizeof *n->items);
    if (!*dict || !items || !n->items)
        return GSC_EMEMORY;
    **dict = (gsc_value){.kind = GSC_VALUE_DICT, .items = items};
    for (size_t i = 0; i < weights->count; i++) {
        gsc_value *key = weights->items[2 * i], *value = weights->items[2 * i + 1];
        bool is_weight, leaves = false;
        if (key->kind == GSC_VALUE_TEXT &&
            (value->kind == GSC_VALUE_ARRAY || is_unread_tensor(value)))
            GSC_TRY(gsc_state_dicts_ignore(s, key->text, &leaves));
        if (leaves)
            continue;
        GSC_TRY(judge(s, key, value, &is_weight));
        if (!is_weight)
            continue;
        items[2 * n->count] = key;
        items[2 * n->count + 1] = value;
        n->items[n->count++] = key->text;
    }
    (*dict)->count = n->count;
out:
    return status;
}

static int
set_names(gsc_state_dicts *s, gsc_value *dict, const names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        if (n->items[i] == dict->items[2 * i]->text)
            continue;
        gsc_value *key = gsc_arena_new(&s->arena, 1, sizeof *key);
        if (!key)
            return GSC_EMEMORY;
        *key = (gsc_value){
            .kind = GSC_VALUE_TEXT, .text = n->items[i], .count = strlen(n->items[i])};
        dict->items[2 * i] = key;
    }
    return 0;
}

int
gsc_state_dicts_clean(gsc_state_dicts *s, const gsc_value *weights, const char *only,
                      const gsc_value **clean)
{
    int status = 0;
    names n = {.count = 0};
    gsc_value *dict = NULL;
    gsc_text prefix = {0};
    GSC_TRY(make_dict(s, weights, &dict, &n));
    if (*only) {
        GSC_TRY(gsc_text_add(&prefix, "%s.", only));
        GSC_TRY(keep_below(s, &n, dict, prefix.data, prefix.length));
    }
    if (n.count == 0)
        status = gsc_fail(GSC_EFORMAT, "holds no tensors that may be weights");
    else
        status = drop_prefixes(s, &n, dict);
    if (status == 0)
        status = drop_ignored(s, &n, dict);
    if (status == 0)
        status = set_names(s, dict, &n);
    *clean = dict;
out:
    gsc_text_free(&prefix);
    return status;
}

bool
gsc_state_dicts_is_known(const gsc_value *weights)
{
    for (size_t i = 0; i < weights->count && i < MOST_NAMES; i++) {
        const gsc_value *key = weights->items[2 * i];
        const char *name = key->kind == GSC_VALUE_TEXT ? key->text : NULL;
        for (size_t part = 0; name && part < 8; part++) {
            if (gsc_naming_knows(name))
                return true;
            name = strchr(name, '.');
            name = name ? name + 1 : NULL;
        }
    }
    return false;
}
