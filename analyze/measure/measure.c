/* The measures there are. */
#include "grokscope/measure.h"

#include "grokscope/error.h"

#include <string.h>

static const gsc_measure *const measures[] = {
    &gsc_measure_ablate, &gsc_measure_clockpizza, &gsc_measure_fourier,
    &gsc_measure_groups, &gsc_measure_norms,      &gsc_measure_progress,
    &gsc_measure_rqi};

const gsc_measure *
gsc_measure_at(size_t index)
{
    return index < sizeof measures / sizeof *measures ? measures[index] : NULL;
}

const gsc_measure *
gsc_measure_find(const char *name)
{
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (strcmp(measures[i]->name, name) == 0)
            return measures[i];
    return NULL;
}

int
gsc_measure_fill(const gsc_measure *measure, size_t table,
                 const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    if (!measure->of_weights)
        status = gsc_loaded_model_need_model(request->loaded);
    if (status == 0)
        status = measure->tables[table].fill(request, rows);
    return status < 0 ? gsc_fail_in(status, request->name) : 0;
}
