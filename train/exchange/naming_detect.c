/* Which naming tensors have: the one under which all of them fit with one size an axis.
 */
#include "grokscope/error.h"

#include "train/exchange/naming_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the tensors fit one map. */
typedef struct fit {
    const gsc_map *map;
    size_t n_layers;
    gsc_axis_sizes sizes;
    size_t num_matched, num_complaints;
    gsc_text complaints; /* a line each */
} fit;

/* The next line that reads a tensor, from number *at on; *at is then after it. */
static bool
next_line(const gsc_map *map, const gsc_tensor *tensor, size_t *at, gsc_map_line *line,
          size_t *layer)
{
    for (size_t count = gsc_map_num_lines(map); *at < count;) {
        *line = gsc_map_line_at(map, (*at)++);
        *layer = 0;
        if (gsc_naming_match(line->theirs, tensor->name, layer) &&
            gsc_axes_allow(line->axes, tensor->shape))
            return true;
    }
    return false;
}

/* The first line that reads it, or else the first that knows its name. */
static bool
line_of(const gsc_map *map, const gsc_tensor *tensor, gsc_map_line *line, size_t *layer)
{
    size_t at = 0;
    if (next_line(map, tensor, &at, line, layer))
        return true;
    for (at = 0; at < gsc_map_num_lines(map); at++) {
        *line = gsc_map_line_at(map, at);
        *layer = 0;
        if (gsc_naming_match(line->theirs, tensor->name, layer))
            return true;
    }
    return false;
}

/* ---- One tensor ---- */

static bool
learn(fit *f, const gsc_map_line *line, gsc_shape shape)
{
    f->sizes.num_local = 0;
    return gsc_axes_learn(&f->sizes, line->axes, shape);
}

/* "[d_vocab 59, n_heads 4 x d_head]" */
static int
add_expected(gsc_text *text, const char *axes, const gsc_axis_sizes *sizes)
{
    int status = 0;
    gsc_axis_word word = {0};
    const char *before = "[";
    while (gsc_axes_next(&axes, &word)) {
        size_t size = gsc_axis_size(sizes, &word);
        bool is_number = *word.text >= '0' && *word.text <= '9';
        GSC_TRY(gsc_text_add(text, "%s", word.is_merged ? " x " : before));
        if (!is_number)
            GSC_TRY(gsc_text_add(text, "%.*s", (int)word.length, word.text));
        if (size > 0)
            GSC_TRY(gsc_text_add(text, is_number ? "%zu" : " %zu", size));
        before = ", ";
    }
    GSC_TRY(gsc_text_add(text, "]"));
out:
    return status;
}

static int
complain(fit *f, const gsc_tensor *tensor, const gsc_map_line *line)
{
    int status = 0;
    gsc_text *text = &f->complaints;
    f->num_complaints++;
    f->sizes.num_local = 0;
    GSC_TRY(gsc_text_add(text, "\n  "));
    GSC_TRY(gsc_text_add_escaped(text, tensor->name));
    GSC_TRY(gsc_text_add(text, " "));
    GSC_TRY(gsc_shape_add(tensor->shape, text));
    GSC_TRY(gsc_text_add(text, line ? ": expected " : ": not expected"));
    if (line)
        GSC_TRY(add_expected(text, line->axes, &f->sizes));
out:
    return status;
}

/* ---- All tensors ---- */

static int
fit_tensors(fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    size_t layer;
    gsc_map_line line;
    for (size_t i = 0; i < count; i++) { /* first what all shapes tell */
        if (!line_of(f->map, &tensors[i], &line, &layer))
            continue;
        f->num_matched++;
        if (strchr(line.own, '*') && layer >= f->n_layers)
            f->n_layers = layer + 1;
        learn(f, &line, tensors[i].shape);
    }
    for (size_t i = 0; i < count; i++) {
        bool found = line_of(f->map, &tensors[i], &line, &layer);
        if (!found || !learn(f, &line, tensors[i].shape))
            GSC_TRY(complain(f, &tensors[i], found ? &line : NULL));
    }
out:
    return status;
}

/* How many tensors give ours of this pattern in a layer; the last two of them. */
static size_t
count_sources(const fit *f, const gsc_tensor *tensors, size_t count, const char *own,
              size_t wanted, const gsc_tensor *last[2])
{
    size_t found = 0, layer;
    gsc_map_line line;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; next_line(f->map, &tensors[i], &at, &line, &layer);)
            if (strcmp(line.own, own) == 0 && layer == wanted) {
                last[found++ % 2] = &tensors[i];
                break;
            }
    return found;
}

