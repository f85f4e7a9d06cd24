/* What the program adds to the library, each in a file of its own. */
#ifndef EXTEND_PARTS_H
#define EXTEND_PARTS_H

#include <grokscope/loss.h>
#include <grokscope/measure.h>
#include <grokscope/model.h>
#include <grokscope/operator.h>
#include <grokscope/stage.h>
#include <grokscope/task.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

extern const gsc_task wave;                /* task.c */
extern const gsc_operator softplus;        /* operator.c */
extern const gsc_loss log_cosh;            /* loss.c */
extern const gsc_operator absolute_error;  /* loss.c: a metric */
extern const gsc_architecture smooth;      /* architecture.c */
extern const gsc_stage signum, limit, box; /* stages.c */
extern const gsc_measure largest_weight;   /* measure.c */

#endif
