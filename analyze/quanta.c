/* grokscope-quanta: which of many tasks a network has learned, and when. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_quanta,
        .examples = "  grokscope-quanta checkpoints/quanta-small --step all\n"
                    "      how many tasks are learned: one row for each step\n"
                    "  grokscope-quanta checkpoints/quanta-small --long --step all\n"
                    "      when each was, beside its frequency\n"
                    "  grokscope-quanta checkpoints/quanta-small --long=cluster\n"
                    "      whether gradients tell them apart\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
