/* Fuzzed: safetensors, and networks made of what they hold. An input is a JSON text, a
 * NUL and the data; the length that stands before the text is put there. With
 * FUZZ_RAW_FILE as its first byte it is the file itself. */
#include "grokscope/error.h"

#include "fuzz.h"
#include "train/exchange/external_config.h"
#include "train/exchange/import.h"

#include <stdlib.h>
#include <string.h>

/* As grokscope-import would, with what the tensors do not tell. */
static void
import(gsc_external *file, const gsc_architecture *architecture)
{
    gsc_import made;
    gsc_config known;
    gsc_import_scores scores;
    const gsc_value *root = gsc_external_root(file);
    if (root->kind != GSC_VALUE_DICT)
        return;
    fuzz_check(gsc_config_unset(&known));
    strcpy(gsc_import_task(&known)->operation, "add");
    gsc_import_task(&known)->p = 5; /* larger ones take long, and change nothing */
    gsc_import_model(&known)->act_fn = gsc_import_model(&known)->attention_dir = 0;
    if (architecture)
        gsc_import_choose(&known, architecture);
    int status = gsc_import_init(&made, file, root, &known, GSC_NUM_NAMINGS, NULL);
    fuzz_check(status);
    if (status < 0)
        return;
    fuzz_check(gsc_import_evaluate(&made, &scores));
    gsc_import_free(&made);
}

static void
read_file(const char *path)
{
    gsc_external *file;
    int status = gsc_external_open(&file, path);
    fuzz_check(status);
    if (status < 0)
        return;
    fuzz_read_value(file);
    import(file, NULL);
    import(file, &gsc_architecture_tensors);
    gsc_external_close(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (length > 0 && data[0] == FUZZ_RAW_FILE) {
        read_file(fuzz_file(data + 1, length - 1));
        return 0;
    }
    uint8_t *file = malloc(length + 8);
    const uint8_t *end = length > 0 ? memchr(data, '\0', length) : NULL;
    size_t header = end ? (size_t)(end - data) : length;
    size_t rest = end ? length - header - 1 : 0;
    if (!file)
        abort();
    for (size_t i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)header >> 8 * i);
    if (header > 0)
        memcpy(file + 8, data, header);
    if (rest > 0)
        memcpy(file + 8 + header, end + 1, rest);
    read_file(fuzz_file(file, 8 + header + rest));
    free(file);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    fuzz_rng rng = {seed};
    return fuzz_below(&rng, 2) ? fuzz_mutate_json(data, length, most, &rng)
                               : LLVMFuzzerMutate(data, length, most);
}

static const struct {
    const char *header;
    size_t bytes;
} seeds[] = {
    {"{\"__metadata__\":{\"config\":\"{}\"},\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],"
     "\"data_offsets\":[0,24]}}",
     24},
    {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},\"b\":{"
     "\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[4,12]},\"c\":{\"dtype\":"
     "\"BOOL\",\"shape\":[0,9],\"data_offsets\":[12,12]}}",
     12},
    /* a network without attention, as two namings have it */
    {"{\"embed.W_E\":{\"dtype\":\"F32\",\"shape\":[5,2],\"data_offsets\":[0,40]},"
     "\"linear1.W\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[40,64]},"
     "\"unembed.W_U\":{\"dtype\":\"F32\",\"shape\":[3,5],\"data_offsets\":[64,124]}}",
     124},
    {"{\"embed.weight\":{\"dtype\":\"F32\",\"shape\":[5,2],\"data_offsets\":[0,40]},"
     "\"linear1.weight\":{\"dtype\":\"F16\",\"shape\":[3,2],\"data_offsets\":[40,52]},"
     "\"linear1.bias\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[52,58]},"
     "\"unembed.weight\":{\"dtype\":\"F16\",\"shape\":[5,3],\"data_offsets\":[58,88]}}",
     88},
    /* a transformer */
    {"{\"embed.W_E\":{\"dtype\":\"U8\",\"shape\":[6,2],\"data_offsets\":[0,12]},"
     "\"pos_embed.W_pos\":{\"dtype\":\"U8\",\"shape\":[3,2],\"data_offsets\":[12,18]},"
     "\"blocks.0.attn.W_Q\":{\"dtype\":\"U8\",\"shape\":[1,2,2],\"data_offsets\":[18,"
     "22]},\"blocks.0.attn.W_K\":{\"dtype\":\"U8\",\"shape\":[1,2,2],\"data_offsets\":["
     "22,26]},\"blocks.0.attn.W_V\":{\"dtype\":\"U8\",\"shape\":[1,2,2],\"data_"
     "offsets\":[26,30]},\"blocks.0.attn.W_O\":{\"dtype\":\"U8\",\"shape\":[1,2,2],"
     "\"data_offsets\":[30,34]},\"blocks.0.mlp.W_in\":{\"dtype\":\"U8\",\"shape\":[2,3]"
     ",\"data_offsets\":[34,40]},\"blocks.0.mlp.W_out\":{\"dtype\":\"U8\",\"shape\":[3,"
     "2],\"data_offsets\":[40,46]},\"unembed.W_U\":{\"dtype\":\"U8\",\"shape\":[2,5],"
     "\"data_offsets\":[46,56]}}",
     56},
};

void
fuzz_seeds(fuzz_add *add, void *context)
{
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        uint8_t data[2048] = {0};
        size_t length = strlen(seeds[i].header);
        memcpy(data, seeds[i].header, length);
        add(context, data, length + 1 + seeds[i].bytes);
    }
}
