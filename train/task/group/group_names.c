/* Groups and elements in words: families, direct products, permutations. */
#include "grokscope/error.h"
#include "grokscope/group.h"
#include "grokscope/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 6 };

/* ---- Permutations in lexicographic order ---- */

static const size_t factorials[MOST_POINTS + 1] = {1, 1, 2, 6, 24, 120, 720};

/* Permutation number x of n points, all of them counted. */
static void
unrank(size_t x, size_t n, uint8_t *image)
{
    bool used[MOST_POINTS] = {false};
    for (size_t i = 0; i < n; i++) {
        size_t skip = x / factorials[n - 1 - i] % (n - i), k = 0;
        for (;; k++)
            if (!used[k] && skip-- == 0)
                break;
        used[k] = true;
        image[i] = (uint8_t)k;
    }
}

static size_t
rank_of(const uint8_t *image, size_t n)
{
    size_t x = 0;
    for (size_t i = 0; i < n; i++) {
        size_t smaller = 0;
        for (size_t k = i + 1; k < n; k++)
            smaller += image[k] < image[i];
        x += smaller * factorials[n - 1 - i];
    }
    return x;
}

static bool
is_even(const uint8_t *image, size_t n)
{
    size_t inversions = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            inversions += image[k] < image[i];
    return inversions % 2 == 0;
}

/* Of permutations 2 x and 2 x + 1 exactly one is even: they differ in the order of
 * their last two images. */
static size_t
place_of(gsc_group_family family, const uint8_t *image, size_t n)
{
    size_t x = rank_of(image, n);
    return family == GSC_GROUP_ALTERNATING && n > 1 ? x / 2 : x;
}

static void
permutation(gsc_group_family family, size_t n, size_t x, uint8_t *image)
{
    bool half = family == GSC_GROUP_ALTERNATING && n > 1;
    unrank(half ? 2 * x : x, n, image);
    if (half && !is_even(image, n))
        unrank(2 * x + 1, n, image);
}

void
gsc_group_permutation(const gsc_group *group, size_t x, uint8_t *image)
{
    permutation(group->family, group->degree, x, image);
}

/* ---- Families ---- */

static size_t
order_of(gsc_group_family family, size_t n)
{
    switch (family) {
    case GSC_GROUP_CYCLIC:
        return n;
    case GSC_GROUP_DIHEDRAL:
        return 2 * n;
    case GSC_GROUP_SYMMETRIC:
        return factorials[n];
    default:
        return n > 1 ? factorials[n] / 2 : 1;
    }
}

static size_t
compose_permutations(gsc_group_family family, size_t n, size_t x, size_t y)
{
    uint8_t first[MOST_POINTS], second[MOST_POINTS], both[MOST_POINTS];
    permutation(family, n, x, first);
    permutation(family, n, y, second);
    for (size_t i = 0; i < n; i++)
        both[i] = second[first[i]];
    return place_of(family, both, n);
}

static size_t
compose_symmetries(size_t n, size_t x, size_t y)
{
    size_t turn = x < n ? x % n + y % n : x % n + n - y % n;
    return turn % n + n * ((x / n + y / n) % 2);
}

static size_t
compose(gsc_group_family family, size_t n, size_t x, size_t y)
{
    switch (family) {
    case GSC_GROUP_CYCLIC:
        return (x + y) % n;
    case GSC_GROUP_DIHEDRAL:
        return compose_symmetries(n, x, y);
    default:
        return compose_permutations(family, n, x, y);
    }
}

static int
make_table(gsc_group_family family, size_t n, size_t *order, uint16_t **table)
{
    int status = 0;
    *order = order_of(family, n);
    GSC_NEW(*table, *order * *order);
    for (size_t x = 0; x < *order; x++)
        for (size_t y = 0; y < *order; y++)
            (*table)[x * *order + y] = (uint16_t)compose(family, n, x, y);
out:
    return status;
}

/* One factor of a name, and what is left of it. */
typedef struct factor {
    gsc_group_family family;
    size_t degree;
} factor;

static int
read_factor(const char *name, const char **at, factor *f)
{
    static const char letters[] = "CDSA";
    const char *letter = **at ? strchr(letters, toupper((unsigned char)**at)) : NULL;
    char *end = NULL;
    unsigned long degree = 0;
    if (letter && isdigit((unsigned char)(*at)[1]))
        degree = strtoul(*at + 1, &end, 10);
    if (!end || (*end != '\0' && *end != 'x'))
        return gsc_fail(GSC_EARGUMENT,
                        "group '%s': expected C, D, S or A with a number, as S5, or a "
                        "product of such, as C2xS3",
                        name);
    f->family = (gsc_group_family)(GSC_GROUP_CYCLIC + (letter - letters));
    bool permutes = f->family >= GSC_GROUP_SYMMETRIC;
    unsigned long most = permutes ? MOST_POINTS : GSC_MOST_ELEMENTS;
    if (degree < 1 || degree > most)
        return gsc_fail(GSC_EARGUMENT, "group '%s': %c with %lu, expected 1 to %lu",
                        name, *letter, degree, most);
    f->degree = degree;
    *at = *end == 'x' ? end + 1 : end;
    if (*end == 'x' && end[1] == '\0')
        return gsc_fail(GSC_EARGUMENT, "group '%s': ends with x", name);
    return 0;
}

/* The direct product of what there is (order, table) with one factor more. */
static int
multiply(size_t *order, uint16_t **table, const factor *f)
{
    int status = 0;
    size_t n = 0;
    uint16_t *own = NULL, *both = NULL;
    GSC_TRY(make_table(f->family, f->degree, &n, &own));
    size_t product = *order * n;
    GSC_NEW(both, product * product);
    for (size_t x = 0; x < product; x++)
        for (size_t y = 0; y < product; y++)
            both[x * product + y] = (uint16_t)((*table)[x / n * *order + y / n] * n +
                                               own[x % n * n + y % n]);
    free(*table);
    *table = both;
    *order = product;
    both = NULL;
out:
    free(own);
    free(both);
    return status;
}

