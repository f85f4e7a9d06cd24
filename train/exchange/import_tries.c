/* What of a network nobody told, found by running it each way. */
#include "train/exchange/import_tries.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/external_config.h"
#include "train/exchange/import_questions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TRIES = 128, MOST_EXAMPLES = 1024, MOST_DOUBTED = 4, MOST_SHOWN = 8 };

/* How far the best way has to be above the next one. An activation that the network was
 * never trained with may do better than its own by some hundredths. */
#define MARGIN 0.2

/* What the network is read from, each time anew. */
typedef struct source {
    const gsc_external *file;
    const gsc_value *weights;
    const gsc_config *known;
    gsc_naming naming;
    const gsc_map *map;
    gsc_import_tries *tries;
    size_t num_ways; /* as many as the answers to what was open until now make */
    size_t num_open;
    struct {
        const char *name, *why;
    } open[GSC_MOST_ANSWERS]; /* what was asked in some way */
    size_t num_plain;         /* ways before anything else was doubted */
    gsc_import_try plain;     /* the best of these */
    int failure;              /* of a way that does not go, 0: none */
} source;

/* ---- One way ---- */

static int
set_answers(const gsc_import_try *t, gsc_config *config)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < t->num_answers; i++)
        status = gsc_import_answer(config, t->answers[i].name, t->answers[i].value);
    return status;
}

static int
add_try(source *s, const gsc_import_try *t, const gsc_import *im)
{
    gsc_import_tries *all = s->tries;
    int status = gsc_grow(&all->items, all->count, &all->room, sizeof *all->items);
    if (status < 0)
        return status;
    gsc_import_try *kept = &all->items[all->count];
    *kept = *t;
    status = gsc_import_sample(im, MOST_EXAMPLES, &all->num_examples, &kept->accuracy,
                               &kept->loss);
    if (status == 0)
        all->count++;
    return status;
}

static int
run(source *s, const gsc_import_try *t, gsc_import_question *question)
{
    gsc_import im;
    gsc_config config = *s->known;
    question->name = NULL;
    int status = set_answers(t, &config);
    if (status < 0)
        return status;
    status = gsc_import_init(&im, s->file, s->weights, &config, s->naming, s->map);
    if (status < 0) {
        *question = im.question;
        return status;
    }
    status = add_try(s, t, &im);
    gsc_import_free(&im);
    return status;
}

/* ---- All ways ---- */

static int try_all(source *s, gsc_import_try *t);

static size_t
count_choices(const char *choices)
{
    size_t count = 1;
    for (; *choices; choices++)
        count += *choices == ',';
    return count;
}

/* What is open is the same on all ways, or nearly so. */
static void
note_open(source *s, const gsc_import_question *question)
{
    for (size_t i = 0; i < s->num_open; i++)
        if (strcmp(s->open[i].name, question->name) == 0)
            return;
    if (s->num_open < GSC_MOST_ANSWERS) {
        s->open[s->num_open].name = question->name;
        s->open[s->num_open++].why = question->why;
    }
    s->num_ways *= count_choices(question->choices);
}

static int
try_each(source *s, gsc_import_try *t, const gsc_import_question *question)
{
    int status = 0;
    gsc_import_answered *answer = &t->answers[t->num_answers];
    note_open(s, question);
    if (t->num_answers == GSC_MOST_ANSWERS || s->tries->count >= MOST_TRIES)
        return GSC_EARGUMENT;
    t->num_answers++;
    for (const char *word = question->choices; status == 0 && *word;) {
        size_t length = strcspn(word, ",");
        answer->name = question->name;
        snprintf(answer->value, sizeof answer->value, "%.*s", (int)length, word);
        status = try_all(s, t);
        word += length + (word[length] == ',');
    }
    t->num_answers--;
    return status;
}

/* A way that goes wrong is none: a division by what is not prime, say. */
static int
try_all(source *s, gsc_import_try *t)
{
    gsc_import_question question = {.name = NULL};
    if (s->tries->count > 0 && s->num_ways > MOST_TRIES)
        return 0; /* one of them told what is open */
    int status = run(s, t, &question);
    if (status == GSC_EARGUMENT && question.name)
        return try_each(s, t, &question);
    if ((status == GSC_EARGUMENT || status == GSC_EFORMAT) && t->num_answers > 0) {
        s->failure = status;
        return 0;
    }
    return status;
}

/* ---- Which is best ---- */

