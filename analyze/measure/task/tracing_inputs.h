/* Inputs for causal tracing: an example with one of its tokens exchanged, so that
 * another answer follows. */
#ifndef GSC_MEASURE_TRACING_INPUTS_H
#define GSC_MEASURE_TRACING_INPUTS_H

#include "grokscope/loaded_model.h"

/* What of an example is exchanged, and positions of the stream that follow it. */
enum { GSC_TRACES = 3 };
typedef struct gsc_trace {
    const char *name;    /* "head" */
    size_t token;        /* position of the token that is exchanged */
    size_t first, count; /* positions whose state is put in */
} gsc_trace;

/* What the examples say of the facts. */
typedef struct gsc_tracing_facts {
    bool compares;
    size_t entities, relations, values;
    gsc_trace traces[GSC_TRACES];
    /* [entities, relations] the tail, or the value, of an atomic fact; -1: none. Those
     * from which something follows that is trained on; others take no part. */
    int32_t *tail;
    bool *trained;
    uint16_t *choices; /* work [entities + relations] */
} gsc_tracing_facts;

/* GSC_EFORMAT where the facet "two_hop" is damaged, or there is no split train. */
int gsc_tracing_facts_init(gsc_tracing_facts *facts, const gsc_loaded_model *loaded);
void gsc_tracing_facts_free(gsc_tracing_facts *facts);

/* The token for trace `which` of an inferred example [n_ctx], drawn by stream "tracing"
 * and `draw` of those that Wang et al. draw from (causal_tracing_composition.py,
 * causal_tracing_comparison.py): of a composition any by which another tail follows, or
 * none; of a comparison an entity whose value is that of the other one, or next to it
 * where both are equal, or another attribute. -1: there is none. */
int32_t gsc_tracing_token(const gsc_tracing_facts *facts, size_t which,
                          const uint16_t *tokens, uint64_t draw);

#endif
