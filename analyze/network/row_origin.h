/* What facts of rows are made from: the residues' order, the group, its cosets, phases.
 */
#ifndef GSC_MEASURE_ROW_ORIGIN_H
#define GSC_MEASURE_ROW_ORIGIN_H

#include "grokscope/group.h"

#include "analyze/network/row_facts.h"

typedef struct gsc_row_origin {
    const gsc_loaded_model *loaded;
    const gsc_embedding *e;
    const gsc_row_wishes *wishes;
    bool of_group, of_residues; /* C_n is both */
    size_t p;                   /* residues or elements */
    gsc_group group;
    uint16_t *classes, *cosets[2]; /* [p] */
    bool by_logarithm;
    int64_t *logarithms;  /* [p] place in the order; -1 */
    int64_t *row_of;      /* [p] row of a residue; -1 */
    int64_t *residue_of;  /* [65536] residues of tokens, for rows that are inputs */
    bool *trained;        /* [num_examples], for such rows */
    int64_t operation_at; /* position of the token that tells the operation of such a
                             row; -1 where there is only one */
    char *words_text;
    const char **words; /* [num_words] of the tokens from first_word on, or NULL */
    size_t num_words, first_word;
    double *phases;   /* [n], once asked for */
    size_t frequency; /* that they are of; 0: none */
} gsc_row_origin;

/* All but the phases, which are those of the rows x [n, d]. gsc_row_origin_free
 * releases it, also after a failure. Errors are those of gsc_row_facts_init. */
int gsc_row_origin_init(gsc_row_origin *self, const gsc_loaded_model *loaded,
                        const gsc_embedding *embedding, const gsc_row_wishes *wishes);
int gsc_row_origin_find_phases(gsc_row_origin *self, const gsc_matrix *x);
void gsc_row_origin_free(gsc_row_origin *self);

#endif
