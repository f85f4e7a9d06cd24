/* Every checkpoint compared with every other. */
#include "analyze/compare/all_pairs.h"

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

const gsc_column gsc_pair_columns[GSC_NUM_PAIR_VALUES] = {
    REAL("keys_jaccard",
         "key frequencies: how many both have, of those that either has"),
    REAL("spectrum_cosine", "of the power that the embedding has at each frequency"),
    REAL("weight_distance", "l2 of the difference of all weights"),
    REAL("weight_cosine", "of all weights"),
    REAL("embedding_cka", "linear CKA of the rows of residues"),
    REAL("embedding_procrustes",
         "squared distance of these once centred, of norm 1 and rotated: 0 to 2"),
    REAL("logit_cka", "linear CKA of the logits over all pairs (a, b)"),
    REAL("agreement", "share of all pairs that both answer alike"),
    REAL("kl", "mean KL(a || b) of the answers to all pairs, in nats"),
    REAL("neuron_cka",
         "linear CKA of the neurons over all pairs; this and those behind "
         "with --all-pairs=full"),
    REAL("matched_correlation",
         "mean over the best one-to-one matching of neurons by activations"),
    REAL("weight_distance_matched", "with b's neurons in the order of a's"),
    REAL("barrier", "how far the loss over all pairs rises above the line between its "
                    "ends, along the straight line between the weights"),
    REAL("barrier_matched", "the same with b's neurons in the order of a's"),
};

/* ---- Frequencies ---- */

static double
jaccard(const gsc_portrait *a, const gsc_portrait *b)
{
    size_t both = 0, either = 0;
    for (size_t k = 0; k < a->count; k++) {
        both += a->key[k] && b->key[k];
        either += a->key[k] || b->key[k];
    }
    return either > 0 ? (double)both / (double)either : (double)NAN;
}

static double
spectrum_cosine(const gsc_portrait *a, const gsc_portrait *b)
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
compare_frequencies(gsc_all_pairs *self, const gsc_album *album)
{
    for (size_t i = 0; i < album->count; i++)
        for (size_t j = 0; j < album->count; j++) {
            const gsc_portrait *a = &album->portraits[i], *b = &album->portraits[j];
            size_t at = i * album->count + j;
            if (album->table_of[i] != album->table_of[j] || a->count == 0 ||
                b->count == 0)
                continue;
            self->values[GSC_PAIR_SPECTRUM_COSINE][at] = spectrum_cosine(a, b);
            if (a->key && b->key)
                self->values[GSC_PAIR_JACCARD][at] = jaccard(a, b);
        }
}

/* ---- Matrices of some checkpoints alone ---- */

/* Put a matrix [count, count] of members of the album into that of all. */
static void
spread(const double *part, const size_t *members, size_t count, size_t all,
       double *matrix)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            matrix[members[i] * all + members[j]] = part[i * count + j];
}

/* ---- Weights ---- */

/* Members of the album whose weights correspond to those of `first`, which is the
 * earliest of them; *count 0 where it is not. */
