/* Files that a configuration names and that are gone: what the run itself holds. */
#include "train/run/own_files.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/checkpoint/run_fork.h"

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

/* ---- Where the copies go ---- */

/* A name that no file of the folder has: it may be of a run that stays. */
static int
find_free_path(const char *folder, const char *key, gsc_text *path)
{
    int status = 0;
    for (int number = 1; path->length == 0 || access(path->data, F_OK) == 0; number++) {
        path->length = 0;
        GSC_TRY(number == 1 ? gsc_text_add(path, "%s/%s.txt", folder, key)
                            : gsc_text_add(path, "%s/%s-%d.txt", folder, key, number));
    }
out:
    return status;
}

static int
find_path(gsc_own_files *self, const char *key, gsc_text *path)
{
    int status = 0;
    if (!self->fork)
        return gsc_text_add(path, "%s/%s.txt", self->folder, key);
    bool is_new = access(self->folder, F_OK) != 0;
    GSC_TRY(gsc_file_make_folder(self->folder));
    self->made_folder = self->made_folder || is_new;
    GSC_TRY(find_free_path(self->folder, key, path));
    self->made[self->num_made] = gsc_copy_text(path->data);
    if (!self->made[self->num_made])
        return GSC_EMEMORY;
    self->num_made++;
out:
    return status;
}

/* ---- The copies ---- */

/* Write the copy of one and name it. */
static int
restore(gsc_own_files *self, gsc_config *config, size_t i, const char *named,
        const gsc_checkpoint *former)
{
    int status = 0;
    gsc_text copy = {0}, path = {0}, said = {0};
    GSC_TRY(own[i].add(former, &copy));
    if (copy.length == 0)
        goto out;
    GSC_TRY(find_path(self, own[i].key, &path));
    GSC_TRY(gsc_file_write(path.data, copy.data, copy.length));
    GSC_TRY(gsc_text_add(&said, "%s %s is gone; the run's own copy of it is used, %s",
                         own[i].key, named, path.data));
    GSC_TRY(gsc_config_set(config, own[i].key, path.data));
    if (self->say)
        self->say(self->context, said.data);
out:
    gsc_text_free(&copy);
    gsc_text_free(&path);
    gsc_text_free(&said);
    return status;
}

static int
read_former(const gsc_own_files *self, gsc_checkpoint *former, bool *found)
{
    char from[GSC_PATH_BYTES];
    *found = true;
    return self->fork ? gsc_run_read_state(self->fork, former, from)
                      : gsc_run_read_resume(self->folder, former, found);
}

int
gsc_own_files_restore(gsc_own_files *self, gsc_config *config)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_checkpoint former = {.step = 0};
    bool is_read = false, found = false;
    gsc_config_options(config, sets);
    for (size_t i = 0; i < NUM_OWN; i++) {
        void *named = NULL;
        if (!gsc_options_find(sets, GSC_CONFIG_SETS, own[i].key, &named) ||
            !is_gone(named) || (!self->fork && access(self->folder, F_OK) != 0))
            continue;
        if (!is_read)
            GSC_TRY(read_former(self, &former, &found));
        is_read = true;
        if (found)
            GSC_TRY(restore(self, config, i, named, &former));
    }
out:
    gsc_checkpoint_free(&former);
    return status;
}

void
gsc_own_files_close(gsc_own_files *self, bool failed)
{
    for (size_t i = 0; i < self->num_made; i++) {
        if (failed)
            unlink(self->made[i]);
        free(self->made[i]);
    }
    if (failed && self->made_folder)
        rmdir(self->folder); /* stays where there is something else by now */
    self->num_made = 0;
}
