/* grokscope-clockpizza: how a network adds, by the measures of Zhong et al. and circle
 * by circle. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {
        .measure = &gsc_measure_clockpizza,
        .examples = "  grokscope-clockpizza checkpoints/demo\n"
                    "      the measures and the verdict of the paper\n"
                    "  grokscope-clockpizza checkpoints/demo --long\n"
                    "      the circuit of each circle of the embedding\n"
                    "  grokscope-clockpizza checkpoints/demo --long=network --step "
                    "0:3000:1000\n"
                    "      which circuits the network had when\n"
                    "  grokscope-clockpizza checkpoints/demo --long=component\n"
                    "      what two principal components say by themselves, and which "
                    "formula it is\n"};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
