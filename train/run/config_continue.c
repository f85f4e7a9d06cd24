/* What a run that goes on has to keep of its configuration. */
#include "grokscope/config.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/run/own_files.h"

#include <string.h>

static bool
begins(const gsc_option *key, const char *prefix)
{
    return strncmp(key->name, prefix, strlen(prefix)) == 0;
}

static bool
is_of_stopping(const gsc_option *key)
{
    return begins(key, "stop_");
}

/* How far a run goes, and which of its steps are kept, changes none of its weights;
 * what files hold is compared when they are read. */
static bool
is_of_weights(const gsc_option *key)
{
    return !is_of_stopping(key) && !begins(key, "save_") && !gsc_is_own_file(key) &&
           strcmp(key->name, "steps") != 0 && strcmp(key->name, "checkpoints") != 0;
}

static bool
is_same(const gsc_option *key, const void *a, const void *b)
{
    switch (key->type) {
    case GSC_OPTION_TEXT:
    case GSC_OPTION_NAMES:
        return strcmp(a, b) == 0;
    case GSC_OPTION_BOOL:
    case GSC_OPTION_FLAG:
        return *(const bool *)a == *(const bool *)b;
    case GSC_OPTION_REAL:
        return *(const double *)a == *(const double *)b;
    default:
        return *(const int64_t *)a == *(const int64_t *)b;
    }
}

/* The first key that counts and has another value in each, with these, or NULL. */
static const gsc_option *
find_difference(gsc_config *a, gsc_config *b, bool (*counts)(const gsc_option *key),
                const void **in_a, const void **in_b)
{
    gsc_options of_a[GSC_CONFIG_SETS], of_b[GSC_CONFIG_SETS];
    gsc_config_options(a, of_a);
    gsc_config_options(b, of_b);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < of_a[s].num_rows; i++) {
            const gsc_option *key = &of_a[s].rows[i];
            *in_a = (const char *)of_a[s].values + key->offset;
            *in_b = (const char *)of_b[s].values + key->offset;
            if (counts(key) && !is_same(key, *in_a, *in_b))
                return key;
        }
    return NULL;
}

int
gsc_config_continues(const gsc_config *config, const gsc_config *before)
{
    int status = 0;
    gsc_config now = *config, then = *before;
    const void *wanted, *had;
    gsc_text a = {0}, b = {0};
    const gsc_option *key = find_difference(&now, &then, is_of_weights, &wanted, &had);
    if (!key)
        return 0;
    GSC_TRY(gsc_options_add_value(key, wanted, &a));
    GSC_TRY(gsc_options_add_value(key, had, &b));
    status =
        gsc_fail(GSC_EARGUMENT,
                 "%s: '%s', but the run began with '%s'; only steps, checkpoints, "
                 "stop_* and save_* may change; --fork goes on with other options in "
                 "another folder, --init-from takes over the weights alone",
                 key->name, a.length > 0 ? a.data : "", b.length > 0 ? b.data : "");
out:
    gsc_text_free(&a);
    gsc_text_free(&b);
    return status;
}

bool
gsc_config_stops_alike(const gsc_config *config, const gsc_config *before)
{
    gsc_config now = *config, then = *before;
    const void *a, *b;
    return !find_difference(&now, &then, is_of_stopping, &a, &b);
}