static bool
is_same(const gsc_import_try *a, const gsc_import_try *b)
{
    return a->accuracy == b->accuracy &&
           (a->loss == b->loss || fabs(a->loss - b->loss) <= 1e-9 * fabs(a->loss));
}

static bool
is_better(const gsc_import_try *a, const gsc_import_try *b)
{
    if (a->accuracy != b->accuracy)
        return a->accuracy > b->accuracy;
    return !is_same(a, b) && a->loss < b->loss;
}

/* The best first; of those that are the same the one that was tried first is kept. */
static void
sort(gsc_import_tries *all)
{
    size_t kept = 1;
    for (size_t i = 1; i < all->count; i++) {
        gsc_import_try t = all->items[i];
        size_t at = i;
        for (; at > 0 && is_better(&t, &all->items[at - 1]); at--)
            all->items[at] = all->items[at - 1];
        all->items[at] = t;
    }
    for (size_t i = 1; i < all->count; i++)
        if (!is_same(&all->items[i], &all->items[kept - 1]))
            all->items[kept++] = all->items[i];
    all->count = all->count > 0 ? kept : 0;
}

/* Whether the first way is clearly the best. */
static bool
is_clear(const gsc_import_tries *all)
{
    const gsc_import_try *best = &all->items[0];
    return all->count == 1 || (best->accuracy >= GSC_IMPORT_GOOD &&
                               best->accuracy - best[1].accuracy >= MARGIN);
}

/* ---- What is otherwise taken for granted ---- */

static int
doubt(source *s, const gsc_import_try *t, const char *name, const char *value)
{
    gsc_import_question question;
    gsc_import_try more = *t;
    if (gsc_config_is_known(s->known, name) || t->num_answers == GSC_MOST_ANSWERS)
        return 0;
    gsc_import_answered *answer = &more.answers[more.num_answers++];
    more.is_doubt = true;
    answer->name = name;
    snprintf(answer->value, sizeof answer->value, "%s", value);
    int status = run(s, &more, &question);
    return status == GSC_EMEMORY ? status : 0;
}

static const char *const of_transformers[] = {"attn_scale",
                                              "1",
                                              "normalization_type",
                                              "LNPre",
                                              "normalization_type",
                                              "RMSPre",
                                              "readout",
                                              "mean",
                                              NULL};
static const char *const of_stacks[] = {"residual", "yes", NULL};

/* Of the best ways so far. */
static int
doubt_all(source *s, gsc_family family)
{
    int status = 0;
    size_t count = s->tries->count < MOST_DOUBTED ? s->tries->count : MOST_DOUBTED;
    const char *const *doubts = family == GSC_FAMILY_TRANSFORMER ? of_transformers
                                : family == GSC_FAMILY_STACK     ? of_stacks
                                                                 : of_stacks + 2;
    for (size_t i = 0; i < count; i++)
        for (const char *const *d = doubts; d[0]; d += 2) {
            gsc_import_try t = s->tries->items[i]; /* the list grows */
            GSC_TRY(doubt(s, &t, d[0], d[1]));
        }
    sort(s->tries);
out:
    return status;
}

/* Whether another way answers well, though not clearly better. */
static bool
is_doubtful(const source *s)
{
    return s->tries->items[0].accuracy >= GSC_IMPORT_GOOD &&
           s->plain.accuracy < GSC_IMPORT_GOOD;
}

/* ---- All ---- */

int
gsc_import_try_add(const gsc_import_try *self, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < self->num_answers; i++) {
        GSC_TRY(gsc_text_add(text, i > 0 ? " --" : "--"));
        for (const char *at = self->answers[i].name; *at; at++)
            GSC_TRY(gsc_text_add(text, "%c", *at == '_' ? '-' : *at));
        GSC_TRY(gsc_text_add(text, " %s", self->answers[i].value));
    }
out:
    return status;
}

static const char *
value_of(const gsc_import_try *t, const char *name)
{
    for (size_t i = 0; i < t->num_answers; i++)
        if (strcmp(t->answers[i].name, name) == 0)
            return t->answers[i].value;
    return "";
}

/* Whether a way may as well be the right one. */
static bool
is_near(const gsc_import_tries *all, size_t k)
{
    return all->items[0].accuracy - all->items[k].accuracy < MARGIN;
}

