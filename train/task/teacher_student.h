/* Regression on a teacher's answers. */
#ifndef GSC_TASK_TEACHER_STUDENT_H
#define GSC_TASK_TEACHER_STUDENT_H

#include "grokscope/task.h"

/* The facet "regression": d_in and d_out (int64). */
#define GSC_REGRESSION "regression"

typedef struct gsc_teacher_student {
    int64_t d_in, d_hidden, d_out;
    int64_t train_samples, test_samples;
    double tolerance;
    int64_t data_seed;
} gsc_teacher_student;

extern const gsc_task gsc_task_teacher_student;

#endif
