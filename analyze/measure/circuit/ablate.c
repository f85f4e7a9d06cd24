/* The measure "ablate": what a checkpoint does without some of its components. */
#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"
#include "grokscope/weights.h"

#include "analyze/network/part/ablation.h"
#include "train/numeric/gemm.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char drop[GSC_OPTION_TEXT_BYTES], keep[GSC_OPTION_TEXT_BYTES],
        from[GSC_OPTION_TEXT_BYTES];
    bool zero, mean;
    int64_t draws, seed;
};

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(struct options, drop, "", "PARTS",
                 "Remove these, with commas between:\ncircle=K: frequency K of the "
                 "embedding;\npc=N: its principal component N;\nhead=N or LAYER.N: an "
                 "attention head;\nneurons=N, or neurons=freq:K: those of frequency "
                 "K;\ntensor=NAME: a parameter.\nRanges are written pc=1-6. A number "
                 "without a kind is of the kind before it."),
    GSC_ROW_TEXT(struct options, keep, "", "PARTS",
                 "Keep these, and remove all others of the same kinds."),
    GSC_ROW_FLAG(struct options, zero, 0,
                 "Leave zeros in place of what is removed, which is the default."),
    GSC_ROW_FLAG(
        struct options, mean, 0,
        "Leave the mean in place of what is removed: of neurons and heads over all "
        "pairs, of a tensor over its rows. Circles and components always leave it."),
    GSC_ROW_TEXT(struct options, from, "", "FILE",
                 "Put the same parts of this checkpoint, run folder or FOLDER@STEP in "
                 "place of what is removed."),
    GSC_ROW_INTEGER(struct options, draws, "20", 0, 1e6,
                    "Ablate as many other parts of the same kind, drawn at random, so "
                    "many times over: columns ..._matched. 0: not at all."),
    GSC_ROW_INTEGER(struct options, seed, "0", 0, 0x1p53, "Seed of the draws."),
};
static const gsc_measure_options option_set = {"ablation", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- What to do ---- */

typedef struct plan {
    gsc_components components;
    gsc_ablation ablation;
    double *from;
} plan;

static void
free_plan(void *state)
{
    plan *p = state;
    if (!p)
        return;
    gsc_components_free(&p->components);
    free(p->from);
    free(p);
}

static int
check_options(const struct options *o)
{
    if (o->drop[0] != '\0' && o->keep[0] != '\0')
        return gsc_fail(GSC_EARGUMENT,
                        "expected one of --drop PARTS and --keep PARTS, found both");
    if (o->zero + o->mean + (o->from[0] != '\0') > 1)
        return gsc_fail(GSC_EARGUMENT,
                        "--zero, --mean and --from FILE exclude each other");
    return 0;
}

/* The components, and the weights that some come from, in the order that a lazy
 * checkpoint's have. */
static int
make_plan(plan *p, const struct options *o, gsc_lazy_checkpoint *lazy)
{
    int status = 0;
    const char *list = o->drop[0] != '\0' ? o->drop : o->keep;
    if (list[0] != '\0')
        GSC_TRY(gsc_components_init(&p->components, list));
    if (o->from[0] != '\0') {
        GSC_TRY(gsc_lazy_checkpoint_open(lazy));
        status = gsc_loaded_model_need_model(lazy->loaded);
        if (status < 0)
            GSC_TRY(gsc_fail_in(status, lazy->name));
        GSC_NEW(p->from, lazy->loaded->num_weights);
        GSC_TRY(
            gsc_weights_read(lazy->loaded->model.graph, o->from, GSC_FLOAT64, p->from));
    }
    p->ablation = (gsc_ablation){.components = &p->components,
                                 .keep = o->keep[0] != '\0',
                                 .mean = o->mean,
                                 .from = p->from,
                                 .seed = (uint64_t)o->seed};
out:
    return status;
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    (void)table;
    plan *p = NULL;
    GSC_TRY(check_options(options));
    GSC_NEW(p, 1);
    GSC_TRY(make_plan(p, options, &run_context->first));
    *state = p;
    return 0;
out:
    free_plan(p);
    return status;
}

/* ---- A checkpoint, whole and without the components ---- */

typedef struct pair {
    gsc_pair_outputs *before; /* the loaded model's */
    gsc_pair_outputs after;
    gsc_ablated ablated;
} pair;

static void
free_pair(pair *x)
{
    gsc_pair_outputs_free(&x->after);
    gsc_ablated_free(&x->ablated);
}

static int
look(pair *x, const gsc_measure_request *request)
{
    int status = 0;
    const gsc_ablation *ablation = &((const plan *)request->state)->ablation;
    const gsc_loaded_model *loaded = request->loaded;
    *x = (pair){.before = NULL};
    GSC_TRY(gsc_loaded_model_need_weights(loaded));
    GSC_TRY(gsc_pair_outputs_of(loaded, loaded->pairs.order,
                                gsc_ablation_needs_neurons(ablation), request->threads,
                                &x->before));
    GSC_TRY(gsc_pair_outputs_score(x->before));
    GSC_TRY(
        gsc_ablated_init(&x->ablated, loaded, x->before, ablation, request->threads));
    GSC_TRY(gsc_pair_outputs_init(&x->after, &x->ablated.loaded, loaded->pairs.order,
                                  false));
    GSC_TRY(
        gsc_pair_outputs_run(&x->after, x->ablated.loaded.weights, request->threads));
    GSC_TRY(gsc_pair_outputs_score(&x->after));
out:
    return status;
}

/* ---- As many others ---- */

/* Losses and accuracies of training, test and all pairs, in the order of columns. */
enum { NUM_SCORES = 6 };

/* Mean and standard deviation of each over all draws. */
typedef struct matched {
    size_t draws;
    double mean[NUM_SCORES], deviation[NUM_SCORES];
    gsc_draw_pool pools[GSC_NUM_COMPONENT_KINDS];
} matched;

static void
list_scores(const gsc_split_scores *scores, double list[NUM_SCORES])
{
    const gsc_scores *const splits[] = {&scores->train, &scores->test, &scores->all};
    for (size_t i = 0; i < 3; i++) {
        list[2 * i] = splits[i]->loss;
        list[2 * i + 1] = splits[i]->accuracy;
    }
}

static int
ablate_others(const pair *x, const gsc_measure_request *request, size_t draw,
              gsc_draw_pool *pools, double scores[NUM_SCORES])
{
    int status = 0;
    gsc_ablation ablation = ((const plan *)request->state)->ablation;
    pair other = {.before = x->before};
    ablation.draw = draw;
    GSC_TRY(gsc_ablated_init(&other.ablated, request->loaded, x->before, &ablation,
                             request->threads));
    GSC_TRY(gsc_pair_outputs_init(&other.after, &other.ablated.loaded,
                                  request->loaded->pairs.order, false));
    GSC_TRY(gsc_pair_outputs_run(&other.after, other.ablated.loaded.weights,
                                 request->threads));
    GSC_TRY(gsc_pair_outputs_score(&other.after));
    list_scores(&other.after.scores, scores);
    memcpy(pools, other.ablated.pools, sizeof other.ablated.pools);
out:
    free_pair(&other);
    return status;
}

/* No draws where nothing is removed, and of tensors, which have no like. */
static int
match(const pair *x, const gsc_measure_request *request, matched *m)
{
    int status = 0;
    const struct options *o = request->options;
    const gsc_components *components = &((const plan *)request->state)->components;
    double *all = NULL, scores[NUM_SCORES];
    bool draws = x->ablated.num_ablated > 0 &&
                 !gsc_components_have(components, GSC_COMPONENT_TENSOR);
    *m = (matched){.draws = draws ? (size_t)o->draws : 0};
    GSC_NEW(all, NUM_SCORES * m->draws);
    for (size_t d = 0; d < m->draws; d++) {
        GSC_TRY(ablate_others(x, request, d + 1, m->pools, scores));
        for (size_t i = 0; i < NUM_SCORES; i++)
            all[i * m->draws + d] = scores[i];
    }
    for (size_t i = 0; i < NUM_SCORES; i++)
        gsc_stats_mean(all + i * m->draws, m->draws, &m->mean[i], &m->deviation[i]);
out:
    free(all);
    return status;
}

/* "non-key", "others", "non-key others"; "none" without draws. */
static int
add_pools(gsc_rows *rows, const matched *m)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t kind = 0; kind < GSC_NUM_COMPONENT_KINDS; kind++)
        if (m->pools[kind] != GSC_DRAW_NONE)
            GSC_TRY(gsc_text_add(&text, "%s%s", text.length > 0 ? " " : "",
                                 gsc_draw_pool_names[m->pools[kind]]));
    GSC_TRY(gsc_rows_text(rows, text.length > 0 ? text.data : "none"));
