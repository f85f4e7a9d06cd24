/* The networks and numbers of reference/<case>.txt, which make_reference.py wrote and
 * explains, and how ours are compared with them. */
#ifndef GSC_TEST_REFERENCE_FIXTURE_H
#define GSC_TEST_REFERENCE_FIXTURE_H

#include "test.h"

#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICKS = 2, MOST_NUMBERS = 512, RUNS = 3 };

/* Training with each optimizer is a run; a case may lack some. */
static const char *const runs[RUNS] = {"adamw", "adam", "sgd"};

static const double exact = 2.5e-13;         /* float64 */
static const double float32_factor = 4;      /* times PyTorch's own deviation */
static const double float32_least = 0x1p-22; /* which that may be under by luck */

typedef struct network {
    const char *name; /* of the case */
    char *text;       /* of its file */
    gsc_network built;
    const gsc_parameter *parameters;
    size_t num_parameters, num_weights, num_train;
    uint32_t *train;
    /* Of the first float64 run, for the others to compare with: */
    double *gradient, *learned[RUNS];
    /* Largest differences that were found, by gsc_type: */
    double logits_apart[2], gradient_apart[2], learned_apart[2][RUNS];
} network;

/* ---- Lines of the file ---- */

/* What follows the words "what name " in the first such line from `at`, or NULL. A
 * name of "" finds the next line of that kind. */
static inline const char *
find_line(const char *at, const char *what, const char *name)
{
    char start[2 * GSC_NAME_BYTES];
    int length =
        snprintf(start, sizeof start, "\n%s %s%s", what, name, *name ? " " : "");
    const char *line = strstr(at, start);
    return line ? line + length : NULL;
}

/* The numbers from here to the end of the line, and how many there are. */
static inline size_t
read_numbers(const char *at, double *values)
{
    size_t count = 0;
    for (; *at && *at != '\n'; count++) {
        char *end;
        assert_true(count < MOST_NUMBERS);
        values[count] = strtod(at, &end);
        assert_true(end > at);
        at = end;
    }
    return count;
}

static inline size_t
numbers(const network *net, const char *what, const char *name, double *values)
{
    const char *line = find_line(net->text, what, name);
    if (!line)
        fail_msg("%s: no line '%s %s'", net->name, what, name);
    return read_numbers(line, values);
}

/* Set the keys of the lines "what - KEY VALUE"; the architecture comes first, since the
 * others may be options of it. */
static inline void
set_keys(const network *net, const char *what, gsc_config *config)
{
    for (int choosing = 1; choosing >= 0; choosing--)
        for (const char *line = net->text; (line = find_line(line, what, "-"));) {
            char key[GSC_NAME_BYTES], value[GSC_NAME_BYTES];
            assert_int_equal(sscanf(line, "%127s %127[^\n]", key, value), 2);
            if (choosing == (strcmp(key, "architecture") == 0))
                assert_return_ok(gsc_config_set(config, key, value));
        }
}

/* "weights:adamw" of "weights" and the first run's name. */
static inline const char *
of_run(const char *what, size_t run, char text[GSC_NAME_BYTES])
{
    snprintf(text, GSC_NAME_BYTES, "%s:%s", what, runs[run]);
    return text;
}

static inline bool
has_run(const network *net, size_t run)
{
    char set[GSC_NAME_BYTES];
    return find_line(net->text, of_run("set", run, set), "-") != NULL;
}

/* ---- The network, its examples and weights ---- */

/* The training pairs: (f a + g b) mod 10 < kept. */
static inline void
choose_examples(network *net)
{
    double rule[MOST_NUMBERS];
    assert_int_equal(numbers(net, "training", "-", rule), 5);
    size_t count = net->built.dataset.num_examples;
    const gsc_field *tokens = gsc_dataset_find(&net->built.dataset, GSC_TOKENS);
    assert_non_null(tokens);
    net->train = gsc_new(count, sizeof *net->train);
    assert_non_null(net->train);
    for (size_t i = 0; i < count; i++) {
        int a = (int)gsc_field_element(tokens, i, (size_t)rule[3]);
        int b = (int)gsc_field_element(tokens, i, (size_t)rule[4]);
        if (((int)rule[0] * a + (int)rule[1] * b) % 10 < rule[2])
            net->train[net->num_train++] = (uint32_t)i;
    }
}

