/* What all programs share: reading the command line, help, errors, exit codes. */
#ifndef GROKSCOPE_PROGRAM_H
#define GROKSCOPE_PROGRAM_H

#include "grokscope/options.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_program {
    const char *name;     /* "grokscope-fourier" */
    const char *synopsis; /* "FILE|RUN… [--step S]" */
    const char *purpose;  /* one line */
    const char *examples; /* lines, each with its command and what it gives */
    const char *columns;  /* of its answer: one line for each table, then two blanks, a
                             column  and what it holds, one line for each; may be NULL */
    const char *place;    /* of these columns; NULL: "after run and
                             step"; "" where all are told */
    const char *exits; /* lines of an exit code and what it says, NULL: as all have */
    const gsc_options *sets; /* the options; the first is the program's own */
    size_t num_sets;
    /* Add the help of what values may name (stages of an optimizer): a line "TITLE:"
     * and lines of gsc_options_add_line for each kind. May be NULL. */
    int (*add_values)(size_t width, gsc_text *text);
    /* Called once the words without dashes are known, before the options are set for
     * good: what they override (a recipe) is read here. May be NULL. */
    int (*prepare)(const char *const *words, size_t num_words);
    /* What failed while this was filled in: it is said, and nothing runs. */
    int status;
    /* The program: 0, a negative GSC_E…, or a positive exit code. */
    int (*run)(const char *const *words, size_t num_words);
} gsc_program;

/* The whole of a program's main: options, --help, --version, run, the error on stderr,
 * stdout flushed and checked. Returns the exit code. */
int gsc_program_main(const gsc_program *program, int argc, char **argv);

/* A table of an answer, for the help: "one row for each run". */
typedef struct gsc_program_table {
    const char *title;
    const struct gsc_column *columns;
    size_t num_columns;
} gsc_program_table;

/* The same of a program whose answers are these tables: their columns are told. */
int gsc_table_program_main(const gsc_program *program, const gsc_program_table *tables,
                           size_t num_tables, int argc, char **argv);

/* --quiet was given: nothing but errors goes to stderr. */
bool gsc_program_is_quiet(void);

/* Whether a stream is a terminal that shows control sequences; colour asks for an
 * unset NO_COLOR too. */
bool gsc_program_is_terminal(int descriptor);
bool gsc_program_has_colour(int descriptor);

/* One message for people on stderr, in printf form, after the program's name. */
void gsc_program_say(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

#ifdef __cplusplus
}
#endif
#endif
