/* Folders of runs with small step files. */
#ifndef GSC_TEST_RUN_FOLDER_FIXTURE_H
#define GSC_TEST_RUN_FOLDER_FIXTURE_H

#include "grokscope/run_folder.h"

#include "folder_fixture.h"
#include "train/base/file.h"

#include <sys/stat.h>

static inline const char *
in_folder(const char *name)
{
    static char place[4][256]; /* several in one call */
    static unsigned next;
    char *made = place[next++ % 4];
    snprintf(made, sizeof place[0], "%s/%s", folder, name);
    return made;
}

static inline bool
exists(const char *name)
{
    struct stat info;
    return lstat(in_folder(name), &info) == 0;
}

static inline void
touch(const char *name)
{
    assert_int_equal(gsc_file_write(in_folder(name), "x", 1), 0);
}

/* A checkpoint whose only tensor holds `value` six times, or five times. */
static inline gsc_checkpoint
checkpoint_of(int64_t step, float value, size_t columns)
{
    static float data[6];
    static gsc_tensor param;
    for (size_t i = 0; i < 6; i++)
        data[i] = value;
    param = (gsc_tensor){.name = "embed.W_E", .axes = "a b", .trained = true};
    param.shape = (gsc_shape){2, {2, columns}};
    param.data = data;
    return (gsc_checkpoint){
        .step = step, .config = "{}", .num_params = 1, .params = &param};
}

static inline void
write_step(int64_t step, float value, size_t columns)
{
    char place[GSC_PATH_BYTES];
    gsc_checkpoint made = checkpoint_of(step, value, columns);
    assert_int_equal(gsc_run_step_path(folder, step, place), 0);
    if (gsc_checkpoint_write(&made, place) < 0)
        fail_msg("%s", gsc_error_text());
}

/* With all that a run left in it. */
static inline int
remove_run(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define IN_RUN(claim) cmocka_unit_test_setup_teardown(claim, make_folder, remove_run)

#endif
