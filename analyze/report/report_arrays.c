/* The arrays of a report. */
#include "analyze/report/report_arrays.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
    double most; /* q of the largest number; 0: numbers are kept as they are */
} packings[] = {[GSC_PACK_F32] = {"f32", 4, 0},     [GSC_PACK_F64] = {"f64", 8, 0},
                [GSC_PACK_I16] = {"i16", 2, 32767}, [GSC_PACK_I8] = {"i8", 1, 127},
                [GSC_PACK_U8] = {"u8", 1, 0},       [GSC_PACK_WHOLE16] = {"i16", 2, 0}};

int
gsc_arrays_init(gsc_arrays *arrays)
{
    *arrays = (gsc_arrays){.length = 0};
    gsc_json_open(&arrays->names, NULL, '{');
    return arrays->names.status;
}

void
gsc_arrays_free(gsc_arrays *arrays)
{
    free(arrays->data);
    gsc_json_free(&arrays->names);
    *arrays = (gsc_arrays){.length = 0};
}

void
gsc_arrays_name(gsc_arrays *arrays, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(arrays->prefix, sizeof arrays->prefix, format, arguments);
    va_end(arguments);
}

static gsc_pack_source
source_of(gsc_type type, const void *data, const size_t dims[4])
{
    gsc_pack_source source = {.type = type, .data = data};
    while (source.rank < 4 && dims[source.rank] > 0) {
        source.dims[source.rank] = dims[source.rank];
        source.rank++;
    }
    return source;
}

gsc_pack_source
gsc_pack_source_f32(const float *data, size_t a, size_t b, size_t c, size_t d)
{
    return source_of(GSC_FLOAT32, data, (const size_t[]){a, b, c, d});
}

gsc_pack_source
gsc_pack_source_f64(const double *data, size_t a, size_t b, size_t c, size_t d)
{
    return source_of(GSC_FLOAT64, data, (const size_t[]){a, b, c, d});
}

/* ---- Numbers ---- */

/* Little-endian, whatever this machine is. */
static void
store(unsigned char *at, uint64_t bits, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (unsigned char)(bits >> (8 * i));
}

static void
store_real(unsigned char *at, double value, gsc_packing packing)
{
    uint64_t wide;
    uint32_t narrow;
    float single = (float)value;
    memcpy(&wide, &value, sizeof wide);
    memcpy(&narrow, &single, sizeof narrow);
    if (packing == GSC_PACK_U8 || packing == GSC_PACK_WHOLE16)
        store(at, (uint64_t)(int64_t)value, packings[packing].bytes);
    else
        store(at, packing == GSC_PACK_F64 ? wide : narrow, packings[packing].bytes);
}

/* The largest of a part, as a step of the scale; 1 where there is none but 0. */
static double
scale_of(const gsc_pack_source *source, size_t first, size_t count, double most)
{
    double largest = 0;
    for (size_t i = first; i < first + count; i++) {
        double x = fabs(gsc_element(source->type, source->data, i));
        if (isfinite(x) && x > largest)
            largest = x;
    }
    return largest > 0 ? largest / most : 1;
}

/* Pack one index of the first axis; its scale. */
static double
pack_part(const gsc_pack_source *source, size_t first, size_t count,
          gsc_packing packing, unsigned char *out)
{
    size_t bytes = packings[packing].bytes;
    double most = packings[packing].most;
    double scale = most > 0 ? scale_of(source, first, count, most) : 1;
    for (size_t i = 0; i < count; i++, out += bytes) {
        double x = gsc_element(source->type, source->data, first + i);
        if (most == 0)
            store_real(out, x, packing);
        else
            store(out, (uint64_t)(int64_t)(isfinite(x) ? round(x / scale) : -most - 1),
                  bytes);
    }
    return scale;
}

/* ---- All ---- */

static size_t
aligned(size_t length)
{
    return (length + 7) / 8 * 8;
}

/* Room for so many bytes more. */
static int
make_room(gsc_arrays *a, size_t bytes)
{
    int status = 0;
    unsigned char *data = NULL;
    if (aligned(a->length) + bytes <= a->room)
        return 0;
    size_t room = 2 * (aligned(a->length) + bytes);
    GSC_NEW(data, room);
    if (a->length > 0)
        memcpy(data, a->data, a->length);
    free(a->data);
    a->data = data;
    a->room = room;
out:
    return status;
}

static void
describe(gsc_arrays *a, const char *name, gsc_packing packing,
         const gsc_pack_source *source, size_t bytes)
{
    gsc_json *json = &a->names;
    gsc_json_open(json, name, '{');
    gsc_json_text(json, "type", packings[packing].name);
    gsc_json_open(json, "shape", '[');
    for (size_t i = 0; i < source->rank; i++)
        gsc_json_integer(json, NULL, (int64_t)source->dims[i]);
    gsc_json_close(json, '[');
    gsc_json_integer(json, "offset", (int64_t)a->length);
    gsc_json_integer(json, "bytes", (int64_t)bytes);
}

/* Pack all of it after what is there, which has room. */
static void
pack(gsc_arrays *a, gsc_packing packing, const gsc_pack_source *source, size_t count)
{
    size_t parts = source->dims[0], each = parts > 0 ? count / parts : 0;
    size_t bytes = each * packings[packing].bytes;
    bool scaled = packings[packing].most > 0;
    if (scaled)
        gsc_json_open(&a->names, "scale", '[');
    for (size_t i = 0; i < parts; i++) {
        double scale =
            pack_part(source, i * each, each, packing, a->data + a->length + i * bytes);
        if (scaled)
            gsc_json_real(&a->names, NULL, scale);
    }
    if (scaled)
        gsc_json_close(&a->names, '[');
    gsc_json_close(&a->names, '{');
    a->length += parts * bytes;
}

void
gsc_arrays_add_named(gsc_arrays *arrays, gsc_json *json, const char *key,
                     const char *name, gsc_packing packing, gsc_pack_source source)
{
    char full[2 * GSC_PACK_NAME_BYTES];
    size_t count = 1;
    for (size_t i = 0; i < source.rank; i++)
        count *= source.dims[i];
    snprintf(full, sizeof full, "%s.%s", arrays->prefix, name);
    gsc_json_note(json, make_room(arrays, count * packings[packing].bytes));
    if (json->status < 0)
        return;
    arrays->length = aligned(arrays->length);
    describe(arrays, full, packing, &source, count * packings[packing].bytes);
    pack(arrays, packing, &source, count);
    gsc_json_note(json, arrays->names.status);
    gsc_json_text(json, key, full);
}

void
gsc_arrays_add(gsc_arrays *arrays, gsc_json *json, const char *key, gsc_packing packing,
               gsc_pack_source source)
{
    gsc_arrays_add_named(arrays, json, key, key, packing, source);
}
