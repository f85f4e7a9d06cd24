/* Molecules and their isotropic polarizability: QM9 (Ramakrishnan et al. 2014), in
 * Omnigrok (Liu et al., arXiv 2210.01117) read by a graph network.
 *
 * An example is a graph of atoms, each with 11 numbers: which of H, C, N, O and F it
 * is, its atomic number, whether it has 1, 2, 3 or 4 or more neighbours, and how many
 * of them are hydrogens. (PyTorch Geometric's QM9 has 11 as well, with aromaticity and
 * hybridisation in place of the numbers of neighbours.) A bond is two edges, one each
 * way, with the four numbers of train/data/molecules.h. All is padded: edges that are
 * none go nowhere, and so do atoms when they are added up.
 *
 * The polarizability is standardised by mean and deviation of the examples that train.
 * The molecules are shuffled by data_seed; the first ones train, the next ones test. */
#include "train/task/molecules.h"

#include "grokscope/error.h"

#include "train/data/data_files.h"
#include "train/data/graph_fields.h"
#include "train/data/molecules.h"
#include "train/data/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ATOM_NUMBERS = 11 };

static const gsc_option rows[] = {
    GSC_ROW_TEXT(gsc_molecule_task, data, "", "DIR",
                 "Folder of the molecules: dsgdb9nsd_*.xyz, *.xyz.gz or *.csv; else "
                 "$GROKSCOPE_DATA/qm9."),
    GSC_ROW_INTEGER(gsc_molecule_task, train_samples, "100", 2, 1e6,
                    "Molecules to train on."),
    GSC_ROW_INTEGER(gsc_molecule_task, test_samples, "1000", 0, 1e6,
                    "Molecules to test on; 0: all others."),
    GSC_ROW_REAL(gsc_molecule_task, tolerance, "0.01", 0, 1e9,
                 "Squared error, of standardised polarizabilities, below which an "
                 "answer is right."),
    GSC_ROW_INTEGER(gsc_molecule_task, data_seed, "0", 0, 0x1p53,
                    "Seed of the molecules' order."),
};

static const char fetch[] =
    "fetch QM9 (dsgdb9nsd.xyz.tar.bz2 of Ramakrishnan et al. 2014, unpacked, or a CSV "
    "with columns smiles and alpha) into a folder and name it by --data";

typedef struct sample {
    const gsc_molecule_task *o;
    gsc_molecules molecules;
    uint32_t *chosen; /* [count], those that train first */
    size_t count, num_atoms, num_edges;
    double mean, deviation; /* of those that train */
} sample;

static const gsc_molecule *
molecule_of(const sample *s, size_t i)
{
    return &s->molecules.items[s->chosen[i]];
}

static void
find_sizes(sample *s)
{
    size_t train = (size_t)s->o->train_samples;
    for (size_t i = 0; i < s->count; i++) {
        const gsc_molecule *m = molecule_of(s, i);
        s->num_atoms = m->num_atoms > s->num_atoms ? m->num_atoms : s->num_atoms;
        s->num_edges =
            2 * m->num_bonds > s->num_edges ? 2 * m->num_bonds : s->num_edges;
    }
    for (size_t i = 0; i < train; i++)
        s->mean += molecule_of(s, i)->polarizability / (double)train;
    for (size_t i = 0; i < train; i++)
        s->deviation +=
            pow(molecule_of(s, i)->polarizability - s->mean, 2) / (double)train;
    s->deviation = s->deviation > 0 ? sqrt(s->deviation) : 1;
}

/* ---- Examples ---- */

typedef struct fields {
    uint8_t *atoms, *source, *target, *place;
    float *edges;
    double *polarizability;
} fields;

static int
add_fields(const sample *s, gsc_dataset *dataset, fields *f)
{
    int status = 0;
    size_t a = s->num_atoms, e = s->num_edges > 0 ? s->num_edges : 1;
    const struct {
        const char *name;
        gsc_field_type type;
        gsc_shape shape;
        size_t num_values;
        void *data;
    } rows_of[] = {
        {GSC_GRAPH_ATOMS, GSC_FIELD_UINT8, {2, {a, ATOM_NUMBERS}}, 0, &f->atoms},
        {GSC_GRAPH_EDGES, GSC_FIELD_FLOAT32, {2, {e, GSC_BOND_KINDS}}, 0, &f->edges},
        {GSC_GRAPH_SOURCE, GSC_FIELD_UINT8, {1, {e}}, a, &f->source},
        {GSC_GRAPH_TARGET, GSC_FIELD_UINT8, {1, {e}}, a + 1, &f->target},
        {GSC_GRAPH_PLACE, GSC_FIELD_UINT8, {1, {a}}, 2, &f->place},
        {"polarizability", GSC_FIELD_FLOAT64, {1, {1}}, 0, &f->polarizability}};
    dataset->num_examples = s->count;
    for (size_t i = 0; i < sizeof rows_of / sizeof *rows_of; i++)
        GSC_TRY(gsc_dataset_add_field(dataset, rows_of[i].name, rows_of[i].type,
                                      rows_of[i].shape, rows_of[i].num_values,
                                      rows_of[i].data));
out:
    return status;
}