out:
    gsc_text_free(&text);
    return status;
}

/* "drop circle=21", "keep pc=1-6 mean", "drop head=2 from other.h5", "none" */
static int
add_name(gsc_rows *rows, const struct options *o)
{
    int status = 0;
    gsc_text text = {0};
    bool drops = o->drop[0] != '\0', keeps = o->keep[0] != '\0';
    GSC_TRY(gsc_text_add(&text, "%s%s",
                         drops   ? "drop "
                         : keeps ? "keep "
                                 : "none",
                         drops ? o->drop : o->keep));
    if (o->mean)
        GSC_TRY(gsc_text_add(&text, " mean"));
    if (o->from[0] != '\0')
        GSC_TRY(gsc_text_add(&text, " from %s", o->from));
    GSC_TRY(gsc_rows_text(rows, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* ---- One row for each checkpoint ---- */

#define MATCHED_COLUMNS(score)                                                      \
    {score "_matched", GSC_CELL_REAL, false,                                        \
     "mean of the same after each ablation of as many others", false},              \
    {                                                                               \
        score "_matched_deviation", GSC_CELL_REAL, false, "its standard deviation", \
            false                                                                   \
    }

static const gsc_column checkpoint_columns[] = {
    {"ablation", GSC_CELL_TEXT, true, "what was done to the parts", false},
    {"removed", GSC_CELL_INTEGER, false,
     "parts that are removed: circles, components, heads, …", false},
    {"train_loss", GSC_CELL_REAL, false, "loss of the training pairs", false},
    {"train_loss_ablated", GSC_CELL_REAL, false, "the same after the ablation", false},
    {"train_accuracy", GSC_CELL_REAL, false,
     "share of the training pairs that are right", false},
    {"train_accuracy_ablated", GSC_CELL_REAL, false, "the same after the ablation",
     false},
    {"test_loss", GSC_CELL_REAL, false, "loss of the test pairs", false},
    {"test_loss_ablated", GSC_CELL_REAL, false, "the same after the ablation", false},
    {"test_accuracy", GSC_CELL_REAL, false, "share of the test pairs that are right",
     false},
    {"test_accuracy_ablated", GSC_CELL_REAL, false, "the same after the ablation",
     false},
    {"all_loss", GSC_CELL_REAL, false, "loss of all pairs", false},
    {"all_loss_ablated", GSC_CELL_REAL, false, "the same after the ablation", false},
    {"all_accuracy", GSC_CELL_REAL, false, "share of all pairs that are right", false},
    {"all_accuracy_ablated", GSC_CELL_REAL, false, "the same after the ablation",
     false},
    {"draws", GSC_CELL_INTEGER, false,
     "ablations of as many other parts, drawn at random", true},
    {"drawn_from", GSC_CELL_TEXT, false,
     "what they are drawn from: others, of circles those that are non-key, or all "
     "where "
     "others are too few; none",
     false},
    MATCHED_COLUMNS("train_loss"),
    MATCHED_COLUMNS("train_accuracy"),
    MATCHED_COLUMNS("test_loss"),
    MATCHED_COLUMNS("test_accuracy"),
    MATCHED_COLUMNS("all_loss"),
    MATCHED_COLUMNS("all_accuracy"),
};

static int
add_scores(gsc_rows *rows, const gsc_scores *before, const gsc_scores *after)
{
    int status = 0;
    GSC_TRY(gsc_rows_real(rows, before->loss));
    GSC_TRY(gsc_rows_real(rows, after->loss));
    GSC_TRY(gsc_rows_real(rows, before->accuracy));
    GSC_TRY(gsc_rows_real(rows, after->accuracy));
out:
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    pair x;
    matched m;
    GSC_TRY(look(&x, request));
    GSC_TRY(match(&x, request, &m));
    const gsc_split_scores *before = &x.before->scores, *after = &x.after.scores;
    GSC_TRY(add_name(rows, request->options));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)x.ablated.num_ablated));
    GSC_TRY(add_scores(rows, &before->train, &after->train));
    GSC_TRY(add_scores(rows, &before->test, &after->test));
    GSC_TRY(add_scores(rows, &before->all, &after->all));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)m.draws));
    GSC_TRY(add_pools(rows, &m));
    for (size_t i = 0; i < NUM_SCORES; i++) {
        GSC_TRY(gsc_rows_real(rows, m.mean[i]));
        GSC_TRY(gsc_rows_real(rows, m.deviation[i]));
    }