static int
complain_missing(fit *f, const gsc_map_line *line, size_t layer)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    f->num_complaints++;
    f->sizes.num_local = 0;
    gsc_naming_fill(line->theirs, layer, name);
    GSC_TRY(gsc_text_add(&f->complaints, "\n  %s: missing, expected ", name));
    GSC_TRY(add_expected(&f->complaints, line->axes, &f->sizes));
out:
    return status;
}

static int
complain_twice(fit *f, const gsc_tensor *last[2], const char *own)
{
    int status = 0;
    f->num_complaints++;
    GSC_TRY(gsc_text_add(&f->complaints, "\n  "));
    GSC_TRY(gsc_text_add_escaped(&f->complaints, last[0]->name));
    GSC_TRY(gsc_text_add(&f->complaints, " and "));
    GSC_TRY(gsc_text_add_escaped(&f->complaints, last[1]->name));
    GSC_TRY(gsc_text_add(&f->complaints, ": both are our %s", own));
out:
    return status;
}

/* What a line makes is there once in each layer, or in none where it may be missing. */
static int
check_line(fit *f, const gsc_tensor *tensors, size_t count, const gsc_map_line *line)
{
    int status = 0;
    gsc_naming_presence kind = gsc_map_row(f->map, line->own)->kind;
    size_t copies = strchr(line->own, '*') ? f->n_layers : 1, present = 0;
    const gsc_tensor *last[2];
    for (size_t layer = 0; layer < copies; layer++)
        present += count_sources(f, tensors, count, line->own, layer, last) > 0;
    for (size_t layer = 0; layer < copies; layer++) {
        size_t found = count_sources(f, tensors, count, line->own, layer, last);
        bool is_needed =
            kind == GSC_NAMING_NEEDED || (kind == GSC_NAMING_USUAL && present > 0);
        if (found == 0 && is_needed)
            GSC_TRY(complain_missing(f, line, layer));
        if (found > 1)
            GSC_TRY(complain_twice(f, last, line->own));
    }
out:
    return status;
}

static int
check_lines(fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    const char *before = "";
    for (size_t i = 0; i < gsc_map_num_lines(f->map); i++) {
        gsc_map_line line = gsc_map_line_at(f->map, i);
        bool is_new = strcmp(line.own, before) != 0;
        if (is_new &&
            !gsc_map_is_constant(&line)) /* other ways to read it come right after */
            GSC_TRY(check_line(f, tensors, count, &line));
        before = line.own;
    }
    /* Ours has no block where the file has none; of others it is what they are. */
    if (f->map->family == GSC_FAMILY_TRANSFORMER && f->n_layers == 0 &&
        f->map->naming > GSC_NAMING_TORCH_LINEAR) {
        f->num_complaints++;
        GSC_TRY(gsc_text_add(&f->complaints, "\n  no block of attention"));
    }
out:
    return status;
}

static int
try_map(fit *f, const gsc_tensor *tensors, size_t count,
        const size_t known[GSC_NUM_AXES], const gsc_map *map)
{
    int status = 0;
    *f = (fit){.map = map};
    memcpy(f->sizes.known, known, sizeof f->sizes.known);
    GSC_TRY(fit_tensors(f, tensors, count));
    if (f->num_matched > 0)
        GSC_TRY(check_lines(f, tensors, count));
out:
    return status;
}

/* ---- All namings ---- */

enum { MOST_FITS = 32 };

typedef struct fits {
    size_t count;
    fit items[MOST_FITS];
} fits;

static int
refuse_several(const fit *a, const fit *b)
{
    return gsc_fail(GSC_EFORMAT,
                    "names and shapes fit the naming %s of a %s and %s of a %s; "
                    "--naming decides",
                    gsc_naming_names[a->map->naming], gsc_families[a->map->family].what,
                    gsc_naming_names[b->map->naming],
                    gsc_families[b->map->family].what);
}

static int
refuse(const fit *best)
{
    if (!best || best->num_matched == 0)
        return gsc_fail(GSC_EFORMAT,
                        "no naming knows any of its tensors; --architecture tensors "
                        "takes them as they are");
    return gsc_fail(GSC_EFORMAT,
                    "%zu tensors do not fit a %s in the naming %s, and --architecture "
                    "tensors takes them as they are:%s",
                    best->num_complaints, gsc_families[best->map->family].what,
                    gsc_naming_names[best->map->naming],
                    best->complaints.data ? best->complaints.data : "");
}

