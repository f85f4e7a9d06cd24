/* The measure "progress": losses that tell how far a circuit has come. */
#include "grokscope/error.h"
#include "grokscope/key_frequency.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/method/phases.h"
#include "analyze/network/pairs/fourier_modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FROM_FINAL, FROM_EACH };
static const char *const sources[] = {"final", "each", NULL};

struct options {
    int64_t convention, key_rule, keys_from;
    double key_fve;
    char keys[GSC_OPTION_TEXT_BYTES];
};

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(
        struct options, convention, "nanda", gsc_convention_names,
        "Definition of restricted and excluded losses:\nnanda: the logits are "
        "projected;\nnotebook: the neurons are projected, the residual path is "
        "kept;\nchughtai: the neurons are projected, the residual path is dropped."),
    GSC_ROW_CHOICE(struct options, key_rule, "neuron", gsc_key_rule_names,
                   "Rule by which a frequency is key:\nneuron: it is the frequency of "
                   "some neuron;\nenergy: it has at least twice an even share of the "
                   "energy of the neuron-logit map;\nlogit: its mode has at least a "
                   "hundredth of the logits' power."),
    GSC_ROW_REAL(struct options, key_fve, "0.5", 0, 1,
                 "With --key-rule neuron: count only neurons whose frequency explains "
                 "at least this share of their variance."),
    GSC_ROW_CHOICE(struct options, keys_from, "final", sources,
                   "Take the key frequencies of the run's last checkpoint, or those "
                   "that each checkpoint has itself. A run that still trains has no "
                   "last one: then each has its own."),
    GSC_ROW_TEXT(struct options, keys, "", "K,K",
                 "Take these as key frequencies, and find none."),
};
static const gsc_measure_options option_set = {"definition", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- Key frequencies ---- */

typedef struct key_list {
    size_t count, *keys;
} key_list;

static void
free_list(void *state)
{
    key_list *list = state;
    if (list)
        free(list->keys);
    free(list);
}

static int
new_list(size_t room, key_list **list)
{
    int status = 0;
    GSC_NEW(*list, 1);
    GSC_NEW((*list)->keys, room);
out:
    return status;
}

/* "14,35,41" */
static int
read_keys(const char *keys, key_list *list)
{
    const char *text = keys;
    for (char *end;; text = end + 1) {
        unsigned long k = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
        if (k == 0 || k > UINT16_MAX || (*end != ',' && *end != '\0'))
            return gsc_fail(GSC_EARGUMENT,
                            "keys: '%s' is none of frequencies with commas, as "
                            "14,35,41",
                            keys);
        for (size_t i = 0; i < list->count; i++)
            if (list->keys[i] == k)
                return gsc_fail(GSC_EARGUMENT, "keys: %lu stands twice", k);
        list->keys[list->count++] = k;
        if (*end == '\0')
            return 0;
    }
}

static int
find_keys(const struct options *o, const gsc_fourier_modes *modes, key_list *list)
{
    int status = 0;
    bool *key = NULL;
    GSC_NEW(key, modes->count);
    GSC_TRY(gsc_fourier_modes_keys(modes, (gsc_key_rule)o->key_rule, o->key_fve, key));
    list->count = gsc_key_frequency_list(key, modes->count, list->keys);
out:
    free(key);
    return status;
}

static int
find_keys_of(const struct options *o, gsc_lazy_checkpoint *lazy, key_list **list)
{
    int status = 0;
    gsc_fourier_modes modes = {.v = NULL};
    GSC_TRY(gsc_lazy_checkpoint_open(lazy));
    status = gsc_fourier_modes_init(&modes, lazy->loaded, GSC_CONVENTION_NANDA,
                                    o->key_rule == GSC_KEYS_BY_NEURON, NULL);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, lazy->name));
    GSC_TRY(new_list(modes.count, list));
    GSC_TRY(find_keys(o, &modes, *list));
out:
    gsc_fourier_modes_free(&modes);
    return status;
}

/* The keys that all checkpoints of a run share; none with --keys-from each, and none
 * while it trains. */
