/* The measure "induction": which heads look for what followed a token before, and
 * whether the network predicts by them. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/maths/pca.h"
#include "analyze/measure/task/induction_run.h"
#include "train/numeric/gemm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct gsc_induction_options, length, "0", 0, 16384,
                    "Random tokens in a copy; 0: as many as the network has positions "
                    "for."),
    GSC_ROW_INTEGER(struct gsc_induction_options, copies, "2", 2, 64,
                    "Copies of them in a sequence, one after the other."),
    GSC_ROW_INTEGER(struct gsc_induction_options, sequences, "64", 1, 1e6,
                    "Sequences to run."),
    GSC_ROW_INTEGER(struct gsc_induction_options, seed, "0", 0, 0x1p53,
                    "Seed of their tokens."),
    GSC_ROW_INTEGER(struct gsc_induction_options, examples, "128", 1, 1e7,
                    "Test examples for the loss without a head."),
    GSC_ROW_INTEGER(struct gsc_induction_options, copying_tokens, "1024", 0, 65535,
                    "Tokens whose copying is asked, evenly chosen from those that may "
                    "be random where these are more; 0: all of them."),
};
static const gsc_measure_options option_set = {"induction", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct gsc_induction_options)};

/* ---- Copying ---- */

/* Matrices of one head: the tokens' embeddings by W_V, and W_O by the unembedding. */
static int
find_ov(const gsc_loaded_model *loaded, size_t layer, size_t head,
        const gsc_matrix *embedding, const gsc_matrix *unembedding, gsc_matrix *read,
        gsc_matrix *write)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    snprintf(name, sizeof name, "blocks.%zu.attn.W_V", layer);
    const gsc_tensor *V = gsc_loaded_model_tensor(loaded, name);
    snprintf(name, sizeof name, "blocks.%zu.attn.W_O", layer);
    const gsc_tensor *O = gsc_loaded_model_tensor(loaded, name);
    size_t d = V->shape.dims[1], e = V->shape.dims[2];
    GSC_TRY(gsc_matrix_init(read, embedding->rows, e));
    GSC_TRY(gsc_matrix_init(write, e, unembedding->rows));
    gsc_gemm_f64(false, false, read->rows, e, d, 1, embedding->data, d,
                 (const double *)V->data + head * d * e, e, 0, read->data,
                 e); /* E W_V */
    gsc_gemm_f64(false, true, e, write->cols, d, 1,
                 (const double *)O->data + head * d * e, d, unembedding->data, d, 0,
                 write->data, write->cols); /* W_O W_U */
out:
    return status;
}

/* Rows of the random tokens that an output stands for; outputs [count] of them. */
static int
take_tokens(const gsc_induction_run *a, const gsc_matrix *all, size_t num_outputs,
            gsc_matrix *taken, size_t *outputs)
{
    int status = 0;
    size_t count = 0;
    const gsc_alphabet *letters = &a->alphabet;
    for (size_t i = 0; i < letters->count; i++) {
        int64_t output = letters->tokens[i] - letters->first_output;
        if (output >= 0 && output < (int64_t)num_outputs)
            outputs[count++] = (size_t)output;
    }
    GSC_TRY(gsc_matrix_init(taken, count, all->cols));
    for (size_t t = 0; t < count; t++)
        memcpy(taken->data + t * all->cols,
               all->data + (outputs[t] + (size_t)letters->first_output) * all->cols,
               all->cols * sizeof(double));
out:
    return status;
}

/* What heads do with tokens that they attend to; `read` and `write` are of one head. */
typedef struct copying {
    const gsc_induction_run *run;
    gsc_matrix U, taken, read, write;
    size_t *outputs; /* [tokens] */
} copying;

static int
open_copying(copying *c, const gsc_induction_run *a)
{
    int status = 0;
    const gsc_loaded_model *loaded = a->request->loaded;
    gsc_matrix E = {0};
    *c = (copying){.run = a};
    GSC_TRY(gsc_loaded_model_view_of_tokens(loaded, GSC_VIEW_EMBEDDING, &E));
    GSC_TRY(gsc_loaded_model_view_of_tokens(loaded, GSC_VIEW_UNEMBEDDING, &c->U));
    GSC_NEW(c->outputs, a->alphabet.count);
    GSC_TRY(take_tokens(a, &E, c->U.rows, &c->taken, c->outputs));
out:
    gsc_matrix_free(&E);
    return status;
}

static void
close_copying(copying *c)
{
    gsc_matrix_free(&c->U);
    gsc_matrix_free(&c->taken);
    gsc_matrix_free(&c->read);
    gsc_matrix_free(&c->write);
    free(c->outputs);
}

