/* Weights in the files that other programs read. */
#include "grokscope/error.h"

#include "analyze/export/export.h"
#include "analyze/rows/output.h"
#include "train/base/file.h"
#include "train/base/folder.h"
#include "train/exchange/external.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
write_member(const gsc_tensor *tensor, const char *folder)
{
    int status = 0;
    gsc_text path = {0};
    if (strchr(tensor->name, '/'))
        return gsc_fail(GSC_EFORMAT,
                        "tensor %s: a name with a slash is no name of a file; write "
                        "X.npz or X.safetensors, which hold any name",
                        tensor->name);
    GSC_TRY(gsc_text_add(&path, "%s/%s.npy", folder, tensor->name));
    GSC_TRY(gsc_npy_write(tensor, path.data));
out:
    gsc_text_free(&path);
    return status;
}

static int
write_folder(const gsc_export *self, const char *folder)
{
    int status = 0;
    gsc_folder_draft draft = {.path = NULL};
    GSC_TRY(gsc_folder_draft_init(&draft, folder, gsc_output_is_member));
    for (size_t i = 0; i < self->count; i++)
        GSC_TRY(write_member(&self->tensors[i], draft.path));
    GSC_TRY(gsc_folder_draft_commit(&draft));
out:
    gsc_folder_draft_free(&draft);
    return status;
}

int
gsc_export_check_name(const char *path)
{
    static const struct {
        const char *end, *instead;
    } others[] = {
        {".pt", "X.safetensors, which safetensors.torch.load_file reads"},
        {".pth", "X.safetensors, which safetensors.torch.load_file reads"},
        {".bin", "X.safetensors, which safetensors.torch.load_file reads"},
        {".ckpt", "X.safetensors, which safetensors.torch.load_file reads"},
        {".pkl", "X.npz, which numpy.load reads"},
        {".mat", "X.npz, of which scipy.io.savemat makes it"},
        {".h5", "X.npz; the checkpoint itself is HDF5, with its tensors in /params"},
        {".hdf5", "X.npz; the checkpoint itself is HDF5, with its tensors in /params"},
        {".json", "X.npz, which numpy.load reads"},
        {".csv", "X.npy of one --tensor, of which numpy.savetxt makes it"},
        {".tsv", "X.npy of one --tensor, of which numpy.savetxt makes it"},
        {".onnx", "X.safetensors, which safetensors.torch.load_file reads"},
        {".zip", "X.npz, which is one"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (gsc_file_has_ending(path, others[i].end))
            return gsc_fail(GSC_EARGUMENT, "-o %s: %s is not written; write %s", path,
                            others[i].end, others[i].instead);
    return 0;
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
