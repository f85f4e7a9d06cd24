/* grokscope-norms: how large a checkpoint's weights are, of what rank, and how far they
 * have come. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_norms,
        .examples = "  grokscope-norms checkpoints/demo --step all\n"
                    "      how the weights grew and shrank: one row for each step\n"
                    "  grokscope-norms checkpoints/demo --long --control init\n"
                    "      every matrix and its rank, beside what it began with\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
