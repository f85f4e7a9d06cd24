/* grokscope-committee: what is left of a committee's test loss, part by part. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_committee,
        .examples = "  grokscope-committee checkpoints/kumar-polynomial --step all\n"
                    "      how each part of the loss rises and falls\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
