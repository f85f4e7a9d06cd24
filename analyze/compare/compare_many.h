/* Many checkpoints seen at once, as a program's answer: every pair of them, or the path
 * that they are on. */
#ifndef GROKSCOPE_COMPARE_MANY_H
#define GROKSCOPE_COMPARE_MANY_H

#include "grokscope/options.h"
#include "grokscope/text.h"

#include "analyze/compare/compared_features.h"
#include "analyze/rows/rows_output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How to answer. */
typedef struct gsc_compare_many {
    gsc_answer answer;
    const char *step;    /* of folders, as gsc_inputs_init has it */
    bool npy;            /* matrices in a folder, whatever the format */
    bool by_component;   /* one row for each component of a path, not a checkpoint */
    gsc_loading loading; /* what is chosen of the checkpoints */
    gsc_key_rule key_rule;
    double key_fve;
    size_t barrier_points, num_threads; /* 0 threads: one a core */
} gsc_compare_many;

/* The options that ask for it: --all-pairs, --matrix, --trajectory, --components. */
extern const gsc_options gsc_compare_many_options;

/* Whether they do. */
bool gsc_compare_many_is_wanted(void);

/* Where they do not: GSC_EARGUMENT for what asks for them. */
int gsc_compare_many_refuse(bool npy, bool by_component);

/* Answer about the files and folders that `words` name. All pairs: a row for each two
 * checkpoints, one matrix as a square, or files of all matrices (h5, npy). The path: a
 * row a checkpoint, or one a component. A line on stderr tells how far it has come.
 * GSC_EARGUMENT, before all work, for options that do not go together, a matrix that
 * there is not, an existing output, and fewer than two checkpoints. */
int gsc_compare_many_answer(const gsc_compare_many *how, const char *const *words,
                            size_t num_words);

/* Add the columns of these answers, as gsc_program has them. */
int gsc_compare_many_add_columns(gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
