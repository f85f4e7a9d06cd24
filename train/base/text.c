/* Growing text, and numbers as text. */
#include "grokscope/text.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <fnmatch.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
gsc_text_free(gsc_text *text)
{
    free(text->data);
    *text = (gsc_text){0};
}

static int
reserve(gsc_text *text, size_t extra)
{
    size_t needed = text->length + extra + 1;
    if (needed <= text->capacity)
        return 0;
    size_t capacity = needed + needed / 2 + 64;
    char *data = gsc_new(capacity, 1);
    if (!data)
        return GSC_EMEMORY;
    if (text->length > 0)
        memcpy(data, text->data, text->length);
    free(text->data);
    text->data = data;
    text->capacity = capacity;
    return 0;
}

int
gsc_text_add(gsc_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return gsc_fail(GSC_EMEMORY, "a text of more than %d bytes", INT_MAX);
    if (reserve(text, (size_t)length) < 0)
        return GSC_EMEMORY;
    va_start(arguments, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
    return 0;
}

bool
gsc_text_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

void
gsc_text_from_real(char text[GSC_NUMBER_BYTES], double value)
{
    if (isnan(value)) { /* without the sign that printf shows */
        snprintf(text, GSC_NUMBER_BYTES, "nan");
        return;
    }
    /* What up to DBL_DIG digits tell apart is printed with these alone: %g leaves the
     * zeros after them out. Numbers below the normal range have fewer digits. */
    int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
    for (;; digits++) {
        snprintf(text, GSC_NUMBER_BYTES, "%.*g", digits, value);
        if (digits == DBL_DECIMAL_DIG || strtod(text, NULL) == value)
            break;
    }
}

int
gsc_text_to_real(const char *text, double *value)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (end == text || *end != '\0')
        return gsc_fail(GSC_EARGUMENT, "'%s' is not a number", text);
    if (errno == ERANGE && fabs(number) > 1)
        return gsc_fail(GSC_EARGUMENT, "'%s' is too large for a number", text);
    *value = number;
    return 0;
}

int
gsc_text_to_reals(const char *list, double *values, size_t most, size_t *count)
{
    *count = 0;
    for (const char *at = list; *at;) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || (*end && *end != ',') || isnan(value))
            return gsc_fail(GSC_EARGUMENT,
                            "'%s' is no list of numbers with commas between", list);
        if (*count == most)
            return gsc_fail(GSC_EARGUMENT, "'%s' has more than %zu numbers", list,
                            most);
        values[(*count)++] = value;
        at = *end ? end + 1 : end;
    }
    return 0;
}

int
gsc_text_to_integer(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
        return gsc_fail(GSC_EARGUMENT, "'%s' is not a whole number", text);
    if (errno == ERANGE)
        return gsc_fail(GSC_EARGUMENT, "'%s' is too large for a whole number", text);
    *value = number;
    return 0;
}

/* A letter as names are compared: small, and '-' as '_'. */
static char
plain_letter(char letter)
{
    return letter == '-' ? '_' : (char)tolower((unsigned char)letter);
}

static bool
same_letter(char a, char b)
{
    return plain_letter(a) == plain_letter(b);
}

/* Strings of so many letters are not compared. */
enum { FAR_APART = 64 };

/* The edits that make b of a: a letter added, left out or changed, or two neighbours
 * swapped (optimal string alignment: Damerau 1964, without edits inside a swap). */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), rows[3][FAR_APART];
    if (n >= FAR_APART || m >= FAR_APART)
        return FAR_APART;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
        const size_t *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t least = (row[j - 1] < above[j] ? row[j - 1] : above[j]) + 1;
            size_t change = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            least = change < least ? change : least;
            bool swapped = i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                           same_letter(a[i - 2], b[j - 1]);
            if (swapped && second[j - 2] + 1 < least)
                least = second[j - 2] + 1;
            row[j] = least;
        }
    }
    return rows[n % 3][m];
}

/* How many edits are still a slip: one in a short word, one in four letters of a long
 * one. In a word of up to five letters the first one has to be right: `silu` and `selu`
 * are not slips of `relu`. */
