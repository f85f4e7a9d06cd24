/* Files that may hold states of a network, as they are given: files and folders. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/state_dicts.h"
#include "train/base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MOST_FILES = 100000, MOST_ENTRIES = 1000000, FILES_OF_OURS = 64 };

int
gsc_state_dicts_compare_names(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a += strspn(a, "0");
            b += strspn(b, "0");
            size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");
            int order = na != nb ? (na < nb ? -1 : 1) : strncmp(a, b, na);
            if (order != 0)
                return order < 0 ? -1 : 1;
            a += na;
            b += nb;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++, b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static int
compare_paths(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int order = gsc_state_dicts_compare_names(x, y);
    return order != 0 ? order : strcmp(x, y);
}

static int
add_path(gsc_state_dicts *s, const char *path, size_t *count)
{
    if (*count == MOST_FILES)
        return gsc_fail(GSC_EFORMAT, "%s: more than %d files", path, MOST_FILES);
    int status = gsc_grow(&s->paths, *count, &s->paths_room, sizeof *s->paths);
    if (status < 0)
        return status;
    s->paths[*count] = gsc_copy_text(path);
    if (!s->paths[*count])
        return GSC_EMEMORY;
    ++*count;
    return 0;
}

static bool
may_hold_weights(const char *name)
{
    static const char *const ends[] = {
        ".pt",  ".pth", ".bin", ".ckpt",   ".safetensors", ".npz",
        ".npy", ".pkl", ".h5",  ".pickle", ".hdf5",        ".safetensors.index.json",
        NULL};
    for (size_t i = 0; ends[i]; i++)
        if (*name != '.' && gsc_file_has_ending(name, ends[i]))
            return true;
    return false;
}

/* Files of a folder, or where `are_folders` its folders, appended in their order. */
static int
list_folder(gsc_state_dicts *s, const char *folder, bool are_folders, size_t *count)
{
    int status = 0;
    size_t first = *count, num_entries = 0;
    struct stat info;
    gsc_text path = {0};
    DIR *open = opendir(folder);
    if (!open)
        return gsc_file_fail_reading(folder, errno);
    for (const struct dirent *entry; status == 0 && (entry = readdir(open));) {
        if (num_entries++ == MOST_ENTRIES)
            status =
                gsc_fail(GSC_EFORMAT, "%s: more than %d entries", folder, MOST_ENTRIES);
        if (status < 0 || *entry->d_name == '.' ||
            (!are_folders && !may_hold_weights(entry->d_name)))
            continue;
        path.length = 0;
        status = gsc_text_add(&path, "%s/%s", folder, entry->d_name);
        if (status == 0 && stat(path.data, &info) == 0 &&
            (are_folders ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode)))
            status = add_path(s, path.data, count);
    }
    closedir(open);
    gsc_text_free(&path);
    if (*count > first)
        qsort(s->paths + first, *count - first, sizeof *s->paths, compare_paths);
    return status;
}

/* The files that an index names are read through it. */
static void
drop_shards(gsc_state_dicts *s, size_t first, size_t *count)
{
    static const char index[] = ".index.json";
    bool has_index = false;
    size_t kept = first;
    for (size_t i = first; i < *count; i++)
        has_index = has_index || gsc_file_has_ending(s->paths[i], index);
    for (size_t i = first; i < *count; i++) {
        const char *of = strstr(s->paths[i], "-of-");
        bool is_shard = has_index && of && of - s->paths[i] >= 6 &&
                        strspn(of - 5, "0123456789") == 5 &&
                        strspn(of + 4, "0123456789") == 5;
        if (is_shard)
            free(s->paths[i]);
        else
            s->paths[kept++] = s->paths[i];
    }
    *count = kept;
}