static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    const struct options *o = options;
    (void)table;
    key_list *list = NULL;
    if (o->keys[0] != '\0') {
        GSC_TRY(new_list(sizeof o->keys, &list));
        GSC_TRY(read_keys(o->keys, list));
    } else if (o->keys_from == FROM_FINAL && run_context->last.name) {
        GSC_TRY(find_keys_of(o, &run_context->last, &list));
    }
    *state = list;
    return 0;
out:
    free_list(list);
    return status;
}

/* ---- A checkpoint, and what its rows are filled from ---- */

typedef struct findings {
    const struct options *options;
    gsc_fourier_modes modes;
    key_list *own;        /* found for this checkpoint, or NULL */
    const key_list *keys; /* those that count */
} findings;

static void
forget(findings *f)
{
    gsc_fourier_modes_free(&f->modes);
    free_list(f->own);
}

static int
look(findings *f, const gsc_measure_request *request, bool neurons)
{
    int status = 0;
    bool own = !request->state;
    const struct options *o = request->options;
    *f = (findings){.options = o, .keys = request->state};
    GSC_TRY(gsc_fourier_modes_init(
        &f->modes, request->loaded, (gsc_convention)o->convention,
        neurons || (own && o->key_rule == GSC_KEYS_BY_NEURON), request->threads));
    if (!own)
        return 0;
    GSC_TRY(new_list(f->modes.count, &f->own));
    GSC_TRY(find_keys(o, &f->modes, f->own));
    f->keys = f->own;
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"key_frequencies", GSC_CELL_TEXT, false, "frequencies that are kept or taken away",
     false},
    {"key_rule", GSC_CELL_TEXT, true, "rule by which they are key", false},
    {"convention", GSC_CELL_TEXT, true, "definition of restricted and excluded losses",
     false},
    {"train_loss", GSC_CELL_REAL, false, "loss of the training pairs", false},
    {"train_accuracy", GSC_CELL_REAL, false,
     "share of the training pairs that are right", false},
    {"test_loss", GSC_CELL_REAL, false, "loss of the test pairs", false},
    {"test_accuracy", GSC_CELL_REAL, false, "share of the test pairs that are right",
     false},
    {"all_loss", GSC_CELL_REAL, false, "loss of all pairs", false},
    {"all_accuracy", GSC_CELL_REAL, false, "share of all pairs that are right", false},
    {"p_correct", GSC_CELL_REAL, false,
     "mean probability of the right answer, of the test pairs", false},
    {"brier", GSC_CELL_REAL, false, "Brier score of the test pairs; 0 is best", false},
    {"margin", GSC_CELL_REAL, false,
     "mean logit of the right answer above the next best, of the test pairs", false},
    {"restricted_loss", GSC_CELL_REAL, false,
     "loss of all pairs with only the key frequencies", false},
    {"restricted_train", GSC_CELL_REAL, false, "the same of the training pairs", false},
    {"restricted_test", GSC_CELL_REAL, false, "the same of the test pairs", false},
    {"restricted_ratio", GSC_CELL_REAL, false, "test_loss / restricted_loss", false},
    {"excluded_loss", GSC_CELL_REAL, false,
     "loss of the training pairs without the key frequencies", false},
    {"excluded_cube", GSC_CELL_REAL, false, "the same without only their cos(w(s - c))",
     false},
    {"logit_fve", GSC_CELL_REAL, false,
     "share of the logits' power that the key frequencies have", false},
    {"sum_of_squares", GSC_CELL_REAL, false,
     "sum of the squares of all trained weights", false},
    {"test_accuracy_mirrored", GSC_CELL_REAL, false,
     "share of the test pairs (a, b) that are right where (b, a) was trained on",
     false},
    {"test_accuracy_new", GSC_CELL_REAL, false,
     "the same where (b, a) was not trained on", false},
    {"phase", GSC_CELL_TEXT, false,
     "memorisation, to the least excluded loss after a train loss of 0.1; circuit "
     "formation, until the test loss is half its largest; cleanup, until it is 0.001; "
     "empty after that, or where the rows do not begin before train loss 0.1",
     true},
};

