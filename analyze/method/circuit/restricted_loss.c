/* Progress measures: losses of logits that keep only some modes, or lose them.
 *
 * What is kept or lost at a pair depends only on its s = a + b (or a - b): a table
 * [p, num_outputs]. The logits of a pair are then `weight` times its own, plus row s.
 */
#include "grokscope/restricted_loss.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 64 }; /* pairs scored together */

static const double two_pi = 6.283185307179586476925;

static int
check(const gsc_pair_logits *answers)
{
    size_t p = answers->p;
    if (p < 2 || answers->num_outputs == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "%zu residues and %zu outputs, expected at least 2 and 1", p,
                        answers->num_outputs);
    for (size_t i = 0; i < p * p; i++)
        if (answers->labels[i] >= answers->num_outputs)
            return gsc_fail(GSC_EARGUMENT,
                            "pair (%zu, %zu): label %d, expected less than %zu", i / p,
                            i % p, answers->labels[i], answers->num_outputs);
    return 0;
}

/* modes = F M, from the means M [p, num_outputs]. */
static int
find_modes(gsc_restricted_loss *self, const double *mean)
{
    int status = 0;
    size_t p = self->answers.p, n = self->answers.num_outputs;
    GSC_TRY(gsc_dft_basis(p, &self->basis));
    GSC_TRY(gsc_matrix_init(&self->modes, p, n));
    gsc_gemm_f64(false, false, p, n, p, 1, self->basis.data, p, mean, n, 0,
                 self->modes.data, n); /* F M */
out:
    return status;
}

int
gsc_restricted_loss_init(gsc_restricted_loss *self, const gsc_pair_logits *answers)
{
    int status = 0;
    gsc_matrix mean = {0};
    *self = (gsc_restricted_loss){.answers = *answers};
    GSC_TRY(check(answers));
    GSC_TRY(gsc_matrix_init(&mean, answers->p, answers->num_outputs));
    gsc_pairs_mean(answers->logits, answers->p, answers->num_outputs,
                   answers->direction, mean.data);
    GSC_TRY(find_modes(self, mean.data));
out:
    gsc_matrix_free(&mean);
    if (status < 0)
        gsc_restricted_loss_free(self);
    return status;
}

/* The activations are of one type; the other is NULL. */
static int
init_neurons(gsc_restricted_loss *self, const gsc_pair_logits *answers,
             const double *acts, const float *acts_f32, const double *map, size_t m)
{
    int status = 0;
    gsc_matrix mean = {0}, mapped = {0};
    size_t p = answers->p, n = answers->num_outputs;
    *self = (gsc_restricted_loss){.answers = *answers, .of_neurons = true};
    GSC_TRY(check(answers));
    GSC_TRY(gsc_matrix_init(&mean, p, m));
    GSC_TRY(gsc_matrix_init(&mapped, p, n));
    if (acts)
        gsc_pairs_mean(acts, p, m, answers->direction, mean.data);
    else
        gsc_pairs_mean_f32(acts_f32, p, m, answers->direction, mean.data);
    gsc_gemm_f64(false, false, p, n, m, 1, mean.data, m, map, n, 0, mapped.data, n);
    GSC_TRY(find_modes(self, mapped.data));
out:
    gsc_matrix_free(&mean);
    gsc_matrix_free(&mapped);
    if (status < 0)
        gsc_restricted_loss_free(self);
    return status;
}

int
gsc_restricted_loss_init_neurons(gsc_restricted_loss *self,
                                 const gsc_pair_logits *answers, const double *acts,
                                 const double *map, size_t m)
{
    return init_neurons(self, answers, acts, NULL, map, m);
}

int
gsc_restricted_loss_init_neurons_f32(gsc_restricted_loss *self,
                                     const gsc_pair_logits *answers, const float *acts,
                                     const double *map, size_t m)
{
    return init_neurons(self, answers, NULL, acts, map, m);
}

void
gsc_restricted_loss_free(gsc_restricted_loss *self)
{
    gsc_matrix_free(&self->basis);
    gsc_matrix_free(&self->modes);
    *self = (gsc_restricted_loss){.answers = {.p = 0}};
}

/* ---- Scoring ---- */

static void
add_pair(const gsc_pair_logits *answers, size_t pair, const gsc_score *score,
         gsc_split_scores *scores)
{
    size_t p = answers->p, image = pair % p * p + pair / p;
    gsc_scores_add(&scores->all, score);
    if (answers->train[pair]) {
        gsc_scores_add(&scores->train, score);
        return;
    }
    gsc_scores_add(&scores->test, score);
    gsc_scores_add(answers->train[image] ? &scores->test_mirrored : &scores->test_new,
                   score);
}

