/* Command lines that make something again, as a shell reads them. */
#include "analyze/tool/command.h"

#include "grokscope/config.h"
#include "grokscope/error.h"

#include <string.h>

/* $'...' of the shell has the escapes of gsc_text_escape, and \'. */
static int
add_escaped_word(const char *word, gsc_text *text)
{
    int status = 0;
    char shown[GSC_ESCAPE_BYTES];
    GSC_TRY(gsc_text_add(text, " $'"));
    while (*word) {
        word += gsc_text_escape(word, shown);
        GSC_TRY(gsc_text_add(text, "%s%s", *shown == '\'' ? "\\" : "", shown));
    }
    GSC_TRY(gsc_text_add(text, "'"));
out:
    return status;
}

int
gsc_command_add_word(const char *word, gsc_text *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=./,:@%";
    int status = 0;
    if (*word && word[strspn(word, plain)] == '\0')
        return gsc_text_add(text, " %s", word);
    if (!gsc_text_is_plain(word))
        return add_escaped_word(word, text);
    GSC_TRY(gsc_text_add(text, " '"));
    for (; *word; word++)
        GSC_TRY(gsc_text_add(text, *word == '\'' ? "'\\''" : "%c", *word));
    GSC_TRY(gsc_text_add(text, "'"));
out:
    return status;
}

static int
add_option(const gsc_option *key, const void *value, gsc_text *text)
{
    int status = 0;
    gsc_text word = {0};
    GSC_TRY(gsc_text_add(&word, "%s", ""));
    GSC_TRY(gsc_options_add_value(key, value, &word));
    if (strcmp(word.data, key->fallback) == 0)
        goto out;
    GSC_TRY(gsc_text_add(text, " "));
    GSC_TRY(gsc_options_add_name(key->name, text));
    GSC_TRY(gsc_command_add_word(word.data, text));
out:
    gsc_text_free(&word);
    return status;
}

int
gsc_command_add_training(const char *config, gsc_text *text)
{
    int status = 0;
    gsc_config own = {.registry = &gsc_builtin_registry};
    gsc_options keys[GSC_CONFIG_SETS];
    GSC_TRY(gsc_config_from_json(&own, config));
    gsc_config_options(&own, keys);
    GSC_TRY(gsc_text_add(text, "grokscope-train"));
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < keys[s].num_rows; i++) {
            const gsc_option *key = &keys[s].rows[i];
            if (!gsc_config_is_known(&own, key->name))
                continue;
            GSC_TRY(add_option(key, (char *)keys[s].values + key->offset, text));
        }
    GSC_TRY(gsc_text_add(text, " --out DIR"));
    if (own.not_known[0] != '\0')
        GSC_TRY(gsc_text_add(text, " # not known:%s", own.not_known));
out:
    return status;
}