out:
    free_pair(&x);
    return status;
}

/* ---- One row for each frequency of the outputs ---- */

static const gsc_column frequency_columns[] = {
    {"ablation", GSC_CELL_TEXT, true, "what was done to the parts", false},
    {"frequency", GSC_CELL_INTEGER, true, "1 … p/2, over the answers c", false},
    {"power_before", GSC_CELL_REAL, false,
     "sum of the squares of the logits' components of it, over all pairs", false},
    {"power_after", GSC_CELL_REAL, false, "the same after the ablation", false},
    {"change_share", GSC_CELL_REAL, false,
     "share that it has of the squares of what the removed parts wrote to the logits",
     false},
    {"v_before", GSC_CELL_REAL, false,
     "coefficient of its cos(w(s - c)); nan: the operation is no sum", false},
    {"v_after", GSC_CELL_REAL, false, "the same after the ablation", false},
};

/* power[k] = sum over all pairs of the squares of what the logits x [n n, n] have of
 * frequency k: of the rows of F (XᵀX) Fᵀ. */
static int
find_power(const double *x, size_t n, double *power)
{
    int status = 0;
    gsc_matrix basis = {0};
    double *gram = NULL, *turned = NULL;
    GSC_TRY(gsc_dft_basis(n, &basis));
    GSC_NEW(gram, n * n);
    GSC_NEW(turned, n * n);
    gsc_gemm_f64(true, false, n, n, n * n, 1, x, n, x, n, 0, gram, n); /* XᵀX */
    gsc_gemm_f64(false, false, n, n, n, 1, basis.data, n, gram, n, 0, turned, n);
    for (size_t k = 0; k <= n / 2; k++) {
        size_t first, count = gsc_pairs_rows(n, k, &first);
        power[k] = 0;
        for (size_t i = first * n; i < (first + count) * n; i++)
            power[k] += turned[i] * basis.data[i];
    }
out:
    gsc_matrix_free(&basis);
    free(gram);
    free(turned);
    return status;
}

