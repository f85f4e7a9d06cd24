/* Allocations of the library that fail on demand, and a count of those that are held.
 *
 * The test is linked with -Wl,--wrap=aligned_alloc and the like: the calls of the
 * static library (and of the test itself) come here, those inside other libraries do
 * not. All memory of the library is from one place, gsc_new (malloc and its kin do not
 * link here); what others give at its call (a thread, FFTW's buffers, a path) fails
 * too. */
#ifndef GSC_TEST_FAILING_FIXTURE_H
#define GSC_TEST_FAILING_FIXTURE_H

#include "test.h"

#include <errno.h>
#include <fftw3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
char *__real_realpath(const char *path, char *resolved);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
double *__real_fftw_alloc_real(size_t count);
fftw_complex *__real_fftw_alloc_complex(size_t count);

void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);
char *__wrap_realpath(const char *path, char *resolved);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
double *__wrap_fftw_alloc_real(size_t count);
fftw_complex *__wrap_fftw_alloc_complex(size_t count);

/* ---- Which one fails ---- */

static atomic_size_t num_allocations;
static atomic_size_t failing_allocation = SIZE_MAX;
static atomic_bool all_from_there_on; /* no memory comes back */

/* What happens at the moment of the failure in its place, or NULL. */
static void (*instead_of_failing)(void);

static bool
fails_now(void)
{
    size_t number = atomic_fetch_add(&num_allocations, 1);
    size_t failing = atomic_load(&failing_allocation);
    bool fails = number == failing || (number > failing && all_from_there_on);
    if (fails && instead_of_failing) {
        instead_of_failing();
        return false;
    }
    if (fails)
        errno = ENOMEM;
    return fails;
}

/* ---- What is held ---- */

/* An open table of addresses; a power of two of places. */
enum { PLACES = 1 << 18 };
static void *held[PLACES];
static size_t num_held;
static pthread_mutex_t holding = PTHREAD_MUTEX_INITIALIZER;

static size_t
place_of(const void *memory)
{
    size_t place = ((size_t)memory >> 6) * 0x9e3779b97f4a7c15u % PLACES;
    while (held[place] && held[place] != memory)
        place = (place + 1) % PLACES;
    return place;
}

static void
hold(void *memory)
{
    pthread_mutex_lock(&holding);
    held[place_of(memory)] = memory;
    num_held++;
    pthread_mutex_unlock(&holding);
}

/* Take it out, and put those after it where they are found without it. */
static void
let_go(const void *memory)
{
    pthread_mutex_lock(&holding);
    size_t hole = place_of(memory);
    if (memory && held[hole]) {
        held[hole] = NULL;
        num_held--;
        for (size_t i = (hole + 1) % PLACES; held[i]; i = (i + 1) % PLACES) {
            void *moved = held[i];
            held[i] = NULL;
            held[place_of(moved)] = moved;
        }
    }
    pthread_mutex_unlock(&holding);
}

/* ---- The calls ---- */

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
    void *memory = fails_now() ? NULL : __real_aligned_alloc(alignment, size);
    if (memory)
        hold(memory);
    return memory;
}

void
__wrap_free(void *memory)
{
    let_go(memory);
    __real_free(memory);
}

char *
__wrap_realpath(const char *path, char *resolved)
{
    return fails_now() ? NULL : __real_realpath(path, resolved);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*start)(void *), void *argument)
{
    return fails_now() ? ENOMEM
                       : __real_pthread_create(thread, attributes, start, argument);
}

double *
__wrap_fftw_alloc_real(size_t count)
{
    return fails_now() ? NULL : __real_fftw_alloc_real(count);
}

fftw_complex *
__wrap_fftw_alloc_complex(size_t count)
{
    return fails_now() ? NULL : __real_fftw_alloc_complex(count);
}

#ifndef GSC_TEST_FAILING_CALLS_H
/* No test of memory waits for the disk. */
int __wrap_fsync(int file);

int
__wrap_fsync(int file)
{
    (void)file;
    return 0;
}
#endif

/* ---- One after the other ---- */

/* What is done again and again: `begin`, which may be NULL, makes what it needs and
 * does not fail; `run` frees all it makes. */
typedef struct flow {
    const char *name;
    void (*begin)(void *context);
    int (*run)(void *context);
    void *context;
    size_t first, stride; /* which fail; stride 0: see DENSE */
} flow;

static inline int
run_flow(const flow *f, size_t failing, bool all)
{
    if (f->begin)
        f->begin(f->context);
    gsc_fail(0, "%s", "");
    atomic_store(&num_allocations, 0);
    atomic_store(&all_from_there_on, all);
    atomic_store(&failing_allocation, failing);
    int status = f->run(f->context);
    atomic_store(&failing_allocation, SIZE_MAX);
    return status;
}

static inline void
fail_one(const flow *f, size_t n, bool all)
{
    size_t before = num_held;
    int status = run_flow(f, n, all);
    const char *what = all ? "and all after it" : "alone";
    if (num_held != before)
        fail_msg("%s, allocation %zu %s: %zd left behind", f->name, n, what,
                 (ssize_t)(num_held - before));
    if (status >= 0)
        fail_msg("%s, allocation %zu %s: not said", f->name, n, what);
    bool told = status == GSC_EMEMORY && strstr(gsc_error_text(), "memory");
    if (!told)
        fail_msg("%s, allocation %zu %s: code %d: '%s'", f->name, n, what, status,
                 gsc_error_text());
}

/* The first DENSE allocations fail one by one, of those after them every STRIDE-th; a
 * flow whose parts fail in others as well names a stride of its own from the beginning.
 * Its strides are THINNER times as long, more so with sanitizers, under which each
 * trial takes several times as long; where GSC_ALL_FAILURES is set (the target
 * all_failures), every single one fails. Every RARELY-th of them fails with all after
 * it too, and the flow is run without a failure. */
#ifdef __SANITIZE_ADDRESS__
enum { DENSE = 100, STRIDE = 83, RARELY = 7, THINNER = 30 };
#else
enum { DENSE = 500, STRIDE = 17, RARELY = 7, THINNER = 3 };
#endif

static inline size_t
next_failure(const flow *f, size_t n)
{
    if (getenv("GSC_ALL_FAILURES"))
        return n + 1;
    if (f->stride > 0)
        return n + f->stride * THINNER;
    return n < DENSE ? n + 1 : n + STRIDE;
}

/* Let allocation 0, 1, 2, … of the flow fail: each time it ends with GSC_EMEMORY and
 * its message, and holds nothing; and then it succeeds. */
static inline void
fail_each(const flow *f)
{
    size_t tried = 0, before = num_held;
    assert_return_ok(run_flow(f, SIZE_MAX, false));
    assert_int_equal(num_held, before);
    size_t count = num_allocations;
    size_t first = getenv("GSC_ALL_FAILURES") ? 0 : f->first;
    for (size_t n = first; n < count; n = next_failure(f, n), tried++) {
        fail_one(f, n, false);
        if (tried % RARELY == 0) {
            fail_one(f, n, true);
            assert_return_ok(run_flow(f, SIZE_MAX, false));
        }
    }
    assert_return_ok(run_flow(f, SIZE_MAX, false));
    assert_int_equal(num_held, before);
    assert_true(count > 0);
    print_message("%s: %zu of %zu allocations failed\n", f->name, tried, count);
}

#endif
