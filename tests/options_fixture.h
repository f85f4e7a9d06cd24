/* A table with a row of every type, for the tests of the keys. */
#ifndef GSC_TEST_OPTIONS_FIXTURE_H
#define GSC_TEST_OPTIONS_FIXTURE_H

#include "test.h"

#include "grokscope/options.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct kiln {
    int64_t num_bricks, glaze;
    double peak_heat;
    bool is_lit, dry_run;
    char maker_mark[GSC_OPTION_TEXT_BYTES];
} kiln;

typedef struct shelf {
    double height;
} shelf;

static const char *const glazes[] = {"none", "salt", "ash_white", NULL};

static const gsc_option kiln_rows[] = {
    GSC_ROW_INTEGER(kiln, num_bricks, "300", 1, 5000, "Bricks in a wall."),
    GSC_ROW_REAL(kiln, peak_heat, "0.25", -1.5, 2, "Heat at noon."),
    GSC_ROW_CHOICE(kiln, glaze, "salt", glazes, "What covers it."),
    GSC_ROW_BOOL(kiln, is_lit, "yes", "Burn from the start."),
    GSC_ROW_TEXT(kiln, maker_mark, "leaf", "MARK", "Stamp on the foot."),
    GSC_ROW_FLAG(kiln, dry_run, 'n', "Do nothing."),
};

static const gsc_option shelf_rows[] = {
    {"height", GSC_OPTION_REAL, offsetof(shelf, height), "1e-8", 0, 1e18, NULL,
     "Of a shelf.", NULL, 'H', NULL, NULL},
};

enum { NUM_SETS = 2, MOST_WORDS = 8 };

typedef struct fixture {
    kiln kiln;
    shelf shelf;
    gsc_options sets[NUM_SETS];
    const char *positionals[MOST_WORDS];
    size_t num_positionals;
} fixture;

/* Everything at its default. */
static inline void
begin(fixture *f)
{
    memset(f, 0x5a, sizeof *f);
    f->sets[0] = (gsc_options){"kiln", kiln_rows, sizeof kiln_rows / sizeof *kiln_rows,
                               &f->kiln};
    f->sets[1] = (gsc_options){"shelf", shelf_rows, 1, &f->shelf};
    assert_return_ok(gsc_options_default(f->sets, NUM_SETS));
}

static inline int
set(fixture *f, const char *name, const char *text)
{
    return gsc_options_set(f->sets, NUM_SETS, name, text);
}

#define assert_refused(call, message)                     \
    do {                                                  \
        assert_int_equal((call), GSC_EARGUMENT);          \
        assert_string_equal(gsc_error_text(), (message)); \
    } while (0)

#endif
