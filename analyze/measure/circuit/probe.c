/* The measure "probe": what a linear map reads from activations (Alain and Bengio,
 * arXiv 1610.01644), beside control tasks (Hewitt and Liang, arXiv 1909.03368). */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/method/linear_probe.h"
#include "analyze/network/example_labels.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which examples are probed, and how they are divided. */
enum { ALL, TRAIN, TEST, SPLITS };
static const char *const example_names[] = {"all", "train", "test", "splits", NULL};

struct options {
    char activations[GSC_OPTION_TEXT_BYTES], labels[GSC_OPTION_TEXT_BYTES];
    char position[GSC_OPTION_TEXT_BYTES], control_by[GSC_OPTION_TEXT_BYTES];
    int64_t examples, draws, probe_seed;
    double fitted_share, ridge;
};

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(struct options, activations, "", "NAME,NAME",
                 "Probe these, as grokscope-embedding --list names them. Unless said: "
                 "the neurons that the answer is made of, or else what was computed "
                 "last; with --long all but attention patterns and scores."),
    GSC_ROW_TEXT(struct options, labels, "", "NAME,NAME",
                 "Read these labels. Unless said: the first output's; with --long each "
                 "output's, operands, bits that count."),
    GSC_ROW_TEXT(struct options, position, "answer", "POSITION",
                 "Position of the activations: answer, a, b, or a number from 0."),
    GSC_ROW_CHOICE(
        struct options, examples, "all", example_names,
        "Examples that are probed:\nall: a share of all is fitted, the others are held "
        "out;\ntrain, test: likewise within that split;\nsplits: those trained on are "
        "fitted, those to test on held out."),
    GSC_ROW_REAL(struct options, fitted_share, "0.5", 0.01, 0.99,
                 "Share of the examples that is fitted, drawn at random."),
    GSC_ROW_REAL(struct options, ridge, "0.01", 0, 1e6,
                 "Ridge of the least squares, as a share of the mean eigenvalue."),
    GSC_ROW_INTEGER(struct options, draws, "3", 1, 1000,
                    "Control tasks that are drawn for each label."),
    GSC_ROW_TEXT(struct options, control_by, "", "NAME",
                 "What has one control label: input, each different one; pair, each "
                 "two operands in either order; example; or a label, as a. Unless "
                 "said: pair where the operation is commutative, else input."),
    GSC_ROW_INTEGER(struct options, probe_seed, "0", 0, 0x1p53,
                    "Seed of the division and of the controls."),
};
static const gsc_measure_options option_set = {"definition", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* Columns of an activation that are too many to make squares of. */
enum { MOST_COLUMNS = 8192 };

/* ---- What is probed ---- */

typedef struct probing {
    const gsc_measure_request *request;
    const struct options *o;
    gsc_embedding_source *sources;
    size_t num_sources;
    gsc_embedding embedding;   /* of the activation that is probed now */
    gsc_example_labels labels; /* made with the first */
    uint32_t *rows;            /* [labels.n]: fitted ones, then those held out */
    gsc_probe_rows fitted, held_out;
    gsc_linear_probe probe;
    uint32_t *types, *own; /* [labels.n] of the controls; `own` is freed */
    size_t num_types;
    /* Work: [2 num_types], [labels.n], [labels.n], [labels.n * width], [draws] */
    uint32_t *shuffled, *from, *classes;
    double *scores[2];
} probing;

static void
free_probing(probing *p)
{
    gsc_linear_probe_free(&p->probe);
    gsc_example_labels_free(&p->labels);
    gsc_embedding_free(&p->embedding);
    free(p->sources);
    free(p->rows);
    free(p->own);
    free(p->shuffled);
    free(p->from);
    free(p->classes);
    free(p->scores[0]);
    free(p->scores[1]);
}

/* The next of "NAME,NAME"; false at its end. */
static bool
next_name(const char **list, char name[GSC_NAME_BYTES])
{
    *list += strspn(*list, ", ");
    size_t length = strcspn(*list, ",");
    snprintf(name, GSC_NAME_BYTES, "%.*s", (int)length, *list);
    *list += length;
    return length > 0;
}

static bool
is_attention(const char *name)
{
    return gsc_text_ends_with(name, "hook_pattern") ||
           gsc_text_ends_with(name, "hook_attn_scores");
}

/* What hook points have other names for, in a network that has such points. */
static bool
is_alias(const char *name)
{
    return strcmp(name, "neurons") == 0 || strcmp(name, "logits") == 0;
}

/* Whether a source is an activation with one row for each position, by the first of its
 * names. */
static bool
is_usual(const probing *p, size_t source)
{
    const gsc_embedding_source *s = &p->sources[source];
    bool hooks = false, again = false;
    for (size_t i = 0; i < p->num_sources; i++) {
        const gsc_embedding_source *other = &p->sources[i];
        bool hook =
            other->kind == GSC_EMBEDDING_SOURCE_ACTIVATION && !is_alias(other->name);
        hooks = hooks || hook;
        again = again || (hook && i < source && other->node == s->node);
    }
    return s->kind == GSC_EMBEDDING_SOURCE_ACTIVATION && s->cols <= MOST_COLUMNS &&
           !is_attention(s->name) && !again && !(hooks && is_alias(s->name));
}

/* Neurons; or the last hidden layer, which is named after all that it is made of. */
static const char *
usual_activation(const probing *p)
{
    const char *last = "logits";
    for (size_t i = 0; i < p->num_sources; i++) {
        if (p->sources[i].kind == GSC_EMBEDDING_SOURCE_ACTIVATION &&
            strcmp(p->sources[i].name, "neurons") == 0)
            return "neurons";
        if (is_usual(p, i))
            last = p->sources[i].name;
    }
    return last;
}

static int
init_probing(probing *p, const gsc_measure_request *request)
{
    *p = (probing){.request = request, .o = request->options};
    return gsc_embedding_sources_list(request->loaded, &p->sources, &p->num_sources);
}

/* ---- Examples, fitted and held out ---- */

static int
take_split(probing *p, const char *name, size_t *count)
{
    const gsc_dataset *dataset = &p->request->loaded->checkpoint.dataset;
    const gsc_split *split = gsc_dataset_split(dataset, name);
    if (!split)
        return gsc_fail(GSC_EARGUMENT,
                        "examples: it is not known which ones are in the split %s",
                        name);
    if (split->count > p->labels.n - *count)
        return gsc_fail(GSC_EFORMAT, "/data/splits: an example is in two of them");
    memcpy(p->rows + *count, split->indices, split->count * sizeof *p->rows);
    *count += split->count;
    return 0;
}

/* As many are fitted as the share says, but one at least, and one is held out. */
static size_t
num_fitted(const probing *p, size_t count)
{
    size_t fitted = (size_t)(p->o->fitted_share * (double)count + 0.5);
    fitted = fitted < 1 ? 1 : fitted;
    return fitted < count ? fitted : count - 1;
}

static int
divide(probing *p)
{
    int status = 0;
    size_t count = 0, fitted = 0;
    GSC_NEW(p->rows, p->labels.n);
    if (p->o->examples == ALL)
        for (; count < p->labels.n; count++)
            p->rows[count] = (uint32_t)count;
    if (p->o->examples == TRAIN || p->o->examples == SPLITS)
        GSC_TRY(take_split(p, "train", &count));
    fitted = count;
    if (p->o->examples == TEST || p->o->examples == SPLITS)
        GSC_TRY(take_split(p, "test", &count));
    if (p->o->examples != SPLITS && count > 1) {
        gsc_rng_shuffle(p->rows, count, (uint64_t)p->o->probe_seed,
                        gsc_rng_stream("probe"));
        fitted = num_fitted(p, count);
    }
    if (fitted == 0 || fitted == count)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "examples: %zu to be fitted and %zu to be held out; a probe "
                         "takes one of each at least",
                         fitted, count - fitted));
    p->fitted = (gsc_probe_rows){p->rows, fitted};
    p->held_out = (gsc_probe_rows){p->rows + fitted, count - fitted};
