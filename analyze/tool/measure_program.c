/* What all programs that ask a measure share. */
#include "analyze/tool/measure_program.h"

#include "grokscope/error.h"

#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/measured_runs.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static struct options {
    char step[GSC_OPTION_TEXT_BYTES], control[GSC_OPTION_TEXT_BYTES];
    char output[GSC_OPTION_TEXT_BYTES], columns[GSC_OPTION_TEXT_BYTES];
    int64_t rows, format, dtype, threads;
    char operation[GSC_OPTION_TEXT_BYTES];
    bool force;
} options;

static const gsc_measure_program *measure_program;
static void *measure_options;
static char program_name[64];

/* ---- Options ---- */

enum { MOST_OPTIONS = 11 };

static const char *table_names[GSC_MAX_MEASURE_TABLES + 1];

/* The options, of which --long is there only for a measure with longer tables. */
static size_t
make_options(gsc_option keys[MOST_OPTIONS])
{
    const gsc_measure *m = measure_program->measure;
    size_t count = 0;
    for (size_t i = 0; i < m->num_tables; i++)
        table_names[i] = m->tables[i].rows;
    keys[count++] = (gsc_option)GSC_ROW_TEXT(
        struct options, step, "last", "S",
        "Steps of a folder: first, last, all, N or A:B:K (from A to B, every K).");
    if (m->num_tables > 1)
        keys[count++] = (gsc_option){
            "long",
            GSC_OPTION_CHOICE,
            offsetof(struct options, rows),
            table_names[0],
            0,
            0,
            table_names,
            "Print one row for each of these in a checkpoint. --long without a "
            "value takes the second of them.",
            "ROWS",
            0,
            table_names[1],
            NULL};
    keys[count++] = (gsc_option)GSC_ROW_TEXT(
        struct options, control, "", "CONTROLS",
        "Ask the same of controls, in a column beside each value: init "
        "(the run's step 0), shuffled (rows in random order), "
        "random (Gaussian weights). Commas separate them.");
    keys[count++] = (gsc_option)GSC_ROW_FORMAT(struct options, gsc_file_format_names);
    keys[count++] = (gsc_option)GSC_ROW_COLUMNS(struct options);
    keys[count++] = (gsc_option)GSC_ROW_OUTPUT(
        struct options, "FILE",
        "Write the answer to this file, not to standard output.");
    keys[count++] = (gsc_option)GSC_ROW_FLAG(struct options, force, 0,
                                             "Replace an existing output.");
    keys[count++] = (gsc_option)GSC_ROW_DTYPE(struct options);
    keys[count++] = (gsc_option)GSC_ROW_OPERATION(struct options);
    keys[count++] = (gsc_option)GSC_ROW_INTEGER(
        struct options, threads, "0", 0, 1024,
        "Threads; 0: one for each core. Results do not depend on them.");
    return count;
}

/* "grokscope-effective-theory" of the measure effective_theory. */
static void
name_program(const char *measure)
{
    snprintf(program_name, sizeof program_name, "grokscope-%s", measure);
    for (char *at = program_name; *at; at++)
        if (*at == '_')
            *at = '-';
}

/* ---- The columns, for people ---- */

int
gsc_measure_program_add_columns(const gsc_measure *m, gsc_text *text)
{
    int status = 0;
    gsc_text title = {0};
    for (size_t t = 0; t < m->num_tables; t++) {
        title.length = 0;
        GSC_TRY(gsc_text_add(&title, "one row for each %s", m->tables[t].rows));
        GSC_TRY(gsc_columns_add(title.data, m->tables[t].columns,
                                m->tables[t].num_columns, text));
    }
out:
    gsc_text_free(&title);
    return status;
}

/* ---- The answer ---- */

static int
draw(const gsc_inputs *inputs)
{
    int status = 0;
    gsc_text text = {0};
    gsc_loaded_model loaded = {.weights = NULL};
    bool colour = *options.output == '\0' && gsc_program_has_colour(STDOUT_FILENO);
    for (size_t i = 0; i < inputs->count; i++) {
        const gsc_input *input = &inputs->items[i];
        gsc_measure_request request = {
            .loaded = &loaded, .name = input->path, .options = measure_options};
        GSC_TRY(gsc_inputs_open(inputs, i, &loaded));
        GSC_TRY(gsc_text_add_escaped(&text, input->run));
        GSC_TRY(
            gsc_text_add(&text, ", step %lld\n\n", (long long)loaded.checkpoint.step));
        GSC_TRY(measure_program->draw(&request, colour, &text));
        gsc_loaded_model_close(&loaded);
    }
    GSC_TRY(gsc_output_write_text(&text, options.output, options.force));
out:
    gsc_loaded_model_close(&loaded);
    gsc_text_free(&text);
    return status;
}

static int
answer(const gsc_inputs *inputs, const gsc_answer *how)
{
    int status = 0;
    gsc_progress_line line;
    gsc_measured_runs measured = {.names = NULL};
    gsc_measured_runs_options o = {.measure = measure_program->measure,
                                   .options = measure_options,
                                   .table = (size_t)options.rows,
                                   .answer = how,
                                   .show = gsc_progress_line_show_checkpoints,
                                   .context = &line};
    GSC_TRY(gsc_controls_read(options.control, o.controls));
    GSC_TRY(gsc_threads_open(&o.threads, (size_t)options.threads));
    gsc_progress_line_begin(&line);
    status = gsc_measured_runs_init(&measured, inputs, &o);
    gsc_progress_line_end(&line);
    GSC_TRY(status);
    GSC_TRY(gsc_rows_answer(&measured.rows, how));
out:
    gsc_threads_close(o.threads);
    gsc_measured_runs_free(&measured);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    inputs.loading = (gsc_loading){(gsc_run_type)options.dtype, options.operation};
    bool drawn = options.format == GSC_FORMAT_TEXT && measure_program->draw &&
                 options.rows == 0 && *options.control == '\0' &&
                 *options.columns == '\0';
    GSC_TRY(drawn ? draw(&inputs) : answer(&inputs, &how));
out:
    gsc_inputs_free(&inputs);
    return status;
}

void
gsc_measure_program_keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most it takes */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

int
gsc_measure_program_main(const gsc_measure_program *what, int argc, char **argv)
{
    const gsc_measure *m = what->measure;
    gsc_option keys[MOST_OPTIONS] = {{0}};
    gsc_options sets[2] = {{m->name, keys, 0, &options}};
    gsc_text columns = {0};
    measure_program = what;
    gsc_measure_program_keep_memory();
    sets[0].num_rows = make_options(keys);
    name_program(m->name);
    int status = gsc_measure_new_options(m, &measure_options);
    if (status == 0)
        status = gsc_measure_program_add_columns(m, &columns);
    sets[1] = gsc_measure_bind(m, measure_options);
    gsc_program program = {.name = program_name,
                           .synopsis = "FILE|FOLDER… [OPTIONS]",
                           .purpose = m->purpose,
                           .examples = m->examples,
                           .columns = columns.data,
                           .sets = sets,
                           .num_sets = m->options ? 2 : 1,
                           .run = run};
    if (status < 0)
        gsc_program_say("%s", gsc_error_text());
    int code =
        status < 0 ? gsc_exit_code(status) : gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    free(measure_options);
    measure_options = NULL;
    return code;
}
