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

#include "train/data/molecule.h"

#include <stdbool.h>

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

#endif