static size_t
most_edits(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), longer = n > m ? n : m;
    bool swapped = n > 1 && m > 1 && same_letter(a[0], b[1]) && same_letter(a[1], b[0]);
    if (longer <= 5 && !same_letter(a[0], b[0]) && !swapped)
        return 0;
    return longer <= 2 ? 0 : (longer + 1) / 4;
}

/* Whether it is the beginning of a longer name. */
static bool
is_beginning(const char *text, const char *name)
{
    while (*text && same_letter(*text, *name))
        text++, name++;
    return *text == '\0';
}

/* The one name that begins so; NULL where there are none or several. */
static const char *
find_longer(const char *text, const char *const *candidates, size_t count)
{
    const char *found = NULL;
    for (size_t i = 0; strlen(text) >= 4 && i < count; i++)
        if (is_beginning(text, candidates[i])) {
            if (found)
                return NULL;
            found = candidates[i];
        }
    return found;
}

const char *
gsc_text_next_pattern(const char *patterns, char *pattern, size_t size)
{
    patterns += strspn(patterns, " \t");
    size_t length = strcspn(patterns, " \t");
    if (length == 0)
        return NULL;
    snprintf(pattern, size, "%.*s", (int)length, patterns);
    return patterns + length;
}

bool
gsc_text_matches(const char *name, const char *patterns)
{
    char pattern[1024];
    while ((patterns = gsc_text_next_pattern(patterns, pattern, sizeof pattern)))
        if (fnmatch(pattern, name, 0) == 0)
            return true;
    return false;
}

const char *
gsc_text_nearest(const char *text, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t least = FAR_APART;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(text, candidates[i]);
        if (distance < least && distance <= most_edits(text, candidates[i])) {
            least = distance;
            nearest = candidates[i];
        }
    }
    return nearest ? nearest : find_longer(text, candidates, count);
}

/* Text of a person may come through a pipe; what is larger is a file. */
enum { MOST_PIPED = 64 << 20 };

int
gsc_text_judge_file(const char *path, size_t most, size_t *bytes)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return gsc_file_fail_reading(path, errno);
    const char *kind = S_ISDIR(info.st_mode)    ? "a folder"
                       : S_ISFIFO(info.st_mode) ? "a pipe"
                       : S_ISCHR(info.st_mode)  ? "a device"
                       : S_ISBLK(info.st_mode)  ? "a block device"
                       : S_ISSOCK(info.st_mode) ? "a socket"
                                                : NULL;
    bool flows = S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode);
    if (kind && !(flows && most <= MOST_PIPED))
        return gsc_fail(GSC_EFORMAT, "%s: is %s, expected a file", path, kind);
    if (!kind && (uintmax_t)info.st_size > most)
        return gsc_fail(GSC_EFORMAT, "%s: has %lld bytes, expected at most %zu", path,
                        (long long)info.st_size, most);
    *bytes = kind ? 0 : (size_t)info.st_size;
    return 0;
}

int
gsc_text_read_file(const char *path, size_t most, char **out_data, size_t *length)
{
    int status = 0;
    char *data = NULL;
    size_t room, used = 0;
    FILE *file = NULL;
    *out_data = NULL;
    GSC_TRY(gsc_text_judge_file(path, most, &room));
    room = room > 0 ? room + 1 : 4096;
    file = fopen(path, "rb");
    if (!file)
        return gsc_file_fail_reading(path, errno);
    GSC_NEW(data, room + 1);
    for (size_t got; (got = fread(data + used, 1, room - used, file)) > 0;) {
        used += got;
        if (used > most) {
            status = gsc_fail(GSC_EFORMAT, "%s: longer than %zu bytes", path, most);
            goto out;
        }
        if (used == room) {
            char *more;
            GSC_NEW(more, 2 * room + 1);
            memcpy(more, data, used);
            free(data);
            data = more;
            room *= 2;
        }
    }
    if (ferror(file)) {
        status = gsc_file_fail_reading(path, errno);
        goto out;
    }
    data[used] = '\0';
    *out_data = data;
    *length = used;
    data = NULL;
out:
    free(data);
    if (file)
        fclose(file);
    return status;
}
