/* grokscope-commutator: whether the order of two minibatches matters. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_commutator,
        .examples = "  grokscope-commutator checkpoints/demo --step all\n"
                    "      the defect along the run, to be held against its grok\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
