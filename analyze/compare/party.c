/* One of two checkpoints that are compared. */
#include "analyze/compare/party.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
gsc_party_excuse(int status, char **why)
{
    if (status != GSC_EARGUMENT && status != GSC_ENUMERIC)
        return status;
    if (!*why)
        *why = gsc_copy_text(gsc_error_text());
    return *why ? 0 : GSC_EMEMORY;
}

bool
gsc_party_has(const gsc_party *party, gsc_facet facet)
{
    switch (facet) {
    case GSC_FACET_GRID:
        return party->grid.n > 0;
    case GSC_FACET_EMBEDDING:
        return party->embedding.x.rows > 0;
    case GSC_FACET_MOMENTS:
        return party->own.logits.count > 0;
    case GSC_FACET_FREQUENCIES:
        return party->spectrum.count > 0;
    case GSC_FACET_NORMS:
        return gsc_rows_count(&party->norms) > 0;
    case GSC_FACET_ADDING:
        return gsc_rows_count(&party->adding) > 0;
    default:
        return party->circles.num_columns > 0;
    }
}

double
gsc_party_real(const gsc_rows *row, const char *column)
{
    return gsc_rows_count(row) > 0
               ? gsc_rows_cell(row, 0, gsc_rows_column(row, column))->real
               : (double)NAN;
}

/* ---- The embedding ---- */

/* Rows of the operands' tokens; those of b beside those of a where it has its own. */
static int
read_embedding(const gsc_party *party, gsc_matrix *table)
{
    int status = 0;
    const gsc_subject *s = party->subject;
    gsc_order order = party->grid.order;
    gsc_matrix left = {0}, right = {0};
    *table = (gsc_matrix){0};
    GSC_TRY(gsc_subject_view(s, GSC_VIEW_EMBEDDING, order, &left));
    if (gsc_subject_heads(s, GSC_VIEW_EMBEDDING_RIGHT) > 0)
        GSC_TRY(gsc_subject_view(s, GSC_VIEW_EMBEDDING_RIGHT, order, &right));
    size_t width = left.cols + right.cols;
    GSC_TRY(gsc_matrix_init(table, left.rows, width));
    for (size_t i = 0; i < left.rows; i++) {
        double *row = table->data + i * width;
        memcpy(row, left.data + i * left.cols, left.cols * sizeof *row);
        if (right.cols > 0)
            memcpy(row + left.cols, right.data + i * right.cols,
                   right.cols * sizeof *row);
    }
out:
    gsc_matrix_free(&left);
    gsc_matrix_free(&right);
    return status;
}

static int
find_embedding(gsc_party *party)
{
    int status = 0;
    gsc_matrix table = {0};
    GSC_TRY(read_embedding(party, &table));
    GSC_TRY(gsc_cloud_take(&party->embedding, &table));
out:
    gsc_matrix_free(&table);
    return status;
}

/* ---- Frequencies ---- */

/* Elements of a group have frequencies where it is cyclic, that is, where in their
 * order the answer is a sum or a difference. */
static int
check_cyclic(const gsc_party *party)
{
    size_t count;
    gsc_direction direction;
    const gsc_operation *operation =
        &gsc_operations(&count)[party->subject->task_config.operation];
    if (!(operation->traits & GSC_OF_GROUP) ||
        gsc_grid_direction(&party->grid, party->subject, &direction) == 0)
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "operation %s: elements of a group that is not cyclic have no "
                    "frequencies",
                    operation->name);
}

static int
find_neurons(gsc_party *party, gsc_threads *threads)
{
    int status = 0;
    gsc_replies replies = {.logits = NULL};
    if (party->subject->model.neurons == GSC_NO_NODE)
        return 0;
    GSC_TRY(gsc_replies_init(&replies, party->subject, party->grid.order, true));
    GSC_TRY(gsc_replies_ask(&replies, party->subject->weights, threads));
    party->num_neurons = replies.probe.num_neurons;
    GSC_NEW(party->frequency, party->num_neurons);
    GSC_NEW(party->fve, party->num_neurons);
    GSC_NEW(party->num_of, party->spectrum.count);
    GSC_TRY(gsc_replies_frequencies(&replies, party->frequency, party->fve));
    for (size_t m = 0; m < party->num_neurons; m++)
        party->num_of[party->frequency[m]]++;
out:
    gsc_replies_free(&replies);
    return status;
}

static int
keys_of_map(gsc_party *party)
{
    int status = 0;
    gsc_matrix map = {0};
    gsc_spectrum s = {.power = NULL};
    GSC_TRY(gsc_subject_view(party->subject, GSC_VIEW_NEURON_LOGIT, party->grid.order,
                             &map));
    GSC_TRY(gsc_spectrum_init(&s, &map));
    memcpy(party->spectrum.key, s.key, s.count * sizeof *s.key);
out:
    gsc_matrix_free(&map);
    gsc_spectrum_free(&s);
    return status;
}

static int
find_keys(gsc_party *party, const gsc_party_options *options, gsc_threads *threads)
{
    bool *key = party->spectrum.key;
    memset(key, 0, party->spectrum.count * sizeof *key);
    if (options->key_rule == GSC_KEYS_BY_ENERGY)
        return keys_of_map(party);
    if (options->key_rule == GSC_KEYS_BY_LOGIT)
        return gsc_key_rule_find(options->key_rule, options->key_fve, party->subject,
                                 party->grid.order, threads, key);
    if (!party->frequency)
        return gsc_fail(GSC_EARGUMENT, "this model has no neurons");
    gsc_key_frequency_by_neuron(party->frequency, party->fve, party->num_neurons,
                                options->key_fve, party->spectrum.count, key, NULL);
    return 0;
}

