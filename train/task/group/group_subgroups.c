/* All subgroups that two elements generate. */
#include "grokscope/error.h"
#include "grokscope/group.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ORDER = 1024 };

typedef struct found {
    gsc_subgroup subgroup;
    bool *member;
} found;

typedef struct search {
    const gsc_group *group;
    size_t count, room;
    found *all;
    bool *member; /* of the one at hand */
} search;

static bool
is_known(const search *s, size_t order)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].subgroup.order == order &&
            memcmp(s->all[i].member, s->member, s->group->order) == 0)
            return true;
    return false;
}

static int
try_pair(search *s, uint16_t x, uint16_t y)
{
    int status = 0;
    const uint16_t generators[] = {x, y};
    size_t n = s->group->order;
    size_t order = gsc_group_generate(s->group, generators, 2, s->member);
    if (is_known(s, order))
        return 0;
    GSC_TRY(gsc_grow(&s->all, s->count, &s->room, sizeof *s->all));
    found *f = &s->all[s->count];
    *f = (found){{{x, y}, order}, NULL};
    GSC_NEW(f->member, n);
    memcpy(f->member, s->member, n);
    s->count++;
out:
    return status;
}

static int
by_order(const void *a, const void *b)
{
    const gsc_subgroup *x = &((const found *)a)->subgroup;
    const gsc_subgroup *y = &((const found *)b)->subgroup;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    int first =
        (x->generators[0] > y->generators[0]) - (x->generators[0] < y->generators[0]);
    return first != 0 ? first
                      : (x->generators[1] > y->generators[1]) -
                            (x->generators[1] < y->generators[1]);
}

int
gsc_group_subgroups(const gsc_group *group, gsc_subgroup **subgroups, size_t *count)
{
    int status = 0;
    size_t n = group->order;
    search s = {.group = group};
    *subgroups = NULL;
    *count = 0;
    if (n > MOST_ORDER)
        return gsc_fail(GSC_EARGUMENT,
                        "subgroups of a group of %zu elements, expected %d at most", n,
                        MOST_ORDER);
    GSC_NEW(s.member, n);
    for (size_t x = 0; x < n; x++) /* one generator says it in fewer words */
        GSC_TRY(try_pair(&s, (uint16_t)x, (uint16_t)x));
    for (size_t x = 0; x < n; x++)
        for (size_t y = x + 1; y < n; y++)
            GSC_TRY(try_pair(&s, (uint16_t)x, (uint16_t)y));
    qsort(s.all, s.count, sizeof *s.all, by_order);
    GSC_NEW(*subgroups, s.count);
    for (size_t i = 0; i < s.count; i++)
        (*subgroups)[i] = s.all[i].subgroup;
    *count = s.count;
out:
    for (size_t i = 0; i < s.count; i++)
        free(s.all[i].member);
    free(s.all);
    free(s.member);
    return status;
}
