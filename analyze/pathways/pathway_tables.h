/* The tables of grokscope-pathways. */
#ifndef GSC_PATHWAYS_PATHWAY_TABLES_H
#define GSC_PATHWAYS_PATHWAY_TABLES_H

#include "analyze/pathways/pathway_history.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/program.h"

typedef struct gsc_pathway_settings {
    int64_t pairs, seed, kernel, groups, since;
    double cutoff, ridge, noise, epsilon, delta, fall, even;
} gsc_pathway_settings;

/* From which checkpoint on a series counts: when 99 % of a group are memorised, or the
 * first. */
enum { GSC_SINCE_MEMORISED, GSC_SINCE_FIRST };

/* What a row is of. */
typedef struct gsc_pathway_origin {
    const char *run, *split;
    int64_t step;
} gsc_pathway_origin;

enum {
    GSC_PATHWAYS_CHECKPOINTS,
    GSC_PATHWAYS_LAYERS,
    GSC_PATHWAYS_BOUND,
    GSC_PATHWAYS_GROUPS,
    GSC_PATHWAYS_CORRELATIONS,
    GSC_PATHWAYS_FORECAST,
    GSC_PATHWAYS_TABLES
};

/* Names for an option, NULL after the last; columns, by the same numbers. */
extern const char *const gsc_pathway_table_names[];
extern const gsc_program_table gsc_pathway_tables[GSC_PATHWAYS_TABLES];

/* The numbers of a routing that stand in several tables. */
typedef struct gsc_pathway_numbers {
    double distance, error, entropy, entropy_least, erratic, dimension;
} gsc_pathway_numbers;

/* GSC_EMEMORY, GSC_ENUMERIC. */
int gsc_pathway_numbers_of(const gsc_routing *routing, const gsc_pathway_settings *set,
                           gsc_pathway_numbers *numbers);

/* Rows of one routing, of the first two tables; and of the third, whose samples have
 * labels. */
int gsc_pathway_add_checkpoint(gsc_rows *rows, const gsc_routing *routing,
                               const gsc_pathway_origin *of,
                               const gsc_pathway_settings *set);
int gsc_pathway_add_layers(gsc_rows *rows, const gsc_routing *routing,
                           const gsc_pathway_origin *of,
                           const gsc_pathway_settings *set);
int gsc_pathway_add_bound(gsc_rows *rows, const gsc_routing *routing,
                          const int32_t *labels, const gsc_pathway_origin *of,
                          const gsc_pathway_settings *set);

/* Rows of a run, of the other tables. */
int gsc_pathway_add_groups(gsc_rows *rows, const gsc_pathway_history *history,
                           const gsc_pathway_settings *set);
int gsc_pathway_add_correlations(gsc_rows *rows, const gsc_pathway_history *history,
                                 const gsc_pathway_settings *set);
int gsc_pathway_add_forecast(gsc_rows *rows, const gsc_pathway_history *history,
                             const gsc_pathway_settings *set);

#endif
