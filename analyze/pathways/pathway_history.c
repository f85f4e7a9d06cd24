/* Pathways and losses of a run, checkpoint by checkpoint. */
#include "analyze/pathways/pathway_history.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/assignment.h"
#include "analyze/network/examples_right.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
free_split(gsc_pathway_split *s, size_t count)
{
    for (size_t c = 0; s->routing && c < count; c++)
        gsc_routing_file_free(&s->routing[c]);
    free(s->examples);
    free(s->routing);
    free(s->loss);
    free(s->right);
    gsc_matrix_free(&s->place);
}

void
gsc_pathway_history_free(gsc_pathway_history *h)
{
    free_split(&h->train, h->count);
    free_split(&h->test, h->count);
    free(h->steps);
    *h = (gsc_pathway_history){.count = 0};
}

/* ---- Reading ---- */

typedef struct reader {
    gsc_pathway_history *history;
    gsc_routing_request request;
    gsc_threads *threads;
} reader;

/* What a sample is before it is routed: the stream after the first attention, or, in a
 * network without it, its embedding. */
static int
take_place(const reader *r, gsc_pathway_split *s, const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_embedding values = {.ids = NULL};
    gsc_embedding_request wanted = {"blocks.0.hook_resid_mid", GSC_INPUT_EACH,
                                    r->request.split, "answer"};
    gsc_node node;
    const char *name;
    bool there = false;
    for (size_t i = 0; (name = gsc_graph_hook(loaded->model.graph, i, &node)); i++)
        there = there || strcmp(name, wanted.tensor) == 0;
    if (!there)
        wanted.tensor = "logits";
    GSC_TRY(gsc_embedding_init(&values, loaded, &wanted, r->threads));
    GSC_TRY(gsc_matrix_init(&s->place, s->samples, values.x.cols));
    for (size_t i = 0; i < s->samples; i++)
        memcpy(s->place.data + i * s->place.cols,
               values.x.data + i * values.x.rows / s->samples * values.x.cols,
               values.x.cols * sizeof(double));
out:
    gsc_embedding_free(&values);
    return status;
}

static int
make_room(const reader *r, gsc_pathway_split *s, size_t samples)
{
    int status = 0;
    s->samples = samples;
    GSC_NEW(s->loss, r->history->count * samples);
    GSC_NEW(s->right, r->history->count * samples);
out:
    return status;
}

/* Files that are there for a checkpoint have the samples of the first. */
static int
read_split(const reader *r, gsc_pathway_split *s, size_t c,
           const gsc_loaded_model *loaded)
{
    int status = 0;
    GSC_TRY(gsc_network_routing_init(&s->routing[c], loaded, &r->request, r->threads,
                                     c == 0 ? &s->examples : NULL));
    size_t samples = s->routing[c].shape.samples;
    if (c == 0)
        GSC_TRY(make_room(r, s, samples));
    if (samples != s->samples)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "has %zu samples, the first checkpoint %zu",
                         samples, s->samples));
    if (c == 0)
        GSC_TRY(take_place(r, s, loaded));
    GSC_TRY(gsc_examples_scores(loaded, r->threads, s->examples, samples,
                                s->loss + c * samples, s->right + c * samples));
out:
    return status;
}

static int
read_checkpoint(reader *r, const gsc_inputs *inputs, size_t item, size_t c)
{
    int status = 0;
    gsc_pathway_history *h = r->history;
    gsc_loaded_model loaded = {.weights = NULL};
    GSC_TRY(gsc_inputs_open(inputs, item, &loaded));
    h->steps[c] = loaded.checkpoint.step;
    status = gsc_loaded_model_data(&loaded);
    for (gsc_input_choice split = GSC_INPUTS_TRAIN; split <= GSC_INPUTS_TEST; split++) {
        gsc_pathway_split *s = split == GSC_INPUTS_TRAIN ? &h->train : &h->test;
        r->request.split = split;
        if (status == 0)
            status = read_split(r, s, c, &loaded);
    }
    if (status < 0)
        status = gsc_fail_in(status, inputs->items[item].path);
out:
    gsc_loaded_model_close(&loaded);
    return status;
}

int
gsc_pathway_history_init(gsc_pathway_history *h, const gsc_inputs *inputs, size_t first,
                         size_t count, gsc_routing_request request,
                         gsc_threads *threads)
{
    int status = 0;
    reader r = {h, request, threads};
    *h = (gsc_pathway_history){.run = inputs->items[first].run, .count = count};
    GSC_NEW(h->steps, count);
    GSC_NEW(h->train.routing, count);
    GSC_NEW(h->test.routing, count);
    for (size_t c = 0; c < count; c++)
        GSC_TRY(read_checkpoint(&r, inputs, first + c, c));
out:
    return status;
}

/* ---- Memorisation, pairs, parts ---- */

void
gsc_pathway_memorised(const gsc_pathway_history *h, const gsc_pathway_split *s,
                      double epsilon, double delta, size_t *memorised)
{
    for (size_t i = 0; i < s->samples; i++) {
        double last = s->loss[(h->count - 1) * s->samples + i];
        memorised[i] = h->count;
        for (size_t c = h->count; c-- > 0;) {
            double loss = s->loss[c * s->samples + i];
            if (!(loss <= epsilon && fabs(loss - last) <= delta))
                break;
            memorised[i] = c;
        }
    }
}

int
gsc_pathway_pairs(const gsc_pathway_history *h, size_t *partner)
{
    int status = 0;
    gsc_matrix gain = {0};
    const gsc_matrix *a = &h->train.place, *b = &h->test.place;
    GSC_TRY(gsc_matrix_init(&gain, a->rows, b->rows));
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < b->rows; j++)
            for (size_t k = 0; k < a->cols; k++) {
                double d = a->data[i * a->cols + k] - b->data[j * b->cols + k];
                gain.data[i * b->rows + j] -= d * d;
            }
    GSC_TRY(gsc_assignment(&gain, partner));
out:
    gsc_matrix_free(&gain);
    return status;
}

int
gsc_pathway_subset(const gsc_routing_file *all, const size_t *samples, size_t count,
                   gsc_routing_file *subset)
{
    int status = 0;
    size_t each = all->shape.layers * all->shape.chosen;
    *subset = (gsc_routing_file){.checkpoints = 1, .shape = all->shape};
    subset->shape.samples = count;
    GSC_NEW(subset->ids, count * each);
    GSC_NEW(subset->gates, count * each);
    for (size_t i = 0; i < count; i++) {
        memcpy(subset->ids + i * each, all->ids + samples[i] * each,
               each * sizeof *all->ids);
        for (size_t k = 0; k < each; k++)
            subset->gates[i * each + k] =
                all->gates ? all->gates[samples[i] * each + k] : 1;
    }
out:
    return status;
}
