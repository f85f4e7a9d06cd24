/* Measures of networks on groups: planted structure, brute force over all triples. */
#include "group_fixture.h"

static size_t
named(const gsc_irreps *irreps, const char *name)
{
    for (size_t i = 0; i < irreps->count; i++)
        if (strcmp(irreps->items[i].name, name) == 0)
            return i;
    fail_msg("no representation %s", name);
    return 0;
}

static double
character(const network *net, const gsc_irrep *irrep, size_t pair, size_t z)
{
    const gsc_group *g = &net->group;
    size_t xy = gsc_group_product(g, pair / net->n, pair % net->n);
    return irrep->character[gsc_group_product(g, xy, g->inverse[z])];
}

static const char *const small_groups[] = {"S3", "S4", "C7", "C6", "D5", "A4", "C2xS3"};
enum { NUM_SMALL = sizeof small_groups / sizeof *small_groups };

/* ---- By definition, everything of size order^3 in memory ---- */

static void
centre_each_row(double *x, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++) {
        double mean = 0;
        for (size_t j = 0; j < n; j++)
            mean += x[i * n + j] / (double)n;
        for (size_t j = 0; j < n; j++)
            x[i * n + j] -= mean;
    }
}

static double
similarity_by_definition(const network *net, const gsc_irrep *irrep)
{
    size_t n = net->n;
    double product = 0, a = 0, b = 0;
    double *centred = calloc(n * n * n, sizeof *centred);
    memcpy(centred, net->logits, n * n * n * sizeof *centred);
    centre_each_row(centred, n * n, n);
    for (size_t i = 0; i < n * n * n; i++) {
        double t = character(net, irrep, i / n, i % n);
        product += t * centred[i];
        a += t * t;
        b += centred[i] * centred[i];
    }
    free(centred);
    return product / sqrt(a * b);
}

static void
logit_similarity_is_the_cosine_over_all_triples(void **state)
{
    (void)state;
    for (size_t k = 0; k < NUM_SMALL; k++) {
        network net = random_network(small_groups[k]);
        gsc_group_sums sums = sum_all(&net);
        double similarity[16], explained, wanted = 0;
        assert_return_ok(
            gsc_group_metrics_similarity(&sums, &net.irreps, similarity, &explained));
        for (size_t i = 0; i < net.irreps.count; i++) {
            double own = similarity_by_definition(&net, &net.irreps.items[i]);
            assert_close(similarity[i], own, exact);
            wanted += i > 0 ? own * own : 0;
        }
        assert_close(similarity[0], 0, exact);
        assert_close(explained, wanted, exact);
        assert_true(explained < 0.2); /* of noise */
        gsc_group_sums_free(&sums);
        release(&net);
    }
}

/* The element whose row of the basis a pair has: x, y or x y. */
static size_t
element_of(const network *net, size_t pair, size_t which)
{
    size_t x = pair / net->n, y = pair % net->n;
    return which == 0 ? x : which == 1 ? y : gsc_group_product(&net->group, x, y);
}

/* |Qᵀ c|^2 with Q [n^2, rank]; part [n^2, WIDTH] += Q Qᵀ c. */
static double
project(const network *net, const gsc_irrep *irrep, size_t which, const double *c,
        double *part)
{
    size_t n = net->n;
    double power = 0;
    for (size_t j = 0; j < irrep->rank; j++)
        for (size_t u = 0; u < WIDTH; u++) {
            double own = 0;
            for (size_t i = 0; i < n * n; i++)
                own += irrep->basis[element_of(net, i, which) * irrep->rank + j] /
                       sqrt((double)n) * c[i * WIDTH + u];
            power += own * own;
            for (size_t i = 0; part && i < n * n; i++)
                part[i * WIDTH + u] +=
                    own / sqrt((double)n) *
                    irrep->basis[element_of(net, i, which) * irrep->rank + j];
        }
    return power;
}

