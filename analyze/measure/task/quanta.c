/* The measure "quanta": which tasks of many a network has learned, when, and whether
 * its gradients tell them apart (Michaud et al., arXiv 2303.13506). */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/method/spectral_clustering.h"
#include "analyze/network/task_examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t samples, examples, clusters;
    double learned_below;
};

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct options, samples, "128", 1, 65536,
                    "Random examples of each task by which its loss is measured."),
    GSC_ROW_REAL(struct options, learned_below, "0.5", 0, 1,
                 "Loss below which a task counts as learned, as a share of ln 2."),
    GSC_ROW_INTEGER(struct options, examples, "16", 2, 4096,
                    "Examples of each learned task whose gradients are clustered "
                    "(--long=cluster)."),
    GSC_ROW_INTEGER(struct options, clusters, "0", 0, 1024,
                    "Clusters of gradients; 0: as many as tasks are learned."),
};
static const gsc_measure_options option_set = {"quanta", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- What all tables begin with ---- */

typedef struct findings {
    gsc_task_examples examples;
    double *loss, *accuracy; /* [tasks] */
    double learned_below;    /* in nats */
} findings;

static void
free_findings(findings *f)
{
    gsc_task_examples_free(&f->examples);
    free(f->loss);
    free(f->accuracy);
}

static int
find(const gsc_measure_request *request, findings *f)
{
    int status = 0;
    const struct options *o = request->options;
    *f = (findings){.learned_below = o->learned_below * log(2)};
    GSC_TRY(gsc_task_examples_init(&f->examples, request->loaded, (size_t)o->samples));
    GSC_NEW(f->loss, f->examples.tasks);
    GSC_NEW(f->accuracy, f->examples.tasks);
    GSC_TRY(gsc_task_examples_score(&f->examples, request->loaded, request->threads,
                                    f->loss, f->accuracy));
out:
    return status;
}

static bool
is_learned(const findings *f, size_t task)
{
    return f->loss[task] < f->learned_below;
}

static size_t
count_learned(const findings *f)
{
    size_t count = 0;
    for (size_t t = 0; t < f->examples.tasks; t++)
        count += is_learned(f, t);
    return count;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"loss", GSC_CELL_REAL, false, "mean over the tasks by their frequency, in nats",
     false},
    {"accuracy", GSC_CELL_REAL, false, "the same of the share that is right", false},
    {"tail", GSC_CELL_REAL, false,
     "frequency of the tasks that are not learned, summed", false},
    {"learned", GSC_CELL_INTEGER, false, "number of tasks that are learned", false},
    {"loss_of_tail", GSC_CELL_REAL, false,
     "loss over ln 2 times the tail: 1 where tasks are learned whole or not at all; "
     "nan "
     "where all are learned",
     false},
};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings f;
    double loss = 0, accuracy = 0, tail = 0;
    GSC_TRY(find(request, &f));
    for (size_t t = 0; t < f.examples.tasks; t++) {
        loss += f.examples.frequency[t] * f.loss[t];
        accuracy += f.examples.frequency[t] * f.accuracy[t];
        tail += is_learned(&f, t) ? 0 : f.examples.frequency[t];
    }
    GSC_TRY(GSC_ROWS_REALS(rows, loss, accuracy, tail));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)count_learned(&f)));
    GSC_TRY(gsc_rows_real(rows, tail > 0 ? loss / (log(2) * tail) : (double)NAN));
out:
    free_findings(&f);
    return status;
}

/* ---- One row for each task ---- */

static const gsc_column task_columns[] = {
    {"task", GSC_CELL_INTEGER, true, "its number, from 0, the most frequent first",
     false},
    {"frequency", GSC_CELL_REAL, false, "share of the examples that ask it", false},
    {"loss", GSC_CELL_REAL, false, "in nats: ln 2 = 0.693 unlearned", false},
    {"accuracy", GSC_CELL_REAL, false, "share of its examples that is right", false},
    {"is_learned", GSC_CELL_BOOL, false, "whether its loss is that low", false},
    {"transition", GSC_CELL_REAL, false,
     "step of the first row at which it is learned; nan: never", true},
    {"slope", GSC_CELL_REAL, false,
     "of log transition over log frequency, over all learned tasks: -1 where each task "
     "takes the same number of its own examples",
     true},
};

