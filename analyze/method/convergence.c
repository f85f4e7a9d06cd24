/* Whether a run had converged by a row. */
#include "analyze/method/convergence.h"

#include <math.h>
#include <stdbool.h>

/* Rows that make a plateau, and what part of the steps they have. */
enum { LEAST_ROWS = 5, PART = 5 };

/* The mean of the last fifth, and how far it spreads; NaN where it has too few rows. */
static double
find_floor(const int64_t *step, const double *rank, size_t num_rows, double *spread)
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    size_t count = 0;
    int64_t last = step[num_rows - 1];
    for (size_t i = 0; i < num_rows; i++) {
        if (PART * (last - step[i]) > last || isnan(rank[i]))
            continue;
        sum += rank[i];
        least = fmin(least, rank[i]);
        most = fmax(most, rank[i]);
        count++;
    }
    *spread = most - least;
    return count < LEAST_ROWS ? (double)NAN : sum / (double)count;
}

void
gsc_convergence(const int64_t *step, const double *rank, size_t num_rows,
                double *fraction)
{
    double spread, fall = (double)NAN;
    if (num_rows > 0 && step[0] == 0)
        fall = rank[0] - find_floor(step, rank, num_rows, &spread);
    bool plateau = fall > 0 && spread <= GSC_PLATEAU_SHARE * fall;
    for (size_t i = 0; i < num_rows; i++)
        fraction[i] = plateau ? (rank[0] - rank[i]) / fall : (double)NAN;
}
