/* Recipes: files of `option = value`. */
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/file.h"
#include "train/run/recipe.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECIPE_BYTES = 1 << 20, PATH_BYTES = GSC_RECIPE_PATH_BYTES };

static const char ending[] = ".recipe";

/* ---- Where the shipped ones lie ---- */

/* Whether they lie in ../share as seen from a folder of programs. */
static bool
is_beside(const char *programs, size_t length, char folder[PATH_BYTES])
{
    int end = snprintf(folder, PATH_BYTES, "%.*s/../share/grokscope/recipes",
                       (int)length, programs);
    return end < PATH_BYTES && access(folder, R_OK) == 0;
}

/* An installation can be moved, so they are looked for beside the program; else, for a
 * client of the library, beside the programs on the PATH, as man does with its pages;
 * else where the build was to be installed. */
static bool
find_folder(char folder[PATH_BYTES])
{
    char program[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    while (length > 0 && program[--length] != '/')
        ;
    if (length > 0 && is_beside(program, (size_t)length, folder))
        return true;
    const char *path = getenv("PATH");
    for (size_t bytes; path && *path; path += bytes + (path[bytes] == ':')) {
        bytes = strcspn(path, ":");
        if (bytes > 0 && is_beside(path, bytes, folder))
            return true;
    }
    snprintf(folder, PATH_BYTES, "%s", GSC_RECIPE_FOLDER);
    return access(folder, R_OK) == 0;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int
gsc_config_recipes(char ***out_names)
{
    enum { MOST = 255 };
    int status = 0;
    char folder[PATH_BYTES], **names = NULL;
    size_t count = 0;
    DIR *directory = NULL;
    *out_names = NULL;
    GSC_NEW(names, MOST + 1);
    if (find_folder(folder))
        directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (!gsc_file_has_ending(entry->d_name, ending) || count == MOST)
            continue;
        names[count] = gsc_copy_text(entry->d_name);
        if (!names[count]) {
            status = GSC_EMEMORY;
            goto out;
        }
        names[count][strlen(entry->d_name) - (sizeof ending - 1)] = '\0';
        count++;
    }
    qsort(names, count, sizeof *names, compare_names);
    *out_names = names;
    names = NULL;
out:
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
    if (directory)
        closedir(directory);
    return status;
}

static int
list_names(char *const *names, gsc_text *list, size_t *count)
{
    int status = 0;
    for (*count = 0; names[*count]; ++*count)
        GSC_TRY(gsc_text_add(list, "%s%s", *count > 0 ? ", " : "", names[*count]));
out:
    return status;
}

static int
unknown_recipe(const char *name)
{
    int status = 0;
    char **names = NULL;
    size_t count;
    gsc_text list = {0};
    GSC_TRY(gsc_config_recipes(&names));
    GSC_TRY(list_names(names, &list, &count));
    const char *nearest = gsc_text_nearest(name, (const char *const *)names, count);
    if (nearest)
        status =
            gsc_fail(GSC_EARGUMENT, "no file and no recipe '%s'; did you mean '%s'?",
                     name, nearest);
    else
        status = gsc_fail(GSC_EARGUMENT, "no file and no recipe '%s'; there are: %s",
                          name, count > 0 ? list.data : "none");
out:
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
    gsc_text_free(&list);
    return status;
}

int
gsc_recipe_find(const char *recipe, char path[PATH_BYTES])
{
    char folder[PATH_BYTES];
    struct stat given;
    bool exists = stat(recipe, &given) == 0;
    snprintf(path, PATH_BYTES, "%s", recipe);
    if (!exists && errno != ENOENT && errno != ENOTDIR)
        return gsc_file_fail_reading(recipe, errno);
    if (exists && !S_ISDIR(given.st_mode))
        return 0;
    if (!strchr(recipe, '/') && find_folder(folder)) {
        int length = snprintf(path, PATH_BYTES, "%s/%s%s", folder, recipe, ending);
        if (length < PATH_BYTES && access(path, F_OK) == 0)
            return 0;
    }
    if (exists) { /* a folder, which reading will say */
        snprintf(path, PATH_BYTES, "%s", recipe);
        return 0;
    }
    return unknown_recipe(recipe);
}

/* ---- Their lines ---- */

static void
cut_comment(char *line)
{
    for (char *c = line; *c; c++)
        if (*c == '#' && (c == line || isspace((unsigned char)c[-1]))) {
            *c = '\0';
            return;
        }
}

/* The line without the blanks around it, in place. */
static char *
trim(char *line)
{
    while (isspace((unsigned char)*line))
        line++;
    char *end = line + strlen(line);
    while (end > line && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return line;
}

/* ---- Reading ---- */

/* A line "name = value" of a recipe, in its text. */
typedef struct line {
    const char *name, *value;
    int number;
} line;

typedef struct recipe {
    char path[PATH_BYTES], *text;
    size_t count, room;
    line *lines;
} recipe;

/* What is wrong with an option of the command line is wrong with the file's content
 * here. */
static int
fail_at(const recipe *r, int number, int status)
{
    int code = status == GSC_EARGUMENT ? GSC_EFORMAT : status;
    char where[PATH_BYTES + 16];
    snprintf(where, sizeof where, "%s:%d", r->path, number);
    return gsc_fail_in(code, where);
}

static int
add_line(recipe *r, char *text, int number)
{
    cut_comment(text);
    char *trimmed = trim(text), *equals = strchr(trimmed, '=');
    if (*trimmed == '\0')
        return 0;
    if (!equals)
        return gsc_fail(GSC_EARGUMENT, "'%s' is not of the form option = value",
                        trimmed);
    *equals = '\0';
    line l = {trim(trimmed), trim(equals + 1), number};
    for (size_t i = 0; i < r->count; i++)
        if (gsc_options_same_name(r->lines[i].name, l.name))
            return gsc_fail(GSC_EARGUMENT, "%s is given twice", l.name);
    if (gsc_grow(&r->lines, r->count, &r->room, sizeof *r->lines) < 0)
        return GSC_EMEMORY;
    r->lines[r->count++] = l;
    return 0;
}

static int
read_lines(recipe *r)
{
    int status = 0, number = 1;
    size_t length;
    GSC_TRY(gsc_text_read_file(r->path, RECIPE_BYTES, &r->text, &length));
    if (strlen(r->text) != length)
        return gsc_fail(GSC_EFORMAT, "%s: not a text file", r->path);
    for (char *text = r->text; text; number++) {
        char *next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        status = add_line(r, text, number);
        if (status < 0)
            return fail_at(r, number, status);
        text = next;
    }
out:
    return status;
}

static bool
chooses(const line *l)
{
    return strcmp(l->name, "task") == 0 || strcmp(l->name, "architecture") == 0;
}

/* What chooses comes first: it says which options there are. */
static int
set_lines(gsc_config *config, const recipe *r)
{
    for (int choosing = 1; choosing >= 0; choosing--)
        for (size_t i = 0; i < r->count; i++) {
            const line *l = &r->lines[i];
            int status =
                chooses(l) == choosing ? gsc_config_set(config, l->name, l->value) : 0;
            if (status < 0)
                return fail_at(r, l->number, status);
        }
    return 0;
}

int
gsc_config_read_recipe(gsc_config *config, const char *name)
{
    int status = 0;
    recipe r = {.text = NULL};
    GSC_TRY(gsc_recipe_find(name, r.path));
    GSC_TRY(read_lines(&r));
    GSC_TRY(set_lines(config, &r));
out:
    free(r.text);
    free(r.lines);
    return status;
}
