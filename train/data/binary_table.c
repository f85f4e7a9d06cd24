/* The facet of pairs and their answers. */
#include "grokscope/binary_table.h"

#include "grokscope/error.h"
#include "grokscope/options.h"
#include "grokscope/text.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ELEMENTS = 32512 }; /* token ids are 16 bits wide */

static const char *const order_names[] = {"residue", "logarithm"};

static gsc_shape
vector(size_t n)
{
    return (gsc_shape){1, {n}};
}

static gsc_shape
square(size_t n)
{
    return (gsc_shape){2, {n, n}};
}

/* ---- Writing ---- */

static int
add_texts(const gsc_binary_table *t, gsc_facet *f)
{
    int status = 0;
    GSC_TRY(gsc_facet_add_text(f, "operation", t->operation));
    GSC_TRY(gsc_facet_add_text(f, "formula", t->formula));
    GSC_TRY(gsc_facet_add_text(f, "group", t->group));
    GSC_TRY(gsc_facet_add_text(f, "order", order_names[t->order]));
    GSC_TRY(gsc_facet_add_text(f, "extra_tokens", t->extra_tokens));
out:
    return status;
}

static int
add_integers(const gsc_binary_table *t, gsc_facet *f)
{
    int status = 0;
    GSC_TRY(gsc_facet_add_integer(f, "n", (int64_t)t->n));
    GSC_TRY(gsc_facet_add_integer(f, "unordered", t->unordered));
    GSC_TRY(gsc_facet_add_integer(f, "position_a", (int64_t)t->position_a));
    GSC_TRY(gsc_facet_add_integer(f, "position_b", (int64_t)t->position_b));
    GSC_TRY(gsc_facet_add_integer(f, "position_c", t->position_c));
out:
    return status;
}

/* "binary_table", of those after it "binary_table_2", … */
static const gsc_facet *
find_table(const gsc_facets *facets, size_t index, char name[GSC_NAME_BYTES])
{
    if (index == 0)
        snprintf(name, GSC_NAME_BYTES, "%s", GSC_BINARY_TABLE);
    else
        snprintf(name, GSC_NAME_BYTES, "%s_%zu", GSC_BINARY_TABLE, index + 1);
    return gsc_facets_find(facets, name);
}

size_t
gsc_binary_table_count(const gsc_facets *facets)
{
    char name[GSC_NAME_BYTES];
    size_t count = 0;
    while (find_table(facets, count, name))
        count++;
    return count;
}

int
gsc_binary_table_add(const gsc_binary_table *t, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *f;
    char name[GSC_NAME_BYTES];
    find_table(facets, gsc_binary_table_count(facets), name);
    GSC_TRY(gsc_facets_add(facets, name, &f));
    GSC_TRY(add_texts(t, f));
    GSC_TRY(add_integers(t, f));
    GSC_TRY(
        gsc_facet_add_array(f, "input", GSC_FACET_INDEX, vector(t->n_ctx), t->input));
    GSC_TRY(
        gsc_facet_add_array(f, "operands", GSC_FACET_INDEX, vector(t->n), t->operands));
    GSC_TRY(
        gsc_facet_add_array(f, "answers", GSC_FACET_INDEX, vector(t->n), t->answers));
    GSC_TRY(gsc_facet_add_array(f, "table", GSC_FACET_INDEX, square(t->n), t->table));
    if (t->group_table && t->group_table != t->table)
        GSC_TRY(gsc_facet_add_array(f, "group_table", GSC_FACET_INDEX, square(t->n),
                                    t->group_table));
out:
    return status;
}

/* ---- Reading ---- */

static int
read_texts(const gsc_facet *f, gsc_binary_table *t)
{
    int status = 0;
    const char *order;
    GSC_TRY(gsc_facet_text(f, "operation", &t->operation));
    GSC_TRY(gsc_facet_text(f, "formula", &t->formula));
    GSC_TRY(gsc_facet_text(f, "group", &t->group));
    GSC_TRY(gsc_facet_text(f, "extra_tokens", &t->extra_tokens));
    GSC_TRY(gsc_facet_text(f, "order", &order));
    t->of_group = *t->group != '\0';
    t->order = strcmp(order, order_names[GSC_RESIDUE_ORDER_LOGARITHM]) == 0;
    if (!t->order && strcmp(order, order_names[GSC_RESIDUE_ORDER_PLAIN]) != 0)
        return gsc_fail(GSC_EFORMAT,
                        "/facets/%s/order: is '%s', expected residue or logarithm",
                        f->name, order);
out:
    return status;
}

static int
read_integers(const gsc_facet *f, gsc_binary_table *t)
{
    int status = 0;
    int64_t n, unordered, a, b, last = (int64_t)t->n_ctx - 1;
    GSC_TRY(gsc_facet_integer(f, "n", 1, MOST_ELEMENTS, &n));
    GSC_TRY(gsc_facet_integer(f, "unordered", 0, 1, &unordered));
    GSC_TRY(gsc_facet_integer(f, "position_a", 0, last, &a));
    GSC_TRY(gsc_facet_integer(f, "position_b", 0, last, &b));
    GSC_TRY(gsc_facet_integer(f, "position_c", -1, last, &t->position_c));
    t->n = (size_t)n;
    t->unordered = unordered == 1;
    t->position_a = (size_t)a;
    t->position_b = (size_t)b;
out:
    return status;
}

