/* Weights in the files that other programs read. */
#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "analyze/export/export.h"
#include "train/base/file.h"
#include "train/exchange/external.h"

#include <stdio.h>
#include <stdlib.h>

static int
write_safetensors(const gsc_export *self, const gsc_checkpoint *c, const char *path)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    char step[GSC_NUMBER_BYTES];
    snprintf(step, sizeof step, "%lld", (long long)c->step);
    /* "format" is what transformers' loader asks for. */
    const gsc_metadata_item metadata[] = {{"format", "pt"},
                                          {"config", c->config},
                                          {"step", step},
                                          {"processing", "none"},
                                          {"naming", gsc_naming_names[self->naming]}};
    GSC_TRY(gsc_safetensors_image(self->tensors, self->count, metadata,
                                  sizeof metadata / sizeof *metadata, &image, &length));
    GSC_TRY(gsc_file_write(path, image, length));
out:
    free(image);
    return status;
}

static int
write_npz(const gsc_export *self, const char *path)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    GSC_TRY(gsc_npz_image(self->tensors, self->count, &image, &length));
    GSC_TRY(gsc_file_write(path, image, length));
out:
    free(image);
    return status;
}

static int
write_folder(const gsc_export *self, const char *folder)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    GSC_TRY(gsc_file_make_folder(folder));
    for (size_t i = 0; i < self->count; i++) {
        int length =
            snprintf(path, sizeof path, "%s/%s.npy", folder, self->tensors[i].name);
        if (length < 0 || (size_t)length >= sizeof path)
            return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", folder);
        GSC_TRY(gsc_npy_write(&self->tensors[i], path));
    }
out:
    return status;
}

int
gsc_export_write(const gsc_export *self, const gsc_checkpoint *checkpoint,
                 const char *path)
{
    if (gsc_file_has_ending(path, ".safetensors"))
        return write_safetensors(self, checkpoint, path);
    if (gsc_file_has_ending(path, ".npz"))
        return write_npz(self, path);
    if (gsc_file_has_ending(path, ".npy"))
        return gsc_npy_write(&self->tensors[0], path);
    return write_folder(self, path);
}
