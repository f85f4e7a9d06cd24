/* grokscope-groups: which representations of a group a network has learned, and when.
 */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_groups,
        .examples =
            "  grokscope-groups checkpoints/s5 --step all\n"
            "      what was learned in which order, one row for each checkpoint\n"
            "  grokscope-groups checkpoints/s5 --long\n"
            "      the last step's representations, one by one\n"
            "  grokscope-groups checkpoints/s5 --long=coset\n"
            "      how far the weights are the same within the cosets of each "
            "subgroup\n"
            "  grokscope-groups checkpoints/demo\n"
            "      addition modulo p is the cyclic group: its frequencies\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
