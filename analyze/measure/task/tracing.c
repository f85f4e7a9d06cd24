/* The measure "tracing": which states the answer goes through (causal tracing as in
 * Wang et al., arXiv 2405.15071, section 3.3).
 *
 * An example is run as it is, and with one of its tokens exchanged. The state of a
 * layer at that token's position is put from the second run into the first, and the
 * layers after it are run on. Where the answer then is no longer the network's first,
 * the state is on the way to it. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "analyze/measure/circuit/stream_run.h"
#include "analyze/measure/task/tracing_inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CORRUPT, RESTORE };
static const char *const direction_names[] = {"corrupt", "restore", NULL};

struct options {
    char examples[GSC_OPTION_TEXT_BYTES], states_of[GSC_OPTION_TEXT_BYTES];
    int64_t most, layer, direction;
};

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(struct options, examples, "train_inferred", "SPLIT",
                 "Run the examples of this split."),
    GSC_ROW_INTEGER(struct options, most, "300", 1, 1e6,
                    "Examples at most, drawn at random."),
    GSC_ROW_INTEGER(struct options, layer, "-1", -1, 64,
                    "Layer that the row of a checkpoint is about; 0: before the first "
                    "block; -1: the middle, half of all blocks."),
    GSC_ROW_CHOICE(struct options, direction, "corrupt", direction_names,
                   "corrupt: the exchanged token's state in the run of the example; "
                   "restore: the example's state in the run of the exchanged token."),
    GSC_ROW_TEXT(
        struct options, states_of, "", "CHECKPOINT",
        "States that are put in come from this network: a file or FOLDER@STEP, "
        "such as an earlier checkpoint of the run."),
};
static const gsc_measure_options option_set = {"tracing", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* Sums over the examples of one trace at one layer. */
typedef struct effect {
    size_t count; /* right as they are, and with a token to exchange */
    double first, reciprocal, probability;
} effect;

typedef struct tracing {
    const struct options *o;
    gsc_stream_run run;
    bool has_donor; /* states that are put in are another network's */
    gsc_loaded_model donor;
    gsc_residual donor_residual;
    gsc_tracing_facts facts;
    size_t num_layers, right; /* of the stream; examples that are right */
    double probability;       /* mean of the answer, as it is, over these */
    effect *effects;          /* [traces, num_layers] */
    /* Work of a block: */
    bool *is_right;                   /* [most] */
    bool *exchanged;                  /* [most] */
    uint16_t *tokens;                 /* [most, n_ctx] */
    double *own[GSC_MOST_BLOCKS + 1]; /* [most, n_ctx, width] */
    double *mixed;                    /* [most, n_ctx, width] */
    double *logits;                   /* [most, n_ctx, num_outputs] */
} tracing;

static void
close_tracing(tracing *t)
{
    for (size_t l = 0; l <= GSC_MOST_BLOCKS; l++)
        free(t->own[l]);
    gsc_stream_run_close(&t->run);
    gsc_residual_close(&t->donor_residual);
    gsc_loaded_model_close(&t->donor);
    gsc_tracing_facts_free(&t->facts);
    free(t->effects);
    free(t->is_right);
    free(t->exchanged);
    free(t->tokens);
    free(t->mixed);
    free(t->logits);
}

static gsc_standing
standing(const tracing *t, const double *logits, size_t example, size_t in_block)
{
    const gsc_residual *r = &t->run.residual;
    return gsc_standing_of(logits +
                               (in_block * r->n_ctx + t->run.position) * r->num_outputs,
                           r->num_outputs, t->run.answers[example]);
}

/* Keep the streams of a block as it is, and which of its examples are right. */
static int
run_own(tracing *t, size_t first, size_t count)
{
    int status = 0;
    gsc_residual *r = &t->run.residual;
    GSC_TRY(
        gsc_residual_run(r, t->run.tokens + first * r->n_ctx, count, t->run.threads));
    for (size_t l = 0; l < t->num_layers; l++)
        memcpy(t->own[l], r->stream[l], count * r->n_ctx * r->width * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        gsc_standing s = standing(t, r->logits[r->num_layers], first + i, i);
        t->is_right[i] = s.rank == 0;
        t->right += s.rank == 0;
        t->probability += s.rank == 0 ? s.probability : 0;
    }
out:
    return status;
}

/* The streams that states are taken from: of the exchanged tokens or, where they
 * restore, of the examples. */
