/* Maps that users write: the whole file. */
#include "train/exchange/naming/file.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming/file_line.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20, MOST_LINE = 4095, MOST_ENTRIES = 1024, MOST_IGNORED = 64 };

/* Rows of a table of tokens. */
typedef struct residues {
    size_t line, count;
    const size_t *rows; /* NULL: not told */
} residues;

typedef struct reader {
    gsc_map_file *file;
    size_t count, room;
    gsc_map_entry *entries;
    residues operands, outputs;
    size_t num_lines, lines_room, views_room;
    gsc_map_line *lines;
    gsc_map_view *views;
} reader;

/* Put "path:line: " in front of the message: it is the file that is wrong. */
static int
fail_at(const reader *r, size_t line, int code)
{
    gsc_text place = {0};
    if (code == GSC_EMEMORY ||
        gsc_text_add(&place, "%s:%zu", r->file->map.path, line) < 0)
        return GSC_EMEMORY;
    code = gsc_fail_in(code, place.data);
    gsc_text_free(&place);
    return code == GSC_EARGUMENT ? GSC_EFORMAT : code;
}

/* ---- Names of ours ---- */

/* The same with * for a part that is a number. */
static void
name_pattern(const char *name, char pattern[GSC_NAME_BYTES])
{
    size_t used = 0;
    while (*name && used < GSC_NAME_BYTES - 2) {
        size_t digits = strspn(name, "0123456789");
        bool is_part = digits > 0 && name[digits] == '.' && used > 0 && name[-1] == '.';
        pattern[used++] = is_part ? '*' : *name;
        name += is_part ? digits : 1;
    }
    pattern[used] = '\0';
}

static int
refuse_name(const char *own)
{
    enum { MOST_ROWS = 128 };
    const char *names[MOST_ROWS], *nearest;
    char pattern[GSC_NAME_BYTES];
    size_t count = 0;
    for (size_t f = 0; f < GSC_NUM_FAMILIES; f++)
        for (size_t i = 0; i < gsc_families[f].num_rows && count < MOST_ROWS; i++)
            names[count++] = gsc_families[f].rows[i].name;
    name_pattern(own, pattern);
    nearest = gsc_text_nearest(pattern, names, count);
    return gsc_fail(GSC_EARGUMENT, "%s: is no tensor of ours%s%s", own,
                    nearest ? "; nearest: "
                            : "; they are listed in grokscope-import(1)",
                    nearest ? nearest : "");
}

static int
check_own(const char *own)
{
    for (int f = 0; f < GSC_NUM_FAMILIES; f++)
        if (gsc_family_row((gsc_family)f, own))
            return 0;
    return refuse_name(own);
}

/* No tensor of ours is on two lines. */
static int
check_new(const reader *r, const char *own)
{
    size_t layer;
    for (size_t i = 0; i < r->count; i++) {
        const gsc_map_entry *e = &r->entries[i];
        if (strcmp(e->own, own) == 0 || gsc_naming_match(e->own, own, &layer) ||
            gsc_naming_match(own, e->own, &layer))
            return gsc_fail(GSC_EARGUMENT, "%s: is on line %zu already", own, e->line);
    }
    return 0;
}

/* ---- Lines ---- */

/* "ignore PATTERN, PATTERN", with or without a = before them. */
static int
read_ignored(reader *r, char *words)
{
    gsc_map_file *file = r->file;
    words += strspn(words, " \t=");
    for (char *word = strtok(words, " \t,"); word; word = strtok(NULL, " \t,")) {
        if (file->num_ignored == MOST_IGNORED)
            return gsc_fail(GSC_EARGUMENT, "ignore: more than %d patterns",
                            MOST_IGNORED);
        file->ignored[file->num_ignored++] = word;
    }
    if (!*words)
        return gsc_fail(GSC_EARGUMENT, "ignore: expected patterns of names");
    return 0;
}

