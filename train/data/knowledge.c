/* Knowledge graphs. */
#include "train/data/knowledge.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/data/data_files.h"
#include "train/data/delimited.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Triples by name ---- */

void
gsc_triple_list_free(gsc_triple_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < 3; k++)
            free(list->names[i][k]);
    free(list->names);
    *list = (gsc_triple_list){.count = 0};
}

int
gsc_triple_list_add(gsc_triple_list *list, const char *head, const char *relation,
                    const char *tail)
{
    int status = 0;
    const char *const names[3] = {head, relation, tail};
    GSC_TRY(gsc_grow(&list->names, list->count, &list->room, sizeof *list->names));
    char **own = list->names[list->count];
    memset(own, 0, 3 * sizeof *own);
    list->count++;
    for (size_t k = 0; k < 3; k++) {
        own[k] = gsc_copy_text(names[k]);
        if (!own[k])
            return GSC_EMEMORY;
    }
out:
    return status;
}

int
gsc_triple_list_read(gsc_triple_list *list, const char *path)
{
    int status = 0;
    gsc_delimited table;
    GSC_TRY(gsc_delimited_read(&table, path, '\t'));
    if (table.num_columns != 3)
        GSC_TRY(gsc_fail(GSC_EFORMAT,
                         "%s: line 1: %zu cells, expected a triple: "
                         "head<TAB>relation<TAB>tail",
                         path, table.num_columns));
    for (size_t row = 0; row <= table.num_rows; row++) {
        char **cells = table.cells + 3 * row; /* the first row is a triple too */
        for (size_t k = 0; k < 3; k++)
            if (!*cells[k])
                GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: row %zu: cell %zu is empty", path,
                                 row + 1, k + 1));
        GSC_TRY(gsc_triple_list_add(list, cells[0], cells[1], cells[2]));
    }
out:
    gsc_delimited_free(&table);
    return status;
}

/* ---- The graph ---- */

static int
compare_facts(const void *a, const void *b)
{
    const gsc_fact *x = a, *y = b;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    if (x->relation != y->relation)
        return x->relation < y->relation ? -1 : 1;
    return (x->tail > y->tail) - (x->tail < y->tail);
}

int
gsc_knowledge_of_facts(gsc_knowledge *knowledge, gsc_fact *facts, size_t num_facts,
                       size_t num_entities, size_t num_relations)
{
    int status = 0;
    size_t count = 0;
    *knowledge = (gsc_knowledge){
        .num_entities = num_entities, .num_relations = num_relations, .facts = facts};
    qsort(facts, num_facts, sizeof *facts, compare_facts);
    for (size_t i = 0; i < num_facts; i++)
        if (i == 0 || compare_facts(&facts[i], &facts[count - 1]) != 0)
            facts[count++] = facts[i];
    knowledge->num_facts = count;
    GSC_NEW(knowledge->first, num_entities + 1);
    for (size_t i = 0; i < count; i++)
        knowledge->first[facts[i].head + 1]++;
    for (size_t e = 0; e < num_entities; e++)
        knowledge->first[e + 1] += knowledge->first[e];
out:
    return status;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The different ones of `count` names, ascending, as copies of the graph's own. */
static int
sort_names(char **all, size_t count, char ***names, size_t *num_names)
{
    int status = 0;
    qsort(all, count, sizeof *all, compare_names);
    GSC_NEW(*names, count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(all[i], all[i - 1]) == 0)
            continue;
        (*names)[*num_names] = gsc_copy_text(all[i]);
        if (!(*names)[(*num_names)++])
            return GSC_EMEMORY;
    }
out:
    return status;
}

static uint32_t
place_of(char *const *names, size_t count, const char *name)
{
    char *const *at = bsearch(&name, names, count, sizeof *names, compare_names);
    return (uint32_t)(at - names);
}

static int
name_all(gsc_knowledge *k, const gsc_triple_list *list, char **work)
{
    int status = 0;
    for (size_t i = 0; i < list->count; i++) {
        work[2 * i] = list->names[i][0];
        work[2 * i + 1] = list->names[i][2];
    }
    GSC_TRY(sort_names(work, 2 * list->count, &k->entities, &k->num_entities));
    for (size_t i = 0; i < list->count; i++)
        work[i] = list->names[i][1];
    GSC_TRY(sort_names(work, list->count, &k->relations, &k->num_relations));
out:
    return status;
}

int
gsc_knowledge_of_triples(gsc_knowledge *knowledge, const gsc_triple_list *list)
{
    int status = 0;
    char **work = NULL;
    gsc_fact *facts = NULL;
    gsc_knowledge named = {.num_facts = 0};
    *knowledge = named;
    if (list->count == 0)
        return gsc_fail(GSC_EARGUMENT, "found no triple, expected one at least");
    GSC_NEW(work, 2 * list->count);
    GSC_TRY(name_all(&named, list, work));
    GSC_NEW(facts, list->count);
    for (size_t i = 0; i < list->count; i++)
        facts[i] = (gsc_fact){
            place_of(named.entities, named.num_entities, list->names[i][0]),
            place_of(named.relations, named.num_relations, list->names[i][1]),
            place_of(named.entities, named.num_entities, list->names[i][2])};
    GSC_TRY(gsc_knowledge_of_facts(knowledge, facts, list->count, named.num_entities,
                                   named.num_relations));
out:
    free(work);
    knowledge->entities = named.entities;
    knowledge->relations = named.relations;
    knowledge->num_entities = named.num_entities;
    knowledge->num_relations = named.num_relations;
    return status;
}

void
gsc_knowledge_free(gsc_knowledge *knowledge)
{
    for (size_t i = 0; knowledge->entities && i < knowledge->num_entities; i++)
        free(knowledge->entities[i]);
    for (size_t i = 0; knowledge->relations && i < knowledge->num_relations; i++)
        free(knowledge->relations[i]);
    free(knowledge->entities);
    free(knowledge->relations);
    free(knowledge->facts);
    free(knowledge->first);
    *knowledge = (gsc_knowledge){.num_facts = 0};
}

/* ---- Files ---- */

static int
read_file(void *list, const char *path)
{
    return gsc_triple_list_read(list, path);
}

int
gsc_knowledge_read(gsc_knowledge *knowledge, const char *path)
{
    int status = 0;
    struct stat about;
    gsc_triple_list list = {.count = 0};
    *knowledge = (gsc_knowledge){.num_facts = 0};
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        GSC_TRY(gsc_each_file(path, ".txt", read_file, &list));
        GSC_TRY(gsc_each_file(path, ".tsv", read_file, &list));
        if (list.count == 0)
            GSC_TRY(gsc_fail(GSC_EFORMAT,
                             "%s: has no file *.txt or *.tsv, expected triples: "
                             "head<TAB>relation<TAB>tail",
                             path));
    } else {
        GSC_TRY(gsc_triple_list_read(&list, path));
    }
    GSC_TRY(gsc_knowledge_of_triples(knowledge, &list));
out:
    gsc_triple_list_free(&list);
    return status;
}

const gsc_fact *
gsc_knowledge_find(const gsc_knowledge *k, uint32_t head, uint32_t relation,
                   size_t *count)
{
    size_t at = k->first[head], end = k->first[head + 1];
    while (at < end && k->facts[at].relation < relation)
        at++;
    size_t first = at;
    while (at < end && k->facts[at].relation == relation)
        at++;
    *count = at - first;
    return &k->facts[first];
}
