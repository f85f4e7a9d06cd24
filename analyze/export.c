/* grokscope-export: a checkpoint's weights in files that other programs read. */
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/file.h"
#include "grokscope/foreign.h"
#include "grokscope/inputs.h"
#include "grokscope/memory.h"
#include "grokscope/naming.h"
#include "grokscope/output.h"
#include "grokscope/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct options {
    char output[GSC_KEY_TEXT_BYTES];
    bool force;
    char step[GSC_KEY_TEXT_BYTES];
    int64_t naming;
    char tensor[GSC_KEY_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_key rows[] = {
    {"output", GSC_KEY_TEXT,
     GSC_FIELD(struct options, output, char[GSC_KEY_TEXT_BYTES]), "", 0, 0, NULL,
     "what to write: X.safetensors, X.npz, X.npy of one tensor, or a folder of .npy",
     "OUT", 'o', NULL},
    GSC_ROW_FLAG(struct options, force, 0, "replace what OUT is"),
    GSC_ROW_TEXT(struct options, step, "last", "STEP",
                 "which step of a folder: first, last or N"),
    GSC_ROW_CHOICE(struct options, naming, "tl", gsc_naming_names,
                   "whose names and shapes the tensors get"),
    GSC_ROW_TEXT(struct options, tensor, "", "TENSOR", "this tensor alone"),
    GSC_ROW_CHOICE(struct options, format, "tsv", gsc_format_names,
                   "form of the answer"),
};
static const gsc_keys sets[] = {{"export", rows, sizeof rows / sizeof *rows, &options}};

/* ---- Tensors as they are to be written ---- */

typedef struct tensors {
    gsc_tensor *items;
    size_t count;
} tensors;

static void
free_tensors(tensors *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->items[i].data);
    free(t->items);
}

/* In our own layout, without a table of names. */
static int
copy_tensors(const gsc_checkpoint *c, tensors *t)
{
    int status = 0;
    GSC_NEW(t->items, c->num_params);
    for (; t->count < c->num_params; t->count++) {
        const gsc_tensor *from = &c->params[t->count];
        size_t count = gsc_shape_count(from->shape), size = gsc_type_size(from->type);
        void *data = gsc_new(count, size);
        if (!data)
            return GSC_EMEMORY;
        t->items[t->count] = *from;
        t->items[t->count].data = memcpy(data, from->data, count * size);
    }
out:
    return status;
}

/* Biases of zeros for those who load strictly. */
static int
add_zeros(const gsc_checkpoint *c, const gsc_named *named, tensors *t, size_t room)
{
    int status = 0;
    gsc_tensor *zeros = t->items + t->count;
    size_t count =
        gsc_naming_missing_biases(named, c->params, c->num_params, zeros, room);
    for (size_t i = 0; i < count; i++, t->count++) {
        zeros[i].data =
            gsc_new(gsc_shape_count(zeros[i].shape), gsc_type_size(zeros[i].type));
        if (!zeros[i].data)
            return GSC_EMEMORY;
    }
    return status;
}

static int
name_tensors(const gsc_checkpoint *c, const gsc_model_config *config, tensors *t)
{
    int status = 0;
    const size_t sizes[GSC_NUM_AXES] = {[GSC_AXIS_D_MODEL] = (size_t)config->d_model};
    size_t most_biases = 8 * (size_t)config->n_layers + 8;
    gsc_named named;
    GSC_TRY(gsc_naming_detect(c->params, c->num_params, sizes, GSC_NAMING_TL, &named));
    named.naming = (gsc_naming)options.naming;
    GSC_NEW(t->items, c->num_params + most_biases);
    for (; t->count < c->num_params; t->count++)
        GSC_TRY(gsc_naming_from_own(&named, &c->params[t->count], &t->items[t->count]));
    GSC_TRY(add_zeros(c, &named, t, most_biases));
out:
    return status;
}

static int
prepare_tensors(const gsc_checkpoint *c, tensors *t)
{
    int status = 0;
    gsc_config config;
    GSC_TRY(gsc_config_from_json(&config, c->config));
    bool is_plain = config.model.architecture == GSC_TENSORS;
    if (is_plain && options.naming != GSC_NAMING_TL)
        return gsc_fail(GSC_EARGUMENT, "--naming: tensors without a network keep "
                                       "their names");
    GSC_TRY(is_plain ? copy_tensors(c, t) : name_tensors(c, &config.model, t));
out:
    return status;
}

/* Leave the one that is asked for. */
static int
choose_tensor(tensors *t)
{
    bool found = false;
    for (size_t i = 0; i < t->count && !found; i++)
        if (strcmp(t->items[i].name, options.tensor) == 0) {
            gsc_tensor first = t->items[0];
            t->items[0] = t->items[i];
            t->items[i] = first;
            found = true;
        }
    if (!found)
        return gsc_fail(GSC_EARGUMENT, "--tensor %s: there is none of this name",
                        options.tensor);
    while (t->count > 1)
        free(t->items[--t->count].data);
    return 0;
}

/* ---- Files ---- */

static bool
ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

