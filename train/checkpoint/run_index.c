/* run.h5: all step files of a run as one virtual dataset a tensor. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "train/base/file.h"
#include "train/checkpoint/checkpoint_image.h"
#include "train/checkpoint/trailer.h"
#include "train/hdf5/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of the step files relative to run.h5, so that the folder can be moved. */
static int
list_sources(const int64_t *steps, size_t num_steps, char ***out_sources)
{
    int status = 0;
    char **sources;
    char path[GSC_PATH_BYTES];
    GSC_NEW(sources, num_steps);
    *out_sources = sources;
    for (size_t i = 0; i < num_steps; i++) {
        GSC_TRY(gsc_run_step_path(".", steps[i], path));
        sources[i] = gsc_copy_text(path + 2);
        if (!sources[i])
            return GSC_EMEMORY;
    }
out:
    return status;
}

static void
free_sources(char **sources, size_t num_sources)
{
    for (size_t i = 0; sources && i < num_sources; i++)
        free(sources[i]);
    free(sources);
}

static int
add_head(gsc_h5 *file, const int64_t *steps, size_t num_steps)
{
    int status = 0;
    const int64_t version[] = {GSC_FORMAT_MAJOR, GSC_FORMAT_MINOR};
    gsc_h5_array pair = {GSC_H5_INT64, 1, {2}}, vector = {GSC_H5_INT64, 1, {num_steps}};
    GSC_TRY(gsc_h5_add_text(file, "/", "format", "grokscope-run"));
    GSC_TRY(gsc_h5_add_array(file, "/", "version", &pair, version));
    GSC_TRY(gsc_h5_add_array(file, "/steps", NULL, &vector, steps));
    GSC_TRY(gsc_h5_add_group(file, "/params"));
out:
    return status;
}

static int
add_stacks(gsc_h5 *file, const gsc_checkpoint *newest, char *const *sources,
           size_t num_sources)
{
    int status = 0;
    char object[GSC_NAME_BYTES + 16];
    for (size_t i = 0; i < newest->num_params; i++) {
        const gsc_tensor *param = &newest->params[i];
        gsc_h5_array member = {param->type == GSC_FLOAT32 ? GSC_H5_FLOAT32
                                                          : GSC_H5_FLOAT64,
                               param->shape.rank,
                               {0}};
        for (size_t j = 0; j < member.rank; j++)
            member.dims[j] = param->shape.dims[j];
        snprintf(object, sizeof object, "/params/%s", param->name);
        GSC_TRY(gsc_h5_add_stack(file, object, &member, (const char *const *)sources,
                                 num_sources));
    }
out:
    return status;
}

/* The shapes of the tensors, from only the newest step file. */
static int
read_newest(const char *folder, const int64_t *steps, size_t num_steps,
            gsc_checkpoint *newest)
{
    char path[GSC_PATH_BYTES];
    *newest = (gsc_checkpoint){0};
    if (num_steps == 0)
        return 0;
    int status = gsc_run_step_path(folder, steps[num_steps - 1], path);
    if (status < 0)
        return status;
    return gsc_checkpoint_read(newest, path, GSC_READ_PARAM_SHAPES);
}

/* What run.h5 is made of, beside the step files. */
typedef struct contents {
    const gsc_checkpoint *newest;
    const int64_t *steps;
    size_t num_steps;
    const gsc_table *history;
    size_t num_tables;
} contents;

static int
write_file(const char *path, const contents *c)
{
    int status = 0;
    gsc_h5 *file = NULL;
    char **sources = NULL;
    void *image = NULL;
    size_t length;
    GSC_TRY(list_sources(c->steps, c->num_steps, &sources));
    GSC_TRY(gsc_h5_create(&file, path));
    GSC_TRY(add_head(file, c->steps, c->num_steps));
    GSC_TRY(add_stacks(file, c->newest, sources, c->num_steps));
    GSC_TRY(gsc_checkpoint_add_history(file, c->history, c->num_tables));
    GSC_TRY(gsc_h5_image(file, GSC_TRAILER_BYTES, &image, &length));
    gsc_trailer_add(image, &length);
    GSC_TRY(gsc_file_write(path, image, length));
out:
    free(image);
    gsc_h5_close(file);
    free_sources(sources, c->num_steps);
    return status;
}

int
gsc_run_write_index(const char *folder, const gsc_table *history, size_t num_tables)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    int64_t *steps = NULL;
    size_t num_steps;
    gsc_checkpoint newest = {0};
    GSC_TRY(gsc_run_steps(folder, &steps, &num_steps));
    GSC_TRY(read_newest(folder, steps, num_steps, &newest));
    int length = snprintf(path, sizeof path, "%s/run.h5", folder);
    if (length < 0 || (size_t)length >= sizeof path)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "%s/run.h5: a path longer than %d bytes",
                         folder, GSC_PATH_BYTES - 1));
    contents c = {&newest, steps, num_steps, history, num_tables};
    GSC_TRY(write_file(path, &c));
out:
    gsc_checkpoint_free(&newest);
    free(steps);
    return status;
}
