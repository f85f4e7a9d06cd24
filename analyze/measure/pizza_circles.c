/* The circuits of a network's circles, one left out at a time. */
#include "grokscope/adder.h"
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"
#include "grokscope/spectrum.h"

#include "pizza.h"

#include <math.h>
#include <stdlib.h>

/* What is found, a circle an element. */
typedef struct circles {
    size_t count;
    gsc_circle_shape *shapes;
    gsc_circle_effect *effects;
    gsc_circle_symmetry *symmetries; /* NaN where gradients tell nothing */
    gsc_circle_label *labels;
    double share[GSC_NUM_CIRCLES];
} circles;

static void
free_circles(circles *c)
{
    free(c->shapes);
    free(c->effects);
    free(c->symmetries);
    free(c->labels);
    *c = (circles){0};
}

static int
choose_circles(circles *c, const gsc_matrix *embedding)
{
    int status = 0;
    size_t count = gsc_fourier_count(embedding->rows);
    double *fraction = NULL;
    bool *circle = NULL;
    GSC_NEW(fraction, count);
    GSC_NEW(circle, count);
    GSC_NEW(c->shapes, count);
    GSC_NEW(c->effects, count);
    GSC_NEW(c->symmetries, count);
    GSC_NEW(c->labels, count);
    GSC_TRY(gsc_pizza_find_circles(embedding, fraction, circle));
    for (size_t k = 1; k < count; k++)
        if (circle[k])
            c->effects[c->count++].k = k;
    for (size_t i = 0; i < c->count; i++) {
        GSC_TRY(gsc_circle_describe(embedding, c->effects[i].k, &c->shapes[i]));
        c->symmetries[i] = (gsc_circle_symmetry){NAN, NAN};
    }
out:
    free(fraction);
    free(circle);
    return status;
}

/* ---- One left out ---- */

static int
leave_out(gsc_adder *adder, gsc_circle_effect *effect, double *without)
{
    int status = 0;
    size_t k = effect->k;
    gsc_matrix rest[GSC_MOST_TABLES] = {{0}};
    for (size_t i = 0; i < adder->num_tables; i++)
        GSC_TRY(gsc_circle_remove(&adder->tables[i], k, &rest[i]));
    GSC_TRY(gsc_adder_run(adder, rest, without));
    GSC_TRY(gsc_circle_measure(adder->logits, without, adder->grid.n, k, effect, NULL));
out:
    for (size_t i = 0; i < GSC_MOST_TABLES; i++)
        gsc_matrix_free(&rest[i]);
    return status;
}

/* ---- Gradients ---- */

static int
find_symmetries(circles *c, gsc_adder *adder, const gsc_triples *triples)
{
    int status = 0;
    gsc_triple *list = NULL;
    double *da = NULL, *db = NULL;
    size_t *differences = NULL;
    size_t count = triples->count, d = gsc_probe_width(&adder->probe);
    if (d == 0 || c->count == 0)
        return 0;
    GSC_NEW(list, count);
    GSC_NEW(da, count * d);
    GSC_NEW(db, count * d);
    GSC_NEW(differences, count);
    gsc_triples_take(triples, 0, count, list);
    for (size_t i = 0; i < count; i++)
        differences[i] = (list[i].a + triples->n - list[i].b) % triples->n;
    GSC_TRY(gsc_probe_gradients(&adder->probe, adder->subject->weights, adder->threads,
                                list, count, da, db));
    const gsc_circle_gradients gradients = {count, d, da, db, differences};
    for (size_t i = 0; i < c->count; i++) {
        status = gsc_circle_symmetricity(&adder->tables[0], c->effects[i].k, &gradients,
                                         &c->symmetries[i]);
        if (status < 0 && status != GSC_ENUMERIC) /* that is: nothing to go by */
            goto out;
        status = 0;
    }
out:
    free(list);
    free(da);
    free(db);
    free(differences);
    return status;
}

/* ---- All ---- */

static int
find_circles(circles *c, const gsc_visit *visit)
{
    int status = 0;
    gsc_adder adder = {.subject = NULL};
    double *without = NULL;
    const gsc_pizza_run *run = visit->state;
    const gsc_circle_thresholds thresholds = {
        gsc_pizza.least_effect,        gsc_pizza.least_output_share,
        gsc_pizza.least_profile_share, gsc_pizza.accompanying_ratio,
        gsc_pizza.pizza_ratio,         gsc_pizza.pizza_symmetricity,
        gsc_pizza.clock_ratio};
    *c = (circles){0};
    GSC_TRY(gsc_adder_open(&adder, visit->subject, visit->threads));
    size_t n = adder.grid.n;
    GSC_NEW(without, n * n * n);
    GSC_TRY(choose_circles(c, &adder.tables[0]));
    GSC_TRY(find_symmetries(c, &adder, &run->circle_triples));
    for (size_t i = 0; i < c->count; i++) {
        GSC_TRY(leave_out(&adder, &c->effects[i], without));
        c->labels[i] =
            gsc_circle_judge(&thresholds, n, &c->effects[i], &c->symmetries[i]);
    }
    gsc_circle_shares(c->effects, c->labels, c->count, c->share);
out:
    free(without);
    gsc_adder_close(&adder);
    return status;
}

