/* Polynomials in two unknowns, as a text: "x^2+x*y+y^2", "(x+y)^3", "2x-3y". */
#ifndef GSC_TASK_POLYNOMIAL_H
#define GSC_TASK_POLYNOMIAL_H

#include <stdint.h>

/* Sums, differences, products and powers (whole exponents up to 64) of whole numbers
 * and the unknowns, with parentheses; x and a are the first unknown, y and b the second
 * one. The sign of a product may be left out. GSC_EARGUMENT with the place of what is
 * none. */
int gsc_polynomial_check(const char *text);

/* Its value modulo p, in 0 … p-1, for a text that the check lets through.
 * 1 < p < 2^31. Cost: the text's length, times the bits of exponents. */
int64_t gsc_polynomial_value(const char *text, int64_t x, int64_t y, int64_t p);

#endif
