/* What a report draws of a run: the embedding's spectrum, its planes and its circles.
 */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/maths/plane.h"
#include "analyze/network/pairs/spectrum.h"
#include "analyze/report/report_run.h"
#include "analyze/tool/jobs.h"

#include <stdlib.h>
#include <string.h>

/* Planes that a report draws at most: those of most power. */
enum { MOST_PLANES = 12 };

/* ---- The embedding ---- */

static int
view_embedding(const gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
               gsc_matrix *embedding)
{
    int status = 0;
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_EMBEDDING, run->order, embedding));
    if (embedding->rows != run->n)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: %zu residues, but the last step has %zu",
                         run->inputs.items[step].path, embedding->rows, run->n));
out:
    return status;
}

static int
find_spectrum(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
              gsc_threads *threads)
{
    int status = 0;
    gsc_report_embedding *e = &run->embedding;
    gsc_matrix embedding = {0};
    gsc_spectrum spectrum = {.power = NULL};
    (void)threads;
    GSC_TRY(view_embedding(run, step, loaded, &embedding));
    GSC_TRY(gsc_spectrum_init(&spectrum, &embedding));
    memcpy(e->power + step * e->count, spectrum.power, e->count * sizeof *e->power);
    memcpy(e->fraction + step * e->count, spectrum.fraction,
           e->count * sizeof *e->fraction);
out:
    gsc_matrix_free(&embedding);
    gsc_spectrum_free(&spectrum);
    return status;
}

/* The largest fraction that frequency k has at any step, 0 where it is never key. */
static double
strength(const gsc_report_run *run, size_t k)
{
    const gsc_report_embedding *e = &run->embedding;
    double most = 0, least = GSC_KEY_MULTIPLE / (double)(e->count - 1);
    for (size_t t = 0; t < run->inputs.count; t++)
        if (e->fraction[t * e->count + k] > most)
            most = e->fraction[t * e->count + k];
    return most >= least ? most : 0;
}

/* Those that were ever key, the strongest of them, in ascending order. */
static int
choose_planes(gsc_report_run *run)
{
    int status = 0;
    gsc_report_embedding *e = &run->embedding;
    double *strengths = NULL;
    GSC_NEW(strengths, e->count);
    GSC_NEW(e->frequencies, e->count);
    for (size_t k = 1; 2 * k < run->n; k++)
        strengths[k] = strength(run, k);
    for (size_t k = 1; 2 * k < run->n; k++) {
        size_t stronger = 0;
        for (size_t i = 1; 2 * i < run->n; i++)
            stronger += strengths[i] > strengths[k];
        if (strengths[k] > 0 && stronger < MOST_PLANES)
            e->frequencies[e->num_planes++] = k;
    }
out:
    free(strengths);
    return status;
}

static int
find_plane(const gsc_matrix *embedding, size_t k, double *work, float *points)
{
    int status = 0;
    gsc_plane plane = {0};
    GSC_TRY(gsc_plane_init(&plane, embedding, k));
    gsc_plane_orient(&plane);
    gsc_plane_project(&plane, embedding->data, embedding->rows, work);
    for (size_t i = 0; i < 2 * embedding->rows; i++)
        points[i] = (float)work[i];
out:
    gsc_plane_free(&plane);
    return status;
}

static int
find_planes(void *context, size_t step, gsc_threads *threads)
{
    int status = 0;
    gsc_report_run *run = context;
    gsc_report_embedding *e = &run->embedding;
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_matrix embedding = {0};
    double *work = NULL;
    size_t each = 2 * run->n;
    (void)threads;
    GSC_NEW(work, each);
    GSC_TRY(gsc_inputs_open(&run->inputs, step, &loaded));
    GSC_TRY(view_embedding(run, step, &loaded, &embedding));
    for (size_t i = 0; i < e->num_planes; i++)
        GSC_TRY(find_plane(&embedding, e->frequencies[i], work,
                           e->points + (step * e->num_planes + i) * each));
out:
    gsc_matrix_free(&embedding);
    gsc_loaded_model_close(&loaded);
    free(work);
    return status;
}

static int
begin_embedding(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_embedding *e = &run->embedding;
    size_t count = gsc_fourier_count(run->n), steps = run->inputs.count;
    (void)threads;
    GSC_NEW(e->power, steps * count);
    GSC_NEW(e->fraction, steps * count);
    e->count = count;
out:
    return status;
}

/* Which planes are drawn follows from all spectra: checkpoints are read once more. */
static int
end_embedding(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_embedding *e = &run->embedding;
    size_t steps = run->inputs.count;
    const gsc_jobs jobs = {
        .count = steps, .work = find_planes, .context = run, .threads = threads};
    GSC_TRY(choose_planes(run));
    GSC_NEW(e->points, steps * e->num_planes * run->n * 2);
    GSC_TRY(gsc_jobs_run(&jobs));
out:
    return status;
}

static void
drop_embedding(gsc_report_run *run)
{
    run->embedding.count = 0;
}

const gsc_report_drawing gsc_report_spectrum = {.what = "spectrum of the embedding",
                                                .is_there = gsc_report_has_residues,
                                                .begin = begin_embedding,
                                                .draw = find_spectrum,
                                                .end = end_embedding,
                                                .drop = drop_embedding};

/* ---- Circles ---- */

/* Of networks that add. */
static bool
may_have_circles(const gsc_report_run *run)
{
    return run->has_residues && gsc_measure_admits(&gsc_measure_clockpizza, &run->last);
}

static int
begin_circles(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    const gsc_measure *measure = &gsc_measure_clockpizza;
    size_t last = run->inputs.count - 1;
    gsc_report_circling *c = &run->circling;
    (void)threads;
    c->run_context.first.name = run->inputs.items[0].path;
    c->run_context.last.name = run->inputs.items[last].path;
    c->run_context.first.loading = c->run_context.last.loading = run->inputs.loading;
    GSC_NEW(run->circles, run->inputs.count);
    GSC_TRY(gsc_measure_new_options(measure, &c->options));
    GSC_TRY(gsc_measure_prepare(measure, 1, c->options, &c->run_context, &c->state));
out:
    return status;
}

static int
draw_circles(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
             gsc_threads *threads)
{
    const gsc_report_circling *c = &run->circling;
    gsc_measure_request request = {.loaded = loaded,
                                   .name = run->inputs.items[step].path,
                                   .run_context = &c->run_context,
                                   .options = c->options,
                                   .state = c->state,
                                   .threads = threads};
    int status = gsc_circles_init(&run->circles[step], &request);
    return status < 0 ? gsc_fail_in(status, request.name) : 0;
}

static int
end_circles(gsc_report_run *run, gsc_threads *threads)
{
    (void)threads;
    run->has_circles = true;
    return 0;
}

const gsc_report_drawing gsc_report_circles = {.what = "circles",
                                               .measure = &gsc_measure_clockpizza,
                                               .is_there = may_have_circles,
                                               .begin = begin_circles,
                                               .draw = draw_circles,
                                               .end = end_circles};
