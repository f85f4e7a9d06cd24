/* Which libraries compute, and with which instructions: on what results depend beside
 * their arguments. */
#ifndef GROKSCOPE_NUMERIC_LIBRARIES_H
#define GROKSCOPE_NUMERIC_LIBRARIES_H

#include <stddef.h>

/* "oneDNN avx512_core, OpenBLAS SkylakeX": the instruction set that each takes on this
 * processor and in this environment. A text that does not fit is cut. */
void gsc_numeric_instruction_set(char *text, size_t room);

/* "oneDNN 2.7.3, OpenBLAS 0.3.21, FFTW 3.3.10-sse2-avx": those that are loaded. */
void gsc_numeric_libraries(char *text, size_t room);

#endif
