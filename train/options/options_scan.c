/* A first look at a command line. */
#include "grokscope/options.h"

#include <stdio.h>
#include <string.h>

/* "--name" or "--name=value": the name, and whether a value stands in the word. */
static const char *
split_word(const char *word, char name[64])
{
    const char *equals = strchr(word, '=');
    snprintf(name, 64, "%.*s", equals ? (int)(equals - word) - 2 : 62, word + 2);
    return equals ? equals + 1 : NULL;
}

static const gsc_option *
find_letter(const gsc_options *sets, size_t num_sets, char letter)
{
    for (size_t s = 0; s < num_sets; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++)
            if (sets[s].rows[i].letter == letter)
                return &sets[s].rows[i];
    return NULL;
}

void
gsc_options_scan(const gsc_options *sets, size_t num_sets, int argc, char *const *argv,
                 const char **positionals, size_t *num_positionals,
                 const char *const *wanted, const char **values, size_t num_wanted)
{
    bool ended = false;
    *num_positionals = 0;
    for (size_t k = 0; k < num_wanted; k++)
        values[k] = NULL;
    for (int i = 1; i < argc; i++) {
        char name[64] = "";
        const char *word = argv[i], *value = NULL;
        const gsc_option *option = NULL;
        if (ended || word[0] != '-' || word[1] == '\0') {
            positionals[(*num_positionals)++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            ended = true;
        } else if (word[1] == '-') {
            value = split_word(word, name);
            option = gsc_options_find(sets, num_sets, name, NULL);
        } else if (word[2] == '\0') {
            option = find_letter(sets, num_sets, word[1]);
        }
        if (!value && option && i + 1 < argc &&
            gsc_options_takes_word(option, argv[i + 1]))
            value = argv[++i];
        for (size_t k = 0; k < num_wanted; k++)
            if (gsc_options_same_name(name, wanted[k]))
                values[k] = value ? value : "";
    }
}