static int
fill_tasks(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings f;
    GSC_TRY(find(request, &f));
    for (size_t t = 0; t < f.examples.tasks; t++) {
        GSC_TRY(gsc_rows_integer(rows, (int64_t)t));
        GSC_TRY(
            GSC_ROWS_REALS(rows, f.examples.frequency[t], f.loss[t], f.accuracy[t]));
        GSC_TRY(gsc_rows_bool(rows, is_learned(&f, t)));
        GSC_TRY(GSC_ROWS_REALS(rows, (double)NAN, (double)NAN));
    }
out:
    free_findings(&f);
    return status;
}

/* The slope of a least-squares line through points, added one by one. */
typedef struct line {
    double n, x, y, xx, xy;
} line;

static void
add_point(line *l, double x, double y)
{
    l->n++;
    l->x += x;
    l->y += y;
    l->xx += x * x;
    l->xy += x * y;
}

static double
slope_of(const line *l)
{
    double spread = l->n * l->xx - l->x * l->x;
    return spread > 0 ? (l->n * l->xy - l->x * l->y) / spread : (double)NAN;
}

/* Rows are tasks of one checkpoint after those of the checkpoint before. A task learned
 * at step 0 tells nothing of the time that it takes. */
static int
conclude_tasks(gsc_rows *rows, const int64_t *steps)
{
    size_t count = gsc_rows_count(rows), tasks = 0;
    size_t task = gsc_rows_column(rows, "task");
    size_t frequency = gsc_rows_column(rows, "frequency");
    size_t learned = gsc_rows_column(rows, "is_learned");
    size_t transition = gsc_rows_column(rows, "transition");
    line l = {0};
    while (tasks < count && gsc_rows_cell(rows, tasks, task)->integer == (int64_t)tasks)
        tasks++;
    for (size_t t = 0; t < tasks; t++) {
        size_t first = t;
        while (first < count && !gsc_rows_cell(rows, first, learned)->truth)
            first += tasks;
        for (size_t row = t; first < count && row < count; row += tasks)
            gsc_rows_cell(rows, row, transition)->real = (double)steps[first];
        if (first < count && steps[first] > 0)
            add_point(&l, log(gsc_rows_cell(rows, t, frequency)->real),
                      log((double)steps[first]));
    }
    for (size_t row = 0; row < count; row++)
        gsc_rows_cell(rows, row, gsc_rows_column(rows, "slope"))->real = slope_of(&l);
    return 0;
}

/* ---- One row for each cluster of gradients ---- */

static const gsc_column cluster_columns[] = {
    {"cluster", GSC_CELL_INTEGER, true, "its number, from 0", false},
    {"size", GSC_CELL_INTEGER, false, "number of examples in it", false},
    {"task", GSC_CELL_INTEGER, false, "the task that most of them ask", false},
    {"share", GSC_CELL_REAL, false, "share of its examples that ask that task", false},
    {"agreement", GSC_CELL_REAL, false,
     "adjusted Rand index of all clusters and the tasks: 1 the same, 0 chance", false},
};

/* Examples of learned tasks, and where their gradients put them. */
typedef struct clustering {
    size_t num_tasks, count, num_clusters;
    uint32_t *chosen; /* [count]: examples */
    size_t *label;    /* [count]: which of the learned tasks */
    size_t *task;     /* [num_tasks]: its number */
    size_t *cluster;  /* [count] */
} clustering;

static void
free_clustering(clustering *c)
{
    free(c->chosen);
    free(c->label);
    free(c->task);
    free(c->cluster);
}

