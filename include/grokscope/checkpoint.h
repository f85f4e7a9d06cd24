/* A checkpoint: one HDF5 file that holds all there is to know of one step.
 * The format is written out in checkpoints/FORMAT.md. */
#ifndef GROKSCOPE_CHECKPOINT_H
#define GROKSCOPE_CHECKPOINT_H

#include "grokscope/dataset.h"
#include "grokscope/facet.h"
#include "grokscope/table.h"
#include "grokscope/tensor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the format that is written: 2.1. A reader refuses a newer major
 * one. */
enum {
    GSC_FORMAT_MAJOR = 2, /* changes where older readers cannot read any more */
    GSC_FORMAT_MINOR = 1  /* changes where something is added that they pass over */
};

/* What may differ between two equal runs, as name and text. */
typedef struct gsc_provenance_item {
    const char *name; /* what is told: "build", "host" */
    const char *text; /* what it was of this run */
} gsc_provenance_item;

/* What a file holds. Pointers in it are borrowed when it is written and owned when it
 * was read. */
typedef struct gsc_checkpoint {
    int64_t step;        /* updates that the weights have had */
    char *config;        /* the run's configuration as JSON: gsc_config_from_json */
    gsc_dataset dataset; /* without examples, splits and targets where the file has
                            none */
    gsc_facets facets;   /* facts about the structure of the dataset */
    size_t num_params;
    gsc_tensor *params;    /* any order; read ones are sorted by name */
    size_t num_tables;     /* tables of the history */
    gsc_table *history;    /* losses, and measures in training, by step */
    int64_t history_since; /* the history has the rows after this step; -1: all */
    size_t num_state;      /* resume files only: the optimizer's tensors and counters */
    gsc_tensor *state;     /* by name, as gsc_optimizer has them */
    size_t num_provenance;
    gsc_provenance_item *provenance; /* program, time, machine */
} gsc_checkpoint;

/* What of a file to read; the step and the configuration always come. */
enum {
    GSC_READ_DATA = 1,          /* fields, splits, outputs and facets */
    GSC_READ_PARAMS = 2,        /* parameters with their numbers */
    GSC_READ_HISTORY = 4,       /* the tables of losses and measures */
    GSC_READ_STATE = 8,         /* what the optimizer keeps */
    GSC_READ_PROVENANCE = 16,   /* program, time, machine */
    GSC_READ_PARAM_SHAPES = 32, /* params without data */
    GSC_READ_FIELD_SHAPES = 64, /* fields, outputs and facets, without data and splits
                                 */
    GSC_READ_ALL = 31           /* the first five */
};

/* Write to `path` so that a reader, and a crash at any moment, sees the old file or
 * the whole new one: an image in memory, then open–write–fsync–rename–fsync of the
 * folder. GSC_EARGUMENT where the format cannot hold it, GSC_EIO with path and reason
 * where writing fails; nothing is left behind. */
int gsc_checkpoint_write(const gsc_checkpoint *checkpoint, const char *path);

/* Read the parts asked for, after the bytes were compared with the SHA-256 that ends
 * the file. Files of version 1.0 are read too: their task becomes a dataset with the
 * facet binary_table. GSC_EFORMAT: damaged, not HDF5, truncated, foreign, of a newer
 * major version, or against the contract, each with the file, the object, what was
 * expected and what was found. gsc_checkpoint_free releases it, also after a failure.
 */
int gsc_checkpoint_read(gsc_checkpoint *checkpoint, const char *path, unsigned parts);

/* Whether gsc_checkpoint_read compares files with the SHA-256 that ends them, which it
 * does unless it is told not to here: for the whole process, before threads read.
 * Without it a flipped bit may read as another number; sizes are compared with the file
 * all the same. gsc_checkpoint_check always compares. */
void gsc_checkpoint_verify(bool wanted);

/* Release what was read; takes what is zeroed, half read or freed. Not for a checkpoint
 * that borrows its arrays. */
void gsc_checkpoint_free(gsc_checkpoint *checkpoint);

/* The parameter called `name`, or NULL. */
const gsc_tensor *gsc_checkpoint_param(const gsc_checkpoint *checkpoint,
                                       const char *name);

/* Check a file against every MUST of the format, data included (checksums are read,
 * values of labels, indices and columns compared with their ranges). GSC_EFORMAT with
 * the first breach. */
int gsc_checkpoint_check(const char *path);

/* Room for a digest. */
enum { GSC_DIGEST_BYTES = 65 /* 64 hexadecimal digits and a NUL */ };

/* SHA-256, in hex, of all names, types, shapes, attributes and data outside
 * /provenance: equal for two equal runs. checkpoints/FORMAT.md tells what is hashed. */
int gsc_checkpoint_digest(const char *path, char digest[GSC_DIGEST_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
