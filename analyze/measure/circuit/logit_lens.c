/* The measure "logit_lens": what the residual stream says at each layer, read by the
 * final norm and the unembedding (nostalgebraist, 2020; as in Wang et al., arXiv
 * 2405.15071, section 3.3: the bridge entity at r1, the second relation at r2). */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/stream_run.h"
#include "train/task/two_hop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char examples[GSC_OPTION_TEXT_BYTES], labels[GSC_OPTION_TEXT_BYTES];
    int64_t most;
};

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(struct options, examples, "test", "SPLIT",
                 "Run the examples of this split."),
    GSC_ROW_INTEGER(struct options, most, "300", 1, 1e6,
                    "Examples at most, drawn at random."),
    GSC_ROW_TEXT(struct options, labels, "", "NAME@N,NAME@N",
                 "Look for these tokens: a field of one token, at a position from 0. "
                 "Unless said: of two hops bridge@1 and relation_2@2, of a comparison "
                 "value_1@2 and value_2@4."),
};
static const gsc_measure_options option_set = {"lens", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- What is looked for ---- */

enum { MOST_LABELS = 8 };

typedef struct label {
    char name[GSC_NAME_BYTES];
    const gsc_field *field; /* NULL: the answer */
    size_t position;
} label;

/* Sums over examples at one layer, then means. */
typedef struct sums {
    double reciprocal, first, probability;
} sums;

typedef struct lens {
    gsc_stream_run run;
    size_t num_labels; /* the answer comes last */
    label labels[MOST_LABELS + 1];
    size_t num_layers; /* of the stream: one more than blocks */
    sums *found;       /* [labels, num_layers] */
} lens;

static const char *
usual_labels(const gsc_loaded_model *loaded)
{
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    if (!gsc_loaded_model_has(loaded, GSC_TWO_HOP))
        return "";
    return gsc_dataset_find(dataset, GSC_HOP_BRIDGE)
               ? GSC_HOP_BRIDGE "@1," GSC_HOP_RELATION_2 "@2"
               : GSC_HOP_VALUE_1 "@2," GSC_HOP_VALUE_2 "@4";
}

/* "NAME@N"; *list goes on after it. */
static int
read_label(lens *l, const char **list)
{
    label *one = &l->labels[l->num_labels];
    size_t n_ctx = l->run.residual.n_ctx, outputs = l->run.residual.num_outputs;
    size_t length = strcspn(*list, "@,");
    const char *number = *list + length + 1;
    char *end = NULL;
    long position = (*list)[length] == '@' ? strtol(number, &end, 10) : -1;
    if (l->num_labels == MOST_LABELS)
        return gsc_fail(GSC_EARGUMENT, "labels: more than %d", MOST_LABELS);
    if (!end || end == number || (*end && *end != ','))
        return gsc_fail(GSC_EARGUMENT, "labels: '%s' is no NAME@N, as bridge@1", *list);
    if (position < 0 || (size_t)position >= n_ctx)
        return gsc_fail(GSC_EARGUMENT, "labels: position %ld, of %zu", position, n_ctx);
    snprintf(one->name, sizeof one->name, "%.*s", (int)length, *list);
    one->position = (size_t)position;
    one->field = gsc_dataset_find(&l->run.loaded->checkpoint.dataset, one->name);
    if (!one->field || gsc_shape_count(one->field->shape) != 1 ||
        one->field->num_values == 0 || one->field->num_values > outputs)
        return gsc_fail(GSC_EARGUMENT,
                        "labels: '%s' is no field of one token, below the %zu outputs",
                        one->name, outputs);
    l->num_labels++;
    *list = *end ? end + 1 : end;
    return 0;
}

static int
read_labels(lens *l, const struct options *o)
{
    int status = 0;
    const char *list = *o->labels ? o->labels : usual_labels(l->run.loaded);
    while (*list)
        GSC_TRY(read_label(l, &list));
    l->labels[l->num_labels++] = (label){"answer", NULL, l->run.position};
    GSC_NEW(l->found, l->num_labels * l->num_layers);
out:
    return status;
}

/* ---- Reading ---- */

static void
read_block(lens *l, size_t first, size_t count)
{
    const gsc_residual *r = &l->run.residual;
    for (size_t i = 0; i < l->num_labels * l->num_layers * count; i++) {
        size_t at = i / count, e = i % count, layer = at % l->num_layers;
        const label *one = &l->labels[at / l->num_layers];
        const double *logits =
            r->logits[layer] + (e * r->n_ctx + one->position) * r->num_outputs;
        size_t output =
            one->field
                ? (size_t)gsc_field_element(one->field, l->run.examples[first + e], 0)
                : l->run.answers[first + e];
        gsc_standing s = gsc_standing_of(logits, r->num_outputs, output);
        l->found[at].reciprocal += 1 / (double)(s.rank + 1);
        l->found[at].first += s.rank == 0;
        l->found[at].probability += s.probability;
    }
}

static int
open_lens(lens *l, const gsc_measure_request *request)
{
    int status = 0;
    const struct options *o = request->options;
    *l = (lens){.found = NULL};
    GSC_TRY(gsc_stream_run_open(&l->run, request, o->examples, (size_t)o->most));
    gsc_residual *r = &l->run.residual;
    l->num_layers = r->num_layers + 1;
    GSC_TRY(read_labels(l, o));
    for (size_t first = 0; first < l->run.count; first += r->most) {
        size_t left = l->run.count - first, count = left < r->most ? left : r->most;
        GSC_TRY(gsc_residual_run(r, l->run.tokens + first * r->n_ctx, count,
                                 request->threads));
        read_block(l, first, count);
    }
    for (size_t i = 0; i < l->num_labels * l->num_layers; i++) {
        l->found[i].reciprocal /= (double)l->run.count;
        l->found[i].first /= (double)l->run.count;
        l->found[i].probability /= (double)l->run.count;
    }
out:
    return status;
}

static void
close_lens(lens *l)
{
    gsc_stream_run_close(&l->run);
    free(l->found);
}

/* ---- The tables ---- */

static const gsc_column checkpoint_columns[] = {
    {"examples", GSC_CELL_INTEGER, false, "that were run", false},
    {"accuracy", GSC_CELL_REAL, false, "share whose answer is the network's first",
     false},
    {"answer_mrr", GSC_CELL_REAL, false,
     "mean of 1 / (place of the answer) among the network's outputs", false},
    {"label_1", GSC_CELL_TEXT, false, "the first label that is looked for", false},
    {"layer_1", GSC_CELL_REAL, false, "where it stands highest; 0: the embedding",
     false},
    {"mrr_1", GSC_CELL_REAL, false, "its mean of 1 / (place) there", false},
    {"label_2", GSC_CELL_TEXT, false, "the second label", false},
    {"layer_2", GSC_CELL_REAL, false, "where it stands highest", false},
    {"mrr_2", GSC_CELL_REAL, false, "its mean of 1 / (place) there", false},
};

static int
add_best(const lens *l, size_t which, gsc_rows *rows)
{
    int status = 0;
    bool is_there = which + 1 < l->num_labels;
    const sums *found = l->found + which * l->num_layers;
    size_t best = 0;
    for (size_t k = 1; is_there && k < l->num_layers; k++)
        if (found[k].reciprocal > found[best].reciprocal)
            best = k;
    GSC_TRY(gsc_rows_text(rows, is_there ? l->labels[which].name : ""));
    GSC_TRY(GSC_ROWS_REALS(rows, is_there ? (double)best : (double)NAN,
                           is_there ? found[best].reciprocal : (double)NAN));
out:
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    lens l;
    GSC_TRY(open_lens(&l, request));
    const sums *answer = &l.found[l.num_labels * l.num_layers - 1];
    GSC_TRY(gsc_rows_integer(rows, (int64_t)l.run.count));
    GSC_TRY(GSC_ROWS_REALS(rows, answer->first, answer->reciprocal));
    GSC_TRY(add_best(&l, 0, rows));
    GSC_TRY(add_best(&l, 1, rows));
out:
    close_lens(&l);
    return status;
}

static const gsc_column layer_columns[] = {
    {"label", GSC_CELL_TEXT, true, "what is looked for", false},
    {"position", GSC_CELL_INTEGER, false, "of the stream, from 0", false},
    {"layer", GSC_CELL_INTEGER, true, "0: before the first block; l: after block l - 1",
     false},
    {"mrr", GSC_CELL_REAL, false, "mean of 1 / (place among the outputs)", false},
    {"first", GSC_CELL_REAL, false, "share of examples where it is the first", false},
    {"probability", GSC_CELL_REAL, false, "mean softmax", false},
};

static int
fill_layers(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    lens l;
    GSC_TRY(open_lens(&l, request));
    for (size_t i = 0; i < l.num_labels * l.num_layers; i++) {
        const label *one = &l.labels[i / l.num_layers];
        GSC_TRY(gsc_rows_text(rows, one->name));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)one->position));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i % l.num_layers)));
        GSC_TRY(GSC_ROWS_REALS(rows, l.found[i].reciprocal, l.found[i].first,
                               l.found[i].probability));
    }
out:
    close_lens(&l);
    return status;
}

const gsc_measure gsc_measure_logit_lens = {
    .name = "logit_lens",
    .purpose = "what the residual stream says at each layer and position",
    .examples = "  grokscope-logit-lens checkpoints/two-hop --step all\n"
                "      since when is there a bridge entity in between?\n"
                "  grokscope-logit-lens checkpoints/two-hop --long\n"
                "      every label at every layer\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("layer", layer_columns, fill_layers, NULL)}};
