/* A map of tensors of others, to be completed by their owner. */
#include "grokscope/error.h"

#include "analyze/import/import_program.h"
#include "train/exchange/import_choices.h"
#include "train/exchange/import_tensors.h"
#include "train/exchange/naming/suggest.h"

#include <stdio.h>

static int
suggest(const gsc_import_program *self, const gsc_state_dict *state, gsc_text *text)
{
    int status = 0;
    size_t sizes[GSC_NUM_AXES];
    gsc_import im = {.config = *self->known};
    GSC_TRY(gsc_import_read_tensors(&im, state->file, state->weights));
    gsc_import_known_sizes(&im, sizes);
    GSC_TRY(gsc_map_suggest(im.tensors, im.num_tensors, sizes, self->naming, text));
    if (im.num_buffers > 0)
        GSC_TRY(gsc_text_add(text, "# left out, masks and other buffers: %s\n",
                             im.buffers.data));
out:
    gsc_import_free(&im);
    return status;
}

int
gsc_import_program_suggest(const gsc_import_program *self)
{
    int status = 0;
    gsc_text text = {0};
    if (self->map)
        return gsc_fail(GSC_EARGUMENT,
                        "--suggest-map: --map %s is a map already; give one of them",
                        self->map->path);
    status = suggest(self, &self->dicts->items[0], &text);
    if (status < 0)
        status = gsc_fail_in(status, self->dicts->items[0].path);
    else if (fputs(text.data, stdout) < 0)
        status = gsc_fail(GSC_EIO, "stdout: cannot be written");
    gsc_text_free(&text);
    return status;
}