static void
count_hydrogen(const gsc_molecule *m, size_t neighbour, uint8_t *count)
{
    if (m->elements[neighbour] == 1)
        ++*count;
}

static void
write_atoms(const gsc_molecule *m, uint8_t *atoms)
{
    static const char known[] = {1, 6, 7, 8, 9};
    uint8_t neighbours[GSC_MOST_ATOMS] = {0};
    for (size_t i = 0; i < m->num_atoms; i++) {
        uint8_t *x = atoms + i * ATOM_NUMBERS;
        for (size_t k = 0; k < sizeof known; k++)
            x[k] = m->elements[i] == known[k];
        x[5] = m->elements[i];
    }
    for (size_t i = 0; i < m->num_bonds; i++) {
        size_t a = m->bonds[i].a, b = m->bonds[i].b;
        neighbours[a]++;
        neighbours[b]++;
        count_hydrogen(m, b, &atoms[a * ATOM_NUMBERS + 10]);
        count_hydrogen(m, a, &atoms[b * ATOM_NUMBERS + 10]);
    }
    for (size_t i = 0; i < m->num_atoms; i++)
        if (neighbours[i] > 0)
            atoms[i * ATOM_NUMBERS + 5 + (neighbours[i] < 4 ? neighbours[i] : 4)] = 1;
}

/* A bond there and back; the edges that are left go from atom 0 to nowhere. */
static void
write_edges(const sample *s, const gsc_molecule *m, float *edges, uint8_t *source,
            uint8_t *target)
{
    memset(target, (int)s->num_atoms, s->num_edges);
    for (size_t i = 0; i < 2 * m->num_bonds; i++) {
        const gsc_bond *b = &m->bonds[i / 2];
        memcpy(edges + i * GSC_BOND_KINDS, b->kind, sizeof b->kind);
        source[i] = i % 2 == 0 ? b->a : b->b;
        target[i] = i % 2 == 0 ? b->b : b->a;
    }
}

static int
add_examples(const sample *s, gsc_dataset *dataset)
{
    int status = 0;
    fields f;
    GSC_TRY(add_fields(s, dataset, &f));
    for (size_t i = 0; i < s->count; i++) {
        const gsc_molecule *m = molecule_of(s, i);
        size_t edges = i * s->num_edges, atoms = i * s->num_atoms;
        write_atoms(m, f.atoms + atoms * ATOM_NUMBERS);
        write_edges(s, m, f.edges + edges * GSC_BOND_KINDS, f.source + edges,
                    f.target + edges);
        for (size_t k = m->num_atoms; k < s->num_atoms; k++)
            f.place[atoms + k] = 1;
        f.polarizability[i] = (m->polarizability - s->mean) / s->deviation;
    }
    gsc_dataset_add_target(dataset, "answer", "polarizability", "squared_error")
        ->tolerance = s->o->tolerance;
    GSC_TRY(gsc_dataset_add_first(dataset, "train", (size_t)s->o->train_samples));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
out:
    return status;
}

static int
add_facet(const sample *s, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    const gsc_shape one = {.rank = 0};
    GSC_TRY(gsc_facets_add(facets, GSC_MOLECULES, &facet));
    GSC_TRY(gsc_facet_add_array(facet, "target_mean", GSC_FACET_REAL, one, &s->mean));
    GSC_TRY(gsc_facet_add_array(facet, "target_deviation", GSC_FACET_REAL, one,
                                &s->deviation));
    GSC_TRY(gsc_facet_add_text(facet, "bonds",
                               s->molecules.of_places ? "lengths" : "kinds"));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    char folder[GSC_DATA_PATH_BYTES];
    sample s = {.o = values};
    GSC_TRY(gsc_find_data(s.o->data, "qm9", fetch, folder));
    GSC_TRY(gsc_molecules_read(&s.molecules, folder));
    const gsc_split_draw draw = {s.molecules.count, (size_t)s.o->train_samples,
                                 (size_t)s.o->test_samples, s.o->data_seed,
                                 "molecules"};
    GSC_TRY(gsc_split_choose(&draw, &s.chosen, &s.count));
    find_sizes(&s);
    GSC_TRY(add_examples(&s, dataset));
    GSC_TRY(add_facet(&s, facets));
out:
    gsc_molecules_free(&s.molecules);
    free(s.chosen);
    return status;
}

const gsc_task gsc_task_molecules = {"molecules",
                                     "the polarizability of a molecule, from its graph",
                                     rows,
                                     sizeof rows / sizeof *rows,
                                     sizeof(gsc_molecule_task),
                                     make};
