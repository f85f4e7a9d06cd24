/* Inputs for causal tracing. */
#include "analyze/measure/task/tracing_inputs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/task/two_hop.h"

#include <stdlib.h>
#include <string.h>

void
gsc_tracing_facts_free(gsc_tracing_facts *facts)
{
    free(facts->tail);
    free(facts->trained);
    free(facts->choices);
    *facts = (gsc_tracing_facts){.entities = 0};
}

static size_t
token_at(const gsc_field *tokens, size_t example, size_t position)
{
    return (size_t)gsc_field_element(tokens, example, position);
}

/* Where the fact of two tokens stands; SIZE_MAX where they are none of these. */
static size_t
place_of(const gsc_tracing_facts *f, size_t entity, size_t relation)
{
    bool is = entity < f->entities && relation >= f->entities &&
              relation < f->entities + f->relations;
    return is ? entity * f->relations + relation - f->entities : SIZE_MAX;
}

/* An atomic fact stands in rows 0 and 1 of what is asked. */
static void
read_atomic(gsc_tracing_facts *f, const gsc_field *tokens, size_t example)
{
    size_t place =
        place_of(f, token_at(tokens, example, 0), token_at(tokens, example, 1));
    size_t tail = token_at(tokens, example, 2);
    if (place != SIZE_MAX)
        f->tail[place] =
            (int32_t)tail - (f->compares ? (int32_t)(f->entities + f->relations) : 0);
}

static void
mark(gsc_tracing_facts *f, size_t entity, size_t relation)
{
    size_t place = place_of(f, entity, relation);
    if (place != SIZE_MAX)
        f->trained[place] = true;
}

static void
mark_inferred(gsc_tracing_facts *f, const gsc_dataset *dataset, size_t example)
{
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    if (f->compares) {
        mark(f, token_at(tokens, example, 2), token_at(tokens, example, 0));
        mark(f, token_at(tokens, example, 4), token_at(tokens, example, 0));
    } else {
        const gsc_field *bridge = gsc_dataset_find(dataset, GSC_HOP_BRIDGE);
        mark(f, token_at(tokens, example, 0), token_at(tokens, example, 1));
        mark(f, token_at(bridge, example, 0), token_at(tokens, example, 2));
    }
}

static int
read_facts(gsc_tracing_facts *f, const gsc_dataset *dataset)
{
    int status = 0;
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    const gsc_field *asked = gsc_dataset_find(dataset, "is_asked");
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    const char *between = f->compares ? GSC_HOP_VALUE_1 : GSC_HOP_BRIDGE;
    size_t prompt = f->compares ? 5 : 3;
    if (!train || !asked || !tokens || !gsc_dataset_find(dataset, between) ||
        gsc_shape_count(tokens->shape) != prompt + 1 ||
        gsc_shape_count(asked->shape) != prompt)
        return gsc_fail(GSC_EFORMAT,
                        "/data: expected a split train and fields tokens, is_asked and "
                        "%s of the task two_hop",
                        between);
    size_t count = f->entities * f->relations;
    GSC_NEW(f->tail, count);
    GSC_NEW(f->trained, count);
    GSC_NEW(f->choices, f->entities + f->relations);
    for (size_t i = 0; i < count; i++)
        f->tail[i] = -1;
    for (size_t i = 0; i < train->count; i++) {
        size_t e = train->indices[i];
        if (gsc_field_element(asked, e, 0) > 0)
            read_atomic(f, tokens, e);
        else
            mark_inferred(f, dataset, e);
    }
out:
    return status;
}

