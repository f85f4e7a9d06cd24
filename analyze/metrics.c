/* grokscope-metrics: how well a network answers, by metrics that are smooth and by
 * metrics that jump. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_metrics,
        .examples = "  grokscope-metrics checkpoints/demo --step all\n"
                    "      every metric along the run\n"
                    "  grokscope-metrics checkpoints/demo --long --step all\n"
                    "      how sharp the transition is in each of them\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
