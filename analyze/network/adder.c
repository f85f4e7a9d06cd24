/* A network that adds. */
#include "analyze/network/adder.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

static int
check_sum(const gsc_grid *grid, const gsc_subject *subject)
{
    size_t count;
    gsc_direction direction;
    if (gsc_grid_direction(grid, subject, &direction) == 0 && direction == GSC_SUM)
        return 0;
    return gsc_fail(
        GSC_EARGUMENT,
        "the operation is %s: found no sum, expected a + b, or a b modulo a prime",
        gsc_operations(&count)[subject->task_config.operation].formula);
}

static int
find_tables(gsc_adder *adder)
{
    static const gsc_view views[GSC_MOST_TABLES] = {GSC_VIEW_EMBEDDING,
                                                    GSC_VIEW_EMBEDDING_RIGHT};
    int status = 0;
    const gsc_model *model = &adder->subject->model;
    for (size_t i = 0; i < GSC_MOST_TABLES; i++) {
        if (model->views[views[i]] == GSC_NO_NODE)
            continue;
        const gsc_parameter *parameter =
            gsc_graph_parameter_of(model->graph, model->views[views[i]]);
        if (!parameter)
            return gsc_fail(GSC_EARGUMENT, "this model computes its %s",
                            gsc_view_names[views[i]]);
        adder->parameters[adder->num_tables] = parameter;
        GSC_TRY(gsc_subject_view(adder->subject, views[i], adder->grid.order,
                                 &adder->tables[adder->num_tables++]));
    }
out:
    return status;
}

int
gsc_adder_open(gsc_adder *adder, const gsc_subject *subject, gsc_threads *threads)
{
    int status = 0;
    *adder = (gsc_adder){.subject = subject, .threads = threads};
    GSC_TRY(
        gsc_grid_init(&adder->grid, subject, gsc_task_order(&subject->task_config)));
    GSC_TRY(check_sum(&adder->grid, subject));
    GSC_TRY(find_tables(adder));
    GSC_TRY(gsc_probe_open(&adder->probe, subject, &adder->grid, false));
    GSC_NEW(adder->weights, subject->num_weights);
    GSC_NEW(adder->logits, adder->grid.n * adder->grid.n * adder->grid.n);
    GSC_TRY(
        gsc_probe_run(&adder->probe, subject->weights, threads, adder->logits, NULL));
out:
    if (status < 0)
        gsc_adder_close(adder);
    return status;
}

void
gsc_adder_close(gsc_adder *adder)
{
    gsc_probe_close(&adder->probe);
    gsc_grid_free(&adder->grid);
    for (size_t i = 0; i < GSC_MOST_TABLES; i++)
        gsc_matrix_free(&adder->tables[i]);
    free(adder->weights);
    free(adder->logits);
    *adder = (gsc_adder){.subject = NULL};
}

/* Put rows in the place of those of the operands' tokens. */
static void
replace_rows(gsc_adder *adder, const gsc_parameter *parameter, const gsc_matrix *rows)
{
    const uint16_t *tokens = adder->subject->checkpoint.task.operands;
    double *table = adder->weights + parameter->offset;
    for (size_t i = 0; i < rows->rows; i++)
        memcpy(table + tokens[adder->grid.residues[i]] * rows->cols,
               rows->data + i * rows->cols, rows->cols * sizeof *table);
}

int
gsc_adder_run(gsc_adder *adder, const gsc_matrix *tables, double *logits)
{
    const gsc_subject *subject = adder->subject;
    memcpy(adder->weights, subject->weights,
           subject->num_weights * sizeof *adder->weights);
    for (size_t i = 0; i < adder->num_tables; i++)
        replace_rows(adder, adder->parameters[i], &tables[i]);
    return gsc_probe_run(&adder->probe, adder->weights, adder->threads, logits, NULL);
}
