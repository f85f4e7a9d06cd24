/* Molecules: from SMILES, from places, both of the same molecules of QM9, and the task
 * that is made of them. */
#include "folder_fixture.h"
#include "tasks_fixture.h"

#include "train/base/file.h"
#include "train/data/graph_fields.h"
#include "train/data/molecules.h"
#include "train/task/molecules.h"

#include <math.h>

/* ---- SMILES ---- */

/* "H3 C2 O1" and so on, and bonds by kind. */
typedef struct counts {
    size_t elements[10], kinds[GSC_BOND_KINDS];
} counts;

static counts
count(const gsc_molecule *m)
{
    counts c = {.elements = {0}};
    for (size_t i = 0; i < m->num_atoms; i++)
        c.elements[m->elements[i]]++;
    for (size_t i = 0; i < m->num_bonds; i++)
        for (size_t k = 0; k < GSC_BOND_KINDS; k++)
            c.kinds[k] += m->bonds[i].kind[k] > 0;
    return c;
}

static void
smiles_have_their_atoms_and_bonds(void **state)
{
    (void)state;
    static const struct {
        const char *smiles;
        size_t h, c, n, o, f, kinds[GSC_BOND_KINDS];
    } known[] = {{"C", 4, 1, 0, 0, 0, {4}},
                 {"N#CC12CC1CO2", 5, 5, 1, 1, 0, {12, 0, 1}},
                 {"COCC(O)C#CC=O", 8, 6, 0, 3, 0, {14, 1, 1}},
                 {"c1ccccc1", 6, 6, 0, 0, 0, {6, 0, 0, 6}},
                 {"c1cc[nH]c1", 5, 4, 1, 0, 0, {5, 0, 0, 5}},
                 {"Cn1cccc1", 7, 5, 1, 0, 0, {8, 0, 0, 5}},
                 {"O=c1cco1", 2, 3, 0, 2, 0, {2, 1, 0, 4}},
                 {"[NH3+]CC([O-])=O", 5, 2, 1, 2, 0, {8, 1}},
                 {"FC(F)(F)C%10CC%10", 5, 4, 0, 0, 3, {12}},
                 {"C[C@@H]1CO1", 6, 3, 0, 1, 0, {10}},
                 {"F/C=C\\F", 2, 2, 0, 0, 2, {4, 1}}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        gsc_molecule m;
        assert_return_ok(gsc_molecule_from_smiles(&m, known[i].smiles));
        counts c = count(&m);
        assert_int_equal(c.elements[1], known[i].h);
        assert_int_equal(c.elements[6], known[i].c);
        assert_int_equal(c.elements[7], known[i].n);
        assert_int_equal(c.elements[8], known[i].o);
        assert_int_equal(c.elements[9], known[i].f);
        for (size_t k = 0; k < GSC_BOND_KINDS; k++)
            assert_int_equal(c.kinds[k], known[i].kinds[k]);
    }
}

static void
what_is_no_smiles_is_refused(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"", "letter 1: ends too early"},
                                           {"CX", "letter 2: no atom of C"},
                                           {"C(C", "letter 4: ends too early"},
                                           {"C)", "a branch that was not begun"},
                                           {"(C)", "a branch of nothing"},
                                           {"C1CC", "a ring is left open"},
                                           {"1CC", "a ring without an atom"},
                                           {"[CH", "expected ']'"},
                                           {"[Si]", "no atom of H, C, N, O or F"},
                                           {"C%1C", "expected two digits"},
                                           {"C.C", "letter 2: no atom"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gsc_molecule m;
        assert_fails(gsc_molecule_from_smiles(&m, texts[i][0]), GSC_EFORMAT,
                     texts[i][1]);
    }
    char longest[400];
    memset(longest, 'C', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    gsc_molecule m;
    assert_fails(gsc_molecule_from_smiles(&m, longest), GSC_EFORMAT, "too many atoms");
}

/* ---- Places ---- */

static const char water[] = "3\n"
                            "gdb 3\t799.58\t437.90\t282.94\t1.8511\t6.31\t-0.2928\n"
                            "O\t-0.0343604951\t 0.9775395708\t 0.0076015923\t-0.58\n"
                            "H\t 0.0647664923\t 2.05721*^-2\t 0.0015346341\t 0.29\n"
                            "H\t 0.8717903737\t 1.3007924048\t 0.0006931336\t 0.29\n"
                            "1671.4222\t3803.6305\n"
                            "O\tO\n";

static void
write_file(const char *name, const char *text)
{
    assert_return_ok(gsc_file_write(name, text, strlen(text)));
}

