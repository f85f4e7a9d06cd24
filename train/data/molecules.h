/* Molecules as graphs of atoms and bonds, hydrogens too, each with its polarizability,
 * from files of QM9 (Ramakrishnan et al., Sci. Data 1, 140022, 2014) as they are handed
 * round:
 *
 *   - *.xyz, a molecule a file (dsgdb9nsd_000001.xyz): its number of atoms, "gdb", its
 *     number and its properties, the fifth of which is the polarizability, then the
 *     atoms with their places in Angstrom;
 *   - *.xyz or *.xyz.gz, many molecules a file, the second line of each with alpha=…;
 *   - *.csv with the columns smiles and alpha.
 *
 * Of places two atoms are bound where they are nearer than 1.15 times the sum of their
 * covalent radii (Cordero et al., Dalton Trans. 2832, 2008). */
#ifndef GSC_DATA_MOLECULES_H
#define GSC_DATA_MOLECULES_H

#include <stdbool.h>
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

typedef struct gsc_molecules {
    size_t count, room;
    gsc_molecule *items;
    bool of_places; /* or of SMILES */
} gsc_molecules;

/* Read all molecules of a folder, by the names of its files: those of places where
 * there are any, else the tables. GSC_EFORMAT for a folder without molecules, with the
 * file and the line for one that cannot be read. gsc_molecules_free releases it, also
 * after a failure. */
int gsc_molecules_read(gsc_molecules *molecules, const char *folder);
void gsc_molecules_free(gsc_molecules *molecules);

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
