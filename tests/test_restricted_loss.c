/* Progress measures: the definitions written out, planted modes, and noise. */
#include "test.h"

#include "grokscope/restricted_loss.h"
#include "grokscope/rng.h"

enum { MOST = 12, NEURONS = 5, CUBE = MOST * MOST * MOST };

static const double two_pi = 6.283185307179586476925;

/* One made network; every test fills it anew. */
static double logits[CUBE], acts[MOST * MOST * NEURONS], map[NEURONS * MOST];
static float acts_f32[MOST * MOST * NEURONS];
static uint16_t labels[MOST * MOST];
static bool train[MOST * MOST];

static size_t
along(gsc_direction direction, size_t p, size_t pair)
{
    return (pair / p + (direction == GSC_SUM ? pair % p : p - pair % p)) % p;
}

static double
angle(size_t p, size_t k, size_t steps)
{
    return two_pi * (double)(k * steps % p) / (double)p;
}

static gsc_pair_logits
answers_of(size_t p, gsc_direction direction)
{
    for (size_t i = 0; i < p * p; i++) {
        labels[i] = (uint16_t)along(direction, p, i);
        train[i] = gsc_rng_uniform(3, p, i) < 0.4;
    }
    return (gsc_pair_logits){p, p, direction, logits, labels, train};
}

static gsc_pair_logits
random_network(size_t p, gsc_direction direction)
{
    for (size_t i = 0; i < p * p * p; i++)
        logits[i] = 2 * gsc_rng_normal(1, p, i);
    for (size_t i = 0; i < p * p * NEURONS; i++)
        acts[i] = acts_f32[i] = (float)gsc_rng_normal(2, p, i) + 1;
    for (size_t i = 0; i < NEURONS * p; i++)
        map[i] = gsc_rng_normal(4, p, i);
    return answers_of(p, direction);
}

/* logits += amplitude cos(w_k (s - c)). */
static void
add_clock(size_t p, gsc_direction direction, size_t k, double amplitude)
{
    for (size_t i = 0; i < p * p; i++)
        for (size_t c = 0; c < p; c++)
            logits[i * p + c] +=
                amplitude * cos(angle(p, k, along(direction, p, i) + p - c));
}

static gsc_pair_logits
clock_network(size_t p, gsc_direction direction)
{
    memset(logits, 0, sizeof logits);
    add_clock(p, direction, 1, 3);
    add_clock(p, direction, 2, 4);
    return answers_of(p, direction);
}

/* ---- The definitions, slowly ---- */

/* part += the projection of column j of x [p p, n] on unit vectors along k. */
static void
add_projection(const gsc_pair_logits *a, const double *x, size_t n, size_t k,
               double *part)
{
    size_t p = a->p;
    for (int sine = 0; sine < 2; sine++) {
        double unit[MOST * MOST], norm = 0;
        for (size_t i = 0; i < p * p; i++) {
            double w = angle(p, k, along(a->direction, p, i));
            unit[i] = sine ? sin(w) : cos(w);
            norm += unit[i] * unit[i];
        }
        for (size_t j = 0; j < n && norm > 1e-20; j++) {
            double product = 0;
            for (size_t i = 0; i < p * p; i++)
                product += unit[i] * x[i * n + j] / norm;
            for (size_t i = 0; i < p * p; i++)
                part[i * n + j] += product * unit[i];
        }
    }
}

static double
loss_of(const gsc_pair_logits *a, const double *z, size_t pair)
{
    double sum = 0;
    for (size_t c = 0; c < a->num_outputs; c++)
        sum += exp(z[pair * a->num_outputs + c]);
    return log(sum) - z[pair * a->num_outputs + a->labels[pair]];
}

static void
assert_scores(const gsc_pair_logits *a, const double *z, gsc_split_scores found,
              bool all)
{
    double sums[5] = {0}, counts[5] = {0};
    size_t p = a->p;
    for (size_t i = 0; i < p * p; i++) {
        bool image = a->train[i % p * p + i / p];
        const bool in[] = {true, a->train[i], !a->train[i], !a->train[i] && image,
                           !a->train[i] && !image};
        for (size_t part = 0; part < 5; part++)
            if (in[part]) {
                sums[part] += loss_of(a, z, i);
                counts[part]++;
            }
    }
    const gsc_scores *parts[] = {&found.all, &found.train, &found.test,
                                 &found.test_mirrored, &found.test_new};
    for (size_t part = 0; part < 5; part++)
        if (all || part == 1) {
            assert_true((double)parts[part]->count == counts[part]);
            assert_close(parts[part]->loss, sums[part] / counts[part], 1e-12);
        } else
            assert_true(parts[part]->count == 0 && isnan(parts[part]->loss));
}