static int
write_safetensors(const gsc_checkpoint *c, const tensors *t)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    char step[GSC_NUMBER_BYTES];
    snprintf(step, sizeof step, "%lld", (long long)c->step);
    /* "format" is what transformers' loader asks for. */
    const gsc_foreign_note notes[] = {{"format", "pt"},
                                      {"config", c->config},
                                      {"step", step},
                                      {"processing", "none"},
                                      {"naming", gsc_naming_names[options.naming]}};
    GSC_TRY(gsc_safetensors_image(t->items, t->count, notes,
                                  sizeof notes / sizeof *notes, &image, &length));
    GSC_TRY(gsc_file_write(options.output, image, length));
out:
    free(image);
    return status;
}

static int
write_npz(const tensors *t)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    GSC_TRY(gsc_npz_image(t->items, t->count, &image, &length));
    GSC_TRY(gsc_file_write(options.output, image, length));
out:
    free(image);
    return status;
}

static int
write_npy(const gsc_tensor *tensor, const char *path)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    GSC_TRY(gsc_npy_image(tensor, &image, &length));
    GSC_TRY(gsc_file_write(path, image, length));
out:
    free(image);
    return status;
}

static int
write_folder(const tensors *t)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    if (mkdir(options.output, 0777) != 0 && errno != EEXIST)
        return gsc_fail(GSC_EIO, "%s: %s", options.output, strerror(errno));
    for (size_t i = 0; i < t->count; i++) {
        int length =
            snprintf(path, sizeof path, "%s/%s.npy", options.output, t->items[i].name);
        if (length < 0 || (size_t)length >= sizeof path)
            return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path",
                            options.output);
        GSC_TRY(write_npy(&t->items[i], path));
    }
out:
    return status;
}

static int
write_tensors(const gsc_checkpoint *c, const tensors *t)
{
    if (ends_with(options.output, ".safetensors"))
        return write_safetensors(c, t);
    if (ends_with(options.output, ".npz"))
        return write_npz(t);
    if (ends_with(options.output, ".npy"))
        return write_npy(&t->items[0], options.output);
    return write_folder(t);
}

/* ---- The program ---- */

static const char *const columns[] = {"run", "step", "tensor", "type", "shape"};

static int
print_tensors(const char *run, const gsc_checkpoint *c, const tensors *t)
{
    int status = 0;
    gsc_output output = {0};
    gsc_text shape = {0};
    GSC_TRY(gsc_output_init(&output, (gsc_format)options.format, "grokscope-export",
                            columns, sizeof columns / sizeof *columns));
    for (size_t i = 0; i < t->count; i++) {
        bool is_single = t->items[i].type == GSC_FLOAT32;
        shape.length = 0;
        GSC_TRY(gsc_shape_add(t->items[i].shape, &shape));
        GSC_TRY(gsc_output_text(&output, run));
        GSC_TRY(gsc_output_integer(&output, c->step));
        GSC_TRY(gsc_output_text(&output, t->items[i].name));
        GSC_TRY(gsc_output_text(&output, is_single ? "float32" : "float64"));
        GSC_TRY(gsc_output_text(&output, shape.data));
    }
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
    gsc_text_free(&shape);
    return status;
}

static int
check_output(const gsc_inputs *inputs)
{
    if (!*options.output)
        return gsc_fail(GSC_EARGUMENT, "-o OUT is missing: what to write");
    if (inputs->count != 1)
        return gsc_fail(GSC_EARGUMENT, "%zu checkpoints; one is written at a time",
                        inputs->count);
    if (ends_with(options.output, ".npy") && !*options.tensor)
        return gsc_fail(GSC_EARGUMENT, "--tensor NAME is missing: an .npy holds one");
    if (!options.force && access(options.output, F_OK) == 0)
        return gsc_fail(GSC_EARGUMENT, "%s: exists; --force replaces it",
                        options.output);
    return 0;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_checkpoint checkpoint = {.step = 0};
    tensors t = {NULL, 0};
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    GSC_TRY(check_output(&inputs));
    GSC_TRY(gsc_checkpoint_read(&checkpoint, inputs.items[0].path, GSC_READ_PARAMS));
    GSC_TRY(prepare_tensors(&checkpoint, &t));
    if (*options.tensor)
        GSC_TRY(choose_tensor(&t));
    GSC_TRY(write_tensors(&checkpoint, &t));
    GSC_TRY(print_tensors(inputs.items[0].run, &checkpoint, &t));
out:
    free_tensors(&t);
    gsc_checkpoint_free(&checkpoint);
    gsc_inputs_free(&inputs);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program program = {
        .name = "grokscope-export",
        .synopsis = "FILE|FOLDER -o OUT [OPTIONS]",
        .purpose = "write weights for others: safetensors, npz, npy",
        .examples =
            "  grokscope-export checkpoints/demo -o demo.safetensors\n"
            "      with the configuration; TransformerLens loads it strictly\n"
            "  grokscope-export checkpoints/demo --step 0 -o demo-0.npz\n"
            "      for numpy.load\n"
            "  grokscope-export checkpoints/demo --tensor embed.W_E -o W_E.npy\n"
            "      one tensor\n"
            "  grokscope-export checkpoints/demo --naming tl-native -o native.npz\n"
            "      with the names of TransformerLens 3\n",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_program_main(&program, argc, argv);
}
