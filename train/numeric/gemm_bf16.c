/* Products of matrices whose factors are rounded to bfloat16, on one thread. */
#include "train/numeric/gemm_bf16.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef GSC_HAVE_DNNL
#include <dnnl.h>
#include <omp.h>
#endif

/* oneDNN 3 makes primitives by other functions, which nobody has tried here yet. */
#if defined(GSC_HAVE_DNNL) && DNNL_VERSION_MAJOR == 2
#define HAS_KERNELS 1
#else
#define HAS_KERNELS 0
#endif

typedef struct shape {
    size_t m, n, k, ldc;
    bool transpose_a, transpose_b, adds;
} shape;

/* oneDNN's kernel for a shape; NULL where it has none. */
typedef struct kernel {
    shape shape;
    struct dnnl_primitive *primitive;
    struct dnnl_memory *a, *b, *c, *scratch;
    void *scratch_room;
} kernel;

struct gsc_bf16 {
    bool rounded;
    float *a, *b; /* room: of bfloat16 for oneDNN, of float32 else */
    kernel *kernels;
    size_t num_kernels, room;
    struct dnnl_engine *engine;
    struct dnnl_stream *stream;
};

/* ---- Rounding ---- */

static inline uint32_t
rounded_bits(float x)
{
    uint32_t bits, nearest;
    memcpy(&bits, &x, sizeof bits);
    nearest = bits + 0x7fff + (bits >> 16 & 1);
    return (bits & 0x7fffffff) > 0x7f800000 ? bits | 0x400000 : nearest;
}

/* to [rows, cols] of bfloat16 */
GSC_HOT static void
narrow(const float *from, size_t rows, size_t cols, size_t ld, uint16_t *to)
{
    for (size_t i = 0; i < rows; i++, from += ld, to += cols)
        for (size_t j = 0; j < cols; j++)
            to[j] = (uint16_t)(rounded_bits(from[j]) >> 16);
}

/* The same numbers in float32. */
GSC_HOT static void
round_all(const float *from, size_t rows, size_t cols, size_t ld, float *to)
{
    for (size_t i = 0; i < rows; i++, from += ld, to += cols)
        for (size_t j = 0; j < cols; j++) {
            uint32_t bits = rounded_bits(from[j]) & 0xffff0000;
            memcpy(&to[j], &bits, sizeof bits);
        }
}

/* ---- oneDNN ---- */

#if HAS_KERNELS

bool
gsc_bf16_is_there(void)
{
    unsigned has = dnnl_get_effective_cpu_isa(), needed = dnnl_cpu_isa_avx512_core_bf16;
    return (has & needed) == needed;
}

static int
check(dnnl_status_t result)
{
    return result == dnnl_success
               ? 0
               : gsc_fail(GSC_EMEMORY, "oneDNN fails with code %d", (int)result);
}

static int
describe(dnnl_memory_desc_t *memory, size_t rows, size_t cols, size_t ld,
         bool transposed, dnnl_data_type_t type)
{
    dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)cols};
    dnnl_dims_t strides = {transposed ? 1 : (dnnl_dim_t)ld,
                           transposed ? (dnnl_dim_t)ld : 1};
    return check(dnnl_memory_desc_init_by_strides(memory, 2, dims, type, strides));
}

/* Its scratchpad is ours: oneDNN's belongs to the thread that made the primitive. */
static int
make_attributes(const shape *s, dnnl_primitive_attr_t *attributes)
{
    int status = 0;
    dnnl_post_ops_t after = NULL;
    GSC_TRY(check(dnnl_primitive_attr_create(attributes)));
    GSC_TRY(check(dnnl_primitive_attr_set_scratchpad_mode(*attributes,
                                                          dnnl_scratchpad_mode_user)));
    if (!s->adds)
        return 0;
    GSC_TRY(check(dnnl_post_ops_create(&after)));
    GSC_TRY(check(dnnl_post_ops_append_sum(after, 1)));
    GSC_TRY(check(dnnl_primitive_attr_set_post_ops(*attributes, after)));
out:
    if (after)
        dnnl_post_ops_destroy(after);
    return status;
}

static int
make_memories(gsc_bf16 *self, kernel *k, const dnnl_memory_desc_t all[3],
              const_dnnl_primitive_desc_t description)
{
    int status = 0;
    dnnl_memory_t *to[] = {&k->a, &k->b, &k->c};
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    for (size_t i = 0; i < 3; i++)
        GSC_TRY(
            check(dnnl_memory_create(to[i], &all[i], self->engine, DNNL_MEMORY_NONE)));
    k->scratch_room = gsc_new(dnnl_memory_desc_get_size(scratch), 1);
    if (!k->scratch_room)
        return GSC_EMEMORY;
    GSC_TRY(
        check(dnnl_memory_create(&k->scratch, scratch, self->engine, k->scratch_room)));
out:
    return status;
}

static int
make_kernel(gsc_bf16 *self, kernel *k)
{
    int status = 0;
    const shape *s = &k->shape;
    dnnl_memory_desc_t all[3];
    dnnl_matmul_desc_t product;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t description = NULL;
    GSC_TRY(describe(&all[0], s->m, s->k, s->transpose_a ? s->m : s->k, s->transpose_a,
                     dnnl_bf16));
    GSC_TRY(describe(&all[1], s->k, s->n, s->transpose_b ? s->k : s->n, s->transpose_b,
                     dnnl_bf16));
    GSC_TRY(describe(&all[2], s->m, s->n, s->ldc, false, dnnl_f32));
    GSC_TRY(check(dnnl_matmul_desc_init(&product, &all[0], &all[1], NULL, &all[2])));
    GSC_TRY(make_attributes(s, &attributes));
    GSC_TRY(check(dnnl_primitive_desc_create(&description, &product, attributes,
                                             self->engine, NULL)));
    GSC_TRY(make_memories(self, k, all, description));
    GSC_TRY(check(dnnl_primitive_create(&k->primitive, description)));
out:
    if (attributes)
        dnnl_primitive_attr_destroy(attributes);
    if (description)
        dnnl_primitive_desc_destroy(description);
    return status;
}

