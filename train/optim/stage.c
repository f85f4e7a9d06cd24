/* The table of stages, what help tells of them, and their random numbers. */
#include "grokscope/stage.h"

#include "grokscope/error.h"
#include "grokscope/optimizer.h"
#include "grokscope/rng.h"

#include "train/optim/stage/stages.h"

#define ROW(name) &gsc_stage_##name,
static const gsc_stage *const built_in[] = {GSC_STAGE_TABLE(ROW)};
#undef ROW

enum { NUM_BUILT_IN = sizeof built_in / sizeof *built_in };

const gsc_stage *
gsc_stage_at(const gsc_stages *stages, size_t index)
{
    if (index < NUM_BUILT_IN)
        return built_in[index];
    index -= NUM_BUILT_IN;
    return stages && index < stages->num_own ? stages->own[index] : NULL;
}

const char *
gsc_stage_key(gsc_stage_kind kind)
{
    static const char *const keys[GSC_NUM_STAGE_KINDS] = {
        [GSC_STAGE_PERTURBATION] = "perturbations",
        [GSC_STAGE_FILTER] = "filters",
        [GSC_STAGE_RULE] = "optimizer",
        [GSC_STAGE_UPDATE_FILTER] = "update_filters",
        [GSC_STAGE_PROJECTION] = "projections"};
    return keys[kind];
}

/* A rule's option that is a key of the configuration is told of there. */
static bool
is_key(const gsc_option *row)
{
    gsc_optimizer_config none;
    gsc_options keys = gsc_optimizer_options(&none);
    return gsc_options_find(&keys, 1, row->name, NULL);
}

static int
add_option_help(const gsc_option *row, size_t width, gsc_text *text)
{
    int status = 0;
    gsc_text term = {0}, meaning = {0};
    GSC_TRY(
        gsc_text_add(&term, "        %s %s", row->name, gsc_options_value_name(row)));
    GSC_TRY(gsc_options_add_meaning(row, &meaning));
    GSC_TRY(gsc_options_add_line(term.data, meaning.data, width, text));
out:
    gsc_text_free(&term);
    gsc_text_free(&meaning);
    return status;
}

int
gsc_stage_add_help(const gsc_stages *stages, gsc_stage_kind kind, size_t width,
                   gsc_text *text)
{
    int status = 0;
    const gsc_stage *stage;
    gsc_text term = {0};
    for (size_t i = 0; (stage = gsc_stage_at(stages, i)); i++) {
        if (stage->kind != kind)
            continue;
        term.length = 0;
        GSC_TRY(gsc_text_add(&term, "      %s", stage->name));
        GSC_TRY(gsc_options_add_line(term.data, stage->purpose, width, text));
        for (size_t j = 0; j < stage->num_rows; j++)
            if (kind != GSC_STAGE_RULE || !is_key(&stage->rows[j]))
                GSC_TRY(add_option_help(&stage->rows[j], width, text));
    }
out:
    gsc_text_free(&term);
    return status;
}

void
gsc_stage_normal(const gsc_span *span, double *out, size_t first, size_t count)
{
    uint64_t start =
        (uint64_t)span->update * span->num_weights + (uint64_t)(span->first + first);
    for (size_t i = 0; i < count; i++)
        out[i] = gsc_rng_normal(span->seed, span->stream, start + i);
}
