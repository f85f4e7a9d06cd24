/* The circuits of a network's circles: the tables of the measure "clockpizza". */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/circles.h"
#include "analyze/measure/circuit/pizza.h"
#include "analyze/network/pairs/spectrum.h"

#include <math.h>
#include <stdlib.h>

/* ---- One row for each circle ---- */

const gsc_column gsc_pizza_circle_columns[GSC_PIZZA_CIRCLE_COLUMNS] = {
    {"frequency", GSC_CELL_INTEGER, true, "frequency k of the circle in the embedding",
     false},
    {"output", GSC_CELL_INTEGER, false,
     "frequency that it writes to the logits; 0: none", false},
    {"r", GSC_CELL_REAL, false,
     "answers at the farthest a - b, as a share of those at a = b: clock 1, pizza 0, "
     "accompanying -1 and below",
     false},
    {"gs_constant", GSC_CELL_REAL, false,
     "cosine of the gradients in its plane, the part that does not change with a - b: "
     "pizza 1, clock 0",
     false},
    {"gs_cosine", GSC_CELL_REAL, false,
     "the part of it that changes as cos w(a - b): pizza 0, clock 1", false},
    {"plane_circularity", GSC_CELL_REAL, false,
     "circularity of its own ellipse: 1 is a circle", false},
    {"power_share", GSC_CELL_REAL, false, "share of the embedding's power that it has",
     false},
    {"effect", GSC_CELL_REAL, false, "size of what it writes, as a share of the logits",
     false},
    {"effect_share", GSC_CELL_REAL, false,
     "effect as a share of the effects of all circles", false},
    {"output_share", GSC_CELL_REAL, false,
     "share that the output frequency has of what it writes", false},
    {"profile_share", GSC_CELL_REAL, false, "share of this that depends only on a - b",
     false},
    {"num_neurons", GSC_CELL_INTEGER, false,
     "number of neurons whose pre-activation it explains most of", false},
    {"disc_share", GSC_CELL_REAL, false,
     "share of their variance that two principal components have: disc 1, torus 1/2; "
     "hardly separates what r does",
     false},
    {"torus_share", GSC_CELL_REAL, false, "share that four of them have", false},
    {"sum_share", GSC_CELL_REAL, false,
     "share of their variance that is along a + b at this frequency", false},
    {"phase_distance", GSC_CELL_REAL, false,
     "mean distance, in radians, of the phases of a and b at which they are largest: 0 "
     "where both are read alike, pi/2 at random",
     false},
    {"accompanies", GSC_CELL_INTEGER, false,
     "frequency of the circle that it accompanies; 0: none", false},
    {"label", GSC_CELL_TEXT, false,
     "clock, pizza, accompanying, hybrid or undetermined; whether these are kinds or "
     "ends of one family is disputed: read r and gs first",
     false},
};

static int
add_cluster(gsc_rows *rows, const gsc_pizza_cluster *cluster)
{
    int status = 0;
    GSC_TRY(gsc_rows_integer(rows, (int64_t)cluster->num_neurons));
    GSC_TRY(gsc_rows_real(rows, cluster->shape.disc_share));
    GSC_TRY(gsc_rows_real(rows, cluster->shape.torus_share));
    GSC_TRY(gsc_rows_real(rows, cluster->shape.sum_share));
    GSC_TRY(gsc_rows_real(rows, cluster->shape.diagonal));
out:
    return status;
}

static int
add_circle(gsc_rows *rows, const gsc_circles *c, size_t i, double all,
           const gsc_pizza_cluster *cluster)
{
    int status = 0;
    const gsc_circle_effect *effect = &c->effects[i];
    bool accompanies = c->labels[i] == GSC_CIRCLE_ACCOMPANYING;
    GSC_TRY(gsc_rows_integer(rows, (int64_t)effect->k));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)effect->output));
    GSC_TRY(gsc_rows_real(rows, effect->ratio));
    GSC_TRY(gsc_rows_real(rows, c->symmetries[i].constant));
    GSC_TRY(gsc_rows_real(rows, c->symmetries[i].cosine));
    GSC_TRY(gsc_rows_real(rows, c->shapes[i].circularity));
    GSC_TRY(gsc_rows_real(rows, c->shapes[i].share));
    GSC_TRY(gsc_rows_real(rows, effect->effect));
    GSC_TRY(gsc_rows_real(rows, effect->effect / all));
    GSC_TRY(gsc_rows_real(rows, effect->output_share));
    GSC_TRY(gsc_rows_real(rows, effect->profile_share));
    GSC_TRY(add_cluster(rows, cluster));
    GSC_TRY(gsc_rows_integer(rows, accompanies ? (int64_t)effect->output : 0));
    GSC_TRY(gsc_rows_text(rows, gsc_circle_label_name(c->labels[i])));
out:
    return status;
}

int
gsc_pizza_fill_circles(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_circles c = {0};
    gsc_pizza_cluster *clusters = NULL;
    double all = 0;
    GSC_TRY(gsc_circles_init(&c, request));
    GSC_NEW(clusters, c.count);
    for (size_t i = 0; i < c.count; i++)
        clusters[i].k = c.effects[i].k;
    GSC_TRY(gsc_pizza_find_clusters(request, clusters, c.count));
    for (size_t i = 0; i < c.count; i++)
        all += isfinite(c.effects[i].effect) ? c.effects[i].effect : 0;
    for (size_t i = 0; i < c.count; i++)
        GSC_TRY(add_circle(rows, &c, i, all, &clusters[i]));
out:
    free(clusters);
    gsc_circles_free(&c);
    return status;
}

/* ---- One row for each network ---- */

const gsc_column gsc_pizza_network_columns[GSC_PIZZA_NETWORK_COLUMNS] = {
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which frequencies are counted", false},
    {"num_circles", GSC_CELL_INTEGER, false, "number of circles of the embedding",
     false},
    {"share_clock", GSC_CELL_REAL, false, "share of their effects that clocks have",
     false},
    {"share_pizza", GSC_CELL_REAL, false, "share that pizzas have", false},
    {"share_accompanying", GSC_CELL_REAL, false, "share that accompanying pizzas have",
     false},
    {"share_hybrid", GSC_CELL_REAL, false, "share that hybrids have", false},
    {"share_undetermined", GSC_CELL_REAL, false,
     "share that circles without a label have", false},
    {"label", GSC_CELL_TEXT, false,
     "the one with the largest share; none where there is no circle", false},
};

int
gsc_pizza_fill_network(const gsc_measure_request *request, gsc_rows *rows)
{
    static const gsc_circle_label labels[] = {
        GSC_CIRCLE_CLOCK, GSC_CIRCLE_PIZZA, GSC_CIRCLE_ACCOMPANYING, GSC_CIRCLE_HYBRID,
        GSC_CIRCLE_UNDETERMINED};
    int status = 0;
    gsc_circles c = {0};
    gsc_circle_label most = GSC_CIRCLE_CLOCK;
    gsc_residue_order order = request->loaded->pairs.order;
    GSC_TRY(gsc_circles_init(&c, request));
    GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)order]));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)c.count));
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        GSC_TRY(gsc_rows_real(rows, c.share[labels[i]]));
        if (c.share[labels[i]] > c.share[most])
            most = labels[i];
    }
    GSC_TRY(
        gsc_rows_text(rows, c.share[most] > 0 ? gsc_circle_label_name(most) : "none"));
out:
    gsc_circles_free(&c);
    return status;
}
