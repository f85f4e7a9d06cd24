/* The arrays of a report: packed, named, and told of in its manifest. */
#ifndef GSC_TOOL_REPORT_ARRAYS_H
#define GSC_TOOL_REPORT_ARRAYS_H

#include "grokscope/tensor.h"

#include "analyze/report/report_json.h"

/* How an array is kept. I16 and I8 are q * scale, with a scale for each index of the
 * first axis, so that the largest there becomes 32767 or 127; the lowest q is NaN. */
typedef enum gsc_packing {
    GSC_PACK_F32,
    GSC_PACK_F64,
    GSC_PACK_I16,
    GSC_PACK_I8,
    GSC_PACK_U8,
    GSC_PACK_WHOLE16 /* i16 without a scale */
} gsc_packing;

enum { GSC_PACK_MOST_RANK = 6, GSC_PACK_NAME_BYTES = 160 };

/* Where numbers come from: [dims], C order, of a type. */
typedef struct gsc_pack_source {
    gsc_type type;
    const void *data;
    size_t rank, dims[GSC_PACK_MOST_RANK];
} gsc_pack_source;

typedef struct gsc_arrays {
    char prefix[GSC_PACK_NAME_BYTES]; /* of the names of what is added now */
    unsigned char *data;              /* one after the other, each at a multiple of 8 */
    size_t length, room;
    gsc_json names; /* {name: array}, still open */
} gsc_arrays;

/* Nothing yet. */
int gsc_arrays_init(gsc_arrays *arrays);
void gsc_arrays_free(gsc_arrays *arrays);

/* What is added from now on is called "<prefix>.<key>", in printf form. */
void gsc_arrays_name(gsc_arrays *arrays, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Pack an array and write `"key": "its name"`. A failure is the JSON's. */
void gsc_arrays_add(gsc_arrays *arrays, gsc_json *json, const char *key,
                    gsc_packing packing, gsc_pack_source source);

/* The same, where the array's name is "<prefix>.<name>". */
void gsc_arrays_add_named(gsc_arrays *arrays, gsc_json *json, const char *key,
                          const char *name, gsc_packing packing,
                          gsc_pack_source source);

/* A source of up to four axes; lengths of 0 end them. */
gsc_pack_source gsc_pack_source_f32(const float *data, size_t a, size_t b, size_t c,
                                    size_t d);
gsc_pack_source gsc_pack_source_f64(const double *data, size_t a, size_t b, size_t c,
                                    size_t d);

#endif
