/* Tasks and groups by their names. */
#ifndef GSC_TEST_TASK_FIXTURE_H
#define GSC_TEST_TASK_FIXTURE_H

#include "test.h"

#include "grokscope/group.h"
#include "grokscope/task.h"

#include <string.h>

/* The row of an operation in the table of all. */
static inline int64_t
row_of(const char *name)
{
    size_t count;
    const gsc_operation *table = gsc_operations(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return (int64_t)i;
    fail_msg("no operation %s", name);
    return -1;
}

static inline gsc_group
make_group(const char *name)
{
    gsc_group group;
    assert_return_ok(gsc_group_init(&group, name));
    return group;
}

#endif