static int
choose_examples(const findings *f, const struct options *o, clustering *c)
{
    int status = 0;
    size_t each = f->examples.each, wanted = (size_t)o->examples;
    wanted = wanted < each ? wanted : each;
    size_t tasks = count_learned(f);
    GSC_NEW(c->chosen, tasks * wanted);
    GSC_NEW(c->label, tasks * wanted);
    GSC_NEW(c->task, tasks);
    GSC_NEW(c->cluster, tasks * wanted);
    for (size_t t = 0; t < f->examples.tasks; t++) {
        if (!is_learned(f, t))
            continue;
        for (size_t i = 0; i < wanted; i++, c->count++) {
            c->chosen[c->count] = (uint32_t)(t * each + i);
            c->label[c->count] = c->num_tasks;
        }
        c->task[c->num_tasks++] = t;
    }
    c->num_clusters = o->clusters > 0 ? (size_t)o->clusters : c->num_tasks;
out:
    return status;
}

static int
cluster_gradients(const gsc_measure_request *request, const findings *f, clustering *c)
{
    int status = 0;
    gsc_matrix gradients = {0}, similarity = {0};
    GSC_TRY(gsc_task_examples_gradients(&f->examples, request->loaded, c->chosen,
                                        c->count, &gradients));
    GSC_TRY(gsc_angular_similarity(&gradients, &similarity));
    GSC_TRY(gsc_spectral_clustering(&similarity, c->num_clusters, c->cluster));
out:
    gsc_matrix_free(&gradients);
    gsc_matrix_free(&similarity);
    return status;
}

static int
add_cluster(const clustering *c, size_t cluster, double agreement, gsc_rows *rows)
{
    int status = 0;
    size_t size = 0, most = 0, *of_task;
    GSC_NEW(of_task, c->num_tasks);
    for (size_t i = 0; i < c->count; i++)
        if (c->cluster[i] == cluster) {
            size++;
            of_task[c->label[i]]++;
        }
    for (size_t t = 0; t < c->num_tasks; t++)
        most = of_task[t] > of_task[most] ? t : most;
    double share = size > 0 ? (double)of_task[most] / (double)size : (double)NAN;
    GSC_TRY(gsc_rows_integer(rows, (int64_t)cluster));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)size));
    GSC_TRY(gsc_rows_integer(rows, size > 0 ? (int64_t)c->task[most] : -1));
    GSC_TRY(GSC_ROWS_REALS(rows, share, agreement));
out:
    free(of_task);
    return status;
}

/* A network that has learned no task, or one, has nothing to be told apart. */
static int
fill_clusters(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings f;
    clustering c = {.count = 0};
    double agreement;
    GSC_TRY(find(request, &f));
    GSC_TRY(choose_examples(&f, request->options, &c));
    if (c.num_tasks < 2)
        goto out;
    GSC_TRY(cluster_gradients(request, &f, &c));
    GSC_TRY(gsc_adjusted_rand(c.label, c.num_tasks, c.cluster, c.num_clusters, c.count,
                              &agreement));
    for (size_t i = 0; i < c.num_clusters; i++)
        GSC_TRY(add_cluster(&c, i, agreement, rows));
out:
    free_clustering(&c);
    free_findings(&f);
    return status;
}

const gsc_measure gsc_measure_quanta = {
    .name = "quanta",
    .purpose = "which of many tasks a network has learned, and when",
    .examples = "  grokscope-quanta checkpoints/quanta-small --step all\n"
                "      how many tasks are learned: one row for each step\n"
                "  grokscope-quanta checkpoints/quanta-small --long --step all\n"
                "      when each was, beside its frequency\n"
                "  grokscope-quanta checkpoints/quanta-small --long=cluster\n"
                "      whether gradients tell them apart\n",
    .needs = GSC_NEEDS_QUANTA,
    .options = &option_set,
    .num_tables = 3,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("task", task_columns, fill_tasks, conclude_tasks),
               GSC_TABLE("cluster", cluster_columns, fill_clusters, NULL)},
};
