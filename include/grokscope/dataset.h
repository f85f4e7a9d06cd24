/* A dataset: examples with named fields, in named splits, or drawn without end.
 *
 * Inputs, targets, masks and lengths are all fields. Shapes are static: what is shorter
 * is padded, and a mask says what counts. */
#ifndef GROKSCOPE_DATASET_H
#define GROKSCOPE_DATASET_H

#include "grokscope/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of a dataset. */
enum {
    GSC_MAX_FIELDS = 24, /* inputs, labels, masks and lengths */
    GSC_MAX_SPLITS = 6,  /* "train", "test" and others */
    GSC_MAX_TARGETS = 16 /* things that are learned at once */
};

/* A file that holds the numbers of a field, which checkpoints name and do not copy. */
typedef struct gsc_data_source {
    char path[1024]; /* "": the numbers are the dataset's own */
    char sha256[65]; /* of the file's bytes, in hex */
    char reader[32]; /* what reads its format: "idx" */
} gsc_data_source;

/* Some of the examples, by a name. */
typedef struct gsc_split {
    char name[GSC_NAME_BYTES]; /* what it is called: "train", "test" */
    size_t count;              /* how many examples it has */
    uint32_t *indices;         /* [count] rows of the fields */
} gsc_split;

/* Examples without end. Example number i of a seed is the same whenever it is drawn. */
typedef struct gsc_stream {
    /* out[f] gets rows first … first + count - 1 of field f, each in the field's type.
     */
    void (*draw)(const void *context, uint64_t seed, uint64_t first, size_t count,
                 void *const *out);
    void *context; /* one block of memory, which the dataset frees */
    uint64_t seed; /* of all draws */
    bool endless; /* examples to train on are drawn; of a file read back, by whom is not
                     known */
} gsc_stream;

/* What is to be learned: one output of the model, as the loss and the history know it.
 * An example is right where all its rows are: their largest output is the label's
 * (cross entropy, one-hot error), the sign is right (hinge, binary cross entropy), the
 * mean squared error is below the tolerance (squared error), or the nearest template is
 * the label's. */
typedef struct gsc_target {
    char name[GSC_NAME_BYTES];  /* "answer"; the first one's columns go without it */
    char field[GSC_NAME_BYTES]; /* of the labels, or of the numbers to be predicted */
    char mask[GSC_NAME_BYTES];  /* a field whose rows of 0 do not count, or "" */
    /* A field of one index, or "": the history has loss and accuracy of the examples of
     * each of its values too. */
    char group[GSC_NAME_BYTES];
    size_t position;      /* of the model's outputs: the one that row 0 is about */
    size_t num_positions; /* from there on: rows that are predicted */
    size_t answer_row;    /* which of them analyses look at, counted from the first */
    char loss[GSC_NAME_BYTES]; /* of a row of loss.h: "cross_entropy" */
    double weight;    /* in the loss that is minimised; 0: it is reported only */
    double tolerance; /* squared error: what an example may be off and be right */
    /* Squared error to a row of an untrained table of normal numbers, the template of
     * the label, where num_templates is above 0: [num_templates, template_width], times
     * template_scale. */
    size_t num_templates, template_width;
    double template_scale;
} gsc_target;

/* Examples, what there is of each, and what is to be learned of them. */
typedef struct gsc_dataset {
    size_t num_examples; /* rows of every field */
    size_t num_fields;
    gsc_field fields[GSC_MAX_FIELDS];        /* inputs and targets alike */
    void *owned[GSC_MAX_FIELDS];             /* what the dataset frees of them */
    gsc_data_source sources[GSC_MAX_FIELDS]; /* where a field's numbers lie in a file */
    size_t num_splits;
    gsc_split splits[GSC_MAX_SPLITS]; /* an example may be in several, or in none */
    gsc_stream stream; /* the examples above are then a fixed sample, to test on */
    size_t num_targets;
    gsc_target targets[GSC_MAX_TARGETS]; /* the first one is what losses are told of */
} gsc_dataset;

/* Release fields, splits and stream; takes what is zeroed or freed. */
void gsc_dataset_free(gsc_dataset *dataset);

/* Add a field of num_examples zeros, which `*data` may fill in. A field's num_values is
 * above 0 for indices. GSC_EARGUMENT where its name stands already. */
int gsc_dataset_add_field(gsc_dataset *dataset, const char *name, gsc_field_type type,
                          gsc_shape shape, size_t num_values, void **data);

/* The field of what a network of tokens reads, [n_ctx]. */
#define GSC_TOKENS "tokens"

/* The field of which of them count, [n_ctx] of 1 and 0, where some are padding. */
#define GSC_COUNTS "counts"

/* The field called `name`, or NULL; the first form may be changed. */
gsc_field *gsc_dataset_field(gsc_dataset *dataset, const char *name);
const gsc_field *gsc_dataset_find(const gsc_dataset *dataset, const char *name);

/* Add a split of `count` indices, which are copied. */
int gsc_dataset_add_split(gsc_dataset *dataset, const char *name,
                          const uint32_t *indices, size_t count);

/* Add the split `name` of the first `count` examples. */
int gsc_dataset_add_first(gsc_dataset *dataset, const char *name, size_t count);

/* Add the split `name` of all examples that are in no split yet, ascending. */
int gsc_dataset_add_rest(gsc_dataset *dataset, const char *name);

/* The split called `name`, or NULL. */
const gsc_split *gsc_dataset_split(const gsc_dataset *dataset, const char *name);

/* Add a target with weight 1 of one row at position 0, and return it to be changed;
 * NULL where there are GSC_MAX_TARGETS already. */
gsc_target *gsc_dataset_add_target(gsc_dataset *dataset, const char *name,
                                   const char *field, const char *loss);

/* values[i] (room for the elements of an example) = the index that every example has
 * there, or -1 where they differ. Of a field of indices; -1 of a stream's. */
void gsc_dataset_constants(const gsc_dataset *dataset, const gsc_field *field,
                           int32_t *values);

/* Check every index against its range and every target against its fields: what a file
 * may say wrongly. GSC_EFORMAT. Cost: one pass over the indices. */
int gsc_dataset_check(const gsc_dataset *dataset);

#ifdef __cplusplus
}
#endif
#endif
