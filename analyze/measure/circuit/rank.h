/* The columns of a circuit's measures that tell whether it was read too early. */
#ifndef GSC_MEASURE_RANK_H
#define GSC_MEASURE_RANK_H

#include "grokscope/measure.h"

#define GSC_RANK_COLUMNS                                                              \
    {"embedding_rank", GSC_CELL_REAL, false,                                          \
     "effective rank exp H(s / sum s) of the embedding's rows of residues", false},   \
    {                                                                                 \
        "converged", GSC_CELL_REAL, false,                                            \
            "share of this rank's fall from step 0 to the plateau of the rows' last " \
            "fifth: a circuit is read too early where it is below 1; nan: there is "  \
            "no plateau",                                                             \
            true                                                                      \
    }

/* Add their cells; NaN where the network has no embedding. */
int gsc_rank_add(const gsc_loaded_model *loaded, gsc_rows *rows);

/* The `conclude` of such a table (convergence.h). */
int gsc_rank_conclude(gsc_rows *rows, const int64_t *steps);

#endif
