/* What an option was set to in a run that is read. */
#ifndef GSC_TOOL_RUN_OPTION_H
#define GSC_TOOL_RUN_OPTION_H

#include "grokscope/text.h"

/* Add the value of an option, as in a recipe, of the configuration of a checkpoint of
 * `path`. GSC_EARGUMENT where it has no such option, with a message that names both. */
int gsc_run_option(const char *config, const char *path, const char *name,
                   gsc_text *value);

#endif