/* out = kept (+ the mean of logits - kept over all pairs). */
static void
recentre(const gsc_pair_logits *a, const double *kept, double *out)
{
    size_t p = a->p, n = a->num_outputs;
    for (size_t c = 0; c < n; c++) {
        double mean = 0;
        for (size_t i = c; i < p * p * n; i += n)
            mean += (a->logits[i] - kept[i]) / (double)(p * p);
        for (size_t i = c; i < p * p * n; i += n)
            out[i] = kept[i] + mean;
    }
}

static void
check_losses(const gsc_restricted_loss *self, const double *kept, const size_t *keys,
             size_t num_keys)
{
    static double z[CUBE];
    const gsc_pair_logits *a = &self->answers;
    size_t count = a->p * a->p * a->num_outputs;
    gsc_split_scores scores;
    assert_return_ok(gsc_restricted_loss_keep(self, keys, num_keys, false, &scores));
    assert_scores(a, kept, scores, true);
    assert_return_ok(gsc_restricted_loss_keep(self, keys, num_keys, true, &scores));
    recentre(a, kept, z);
    assert_scores(a, z, scores, true);
    for (size_t i = 0; i < count; i++)
        z[i] = a->logits[i] - kept[i];
    assert_return_ok(
        gsc_restricted_loss_exclude(self, keys, num_keys, GSC_SCORE_ALL, &scores));
    assert_scores(a, z, scores, true);
    assert_return_ok(
        gsc_restricted_loss_exclude(self, keys, num_keys, GSC_SCORE_TRAIN, &scores));
    assert_scores(a, z, scores, false);
}

static void
logits_lose_and_keep_modes_as_defined(void **state)
{
    (void)state;
    for (size_t p = 5; p <= MOST; p++)
        for (int d = 0; d < 2; d++) {
            gsc_pair_logits a = random_network(p, d ? GSC_DIFFERENCE : GSC_SUM);
            const size_t keys[] = {p / 2, 1}; /* of even p, Nyquist */
            static double kept[CUBE];
            gsc_split_scores scores;
            gsc_restricted_loss self;
            assert_return_ok(gsc_restricted_loss_init(&self, &a));
            assert_return_ok(gsc_restricted_loss_none(&self, &scores));
            assert_scores(&a, logits, scores, true);
            for (size_t num_keys = 0; num_keys <= 2; num_keys++) {
                memset(kept, 0, sizeof kept);
                for (size_t i = 0; i < num_keys; i++)
                    add_projection(&a, logits, p, keys[i], kept);
                check_losses(&self, kept, keys, num_keys);
            }
            gsc_restricted_loss_free(&self);
        }
}

static void
neurons_lose_and_keep_modes_as_defined(void **state)
{
    (void)state;
    for (size_t p = 11; p <= MOST; p++) {
        gsc_pair_logits a = random_network(p, GSC_SUM);
        const size_t keys[] = {p / 2, 2};
        static double part[MOST * MOST * NEURONS], kept[CUBE];
        gsc_restricted_loss self, self_f32;
        memset(part, 0, sizeof part);
        memset(kept, 0, sizeof kept);
        add_projection(&a, acts, NEURONS, keys[0], part);
        add_projection(&a, acts, NEURONS, keys[1], part);
        for (size_t i = 0; i < p * p; i++)
            for (size_t m = 0; m < NEURONS; m++)
                for (size_t c = 0; c < p; c++)
                    kept[i * p + c] += part[i * NEURONS + m] * map[m * p + c];
        assert_return_ok(
            gsc_restricted_loss_init_neurons(&self, &a, acts, map, NEURONS));
        assert_return_ok(gsc_restricted_loss_init_neurons_f32(&self_f32, &a, acts_f32,
                                                              map, NEURONS));
        check_losses(&self, kept, keys, 2);
        check_losses(&self_f32, kept, keys, 2);
        gsc_restricted_loss_free(&self);
        gsc_restricted_loss_free(&self_f32);
    }
}

