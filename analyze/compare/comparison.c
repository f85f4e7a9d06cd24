/* Two checkpoints side by side: what the tables of "compare" share. */
#include "analyze/compare/comparison.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(gsc_compare_options, key_rule, "neuron", gsc_key_rule_names,
                   "Rule by which a frequency is key:\nneuron: it is the frequency of "
                   "some neuron;\nenergy: it has at least twice an even share of the "
                   "energy of the neuron-logit map;\nlogit: its mode has at least a "
                   "hundredth of the logits' power."),
    GSC_ROW_REAL(gsc_compare_options, key_fve, "0.5", 0, 1,
                 "With --key-rule neuron: count only neurons whose frequency explains "
                 "at least this share of their variance."),
    GSC_ROW_REAL(gsc_compare_options, rtol, "0", 0, 1e300,
                 "Weights a and b are the same where |a - b| <= atol + rtol |b|."),
    GSC_ROW_REAL(gsc_compare_options, atol, "0", 0, 1e300,
                 "The tolerance atol of --rtol."),
    GSC_ROW_INTEGER(gsc_compare_options, barrier_points, "11", 0, 10001,
                    "Points on the straight line between the weights, with both ends: "
                    "3 or more; 0: no line."),
};
const gsc_measure_options gsc_compare_option_set = {
    "comparison", option_rows, sizeof option_rows / sizeof *option_rows,
    sizeof(gsc_compare_options)};

/* ---- The first of the two ---- */

/* What a table asks of both feature sets. */
static gsc_compared_features_options
options_for(const gsc_compare_options *o, size_t table)
{
    bool pair = table == GSC_COMPARE_PAIR, frequency = table == GSC_COMPARE_FREQUENCY;
    return (gsc_compared_features_options){
        .wanted = {[GSC_FEATURE_EMBEDDING] = pair,
                   [GSC_FEATURE_MOMENTS] = true,
                   [GSC_FEATURE_FREQUENCIES] =
                       pair || frequency || table == GSC_COMPARE_NEURON,
                   [GSC_FEATURE_NORMS] = pair,
                   [GSC_FEATURE_CLOCKPIZZA] = pair,
                   [GSC_FEATURE_CIRCLES] = frequency},
        .key_rule = (gsc_key_rule)o->key_rule,
        .key_fve = o->key_fve,
        .clockpizza = o->clockpizza};
}

static void
close_first(gsc_first_checkpoint *first)
{
    gsc_compared_features_free(&first->features);
    gsc_loaded_model_close(&first->loaded);
}

int
gsc_compare_prepare(size_t table, const void *options, gsc_run_context *run_context,
                    void **state)
{
    int status = 0;
    const gsc_compare_options *o = options;
    gsc_compared_features_options wanted = options_for(o, table);
    gsc_first_checkpoint *first = o->first;
    (void)run_context;
    if (o->barrier_points == 1 || o->barrier_points == 2)
        return gsc_fail(GSC_EARGUMENT,
                        "barrier_points: %d, expected 0, or 3 or more: a line's ends "
                        "have no barrier between them",
                        (int)o->barrier_points);
    if (first->users == 0) {
        GSC_TRY(gsc_loaded_model_open(&first->loaded, first->path));
        GSC_TRY(gsc_loaded_model_choose(&first->loaded, &first->loading));
        GSC_TRY(gsc_compared_features_init(&first->features, &first->loaded,
                                           first->path, &wanted, NULL));
    }
    first->users++;
    *state = first;
out:
    if (status < 0)
        close_first(first);
    return status;
}

void
gsc_compare_release(void *state)
{
    gsc_first_checkpoint *first = state;
    if (--first->users == 0)
        close_first(first);
}

/* ---- Whether files are the same ---- */

static bool
same_tensor(gsc_tolerance tolerance, const gsc_tensor *x, const gsc_tensor *y)
{
    bool same = y && gsc_shape_equal(x->shape, y->shape);
    size_t count = same ? gsc_shape_count(x->shape) : 0;
    for (size_t k = 0; same && k < count; k++)
        same = gsc_difference_within(tolerance, gsc_element(x->type, x->data, k),
                                     gsc_element(y->type, y->data, k));
    return same;
}

bool
gsc_compare_same(const gsc_compare_options *options, const gsc_checkpoint *a,
                 const gsc_checkpoint *b)
{
    bool same = a->num_params == b->num_params;
    for (size_t i = 0; same && i < a->num_params; i++)
        same = same_tensor(gsc_compare_tolerance(options), &a->params[i],
                           gsc_checkpoint_param(b, a->params[i].name));
    return same;
}

/* ---- Side by side ---- */

int
gsc_comparison_note(gsc_comparison *self, const char *what, const char *reason)
{
    int status = 0;
    gsc_text note = {0};
    GSC_TRY(gsc_text_add(&note, "%s: %s", what, reason));
    if (!self->why.data || !strstr(self->why.data, note.data))
        GSC_TRY(gsc_text_add(&self->why, "%s%s", self->why.length > 0 ? "; " : "",
                             note.data));
out:
    gsc_text_free(&note);
    return status;
}

int
gsc_comparison_both(gsc_comparison *self, gsc_feature feature, bool *have)
{
    static const char *const names[GSC_NUM_FEATURES] = {
        "pairs",       "pairs", "embedding",  "activations",
        "frequencies", "norms", "clockpizza", "clockpizza"};
    int status = 0;
    const gsc_compared_features *both[] = {self->a, &self->b};
    *have = true;
    for (size_t i = 0; i < 2; i++) {
        const char *why = both[i]->why[feature];
        *have = *have && gsc_compared_features_has(both[i], feature);
        bool examples = feature == GSC_FEATURE_QUESTIONS &&
                        both[i]->loaded->model.graph &&
                        !gsc_loaded_model_has(both[i]->loaded, GSC_BINARY_TABLE);
        if (why)
            GSC_TRY(
                gsc_comparison_note(self, examples ? "examples" : names[feature], why));
    }
out:
    return status;
}

