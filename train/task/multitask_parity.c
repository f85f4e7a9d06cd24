/* Multitask sparse parity (Michaud et al., NeurIPS 2023, arXiv 2303.13506, section 3):
 * an example is the one-hot code of a task and n random bits; its label is the parity
 * of the k bits that belong to the task. Task i = 1, 2, … is asked with a probability
 * proportional to i^-zipf. A task is a quantum: learned as a whole, or not at all. */
#include "train/task/multitask_parity.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/task/parity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TASKS = 1024, MOST_BITS = 1024, MOST_K = 16 };

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_multitask_parity, tasks, "32", 1, MOST_TASKS,
                    "Number of tasks, each the parity of bits of its own."),
    GSC_ROW_INTEGER(gsc_multitask_parity, n, "30", 1, MOST_BITS,
                    "Number of bits in an example, beside the task's code."),
    GSC_ROW_INTEGER(gsc_multitask_parity, k, "3", 1, MOST_K,
                    "Bits that the answer of a task depends on."),
    GSC_ROW_REAL(gsc_multitask_parity, zipf, "1.4", 0, 16,
                 "Exponent of the tasks' frequencies: number i has i^-zipf of them."),
    GSC_ROW_BOOL(gsc_multitask_parity, online, "yes",
                 "Train on fresh examples without end, not on a finite set."),
    GSC_ROW_INTEGER(gsc_multitask_parity, train_samples, "10000", 1, 1e7,
                    "Examples to train on; ignored online."),
    GSC_ROW_INTEGER(gsc_multitask_parity, test_samples, "4096", 1, 1e7,
                    "Examples to test on, with the tasks' frequencies."),
    GSC_ROW_INTEGER(gsc_multitask_parity, samples_of_task, "64", 1, 1e6,
                    "Examples of each task in the split 'tasks', which tests them all "
                    "alike."),
    GSC_ROW_INTEGER(gsc_multitask_parity, data_seed, "0", 0, 0x1p53,
                    "Seed of the tasks' bits and of the examples."),
};

/* What draws an example. */
typedef struct source {
    size_t tasks, n, k;
    uint64_t of_bits, of_tasks; /* streams */
    bool even;                  /* tasks in turn, not by their frequencies */
    double frequency[MOST_TASKS], up_to[MOST_TASKS]; /* of a task, and those before */
    uint16_t bits[MOST_TASKS * MOST_K];              /* [tasks, k] */
} source;

/* The first task up to which the frequencies sum to more than u. */
static size_t
choose_task(const source *s, double u)
{
    size_t begin = 0, end = s->tasks - 1;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (s->up_to[middle] > u)
            end = middle;
        else
            begin = middle + 1;
    }
    return begin;
}

/* out[0] gets the code and the bits, out[1] the label, out[2] the task. */
static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    const source *s = context;
    uint8_t *x = out[0], *y = out[1];
    uint16_t *task = out[2];
    for (size_t i = 0; i < count; i++, x += s->tasks + s->n) {
        uint64_t example = first + i;
        size_t t = s->even
                       ? example % s->tasks
                       : choose_task(s, gsc_rng_uniform(seed, s->of_tasks, example));
        memset(x, 0, s->tasks);
        x[t] = 1;
        gsc_parity_draw(s->n, seed, s->of_bits, example, x + s->tasks);
        y[i] = 0;
        for (size_t j = 0; j < s->k; j++)
            y[i] ^= x[s->tasks + s->bits[t * s->k + j]];
        task[i] = (uint16_t)t;
    }
}

static void
set_streams(source *s, const char *bits, const char *tasks)
{
    s->of_bits = gsc_rng_stream(bits);
    s->of_tasks = gsc_rng_stream(tasks);
    s->even = !*tasks;
}

static void
set_frequencies(source *s, double zipf)
{
    double sum = 0;
    for (size_t i = 0; i < s->tasks; i++)
        sum += pow((double)(i + 1), -zipf);
    for (size_t i = 0; i < s->tasks; i++) {
        s->frequency[i] = pow((double)(i + 1), -zipf) / sum;
        s->up_to[i] = s->frequency[i] + (i > 0 ? s->up_to[i - 1] : 0);
    }
}

/* ---- The bits of each task ---- */

/* Whether an earlier task has the bits of task t. */
static bool
is_taken(const source *s, size_t t)
{
    bool taken = false;
    for (size_t i = 0; i < t; i++)
        taken = taken || memcmp(s->bits + i * s->k, s->bits + t * s->k,
                                s->k * sizeof *s->bits) == 0;
    return taken;
}

/* How many sets of k bits there are, up to MOST_TASKS. */
static double
count_sets(size_t n, size_t k)
{
    double count = 1;
    for (size_t i = 0; i < k; i++)
        count *= (double)(n - i) / (double)(i + 1);
    return round(fmin(count, MOST_TASKS));
}

