/* What each of many files is asked for: its facts, its tensors, a check, a digest. */
#include "analyze/info/info.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"

#include "analyze/info/info_facts.h"

typedef struct answer {
    gsc_output output;
    int breach; /* of the format, the first one; 0: none */
} answer;

/* ---- One file ---- */

static int
add_facts(answer *a, const gsc_input *input)
{
    return gsc_info_add_facts(&a->output, input);
}

static const char *const tensor_columns[] = {"run",   "step", "tensor", "type",
                                             "shape", "axes", "trained"};

static int
add_tensors(answer *a, const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, GSC_READ_PARAM_SHAPES));
    for (size_t i = 0; i < c.num_params; i++) {
        const gsc_tensor *t = &c.params[i];
        GSC_TRY(gsc_output_text(&a->output, input->run));
        GSC_TRY(gsc_output_integer(&a->output, c.step));
        GSC_TRY(gsc_output_text(&a->output, t->name));
        GSC_TRY(gsc_output_text(&a->output, gsc_type_names[t->type]));
        GSC_TRY(gsc_output_shape(&a->output, t->shape));
        GSC_TRY(gsc_output_text(&a->output, t->axes));
        GSC_TRY(gsc_output_bool(&a->output, t->trained));
    }
out:
    gsc_checkpoint_free(&c);
    return status;
}

static const char *const check_columns[] = {"run", "file", "verdict"};

/* What kept a file from being looked at is no verdict. */
static int
add_check(answer *a, const gsc_input *input)
{
    int status = 0, verdict = gsc_checkpoint_check(input->path);
    if (verdict == GSC_EMEMORY)
        return verdict;
    if (verdict < 0 && a->breach == 0)
        a->breach = verdict;
    GSC_TRY(gsc_output_text(&a->output, input->run));
    GSC_TRY(gsc_output_text(&a->output, input->path));
    GSC_TRY(gsc_output_text(&a->output, verdict < 0 ? gsc_error_text() : "ok"));
out:
    return status;
}

static const char *const digest_columns[] = {"run", "step", "sha256"};

static int
add_digest(answer *a, const gsc_input *input)
{
    int status = 0;
    char digest[GSC_DIGEST_BYTES];
    gsc_checkpoint c = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, 0));
    GSC_TRY(gsc_checkpoint_digest(input->path, digest));
    GSC_TRY(gsc_output_text(&a->output, input->run));
    GSC_TRY(gsc_output_integer(&a->output, c.step));
    GSC_TRY(gsc_output_text(&a->output, digest));
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- All files ---- */

static const struct {
    const char *const *columns;
    size_t num_columns;
    int (*add)(answer *a, const gsc_input *input);
} questions[] = {
#define COLUMNS(names) names, sizeof names / sizeof *names
    [GSC_INFO_FACTS] = {COLUMNS(gsc_fact_columns), add_facts},
    [GSC_INFO_TENSORS] = {COLUMNS(tensor_columns), add_tensors},
    [GSC_INFO_CHECK] = {COLUMNS(check_columns), add_check},
    [GSC_INFO_DIGEST] = {COLUMNS(digest_columns), add_digest},
};

int
gsc_info_answer(const gsc_inputs *inputs, gsc_info_question question, gsc_format format,
                const char *program)
{
    int status = 0;
    answer a = {.breach = 0};
    GSC_TRY(gsc_output_init(&a.output, format, program, questions[question].columns,
                            questions[question].num_columns));
    for (size_t i = 0; i < inputs->count; i++)
        GSC_TRY(questions[question].add(&a, &inputs->items[i]));
    GSC_TRY(gsc_output_write(&a.output, "", false));
    if (a.breach < 0)
        status = gsc_fail(a.breach, "not every file is as the format asks");
out:
    gsc_output_free(&a.output);
    return status;
}