static int
read_residues(reader *r, residues *to, size_t line, char *words)
{
    int status = 0;
    if (to->rows)
        return gsc_fail(GSC_EARGUMENT, "is on line %zu already", to->line);
    to->line = line;
    GSC_TRY(gsc_map_rows_read(&words, &r->file->arena, &to->count, &to->rows));
    if (words[strspn(words, " \t,")])
        return gsc_fail(GSC_EARGUMENT, "expected rows, found '%s'", words);
out:
    return status;
}

static int
read_entry(reader *r, size_t line, char *own, char *right)
{
    int status = 0;
    gsc_map_entry e = {.line = line, .view = {.line = line}};
    size_t *heads = &r->file->map.sizes[GSC_AXIS_N_HEADS];
    GSC_TRY(check_own(own));
    GSC_TRY(check_new(r, own));
    if (r->count == MOST_ENTRIES)
        return gsc_fail(GSC_EARGUMENT, "more than %d tensors of ours", MOST_ENTRIES);
    GSC_TRY(gsc_map_entry_read(&e, own, right, &r->file->arena));
    if (e.n_heads > 0 && *heads > 0 && *heads != e.n_heads)
        return gsc_fail(GSC_EARGUMENT, "heads %zu: a line before has %zu", e.n_heads,
                        *heads);
    *heads = e.n_heads > 0 ? e.n_heads : *heads;
    GSC_TRY(gsc_grow(&r->entries, r->count, &r->room, sizeof *r->entries));
    r->entries[r->count++] = e;
out:
    return status;
}

static bool
begins_with_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 && text[length] &&
           strchr(" \t=", text[length]);
}

static int
read_line(reader *r, size_t line, char *text)
{
    if (strlen(text) > MOST_LINE)
        return gsc_fail(GSC_EARGUMENT, "a line of %zu bytes, expected at most %d",
                        strlen(text), MOST_LINE);
    char *own = gsc_map_line_trim(text);
    if (!*own)
        return 0;
    if (begins_with_word(own, "ignore"))
        return read_ignored(r, own + strlen("ignore"));
    if (strchr(own, '?') && !strchr(own, '"'))
        return gsc_fail(GSC_EARGUMENT, "? waits for an answer: %s", own);
    char *equals = strchr(own, '=');
    if (!equals)
        return gsc_fail(GSC_EARGUMENT,
                        "expected OURS = THEIRS, operands = ROWS, outputs = ROWS or "
                        "ignore PATTERN, found '%s'",
                        own);
    *equals = '\0';
    own = gsc_map_line_trim(own);
    char *right = gsc_map_line_trim(equals + 1);
    if (strcmp(own, "operands") == 0)
        return read_residues(r, &r->operands, line, right);
    if (strcmp(own, "outputs") == 0)
        return read_residues(r, &r->outputs, line, right);
    return read_entry(r, line, own, right);
}

static int
read_lines(reader *r, char *text)
{
    size_t line = 1;
    for (char *next; text; text = next, line++) {
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        int status = read_line(r, line, text);
        if (status < 0)
            return fail_at(r, line, status);
    }
    return 0;
}

/* ---- The family ---- */

static size_t
count_known(const reader *r, gsc_family family)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        count += gsc_family_row(family, r->entries[i].own) != NULL;
    return count;
}

static bool
has_needed(const reader *r, gsc_family family)
{
    const gsc_family_table *table = &gsc_families[family];
    for (size_t k = 0; k < table->num_rows; k++) {
        bool found = table->rows[k].kind != GSC_NAMING_NEEDED;
        for (size_t i = 0; !found && i < r->count; i++)
            found = gsc_family_row(family, r->entries[i].own) == &table->rows[k];
        if (!found)
            return false;
    }
    return true;
}

/* The one that has most of the names, and then all that it needs. */
static int
choose_family(reader *r)
{
    size_t most = 0;
    gsc_family *family = &r->file->map.family;
    if (r->count == 0)
        return gsc_fail(GSC_EFORMAT, "%s: no line is OURS = THEIRS", r->file->map.path);
    for (int f = 0; f < GSC_NUM_FAMILIES; f++) {
        size_t score = 2 * count_known(r, (gsc_family)f);
        score += score > 0 && has_needed(r, (gsc_family)f);
        if (score > most)
            *family = (gsc_family)f;
        most = score > most ? score : most;
    }
    for (size_t i = 0; i < r->count; i++)
        if (!gsc_family_row(*family, r->entries[i].own))
            return fail_at(r, r->entries[i].line,
                           gsc_fail(GSC_EARGUMENT,
                                    "%s: is no tensor of a %s, which the other lines "
                                    "tell of",
                                    r->entries[i].own, gsc_families[*family].what));
    return 0;
}