static void
free_frequencies(gsc_party *party)
{
    gsc_spectrum_free(&party->spectrum);
    free(party->frequency);
    free(party->fve);
    free(party->num_of);
    party->frequency = party->num_of = NULL;
    party->fve = NULL;
    party->num_neurons = 0;
}

static int
find_frequencies(gsc_party *party, const gsc_party_options *options,
                 gsc_threads *threads)
{
    int status = 0;
    gsc_matrix table = {0};
    GSC_TRY(check_cyclic(party));
    GSC_TRY(read_embedding(party, &table));
    GSC_TRY(gsc_spectrum_init(&party->spectrum, &table));
    GSC_TRY(find_neurons(party, threads));
    GSC_TRY(find_keys(party, options, threads));
out:
    gsc_matrix_free(&table);
    if (status < 0)
        free_frequencies(party);
    return status;
}

/* ---- Other measures ---- */

/* What a measure says of a subject by itself, as of a file beside no others. */
static gsc_lineage
lineage_of(const gsc_party *party)
{
    gsc_peer self = {.name = party->name, .subject = party->subject};
    return (gsc_lineage){.first = self, .last = self, .alone = true};
}

static int
ask_measure(const gsc_party *party, const gsc_measure_table *table,
            gsc_threads *threads, gsc_rows *rows)
{
    gsc_lineage lineage = lineage_of(party);
    const gsc_visit visit = {.subject = party->subject,
                             .name = party->name,
                             .lineage = &lineage,
                             .state = party->triples,
                             .threads = threads};
    gsc_rows_init(rows, table->columns, table->num_columns);
    int status = table->fill(&visit, rows);
    if (status < 0)
        gsc_rows_free(rows);
    return status;
}

/* The triples depend on the task alone. */
static int
ask_clockpizza(gsc_party *party, const gsc_party *like, size_t table,
               gsc_threads *threads, gsc_rows *rows)
{
    int status = 0;
    const gsc_measure *m = &gsc_measure_clockpizza;
    gsc_lineage lineage = lineage_of(party);
    const gsc_task_config *task = &party->subject->task_config;
    const gsc_task_config *other = like ? &like->subject->task_config : NULL;
    if (!party->triples && like && like->triples && task->p == other->p &&
        gsc_task_order(task) == gsc_task_order(other)) {
        party->triples = like->triples;
        party->borrows = true;
    }
    if (!party->triples)
        GSC_TRY(m->prepare(table, &lineage, &party->triples));
    GSC_TRY(ask_measure(party, &m->tables[table], threads, rows));
out:
    return status;
}

/* ---- All ---- */

static int
find_facet(gsc_party *party, gsc_facet facet, const gsc_party_options *options,
           gsc_threads *threads)
{
    enum { CHECKPOINT, FREQUENCY };
    gsc_asked self = {party->subject, &party->grid};
    switch (facet) {
    case GSC_FACET_GRID:
        return gsc_grid_init(&party->grid, party->subject,
                             gsc_task_order(&party->subject->task_config));
    case GSC_FACET_EMBEDDING:
        return find_embedding(party);
    case GSC_FACET_MOMENTS:
        return gsc_meeting_init(&party->own, self, self, threads);
    case GSC_FACET_FREQUENCIES:
        return find_frequencies(party, options, threads);
    case GSC_FACET_NORMS:
        return ask_measure(party, &gsc_measure_norms.tables[CHECKPOINT], threads,
                           &party->norms);
    case GSC_FACET_ADDING:
        return ask_clockpizza(party, options->like, CHECKPOINT, threads,
                              &party->adding);
    default:
        return ask_clockpizza(party, options->like, FREQUENCY, threads,
                              &party->circles);
    }
}

/* Norms are of weights alone; all else is of a network that answers pairs. */
static int
need_grid(const gsc_party *party, gsc_facet facet)
{
    if (facet == GSC_FACET_NORMS)
        return 0;
    if (!party->subject->model.graph)
        return gsc_fail(GSC_EARGUMENT, "tensors without a network");
    if (facet != GSC_FACET_GRID && party->why[GSC_FACET_GRID])
        return gsc_fail(GSC_EARGUMENT, "%s", party->why[GSC_FACET_GRID]);
    return 0;
}

int
gsc_party_init(gsc_party *party, const gsc_subject *subject, const char *name,
               const gsc_party_options *options, gsc_threads *threads)
{
    int status = 0;
    *party = (gsc_party){.subject = subject, .name = name};
    for (int i = 0; i < GSC_NUM_FACETS; i++) {
        gsc_facet facet = (gsc_facet)i;
        if (facet != GSC_FACET_GRID && !options->wanted[i])
            continue;
        status = need_grid(party, facet);
        if (status == 0)
            status = find_facet(party, facet, options, threads);
        GSC_TRY(gsc_party_excuse(status, &party->why[i]));
    }
out:
    if (status < 0)
        gsc_party_free(party);
    return status;
}

void
gsc_party_free(gsc_party *party)
{
    for (int i = 0; i < GSC_NUM_FACETS; i++)
        free(party->why[i]);
    gsc_grid_free(&party->grid);
    gsc_cloud_free(&party->embedding);
    gsc_meeting_free(&party->own);
    free_frequencies(party);
    gsc_rows_free(&party->norms);
    gsc_rows_free(&party->adding);
    gsc_rows_free(&party->circles);
    if (party->triples && !party->borrows)
        gsc_measure_clockpizza.release(party->triples);
    *party = (gsc_party){.subject = NULL};
}