static void
places_have_their_bonds(void **state)
{
    (void)state;
    gsc_molecules m;
    assert_return_ok(gsc_file_make_folders("xyz"));
    write_file("xyz/dsgdb9nsd_000003.xyz", water);
    write_file("xyz/more.xyz", "2\nmol_id=a alpha=5.5 smiles=[HH]\nH 0 0 0\nH 0 0 0.7\n"
                               "1\nmol_id=b alpha=10\nF 1 2 3\n");
    assert_return_ok(gsc_molecules_read(&m, "xyz"));
    assert_int_equal(m.count, 3);
    assert_true(m.of_places);
    assert_close(m.items[0].polarizability, 6.31, 1e-12);
    assert_int_equal(m.items[0].num_atoms, 3);
    assert_int_equal(m.items[0].num_bonds, 2);
    assert_int_equal(m.items[1].num_bonds, 1);
    assert_close(m.items[2].polarizability, 10, 1e-12);
    assert_int_equal(m.items[2].elements[0], 9);
    assert_int_equal(m.items[2].num_bonds, 0);
    double length = hypot(hypot(-0.0343604951 - 0.0647664923, 0.9775395708 - 0.0205721),
                          0.0076015923 - 0.0015346341);
    assert_close((double)m.items[0].bonds[0].kind[0],
                 exp(-pow((length - 1.1) / .1, 2) / 2), 1e-6);
    gsc_molecules_free(&m);
}

static void
damaged_files_are_refused_with_their_line(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"x\n", "line 1: expected a number of atoms"},
        {"65\nalpha=1\n", "expected a number of atoms, from 1 to 64"},
        {"1\nnothing\nC 0 0 0\n", "line 2: expected properties"},
        {"2\nalpha=1\nC 0 0 0\n", "line 3: expected an atom"},
        {"1\nalpha=1\nC 0 0\n", "line 3: expected an atom"},
        {"1\nalpha=1\nSi 0 0 0\n", "an atom of H, C, N, O or F and its place"}};
    assert_return_ok(gsc_file_make_folders("bad"));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        gsc_molecules m;
        write_file("bad/x.xyz", files[i][0]);
        assert_fails(gsc_molecules_read(&m, "bad"), GSC_EFORMAT, files[i][1]);
        gsc_molecules_free(&m);
    }
}

/* Of a packed file that ends early what is there may be whole molecules. */
static void
a_packed_file_that_ends_early_is_refused(void **state)
{
    (void)state;
    gsc_molecules m;
    assert_return_ok(gsc_file_make_folders("packed"));
    write_file("packed/whole.xyz", "1\nalpha=1\nC 0 0 0\n1\nalpha=2\nC 0 0 0\n");
    assert_int_equal(system("cd packed && gzip whole.xyz"), 0);
    assert_return_ok(gsc_molecules_read(&m, "packed"));
    assert_int_equal(m.count, 2);
    gsc_molecules_free(&m);
    assert_int_equal(system("cd packed && head -c -9 whole.xyz.gz > cut.xyz.gz && "
                            "rm whole.xyz.gz"),
                     0);
    assert_fails(gsc_molecules_read(&m, "packed"), GSC_EFORMAT,
                 "packed/cut.xyz.gz: ends early; fetch it again");
    gsc_molecules_free(&m);
}

static void
tables_have_their_smiles(void **state)
{
    (void)state;
    gsc_molecules m;
    assert_return_ok(gsc_file_make_folders("csv"));
    write_file("csv/x.csv", "mol_id,smiles,alpha\na,CO,16.97\n");
    assert_return_ok(gsc_molecules_read(&m, "csv"));
    assert_int_equal(m.count, 1);
    assert_false(m.of_places);
    assert_int_equal(m.items[0].num_atoms, 6);
    gsc_molecules_free(&m);
    write_file("csv/x.csv", "mol_id,smiles,alpha\na,C(,16.97\n");
    assert_fails(gsc_molecules_read(&m, "csv"), GSC_EFORMAT,
                 "csv/x.csv: row 1: SMILES 'C('");
    gsc_molecules_free(&m);
    write_file("csv/x.csv", "mol_id,smiles\na,C\n");
    assert_fails(gsc_molecules_read(&m, "csv"), GSC_EFORMAT,
                 "expected columns smiles and alpha");
    gsc_molecules_free(&m);
}

/* ---- QM9 itself, where it is ---- */

/* Each hydrogen is bound once; there are as many bonds of each pair of elements. */
static void
compare_with_smiles(const gsc_molecule *placed, const gsc_molecule *written)
{
    counts a = count(placed), b = count(written);
    size_t bonds[2][100] = {{0}};
    const gsc_molecule *both[] = {placed, written};
    assert_memory_equal(a.elements, b.elements, sizeof a.elements);
    assert_int_equal(placed->num_bonds, written->num_bonds);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < both[i]->num_bonds; k++) {
            uint8_t x = both[i]->elements[both[i]->bonds[k].a],
                    y = both[i]->elements[both[i]->bonds[k].b];
            bonds[i][x < y ? 10 * x + y : 10 * y + x]++;
        }
    assert_memory_equal(bonds[0], bonds[1], sizeof bonds[0]);
}

