/* Time that passes. */
#ifndef GROKSCOPE_CLOCK_H
#define GROKSCOPE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds on a clock that only runs forward; differences mean something. */
double gsc_seconds(void);

#ifdef __cplusplus
}
#endif
#endif
