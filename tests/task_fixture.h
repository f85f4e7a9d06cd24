/* Binary operations by their names, with their arrays at hand; groups. */
#ifndef GSC_TEST_TASK_FIXTURE_H
#define GSC_TEST_TASK_FIXTURE_H

#include "test.h"

#include "grokscope/binary_table.h"
#include "grokscope/group.h"

#include "train/task/binary_operation.h"
#include "train/task/layout.h"
#include "train/task/operations.h"

#include <string.h>

static inline gsc_group
make_group(const char *name)
{
    gsc_group group;
    assert_return_ok(gsc_group_init(&group, name));
    return group;
}

/* What the task makes, its arrays as tests read them. */
typedef struct made_task {
    gsc_dataset dataset;
    gsc_facets facets;
    gsc_binary_table pairs;
    size_t num_examples, n_ctx, d_vocab, num_train, num_test;
    const uint16_t *tokens, *label; /* label of each example's rows */
    const uint32_t *train, *test;
} made_task;

static inline void
free_made_task(made_task *made)
{
    gsc_dataset_free(&made->dataset);
    gsc_facets_free(&made->facets);
}

static inline int
try_task(const gsc_binary_operation *options, made_task *made)
{
    bool found;
    gsc_binary_operation copy = *options;
    *made = (made_task){.num_examples = 0};
    int status = gsc_task_binary_operation.make(&copy, &made->dataset, &made->facets);
    if (status < 0) {
        free_made_task(made);
        return status;
    }
    const gsc_field *tokens = gsc_dataset_find(&made->dataset, "tokens");
    const gsc_split *train = gsc_dataset_split(&made->dataset, "train");
    const gsc_split *test = gsc_dataset_split(&made->dataset, "test");
    assert_return_ok(gsc_binary_table_read(&made->facets, &made->pairs, &found));
    assert_true(found);
    assert_return_ok(gsc_dataset_check(&made->dataset));
    made->num_examples = made->dataset.num_examples;
    made->n_ctx = tokens->shape.dims[0];
    made->d_vocab = tokens->num_values;
    made->tokens = tokens->data;
    made->label = gsc_dataset_find(&made->dataset, "label")->data;
    made->num_train = train->count;
    made->train = train->indices;
    made->num_test = test->count;
    made->test = test->indices;
    return 0;
}

static inline made_task
make_task(const gsc_binary_operation *options)
{
    made_task made;
    if (try_task(options, &made) < 0)
        fail_msg("%s", gsc_error_text());
    return made;
}

#endif
