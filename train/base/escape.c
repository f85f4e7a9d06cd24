/* Text from outside in the forms that lines, terminals and JSON can hold. */
#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/base/message.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 letter at c, 0 where there is none. */
static size_t
letter_bytes(const char *c)
{
    const unsigned char *u = (const unsigned char *)c;
    size_t bytes = u[0] < 0x80                    ? 1
                   : u[0] >= 0xc2 && u[0] <= 0xdf ? 2
                   : u[0] >= 0xe0 && u[0] <= 0xef ? 3
                   : u[0] >= 0xf0 && u[0] <= 0xf4 ? 4
                                                  : 0;
    for (size_t i = 1; i < bytes; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xf0 && u[1] < 0x90);
    bool surrogate = u[0] == 0xed && u[1] > 0x9f;
    return overlong || surrogate || (u[0] == 0xf4 && u[1] > 0x8f) ? 0 : bytes;
}

/* The code point of a letter. */
static uint32_t
code_point(const char *letter, size_t bytes)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0xf, 7};
    const unsigned char *u = (const unsigned char *)letter;
    uint32_t code = u[0] & lead[bytes];
    for (size_t i = 1; i < bytes; i++)
        code = code << 6 | (u[i] & 0x3fu);
    return code;
}

size_t
gsc_text_letter(const char *text, uint32_t *code)
{
    size_t bytes = letter_bytes(text);
    *code = code_point(text, bytes);
    return bytes;
}

/* Whether a terminal or a reader of lines does something with it but show it. */
static bool
is_control(uint32_t code)
{
    bool c0_or_c1 = (code > 0 && code < 0x20) || (code >= 0x7f && code < 0xa0);
    bool separator = code == 0x2028 || code == 0x2029;
    bool bidi = code == 0x61c || code == 0x200e || code == 0x200f ||
                (code >= 0x202a && code <= 0x202e) ||
                (code >= 0x2066 && code <= 0x2069);
    return c0_or_c1 || separator || bidi;
}

bool
gsc_text_is_utf8(const char *text)
{
    for (size_t bytes; *text; text += bytes)
        if ((bytes = letter_bytes(text)) == 0)
            return false;
    return true;
}

size_t
gsc_text_escape(const char *letter, char shown[GSC_ESCAPE_BYTES])
{
    static const char with_names[] = "\t\n\r\\", names[] = "tnr\\";
    const char *named = strchr(with_names, *letter);
    size_t bytes = letter_bytes(letter);
    bool plain = bytes > 0 && !is_control(code_point(letter, bytes));
    bytes = bytes > 0 ? bytes : 1;
    if (named) {
        snprintf(shown, GSC_ESCAPE_BYTES, "\\%c", names[named - with_names]);
        return 1;
    }
    if (plain) {
        memcpy(shown, letter, bytes);
        shown[bytes] = '\0';
        return bytes;
    }
    for (size_t i = 0; i < bytes; i++)
        snprintf(shown + 4 * i, GSC_ESCAPE_BYTES - 4 * i, "\\x%02x",
                 (unsigned)(unsigned char)letter[i]);
    return bytes;
}

bool
gsc_text_is_plain(const char *text)
{
    for (size_t bytes; *text; text += bytes)
        if ((bytes = letter_bytes(text)) == 0 || is_control(code_point(text, bytes)))
            return false;
    return true;
}

/* Bytes of ASCII at the beginning that no form escapes: most names are nothing else. */
static size_t
count_plain(const char *text)
{
    size_t count = 0;
    while (text[count] >= ' ' && text[count] < 0x7f && !strchr("\"\\", text[count]))
        count++;
    return count;
}

static int
add_escaped(gsc_text *text, const char *string, const char *quote)
{
    int status = 0;
    char shown[GSC_ESCAPE_BYTES];
    for (;;) {
        size_t plain = count_plain(string);
        GSC_TRY(gsc_text_add(text, "%.*s", (int)plain, string));
        string += plain;
        if (*string == '\0')
            break;
        bool quotes = *string == '"';
        string += gsc_text_escape(string, shown);
        GSC_TRY(gsc_text_add(text, "%s", quotes ? quote : shown));
    }
out:
    return status;
}

int
gsc_text_add_escaped(gsc_text *text, const char *string)
{
    return add_escaped(text, string, "\"");
}

int
gsc_text_add_cell(gsc_text *text, const char *string)
{
    return add_escaped(text, string, "\\x22");
}

int
gsc_text_add_json(gsc_text *text, const char *string)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "\""));
    for (const char *c = string; *c;) {
        size_t bytes = letter_bytes(c);
        unsigned code = code_point(c, bytes);
        if (bytes == 0)
            GSC_TRY(gsc_text_add(text, "\\ufffd"));
        else if (*c == '"' || *c == '\\')
            GSC_TRY(gsc_text_add(text, "\\%c", *c));
        else if (is_control(code))
            GSC_TRY(gsc_text_add(text, "\\u%04x", code));
        else
            GSC_TRY(gsc_text_add(text, "%.*s", (int)bytes, c));
        c += bytes > 0 ? bytes : 1;
    }
    GSC_TRY(gsc_text_add(text, "\""));
out:
    return status;
}

/* A cut in the middle of a letter would be told as bytes that are no UTF-8. */
static void
drop_cut_letter(char *text)
{
    size_t length = strlen(text), begin = length;
    while (begin > 0 && length - begin < 3 && (text[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (begin > 0 && letter_bytes(text + begin - 1) == 0)
        text[begin - 1] = '\0';
}

/* The next letter as a message has it: see message.h. */
static size_t
escape_in_message(const char *letter, char shown[GSC_ESCAPE_BYTES])
{
    if (*letter != '\\' && strncmp(letter, "\n  ", 3) != 0)
        return gsc_text_escape(letter, shown);
    shown[0] = *letter;
    shown[1] = '\0';
    return 1;
}

void
gsc_message_format(char message[GSC_MESSAGE_BYTES], const char *format,
                   va_list arguments)
{
    char raw[GSC_MESSAGE_BYTES], shown[GSC_ESCAPE_BYTES];
    size_t used = 0;
    if (vsnprintf(raw, sizeof raw, format, arguments) >= GSC_MESSAGE_BYTES)
        drop_cut_letter(raw);
    for (const char *c = raw; *c;) {
        c += escape_in_message(c, shown);
        size_t length = strlen(shown);
        if (used + length >= GSC_MESSAGE_BYTES)
            break;
        memcpy(message + used, shown, length);
        used += length;
    }
    message[used] = '\0';
}

const char *
gsc_message_after(const char *message, const char *name)
{
    char shown[GSC_ESCAPE_BYTES];
    while (*name) {
        name += escape_in_message(name, shown);
        if (strncmp(message, shown, strlen(shown)) != 0)
            return NULL;
        message += strlen(shown);
    }
    return strncmp(message, ": ", 2) == 0 ? message + 2 : NULL;
}
