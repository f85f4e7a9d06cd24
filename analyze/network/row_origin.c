/* What facts of rows are made from. */
#include "analyze/network/row_origin.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/maths/plane.h"
#include "analyze/network/activations.h"
#include "analyze/network/pairs/group_evaluator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The group ---- */

/* By its name where it has one, else by its table. */
static int
find_group(gsc_row_origin *s)
{
    const gsc_binary_table *pairs = &s->loaded->pairs;
    int status = gsc_group_init(&s->group, pairs->group);
    if (status == GSC_EMEMORY || (status == 0 && s->group.order == pairs->n))
        return status;
    gsc_group_free(&s->group);
    return gsc_group_init_table(&s->group, pairs->n, pairs->group_table);
}

static int
find_cosets(gsc_row_origin *s)
{
    int status = 0;
    uint16_t *generators = NULL;
    bool *member = NULL;
    size_t count = 0;
    GSC_NEW(generators, s->p);
    GSC_NEW(member, s->p);
    GSC_TRY(
        gsc_group_read_elements(&s->group, s->wishes->subgroup, generators, &count));
    gsc_group_generate(&s->group, generators, count, member);
    for (gsc_side side = GSC_LEFT; side <= GSC_RIGHT; side++) {
        GSC_NEW(s->cosets[side], s->p);
        gsc_group_cosets(&s->group, member, side, s->cosets[side]);
    }
out:
    free(generators);
    free(member);
    return status;
}

static int
read_group(gsc_row_origin *s)
{
    int status = 0;
    GSC_TRY(find_group(s));
    if (s->group.order != s->p)
        GSC_TRY(gsc_fail(GSC_EFORMAT,
                         "/facets/binary_table: %zu elements, of a group of order %zu",
                         s->p, s->group.order));
    s->of_residues = gsc_binary_table_has_frequencies(&s->loaded->pairs);
    GSC_NEW(s->classes, s->p);
    gsc_group_classes(&s->group, s->classes);
    if (*s->wishes->subgroup)
        GSC_TRY(find_cosets(s));
out:
    return status;
}

static int
find_logarithms(gsc_row_origin *s)
{
    int status = 0;
    gsc_residue_order order = s->loaded->pairs.order;
    uint16_t *residues = NULL;
    size_t count;
    s->by_logarithm = order == GSC_RESIDUE_ORDER_LOGARITHM;
    GSC_NEW(residues, s->p);
    GSC_NEW(s->logarithms, s->p);
    for (size_t r = 0; r < s->p; r++)
        s->logarithms[r] = -1;
    GSC_TRY(gsc_residue_order_list(order, s->p, residues, &count));
    for (size_t i = 0; i < count; i++)
        s->logarithms[residues[i]] = (int64_t)i;
out:
    free(residues);
    return status;
}

/* Where the tables of two operations have different tokens. */
static int
find_operation(gsc_row_origin *s)
{
    bool found;
    gsc_binary_table one, other;
    const gsc_facets *facets = &s->loaded->checkpoint.facets;
    const gsc_field *tokens =
        gsc_dataset_find(&s->loaded->checkpoint.dataset, GSC_TOKENS);
    size_t length = tokens ? gsc_shape_count(tokens->shape) : 0;
    int status = gsc_binary_table_read_at(facets, 0, &one, &found);
    if (status == 0 && found)
        status = gsc_binary_table_read_at(facets, 1, &other, &found);
    bool alike = status == 0 && found && one.n_ctx == length && other.n_ctx == length;
    for (size_t i = 0; alike && i < length; i++)
        if (one.input[i] != other.input[i])
            s->operation_at = (int64_t)i;
    return status;
}

static int
read_inputs(gsc_row_origin *s)
{
    int status = 0;
    GSC_TRY(find_operation(s));
    const gsc_dataset *dataset = &s->loaded->checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    GSC_NEW(s->residue_of, (size_t)UINT16_MAX + 1);
    gsc_residues_of(&s->loaded->pairs, false, (size_t)UINT16_MAX + 1, s->residue_of);
    GSC_NEW(s->trained, dataset->num_examples);
    for (size_t i = 0; train && i < train->count; i++)
        s->trained[train->indices[i]] = true;
out:
    return status;
}

/* The names of tokens, one a line, where the data are words or characters. */
static int
read_words(gsc_row_origin *s)
{
    int status = 0;
    const char *text;
    const gsc_facets *facets = &s->loaded->checkpoint.facets;
    const gsc_facet *words = gsc_facets_find(facets, "words");
    const gsc_facet *facet = words ? words : gsc_facets_find(facets, "characters");
    if (!facet)
        return 0;
    s->first_word = facet == words;
    GSC_TRY(gsc_facet_text(facet, words ? "words" : "names", &text));
    s->words_text = gsc_copy_text(text);
    if (!s->words_text)
        return GSC_EMEMORY;
    for (const char *c = text; *c; c++)
        s->num_words += *c == '\n';
    GSC_NEW(s->words, s->num_words);
    char *line = s->words_text;
    for (size_t i = 0; i < s->num_words; i++) {
        s->words[i] = line;
        line = strchr(line, '\n');
        *line++ = '\0';
    }
out:
    return status;
}

