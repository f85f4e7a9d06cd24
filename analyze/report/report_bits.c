/* What a network of bits reads: the weights of each bit in its first layer, over the
 * steps. The network that has learned a parity reads the relevant bits (Barak et al.,
 * arXiv 2207.08799, call what grows in them hidden progress). */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/report/report_write.h"
#include "train/task/parity.h"

#include <math.h>
#include <stdlib.h>

/* [bits, hidden] */
static const char reader[] = "linear1.W";

static bool
may_have_bits(const gsc_report_run *run)
{
    return gsc_facets_find(&run->last.checkpoint.facets, GSC_BITS);
}

/* The relevant bits that the facet names, where the first layer has a row a bit. */
static int
find_bits(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_bits *b = &run->bits;
    const gsc_facet *facet = gsc_facets_find(&run->last.checkpoint.facets, GSC_BITS);
    const gsc_tensor *W = gsc_loaded_model_tensor(&run->last, reader);
    const void *relevant;
    int64_t n;
    (void)threads;
    if (!facet || !W || W->shape.rank != 2)
        return 0;
    GSC_TRY(gsc_facet_integer(facet, "n", 1, INT32_MAX, &n));
    GSC_TRY(gsc_facet_array(facet, "relevant", GSC_FACET_INDEX, (gsc_shape){1, {0}},
                            &relevant));
    if ((size_t)n != W->shape.dims[0])
        return 0;
    b->relevant = relevant;
    b->num_relevant = gsc_facet_find(facet, "relevant")->shape.dims[0];
    b->count = (size_t)n;
    for (size_t i = 0; i < b->num_relevant; i++)
        if (b->relevant[i] >= b->count)
            GSC_TRY(gsc_fail(GSC_EFORMAT, "/facets/bits/relevant: %u, of %zu bits",
                             (unsigned)b->relevant[i], b->count));
    GSC_NEW(b->norm, run->inputs.count * b->count);
out:
    return status;
}

static void
drop_bits(gsc_report_run *run)
{
    run->bits.count = 0;
}

/* norm[bit] = |W[bit]| */
static int
measure_step(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
             gsc_threads *threads)
{
    int status = 0;
    gsc_report_bits *b = &run->bits;
    const char *path = run->inputs.items[step].path;
    const gsc_tensor *W = gsc_loaded_model_tensor(loaded, reader);
    (void)threads;
    if (b->count == 0)
        return 0;
    if (!W || W->shape.rank != 2 || W->shape.dims[0] != b->count)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: %s has not the %zu rows of the last step",
                         path, reader, b->count));
    size_t width = W->shape.dims[1];
    for (size_t i = 0; i < b->count; i++) {
        const double *row = (const double *)W->data + i * width;
        double sum = 0;
        for (size_t j = 0; j < width; j++)
            sum += row[j] * row[j];
        b->norm[step * b->count + i] = sqrt(sum);
    }
out:
    return status;
}

const gsc_report_drawing gsc_report_bit_norms = {.what = "weights of the bits",
                                                 .is_there = may_have_bits,
                                                 .begin = find_bits,
                                                 .draw = measure_step,
                                                 .drop = drop_bits};

void
gsc_report_write_bits(gsc_report_writer *w, const gsc_report_run *run,
                      const char *prefix)
{
    const gsc_report_bits *b = &run->bits;
    gsc_json *json = &w->json;
    if (b->count == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.bits", prefix);
    gsc_json_open(json, "bits", '{');
    gsc_json_open(json, "relevant", '[');
    for (size_t i = 0; i < b->num_relevant; i++)
        gsc_json_integer(json, NULL, b->relevant[i]);
    gsc_json_close(json, '[');
    gsc_arrays_add(&w->arrays, json, "norm", GSC_PACK_F32,
                   gsc_pack_source_f64(b->norm, run->inputs.count, b->count, 0, 0));
    gsc_json_close(json, '{');
}
