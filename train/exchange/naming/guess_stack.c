/* A chain of layers after one table of tokens or two, under any names: the order in
 * which widths fit. */
#include "grokscope/error.h"

#include "train/exchange/naming/lines.h"

#include <stdio.h>
#include <string.h>

enum { MOST_MATRICES = 8, MOST_TABLES = 2 };

/* The matrices, and one way to chain them: tables first, then layers. */
typedef struct chain {
    const gsc_tensor *tensors;
    size_t matrices[MOST_MATRICES], count;
    size_t num_tables;
    bool is_linear; /* [out, in] */
    size_t order[MOST_MATRICES];
    bool is_used[MOST_MATRICES];
} chain;

static size_t
dim(const chain *c, size_t matrix, size_t axis)
{
    return c->tensors[c->matrices[matrix]].shape.dims[axis];
}

/* ---- Ways ---- */

typedef struct ways {
    size_t count;
    chain first;
    bool is_open[MOST_MATRICES]; /* another way gives this matrix another place */
} ways;

static size_t
place_of(const chain *c, size_t matrix)
{
    size_t place = 0;
    while (c->order[place] != matrix)
        place++;
    return place;
}

static void
keep(ways *w, const chain *c)
{
    if (w->count++ == 0)
        w->first = *c;
    for (size_t i = 0; i < c->count; i++)
        if (c->num_tables != w->first.num_tables ||
            place_of(c, i) != place_of(&w->first, i))
            w->is_open[i] = true;
}

static size_t
width(const chain *c, size_t place, bool leaves)
{
    return dim(c, c->order[place], c->is_linear == leaves ? 0 : 1);
}

/* Whether the matrix at a place goes with those before it. */
static bool
fits_at(const chain *c, size_t place)
{
    const chain *of = c;
    size_t tables = of->num_tables;
    if (place == 0)
        return true;
    if (place < tables)
        return dim(c, c->order[place], 0) == dim(c, c->order[0], 0) &&
               dim(c, c->order[place], 1) == dim(c, c->order[0], 1) &&
               c->order[place] > c->order[0];
    if (place > tables)
        return width(c, place, false) == width(c, place - 1, true);
    size_t of_table = dim(c, c->order[0], 1), in = width(c, place, false);
    return of_table > 0 && (in == of_table || in == 2 * of_table);
}

/* The answer is one of the elements: as many as there are tokens, or a few fewer. */
static bool
ends_well(const chain *c)
{
    enum { MOST_EXTRA = 8 };
    size_t tokens = dim(c, c->order[0], 0), out = width(c, c->count - 1, true);
    return out <= tokens && tokens - out <= MOST_EXTRA;
}

static void
search(chain *c, size_t place, ways *w)
{
    if (place == c->count) {
        if (ends_well(c))
            keep(w, c);
        return;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (c->is_used[i])
            continue;
        c->order[place] = i;
        c->is_used[i] = true;
        if (fits_at(c, place))
            search(c, place + 1, w);
        c->is_used[i] = false;
    }
}

/* nn.Linear's matrices are called weight. */
static bool
is_of_modules(const gsc_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (gsc_text_ends_with(tensors[i].name, ".weight"))
            return true;
    return false;
}

static bool
find_matrices(const gsc_tensor *tensors, size_t count, chain *c)
{
    *c = (chain){.tensors = tensors};
    for (size_t i = 0; i < count; i++) {
        size_t rank = tensors[i].shape.rank;
        if (rank == 2 && c->count < MOST_MATRICES)
            c->matrices[c->count++] = i;
        else if (rank != 1)
            return false;
    }
    return c->count > 1;
}

/* ---- Lines ---- */

