/* Files that a configuration names and that are gone: what the run itself holds. */
#include "train/run/own_files.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The order of all examples: those that train, then the rest. */
static int
add_order(const gsc_checkpoint *former, gsc_text *text)
{
    int status = 0;
    bool *trains = NULL;
    size_t all = former->dataset.num_examples;
    const gsc_split *train = gsc_dataset_split(&former->dataset, "train");
    GSC_NEW(trains, all);
    for (size_t i = 0; train && i < train->count; i++) {
        trains[train->indices[i]] = true;
        GSC_TRY(gsc_text_add(text, "%u\n", (unsigned)train->indices[i]));
    }
    for (size_t i = 0; i < all; i++)
        if (!trains[i])
            GSC_TRY(gsc_text_add(text, "%zu\n", i));
out:
    free(trains);
    return status;
}

/* The Cayley table, one row on each line. */
static int
add_table(const gsc_checkpoint *former, gsc_text *text)
{
    int status = 0;
    gsc_binary_table table;
    bool found;
    GSC_TRY(gsc_binary_table_read(&former->facets, &table, &found));
    if (!found || !table.group_table)
        return 0;
    for (size_t i = 0; i < table.n * table.n; i++)
        GSC_TRY(gsc_text_add(text, "%u%s", (unsigned)table.group_table[i],
                             i % table.n == table.n - 1 ? "\n" : " "));
out:
    return status;
}

static const struct {
    const char *key;
    int (*add)(const gsc_checkpoint *former, gsc_text *text);
} own[] = {{"split_file", add_order}, {"group_file", add_table}};
enum { NUM_OWN = sizeof own / sizeof *own };

bool
gsc_is_own_file(const gsc_option *key)
{
    for (size_t i = 0; i < NUM_OWN; i++)
        if (strcmp(key->name, own[i].key) == 0)
            return true;
    return false;
}

static bool
is_gone(const char *path)
{
    return *path && access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* Write the copy of one and name it. */
static int
restore(gsc_config *config, size_t i, const char *named, const char *folder,
        gsc_text *said)
{
    int status = 0;
    bool found;
    gsc_checkpoint former = {.step = 0};
    gsc_text copy = {0}, path = {0};
    GSC_TRY(gsc_run_read_resume(folder, &former, &found));
    if (found)
        GSC_TRY(own[i].add(&former, &copy));
    if (copy.length == 0)
        goto out;
    GSC_TRY(gsc_text_add(&path, "%s/%s.txt", folder, own[i].key));
    GSC_TRY(gsc_file_write(path.data, copy.data, copy.length));
    GSC_TRY(gsc_text_add(said, "%s %s is gone; the run's own copy of it is used, %s",
                         own[i].key, named, path.data));
    GSC_TRY(gsc_config_set(config, own[i].key, path.data));
out:
    gsc_checkpoint_free(&former);
    gsc_text_free(&copy);
    gsc_text_free(&path);
    return status;
}

int
gsc_own_files_restore(gsc_config *config, const char *folder,
                      void (*say)(void *context, const char *text), void *context)
{
    int status = 0;
    gsc_text said = {0};
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(config, sets);
    for (size_t i = 0; i < NUM_OWN; i++) {
        void *named = NULL;
        said.length = 0;
        if (!gsc_options_find(sets, GSC_CONFIG_SETS, own[i].key, &named) ||
            !is_gone(named) || access(folder, F_OK) != 0)
            continue;
        GSC_TRY(restore(config, i, named, folder, &said));
        if (said.length > 0 && say)
            say(context, said.data);
    }
out:
    gsc_text_free(&said);
    return status;
}
