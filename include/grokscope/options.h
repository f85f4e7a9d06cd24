/* The one table of keys and options.
 *
 * A module declares each of its settings in one row: name, type, default, range,
 * help. Recipes, command lines, --help, man pages, completion, the JSON in
 * checkpoints and the error messages all come from these rows. */
#ifndef GROKSCOPE_OPTIONS_H
#define GROKSCOPE_OPTIONS_H

#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of an option. */
enum {
    GSC_OPTION_TEXT_BYTES = 1024, /* room of a text, with its NUL */
    GSC_MAX_NAMES = 8             /* names that GSC_OPTION_NAMES may list */
};

/* The type of an option, and with it that of the field that has its value. */
typedef enum gsc_option_type {
    GSC_OPTION_TEXT,    /* char[GSC_OPTION_TEXT_BYTES] */
    GSC_OPTION_CHOICE,  /* int64_t: which of `choices` */
    GSC_OPTION_NAMES,   /* char[GSC_OPTION_TEXT_BYTES]: names with commas between, each
                           once, of `choices` or what else `check` lets through */
    GSC_OPTION_BOOL,    /* bool: yes or no; on a command line alone it means yes */
    GSC_OPTION_INTEGER, /* int64_t */
    GSC_OPTION_REAL,    /* double */
    GSC_OPTION_FLAG     /* bool: an option without a value, off by default */
} gsc_option_type;

/* One row of the table. GSC_ROW_REAL and its kin write it. */
typedef struct gsc_option {
    const char *name;     /* snake_case; '-' and '_' are the same letter to a reader */
    gsc_option_type type; /* of the value */
    size_t offset;        /* of the value in its set's struct */
    const char *fallback; /* the default, written as in a recipe */
    double least, most;   /* INTEGER, REAL: the range */
    const char *const *choices; /* CHOICE, NAMES: names, NULL after the last; TEXT:
                                   usual values that a shell completes, or NULL */
    const char *help;           /* a sentence or more */
    const char *metavar;        /* what stands for the value in help, or NULL */
    char letter;                /* short option, or 0 */
    const char *implied; /* the value of an option that stands without one, and takes
                            one only after '=' ("--long", "--long=tensor"), or NULL */
    int (*check)(const char *name); /* NAMES: an error for what may not stand there
                                       either; NULL: only `choices` may */
} gsc_option;

/* Rows and the struct that holds their values. */
typedef struct gsc_options {
    const char *title;      /* the section: in the JSON, in help */
    const gsc_option *rows; /* of the table */
    size_t num_rows;
    void *values; /* the struct that offsets are counted in */
} gsc_options;

/* The offset of a field of struct `type`; a field of another size than `value_type`
 * does not compile. */
#define GSC_FIELD(type, field, value_type) \
    (offsetof(type, field) +               \
     0 * sizeof(char[sizeof(((type *)0)->field) == sizeof(value_type) ? 1 : -1]))

/* A row for the field of struct `type` that bears the key's name, of the type that the
 * macro's name tells. `fallback` is the default as a recipe writes it. */
#define GSC_ROW_INTEGER(type, field, fallback, least, most, help)                     \
    {                                                                                 \
#field, GSC_OPTION_INTEGER, GSC_FIELD(type, field, int64_t), fallback, least, \
            most, NULL, help, NULL, 0, NULL, NULL                                     \
    }
#define GSC_ROW_REAL(type, field, fallback, least, most, help)                    \
    {                                                                             \
#field, GSC_OPTION_REAL, GSC_FIELD(type, field, double), fallback, least, \
            most, NULL, help, NULL, 0, NULL, NULL                                 \
    }
#define GSC_ROW_BOOL(type, field, fallback, help)                                    \
    {                                                                                \
#field, GSC_OPTION_BOOL, GSC_FIELD(type, field, bool), fallback, 0, 0, NULL, \
            help, NULL, 0, NULL, NULL                                                \
    }
#define GSC_ROW_CHOICE(type, field, fallback, choices, help)                        \
    {                                                                               \
#field, GSC_OPTION_CHOICE, GSC_FIELD(type, field, int64_t), fallback, 0, 0, \
            choices, help, NULL, 0, NULL, NULL                                      \
    }
#define GSC_ROW_NAMES(type, field, fallback, choices, check, metavar, help)            \
    {                                                                                  \
#field, GSC_OPTION_NAMES, GSC_FIELD(type, field, char[GSC_OPTION_TEXT_BYTES]), \
            fallback, 0, 0, choices, help, metavar, 0, NULL, check                     \
    }

/* A row of a text, of which a shell completes usual values. */
#define GSC_ROW_USUAL_TEXT(type, field, fallback, usual, metavar, help)               \
    {                                                                                 \
#field, GSC_OPTION_TEXT, GSC_FIELD(type, field, char[GSC_OPTION_TEXT_BYTES]), \
            fallback, 0, 0, usual, help, metavar, 0, NULL, NULL                       \
    }

