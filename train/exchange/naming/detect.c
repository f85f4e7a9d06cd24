/* Which naming tensors have: the one under which all of them fit with one size an axis.
 */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- All namings ---- */

enum { MOST_FITS = 32 };

typedef struct fits {
    size_t count;
    gsc_fit items[MOST_FITS];
} fits;

/* The one that explains more tensors, or else the one with fewer complaints. */
static bool
is_better(const gsc_fit *a, const gsc_fit *b)
{
    if (a->num_matched != b->num_matched)
        return a->num_matched > b->num_matched;
    return a->num_complaints < b->num_complaints;
}

/* What two maps make of a tensor. */
typedef struct difference {
    const gsc_tensor *tensor; /* NULL: the same of all */
    gsc_reading of_a, of_b;   /* next 0: nothing */
} difference;

static bool
is_same_line(const gsc_map_line *a, const gsc_map_line *b)
{
    return strcmp(a->own, b->own) == 0 && strcmp(a->axes, b->axes) == 0;
}

static difference
compare(const gsc_fit *a, const gsc_fit *b, const gsc_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        difference d = {.tensor = &tensors[i]};
        bool more_a, more_b;
        do {
            more_a = gsc_map_read_next(a->map, &tensors[i], &d.of_a);
            more_b = gsc_map_read_next(b->map, &tensors[i], &d.of_b);
            if (more_a != more_b ||
                (more_a && !is_same_line(&d.of_a.line, &d.of_b.line)))
                return d;
        } while (more_a);
    }
    return (difference){.tensor = NULL};
}

/* Whether two maps make the same of all tensors. */
static bool
is_same(const gsc_fit *a, const gsc_fit *b, const gsc_tensor *tensors, size_t count)
{
    return !compare(a, b, tensors, count).tensor && a->map->family == b->map->family;
}

static int
refuse_several(const gsc_fit *a, const gsc_fit *b, const gsc_tensor *tensors,
               size_t count)
{
    int status = 0;
    gsc_text text = {0};
    const char *of_a = gsc_map_name(a->map), *of_b = gsc_map_name(b->map);
    difference d = compare(a, b, tensors, count);
    GSC_TRY(gsc_text_add(
        &text, "names and shapes fit the map %s of a %s and %s of a %s", of_a,
        gsc_families[a->map->family].what, of_b, gsc_families[b->map->family].what));
    if (d.tensor) {
        GSC_TRY(gsc_text_add(&text, "; %s ", d.tensor->name));
        GSC_TRY(gsc_shape_add(d.tensor->shape, &text));
        GSC_TRY(gsc_text_add(&text, " is our %s as %s, or our %s as %s",
                             d.of_a.line.own, d.of_a.line.axes, d.of_b.line.own,
                             d.of_b.line.axes));
    }
    status = gsc_fail(GSC_EFORMAT, "%s: --map %s or --map %s", text.data, of_a, of_b);
out:
    gsc_text_free(&text);
    return status;
}

static int
try_all(fits *all, const gsc_tensor *tensors, size_t count,
        const size_t known[GSC_NUM_AXES], gsc_naming asked)
{
    int status = 0;
    for (size_t i = 0; gsc_maps[i] && all->count < MOST_FITS; i++)
        if (asked == GSC_NUM_NAMINGS || asked == gsc_maps[i]->naming)
            GSC_TRY(gsc_fit_map(&all->items[all->count++], tensors, count, known,
                                gsc_maps[i]));
out:
    return status;
}

/* The only good one, NULL where there is none. */
static int
choose(const fits *all, const gsc_tensor *tensors, size_t count, const gsc_fit **good)
{
    *good = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const gsc_fit *f = &all->items[i];
        if (!gsc_fit_is_good(f) || (*good && is_same(*good, f, tensors, count)))
            continue;
        if (*good)
            return refuse_several(*good, f, tensors, count);
        *good = f;
    }
    return 0;
}

static void
take(gsc_named *named, const gsc_fit *good, void *made)
{
    *named = (gsc_named){.naming = good->map->naming,
                         .family = good->map->family,
                         .n_layers = good->n_layers,
                         .map = good->map,
                         .made = made};
    memcpy(named->sizes, good->sizes.known, sizeof named->sizes);
}

static const gsc_fit *
best_of(const fits *all)
{
    const gsc_fit *best = all->count > 0 ? &all->items[0] : NULL;
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
    const gsc_fit *good;
    const gsc_map *stack = NULL;
    void *made = NULL;
    *named = (gsc_named){.map = NULL};
    GSC_TRY(try_all(&all, tensors, count, known, naming));
    GSC_TRY(choose(&all, tensors, count, &good));
    if (!good && (naming == GSC_NUM_NAMINGS || naming == GSC_NAMING_TORCH_MLP))
        GSC_TRY(gsc_map_of_stack(tensors, count, &made, &stack));
    if (stack) {
        gsc_fit *f = &all.items[all.count++];
        GSC_TRY(gsc_fit_map(f, tensors, count, known, stack));
        good = gsc_fit_is_good(f) ? f : NULL;
    }
    if (good) {
        take(named, good, made);
        made = NULL;
    } else {
        status = gsc_fit_refuse(best_of(&all));
    }
out:
    free(made);
    for (size_t i = 0; i < all.count; i++)
        gsc_text_free(&all.items[i].complaints);
    return status;
}

/* ---- One map ---- */

/* What is known, and what the map tells. */
static int
take_sizes(const size_t known[GSC_NUM_AXES], const gsc_map *map,
           size_t sizes[GSC_NUM_AXES])
{
    for (size_t i = 0; i < GSC_NUM_AXES; i++) {
        if (known[i] > 0 && map->sizes[i] > 0 && known[i] != map->sizes[i])
            return gsc_fail(GSC_EARGUMENT, "%s: %s is %zu here, and %zu by an option",
                            gsc_map_name(map), gsc_axis_names[i], map->sizes[i],
                            known[i]);
        sizes[i] = known[i] > 0 ? known[i] : map->sizes[i];
    }
    return 0;
}

int
gsc_naming_fit(const gsc_tensor *tensors, size_t count,
               const size_t known[GSC_NUM_AXES], const gsc_map *map, gsc_named *named)
{
    int status = 0;
    gsc_fit f;
    size_t sizes[GSC_NUM_AXES];
    f = (gsc_fit){.map = map};
    *named = (gsc_named){.map = NULL};
    GSC_TRY(take_sizes(known, map, sizes));
    GSC_TRY(gsc_fit_map(&f, tensors, count, sizes, map));
    if (gsc_fit_is_good(&f))
        take(named, &f, NULL);
    else
        status = gsc_fit_refuse(&f);
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
