/* The measure "rqi": how far an embedding has the geometry of the group. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rqi.h"

#include "analyze/maths/pca.h"
#include "analyze/maths/plane.h"
#include "analyze/method/circuit/persistence.h"
#include "analyze/network/pairs/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t order;
    double least_share;
};

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(struct options, order, "task", gsc_spectrum_orders,
                   "Order of the residues in which frequencies are counted; task: "
                   "their logarithms where the operation is a product."),
    GSC_ROW_REAL(struct options, least_share, "0", 0, 1,
                 "Look at frequencies with at least this share of the embedding's "
                 "power; 0: twice an even share."),
};
static const gsc_measure_options option_set = {"representation quality", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* Sums of symbols are no group: only Liu et al.'s index tells of their embedding. */
static bool
is_of_symbols(const gsc_loaded_model *loaded)
{
    return gsc_loaded_model_has(loaded, GSC_NEEDS_SYMBOL_SUM);
}

static int
open_symbols(const gsc_loaded_model *loaded, gsc_matrix *rows)
{
    int status = 0;
    const gsc_tensor *embedding = gsc_loaded_model_tensor(loaded, "embed.W_E");
    if (!embedding || embedding->shape.rank != 2)
        return gsc_fail(GSC_EARGUMENT, "no matrix embed.W_E, a row for each symbol");
    GSC_TRY(gsc_matrix_init(rows, embedding->shape.dims[0], embedding->shape.dims[1]));
    memcpy(rows->data, embedding->data, rows->rows * rows->cols * sizeof(double));
out:
    return status;
}

/* ---- What a run shares: what Gaussian embeddings of its shape score ---- */

enum { DRAWS = 16 };

typedef struct gaussian {
    double gram;
    gsc_rqi_angles angles;
} gaussian;

static void
release(void *state)
{
    free(state);
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    const struct options *o = options;
    (void)table;
    gsc_matrix embedding = {0};
    gaussian *g = NULL;
    GSC_NEW(g, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->first));
    const gsc_loaded_model *loaded = run_context->first.loaded;
    *state = NULL;
    if (is_of_symbols(loaded))
        goto out;
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING,
                                  gsc_spectrum_order(loaded, o->order), &embedding));
    GSC_TRY(gsc_rqi_gaussian(embedding.rows, embedding.cols, DRAWS, 0, &g->gram,
                             &g->angles));
    *state = g;
    g = NULL;
out:
    free(g);
    gsc_matrix_free(&embedding);
    return status;
}

/* ---- An embedding and its circles ---- */

/* A frequency that is looked at. */
typedef struct circle {
    size_t frequency;
    double power, circularity;
    gsc_rqi_angles angles;
} circle;

typedef struct embedding {
    gsc_residue_order order;
    gsc_matrix rows;
    gsc_spectrum spectrum;
    size_t num_circles;
    circle *circles;
} embedding;

static void
close_embedding(embedding *e)
{
    gsc_matrix_free(&e->rows);
    gsc_spectrum_free(&e->spectrum);
    free(e->circles);
}

static int
add_circle(embedding *e, size_t k)
{
    int status = 0;
    gsc_plane plane = {0};
    circle *c = &e->circles[e->num_circles++];
    GSC_TRY(gsc_plane_init(&plane, &e->rows, k));
    *c = (circle){.frequency = k,
                  .power = e->spectrum.fraction[k],
                  .circularity = gsc_plane_circularity(&plane)};
    GSC_TRY(gsc_rqi_angle(&e->rows, k, GSC_RQI_ANGLE, &c->angles));
out:
    gsc_plane_free(&plane);
    return status;
}

