/* Gradients of a network's outputs, example by example.
 *
 * The squared error to a target t has the gradient 2/C (f - t)' J by the weights, J the
 * Jacobian of the C outputs f. With t = f - C/2 v that is v' J: one pass finds f, a
 * second one the gradient, for any v. */
#include "analyze/network/loss/jacobian.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char WANTED[] = "jacobian:wanted";

const char *const gsc_examples_of_names[] = {"test", "train", NULL};

/* ---- The examples ---- */

static int
choose_examples(gsc_jacobian *self, gsc_examples_of of, size_t most, uint64_t seed)
{
    int status = 0;
    const gsc_dataset *dataset = &self->loaded->checkpoint.dataset;
    uint32_t *order = NULL;
    const gsc_split *split = gsc_dataset_split(dataset, gsc_examples_of_names[of]);
    if (!split || split->count == 0)
        split = gsc_dataset_split(dataset, gsc_examples_of_names[!of]);
    if (!split || split->count == 0)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "outputs are asked for, but there are no "
                                      "examples"));
    GSC_NEW(order, split->count);
    memcpy(order, split->indices, split->count * sizeof *order);
    gsc_rng_shuffle(order, split->count, seed, gsc_rng_stream("jacobian"));
    self->count = split->count < most ? split->count : most;
    self->examples = order;
out:
    return status;
}

/* Only the chosen rows: a run over one example then finds its target in the same row.
 */
static int
copy_field(gsc_jacobian *self, const gsc_field *field)
{
    int status = 0;
    size_t stride = gsc_field_stride(field), at = self->num_fields;
    char *rows = gsc_new(self->count, stride);
    if (!rows)
        GSC_TRY(GSC_EMEMORY);
    for (size_t i = 0; i < self->count; i++)
        memcpy(rows + i * stride,
               (const char *)field->data + self->examples[i] * stride, stride);
    self->fields[at] = *field;
    self->fields[at].data = self->owned[at] = rows;
    self->num_fields++;
out:
    return status;
}

static int
copy_fields(gsc_jacobian *self)
{
    int status = 0;
    const gsc_dataset *dataset = &self->loaded->checkpoint.dataset;
    for (size_t i = 0; i < dataset->num_fields; i++)
        if (dataset->fields[i].data)
            GSC_TRY(copy_field(self, &dataset->fields[i]));
    GSC_NEW(self->wanted, self->count * self->num_outputs);
    GSC_NEW(self->outputs, self->count * self->num_outputs);
    gsc_field *wanted = &self->fields[self->num_fields++];
    *wanted = (gsc_field){.type = GSC_FIELD_FLOAT64,
                          .shape = {2, {1, self->num_outputs}},
                          .scale = 1,
                          .data = self->wanted};
    snprintf(wanted->name, sizeof wanted->name, "%s", WANTED);
out:
    return status;
}

/* ---- The engine ---- */

static int
open_engines(gsc_jacobian *self)
{
    const gsc_model *model = &self->loaded->model;
    gsc_graph *g = model->graph;
    gsc_node wanted =
        gsc_graph_input(g, WANTED, (gsc_shape){2, {1, self->num_outputs}});
    gsc_root root = {
        gsc_graph_mean_squared_error(g, model->logits, wanted, GSC_NO_NODE), 1};
    const gsc_engine_options options = {.type = GSC_FLOAT64,
                                        .roots = &root,
                                        .num_roots = 1,
                                        .gradients = true,
                                        .taps = &model->logits,
                                        .num_taps = 1,
                                        .num_examples = 1,
                                        .rewrites = GSC_REWRITE_ALL};
    int status = gsc_graph_status(g);
    for (size_t i = 0; status == 0 && i < GSC_JACOBIAN_LANES; i++)
        status = gsc_engine_open(&self->engines[i], g, &options);
    return status;
}