static void
hidden_shares_are_those_of_projections_of_all_pairs(void **state)
{
    (void)state;
    for (size_t k = 0; k < NUM_SMALL; k++) {
        network net = random_network(small_groups[k]);
        size_t n = net.n;
        gsc_group_sums sums = sum_all(&net);
        gsc_hidden_fve fve[16];
        double *c = calloc(n * n * WIDTH, sizeof *c), all = 0, total = 0;
        for (size_t i = 0; i < n * n * WIDTH; i++) {
            double mean = 0;
            for (size_t j = i % WIDTH; j < n * n * WIDTH; j += WIDTH)
                mean += net.hidden[j] / (double)(n * n);
            c[i] = net.hidden[i] - mean;
            all += c[i] * c[i];
        }
        assert_return_ok(gsc_group_metrics_hidden(&sums, &net.irreps, fve));
        for (size_t i = 0; i < net.irreps.count; i++) {
            const gsc_irrep *irrep = &net.irreps.items[i];
            assert_close(fve[i].x, project(&net, irrep, 0, c, NULL) / all, exact);
            assert_close(fve[i].y, project(&net, irrep, 1, c, NULL) / all, exact);
            assert_close(fve[i].xy, project(&net, irrep, 2, c, NULL) / all, exact);
            total += fve[i].x + fve[i].y + fve[i].xy;
        }
        assert_close(fve[0].x + fve[0].y + fve[0].xy, 0, exact);
        assert_true(total < 1);
        gsc_group_sums_free(&sums);
        free(c);
        release(&net);
    }
}

static void
multiply_map(const network *net, const double *hidden, double sign, double *logits)
{
    for (size_t i = 0; i < net->n * net->n; i++)
        for (size_t z = 0; z < net->n; z++)
            for (size_t u = 0; u < WIDTH; u++)
                logits[i * net->n + z] +=
                    sign * hidden[i * WIDTH + u] * net->map.data[u * net->n + z];
}

static double
loss_of(const network *net, const double *logits, const bool *of)
{
    size_t n = net->n, count = 0;
    double loss = 0;
    for (size_t i = 0; i < n * n; i++) {
        double sum = 0;
        if (of && !of[i])
            continue;
        for (size_t z = 0; z < n; z++)
            sum += exp(logits[i * n + z]);
        loss += log(sum) - logits[i * n + element_of(net, i, 2)];
        count++;
    }
    return loss / (double)count;
}

static double
excluded_in_blocks(const network *net, const gsc_matrix *kept, size_t step)
{
    gsc_scores all = {0};
    for (size_t first = 0; first < net->n * net->n; first += step) {
        size_t left = net->n * net->n - first;
        gsc_scores own = {0};
        gsc_group_block block = block_of(net, first, left < step ? left : step);
        assert_return_ok(
            gsc_group_metrics_exclude(&net->group, kept, &block, net->train, &own));
        gsc_scores_merge(&all, &own);
    }
    gsc_scores_finish(&all);
    return all.loss;
}

static void
ablations_are_projections_of_all_pairs(void **state)
{
    (void)state;
    const size_t keys[] = {2, 1};
    for (size_t k = 0; k < NUM_SMALL; k++) {
        network net = random_network(small_groups[k]);
        size_t n = net.n;
        gsc_group_sums sums = sum_all(&net);
        gsc_matrix kept;
        gsc_scores means;
        double *part = calloc(n * n * WIDTH, sizeof *part);
        double *logits = calloc(n * n * n, sizeof *logits);
        assert_return_ok(
            gsc_group_metrics_keep(&sums, &net.irreps, keys, 2, &net.map, &kept));
        for (size_t i = 0; i < 2; i++)
            project(&net, &net.irreps.items[keys[i]], 2, net.hidden, part);
        multiply_map(&net, part, 1, logits);
        for (size_t i = 0; i < n * n * n; i++)
            assert_close(kept.data[element_of(&net, i / n, 2) * n + i % n], logits[i],
                         exact);
        assert_return_ok(gsc_group_metrics_restricted(&kept, &means));
        assert_close(means.loss, loss_of(&net, logits, NULL), exact);
        memcpy(logits, net.logits, n * n * n * sizeof *logits);
        multiply_map(&net, part, -1, logits);
        assert_close(excluded_in_blocks(&net, &kept, n * n),
                     loss_of(&net, logits, net.train), exact);
        assert_close(excluded_in_blocks(&net, &kept, 5),
                     loss_of(&net, logits, net.train), exact);
        gsc_matrix_free(&kept);
        gsc_group_sums_free(&sums);
        free(part);
        free(logits);
        release(&net);
    }
}

