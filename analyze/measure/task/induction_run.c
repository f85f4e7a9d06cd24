/* A network that is asked with sequences of random tokens that are repeated. */
#include "analyze/measure/task/induction_run.h"

#include "grokscope/error.h"
#include "grokscope/facet.h"
#include "grokscope/memory.h"
#include "grokscope/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which tokens ---- */

/* Of the facet "sequence"; without it, all tokens, each with the output of its number.
 */
static int
read_alphabet(gsc_alphabet *a, const gsc_loaded_model *loaded)
{
    int status = 0;
    const gsc_facet *facet = gsc_facets_find(&loaded->checkpoint.facets, "sequence");
    const gsc_field *tokens = gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS);
    *a = (gsc_alphabet){.num_tokens = tokens->num_values, .begin = -1};
    if (facet) {
        int64_t last = (int64_t)a->num_tokens - 1;
        GSC_TRY(gsc_facet_integer(facet, "begin", -1, last, &a->begin));
        GSC_TRY(gsc_facet_integer(facet, "first_output", 0, last, &a->first_output));
    }
    GSC_NEW(a->tokens, a->num_tokens);
    for (size_t t = 0; t < a->num_tokens; t++)
        if ((int64_t)t != a->begin)
            a->tokens[a->count++] = (uint16_t)t;
    if (a->count < 2)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "sequences need 2 tokens or more that may be random, this "
                         "network has %zu",
                         a->count));
out:
    return status;
}

/* ---- The sequences ---- */

void
gsc_induction_close(gsc_induction_run *a)
{
    free(a->alphabet.tokens);
    gsc_heads_close(&a->heads);
    free(a->tokens);
    free(a->scores);
    free(a->loss);
    free(a->work);
}

static int
choose_length(gsc_induction_run *a)
{
    const struct gsc_induction_options *o = a->options;
    size_t copies = (size_t)o->copies, length = (size_t)o->length;
    size_t room = a->heads.n_ctx - a->begin;
    if (length == 0)
        length = room / copies;
    if (length < 2 || length * copies > room)
        return gsc_fail(GSC_EARGUMENT,
                        "n_ctx: %zu positions hold no %zu copies of %zu tokens%s; "
                        "induction asks for 2 copies of 2 tokens or more",
                        a->heads.n_ctx, copies, length < 2 ? 2 : length,
                        a->begin ? " and the token that begins a sequence" : "");
    a->repeated = (gsc_repeated){length, copies, a->alphabet.tokens, a->alphabet.count,
                                 (uint64_t)o->seed};
    a->end = a->begin + length * copies;
    return 0;
}

int
gsc_induction_open(gsc_induction_run *a, const gsc_measure_request *request)
{
    int status = 0;
    *a = (gsc_induction_run){.request = request, .options = request->options};
    GSC_TRY(gsc_heads_open(&a->heads, request->loaded, false));
    GSC_TRY(read_alphabet(&a->alphabet, request->loaded));
    a->begin = a->alphabet.begin >= 0;
    GSC_TRY(choose_length(a));
    GSC_NEW(a->tokens, a->heads.most * a->heads.n_ctx);
    GSC_NEW(a->scores, a->heads.num_layers * a->heads.num_heads);
    GSC_NEW(a->loss, a->end - 1);
    GSC_NEW(a->work, a->heads.num_outputs);
out:
    return status;
}

/* Sequences first … first + count - 1; positions after the copies hold the first random
 * token, which earlier ones of a causal network do not see. */
static void
draw_sequences(gsc_induction_run *a, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t *row = a->tokens + i * a->heads.n_ctx;
        for (size_t t = 0; t < a->heads.n_ctx; t++)
            row[t] = a->alphabet.tokens[0];
        if (a->begin)
            row[0] = (uint16_t)a->alphabet.begin;
        gsc_induction_tokens(&a->repeated, first + i, row + a->begin);
    }
}

static void
add_attention(gsc_induction_run *a, size_t count)
{
    const gsc_heads *h = &a->heads;
    size_t square = h->n_ctx * h->n_ctx, second = a->begin + a->repeated.length;
    double share = 1 / (double)a->options->sequences;
    for (size_t l = 0; l < h->num_layers; l++)
        for (size_t i = 0; i < count * h->num_heads; i++) {
            gsc_head_attention *sum = &a->scores[l * h->num_heads + i % h->num_heads];
            gsc_head_attention s = gsc_induction_attention(
                h->patterns[l] + i * square, h->n_ctx,
                a->tokens + i / h->num_heads * h->n_ctx, second, a->end);
            sum->prefix_matching += share * s.prefix_matching;
            sum->previous_token += share * s.previous_token;
            sum->duplicate_token += share * s.duplicate_token;
        }
}

/* In whatever type. */
static bool
is_cross_entropy(const char *loss)
{
    static const char name[] = "cross_entropy";
    return strncmp(loss, name, sizeof name - 1) == 0;
}

bool
gsc_induction_tells_next(const gsc_induction_run *a)
{
    const gsc_target *t = &a->request->loaded->model.outputs[0].target;
    return t->position == 0 && t->num_positions + 1 >= a->end &&
           is_cross_entropy(t->loss) && a->alphabet.first_output == 0 &&
           a->heads.num_outputs >= a->alphabet.num_tokens;
}

static void
add_losses(gsc_induction_run *a, size_t count)
{
    const gsc_heads *h = &a->heads;
    double share = 1 / (double)a->options->sequences;
    for (size_t t = 0; t + 1 < a->end; t++)
        for (size_t i = 0; i < count; i++) {
            gsc_score score;
            size_t row = i * h->n_ctx + t;
            gsc_score_rows(h->logits + row * h->num_outputs, 1, h->num_outputs,
                           &a->tokens[row + 1], a->work, &score);
            a->loss[t] += share * score.loss;
        }
}

int
gsc_induction_sequences(gsc_induction_run *a)
{
    int status = 0;
    gsc_field field = gsc_field_of_indices(GSC_TOKENS, a->tokens, a->heads.n_ctx,
                                           a->alphabet.num_tokens);
    size_t all = (size_t)a->options->sequences;
    bool next = gsc_induction_tells_next(a);
    for (size_t first = 0; first < all; first += a->heads.most) {
        size_t count = all - first < a->heads.most ? all - first : a->heads.most;
        gsc_batch batch = {.fields = &field, .num_fields = 1, .num_examples = count};
        draw_sequences(a, first, count);
        GSC_TRY(gsc_heads_run(&a->heads, &batch, a->request->threads, NULL));
        add_attention(a, count);
        if (next)
            add_losses(a, count);
    }
    for (size_t t = 0; !next && t + 1 < a->end; t++)
        a->loss[t] = (double)NAN;
out:
    return status;
}
