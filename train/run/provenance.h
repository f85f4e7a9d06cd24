/* What a run notes in its files of how it was made. */
#ifndef GROKSCOPE_PROVENANCE_H
#define GROKSCOPE_PROVENANCE_H

#include "grokscope/checkpoint.h"
#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_PROVENANCE_ITEMS = 9 };

typedef struct gsc_provenance {
    char command[8192], host[256], started[64], threads[32];
    char cpu[256], instruction_set[128], libraries[256], build[1024];
    gsc_provenance_item
        items[GSC_PROVENANCE_ITEMS]; /* of these texts; the struct stays in place */
} gsc_provenance;

/* Note a program's words, the host, the time (UTC), the number of threads that was
 * asked for, the version, and what results depend on beside the configuration: the
 * processor, the instruction set that the libraries take on it, their versions, and
 * compiler, build type and flags. A command that is too long is cut. */
void gsc_provenance_init(gsc_provenance *self, int argc, char *const *argv,
                         int64_t num_threads);

/* Add what differs between the notes of a run and those of now, of the notes on which
 * bits depend: instruction set, libraries, build and version. What a run did not note
 * does not differ. Adds nothing where all are equal. */
int gsc_provenance_add_changes(const gsc_provenance_item *had, size_t num_had,
                               const gsc_provenance_item *has, size_t num_has,
                               gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