/* ---- Planted structure ---- */

static void
a_networks_own_representation_is_found(void **state)
{
    (void)state;
    static const char *const planted[][2] = {
        {"S5", "5d_a"}, {"A5", "3d_b"}, {"C12", "freq_5"}, {"D7", "freq_2"}};
    for (size_t k = 0; k < 4; k++) {
        network net = random_network(planted[k][0]);
        size_t n = net.n, key = named(&net.irreps, planted[k][1]);
        const gsc_irrep *irrep = &net.irreps.items[key];
        double similarity[16], explained;
        gsc_hidden_fve fve[16];
        for (size_t i = 0; i < n * n * n; i++)
            net.logits[i] = 3 + 2 * character(&net, irrep, i / n, i % n);
        for (size_t i = 0; i < n * n * WIDTH; i++)
            net.hidden[i] =
                (double)(i % WIDTH) +
                3 * irrep->basis[element_of(&net, i / WIDTH, 2) * irrep->rank +
                                 i % WIDTH % irrep->rank];
        gsc_group_sums sums = sum_all(&net);
        assert_return_ok(
            gsc_group_metrics_similarity(&sums, &net.irreps, similarity, &explained));
        assert_return_ok(gsc_group_metrics_hidden(&sums, &net.irreps, fve));
        assert_close(explained, 1, exact);
        for (size_t i = 0; i < net.irreps.count; i++) {
            assert_close(similarity[i], i == key, exact);
            assert_close(fve[i].xy, i == key, exact);
            assert_close(fve[i].x + fve[i].y, 0, exact);
        }
        gsc_group_sums_free(&sums);
        release(&net);
    }
}

/* h U with U the transposed basis: tr rho(x y) rho(z)^-1, a network that answers. */
static void
a_network_without_its_representation_does_not_answer(void **state)
{
    (void)state;
    network net = random_network("D5");
    const gsc_irrep *irrep = &net.irreps.items[named(&net.irreps, "freq_1")];
    size_t n = net.n, key = named(&net.irreps, "freq_1"), other = key + 1;
    gsc_matrix kept;
    gsc_scores means;
    gsc_matrix_free(&net.map);
    assert_return_ok(gsc_matrix_init(&net.map, WIDTH, n));
    for (size_t u = 0; u < irrep->rank; u++)
        for (size_t z = 0; z < n; z++)
            net.map.data[u * n + z] = 300 * irrep->basis[z * irrep->rank + u];
    for (size_t i = 0; i < n * n * WIDTH; i++) {
        size_t g = element_of(&net, i / WIDTH, 2), u = i % WIDTH;
        net.hidden[i] = u < irrep->rank ? irrep->basis[g * irrep->rank + u] : 0.25;
    }
    memset(net.logits, 0, n * n * n * sizeof *net.logits);
    multiply_map(&net, net.hidden, 1, net.logits);
    gsc_group_sums sums = sum_all(&net);
    assert_return_ok(
        gsc_group_metrics_keep(&sums, &net.irreps, &key, 1, &net.map, &kept));
    assert_return_ok(gsc_group_metrics_restricted(&kept, &means));
    assert_true(means.loss < 1e-6 && means.accuracy == 1);
    assert_close(excluded_in_blocks(&net, &kept, 30), log(10), exact);
    gsc_matrix_free(&kept);
    assert_return_ok(
        gsc_group_metrics_keep(&sums, &net.irreps, &other, 1, &net.map, &kept));
    assert_return_ok(gsc_group_metrics_restricted(&kept, &means));
    assert_close(means.loss, log(10), exact);
    assert_true(excluded_in_blocks(&net, &kept, 30) < 1e-6);
    gsc_matrix_free(&kept);
    gsc_group_sums_free(&sums);
    release(&net);
}