int
gsc_tracing_facts_init(gsc_tracing_facts *facts, const gsc_loaded_model *loaded)
{
    static const gsc_trace composition[GSC_TRACES] = {
        {"head", 0, 0, 1}, {"relation_1", 1, 1, 1}, {"relation_2", 2, 2, 1}};
    static const gsc_trace comparison[GSC_TRACES] = {
        {"attribute", 0, 0, 2}, {"entity_1", 2, 2, 2}, {"entity_2", 4, 4, 1}};
    int status = 0;
    const char *kind;
    int64_t entities, relations, values;
    const gsc_facet *facet = gsc_facets_find(&loaded->checkpoint.facets, GSC_TWO_HOP);
    *facts = (gsc_tracing_facts){.entities = 0};
    GSC_TRY(gsc_facet_text(facet, "kind", &kind));
    GSC_TRY(gsc_facet_integer(facet, "entities", 1, UINT16_MAX, &entities));
    GSC_TRY(gsc_facet_integer(facet, "relations", 1, UINT16_MAX, &relations));
    GSC_TRY(gsc_facet_integer(facet, "values", 0, UINT16_MAX, &values));
    facts->compares = strcmp(kind, "comparison") == 0;
    facts->entities = (size_t)entities;
    facts->relations = (size_t)relations;
    facts->values = (size_t)values;
    memcpy(facts->traces, facts->compares ? comparison : composition,
           sizeof composition);
    GSC_TRY(read_facts(facts, &loaded->checkpoint.dataset));
out:
    return status;
}

/* ---- Tokens to choose from ---- */

static int32_t
tail_of(const gsc_tracing_facts *f, size_t entity, size_t relation)
{
    size_t place = place_of(f, entity, relation);
    return place == SIZE_MAX ? -1 : f->tail[place];
}

static bool
is_trained(const gsc_tracing_facts *f, size_t entity, size_t relation)
{
    size_t place = place_of(f, entity, relation);
    return place != SIZE_MAX && f->trained[place];
}

static bool
has_any(const gsc_tracing_facts *f, size_t entity)
{
    bool has = false;
    for (size_t r = 0; r < f->relations; r++)
        has = has || is_trained(f, entity, f->entities + r);
    return has;
}

/* What follows from (head, r1) and (., r2), or -1. */
static int32_t
follows(const gsc_tracing_facts *f, size_t head, size_t r1, size_t r2)
{
    int32_t bridge = tail_of(f, head, r1);
    return bridge < 0 ? -1 : tail_of(f, (size_t)bridge, r2);
}

/* Whether token t in the place of one of h, r1, r2 makes another tail. */
static bool
changes_tail(const gsc_tracing_facts *f, size_t which, const uint16_t *tokens, size_t t)
{
    size_t h = tokens[0], r1 = tokens[1], r2 = tokens[2];
    int32_t own = follows(f, h, r1, r2), bridge = tail_of(f, h, r1);
    if (which == 0)
        return t < f->entities && has_any(f, t) && follows(f, t, r1, r2) != own;
    if (which == 1)
        return is_trained(f, h, t) && follows(f, h, t, r2) != own;
    return bridge >= 0 && is_trained(f, (size_t)bridge, t) &&
           tail_of(f, (size_t)bridge, t) != own;
}

/* Whether token t in the place of an entity, or of the attribute, makes another label;
 * of an attribute any other one does, as labels are its own. */
static bool
changes_label(const gsc_tracing_facts *f, size_t which, const uint16_t *tokens,
              size_t t)
{
    size_t attribute = tokens[0];
    if (which == 0)
        return t != attribute && t >= f->entities && t < f->entities + f->relations;
    size_t entity = tokens[which == 1 ? 2 : 4], other = tokens[which == 1 ? 4 : 2];
    int32_t own = tail_of(f, entity, attribute), its = tail_of(f, other, attribute);
    int32_t value = tail_of(f, t, attribute);
    if (t == entity || !is_trained(f, t, attribute))
        return false;
    return own == its ? value == its - 1 || value == its + 1 : value == its;
}

int32_t
gsc_tracing_token(const gsc_tracing_facts *facts, size_t which, const uint16_t *tokens,
                  uint64_t draw)
{
    size_t count = 0;
    for (size_t t = 0; t < facts->entities + facts->relations; t++)
        if (facts->compares ? changes_label(facts, which, tokens, t)
                            : changes_tail(facts, which, tokens, t))
            facts->choices[count++] = (uint16_t)t;
    return count == 0 ? -1
                      : facts->choices[gsc_rng_below(0, gsc_rng_stream("tracing"),
                                                     draw * GSC_TRACES + which, count)];
}
