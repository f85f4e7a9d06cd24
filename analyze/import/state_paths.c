/* Steps that the names of files tell: step-100.pt, step-200.pt. */
#include "analyze/import/state_dicts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_RUNS = 64, MOST_DIGITS = 12 };

/* The runs of digits of a name. */
typedef struct runs {
    size_t count;
    const char *at[MOST_RUNS];
    size_t length[MOST_RUNS];
} runs;

static void
find_runs(const char *name, runs *r)
{
    r->count = 0;
    while (r->count < MOST_RUNS && (name = strpbrk(name, "0123456789"))) {
        r->at[r->count] = name;
        r->length[r->count] = strspn(name, "0123456789");
        name += r->length[r->count++];
    }
}

/* Where a name ends that numbers may tell apart: a folder's, where the file's own name
 * has none (step1000/model.safetensors, step2000/pytorch_model.bin). */
static const char *
end_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && !strpbrk(slash, "0123456789") ? slash : path + strlen(path);
}

/* Whether two names are the same but for the digits of their numbers. */
static bool
is_like(const char *a, const char *b)
{
    const char *end_a = end_of(a), *end_b = end_of(b);
    while (a < end_a && b < end_b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a += strspn(a, "0123456789");
            b += strspn(b, "0123456789");
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return a == end_a && b == end_b;
}

static bool
is_after(const char *name, const char *at, const char *word)
{
    size_t length = strlen(word);
    while (at > name && strchr("-_= ", at[-1]))
        at--;
    if (at > name && (at[-1] == 's' || at[-1] == 'S') && length > 0)
        at--; /* steps */
    return (size_t)(at - name) >= length && strncasecmp(at - length, word, length) == 0;
}

/* After which word a number stands, the most telling first; 0 after none. */
static int
rank_of(const char *name, const char *at)
{
    static const char *const words[] = {"epoch", "iter", "iteration", "step"};
    for (int i = (int)(sizeof words / sizeof *words); i-- > 0;)
        if (is_after(name, at, words[i]))
            return i + 1;
    return 0;
}

/* "5000", or "5k". */
static bool
to_step(const char *at, size_t length, int64_t *step)
{
    if (length > MOST_DIGITS)
        return false;
    *step = strtoll(at, NULL, 10);
    if (at[length] == 'k' && !isalnum((unsigned char)at[length + 1]))
        *step *= 1000;
    return true;
}

/* Whether number i is not the same in all names. */
static bool
differs(const gsc_state_dicts *s, size_t number)
{
    runs first, other;
    find_runs(s->items[0].path, &first);
    for (size_t i = 1; i < s->count; i++) {
        find_runs(s->items[i].path, &other);
        if (other.length[number] != first.length[number] ||
            strncmp(other.at[number], first.at[number], first.length[number]) != 0)
            return true;
    }
    return false;
}

/* The number that tells the step: the only one that differs, or of several the one
 * after the word that tells it best. A lone file has none but after such a word. */
static bool
choose_number(const gsc_state_dicts *s, size_t *chosen)
{
    runs first;
    const char *path = s->items[0].path, *slash = strrchr(path, '/');
    int best = -1;
    size_t num_best = 0;
    find_runs(path, &first);
    for (size_t i = 0; i < first.count; i++) {
        int now = rank_of(path, first.at[i]);
        if (s->count > 1 ? !differs(s, i) : now == 0 || (slash && first.at[i] < slash))
            continue;
        num_best = now > best ? 1 : num_best + (now == best);
        if (now > best)
            *chosen = i;
        best = now > best ? now : best;
    }
    return num_best == 1;
}

bool
gsc_state_dicts_steps_of_names(gsc_state_dicts *s)
{
    runs r;
    size_t chosen = 0;
    for (size_t i = 1; i < s->count; i++)
        if (!is_like(s->items[i].path, s->items[0].path))
            return false;
    if (!choose_number(s, &chosen))
        return false;
    for (size_t i = 0; i < s->count; i++) {
        find_runs(s->items[i].path, &r);
        if (!to_step(r.at[chosen], r.length[chosen], &s->items[i].step))
            return false;
    }
    s->told = "the names of the files";
    return true;
}