static int
add_key_names(gsc_rows *rows, const key_list *list)
{
    int status = 0;
    gsc_text names = {0};
    GSC_TRY(gsc_text_add(&names, "%s", ""));
    for (size_t i = 0; i < list->count; i++)
        GSC_TRY(gsc_text_add(&names, "%s%zu", i > 0 ? " " : "", list->keys[i]));
    GSC_TRY(gsc_rows_text(rows, names.data));
out:
    gsc_text_free(&names);
    return status;
}

/* Which frequencies, by which rule, in whose convention. */
static int
add_names(gsc_rows *rows, const findings *f)
{
    int status = 0;
    GSC_TRY(add_key_names(rows, f->keys));
    GSC_TRY(gsc_rows_text(rows, f->options->keys[0] != '\0'
                                    ? "given"
                                    : gsc_key_rule_names[f->options->key_rule]));
    GSC_TRY(gsc_rows_text(rows, gsc_convention_names[f->options->convention]));
out:
    return status;
}

/* The keys' part of the power that softmax sees. */
static double
logit_share(const findings *f)
{
    double sum = 0, centred = f->modes.cube.centred;
    for (size_t i = 0; i < f->keys->count; i++)
        sum += pow(f->modes.v[f->keys->keys[i]] / centred, 2);
    return sum;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings f = {.own = NULL};
    gsc_mode_losses losses;
    GSC_TRY(look(&f, request, false));
    const key_list *keys = f.keys;
    GSC_TRY(gsc_fourier_modes_restrict(&f.modes, keys->keys, keys->count, &losses));
    GSC_TRY(gsc_fourier_modes_exclude(&f.modes, keys->keys, keys->count, &losses));
    const gsc_split_scores *s = &f.modes.pair_outputs->scores;
    GSC_TRY(add_names(rows, &f));
    GSC_TRY(GSC_ROWS_REALS(
        rows, s->train.loss, s->train.accuracy, s->test.loss, s->test.accuracy,
        s->all.loss, s->all.accuracy, s->test.p_correct, s->test.brier, s->test.margin,
        losses.restricted, losses.restricted_train, losses.restricted_test,
        s->test.loss / losses.restricted, losses.excluded, losses.excluded_cube,
        logit_share(&f), gsc_loaded_model_sum_of_squares(request->loaded),
        s->test_mirrored.accuracy, s->test_new.accuracy));
    GSC_TRY(gsc_rows_text(rows, ""));
out:
    forget(&f);
    return status;
}

/* ---- Phases ---- */

static const char *
phase_of(int64_t step, const gsc_phases *phases)
{
    if (phases->memorisation < 0)
        return "";
    if (step <= phases->memorisation)
        return "memorisation";
    if (phases->circuit_formation < 0)
        return "";
    if (step <= phases->circuit_formation)
        return "circuit formation";
    return phases->cleanup < 0 || step <= phases->cleanup ? "cleanup" : "";
}

static void
read_column(const gsc_rows *rows, const char *name, double *values)
{
    size_t column = gsc_rows_column(rows, name);
    for (size_t i = 0; i < gsc_rows_count(rows); i++)
        values[i] = gsc_rows_cell(rows, i, column)->real;
}

static int
conclude(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    size_t n = gsc_rows_count(rows), column = gsc_rows_column(rows, "phase");
    double *values = NULL;
    gsc_phase_rule rule = gsc_phases_default_rule();
    gsc_phases phases;
    GSC_NEW(values, 3 * n);
    double *train = values, *test = values + n, *excluded = values + 2 * n;
    read_column(rows, "train_loss", train);
    read_column(rows, "test_loss", test);
    read_column(rows, "excluded_loss", excluded);
    if (n == 0 || !(train[0] > rule.memorised))
        goto out; /* how it memorised is not among the rows */
    gsc_phases_of_run(&(gsc_run_series){steps, train, test, excluded, n}, &rule,
                      &phases);
    for (size_t i = 0; i < n; i++)
        GSC_TRY(gsc_rows_replace_text(rows, i, column, phase_of(steps[i], &phases)));
out:
    free(values);
    return status;
}

