/* Another checkpoint of the same run: in memory, or a file that is read when it is
 * first asked for. */
#ifndef GROKSCOPE_PEER_H
#define GROKSCOPE_PEER_H

#include "grokscope/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_peer {
    const char *name;           /* its file, or what else it is; NULL: there is none */
    const gsc_subject *subject; /* NULL: not read yet */
    gsc_subject read;           /* what was read */
} gsc_peer;

/* Read its file, where it is not in memory already: `subject` is there from now on.
 * Errors are those of gsc_subject_open. One thread at a time. */
int gsc_peer_open(gsc_peer *peer);

/* Let go of what was read; what is in memory stays its owner's. */
void gsc_peer_close(gsc_peer *peer);

#ifdef __cplusplus
}
#endif
#endif