static void
places_and_smiles_of_qm9_are_the_same_graphs(void **state)
{
    (void)state;
    const char *root = getenv("GROKSCOPE_DATA");
    char command[4096];
    gsc_molecules placed, written;
    if (!root)
        skip();
    /* The SMILES of the second lines, as a table of its own. */
    snprintf(command, sizeof command,
             "mkdir smiles && zcat '%s/qm9/qm9_xyz_alpha.xyz.gz' | sed -n "
             "'1i smiles,alpha\ns/^mol_id=.* alpha=\\(.*\\) smiles=\\(.*\\)/\\2,\\1/p' "
             "> smiles/x.csv",
             root);
    if (system(command) != 0)
        skip();
    snprintf(command, sizeof command, "%s/qm9", root);
    assert_return_ok(gsc_molecules_read(&placed, command));
    assert_return_ok(gsc_molecules_read(&written, "smiles"));
    assert_int_equal(placed.count, written.count);
    for (size_t i = 0; i < placed.count; i++)
        compare_with_smiles(&placed.items[i], &written.items[i]);
    printf("%zu molecules\n", placed.count);
    gsc_molecules_free(&placed);
    gsc_molecules_free(&written);
}

/* ---- The task ---- */

static double
element(const made *m, const char *field, size_t example, size_t at)
{
    return gsc_field_element(gsc_dataset_find(&m->dataset, field), example, at);
}

/* Of methanol: which of the atoms is the oxygen, and what is known of it. */
static void
molecules_become_graphs(void **state)
{
    (void)state;
    const void *mean, *deviation;
    assert_return_ok(gsc_file_make_folders("task"));
    write_file("task/x.csv", "smiles,alpha\nC,8\nCO,16\nCCO,24\n");
    made m = make(&gsc_task_molecules, "data=task train_samples=2 test_samples=0");
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_GRAPH_ATOMS)->shape.dims[0], 9);
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_GRAPH_EDGES)->shape.dims[0], 16);
    const gsc_facet *facet = gsc_facets_find(&m.facets, GSC_MOLECULES);
    assert_return_ok(gsc_facet_array(facet, "target_mean", GSC_FACET_REAL,
                                     (gsc_shape){.rank = 0}, &mean));
    assert_return_ok(gsc_facet_array(facet, "target_deviation", GSC_FACET_REAL,
                                     (gsc_shape){.rank = 0}, &deviation));
    for (size_t e = 0; e < 3; e++) {
        double alpha =
            element(&m, "polarizability", e, 0) * *(const double *)deviation +
            *(const double *)mean;
        size_t atoms = 0, edges = 0, carbons = (size_t)lround(alpha / 8);
        carbons -= carbons > 1;
        for (size_t i = 0; i < 9; i++)
            atoms += element(&m, GSC_GRAPH_PLACE, e, i) < 1;
        for (size_t i = 0; i < 16; i++)
            edges += element(&m, GSC_GRAPH_TARGET, e, i) < 9;
        assert_int_equal(atoms, carbons == 2 ? 9 : lround(alpha / 8) == 1 ? 5 : 6);
        assert_int_equal(edges, 2 * (atoms - 1));
        for (size_t i = 0; i < atoms; i++) {
            bool oxygen = element(&m, GSC_GRAPH_ATOMS, e, 11 * i + 5) == 8;
            if (!oxygen)
                continue;
            assert_true(element(&m, GSC_GRAPH_ATOMS, e, 11 * i + 3) == 1);
            assert_true(element(&m, GSC_GRAPH_ATOMS, e, 11 * i + 7) == 1);
            assert_true(element(&m, GSC_GRAPH_ATOMS, e, 11 * i + 10) == 1);
        }
    }
    release(&m);
    assert_fails(try(&gsc_task_molecules, "data=task train_samples=3", &m),
                 GSC_EARGUMENT, "but there are 3 molecules");
    release(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smiles_have_their_atoms_and_bonds),
        cmocka_unit_test(what_is_no_smiles_is_refused),
        cmocka_unit_test(places_have_their_bonds),
        cmocka_unit_test(damaged_files_are_refused_with_their_line),
        cmocka_unit_test(a_packed_file_that_ends_early_is_refused),
        cmocka_unit_test(tables_have_their_smiles),
        cmocka_unit_test(places_and_smiles_of_qm9_are_the_same_graphs),
        cmocka_unit_test(molecules_become_graphs),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
