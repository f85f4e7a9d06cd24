/* The gradient of embedding and unembedding on or off some circles: causal surgery.
 *
 * A circle of frequency k is the plane in the space of functions of a residue j that
 * cos(2 pi k j / n) and sin(2 pi k j / n) span. Every tensor with an axis of tokens or
 * of outputs has, along that axis, its part in the planes of the frequencies that are
 * named,
 *
 *     P g = (2 / n) sum_k (c_k c_k' + s_k s_k') g        (1 / n for k = n/2),
 *
 * and `drop` leaves g - P g, `keep` P g and the mean of g over the residues. Rows of
 * other tokens ("=") stay as they are. Of a product the circles are those of
 * logarithms: residue generator^j has the place j, and 0 none. The control of equal
 * size is the same planes of residues in a random order. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

GSC_STAGE_KERNEL(gsc_subspace_apply);

enum { MOST_RESIDUES = 4096, MOST_CIRCLES = 64, KEEP = 0 };

typedef struct subspace_config {
    char circles[GSC_OPTION_TEXT_BYTES];
    int64_t mode;
    int64_t modulus, generator, shuffled;
} subspace_config;

/* Residues in their places on the circles, and what the circles are. */
typedef struct circles {
    size_t num_residues; /* rows of the axis that are residues, from the first on */
    size_t period;       /* places */
    uint32_t residue_at[MOST_RESIDUES];
    size_t frequencies[MOST_CIRCLES], num_frequencies;
    double cosines[MOST_RESIDUES], sines[MOST_RESIDUES];
} circles;

/* "3+7": how many; 0 where it is no such list, has one twice, or is too long. */
static size_t
read_frequencies(const char *text, size_t frequencies[MOST_CIRCLES])
{
    size_t count = 0;
    for (const char *at = text; count < MOST_CIRCLES; at++) {
        char *end;
        long k = strtol(at, &end, 10);
        if (end == at || k < 1 || (*end != '+' && *end != '\0'))
            return 0;
        for (size_t i = 0; i < count; i++)
            if (frequencies[i] == (size_t)k)
                return 0;
        frequencies[count++] = (size_t)k;
        if (*end == '\0')
            return count;
        at = end;
    }
    return 0;
}

/* The axis of tokens or of outputs, or SIZE_MAX. */
static size_t
residue_axis(const gsc_parameter *parameter)
{
    char axes[GSC_NAME_BYTES], *rest;
    memcpy(axes, parameter->axes, sizeof axes);
    char *name = strtok_r(axes, " ", &rest);
    for (size_t axis = 0; name; axis++, name = strtok_r(NULL, " ", &rest))
        if (strcmp(name, "d_vocab") == 0 || strcmp(name, "d_vocab_out") == 0)
            return axis;
    return SIZE_MAX;
}

static size_t
num_residues(const subspace_config *config, size_t length)
{
    return config->modulus > 0 ? (size_t)config->modulus : length;
}

static void
place_residues(circles *c, const subspace_config *config, uint64_t seed,
               uint64_t stream)
{
    uint64_t power = 1, n = c->num_residues;
    c->period = config->generator > 0 ? n - 1 : n;
    for (size_t j = 0; j < c->period; j++) {
        c->residue_at[j] = (uint32_t)(config->generator > 0 ? power : j);
        power = power * (uint64_t)config->generator % n;
    }
    if (config->shuffled > 0)
        gsc_rng_shuffle(c->residue_at, c->period, seed,
                        gsc_rng_substream(stream, (uint64_t)config->shuffled));
    for (size_t j = 0; j < c->period; j++) {
        c->cosines[j] = cos(2 * M_PI * (double)j / (double)c->period);
        c->sines[j] = sin(2 * M_PI * (double)j / (double)c->period);
    }
}

/* y += the part of x in the circle of frequency k. */
static GSC_HOT void
add_circle(const circles *c, size_t k, const double *x, double *y)
{
    double real_part = 0, imaginary = 0;
    size_t n = c->period;
    for (size_t j = 0, at = 0; j < n; j++) {
        real_part += c->cosines[at] * x[j];
        imaginary += c->sines[at] * x[j];
        at = at + k < n ? at + k : at + k - n;
    }
    double scale = (2 * k == n ? 1. : 2.) / (double)n;
    for (size_t j = 0, at = 0; j < n; j++) {
        y[j] += scale * (real_part * c->cosines[at] + imaginary * c->sines[at]);
        at = at + k < n ? at + k : at + k - n;
    }
}

/* One function of the residues, whose values lie `stride` apart. */
static void
project(const circles *c, bool keep, real *values, size_t stride)
{
    double x[MOST_RESIDUES], y[MOST_RESIDUES], mean = 0;
    for (size_t j = 0; j < c->period; j++) {
        x[j] = (double)values[c->residue_at[j] * stride];
        y[j] = 0;
        mean += x[j] / (double)c->period;
    }
    for (size_t i = 0; i < c->num_frequencies; i++)
        add_circle(c, c->frequencies[i], x, y);
    for (size_t j = 0; j < c->period; j++)
        values[c->residue_at[j] * stride] = (real)(keep ? y[j] + mean : x[j] - y[j]);
}