/* [n, n] elements; some may be missing where `partial`. */
static int
read_square(const gsc_facet *f, const char *name, size_t n, bool partial,
            const uint16_t **elements)
{
    const void *data;
    int status = gsc_facet_array(f, name, GSC_FACET_INDEX, square(n), &data);
    if (status < 0)
        return status;
    *elements = data;
    for (size_t i = 0; i < n * n; i++)
        if ((*elements)[i] >= n && !(partial && (*elements)[i] == GSC_NO_ANSWER))
            return gsc_fail(GSC_EFORMAT,
                            "/facets/%s/%s: value %zu is %u, expected less than %zu",
                            f->name, name, i, (unsigned)(*elements)[i], n);
    return 0;
}

static int
read_arrays(const gsc_facet *f, gsc_binary_table *t)
{
    int status = 0;
    const void *data;
    GSC_TRY(gsc_facet_array(f, "operands", GSC_FACET_INDEX, vector(t->n), &data));
    t->operands = data;
    GSC_TRY(gsc_facet_array(f, "answers", GSC_FACET_INDEX, vector(t->n), &data));
    t->answers = data;
    GSC_TRY(read_square(f, "table", t->n, true, &t->table));
    t->group_table = t->of_group ? t->table : NULL;
    if (t->of_group && gsc_facet_find(f, "group_table"))
        GSC_TRY(read_square(f, "group_table", t->n, false, &t->group_table));
out:
    return status;
}

int
gsc_binary_table_read(const gsc_facets *facets, gsc_binary_table *t, bool *found)
{
    return gsc_binary_table_read_at(facets, 0, t, found);
}

int
gsc_binary_table_read_at(const gsc_facets *facets, size_t index, gsc_binary_table *t,
                         bool *found)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    const gsc_facet *f = find_table(facets, index, name);
    const void *input;
    *t = (gsc_binary_table){.n = 0};
    *found = f != NULL;
    if (!f)
        return 0;
    GSC_TRY(gsc_facet_array(f, "input", GSC_FACET_INDEX, vector(0), &input));
    t->input = input;
    t->n_ctx = gsc_facet_find(f, "input")->shape.dims[0];
    GSC_TRY(read_integers(f, t));
    GSC_TRY(read_texts(f, t));
    GSC_TRY(read_arrays(f, t));
out:
    return status;
}

static int
refuse_name(const gsc_facets *facets, const char *operation)
{
    int status = 0;
    gsc_text names = {0};
    gsc_binary_table t;
    bool found = true;
    for (size_t i = 0; i < gsc_binary_table_count(facets); i++) {
        GSC_TRY(gsc_binary_table_read_at(facets, i, &t, &found));
        GSC_TRY(gsc_text_add(&names, "%s%s", i > 0 ? ", " : "", t.operation));
    }
    status = gsc_fail(GSC_EARGUMENT, "operation: no '%s'; there is %s", operation,
                      names.data ? names.data : "no table of pairs");
out:
    gsc_text_free(&names);
    return status;
}

int
gsc_binary_table_choose(const gsc_facets *facets, const char *operation,
                        gsc_binary_table *t, bool *found)
{
    int status = 0;
    bool any = !operation || !*operation;
    for (size_t i = 0;; i++) {
        GSC_TRY(gsc_binary_table_read_at(facets, i, t, found));
        if (any || (*found && gsc_options_same_name(t->operation, operation)))
            return 0;
        if (!*found)
            return refuse_name(facets, operation);
    }
out:
    return status;
}

/* ---- Examples ---- */

bool
gsc_binary_table_has(const gsc_binary_table *t, const gsc_field *tokens, size_t example)
{
    if (gsc_shape_count(tokens->shape) != t->n_ctx)
        return false;
    for (size_t i = 0; i < t->n_ctx; i++) {
        bool varies =
            i == t->position_a || i == t->position_b || (int64_t)i == t->position_c;
        if (!varies && (uint16_t)gsc_field_element(tokens, example, i) != t->input[i])
            return false;
    }
    return true;
}

/* ---- Frequencies ---- */

bool
gsc_binary_table_has_frequencies(const gsc_binary_table *t)
{
    if (!t->of_group)
        return true;
    for (size_t x = 0; t->group_table && x < t->n; x++)
        for (size_t y = 0; y < t->n; y++)
            if (t->group_table[x * t->n + y] != (x + y) % t->n)
                return false;
    return t->group_table != NULL;
}

int
gsc_binary_table_need_frequencies(const gsc_binary_table *t)
{
    if (gsc_binary_table_has_frequencies(t))
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "the elements of the group %s are no residues and have no "
                    "frequencies; grokscope-groups tells of its representations",
                    t->group);
}
