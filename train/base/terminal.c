/* How wide the screen is that a program writes to. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ is of no standard */
#include "train/base/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>

enum { NARROWEST = 20, USUAL = 80, WIDEST = 10000 };

size_t
gsc_terminal_width(int descriptor)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
#ifdef TIOCGWINSZ
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        width = size.ws_col;
#endif
    if (width <= 0 || width > WIDEST)
        return USUAL;
    return width < NARROWEST ? NARROWEST : (size_t)width;
}