/* The parameters are those of the file: names, shapes, and which are trained. */
static inline void
check_parameters(const network *net)
{
    size_t count = 0;
    for (const char *line = net->text; (line = find_line(line, "parameter", ""));)
        count++;
    assert_int_equal(net->num_parameters, count);
    for (size_t j = 0; j < count; j++) {
        const gsc_parameter *parameter = &net->parameters[j];
        const char *line = find_line(net->text, "parameter", parameter->name);
        char kind[GSC_NAME_BYTES];
        double dims[MOST_NUMBERS];
        if (!line)
            fail_msg("%s: PyTorch's has no %s", net->name, parameter->name);
        assert_int_equal(sscanf(line, "%127s", kind), 1);
        assert_int_equal(parameter->trained, strcmp(kind, "trained") == 0);
        size_t rank = read_numbers(line + strlen(kind), dims) - 2;
        assert_int_equal(parameter->shape.rank, rank);
        for (size_t i = 0; i < rank; i++)
            assert_int_equal(parameter->shape.dims[i], (size_t)dims[2 + i]);
    }
}

static inline void
network_open(network *net, const char *name)
{
    char path[1024];
    size_t length;
    *net = (network){.name = name};
    snprintf(path, sizeof path, "%s/tests/reference/%s.txt", GSC_SOURCE_FOLDER, name);
    assert_return_ok(gsc_text_read_file(path, 1 << 20, &net->text, &length));
    gsc_config config;
    assert_return_ok(gsc_config_default(&config));
    set_keys(net, "set", &config);
    assert_return_ok(gsc_network_init(&net->built, &config));
    net->parameters =
        gsc_graph_parameters(net->built.model.graph, &net->num_parameters);
    net->num_weights = gsc_graph_num_weights(net->built.model.graph);
    check_parameters(net);
    choose_examples(net);
}

static inline void
network_close(network *net)
{
    gsc_network_free(&net->built);
    free(net->text);
    free(net->train);
    free(net->gradient);
    for (size_t i = 0; i < RUNS; i++)
        free(net->learned[i]);
}

/* Index k of those picked from `count`. */
static inline size_t
pick(size_t k, size_t count)
{
    return (k + 1) * 61803 % 100000 * count / 100000;
}

/* A hash of a parameter's name and an element's index, in [-1, 1). */
static inline double
hashed(const char *name, size_t i)
{
    uint32_t of_name = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        of_name = (of_name ^ (unsigned char)*name) * 16777619u;
    uint32_t h = (uint32_t)(i * 2654435761u + of_name);
    h = (h ^ (h >> 16)) * 73244475u;
    h = (h ^ (h >> 16)) * 73244475u;
    h = h ^ (h >> 16);
    return (double)h / 2147483648.0 - 1;
}

static inline double
element(const void *array, gsc_type type, size_t i)
{
    return type == GSC_FLOAT32 ? (double)((const float *)array)[i]
                               : ((const double *)array)[i];
}

/* The file's starting weights, the network's own where it builds them. */
static inline void *
starting_weights(const network *net, gsc_type type)
{
    void *weights = gsc_new(net->num_weights, gsc_type_size(type));
    assert_non_null(weights);
    gsc_graph_init_weights(net->built.model.graph, 0, type, weights);
    for (size_t j = 0; j < net->num_parameters; j++) {
        const gsc_parameter *parameter = &net->parameters[j];
        const char *line = find_line(net->text, "parameter", parameter->name);
        double bound, offset;
        if (strncmp(line, "built", 5) == 0)
            continue;
        assert_int_equal(sscanf(line, "%*s %lf %lf", &bound, &offset), 2);
        for (size_t i = 0; i < gsc_shape_count(parameter->shape); i++) {
            float w = (float)(offset + bound * hashed(parameter->name, i));
            if (type == GSC_FLOAT32)
                ((float *)weights)[parameter->offset + i] = w;
            else
                ((double *)weights)[parameter->offset + i] = (double)w;
        }
    }
    return weights;
}

/* ---- Comparing ---- */

/* Two programs differ by this: in the worst element, and as a whole. */
typedef struct deviation {
    double largest, rms;
} deviation;

