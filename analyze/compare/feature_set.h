/* Features of many checkpoints, to be compared with each other. */
#ifndef GROKSCOPE_FEATURE_SET_H
#define GROKSCOPE_FEATURE_SET_H

#include "analyze/compare/kept_features.h"
#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checkpoints whose networks are asked the same (gsc_kept_features_grid): pairs, or the
 * examples of the first one's dataset. */
typedef struct gsc_feature_set_grid {
    gsc_text name;
    size_t n, count;         /* n is 0 where they are asked examples */
    size_t *members;         /* [count] places in the set, ascending */
    gsc_logit_set logit_set; /* their answers, in this order */
    gsc_loaded_model first;  /* whose examples they are */
    gsc_questions questions; /* no examples where they could not be read */
} gsc_feature_set_grid;

#define GSC_NO_GRID SIZE_MAX

typedef struct gsc_feature_set {
    size_t count;
    gsc_kept_features *items; /* [count], in the order of the inputs */
    size_t *grid_of;          /* [count] index of a grid; GSC_NO_GRID for tensors */
    size_t *place_of;         /* [count] place among its members */
    size_t num_grids;
    gsc_feature_set_grid *grids;
} gsc_feature_set;

typedef struct gsc_feature_set_options {
    gsc_kept_features_options kept;
    gsc_threads *threads;
    /* Called now and then by the calling thread, with what is being done: the same text
     * as long as it is the same. May be NULL. */
    void (*show)(void *context, const char *what, size_t done, size_t total);
    void *context;
} gsc_feature_set_options;

/* Read every checkpoint once, side by side on the threads, and keep its features:
 * 4 bytes a weight, and 4 a number of all answers where not only of weights (n^3 of
 * pairs: 5.8 MB with n = 113). Weights of one network are all of one type then. The
 * numbers are bitwise the same for any number of threads. Errors are those of
 * gsc_loaded_model_open and gsc_kept_features_init, with the file; the first in the
 * order of the inputs. */
int gsc_feature_set_init(gsc_feature_set *set, const gsc_inputs *inputs,
                         const gsc_feature_set_options *options);
void gsc_feature_set_free(gsc_feature_set *set);

#ifdef __cplusplus
}
#endif
#endif
