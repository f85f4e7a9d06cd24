/* What an option was set to in a run that is read. */
#include "analyze/tool/run_option.h"

#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_run_option(const char *config, const char *path, const char *name, gsc_text *value)
{
    int status = 0;
    void *at;
    char unknown[GSC_NOT_KNOWN_BYTES];
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config *own = NULL;
    GSC_NEW(own, 1);
    own->registry = &gsc_builtin_registry;
    GSC_TRY(gsc_config_from_file(own, config, unknown));
    gsc_config_options(own, sets);
    const gsc_option *option = gsc_options_find(sets, GSC_CONFIG_SETS, name, &at);
    if (!option)
        GSC_TRY(
            gsc_fail(GSC_EARGUMENT,
                     "by: %s has no option '%s'; grokscope-info shows those that it "
                     "has",
                     path, name));
    GSC_TRY(gsc_options_add_value(option, at, value));
out:
    free(own);
    return status;
}
