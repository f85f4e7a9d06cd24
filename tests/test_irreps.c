/* Irreducible representations: character tables, homomorphisms, Fourier transforms. */
#include "grokscope/irreps.h"

#include "test.h"
#include "train/numeric/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const double exact = 1e-12;

typedef struct known {
    gsc_group group;
    gsc_irreps irreps;
} known;

static known
find(const char *name, bool in_general)
{
    known k;
    assert_return_ok(gsc_group_init(&k.group, name));
    if (in_general)
        k.group.family = GSC_GROUP_TABLE;
    assert_return_ok(gsc_irreps_init(&k.irreps, &k.group));
    return k;
}

static void
release(known *k)
{
    gsc_irreps_free(&k->irreps);
    gsc_group_free(&k->group);
}

static const gsc_irrep *
named(const known *k, const char *name)
{
    for (size_t i = 0; i < k->irreps.count; i++)
        if (strcmp(k->irreps.items[i].name, name) == 0)
            return &k->irreps.items[i];
    fail_msg("no representation %s", name);
    return NULL;
}

static size_t
element(const gsc_group *group, const char *cycles)
{
    uint16_t elements[720];
    size_t count;
    assert_return_ok(gsc_group_read_elements(group, cycles, elements, &count));
    assert_int_equal(count, 1);
    return elements[0];
}

/* ---- What all have to be ---- */

/* Classes of elements together with their inverses. */
static size_t
real_classes(const gsc_group *group)
{
    uint16_t *of = calloc(group->order, sizeof *of);
    bool *seen = calloc(group->order, sizeof *seen);
    size_t count = 0;
    gsc_group_classes(group, of);
    for (size_t x = 0; x < group->order; x++) {
        count += !seen[of[x]];
        seen[of[x]] = seen[of[group->inverse[x]]] = true;
    }
    free(of);
    free(seen);
    return count;
}

static void
characters_are_orthogonal(const gsc_irreps *irreps)
{
    double order = (double)irreps->order;
    for (size_t i = 0; i < irreps->count; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t x = 0; x < irreps->order; x++)
                sum += irreps->items[i].character[x] * irreps->items[j].character[x];
            assert_close(sum / order, i == j ? irreps->items[i].type : 0, exact);
        }
}

/* basis basisᵀ is the projection that the character gives. */
static void
the_basis_is_of_the_character(const gsc_group *group, const gsc_irrep *irrep,
                              double *projection)
{
    size_t n = group->order;
    double factor = (double)irrep->rank / (double)(irrep->dimension * n);
    gsc_gemm_f64(false, true, n, n, irrep->rank, 1, irrep->basis, irrep->rank,
                 irrep->basis, irrep->rank, 0, projection, n);
    for (size_t x = 0; x < n; x++)
        for (size_t y = 0; y < n; y++) {
            size_t z = gsc_group_product(group, group->inverse[x], y);
            assert_close(projection[x * n + y], factor * irrep->character[z], exact);
        }
}

static void
all_bases_are_orthogonal(const gsc_irreps *irreps, double *all, double *products)
{
    size_t n = irreps->order, first = 0;
    for (size_t i = 0; i < irreps->count; first += irreps->items[i++].rank)
        for (size_t x = 0; x < n; x++)
            memcpy(all + x * n + first,
                   irreps->items[i].basis + x * irreps->items[i].rank,
                   irreps->items[i].rank * sizeof *all);
    assert_int_equal(first, n);
    gsc_gemm_f64(true, false, n, n, n, 1, all, n, all, n, 0, products, n);
    for (size_t i = 0; i < n * n; i++)
        assert_close(products[i], i / n == i % n, exact);
}

/* As many as there are classes, their projections given by characters that are
 * orthogonal: then none can be split. */
static void
are_complete(const gsc_group *group, const gsc_irreps *irreps)
{
    size_t n = group->order;
    double *work = calloc(2 * n * n, sizeof *work);
    assert_int_equal(irreps->order, n);
    assert_int_equal(irreps->count, real_classes(group));
    for (size_t i = 0; i < irreps->count; i++) {
        const gsc_irrep *irrep = &irreps->items[i];
        assert_int_equal(irrep->rank * irrep->type,
                         irrep->dimension * irrep->dimension);
        assert_int_equal(irrep->trivial, i == 0);
        assert_close(irrep->character[group->identity], (double)irrep->dimension,
                     exact);
        the_basis_is_of_the_character(group, irrep, work);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(irrep->name, irreps->items[j].name);
    }
    assert_string_equal(irreps->items[0].name, "trivial");
    characters_are_orthogonal(irreps);
    all_bases_are_orthogonal(irreps, work, work + n * n);
    free(work);
}

