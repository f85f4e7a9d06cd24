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
    gsc_config again;
    gsc_text first = {0}, second = {0}, recipe = {0};
    memset(&again, 0, sizeof again);
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

static void
resolve(const gsc_config *given)
{
    gsc_config config = *given;
    gsc_model model = {.graph = NULL};
    int status = gsc_model_init(&model, &config.model); /* as of a checkpoint */
    fuzz_check(status);
    gsc_model_free(&model);
    gsc_task task = {.n_ctx = config.task.layout == GSC_LAYOUT_A_B ? 2 : 3,
                     .d_vocab = 8,
                     .num_answers = 7};
    status = gsc_config_resolve(&config, &task);
    fuzz_check(status);
    if (status < 0)
        return;
    for (int64_t step = 1; step < 20; step += 3)
        gsc_schedule_due(config.run.checkpoints, step);
    fuzz_check(gsc_model_init(&model, &config.model));
    gsc_model_free(&model);
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
