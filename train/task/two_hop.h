/* Facts of two hops, and facts that compare two entities. */
#ifndef GSC_TASK_TWO_HOP_H
#define GSC_TASK_TWO_HOP_H

#include "grokscope/task.h"

/* The facet "two_hop": the text `kind`, "composition" or "comparison"; entities,
 * relations and values (int64): tokens are the entities, the relations (attributes),
 * the values, then six special ones and, of a comparison, three labels an attribute.
 * Texts entity_names and relation_names, one a line, where the graph has names. */
#define GSC_TWO_HOP "two_hop"

/* The special tokens, after all entities, relations and values. */
enum {
    GSC_HOP_MASK,  /* <mask> */
    GSC_HOP_SEP,   /* <sep> */
    GSC_HOP_BEGIN, /* <a> */
    GSC_HOP_END,   /* </a> */
    GSC_HOP_ASK,   /* <q> */
    GSC_HOP_ASKED, /* </q> */
    GSC_HOP_SPECIAL
};

/* Fields of one token an example, of what is never said: the bridge entity and the
 * second relation; or the values that are compared. Of atomic facts they are <mask>. */
#define GSC_HOP_BRIDGE "bridge"
#define GSC_HOP_RELATION_2 "relation_2"
#define GSC_HOP_VALUE_1 "value_1"
#define GSC_HOP_VALUE_2 "value_2"

typedef enum gsc_hop_kind { GSC_COMPOSITION, GSC_COMPARISON } gsc_hop_kind;
typedef enum gsc_hop_graph { GSC_GRAPH_DRAWN, GSC_GRAPH_TRIPLES } gsc_hop_graph;

typedef struct gsc_two_hop {
    int64_t kind;  /* gsc_hop_kind */
    int64_t graph; /* gsc_hop_graph */
    char data[GSC_OPTION_TEXT_BYTES];
    int64_t core;
    double augment;
    int64_t entities, relations, out_degree, values;
    double phi, ood_share, iid_share;
    int64_t test_samples, data_seed;
} gsc_two_hop;

enum { GSC_HOP_MOST_PROMPT = 5 };

/* A fact as a question and its answer. */
typedef struct gsc_hop_item {
    uint16_t prompt[GSC_HOP_MOST_PROMPT], length;
    uint16_t answer;
    uint16_t between[2]; /* what the fields above say */
} gsc_hop_item;

typedef struct gsc_hop_items {
    size_t count, room;
    gsc_hop_item *items;
} gsc_hop_items;

/* What there is to ask, by what becomes of it; each in random order. */
typedef struct gsc_hop_sets {
    const gsc_two_hop *o;
    size_t entities, relations, values; /* how many tokens of each */
    size_t num_iid; /* atomic facts that are in distribution, which phi is a ratio to */
    gsc_hop_items atomic, train, test, ood;
    char *entity_names, *relation_names; /* NULL: there are none */
} gsc_hop_sets;

int gsc_hop_items_add(gsc_hop_items *items, const gsc_hop_item *item);

/* Fill the sets, zeroed but for the options. `train` has all candidates: phi is none of
 * their business. GSC_EARGUMENT where the options make no graph. */
int gsc_hop_compose(gsc_hop_sets *sets);
int gsc_hop_compare(gsc_hop_sets *sets);

extern const gsc_task gsc_task_two_hop;

#endif