static void
every_family_has_a_whole_transform(void **state)
{
    (void)state;
    static const char *const names[] = {
        "C1",  "C2", "C3",    "C12", "C113",  "D1",       "D2",    "D3",   "D7", "D8",
        "D59", "S1", "S2",    "S3",  "S4",    "S5",       "S6",    "A1",   "A2", "A3",
        "A4",  "A5", "C3xC5", "A6",  "S3xC2", "C2xC2xC2", "A5xC4", "S4xD5"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        known k = find(names[i], false);
        are_complete(&k.group, &k.irreps);
        release(&k);
    }
}

/* ---- Matrices ---- */

/* rho(x) where column i d + j of the basis is sqrt(d / order) rho_ij. */
static void
matrix_of(const gsc_irrep *irrep, size_t order, size_t x, double *rho)
{
    size_t d = irrep->dimension;
    double scale = sqrt((double)order / (double)d);
    const double *row = irrep->basis + x * irrep->rank;
    for (size_t i = 0; i < irrep->rank; i++)
        rho[i] = scale * row[i];
    if (irrep->type == GSC_IRREP_COMPLEX) {
        double c = rho[0], s = rho[1], turn[] = {c, -s, s, c};
        memcpy(rho, turn, sizeof turn);
    }
}

static void
is_homomorphism(const gsc_group *group, const gsc_irrep *irrep)
{
    size_t d = irrep->dimension, n = group->order;
    double *rho = calloc(n * d * d, sizeof *rho), product[256];
    for (size_t x = 0; x < n; x++) {
        double trace = 0;
        matrix_of(irrep, n, x, rho + x * d * d);
        for (size_t i = 0; i < d; i++)
            trace += rho[x * d * d + i * d + i];
        assert_close(trace, irrep->character[x], exact);
    }
    for (size_t x = 0; x < n; x++)
        for (size_t y = x % 5; y<n; y += n> 100 ? 5 : 1) {
            const double *wanted = rho + gsc_group_product(group, x, y) * d * d;
            gsc_gemm_f64(false, false, d, d, d, 1, rho + x * d * d, d, rho + y * d * d,
                         d, 0, product, d);
            for (size_t i = 0; i < d * d; i++)
                assert_close(product[i], wanted[i], exact);
        }
    for (size_t x = 0; x < n; x++) { /* rho rhoᵀ = 1 */
        gsc_gemm_f64(false, true, d, d, d, 1, rho + x * d * d, d, rho + x * d * d, d, 0,
                     product, d);
        for (size_t i = 0; i < d * d; i++)
            assert_close(product[i], i / d == i % d, exact);
    }
    free(rho);
}

static void
bases_of_families_are_matrices_of_a_homomorphism(void **state)
{
    (void)state;
    static const char *const names[] = {"C2", "C7", "C12", "D1", "D2", "D5",
                                        "D8", "S2", "S3",  "S4", "S5", "S6"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        known k = find(names[i], false);
        for (size_t j = 0; j < k.irreps.count; j++)
            is_homomorphism(&k.group, &k.irreps.items[j]);
        release(&k);
    }
}

static void
rotations_have_a_cosine_and_a_sine(void **state)
{
    (void)state;
    known k = find("C113", false);
    const gsc_irrep *irrep = named(&k, "freq_16");
    assert_int_equal(irrep->dimension, 2);
    assert_int_equal(irrep->rank, 2);
    for (size_t x = 0; x < 113; x++) {
        double angle = 6.283185307179586476925 * (double)(16 * x) / 113;
        assert_close(irrep->basis[2 * x], sqrt(2.0 / 113) * cos(angle), 1e-14);
        assert_close(irrep->basis[2 * x + 1], sqrt(2.0 / 113) * sin(angle), 1e-14);
    }
    assert_string_equal(k.irreps.items[56].name, "freq_56");
    release(&k);
    k = find("C118", false);
    assert_int_equal(k.irreps.count, 60);
    assert_int_equal(named(&k, "sign")->dimension, 1);
    assert_close(named(&k, "sign")->character[3], -1, 0);
    release(&k);
}

/* ---- Character tables ---- */

typedef struct row {
    const char *name;
    double traces[8];
} row;

static void
has_characters(const char *group, const char *const *elements, size_t num_elements,
               const row *rows, size_t num_rows)
{
    known k = find(group, false);
    assert_int_equal(k.irreps.count, num_rows);
    for (size_t i = 0; i < num_rows; i++) {
        assert_string_equal(k.irreps.items[i].name, rows[i].name);
        for (size_t j = 0; j < num_elements; j++) {
            size_t x = element(&k.group, elements[j]);
            assert_close(k.irreps.items[i].character[x], rows[i].traces[j], exact);
        }
    }
    release(&k);
}

