/* grokscope-pruning: what a network answers without the neurons that memorise, or
 * without those that generalise. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_pruning,
        .examples =
            "  grokscope-pruning checkpoints/corrupted\n"
            "      accuracies on wrong labels, right ones and test pairs, whole "
            "and pruned\n"
            "  grokscope-pruning checkpoints/corrupted --long\n"
            "      the same while more and more neurons are pruned\n"
            "  grokscope-pruning checkpoints/corrupted --step all --threshold "
            "0.3\n"
            "      how neurons became periodic, step by step\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
