/* A molecule as a graph of atoms and bonds, hydrogens too. */
#ifndef GSC_DATA_MOLECULE_H
#define GSC_DATA_MOLECULE_H

#include <stddef.h>
#include <stdint.h>

enum { GSC_MOST_ATOMS = 64, GSC_MOST_BONDS = 96, GSC_BOND_KINDS = 4 };

typedef struct gsc_bond {
    uint8_t a, b;
    /* Of places: Gaussians of the bond's length around 1.1, 1.2, 1.35 and 1.5 Angstrom,
     * of deviation .1. Of SMILES: 1 for its kind, single, double, triple or aromatic.
     */
    float kind[GSC_BOND_KINDS];
} gsc_bond;

typedef struct gsc_molecule {
    size_t num_atoms, num_bonds;
    uint8_t elements[GSC_MOST_ATOMS]; /* atomic numbers */
    gsc_bond bonds[GSC_MOST_BONDS];
    double polarizability; /* in Bohr^3 */
} gsc_molecule;

/* The atoms and bonds of a SMILES of H, C, N, O and F, its hydrogens added; the
 * polarizability is left alone. GSC_EFORMAT. */
int gsc_molecule_from_smiles(gsc_molecule *molecule, const char *smiles);

/* The element of a symbol of `length` letters, or 0; of an element its valence, and its
 * covalent radius in Angstrom. */
uint8_t gsc_element_number(const char *symbol, size_t length);
int gsc_element_valence(uint8_t element);
double gsc_element_radius(uint8_t element);

/* Add a bond; GSC_EFORMAT where there are too many. */
int gsc_molecule_bind(gsc_molecule *molecule, size_t a, size_t b,
                      const float kind[GSC_BOND_KINDS]);

#endif
