/* Where the programs lie. */
#ifndef GROKSCOPE_PROGRAM_PATH_H
#define GROKSCOPE_PROGRAM_PATH_H

#include "grokscope/run_folder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The folder of the running program, without a slash at its end; false where the system
 * does not tell. */
bool gsc_program_folder(char folder[GSC_PATH_BYTES]);

/* The program of that name beside the running one; its name alone, for the PATH, where
 * there is none. */
void gsc_program_find(const char *name, char path[GSC_PATH_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
