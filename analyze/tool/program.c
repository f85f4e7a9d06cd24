/* What all programs share: reading the command line, help, errors, exit codes. */
#include "analyze/tool/program.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/rows/rows_output.h"
#include "analyze/tool/completion.h"
#include "analyze/tool/help.h"
#include "analyze/tool/manual.h"
#include "train/base/blas.h"
#include "train/base/file.h"
#include "train/base/message.h"
#include "train/base/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct common_options {
    bool help, version, quiet, no_verify, man, completion;
} common_options;

static common_options common;
static const char *program_name = "grokscope";

static const gsc_option common_rows[] = {
    GSC_ROW_FLAG(common_options, help, 'h', "Show this help."),
    GSC_ROW_FLAG(common_options, version, 0, "Show the version."),
    GSC_ROW_FLAG(common_options, quiet, 'q', "Say nothing but errors."),
    GSC_ROW_FLAG(common_options, no_verify, 0,
                 "Read checkpoints without comparing them with the SHA-256 that ends "
                 "them: a damaged file may then give other numbers."),
    GSC_ROW_FLAG(common_options, man, 0, "Print the man page, for man -l -."),
    GSC_ROW_FLAG(common_options, completion, 0,
                 "Print what completes these options in bash."),
};

enum { MOST_SETS = 160 };

static const gsc_options common_set = {
    "common", common_rows, sizeof common_rows / sizeof *common_rows, &common};

bool
gsc_program_is_quiet(void)
{
    return common.quiet;
}

bool
gsc_program_is_terminal(int descriptor)
{
    const char *terminal = getenv("TERM");
    return isatty(descriptor) && terminal && strcmp(terminal, "dumb") != 0;
}

bool
gsc_program_has_colour(int descriptor)
{
    const char *no_colour = getenv("NO_COLOR");
    return gsc_program_is_terminal(descriptor) && !(no_colour && *no_colour);
}

void
gsc_program_say(const char *format, ...)
{
    char message[GSC_MESSAGE_BYTES]; /* no allocation: memory may be what is missing */
    va_list arguments;
    va_start(arguments, format);
    gsc_message_format(message, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s: %s\n", program_name, message);
}

/* Whether the program is asked for itself and not for its work. */
static bool
is_about_itself(void)
{
    return common.help || common.version || common.man || common.completion;
}

static int
show_itself(const gsc_program *program, const gsc_options *sets, size_t num_sets)
{
    int status = 0;
    gsc_text text = {0};
    if (common.help)
        GSC_TRY(gsc_help_add(program, sets, num_sets, gsc_terminal_width(STDOUT_FILENO),
                             &text));
    else if (common.version)
        GSC_TRY(gsc_text_add(&text, "%s (grokscope) %s\n", program->name, GSC_VERSION));
    else if (common.man)
        GSC_TRY(gsc_manual_add(program, sets, num_sets, &text));
    else
        GSC_TRY(gsc_completion_add(program, sets, num_sets, &text));
    fputs(text.data, stdout);
out:
    gsc_text_free(&text);
    return status;
}

/* Without any word a program says in short what it is for. */
static int
show_short_help(const gsc_program *program)
{
    int status = 0;
    gsc_text text = {0};
    size_t width = gsc_terminal_width(STDERR_FILENO);
    GSC_TRY(gsc_help_add_usage(program, width, &text));
    GSC_TRY(gsc_text_add(&text, "\n"));
    GSC_TRY(gsc_help_add_examples(program, width, &text));
    GSC_TRY(gsc_text_add(&text, "\n%s --help shows all options.\n", program->name));
    fputs(text.data, stderr);
out:
    if (status < 0)
        gsc_program_say("%s", gsc_error_text());
    gsc_text_free(&text);
    return status < 0 ? gsc_exit_code(status) : 2;
}

static int
run_program(const gsc_program *program, int argc, char **argv, const char **words)
{
    int status = 0;
    gsc_options sets[MOST_SETS];
    size_t num_sets = 0, num_words;
    for (; num_sets < program->num_sets; num_sets++)
        sets[num_sets] = program->sets[num_sets];
    sets[num_sets++] = common_set;
    GSC_TRY(gsc_options_default(sets, num_sets));
    GSC_TRY(gsc_options_from_arguments(sets, num_sets, argc, argv, words, &num_words));
    if (is_about_itself())
        return show_itself(program, sets, num_sets);
    gsc_checkpoint_verify(!common.no_verify);
    if (program->prepare) {
        GSC_TRY(program->prepare(words, num_words));
        GSC_TRY(
            gsc_options_from_arguments(sets, num_sets, argc, argv, words, &num_words));
    }
    GSC_TRY(gsc_blas_memory_take(1));
    status = program->run(words, num_words);
out:
    return status;
}

int
gsc_program_main(const gsc_program *program, int argc, char **argv)
{
    program_name = program->name;
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of the write, */
    signal(SIGXFSZ, SIG_IGN); /* and so is a file that grows over the limit */
    if (argc < 2 && program->status == 0)
        return show_short_help(program);
    const char **words = NULL;
    int status = program->status;
    GSC_TRY(status);
    GSC_NEW(words, (size_t)argc);
    status = run_program(program, argc, argv, words);
out:
    free(words);
    if (status < 0)
        gsc_program_say("%s", gsc_error_text());
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (errno == EPIPE) /* the reader has seen enough */
            return status < 0 ? gsc_exit_code(status) : 0;
        gsc_program_say("standard output: %s", gsc_file_reason(errno));
        return 1;
    }
    return status > 0 ? status : gsc_exit_code(status);
}

int
gsc_table_program_main(const gsc_program *program, const gsc_program_table *tables,
                       size_t num_tables, int argc, char **argv)
{
    gsc_text columns = {0};
    gsc_program told = *program;
    for (size_t i = 0; i < num_tables && told.status == 0; i++)
        told.status = gsc_columns_add(tables[i].title, tables[i].columns,
                                      tables[i].num_columns, &columns);
    told.columns = columns.data;
    int code = gsc_program_main(&told, argc, argv);
    gsc_text_free(&columns);
    return code;
}
