/* The options of grokscope-sweep that are its own. */
#ifndef GSC_SWEEP_OPTIONS_H
#define GSC_SWEEP_OPTIONS_H

#include "grokscope/options.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct gsc_sweep_options {
    char out[GSC_OPTION_TEXT_BYTES], vary[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    char time_limit[GSC_OPTION_TEXT_BYTES], by[GSC_OPTION_TEXT_BYTES];
    char at[GSC_OPTION_TEXT_BYTES];
    int64_t draws, draw_seed, jobs, threads, keep, part, parts, event, format;
    double accuracy, effect;
    bool curve, earliest, force;
} gsc_sweep_options;

enum { GSC_SWEEP_KEEP_FINAL, GSC_SWEEP_KEEP_ALL };

/* The column of collect that an event is. */
extern const char *const gsc_sweep_event_columns[];

/* The table of them, over `options`. */
gsc_options gsc_sweep_options_over(gsc_sweep_options *options);

#endif