/* ---- Residues ---- */

/* The number in "linear3.W", 0 for other names. */
static size_t
layer_number(const char *own)
{
    return strncmp(own, "linear", 6) == 0 ? strtoul(own + 6, NULL, 10) : 0;
}

static bool
is_last_layer(const reader *r, const char *own)
{
    for (size_t i = 0; i < r->count; i++)
        if (layer_number(r->entries[i].own) > layer_number(own))
            return false;
    return layer_number(own) > 0;
}

/* The word of the axis that a line of residues is about, NULL where there is none. */
static const char *
residue_axis(const reader *r, const char *own, const residues **which)
{
    const char *axes = gsc_family_row(r->file->map.family, own)->axes;
    *which = &r->operands;
    if (strncmp(axes, "d_vocab ", 8) == 0)
        return "d_vocab";
    *which = &r->outputs;
    if (gsc_axes_find(axes, "d_vocab_out") < GSC_MAX_RANK)
        return "d_vocab_out";
    bool is_stack = r->file->map.family == GSC_FAMILY_STACK;
    return is_stack && is_last_layer(r, own) ? "out" : NULL;
}

static int
add_residues(const reader *r, const gsc_map_entry *e, const char *axes,
             gsc_map_view *view)
{
    const residues *which;
    const char *word = residue_axis(r, e->own, &which);
    if (!word || !which->rows || view->rows)
        return 0;
    view->axis = gsc_axes_find(axes, word);
    if (view->axis == GSC_MAX_RANK)
        return gsc_fail(GSC_EARGUMENT,
                        "%s lies in one dimension with others; rows or columns on this "
                        "line choose what line %zu cannot",
                        word, which->line);
    view->num_rows = which->count;
    view->rows = which->rows;
    view->and_rest = true;
    return 0;
}

/* ---- Lines of the map ---- */

static int
add_line(reader *r, const gsc_map_entry *e, const char *axes)
{
    int status = 0;
    gsc_map_view view = e->view;
    char *copy = gsc_arena_copy(&r->file->arena, axes, strlen(axes));
    size_t room = r->num_lines;
    if (!copy)
        return GSC_EMEMORY;
    if (!gsc_map_is_constant(&(gsc_map_line){e->own, e->theirs, axes}))
        GSC_TRY(add_residues(r, e, axes, &view));
    GSC_TRY(gsc_grow(&r->lines, room, &r->lines_room, sizeof *r->lines));
    GSC_TRY(gsc_grow(&r->views, room, &r->views_room, sizeof *r->views));
    r->lines[room] = (gsc_map_line){e->own, e->theirs, copy};
    r->views[room] = view;
    r->num_lines++;
out:
    return status;
}

static int
add_forms(reader *r, const gsc_map_entry *e, const gsc_own_row *row)
{
    int status = 0;
    gsc_form forms[GSC_MOST_FORMS];
    char axes[GSC_NAME_BYTES];
    size_t count = gsc_forms(row, e->is_transposed, forms), added = 0;
    if (count == 0)
        return gsc_fail(GSC_EARGUMENT, "transpose: %s has one dimension", e->own);
    for (size_t i = 0; i < count; i++)
        if (gsc_form_axes(&forms[i], &e->part, axes)) {
            GSC_TRY(add_line(r, e, axes));
            added++;
        }
    if (added == 0)
        return gsc_fail(GSC_EARGUMENT, "along %zu: %s has fewer dimensions",
                        e->part.along, e->own);
out:
    return status;
}

