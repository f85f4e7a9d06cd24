/* The measures there are. */
#include "grokscope/measure.h"

static const gsc_measure *const measures[] = {
    &gsc_measure_ablate, &gsc_measure_clockpizza, &gsc_measure_fourier,
    &gsc_measure_groups, &gsc_measure_norms,      &gsc_measure_progress,
    &gsc_measure_rqi};

const gsc_measure *
gsc_measure_at(size_t index)
{
    return index < sizeof measures / sizeof *measures ? measures[index] : NULL;
}
