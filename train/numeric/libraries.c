/* Which libraries compute, and with which instructions. */
#include "train/numeric/libraries.h"

#include "train/base/blas.h"

#include <cblas.h>
#include <fftw3.h>
#include <stdio.h>
#include <string.h>
#ifdef GSC_HAVE_DNNL
#include <dnnl.h>
#endif

static size_t
add(char *text, size_t room, size_t used, const char *name, const char *what)
{
    int length = used < room ? snprintf(text + used, room - used, "%s%s %s",
                                        used > 0 ? ", " : "", name, what)
                             : 0;
    return used + (length > 0 ? (size_t)length : 0);
}

/* ---- oneDNN ---- */

#ifdef GSC_HAVE_DNNL
static size_t
add_onednn_set(char *text, size_t room)
{
    /* Those that oneDNN 2 and 3 both name; their numbers differ between the two. */
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name;
    } sets[] = {{dnnl_cpu_isa_sse41, "sse41"},
                {dnnl_cpu_isa_avx, "avx"},
                {dnnl_cpu_isa_avx2, "avx2"},
                {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
                {dnnl_cpu_isa_avx512_core, "avx512_core"},
                {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
                {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
                {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"}};
    char number[32];
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (sets[i].isa == isa)
            return add(text, room, 0, "oneDNN", sets[i].name);
    snprintf(number, sizeof number, "set %#x", (unsigned)isa);
    return add(text, room, 0, "oneDNN", number);
}

static size_t
add_onednn_version(char *text, size_t room)
{
    char number[64];
    const dnnl_version_t *version = dnnl_version();
    snprintf(number, sizeof number, "%d.%d.%d", version->major, version->minor,
             version->patch);
    return add(text, room, 0, "oneDNN", number);
}
#else
static size_t
add_onednn_set(char *text, size_t room)
{
    (void)text, (void)room;
    return 0;
}

static size_t
add_onednn_version(char *text, size_t room)
{
    (void)text, (void)room;
    return 0;
}
#endif

/* ---- OpenBLAS and FFTW ---- */

static size_t
add_blas_version(char *text, size_t room, size_t used)
{
#ifdef OPENBLAS_VERSION
    /* "OpenBLAS 0.3.21 NO_LAPACKE …": what follows tells of its build and the cores */
    char version[64] = "";
    sscanf(openblas_get_config(), "%*s %63s", version);
    return add(text, room, used, "OpenBLAS", version);
#else
    (void)text, (void)room;
    return used;
#endif
}

void
gsc_numeric_instruction_set(char *text, size_t room)
{
    text[0] = '\0';
    size_t used = add_onednn_set(text, room);
#ifdef OPENBLAS_VERSION
    gsc_blas_prepare();
    add(text, room, used, "OpenBLAS", openblas_get_corename());
#else
    (void)used;
#endif
}

void
gsc_numeric_libraries(char *text, size_t room)
{
    text[0] = '\0';
    size_t used = add_onednn_version(text, room);
    used = add_blas_version(text, room, used);
    add(text, room, used, "FFTW",
        fftw_version + (strncmp(fftw_version, "fftw-", 5) == 0 ? 5 : 0));
}
