/* The orders of the residues that frequencies are taken over. */
#include "grokscope/binary_table.h"
#include "grokscope/error.h"

bool
gsc_is_prime(int64_t p)
{
    for (int64_t d = 2; d * d <= p; d++)
        if (p % d == 0)
            return false;
    return p >= 2;
}

/* Write g^0, g^1, … until 1 comes again, and return how many there are. */
static size_t
write_powers(size_t g, size_t p, uint16_t *residues)
{
    size_t count = 0, power = 1;
    do {
        residues[count++] = (uint16_t)power;
        power = power * g % p;
    } while (power != 1);
    return count;
}

int
gsc_residue_order_list(gsc_residue_order order, size_t p, uint16_t *residues,
                       size_t *count)
{
    *count = order == GSC_RESIDUE_ORDER_PLAIN ? p : p - 1;
    if (order == GSC_RESIDUE_ORDER_PLAIN) {
        for (size_t x = 0; x < p; x++)
            residues[x] = (uint16_t)x;
        return 0;
    }
    if (!gsc_is_prime((int64_t)p))
        return gsc_fail(GSC_EARGUMENT,
                        "order: the residues modulo %zu, no prime, have no logarithms",
                        p);
    for (size_t g = 1; write_powers(g, p, residues) < p - 1;)
        g++;
    return 0;
}
