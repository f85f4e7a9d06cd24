/* Which options of a configuration nobody told. */
#include "grokscope/config.h"

#include "grokscope/error.h"

#include <stdio.h>
#include <string.h>

/* The name with a blank before and after it, where it stands in the list; or NULL. */
static char *
find(const gsc_config *config, const char *name)
{
    char word[GSC_NAME_BYTES + 2];
    snprintf(word, sizeof word, " %s ", name);
    for (char *at = word; *at; at++)
        if (*at == '-')
            *at = '_';
    return strstr((char *)(uintptr_t)config->not_known, word);
}

bool
gsc_config_is_known(const gsc_config *config, const char *name)
{
    return !find(config, name);
}

void
gsc_config_know(gsc_config *config, const char *name)
{
    char *at = find(config, name);
    if (at)
        memmove(at, at + strlen(name) + 1, strlen(at + strlen(name) + 1) + 1);
    if (strcmp(config->not_known, " ") == 0)
        config->not_known[0] = '\0';
}

/* A list that is cut off would say that the rest is known. */
int
gsc_config_forget(gsc_config *config, const char *name)
{
    const char *begin = config->not_known[0] == '\0' ? " " : "";
    size_t length = strlen(config->not_known);
    size_t added = strlen(begin) + strlen(name) + 1;
    if (find(config, name))
        return 0;
    if (length + added >= GSC_NOT_KNOWN_BYTES)
        return gsc_fail(GSC_EARGUMENT,
                        "not_known: the names of the options that nobody told take "
                        "more than %d bytes with '%s'; tell some of them",
                        GSC_NOT_KNOWN_BYTES - 1, name);
    snprintf(config->not_known + length, GSC_NOT_KNOWN_BYTES - length, "%s%s ", begin,
             name);
    return 0;
}
