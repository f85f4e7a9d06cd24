/* What Liu et al.'s toys share: pairs to train on, and templates of their answers. */
#ifndef GSC_TASK_TEMPLATES_H
#define GSC_TASK_TEMPLATES_H

#include "grokscope/dataset.h"

#include <stdint.h>

typedef struct gsc_templates {
    int64_t train_samples, data_seed;
    int64_t loss;  /* 0: squared error against templates; 1: cross entropy of labels;
                      2: stablemax of them */
    int64_t d_out; /* numbers in a template */
    double label_scale;
    size_t count; /* of answers */
} gsc_templates;

/* GSC_EARGUMENT where there are fewer examples than are to be trained on. */
int gsc_templates_check(const gsc_templates *t, size_t num_examples);

/* Split the examples and add the target "answer" of their field "label". */
int gsc_templates_add(gsc_dataset *dataset, const gsc_templates *t);

#endif
