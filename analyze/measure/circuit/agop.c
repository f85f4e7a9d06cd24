/* The measure "agop": whether the average gradient outer product is circulant (arXiv
 * 2407.20199), and how far it has come to where it ends. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/maths/correlation.h"
#include "analyze/method/circuit/gradient_product.h"
#include "analyze/network/pairs/pair_outputs.h"
#include "analyze/network/pairs/spectrum.h"
#include "analyze/network/pairs/triples.h"
#include "train/numeric/gemm.h"

#include <math.h>
#include <stdlib.h>

struct options {
    char triples[GSC_OPTION_TEXT_BYTES];
};

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(
        struct options, triples, "20000", "WHICH",
        "Triples (a, b, c) whose gradients are averaged: a number of triples to "
        "draw evenly, all, paper (the 100 of Zhong et al.'s program), or a file "
        "of lines 'a b c'."),
};
static const gsc_measure_options option_set = {"gradients", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* Gradients are made and summed up in parts of this size. */
enum { PART = 4096 };

/* ---- The product of one checkpoint ---- */

/* moments [2 d, 2 d] = the mean of (da, db) (da, db)ᵀ over the triples. */
static int
find_moments(gsc_evaluator *evaluator, const double *weights, gsc_threads *threads,
             const gsc_triples *triples, gsc_matrix *moments)
{
    int status = 0;
    size_t d = gsc_evaluator_width(evaluator), most = PART;
    gsc_triple *list = NULL;
    double *da = NULL, *db = NULL, *both = NULL;
    most = triples->count < most ? triples->count : most;
    GSC_TRY(gsc_matrix_init(moments, 2 * d, 2 * d));
    GSC_NEW(list, most);
    GSC_ROOM(da, most * d);
    GSC_ROOM(db, most * d);
    GSC_ROOM(both, most * 2 * d);
    for (size_t first = 0; first < triples->count; first += most) {
        size_t n = triples->count - first < most ? triples->count - first : most;
        gsc_triples_take(triples, first, n, list);
        GSC_TRY(gsc_evaluator_gradients(evaluator, weights, threads, list, n, da, db));
        for (size_t i = 0; i < n * 2 * d; i++)
            both[i] = i % (2 * d) < d ? da[i / (2 * d) * d + i % (2 * d)]
                                      : db[i / (2 * d) * d + i % (2 * d) - d];
        gsc_gemm_f64(true, false, 2 * d, 2 * d, n, 1 / (double)triples->count, both,
                     2 * d, both, 2 * d, 1, moments->data, 2 * d);
    }
out:
    free(list);
    free(da);
    free(db);
    free(both);
    return status;
}

/* The product over the places of the order in which the operation is a sum. */
static int
find_product(const gsc_loaded_model *loaded, gsc_threads *threads,
             const gsc_triples *triples, gsc_matrix *product)
{
    int status = 0;
    gsc_grid grid = {.n = 0};
    gsc_evaluator evaluator = {.loaded = NULL};
    gsc_matrix moments = {0}, embedding = {0};
    GSC_TRY(gsc_grid_init(&grid, loaded, loaded->pairs.order));
    GSC_TRY(gsc_evaluator_open_blocks(&evaluator, loaded, &grid, false, PART));
    if (gsc_evaluator_width(&evaluator) == 0)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "each operand has a table of its own: found no embedding of "
                         "both, by which to differentiate; expected one"));
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, grid.order, &embedding));
    GSC_TRY(find_moments(&evaluator, loaded->weights, threads, triples, &moments));
    GSC_TRY(gsc_gradient_product(&embedding, &moments, product));
out:
    gsc_evaluator_close(&evaluator);
    gsc_grid_free(&grid);
    gsc_matrix_free(&moments);
    gsc_matrix_free(&embedding);
    return status;
}

/* ---- What a run shares: its triples, and where it ends ---- */

