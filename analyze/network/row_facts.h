/* What is known of the rows of an embedding: labels, residues, colours, phases; cosets
 * and conjugacy classes. */
#ifndef GROKSCOPE_ROW_FACTS_H
#define GROKSCOPE_ROW_FACTS_H

#include "grokscope/rows.h"

#include "analyze/network/embedding.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_row_wishes {
    size_t modulus;       /* m of mod_m and next; 0: neither */
    size_t frequency;     /* whose plane phases are of; 0: that of most power */
    const char *subgroup; /* generators, as gsc_group_read_elements reads them; "" */
} gsc_row_wishes;

enum { GSC_MOST_FACTS = 19 };

/* A row of facts for each row of an embedding. Not to be moved: rows.columns points
 * into it. */
typedef struct gsc_row_facts {
    gsc_rows rows;
    gsc_column columns[GSC_MOST_FACTS];
    char modulus_name[32];
    size_t frequency; /* that phases are of; 0 where there are none */
} gsc_row_facts;

/* Gather them. Columns, of those that the rows can have:
 *
 *   label       in words: a residue, "=", cycles of a permutation, "3, 5 = 8", a word
 * of the facet "words"; of an input without a table its answer index       from 0
 *   token, output, example
 *               which one it is
 *   residue     or element; -1 for a token that is none; of an input a, b and c, its
 *               answer, of which the facts below are then
 *   answer      of an input without a table: its first output's label or number
 *   train       1, 0; -1 where it is not known
 *   mod_8       residue modulo the wish m
 *   next        index of the row of residue + m modulo p; -1: none
 *   parity      of the residue, or of the permutation: 0 even, 1 odd
 *   logarithm   to the least primitive root, of products and quotients; -1: of 0
 *   frequency   the wish, or that of most power in x over the residues in the order in
 *               which the operation is a sum (gsc_task_residue_order)
 *   phase       gsc_plane_angles of the rows in its plane, over x
 *   order, class
 *               of an element of a group: its order; the number of its conjugacy class
 *   left_coset, right_coset
 *               number of x H and H x, for the wish H
 *
 * next, frequency and phase are of rows that are residues; NaN and 0 where too few are
 * there. x [n, d] are the rows as they will be seen, in the embedding's order.
 * GSC_EARGUMENT for a subgroup where no group is composed, or wrong generators, and for
 * a frequency there is not. gsc_row_facts_free releases it, also after a failure. */
int gsc_row_facts_init(gsc_row_facts *self, const gsc_loaded_model *loaded,
                       const gsc_embedding *embedding, const gsc_matrix *x,
                       const gsc_row_wishes *wishes);
void gsc_row_facts_free(gsc_row_facts *self);

/* What the columns hold, as gsc_program's columns are written. */
extern const char gsc_row_facts_columns[];

#ifdef __cplusplus
}
#endif
#endif