static int
add_entry(reader *r, const gsc_map_entry *e)
{
    int status = 0;
    const gsc_own_row *row = gsc_family_row(r->file->map.family, e->own);
    if (strchr(e->theirs, '*') && !strchr(e->own, '*'))
        return gsc_fail(GSC_EARGUMENT, "%s: * is a layer, which %s has not", e->theirs,
                        e->own);
    if (gsc_map_is_constant(&(gsc_map_line){e->own, e->theirs, row->axes}))
        return add_line(r, e, row->axes);
    if (!e->axes)
        return add_forms(r, e, row);
    GSC_TRY(gsc_axes_check(e->axes, row));
    GSC_TRY(add_line(r, e, e->axes));
out:
    return status;
}

/* Each line of residues has something to be about. */
static int
check_residues(const reader *r, const residues *which, const char *what)
{
    const residues *found;
    for (size_t i = 0; which->rows && i < r->count; i++)
        if (residue_axis(r, r->entries[i].own, &found) && found == which)
            return 0;
    if (!which->rows)
        return 0;
    return fail_at(
        r, which->line,
        gsc_fail(GSC_EARGUMENT, "no line of the map has a table of %s", what));
}

/* The lines and views, which were made with room to grow, become the map's. */
static int
keep_lines(reader *r)
{
    int status = 0;
    gsc_map *map = &r->file->map;
    gsc_map_line *lines =
        gsc_arena_new(&r->file->arena, r->num_lines, sizeof *r->lines);
    gsc_map_view *views =
        gsc_arena_new(&r->file->arena, r->num_lines, sizeof *r->views);
    if (!lines || !views)
        return GSC_EMEMORY;
    memcpy(lines, r->lines, r->num_lines * sizeof *lines);
    memcpy(views, r->views, r->num_lines * sizeof *views);
    map->lines = lines;
    map->views = views;
    map->num_lines = r->num_lines;
    map->num_operands = r->operands.count;
    GSC_TRY(check_residues(r, &r->operands, "tokens"));
    GSC_TRY(check_residues(r, &r->outputs, "outputs"));
out:
    return status;
}

static int
make_map(reader *r)
{
    int status = 0;
    GSC_TRY(choose_family(r));
    for (size_t i = 0; i < r->count; i++) {
        int of_line = add_entry(r, &r->entries[i]);
        if (of_line < 0)
            return fail_at(r, r->entries[i].line, of_line);
    }
    GSC_TRY(keep_lines(r));
out:
    return status;
}

/* ---- The file ---- */

static int
read_text(gsc_map_file *file, char **text)
{
    int status = 0;
    char *data = NULL;
    size_t length;
    const char *path = file->map.path;
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &data, &length));
    if (memchr(data, '\0', length) || !gsc_text_is_utf8(data))
        status = gsc_fail(GSC_EFORMAT, "%s: is no text in UTF-8, as a map is", path);
    *text = status == 0 ? gsc_arena_copy(&file->arena, data, length) : NULL;
    if (status == 0 && !*text)
        status = GSC_EMEMORY;
    if (status == 0 && strncmp(*text, "\xef\xbb\xbf", 3) == 0)
        *text += 3; /* a byte order mark */
out:
    free(data);
    return status;
}

int
gsc_map_file_read(gsc_map_file *file, const char *path)
{
    int status = 0;
    char *text;
    reader r = {.file = file};
    *file = (gsc_map_file){.map = {.naming = GSC_NUM_NAMINGS}};
    file->map.path = gsc_arena_copy(&file->arena, path, strlen(path));
    file->ignored = gsc_arena_new(&file->arena, MOST_IGNORED, sizeof *file->ignored);
    if (!file->map.path || !file->ignored)
        return GSC_EMEMORY;
    GSC_TRY(read_text(file, &text));
    GSC_TRY(read_lines(&r, text));
    GSC_TRY(make_map(&r));
out:
    free(r.entries);
    free(r.lines);
    free(r.views);
    return status;
}

void
gsc_map_file_free(gsc_map_file *file)
{
    gsc_arena_free(&file->arena);
    *file = (gsc_map_file){.num_ignored = 0};
}