typedef struct run {
    gsc_triples triples;
    gsc_matrix last; /* product; empty where it is not known */
} run;

static void
release(void *state)
{
    run *r = state;
    gsc_triples_free(&r->triples);
    gsc_matrix_free(&r->last);
    free(r);
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    const struct options *o = options;
    run *r = NULL;
    (void)table;
    GSC_NEW(r, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->first));
    const gsc_binary_table *pairs = &run_context->first.loaded->pairs;
    GSC_TRY(gsc_triples_init(&r->triples, o->triples, pairs->order, pairs->n));
    if (run_context->last.name && !run_context->alone) {
        GSC_TRY(gsc_lazy_checkpoint_open(&run_context->last));
        status = find_product(run_context->last.loaded, NULL, &r->triples, &r->last);
        if (status < 0)
            GSC_TRY(gsc_fail_in(status, run_context->last.name));
    }
    *state = r;
out:
    if (status < 0 && r)
        release(r);
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column columns[] = {
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which rows and columns are", false},
    {"num_triples", GSC_CELL_INTEGER, false,
     "number of triples (a, b, c) whose gradients are averaged", true},
    {"block_share", GSC_CELL_REAL, false,
     "share of the product's squares that the blocks between both operands have: near "
     "0, the deviation tells of next to nothing",
     false},
    {"circulant_deviation", GSC_CELL_REAL, false,
     "share of the squares of the block between both operands that its wrapped "
     "diagonals' means do not have: 0 circulant",
     false},
    {"circulant_deviation_root", GSC_CELL_REAL, false,
     "the same of the root of the product", false},
    {"circulant_deviation_chance", GSC_CELL_REAL, false,
     "1 - 1/p, what independent elements have", true},
    {"agop_alignment", GSC_CELL_REAL, false,
     "cosine of the product with that of the run's last step", false},
};

/* The diagonals i - j of what adds; what subtracts reads b the other way round. */
static int
find_direction(const gsc_loaded_model *loaded, gsc_direction *along)
{
    gsc_grid grid = {.n = 0};
    gsc_direction direction;
    int status = gsc_grid_init(&grid, loaded, loaded->pairs.order);
    if (status == 0)
        status = gsc_grid_direction(&grid, loaded, &direction);
    gsc_grid_free(&grid);
    if (status == 0)
        *along = direction == GSC_SUM ? GSC_DIFFERENCE : GSC_SUM;
    return status;
}

static int
fill(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const run *r = request->state;
    const gsc_loaded_model *loaded = request->loaded;
    gsc_matrix product = {0}, root = {0};
    gsc_direction along = GSC_DIFFERENCE;
    double alignment = (double)NAN;
    GSC_TRY(find_direction(loaded, &along));
    GSC_TRY(find_product(loaded, request->threads, &r->triples, &product));
    GSC_TRY(gsc_gradient_product_root(&product, &root));
    if (r->last.rows > 0)
        alignment = gsc_cosine(product.data, r->last.data, product.rows * product.cols);
    GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)loaded->pairs.order]));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)r->triples.count));
    GSC_TRY(GSC_ROWS_REALS(rows, gsc_gradient_product_block_share(&product),
                           gsc_circulant_deviation(&product, along),
                           gsc_circulant_deviation(&root, along),
                           1 - 2 / (double)product.rows, alignment));
out:
    gsc_matrix_free(&product);
    gsc_matrix_free(&root);
    return status;
}

const gsc_measure gsc_measure_agop = {
    .name = "agop",
    .purpose = "whether the average gradient outer product is circulant",
    .examples = "  grokscope-agop checkpoints/demo\n"
                "      how far its block between a and b is from circulant\n"
                "  grokscope-agop checkpoints/demo --step all --control init\n"
                "      while the network groks, beside untrained weights\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 3,
    .options = &option_set,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", columns, fill, NULL)},
    .prepare = prepare,
    .release = release,
};
