/* grokscope-fourier: which frequencies a checkpoint's embedding, unembedding and
 * neuron-logit map are made of. */
#include "grokscope/fourier.h"
#include "grokscope/error.h"
#include "grokscope/inputs.h"
#include "grokscope/output.h"
#include "grokscope/program.h"
#include "grokscope/spectrum.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static struct options {
    char step[GSC_KEY_TEXT_BYTES];
    int64_t order;
    int64_t format;
    char output[GSC_KEY_TEXT_BYTES];
    bool force;
} options;

enum { AS_TSV, AS_JSON, AS_TEXT };
enum { BY_TASK };
static const char *const orders[] = {"task", "residue", "logarithm", NULL};
static const char *const formats[] = {"tsv", "json", "text", NULL};

static const gsc_key rows[] = {
    GSC_ROW_TEXT(struct options, step, "last", "S",
                 "which steps of a folder: first, last, all, N or A:B:K"),
    GSC_ROW_CHOICE(struct options, order, "task", orders,
                   "order of the residues that frequencies are over; 'task' takes "
                   "logarithms for a product"),
    GSC_ROW_CHOICE(struct options, format, "tsv", formats, "form of the answer"),
    {"output", GSC_KEY_TEXT, offsetof(struct options, output), "", 0, 0, NULL,
     "write there instead of to stdout", "FILE", 'o', NULL},
    GSC_ROW_FLAG(struct options, force, 0, "replace an existing output file"),
};
static const gsc_keys sets[] = {
    {"fourier", rows, sizeof rows / sizeof *rows, &options}};

static const char *const columns[] = {"run",       "step",  "tensor",   "order",
                                      "frequency", "power", "fraction", "key"};

static const char *
order_name(gsc_order order)
{
    return orders[1 + (int)order];
}

static int
add_rows(gsc_output *output, const gsc_input *input, int64_t step,
         const gsc_spectrum *s)
{
    int status = 0;
    for (size_t k = 0; k < s->count; k++) {
        GSC_TRY(gsc_output_text(output, input->run));
        GSC_TRY(gsc_output_integer(output, step));
        GSC_TRY(gsc_output_text(output, gsc_view_names[s->view]));
        GSC_TRY(gsc_output_text(output, order_name(s->order)));
        GSC_TRY(gsc_output_integer(output, (int64_t)k));
        GSC_TRY(gsc_output_real(output, s->power[k]));
        GSC_TRY(gsc_output_real(output, s->fraction[k]));
        GSC_TRY(gsc_output_bool(output, s->key[k]));
    }
out:
    return status;
}

/* ---- Drawn for people ---- */

static int
add_bar(gsc_text *text, double share)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int status = 0, length = (int)lround(share * 40 * 8);
    for (int i = 0; i < length / 8; i++)
        GSC_TRY(gsc_text_add(text, "█"));
    GSC_TRY(gsc_text_add(text, "%s\n", eighths[length % 8]));
out:
    return status;
}

/* All frequencies in one line of characters, the tallest filling its cell. */
static int
add_skyline(gsc_text *text, const gsc_spectrum *s)
{
    static const char *const levels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    int status = 0;
    double most = 0;
    for (size_t k = 1; k < s->count; k++)
        most = fmax(most, s->fraction[k]);
    GSC_TRY(gsc_text_add(text, "  1 "));
    for (size_t k = 1; k < s->count; k++) {
        double height = most > 0 ? s->fraction[k] / most : 0;
        GSC_TRY(gsc_text_add(text, "%s", levels[(int)fmin(7, height * 8)]));
    }
    GSC_TRY(gsc_text_add(text, " %zu\n", s->count - 1));
out:
    return status;
}

static int
add_drawing(gsc_text *text, const gsc_spectrum *s)
{
    int status = 0;
    bool bold = *options.output == '\0' && gsc_program_has_colour(STDOUT_FILENO);
    double covered = 0;
    size_t num_keys = 0;
    for (size_t k = 0; k < s->count; k++) {
        num_keys += s->key[k];
        covered += s->key[k] ? s->fraction[k] : 0;
    }
    GSC_TRY(gsc_text_add(text, "%s%s%s: %zu key %s, %.1f %% of the power%s\n",
                         bold ? "\033[1m" : "", gsc_view_names[s->view],
                         bold ? "\033[0m" : "", num_keys,
                         num_keys == 1 ? "frequency" : "frequencies", 100 * covered,
                         s->order == GSC_ORDER_LOGARITHM ? ", over logarithms" : ""));
    GSC_TRY(add_skyline(text, s));
    for (size_t k = 0; k < s->count; k++) {
        if (!s->key[k])
            continue;
        GSC_TRY(gsc_text_add(text, "  k = %-4zu%5.1f %%  ", k, 100 * s->fraction[k]));
        GSC_TRY(add_bar(text, s->fraction[k]));
    }
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

static int
answer_for(const gsc_input *input, gsc_output *output)
{
    int status = 0;
    gsc_subject subject;
    gsc_spectrum spectrum = {.power = NULL};
    GSC_TRY(gsc_subject_open(&subject, input->path));
    int64_t step = subject.checkpoint.step;
    gsc_order order = options.order == BY_TASK ? gsc_task_order(&subject.task_config)
                                               : (gsc_order)(options.order - 1);
    if (options.format == AS_TEXT)
        GSC_TRY(gsc_text_add(&output->text, "%s, step %lld\n\n", input->run,
                             (long long)step));
    for (int view = 0; view < GSC_NUM_VIEWS; view++) {
        if (subject.model.views[view] == GSC_NO_NODE)
            continue;
        GSC_TRY(gsc_spectrum_init(&spectrum, &subject, (gsc_view)view, order));
        GSC_TRY(options.format == AS_TEXT ? add_drawing(&output->text, &spectrum)
                                          : add_rows(output, input, step, &spectrum));
        gsc_spectrum_free(&spectrum);
    }
out:
    gsc_spectrum_free(&spectrum);
    gsc_subject_close(&subject);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_output output = {0};
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    if (options.format != AS_TEXT)
        GSC_TRY(gsc_output_init(&output, (gsc_format)options.format,
                                "grokscope-fourier", columns,
                                sizeof columns / sizeof *columns));
    for (size_t i = 0; i < inputs.count; i++)
        GSC_TRY(answer_for(&inputs.items[i], &output));
    GSC_TRY(options.format == AS_TEXT
                ? gsc_output_write_text(&output.text, options.output, options.force)
                : gsc_output_write(&output, options.output, options.force));
out:
    gsc_output_free(&output);
    gsc_inputs_free(&inputs);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program program = {
        .name = "grokscope-fourier",
        .synopsis = "FILE|FOLDER… [OPTIONS]",
        .purpose = "power of every frequency of embedding, unembedding and neurons",
        .examples = "  grokscope-fourier checkpoints/demo --format text\n"
                    "      draw the spectra of a run's last step\n"
                    "  grokscope-fourier checkpoints/demo --step all > spectra.tsv\n"
                    "      how they grew: one row a step, tensor and frequency\n",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_program_main(&program, argc, argv);
}