static void
free_kernel(kernel *k)
{
    dnnl_memory_t memories[] = {k->a, k->b, k->c, k->scratch};
    if (k->primitive)
        dnnl_primitive_destroy(k->primitive);
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        if (memories[i])
            dnnl_memory_destroy(memories[i]);
    free(k->scratch_room);
    *k = (kernel){.shape = k->shape};
}

static void
close_onednn(gsc_bf16 *self)
{
    for (size_t i = 0; i < self->num_kernels; i++)
        free_kernel(&self->kernels[i]);
    if (self->stream)
        dnnl_stream_destroy(self->stream);
    if (self->engine)
        dnnl_engine_destroy(self->engine);
}

static int
open_onednn(gsc_bf16 *self)
{
    int status = 0;
    GSC_TRY(check(dnnl_engine_create(&self->engine, dnnl_cpu, 0)));
    GSC_TRY(check(
        dnnl_stream_create(&self->stream, self->engine, dnnl_stream_default_flags)));
out:
    return status;
}

static bool
is_same(const shape *x, const shape *y)
{
    return x->m == y->m && x->n == y->n && x->k == y->k && x->ldc == y->ldc &&
           x->transpose_a == y->transpose_a && x->transpose_b == y->transpose_b &&
           x->adds == y->adds;
}

/* The kernel of a shape, made when it is first met; NULL where there is none. */
static kernel *
find_kernel(gsc_bf16 *self, const shape *s)
{
    for (size_t i = 0; i < self->num_kernels; i++)
        if (is_same(&self->kernels[i].shape, s))
            return self->kernels[i].primitive ? &self->kernels[i] : NULL;
    if (gsc_grow(&self->kernels, self->num_kernels, &self->room,
                 sizeof *self->kernels) < 0)
        return NULL;
    kernel *k = &self->kernels[self->num_kernels++];
    *k = (kernel){.shape = *s};
    if (make_kernel(self, k) == 0)
        return k;
    free_kernel(k);
    return NULL;
}

/* False where oneDNN has no kernel: nothing has been written then. */
static bool
multiply(gsc_bf16 *self, const shape *s, float *c)
{
    bool done = false;
    int team = omp_get_max_threads();
    omp_set_num_threads(1); /* as in gemm.c; kernels are made for one thread too */
    kernel *k = find_kernel(self, s);
    if (k && dnnl_memory_set_data_handle(k->a, self->a) == dnnl_success &&
        dnnl_memory_set_data_handle(k->b, self->b) == dnnl_success &&
        dnnl_memory_set_data_handle(k->c, c) == dnnl_success) {
        const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, k->a},
                                             {DNNL_ARG_WEIGHTS, k->b},
                                             {DNNL_ARG_DST, k->c},
                                             {DNNL_ARG_SCRATCHPAD, k->scratch}};
        done = dnnl_primitive_execute(k->primitive, self->stream, 4, arguments) ==
               dnnl_success;
    }
    omp_set_num_threads(team);
    return done;
}

#else

bool
gsc_bf16_is_there(void)
{
    return false;
}

static void
close_onednn(gsc_bf16 *self)
{
    (void)self;
}

static int
open_onednn(gsc_bf16 *self)
{
    (void)self;
    return 0;
}

static bool
multiply(gsc_bf16 *self, const shape *s, float *c)
{
    (void)self, (void)s, (void)c;
    return false;
}

#endif

/* ---- All ---- */

int
gsc_bf16_open(gsc_bf16 **out, bool rounded, size_t left, size_t right)
{
    int status = 0;
    gsc_bf16 *self = NULL;
    *out = NULL;
    GSC_NEW(self, 1);
    self->rounded = rounded || !gsc_bf16_is_there();
    GSC_NEW(self->a, left);
    GSC_NEW(self->b, right);
    if (!self->rounded)
        GSC_TRY(open_onednn(self));
    *out = self;
    self = NULL;
out:
    gsc_bf16_close(self);
    return status;
}

void
gsc_bf16_close(gsc_bf16 *self)
{
    if (!self)
        return;
    close_onednn(self);
    free(self->kernels);
    free(self->a);
    free(self->b);
    free(self);
}

void
gsc_gemm_bf16(gsc_bf16 *self, bool transpose_a, bool transpose_b, size_t m, size_t n,
              size_t k, const float *a, size_t lda, const float *b, size_t ldb,
              float beta, float *c, size_t ldc)
{
    const shape s = {m, n, k, ldc, transpose_a, transpose_b, beta != 0};
    size_t rows_a = transpose_a ? k : m, cols_a = transpose_a ? m : k;
    size_t rows_b = transpose_b ? n : k, cols_b = transpose_b ? k : n;
    assert(beta == 0 || beta == 1);
    if (!self->rounded && m > 0 && n > 0 && k > 0) {
        narrow(a, rows_a, cols_a, lda, (uint16_t *)(void *)self->a);
        narrow(b, rows_b, cols_b, ldb, (uint16_t *)(void *)self->b);
        if (multiply(self, &s, c))
            return;
    }
    round_all(a, rows_a, cols_a, lda, self->a);
    round_all(b, rows_b, cols_b, ldb, self->b);
    gsc_gemm_f32(transpose_a, transpose_b, m, n, k, 1, self->a, cols_a, self->b, cols_b,
                 beta, c, ldc);
}
