/* grokscope-efficiency: how large the right logits are for the size of the weights. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_efficiency,
        .examples = "  grokscope-efficiency checkpoints/demo\n"
                    "      logits over norm, and the share that is trigonometric\n"
                    "  grokscope-efficiency checkpoints/demo --step all\n"
                    "      while it groks\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
