/* Another checkpoint of the same run. */
#include "grokscope/lazy_checkpoint.h"

#include "grokscope/error.h"

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
    status = gsc_loaded_model_choose(&lazy->read, &lazy->loading);
    if (status < 0) {
        gsc_loaded_model_close(&lazy->read);
        return gsc_fail_in(status, lazy->name);
    }
    lazy->loaded = &lazy->read;
    return 0;
}

void
gsc_lazy_checkpoint_close(gsc_lazy_checkpoint *lazy)
{
    gsc_loaded_model_close(&lazy->read);
    lazy->loaded = NULL;
}
