/* Knowledge graphs: entities, relations, and facts (head, relation, tail) among them.
 */
#ifndef GSC_DATA_KNOWLEDGE_H
#define GSC_DATA_KNOWLEDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gsc_fact {
    uint32_t head, relation, tail;
} gsc_fact;

typedef struct gsc_knowledge {
    size_t num_entities, num_relations, num_facts;
    gsc_fact *facts; /* distinct, ascending by head, relation and tail */
    size_t *first;   /* [num_entities + 1] where the facts of each head begin */
    /* Names of entities and relations, each ascending in the order of bytes; NULL of a
     * graph that was drawn. */
    char **entities, **relations;
} gsc_knowledge;

/* What is read one triple after another. Zeroed is empty. */
typedef struct gsc_triple_list {
    size_t count, room;
    char *(*names)[3]; /* head, relation, tail, each of its own */
} gsc_triple_list;

/* Add a triple; the names are copied. */
int gsc_triple_list_add(gsc_triple_list *list, const char *head, const char *relation,
                        const char *tail);
void gsc_triple_list_free(gsc_triple_list *list);

/* Add the triples of a file, one a line, head<TAB>relation<TAB>tail without a row of
 * names. GSC_EFORMAT where a line has not three cells, or one of them is empty. */
int gsc_triple_list_read(gsc_triple_list *list, const char *path);

/* The graph of a list; what stands twice counts once. GSC_EARGUMENT where the list is
 * empty. Cost: sorting. */
int gsc_knowledge_of_triples(gsc_knowledge *knowledge, const gsc_triple_list *list);

/* The graph of `num_facts` facts, in any order, each of which counts once: facts are
 * the graph's from now on, also where this fails. It has no names. */
int gsc_knowledge_of_facts(gsc_knowledge *knowledge, gsc_fact *facts, size_t num_facts,
                           size_t num_entities, size_t num_relations);

/* The graph of one file, or of all files of a folder that end in .txt or .tsv. */
int gsc_knowledge_read(gsc_knowledge *knowledge, const char *path);

void gsc_knowledge_free(gsc_knowledge *knowledge);

/* The facts of a head and a relation: the first one, and how many follow. */
const gsc_fact *gsc_knowledge_find(const gsc_knowledge *knowledge, uint32_t head,
                                   uint32_t relation, size_t *count);

#endif
