/* Facts of two hops, of a graph that is drawn or of one that is read. */
#include "train/task/two_hop.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/text.h"

#include "train/data/data_files.h"
#include "train/data/hops.h"

#include <math.h>
#include <stdlib.h>

/* ---- The graph ---- */

/* Each entity has out_degree facts of different relations, each with any tail. */
static int
draw_graph(const gsc_two_hop *o, gsc_knowledge *graph)
{
    int status = 0;
    size_t n = (size_t)o->entities, relations = (size_t)o->relations,
           degree = (size_t)o->out_degree, count = 0;
    uint64_t seed = (uint64_t)o->data_seed;
    uint32_t *order = NULL;
    gsc_fact *facts = NULL;
    if (degree > relations)
        return gsc_fail(GSC_EARGUMENT,
                        "out_degree: %zu different relations of each entity, but there "
                        "are %zu",
                        degree, relations);
    GSC_NEW(order, relations);
    GSC_NEW(facts, n * degree);
    for (size_t e = 0; e < n; e++) {
        for (size_t r = 0; r < relations; r++)
            order[r] = (uint32_t)r;
        gsc_rng_shuffle(order, relations, seed,
                        gsc_rng_substream(gsc_rng_stream("two_hop:relations"), e));
        for (size_t d = 0; d < degree; d++, count++)
            facts[count] =
                (gsc_fact){(uint32_t)e, order[d],
                           (uint32_t)gsc_rng_below(
                               seed, gsc_rng_stream("two_hop:tails"), count, n)};
    }
    status = gsc_knowledge_of_facts(graph, facts, count, n, relations);
    facts = NULL;
out:
    free(order);
    free(facts);
    return status;
}

static int
join_names(char *const *names, size_t count, char **joined)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 0; i < count; i++)
        GSC_TRY(gsc_text_add(&text, "%s\n", names[i]));
    *joined = text.data;
    return 0;
out:
    gsc_text_free(&text);
    return status;
}

static const char fetch[] = "name a file of triples by --data, as the three of CoDEx-S "
                            "(github.com/tsafavi/codex)";

/* `augmented` has the facts of the graph, and others where the options ask for them. */
static int
read_graph(gsc_hop_sets *s, gsc_knowledge *graph, gsc_knowledge *augmented)
{
    int status = 0;
    const gsc_two_hop *o = s->o;
    char path[GSC_DATA_PATH_BYTES];
    gsc_knowledge all = {.num_facts = 0};
    GSC_TRY(gsc_find_data(o->data, "multihop", fetch, path));
    GSC_TRY(gsc_knowledge_read(&all, path));
    GSC_TRY(join_names(all.entities, all.num_entities, &s->entity_names));
    GSC_TRY(join_names(all.relations, all.num_relations, &s->relation_names));
    GSC_TRY(gsc_hops_core(&all, (size_t)o->core, graph));
    if (graph->num_facts == 0)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "core: no fact of %s has a part in %lld inferred ones", path,
                         (long long)o->core));
    if (o->augment > 0)
        GSC_TRY(gsc_hops_augment(graph, o->augment, (uint64_t)o->data_seed, augmented));
out:
    gsc_knowledge_free(&all);
    return status;
}

/* ---- Facts as examples ---- */

typedef struct composing {
    gsc_hop_sets *sets;
    const gsc_knowledge *graph, *augmented; /* NULL: there are no more facts */
    uint64_t seed;
    bool *is_ood; /* [facts of the graph] */
} composing;

static int
mark_ood(composing *c)
{
    int status = 0;
    size_t n = c->graph->num_facts,
           count = (size_t)round(c->sets->o->ood_share * (double)n);
    uint32_t *order = NULL;
    GSC_NEW(c->is_ood, n);
    GSC_NEW(order, n);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    gsc_rng_shuffle(order, n, c->seed, gsc_rng_stream("two_hop:ood"));
    for (size_t i = 0; i < count; i++)
        c->is_ood[order[i]] = true;
out:
    free(order);
    return status;
}

static int
add_atomic(const composing *c, const gsc_fact *f)
{
    gsc_hop_sets *s = c->sets;
    uint16_t none = (uint16_t)(s->entities + s->relations + GSC_HOP_MASK);
    gsc_hop_item item = {
        .prompt = {(uint16_t)f->head, (uint16_t)(s->entities + f->relation)},
        .length = 2,
        .answer = (uint16_t)f->tail,
        .between = {none, none}};
    return gsc_hop_items_add(&s->atomic, &item);
}

