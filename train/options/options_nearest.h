/* What an error suggests where a name or a choice is unknown. */
#ifndef GSC_OPTIONS_NEAREST_H
#define GSC_OPTIONS_NEAREST_H

#include <stddef.h>

/* The one of `names` that the field calls `name` ("lr": learning_rate), else the one
 * that it is a slip of (gsc_text_nearest), else NULL. */
const char *gsc_options_nearest_of(const char *name, const char *const *names,
                                   size_t count);

#endif
