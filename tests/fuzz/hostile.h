/* Checkpoint files that libhdf5 itself wrote, with hostile contents. */
#ifndef GSC_HOSTILE_H
#define GSC_HOSTILE_H

#include "fuzz.h"

#include <hdf5.h>

enum {
    HOSTILE_BASES = 5,
    HOSTILE_GROUPS = 12,
    HOSTILE_PATHS = 100,
    HOSTILE_PATH_BYTES = 200
};

/* A valid checkpoint: its bytes, and the names of what is in it. */
typedef struct hostile_base {
    void *image;
    size_t length;
    char *config;
    size_t num_datasets, num_groups;
    char datasets[HOSTILE_PATHS][HOSTILE_PATH_BYTES];
    char groups[HOSTILE_GROUPS][HOSTILE_PATH_BYTES];
} hostile_base;

/* Make and release base `kind` of HOSTILE_BASES: networks of several architectures, one
 * with an optimizer's state, one of only tensors. */
void hostile_base_init(hostile_base *base, unsigned kind);
void hostile_base_free(hostile_base *base);

/* Write the file of a seed to `path`: a base, and 1 to 6 changes of it. */
void hostile_write(const hostile_base *bases, uint64_t seed, const char *path);

/* Write a base of which bytes are changed, left out or cut off: no longer what libhdf5
 * would write. */
void hostile_write_broken(const hostile_base *bases, uint64_t seed, const char *path);

/* Change an opened file once. */
void hostile_change(const hostile_base *base, hid_t file, fuzz_rng *rng);

/* ---- Random parts (hostile_types.c) ---- */

hid_t hostile_type(fuzz_rng *rng);
/* At most `most_rank` dimensions; `huge` ones may be beyond any file. */
hid_t hostile_space(fuzz_rng *rng, int most_rank, bool huge);
hid_t hostile_storage(fuzz_rng *rng, hid_t space);
/* Whether a dataset's data lie in its file: nothing is written anywhere else. */
bool hostile_is_inside(hid_t dataset);
/* Room of random bytes, or of references where the type asks for them. */
void hostile_fill(fuzz_rng *rng, hid_t id, hid_t type, hid_t space, bool is_attribute);
const char *hostile_text(fuzz_rng *rng);
int64_t hostile_integer(fuzz_rng *rng);
double hostile_real(fuzz_rng *rng);

/* ---- Readers (hostile_read.c) ---- */

/* Give the file to what reads checkpoints, some of it in turn: the measures every
 * eighth time. `folder` holds it, as step 0 of a run. */
void hostile_read(const char *folder, const char *path, size_t turn);

#endif
