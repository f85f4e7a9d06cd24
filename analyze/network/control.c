/* Weights that cannot have the structure that a measure looks for. */
#include "grokscope/error.h"
#include "grokscope/loaded_model.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_control_names[GSC_NUM_CONTROLS] = {"init", "shuffled", "random"};

int
gsc_controls_read(const char *list, bool controls[GSC_NUM_CONTROLS])
{
    while (*list) {
        size_t length = strcspn(list, ","), k = 0;
        while (k < GSC_NUM_CONTROLS &&
               (strlen(gsc_control_names[k]) != length ||
                strncmp(list, gsc_control_names[k], length) != 0))
            k++;
        if (k == GSC_NUM_CONTROLS)
            return gsc_fail(GSC_EARGUMENT,
                            "control: '%.*s' is none of init, shuffled, random",
                            (int)length, list);
        controls[k] = true;
        list += length + (list[length] == ',');
    }
    return 0;
}

static uint64_t
stream_of(const gsc_tensor *tensor)
{
    char name[GSC_NAME_BYTES + 16];
    snprintf(name, sizeof name, "control:%s", tensor->name);
    return gsc_rng_stream(name);
}

/* ---- shuffled ---- */

/* A tensor as matrices of rows that keep their elements together. */
typedef struct stack {
    size_t matrices, rows, width;
} stack;

static stack
stack_of(gsc_shape shape)
{
    size_t count = gsc_shape_count(shape);
    if (shape.rank < 2)
        return (stack){1, count, 1};
    size_t width = shape.dims[shape.rank - 1], rows = shape.dims[shape.rank - 2];
    return (stack){rows * width > 0 ? count / (rows * width) : 0, rows, width};
}

static int
shuffle(const gsc_tensor *tensor)
{
    int status = 0;
    stack s = stack_of(tensor->shape);
    size_t size = s.rows * s.width;
    uint32_t *order = NULL;
    double *copy = NULL, *data = tensor->data;
    if (s.matrices * size == 0)
        return 0;
    GSC_NEW(order, s.rows);
    GSC_NEW(copy, size);
    for (size_t i = 0; i < s.rows; i++)
        order[i] = (uint32_t)i;
    gsc_rng_shuffle(order, s.rows, 0, stream_of(tensor));
    for (size_t m = 0; m < s.matrices; m++, data += size) {
        memcpy(copy, data, size * sizeof *copy);
        for (size_t i = 0; i < s.rows; i++)
            memcpy(data + i * s.width, copy + order[i] * s.width,
                   s.width * sizeof *copy);
    }
out:
    free(order);
    free(copy);
    return status;
}

/* ---- random ---- */

static void
draw(const gsc_tensor *tensor)
{
    size_t count = gsc_shape_count(tensor->shape);
    double *data = tensor->data, sum = 0;
    uint64_t stream = stream_of(tensor);
    for (size_t i = 0; i < count; i++)
        sum += data[i] * data[i];
    double deviation = count > 0 ? sqrt(sum / (double)count) : 0;
    for (size_t i = 0; i < count; i++)
        data[i] = deviation * gsc_rng_normal(0, stream, i);
}

/* ---- init ---- */

static int
take_first(gsc_loaded_model *loaded, const char *path)
{
    int status = 0;
    int64_t step;
    gsc_loaded_model first = {.weights = NULL};
    if (!gsc_run_is_step_file(path, &step))
        return gsc_fail(GSC_EFORMAT,
                        "%s: a lone file; the control 'init' needs the step 0 of a run",
                        path);
    GSC_TRY(gsc_loaded_model_open(&first, path));
    if (first.checkpoint.step != 0)
        status = gsc_fail(GSC_EFORMAT,
                          "%s: the first step file of the run is of step %lld; the "
                          "control 'init' needs step 0",
                          path, (long long)first.checkpoint.step);
    else if (first.num_weights != loaded->num_weights)
        status = gsc_fail(GSC_EFORMAT, "%s: %zu weights, expected %zu", path,
                          first.num_weights, loaded->num_weights);
    else
        memcpy(loaded->weights, first.weights,
               first.num_weights * sizeof *first.weights);
out:
    gsc_loaded_model_close(&first);
    return status;
}

int
gsc_loaded_model_control(gsc_loaded_model *loaded, gsc_control control,
                         const char *first)
{
    int status = 0;
    if (control == GSC_CONTROL_INIT)
        return take_first(loaded, first);
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        if (control == GSC_CONTROL_SHUFFLED)
            GSC_TRY(shuffle(&loaded->tensors[i]));
        else
            draw(&loaded->tensors[i]);
    }
out:
    return status;
}
