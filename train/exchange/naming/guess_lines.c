/* The lines of a transformer under names of anyone's. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming/guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tensors of the same kind ---- */

/* Whether the number at `at` counts layers: it follows a word for one, or is a part of
 * the name after which several are left (of "mlp.0.weight" it is the place in a list).
 */
static bool
counts_layers(const char *name, const char *at, size_t digits)
{
    static const char *const words[] = {"layer", "block", "stage", "level", NULL};
    static const char parts[] = "./[]";
    const char *end = at > name && strchr("._/[", at[-1]) ? at - 1 : at;
    for (size_t i = 0; words[i]; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(end - name) >= length &&
            strncmp(end - length, words[i], length) == 0 && at[digits])
            return true;
    }
    bool is_part = (at == name || strchr(parts, at[-1])) && at[digits] &&
                   strchr(parts, at[digits]);
    return is_part && strpbrk(at + digits + 1, "./") != NULL;
}

/* The name with * for its layer; false where it has none. */
static bool
find_layer(const char *name, char pattern[GSC_NAME_BYTES], size_t *layer)
{
    for (const char *at = name; (at = strpbrk(at, "0123456789"));) {
        size_t digits = strspn(at, "0123456789");
        if (digits <= 4 && counts_layers(name, at, digits)) {
            *layer = strtoul(at, NULL, 10);
            snprintf(pattern, GSC_NAME_BYTES, "%.*s*%s", (int)(at - name), name,
                     at + digits);
            return true;
        }
        at += digits;
    }
    snprintf(pattern, GSC_NAME_BYTES, "%s", name);
    *layer = 0;
    return false;
}

static void
add_unit(gsc_guess *g, const gsc_tensor *t)
{
    char pattern[GSC_NAME_BYTES];
    size_t layer;
    bool is_in_block = find_layer(t->name, pattern, &layer);
    for (size_t i = 0; i < g->count; i++) {
        gsc_unit *u = &g->units[i];
        if (strcmp(u->name, pattern) != 0 || !gsc_shape_equal(u->shape, t->shape))
            continue;
        u->first = layer < u->first ? layer : u->first;
        u->last = layer > u->last ? layer : u->last;
        return;
    }
    gsc_unit *u = &g->units[g->count++];
    *u = (gsc_unit){.shape = t->shape, .is_in_block = is_in_block, .role = -1};
    memcpy(u->name, pattern, sizeof u->name);
    u->first = u->last = layer;
    g->has_blocks = g->has_blocks || is_in_block;
}

/* The width that most dimensions of matrices have; of squares it counts twice. */
static size_t
most_common(const gsc_guess *g)
{
    size_t best = 0, most = 0;
    for (size_t i = 0; i < g->count; i++)
        for (size_t k = 0; k < g->units[i].shape.rank; k++) {
            size_t votes = 0, size = g->units[i].shape.dims[k];
            for (size_t j = 0; j < g->count; j++)
                for (size_t m = 0; m < g->units[j].shape.rank; m++)
                    votes += g->units[j].shape.dims[m] == size;
            if (votes > most)
                best = size;
            most = votes > most ? votes : most;
        }
    return best;
}

/* ---- Lines ---- */

typedef struct writer {
    const gsc_guess *guess;
    gsc_lines *lines;
    size_t n_heads;
    bool has_heads;
} writer;

/* The part of a name before its last, as long as *length. */
static size_t
stem_of(const char *name)
{
    size_t length = strlen(name);
    while (length > 0 && !strchr("._/", name[length - 1]))
        length--;
    return length;
}

/* "W_read" and "b_read". */
static bool
is_twin(const char *matrix, const char *bias)
{
    while (*matrix && *matrix == *bias) {
        matrix++;
        bias++;
    }
    return *matrix && strchr("Ww", *matrix) && *bias == 'b' &&
           strcmp(matrix + 1, bias + 1) == 0;
}

/* Whether two names are the same but for their last part. */
static bool
has_same_stem(const char *a, const char *b)
{
    size_t length = stem_of(a);
    return length > 0 && length == stem_of(b) && strncmp(a, b, length) == 0;
}

/* A line for all layers of a unit, or one each where they do not count from 0. */
static int
add_lines(writer *w, const gsc_unit *u, const char *own, const char *axes,
          const char *note)
{
    size_t copies = u->is_in_block && u->first > 0 ? u->last - u->first + 1 : 1;
    for (size_t i = 0; i < copies; i++) {
        char ours[GSC_NAME_BYTES], theirs[GSC_NAME_BYTES];
        bool is_one = copies > 1 || u->first > 0 || !u->is_in_block;
        snprintf(ours, sizeof ours, "%s", own);
        snprintf(theirs, sizeof theirs, "%s", u->name);
        if (is_one) {
            gsc_naming_fill(own, i, ours);
            if (u->is_in_block)
                gsc_naming_fill(u->name, u->first + i, theirs);
        }
        gsc_line *line = gsc_lines_add(w->lines, ours, theirs);
        if (!line)
            return GSC_EMEMORY;
        snprintf(line->note, sizeof line->note, "%s", i == 0 ? note : "");
        const gsc_own_row *row = gsc_family_row(GSC_FAMILY_TRANSFORMER, own);
        if (axes && row) {
            gsc_line_describe(line, row, axes);
            gsc_line_add_heads(line, axes, w->n_heads, w->guess->d_model,
                               &w->has_heads);
        }
    }
    return 0;
}

