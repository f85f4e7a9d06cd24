/* grokscope-llc: the local learning coefficient of a checkpoint. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_llc,
        .examples = "  grokscope-llc checkpoints/demo --long=epsilon --draws 50\n"
                    "      which step sizes lie on a plateau\n"
                    "  grokscope-llc checkpoints/demo --step 0:3000:1000\n"
                    "      the coefficient along the run\n"
                    "  grokscope-llc checkpoints/demo --long=draw --draws 50\n"
                    "      the losses of all draws, for a trace\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
