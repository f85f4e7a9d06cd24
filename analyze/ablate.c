/* grokscope-ablate: what a checkpoint does without some of its components, or with
 * those of another. */
#include "grokscope/measure.h"

#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_ablate,
        .examples = "  grokscope-ablate checkpoints/demo --drop circle=2\n"
                    "      losses without frequency 2 of the embedding\n"
                    "  grokscope-ablate checkpoints/demo --keep pc=1-4 --step all\n"
                    "      with only its first four principal components, at every "
                    "step\n"
                    "  grokscope-ablate checkpoints/demo --drop neurons=freq:2 --mean\n"
                    "      with neurons of frequency 2 held at their mean\n"
                    "  grokscope-ablate checkpoints/demo --drop circle=2 --long\n"
                    "      which frequencies of the logits that circle wrote\n"
                    "  grokscope-ablate checkpoints/demo --drop tensor=embed.W_E "
                    "--from checkpoints/demo@0\n"
                    "      with the embedding it began with\n",
    };
    return gsc_measure_program_main(&measure_program, argc, argv);
}
