/* grokscope-origins: where the circles that a network ends with come from. */
#include "grokscope/measure.h"

#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_origins,
        .examples = "  grokscope-origins checkpoints/demo --step first\n"
                    "      were the circles of the end ahead when training began?\n"
                    "  grokscope-origins checkpoints/demo --step all\n"
                    "      when each part would do with the rest of the end\n"
                    "  grokscope-origins checkpoints/demo --step all --long\n"
                    "      the way of each circle: wandering, or straight?\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
