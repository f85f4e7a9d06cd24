/* A checkpoint under study: its weights in double, the model they belong to, and what
 * that model shows. */
#ifndef GROKSCOPE_SUBJECT_H
#define GROKSCOPE_SUBJECT_H

#include "grokscope/checkpoint.h"
#include "grokscope/matrix.h"
#include "grokscope/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_subject {
    gsc_checkpoint checkpoint;
    gsc_task_config task_config;
    gsc_model_config config;
    gsc_model model;
    double *weights; /* the model's flat array */
} gsc_subject;

/* Read a checkpoint, rebuild its model from the configuration and put its parameters
 * into place. GSC_EFORMAT where a parameter is missing or misshapen, with the file. */
int gsc_subject_open(gsc_subject *subject, const char *path);
void gsc_subject_close(gsc_subject *subject);

/* A view with a row for each residue, in an order (task.h): the rows of the operands'
 * tokens (embeddings) or of the answers' outputs (the others), so that "=" and unused
 * outputs drop out. The caller frees the matrix. GSC_EARGUMENT where the model has no
 * such view, or the residues no such order. */
int gsc_subject_view(const gsc_subject *subject, gsc_view view, gsc_order order,
                     gsc_matrix *matrix);

#ifdef __cplusplus
}
#endif
#endif
