/* For the tests of one run: `folder` is where their setup has trained it. */
#ifndef GSC_TEST_ONE_RUN_H
#define GSC_TEST_ONE_RUN_H

#include "runs.h"

static char folder[32];

/* Train a recipe with some keys changed, NULL after the last. */
static inline int
make_one_run(void **state, const char *recipe, const char *const (*changes)[2])
{
    (void)state;
    train_run(recipe, changes, folder);
    return 0;
}

static inline int
remove_one_run(void **state)
{
    (void)state;
    remove_run(folder);
    return 0;
}

static inline void
open_step(gsc_loaded_model *loaded, int64_t step)
{
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, step, path));
    assert_return_ok(gsc_loaded_model_open(loaded, path));
}

#endif
