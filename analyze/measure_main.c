/* The program of a measure, grokscope-<its name>, which GSC_MEASURE names. */
#include "analyze/tool/measure_program.h"

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {.measure = &GSC_MEASURE};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
