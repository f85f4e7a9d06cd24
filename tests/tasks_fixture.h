/* What a task makes of its options. */
#ifndef GSC_TEST_TASKS_FIXTURE_H
#define GSC_TEST_TASKS_FIXTURE_H

#include "test.h"

#include "grokscope/task.h"

#include <stdio.h>
#include <string.h>

typedef struct made {
    gsc_dataset dataset;
    gsc_facets facets;
} made;

/* A task with its defaults but for these: "n=5 k=2". */
static inline int
try(const gsc_task *task, const char *changes, made *m)
{
    static union {
        double aligned;
        char bytes[8192];
    } values;
    char copy[256], *rest = NULL;
    gsc_options set = {NULL, task->options, task->num_options, &values};
    *m = (made){.dataset = {.num_examples = 0}};
    assert_return_ok(gsc_options_default(&set, 1));
    snprintf(copy, sizeof copy, "%s", changes);
    for (char *word = strtok_r(copy, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        assert_return_ok(gsc_options_set(&set, 1, word, equals + 1));
    }
    int status = task->make(&values, &m->dataset, &m->facets);
    if (status == 0)
        assert_return_ok(gsc_dataset_check(&m->dataset));
    return status;
}

static inline void
release(made *m)
{
    gsc_dataset_free(&m->dataset);
    gsc_facets_free(&m->facets);
}

static inline made
make(const gsc_task *task, const char *changes)
{
    made m;
    if (try(task, changes, &m) < 0)
        fail_msg("%s", gsc_error_text());
    return m;
}

#endif