int
gsc_jacobian_open(gsc_jacobian *self, const gsc_loaded_model *loaded,
                  gsc_examples_of split, size_t most, uint64_t seed)
{
    int status = 0;
    *self = (gsc_jacobian){.loaded = loaded};
    GSC_TRY(gsc_loaded_model_need_weights(loaded));
    GSC_TRY(gsc_loaded_model_data((gsc_loaded_model *)loaded));
    self->num_outputs =
        gsc_shape_count(gsc_graph_shape(loaded->model.graph, loaded->model.logits));
    GSC_TRY(choose_examples(self, split, most, seed));
    GSC_TRY(copy_fields(self));
    GSC_TRY(open_engines(self));
out:
    return status;
}

void
gsc_jacobian_close(gsc_jacobian *self)
{
    for (size_t i = 0; i < GSC_JACOBIAN_LANES; i++)
        gsc_engine_close(self->engines[i]);
    for (size_t i = 0; i <= GSC_MAX_FIELDS; i++)
        free(self->owned[i]);
    free(self->examples);
    free(self->wanted);
    free(self->outputs);
    *self = (gsc_jacobian){.loaded = NULL};
}

/* ---- The targets ---- */

static void
subtract_means(gsc_matrix *y)
{
    for (size_t o = 0; o < y->cols; o++) {
        double sum = 0;
        for (size_t i = 0; i < y->rows; i++)
            sum += y->data[i * y->cols + o];
        for (size_t i = 0; i < y->rows; i++)
            y->data[i * y->cols + o] -= sum / (double)y->rows;
    }
}

/* Element `o` of what target `t` asks of an example; *labels: of one-hot vectors. */
static double
wanted_of(const gsc_loaded_model *loaded, const gsc_target *t, const gsc_field *field,
          size_t example, size_t o, size_t width)
{
    char name[2 * GSC_NAME_BYTES];
    if (field->num_values == 0)
        return gsc_field_element(field, example, t->answer_row * width + o);
    size_t label = (size_t)gsc_field_element(field, example, t->answer_row);
    if (t->num_templates == 0)
        return label == o ? 1 : 0;
    snprintf(name, sizeof name, "targets.%s", t->name);
    const gsc_tensor *templates = gsc_loaded_model_tensor(loaded, name);
    return templates ? ((const double *)templates->data)[label * width + o] : 0;
}

int
gsc_jacobian_targets(const gsc_jacobian *self, gsc_matrix *y)
{
    int status = 0;
    const gsc_target *t = &self->loaded->model.outputs[0].target;
    const gsc_field *field =
        gsc_dataset_find(&self->loaded->checkpoint.dataset, t->field);
    size_t width = self->num_outputs;
    GSC_TRY(gsc_matrix_init(y, self->count, width));
    for (size_t i = 0; i < self->count; i++)
        for (size_t o = 0; o < width; o++)
            y->data[i * width + o] =
                wanted_of(self->loaded, t, field, self->examples[i], o, width);
    if (field->num_values > 0 && t->num_templates == 0)
        subtract_means(y);
out:
    return status;
}

/* ---- Gradients ---- */

static gsc_batch
batch_of(const gsc_jacobian *self, const uint32_t *examples, size_t count)
{
    return (gsc_batch){.fields = self->fields,
                       .num_fields = self->num_fields,
                       .examples = examples,
                       .num_examples = count};
}

int
gsc_jacobian_go_to(gsc_jacobian *self, const double *weights, gsc_threads *threads)
{
    const gsc_batch batch = batch_of(self, NULL, self->count);
    void *taps[] = {self->outputs};
    self->weights = weights;
    self->threads = threads;
    return gsc_engine_run(self->engines[0], threads, weights, &batch, taps, NULL);
}

/* Rows that are asked for, and what became of each lane's. */
typedef struct question {
    gsc_jacobian *self;
    size_t output;
    gsc_matrix *rows;
    int status[GSC_JACOBIAN_LANES];
    char message[GSC_JACOBIAN_LANES][256];
} question;

