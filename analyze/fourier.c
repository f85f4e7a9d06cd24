/* grokscope-fourier: which frequencies a checkpoint's embedding, unembedding and
 * neuron-logit map are made of. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/measuring.h"
#include "grokscope/spectrum.h"

#include <math.h>

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
add_drawing(gsc_text *text, const gsc_spectrum *s, bool bold)
{
    int status = 0;
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
draw(const gsc_visit *visit, bool colour, gsc_text *text)
{
    int status = 0;
    gsc_spectrum spectrum = {.power = NULL};
    gsc_order order = gsc_task_order(&visit->subject->task_config);
    for (int view = 0; view < GSC_NUM_VIEWS; view++) {
        if (visit->subject->model.views[view] == GSC_NO_NODE)
            continue;
        GSC_TRY(gsc_spectrum_init(&spectrum, visit->subject, (gsc_view)view, order));
        GSC_TRY(add_drawing(text, &spectrum, colour));
        gsc_spectrum_free(&spectrum);
    }
out:
    gsc_spectrum_free(&spectrum);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_measuring measuring = {
        .measure = &gsc_measure_fourier,
        .examples = "  grokscope-fourier checkpoints/demo --format text\n"
                    "      draw the spectra of a run's last step\n"
                    "  grokscope-fourier checkpoints/demo --step all\n"
                    "      how key frequencies came: one row a step\n"
                    "  grokscope-fourier checkpoints/demo --long --control random\n"
                    "      the power of every frequency, and that of random weights\n",
        .draw = draw};
    return gsc_measuring_main(&measuring, argc, argv);
}