static int
add_inferred(const composing *c, const gsc_fact *f, const gsc_fact *g,
             gsc_hop_items *to)
{
    size_t entities = c->sets->entities;
    uint16_t r2 = (uint16_t)(entities + g->relation);
    gsc_hop_item item = {
        .prompt = {(uint16_t)f->head, (uint16_t)(entities + f->relation), r2},
        .length = 3,
        .answer = (uint16_t)g->tail,
        .between = {(uint16_t)f->tail, r2}};
    return gsc_hop_items_add(to, &item);
}

/* What follows from the graph itself. */
static int
compose_graph(composing *c, gsc_path_choice choice)
{
    int status = 0;
    gsc_hop_sets *s = c->sets;
    const gsc_knowledge *k = c->graph;
    gsc_path *paths = NULL;
    size_t count;
    GSC_TRY(gsc_hops_paths(k, choice, &paths, &count));
    for (size_t i = 0; i < count; i++) {
        bool first = c->is_ood[paths[i].first], second = c->is_ood[paths[i].second];
        if (first != second)
            continue;
        gsc_hop_items *to = &s->ood;
        if (!first)
            to = gsc_rng_uniform(c->seed, gsc_rng_stream("two_hop:iid"), i) <
                         s->o->iid_share
                     ? &s->test
                     : &s->train;
        GSC_TRY(
            add_inferred(c, &k->facts[paths[i].first], &k->facts[paths[i].second], to));
    }
out:
    free(paths);
    return status;
}

/* Whether the graph has a fact of the augmented one, and whether that is OOD. */
static bool
is_own(const composing *c, const gsc_fact *f, bool *is_ood)
{
    size_t count;
    const gsc_fact *own = gsc_knowledge_find(c->graph, f->head, f->relation, &count);
    *is_ood = count > 0 && c->is_ood[own - c->graph->facts];
    return count > 0;
}

/* What follows with a fact that was added: only to train on. */
static int
compose_added(composing *c, gsc_path_choice choice)
{
    int status = 0;
    const gsc_knowledge *k = c->augmented;
    gsc_path *paths = NULL;
    size_t count;
    bool ood[2];
    for (size_t i = 0; i < k->num_facts; i++)
        if (!is_own(c, &k->facts[i], &ood[0])) {
            GSC_TRY(add_atomic(c, &k->facts[i]));
            c->sets->num_iid++;
        }
    GSC_TRY(gsc_hops_paths(k, choice, &paths, &count));
    for (size_t i = 0; i < count; i++) {
        const gsc_fact *f = &k->facts[paths[i].first], *g = &k->facts[paths[i].second];
        bool first = is_own(c, f, &ood[0]), second = is_own(c, g, &ood[1]);
        if ((first && second) || ood[0] || ood[1])
            continue;
        GSC_TRY(add_inferred(c, f, g, &c->sets->train));
    }
out:
    free(paths);
    return status;
}

int
gsc_hop_compose(gsc_hop_sets *sets)
{
    int status = 0;
    bool drawn = sets->o->graph == GSC_GRAPH_DRAWN;
    const gsc_path_choice choice = {.functional = true, .loops = drawn};
    gsc_knowledge graph = {.num_facts = 0}, augmented = {.num_facts = 0};
    composing c = {sets, &graph, &augmented, (uint64_t)sets->o->data_seed, NULL};
    GSC_TRY(drawn ? draw_graph(sets->o, &graph) : read_graph(sets, &graph, &augmented));
    sets->entities = graph.num_entities;
    sets->relations = graph.num_relations;
    GSC_TRY(mark_ood(&c));
    for (size_t i = 0; i < graph.num_facts; i++) {
        GSC_TRY(add_atomic(&c, &graph.facts[i]));
        sets->num_iid += !c.is_ood[i];
    }
    GSC_TRY(compose_graph(&c, choice));
    if (augmented.num_facts > 0)
        GSC_TRY(compose_added(&c, choice));
out:
    gsc_knowledge_free(&graph);
    gsc_knowledge_free(&augmented);
    free(c.is_ood);
    return status;
}
