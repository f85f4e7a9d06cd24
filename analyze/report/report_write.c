/* What several panels of a report write. */
#include "analyze/report/report_write.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

void
gsc_report_write_steps(gsc_report_writer *w, const gsc_report_run *run,
                       const size_t *at, size_t count)
{
    int status = 0;
    double *steps = NULL;
    GSC_NEW(steps, count);
    for (size_t i = 0; i < count; i++)
        steps[i] = (double)run->steps[at ? at[i] : i];
    gsc_arrays_add(&w->arrays, &w->json, "steps", GSC_PACK_F64,
                   gsc_pack_source_f64(steps, count, 0, 0, 0));
out:
    free(steps);
    gsc_json_note(&w->json, status);
}
