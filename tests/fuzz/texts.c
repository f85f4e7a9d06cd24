/* Fuzzed: files of text that tasks read. The first byte chooses which: SMILES, places
 * of molecules, tables of molecules, tables of reviews, texts of characters. */
#define _GNU_SOURCE

#include "fuzz.h"

#include "train/data/molecules.h"
#include "train/data/reviews.h"
#include "train/data/symbols.h"
#include "train/data/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMILES, PLACES, MOLECULES, REVIEWS, SYMBOLS, NUM_KINDS, PATH_BYTES = 64 };

static const char *const names[NUM_KINDS] = {NULL, "x.xyz", "x.csv", "x.tsv", "x"};
static char folder[] = "/tmp/grokscope-fuzz-XXXXXX";

static void
path_of(int kind, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, names[kind]);
}

static void
remove_all(void)
{
    char path[PATH_BYTES];
    for (int kind = PLACES; kind < NUM_KINDS; kind++) {
        path_of(kind, path);
        unlink(path);
    }
    rmdir(folder);
}

/* Only the file of this kind, with these bytes. */
static void
make_file(int kind, const uint8_t *data, size_t length)
{
    static bool is_made;
    char path[PATH_BYTES];
    if (!is_made && !mkdtemp(folder))
        abort();
    if (!is_made)
        atexit(remove_all);
    is_made = true;
    for (int other = PLACES; other < NUM_KINDS; other++) {
        path_of(other, path);
        unlink(path);
    }
    path_of(kind, path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file) != 0)
        abort();
}

static void
read_smiles(const uint8_t *data, size_t length)
{
    gsc_molecule molecule;
    char *text = strndup((const char *)data, length);
    if (!text)
        abort();
    fuzz_check(gsc_molecule_from_smiles(&molecule, text));
    free(text);
}

static void
read_reviews(void)
{
    gsc_reviews reviews;
    gsc_vocabulary vocabulary;
    int status = gsc_reviews_read(&reviews, folder);
    fuzz_check(status);
    for (size_t i = 0; status == 0 && i < reviews.count; i++) {
        const char *text = reviews.items[i].text;
        fuzz_check(gsc_vocabulary_init(&vocabulary, &text, 1, 100));
        gsc_vocabulary_free(&vocabulary);
    }
    gsc_reviews_free(&reviews);
}

/* As characters, and as bytes; both are counted. */
static void
read_symbols(void)
{
    char path[PATH_BYTES];
    path_of(SYMBOLS, path);
    for (int bytes = 0; bytes < 2; bytes++) {
        gsc_symbols symbols;
        gsc_counts counts;
        double unigram = 0, bigram = 0;
        int status = gsc_symbols_read(&symbols, path, bytes);
        fuzz_check(status);
        if (status == 0) {
            fuzz_check(gsc_counts_init(&counts, symbols.tokens, symbols.count / 2,
                                       symbols.num_values));
            gsc_counts_add_losses(&counts, symbols.tokens, symbols.count - 1, &unigram,
                                  &bigram);
            gsc_counts_free(&counts);
        }
        gsc_symbols_free(&symbols);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    gsc_molecules molecules;
    int kind = length > 0 ? data[0] % NUM_KINDS : SMILES;
    if (length == 0)
        return 0;
    if (kind == SMILES) {
        read_smiles(data + 1, length - 1);
        return 0;
    }
    make_file(kind, data + 1, length - 1);
    if (kind == REVIEWS) {
        read_reviews();
    } else if (kind == SYMBOLS) {
        read_symbols();
    } else {
        fuzz_check(gsc_molecules_read(&molecules, folder));
        gsc_molecules_free(&molecules);
    }
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, length, most);
}

void
fuzz_seeds(fuzz_add *add, void *context)
{
    static const struct {
        char kind;
        const char *text;
    } seeds[] = {
        {SMILES, "N#CC12CC1CO2"},
        {SMILES, "c1cc[nH]c1C(=O)OC%10C[NH3+]%10"},
        {SMILES, "C[C@@H]1CO1/C=C\\F"},
        {PLACES, "2\nmol_id=a alpha=5.5\nH 0 0 0\nH 0 0 0.7\n1\nalpha=1\nF 1 2 3\n"},
        {PLACES, "1\ngdb 1\t157.7\t157.7\t157.7\t0.\t13.21\t-.3\nC\t-1.2\t1\t8*^-3\t-."
                 "5\n1341.3\nC\tC\n"},
        {MOLECULES, "mol_id,smiles,alpha\ngdb_1,C,13.21\n\"a,\"\"b\",CCO,3e1\r\n"},
        {REVIEWS, "Sentiment\tText\nPositive\t\"A \"\"good\"\" film.<br />It's\"\n"
                  "Negative\tbad\n"},
        {SYMBOLS, "caf\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80\n"}};
    char copy[256];
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        int length = snprintf(copy, sizeof copy, "%c%s", seeds[i].kind, seeds[i].text);
        add(context, copy, (size_t)length);
    }
}
