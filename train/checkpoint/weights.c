/* Between the flat array of a graph's weights and the tensors of a checkpoint. */
#include "grokscope/weights.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
gsc_weights_tensors(const gsc_graph *graph, gsc_type type, void *weights,
                    gsc_tensor **out_tensors, size_t *count)
{
    int status = 0;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, count);
    gsc_tensor *tensors;
    GSC_NEW(tensors, *count);
    for (size_t i = 0; i < *count; i++) {
        const gsc_parameter *p = &parameters[i];
        tensors[i].trained = p->trained;
        tensors[i].type = type;
        tensors[i].shape = p->shape;
        tensors[i].data = (char *)weights + p->offset * gsc_type_size(type);
        memcpy(tensors[i].name, p->name, sizeof tensors[i].name);
        memcpy(tensors[i].axes, p->axes, sizeof tensors[i].axes);
    }
    *out_tensors = tensors;
out:
    return status;
}

/* ---- Back ---- */

static int
refuse_shape(const gsc_parameter *parameter, gsc_shape found)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_shape_add(found, &text));
    GSC_TRY(gsc_text_add(&text, ", expected "));
    GSC_TRY(gsc_shape_add(parameter->shape, &text));
    status = gsc_fail(GSC_EFORMAT, "/params/%s is %s", parameter->name, text.data);
out:
    gsc_text_free(&text);
    return status;
}

static void
convert(const gsc_tensor *from, gsc_type type, size_t count, void *to)
{
    if (from->type == type)
        memcpy(to, from->data, count * gsc_type_size(type));
    else if (type == GSC_FLOAT64)
        for (size_t i = 0; i < count; i++)
            ((double *)to)[i] = (double)((const float *)from->data)[i];
    else
        for (size_t i = 0; i < count; i++)
            ((float *)to)[i] = (float)((const double *)from->data)[i];
}

static int
check_parameter(const gsc_parameter *p, const gsc_checkpoint *checkpoint)
{
    const gsc_tensor *tensor = gsc_checkpoint_param(checkpoint, p->name);
    if (!tensor)
        return gsc_fail(GSC_EFORMAT, "/params/%s is missing", p->name);
    if (tensor->shape.rank != p->shape.rank ||
        memcmp(tensor->shape.dims, p->shape.dims,
               p->shape.rank * sizeof *p->shape.dims) != 0)
        return refuse_shape(p, tensor->shape);
    return 0;
}

static const gsc_parameter *
find_parameter(const gsc_parameter *parameters, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(parameters[i].name, name) == 0)
            return &parameters[i];
    return NULL;
}

/* A fixed copy of the weights that a training begins with, which the next one makes
 * anew. */
static bool
is_copy(const char *name)
{
    return strncmp(name, GSC_INITIAL, sizeof GSC_INITIAL - 1) == 0;
}

static int
check_all(const gsc_graph *graph, const gsc_checkpoint *checkpoint, bool with_copies)
{
    int status = 0;
    size_t count;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    for (size_t i = 0; i < count; i++)
        if (with_copies || !is_copy(parameters[i].name) ||
            gsc_checkpoint_param(checkpoint, parameters[i].name))
            GSC_TRY(check_parameter(&parameters[i], checkpoint));
    for (size_t i = 0; i < checkpoint->num_params; i++)
        if ((with_copies || !is_copy(checkpoint->params[i].name)) &&
            !find_parameter(parameters, count, checkpoint->params[i].name))
            return gsc_fail(GSC_EFORMAT, "/params/%s is no parameter of this model",
                            checkpoint->params[i].name);
out:
    return status;
}

int
gsc_weights_check(const gsc_graph *graph, const gsc_checkpoint *checkpoint)
{
    return check_all(graph, checkpoint, true);
}

static void
place_parameter(const gsc_parameter *p, const gsc_checkpoint *checkpoint, gsc_type type,
                void *weights)
{
    convert(gsc_checkpoint_param(checkpoint, p->name), type, gsc_shape_count(p->shape),
            (char *)weights + p->offset * gsc_type_size(type));
}

int
gsc_weights_place(const gsc_graph *graph, const gsc_checkpoint *checkpoint,
                  gsc_type type, void *weights)
{
    int status = 0;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(graph, &count);
    GSC_TRY(gsc_weights_check(graph, checkpoint));
    for (size_t i = 0; i < count; i++)
        place_parameter(&p[i], checkpoint, type, weights);
out:
    return status;
}

/* All, but that copies need not be there: in these two networks may differ. */
static int
place_all(const gsc_graph *graph, const gsc_checkpoint *checkpoint, gsc_type type,
          void *weights)
{
    int status = 0;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(graph, &count);
    GSC_TRY(check_all(graph, checkpoint, false));
    for (size_t i = 0; i < count; i++)
        if (gsc_checkpoint_param(checkpoint, p[i].name))
            place_parameter(&p[i], checkpoint, type, weights);
out:
    return status;
}

static int
place_some(const gsc_graph *graph, const gsc_checkpoint *checkpoint,
           const char *patterns, gsc_type type, void *weights)
{
    int status = 0;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(graph, &count);
    GSC_TRY(gsc_graph_check_patterns(graph, patterns, "init_parameters"));
    for (size_t i = 0; i < count; i++) {
        if (!gsc_text_matches(p[i].name, patterns) || is_copy(p[i].name))
            continue;
        GSC_TRY(check_parameter(&p[i], checkpoint));
        place_parameter(&p[i], checkpoint, type, weights);
    }
out:
    return status;
}

/* ---- From a file ---- */

/* Of those that patterns name, or, where they are NULL, of all. */
static int
read_weights(const gsc_graph *graph, const char *source, const char *patterns,
             gsc_type type, void *weights)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    gsc_checkpoint checkpoint = {.step = 0};
    GSC_TRY(gsc_run_find(source, path));
    GSC_TRY(gsc_checkpoint_read(&checkpoint, path, GSC_READ_PARAMS));
    status = patterns ? place_some(graph, &checkpoint, patterns, type, weights)
                      : place_all(graph, &checkpoint, type, weights);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    gsc_checkpoint_free(&checkpoint);
    return status;
}

int
gsc_weights_read(const gsc_graph *graph, const char *source, gsc_type type,
                 void *weights)
{
    return read_weights(graph, source, NULL, type, weights);
}

int
gsc_weights_read_some(const gsc_graph *graph, const char *source, const char *patterns,
                      gsc_type type, void *weights)
{
    return read_weights(graph, source, patterns, type, weights);
}

int
gsc_weights_read_as(const gsc_graph *graph, const char *source, const char *from,
                    const char *to, gsc_type type, void *weights)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    size_t count;
    gsc_checkpoint checkpoint = {.step = 0};
    const gsc_parameter *all = gsc_graph_parameters(graph, &count);
    gsc_parameter renamed = *find_parameter(all, count, to);
    snprintf(renamed.name, sizeof renamed.name, "%s", from);
    GSC_TRY(gsc_run_find(source, path));
    GSC_TRY(gsc_checkpoint_read(&checkpoint, path, GSC_READ_PARAMS));
    status = check_parameter(&renamed, &checkpoint);
    if (status < 0)
        status = gsc_fail_in(status, path);
    else
        place_parameter(&renamed, &checkpoint, type, weights);
out:
    gsc_checkpoint_free(&checkpoint);
    return status;
}
