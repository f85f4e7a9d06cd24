/* Fuzzed: configurations, as a checkpoint's JSON (an input that begins with a bracket)
 * and as a recipe. What is read is written and read again, and made a network of. */
#include "grokscope/config.h"

#include "grokscope/error.h"

#include "fuzz.h"
#include "train/run/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the JSON of a configuration says is what it was made of. */
static void
repeat(const gsc_config *config)
{
    gsc_config again = {.registry = &gsc_builtin_registry};
    gsc_text first = {0}, second = {0}, recipe = {0};
    fuzz_check(gsc_config_to_json(config, &first));
    int status = gsc_config_from_json(&again, first.data);
    fuzz_check(status);
    if (status == 0) {
        fuzz_check(gsc_config_to_json(&again, &second));
        if (strcmp(first.data, second.data) != 0) {
            fprintf(stderr, "%s\nis read as\n%s\n", first.data, second.data);
            abort();
        }
    }
    fuzz_check(gsc_config_to_recipe(config, &recipe));
    gsc_text_free(&first);
    gsc_text_free(&second);
    gsc_text_free(&recipe);
}

/* Two numbers and their sum, or numbers in and out: what an architecture may be given.
 */
static gsc_dataset
small_dataset(bool of_tokens, size_t n_ctx)
{
    gsc_dataset dataset = {.num_fields = 2,
                           .num_targets = 1,
                           .targets = {{.name = "answer",
                                        .field = "label",
                                        .loss = "cross_entropy",
                                        .num_positions = 1}}};
    dataset.fields[0] =
        (gsc_field){.name = GSC_TOKENS, .shape = {1, {n_ctx}}, .num_values = 8};
    dataset.fields[1] =
        (gsc_field){.name = "label", .shape = {1, {1}}, .num_values = 7};
    if (!of_tokens)
        dataset.fields[0] =
            (gsc_field){.name = "x", .type = GSC_FIELD_FLOAT64, .shape = {1, {n_ctx}}};
    dataset.targets[0].position = of_tokens ? n_ctx - 1 : 0;
    dataset.targets[0].weight = 1;
    return dataset;
}

static void
build(const gsc_config *config, const gsc_dataset *dataset)
{
    gsc_model model = {.graph = NULL};
    fuzz_check(gsc_model_init(&model, gsc_config_architecture(config),
                              config->model.room.values, dataset, NULL, NULL));
    gsc_model_free(&model);
}

static void
resolve(const gsc_config *given)
{
    for (size_t n_ctx = 2; n_ctx < 4; n_ctx++)
        for (int of_tokens = 0; of_tokens < 2; of_tokens++) {
            gsc_config config = *given;
            gsc_dataset dataset = small_dataset(of_tokens, n_ctx);
            int status = gsc_config_resolve(&config, &dataset);
            fuzz_check(status);
            if (status < 0)
                continue;
            build(&config, &dataset);
            for (int64_t step = 1; step < 20; step += 3)
                gsc_schedule_due(config.run.checkpoints, step);
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    gsc_config config;
    char *text = calloc(length + 1, 1);
    memset(&config, 0, sizeof config);
    if (!text)
        abort();
    if (length > 0)
        memcpy(text, data, length);
    fuzz_check(gsc_config_default(&config));
    int status = text[0] == '{' || text[0] == '['
                     ? gsc_config_from_json(&config, text)
                     : gsc_config_read_recipe(&config, fuzz_file(data, length));
    fuzz_check(status);
    free(text);
    if (status < 0)
        return 0;
    repeat(&config);
    resolve(&config);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    fuzz_rng rng = {seed};
    bool is_json = length > 0 && data[0] == '{' && fuzz_below(&rng, 3) > 0;
    return is_json ? fuzz_mutate_json(data, length, most, &rng)
                   : LLVMFuzzerMutate(data, length, most);
}

static const char *const seeds[] = {
    "p = 7\nd_model = 8\nn_heads = 2\n# a comment\nd_mlp = 12 # another\n",
    "operation = divide\nlayout = a op b =\ntrain-fraction = 0.5\nsplit_file = a b\n",
    "checkpoints = log:20\nsave_on = train_accuracy:1 test_loss:0.5,0.1\nsteps=100\n",
    "checkpoints = list:0,50,400\r\nrewrite = gather,mix\r\ndtype = float64\r\n",
    "architecture = zhong_delta\nlayout = a b\nbiases = frozen\nloss = mse\n",
    "architecture = gromov_mlp\nlayout = a b\ninit = analytic\nlearning_rate = "
    "1e-320\n",
    "architecture = gromov_mlp\nlayout = a b\ninit = analytic\nlearning_rate = "
    "-0e320\n",
    "task = parity\narchitecture = mlp\nn = 9\nk = 2\nloss = hinge\n",
    "task = repeats\nseq_len = 13\nplace = 1\nattn_only = yes\n",
    "task = skip_trigram\nnum_fillers = 3\nonline = yes\n",
    "task = digits\ndigits = 3\nn_layers = 2\nnormalization_type = LN\n",
    "{\"task\": {\"task\": \"images\"}, \"model\": {\"architecture\": \"mlp\"}}",
    "{\"task\": {\"p\": 7}, \"network\": {\"architecture\": \"mlp\"}}", /* of 1.0 */
};

/* Every key there is, at its default. */
static void
add_whole(fuzz_add *add, void *context)
{
    gsc_config config;
    gsc_text text = {0};
    memset(&config, 0, sizeof config);
    fuzz_check(gsc_config_default(&config));
    fuzz_check(gsc_config_to_json(&config, &text));
    add(context, text.data, text.length);
    gsc_text_free(&text);
    fuzz_check(gsc_config_to_recipe(&config, &text));
    add(context, text.data, text.length);
    gsc_text_free(&text);
}

void
fuzz_seeds(fuzz_add *add, void *context)
{
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        add(context, seeds[i], strlen(seeds[i]));
    add_whole(add, context);
}