/* Those with enough power; where there is none, the strongest. */
static int
open_embedding(embedding *e, const gsc_measure_request *request, gsc_view view)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    const struct options *o = request->options;
    *e = (embedding){.order = gsc_spectrum_order(loaded, o->order)};
    GSC_TRY(gsc_loaded_model_view(loaded, view, e->order, &e->rows));
    GSC_TRY(gsc_spectrum_init(&e->spectrum, &e->rows));
    const gsc_spectrum *s = &e->spectrum;
    size_t strongest = 1;
    GSC_NEW(e->circles, s->count);
    for (size_t k = 1; 2 * k < s->p; k++) {
        if (o->least_share > 0 ? s->fraction[k] >= o->least_share : s->key[k])
            GSC_TRY(add_circle(e, k));
        if (s->fraction[k] > s->fraction[strongest])
            strongest = k;
    }
    if (e->num_circles == 0)
        GSC_TRY(add_circle(e, strongest));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"order", GSC_CELL_TEXT, true, "order of the embedding's rows", false},
    {"rqi_gram", GSC_CELL_REAL, false,
     "share of the embedding's geometry that translations of the group explain", false},
    {"rqi_gram_chance", GSC_CELL_REAL, false,
     "the same of a geometry without structure", true},
    {"rqi_gram_gaussian", GSC_CELL_REAL, false,
     "the same of Gaussian embeddings of this shape", true},
    {"rqi_angle", GSC_CELL_REAL, false,
     "share of the quadruples i + j = m + n whose angles add up too: the mean over the "
     "key frequencies by their power, or of the strongest where none is key",
     false},
    {"rqi_angle_gaussian", GSC_CELL_REAL, false,
     "the same of the strongest frequency of Gaussian embeddings of this shape", true},
    {"pca_entropy", GSC_CELL_REAL, false,
     "entropy of the principal components' shares of the variance, in nats", false},
    {"rqi_liu", GSC_CELL_REAL, false,
     "Liu et al.'s index, of parallelograms that do not go round: not informative in "
     "more than two dimensions",
     false},
    {"rqi_liu_2d", GSC_CELL_REAL, false,
     "the same of the first two principal components; a perfect circle has .03 to .04",
     false},
    {"h1_longest", GSC_CELL_REAL, false,
     "longest bar of the rows' H1 persistence (Vietoris-Rips), in mean norms of a row: "
     "how far the largest loop stays open",
     false},
    {"h1_total", GSC_CELL_REAL, false, "sum of the lengths of all these bars", false},
};

/* The scores in the first two components, [n, 2]; the index forgets their scale. */
static int
project(const gsc_pca *pca, gsc_matrix *scores)
{
    int status = 0;
    size_t dims = pca->rank < 2 ? pca->rank : 2;
    *scores = (gsc_matrix){0};
    GSC_TRY(gsc_matrix_init(scores, pca->scores.rows, dims));
    for (size_t i = 0; i < scores->rows; i++)
        for (size_t u = 0; u < dims; u++)
            scores->data[i * dims + u] = pca->scores.data[i * pca->scores.cols + u];
out:
    return status;
}

/* Cells pca_entropy, rqi_liu and rqi_liu_2d. */
static int
add_components(gsc_rows *rows, const gsc_matrix *e)
{
    int status = 0;
    gsc_pca pca = {0};
    gsc_matrix scores = {0};
    gsc_rqi_count all, two = {.index = NAN};
    GSC_TRY(gsc_pca_init(&pca, e));
    GSC_TRY(gsc_rqi_liu(e, GSC_RQI_THRESHOLD, &all));
    GSC_TRY(project(&pca, &scores));
    if (scores.cols > 0)
        GSC_TRY(gsc_rqi_liu(&scores, GSC_RQI_THRESHOLD, &two));
    GSC_TRY(gsc_rows_real(rows, gsc_pca_entropy(&pca)));
    GSC_TRY(gsc_rows_real(rows, all.index));
    GSC_TRY(gsc_rows_real(rows, two.index));
out:
    gsc_pca_free(&pca);
    gsc_matrix_free(&scores);
    return status;
}

/* Cells h1_longest and h1_total; NaN of more points than are looked at. (arXiv
 * 2605.06352, which we read in summaries only; that rows are measured by their mean
 * norm is ours.) */
static int
add_loops(gsc_rows *rows, const gsc_matrix *e)
{
    int status = 0;
    gsc_bars bars = {.count = 0};
    double norm = 0, total = 0, longest = 0;
    if (e->rows > GSC_MOST_POINTS)
        return GSC_ROWS_REALS(rows, (double)NAN, (double)NAN);
    for (size_t i = 0; i < e->rows; i++) {
        const gsc_matrix row = {1, e->cols, e->data + i * e->cols};
        norm += sqrt(gsc_matrix_squares(&row)) / (double)e->rows;
    }
    GSC_TRY(gsc_persistence_loops(e, &bars));
    if (bars.count > 0)
        longest = bars.items[0].death - bars.items[0].birth;
    for (size_t i = 0; i < bars.count; i++)
        total += bars.items[i].death - bars.items[i].birth;
    GSC_TRY(GSC_ROWS_REALS(rows, longest / norm, total / norm));
out:
    gsc_bars_free(&bars);
    return status;
}

