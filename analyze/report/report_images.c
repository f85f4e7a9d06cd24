/* Images by class over the steps: which class each of them is taken for, and some of
 * them to be looked at. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/network/answer_rows.h"
#include "analyze/report/report_write.h"
#include "train/numeric/top.h"
#include "train/task/images.h"

#include <stdlib.h>
#include <string.h>

/* Held-out images that are asked, those of a class that are shown, classes at most, and
 * steps. */
enum { MOST_ASKED = 2000, EACH = 8, MOST_CLASSES = 32, MOST_STEPS = 64 };

static const gsc_split *
test_of(const gsc_report_run *run)
{
    return gsc_dataset_split(&run->last.checkpoint.dataset, "test");
}

static const gsc_field *
pixels_of(const gsc_report_run *run)
{
    return gsc_dataset_find(&run->last.checkpoint.dataset, GSC_IMAGE);
}

/* Of held-out images whose classes are an output each. */
static bool
has_images(const gsc_report_run *run)
{
    const gsc_split *test = test_of(run);
    const gsc_model *model = &run->last.model;
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    return model->graph && test && test->count > 0 && pixels_of(run) &&
           gsc_dataset_find(dataset, model->outputs[0].target.field)->num_values > 0 &&
           gsc_facets_find(&run->last.checkpoint.facets, GSC_IMAGE);
}

static int
read_size(gsc_report_run *run)
{
    int status = 0;
    gsc_report_images *m = &run->images;
    const gsc_facet *facet = gsc_facets_find(&run->last.checkpoint.facets, GSC_IMAGE);
    int64_t height, width, channels;
    GSC_TRY(gsc_facet_integer(facet, "height", 1, 4096, &height));
    GSC_TRY(gsc_facet_integer(facet, "width", 1, 4096, &width));
    GSC_TRY(gsc_facet_integer(facet, "channels", 1, 1, &channels));
    size_t pixels = gsc_shape_count(pixels_of(run)->shape);
    if ((size_t)(height * width) != pixels)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "images of %zu numbers, expected %lld x %lld",
                         pixels, (long long)height, (long long)width));
    m->height = (size_t)height;
    m->width = (size_t)width;
    const gsc_graph *graph = run->last.model.graph;
    size_t outputs =
        gsc_graph_shape(graph, run->last.model.outputs[0].prediction).dims[1];
    if (outputs < 2 || outputs > MOST_CLASSES)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "%zu classes; drawn are 2 to %d", outputs,
                         MOST_CLASSES));
    m->classes = outputs;
out:
    return status;
}

/* ---- Answers ---- */

/* What the examples asked are taken for. */
typedef struct asked {
    size_t count;
    uint8_t *said; /* [num_asked] */
} asked;

static int
take_rows(void *context, const gsc_answer_rows *rows)
{
    asked *a = context;
    for (size_t i = 0; i < rows->num_examples; i++) {
        int32_t best;
        gsc_top_places_f64(rows->answers + i * rows->num_positions * rows->width,
                           rows->width, 1, &best);
        a->said[a->count++] = (uint8_t)best;
    }
    return 0;
}

/* ---- Those that are shown ---- */

/* The class of an example that is asked. */
static size_t
class_of(const gsc_report_run *run, size_t i)
{
    return (size_t)gsc_loaded_model_label(&run->last, test_of(run)->indices[i]);
}

/* The first ones of each class, class by class. */
static int
choose(gsc_report_run *run)
{
    int status = 0;
    gsc_report_images *m = &run->images;
    GSC_NEW(m->shown, m->classes * EACH);
    GSC_NEW(m->labels, m->classes * EACH);
    for (size_t c = 0; c < m->classes; c++)
        for (size_t i = 0, of_class = 0; i < m->num_asked && of_class < EACH; i++)
            if (class_of(run, i) == c) {
                m->labels[m->count] = (float)c;
                m->shown[m->count++] = i;
                of_class++;
            }
out:
    return status;
}

