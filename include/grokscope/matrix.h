/* A matrix of doubles, rows one after the other. */
#ifndef GROKSCOPE_MATRIX_H
#define GROKSCOPE_MATRIX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A matrix. Zeroed: the empty one. */
typedef struct gsc_matrix {
    size_t rows, cols; /* its shape */
    double *data;      /* [rows, cols]; element (i, j) is data[i * cols + j] */
} gsc_matrix;

/* Make `matrix` a zero matrix [rows, cols]; what it held before is not looked at. On
 * failure (GSC_EMEMORY) it is the empty matrix. Released with gsc_matrix_free. */
int gsc_matrix_init(gsc_matrix *matrix, size_t rows, size_t cols);

/* Release; accepts zeroed and already freed matrices. */
void gsc_matrix_free(gsc_matrix *matrix);

/* Init `copy`, another struct than `matrix`, as A. GSC_EMEMORY. */
int gsc_matrix_copy(const gsc_matrix *matrix, gsc_matrix *copy);

/* Init `transposed`, another struct than `matrix`, as Aᵀ. GSC_EMEMORY. */
int gsc_matrix_transpose(const gsc_matrix *matrix, gsc_matrix *transposed);

/* Take the mean of all rows from each; mean [cols], zeros before, is what was taken. */
void gsc_matrix_centre(gsc_matrix *matrix, double *mean);

/* |A|^2, the sum of all squares. */
double gsc_matrix_squares(const gsc_matrix *matrix);

#ifdef __cplusplus
}
#endif
#endif
