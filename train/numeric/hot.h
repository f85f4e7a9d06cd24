/* GSC_HOT before a function: compile it for newer processors too.
 *
 * The loader then picks the version for the machine it runs on (AVX-512, AVX2 with FMA,
 * or plain x86-64), so what is installed runs everywhere and loops still vectorise to
 * the full width. Results may differ in the last bit between processors of different
 * levels (fused multiply-adds), never between runs on one.
 *
 * The choice is made by an ifunc resolver, which runs before a sanitizer's runtime is
 * up; sanitized builds go without. Static functions that a hot one calls must be
 * inlined into it to share its width. */
#ifndef GROKSCOPE_NUMERIC_HOT_H
#define GROKSCOPE_NUMERIC_HOT_H

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 &&                      \
    defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define GSC_HOT \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GSC_HOT
#endif

/* Before what hot functions call. */
#define GSC_INLINE static inline __attribute__((always_inline))

#endif
