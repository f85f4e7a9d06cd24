/* Facts out of the files of others: questions of several hops, and relations. */
#ifndef GSC_EXCHANGE_FACT_FILES_H
#define GSC_EXCHANGE_FACT_FILES_H

#include "train/data/knowledge.h"

/* What a file has, added up over files. */
typedef struct gsc_fact_files {
    gsc_triple_list triples;
    size_t files, questions, steps; /* steps: single-hop questions in them */
    size_t chains; /* questions of two steps, of which the second asks of the first */
    size_t
        unread; /* steps that name no head and relation, so that they are no triple */
} gsc_fact_files;

/* Add a file by its ending, or all such files of a folder:
 *
 *   .txt, .tsv   triples head<TAB>relation<TAB>tail (knowledge.h)
 *   .json        {name, samples: [{subject, object}]}: a relation (Hernandez et al.,
 *                arXiv 2308.09124)
 *   .jsonl       one question a line: 2WikiMultiHopQA (evidences: [[head, relation,
 *                tail]]), MuSiQue (question_decomposition: [{question, answer}], where
 *                "X >> r" and "… #1 …" tell the head), or a tree (nodes: [{q, sons,
 *                answer}]), whose leaves are steps; "#1" there is the first node
 *
 * GSC_EFORMAT with file and line. */
int gsc_fact_files_add(gsc_fact_files *files, const char *path);
void gsc_fact_files_free(gsc_fact_files *files);

#endif
