/* At which steps to save. */
#include "train/run/schedule.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_A_DECADE = 10000 };

/* The text after "name:", or NULL. */
static const char *
after(const char *text, const char *name)
{
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == ':' ? text + length + 1
                                                                   : NULL;
}

static int
check_number(const char *text, const char *number, int64_t most)
{
    int64_t value;
    if (gsc_text_to_integer(number, &value) < 0 || value < 1)
        return gsc_fail(GSC_EARGUMENT, "checkpoints: '%s': '%s' is no number above 0",
                        text, number);
    if (value > most)
        return gsc_fail(GSC_EARGUMENT, "checkpoints: '%s': more than %lld", text,
                        (long long)most);
    return 0;
}

static int
check_list(const char *text, const char *list)
{
    for (const char *at = list;; at++) {
        char *end;
        errno = 0;
        long long step = strtoll(at, &end, 10);
        if (end == at || errno != 0 || step < 0 || (*end != ',' && *end != '\0'))
            return gsc_fail(GSC_EARGUMENT,
                            "checkpoints: '%s': '%s' does not begin with a step", text,
                            at);
        if (*end == '\0')
            return 0;
        at = end;
    }
}

int
gsc_schedule_check(const char *text)
{
    const char *rest;
    if ((rest = after(text, "linear")))
        return check_number(text, rest, INT64_MAX);
    if ((rest = after(text, "log")))
        return check_number(text, rest, MOST_A_DECADE);
    if ((rest = after(text, "list")))
        return check_list(text, rest);
    return gsc_fail(GSC_EARGUMENT,
                    "checkpoints: '%s' is none of linear:N, log:N, list:N,N,…", text);
}

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

bool
gsc_schedule_due(const char *text, int64_t step)
{
    const char *rest;
    if (step == 0)
        return true;
    if ((rest = after(text, "linear")))
        return step % strtoll(rest, NULL, 10) == 0;
    if ((rest = after(text, "log")))
        return due_by_log(strtoll(rest, NULL, 10), step);
    rest = after(text, "list");
    while (rest && *rest) {
        char *end;
        if (strtoll(rest, &end, 10) == step)
            return true;
        rest = *end == ',' ? end + 1 : NULL;
    }
    return false;
}