/* v of the logits; NaN where the operation is no sum. */
static int
find_modes(const gsc_pair_outputs *pair_outputs, double *v)
{
    int status = 0;
    gsc_direction direction;
    gsc_restricted_loss ablation = {.of_neurons = false};
    gsc_cube cube;
    for (size_t k = 0; k <= pair_outputs->grid.n / 2; k++)
        v[k] = NAN;
    if (gsc_pair_outputs_direction(pair_outputs, &direction) < 0)
        return 0;
    gsc_pair_logits answers = gsc_pair_outputs_logits(pair_outputs, direction);
    GSC_TRY(gsc_restricted_loss_init(&ablation, &answers));
    GSC_TRY(gsc_restricted_loss_cube(&ablation, v, &cube));
out:
    gsc_restricted_loss_free(&ablation);
    return status;
}

/* What one row for each frequency is made of, [n/2 + 1] each. */
typedef struct spectra {
    double *before, *after, *change, *v_before, *v_after;
    double total; /* of the change, over all frequencies above 0 */
} spectra;

static int
find_spectra(const pair *x, double *room, spectra *s)
{
    int status = 0;
    size_t n = x->before->grid.n, count = n / 2 + 1, cube = n * n * n;
    double *difference = NULL;
    *s = (spectra){
        room, room + count, room + 2 * count, room + 3 * count, room + 4 * count, 0};
    GSC_ROOM(difference, cube);
    for (size_t i = 0; i < cube; i++)
        difference[i] = x->before->logits[i] - x->after.logits[i];
    GSC_TRY(find_power(x->before->logits, n, s->before));
    GSC_TRY(find_power(x->after.logits, n, s->after));
    GSC_TRY(find_power(difference, n, s->change));
    GSC_TRY(find_modes(x->before, s->v_before));
    GSC_TRY(find_modes(&x->after, s->v_after));
    for (size_t k = 1; k < count; k++)
        s->total += s->change[k];
out:
    free(difference);
    return status;
}

