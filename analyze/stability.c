/* grokscope-stability: whether the loss of a checkpoint still has a gradient. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_stability,
        .examples = "  grokscope-stability checkpoints/demo --step all\n"
                    "      softmax collapse along the run, in three types\n"
                    "  grokscope-stability checkpoints/demo --long\n"
                    "      which tensors a step would only scale up\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
