/* grokscope-mask-distance: how far the set of a network's largest weights has moved. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_mask_distance,
        .examples =
            "  grokscope-mask-distance checkpoints/demo --step 0::2000\n"
            "      masks of the largest 40 %, each against the one 2000 steps before\n"
            "  grokscope-mask-distance checkpoints/demo --long --step all\n"
            "      the same for each matrix\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