static int
choose_all_bits(source *s, uint64_t seed)
{
    int status = 0;
    uint32_t *order;
    uint64_t number = 0, stream = gsc_rng_stream("multitask_parity:bits");
    GSC_NEW(order, s->n);
    for (size_t t = 0; t < s->tasks; t++)
        do
            gsc_parity_choose(s->n, s->k, seed, gsc_rng_substream(stream, number++),
                              order, s->bits + t * s->k);
        while (is_taken(s, t));
out:
    free(order);
    return status;
}

/* ---- The dataset ---- */

static int
add_fields(gsc_dataset *dataset, const source *s, void *data[3])
{
    int status = 0;
    gsc_shape input = {1, {s->tasks + s->n}}, one = {1, {1}};
    GSC_TRY(gsc_dataset_add_field(dataset, "x", GSC_FIELD_UINT8, input, 0, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "y", GSC_FIELD_UINT8, one, 2, &data[1]));
    GSC_TRY(gsc_dataset_add_field(dataset, "task", GSC_FIELD_UINT16, one, s->tasks,
                                  &data[2]));
out:
    return status;
}

/* The fixed examples: those to train on, to test on, and of each task alike. */
static int
add_examples(gsc_dataset *dataset, source *s, const gsc_multitask_parity *o)
{
    int status = 0;
    void *data[3];
    uint64_t seed = (uint64_t)o->data_seed;
    size_t train = o->online ? 0 : (size_t)o->train_samples;
    size_t drawn = train + (size_t)o->test_samples;
    size_t even = s->tasks * (size_t)o->samples_of_task;
    uint32_t *test = NULL;
    dataset->num_examples = drawn + even;
    GSC_TRY(add_fields(dataset, s, data));
    set_streams(s, "multitask_parity:fixed", "multitask_parity:fixed_tasks");
    draw(s, seed, 0, drawn, data);
    set_streams(s, "multitask_parity:even", "");
    draw(s, seed, 0, even,
         (void *[]){(uint8_t *)data[0] + drawn * (s->tasks + s->n),
                    (uint8_t *)data[1] + drawn, (uint16_t *)data[2] + drawn});
    if (train > 0)
        GSC_TRY(gsc_dataset_add_first(dataset, "train", train));
    GSC_NEW(test, drawn - train);
    for (size_t i = 0; i < drawn - train; i++)
        test[i] = (uint32_t)(train + i);
    GSC_TRY(gsc_dataset_add_split(dataset, "test", test, drawn - train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "tasks"));
out:
    free(test);
    return status;
}

/* What draws the examples to train on. */
static int
add_stream(gsc_dataset *dataset, const source *s, uint64_t seed)
{
    int status = 0;
    source *train;
    GSC_NEW(train, 1);
    *train = *s;
    set_streams(train, "multitask_parity:train", "multitask_parity:train_tasks");
    dataset->stream =
        (gsc_stream){.draw = draw, .context = train, .seed = seed, .endless = true};
out:
    return status;
}

static int
add_facet(const source *s, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    GSC_TRY(gsc_facets_add(facets, GSC_QUANTA, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "n", (int64_t)s->n));
    GSC_TRY(gsc_facet_add_array(facet, "frequency", GSC_FACET_REAL,
                                (gsc_shape){1, {s->tasks}}, s->frequency));
    GSC_TRY(gsc_facet_add_array(facet, "bits", GSC_FACET_INDEX,
                                (gsc_shape){2, {s->tasks, s->k}}, s->bits));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_multitask_parity *o = values;
    source *s = NULL;
    if (o->k > o->n)
        return gsc_fail(GSC_EARGUMENT, "k: %lld bits, of %lld", (long long)o->k,
                        (long long)o->n);
    if ((double)o->tasks > count_sets((size_t)o->n, (size_t)o->k))
        return gsc_fail(GSC_EARGUMENT,
                        "tasks: %lld, but there are %.0f sets of %lld of %lld bits",
                        (long long)o->tasks, count_sets((size_t)o->n, (size_t)o->k),
                        (long long)o->k, (long long)o->n);
    GSC_NEW(s, 1);
    s->tasks = (size_t)o->tasks;
    s->n = (size_t)o->n;
    s->k = (size_t)o->k;
    set_frequencies(s, o->zipf);
    GSC_TRY(choose_all_bits(s, (uint64_t)o->data_seed));
    GSC_TRY(add_examples(dataset, s, o));
    if (o->online)
        GSC_TRY(add_stream(dataset, s, (uint64_t)o->data_seed));
    gsc_target *target =
        gsc_dataset_add_target(dataset, "answer", "y", "cross_entropy");
    memcpy(target->group, "task", sizeof "task");
    GSC_TRY(add_facet(s, facets));
out:
    free(s);
    return status;
}

const gsc_task gsc_task_multitask_parity = {
    "multitask_parity",         "many sparse parities at once", rows,
    sizeof rows / sizeof *rows, sizeof(gsc_multitask_parity),   make};
