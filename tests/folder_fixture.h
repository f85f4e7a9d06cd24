/* A folder for tests that need files: made before, gone after. */
#ifndef GSC_TEST_FOLDER_FIXTURE_H
#define GSC_TEST_FOLDER_FIXTURE_H

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[40];
static char path[64]; /* of one file in it */

static inline int
make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/grokscope-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

/* Fails where a test left more than the one file. */
static inline int
remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* For a group of tests that work in a folder of their own, whatever they leave there.
 */
static inline int
enter_folder(void **state)
{
    return make_folder(state) < 0 ? -1 : chdir(folder);
}

static inline int
leave_folder(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}

#define IN_FOLDER(claim) \
    cmocka_unit_test_setup_teardown(claim, make_folder, remove_folder)

#endif