int
gsc_group_init(gsc_group *group, const char *name)
{
    int status = 0;
    const char *at = name;
    factor f = {GSC_GROUP_TABLE, 0};
    size_t order = 1, num_factors = 0;
    uint16_t *table = NULL;
    *group = (gsc_group){0};
    GSC_NEW(table, 1);
    do {
        GSC_TRY(read_factor(name, &at, &f));
        if (order * order_of(f.family, f.degree) > GSC_MOST_ELEMENTS)
            GSC_TRY(gsc_fail(GSC_EARGUMENT, "group '%s': more than %d elements", name,
                             GSC_MOST_ELEMENTS));
        GSC_TRY(multiply(&order, &table, &f));
        num_factors++;
    } while (*at);
    GSC_TRY(gsc_group_init_table(group, order, table));
    if (num_factors == 1) {
        group->family = f.family;
        group->degree = f.degree;
    }
out:
    free(table);
    return status;
}

/* ---- Elements ---- */

static bool
permutes(const gsc_group *group)
{
    return group->family == GSC_GROUP_SYMMETRIC ||
           group->family == GSC_GROUP_ALTERNATING;
}

static int
add_cycle(const uint8_t *image, size_t first, bool *seen, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "("));
    for (size_t i = first; !seen[i]; i = image[i]) {
        GSC_TRY(gsc_text_add(text, i == first ? "%zu" : " %zu", i));
        seen[i] = true;
    }
    GSC_TRY(gsc_text_add(text, ")"));
out:
    return status;
}

int
gsc_group_add_element(const gsc_group *group, size_t x, gsc_text *text)
{
    int status = 0;
    uint8_t image[MOST_POINTS];
    bool seen[MOST_POINTS] = {false};
    if (!permutes(group))
        return gsc_text_add(text, "%zu", x);
    if (x == group->identity)
        return gsc_text_add(text, "()");
    gsc_group_permutation(group, x, image);
    for (size_t i = 0; i < group->degree; i++)
        if (!seen[i] && image[i] != i)
            GSC_TRY(add_cycle(image, i, seen, text));
out:
    return status;
}

/* A text of elements, and the place in it. */
typedef struct reader {
    const gsc_group *group;
    const char *text, *at;
} reader;

static int
refuse(const reader *in)
{
    return gsc_fail(GSC_EARGUMENT,
                    "elements '%s': at '%s', expected %s, separated by commas",
                    in->text, in->at,
                    permutes(in->group) ? "numbers or cycles, as (0 3)(1 4)"
                                        : "numbers of elements");
}

static void
skip_blanks(reader *in)
{
    in->at += strspn(in->at, " \t");
}

/* The number at the reader's place, below `end`. */
static int
read_number(reader *in, size_t end, size_t *value)
{
    char *behind;
    skip_blanks(in);
    if (!isdigit((unsigned char)*in->at))
        return refuse(in);
    unsigned long number = strtoul(in->at, &behind, 10);
    if (number >= end)
        return refuse(in);
    *value = number;
    in->at = behind;
    skip_blanks(in);
    return 0;
}

/* "(0 3)" after what `image` is so far. */
static int
read_cycle(reader *in, uint8_t *image)
{
    int status = 0;
    size_t n = in->group->degree, count = 0, points[MOST_POINTS];
    bool seen[MOST_POINTS] = {false};
    uint8_t cycle[MOST_POINTS];
    for (in->at++, skip_blanks(in); *in->at != ')';) {
        size_t point = 0;
        const reader before = *in;
        GSC_TRY(read_number(in, n, &point));
        if (seen[point])
            return refuse(&before);
        seen[point] = true;
        points[count++] = point;
    }
    in->at++;
    skip_blanks(in);
    for (size_t i = 0; i < n; i++)
        cycle[i] = (uint8_t)i;
    for (size_t i = 0; i < count; i++)
        cycle[points[i]] = (uint8_t)points[(i + 1) % count];
    for (size_t i = 0; i < n; i++)
        image[i] = cycle[image[i]];
out:
    return status;
}

static int
read_permutation(reader *in, size_t *x)
{
    int status = 0;
    const gsc_group *g = in->group;
    const reader before = *in;
    uint8_t image[MOST_POINTS];
    for (size_t i = 0; i < g->degree; i++)
        image[i] = (uint8_t)i;
    while (*in->at == '(')
        GSC_TRY(read_cycle(in, image));
    if (g->family == GSC_GROUP_ALTERNATING && !is_even(image, g->degree))
        return gsc_fail(GSC_EARGUMENT, "elements '%s': at '%s': an odd permutation",
                        in->text, before.at);
    *x = place_of(g->family, image, g->degree);
out:
    return status;
}

int
gsc_group_read_elements(const gsc_group *group, const char *text, uint16_t *elements,
                        size_t *count)
{
    int status = 0;
    reader in = {group, text, text};
    *count = 0;
    for (bool more = true; more;) {
        size_t x = 0;
        skip_blanks(&in);
        GSC_TRY(permutes(group) && *in.at == '(' ? read_permutation(&in, &x)
                                                 : read_number(&in, group->order, &x));
        if (*count == group->order || (*in.at != ',' && *in.at != '\0'))
            return refuse(&in);
        elements[(*count)++] = (uint16_t)x;
        more = *in.at++ == ',';
    }
out:
    return status;
}