static void
finish(gsc_scored scored, gsc_split_scores *scores)
{
    if (scored == GSC_SCORE_TRAIN)
        scores->all = (gsc_scores){0};
    gsc_scores_finish(&scores->all);
    gsc_scores_finish(&scores->train);
    gsc_scores_finish(&scores->test);
    gsc_scores_finish(&scores->test_mirrored);
    gsc_scores_finish(&scores->test_new);
}

static GSC_HOT void
add_rows(double *out, const double *x, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] + y[i];
}

/* Some pairs on their way to be scored. */
typedef struct tile {
    size_t count, pairs[TILE];
    uint16_t labels[TILE];
    gsc_score score[TILE];
    double *logits, *work; /* [TILE, num_outputs] */
} tile;

static void
score_tile(const gsc_pair_logits *answers, tile *t, gsc_split_scores *scores)
{
    gsc_score_rows(t->logits, t->count, answers->num_outputs, t->labels, t->work,
                   t->score);
    for (size_t i = 0; i < t->count; i++)
        add_pair(answers, t->pairs[i], &t->score[i], scores);
    t->count = 0;
}

/* Whether a pair's own logits count beside its row of the table. */
typedef enum own_logits { WITHOUT_OWN, WITH_OWN } own_logits;

static void
add_to_tile(const gsc_pair_logits *answers, tile *t, size_t pair, own_logits own,
            const double *table)
{
    size_t p = answers->p, n = answers->num_outputs;
    size_t s = gsc_pairs_along(answers->direction, p, pair / p, pair % p);
    double *out = t->logits + t->count * n;
    if (own == WITH_OWN)
        add_rows(out, answers->logits + pair * n, table + s * n, n);
    else
        memcpy(out, table + s * n, n * sizeof *out);
    t->pairs[t->count] = pair;
    t->labels[t->count] = answers->labels[pair];
    t->count++;
}

/* Score (own logits +) table[s] of every pair asked for. */
static int
score_pairs(const gsc_pair_logits *answers, own_logits own, const double *table,
            gsc_scored scored, gsc_split_scores *scores)
{
    int status = 0;
    tile t = {.count = 0};
    *scores = (gsc_split_scores){.all = {0}};
    GSC_NEW(t.logits, TILE * answers->num_outputs);
    GSC_NEW(t.work, TILE * answers->num_outputs);
    for (size_t i = 0; i < answers->p * answers->p; i++) {
        if (scored == GSC_SCORE_TRAIN && !answers->train[i])
            continue;
        add_to_tile(answers, &t, i, own, table);
        if (t.count == TILE)
            score_tile(answers, &t, scores);
    }
    score_tile(answers, &t, scores);
    finish(scored, scores);
out:
    free(t.logits);
    free(t.work);
    return status;
}

int
gsc_restricted_loss_score(const gsc_pair_logits *answers, gsc_split_scores *scores)
{
    int status = 0;
    double *nothing = NULL;
    GSC_TRY(check(answers));
    GSC_NEW(nothing, answers->p * answers->num_outputs);
    GSC_TRY(score_pairs(answers, WITH_OWN, nothing, GSC_SCORE_ALL, scores));
out:
    free(nothing);
    return status;
}

int
gsc_restricted_loss_none(const gsc_restricted_loss *self, gsc_split_scores *scores)
{
    return gsc_restricted_loss_score(&self->answers, scores);
}

/* ---- Two dimensions ---- */

static int
check_keys(const gsc_restricted_loss *self, const size_t *keys, size_t num_keys)
{
    for (size_t i = 0; i < num_keys; i++)
        if (keys[i] == 0 || keys[i] > self->answers.p / 2)
            return gsc_fail(GSC_EARGUMENT,
                            "key frequency %zu modulo %zu, expected 1 to %zu", keys[i],
                            self->answers.p, self->answers.p / 2);
    return 0;
}

/* The mean of every output over all pairs. */
static void
mean_logits(const gsc_pair_logits *answers, double *mean)
{
    size_t p = answers->p, n = answers->num_outputs;
    memset(mean, 0, n * sizeof *mean);
    for (size_t i = 0; i < p * p; i++)
        add_rows(mean, mean, answers->logits + i * n, n);
    for (size_t j = 0; j < n; j++)
        mean[j] /= (double)(p * p);
}

int
gsc_restricted_loss_keep(const gsc_restricted_loss *self, const size_t *keys,
                         size_t num_keys, bool recentred, gsc_split_scores *scores)
{
    int status = 0;
    size_t p = self->answers.p, n = self->answers.num_outputs;
    double *table = NULL, *mean = NULL;
    GSC_TRY(check_keys(self, keys, num_keys));
    GSC_NEW(table, p * n);
    GSC_NEW(mean, n);
    gsc_pairs_keep(&self->basis, self->modes.data, n, keys, num_keys, table);
    if (recentred) /* what is kept has no mean itself: every mode sums to 0 over s */
        mean_logits(&self->answers, mean);
    for (size_t s = 0; s < p; s++)
        add_rows(table + s * n, table + s * n, mean, n);
    GSC_TRY(score_pairs(&self->answers, WITHOUT_OWN, table, GSC_SCORE_ALL, scores));
out:
    free(table);
    free(mean);
    return status;
}

