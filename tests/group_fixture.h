/* A network on a group that says anything of its pairs. */
#ifndef GSC_TEST_GROUP_FIXTURE_H
#define GSC_TEST_GROUP_FIXTURE_H

#include "test.h"

#include "grokscope/group_metrics.h"
#include "grokscope/rng.h"

#include <stdlib.h>

enum { WIDTH = 5 };

static const double exact = 1e-12;

/* A group, and what a network says of its pairs. */
typedef struct network {
    gsc_group group;
    gsc_irreps irreps;
    size_t n;
    double *logits; /* [n^2, n] */
    double *hidden; /* [n^2, WIDTH] */
    gsc_matrix map; /* [WIDTH, n] */
    bool *train;    /* [n^2] */
} network;

static inline double *
noise(size_t count, uint64_t seed)
{
    double *x = calloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++)
        x[i] = 0.3 + gsc_rng_normal(seed, 1, i);
    return x;
}

static inline network
random_network(const char *name)
{
    network net;
    assert_return_ok(gsc_group_init(&net.group, name));
    assert_return_ok(gsc_irreps_init(&net.irreps, &net.group));
    size_t n = net.n = net.group.order;
    net.logits = noise(n * n * n, 1);
    net.hidden = noise(n * n * WIDTH, 2);
    net.map = (gsc_matrix){WIDTH, n, noise(WIDTH * n, 3)};
    net.train = calloc(n * n, sizeof *net.train);
    for (size_t i = 0; i < n * n; i++)
        net.train[i] = gsc_rng_uniform(4, 1, i) < 0.4;
    return net;
}

static inline void
release(network *net)
{
    gsc_group_free(&net->group);
    gsc_irreps_free(&net->irreps);
    gsc_matrix_free(&net->map);
    free(net->logits);
    free(net->hidden);
    free(net->train);
}

static inline gsc_group_block
block_of(const network *net, size_t first, size_t count)
{
    return (gsc_group_block){first, count, net->logits + first * net->n,
                             net->hidden + first * WIDTH, GSC_FLOAT64};
}

static inline gsc_group_sums
sum_up(const network *net, size_t first, size_t count, size_t step)
{
    gsc_group_sums sums;
    assert_return_ok(gsc_group_sums_init(&sums, &net->group, true, WIDTH));
    for (size_t i = 0; i < count; i += step) {
        gsc_group_block block =
            block_of(net, first + i, count - i < step ? count - i : step);
        gsc_group_sums_add(&sums, &block);
    }
    return sums;
}

static inline gsc_group_sums
sum_all(const network *net)
{
    return sum_up(net, 0, net->n * net->n, net->n * net->n);
}

#endif
