/* Every checkpoint compared with every other. */
#include "analyze/compare/comparison_matrices.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/pairwise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REAL(name, help)                        \
    {                                           \
        name, GSC_CELL_REAL, false, help, false \
    }

const gsc_column gsc_comparison_columns[GSC_NUM_COMPARISON_VALUES] = {
    REAL("keys_jaccard",
         "key frequencies: how many both have, of those that either has"),
    REAL("spectrum_cosine", "of the power that the embedding has at each frequency"),
    REAL("weight_distance", "l2 of the difference of all weights"),
    REAL("weight_cosine", "of all weights"),
    REAL("embedding_cka", "linear CKA of the rows of residues, or of all tokens"),
    REAL("embedding_procrustes",
         "squared distance of these once centred, of norm 1 and rotated: 0 to 2"),
    REAL("logit_cka",
         "linear CKA of the answers over all questions: pairs (a, b), or examples"),
    REAL("agreement", "share of all questions that both answer alike"),
    REAL("kl",
         "mean KL(a || b) of the answers to all questions, in nats; nan where they are "
         "no labels"),
    REAL("neuron_cka",
         "linear CKA of the neurons over all questions; this and those after "
         "with --all-pairs=full"),
    REAL("matched_correlation",
         "mean over the best one-to-one matching of neurons by activations"),
    REAL("weight_distance_matched", "with b's neurons in the order of a's"),
    REAL("barrier",
         "how far the loss over all questions rises above the line between its "
         "ends, along the straight line between the weights"),
    REAL("barrier_matched", "the same with b's neurons in the order of a's"),
};

/* ---- Frequencies ---- */

static double
jaccard(const gsc_kept_features *a, const gsc_kept_features *b)
{
    size_t both = 0, either = 0;
    for (size_t k = 0; k < a->count; k++) {
        both += a->key[k] && b->key[k];
        either += a->key[k] || b->key[k];
    }
    return either > 0 ? (double)both / (double)either : (double)NAN;
}

static double
spectrum_cosine(const gsc_kept_features *a, const gsc_kept_features *b)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t k = 1; k < a->count; k++) {
        aa += a->power[k] * a->power[k];
        bb += b->power[k] * b->power[k];
        ab += a->power[k] * b->power[k];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : (double)NAN;
}

static void
compare_frequencies(gsc_comparison_matrices *self, const gsc_feature_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->count; j++) {
            const gsc_kept_features *a = &set->items[i], *b = &set->items[j];
            size_t at = i * set->count + j;
            if (set->grid_of[i] != set->grid_of[j] || a->count == 0 || b->count == 0)
                continue;
            self->values[GSC_COMPARISON_SPECTRUM_COSINE][at] = spectrum_cosine(a, b);
            if (a->key && b->key)
                self->values[GSC_COMPARISON_JACCARD][at] = jaccard(a, b);
        }
}

/* ---- Matrices of only some checkpoints ---- */

/* Put a matrix [count, count] of members of the feature set into that of all. */
static void
spread(const double *part, const size_t *members, size_t count, size_t all,
       double *matrix)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            matrix[members[i] * all + members[j]] = part[i * count + j];
}

/* ---- Weights ---- */

/* Members of the feature set whose weights correspond to those of `first`, which is the
 * earliest of them; *count 0 where it is not. */
static void
find_alike(const gsc_feature_set *set, size_t first, size_t *members, size_t *count)
{
    const char *tensors = set->items[first].tensors;
    *count = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].tensors, tensors) != 0)
            continue;
        if (i < first)
            return;
        members[(*count)++] = i;
    }
}

static void
finish_weights(double *squares, double *products, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            double own = products[i * count + i] * products[j * count + j];
            double *product = &products[i * count + j];
            *product = own > 0 ? *product / sqrt(own) : (double)NAN;
            products[j * count + i] = *product;
        }
    for (size_t i = 0; i < count; i++) {
        double *own = &products[i * count + i];
        *own = *own > 0 ? 1 : (double)NAN;
    }
    for (size_t at = 0; at < count * count; at++)
        squares[at] = sqrt(squares[at]);
}

static int
compare_weights(gsc_comparison_matrices *self, const gsc_feature_set *set,
                gsc_threads *threads)
{
    int status = 0;
    size_t *members = NULL, count, all = set->count;
    const void **rows = NULL;
    double *squares = NULL, *products = NULL;
    GSC_NEW(members, all);
    GSC_NEW(rows, all);
    GSC_NEW(squares, all * all);
    GSC_NEW(products, all * all);
    for (size_t first = 0; first < all; first++) {
        const gsc_kept_features *kept = &set->items[first];
        find_alike(set, first, members, &count);
        for (size_t i = 0; i < count; i++)
            rows[i] = set->items[members[i]].weights;
        if (count == 0)
            continue;
        gsc_pairwise_squares(kept->type, rows, count, kept->num_weights, threads,
                             squares, products);
        finish_weights(squares, products, count);
        spread(squares, members, count, all, self->values[GSC_COMPARISON_DISTANCE]);
        spread(products, members, count, all, self->values[GSC_COMPARISON_COSINE]);
    }
out:
    free(members);
    free(rows);
    free(squares);
    free(products);
    return status;
}

/* ---- Embeddings and logits, table by table ---- */

typedef struct telling {
    const gsc_feature_set_options *options;
    size_t table, num_grids;
} telling;

static void
tell(void *context, double share)
{
    const telling *t = context;
    size_t done = (size_t)(1000 * ((double)t->table + share));
    t->options->show(t->options->context, "comparing logits", done,
                     1000 * t->num_grids);
}

