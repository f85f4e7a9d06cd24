/* Tensors that the user leaves out by their names. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/state_dicts.h"
#include "train/exchange/naming/naming.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHOWN = 160 };

int
gsc_ignored_add(gsc_ignored *self, char *patterns)
{
    for (char *word = strtok(patterns, ","); word; word = strtok(NULL, ",")) {
        if (self->count == GSC_MOST_IGNORED)
            return gsc_fail(GSC_EARGUMENT, "--ignore: more than %d patterns",
                            GSC_MOST_IGNORED);
        self->patterns[self->count++] = word;
    }
    return 0;
}

static int
tell(gsc_ignored *self, const char *name)
{
    int status = 0;
    gsc_text *text = &self->tensors;
    self->num_tensors++;
    if (text->length < MOST_SHOWN) {
        GSC_TRY(gsc_text_add(text, text->length > 0 ? ", " : ""));
        GSC_TRY(gsc_text_add_escaped(text, name));
    } else if (!gsc_text_ends_with(text->data, "…")) {
        GSC_TRY(gsc_text_add(text, ", …"));
    }
out:
    return status;
}

int
gsc_state_dicts_ignore(gsc_state_dicts *s, const char *name, bool *leaves)
{
    gsc_ignored *all = s->ignored;
    *leaves = false;
    for (size_t i = 0; all && i < all->count; i++)
        if (fnmatch(all->patterns[i], name, 0) == 0)
            *leaves = all->is_used[i] = true;
    return *leaves && s->count == 0 ? tell(all, name) : 0;
}

int
gsc_state_dicts_check_ignored(const gsc_state_dicts *s)
{
    int status = 0;
    gsc_text nearest = {0};
    const char **names = NULL;
    const gsc_value *weights = s->items[0].weights;
    GSC_NEW(names, weights->count);
    for (size_t i = 0; i < weights->count; i++)
        names[i] = weights->items[2 * i]->text;
    for (size_t i = 0; s->ignored && i < s->ignored->count; i++) {
        const char *pattern = s->ignored->patterns[i];
        if (s->ignored->is_used[i])
            continue;
        GSC_TRY(gsc_naming_add_nearest(&nearest, pattern, names, weights->count));
        status = gsc_fail(GSC_EARGUMENT, "--ignore: '%s' matches no tensor%s", pattern,
                          nearest.data ? nearest.data : "");
        goto out;
    }
out:
    gsc_text_free(&nearest);
    free(names);
    return status;
}
