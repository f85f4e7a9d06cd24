/* A checkpoint under study. */
#include "grokscope/subject.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/weights.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The tensors of a file whose network is not known, in one flat array. */
static int
take_tensors(gsc_subject *s)
{
    int status = 0;
    const gsc_checkpoint *c = &s->checkpoint;
    gsc_model *m = &s->model;
    m->logits = m->loss = m->embed = m->neurons = GSC_NO_NODE;
    for (size_t view = 0; view < GSC_NUM_VIEWS; view++)
        m->views[view] = GSC_NO_NODE;
    for (size_t i = 0; i < c->num_params; i++)
        s->num_weights += gsc_shape_count(c->params[i].shape);
    GSC_NEW(s->weights, s->num_weights);
    GSC_NEW(s->tensors, c->num_params);
    double *to = s->weights;
    for (size_t i = 0; i < c->num_params; i++) {
        const gsc_tensor *from = &c->params[i];
        const float *narrow = from->data;
        const double *wide = from->data;
        s->tensors[i] = *from;
        s->tensors[i].type = GSC_FLOAT64;
        s->tensors[i].data = to;
        for (size_t k = 0; k < gsc_shape_count(from->shape); k++)
            *to++ = from->type == GSC_FLOAT32 ? (double)narrow[k] : wide[k];
    }
    s->num_tensors = c->num_params;
out:
    return status;
}

static int
rebuild(gsc_subject *s)
{
    int status = 0;
    gsc_keys sets[GSC_MODEL_SETS + 1];
    gsc_model_keys(&s->config, sets);
    sets[GSC_MODEL_SETS] = gsc_task_keys(&s->task_config);
    GSC_TRY(gsc_keys_default(sets, GSC_MODEL_SETS + 1));
    GSC_TRY(gsc_keys_from_json(sets, GSC_MODEL_SETS + 1, s->checkpoint.config));
    if (s->config.architecture == GSC_TENSORS)
        return take_tensors(s);
    GSC_TRY(gsc_model_init(&s->model, &s->config));
    s->num_weights = gsc_graph_num_weights(s->model.graph);
    GSC_NEW(s->weights, s->num_weights);
    GSC_TRY(gsc_weights_place(s->model.graph, &s->checkpoint, GSC_FLOAT64, s->weights));
    GSC_TRY(gsc_weights_tensors(s->model.graph, GSC_FLOAT64, s->weights, &s->tensors,
                                &s->num_tensors));
out:
    return status;
}

/* HDF5 may have been built for one thread at a time. */
static int
read_alone(gsc_checkpoint *checkpoint, const char *path, unsigned parts)
{
    static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&reading);
    int status = gsc_checkpoint_read(checkpoint, path, parts);
    pthread_mutex_unlock(&reading);
    return status;
}

static int
open_parts(gsc_subject *subject, const char *path, unsigned parts)
{
    int status = 0;
    *subject = (gsc_subject){.weights = NULL};
    GSC_TRY(read_alone(&subject->checkpoint, path, parts));
    status = rebuild(subject);
    if (status < 0) /* whatever it is, it is this file's */
        status = gsc_fail_in(status == GSC_EMEMORY ? status : GSC_EFORMAT, path);
out:
    if (status < 0)
        gsc_subject_close(subject);
    return status;
}

int
gsc_subject_open(gsc_subject *subject, const char *path)
{
    return open_parts(subject, path, GSC_READ_TASK | GSC_READ_PARAMS);
}

int
gsc_subject_open_with_history(gsc_subject *subject, const char *path)
{
    return open_parts(subject, path,
                      GSC_READ_TASK | GSC_READ_PARAMS | GSC_READ_HISTORY);
}

void
gsc_subject_close(gsc_subject *subject)
{
    free(subject->weights);
    free(subject->tensors);
    gsc_model_free(&subject->model);
    gsc_checkpoint_free(&subject->checkpoint);
    *subject = (gsc_subject){.weights = NULL};
}

int
gsc_subject_need_model(const gsc_subject *subject)
{
    if (subject->model.graph)
        return 0;
    return gsc_fail(GSC_EFORMAT, "tensors without a network; this asks for one");
}

/* The value of a parameter-domain node; the caller frees it. */
static int
compute_node(const gsc_subject *s, gsc_node node, double **values)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .loss = GSC_NO_NODE, .taps = &node, .num_taps = 1};
    gsc_batch none = {.num_examples = 0};
    GSC_TRY(gsc_engine_open(&engine, s->model.graph, &options));
    GSC_NEW(*values, gsc_shape_count(gsc_graph_shape(s->model.graph, node)));
    void *taps[] = {*values};
    GSC_TRY(gsc_engine_run(engine, NULL, s->weights, &none, taps, NULL));
out:
    gsc_engine_close(engine);
    return status;
}

int
gsc_subject_view(const gsc_subject *subject, gsc_view view, gsc_order order,
                 gsc_matrix *matrix)
{
    int status = 0;
    const gsc_task *task = &subject->checkpoint.task;
    gsc_node node = subject->model.views[view];
    double *values = NULL;
    uint16_t *residues = NULL;
    *matrix = (gsc_matrix){0};
    GSC_TRY(gsc_subject_need_model(subject));
    if (node == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no %s", gsc_view_names[view]);
    bool tokens = view == GSC_VIEW_EMBEDDING || view == GSC_VIEW_EMBEDDING_RIGHT;
    const uint16_t *rows = tokens ? task->operands : task->answers;
    size_t num_residues = tokens ? task->num_operands : task->num_answers, count;
    gsc_shape shape = gsc_graph_shape(subject->model.graph, node);
    GSC_NEW(residues, num_residues);
    GSC_TRY(gsc_order_residues(order, num_residues, residues, &count));
    GSC_TRY(compute_node(subject, node, &values));
    GSC_TRY(gsc_matrix_init(matrix, count, shape.dims[1]));
    for (size_t i = 0; i < count; i++) {
        size_t row = rows[residues[i]];
        if (row >= shape.dims[0]) {
            status = gsc_fail(GSC_EFORMAT, "/task: %s[%d] is %zu, of %zu rows",
                              tokens ? "operands" : "answers", residues[i], row,
                              shape.dims[0]);
            goto out;
        }
        memcpy(matrix->data + i * matrix->cols, values + row * matrix->cols,
               matrix->cols * sizeof *values);
    }
out:
    free(residues);
    free(values);
    if (status < 0)
        gsc_matrix_free(matrix);
    return status;
}