/* A row of a text. */
#define GSC_ROW_TEXT(type, field, fallback, metavar, help)                            \
    {                                                                                 \
#field, GSC_OPTION_TEXT, GSC_FIELD(type, field, char[GSC_OPTION_TEXT_BYTES]), \
            fallback, 0, 0, NULL, help, metavar, 0, NULL, NULL                        \
    }

/* The row of --output, -o: where a program writes. */
#define GSC_ROW_OUTPUT(type, metavar, help)                                       \
    {                                                                             \
        "output", GSC_OPTION_TEXT,                                                \
            GSC_FIELD(type, output, char[GSC_OPTION_TEXT_BYTES]), "", 0, 0, NULL, \
            help, metavar, 'o', NULL, NULL                                        \
    }

/* A row of an option without a value. */
#define GSC_ROW_FLAG(type, field, letter, help)                                        \
    {                                                                                  \
#field, GSC_OPTION_FLAG, GSC_FIELD(type, field, bool), "no", 0, 0, NULL, help, \
            NULL, letter, NULL, NULL                                                   \
    }

/* Give every option of the sets its default. */
int gsc_options_default(const gsc_options *sets, size_t num_sets);

/* Whether two names are one option's: '-' and '_' are the same letter. */
bool gsc_options_same_name(const char *a, const char *b);

/* The row called `name` and the address of its value; NULL where there is none. */
const gsc_option *gsc_options_find(const gsc_options *sets, size_t num_sets,
                                   const char *name, void **value);

/* Set key `name` from text. GSC_EARGUMENT: unknown (with the nearest name), not of
 * the type, out of range, not a choice (with the choices). */
int gsc_options_set(const gsc_options *sets, size_t num_sets, const char *name,
                    const char *text);

/* Set the value of one row from text; errors as gsc_options_set. */
int gsc_options_set_value(const gsc_option *key, void *value, const char *text);

/* The key that an error suggests for an unknown `name`: what the field calls it ("lr":
 * learning_rate), or what it is a slip of (gsc_text_nearest); or NULL. */
const char *gsc_options_nearest(const gsc_options *sets, size_t num_sets,
                                const char *name);

/* Whether the word behind an option on a command line, or NULL, is its value. One of
 * type BOOL takes only what reads as yes or no: before any other word it means yes. */
bool gsc_options_takes_word(const gsc_option *key, const char *word);

/* Add a key's name as an option: "--d-model". */
int gsc_options_add_name(const char *name, gsc_text *text);

/* Add the value as it would be written in a recipe. */
int gsc_options_add_value(const gsc_option *key, const void *value, gsc_text *text);

/* Add {"title": {"name": value, …}, …} over all sets, keys in table order, indented;
 * a set without title adds its keys at the top, and neighbours of one title are one
 * section. The choice "none" is null.
 * GSC_EARGUMENT where a text is no UTF-8. */
int gsc_options_to_json(const gsc_options *sets, size_t num_sets, gsc_text *json);

/* Set the values that a JSON of gsc_options_to_json's form holds for the given sets;
 * other sections and unknown options are passed over (a newer minor version may have
 * more), missing ones keep what they have. GSC_EFORMAT where a value does not fit. */
int gsc_options_from_json(const gsc_options *sets, size_t num_sets, const char *json);

/* What stands for an option's value where options are listed: "DIR", "N", "yes|no";
 * NULL for a flag, which has none. */
const char *gsc_options_value_name(const gsc_option *key);

/* Add what a key means: its help, which is a sentence or more, and in brackets what it
 * may be and its default: "Modulus. [2–4096, default 113]". */
int gsc_options_add_meaning(const gsc_option *key, gsc_text *text);

/* Add words in lines that end before letter `width` and begin, but for the first, at
 * letter `column`; a line ends at a '\n' too. */
int gsc_options_add_wrapped(const char *words, size_t column, size_t width,
                            gsc_text *text);

/* Add a line of help: a term, and beside it, or below on a narrow screen, what it
 * means, wrapped. */
int gsc_options_add_line(const char *term, const char *meaning, size_t width,
                         gsc_text *text);

/* Add the help lines of one set: --name VALUE and what it means. */
int gsc_options_add_help(const gsc_options *set, size_t width, gsc_text *text);

/* A first look at a command line, before it is known which options there are to be:
 * what is no option, and the values of the options `wanted` (of the last one given;
 * NULL where it is not there). Sets tell which options take a value; values are not
 * read, and what is unknown is passed over. */
void gsc_options_scan(const gsc_options *sets, size_t num_sets, int argc,
                      char *const *argv, const char **positionals,
                      size_t *num_positionals, const char *const *wanted,
                      const char **values, size_t num_wanted);

/* Read a command line against the sets: --name VALUE, --name=VALUE, -x VALUE, -x,
 * `--` ends the options. What is no option goes to positionals (room for argc). */
int gsc_options_from_arguments(const gsc_options *sets, size_t num_sets, int argc,
                               char *const *argv, const char **positionals,
                               size_t *num_positionals);

#ifdef __cplusplus
}
#endif
#endif