static void
find_alike(const gsc_album *album, size_t first, size_t *members, size_t *count)
{
    const char *tensors = album->portraits[first].tensors;
    *count = 0;
    for (size_t i = 0; i < album->count; i++) {
        if (strcmp(album->portraits[i].tensors, tensors) != 0)
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
compare_weights(gsc_all_pairs *self, const gsc_album *album, gsc_threads *threads)
{
    int status = 0;
    size_t *members = NULL, count, all = album->count;
    const void **rows = NULL;
    double *squares = NULL, *products = NULL;
    GSC_NEW(members, all);
    GSC_NEW(rows, all);
    GSC_NEW(squares, all * all);
    GSC_NEW(products, all * all);
    for (size_t first = 0; first < all; first++) {
        const gsc_portrait *portrait = &album->portraits[first];
        find_alike(album, first, members, &count);
        for (size_t i = 0; i < count; i++)
            rows[i] = album->portraits[members[i]].weights;
        if (count == 0)
            continue;
        gsc_pairwise_squares(portrait->type, rows, count, portrait->num_weights,
                             threads, squares, products);
        finish_weights(squares, products, count);
        spread(squares, members, count, all, self->values[GSC_PAIR_DISTANCE]);
        spread(products, members, count, all, self->values[GSC_PAIR_COSINE]);
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
    const gsc_album_options *options;
    size_t table, num_tables;
} telling;

static void
tell(void *context, double share)
{
    const telling *t = context;
    size_t done = (size_t)(1000 * ((double)t->table + share));
    t->options->show(t->options->context, "comparing logits", done,
                     1000 * t->num_tables);
}

/* What a checkpoint's network could not be asked is nan beside all. */
static void
hide_missing(const gsc_album *album, const gsc_album_table *table, double *matrix)
{
    size_t count = table->count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (!album->portraits[table->members[i]].has_logits ||
                !album->portraits[table->members[j]].has_logits)
                matrix[i * count + j] = (double)NAN;
}

static void
take(gsc_all_pairs *self, const gsc_album *album, const gsc_album_table *table,
     gsc_pair_value value, double *part)
{
    hide_missing(album, table, part);
    spread(part, table->members, table->count, album->count, self->values[value]);
}

static int
compare_logits(gsc_all_pairs *self, const gsc_album *album, const telling *t)
{
    int status = 0;
    const gsc_album_table *table = &album->tables[t->table];
    gsc_threads *threads = t->options->threads;
    double *part = NULL;
    GSC_NEW(part, table->count * table->count);
    gsc_logit_stack_agreement(&table->stack, threads, part);
    take(self, album, table, GSC_PAIR_AGREEMENT, part);
    GSC_TRY(gsc_logit_stack_divergence(&table->stack, threads, part));
    take(self, album, table, GSC_PAIR_KL, part);
    GSC_TRY(gsc_logit_stack_cka(&table->stack, threads, t->options->show ? tell : NULL,
                                (void *)t, part));
    take(self, album, table, GSC_PAIR_LOGIT_CKA, part);
out:
    free(part);
    return status;
}

static int
compare_embeddings(gsc_all_pairs *self, const gsc_album *album,
                   const gsc_album_table *table, gsc_threads *threads)
{
    int status = 0;
    size_t count = table->count;
    const gsc_cloud **clouds = NULL;
    double *cka = NULL, *procrustes = NULL;
    GSC_NEW(clouds, count);
    GSC_NEW(cka, count * count);
    GSC_NEW(procrustes, count * count);
    for (size_t i = 0; i < count; i++)
        clouds[i] = &album->portraits[table->members[i]].embedding;
    GSC_TRY(gsc_pairwise_clouds(clouds, count, threads, cka, procrustes));
    spread(cka, table->members, count, album->count,
           self->values[GSC_PAIR_EMBEDDING_CKA]);
    spread(procrustes, table->members, count, album->count,
           self->values[GSC_PAIR_EMBEDDING_PROCRUSTES]);
out:
    free(clouds);
    free(cka);
    free(procrustes);
    return status;
}

/* Matrices of nan up to a number of them. */
static int
add_values(gsc_all_pairs *self, size_t num_values)
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
gsc_all_pairs_init(gsc_all_pairs *self, const gsc_album *album,
                   const gsc_album_options *options)
{
    int status = 0;
    size_t count = album->count;
    telling t = {.options = options, .num_tables = album->num_tables};
    *self = (gsc_all_pairs){.count = count};
    GSC_NEW(self->steps, count);
    for (size_t i = 0; i < count; i++)
        self->steps[i] = album->portraits[i].step;
    GSC_TRY(add_values(self, GSC_NUM_QUICK_VALUES));
    compare_frequencies(self, album);
    GSC_TRY(compare_weights(self, album, options->threads));
    for (t.table = 0; t.table < album->num_tables; t.table++) {
        GSC_TRY(
            compare_embeddings(self, album, &album->tables[t.table], options->threads));
        GSC_TRY(compare_logits(self, album, &t));
    }
out:
    if (status < 0)
        gsc_all_pairs_free(self);
    return status;
}

void
gsc_all_pairs_free(gsc_all_pairs *self)
{
    free(self->steps);
    for (size_t v = 0; v < GSC_NUM_PAIR_VALUES; v++)
        free(self->values[v]);
    *self = (gsc_all_pairs){0};
}