static int
add_matrices(const ways *w, gsc_lines *lines)
{
    const chain *c = &w->first;
    for (size_t place = 0; place < c->count; place++) {
        char own[GSC_NAME_BYTES];
        size_t matrix = c->order[place];
        bool is_table = place < c->num_tables;
        if (is_table)
            snprintf(own, sizeof own, "embed.W_%s",
                     c->num_tables == 1 ? "E"
                     : place == 0       ? "x"
                                        : "y");
        else
            snprintf(own, sizeof own, "linear%zu.W", place - c->num_tables + 1);
        bool is_open = w->is_open[matrix];
        gsc_line *line = gsc_lines_add(lines, is_open ? "" : own,
                                       c->tensors[c->matrices[matrix]].name);
        if (!line)
            return GSC_EMEMORY;
        snprintf(line->changes, sizeof line->changes, "%s",
                 !is_table && c->is_linear ? ", transpose" : "");
        snprintf(line->note, sizeof line->note, "[%zu, %zu]%s%s", dim(c, matrix, 0),
                 dim(c, matrix, 1), is_open ? ": others are as wide; maybe " : "",
                 is_open ? own : "");
    }
    return 0;
}

/* Whether two names are the same but for their last part. */
static bool
has_stem(const char *a, const char *b)
{
    size_t of_a = strlen(a), of_b = strlen(b);
    while (of_a > 0 && !strchr("._/", a[of_a - 1]))
        of_a--;
    while (of_b > 0 && !strchr("._/", b[of_b - 1]))
        of_b--;
    return of_a == of_b && of_a > 0 && strncmp(a, b, of_a) == 0;
}

/* The layer of a bias: by its name, or else the only one as wide. */
static size_t
layer_of(const chain *c, const gsc_tensor *bias)
{
    size_t found = 0, num_found = 0;
    for (size_t place = c->num_tables; place < c->count; place++) {
        const gsc_tensor *W = &c->tensors[c->matrices[c->order[place]]];
        if (width(c, place, true) != bias->shape.dims[0])
            continue;
        if (has_stem(W->name, bias->name))
            return place - c->num_tables + 1;
        found = place - c->num_tables + 1;
        num_found++;
    }
    return num_found == 1 ? found : 0;
}

static int
add_biases(const ways *w, size_t count, gsc_lines *lines)
{
    const chain *c = &w->first;
    for (size_t i = 0; i < count; i++) {
        char own[GSC_NAME_BYTES];
        if (c->tensors[i].shape.rank != 1)
            continue;
        size_t layer = layer_of(c, &c->tensors[i]);
        snprintf(own, sizeof own, "linear%zu.b", layer);
        gsc_line *line = gsc_lines_add(lines, layer > 0 ? own : "", c->tensors[i].name);
        if (!line)
            return GSC_EMEMORY;
        snprintf(line->note, sizeof line->note, "[%zu]%s", c->tensors[i].shape.dims[0],
                 layer > 0 ? "" : ": linear1.b, linear2.b, … of that width");
    }
    return 0;
}

/* Another way reads the same matrices as [in, out]. */
static void
mark_turned(const ways *turned, ways *w)
{
    for (size_t i = 0; turned->count > 0 && i < w->first.count; i++)
        w->is_open[i] =
            w->is_open[i] || place_of(&turned->first, i) != place_of(&w->first, i);
}

int
gsc_guess_stack(const gsc_tensor *tensors, size_t count, gsc_lines *lines)
{
    int status = 0;
    chain c;
    ways linear = {.count = 0}, turned = {.count = 0};
    if (!find_matrices(tensors, count, &c))
        return 0;
    for (c.num_tables = 1; c.num_tables <= MOST_TABLES; c.num_tables++) {
        c.is_linear = true;
        search(&c, 0, &linear);
        c.is_linear = false;
        if (!is_of_modules(tensors, count))
            search(&c, 0, &turned);
    }
    ways *w = linear.count > 0 ? &linear : &turned;
    if (w->count == 0)
        return 0;
    if (w == &linear)
        mark_turned(&turned, w);
    GSC_TRY(add_matrices(w, lines));
    for (size_t i = 0; w == &linear && turned.count > 0 && i < lines->count; i++)
        if (*lines->items[i].changes) {
            gsc_line *line = &lines->items[i];
            size_t used = strlen(line->note);
            snprintf(line->changes, sizeof line->changes, ", transpose?");
            snprintf(line->note + used, sizeof line->note - used,
                     "; transpose where it is [out, in]");
        }
    GSC_TRY(add_biases(w, count, lines));
out:
    return status;
}
