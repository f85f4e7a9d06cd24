/* grokscope-rqi: how far the embedding has the geometry of the group. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_rqi,
        .examples = "  grokscope-rqi checkpoints/demo --step all\n"
                    "      how the geometry came: one row for each step\n"
                    "  grokscope-rqi checkpoints/demo --control shuffled,random\n"
                    "      and what it is without the order of the residues, or of "
                    "noise\n"
                    "  grokscope-rqi checkpoints/demo --long\n"
                    "      how well angles add, frequency by frequency\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
