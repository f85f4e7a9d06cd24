/* grokscope-induction: which heads look for what followed a token before, and whether
 * the network predicts by them. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_induction,
        .examples = "  grokscope-induction checkpoints/repeats --step all\n"
                    "      when induction heads came: one row for each step\n"
                    "  grokscope-induction checkpoints/repeats --long\n"
                    "      what every head attends to, copies, and is worth\n"
                    "  grokscope-induction checkpoints/repeats --long=position "
                    "--step all\n"
                    "      losses of the next token, and the path that they take\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