out:
    return status;
}

static int
refuse_label(const probing *p, const char *option, const char *name)
{
    int status = 0;
    gsc_text names = {0};
    for (size_t i = 0; i < p->labels.count; i++)
        GSC_TRY(gsc_text_add(&names, " %s", p->labels.items[i].name));
    status = gsc_fail(GSC_EARGUMENT, "%s: no '%s'; there are:%s", option, name,
                      names.length > 0 ? names.data : " none");
out:
    gsc_text_free(&names);
    return status;
}

/* Whether a o b = b o a for all, so that one pair tells of two inputs. */
static bool
is_commutative(const gsc_binary_table *pairs)
{
    for (size_t a = 0; a < pairs->n; a++)
        for (size_t b = 0; b < a; b++)
            if (pairs->table[a * pairs->n + b] != pairs->table[b * pairs->n + a])
                return false;
    return pairs->n > 0;
}

static int
choose_types(probing *p)
{
    int status = 0;
    size_t n = p->labels.n;
    bool commutes = is_commutative(&p->request->loaded->pairs) && p->labels.pairs;
    const char *usual = commutes ? "pair" : "input";
    const char *by = *p->o->control_by ? p->o->control_by : usual;
    const gsc_example_label *label = gsc_example_labels_find(&p->labels, by);
    if (strcmp(by, "input") == 0) {
        p->types = p->labels.inputs;
        p->num_types = p->labels.num_inputs;
    } else if (strcmp(by, "example") == 0) {
        GSC_NEW(p->own, n);
        for (size_t i = 0; i < n; i++)
            p->own[i] = (uint32_t)i;
        p->types = p->own;
        p->num_types = n;
    } else if (strcmp(by, "pair") == 0 && p->labels.pairs) {
        p->types = p->labels.pairs;
        p->num_types = p->labels.num_pairs;
    } else if (label && label->num_classes > 0) {
        p->types = label->classes;
        p->num_types = label->num_classes;
    } else {
        GSC_TRY(refuse_label(p, "control_by", by));
    }
    GSC_NEW(p->shuffled, 2 * p->num_types);
    GSC_NEW(p->from, n);
    GSC_NEW(p->classes, n);
    for (size_t i = 0; i < 2; i++)
        GSC_NEW(p->scores[i], (size_t)p->o->draws);
out:
    return status;
}

