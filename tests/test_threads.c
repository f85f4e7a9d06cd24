/* The pool: every item once, worker numbers to themselves, many jobs in a row. */
#include "test.h"

#include "grokscope/threads.h"

#include <float.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST_ITEMS = 1000, MOST_WORKERS = 16 };

/* What the items of one job saw. */
typedef struct job {
    size_t num_workers;
    atomic_int times[MOST_ITEMS];      /* each item was run */
    atomic_bool is_busy[MOST_WORKERS]; /* a piece with this worker's number runs */
    atomic_int collisions, strangers;
} job;

static void
mark_item(void *context, size_t item, size_t worker)
{
    job *self = context;
    if (worker >= self->num_workers) {
        atomic_fetch_add(&self->strangers, 1);
        return;
    }
    if (atomic_exchange(&self->is_busy[worker], true))
        atomic_fetch_add(&self->collisions, 1);
    for (volatile int i = 0; i < 50; i++)
        ; /* so that pieces overlap */
    atomic_fetch_add(&self->times[item], 1);
    atomic_store(&self->is_busy[worker], false);
}

static void
check_job(gsc_threads *pool, size_t num_items)
{
    job *self = calloc(1, sizeof *self);
    assert_non_null(self);
    self->num_workers = gsc_threads_count(pool);
    gsc_threads_run(pool, mark_item, self, num_items);
    for (size_t i = 0; i < MOST_ITEMS; i++)
        assert_int_equal(atomic_load(&self->times[i]), i < num_items ? 1 : 0);
    assert_int_equal(atomic_load(&self->collisions), 0);
    assert_int_equal(atomic_load(&self->strangers), 0);
    free(self);
}

static void
each_item_is_run_once_by_a_worker_of_its_own(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 3, 8, MOST_WORKERS};
    const size_t items[] = {0, 1, 2, 3, 15, 16, 17, MOST_ITEMS};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gsc_threads *pool;
        assert_return_ok(gsc_threads_open(&pool, sizes[i]));
        assert_int_equal(gsc_threads_count(pool), sizes[i]);
        for (size_t j = 0; j < sizeof items / sizeof *items; j++)
            check_job(pool, items[j]);
        gsc_threads_close(pool);
    }
}

/* ---- Threads at the same time ---- */

typedef struct meeting {
    atomic_size_t present;
    size_t expected;
    atomic_int arrivals[MOST_WORKERS]; /* by worker */
} meeting;

/* Returns only when all have come: ends only where each item has its own thread. */
static void
await_all(void *context, size_t item, size_t worker)
{
    (void)item;
    meeting *self = context;
    if (worker < self->expected)
        atomic_fetch_add(&self->arrivals[worker], 1);
    atomic_fetch_add(&self->present, 1);
    while (atomic_load(&self->present) < self->expected)
        ;
}

static void
items_at_once_have_a_thread_and_a_number_each(void **state)
{
    (void)state;
    for (size_t count = 2; count <= 4; count++) {
        meeting all = {.expected = count};
        gsc_threads *pool;
        assert_return_ok(gsc_threads_open(&pool, count));
        gsc_threads_run(pool, await_all, &all, count);
        assert_int_equal(atomic_load(&all.present), count);
        for (size_t worker = 0; worker < count; worker++)
            assert_int_equal(atomic_load(&all.arrivals[worker]), 1);
        gsc_threads_close(pool);
    }
}

/* ---- Many jobs ---- */

typedef struct tally {
    size_t number;  /* of the job; plain, as a caller's data are */
    size_t seen[4]; /* by item: the job it last ran in */
    atomic_size_t sum;
} tally;

static void
note_job(void *context, size_t item, size_t worker)
{
    (void)worker;
    tally *self = context;
    self->seen[item] = self->number;
    atomic_fetch_add(&self->sum, 1);
}