void
TYPED(gsc_subspace_apply)(const gsc_span *span)
{
    const subspace_config *config = span->config;
    gsc_shape shape = span->parameter->shape;
    size_t axis = residue_axis(span->parameter), inner = 1;
    if (axis == SIZE_MAX || num_residues(config, shape.dims[axis]) > shape.dims[axis])
        return;
    circles c = {.num_residues = num_residues(config, shape.dims[axis])};
    c.num_frequencies = read_frequencies(config->circles, c.frequencies);
    place_residues(&c, config, span->seed, span->stream);
    for (size_t i = axis + 1; i < shape.rank; i++)
        inner *= shape.dims[i];
    real *values = span->values;
    size_t slice = shape.dims[axis] * inner;
    for (size_t outer = 0; outer < span->count / slice; outer++)
        for (size_t column = 0; column < inner; column++)
            project(&c, config->mode == KEEP, values + outer * slice + column, inner);
}

#if GSC_REAL == 64
static int
check_generator(const subspace_config *config)
{
    uint64_t n = (uint64_t)config->modulus, power = (uint64_t)config->generator;
    if (config->generator == 0)
        return 0;
    if (n == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "filters: subspace: generator: modulus is missing, the prime "
                        "modulo which its powers are taken");
    for (uint64_t order = 1; n > 1 && order < n; order++) {
        if (power % n == 1 % n)
            return order == n - 1
                       ? 0
                       : gsc_fail(GSC_EARGUMENT,
                                  "filters: subspace: generator: the powers of %lld "
                                  "modulo %lld repeat after %llu, expected %lld",
                                  (long long)config->generator,
                                  (long long)config->modulus, (unsigned long long)order,
                                  (long long)config->modulus - 1);
        power = power * (uint64_t)config->generator % n;
    }
    return gsc_fail(GSC_EARGUMENT,
                    "filters: subspace: generator: %lld has no power 1 modulo %lld; "
                    "give modulus a prime",
                    (long long)config->generator, (long long)config->modulus);
}

static int
check_axis(const subspace_config *config, const gsc_parameter *parameter, size_t length)
{
    size_t frequencies[MOST_CIRCLES], n = num_residues(config, length);
    size_t period = config->generator > 0 ? n - 1 : n;
    size_t count = read_frequencies(config->circles, frequencies);
    if (count == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "filters: subspace: circles: '%s', expected at most %d "
                        "frequencies, each once, with '+' between, as 3+7",
                        config->circles, MOST_CIRCLES);
    if (n > length || n > MOST_RESIDUES)
        return gsc_fail(GSC_EARGUMENT,
                        "filters: subspace: %zu residues, but %s has %zu rows, and %d "
                        "is the most; modulus says how many are residues",
                        n, parameter->name, length, MOST_RESIDUES);
    for (size_t i = 0; i < count; i++)
        if (frequencies[i] > period / 2)
            return gsc_fail(GSC_EARGUMENT,
                            "filters: subspace: circles: %zu, but the frequencies of "
                            "%zu places are 1 to %zu",
                            frequencies[i], period, period / 2);
    return 0;
}

static int
check(const void *values, const gsc_graph *graph)
{
    int status = 0;
    const subspace_config *config = values;
    size_t count, found = 0, length = 0;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    GSC_TRY(check_generator(config));
    for (size_t i = 0; i < count; i++) {
        size_t axis = residue_axis(&parameters[i]);
        if (axis == SIZE_MAX)
            continue;
        size_t rows = parameters[i].shape.dims[axis];
        if (config->modulus == 0 && found > 0 && rows != length)
            return gsc_fail(GSC_EARGUMENT,
                            "filters: subspace: modulus is missing: %s has %zu rows, "
                            "another parameter %zu, and it says how many are residues",
                            parameters[i].name, rows, length);
        GSC_TRY(check_axis(config, &parameters[i], rows));
        length = rows;
        found++;
    }
    if (found < 2)
        status = gsc_fail(GSC_EARGUMENT,
                          "filters: subspace: %s; it works on architectures whose "
                          "embedding and unembedding have axes d_vocab and d_vocab_out "
                          "(grokscope-info --list-tensors shows them)",
                          found == 0 ? "no parameter has an axis of tokens or outputs"
                                     : "only one parameter has an axis of tokens or "
                                       "outputs");
out:
    return status;
}

static const char *const modes[] = {"keep", "drop", NULL};

static const gsc_option rows[] = {
    GSC_ROW_TEXT(subspace_config, circles, "1", "FREQUENCIES",
                 "Frequencies of the circles, with '+' between, as 3+7."),
    GSC_ROW_CHOICE(subspace_config, mode, "drop", modes,
                   "What of the gradient stays: keep, its part in these circles and "
                   "its mean; drop, all else."),
    GSC_ROW_INTEGER(subspace_config, modulus, "0", 0, MOST_RESIDUES,
                    "Rows that are residues, the first of them; 0: all."),
    GSC_ROW_INTEGER(subspace_config, generator, "0", 0, MOST_RESIDUES,
                    "Of a product: the residue whose powers are counted along the "
                    "circles; 0: residues themselves."),
    GSC_ROW_INTEGER(subspace_config, shuffled, "0", 0, 1e6,
                    "A control of equal size: circles of residues in random order "
                    "number N; 0: their own order."),
};

const gsc_stage gsc_stage_subspace = {
    .name = "subspace",
    .purpose = "Project the gradient of embedding and unembedding onto or off circles "
               "of residues.",
    .kind = GSC_STAGE_FILTER,
    .scope = GSC_SCOPE_WHOLE,
    GSC_STAGE_OPTIONS(rows, subspace_config),
    .check = check,
    .apply = {gsc_subspace_apply_f32, gsc_subspace_apply_f64}};
#endif
