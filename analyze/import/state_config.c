/* The configurations that files hold beside their weights. */
#include "analyze/import/state_config.h"

#include "grokscope/error.h"

#include "train/exchange/external_config.h"
#include "train/exchange/external_fields.h"

#include <string.h>
#include <sys/stat.h>

/* Where scripts and frameworks keep what a run was told; the later ones count more.
 * hyper_parameters are PyTorch Lightning's, model_args nanoGPT's. */
static const char *const keys[] = {
    "params",           "model_config", "model_args", "args",  "hyperparameters",
    "hyper_parameters", "hparams",      "cfg",        "config"};
enum { NUM_KEYS = sizeof keys / sizeof *keys };

static int
add(gsc_state_configs *c, const char *name, const gsc_value *value, gsc_config *config)
{
    int status = 0;
    GSC_TRY(gsc_config_read_external(config, value));
    c->items[c->count++] = value;
    GSC_TRY(gsc_text_add(&c->names, "%s%s", c->names.length > 0 ? ", " : "", name));
out:
    return status;
}

int
gsc_state_configs_read(gsc_state_configs *c, const gsc_state_dicts *dicts,
                       gsc_config *config)
{
    int status = 0;
    const gsc_external *file = dicts->files[0];
    const gsc_value *optimizer;
    const gsc_value *text = gsc_value_get(gsc_external_metadata(file), "config");
    for (size_t i = 0; i < NUM_KEYS; i++) {
        const gsc_value *value = gsc_value_get(gsc_external_root(file), keys[i]);
        if (gsc_external_fields_are_there(value))
            GSC_TRY(add(c, keys[i], value, config));
    }
    if (text) {
        GSC_TRY(gsc_external_open_json(&c->notes, text->text, dicts->paths[0]));
        if (gsc_external_fields_of(gsc_external_root(c->notes)))
            GSC_TRY(add(c, "config", gsc_external_root(c->notes), config));
    }
    GSC_TRY(gsc_state_dicts_optimizer(dicts, &optimizer));
    GSC_TRY(gsc_config_read_param_groups(config, optimizer));
out:
    return status < 0 ? gsc_fail_in(status, dicts->paths[0]) : 0;
}

/* What Hugging Face's libraries call a file of weights. */
static bool
has_usual_name(const char *path)
{
    static const char *const names[] = {"model.safetensors", "pytorch_model.bin",
                                        "model.safetensors.index.json",
                                        "pytorch_model.bin.index.json"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

int
gsc_state_configs_read_beside(gsc_state_configs *c, const gsc_state_dicts *dicts,
                              gsc_config *config)
{
    int status = 0;
    struct stat info;
    gsc_text path = {0};
    const char *weights = dicts->paths[0], *slash = strrchr(weights, '/');
    if (c->count > 0 || !has_usual_name(weights))
        return 0;
    GSC_TRY(gsc_text_add(&path, "%.*sconfig.json",
                         slash ? (int)(slash + 1 - weights) : 0, weights));
    if (stat(path.data, &info) != 0)
        goto out;
    GSC_TRY(gsc_state_configs_read_file(c, path.data, config));
    GSC_TRY(gsc_text_add(&c->names, "config.json beside the weights"));
out:
    gsc_text_free(&path);
    return status;
}

int
gsc_state_configs_read_file(gsc_state_configs *c, const char *path, gsc_config *config)
{
    int status = 0;
    GSC_TRY(gsc_config_read_external_file(config, path, &c->side));
    c->items[c->count++] = gsc_external_root(c->side);
out:
    return status;
}

int
gsc_state_configs_differ(const gsc_state_configs *c, const gsc_config *config,
                         gsc_text *differences)
{
    int status = 0;
    for (size_t i = 0; i < c->count; i++)
        GSC_TRY(gsc_external_fields_differ(c->items[i], config, differences));
out:
    return status;
}

void
gsc_state_configs_close(gsc_state_configs *c)
{
    gsc_external_close(c->notes);
    gsc_external_close(c->side);
    gsc_text_free(&c->names);
    *c = (gsc_state_configs){.count = 0};
}