static int
take_pixels(gsc_report_run *run)
{
    int status = 0;
    gsc_report_images *m = &run->images;
    const gsc_field *field = pixels_of(run);
    size_t each = m->height * m->width;
    double least = 0, most = 0;
    GSC_NEW(m->pixels, m->count * each);
    for (size_t i = 0; i < m->count * each; i++) {
        size_t example = test_of(run)->indices[m->shown[i / each]];
        double value = gsc_field_element(field, example, i % each);
        m->pixels[i] = (float)value;
        least = i == 0 || value < least ? value : least;
        most = i == 0 || value > most ? value : most;
    }
    for (size_t i = 0; i < m->count * each; i++)
        m->pixels[i] =
            most > least
                ? (float)(255 * ((double)m->pixels[i] - least) / (most - least))
                : 0;
out:
    return status;
}

static int
begin_images(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_images *m = &run->images;
    size_t count = test_of(run)->count;
    (void)threads;
    GSC_TRY(read_size(run));
    m->num_asked = count < MOST_ASKED ? count : MOST_ASKED;
    GSC_TRY(gsc_loaded_model_data(&run->last));
    GSC_TRY(choose(run));
    GSC_TRY(take_pixels(run));
    GSC_NEW(m->at, run->inputs.count);
    m->num_steps =
        gsc_subsample_steps(run->steps, run->inputs.count, MOST_STEPS, m->at);
    GSC_NEW(m->taken_for, m->num_steps * m->classes * m->classes);
    GSC_NEW(m->said, m->num_steps * m->count);
out:
    return status;
}

static int
draw_images(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
            gsc_threads *threads)
{
    int status = 0;
    gsc_report_images *m = &run->images;
    asked a = {0};
    size_t place = gsc_report_place(m->at, m->num_steps, step);
    if (place == SIZE_MAX)
        return 0;
    GSC_TRY(gsc_loaded_model_data((gsc_loaded_model *)loaded));
    GSC_NEW(a.said, m->num_asked);
    GSC_TRY(gsc_answer_rows_visit((gsc_loaded_model *)loaded, threads,
                                  test_of(run)->indices, m->num_asked, take_rows, &a));
    float *taken_for = m->taken_for + place * m->classes * m->classes;
    for (size_t i = 0; i < a.count; i++)
        taken_for[class_of(run, i) * m->classes + a.said[i]]++;
    for (size_t i = 0; i < m->count; i++)
        m->said[place * m->count + i] = (float)a.said[m->shown[i]];
out:
    free(a.said);
    return status;
}

static void
drop_images(gsc_report_run *run)
{
    run->images.count = 0;
}

const gsc_report_drawing gsc_report_image_classes = {.what = "images by class",
                                                     .is_there = has_images,
                                                     .begin = begin_images,
                                                     .draw = draw_images,
                                                     .drop = drop_images};

void
gsc_report_free_images(gsc_report_images *m)
{
    free(m->shown);
    free(m->labels);
    free(m->pixels);
    free(m->at);
    free(m->taken_for);
    free(m->said);
}

void
gsc_report_write_images(gsc_report_writer *w, const gsc_report_run *run,
                        const char *prefix)
{
    const gsc_report_images *m = &run->images;
    gsc_json *json = &w->json;
    if (m->count == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.images", prefix);
    gsc_json_open(json, "images", '{');
    gsc_report_write_steps(w, run, m->at, m->num_steps);
    gsc_json_integer(json, "asked", (int64_t)m->num_asked);
    gsc_arrays_add(&w->arrays, json, "labels", GSC_PACK_U8,
                   gsc_pack_source_f32(m->labels, m->count, 0, 0, 0));
    gsc_arrays_add(&w->arrays, json, "pixels", GSC_PACK_U8,
                   gsc_pack_source_f32(m->pixels, m->count, m->height, m->width, 0));
    gsc_arrays_add(&w->arrays, json, "said", GSC_PACK_U8,
                   gsc_pack_source_f32(m->said, m->num_steps, m->count, 0, 0));
    gsc_arrays_add(
        &w->arrays, json, "taken_for", GSC_PACK_F32,
        gsc_pack_source_f32(m->taken_for, m->num_steps, m->classes, m->classes, 0));
    gsc_json_close(json, '{');
}