#define HAS(group, elements, rows)                                            \
    has_characters(group, elements, sizeof elements / sizeof *elements, rows, \
                   sizeof rows / sizeof *rows)

static void
characters_are_those_of_the_books(void **state)
{
    (void)state;
    static const char *const of_three[] = {"()", "(0 1)", "(0 1 2)"};
    static const row s3[] = {
        {"trivial", {1, 1, 1}}, {"sign", {1, -1, 1}}, {"standard", {2, 0, -1}}};
    static const char *const of_four[] = {"()", "(0 1)", "(0 1)(2 3)", "(0 1 2)",
                                          "(0 1 2 3)"};
    static const row s4[] = {{"trivial", {1, 1, 1, 1, 1}},
                             {"sign", {1, -1, 1, 1, -1}},
                             {"[2,2]", {2, 0, 2, -1, 0}},
                             {"standard", {3, 1, -1, 0, -1}},
                             {"standard_sign", {3, -1, -1, 0, 1}}};
    static const char *const of_five[] = {"()",         "(0 1)",        "(0 1)(2 3)",
                                          "(0 1 2)",    "(0 1 2)(3 4)", "(0 1 2 3)",
                                          "(0 1 2 3 4)"};
    /* 5d_b is [3,2], of trace 1 at a transposition; 5d_a its product with the sign. */
    static const row s5[] = {{"trivial", {1, 1, 1, 1, 1, 1, 1}},
                             {"sign", {1, -1, 1, 1, -1, -1, 1}},
                             {"standard", {4, 2, 0, 1, -1, 0, -1}},
                             {"standard_sign", {4, -2, 0, 1, 1, 0, -1}},
                             {"5d_a", {5, -1, 1, -1, -1, 1, 0}},
                             {"5d_b", {5, 1, 1, -1, 1, -1, 0}},
                             {"6d", {6, 0, -2, 0, 0, 0, 1}}};
    HAS("S3", of_three, s3);
    HAS("S4", of_four, s4);
    HAS("S5", of_five, s5);
}

static void
the_golden_ratio_tells_a5s_twins_apart(void **state)
{
    (void)state;
    static const char *const elements[] = {"()", "(0 1)(2 3)", "(0 1 2)", "(0 1 2 3 4)",
                                           "(0 2 4 1 3)"};
    double golden = (1 + sqrt(5)) / 2;
    const row a5[] = {{"trivial", {1, 1, 1, 1, 1}},
                      {"3d_a", {3, -1, 0, golden, 1 - golden}},
                      {"3d_b", {3, -1, 0, 1 - golden, golden}},
                      {"standard", {4, 0, 1, -1, -1}},
                      {"5d_a", {5, 1, -1, 0, 0}}};
    HAS("A5", elements, a5);
}

static void
names_are_as_documented(void **state)
{
    (void)state;
    static const struct {
        const char *group, *names[12];
    } all[] = {
        {"S1", {"trivial"}},
        {"S2", {"trivial", "sign"}},
        {"C4", {"trivial", "freq_1", "sign"}},
        {"C2", {"trivial", "sign"}},
        {"D1", {"trivial", "sign"}},
        {"D6", {"trivial", "sign", "sign_rotation", "sign_both", "freq_1", "freq_2"}},
        {"A3", {"trivial", "standard"}},
        {"A4", {"trivial", "2d_1", "standard"}},
        {"S6",
         {"trivial", "sign", "[2,2,2]", "[3,3]", "standard", "standard_sign",
          "[2,2,1,1]", "[4,2]", "[3,1,1,1]", "[4,1,1]", "[3,2,1]"}},
        {"S3xC2", {"trivial", "1d_1", "1d_2", "1d_3", "2d_1", "2d_2"}}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        known k = find(all[i].group, false);
        for (size_t j = 0; j < k.irreps.count; j++)
            assert_string_equal(k.irreps.items[j].name, all[i].names[j]);
        assert_null(all[i].names[k.irreps.count]);
        release(&k);
    }
}

/* ---- Any table ---- */

static bool
same_character(const gsc_irrep *a, const gsc_irrep *b, size_t order)
{
    for (size_t x = 0; x < order; x++)
        if (fabs(a->character[x] - b->character[x]) > exact)
            return false;
    return a->dimension == b->dimension && a->type == b->type;
}

