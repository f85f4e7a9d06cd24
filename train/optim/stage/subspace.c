/* The gradient of embedding and unembedding on or off some circles: causal surgery.
 *
 * `drop` leaves of a gradient g of each tensor g - P g, `keep` P g and the mean of g
 * over the residues, with P the projection onto the planes of the circles that are
 * named (residue_planes.h). Rows of other tokens ("=") stay as they are. */
#include "train/numeric/real.h"
#include "train/optim/residue_planes.h"
#include "train/optim/stage/stages.h"

GSC_STAGE_KERNEL(gsc_subspace_apply);

typedef struct subspace_config {
    gsc_plane_choice planes;
    int64_t mode;
} subspace_config;

enum { KEEP = 0 };

void
TYPED(gsc_subspace_apply)(const gsc_span *span)
{
    const subspace_config *config = span->config;
    gsc_plane_projection projection = {&config->planes,
                                       config->mode == KEEP ? GSC_IN_PLANES_AND_MEAN
                                                            : GSC_OUTSIDE_PLANES,
                                       span->seed, span->stream};
    TYPED(gsc_residue_planes_project)(&projection, span->parameter, span->values);
}

#if GSC_REAL == 64
static int
check(const void *values, const gsc_graph *graph)
{
    const subspace_config *config = values;
    return gsc_residue_planes_check(&config->planes, "filters: subspace", graph);
}

static const char *const modes[] = {"keep", "drop", NULL};

static const gsc_option rows[] = {
    GSC_ROW_CIRCLES,
    GSC_ROW_CHOICE(subspace_config, mode, "drop", modes,
                   "What of the gradient stays: keep, its part in these circles and "
                   "its mean; drop, all else."),
    GSC_ROWS_RESIDUES,
};

const gsc_stage gsc_stage_subspace = {
    .name = "subspace",
    .purpose = "Project the gradient of embedding and unembedding onto or off circles "
               "of residues.",
    .kind = GSC_STAGE_FILTER,
    .scope = GSC_SCOPE_WHOLE,
    GSC_STAGE_OPTIONS(rows, subspace_config),
    .check = check,
    .apply = {gsc_subspace_apply_f32, gsc_subspace_apply_f64}};
#endif
