/* Messages, as failures keep them and programs say them. */
#ifndef GSC_MESSAGE_H
#define GSC_MESSAGE_H

#include <stdarg.h>

enum { GSC_MESSAGE_BYTES = 16384 }; /* room for one line for each tensor of a network */

/* Write a message in printf form, cut where it is too long. It is escaped (text.h),
 * since the names in it may come from a hostile file; only backslashes stay, and line
 * feeds before two blanks. Backslashes, because messages are made of messages: what is
 * escaped once must not change again. Line feeds, because a list of tensors goes on in
 * lines of its own, which begin with two blanks; so whatever a name holds, no line of a
 * terminal begins with it. Arguments may point into `message`. Allocates nothing. */
void gsc_message_format(char message[GSC_MESSAGE_BYTES], const char *format,
                        va_list arguments);

/* What a message says after "name: "; NULL where it does not begin with that. */
const char *gsc_message_after(const char *message, const char *name);

#endif