/* ---- One label of one activation ---- */

/* Score the classes or numbers that row i takes from row from[i] (NULL: its own). */
static int
score(probing *p, const gsc_example_label *label, const uint32_t *from,
      gsc_probe_score *found)
{
    int status = 0;
    size_t n = p->labels.n, width = label->width;
    double *moved = NULL;
    if (label->num_classes > 0) {
        for (size_t i = 0; i < n; i++)
            p->classes[i] = label->classes[from ? from[i] : i];
        return gsc_linear_probe_classes(&p->probe, p->classes, label->num_classes, NULL,
                                        NULL, found);
    }
    if (!from)
        return gsc_linear_probe_numbers(&p->probe, label->values, width, found);
    GSC_NEW(moved, n * width);
    for (size_t i = 0; i < n; i++)
        memcpy(moved + i * width, label->values + from[i] * width,
               width * sizeof *moved);
    GSC_TRY(gsc_linear_probe_numbers(&p->probe, moved, width, found));
out:
    free(moved);
    return status;
}

typedef struct finding {
    gsc_probe_score own, control;
    double spread, chance;
} finding;

static int
find(probing *p, const gsc_example_label *label, finding *f)
{
    int status = 0;
    size_t draws = (size_t)p->o->draws, *counts = NULL;
    char name[2 * GSC_NAME_BYTES];
    *f = (finding){.chance = 0};
    snprintf(name, sizeof name, "probe:%s", label->name);
    GSC_TRY(score(p, label, NULL, &f->own));
    for (size_t i = 0; i < draws; i++) {
        gsc_probe_score one;
        gsc_probe_control(
            p->types, p->labels.n, p->num_types, (uint64_t)p->o->probe_seed,
            gsc_rng_substream(gsc_rng_stream(name), i), p->shuffled, p->from);
        GSC_TRY(score(p, label, p->from, &one));
        p->scores[0][i] = one.fitted;
        p->scores[1][i] = one.held_out;
    }
    gsc_stats_mean(p->scores[0], draws, &f->control.fitted, NULL);
    gsc_stats_mean(p->scores[1], draws, &f->control.held_out, &f->spread);
    if (label->num_classes > 0) {
        GSC_NEW(counts, label->num_classes);
        f->chance = gsc_linear_probe_chance(&p->probe, label->classes,
                                            label->num_classes, counts);
    }
out:
    free(counts);
    return status;
}

static int
add_row(probing *p, const char *activation, const gsc_example_label *label,
        gsc_rows *rows)
{
    int status = 0;
    finding f;
    GSC_TRY(find(p, label, &f));
    GSC_TRY(gsc_rows_text(rows, activation));
    GSC_TRY(gsc_rows_text(rows, label->name));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)p->embedding.x.cols));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)label->num_classes));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)p->fitted.count));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)p->held_out.count));
    GSC_TRY(GSC_ROWS_REALS(rows, f.own.fitted, f.own.held_out, f.control.fitted,
                           f.control.held_out, f.spread,
                           f.own.held_out - f.control.held_out, f.chance));
out:
    return status;
}

/* ---- All labels of one activation ---- */

