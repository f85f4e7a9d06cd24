/* grokscope-fourier: which frequencies a checkpoint's embedding, unembedding and
 * neuron-logit map are made of. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/options.h"

#include "analyze/measure/circuit/spectra.h"
#include "analyze/tool/measure_program.h"
#include "train/base/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The largest fraction of cell i, of so many that share the frequencies evenly. */
static double
cell_height(const gsc_spectrum *s, size_t i, size_t num_cells)
{
    size_t count = s->count - 1;
    double most = 0;
    for (size_t k = i * count / num_cells; k < (i + 1) * count / num_cells; k++)
        most = fmax(most, s->fraction[k + 1]);
    return most;
}

/* All frequencies in one line, the tallest filling its cell: one cell for each, or for
 * several where the screen has no room. */
static int
add_skyline(gsc_text *text, const gsc_spectrum *s, size_t width)
{
    static const char *const levels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    enum { BESIDE = 10 }; /* the numbers of the first and the last frequency */
    int status = 0;
    size_t num_cells = s->count - 1 + BESIDE <= width ? s->count - 1 : width - BESIDE;
    double most = cell_height(s, 0, 1);
    GSC_TRY(gsc_text_add(text, "  1 "));
    for (size_t i = 0; i < num_cells; i++) {
        double height = most > 0 ? cell_height(s, i, num_cells) / most : 0;
        GSC_TRY(gsc_text_add(text, "%s", levels[(int)fmin(7, height * 8)]));
    }
    GSC_TRY(gsc_text_add(text, " %zu\n", s->count - 1));
out:
    return status;
}

static int
add_title(gsc_text *text, const char *view, const gsc_spectrum *s,
          gsc_residue_order order, const char *rule, bool bold)
{
    int status = 0;
    size_t num_keys = 0, width = gsc_terminal_width(STDOUT_FILENO);
    gsc_text title = {0}, lines = {0};
    for (size_t k = 0; k < s->count; k++)
        num_keys += s->key[k];
    GSC_TRY(gsc_text_add(
        &title, "%s: %zu key %s (rule %s), %.1f %% of the power%s", view, num_keys,
        num_keys == 1 ? "frequency" : "frequencies", rule, 100 * gsc_spectrum_share(s),
        order == GSC_RESIDUE_ORDER_LOGARITHM ? ", over logarithms" : ""));
    GSC_TRY(gsc_options_add_wrapped(title.data, 2, width, &lines));
    GSC_TRY(gsc_text_add(text, "%s%s%s%s", bold ? "\033[1m" : "", view,
                         bold ? "\033[0m" : "", lines.data + strlen(view)));
    GSC_TRY(add_skyline(text, s, width));
out:
    gsc_text_free(&title);
    gsc_text_free(&lines);
    return status;
}

static int
add_drawing(gsc_text *text, const char *view, const gsc_spectrum *s,
            gsc_residue_order order, const char *rule, bool bold)
{
    int status = 0;
    GSC_TRY(add_title(text, view, s, order, rule, bold));
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

/* Heads are left to the tables, and what two views share is drawn once. */
static bool
is_drawn(const gsc_loaded_model *loaded, int view)
{
    const gsc_node *views = loaded->model.views;
    for (int i = 0; i < view; i++)
        if (views[i] == views[view])
            return false;
    return views[view] != GSC_NO_NODE && !gsc_view_has_heads((gsc_view)view);
}

static int
draw(const gsc_measure_request *request, bool colour, gsc_text *text)
{
    int status = 0;
    gsc_matrix matrix = {0};
    gsc_spectrum spectrum = {.power = NULL};
    bool *keys = NULL;
    gsc_residue_order order = gsc_spectra_order(request->loaded, request->options);
    GSC_TRY(
        gsc_spectra_keys(request->loaded, request->options, request->threads, &keys));
    for (int view = 0; view < GSC_NUM_VIEWS; view++) {
        if (!is_drawn(request->loaded, view))
            continue;
        GSC_TRY(gsc_loaded_model_view(request->loaded, (gsc_view)view, order, &matrix));
        GSC_TRY(gsc_spectra_spectrum(&matrix, keys, &spectrum));
        GSC_TRY(add_drawing(text, gsc_view_names[view], &spectrum, order,
                            gsc_spectra_rule_name(request->loaded, request->options),
                            colour));
        gsc_spectrum_free(&spectrum);
        gsc_matrix_free(&matrix);
    }
out:
    free(keys);
    gsc_spectrum_free(&spectrum);
    gsc_matrix_free(&matrix);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_measure_program measure_program = {.measure = &gsc_measure_fourier,
                                                        .draw = draw};
    return gsc_measure_program_main(&measure_program, argc, argv);
}
