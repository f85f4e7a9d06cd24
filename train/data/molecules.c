/* Molecules as graphs of atoms and bonds. */
#include "train/data/molecules.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/data/data_files.h"
#include "train/data/delimited.h"
#include "train/data/gzip.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 30 };

void
gsc_molecules_free(gsc_molecules *m)
{
    free(m->items);
    *m = (gsc_molecules){.count = 0};
}

static int
add(gsc_molecules *m, const gsc_molecule *one)
{
    int status = gsc_grow(&m->items, m->count, &m->room, sizeof *m->items);
    if (status == 0)
        m->items[m->count++] = *one;
    return status;
}

/* ---- Places ---- */

typedef struct lines {
    const char *path;
    char *next; /* NULL after the last one */
    size_t number;
} lines;

/* The next line, cut from the text; NULL after the last one. */
static char *
next_line(lines *l)
{
    char *line = l->next;
    if (!line || !*line)
        return NULL;
    size_t length = strcspn(line, "\n");
    l->next = line[length] ? line + length + 1 : NULL;
    line[length] = '\0';
    l->number++;
    return line;
}

/* A number, with the exponent that Mathematica writes: "1.2*^-6". */
static bool
read_number(char **at, double *value)
{
    char *end;
    *value = strtod(*at, &end);
    if (end == *at)
        return false;
    if (strncmp(end, "*^", 2) == 0) {
        char *after;
        long exponent = strtol(end + 2, &after, 10);
        *value *= pow(10, (double)exponent);
        end = after;
    }
    *at = end;
    return isfinite(*value);
}

/* "gdb 1 A B C mu alpha …", or "… alpha=55.81 …" */
static bool
read_polarizability(char *line, double *value)
{
    char *named = strstr(line, "alpha=");
    if (named) {
        named += strlen("alpha=");
        return read_number(&named, value);
    }
    bool read = strncmp(line, "gdb", 3) == 0;
    line += 3;
    for (size_t i = 0; read && i < 6; i++)
        read = read_number(&line, value);
    return read;
}

static bool
read_atom(char *line, uint8_t *element, double place[3])
{
    line += strspn(line, " \t");
    size_t length = strcspn(line, " \t");
    *element = gsc_element_number(line, length);
    line += length;
    bool read = *element > 0;
    for (size_t i = 0; read && i < 3; i++)
        read = read_number(&line, &place[i]);
    return read;
}

/* Bonds from the distances of all pairs. */
static int
find_bonds(gsc_molecule *m, double places[GSC_MOST_ATOMS][3])
{
    static const double centres[GSC_BOND_KINDS] = {1.1, 1.2, 1.35, 1.5};
    int status = 0;
    for (size_t a = 0; a < m->num_atoms; a++)
        for (size_t b = a + 1; b < m->num_atoms; b++) {
            double square = 0;
            float kind[GSC_BOND_KINDS];
            for (size_t i = 0; i < 3; i++)
                square += pow(places[a][i] - places[b][i], 2);
            if (sqrt(square) >= 1.15 * (gsc_element_radius(m->elements[a]) +
                                        gsc_element_radius(m->elements[b])))
                continue;
            for (size_t k = 0; k < GSC_BOND_KINDS; k++)
                kind[k] = (float)exp(-pow((sqrt(square) - centres[k]) / .1, 2) / 2);
            GSC_TRY(gsc_molecule_bind(m, a, b, kind));
        }
out:
    return status;
}

static int
fail_at(const lines *l, const char *expected)
{
    return gsc_fail(GSC_EFORMAT, "%s: line %zu: expected %s", l->path, l->number,
                    expected);
}