/* ---- Planted modes ---- */

static void
a_clock_is_its_modes_and_nothing_else(void **state)
{
    (void)state;
    for (size_t p = 11; p <= MOST; p++)
        for (int d = 0; d < 2; d++) {
            gsc_pair_logits a = clock_network(p, d ? GSC_DIFFERENCE : GSC_SUM);
            const size_t keys[] = {1, 2};
            gsc_split_scores full, restricted, excluded, one;
            gsc_restricted_loss self;
            assert_return_ok(gsc_restricted_loss_init(&self, &a));
            assert_return_ok(gsc_restricted_loss_none(&self, &full));
            assert_return_ok(
                gsc_restricted_loss_keep(&self, keys, 2, true, &restricted));
            assert_return_ok(
                gsc_restricted_loss_exclude(&self, keys, 2, GSC_SCORE_ALL, &excluded));
            assert_return_ok(
                gsc_restricted_loss_exclude(&self, keys, 1, GSC_SCORE_TRAIN, &one));
            assert_close(restricted.all.loss, full.all.loss, 1e-13);
            assert_close(restricted.all.accuracy, 1, 0);
            assert_close(excluded.all.loss, log((double)p), 1e-13);
            assert_true(one.train.loss > full.train.loss + 0.1);
            gsc_restricted_loss_free(&self);
        }
}

static void
a_clock_has_its_amplitudes_in_the_cube(void **state)
{
    (void)state;
    for (size_t p = 11; p <= MOST; p++)
        for (int d = 0; d < 2; d++) {
            gsc_direction direction = d ? GSC_DIFFERENCE : GSC_SUM;
            gsc_pair_logits a = clock_network(p, direction);
            double v[MOST], volume = (double)(p * p * p), sum = 0;
            gsc_cube cube;
            gsc_restricted_loss self;
            add_clock(p, direction, p / 2, 0.5); /* Nyquist where p is even */
            for (size_t i = 0; i < p * p * p; i++)
                logits[i] += 10; /* softmax does not see it */
            assert_return_ok(gsc_restricted_loss_init(&self, &a));
            assert_return_ok(gsc_restricted_loss_cube(&self, v, &cube));
            double last = p % 2 ? volume / 2 : volume;
            for (size_t k = 0; k <= p / 2; k++) {
                double expected = k == 1   ? 3 * sqrt(volume / 2)
                                  : k == 2 ? 4 * sqrt(volume / 2)
                                           : 0;
                assert_close(v[k], k == p / 2 ? 0.5 * sqrt(last) : expected, 1e-11);
                sum += v[k] * v[k];
            }
            assert_close(cube.centred, sqrt(25 * volume / 2 + last / 4), 1e-11);
            assert_close(cube.norm * cube.norm - cube.centred * cube.centred,
                         100 * volume, 1e-8);
            assert_close(sum / cube.centred / cube.centred, 1, 1e-13);
            gsc_restricted_loss_free(&self);
        }
}

static void
the_cube_of_random_logits_is_as_defined(void **state)
{
    (void)state;
    for (size_t p = 11; p <= MOST; p++) {
        gsc_pair_logits a = random_network(p, GSC_SUM);
        const size_t keys[] = {p / 2, 3};
        static double z[CUBE], wave[CUBE];
        double v[MOST];
        gsc_cube cube;
        gsc_split_scores scores;
        gsc_restricted_loss self;
        assert_return_ok(gsc_restricted_loss_init(&self, &a));
        assert_return_ok(gsc_restricted_loss_cube(&self, v, &cube));
        memcpy(z, logits, sizeof z);
        for (size_t i = 0; i < 2; i++) {
            double norm = 0, product = 0;
            for (size_t j = 0; j < p * p * p; j++) {
                wave[j] = cos(angle(p, keys[i], along(GSC_SUM, p, j / p) + p - j % p));
                norm += wave[j] * wave[j];
                product += wave[j] * logits[j];
            }
            assert_close(v[keys[i]], product / sqrt(norm), 1e-12);
            for (size_t j = 0; j < p * p * p; j++)
                z[j] -= product / norm * wave[j];
        }
        assert_return_ok(gsc_restricted_loss_exclude_cube(&self, v, keys, 2,
                                                          GSC_SCORE_ALL, &scores));
        assert_scores(&a, z, scores, true);
        gsc_restricted_loss_free(&self);
    }
}