static int
fill_frequencies(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    pair x;
    spectra s;
    double *room = NULL;
    x = (pair){.before = NULL};
    GSC_TRY(gsc_binary_table_need_frequencies(&request->loaded->pairs));
    GSC_TRY(look(&x, request));
    size_t count = x.before->grid.n / 2 + 1;
    GSC_NEW(room, 5 * count);
    GSC_TRY(find_spectra(&x, room, &s));
    for (size_t k = 1; k < count; k++) {
        GSC_TRY(add_name(rows, request->options));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
        GSC_TRY(gsc_rows_real(rows, s.before[k]));
        GSC_TRY(gsc_rows_real(rows, s.after[k]));
        GSC_TRY(gsc_rows_real(rows, s.total > 0 ? s.change[k] / s.total : 0));
        GSC_TRY(gsc_rows_real(rows, s.v_before[k]));
        GSC_TRY(gsc_rows_real(rows, s.v_after[k]));
    }
out:
    free(room);
    free_pair(&x);
    return status;
}

const gsc_measure gsc_measure_ablate = {
    .name = "ablate",
    .purpose = "what a checkpoint does without some parts, or with others'",
    .examples = "  grokscope-ablate checkpoints/demo --drop circle=2\n"
                "      losses without frequency 2 of the embedding\n"
                "  grokscope-ablate checkpoints/demo --keep pc=1-4 --step all\n"
                "      with only its first four principal components, at every "
                "step\n"
                "  grokscope-ablate checkpoints/demo --drop neurons=freq:2 --mean\n"
                "      with neurons of frequency 2 held at their mean\n"
                "  grokscope-ablate checkpoints/demo --drop circle=2 --long\n"
                "      which frequencies of the logits that circle wrote\n"
                "  grokscope-ablate checkpoints/demo --drop tensor=embed.W_E "
                "--from checkpoints/demo@0\n"
                "      with the embedding it began with\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .least_residues = 2,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("frequency", frequency_columns, fill_frequencies, NULL)},
    .prepare = prepare,
    .release = free_plan,
};