/* ---- Weights ---- */

static void
weights_are_shared_out_among_representations(void **state)
{
    (void)state;
    network net = random_network("S5");
    gsc_matrix w = {120, 64, noise(120 * 64, 5)};
    double fve[7], all = 0;
    print_message("seed 5\n");
    for (size_t i = 0; i < 120 * 64; i++)
        w.data[i] -= 0.3;
    assert_return_ok(gsc_group_metrics_fve(&net.irreps, &w, fve));
    for (size_t i = 0; i < 7; i++) {
        assert_close(fve[i], (double)net.irreps.items[i].rank / 120, 0.03);
        all += fve[i];
    }
    assert_close(all, 1, exact);
    const gsc_irrep *irrep = &net.irreps.items[named(&net.irreps, "standard_sign")];
    for (size_t i = 0; i < 120 * 64; i++)
        w.data[i] = 2 * irrep->basis[i / 64 * 16 + i % 16] - irrep->basis[i / 64 * 16];
    assert_return_ok(gsc_group_metrics_fve(&net.irreps, &w, fve));
    for (size_t i = 0; i < 7; i++)
        assert_close(fve[i], irrep == &net.irreps.items[i], exact);
    w.rows = 119;
    assert_fails(gsc_group_metrics_fve(&net.irreps, &w, fve), GSC_EARGUMENT,
                 "a matrix [119, 64] on representations of 120 elements");
    gsc_matrix_free(&w);
    release(&net);
}

/* ---- Refusals ---- */

static void
what_was_not_summed_is_refused(void **state)
{
    (void)state;
    network net = random_network("S3"), other = random_network("C7");
    double similarity[16], explained;
    gsc_hidden_fve fve[16];
    gsc_matrix kept, narrow = {WIDTH, 5, net.map.data};
    const size_t keys[] = {1, 3};
    gsc_group_sums part = sum_up(&net, 0, 35, 35), all = sum_all(&net), none;
    assert_return_ok(gsc_group_sums_init(&none, &net.group, false, 0));
    assert_fails(
        gsc_group_metrics_similarity(&part, &net.irreps, similarity, &explained),
        GSC_EARGUMENT, "sums over 35 pairs, expected all 36");
    assert_fails(
        gsc_group_metrics_similarity(&none, &net.irreps, similarity, &explained),
        GSC_EARGUMENT, "sums without logits");
    assert_fails(gsc_group_metrics_hidden(&none, &net.irreps, fve), GSC_EARGUMENT,
                 "sums without activations");
    assert_fails(gsc_group_metrics_hidden(&all, &other.irreps, fve), GSC_EARGUMENT,
                 "representations of 7 elements, sums over pairs of 6");
    assert_fails(gsc_group_metrics_keep(&all, &net.irreps, keys, 2, &net.map, &kept),
                 GSC_EARGUMENT, "representation 3 of 3");
    assert_fails(gsc_group_metrics_keep(&all, &net.irreps, keys, 1, &narrow, &kept),
                 GSC_EARGUMENT,
                 "what units write to the logits is [5, 5], expected [5, 6]");
    assert_null(kept.data);
    gsc_group_block block = block_of(&net, 0, 1);
    gsc_scores scores = {0};
    assert_fails(gsc_group_metrics_exclude(&net.group, &narrow, &block, NULL, &scores),
                 GSC_EARGUMENT, "a table of logits [5, 5] of a group of 6 elements");
    gsc_group_sums_free(&part);
    gsc_group_sums_free(&all);
    gsc_group_sums_free(&none);
    gsc_group_sums_free(&none);
    release(&net);
    release(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logit_similarity_is_the_cosine_over_all_triples),
        cmocka_unit_test(hidden_shares_are_those_of_projections_of_all_pairs),
        cmocka_unit_test(ablations_are_projections_of_all_pairs),
        cmocka_unit_test(a_networks_own_representation_is_found),
        cmocka_unit_test(a_network_without_its_representation_does_not_answer),
        cmocka_unit_test(weights_are_shared_out_among_representations),
        cmocka_unit_test(what_was_not_summed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