/* What is not the same on all ways that are as good as the best. */
static int
add_open(const source *s, gsc_text *text)
{
    int status = 0;
    const gsc_import_tries *all = s->tries;
    for (size_t i = 0; i < s->num_open; i++) {
        const char *name = s->open[i].name, *why = s->open[i].why,
                   *value = value_of(&all->items[0], name);
        bool differs = s->num_ways > MOST_TRIES;
        for (size_t k = 1; k < all->count && is_near(all, k); k++)
            differs = differs || strcmp(value_of(&all->items[k], name), value) != 0;
        if (!differs)
            continue;
        GSC_TRY(gsc_text_add(text, text->length > 0 ? ", %s" : "%s", name));
        if (why)
            GSC_TRY(gsc_text_add(text, " (%s)", why));
    }
    const gsc_import_try *best = &all->items[0];
    for (size_t i = s->plain.num_answers; best->is_doubt && i < best->num_answers; i++)
        GSC_TRY(gsc_text_add(text, text->length > 0 ? ", %s" : "%s",
                             best->answers[i].name));
out:
    return status;
}

static int
add_ways(const gsc_import_tries *all, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < all->count && i < MOST_SHOWN; i++) {
        GSC_TRY(gsc_text_add(text, "\n  accuracy %.4g, loss %.3g: ",
                             all->items[i].accuracy, all->items[i].loss));
        GSC_TRY(gsc_import_try_add(&all->items[i], text));
    }
    if (all->count > MOST_SHOWN)
        GSC_TRY(gsc_text_add(text, "\n  …"));
out:
    return status;
}

/* Doubts that came to nothing. */
static void
drop_doubts(gsc_import_tries *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++)
        if (!all->items[i].is_doubt)
            all->items[kept++] = all->items[i];
    all->count = kept;
}

static int
refuse(const source *s)
{
    int status = 0;
    gsc_text names = {0}, ways = {0};
    if (s->tries->items[0].accuracy < GSC_IMPORT_GOOD)
        drop_doubts(s->tries);
    GSC_TRY(add_open(s, &names));
    if (s->num_ways > MOST_TRIES) {
        status = gsc_fail(GSC_EARGUMENT,
                          "%s: the tensors do not tell, and there are %zu ways; give "
                          "some of them as options or in a --config FILE",
                          names.data, s->num_ways);
        goto out;
    }
    GSC_TRY(add_ways(s->tries, &ways));
    status = gsc_fail(GSC_EARGUMENT,
                      "%s: the tensors do not tell, and answers to %zu examples do not "
                      "decide; give them as options or in a --config FILE:%s",
                      names.data, s->tries->num_examples, ways.data);
out:
    gsc_text_free(&names);
    gsc_text_free(&ways);
    return status;
}

static int
family_of(source *s, gsc_family *family)
{
    gsc_import im;
    gsc_config config = *s->known;
    int status = set_answers(&s->tries->items[0], &config);
    if (status < 0)
        return status;
    status = gsc_import_init(&im, s->file, s->weights, &config, s->naming, s->map);
    if (status < 0)
        return status;
    *family = im.named.family;
    gsc_import_free(&im);
    return 0;
}

static int
decide(source *s)
{
    int status = 0;
    gsc_family family;
    gsc_import_try none = {.num_answers = 0};
    GSC_TRY(try_all(s, &none));
    if (s->tries->count == 0)
        return s->failure; /* with the last one's message */
    if (s->num_ways > MOST_TRIES)
        return refuse(s);
    sort(s->tries);
    s->num_plain = s->tries->count;
    s->plain = s->tries->items[0];
    if (!(s->plain.accuracy >= GSC_IMPORT_GOOD) && gsc_import_is_of_pairs(s->known)) {
        GSC_TRY(family_of(s, &family));
        GSC_TRY(doubt_all(s, family));
    }
out:
    return status;
}

int
gsc_import_decide(gsc_import_tries *tries, const gsc_external *file,
                  const gsc_value *weights, gsc_config *known, gsc_naming naming,
                  const gsc_map *map)
{
    source s = {.file = file,
                .weights = weights,
                .known = known,
                .naming = naming,
                .map = map,
                .tries = tries,
                .num_ways = 1};
    *tries = (gsc_import_tries){.items = NULL};
    if (gsc_config_architecture(known) == &gsc_architecture_tensors)
        return 0;
    int status = decide(&s);
    if (status < 0)
        return status;
    if (is_clear(tries))
        return set_answers(&tries->items[0], known);
    if (s.num_plain > 1 || is_doubtful(&s))
        return refuse(&s);
    while (!is_same(&tries->items[tries->chosen], &s.plain))
        tries->chosen++;
    return set_answers(&s.plain, known);
}

void
gsc_import_tries_free(gsc_import_tries *tries)
{
    free(tries->items);
    *tries = (gsc_import_tries){.items = NULL};
}