static void
a_table_learned_by_heart_survives_exclusion(void **state)
{
    (void)state;
    enum { P = 11 };
    gsc_pair_logits a = answers_of(P, GSC_SUM);
    const size_t keys[] = {2, 5};
    gsc_split_scores full, excluded, restricted;
    gsc_restricted_loss self;
    memset(logits, 0, sizeof logits);
    for (size_t i = 0; i < P * P; i++)
        if (train[i])
            logits[i * P + labels[i]] = 12;
    assert_return_ok(gsc_restricted_loss_init(&self, &a));
    assert_return_ok(gsc_restricted_loss_none(&self, &full));
    assert_return_ok(
        gsc_restricted_loss_exclude(&self, keys, 2, GSC_SCORE_TRAIN, &excluded));
    assert_return_ok(gsc_restricted_loss_keep(&self, keys, 2, true, &restricted));
    assert_close(full.train.accuracy, 1, 0);
    assert_true(full.test.accuracy < 0.3);
    assert_true(excluded.train.loss < 0.02);
    assert_true(restricted.train.loss > 0.5);
    gsc_restricted_loss_free(&self);
}

/* ---- Errors ---- */

static void
labels_and_sizes_out_of_range_are_refused(void **state)
{
    (void)state;
    gsc_pair_logits a = clock_network(11, GSC_SUM);
    gsc_restricted_loss self;
    labels[23] = 11;
    assert_fails(gsc_restricted_loss_init(&self, &a), GSC_EARGUMENT,
                 "pair (2, 1): label 11, expected less than 11");
    assert_null(self.basis.data);
    a.p = 1;
    assert_fails(gsc_restricted_loss_init_neurons(&self, &a, acts, map, 1),
                 GSC_EARGUMENT, "1 residues and 11 outputs");
    gsc_restricted_loss_free(&self);
}

static void
frequencies_out_of_range_are_refused(void **state)
{
    (void)state;
    gsc_pair_logits a = clock_network(11, GSC_SUM);
    const size_t zero[] = {0}, six[] = {1, 6};
    gsc_restricted_loss self;
    gsc_split_scores scores;
    assert_return_ok(gsc_restricted_loss_init(&self, &a));
    assert_fails(gsc_restricted_loss_keep(&self, zero, 1, true, &scores), GSC_EARGUMENT,
                 "frequency 0 modulo 11, expected 1 to 5");
    assert_fails(gsc_restricted_loss_exclude(&self, six, 2, GSC_SCORE_ALL, &scores),
                 GSC_EARGUMENT, "frequency 6 modulo 11");
    gsc_restricted_loss_free(&self);
}

static void
a_cube_is_of_logits_of_residues(void **state)
{
    (void)state;
    gsc_pair_logits a = random_network(11, GSC_SUM);
    double v[MOST];
    gsc_cube cube;
    gsc_restricted_loss self;
    assert_return_ok(gsc_restricted_loss_init_neurons(&self, &a, acts, map, NEURONS));
    assert_fails(gsc_restricted_loss_cube(&self, v, &cube), GSC_EARGUMENT,
                 "modes of 11 logits of neurons, expected the logits of 11 residues");
    gsc_restricted_loss_free(&self);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_lose_and_keep_modes_as_defined),
        cmocka_unit_test(neurons_lose_and_keep_modes_as_defined),
        cmocka_unit_test(a_clock_is_its_modes_and_nothing_else),
        cmocka_unit_test(a_clock_has_its_amplitudes_in_the_cube),
        cmocka_unit_test(the_cube_of_random_logits_is_as_defined),
        cmocka_unit_test(a_table_learned_by_heart_survives_exclusion),
        cmocka_unit_test(labels_and_sizes_out_of_range_are_refused),
        cmocka_unit_test(frequencies_out_of_range_are_refused),
        cmocka_unit_test(a_cube_is_of_logits_of_residues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
