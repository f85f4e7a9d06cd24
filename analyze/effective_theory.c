/* grokscope-effective-theory: what the training set of Liu et al.'s toy asks of a
 * representation. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_effective_theory,
        .examples =
            "  grokscope-effective-theory checkpoints/liu-toy --step all\n"
            "      predicted and real accuracy, and the theory's path, step by step\n"
            "  grokscope-effective-theory checkpoints/liu-toy --long\n"
            "      where each symbol is, and where theory has it\n"
            "  grokscope-effective-theory checkpoints/liu-toy --long=size\n"
            "      how many pairs a training set needs to ask for a regular row\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
