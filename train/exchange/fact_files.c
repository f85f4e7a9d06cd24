/* Facts out of the files of others. */
#include "train/exchange/fact_files.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/data/data_files.h"
#include "train/exchange/json_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 0x7fffffff };

void
gsc_fact_files_free(gsc_fact_files *files)
{
    gsc_triple_list_free(&files->triples);
}

/* ---- Values ---- */

static const char *
text_of(const gsc_value *value)
{
    return value && value->kind == GSC_VALUE_TEXT ? value->text : NULL;
}

static const gsc_value *
list_at(const gsc_value *value, const char *key)
{
    const gsc_value *list =
        value->kind == GSC_VALUE_DICT ? gsc_value_get(value, key) : NULL;
    return list && list->kind == GSC_VALUE_LIST ? list : NULL;
}

static const char *
text_at(const gsc_value *value, const char *key)
{
    return value->kind == GSC_VALUE_DICT ? text_of(gsc_value_get(value, key)) : NULL;
}

/* ---- Relations ---- */

static int
add_relation(gsc_fact_files *files, const gsc_value *root)
{
    int status = 0;
    const char *name = text_at(root, "name");
    const gsc_value *samples = list_at(root, "samples");
    if (!name || !samples)
        return gsc_fail(GSC_EFORMAT, "expected a relation: {name, samples: [{subject, "
                                     "object}]}");
    for (size_t i = 0; i < samples->count; i++) {
        const char *subject = text_at(samples->items[i], "subject"),
                   *object = text_at(samples->items[i], "object");
        if (!subject || !object)
            return gsc_fail(GSC_EFORMAT,
                            "samples[%zu]: expected texts subject and object", i);
        GSC_TRY(gsc_triple_list_add(&files->triples, subject, name, object));
    }
out:
    return status;
}

/* ---- Questions ---- */

static int
add_evidences(gsc_fact_files *files, const gsc_value *evidences)
{
    int status = 0;
    for (size_t i = 0; i < evidences->count; i++) {
        const gsc_value *e = evidences->items[i];
        const char *cells[3] = {NULL, NULL, NULL};
        for (size_t k = 0; e->kind == GSC_VALUE_LIST && k < 3 && k < e->count; k++)
            cells[k] = text_of(e->items[k]);
        if (!cells[2] || !cells[1] || !cells[0])
            return gsc_fail(GSC_EFORMAT,
                            "evidences[%zu]: expected [head, relation, tail]", i);
        files->steps++;
        GSC_TRY(gsc_triple_list_add(&files->triples, cells[0], cells[1], cells[2]));
    }
    if (evidences->count == 2 && strcmp(text_of(evidences->items[0]->items[2]),
                                        text_of(evidences->items[1]->items[0])) == 0)
        files->chains++;
out:
    return status;
}

/* The number after the first '#', 0 without one; *end is past it. */
static size_t
reference(const char *question, const char **begin, const char **end)
{
    const char *at = strchr(question, '#');
    while (at && !isdigit((unsigned char)at[1]))
        at = strchr(at + 1, '#');
    if (!at)
        return 0;
    char *past;
    size_t number = strtoul(at + 1, &past, 10);
    *begin = at;
    *end = past;
    return number;
}

/* A step "X >> relation", or one that asks of an earlier answer: "relation of #1". */
static int
add_step(gsc_fact_files *files, const gsc_value *steps, size_t i, const char *question,
         const char *answer)
{
    int status = 0;
    const char *arrow = strstr(question, " >> "), *begin = "", *end = "";
    size_t number = reference(question, &begin, &end);
    gsc_text head = {0}, relation = {0};
    const char *earlier =
        number > 0 && number <= i ? text_at(steps->items[number - 1], "answer") : NULL;
    if (earlier && arrow) {
        GSC_TRY(gsc_text_add(&head, "%s", earlier));
        GSC_TRY(gsc_text_add(&relation, "%s", arrow + 4));
    } else if (earlier) {
        GSC_TRY(gsc_text_add(&head, "%s", earlier));
        GSC_TRY(
            gsc_text_add(&relation, "%.*s#%s", (int)(begin - question), question, end));
    } else if (arrow) {
        GSC_TRY(gsc_text_add(&head, "%.*s", (int)(arrow - question), question));
        GSC_TRY(gsc_text_add(&relation, "%s", arrow + 4));
    } else {
        files->unread++;
        goto out;
    }
    GSC_TRY(gsc_triple_list_add(&files->triples, head.data, relation.data, answer));
out:
    gsc_text_free(&head);
    gsc_text_free(&relation);
    return status;
}