/* Excuse what cannot be asked, and note it. */
static int
excuse(gsc_comparison *self, int status, const char *what)
{
    char *why = NULL;
    GSC_TRY(gsc_compared_features_excuse(status, &why));
    if (why)
        status = gsc_comparison_note(self, what, why);
out:
    free(why);
    return status;
}

static int
join(gsc_comparison *self)
{
    int status = 0;
    gsc_compared_network a = {self->a->loaded, &self->a->questions};
    gsc_compared_network b = {self->b.loaded, &self->b.questions};
    GSC_TRY(gsc_comparison_both(self, GSC_FEATURE_QUESTIONS, &self->joined));
    if (self->joined)
        GSC_TRY(gsc_comparison_both(self, GSC_FEATURE_MOMENTS, &self->joined));
    if (!self->joined)
        goto out;
    status = gsc_agreement_init(&self->agreement, a, b, self->threads);
    self->joined = status == 0;
    GSC_TRY(excuse(self, status, "pairs"));
out:
    return status;
}

static int
match(gsc_comparison *self)
{
    int status = 0;
    if (!self->joined)
        return 0;
    status = gsc_matching_init(&self->matching, self->a, &self->b, &self->agreement);
    self->matched = status == 0;
    GSC_TRY(excuse(self, status, "neurons"));
    if (!self->matched || !self->same_shapes)
        goto out;
    GSC_NEW(self->permuted, self->b.loaded->num_weights);
    status = gsc_matching_permute(&self->matching, self->b.loaded, self->permuted);
    if (status < 0) {
        free(self->permuted);
        self->permuted = NULL;
    }
    GSC_TRY(excuse(self, status, "neurons"));
out:
    return status;
}

int
gsc_comparison_init(gsc_comparison *self, const gsc_measure_request *request,
                    size_t table)
{
    int status = 0;
    char *why = NULL;
    const gsc_compare_options *o = request->options;
    gsc_compared_features_options options = options_for(o, table);
    const gsc_first_checkpoint *a = request->state;
    *self = (gsc_comparison){
        .options = o, .a = &a->features, .run_a = a->run, .threads = request->threads};
    options.triples_of = self->a;
    if (!self->a->why[GSC_FEATURE_QUESTIONS])
        options.like = &self->a->questions;
    GSC_TRY(gsc_text_add(&self->why, "%s", ""));
    GSC_TRY(gsc_compared_features_init(&self->b, request->loaded, request->name,
                                       &options, request->threads));
    GSC_TRY(gsc_matching_same_shapes(self->a->loaded, request->loaded,
                                     &self->same_shapes, &why));
    if (why)
        GSC_TRY(gsc_comparison_note(self, "weights", why));
    GSC_TRY(join(self));
    GSC_TRY(match(self));
out:
    free(why);
    return status;
}

void
gsc_comparison_free(gsc_comparison *self)
{
    gsc_compared_features_free(&self->b);
    gsc_text_free(&self->why);
    gsc_agreement_free(&self->agreement);
    gsc_matching_free(&self->matching);
    free(self->permuted);
    *self = (gsc_comparison){.a = NULL};
}

int
gsc_comparison_refuse(const gsc_comparison *self, const char *what)
{
    return gsc_fail(GSC_EARGUMENT, "no %s to compare with those of %s: %s", what,
                    self->a->name, self->why.data);
}

int
gsc_comparison_add_identifiers(const gsc_comparison *self, gsc_rows *rows)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(rows, self->run_a));
    GSC_TRY(gsc_rows_integer(rows, self->a->loaded->checkpoint.step));
out:
    return status;
}

/* ---- The line between them ---- */

static int
walk(gsc_comparison *self, gsc_lines *lines, const bool *test)
{
    int status = 0;
    size_t n = lines->num_points;
    gsc_line line = {self->a, self->b.loaded->weights, test, n};
    GSC_NEW(lines->loss, n);
    GSC_NEW(lines->test_loss, n);
    GSC_NEW(lines->matched, n);
    GSC_NEW(lines->test_matched, n);
    GSC_TRY(gsc_barrier_line(&line, self->threads, lines->loss, lines->test_loss));
    for (size_t i = 0; i < n; i++)
        lines->matched[i] = lines->test_matched[i] = NAN;
    line.to = self->permuted;
    if (line.to)
        GSC_TRY(gsc_barrier_line(&line, self->threads, lines->matched,
                                 lines->test_matched));
out:
    return status;
}

int
gsc_comparison_lines(gsc_comparison *self, gsc_lines *lines)
{
    int status = 0;
    bool *test = NULL;
    *lines = (gsc_lines){.num_points = 0};
    if (!self->joined || !self->same_shapes || self->options->barrier_points == 0)
        return 0;
    status = gsc_barrier_check(self->a, &self->b);
    if (status < 0)
        return excuse(self, status, "barrier");
    GSC_NEW(test, self->a->questions.count);
    gsc_questions_test(&self->a->questions, &self->b.questions, test);
    lines->num_points = (size_t)self->options->barrier_points;
    status = walk(self, lines, test);
    if (status < 0)
        gsc_comparison_free_lines(lines);
    GSC_TRY(excuse(self, status, "barrier"));
out:
    free(test);
    return status;
}

void
gsc_comparison_free_lines(gsc_lines *lines)
{
    free(lines->loss);
    free(lines->test_loss);
    free(lines->matched);
    free(lines->test_matched);
    *lines = (gsc_lines){.num_points = 0};
}
