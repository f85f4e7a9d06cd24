/* Many checkpoints seen at once, as a program's answer: every pair of them, or the path
 * that they are on. */
#ifndef GROKSCOPE_OVERVIEW_H
#define GROKSCOPE_OVERVIEW_H

#include "grokscope/inputs.h"
#include "grokscope/keys.h"
#include "grokscope/party.h"
#include "grokscope/rows_output.h"
#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How to answer. */
typedef struct gsc_overview {
    const char *program; /* "grokscope-compare" */
    const char *output;  /* a path, or "" for stdout */
    bool force;
    bool npy; /* matrices in a folder, whatever the format */
    gsc_rows_format format;
    bool by_component; /* a row a component of a path, not a checkpoint */
    gsc_key_rule key_rule;
    double key_fve;
    size_t barrier_points;
    gsc_threads *threads;
} gsc_overview;

/* The options that ask for it: --all-pairs, --matrix, --trajectory, --components. */
extern const gsc_keys gsc_overview_options;

/* Whether they do. */
bool gsc_overview_is_wanted(void);

/* What would be refused before all work: GSC_EARGUMENT for options that do not go
 * together, a matrix that there is not, an existing output. */
int gsc_overview_check(const gsc_overview *how);

/* Answer. All pairs: a row for each two checkpoints, one matrix as a square, or files
 * of all matrices (h5, npy). The path: a row a checkpoint, or one a component. A line
 * on stderr tells how far it has come. */
int gsc_overview_answer(const gsc_overview *how, const gsc_inputs *inputs);

/* Add the columns of these answers, as gsc_program has them. */
int gsc_overview_add_columns(gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