/* Of the forms in which one state lies in a folder the first one is read. */
static void
drop_twins(gsc_state_dicts *s, size_t first, size_t *count)
{
    static const char *const forms[] = {
        "/model.safetensors.index.json", "/model.safetensors",
        "/pytorch_model.bin.index.json", "/pytorch_model.bin", "/tf_model.h5"};
    enum { NUM_FORMS = sizeof forms / sizeof *forms };
    size_t kept = first, best = NUM_FORMS;
    for (size_t k = NUM_FORMS; k-- > 0;)
        for (size_t i = first; i < *count; i++)
            best = gsc_file_has_ending(s->paths[i], forms[k]) ? k : best;
    for (size_t i = first; i < *count; i++) {
        size_t form = 0;
        while (form < NUM_FORMS && !gsc_file_has_ending(s->paths[i], forms[form]))
            form++;
        if (form < NUM_FORMS && form != best)
            free(s->paths[i]);
        else
            s->paths[kept++] = s->paths[i];
    }
    *count = kept;
}

/* A run of ours is no file of others. */
static int
check_foreign(const char *folder)
{
    int status = 0;
    struct stat info;
    gsc_text path = {0};
    GSC_TRY(gsc_text_add(&path, "%s/run.h5", folder));
    if (stat(path.data, &info) == 0)
        status = gsc_fail(GSC_EARGUMENT,
                          "%s: is a run of grokscope's own; the programs read it as it "
                          "is, and there is nothing to import",
                          folder);
out:
    gsc_text_free(&path);
    return status;
}

static int
add_folder(gsc_state_dicts *s, const char *folder, size_t *count)
{
    int status = 0;
    gsc_state_dicts inner = {.files = NULL};
    size_t first = *count, num_folders = 0;
    s->has_folder = true;
    GSC_TRY(check_foreign(folder));
    GSC_TRY(list_folder(s, folder, false, count));
    drop_shards(s, first, count);
    drop_twins(s, first, count);
    if (*count > first)
        return 0;
    GSC_TRY(list_folder(&inner, folder, true, &num_folders));
    for (size_t i = 0; i < num_folders; i++) {
        size_t before = *count;
        GSC_TRY(list_folder(s, inner.paths[i], false, count));
        drop_shards(s, before, count);
        drop_twins(s, before, count);
    }
    if (*count == first)
        status = gsc_fail(GSC_EFORMAT,
                          "%s: is a folder without files of weights (.pt, .pth, .bin, "
                          ".ckpt, .safetensors, .npz, .npy, .pkl, .h5)",
                          folder);
out:
    for (size_t i = 0; i < num_folders; i++)
        free(inner.paths[i]);
    free(inner.paths);
    return status;
}

/* Archives stay open until their tensors are read. */
static void
allow_open_files(size_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > count + FILES_OF_OURS)
        return;
    limit.rlim_cur =
        count + FILES_OF_OURS < limit.rlim_max ? count + FILES_OF_OURS : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* a file that cannot be opened says so */
}

static int
open_all(gsc_state_dicts *s, size_t num_paths)
{
    int status = 0;
    allow_open_files(num_paths);
    GSC_NEW(s->files, num_paths);
    for (; s->num_files < num_paths; s->num_files++)
        GSC_TRY(gsc_external_open(&s->files[s->num_files], s->paths[s->num_files]));
out:
    for (size_t i = s->num_files; i < num_paths; i++) /* those that are not open */
        free(s->paths[i]);
    return status;
}

int
gsc_state_dicts_open(gsc_state_dicts *s, const char *const *paths, size_t num_paths)
{
    int status = 0;
    size_t count = 0;
    struct stat info;
    *s = (gsc_state_dicts){.files = NULL};
    for (size_t i = 0; status == 0 && i < num_paths; i++) {
        bool is_folder = stat(paths[i], &info) == 0 && S_ISDIR(info.st_mode);
        status =
            is_folder ? add_folder(s, paths[i], &count) : add_path(s, paths[i], &count);
    }
    if (status == 0)
        return open_all(s, count);
    for (size_t i = 0; i < count; i++)
        free(s->paths[i]);
    return status;
}

void
gsc_state_dicts_close(gsc_state_dicts *s)
{
    for (size_t i = 0; i < s->num_files; i++) {
        gsc_external_close(s->files[i]);
        free(s->paths[i]);
    }
    free(s->files);
    free(s->paths);
    free(s->items);
    gsc_arena_free(&s->arena);
    gsc_text_free(&s->prefix);
    gsc_text_free(&s->left_out);
    *s = (gsc_state_dicts){.files = NULL};
}
