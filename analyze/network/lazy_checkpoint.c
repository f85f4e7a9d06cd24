/* Another checkpoint of the same run. */
#include "grokscope/lazy_checkpoint.h"

int
gsc_lazy_checkpoint_open(gsc_lazy_checkpoint *lazy)
{
    if (lazy->loaded)
        return 0;
    const gsc_registry *registry =
        lazy->registry ? lazy->registry : &gsc_builtin_registry;
    int status = gsc_loaded_model_open_with(&lazy->read, lazy->name, registry);
    if (status < 0)
        return status;
    gsc_loaded_model_run_in(&lazy->read, lazy->type);
    lazy->loaded = &lazy->read;
    return 0;
}

void
gsc_lazy_checkpoint_close(gsc_lazy_checkpoint *lazy)
{
    gsc_loaded_model_close(&lazy->read);
    lazy->loaded = NULL;
}