/* ---- One row for each frequency ---- */

static const gsc_column frequency_columns[] = {
    {"frequency", GSC_CELL_INTEGER, true, "1 … p/2", false},
    {"convention", GSC_CELL_TEXT, true, "definition of the excluded loss", false},
    {"key", GSC_CELL_BOOL, false, "whether it is a key frequency", false},
    {"v", GSC_CELL_REAL, false, "coefficient of its cos(w(s - c)) in the logits",
     false},
    {"cos_sim", GSC_CELL_REAL, false, "v divided by the norm of the logits", false},
    {"similarity", GSC_CELL_REAL, false,
     "the same after the mean of each pair is taken off", false},
    {"excluded_loss", GSC_CELL_REAL, false,
     "loss of the training pairs without this frequency", false},
    {"excluded_cube", GSC_CELL_REAL, false, "the same without only its cos(w(s - c))",
     false},
    {"num_neurons", GSC_CELL_INTEGER, false,
     "number of neurons of which it explains most of the variance", false},
    {"neuron_fve", GSC_CELL_REAL, false,
     "mean share of their variance that it explains", false},
};

static bool
is_key(const key_list *list, size_t k)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->keys[i] == k)
            return true;
    return false;
}

/* How many neurons are of frequency k, and the mean of what it explains of them. */
static size_t
count_neurons(const gsc_fourier_modes *modes, size_t k, double *fve)
{
    size_t count = 0;
    *fve = 0;
    for (size_t m = 0;
         modes->frequency && m < modes->pair_outputs->evaluator.num_neurons; m++)
        if (modes->frequency[m] == k) {
            count++;
            *fve += modes->fve[m];
        }
    *fve /= (double)count; /* NaN of none */
    return count;
}

static int
add_frequency(gsc_rows *rows, const findings *f, size_t k)
{
    int status = 0;
    const gsc_fourier_modes *w = &f->modes;
    gsc_mode_losses losses;
    double fve;
    GSC_TRY(gsc_fourier_modes_exclude(w, &k, 1, &losses));
    size_t num_neurons = count_neurons(w, k, &fve);
    GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
    GSC_TRY(gsc_rows_text(rows, gsc_convention_names[f->options->convention]));
    GSC_TRY(gsc_rows_bool(rows, is_key(f->keys, k)));
    GSC_TRY(GSC_ROWS_REALS(rows, w->v[k], w->v[k] / w->cube.norm,
                           w->v[k] / w->cube.centred, losses.excluded,
                           losses.excluded_cube));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)num_neurons));
    GSC_TRY(gsc_rows_real(rows, fve));
out:
    return status;
}

static int
fill_frequencies(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings f = {.own = NULL};
    GSC_TRY(look(&f, request, request->loaded->model.neurons != GSC_NO_NODE));
    for (size_t k = 1; k < f.modes.count; k++)
        GSC_TRY(add_frequency(rows, &f, k));
out:
    forget(&f);
    return status;
}

const gsc_measure gsc_measure_progress = {
    .name = "progress",
    .purpose = "how far a circuit has come: restricted, excluded losses, phases",
    .examples = "  grokscope-progress checkpoints/demo --step all\n"
                "      losses and phases of a run, one row for each checkpoint\n"
                "  grokscope-progress checkpoints/demo --long\n"
                "      the Fourier modes of the last step, one row for each frequency\n"
                "  grokscope-progress checkpoints/demo --step all --keys-from each\n"
                "      with the key frequencies that each checkpoint has itself\n"
                "  grokscope-progress checkpoints/demo --convention notebook\n"
                "      losses of the neurons' modes instead of the logits'\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 2,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, conclude),
               GSC_TABLE("frequency", frequency_columns, fill_frequencies, NULL)},
    .prepare = prepare,
    .release = free_list,
};
