/* Elements and bonds. */
#include "train/data/molecule.h"

#include "grokscope/error.h"

#include <string.h>

static const struct {
    const char *symbol;
    uint8_t number;
    int valence;
    double radius;
} elements[] = {{"H", 1, 1, .31},
                {"C", 6, 4, .76},
                {"N", 7, 3, .71},
                {"O", 8, 2, .66},
                {"F", 9, 1, .57}};
enum { NUM_ELEMENTS = sizeof elements / sizeof *elements };

static size_t
find_element(uint8_t number)
{
    size_t i = 0;
    while (elements[i].number != number)
        i++;
    return i;
}

uint8_t
gsc_element_number(const char *symbol, size_t length)
{
    for (size_t i = 0; i < NUM_ELEMENTS; i++)
        if (strlen(elements[i].symbol) == length &&
            strncmp(elements[i].symbol, symbol, length) == 0)
            return elements[i].number;
    return 0;
}

int
gsc_element_valence(uint8_t element)
{
    return elements[find_element(element)].valence;
}

double
gsc_element_radius(uint8_t element)
{
    return elements[find_element(element)].radius;
}

int
gsc_molecule_bind(gsc_molecule *m, size_t a, size_t b, const float kind[GSC_BOND_KINDS])
{
    if (m->num_bonds == GSC_MOST_BONDS)
        return gsc_fail(GSC_EFORMAT, "more than %d bonds", GSC_MOST_BONDS);
    gsc_bond *bond = &m->bonds[m->num_bonds++];
    *bond = (gsc_bond){.a = (uint8_t)a, .b = (uint8_t)b};
    memcpy(bond->kind, kind, sizeof bond->kind);
    return 0;
}
