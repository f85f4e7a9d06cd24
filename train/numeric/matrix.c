/* A matrix of doubles, rows one after the other. */
#include "grokscope/matrix.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/hot.h"

#include <stdlib.h>
#include <string.h>

int
gsc_matrix_init(gsc_matrix *matrix, size_t rows, size_t cols)
{
    int status = 0;
    size_t count;
    *matrix = (gsc_matrix){0};
    GSC_TRY(gsc_size_multiply(rows, cols, &count));
    GSC_NEW(matrix->data, count);
    matrix->rows = rows;
    matrix->cols = cols;
out:
    return status;
}

void
gsc_matrix_free(gsc_matrix *matrix)
{
    free(matrix->data);
    *matrix = (gsc_matrix){0};
}

int
gsc_matrix_copy(const gsc_matrix *matrix, gsc_matrix *copy)
{
    int status = 0;
    size_t count = matrix->rows * matrix->cols;
    GSC_TRY(gsc_matrix_init(copy, matrix->rows, matrix->cols));
    if (count > 0)
        memcpy(copy->data, matrix->data, count * sizeof *copy->data);
out:
    return status;
}

int
gsc_matrix_transpose(const gsc_matrix *matrix, gsc_matrix *transposed)
{
    int status = 0;
    size_t rows = matrix->rows, cols = matrix->cols;
    GSC_TRY(gsc_matrix_init(transposed, cols, rows));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            transposed->data[j * rows + i] = matrix->data[i * cols + j];
out:
    return status;
}

void
gsc_matrix_centre(gsc_matrix *matrix, double *mean)
{
    size_t rows = matrix->rows, cols = matrix->cols;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            mean[j] += matrix->data[i * cols + j];
    for (size_t j = 0; j < cols; j++)
        mean[j] /= (double)rows;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            matrix->data[i * cols + j] -= mean[j];
}

GSC_HOT double
gsc_matrix_squares(const gsc_matrix *matrix)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < matrix->rows * matrix->cols; i++)
        sum += matrix->data[i] * matrix->data[i];
    return sum;
}
