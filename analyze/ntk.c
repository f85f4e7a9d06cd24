/* grokscope-ntk: whether a network is lazy, by its tangent kernel. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_ntk,
        .examples = "  grokscope-ntk checkpoints/demo --step 0:3000:500\n"
                    "      how far the kernel has moved, and whether to the targets\n"
                    "  grokscope-ntk checkpoints/demo --kernel pseudo --examples 500\n"
                    "      the kernel of the outputs' sum: one gradient an example\n"
                    "  grokscope-ntk checkpoints/demo --long\n"
                    "      eigenvalues, and the share of the targets along each\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
