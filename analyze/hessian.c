/* grokscope-hessian: how curved the training loss is at a checkpoint. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_hessian,
        .examples = "  grokscope-hessian checkpoints/demo --step 0:3000:1000\n"
                    "      the largest eigenvalues and the trace along the run\n"
                    "  grokscope-hessian checkpoints/demo --long=density --probes 4\n"
                    "      the spectral density\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
