/* The one table of options: options on a command line. */
#include "grokscope/options.h"

#include "grokscope/error.h"

#include <string.h>

static int
unknown_option(const gsc_options *sets, size_t num_sets, const char *name)
{
    const char *nearest = gsc_options_nearest(sets, num_sets, name);
    if (!nearest)
        return gsc_fail(GSC_EARGUMENT, "no option '--%s'", name);
    gsc_text option = {0};
    int status = gsc_options_add_name(nearest, &option);
    if (status == 0)
        status = gsc_fail(GSC_EARGUMENT, "no option '--%s'; did you mean '%s'?", name,
                          option.data);
    gsc_text_free(&option);
    return status;
}

typedef struct arguments {
    int count, next;
    char *const *words;
} arguments;

/* The word behind an option, or what the option means without one. */
static int
take_value(arguments *rest, const char *option, const gsc_option *key,
           const char **value)
{
    const char *word = rest->next < rest->count ? rest->words[rest->next] : NULL;
    if (gsc_options_takes_word(key, word)) {
        *value = word;
        rest->next++;
    } else if (key->implied || key->type == GSC_OPTION_BOOL) {
        *value = key->implied ? key->implied : "yes";
    } else {
        return gsc_fail(GSC_EARGUMENT, "%s needs a value", option);
    }
    return 0;
}

static int
read_long(const gsc_options *sets, size_t num_sets, const char *word, arguments *rest)
{
    char name[64];
    const char *value = strchr(word, '=');
    size_t length = value ? (size_t)(value - word) : strlen(word);
    if (length - 2 >= sizeof name)
        return gsc_fail(GSC_EARGUMENT, "no option '%s'", word);
    memset(name, 0, sizeof name);
    memcpy(name, word + 2, length - 2);
    void *target;
    const gsc_option *key = gsc_options_find(sets, num_sets, name, &target);
    if (!key)
        return unknown_option(sets, num_sets, name);
    if (key->type == GSC_OPTION_FLAG) {
        if (value)
            return gsc_fail(GSC_EARGUMENT, "--%s takes no value", name);
        *(bool *)target = true;
        return 0;
    }
    if (value)
        value++;
    else if (take_value(rest, word, key, &value) < 0)
        return GSC_EARGUMENT;
    return gsc_options_set_value(key, target, value);
}

static int
read_short(const gsc_options *sets, size_t num_sets, const char *word, arguments *rest)
{
    for (size_t s = 0; s < num_sets; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++) {
            const gsc_option *key = &sets[s].rows[i];
            if (key->letter == 0 || key->letter != word[1])
                continue;
            const char *value = word + 2;
            if (key->type == GSC_OPTION_FLAG && *value == '\0') {
                *(bool *)((char *)sets[s].values + key->offset) = true;
                return 0;
            }
            if (*value == '\0' && take_value(rest, word, key, &value) < 0)
                return GSC_EARGUMENT;
            return gsc_options_set_value(key, (char *)sets[s].values + key->offset,
                                         value);
        }
    return gsc_fail(GSC_EARGUMENT, "no option '%s'", word);
}

int
gsc_options_from_arguments(const gsc_options *sets, size_t num_sets, int argc,
                           char *const *argv, const char **positionals,
                           size_t *num_positionals)
{
    int status = 0;
    arguments rest = {argc, 1, argv};
    bool options_ended = false;
    *num_positionals = 0;
    while (rest.next < rest.count) {
        const char *word = rest.words[rest.next++];
        if (options_ended || word[0] != '-' || word[1] == '\0')
            positionals[(*num_positionals)++] = word;
        else if (strcmp(word, "--") == 0)
            options_ended = true;
        else if (word[1] == '-')
            GSC_TRY(read_long(sets, num_sets, word, &rest));
        else
            GSC_TRY(read_short(sets, num_sets, word, &rest));
    }
out:
    return status;
}
