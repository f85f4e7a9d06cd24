/* What nobody told of a network, and what tensors contradict. */
#include "grokscope/error.h"

#include "analyze/import/import_program.h"
#include "analyze/tool/program.h"
#include "train/exchange/external_config.h"
#include "train/exchange/import_tries.h"

/* ---- Against a configuration ---- */

/* Forget what a configuration says of heads, or of the modulus; false where it says
 * nothing of them that may be doubted. */
static bool
forget(const gsc_import_program *self, int doubt, gsc_config *known)
{
    gsc_token_model *m = gsc_import_model(known);
    gsc_binary_operation *t = gsc_import_task(known);
    bool has_heads = gsc_config_architecture(known) == &gsc_architecture_transformer ||
                     !gsc_import_knows(known);
    if ((self->doubts & doubt) != doubt ||
        ((doubt & GSC_DOUBT_HEADS) && (!has_heads || m->n_heads + m->d_head == 0)) ||
        ((doubt & GSC_DOUBT_MODULUS) && (!gsc_import_is_of_pairs(known) || t->p < 0)))
        return false;
    if (doubt & GSC_DOUBT_HEADS)
        m->n_heads = m->d_head = 0;
    if (doubt & GSC_DOUBT_MODULUS)
        t->p = -1;
    return true;
}

static void
say_modulus(const gsc_import_program *self)
{
    gsc_config known = *self->known;
    if (!gsc_program_is_quiet())
        gsc_program_say("warning: the configuration says p %lld, which is not that of "
                        "the tensors",
                        (long long)gsc_import_task(&known)->p);
}

/* By the last state, which is trained the most. */
static int
try_state(const gsc_import_program *self, gsc_config *known, gsc_import_tries *tries)
{
    const gsc_state_dict *last = &self->dicts->items[self->dicts->count - 1];
    return gsc_import_decide(tries, last->file, last->weights, known, self->naming,
                             self->map);
}

/* Shapes count more than a configuration: where nothing fits with what it says of heads
 * or of the modulus, what fits without is taken. */
static int
try_without(const gsc_import_program *self, int failure, gsc_config *known,
            gsc_import_tries *tries)
{
    int status = failure;
    gsc_text text = {0};
    if (gsc_text_add(&text, "%s", gsc_error_text()) < 0)
        return GSC_EMEMORY;
    for (int doubt = GSC_DOUBT_HEADS; doubt <= GSC_ALL_DOUBTS; doubt++) {
        gsc_config less = *self->known;
        if (!forget(self, doubt, &less))
            continue;
        gsc_import_tries_free(tries);
        status = try_state(self, &less, tries);
        if (status == 0) {
            *known = less;
            if (doubt & GSC_DOUBT_MODULUS)
                say_modulus(self);
        }
        if (status == 0 || status == GSC_EMEMORY)
            goto out;
    }
    status = gsc_fail(failure, "%s", text.data);
out:
    gsc_text_free(&text);
    return status;
}

/* ---- What is told of it ---- */

enum { MOST_WAYS = 6 };

static int
say_way(const gsc_import_try *t, const char *before)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_import_try_add(t, &text));
    gsc_program_say("  %saccuracy %.4g, loss %.3g: %s", before, t->accuracy, t->loss,
                    text.data ? text.data : "as found");
out:
    gsc_text_free(&text);
    return status;
}

static int
say_ways(const gsc_import_tries *tries)
{
    int status = 0;
    if (tries->count < 2)
        return 0;
    gsc_program_say("%zu ways to run it were tried on %zu examples:", tries->count,
                    tries->num_examples);
    for (size_t i = 0; i < tries->count && i < MOST_WAYS; i++)
        GSC_TRY(say_way(&tries->items[i], i == tries->chosen ? "taken: " : ""));
    if (tries->count > MOST_WAYS)
        gsc_program_say("  …");
out:
    return status;
}

/* A network that is trained answers right, at least where it was trained. */
static void
say_wrong(const gsc_import_tries *tries, const gsc_config *known)
{
    if (gsc_import_is_of_pairs(known) && tries->count > 0 &&
        !(tries->items[tries->chosen].accuracy >= GSC_IMPORT_GOOD))
        gsc_program_say(
            "accuracy %.4g: if the network had learned all examples, something is not "
            "as it was trained; check operation, p, layout (the order of tokens), "
            "act_fn, attention_dir and n_heads",
            tries->items[tries->chosen].accuracy);
}

/* ---- All ---- */

int
gsc_import_program_decide(const gsc_import_program *self, gsc_config *known)
{
    gsc_import_tries tries;
    *known = *self->known;
    int status = try_state(self, known, &tries);
    bool may_doubt = status == GSC_EFORMAT || status == GSC_EARGUMENT;
    if (may_doubt && tries.count == 0)
        status = try_without(self, status, known, &tries);
    if (status < 0)
        status = gsc_fail_in(status, self->dicts->items[self->dicts->count - 1].path);
    if (status == 0 && !gsc_program_is_quiet()) {
        status = say_ways(&tries);
        say_wrong(&tries, known);
    }
    gsc_import_tries_free(&tries);
    return status;
}