/* The axes of one of ours as a unit has them; false where two are as good, of which
 * `axes` is the one that is not transposed. */
static bool
choose_axes(const gsc_guess *g, const gsc_unit *u, const gsc_own_row *row,
            gsc_map_part part, char axes[GSC_NAME_BYTES])
{
    char found[2][GSC_NAME_BYTES] = {"", ""};
    bool is_table =
        strncmp(row->axes, "d_vocab ", 8) == 0 || strncmp(row->axes, "n_ctx ", 6) == 0;
    for (int is_transposed = 0; is_transposed < 2; is_transposed++) {
        gsc_form forms[GSC_MOST_FORMS];
        size_t count = gsc_forms(row, is_transposed, forms);
        part.along = g->is_linear ? 0 : u->shape.rank - 1;
        for (size_t i = 0; i < count; i++) {
            gsc_axis_sizes sizes = {.num_local = 0};
            sizes.known[GSC_AXIS_D_MODEL] = g->d_model;
            if (gsc_form_axes(&forms[i], &part, axes) &&
                gsc_axes_learn(&sizes, axes, u->shape) && !*found[is_transposed])
                memcpy(found[is_transposed], axes, GSC_NAME_BYTES);
        }
    }
    bool is_turned = !is_table && g->knows_layout && g->is_linear;
    bool is_told = is_table || g->knows_layout || !*found[0] || !*found[1];
    memcpy(axes, *found[0] && (!is_turned || !*found[1]) ? found[0] : found[1],
           GSC_NAME_BYTES);
    return is_told;
}

static int
add_matrix(writer *w, const gsc_unit *u, const char *own, gsc_map_part part,
           const char *note)
{
    int status = 0;
    char axes[GSC_NAME_BYTES];
    const gsc_own_row *row = gsc_family_row(GSC_FAMILY_TRANSFORMER, own);
    bool is_told = choose_axes(w->guess, u, row, part, axes);
    size_t before = w->lines->count;
    GSC_TRY(add_lines(w, u, own, *axes ? axes : NULL, note));
    for (size_t i = before; !is_told && i < w->lines->count; i++) {
        gsc_line *line = &w->lines->items[i];
        size_t used = strlen(line->changes);
        snprintf(line->changes + used, sizeof line->changes - used, ", transpose?");
        snprintf(line->note, sizeof line->note,
                 "transpose where it is [out, in]; nothing where it is [in, out]");
    }
out:
    return status;
}

static int
add_fused(writer *w, const gsc_unit *u, char letter)
{
    int status = 0;
    static const char parts[] = "QKV";
    for (size_t k = 0; k < 3; k++) {
        char own[GSC_NAME_BYTES];
        snprintf(own, sizeof own, "blocks.*.attn.%c_%c", letter, parts[k]);
        GSC_TRY(add_matrix(w, u, own, (gsc_map_part){k, 3, 0},
                           k == 0 ? "taken for q, k, v in this order" : ""));
    }
out:
    return status;
}

/* ---- Biases and norms ---- */

/* "blocks.*.mlp.b_in" of "blocks.*.mlp.W_in". */
static bool
bias_of(const char *own, char bias[GSC_NAME_BYTES])
{
    snprintf(bias, GSC_NAME_BYTES, "%s", own);
    char *letter = strstr(bias, "W_");
    if (letter)
        *letter = 'b';
    return letter && (strstr(bias, "QKV") ||
                      gsc_family_row(GSC_FAMILY_TRANSFORMER, bias) != NULL);
}

static const gsc_unit *
matrix_of(const gsc_guess *g, const gsc_unit *bias)
{
    for (size_t i = 0; i < g->count; i++)
        if (g->units[i].shape.rank > 1 && (is_twin(g->units[i].name, bias->name) ||
                                           has_same_stem(g->units[i].name, bias->name)))
            return &g->units[i];
    return NULL;
}

/* How many norms of its kind stand before a unit's. */
static size_t
norm_number(const gsc_guess *g, const gsc_unit *u)
{
    size_t number = 0;
    const char *before = "";
    for (const gsc_unit *at = g->units; at < u; at++) {
        if (at->shape.rank != 1 || at->is_in_block != u->is_in_block ||
            at->shape.dims[0] != g->d_model || matrix_of(g, at) ||
            has_same_stem(at->name, u->name) || has_same_stem(at->name, before))
            continue;
        before = at->name;
        number++;
    }
    return number;
}

static bool
is_shift(const char *name)
{
    static const char *const words[] = {"bias", "beta", "shift", "offset", NULL};
    const char *last = name + stem_of(name);
    for (size_t i = 0; words[i]; i++)
        if (gsc_name_has(last, words[i]))
            return true;
    return strcmp(last, "b") == 0;
}