/* What a checkpoint's network could not be asked is nan beside all. */
static void
hide_missing(const gsc_feature_set *set, const gsc_feature_set_grid *table,
             double *matrix)
{
    size_t count = table->count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (!set->items[table->members[i]].has_logits ||
                !set->items[table->members[j]].has_logits)
                matrix[i * count + j] = (double)NAN;
}

static void
take(gsc_comparison_matrices *self, const gsc_feature_set *set,
     const gsc_feature_set_grid *table, gsc_comparison_value value, double *part)
{
    hide_missing(set, table, part);
    spread(part, table->members, table->count, set->count, self->values[value]);
}

/* nan where no tolerance says when answers of numbers are alike. */
static void
compare_answers(const gsc_feature_set_grid *table, gsc_threads *threads, double *part)
{
    const gsc_questions *q = &table->questions;
    if (table->n > 0 || q->alike != GSC_ALIKE_DISTANCE)
        gsc_logit_set_agreement(&table->logit_set, threads, part);
    else
        gsc_logit_set_closeness(&table->logit_set, threads, q->tolerance, part);
    bool undecided =
        table->n == 0 && q->alike == GSC_ALIKE_DISTANCE && !(q->tolerance > 0);
    for (size_t at = 0; undecided && at < table->count * table->count; at++)
        part[at] = (double)NAN;
}

/* Rows that do not count are the same in all, and add nothing but their number. nan
 * where answers are not of labels. */
static int
compare_probabilities(const gsc_feature_set_grid *table, gsc_threads *threads,
                      double *part)
{
    int status = 0;
    const gsc_questions *q = &table->questions;
    double factor = 1;
    GSC_TRY(gsc_logit_set_divergence(&table->logit_set, threads, part));
    if (table->n == 0)
        factor = q->alike == GSC_ALIKE_LARGEST ? (double)(q->count * q->num_rows) /
                                                     (double)gsc_questions_count_rows(q)
                                               : (double)NAN;
    for (size_t at = 0; at < table->count * table->count; at++)
        part[at] *= factor;
out:
    return status;
}

static int
compare_logits(gsc_comparison_matrices *self, const gsc_feature_set *set,
               const telling *t)
{
    int status = 0;
    const gsc_feature_set_grid *table = &set->grids[t->table];
    gsc_threads *threads = t->options->threads;
    double *part = NULL;
    if (!table->logit_set.x)
        return 0;
    GSC_NEW(part, table->count * table->count);
    compare_answers(table, threads, part);
    take(self, set, table, GSC_COMPARISON_AGREEMENT, part);
    GSC_TRY(compare_probabilities(table, threads, part));
    take(self, set, table, GSC_COMPARISON_KL, part);
    GSC_TRY(gsc_logit_set_cka(&table->logit_set, threads,
                              t->options->show ? tell : NULL, (void *)t, part));
    take(self, set, table, GSC_COMPARISON_LOGIT_CKA, part);
out:
    free(part);
    return status;
}

static int
compare_embeddings(gsc_comparison_matrices *self, const gsc_feature_set *set,
                   const gsc_feature_set_grid *table, gsc_threads *threads)
{
    int status = 0;
    size_t count = table->count;
    const gsc_representation **representations = NULL;
    double *cka = NULL, *procrustes = NULL;
    GSC_NEW(representations, count);
    GSC_NEW(cka, count * count);
    GSC_NEW(procrustes, count * count);
    for (size_t i = 0; i < count; i++)
        representations[i] = &set->items[table->members[i]].embedding;
    GSC_TRY(
        gsc_pairwise_representations(representations, count, threads, cka, procrustes));
    spread(cka, table->members, count, set->count,
           self->values[GSC_COMPARISON_EMBEDDING_CKA]);
    spread(procrustes, table->members, count, set->count,
           self->values[GSC_COMPARISON_EMBEDDING_PROCRUSTES]);
out:
    free(representations);
    free(cka);
    free(procrustes);
    return status;
}

/* Matrices of nan up to a number of them. */
static int
add_values(gsc_comparison_matrices *self, size_t num_values)
{
    int status = 0;
    size_t all = self->count * self->count;
    for (; self->num_values < num_values; self->num_values++) {
        double **matrix = &self->values[self->num_values];
        GSC_NEW(*matrix, all);
        for (size_t at = 0; at < all; at++)
            (*matrix)[at] = (double)NAN;
    }
out:
    return status;
}

int
gsc_comparison_matrices_init(gsc_comparison_matrices *self, const gsc_feature_set *set,
                             const gsc_feature_set_options *options)
{
    int status = 0;
    size_t count = set->count;
    telling t = {.options = options, .num_grids = set->num_grids};
    *self = (gsc_comparison_matrices){.count = count};
    GSC_NEW(self->steps, count);
    for (size_t i = 0; i < count; i++)
        self->steps[i] = set->items[i].step;
    GSC_TRY(add_values(self, GSC_NUM_QUICK_COMPARISON_VALUES));
    compare_frequencies(self, set);
    GSC_TRY(compare_weights(self, set, options->threads));
    for (t.table = 0; t.table < set->num_grids; t.table++) {
        GSC_TRY(compare_embeddings(self, set, &set->grids[t.table], options->threads));
        GSC_TRY(compare_logits(self, set, &t));
    }
out:
    if (status < 0)
        gsc_comparison_matrices_free(self);
    return status;
}

void
gsc_comparison_matrices_free(gsc_comparison_matrices *self)
{
    free(self->steps);
    for (size_t v = 0; v < GSC_NUM_COMPARISON_VALUES; v++)
        free(self->values[v]);
    *self = (gsc_comparison_matrices){0};
}