static int
run_donor(tracing *t, size_t first, size_t count)
{
    if (!t->has_donor)
        return 0;
    const uint16_t *own = t->run.tokens + first * t->run.residual.n_ctx;
    return gsc_residual_run(&t->donor_residual,
                            t->o->direction == RESTORE ? own : t->tokens, count,
                            t->run.threads);
}

/* mixed = the stream that is run on, with the states of one trace from the other. */
static void
mix(tracing *t, const gsc_trace *trace, size_t layer, size_t count)
{
    const gsc_residual *r = &t->run.residual;
    bool restores = t->o->direction == RESTORE;
    const double *base = restores ? r->stream[layer] : t->own[layer];
    const double *put = t->has_donor ? t->donor_residual.stream[layer]
                        : restores   ? t->own[layer]
                                     : r->stream[layer];
    size_t each = r->n_ctx * r->width;
    memcpy(t->mixed, base, count * each * sizeof *base);
    for (size_t i = 0; i < count; i++) {
        size_t at = i * each + trace->first * r->width;
        memcpy(t->mixed + at, put + at, trace->count * r->width * sizeof *put);
    }
}

static void
add_effects(tracing *t, size_t which, size_t layer, size_t first, size_t count)
{
    effect *e = &t->effects[which * t->num_layers + layer];
    for (size_t i = 0; i < count; i++) {
        if (!t->is_right[i] || !t->exchanged[i])
            continue;
        gsc_standing s = standing(t, t->logits, first + i, i);
        e->count++;
        e->first += s.rank == 0;
        e->reciprocal += 1 / (double)(s.rank + 1);
        e->probability += s.probability;
    }
}

static int
trace_block(tracing *t, size_t which, size_t first, size_t count)
{
    int status = 0;
    gsc_residual *r = &t->run.residual;
    const gsc_trace *trace = &t->facts.traces[which];
    memcpy(t->tokens, t->run.tokens + first * r->n_ctx,
           count * r->n_ctx * sizeof *t->tokens);
    for (size_t i = 0; i < count; i++) {
        uint16_t *tokens = t->tokens + i * r->n_ctx;
        int32_t token = gsc_tracing_token(&t->facts, which, tokens, first + i);
        t->exchanged[i] = token >= 0;
        if (token >= 0)
            tokens[trace->token] = (uint16_t)token;
    }
    GSC_TRY(gsc_residual_run(r, t->tokens, count, t->run.threads));
    GSC_TRY(run_donor(t, first, count));
    for (size_t l = 0; l < t->num_layers; l++) {
        mix(t, trace, l, count);
        GSC_TRY(gsc_residual_from(r, l, t->mixed, count, t->run.threads, t->logits));
        add_effects(t, which, l, first, count);
    }
out:
    return status;
}

static int
make_room(tracing *t)
{
    int status = 0;
    const gsc_residual *r = &t->run.residual;
    size_t stream = r->most * r->n_ctx * r->width;
    GSC_NEW(t->effects, GSC_TRACES * t->num_layers);
    GSC_NEW(t->is_right, r->most);
    GSC_NEW(t->exchanged, r->most);
    GSC_NEW(t->tokens, r->most * r->n_ctx);
    for (size_t l = 0; l < t->num_layers; l++)
        GSC_NEW(t->own[l], stream);
    GSC_NEW(t->mixed, stream);
    GSC_NEW(t->logits, r->most * r->n_ctx * r->num_outputs);
out:
    return status;
}

/* Open the network whose states are put in: it has the same blocks and tokens. */
static int
open_donor(tracing *t, const char *word)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    const gsc_residual *r = &t->run.residual, *d = &t->donor_residual;
    GSC_TRY(gsc_run_find(word, path));
    GSC_TRY(gsc_loaded_model_open(&t->donor, path));
    t->donor.type = t->run.loaded->type;
    t->has_donor = true;
    GSC_TRY(gsc_residual_open(&t->donor_residual, &t->donor));
    if (d->num_layers != r->num_layers || d->n_ctx != r->n_ctx ||
        d->width != r->width || d->num_outputs != r->num_outputs)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "states_of: %s has %zu blocks, %zu positions, width %zu and "
                         "%zu outputs, expected %zu, %zu, %zu and %zu",
                         path, d->num_layers, d->n_ctx, d->width, d->num_outputs,
                         r->num_layers, r->n_ctx, r->width, r->num_outputs));
out:
    return status;
}

