/* Least squares on random features: the smallest model with a double descent (Belkin,
 * Hsu, Ma and Mandal, arXiv 1812.11118).
 *
 * Examples x ~ N(0, 1) [inputs] have targets y = w x + noise z, w ~ N(0, 1 / inputs),
 * z ~ N(0, 1). Features of x are max(0, x W), W [inputs, features] ~ N(0, 1 / inputs).
 * What is learned of `samples` examples F, y is
 *
 *     b = argmin |F b - y|^2 + ridge |b|^2
 *
 * and without a ridge the shortest of the b that fit best. The test error is the mean
 * squared error on fresh examples without noise. At features = samples the error has
 * its peak, as F is then just invertible and b as long as it will ever be. */
#ifndef GROKSCOPE_RANDOM_FEATURES_H
#define GROKSCOPE_RANDOM_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_random_features {
    size_t samples, inputs, test_samples;
    double noise;
    uint64_t seed;
} gsc_random_features;

typedef struct gsc_feature_fit {
    double train_error, test_error; /* mean squared */
    double norm;                    /* |b| */
} gsc_feature_fit;

/* fits[i] is of ridges[i], all of one draw of everything. GSC_EMEMORY, GSC_ENUMERIC.
 * O(samples features min(samples, features)), and test_samples features a ridge. */
int gsc_random_features_fit(const gsc_random_features *setting, size_t features,
                            uint64_t draw, const double *ridges, size_t num_ridges,
                            gsc_feature_fit *fits);

#ifdef __cplusplus
}
#endif
#endif
