/* grokscope-sharpness: how far the loss can rise close to a checkpoint's weights. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_sharpness,
        .examples = "  grokscope-sharpness checkpoints/demo --step all\n"
                    "      how sharp the loss is along the run\n"
                    "  grokscope-sharpness checkpoints/demo --subspace-dim 0\n"
                    "      in all directions, not in ten random ones\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