/* Of head i of all layers: the share where it is wanted, and the eigenvalues. */
static int
find_copying(copying *c, size_t i, double *share, double *eigenvalues)
{
    int status = 0;
    size_t heads = c->run->heads.num_heads;
    size_t most = (size_t)c->run->options->copying_tokens;
    gsc_matrix_free(&c->read);
    gsc_matrix_free(&c->write);
    GSC_TRY(find_ov(c->run->request->loaded, i / heads, i % heads, &c->taken, &c->U,
                    &c->read, &c->write));
    if (share)
        GSC_TRY(
            gsc_induction_copied_share(&c->read, &c->write, c->outputs, most, share));
    GSC_TRY(gsc_induction_eigenvalues(&c->read, &c->write, c->outputs, eigenvalues));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"length", GSC_CELL_INTEGER, false, "random tokens in a copy", false},
    {"prefix_matching", GSC_CELL_REAL, false,
     "of all heads the highest attention to what followed the token before", false},
    {"prefix_head", GSC_CELL_TEXT, false, "that head, as LAYER.HEAD", false},
    {"prefix_copying", GSC_CELL_REAL, false,
     "its sum of eigenvalues over that of their absolute values: 1 it copies", false},
    {"previous_token", GSC_CELL_REAL, false,
     "of all heads the highest attention to the position before", false},
    {"previous_head", GSC_CELL_TEXT, false, "that head", false},
    {"duplicate_token", GSC_CELL_REAL, false,
     "of all heads the highest attention to the same token before", false},
    {"duplicate_head", GSC_CELL_TEXT, false, "that head", false},
    {"early_loss", GSC_CELL_REAL, false,
     "loss of the first copy's tokens but the first; nan: the network does not tell "
     "the next token",
     false},
    {"late_loss", GSC_CELL_REAL, false, "the same of the last copy", false},
    {"in_context_score", GSC_CELL_REAL, false,
     "late_loss less early_loss: below 0, what came before helps", false},
};

/* The mean loss of a copy's tokens but its first. */
static double
loss_of_copy(const gsc_induction_run *a, size_t copy)
{
    size_t length = a->repeated.length, first = a->begin + copy * length;
    double sum = 0;
    for (size_t t = first + 1; t < first + length; t++)
        sum += a->loss[t - 1]; /* row t - 1 tells token t */
    return sum / (double)(length - 1);
}

typedef enum kind { PREFIX, PREVIOUS, DUPLICATE } kind;

static double
score_of(const gsc_head_attention *s, kind which)
{
    return which == PREFIX     ? s->prefix_matching
           : which == PREVIOUS ? s->previous_token
                               : s->duplicate_token;
}

/* The head with the highest score. */
static size_t
best_head(const gsc_induction_run *a, kind which)
{
    size_t best = 0;
    for (size_t i = 1; i < a->heads.num_layers * a->heads.num_heads; i++)
        if (score_of(&a->scores[i], which) > score_of(&a->scores[best], which))
            best = i;
    return best;
}

static int
add_best(const gsc_induction_run *a, kind which, copying *c, gsc_rows *rows)
{
    int status = 0;
    char name[64];
    double eigenvalues;
    size_t best = best_head(a, which), heads = a->heads.num_heads;
    snprintf(name, sizeof name, "%zu.%zu", best / heads, best % heads);
    GSC_TRY(gsc_rows_real(rows, score_of(&a->scores[best], which)));
    GSC_TRY(gsc_rows_text(rows, name));
    if (which == PREFIX) {
        GSC_TRY(find_copying(c, best, NULL, &eigenvalues));
        GSC_TRY(gsc_rows_real(rows, eigenvalues));
    }
out:
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_induction_run a;
    copying c = {.run = NULL};
    GSC_TRY(gsc_induction_open(&a, request));
    GSC_TRY(gsc_induction_sequences(&a));
    GSC_TRY(open_copying(&c, &a));
    double early = loss_of_copy(&a, 0), late = loss_of_copy(&a, a.repeated.copies - 1);
    GSC_TRY(gsc_rows_integer(rows, (int64_t)a.repeated.length));
    GSC_TRY(add_best(&a, PREFIX, &c, rows));
    GSC_TRY(add_best(&a, PREVIOUS, NULL, rows));
    GSC_TRY(add_best(&a, DUPLICATE, NULL, rows));
    GSC_TRY(GSC_ROWS_REALS(rows, early, late, late - early));
out:
    close_copying(&c);
    gsc_induction_close(&a);
    return status;
}

/* ---- One row for each head ---- */