/* One molecule, whose number of atoms is the line `first`. */
static int
read_frame(lines *l, const char *first, gsc_molecule *m)
{
    int64_t count;
    double places[GSC_MOST_ATOMS][3];
    char *line = next_line(l), trimmed[32];
    *m = (gsc_molecule){.num_atoms = 0};
    snprintf(trimmed, sizeof trimmed, "%.*s", (int)strcspn(first, " \r\t"), first);
    if (gsc_text_to_integer(trimmed, &count) < 0 || count < 1 || count > GSC_MOST_ATOMS)
        return fail_at(l, "a number of atoms, from 1 to 64");
    if (!line || !read_polarizability(line, &m->polarizability))
        return fail_at(l, "properties, as alpha=55.8, or gdb and its numbers");
    for (m->num_atoms = 0; m->num_atoms < (size_t)count; m->num_atoms++) {
        line = next_line(l);
        if (!line || !read_atom(line, &m->elements[m->num_atoms], places[m->num_atoms]))
            return fail_at(l, "an atom of H, C, N, O or F and its place");
    }
    int status = find_bonds(m, places);
    return status < 0 ? gsc_fail_in(status, l->path) : 0;
}

static int
read_frames(gsc_molecules *all, lines *l)
{
    int status = 0;
    gsc_molecule m;
    for (char *line; (line = next_line(l));) {
        bool alone = l->next && strncmp(l->next, "gdb", 3) == 0;
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        GSC_TRY(read_frame(l, line, &m));
        GSC_TRY(add(all, &m));
        if (alone) /* what follows are frequencies and names */
            break;
    }
out:
    return status;
}

static int
read_places(void *molecules, const char *path)
{
    int status = 0;
    char *text = NULL;
    GSC_TRY(gsc_gzip_read_text(path, MOST_BYTES, &text));
    lines l = {path, text, 0};
    GSC_TRY(read_frames(molecules, &l));
out:
    free(text);
    return status;
}

/* ---- Tables ---- */

static int
read_row(gsc_molecules *all, const gsc_delimited *table, size_t row, size_t smiles,
         size_t alpha)
{
    int status = 0;
    gsc_molecule m = {.num_atoms = 0};
    GSC_TRY(gsc_text_to_real(gsc_delimited_cell(table, row, alpha), &m.polarizability));
    GSC_TRY(gsc_molecule_from_smiles(&m, gsc_delimited_cell(table, row, smiles)));
    GSC_TRY(add(all, &m));
out:
    return status;
}

/* A number that is none is the file's fault, as what is no SMILES is. */
static int
fail_in_row(int status, const char *path, size_t row)
{
    char where[32];
    snprintf(where, sizeof where, "row %zu", row + 1);
    gsc_fail_in(status, where);
    return gsc_fail_in(status == GSC_EARGUMENT ? GSC_EFORMAT : status, path);
}

static int
read_table(void *molecules, const char *path)
{
    int status = 0;
    gsc_delimited table;
    GSC_TRY(gsc_delimited_read(&table, path, ','));
    size_t smiles = gsc_delimited_column(&table, "smiles"),
           alpha = gsc_delimited_column(&table, "alpha");
    if (smiles == table.num_columns || alpha == table.num_columns)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: expected columns smiles and alpha", path));
    for (size_t row = 0; row < table.num_rows; row++) {
        status = read_row(molecules, &table, row, smiles, alpha);
        if (status < 0)
            GSC_TRY(fail_in_row(status, path, row));
    }
out:
    gsc_delimited_free(&table);
    return status;
}

int
gsc_molecules_read(gsc_molecules *m, const char *folder)
{
    int status = 0;
    *m = (gsc_molecules){.of_places = true};
    if (access(folder, R_OK) != 0)
        return gsc_file_fail_reading(folder, errno);
    GSC_TRY(gsc_each_file(folder, ".xyz", read_places, m));
    GSC_TRY(gsc_each_file(folder, ".xyz.gz", read_places, m));
    if (m->count > 0)
        return 0;
    m->of_places = false;
    GSC_TRY(gsc_each_file(folder, ".csv", read_table, m));
    if (m->count == 0)
        status =
            gsc_fail(GSC_EFORMAT,
                     "%s: has no molecules, expected dsgdb9nsd_*.xyz, *.xyz.gz, or "
                     "*.csv with columns smiles and alpha",
                     folder);
out:
    return status;
}
