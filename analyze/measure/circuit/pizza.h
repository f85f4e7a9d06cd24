/* What the tables of the measure "clockpizza" share. */
#ifndef GSC_MEASURE_PIZZA_H
#define GSC_MEASURE_PIZZA_H

#include "grokscope/circle.h"
#include "grokscope/clock_pizza.h"
#include "grokscope/measure.h"

#include "analyze/method/circuit/neuron_cluster.h"
#include "analyze/network/pairs/triples.h"

typedef struct gsc_pizza_options {
    char triples[GSC_OPTION_TEXT_BYTES];
    double circularity, symmetricity, irrelevance; /* of the paper's verdict */
    int64_t circle_triples, component_pairs;
    double
        least_share; /* of a circle in the embedding; 0: the rule of key frequencies */
    double least_effect, least_output_share, least_profile_share; /* of labels */
    double accompanying_ratio, pizza_ratio, pizza_symmetricity, clock_ratio;
} gsc_pizza_options;

/* What prepare makes of a run: triples for symmetricity, of the network and of its
 * circles. */
typedef struct gsc_pizza_run {
    gsc_triples triples, circle_triples;
} gsc_pizza_run;

/* ---- Circle by circle, and their shares ---- */

enum { GSC_PIZZA_CIRCLE_COLUMNS = 18, GSC_PIZZA_NETWORK_COLUMNS = 8 };
extern const gsc_column gsc_pizza_circle_columns[GSC_PIZZA_CIRCLE_COLUMNS];
extern const gsc_column gsc_pizza_network_columns[GSC_PIZZA_NETWORK_COLUMNS];
int gsc_pizza_fill_circles(const gsc_measure_request *request, gsc_rows *rows);
int gsc_pizza_fill_network(const gsc_measure_request *request, gsc_rows *rows);

/* circle[k], 0 < k < (n + 1) / 2: whether frequency k is a circle of the embedding, by
 * the option least_share; fraction [n/2 + 1]: of its power. */
int gsc_pizza_find_circles(const gsc_matrix *embedding, double least_share,
                           double *fraction, bool *circle);

/* The neurons of frequency k, those of which it explains most of the pre-activation. */
typedef struct gsc_pizza_cluster {
    size_t k, num_neurons;
    gsc_neuron_cluster shape; /* NaN where there are none */
} gsc_pizza_cluster;

/* Describe those of each k, [count]: none where a network has no neurons, or its
 * pre-activations have no name. A forward pass, and gsc_neuron_cluster_describe. */
int gsc_pizza_find_clusters(const gsc_measure_request *request,
                            gsc_pizza_cluster *clusters, size_t count);

/* ---- Pairs of principal components ---- */

enum { GSC_PIZZA_COMPONENT_COLUMNS = 22 };
extern const gsc_column gsc_pizza_component_columns[GSC_PIZZA_COMPONENT_COLUMNS];
int gsc_pizza_fill_components(const gsc_measure_request *request, gsc_rows *rows);

#endif
