/* Facts of two hops in a knowledge graph. */
#include "train/data/hops.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* Whether the fact is the only one of its head and relation. */
static bool
is_single(const gsc_knowledge *k, size_t fact)
{
    const gsc_fact *f = &k->facts[fact];
    bool before = fact > 0 && f[-1].head == f->head && f[-1].relation == f->relation;
    bool after =
        fact + 1 < k->num_facts && f[1].head == f->head && f[1].relation == f->relation;
    return !before && !after;
}

static bool
is_chosen(const gsc_knowledge *k, gsc_path_choice choice, size_t first, size_t second)
{
    bool loop = k->facts[second].tail == k->facts[first].head;
    return (choice.loops || !loop) &&
           (!choice.functional || (is_single(k, first) && is_single(k, second)));
}

/* Count the paths, and write them where `paths` is not NULL. */
static size_t
take_paths(const gsc_knowledge *k, gsc_path_choice choice, gsc_path *paths)
{
    size_t count = 0;
    for (size_t i = 0; i < k->num_facts; i++) {
        uint32_t bridge = k->facts[i].tail;
        for (size_t j = k->first[bridge]; j < k->first[bridge + 1]; j++) {
            if (!is_chosen(k, choice, i, j))
                continue;
            if (paths)
                paths[count] = (gsc_path){(uint32_t)i, (uint32_t)j};
            count++;
        }
    }
    return count;
}

int
gsc_hops_paths(const gsc_knowledge *knowledge, gsc_path_choice choice, gsc_path **paths,
               size_t *count)
{
    int status = 0;
    *count = take_paths(knowledge, choice, NULL);
    GSC_NEW(*paths, *count);
    take_paths(knowledge, choice, *paths);
out:
    return status;
}

/* ---- Counts ---- */

typedef struct quadruple {
    uint32_t values[4]; /* h, r1, r2, t */
} quadruple;

static int
compare(const void *a, const void *b)
{
    const uint32_t *x = ((const quadruple *)a)->values,
                   *y = ((const quadruple *)b)->values;
    for (size_t k = 0; k < 4; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

static int
count_inferred(const gsc_knowledge *k, gsc_hops_counts *counts)
{
    int status = 0;
    gsc_path *paths = NULL;
    quadruple *all = NULL;
    const gsc_path_choice choice = {.functional = false, .loops = false};
    GSC_TRY(gsc_hops_paths(k, choice, &paths, &counts->paths));
    GSC_NEW(all, counts->paths);
    for (size_t i = 0; i < counts->paths; i++) {
        const gsc_fact *f = &k->facts[paths[i].first], *s = &k->facts[paths[i].second];
        all[i] = (quadruple){{f->head, f->relation, s->relation, s->tail}};
    }
    qsort(all, counts->paths, sizeof *all, compare);
    for (size_t i = 0; i < counts->paths; i++)
        counts->inferred += i == 0 || compare(&all[i], &all[i - 1]) != 0;
out:
    free(paths);
    free(all);
    return status;
}

/* Entities and relations that some fact has. */
static int
count_used(const gsc_knowledge *k, gsc_hops_counts *counts)
{
    int status = 0;
    bool *seen = NULL;
    size_t n = k->num_entities;
    GSC_NEW(seen, n + k->num_relations);
    for (size_t i = 0; i < k->num_facts; i++)
        seen[k->facts[i].head] = seen[k->facts[i].tail] =
            seen[n + k->facts[i].relation] = true;
    for (size_t i = 0; i < n + k->num_relations; i++)
        *(i < n ? &counts->entities : &counts->relations) += seen[i];
out:
    free(seen);
    return status;
}

int
gsc_hops_count(const gsc_knowledge *knowledge, gsc_hops_counts *counts)
{
    int status = 0;
    const gsc_path_choice with_loops = {.functional = false, .loops = true},
                          functional = {.functional = true, .loops = true};
    *counts = (gsc_hops_counts){.facts = knowledge->num_facts};
    GSC_TRY(count_used(knowledge, counts));
    GSC_TRY(count_inferred(knowledge, counts));
    counts->loops = take_paths(knowledge, with_loops, NULL) - counts->paths;
    counts->functional = take_paths(knowledge, functional, NULL);
out:
    return status;
}

/* ---- The core ---- */

/* kept[i]: fact i counts; in[i] = paths of such facts that it is in. */
static void
count_of_facts(const gsc_knowledge *k, const bool *kept, size_t *in)
{
    memset(in, 0, k->num_facts * sizeof *in);
    for (size_t i = 0; i < k->num_facts; i++) {
        uint32_t bridge = k->facts[i].tail;
        for (size_t j = k->first[bridge]; kept[i] && j < k->first[bridge + 1]; j++)
            if (kept[j] && k->facts[j].tail != k->facts[i].head) {
                in[i]++;
                in[j]++;
            }
    }
}

static bool
drop_few(const gsc_knowledge *k, size_t least, const size_t *in, bool *kept)
{
    bool dropped = false;
    for (size_t i = 0; i < k->num_facts; i++)
        if (kept[i] && in[i] < least) {
            kept[i] = false;
            dropped = true;
        }
    return dropped;
}

int
gsc_hops_core(const gsc_knowledge *knowledge, size_t least, gsc_knowledge *core)
{
    int status = 0;
    bool *kept = NULL;
    size_t *in = NULL, count = 0;
    gsc_fact *facts = NULL;
    *core = (gsc_knowledge){.num_facts = 0};
    GSC_NEW(kept, knowledge->num_facts);
    GSC_NEW(in, knowledge->num_facts);
    for (size_t i = 0; i < knowledge->num_facts; i++)
        kept[i] = is_single(knowledge, i);
    do
        count_of_facts(knowledge, kept, in);
    while (drop_few(knowledge, least, in, kept));
    GSC_NEW(facts, knowledge->num_facts);
    for (size_t i = 0; i < knowledge->num_facts; i++)
        if (kept[i])
            facts[count++] = knowledge->facts[i];
    GSC_TRY(gsc_knowledge_of_facts(core, facts, count, knowledge->num_entities,
                                   knowledge->num_relations));
out:
    free(kept);
    free(in);
    return status;
}