static const gsc_column head_columns[] = {
    {"layer", GSC_CELL_INTEGER, true, "0 is the first", false},
    {"head", GSC_CELL_INTEGER, true, "of its layer", false},
    {"prefix_matching", GSC_CELL_REAL, false,
     "attention to the tokens after earlier ones like the query's", false},
    {"previous_token", GSC_CELL_REAL, false, "attention to the position before", false},
    {"duplicate_token", GSC_CELL_REAL, false,
     "attention to earlier tokens like the query's", false},
    {"copying", GSC_CELL_REAL, false,
     "share of a token itself in all outputs that attending to it raises", false},
    {"copying_eigenvalues", GSC_CELL_REAL, false,
     "sum of the eigenvalues of W_E W_V W_O W_U over that of their absolute values",
     false},
    {"loss", GSC_CELL_REAL, false, "loss of the test examples", false},
    {"loss_without", GSC_CELL_REAL, false,
     "the same with the head's output zero and all patterns kept", false},
    {"knock_out", GSC_CELL_REAL, false, "their difference: what the head is worth",
     false},
};

static int
fill_heads(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_induction_run a;
    copying c = {.run = NULL};
    double loss = 0, share, eigenvalues, *without = NULL;
    GSC_TRY(gsc_induction_open(&a, request));
    GSC_TRY(gsc_induction_sequences(&a));
    size_t heads = a.heads.num_heads, count = a.heads.num_layers * heads;
    GSC_NEW(without, count);
    GSC_TRY(open_copying(&c, &a));
    GSC_TRY(gsc_heads_knock_out(request->loaded, (size_t)a.options->examples,
                                request->threads, &loss, without));
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(find_copying(&c, i, &share, &eigenvalues));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i / heads)));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i % heads)));
        GSC_TRY(GSC_ROWS_REALS(rows, a.scores[i].prefix_matching,
                               a.scores[i].previous_token, a.scores[i].duplicate_token,
                               share, eigenvalues, loss, without[i],
                               without[i] - loss));
    }
out:
    close_copying(&c);
    free(without);
    gsc_induction_close(&a);
    return status;
}

/* ---- One row for each position ---- */

static const gsc_column position_columns[] = {
    {"position", GSC_CELL_INTEGER, true, "whose next token is to be told", false},
    {"loss", GSC_CELL_REAL, false, "mean over the sequences", false},
    {"pc1", GSC_CELL_REAL, false,
     "where this checkpoint lies on the first principal component of the losses of "
     "all checkpoints asked for",
     true},
    {"pc2", GSC_CELL_REAL, false, "the same on the second one", true},
};
enum { POSITION_LOSS = 1, POSITION_PC1 };

static int
fill_positions(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_induction_run a;
    GSC_TRY(gsc_induction_open(&a, request));
    if (!gsc_induction_tells_next(&a))
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "positions have losses where the network tells the next "
                         "token at %zu positions; this one does not",
                         a.end - 1));
    GSC_TRY(gsc_induction_sequences(&a));
    for (size_t t = 0; t + 1 < a.end; t++) {
        GSC_TRY(gsc_rows_integer(rows, (int64_t)t));
        GSC_TRY(gsc_rows_real(rows, a.loss[t]));
        GSC_TRY(GSC_ROWS_REALS(rows, (double)NAN, (double)NAN));
    }
out:
    gsc_induction_close(&a);
    return status;
}

/* The rows of all checkpoints as a matrix, one row for each checkpoint; the components'
 * signs are chosen so that the first checkpoint is on the negative side. */
static int
conclude_positions(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    gsc_matrix x = {0};
    gsc_pca pca = {.count = 0};
    size_t count = gsc_rows_count(rows), width = 0;
    while (width < count && gsc_rows_cell(rows, width, 0)->integer == (int64_t)width)
        width++;
    size_t checkpoints = width > 0 ? count / width : 0;
    (void)steps;
    if (checkpoints < 2) /* one lies nowhere */
        return 0;
    GSC_TRY(gsc_matrix_init(&x, checkpoints, width));
    for (size_t i = 0; i < count; i++)
        x.data[i] = gsc_rows_cell(rows, i, POSITION_LOSS)->real;
    GSC_TRY(gsc_pca_init(&pca, &x));
    for (size_t c = 0; c < 2 && c < pca.count; c++) {
        double sign = pca.scores.data[c] > 0 ? -1 : 1;
        for (size_t i = 0; i < count; i++)
            gsc_rows_cell(rows, i, POSITION_PC1 + c)->real =
                c < pca.rank ? sign * pca.singular_values[c] *
                                   pca.scores.data[i / width * pca.count + c]
                             : 0;
    }
out:
    gsc_matrix_free(&x);
    gsc_pca_free(&pca);
    return status;
}

const gsc_measure gsc_measure_induction = {
    .name = "induction",
    .purpose = "which heads look for what followed a token before",
    .examples = "  grokscope-induction checkpoints/repeats --step all\n"
                "      when induction heads came: one row for each step\n"
                "  grokscope-induction checkpoints/repeats --long\n"
                "      what every head attends to, copies, and is worth\n"
                "  grokscope-induction checkpoints/repeats --long=position "
                "--step all\n"
                "      losses of the next token, and the path that they take\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 3,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("head", head_columns, fill_heads, NULL),
               GSC_TABLE("position", position_columns, fill_positions,
                         conclude_positions)},
};
