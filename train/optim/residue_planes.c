/* The planes of circles of residues in tensors. */
#include "train/optim/residue_planes.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Residues in their places on the circles, and what the circles are. */
typedef struct residue_planes {
    size_t num_residues; /* rows of the axis that are residues, from the first on */
    size_t period;       /* places */
    uint32_t residue_at[GSC_MOST_RESIDUES];
    size_t frequencies[GSC_MOST_PLANES], num_frequencies;
    double cosines[GSC_MOST_RESIDUES], sines[GSC_MOST_RESIDUES];
} residue_planes;

/* "3+7": how many; 0 where it is no such list, has one twice, or is too long. */
static size_t
read_frequencies(const char *text, size_t frequencies[GSC_MOST_PLANES])
{
    size_t count = 0;
    for (const char *at = text; count < GSC_MOST_PLANES; at++) {
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
num_residues(const gsc_plane_choice *choice, size_t length)
{
    return choice->modulus > 0 ? (size_t)choice->modulus : length;
}

static void
place_residues(residue_planes *c, const gsc_plane_choice *choice, uint64_t seed,
               uint64_t stream)
{
    uint64_t power = 1, n = c->num_residues;
    c->period = choice->generator > 0 ? n - 1 : n;
    for (size_t j = 0; j < c->period; j++) {
        c->residue_at[j] = (uint32_t)(choice->generator > 0 ? power : j);
        power = power * (uint64_t)choice->generator % n;
    }
    if (choice->shuffled > 0)
        gsc_rng_shuffle(c->residue_at, c->period, seed,
                        gsc_rng_substream(stream, (uint64_t)choice->shuffled));
    for (size_t j = 0; j < c->period; j++) {
        c->cosines[j] = cos(2 * M_PI * (double)j / (double)c->period);
        c->sines[j] = sin(2 * M_PI * (double)j / (double)c->period);
    }
}

/* y += the part of x in the circle of frequency k. */
static GSC_HOT void
add_circle(const residue_planes *c, size_t k, const double *x, double *y)
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

/* One function of the axis's `length` rows, whose values lie `stride` apart. */
static void
project(const residue_planes *c, gsc_plane_part part, real *values, size_t length,
        size_t stride)
{
    double x[GSC_MOST_RESIDUES], y[GSC_MOST_RESIDUES], mean = 0;
    for (size_t j = 0; j < c->period; j++) {
        x[j] = (double)values[c->residue_at[j] * stride];
        y[j] = 0;
        mean += x[j] / (double)c->period;
    }
    for (size_t i = 0; i < c->num_frequencies; i++)
        add_circle(c, c->frequencies[i], x, y);
    for (size_t j = 0; part == GSC_IN_PLANES && j < length; j++)
        values[j * stride] = 0;
    for (size_t j = 0; j < c->period; j++)
        values[c->residue_at[j] * stride] =
            (real)(part == GSC_OUTSIDE_PLANES       ? x[j] - y[j]
                   : part == GSC_IN_PLANES_AND_MEAN ? y[j] + mean
                                                    : y[j]);
}

bool
TYPED(gsc_residue_planes_project)(const gsc_plane_projection *projection,
                                  const gsc_parameter *parameter, real *values)
{
    const gsc_plane_choice *choice = projection->choice;
    gsc_shape shape = parameter->shape;
    size_t axis = residue_axis(parameter), inner = 1;
    if (axis == SIZE_MAX || num_residues(choice, shape.dims[axis]) > shape.dims[axis])
        return false;
    residue_planes c = {.num_residues = num_residues(choice, shape.dims[axis])};
    c.num_frequencies = read_frequencies(choice->circles, c.frequencies);
    place_residues(&c, choice, projection->seed, projection->stream);
    for (size_t i = axis + 1; i < shape.rank; i++)
        inner *= shape.dims[i];
    size_t length = shape.dims[axis], slice = length * inner;
    for (size_t outer = 0; outer < gsc_shape_count(shape) / slice; outer++)
        for (size_t column = 0; column < inner; column++)
            project(&c, projection->part, values + outer * slice + column, length,
                    inner);
    return true;
}

#if GSC_REAL == 64
static int
check_generator(const gsc_plane_choice *choice)
{
    uint64_t n = (uint64_t)choice->modulus, power = (uint64_t)choice->generator;
    if (choice->generator == 0)
        return 0;
    if (n == 0)
        return gsc_fail(GSC_EARGUMENT, "generator: modulus is missing, the prime "
                                       "modulo which its powers are taken");
    for (uint64_t order = 1; n > 1 && order < n; order++) {
        if (power % n == 1 % n)
            return order == n - 1
                       ? 0
                       : gsc_fail(GSC_EARGUMENT,
                                  "generator: the powers of %lld "
                                  "modulo %lld repeat after %llu, expected %lld",
                                  (long long)choice->generator,
                                  (long long)choice->modulus, (unsigned long long)order,
                                  (long long)choice->modulus - 1);
        power = power * (uint64_t)choice->generator % n;
    }
    return gsc_fail(GSC_EARGUMENT,
                    "generator: %lld has no power 1 modulo %lld; "
                    "give modulus a prime",
                    (long long)choice->generator, (long long)choice->modulus);
}

static int
check_axis(const gsc_plane_choice *choice, const gsc_parameter *parameter,
           size_t length)
{
    size_t frequencies[GSC_MOST_PLANES], n = num_residues(choice, length);
    size_t period = choice->generator > 0 ? n - 1 : n;
    size_t count = read_frequencies(choice->circles, frequencies);
    if (count == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "circles: '%s', expected at most %d "
                        "frequencies, each once, with '+' between, as 3+7",
                        choice->circles, GSC_MOST_PLANES);
    if (n > length || n > GSC_MOST_RESIDUES)
        return gsc_fail(GSC_EARGUMENT,
                        "%zu residues, but %s has %zu rows, and %d "
                        "is the most; modulus says how many are residues",
                        n, parameter->name, length, GSC_MOST_RESIDUES);
    for (size_t i = 0; i < count; i++)
        if (frequencies[i] > period / 2)
            return gsc_fail(GSC_EARGUMENT,
                            "circles: %zu, but the frequencies of "
                            "%zu places are 1 to %zu",
                            frequencies[i], period, period / 2);
    return 0;
}

static int
check_graph(const gsc_plane_choice *choice, const gsc_graph *graph)
{
    int status = 0;
    size_t count, found = 0, length = 0;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    GSC_TRY(check_generator(choice));
    for (size_t i = 0; i < count; i++) {
        size_t axis = residue_axis(&parameters[i]);
        if (axis == SIZE_MAX)
            continue;
        size_t rows = parameters[i].shape.dims[axis];
        if (choice->modulus == 0 && found > 0 && rows != length)
            return gsc_fail(GSC_EARGUMENT,
                            "modulus is missing: %s has %zu rows, "
                            "another parameter %zu, and it says how many are residues",
                            parameters[i].name, rows, length);
        GSC_TRY(check_axis(choice, &parameters[i], rows));
        length = rows;
        found++;
    }
    if (found < 2)
        status = gsc_fail(GSC_EARGUMENT,
                          "%s; it works on architectures whose "
                          "embedding and unembedding have axes d_vocab and d_vocab_out "
                          "(grokscope-info --list-tensors shows them)",
                          found == 0 ? "no parameter has an axis of tokens or outputs"
                                     : "only one parameter has an axis of tokens or "
                                       "outputs");
out:
    return status;
}

size_t
gsc_residue_planes_count(const gsc_plane_choice *choice, const gsc_graph *graph)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(graph, &count);
    for (size_t i = 0; i < count; i++) {
        size_t axis = residue_axis(&p[i]);
        if (axis == SIZE_MAX)
            continue;
        size_t n = num_residues(choice, p[i].shape.dims[axis]);
        return (choice->generator > 0 ? n - 1 : n) / 2;
    }
    return 0;
}

int
gsc_residue_planes_check(const gsc_plane_choice *choice, const char *where,
                         const gsc_graph *graph)
{
    int status = check_graph(choice, graph);
    return status < 0 ? gsc_fail_in(status, where) : 0;
}
#endif