/* The gradient of <v, f(x_i)>, v being 1 at `output`, or everywhere. */
static int
differentiate(const question *q, gsc_engine *engine, uint32_t example, double *f)
{
    const gsc_jacobian *self = q->self;
    size_t n = self->num_outputs, width = q->rows->cols;
    const gsc_batch batch = batch_of(self, &example, 1);
    void *taps[] = {f};
    for (size_t o = 0; o < n; o++) {
        bool asked = q->output == SIZE_MAX || q->output == o;
        self->wanted[example * n + o] =
            self->outputs[example * n + o] - (asked ? (double)n / 2 : 0);
    }
    int status = gsc_engine_run(engine, NULL, self->weights, &batch, taps, NULL);
    if (status == 0)
        memcpy(q->rows->data + example * width, gsc_engine_gradient(engine),
               width * sizeof *q->rows->data);
    return status;
}

static void
do_lane(void *context, size_t lane, size_t worker)
{
    int status = 0;
    question *q = context;
    double *f = NULL;
    size_t count = q->self->count, first = count * lane / GSC_JACOBIAN_LANES;
    (void)worker;
    GSC_NEW(f, q->self->num_outputs);
    for (size_t i = first; i < count * (lane + 1) / GSC_JACOBIAN_LANES; i++)
        GSC_TRY(differentiate(q, q->self->engines[lane], (uint32_t)i, f));
out:
    free(f);
    q->status[lane] = status;
    if (status < 0)
        snprintf(q->message[lane], sizeof q->message[lane], "%s", gsc_error_text());
}

int
gsc_jacobian_rows(gsc_jacobian *self, size_t output, gsc_matrix *rows)
{
    question q = {.self = self, .output = output, .rows = rows};
    gsc_threads_run(self->threads, do_lane, &q, GSC_JACOBIAN_LANES);
    for (size_t i = 0; i < GSC_JACOBIAN_LANES; i++)
        if (q.status[i] < 0)
            return gsc_fail(q.status[i], "%s", q.message[i]);
    return 0;
}

/* ---- Kernels ---- */

typedef struct product {
    const gsc_matrix *rows;
    double scale;
    gsc_matrix *kernel;
} product;

/* K += scale J J', in rows that are a lane's share, up to the diagonal. */
static void
multiply_lane(void *context, size_t lane, size_t worker)
{
    const product *p = context;
    size_t n = p->kernel->rows, width = p->rows->cols;
    size_t first = n * lane / GSC_JACOBIAN_LANES;
    size_t end = n * (lane + 1) / GSC_JACOBIAN_LANES;
    (void)worker;
    if (end > first)
        gsc_gemm_f64(false, true, end - first, end, width, p->scale,
                     p->rows->data + first * width, width, p->rows->data, width, 1,
                     p->kernel->data + first * n, n);
}

static void
mirror(gsc_matrix *kernel)
{
    size_t n = kernel->rows;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            kernel->data[j * n + i] = kernel->data[i * n + j];
}

int
gsc_tangent_kernel(gsc_jacobian *self, bool pseudo, gsc_matrix *kernel)
{
    int status = 0;
    size_t n = self->count, width = self->loaded->num_weights;
    size_t passes = pseudo ? 1 : self->num_outputs;
    gsc_matrix rows = {0};
    product p = {&rows, pseudo ? 1 / (double)self->num_outputs : 1, kernel};
    *kernel = (gsc_matrix){0};
    if (width > 0 && n > ((size_t)1 << 28) / width)
        return gsc_fail(GSC_EARGUMENT,
                        "gradients of %zu examples by %zu weights take more than 2 "
                        "GiB; ask for fewer examples",
                        n, width);
    GSC_TRY(gsc_matrix_init(&rows, n, width));
    GSC_TRY(gsc_matrix_init(kernel, n, n));
    for (size_t o = 0; o < passes; o++) {
        GSC_TRY(gsc_jacobian_rows(self, pseudo ? SIZE_MAX : o, &rows));
        gsc_threads_run(self->threads, multiply_lane, &p, GSC_JACOBIAN_LANES);
    }
    mirror(kernel);
out:
    gsc_matrix_free(&rows);
    if (status < 0)
        gsc_matrix_free(kernel);
    return status;
}
