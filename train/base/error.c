/* The message of the last failure, one a thread. */
#include "grokscope/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 16384 }; /* room for one line for each tensor of a network */

static _Thread_local char message[MESSAGE_BYTES];

int
gsc_fail(int code, const char *format, ...)
{
    char text[MESSAGE_BYTES]; /* the arguments may point into the old message */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(message, text, sizeof text);
    return code;
}

int
gsc_fail_in(int code, const char *text)
{
    return gsc_fail(code, "%s: %s", text, message);
}

const char *
gsc_error_text(void)
{
    return message;
}

int
gsc_exit_code(int status)
{
    switch (status) {
    case GSC_EARGUMENT:
        return 2;
    case GSC_EFORMAT:
        return 3;
    default:
        return status < 0 ? 1 : 0;
    }
}
