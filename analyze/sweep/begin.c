/* The sweep of a folder. */
#include "analyze/sweep/begin.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"

#include "train/base/file.h"

#include <stdlib.h>

/* An option that takes whole numbers only, whatever task or architecture has it. */
static bool
is_whole(const char *name)
{
    gsc_config_all all;
    void *value;
    size_t count = gsc_config_all_init(&all, &gsc_builtin_registry);
    const gsc_option *key = gsc_options_find(all.sets, count, name, &value);
    bool whole = key && key->type == GSC_OPTION_INTEGER;
    gsc_config_all_free(&all);
    return whole;
}

static int
check_first(const gsc_config *config, const gsc_sweep_plan *plan)
{
    int status = 0;
    gsc_network network = {.num_roots = 0};
    gsc_config *first = NULL;
    GSC_NEW(first, 1);
    *first = *config;
    for (size_t n = 0; n < plan->num_names; n++)
        GSC_TRY(gsc_config_set(first, plan->names[n], plan->runs[0].values[n]));
    GSC_TRY(gsc_network_init(&network, first));
out:
    gsc_network_free(&network);
    free(first);
    return status;
}

static int
make_plan(gsc_sweep_plan *plan, const gsc_sweep_request *request)
{
    int status = 0;
    gsc_config *config = NULL;
    gsc_design design = {.num_axes = 0};
    GSC_NEW(config, 1);
    *config = *request->config;
    if (!request->keep_all)
        GSC_TRY(gsc_config_set(config, "checkpoints", "list:0"));
    GSC_TRY(gsc_design_init(&design, request->vary, request->num_draws,
                            request->draw_seed, is_whole));
    GSC_TRY(gsc_sweep_plan_make(plan, config, &design, request->keep_all));
    GSC_TRY(check_first(config, plan));
out:
    gsc_design_free(&design);
    free(config);
    return status;
}

static int
replace_plan(gsc_sweep_plan *plan, const gsc_sweep_plan *before,
             const gsc_sweep_request *request)
{
    int status = 0;
    GSC_TRY(make_plan(plan, request));
    GSC_TRY(gsc_sweep_plan_check_extends(plan, before, request->folder));
    GSC_TRY(gsc_file_make_folders(request->folder));
    if (plan->num_runs > before->num_runs)
        GSC_TRY(gsc_sweep_plan_write(plan, request->folder));
out:
    return status;
}

int
gsc_sweep_begin(gsc_sweep_plan *plan, const gsc_sweep_request *request)
{
    int status = 0;
    gsc_sweep_plan before;
    *plan = (gsc_sweep_plan){.recipe = NULL};
    GSC_TRY(gsc_sweep_plan_read(&before, request->folder));
    if (request->config) {
        status = replace_plan(plan, &before, request);
        gsc_sweep_plan_free(&before);
    } else if (before.recipe) {
        *plan = before;
    } else {
        status = gsc_fail(GSC_EARGUMENT,
                          "%s: there is no sweep, and no recipe to begin one with; "
                          "name a recipe, or another folder",
                          request->folder);
    }
out:
    if (status < 0)
        gsc_sweep_plan_free(plan);
    return status;
}

int
gsc_sweep_find(gsc_sweep_plan *plan, const char *folder)
{
    int status = gsc_sweep_plan_read(plan, folder);
    if (status == 0 && !plan->recipe)
        status = gsc_fail(GSC_EFORMAT,
                          "%s: is no folder of a sweep: it has no plan.tsv", folder);
    return status;
}
