/* A loaded model's network on all pairs of a group. */
#include "analyze/network/pairs/group_evaluator.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"

#include <stdlib.h>
#include <string.h>

/* Shares that pairs are summed in, whatever the number of threads. */
enum { LANES = 4 };

/* Doubles that a block of pairs may take. */
enum { BLOCK_NUMBERS = 8 << 20 };

/* ---- Which group ---- */

static int
group_of_grid(const gsc_loaded_model *loaded, const gsc_grid *grid, gsc_group *group)
{
    const gsc_binary_table *pairs = &loaded->pairs;
    bool composes = strcmp(pairs->operation, "compose") == 0;
    int status = composes ? gsc_group_init(group, pairs->group) : GSC_EARGUMENT;
    if (status == 0 || status == GSC_EMEMORY)
        return status;
    status = gsc_group_init_table(group, grid->n, grid->answers);
    if (status == GSC_EFORMAT) {
        gsc_text why = {0};
        int added = gsc_text_add(&why, "%s", gsc_error_text());
        if (added == 0)
            status = gsc_fail(GSC_EARGUMENT,
                              "operation %s (%s) composes no group: %s; "
                              "grokscope-fourier and grokscope-rqi ask for none",
                              pairs->operation, pairs->formula, why.data);
        gsc_text_free(&why);
    }
    return status;
}

int
gsc_group_evaluator_find_group(const gsc_loaded_model *loaded, gsc_group *group)
{
    int status = 0;
    gsc_grid grid = {0};
    *group = (gsc_group){0};
    GSC_TRY(gsc_grid_init(&grid, loaded, loaded->pairs.order));
    GSC_TRY(group_of_grid(loaded, &grid, group));
out:
    gsc_grid_free(&grid);
    return status;
}

/* ---- Making ready ---- */

/* The map, and whether the logits have another part. */
static int
read_map(gsc_group_evaluator *self, const gsc_loaded_model *loaded)
{
    int status = 0;
    const gsc_node *views = loaded->model.views;
    gsc_matrix written = {0};
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_LOGIT, self->grid.order,
                                  &written));
    GSC_TRY(gsc_matrix_transpose(&written, &self->map));
    self->has_other_path = views[GSC_VIEW_NEURON_LOGIT] != views[GSC_VIEW_UNEMBEDDING];
out:
    gsc_matrix_free(&written);
    return status;
}

int
gsc_group_evaluator_init(gsc_group_evaluator *self, const gsc_loaded_model *loaded,
                         const gsc_group *group)
{
    int status = 0;
    *self = (gsc_group_evaluator){.group = group};
    GSC_TRY(gsc_grid_init(&self->grid, loaded, loaded->pairs.order));
    size_t n = self->grid.n;
    if (n != group->order ||
        memcmp(self->grid.answers, group->table, n * n * sizeof *group->table) != 0)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "this checkpoint composes another group"));
    GSC_TRY(read_map(self, loaded));
    size_t m = self->map.rows;
    self->most_rows = BLOCK_NUMBERS / (n + m) / n * n; /* whole x */
    self->most_rows = self->most_rows < n       ? n
                      : self->most_rows > n * n ? n * n
                                                : self->most_rows;
    GSC_TRY(gsc_evaluator_open_blocks(&self->evaluator, loaded, &self->grid, true,
                                      self->most_rows));
    GSC_NEW(self->logits, self->most_rows * n);
    self->neurons = gsc_new(self->most_rows * m, gsc_type_size(self->evaluator.type));
    if (!self->neurons)
        status = GSC_EMEMORY;
out:
    if (status < 0)
        gsc_group_evaluator_free(self);
    return status;
}

void
gsc_group_evaluator_free(gsc_group_evaluator *self)
{
    gsc_evaluator_close(&self->evaluator);
    gsc_grid_free(&self->grid);
    gsc_matrix_free(&self->map);
    gsc_group_sums_free(&self->sums);
    free(self->logits);
    free(self->neurons);
    *self = (gsc_group_evaluator){.group = NULL};
}

/* ---- Passes over all pairs ---- */

/* What a lane does with its share of a block, and keeps. */
typedef struct lane {
    gsc_group_sums sums;
    gsc_scores train, test;
    double *work;     /* [share, order] */
    gsc_score *score; /* [share] */
    double *acts;     /* [share, neurons] */
    int status;
} lane;

typedef struct pass {
    gsc_group_evaluator *self;
    size_t first, count;    /* of the block */
    const gsc_matrix *kept; /* to be lost, or NULL: sum and score */
    lane lanes[LANES];
} pass;

static void
close_lanes(pass *p)
{
    for (size_t i = 0; i < LANES; i++) {
        gsc_group_sums_free(&p->lanes[i].sums);
        free(p->lanes[i].work);
        free(p->lanes[i].score);
        free(p->lanes[i].acts);
    }
}