/* A compared line: numbers, their size, and how far they may be missed. */
typedef struct expectation {
    double scale;
    deviation most;
    size_t count;
    double values[MOST_NUMBERS];
} expectation;

static inline double
float32_bound(double pytorchs)
{
    return fmax(float32_factor * pytorchs, float32_least);
}

static inline void
expect(const network *net, const char *what, const char *name, gsc_type type,
       expectation *e)
{
    double all[MOST_NUMBERS];
    size_t count = numbers(net, what, name, all);
    assert_true(count > 3);
    e->scale = all[0];
    e->most = (deviation){exact, exact};
    if (type == GSC_FLOAT32)
        e->most = (deviation){float32_bound(all[1]), float32_bound(all[2])};
    e->count = count - 3;
    memcpy(e->values, all + 3, e->count * sizeof *all);
}

/* Numbers that the file shows all of; returns the largest difference. */
static inline double
check_numbers(const network *net, const char *what, const char *name,
              const double *values, size_t count, gsc_type type)
{
    expectation e;
    double largest = 0;
    expect(net, what, name, type, &e);
    assert_int_equal(e.count, count);
    for (size_t i = 0; i < count; i++) {
        double apart = fabs(values[i] - e.values[i]) / e.scale;
        if (!(apart <= e.most.largest))
            fail_msg("%s, float%d: %s %s, number %zu, is %.17g, not %.17g: %.2g apart, "
                     "may be %.2g",
                     net->name, type == GSC_FLOAT32 ? 32 : 64, what, name, i, values[i],
                     e.values[i], apart, e.most.largest);
        largest = fmax(largest, apart);
    }
    return largest;
}

/* What one tensor of a flat array differs by from the file and, where there is one,
 * from the float64 run's array. */
static inline deviation
difference(const expectation *e, const gsc_parameter *parameter, const void *flat,
           gsc_type type, const double *float64_run)
{
    double projection = 0, squares = 0, apart = 0;
    size_t count = gsc_shape_count(parameter->shape);
    deviation d = {0, 0};
    for (size_t i = 0; i < count; i++) {
        double x = element(flat, type, parameter->offset + i);
        double y = float64_run ? float64_run[parameter->offset + i] : x;
        projection += hashed("projection", i) * x;
        squares += x * x;
        apart += (x - y) * (x - y);
        d.largest = fmax(d.largest, fabs(x - y));
    }
    for (size_t k = 0; k < PICKS; k++) {
        double x = element(flat, type, parameter->offset + pick(k, count));
        d.largest = fmax(d.largest, fabs(x - e->values[2 + k]));
    }
    double n = (double)count;
    /* A projection sums n differences of changing sign. */
    d.rms = fmax(fabs(projection - e->values[0]) / sqrt(n), sqrt(apart / n));
    d.rms = fmax(d.rms, fabs(sqrt(squares / n) - e->values[1]));
    return (deviation){d.largest / e->scale, d.rms / e->scale};
}

/* Every tensor of a flat array that the file has lines of; all differences are told
 * where one is too large. Returns the largest. */
static inline double
check_tensors(const network *net, const char *what, const void *flat, gsc_type type,
              const double *float64_run)
{
    bool good = true;
    double largest = 0;
    for (int told = 0; told < (good ? 1 : 2); told++)
        for (size_t j = 0; j < net->num_parameters; j++) {
            const gsc_parameter *parameter = &net->parameters[j];
            expectation e;
            if (!find_line(net->text, what, parameter->name))
                continue;
            expect(net, what, parameter->name, type, &e);
            assert_int_equal(e.count, 2 + PICKS);
            deviation d = difference(&e, parameter, flat, type, float64_run);
            good = good && d.largest <= e.most.largest && d.rms <= e.most.rms;
            largest = fmax(largest, fmax(d.largest, d.rms));
            if (told && !good)
                print_error("%s %-20s %.2g (may be %.2g), as a whole %.2g (%.2g)\n",
                            what, parameter->name, d.largest, e.most.largest, d.rms,
                            e.most.rms);
        }
    if (!good)
        fail_msg("%s, float%d: %s", net->name, type == GSC_FLOAT32 ? 32 : 64, what);
    return largest;
}

#endif