/* Take an activation's rows over all examples, and fit what its labels share. */
static int
take(probing *p, const char *activation)
{
    int status = 0;
    const gsc_embedding_request request = {activation, GSC_INPUT_EACH, GSC_INPUTS_ALL,
                                           p->o->position};
    gsc_linear_probe_free(&p->probe);
    gsc_embedding_free(&p->embedding);
    GSC_TRY(gsc_embedding_init(&p->embedding, p->request->loaded, &request,
                               p->request->threads));
    if (p->embedding.kind != GSC_ROW_INPUT || p->embedding.x.cols > MOST_COLUMNS)
        return gsc_fail(
            GSC_EARGUMENT,
            "activations: %s has %zu columns and a row for each %s; "
            "expected an activation of at most %d columns",
            activation, p->embedding.x.cols,
            gsc_row_kind_name(p->embedding.kind, &p->request->loaded->pairs),
            (int)MOST_COLUMNS);
    if (!p->rows) {
        GSC_TRY(gsc_example_labels_init(&p->labels, p->request->loaded, &p->embedding));
        GSC_TRY(divide(p));
        GSC_TRY(choose_types(p));
    }
    status = gsc_linear_probe_init(&p->probe, &p->embedding.x, p->fitted, p->held_out,
                                   p->o->ridge);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, activation));
out:
    return status;
}

/* `first`: no label but the first, unless some are named. */
static int
add_labels(probing *p, const char *activation, bool first, gsc_rows *rows)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    const char *list = p->o->labels;
    GSC_TRY(take(p, activation));
    for (size_t i = 0; !*list && i < p->labels.count; i++)
        if (p->labels.items[i].usual && (!first || i == 0))
            GSC_TRY(add_row(p, activation, &p->labels.items[i], rows));
    for (bool more = true; more && next_name(&list, name); more = !first) {
        const gsc_example_label *label = gsc_example_labels_find(&p->labels, name);
        GSC_TRY(label ? add_row(p, activation, label, rows)
                      : refuse_label(p, "labels", name));
    }
out:
    return status;
}

/* ---- The tables ---- */

#define PROBED(identifies)                                                            \
    {"activation", GSC_CELL_TEXT, identifies, "what is probed", false},               \
        {"label", GSC_CELL_TEXT, identifies, "what is read from it", false},          \
        {"width", GSC_CELL_INTEGER, false, "numbers that each example has there",     \
         false},                                                                      \
        {"classes", GSC_CELL_INTEGER, false,                                          \
         "different values of the label; 0: it is of numbers, and R^2 stands for "    \
         "each "                                                                      \
         "accuracy",                                                                  \
         false},                                                                      \
        {"fitted", GSC_CELL_INTEGER, false, "number of examples that are fitted",     \
         false},                                                                      \
        {"held_out", GSC_CELL_INTEGER, false, "number of those held out", false},     \
        {"fitted_accuracy", GSC_CELL_REAL, false,                                     \
         "share of the fitted examples that the probe is right of", false},           \
        {"accuracy", GSC_CELL_REAL, false, "share of those held out", false},         \
        {"control_fitted", GSC_CELL_REAL, false,                                      \
         "fitted_accuracy of control tasks, their mean: what the probe can remember", \
         false},                                                                      \
        {"control_accuracy", GSC_CELL_REAL, false, "accuracy of control tasks",       \
         false},                                                                      \
        {"control_spread", GSC_CELL_REAL, false,                                      \
         "its standard deviation over the draws", false},                             \
        {"selectivity", GSC_CELL_REAL, false, "accuracy less control_accuracy",       \
         false},                                                                      \
    {                                                                                 \
        "chance", GSC_CELL_REAL, false,                                               \
            "accuracy of always saying the most frequent class", false                \
    }

static const gsc_column checkpoint_columns[] = {PROBED(false)};
static const gsc_column probe_columns[] = {PROBED(true)};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    probing p;
    char name[GSC_NAME_BYTES];
    const char *list = ((const struct options *)request->options)->activations;
    GSC_TRY(init_probing(&p, request));
    if (!next_name(&list, name))
        snprintf(name, sizeof name, "%s", usual_activation(&p));
    GSC_TRY(add_labels(&p, name, true, rows));
out:
    free_probing(&p);
    return status;
}

static int
fill_probes(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    probing p;
    char name[GSC_NAME_BYTES];
    const char *list = ((const struct options *)request->options)->activations;
    GSC_TRY(init_probing(&p, request));
    for (size_t i = 0; !*list && i < p.num_sources; i++)
        if (is_usual(&p, i))
            GSC_TRY(add_labels(&p, p.sources[i].name, false, rows));
    while (next_name(&list, name))
        GSC_TRY(add_labels(&p, name, false, rows));
out:
    free_probing(&p);
    return status;
}

const gsc_measure gsc_measure_probe = {
    .name = "probe",
    .purpose = "what a linear probe reads from activations, against control labels",
    .examples = "  grokscope-probe checkpoints/demo --step 0:3000:1000\n"
                "      can the answer be read from the neurons, and since when?\n"
                "  grokscope-probe checkpoints/demo --long --labels answer,a\n"
                "      the answer and an operand, read from every activation\n"
                "  grokscope-probe checkpoints/demo --labels train\n"
                "      can one tell which pairs the network was trained on?\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("probe", probe_columns, fill_probes, NULL)}};
