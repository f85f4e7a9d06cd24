/* Groups of parameters, each with a configuration of its own. */
#ifndef GSC_OPTIM_GROUPS_H
#define GSC_OPTIM_GROUPS_H

#include "grokscope/optimizer.h"

typedef struct gsc_group {
    gsc_optimizer_config config; /* the run's with what the group changes */
    char patterns[GSC_OPTION_TEXT_BYTES];
    gsc_text changes; /* "learning_rate 0.001, weight_decay 0" */
} gsc_group;

typedef struct gsc_groups {
    size_t count;
    gsc_group *items;
    /* Of each parameter of the graph, once assigned: its group, or GSC_NO_GROUP where
     * it is not trained. */
    size_t *of_parameter;
} gsc_groups;

#define GSC_NO_GROUP SIZE_MAX

/* Read config->groups; one group of all where it is empty. */
int gsc_groups_read(gsc_groups *groups, const gsc_optimizer_config *config);
void gsc_groups_free(gsc_groups *groups);

/* Find the group of each parameter; errors as gsc_optimizer_resolve. */
int gsc_groups_assign(gsc_groups *groups, const gsc_graph *graph);

/* Add them in the form they are read in; with the names of their parameters in place of
 * patterns where `graph` is not NULL, for which they were assigned. */
int gsc_groups_write(const gsc_groups *groups, const gsc_graph *graph, gsc_text *text);

#endif