static int
open_lanes(pass *p)
{
    int status = 0;
    const gsc_group_evaluator *self = p->self;
    size_t share = self->most_rows / LANES + 1, m = self->map.rows;
    for (size_t i = 0; i < LANES; i++) {
        if (p->kept && self->has_other_path)
            GSC_NEW(p->lanes[i].acts, share * m);
        if (p->kept)
            continue;
        GSC_TRY(gsc_group_sums_init(&p->lanes[i].sums, self->group, true, m));
        GSC_NEW(p->lanes[i].work, share * self->grid.n);
        GSC_NEW(p->lanes[i].score, share);
    }
out:
    return status;
}

/* The block of pairs that is a lane's share. */
static gsc_group_block
share_of(const pass *p, size_t index)
{
    const gsc_group_evaluator *self = p->self;
    size_t begin = p->count * index / LANES, end = p->count * (index + 1) / LANES;
    size_t size = gsc_type_size(self->evaluator.type);
    return (gsc_group_block){.first = p->first + begin,
                             .count = end - begin,
                             .logits = self->logits + begin * self->grid.n,
                             .hidden = (const char *)self->neurons +
                                       begin * self->map.rows * size,
                             .type = self->evaluator.type};
}

static void
sum_and_score(pass *p, lane *l, const gsc_group_block *block)
{
    const gsc_grid *grid = &p->self->grid;
    gsc_group_sums_add(&l->sums, block);
    gsc_score_rows(block->logits, block->count, grid->n, grid->answers + block->first,
                   l->work, l->score);
    for (size_t i = 0; i < block->count; i++)
        gsc_scores_add(grid->train[block->first + i] ? &l->train : &l->test,
                       &l->score[i]);
}

/* logits <- neurons map */
static void
take_direct_path(const gsc_group_evaluator *self, lane *l, const gsc_group_block *block)
{
    size_t n = self->grid.n, m = self->map.rows;
    double *logits = self->logits + (block->logits - self->logits);
    for (size_t i = 0; i < block->count * m; i++)
        l->acts[i] = gsc_element(block->type, block->hidden, i);
    gsc_gemm_f64(false, false, block->count, n, m, 1, l->acts, m, self->map.data, n, 0,
                 logits, n);
}

static void
do_share(void *context, size_t index, size_t worker)
{
    pass *p = context;
    lane *l = &p->lanes[index];
    gsc_group_block block = share_of(p, index);
    (void)worker;
    if (!p->kept) {
        sum_and_score(p, l, &block);
        return;
    }
    if (p->self->has_other_path)
        take_direct_path(p->self, l, &block);
    if (l->status == 0)
        l->status = gsc_group_metrics_exclude(p->self->group, p->kept, &block,
                                              p->self->grid.train, &l->train);
}

static int
run_pass(pass *p, gsc_threads *threads)
{
    int status = 0;
    gsc_group_evaluator *self = p->self;
    size_t all = self->grid.n * self->grid.n;
    GSC_TRY(open_lanes(p));
    for (p->first = 0; p->first < all; p->first += p->count) {
        p->count = all - p->first < self->most_rows ? all - p->first : self->most_rows;
        GSC_TRY(gsc_evaluator_run_block(
            &self->evaluator, self->evaluator.loaded->weights, threads, p->first,
            p->count, self->logits, self->neurons));
        gsc_threads_run(threads, do_share, p, LANES);
        for (size_t i = 0; i < LANES; i++)
            if (p->lanes[i].status < 0)
                GSC_TRY(gsc_fail(p->lanes[i].status, "no memory to score the pairs"));
    }
out:
    return status;
}

int
gsc_group_evaluator_run(gsc_group_evaluator *self, gsc_threads *threads)
{
    int status = 0;
    pass p = {.self = self};
    self->train = self->test = self->all = (gsc_scores){0};
    GSC_TRY(run_pass(&p, threads));
    for (size_t i = 0; i < LANES; i++) {
        lane *l = &p.lanes[i];
        if (i > 0)
            gsc_group_sums_merge(&p.lanes[0].sums, &l->sums);
        gsc_scores_merge(&self->train, &l->train);
        gsc_scores_merge(&self->test, &l->test);
    }
    gsc_scores_merge(&self->all, &self->train);
    gsc_scores_merge(&self->all, &self->test);
    if (!self->grid.split_is_known)
        self->train = self->test = (gsc_scores){0};
    gsc_scores_finish(&self->train);
    gsc_scores_finish(&self->test);
    gsc_scores_finish(&self->all);
    gsc_group_sums_free(&self->sums);
    self->sums = p.lanes[0].sums;
    p.lanes[0].sums = (gsc_group_sums){.group = NULL};
out:
    close_lanes(&p);
    return status;
}

int
gsc_group_evaluator_exclude(gsc_group_evaluator *self, const gsc_matrix *kept,
                            gsc_threads *threads, gsc_scores *means)
{
    int status = 0;
    pass p = {.self = self, .kept = kept};
    *means = (gsc_scores){0};
    GSC_TRY(run_pass(&p, threads));
    for (size_t i = 0; i < LANES; i++)
        gsc_scores_merge(means, &p.lanes[i].train);
    gsc_scores_finish(means);
out:
    close_lanes(&p);
    return status;
}
