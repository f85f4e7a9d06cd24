/* What each of many files is asked for: its facts, its tensors, a check, a digest. */
#include "analyze/info/info.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"

#include "analyze/info/info_facts.h"
#include "analyze/info/series.h"

#include <string.h>

typedef struct answer {
    gsc_rows rows;
    int breach;       /* of the format, the first one; 0: none */
    size_t num_found; /* that is out of line in the series of a run */
} answer;

/* ---- One file ---- */

static int
add_facts(answer *a, const gsc_input *input)
{
    return gsc_info_add_facts(&a->rows, input);
}

#define RUN                                                             \
    {                                                                   \
        "run", GSC_CELL_TEXT, true, "its folder, or a lone file", false \
    }
#define STEP                                                                    \
    {                                                                           \
        "step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false \
    }

static const gsc_column tensor_columns[] = {
    RUN,
    STEP,
    {"tensor", GSC_CELL_TEXT, true, "its name", false},
    {"type", GSC_CELL_TEXT, false, "float32 or float64", false},
    {"shape", GSC_CELL_TEXT, false, "length of each axis", false},
    {"axes", GSC_CELL_TEXT, false, "what each axis is", false},
    {"trained", GSC_CELL_BOOL, false, "whether the optimizer changes it", false}};

static int
add_tensors(answer *a, const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, GSC_READ_PARAM_SHAPES));
    for (size_t i = 0; i < c.num_params; i++) {
        const gsc_tensor *t = &c.params[i];
        GSC_TRY(gsc_rows_text(&a->rows, input->run));
        GSC_TRY(gsc_rows_integer(&a->rows, c.step));
        GSC_TRY(gsc_rows_text(&a->rows, t->name));
        GSC_TRY(gsc_rows_text(&a->rows, gsc_type_names[t->type]));
        GSC_TRY(gsc_rows_shape(&a->rows, t->shape));
        GSC_TRY(gsc_rows_text(&a->rows, t->axes));
        GSC_TRY(gsc_rows_bool(&a->rows, t->trained));
    }
out:
    gsc_checkpoint_free(&c);
    return status;
}

static const gsc_column check_columns[] = {
    RUN,
    {"file", GSC_CELL_TEXT, true, "its path", false},
    {"verdict", GSC_CELL_TEXT, false,
     "ok, or the first breach of the format; in further rows, what is out of line in "
     "the "
     "run's series",
     false}};

/* What kept a file from being looked at is no verdict. */
static int
add_check(answer *a, const gsc_input *input)
{
    int status = 0, verdict = gsc_checkpoint_check(input->path);
    if (verdict == GSC_EMEMORY)
        return verdict;
    if (verdict < 0 && a->breach == 0)
        a->breach = verdict;
    GSC_TRY(gsc_rows_text(&a->rows, input->run));
    GSC_TRY(gsc_rows_text(&a->rows, input->path));
    GSC_TRY(gsc_rows_text(&a->rows, verdict < 0 ? gsc_error_text() : "ok"));
out:
    return status;
}

static int
add_found(void *context, const gsc_input *input, const char *text)
{
    int status = 0;
    answer *a = context;
    a->num_found++;
    GSC_TRY(gsc_rows_text(&a->rows, input->run));
    GSC_TRY(gsc_rows_text(&a->rows, input->path));
    GSC_TRY(gsc_rows_text(&a->rows, text));
out:
    return status;
}

/* The step files of each run that stand together. */
static int
add_series(answer *a, const gsc_inputs *inputs)
{
    int status = 0;
    int64_t step;
    const gsc_input *items = inputs->items;
    for (size_t begin = 0, end; begin < inputs->count; begin = end) {
        for (end = begin + 1; end < inputs->count; end++)
            if (strcmp(items[end].run, items[begin].run) != 0 ||
                !gsc_run_is_step_file(items[end].path, &step))
                break;
        if (end - begin > 1)
            GSC_TRY(gsc_series_check(items + begin, end - begin, add_found, a));
    }
out:
    return status;
}

static const gsc_column digest_columns[] = {
    RUN,
    STEP,
    {"sha256", GSC_CELL_TEXT, false, "the digest, which is equal for equal runs",
     false}};

static int
add_digest(answer *a, const gsc_input *input)
{
    int status = 0;
    char digest[GSC_DIGEST_BYTES];
    gsc_checkpoint c = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, 0));
    GSC_TRY(gsc_checkpoint_digest(input->path, digest));
    GSC_TRY(gsc_rows_text(&a->rows, input->run));
    GSC_TRY(gsc_rows_integer(&a->rows, c.step));
    GSC_TRY(gsc_rows_text(&a->rows, digest));
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- All files ---- */

static const struct {
    const char *title;
    const gsc_column *columns;
    size_t num_columns;
    int (*add)(answer *a, const gsc_input *input);
} questions[] = {
#define COLUMNS(names) names, sizeof names / sizeof *names
    [GSC_INFO_FACTS] = {"one row for each fact", COLUMNS(gsc_fact_columns), add_facts},
    [GSC_INFO_TENSORS] = {"--list-tensors, one row for each tensor",
                          COLUMNS(tensor_columns), add_tensors},
    [GSC_INFO_CHECK] = {"--check, one row for each file, and for each finding",
                        COLUMNS(check_columns), add_check},
    [GSC_INFO_DIGEST] = {"--digest, one row for each file", COLUMNS(digest_columns),
                         add_digest},
};

int
gsc_info_answer(const gsc_inputs *inputs, gsc_info_question question,
                const gsc_answer *how)
{
    int status = 0;
    answer a = {.breach = 0};
    const gsc_column *columns = questions[question].columns;
    gsc_rows_init(&a.rows, columns, questions[question].num_columns);
    GSC_TRY(gsc_answer_check_columns(how, columns, a.rows.num_columns));
    for (size_t i = 0; i < inputs->count; i++)
        GSC_TRY(questions[question].add(&a, &inputs->items[i]));
    if (question == GSC_INFO_CHECK)
        GSC_TRY(add_series(&a, inputs));
    GSC_TRY(gsc_rows_answer(&a.rows, how));
    if (a.breach < 0)
        status = gsc_fail(a.breach, "not every file is as the format asks");
    else if (a.num_found > 0)
        status =
            gsc_fail(GSC_ENUMERIC,
                     "every file is as the format asks, but %zu finding%s of their "
                     "series",
                     a.num_found, a.num_found > 1 ? "s tell" : " tells");
out:
    gsc_rows_free(&a.rows);
    return status;
}

int
gsc_info_add_columns(gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        GSC_TRY(gsc_columns_add(questions[i].title, questions[i].columns,
                                questions[i].num_columns, text));
    GSC_TRY(gsc_columns_add("--graph, one row for each node", gsc_graph_columns,
                            GSC_GRAPH_COLUMNS, text));
out:
    return status;
}
