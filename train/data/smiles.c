/* Molecules from SMILES (Weininger, J. Chem. Inf. Comput. Sci. 28, 31, 1988): what the
 * 134,000 molecules of QM9 need, which have no parts, isotopes or elements beyond H, C,
 * N, O and F. Marks of handedness are skipped. */
#include "grokscope/error.h"

#include "train/data/molecule.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { SINGLE, DOUBLE, TRIPLE, AROMATIC, MOST_RINGS = 100, MOST_DEPTH = 32 };

typedef struct parser {
    const char *smiles, *at;
    gsc_molecule *m;
    bool aromatic[GSC_MOST_ATOMS];
    bool bracket[GSC_MOST_ATOMS];  /* its hydrogens are written */
    int hydrogens[GSC_MOST_ATOMS]; /* of those in brackets */
    int last;                      /* atom that the next one is bound to, or -1 */
    int bond;                      /* kind that was written, or -1 */
    int open[MOST_DEPTH], depth;   /* atoms that branches go back to */
    int ring[MOST_RINGS], ring_bond[MOST_RINGS]; /* atoms of open rings, or -1 */
} parser;

static int
fail_at(const parser *p, const char *reason)
{
    return gsc_fail(GSC_EFORMAT, "SMILES '%.80s': letter %zu: %s", p->smiles,
                    (size_t)(p->at - p->smiles) + 1, reason);
}

static int
bind(parser *p, int a, int b, int written)
{
    float kind[GSC_BOND_KINDS] = {0};
    bool both = p->aromatic[a] && p->aromatic[b];
    kind[written >= 0 ? written : both ? AROMATIC : SINGLE] = 1;
    return gsc_molecule_bind(p->m, (size_t)a, (size_t)b, kind);
}

/* An atom, bound to the last one. */
static int
add_atom(parser *p, uint8_t element, bool aromatic, bool bracket, int hydrogens)
{
    int status = 0, atom = (int)p->m->num_atoms;
    if (p->m->num_atoms == GSC_MOST_ATOMS)
        return fail_at(p, "too many atoms");
    p->m->elements[p->m->num_atoms++] = element;
    p->aromatic[atom] = aromatic;
    p->bracket[atom] = bracket;
    p->hydrogens[atom] = hydrogens;
    if (p->last >= 0)
        status = bind(p, p->last, atom, p->bond);
    p->last = atom;
    p->bond = -1;
    return status;
}

static int
read_plain_atom(parser *p)
{
    bool aromatic = islower((unsigned char)*p->at);
    char symbol = (char)toupper((unsigned char)*p->at);
    uint8_t element = gsc_element_number(&symbol, 1);
    if (element <= 1)
        return fail_at(p, "no atom of C, N, O or F");
    p->at++;
    return add_atom(p, element, aromatic, false, 0);
}

/* "[nH]", "[NH3+]", "[C@@H]", "[O-]" */
static int
read_bracket_atom(parser *p)
{
    p->at++;
    bool aromatic = islower((unsigned char)*p->at);
    char symbol = (char)toupper((unsigned char)*p->at);
    uint8_t element = *p->at ? gsc_element_number(&symbol, 1) : 0;
    int hydrogens = 0;
    if (element == 0)
        return fail_at(p, "no atom of H, C, N, O or F");
    for (p->at++; *p->at == '@'; p->at++)
        ;
    if (*p->at == 'H') {
        p->at++;
        hydrogens = isdigit((unsigned char)*p->at) ? *p->at++ - '0' : 1;
    }
    while (*p->at == '+' || *p->at == '-' || isdigit((unsigned char)*p->at))
        p->at++;
    if (*p->at != ']')
        return fail_at(p, "expected ']'");
    p->at++;
    return add_atom(p, element, aromatic, true, hydrogens);
}

static int
read_ring(parser *p)
{
    int number = *p->at++ - '0', status = 0;
    if (number == '%' - '0') {
        if (!isdigit((unsigned char)p->at[0]) || !isdigit((unsigned char)p->at[1]))
            return fail_at(p, "expected two digits");
        number = (p->at[0] - '0') * 10 + (p->at[1] - '0');
        p->at += 2;
    }
    if (p->last < 0)
        return fail_at(p, "a ring without an atom");
    if (p->ring[number] < 0) {
        p->ring[number] = p->last;
        p->ring_bond[number] = p->bond;
    } else {
        status = bind(p, p->ring[number], p->last,
                      p->bond >= 0 ? p->bond : p->ring_bond[number]);
        p->ring[number] = -1;
    }
    p->bond = -1;
    return status;
}

static int
read_branch(parser *p)
{
    if (*p->at == '(' && (p->last < 0 || p->depth == MOST_DEPTH))
        return fail_at(p, "a branch of nothing, or too deep");
    if (*p->at == ')' && p->depth == 0)
        return fail_at(p, "a branch that was not begun");
    if (*p->at++ == '(')
        p->open[p->depth++] = p->last;
    else
        p->last = p->open[--p->depth];
    return 0;
}

static int
read_part(parser *p)
{
    static const char bonds[] = "-=#:";
    const char *bond = strchr(bonds, *p->at);
    if (bond) {
        p->bond = (int)(bond - bonds);
        p->at++;
        return 0;
    }
    if (*p->at == '/' || *p->at == '\\') {
        p->at++;
        return 0;
    }
    if (*p->at == '(' || *p->at == ')')
        return read_branch(p);
    if (isdigit((unsigned char)*p->at) || *p->at == '%')
        return read_ring(p);
    return *p->at == '[' ? read_bracket_atom(p) : read_plain_atom(p);
}

/* Orders of its bonds, an aromatic one counting 1. */
static int
bound(const gsc_molecule *m, size_t atom)
{
    int sum = 0;
    for (size_t i = 0; i < m->num_bonds; i++) {
        const gsc_bond *b = &m->bonds[i];
        if (b->a == atom || b->b == atom)
            sum += b->kind[DOUBLE] > 0 ? 2 : b->kind[TRIPLE] > 0 ? 3 : 1;
    }
    return sum;
}

/* What is written, or what is left of the valence; an aromatic atom gives one to its
 * ring. */
static int
add_hydrogens(parser *p)
{
    static const float single[GSC_BOND_KINDS] = {1};
    int status = 0;
    size_t written = p->m->num_atoms;
    for (size_t atom = 0; atom < written; atom++) {
        int count = p->bracket[atom] ? p->hydrogens[atom]
                                     : gsc_element_valence(p->m->elements[atom]) -
                                           bound(p->m, atom) - p->aromatic[atom];
        for (; count > 0; count--) {
            if (p->m->num_atoms == GSC_MOST_ATOMS)
                return fail_at(p, "too many atoms");
            p->m->elements[p->m->num_atoms++] = 1;
            GSC_TRY(gsc_molecule_bind(p->m, atom, p->m->num_atoms - 1, single));
        }
    }
out:
    return status;
}

int
gsc_molecule_from_smiles(gsc_molecule *molecule, const char *smiles)
{
    int status = 0;
    parser p = {.smiles = smiles, .at = smiles, .m = molecule, .last = -1, .bond = -1};
    memset(p.ring, -1, sizeof p.ring);
    molecule->num_atoms = molecule->num_bonds = 0;
    while (*p.at)
        GSC_TRY(read_part(&p));
    if (p.depth > 0 || molecule->num_atoms == 0)
        return fail_at(&p, "ends too early");
    for (size_t i = 0; i < MOST_RINGS; i++)
        if (p.ring[i] >= 0)
            return fail_at(&p, "a ring is left open");
    status = add_hydrogens(&p);
out:
    return status;
}
