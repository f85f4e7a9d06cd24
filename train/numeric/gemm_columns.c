/* The last few columns of a product of matrices in float32. */
#include "train/numeric/gemm_columns.h"

#include "train/numeric/hot.h"

#include <string.h>

enum {
    REGISTER = 16, /* numbers of one */
    MOST_REST = 3,
    LEAST_COLUMNS = 64,
    LEAST_WORK = 4096,
    LONG_SUM = 256, /* of shorter ones only a single column gains */
    BLOCK = 512,    /* of the inner index, or of rows: stays in the first cache */
    ROWS = 4        /* taken at once, so that their sums do not wait for each other */
};

size_t
gsc_gemm_columns_left(bool transpose_a, size_t m, size_t n, size_t k)
{
    size_t rest = n % REGISTER, most = transpose_a || k >= LONG_SUM ? MOST_REST : 1;
    return n > LEAST_COLUMNS && m * k >= LEAST_WORK && rest <= most ? rest : 0;
}

typedef float lane __attribute__((vector_size(4 * REGISTER), aligned(4), may_alias));
#define READ(x) (*(const lane *)(x))

GSC_INLINE float
scaled(float beta, float c)
{
    return beta == 0 ? 0 : beta * c;
}

/* ---- A as it is: dot products of its rows ---- */

/* By halves, which takes four steps and not fifteen. */
GSC_INLINE float
sum_of(const lane *x)
{
    float part[REGISTER];
    memcpy(part, x, sizeof part);
    for (size_t half = REGISTER / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            part[i] += part[i + half];
    return part[0];
}

/* sums[i][j] = A[i] . b[j] over `count` of the inner index */
GSC_INLINE void
dot_rows(const float *a, size_t lda, float b[MOST_REST][BLOCK], size_t count,
         size_t rows, size_t cols, float sums[ROWS][MOST_REST])
{
    lane wide[ROWS][MOST_REST] = {{{0}}};
    size_t l = 0;
    for (; l + REGISTER <= count; l += REGISTER)
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < cols; j++)
                wide[i][j] += READ(a + i * lda + l) * READ(&b[j][l]);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            float sum = sum_of(&wide[i][j]);
            for (size_t x = l; x < count; x++)
                sum += a[i * lda + x] * b[j][x];
            sums[i][j] = sum;
        }
}

GSC_INLINE void
dot_all(const float *a, size_t lda, size_t m, float b[MOST_REST][BLOCK], size_t count,
        float alpha, float beta, float *c, size_t ldc, size_t cols)
{
    float sums[ROWS][MOST_REST];
    for (size_t i = 0; i < m; i += ROWS, a += ROWS * lda, c += ROWS * ldc) {
        size_t rows = m - i < ROWS ? m - i : ROWS;
        if (rows == ROWS)
            dot_rows(a, lda, b, count, ROWS, cols, sums);
        else
            dot_rows(a, lda, b, count, rows, cols, sums);
        for (size_t x = 0; x < rows; x++)
            for (size_t j = 0; j < cols; j++)
                c[x * ldc + j] = alpha * sums[x][j] + scaled(beta, c[x * ldc + j]);
    }
}

GSC_HOT static void
add_dots(const float *a, size_t lda, size_t m, float b[MOST_REST][BLOCK], size_t count,
         float alpha, float beta, float *c, size_t ldc, size_t cols)
{
    if (cols == 1)
        dot_all(a, lda, m, b, count, alpha, beta, c, ldc, 1);
    else if (cols == 2)
        dot_all(a, lda, m, b, count, alpha, beta, c, ldc, 2);
    else
        dot_all(a, lda, m, b, count, alpha, beta, c, ldc, MOST_REST);
}

/* ---- A transposed: multiples of its stored rows ---- */

/* sums[j][i] += A[l, i] b[j][first + l] for `count` i and `rows` l */
GSC_INLINE void
add_rows(const float *a, size_t lda, size_t rows, float b[MOST_REST][BLOCK],
         size_t first, size_t count, float sums[MOST_REST][BLOCK], size_t cols)
{
    for (size_t j = 0; j < cols; j++)
        for (size_t i = 0; i < count; i++) {
            float sum = sums[j][i];
            for (size_t l = 0; l < rows; l++)
                sum += a[l * lda + i] * b[j][first + l];
            sums[j][i] = sum;
        }
}

GSC_INLINE void
add_all_rows(const float *a, size_t lda, size_t k, float b[MOST_REST][BLOCK],
             size_t count, float sums[MOST_REST][BLOCK], size_t cols)
{
    size_t l = 0;
    for (; l + ROWS <= k; l += ROWS)
        add_rows(a + l * lda, lda, ROWS, b, l, count, sums, cols);
    for (; l < k; l++)
        add_rows(a + l * lda, lda, 1, b, l, count, sums, cols);
}

GSC_HOT static void
add_multiples(const float *a, size_t lda, size_t k, float b[MOST_REST][BLOCK],
              size_t count, float sums[MOST_REST][BLOCK], size_t cols)
{
    if (cols == 1)
        add_all_rows(a, lda, k, b, count, sums, 1);
    else if (cols == 2)
        add_all_rows(a, lda, k, b, count, sums, 2);
    else
        add_all_rows(a, lda, k, b, count, sums, MOST_REST);
}

static void
multiply_transposed(const float *a, size_t lda, size_t m, float b[MOST_REST][BLOCK],
                    size_t count, float alpha, float beta, float *c, size_t ldc,
                    size_t cols)
{
    float sums[MOST_REST][BLOCK];
    for (size_t i = 0; i < m; i += BLOCK) {
        size_t rows = m - i < BLOCK ? m - i : BLOCK;
        memset(sums, 0, sizeof sums);
        add_multiples(a + i, lda, count, b, rows, sums, cols);
        for (size_t x = 0; x < rows; x++)
            for (size_t j = 0; j < cols; j++)
                c[(i + x) * ldc + j] =
                    alpha * sums[j][x] + scaled(beta, c[(i + x) * ldc + j]);
    }
}

/* ---- Both ---- */

void
gsc_gemm_columns(bool transpose_a, bool transpose_b, size_t m, size_t cols, size_t k,
                 float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                 float beta, float *c, size_t ldc)
{
    float columns[MOST_REST][BLOCK];
    for (size_t l = 0; l < k; l += BLOCK) {
        size_t count = k - l < BLOCK ? k - l : BLOCK;
        float kept = l == 0 ? beta : 1;
        for (size_t j = 0; j < cols; j++)
            for (size_t x = 0; x < count; x++)
                columns[j][x] = transpose_b ? b[j * ldb + l + x] : b[(l + x) * ldb + j];
        if (transpose_a)
            multiply_transposed(a + l * lda, lda, m, columns, count, alpha, kept, c,
                                ldc, cols);
        else
            add_dots(a + l, lda, m, columns, count, alpha, kept, c, ldc, cols);
    }
}
