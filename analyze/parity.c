/* grokscope-parity: which bits a network of bits reads, before and after it is right.
 */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_parity,
        .examples = "  grokscope-parity checkpoints/parity-online --step all\n"
                    "      weights of the relevant bits and of all others: one row for "
                    "each step\n"
                    "  grokscope-parity checkpoints/parity-online --long\n"
                    "      one row for each bit\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
