/* How wide the screen is that a program writes to. */
#ifndef GSC_TERMINAL_H
#define GSC_TERMINAL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Letters in a line of the terminal that a descriptor is open on; where it is none,
 * what COLUMNS says, or 80. At least 20. */
size_t gsc_terminal_width(int descriptor);

#ifdef __cplusplus
}
#endif
#endif