/* The one that explains more tensors, or else the one with fewer complaints. */
static bool
is_better(const fit *a, const fit *b)
{
    if (a->num_matched != b->num_matched)
        return a->num_matched > b->num_matched;
    return a->num_complaints < b->num_complaints;
}

static bool
is_good(const fit *f)
{
    return f->num_matched > 0 && f->num_complaints == 0;
}

/* Whether two maps make the same of all tensors. */
static bool
is_same(const fit *a, const fit *b, const gsc_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at_a = 0, at_b = 0, layer;
        gsc_map_line of_a, of_b;
        bool more_a, more_b;
        do {
            more_a = next_line(a->map, &tensors[i], &at_a, &of_a, &layer);
            more_b = next_line(b->map, &tensors[i], &at_b, &of_b, &layer);
            if (more_a != more_b || (more_a && (strcmp(of_a.own, of_b.own) != 0 ||
                                                strcmp(of_a.axes, of_b.axes) != 0)))
                return false;
        } while (more_a);
    }
    return a->map->family == b->map->family;
}

static int
try_all(fits *all, const gsc_tensor *tensors, size_t count,
        const size_t known[GSC_NUM_AXES], gsc_naming asked)
{
    int status = 0;
    for (size_t i = 0; gsc_maps[i] && all->count < MOST_FITS; i++)
        if (asked == GSC_NUM_NAMINGS || asked == gsc_maps[i]->naming)
            GSC_TRY(
                try_map(&all->items[all->count++], tensors, count, known, gsc_maps[i]));
out:
    return status;
}

/* The only good one, NULL where there is none. */
static int
choose(const fits *all, const gsc_tensor *tensors, size_t count, const fit **good)
{
    *good = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const fit *f = &all->items[i];
        if (!is_good(f) || (*good && is_same(*good, f, tensors, count)))
            continue;
        if (*good)
            return refuse_several(*good, f);
        *good = f;
    }
    return 0;
}

static void
take(gsc_named *named, const fit *good, void *made)
{
    *named = (gsc_named){.naming = good->map->naming,
                         .family = good->map->family,
                         .n_layers = good->n_layers,
                         .map = good->map,
                         .made = made};
    memcpy(named->sizes, good->sizes.known, sizeof named->sizes);
}

static const fit *
best_of(const fits *all)
{
    const fit *best = all->count > 0 ? &all->items[0] : NULL;
    for (size_t i = 1; i < all->count; i++)
        if (is_better(&all->items[i], best))
            best = &all->items[i];
    return best;
}

int
gsc_naming_detect(const gsc_tensor *tensors, size_t count,
                  const size_t known[GSC_NUM_AXES], gsc_naming naming, gsc_named *named)
{
    int status = 0;
    fits all = {.count = 0};
    const fit *good;
    const gsc_map *stack = NULL;
    void *made = NULL;
    *named = (gsc_named){.map = NULL};
    GSC_TRY(try_all(&all, tensors, count, known, naming));
    GSC_TRY(choose(&all, tensors, count, &good));
    if (!good && (naming == GSC_NUM_NAMINGS || naming == GSC_NAMING_TORCH_MLP))
        GSC_TRY(gsc_map_of_stack(tensors, count, &made, &stack));
    if (stack) {
        fit *f = &all.items[all.count++];
        GSC_TRY(try_map(f, tensors, count, known, stack));
        good = is_good(f) ? f : NULL;
    }
    if (good) {
        take(named, good, made);
        made = NULL;
    } else {
        status = refuse(best_of(&all));
    }
out:
    free(made);
    for (size_t i = 0; i < all.count; i++)
        gsc_text_free(&all.items[i].complaints);
    return status;
}

int
gsc_naming_fit(const gsc_tensor *tensors, size_t count,
               const size_t known[GSC_NUM_AXES], const gsc_map *map, gsc_named *named)
{
    int status = 0;
    fit f;
    *named = (gsc_named){.map = NULL};
    GSC_TRY(try_map(&f, tensors, count, known, map));
    if (is_good(&f))
        take(named, &f, NULL);
    else
        status = refuse(&f);
out:
    gsc_text_free(&f.complaints);
    return status;
}

void
gsc_named_free(gsc_named *named)
{
    free(named->made);
    named->made = NULL;
}