static void
tables_have_the_characters_of_their_families(void **state)
{
    (void)state;
    static const char *const names[] = {"S4", "S5", "S6", "D7", "D8", "C12", "C113"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        known by_family = find(names[i], false), by_table = find(names[i], true);
        size_t matches = 0;
        are_complete(&by_table.group, &by_table.irreps);
        for (size_t a = 0; a < by_family.irreps.count; a++)
            for (size_t b = 0; b < by_table.irreps.count; b++)
                matches +=
                    same_character(&by_family.irreps.items[a],
                                   &by_table.irreps.items[b], by_family.group.order);
        assert_int_equal(matches, by_family.irreps.count);
        release(&by_family);
        release(&by_table);
    }
}

static void
tables_give_the_same_bits_again(void **state)
{
    (void)state;
    known first = find("A5", false), again = find("A5", false);
    for (size_t i = 0; i < first.irreps.count; i++)
        assert_memory_equal(first.irreps.items[i].basis, again.irreps.items[i].basis,
                            60 * first.irreps.items[i].rank * sizeof(double));
    release(&first);
    release(&again);
}

/* 1, i, j, k and, 4 further on, their negatives. */
static void
quaternions(uint16_t table[64])
{
    static const uint16_t products[4][4] = {
        {0, 1, 2, 3}, {1, 4, 3, 6}, {2, 7, 4, 1}, {3, 2, 5, 4}};
    for (size_t x = 0; x < 8; x++)
        for (size_t y = 0; y < 8; y++)
            table[x * 8 + y] =
                (uint16_t)((products[x % 4][y % 4] + x / 4 * 4 + y / 4 * 4) % 8);
}

static void
types_are_those_of_what_commutes(void **state)
{
    (void)state;
    uint16_t table[64];
    known k;
    quaternions(table);
    assert_return_ok(gsc_group_init_table(&k.group, 8, table));
    assert_return_ok(gsc_irreps_init(&k.irreps, &k.group));
    are_complete(&k.group, &k.irreps);
    assert_int_equal(k.irreps.count, 5);
    const gsc_irrep *last = &k.irreps.items[4];
    assert_int_equal(last->type, GSC_IRREP_QUATERNIONIC);
    assert_int_equal(last->dimension, 4);
    assert_int_equal(last->rank, 4);
    assert_close(last->character[4], -4, exact);
    release(&k);
    k = find("C3xC5", false); /* cyclic, in another order */
    assert_int_equal(k.irreps.count, 8);
    for (size_t i = 1; i < 8; i++) {
        assert_int_equal(k.irreps.items[i].type, GSC_IRREP_COMPLEX);
        assert_int_equal(k.irreps.items[i].rank, 2);
    }
    release(&k);
    k = find("S3xC2", false); /* D6 */
    assert_int_equal(k.irreps.items[5].type, GSC_IRREP_REAL);
    release(&k);
}

static double
seconds(const char *name, bool in_general)
{
    struct timespec begin, end;
    gsc_group group;
    gsc_irreps irreps;
    assert_return_ok(gsc_group_init(&group, name));
    if (in_general)
        group.family = GSC_GROUP_TABLE;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_return_ok(gsc_irreps_init(&irreps, &group));
    clock_gettime(CLOCK_MONOTONIC, &end);
    gsc_irreps_free(&irreps);
    gsc_group_free(&group);
    return (double)(end.tv_sec - begin.tv_sec) +
           1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
}

static void
large_groups_are_served(void **state)
{
    (void)state;
    print_message("S6 %.3f s, as a table %.3f s\n", seconds("S6", false),
                  seconds("S6", true));
    print_message("C4096 %.3f s, D2048 %.3f s\n", seconds("C4096", false),
                  seconds("D2048", false));
}

static void
too_many_classes_are_refused(void **state)
{
    (void)state;
    gsc_group group;
    gsc_irreps irreps;
    assert_return_ok(gsc_group_init(&group, "C2xC1025"));
    assert_fails(gsc_irreps_init(&irreps, &group), GSC_EARGUMENT,
                 "irreducible representations: 1026 conjugacy classes, expected 1024 "
                 "at most");
    assert_null(irreps.items);
    gsc_irreps_free(&irreps);
    gsc_group_free(&group);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_has_a_whole_transform),
        cmocka_unit_test(bases_of_families_are_matrices_of_a_homomorphism),
        cmocka_unit_test(rotations_have_a_cosine_and_a_sine),
        cmocka_unit_test(characters_are_those_of_the_books),
        cmocka_unit_test(the_golden_ratio_tells_a5s_twins_apart),
        cmocka_unit_test(names_are_as_documented),
        cmocka_unit_test(tables_have_the_characters_of_their_families),
        cmocka_unit_test(tables_give_the_same_bits_again),
        cmocka_unit_test(types_are_those_of_what_commutes),
        cmocka_unit_test(large_groups_are_served),
        cmocka_unit_test(too_many_classes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
