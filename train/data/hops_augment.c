/* More facts for a knowledge graph, so that more follows from each. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/data/hops.h"

#include <stdlib.h>
#include <string.h>

/* Draws for each fact that the graph has, before there is no use in more. */
enum { DRAWS_A_FACT = 2000 };

/* Facts with one tail, which alone make functional paths: those of the graph, then
 * those that are added. */
typedef struct growth {
    const gsc_knowledge *graph;
    size_t count, room, paths;
    gsc_fact *facts;
    bool *known;      /* [entities, relations] */
    size_t *out, *in; /* [entities] facts that begin there, that end there */
    size_t *both;     /* [entities, entities] facts from one to another */
    /* The graph's facts by relation: heads and tails are drawn of these. */
    gsc_fact *by_relation;
    size_t *ends; /* [relations + 1] */
} growth;

/* Paths without loops that a new fact makes with those that are there. */
static size_t
paths_with(const growth *g, const gsc_fact *f)
{
    size_t n = g->graph->num_entities;
    size_t after = g->out[f->tail] - g->both[f->tail * n + f->head];
    size_t before = g->in[f->head] - g->both[f->tail * n + f->head];
    return after + before;
}

static int
add(growth *g, gsc_fact f)
{
    int status = 0;
    GSC_TRY(gsc_grow(&g->facts, g->count, &g->room, sizeof *g->facts));
    g->paths += paths_with(g, &f);
    g->facts[g->count++] = f;
    g->out[f.head]++;
    g->in[f.tail]++;
    g->both[f.head * g->graph->num_entities + f.tail]++;
out:
    return status;
}

static int
open_growth(growth *g)
{
    int status = 0;
    const gsc_knowledge *k = g->graph;
    size_t n = k->num_entities, *at = NULL;
    GSC_NEW(g->known, n * k->num_relations);
    GSC_NEW(g->out, n);
    GSC_NEW(g->in, n);
    GSC_NEW(g->both, n * n);
    GSC_NEW(g->by_relation, k->num_facts);
    GSC_NEW(g->ends, k->num_relations + 1);
    GSC_NEW(at, k->num_relations + 1);
    for (size_t i = 0; i < k->num_facts; i++) {
        g->known[k->facts[i].head * k->num_relations + k->facts[i].relation] = true;
        g->ends[k->facts[i].relation + 1]++;
    }
    for (size_t r = 0; r < k->num_relations; r++)
        g->ends[r + 1] += g->ends[r];
    memcpy(at, g->ends, (k->num_relations + 1) * sizeof *at);
    for (size_t i = 0; i < k->num_facts; i++)
        g->by_relation[at[k->facts[i].relation]++] = k->facts[i];
out:
    free(at);
    return status;
}

static void
close_growth(growth *g)
{
    free(g->facts);
    free(g->known);
    free(g->out);
    free(g->in);
    free(g->both);
    free(g->by_relation);
    free(g->ends);
}

/* Draw number `draw`: a head and a tail of a relation, from two facts of it. */
static gsc_fact
draw_fact(const growth *g, uint64_t seed, uint64_t draw)
{
    uint64_t stream = gsc_rng_stream("hops:augment");
    const gsc_fact *of = g->by_relation;
    gsc_fact f = of[gsc_rng_below(seed, stream, 2 * draw, g->graph->num_facts)];
    size_t first = g->ends[f.relation], count = g->ends[f.relation + 1] - first;
    f.tail = of[first + gsc_rng_below(seed, stream, 2 * draw + 1, count)].tail;
    /* The head is of any relation: with those of its own there would be few new. */
    f.head =
        of[gsc_rng_below(seed, gsc_rng_stream("hops:heads"), draw, g->graph->num_facts)]
            .head;
    return f;
}

static int
grow(growth *g, double phi, uint64_t seed)
{
    int status = 0;
    size_t most = g->graph->num_facts * DRAWS_A_FACT;
    for (uint64_t draw = 0; (double)g->paths < phi * (double)g->count; draw++) {
        if (draw == most)
            return gsc_fail(GSC_EARGUMENT,
                            "phi: %g is out of reach: %zu facts have %zu inferred ones "
                            "after %zu draws; ask for less",
                            phi, g->count, g->paths, most);
        gsc_fact f = draw_fact(g, seed, draw);
        bool *known = &g->known[f.head * g->graph->num_relations + f.relation];
        double made = (double)paths_with(g, &f);
        bool helps = made > phi || made >= 2 * (double)g->paths / (double)g->count;
        if (*known || f.head == f.tail || !helps)
            continue;
        *known = true;
        GSC_TRY(add(g, f));
    }
out:
    return status;
}

int
gsc_hops_augment(const gsc_knowledge *core, double phi, uint64_t seed,
                 gsc_knowledge *augmented)
{
    int status = 0;
    growth g = {.graph = core};
    *augmented = (gsc_knowledge){.num_facts = 0};
    GSC_TRY(open_growth(&g));
    for (size_t i = 0; i < core->num_facts; i++)
        GSC_TRY(add(&g, core->facts[i]));
    GSC_TRY(grow(&g, phi, seed));
    GSC_TRY(gsc_knowledge_of_facts(augmented, g.facts, g.count, core->num_entities,
                                   core->num_relations));
    g.facts = NULL;
out:
    close_growth(&g);
    return status;
}
