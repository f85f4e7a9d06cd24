/* What a run notes in its files of how it was made. */
#ifndef GROKSCOPE_PROVENANCE_H
#define GROKSCOPE_PROVENANCE_H

#include "grokscope/checkpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_PROVENANCE_ITEMS = 5 };

typedef struct gsc_provenance {
    char command[8192], host[256], started[64], threads[32];
    gsc_provenance_item
        items[GSC_PROVENANCE_ITEMS]; /* of these texts; the struct stays in place */
} gsc_provenance;

/* Note a program's words, the host, the time (UTC), the number of threads that was
 * asked for, and the version. A command that is too long is cut. */
void gsc_provenance_init(gsc_provenance *self, int argc, char *const *argv,
                         int64_t num_threads);

#ifdef __cplusplus
}
#endif
#endif