static void
many_small_jobs_follow_each_other(void **state)
{
    (void)state;
    enum { JOBS = 3000 };
    for (size_t count = 1; count <= 3; count++) {
        tally self = {0};
        gsc_threads *pool;
        assert_return_ok(gsc_threads_open(&pool, count));
        for (self.number = 1; self.number <= JOBS; self.number++) {
            size_t num_items = 1 + self.number % 4;
            gsc_threads_run(pool, note_job, &self, num_items);
            for (size_t item = 0; item < num_items; item++)
                assert_int_equal(self.seen[item], self.number);
        }
        assert_int_equal(atomic_load(&self.sum), JOBS / 4 * (1 + 2 + 3 + 4));
        gsc_threads_close(pool);
    }
}

static void
a_pool_may_close_without_a_job(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        gsc_threads *pool;
        assert_return_ok(gsc_threads_open(&pool, 4));
        gsc_threads_close(pool);
    }
}

static void
two_pools_do_not_meet(void **state)
{
    (void)state;
    gsc_threads *a, *b;
    assert_return_ok(gsc_threads_open(&a, 2));
    assert_return_ok(gsc_threads_open(&b, 3));
    for (int i = 0; i < 20; i++) {
        check_job(a, 100);
        check_job(b, 100);
    }
    gsc_threads_close(a);
    check_job(b, 100);
    gsc_threads_close(b);
}

/* ---- Without a pool, and without sense ---- */

static void
append_item(void *context, size_t item, size_t worker)
{
    size_t *next = context;
    assert_int_equal(worker, 0);
    assert_int_equal(item, *next);
    (*next)++;
}

static void
no_pool_runs_all_items_here_in_order(void **state)
{
    (void)state;
    size_t next = 0;
    assert_int_equal(gsc_threads_count(NULL), 1);
    gsc_threads_run(NULL, append_item, &next, 100);
    assert_int_equal(next, 100);
    gsc_threads_close(NULL);
}

static void
a_count_of_0_means_one_a_core(void **state)
{
    (void)state;
    gsc_threads *pool;
    assert_return_ok(gsc_threads_open(&pool, 0));
    assert_true(gsc_threads_count(pool) >= 1);
    assert_true(gsc_threads_count(pool) <= GSC_MAX_THREADS);
    gsc_threads_close(pool);
}

static void
too_many_threads_are_refused(void **state)
{
    (void)state;
    gsc_threads *pool = (gsc_threads *)&state;
    assert_fails(gsc_threads_open(&pool, GSC_MAX_THREADS + 1), GSC_EARGUMENT,
                 "1025 threads asked for; at most 1024");
    assert_null(pool);
    assert_fails(gsc_threads_open(&pool, SIZE_MAX), GSC_EARGUMENT, "; at most 1024");
}

/* Halve the smallest normal number, where the compiler cannot. */
static void
halve(void *context, size_t item, size_t worker)
{
    volatile double *halves = context, smallest = DBL_MIN;
    (void)worker;
    halves[item] = smallest / 2;
}

static void
numbers_below_the_normal_range_count_as_0_during_work_only(void **state)
{
    (void)state;
    enum { ITEMS = 64 };
    volatile double smallest = DBL_MIN;
    for (size_t threads = 0; threads <= 2; threads++) { /* 0: no pool */
        gsc_threads *pool = NULL;
        double halves[ITEMS];
        if (threads > 0)
            assert_return_ok(gsc_threads_open(&pool, threads));
        gsc_threads_run(pool, halve, halves, ITEMS);
        gsc_threads_close(pool);
#if defined(__SSE2__)
        for (size_t i = 0; i < ITEMS; i++)
            assert_true(halves[i] == 0);
#endif
        assert_true(smallest / 2 > 0); /* the caller's own setting */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_is_run_once_by_a_worker_of_its_own),
        cmocka_unit_test(items_at_once_have_a_thread_and_a_number_each),
        cmocka_unit_test(many_small_jobs_follow_each_other),
        cmocka_unit_test(a_pool_may_close_without_a_job),
        cmocka_unit_test(two_pools_do_not_meet),
        cmocka_unit_test(no_pool_runs_all_items_here_in_order),
        cmocka_unit_test(a_count_of_0_means_one_a_core),
        cmocka_unit_test(too_many_threads_are_refused),
        cmocka_unit_test(numbers_below_the_normal_range_count_as_0_during_work_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
