/* Stages that a configuration chooses, with the values of their options. */
#ifndef GSC_OPTIM_CHOSEN_H
#define GSC_OPTIM_CHOSEN_H

#include "grokscope/optimizer.h"

enum { GSC_MAX_CHOSEN = 16 };

typedef struct gsc_chosen_stage {
    const gsc_stage *stage;
    void *config; /* its own */
    uint64_t stream;
    void *state[GSC_STAGE_STATES]; /* the pipeline's */
} gsc_chosen_stage;

typedef struct gsc_chosen_stages {
    gsc_chosen_stage items[GSC_MAX_CHOSEN];
    size_t count;
} gsc_chosen_stages;

/* Read "name option value …, name …". GSC_EARGUMENT begins with the kind's key. */
int gsc_chosen_read(gsc_chosen_stages *chosen, const gsc_stages *stages,
                    gsc_stage_kind kind, const char *text);
void gsc_chosen_free(gsc_chosen_stages *chosen);

/* Add them as a text that reads back the same. */
int gsc_chosen_write(const gsc_chosen_stages *chosen, gsc_text *text);

/* The rule of a configuration. Options that are keys of the configuration too (beta1)
 * have its values. Freed by gsc_chosen_free as one of a list. */
int gsc_chosen_read_rule(gsc_chosen_stages *rule, const gsc_stages *stages,
                         const gsc_optimizer_config *config);

/* Add it without the options that are the configuration's. */
int gsc_chosen_write_rule(const gsc_chosen_stages *rule, gsc_text *text);

#endif