/* ---- A row a circle ---- */

const gsc_column gsc_pizza_circle_columns[GSC_PIZZA_CIRCLE_COLUMNS] = {
    {"frequency", GSC_CELL_INTEGER, true, "k of the circle in the embedding", false},
    {"output", GSC_CELL_INTEGER, false,
     "frequency that leaves the logits with it; 0: none", false},
    {"r", GSC_CELL_REAL, false,
     "its answers at the farthest a - b, in parts of those at a = b: clock 1, pizza 0, "
     "accompanying -1 and below",
     false},
    {"gs_constant", GSC_CELL_REAL, false,
     "cosine of the gradients in its plane, the part that no distance changes: pizza "
     "1, "
     "clock 0",
     false},
    {"gs_cosine", GSC_CELL_REAL, false,
     "and the part that turns as cos w(a - b): pizza 0, clock 1", false},
    {"plane_circularity", GSC_CELL_REAL, false, "of its own ellipse: 1 is a circle",
     false},
    {"power_share", GSC_CELL_REAL, false, "of the embedding's power", false},
    {"effect", GSC_CELL_REAL, false, "size of what it writes, in parts of the logits",
     false},
    {"effect_share", GSC_CELL_REAL, false, "in parts of the effects of all circles",
     false},
    {"output_share", GSC_CELL_REAL, false, "of the output frequency in what it writes",
     false},
    {"profile_share", GSC_CELL_REAL, false, "of it that depends on a - b alone", false},
    {"accompanies", GSC_CELL_INTEGER, false,
     "frequency of the circle that it accompanies; 0: it does not", false},
    {"label", GSC_CELL_TEXT, false,
     "clock, pizza, accompanying, hybrid or undetermined; whether these are kinds or "
     "ends of one family is disputed: read r and gs first",
     false},
};

static int
add_circle(gsc_rows *rows, const circles *c, size_t i, double all)
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
    GSC_TRY(gsc_rows_integer(rows, accompanies ? (int64_t)effect->output : 0));
    GSC_TRY(gsc_rows_text(rows, gsc_circle_label_name(c->labels[i])));
out:
    return status;
}

int
gsc_pizza_fill_circles(const gsc_visit *visit, gsc_rows *rows)
{
    int status = 0;
    circles c = {0};
    double all = 0;
    GSC_TRY(find_circles(&c, visit));
    for (size_t i = 0; i < c.count; i++)
        all += isfinite(c.effects[i].effect) ? c.effects[i].effect : 0;
    for (size_t i = 0; i < c.count; i++)
        GSC_TRY(add_circle(rows, &c, i, all));
out:
    free_circles(&c);
    return status;
}

/* ---- A row a network ---- */

const gsc_column gsc_pizza_network_columns[GSC_PIZZA_NETWORK_COLUMNS] = {
    {"order", GSC_CELL_TEXT, true, "what frequencies are over", false},
    {"num_circles", GSC_CELL_INTEGER, false, "circles of the embedding", false},
    {"share_clock", GSC_CELL_REAL, false, "part of their effects that is of clocks",
     false},
    {"share_pizza", GSC_CELL_REAL, false, "of pizzas", false},
    {"share_accompanying", GSC_CELL_REAL, false, "of accompanying pizzas", false},
    {"share_hybrid", GSC_CELL_REAL, false, "of hybrids", false},
    {"share_undetermined", GSC_CELL_REAL, false, "of circles without a label", false},
    {"label", GSC_CELL_TEXT, false,
     "the one with the largest share; none where there is no circle", false},
};

int
gsc_pizza_fill_network(const gsc_visit *visit, gsc_rows *rows)
{
    static const gsc_circle_label labels[] = {
        GSC_CIRCLE_CLOCK, GSC_CIRCLE_PIZZA, GSC_CIRCLE_ACCOMPANYING, GSC_CIRCLE_HYBRID,
        GSC_CIRCLE_UNDETERMINED};
    int status = 0;
    circles c = {0};
    gsc_circle_label most = GSC_CIRCLE_CLOCK;
    gsc_order order = gsc_task_order(&visit->subject->task_config);
    GSC_TRY(find_circles(&c, visit));
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
    free_circles(&c);
    return status;
}
