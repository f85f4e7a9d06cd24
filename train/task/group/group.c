/* Groups by their tables: the check that they are some, and subsets of them. */
#include "grokscope/group.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

void
gsc_group_free(gsc_group *group)
{
    free(group->table);
    free(group->inverse);
    *group = (gsc_group){0};
}

/* ---- The axioms ---- */

static int
check_closure(const gsc_group *g)
{
    for (size_t x = 0; x < g->order; x++)
        for (size_t y = 0; y < g->order; y++)
            if (gsc_group_product(g, x, y) >= g->order)
                return gsc_fail(GSC_EFORMAT,
                                "no group: %zu %zu is %u, expected 0 to %zu", x, y,
                                gsc_group_product(g, x, y), g->order - 1);
    return 0;
}

static bool
is_identity(const gsc_group *g, size_t e)
{
    for (size_t x = 0; x < g->order; x++)
        if (gsc_group_product(g, e, x) != x || gsc_group_product(g, x, e) != x)
            return false;
    return true;
}

static int
find_identity(gsc_group *g)
{
    for (size_t e = 0; e < g->order; e++)
        if (is_identity(g, e)) {
            g->identity = (uint16_t)e;
            return 0;
        }
    return gsc_fail(GSC_EFORMAT, "no group: none of its %zu elements is an identity",
                    g->order);
}

static int
find_inverses(gsc_group *g)
{
    for (size_t x = 0; x < g->order; x++) {
        size_t y = 0;
        while (y < g->order && (gsc_group_product(g, x, y) != g->identity ||
                                gsc_group_product(g, y, x) != g->identity))
            y++;
        if (y == g->order)
            return gsc_fail(GSC_EFORMAT, "no group: %zu has no inverse (identity %u)",
                            x, g->identity);
        g->inverse[x] = (uint16_t)y;
    }
    return 0;
}

/* Light's test of one element (Clifford and Preston, The Algebraic Theory of
 * Semigroups, I, section 1.2). */
static int
check_associativity(const gsc_group *g, size_t by)
{
    for (size_t x = 0; x < g->order; x++)
        for (size_t y = 0; y < g->order; y++) {
            size_t left = gsc_group_product(g, gsc_group_product(g, x, by), y);
            size_t right = gsc_group_product(g, x, gsc_group_product(g, by, y));
            if (left != right)
                return gsc_fail(GSC_EFORMAT,
                                "no group: (%zu %zu) %zu is %zu, but %zu (%zu %zu) is "
                                "%zu",
                                x, by, y, left, x, by, y, right);
        }
    return 0;
}

/* Test elements until all are products of tested ones. */
static int
check_all_associativity(const gsc_group *g)
{
    int status = 0;
    bool *member = NULL;
    uint16_t *generators = NULL;
    size_t count = 0;
    GSC_NEW(member, g->order);
    GSC_NEW(generators, g->order);
    for (size_t x = 0; x < g->order; x++) {
        if (member[x])
            continue;
        GSC_TRY(check_associativity(g, x));
        generators[count++] = (uint16_t)x;
        gsc_group_generate(g, generators, count, member);
    }
out:
    free(member);
    free(generators);
    return status;
}

static bool
is_cyclic_in_order(const gsc_group *g)
{
    for (size_t x = 0; x < g->order; x++)
        for (size_t y = 0; y < g->order; y++)
            if (gsc_group_product(g, x, y) != (x + y) % g->order)
                return false;
    return true;
}

int
gsc_group_init_table(gsc_group *group, size_t order, const uint16_t *table)
{
    int status = 0;
    *group = (gsc_group){.order = order};
    if (order < 1 || order > GSC_MOST_ELEMENTS)
        return gsc_fail(GSC_EFORMAT, "a group of %zu elements, expected 1 to %d", order,
                        GSC_MOST_ELEMENTS);
    GSC_NEW(group->table, order * order);
    GSC_NEW(group->inverse, order);
    memcpy(group->table, table, order * order * sizeof *table);
    GSC_TRY(check_closure(group));
    GSC_TRY(find_identity(group));
    GSC_TRY(find_inverses(group));
    GSC_TRY(check_all_associativity(group));
    if (is_cyclic_in_order(group)) {
        group->family = GSC_GROUP_CYCLIC;
        group->degree = order;
    }
out:
    if (status < 0)
        gsc_group_free(group);
    return status;
}

size_t
gsc_group_element_order(const gsc_group *group, size_t x)
{
    size_t count = 1;
    for (size_t power = x; power != group->identity; count++)
        power = gsc_group_product(group, power, x);
    return count;
}

/* ---- Subsets ---- */

/* All products of the generators: what a pass reaches from the members found so far,
 * until a pass finds no more. Every element is visited once with each generator. */
size_t
gsc_group_generate(const gsc_group *group, const uint16_t *generators, size_t count,
                   bool *member)
{
    size_t size = 1;
    memset(member, 0, group->order * sizeof *member);
    member[group->identity] = true;
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t x = 0; x < group->order; x++)
            for (size_t i = 0; member[x] && i < count; i++) {
                size_t y = gsc_group_product(group, x, generators[i]);
                grew = grew || !member[y];
                size += !member[y];
                member[y] = true;
            }
    }
    return size;
}

size_t
gsc_group_cosets(const gsc_group *group, const bool *member, gsc_side side,
                 uint16_t *coset)
{
    size_t count = 0;
    memset(coset, 0xff, group->order * sizeof *coset); /* UINT16_MAX: none yet */
    for (size_t x = 0; x < group->order; x++) {
        if (coset[x] != UINT16_MAX)
            continue;
        for (size_t h = 0; h < group->order; h++)
            if (member[h])
                coset[side == GSC_LEFT ? gsc_group_product(group, x, h)
                                       : gsc_group_product(group, h, x)] =
                    (uint16_t)count;
        count++;
    }
    return count;
}

size_t
gsc_group_classes(const gsc_group *group, uint16_t *conjugates)
{
    size_t count = 0;
    memset(conjugates, 0xff, group->order * sizeof *conjugates);
    for (size_t x = 0; x < group->order; x++) {
        if (conjugates[x] != UINT16_MAX)
            continue;
        for (size_t g = 0; g < group->order; g++) /* g x g^-1 */
            conjugates[gsc_group_product(group, gsc_group_product(group, g, x),
                                         group->inverse[g])] = (uint16_t)count;
        count++;
    }
    return count;
}
