/* The message of the last failure, one a thread. */
#include "grokscope/error.h"

#include "train/base/message.h"

#include <stdarg.h>

static _Thread_local char message[GSC_MESSAGE_BYTES];

int
gsc_fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gsc_message_format(message, format, arguments);
    va_end(arguments);
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
