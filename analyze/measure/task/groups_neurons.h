/* The table of the measure "groups" with one row for each neuron. */
#ifndef GSC_MEASURE_GROUPS_NEURONS_H
#define GSC_MEASURE_GROUPS_NEURONS_H

#include "grokscope/measure.h"

#include "analyze/measure/task/group_run.h"

/* What was found of each column of a matrix with one row for each element, [m]. */
typedef struct gsc_neurons_found {
    size_t m;
    double *variance, *irrep_share, *within, *now;
    size_t *irrep, *subgroup; /* indices; subgroup SIZE_MAX: none */
    gsc_side *side;
} gsc_neurons_found;

/* gsc_neurons_found_free releases it, also after a failure. */
int gsc_neurons_found_init(gsc_neurons_found *found, const gsc_matrix *w,
                           const gsc_group_run *run);
void gsc_neurons_found_free(gsc_neurons_found *found);

enum { GSC_GROUP_NEURON_COLUMNS = 11 };
extern const gsc_column gsc_group_neuron_columns[GSC_GROUP_NEURON_COLUMNS];

/* A neuron of less variance over the elements counts as constant (Wu et al., arXiv
 * 2410.07476, src/coset_bounds.py). */
#define GSC_CONSTANT_NEURON 0.01

/* Of what each neuron reads of an operand, and writes to the answers: the share of its
 * variance that its main representation has, and the coset concentration of Stander et
 * al. (arXiv 2312.06581) as Wu et al. take it (gsc_coset_metrics_within), the least of
 * all proper subgroups that two elements generate, on both sides; a neuron of the left
 * operand reads right cosets. A minimum over many subgroups is small by chance, the
 * more the smaller they are: its chance and a control stand beside it. */
int gsc_group_fill_neurons(const gsc_measure_request *request, gsc_rows *rows);

#endif
