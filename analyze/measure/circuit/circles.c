/* The circuits of a network's circles, one left out at a time. */
#include "analyze/measure/circuit/circles.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/pizza.h"
#include "analyze/network/pairs/embedding_patch.h"

#include <math.h>
#include <stdlib.h>

void
gsc_circles_free(gsc_circles *c)
{
    free(c->shapes);
    free(c->effects);
    free(c->symmetries);
    free(c->labels);
    free(c->shares);
    *c = (gsc_circles){.count = 0};
}

static int
choose_circles(gsc_circles *c, const gsc_matrix *embedding, double least_share)
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
    GSC_NEW(c->shares, count * count);
    c->num_outputs = count;
    GSC_TRY(gsc_pizza_find_circles(embedding, least_share, fraction, circle));
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
leave_out(gsc_embedding_patch *patch, gsc_circle_effect *effect, double *without,
          double *shares)
{
    int status = 0;
    size_t k = effect->k;
    gsc_matrix rest[GSC_MOST_EMBEDDINGS] = {{0}};
    for (size_t i = 0; i < patch->num_embeddings; i++)
        GSC_TRY(gsc_circle_remove(&patch->embeddings[i], k, &rest[i]));
    GSC_TRY(gsc_embedding_patch_run(patch, rest, without));
    GSC_TRY(gsc_circle_measure(patch->logits, without, patch->grid->n, k, effect, NULL,
                               shares));
out:
    for (size_t i = 0; i < GSC_MOST_EMBEDDINGS; i++)
        gsc_matrix_free(&rest[i]);
    return status;
}

/* ---- Gradients ---- */

static int
find_symmetries(gsc_circles *c, gsc_embedding_patch *patch, const gsc_triples *triples)
{
    int status = 0;
    gsc_triple *list = NULL;
    double *da = NULL, *db = NULL;
    size_t *differences = NULL;
    size_t count = triples->count, d = gsc_evaluator_width(&patch->evaluator);
    if (d == 0 || c->count == 0)
        return 0;
    GSC_NEW(list, count);
    GSC_NEW(da, count * d);
    GSC_NEW(db, count * d);
    GSC_NEW(differences, count);
    gsc_triples_take(triples, 0, count, list);
    for (size_t i = 0; i < count; i++)
        differences[i] = (list[i].a + triples->n - list[i].b) % triples->n;
    GSC_TRY(gsc_evaluator_gradients(&patch->evaluator, patch->loaded->weights,
                                    patch->threads, list, count, da, db));
    const gsc_circle_gradients gradients = {count, d, da, db, differences};
    for (size_t i = 0; i < c->count; i++) {
        status = gsc_circle_symmetricity(&patch->embeddings[0], c->effects[i].k,
                                         &gradients, &c->symmetries[i]);
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

gsc_circle_thresholds
gsc_circles_thresholds(const void *options)
{
    const gsc_pizza_options *o = options;
    return (gsc_circle_thresholds){o->least_effect,        o->least_output_share,
                                   o->least_profile_share, o->accompanying_ratio,
                                   o->pizza_ratio,         o->pizza_symmetricity,
                                   o->clock_ratio};
}

int
gsc_circles_init(gsc_circles *c, const gsc_measure_request *request)
{
    int status = 0;
    gsc_embedding_patch patch = {.loaded = NULL};
    double *without = NULL;
    const gsc_pizza_run *run = request->state;
    const gsc_pizza_options *o = request->options;
    const gsc_circle_thresholds thresholds = gsc_circles_thresholds(request->options);
    *c = (gsc_circles){.count = 0};
    GSC_TRY(gsc_embedding_patch_open(&patch, request->loaded, request->threads));
    size_t n = patch.grid->n;
    GSC_ROOM(without, n * n * n);
    GSC_TRY(choose_circles(c, &patch.embeddings[0], o->least_share));
    GSC_TRY(find_symmetries(c, &patch, &run->circle_triples));
    for (size_t i = 0; i < c->count; i++) {
        GSC_TRY(
            leave_out(&patch, &c->effects[i], without, c->shares + i * c->num_outputs));
        c->labels[i] =
            gsc_circle_judge(&thresholds, n, &c->effects[i], &c->symmetries[i]);
    }
    gsc_circle_shares(c->effects, c->labels, c->count, c->share);
out:
    free(without);
    gsc_embedding_patch_close(&patch);
    if (status < 0)
        gsc_circles_free(c);
    return status;
}