static double
mean_angle(const embedding *e)
{
    double sum = 0, power = 0;
    for (size_t i = 0; i < e->num_circles; i++) {
        sum += e->circles[i].power * e->circles[i].angles.share;
        power += e->circles[i].power;
    }
    return sum / power;
}

static int
fill_symbols(const gsc_measure_request *request, gsc_rows *rows)
{
    enum { OF_GROUPS = 5 }; /* columns */
    int status = 0;
    gsc_matrix symbols = {0};
    GSC_TRY(open_symbols(request->loaded, &symbols));
    GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1]));
    for (int i = 0; i < OF_GROUPS; i++)
        GSC_TRY(gsc_rows_real(rows, NAN));
    GSC_TRY(add_components(rows, &symbols));
    GSC_TRY(add_loops(rows, &symbols));
out:
    gsc_matrix_free(&symbols);
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    if (is_of_symbols(request->loaded))
        return fill_symbols(request, rows);
    const gaussian *g = request->state;
    embedding e;
    gsc_rqi_fit fit;
    GSC_TRY(open_embedding(&e, request, GSC_VIEW_EMBEDDING));
    GSC_TRY(gsc_rqi_gram(&e.rows, NULL, &fit));
    GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)e.order]));
    GSC_TRY(gsc_rows_real(rows, fit.share));
    GSC_TRY(gsc_rows_real(rows, fit.chance));
    GSC_TRY(gsc_rows_real(rows, g->gram));
    GSC_TRY(gsc_rows_real(rows, mean_angle(&e)));
    GSC_TRY(gsc_rows_real(rows, g->angles.share));
    GSC_TRY(add_components(rows, &e.rows));
    GSC_TRY(add_loops(rows, &e.rows));
out:
    close_embedding(&e);
    return status;
}

/* ---- One row for each frequency ---- */

static const gsc_column frequency_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "embedding, or that of the second operand", false},
    {"order", GSC_CELL_TEXT, true, "order of the embedding's rows", false},
    {"frequency", GSC_CELL_INTEGER, true,
     "key frequency; the strongest one where none is key", false},
    {"rqi_angle", GSC_CELL_REAL, false,
     "share of the quadruples i + j = m + n whose angles in its plane add up too",
     false},
    {"median", GSC_CELL_REAL, false, "median angle by which they miss; pi/2 at random",
     false},
    {"plane_circularity", GSC_CELL_REAL, false,
     "circularity of its ellipse: 1 is a circle", false},
    {"power_share", GSC_CELL_REAL, false, "share of the embedding's power that it has",
     false},
};

static int
fill_view(const gsc_measure_request *request, gsc_view view, gsc_rows *rows)
{
    int status = 0;
    embedding e;
    GSC_TRY(open_embedding(&e, request, view));
    for (size_t i = 0; i < e.num_circles; i++) {
        const circle *c = &e.circles[i];
        GSC_TRY(gsc_rows_text(rows, gsc_view_names[view]));
        GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)e.order]));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)c->frequency));
        GSC_TRY(gsc_rows_real(rows, c->angles.share));
        GSC_TRY(gsc_rows_real(rows, c->angles.median));
        GSC_TRY(gsc_rows_real(rows, c->circularity));
        GSC_TRY(gsc_rows_real(rows, c->power));
    }
out:
    close_embedding(&e);
    return status;
}

static int
fill_frequencies(const gsc_measure_request *request, gsc_rows *rows)
{
    static const gsc_view views[] = {GSC_VIEW_EMBEDDING, GSC_VIEW_EMBEDDING_RIGHT};
    int status = 0;
    if (is_of_symbols(request->loaded))
        return 0;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (request->loaded->model.views[views[i]] != GSC_NO_NODE)
            GSC_TRY(fill_view(request, views[i], rows));
out:
    return status;
}

const gsc_measure gsc_measure_rqi = {
    .name = "rqi",
    .purpose = "how far the embedding has the geometry of the group",
    .examples = "  grokscope-rqi checkpoints/demo --step all\n"
                "      how the geometry came: one row for each step\n"
                "  grokscope-rqi checkpoints/demo --control shuffled,random\n"
                "      and what it is without the order of the residues, or of "
                "noise\n"
                "  grokscope-rqi checkpoints/demo --long\n"
                "      how well angles add, frequency by frequency\n",
    .needs = GSC_NEEDS_BINARY_TABLE " " GSC_NEEDS_SYMBOL_SUM,
    .of_frequencies = true,
    .least_residues = 4,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("frequency", frequency_columns, fill_frequencies, NULL)},
    .prepare = prepare,
    .release = release,
};