static int
open_tracing(tracing *t, const gsc_measure_request *request)
{
    int status = 0;
    const struct options *o = request->options;
    *t = (tracing){.o = o};
    GSC_TRY(gsc_stream_run_open(&t->run, request, o->examples, (size_t)o->most));
    GSC_TRY(gsc_tracing_facts_init(&t->facts, request->loaded));
    if (*o->states_of)
        GSC_TRY(open_donor(t, o->states_of));
    t->num_layers = t->run.residual.num_layers + 1;
    if (o->layer >= (int64_t)t->num_layers)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "layer: %lld, but the last one is %zu",
                         (long long)o->layer, t->num_layers - 1));
    GSC_TRY(make_room(t));
    size_t most = t->run.residual.most;
    for (size_t first = 0; first < t->run.count; first += most) {
        size_t left = t->run.count - first, count = left < most ? left : most;
        GSC_TRY(run_own(t, first, count));
        for (size_t which = 0; which < GSC_TRACES; which++)
            GSC_TRY(trace_block(t, which, first, count));
    }
out:
    return status;
}

/* A mean over the examples that were traced; NaN over none. */
static double
mean(double sum, size_t count)
{
    return count > 0 ? sum / (double)count : (double)NAN;
}

/* ---- The tables ---- */

static const gsc_column checkpoint_columns[] = {
    {"examples", GSC_CELL_INTEGER, false, "that were run", false},
    {"accuracy", GSC_CELL_REAL, false,
     "share that is right; of others nothing is traced", false},
    {"layer", GSC_CELL_INTEGER, false, "whose states were exchanged", false},
    {"altered_1", GSC_CELL_REAL, false,
     "share whose answer is lost with the state of the first token (head, attribute)",
     false},
    {"altered_2", GSC_CELL_REAL, false,
     "with that of the second one (relation_1, entity_1)", false},
    {"altered_3", GSC_CELL_REAL, false,
     "with that of the third one (relation_2, entity_2)", false},
};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    tracing t;
    GSC_TRY(open_tracing(&t, request));
    size_t layer = t.o->layer >= 0 ? (size_t)t.o->layer : t.run.residual.num_layers / 2;
    GSC_TRY(gsc_rows_integer(rows, (int64_t)t.run.count));
    GSC_TRY(gsc_rows_real(rows, (double)t.right / (double)t.run.count));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)layer));
    for (size_t i = 0; i < GSC_TRACES; i++) {
        const effect *e = &t.effects[i * t.num_layers + layer];
        GSC_TRY(gsc_rows_real(rows, 1 - mean(e->first, e->count)));
    }
out:
    close_tracing(&t);
    return status;
}

static const gsc_column state_columns[] = {
    {"token", GSC_CELL_TEXT, true, "what was exchanged", false},
    {"position", GSC_CELL_INTEGER, false, "of the first state that was put in", false},
    {"layer", GSC_CELL_INTEGER, true, "0: before the first block; l: after block l - 1",
     false},
    {"traced", GSC_CELL_INTEGER, false, "examples, right as they are", false},
    {"altered", GSC_CELL_REAL, false, "share of them whose answer is no longer first",
     false},
    {"mrr", GSC_CELL_REAL, false, "mean of 1 / (place of the answer) after it", false},
    {"probability", GSC_CELL_REAL, false, "mean softmax of the answer after it", false},
    {"before", GSC_CELL_REAL, false, "the same of all that are right, as they are",
     false},
};

static int
fill_states(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    tracing t;
    GSC_TRY(open_tracing(&t, request));
    for (size_t i = 0; i < GSC_TRACES * t.num_layers; i++) {
        const gsc_trace *trace = &t.facts.traces[i / t.num_layers];
        const effect *e = &t.effects[i];
        GSC_TRY(gsc_rows_text(rows, trace->name));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)trace->first));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i % t.num_layers)));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)e->count));
        GSC_TRY(GSC_ROWS_REALS(
            rows, 1 - mean(e->first, e->count), mean(e->reciprocal, e->count),
            mean(e->probability, e->count), mean(t.probability, t.right)));
    }
out:
    close_tracing(&t);
    return status;
}

const gsc_measure gsc_measure_tracing = {
    .name = "tracing",
    .purpose = "which states the answer of two hops goes through",
    .examples = "  grokscope-tracing checkpoints/two-hop --step all\n"
                "      when the states in the middle begin to matter\n"
                "  grokscope-tracing checkpoints/two-hop --long\n"
                "      every token at every layer\n",
    .needs = GSC_NEEDS_TWO_HOP,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("state", state_columns, fill_states, NULL)}};