static int
add_norm(writer *w, const gsc_unit *u)
{
    char own[GSC_NAME_BYTES], note[GSC_NAME_BYTES];
    size_t number = norm_number(w->guess, u);
    bool is_in_block = u->is_in_block || !w->guess->has_blocks;
    bool is_known = u->shape.dims[0] == w->guess->d_model && number < 3 &&
                    (number < 2 || !w->guess->has_blocks) &&
                    (is_in_block || number == 0);
    bool is_last = !is_in_block || number == 2;
    snprintf(note, sizeof note, "[%zu]: %s", u->shape.dims[0],
             is_known ? "a norm, by its place"
                      : "a bias or a norm of ours, or ignore it");
    if (is_last)
        snprintf(own, sizeof own, "ln_final.%c", is_shift(u->name) ? 'b' : 'w');
    else
        snprintf(own, sizeof own, "blocks.*.ln%zu.%c", number + 1,
                 is_shift(u->name) ? 'b' : 'w');
    return add_lines(w, u, is_known ? own : "", NULL, note);
}

static int
add_vector(writer *w, const gsc_unit *u)
{
    char own[GSC_NAME_BYTES];
    const gsc_unit *matrix = matrix_of(w->guess, u);
    if (matrix && matrix->role < 0)
        return add_lines(w, u, "", NULL, "the bias of that matrix");
    if (!matrix || !bias_of(gsc_guess_own(matrix), own))
        return add_norm(w, u);
    if (strstr(own, "QKV"))
        return add_fused(w, u, 'b');
    return add_matrix(w, u, own, (gsc_map_part){.of = 0}, "");
}

/* ---- All ---- */

/* Queries, keys or values that are narrower than the network: one head's. */
static bool
is_of_one_head(const gsc_guess *g, const gsc_unit *u)
{
    static const char *const words[] = {"query", "key", "value", "q", "k", "v", NULL};
    bool is_narrow = u->shape.rank == 2 &&
                     (u->shape.dims[0] < g->d_model || u->shape.dims[1] < g->d_model);
    for (size_t i = 0; is_narrow && words[i]; i++)
        if (gsc_name_has(u->name, words[i]))
            return true;
    return false;
}

/* A matrix that may be several of ours, with what changes it for each; where that is
 * the same for all, it is on the line already. */
static int
add_open(writer *w, const gsc_unit *u)
{
    char axes[GSC_NAME_BYTES], note[2 * GSC_NAME_BYTES];
    const char *choices[GSC_GUESS_MOST];
    gsc_line as[GSC_GUESS_MOST] = {{.note = ""}};
    size_t count = gsc_guess_choices(w->guess, u, choices), before = w->lines->count;
    bool is_same = true;
    size_t used = (size_t)snprintf(note, sizeof note,
                                   count > 0 ? "one of" : "one of ours, or ignore it");
    for (size_t i = 0; i < count; i++) {
        const gsc_own_row *row = gsc_family_row(GSC_FAMILY_TRANSFORMER, choices[i]);
        (void)choose_axes(w->guess, u, row, (gsc_map_part){.of = 0}, axes);
        if (*axes)
            gsc_line_describe(&as[i], row, axes);
        is_same = is_same && strcmp(as[i].changes, as[0].changes) == 0;
    }
    for (size_t i = 0; i < count && used < sizeof note; i++)
        used += (size_t)snprintf(note + used, sizeof note - used, "%s %s%s",
                                 i > 0 ? ";" : "", choices[i],
                                 is_same ? "" : as[i].changes);
    if (is_of_one_head(w->guess, u))
        snprintf(note, sizeof note, "of one head: make one tensor of all heads first");
    int status = add_lines(w, u, "", NULL, note);
    for (size_t i = before; is_same && i < w->lines->count; i++)
        memcpy(w->lines->items[i].changes, as[0].changes, sizeof as[0].changes);
    return status;
}

static int
add_unit_lines(writer *w, const gsc_unit *u)
{
    const char *own = gsc_guess_own(u);
    if (u->shape.rank == 1)
        return add_vector(w, u);
    if (strstr(own, "QKV"))
        return add_fused(w, u, 'W');
    if (*own)
        return add_matrix(w, u, own, (gsc_map_part){.of = 0},
                          u->is_by_shape ? "by its shape" : "");
    return add_open(w, u);
}

int
gsc_guess_transformer(const gsc_tensor *tensors, size_t count,
                      const size_t known[GSC_NUM_AXES], gsc_lines *lines)
{
    int status = 0;
    gsc_guess g = {.count = 0};
    writer w = {.guess = &g, .lines = lines, .n_heads = known[GSC_AXIS_N_HEADS]};
    GSC_NEW(g.units, count);
    for (size_t i = 0; i < count; i++)
        add_unit(&g, &tensors[i]);
    g.d_model = known[GSC_AXIS_D_MODEL] > 0 ? known[GSC_AXIS_D_MODEL] : most_common(&g);
    gsc_guess_roles(&g);
    for (size_t i = 0; i < g.count; i++)
        GSC_TRY(add_unit_lines(&w, &g.units[i]));
out:
    free(g.units);
    return status;
}
