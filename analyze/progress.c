/* grokscope-progress: how far a circuit has come, by the losses that keep its modes
 * only, or lose them. */
#include "grokscope/measure.h"

#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_progress,
        .examples =
            "  grokscope-progress checkpoints/demo --step all\n"
            "      losses and phases of a run, one row for each checkpoint\n"
            "  grokscope-progress checkpoints/demo --long\n"
            "      the Fourier modes of the last step, one row for each frequency\n"
            "  grokscope-progress checkpoints/demo --step all --keys-from each\n"
            "      with the key frequencies that each checkpoint has itself\n"
            "  grokscope-progress checkpoints/demo --convention notebook\n"
            "      losses of the neurons' modes instead of the logits'\n",
    };
    return gsc_measure_program_main(&measure_program, argc, argv);
}