/* Steps are those without sons: a node with some puts others together. */
static int
add_steps(gsc_fact_files *files, const gsc_value *steps, const char *key)
{
    int status = 0;
    size_t count = 0;
    bool asks_first = false;
    const char *begin, *end;
    for (size_t i = 0; i < steps->count; i++) {
        const gsc_value *sons = list_at(steps->items[i], "sons");
        const char *question = text_at(steps->items[i], key),
                   *answer = text_at(steps->items[i], "answer");
        if (!question || !answer)
            return gsc_fail(GSC_EFORMAT, "step %zu: expected texts %s and answer", i,
                            key);
        if (sons && sons->count > 0)
            continue;
        count++;
        asks_first = reference(question, &begin, &end) == 1;
        GSC_TRY(add_step(files, steps, i, question, answer));
    }
    files->steps += count;
    files->chains += count == 2 && asks_first;
out:
    return status;
}

static int
add_question(gsc_fact_files *files, const gsc_value *root)
{
    const gsc_value *evidences = list_at(root, "evidences"),
                    *steps = list_at(root, "question_decomposition"),
                    *nodes = list_at(root, "nodes");
    files->questions++;
    return evidences ? add_evidences(files, evidences)
           : steps   ? add_steps(files, steps, "question")
           : nodes   ? add_steps(files, nodes, "q")
                     : gsc_fail(GSC_EFORMAT, "expected a question with evidences, "
                                               "question_decomposition or nodes");
}

/* ---- Files ---- */

typedef int adder(gsc_fact_files *files, const gsc_value *root);

static int
add_json(gsc_fact_files *files, const char *text, size_t length, adder *add)
{
    int status = 0;
    gsc_arena arena = {NULL};
    gsc_value *root;
    GSC_TRY(gsc_json_value(&arena, text, length, &root));
    GSC_TRY(add(files, root));
out:
    gsc_arena_free(&arena);
    return status;
}

static int
add_relation_file(gsc_fact_files *files, const char *path)
{
    int status = 0;
    char *text = NULL;
    size_t length;
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &text, &length));
    status = add_json(files, text, length, add_relation);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    free(text);
    return status;
}

static int
add_question_file(gsc_fact_files *files, const char *path)
{
    int status = 0;
    char *text = NULL, place[GSC_DATA_PATH_BYTES + 32];
    size_t length, line = 1;
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &text, &length));
    for (char *at = text, *next; *at; at = next, line++) {
        size_t bytes = strcspn(at, "\n");
        next = at + bytes + (at[bytes] == '\n');
        if (bytes == 0)
            continue;
        status = add_json(files, at, bytes, add_question);
        if (status < 0) {
            snprintf(place, sizeof place, "%s: line %zu", path, line);
            GSC_TRY(gsc_fail_in(status, place));
        }
    }
out:
    free(text);
    return status;
}

static int
add_file(void *context, const char *path)
{
    gsc_fact_files *files = context;
    files->files++;
    return gsc_file_has_ending(path, ".json") ? add_relation_file(files, path)
           : gsc_file_has_ending(path, ".jsonl")
               ? add_question_file(files, path)
               : gsc_triple_list_read(&files->triples, path);
}

int
gsc_fact_files_add(gsc_fact_files *files, const char *path)
{
    static const char *const endings[] = {".txt", ".tsv", ".json", ".jsonl"};
    int status = 0;
    struct stat about;
    size_t before = files->files;
    if (stat(path, &about) < 0 || !S_ISDIR(about.st_mode))
        return add_file(files, path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        GSC_TRY(gsc_each_file(path, endings[i], add_file, files));
    if (files->files == before)
        status =
            gsc_fail(GSC_EFORMAT, "%s: has no *.txt, *.tsv, *.json or *.jsonl", path);
out:
    return status;
}
