/* At which steps to save. */
#include "train/run/schedule.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_A_DECADE = 10000, NUMBER_BYTES = 64 };

typedef enum kind { LINEAR, LOG, LIST, NUM_KINDS } kind;
static const char *const names[NUM_KINDS] = {"linear:", "log:", "list:"};

/* One schedule of a text: what follows its name, up to the next schedule or the end. */
typedef struct part {
    kind kind;
    const char *rest;
    size_t length;
} part;

/* Whether a schedule begins here; *of is NUM_KINDS where none does. */
static bool
begins(const char *text, kind *of)
{
    for (*of = 0; *of < NUM_KINDS; ++*of)
        if (strncmp(text, names[*of], strlen(names[*of])) == 0)
            return true;
    return false;
}

/* Take the next schedule of a text; a comma that another name follows ends it, so that
 * lists keep their commas. */
static bool
next_part(const char **text, part *p)
{
    kind other;
    if (!begins(*text, &p->kind))
        return false;
    const char *end = p->rest = *text + strlen(names[p->kind]);
    while (*end && !(*end == ',' && begins(end + 1, &other)))
        end++;
    p->length = (size_t)(end - p->rest);
    *text = *end ? end + 1 : end;
    return true;
}

/* ---- Mistakes ---- */

static int
check_number(const char *option, const char *text, const part *p)
{
    int64_t value;
    char number[NUMBER_BYTES];
    snprintf(number, sizeof number, "%.*s", (int)p->length, p->rest);
    if (gsc_text_to_integer(number, &value) < 0 || value < 1)
        return gsc_fail(GSC_EARGUMENT, "%s: '%s': '%s' is no number above 0", option,
                        text, number);
    if (p->kind == LOG && value > MOST_A_DECADE)
        return gsc_fail(GSC_EARGUMENT, "%s: '%s': more than %d", option, text,
                        MOST_A_DECADE);
    return 0;
}

static int
check_list(const char *option, const char *text, const part *p)
{
    const char *end_of_list = p->rest + p->length;
    for (const char *at = p->rest;; at++) {
        char *end;
        errno = 0;
        long long step = strtoll(at, &end, 10);
        if (end == at || errno != 0 || step < 0 || (*end != ',' && end != end_of_list))
            return gsc_fail(GSC_EARGUMENT,
                            "%s: '%s': '%.*s' does not begin with a step", option, text,
                            (int)(end_of_list - at), at);
        if (end == end_of_list)
            return 0;
        at = end;
    }
}

int
gsc_schedule_check(const char *option, const char *text)
{
    int status = 0;
    const char *rest = text;
    part p;
    do {
        if (!next_part(&rest, &p))
            return gsc_fail(GSC_EARGUMENT,
                            "%s: '%s' is none of linear:N, log:N, "
                            "list:N,N,…, nor several of them with commas between",
                            option, text);
        GSC_TRY(p.kind == LIST ? check_list(option, text, &p)
                               : check_number(option, text, &p));
    } while (*rest);
out:
    return status;
}

/* ---- Due steps ---- */

static bool
due_by_log(int64_t per_decade, int64_t step)
{
    if (step < 1)
        return false;
    double k = (double)per_decade;
    int64_t near = (int64_t)lround(k * log10((double)step));
    for (int64_t i = near - 1; i <= near + 1; i++)
        if (i >= 0 && llround(pow(10, (double)i / k)) == step)
            return true;
    return false;
}

static bool
due_by_list(const part *p, int64_t step)
{
    for (const char *at = p->rest; at < p->rest + p->length;) {
        char *end;
        if (strtoll(at, &end, 10) == step)
            return true;
        at = end + 1;
    }
    return false;
}

bool
gsc_schedule_due(const char *text, int64_t step)
{
    part p;
    bool due = step == 0;
    while (!due && next_part(&text, &p))
        due = p.kind == LINEAR ? step % strtoll(p.rest, NULL, 10) == 0
              : p.kind == LOG  ? due_by_log(strtoll(p.rest, NULL, 10), step)
                               : due_by_list(&p, step);
    return due;
}
