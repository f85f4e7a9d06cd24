/* Facts that compare two entities by an attribute. */
#include "train/task/two_hop.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>

typedef struct comparing {
    gsc_hop_sets *sets;
    size_t attribute;
    uint64_t seed;
    uint16_t *value;  /* [entities, attributes] */
    bool *is_ood;     /* [entities] of the attribute */
    uint32_t *order;  /* [entities] */
    uint64_t num_iid; /* pairs that were drawn, which number the draws */
} comparing;

static size_t
value_of(const comparing *c, size_t entity)
{
    return c->value[entity * c->sets->relations + c->attribute];
}

static int
add_atomic(const comparing *c, size_t entity)
{
    gsc_hop_sets *s = c->sets;
    uint16_t none = (uint16_t)(s->entities + s->relations + s->values + GSC_HOP_MASK);
    gsc_hop_item item = {
        .prompt = {(uint16_t)entity, (uint16_t)(s->entities + c->attribute)},
        .length = 2,
        .answer = (uint16_t)(s->entities + s->relations + value_of(c, entity)),
        .between = {none, none}};
    s->num_iid += !c->is_ood[entity];
    return gsc_hop_items_add(&s->atomic, &item);
}

/* a <q> e1 <mask> e2, label 0 where the first value is less, 1 equal, 2 greater. */
static int
add_pair(const comparing *c, size_t first, size_t second, gsc_hop_items *to)
{
    const gsc_hop_sets *s = c->sets;
    size_t values = s->entities + s->relations, special = values + s->values;
    size_t x = value_of(c, first), y = value_of(c, second);
    size_t label = x < y ? 0 : x == y ? 1 : 2;
    gsc_hop_item item = {
        .prompt = {(uint16_t)(s->entities + c->attribute),
                   (uint16_t)(special + GSC_HOP_ASK), (uint16_t)first,
                   (uint16_t)(special + GSC_HOP_MASK), (uint16_t)second},
        .length = 5,
        .answer = (uint16_t)(special + GSC_HOP_SPECIAL + 3 * c->attribute + label),
        .between = {(uint16_t)(values + x), (uint16_t)(values + y)}};
    return gsc_hop_items_add(to, &item);
}

/* A pair stands with its turned one in the same set. */
static int
add_pairs(comparing *c, size_t first, size_t second)
{
    int status = 0;
    gsc_hop_sets *s = c->sets;
    if (c->is_ood[first] != c->is_ood[second])
        return 0;
    gsc_hop_items *to = &s->ood;
    if (!c->is_ood[first]) {
        double drawn =
            gsc_rng_uniform(c->seed, gsc_rng_stream("two_hop:iid"), c->num_iid++);
        to = drawn < s->o->iid_share ? &s->test : &s->train;
    }
    GSC_TRY(add_pair(c, first, second, to));
    GSC_TRY(add_pair(c, second, first, to));
out:
    return status;
}

static int
add_attribute(comparing *c)
{
    int status = 0;
    gsc_hop_sets *s = c->sets;
    size_t n = s->entities, num_ood = (size_t)round(s->o->ood_share * (double)n);
    for (size_t e = 0; e < n; e++)
        c->order[e] = (uint32_t)e;
    gsc_rng_shuffle(c->order, n, c->seed,
                    gsc_rng_substream(gsc_rng_stream("two_hop:ood"), c->attribute));
    for (size_t i = 0; i < n; i++)
        c->is_ood[c->order[i]] = i < num_ood;
    for (size_t e = 0; e < n; e++)
        GSC_TRY(add_atomic(c, e));
    for (size_t e = 0; e < n; e++)
        for (size_t other = e + 1; other < n; other++)
            GSC_TRY(add_pairs(c, e, other));
out:
    return status;
}

int
gsc_hop_compare(gsc_hop_sets *sets)
{
    int status = 0;
    const gsc_two_hop *o = sets->o;
    comparing c = {.sets = sets, .seed = (uint64_t)o->data_seed};
    sets->entities = (size_t)o->entities;
    sets->relations = (size_t)o->relations;
    sets->values = (size_t)o->values;
    GSC_NEW(c.value, sets->entities * sets->relations);
    GSC_NEW(c.is_ood, sets->entities);
    GSC_NEW(c.order, sets->entities);
    for (size_t i = 0; i < sets->entities * sets->relations; i++)
        c.value[i] = (uint16_t)gsc_rng_below(c.seed, gsc_rng_stream("two_hop:values"),
                                             i, sets->values);
    for (; c.attribute < sets->relations; c.attribute++)
        GSC_TRY(add_attribute(&c));
out:
    free(c.value);
    free(c.is_ood);
    free(c.order);
    return status;
}
