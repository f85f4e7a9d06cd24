/* Fuzzed: JSON of other programs, as values and as a configuration. */
#include "fuzz.h"
#include "train/exchange/external_config.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    gsc_external *file;
    gsc_config config;
    char *text = calloc(length + 1, 1);
    if (!text)
        abort();
    if (length > 0)
        memcpy(text, data, length);
    int status = gsc_external_open_json(&file, text, "json");
    fuzz_check(status);
    if (status == 0) {
        fuzz_read_value(file);
        fuzz_check(gsc_config_unset(&config));
        fuzz_check(gsc_config_read_external(&config, gsc_external_root(file)));
    }
    gsc_external_close(file);
    fuzz_read_external(fuzz_file(data, length));
    free(text);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    fuzz_rng rng = {seed};
    return fuzz_below(&rng, 3) ? fuzz_mutate_json(data, length, most, &rng)
                               : LLVMFuzzerMutate(data, length, most);
}

static const char *const seeds[] = {
    "{\"task\":{\"p\":7,\"operation\":\"add\"},\"model\":{\"d_model\":8,\"eps\":1e-5},"
    "\"run\":{\"steps\":10,\"save_on\":\"\"},\"network\":{\"biases\":null}}",
    "{\"p\":113,\"d_model\":128,\"fn_name\":\"add\",\"frac_train\":0.3,\"num_layers\":"
    "1,"
    "\"d_vocab\":114,\"n_ctx\":3,\"d_mlp\":512,\"num_heads\":4,\"act_type\":\"ReLU\","
    "\"use_ln\":false,\"lr\":1e-3,\"weight_decay\":1.0,\"num_epochs\":50000}",
    "{\"C\":59,\"model_type\":\"B\",\"funcs\":\"lambda x: (x[0]+x[1])%C\",\"eqn_sign\":"
    "false,\"attn_coeff\":0.5,\"diff_vocab\":false,\"frac\":0.8,\"n_layers\":1,"
    "\"act_fn\":\"GeLU\",\"epoch\":20000}",
    "{\"n_layers\":1,\"d_model\":8,\"d_head\":4,\"normalization_type\":null,"
    "\"attn_only\":false,\"gated_mlp\":false,\"use_attn_scale\":true,"
    "\"attention_dir\":\"causal\",\"positional_embedding_type\":\"standard\"}",
    "[{\"a.b\":[1,2.5,true,null],\"a\":{\"b\":[[],{}]}},\"\\u00e9\\ud83d\\ude00\"]",
};

void
fuzz_seeds(fuzz_add *add, void *context)
{
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        add(context, seeds[i], strlen(seeds[i]));
}