int
gsc_restricted_loss_exclude(const gsc_restricted_loss *self, const size_t *keys,
                            size_t num_keys, gsc_scored scored,
                            gsc_split_scores *scores)
{
    int status = 0;
    size_t p = self->answers.p, n = self->answers.num_outputs;
    double *table = NULL;
    GSC_TRY(check_keys(self, keys, num_keys));
    GSC_NEW(table, p * n);
    gsc_pairs_keep(&self->basis, self->modes.data, n, keys, num_keys, table);
    for (size_t i = 0; i < p * n; i++)
        table[i] = -table[i];
    GSC_TRY(score_pairs(&self->answers, WITH_OWN, table, scored, scores));
out:
    free(table);
    return status;
}

/* ---- Three dimensions ---- */

/* |cos(w_k (s - c))| over all (a, b, c). */
static double
cube_norm(size_t p, size_t k)
{
    double volume = (double)p * (double)p * (double)p;
    return sqrt(2 * k == p ? volume : volume / 2);
}

/* |z|^2 and |z - mean z|^2 of one row. */
static GSC_HOT void
add_squares(const double *z, size_t n, double *all, double *centred)
{
    double mean = 0, raw = 0, around = 0;
#pragma omp simd reduction(+ : mean)
    for (size_t c = 0; c < n; c++)
        mean += z[c];
    mean /= (double)n;
#pragma omp simd reduction(+ : raw, around)
    for (size_t c = 0; c < n; c++) {
        raw += z[c] * z[c];
        around += (z[c] - mean) * (z[c] - mean);
    }
    *all += raw;
    *centred += around;
}

/* sum_{s, c} M[s, c] cos(w_k (s - c)): of the modes F_k M, <F_k, F_k M> in basis units.
 * A row of F has norm 1, so cos = sqrt(p/2) F, and sqrt(p) F for Nyquist. */
static double
diagonal_mode(const gsc_restricted_loss *self, size_t k)
{
    size_t p = self->answers.p, first, count = gsc_pairs_rows(p, k, &first);
    double sum = 0;
    for (size_t i = first * p; i < (first + count) * p; i++)
        sum += self->basis.data[i] * self->modes.data[i];
    return sum * (double)p / (double)count;
}

int
gsc_restricted_loss_cube(const gsc_restricted_loss *self, double *v, gsc_cube *cube)
{
    size_t p = self->answers.p, n = self->answers.num_outputs;
    double all = 0, centred = 0;
    if (n != p || self->of_neurons)
        return gsc_fail(GSC_EARGUMENT,
                        "modes of %zu logits%s, expected the logits of %zu residues", n,
                        self->of_neurons ? " of neurons" : "", p);
    for (size_t i = 0; i < p * p; i++)
        add_squares(self->answers.logits + i * n, n, &all, &centred);
    *cube = (gsc_cube){sqrt(all), sqrt(centred)};
    v[0] = 0;
    for (size_t k = 1; k <= p / 2; k++) /* sum over a, b: p of each s, M their mean */
        v[k] = (double)p * diagonal_mode(self, k) / cube_norm(p, k);
    return 0;
}

/* -sum_k v_k D_k as a function of d = s - c. */
static void
profile(const gsc_restricted_loss *self, const double *v, const size_t *keys,
        size_t num_keys, double *out)
{
    size_t p = self->answers.p;
    for (size_t d = 0; d < p; d++) {
        out[d] = 0;
        for (size_t i = 0; i < num_keys; i++)
            out[d] -= v[keys[i]] / cube_norm(p, keys[i]) *
                      cos(two_pi * (double)(keys[i] * d % p) / (double)p);
    }
}

int
gsc_restricted_loss_exclude_cube(const gsc_restricted_loss *self, const double *v,
                                 const size_t *keys, size_t num_keys, gsc_scored scored,
                                 gsc_split_scores *scores)
{
    int status = 0;
    size_t p = self->answers.p, n = self->answers.num_outputs;
    double *table = NULL, *along = NULL;
    GSC_TRY(check_keys(self, keys, num_keys));
    GSC_NEW(table, p * n);
    GSC_NEW(along, p);
    profile(self, v, keys, num_keys, along);
    for (size_t s = 0; s < p; s++)
        for (size_t c = 0; c < n; c++)
            table[s * n + c] = along[(s + p - c % p) % p];
    GSC_TRY(score_pairs(&self->answers, WITH_OWN, table, scored, scores));
out:
    free(table);
    free(along);
    return status;
}