int
gsc_row_origin_init(gsc_row_origin *s, const gsc_loaded_model *loaded,
                    const gsc_embedding *embedding, const gsc_row_wishes *wishes)
{
    int status = 0;
    *s = (gsc_row_origin){
        .loaded = loaded, .e = embedding, .wishes = wishes, .operation_at = -1};
    bool known = loaded->pairs.n > 0 && s->e->kind != GSC_ROW_OTHER;
    s->p = known ? loaded->pairs.n : 0;
    s->of_group = known && loaded->pairs.of_group;
    s->of_residues = known && !s->of_group;
    if (*s->wishes->subgroup && !s->of_group)
        return gsc_fail(GSC_EARGUMENT,
                        "--subgroup %s: these rows are not of elements "
                        "of a group",
                        s->wishes->subgroup);
    if (s->of_group)
        GSC_TRY(read_group(s));
    if (s->of_residues)
        GSC_TRY(find_logarithms(s));
    GSC_NEW(s->row_of, s->p);
    for (size_t r = 0; r < s->p; r++)
        s->row_of[r] = -1;
    for (size_t i = 0; i < s->e->x.rows; i++)
        if (s->e->residues[i] >= 0 && (size_t)s->e->residues[i] < s->p)
            s->row_of[s->e->residues[i]] = (int64_t)i;
    if (s->e->kind == GSC_ROW_INPUT)
        GSC_TRY(read_inputs(s));
    GSC_TRY(read_words(s));
out:
    return status;
}

/* ---- Phases ---- */

/* The rows of the residues in the order in which the operation is a sum. An empty
 * matrix where one is missing, or there are too few. */
static int
order_rows(const gsc_row_origin *s, const gsc_matrix *x, gsc_matrix *ordered)
{
    size_t count = 0, d = x->cols;
    for (size_t r = 0; r < s->p; r++) {
        count += s->logarithms[r] >= 0;
        if (s->logarithms[r] >= 0 && s->row_of[r] < 0)
            return 0;
    }
    if (count < 3)
        return 0;
    int status = gsc_matrix_init(ordered, count, d);
    for (size_t r = 0; status == 0 && r < s->p; r++)
        if (s->logarithms[r] >= 0)
            memcpy(ordered->data + (size_t)s->logarithms[r] * d,
                   x->data + (size_t)s->row_of[r] * d, d * sizeof *x->data);
    return status;
}

/* Of most power among those that have a plane. */
static int
find_frequency(const gsc_matrix *ordered, size_t *frequency)
{
    int status = 0;
    double *power = NULL;
    GSC_NEW(power, gsc_fourier_count(ordered->rows));
    GSC_TRY(gsc_fourier_power(ordered, power));
    *frequency = 1;
    for (size_t k = 2; k < (ordered->rows + 1) / 2; k++)
        if (power[k] > power[*frequency])
            *frequency = k;
out:
    free(power);
    return status;
}

int
gsc_row_origin_find_phases(gsc_row_origin *s, const gsc_matrix *x)
{
    int status = 0;
    gsc_matrix ordered = {0};
    gsc_plane plane = {0};
    double *angles = NULL;
    GSC_NEW(s->phases, s->e->x.rows);
    for (size_t i = 0; i < s->e->x.rows; i++)
        s->phases[i] = NAN;
    GSC_TRY(order_rows(s, x, &ordered));
    if (ordered.rows == 0)
        goto out;
    s->frequency = s->wishes->frequency;
    if (s->frequency == 0)
        GSC_TRY(find_frequency(&ordered, &s->frequency));
    GSC_TRY(gsc_plane_init(&plane, &ordered, s->frequency));
    GSC_NEW(angles, ordered.rows);
    gsc_plane_angles(&plane, &ordered, angles);
    for (size_t r = 0; r < s->p; r++)
        if (s->logarithms[r] >= 0)
            s->phases[s->row_of[r]] = angles[s->logarithms[r]];
out:
    free(angles);
    gsc_plane_free(&plane);
    gsc_matrix_free(&ordered);
    return status;
}

void
gsc_row_origin_free(gsc_row_origin *s)
{
    gsc_group_free(&s->group);
    free(s->classes);
    free(s->cosets[GSC_LEFT]);
    free(s->cosets[GSC_RIGHT]);
    free(s->logarithms);
    free(s->row_of);
    free(s->residue_of);
    free(s->trained);
    free(s->words_text);
    free(s->words);
    free(s->phases);
    *s = (gsc_row_origin){.p = 0};
}
