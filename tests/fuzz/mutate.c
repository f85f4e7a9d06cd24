/* Changes of a JSON text that leave it one. */
#include "fuzz.h"

#include <string.h>

static const char *const values[] = {
    "0",
    "1",
    "-1",
    "2",
    "7",
    "0.5",
    "1e999",
    "-1e300",
    "1e-320",
    "65535",
    "65536",
    "2147483648",
    "4294967296",
    "1000000000",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "null",
    "true",
    "\"\"",
    "\"x\"",
    "\"none\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"all\"",
    "[]",
    "{}",
    "[0]",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "{\"a\":{\"a\":{\"a\":[1,2,{\"a\":null}]}}}",
    "\"F32\"",
    "\"BF16\"",
    "123456789012345678901234567890",
};

/* The end of the value that begins at `at`. */
static size_t
end_of(const uint8_t *text, size_t length, size_t at)
{
    size_t depth = 0, start = at;
    bool quoted = false;
    for (; at < length; at++) {
        uint8_t c = text[at];
        if (quoted) {
            at += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at;
            depth--;
        }
        bool ends = depth == 0 && !quoted;
        if (ends && strchr("}]\"", c) && c)
            return at + 1 < length ? at + 1 : length;
        if (ends && (c == ',' || c == ':') && at > start)
            return at;
    }
    return length;
}

/* Where some value begins: after a bracket, a comma or a colon. */
static size_t
find_value(const uint8_t *text, size_t length, fuzz_rng *rng)
{
    size_t at = fuzz_below(rng, length);
    for (size_t i = 0; i < length; i++, at = (at + 1) % length)
        if (text[at] && strchr("[{,:", text[at])) {
            do
                at++;
            while (at < length && strchr(" \n\t", text[at]) && text[at]);
            return at;
        }
    return at;
}

/* Put `bytes` in place of text[from … to). */
static size_t
splice(uint8_t *text, size_t length, size_t most, size_t from, size_t to,
       const void *bytes, size_t count)
{
    if (from > to || to > length || length - (to - from) + count > most)
        return length;
    memmove(text + from + count, text + to, length - to);
    if (count > 0)
        memcpy(text + from, bytes, count);
    return length - (to - from) + count;
}

size_t
fuzz_mutate_json(uint8_t *text, size_t length, size_t most, fuzz_rng *rng)
{
    uint8_t copy[4096];
    size_t from = length > 0 ? find_value(text, length, rng) : 0;
    size_t to = end_of(text, length, from);
    size_t other = length > 0 ? find_value(text, length, rng) : 0;
    size_t count = end_of(text, length, other) - (other < length ? other : length);
    const char *value = values[fuzz_below(rng, sizeof values / sizeof *values)];
    if (count >= sizeof copy)
        count = sizeof copy - 1;
    if (count > 0)
        memcpy(copy, text + other, count);
    switch (fuzz_below(rng, 6)) {
    case 0: /* without it */
        return splice(text, length, most, from, to < length ? to + 1 : to, NULL, 0);
    case 1: /* another one of the text instead */
        return splice(text, length, most, from, to, copy, count);
    case 2: /* another one before it */
        copy[count++] = ',';
        return splice(text, length, most, from, from, copy, count);
    default:
        return splice(text, length, most, from, to, value, strlen(value));
    }
}
