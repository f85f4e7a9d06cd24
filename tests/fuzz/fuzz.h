/* What the fuzz targets share. A target is one file: LLVMFuzzerTestOneInput gives bytes
 * to a reader, fuzz_seeds makes the inputs that a run begins with. With clang it is
 * linked to libFuzzer; replay.c is a plain main for the same file. */
#ifndef GSC_FUZZ_H
#define GSC_FUZZ_H

#include "train/exchange/external.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* Change `length` bytes in place, into at most `most`; returns how many there are. The
 * first is a target's own, the second libFuzzer's. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most,
                               unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t length, size_t most);

typedef void fuzz_add(void *context, const void *data, size_t length);

/* The target's seeds, each handed to `add`. */
void fuzz_seeds(fuzz_add *add, void *context);

/* A status that a reader may return: bad files are GSC_EFORMAT or GSC_EARGUMENT, and no
 * file makes it ask for memory that there is not. Stops the program otherwise. */
void fuzz_check(int status);

/* The bytes as a file; its path, good until the next call. */
const char *fuzz_file(const void *data, size_t length);

/* Open a file of another program and read all that is in it. */
void fuzz_read_external(const char *path);
void fuzz_read_value(gsc_external *file);

/* ---- Random numbers (SplitMix64) ---- */

typedef struct fuzz_rng {
    uint64_t state;
} fuzz_rng;

uint64_t fuzz_random(fuzz_rng *rng);
size_t fuzz_below(fuzz_rng *rng, size_t n); /* 0 … n - 1; 0 where n is 0 */

/* ---- Structure ---- */

/* Change one value of a JSON text as a value; what is no JSON is changed somewhere. */
size_t fuzz_mutate_json(uint8_t *text, size_t length, size_t most, fuzz_rng *rng);

/* A zip file from bytes that list its members (members.c), or those bytes where the
 * first is RAW_FILE. `names` are the names that members may have. The caller frees it.
 */
enum { FUZZ_RAW_FILE = 0xff, FUZZ_NUM_NAMES = 8 };
uint8_t *fuzz_zip(const uint8_t *data, size_t length, const char *const *names,
                  size_t *zip_length);

/* A member in the form that fuzz_zip takes, appended at *at. */
enum {
    FUZZ_DEFLATED = 1,
    FUZZ_LONGER = 2, /* says to have more bytes than there are */
    FUZZ_ENCRYPTED = 4,
    FUZZ_SHARED = 8, /* lies where the member before it lies */
    FUZZ_NPY = 16,   /* data are a header's line and what follows it */
    FUZZ_BAD_SUM = 32
};
void fuzz_put_member(uint8_t **at, unsigned name, unsigned flags, const void *data,
                     size_t length);

/* An .npy of a line of text and what follows it. The caller frees it. */
uint8_t *fuzz_npy(const uint8_t *data, size_t length, size_t *npy_length);

#endif
