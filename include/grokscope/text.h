/* Growing text, and numbers as text. */
#ifndef GROKSCOPE_TEXT_H
#define GROKSCOPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Text that grows as it is added to. Zeroed is empty and valid; a failed addition
 * (no memory) leaves what was there. */
typedef struct gsc_text {
    char *data;      /* NUL-terminated once anything was added, NULL before */
    size_t length;   /* bytes, without the NUL */
    size_t capacity; /* bytes allocated */
} gsc_text;

/* Release it; what is freed is empty and may be added to. */
void gsc_text_free(gsc_text *text);

/* Add in printf form. */
int gsc_text_add(gsc_text *text, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Whether `end` is the last of `text`, or all of it. */
bool gsc_text_ends_with(const char *text, const char *end);

/* The bytes of the UTF-8 letter that `text` begins with, and its code point; 0 where it
 * begins with none. Reads no byte behind a NUL. */
size_t gsc_text_letter(const char *text, uint32_t *code);

/* Whether all of it is UTF-8 (RFC 3629). */
bool gsc_text_is_utf8(const char *text);

/* Room for an escaped letter. */
enum { GSC_ESCAPE_BYTES = 17 /* four bytes as \xNN, and a NUL */ };

/* The letter at `letter` (not its NUL) in a form that harms no line, cell or terminal.
 * A tab, a line feed, a carriage return and a backslash become \t, \n, \r and \\. Each
 * byte of these becomes \x and two hexadecimal digits: control characters (C0, DEL,
 * C1), line and paragraph separators (U+2028, U+2029), what turns the direction of
 * writing (Unicode's Bidi_Control), and what is no UTF-8. All else stays. The bytes can
 * be had back: Python's codecs.escape_decode and the shell's $'...' read this form.
 * Returns the bytes that the letter takes; allocates nothing. */
size_t gsc_text_escape(const char *letter, char shown[GSC_ESCAPE_BYTES]);

/* Whether escaping leaves all of it as it is, backslashes aside. */
bool gsc_text_is_plain(const char *text);

/* Add all of `string` in that form. */
int gsc_text_add_escaped(gsc_text *text, const char *string);

/* Add it as a cell of a table that has one row a line and tabs between its cells: in
 * that form, and '"' as \x22, since many readers take cells in quotes for another form.
 */
int gsc_text_add_cell(gsc_text *text, const char *string);

/* Add `string` as a JSON string, with quotes and escapes, \u00NN or \u20NN for what
 * that form escapes; bytes that are no UTF-8 become U+FFFD. */
int gsc_text_add_json(gsc_text *text, const char *string);

/* Room for a number. */
enum { GSC_NUMBER_BYTES = 40 /* of any number as text, with its NUL */ };

/* The shortest decimal that reads back as `value` ("0.98", "1e-08", "nan", "inf"). */
void gsc_text_from_real(char text[GSC_NUMBER_BYTES], double value);

/* Numbers read to the end of the string; GSC_EARGUMENT otherwise. */
int gsc_text_to_real(const char *text, double *value);
int gsc_text_to_integer(const char *text, int64_t *value);

/* The numbers of a list with commas between, none of them NaN; none of "".
 * GSC_EARGUMENT otherwise, and where there are more than `most`. */
int gsc_text_to_reals(const char *list, double *values, size_t most, size_t *count);

/* The candidate that `text` is a slip of, or NULL: what an error suggests. A slip is at
 * most one edit in four letters (a letter added, left out or changed, or two neighbours
 * swapped), or the beginning, of four letters or more, of only one candidate. '-' and
 * '_' count as equal, and so do capitals and small letters. */
const char *gsc_text_nearest(const char *text, const char *const *candidates,
                             size_t count);

/* Whether a name is that of one of the shell patterns with blanks between, as in
 * "embed.* blocks.*.W_in". */
bool gsc_text_matches(const char *name, const char *patterns);

/* Take the first pattern of a list with blanks between them into `pattern` [size], cut
 * to what has room. What follows it, or NULL where the list has no more. */
const char *gsc_text_next_pattern(const char *patterns, char *pattern, size_t size);

/* Judge a file before anything of it is opened or read: GSC_EFORMAT where it is not
 * there, no regular file (the message says what it is) or longer than `most` bytes.
 * A pipe or a device, of which *bytes is 0, passes where `most` is at most 64 MiB. */
int gsc_text_judge_file(const char *path, size_t most, size_t *bytes);

/* Read a whole file, once it is judged so; the caller frees *data, which carries a NUL
 * after its end. GSC_EFORMAT where there is none or it is longer than `most` bytes,
 * GSC_EIO where the system refuses for now (a read error, too many open files). */
int gsc_text_read_file(const char *path, size_t most, char **data, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
