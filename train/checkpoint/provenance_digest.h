/* The SHA-256 of the notes in /provenance, which the digest of a file leaves out. */
#ifndef GSC_CHECKPOINT_PROVENANCE_DIGEST_H
#define GSC_CHECKPOINT_PROVENANCE_DIGEST_H

#include "grokscope/checkpoint.h"

/* In hex, of each note's name, a NUL, its text and a NUL; the notes sorted by the bytes
 * of their names, in whatever order they come. Nothing fails; count² comparisons. */
void gsc_provenance_digest(const gsc_provenance_item *notes, size_t count,
                           char digest[GSC_DIGEST_BYTES]);

#endif
