/* What every test includes: cmocka, and checks that show the library's message. */
#ifndef GSC_TEST_H
#define GSC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grokscope/error.h"

#include <math.h>
#include <string.h>

/* The call succeeds; its message is shown where it does not. */
#define assert_return_ok(call)                                             \
    do {                                                                   \
        int status_ = (call);                                              \
        if (status_ < 0)                                                   \
            fail_msg("%s: code %d: %s", #call, status_, gsc_error_text()); \
    } while (0)

/* Two doubles differ by `tolerance` at most (cmocka's own check is of floats). */
#define assert_close(a, b, tolerance)                                         \
    do {                                                                      \
        double a_ = (a), b_ = (b);                                            \
        if (!(fabs(a_ - b_) <= (tolerance)))                                  \
            fail_msg("%s = %.17g, %s = %.17g: not within %g", #a, a_, #b, b_, \
                     (double)(tolerance));                                    \
    } while (0)

/* The call fails with this code and a message that holds `words`. */
#define assert_fails(call, code, words)                                                \
    do {                                                                               \
        assert_int_equal((call), (code));                                              \
        if (!strstr(gsc_error_text(), (words)))                                        \
            fail_msg("%s: '%s' does not hold '%s'", #call, gsc_error_text(), (words)); \
    } while (0)

#endif
