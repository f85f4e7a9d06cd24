/* What tickets and their controls hold, and how training begins with them. */
#include "analyze/prune/ticket.h"

#include "loaded_model_fixture.h"

#include <stdlib.h>

#define NETWORK "architecture = token_mlp\nlayout = a b\nhidden = 6\n"
enum { COUNT = 7 * 8 + 16 * 6 + 6 * 7 };

/* A network of step 90 in the folder's run, whose step 0 has other weights. */
static void
open_run(gsc_loaded_model *loaded, gsc_checkpoint *first)
{
    gsc_network network;
    char place[GSC_PATH_BYTES];
    small_network(&network, NETWORK);
    write_run_step(&network, 0, 1);
    write_run_step(&network, 90, 2);
    gsc_network_free(&network);
    assert_return_ok(gsc_run_step_path(folder, 0, place));
    assert_return_ok(
        gsc_checkpoint_read(first, place, GSC_READ_DATA | GSC_READ_PARAMS));
    assert_return_ok(gsc_run_step_path(folder, 90, place));
    assert_return_ok(gsc_loaded_model_open(loaded, place));
}

typedef struct made {
    gsc_loaded_model loaded;
    gsc_checkpoint first;
    gsc_ticket ticket;
    double now[COUNT]; /* what was made of the first weights */
} made;

static int
try_to_make(made *m, gsc_ticket_options options)
{
    gsc_prunable *p = &m->ticket.prunable;
    open_run(&m->loaded, &m->first);
    int status = gsc_ticket_init(&m->ticket, &m->loaded, &options, NULL, &m->first);
    for (size_t k = 0; status == 0 && k < p->num_matrices; k++) {
        const gsc_tensor *t =
            gsc_checkpoint_param(&m->first, p->matrices[k].tensor->name);
        for (size_t i = 0; i < p->matrices[k].count; i++)
            m->now[p->matrices[k].first + i] = ((double *)t->data)[i];
    }
    return status;
}

static void
make(made *m, gsc_ticket_options options)
{
    assert_return_ok(try_to_make(m, options));
    assert_int_equal(m->ticket.prunable.count, COUNT);
}

static void
unmake(made *m)
{
    gsc_ticket_free(&m->ticket);
    gsc_loaded_model_close(&m->loaded);
    gsc_checkpoint_free(&m->first);
}

static void
a_ticket_is_the_first_weights_where_the_last_are_large(void **state)
{
    (void)state;
    made m;
    double least = INFINITY, most = 0, last[COUNT];
    size_t kept = 0;
    make(&m, (gsc_ticket_options){.keep = 0.4, .rounds = 1});
    gsc_prunable_gather(&m.ticket.prunable, m.loaded.weights, last);
    for (size_t i = 0; i < COUNT; i++) {
        kept += m.ticket.mask[i];
        assert_true(m.now[i] == (m.ticket.mask[i] ? m.ticket.before[i] : 0));
        if (m.ticket.mask[i])
            least = fmin(least, fabs(last[i]));
        else
            most = fmax(most, fabs(last[i]));
    }
    assert_int_equal(kept, 78); /* of 194, 116.4 pruned */
    assert_true(least > most);
    assert_memory_not_equal(last, m.ticket.before, sizeof last);
    unmake(&m);
}

static void
biases_stay_as_they_begin(void **state)
{
    (void)state;
    made m;
    make(&m,
         (gsc_ticket_options){.keep = 0.1, .rounds = 1, .kind = GSC_TICKET_DENSE_L2});
    gsc_checkpoint before = {.step = 0};
    char place[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, 0, place));
    assert_return_ok(gsc_checkpoint_read(&before, place, GSC_READ_PARAMS));
    const gsc_tensor *now = gsc_checkpoint_param(&m.first, "linear1.b");
    const gsc_tensor *was = gsc_checkpoint_param(&before, "linear1.b");
    assert_memory_equal(now->data, was->data, 6 * sizeof(double));
    gsc_checkpoint_free(&before);
    unmake(&m);
}

static void
a_dense_control_has_the_tickets_norm(void **state)
{
    (void)state;
    made ticket, dense;
    for (int p = 1; p <= 2; p++) {
        double of_ticket = 0, of_dense = 0;
        gsc_ticket_kind kind = p == 1 ? GSC_TICKET_DENSE_L1 : GSC_TICKET_DENSE_L2;
        make(&ticket, (gsc_ticket_options){.keep = 0.3, .rounds = 1});
        make(&dense, (gsc_ticket_options){.keep = 0.3, .rounds = 1, .kind = kind});
        for (size_t i = 0; i < COUNT; i++) {
            of_ticket += pow(fabs(ticket.now[i]), p);
            of_dense += pow(fabs(dense.now[i]), p);
            assert_close(dense.now[i] / dense.ticket.before[i],
                         dense.now[0] / dense.ticket.before[0], 1e-12);
        }
        assert_close(of_dense / of_ticket, 1, 1e-12);
        unmake(&ticket);
        unmake(&dense);
    }
}

static void
a_shuffled_mask_keeps_as_many_of_each_matrix(void **state)
{
    (void)state;
    made m;
    size_t moved = 0;
    make(&m, (gsc_ticket_options){
                 .keep = 0.4, .rounds = 1, .seed = 5, .kind = GSC_TICKET_SHUFFLED});
    for (size_t k = 0; k < m.ticket.prunable.num_matrices; k++) {
        struct gsc_prunable_matrix *a = &m.ticket.prunable.matrices[k];
        size_t of_mask = 0, of_kept = 0;
        for (size_t i = a->first; i < a->first + a->count; i++) {
            of_mask += m.ticket.mask[i];
            of_kept += m.ticket.kept[i];
            moved += m.ticket.mask[i] != m.ticket.kept[i];
            assert_true(m.now[i] == (m.ticket.kept[i] ? m.ticket.before[i] : 0));
        }
        assert_int_equal(of_mask, of_kept);
    }
    assert_true(moved > COUNT / 4);
    unmake(&m);
}

static void
a_mask_is_zeros_and_ones(void **state)
{
    (void)state;
    made m;
    make(&m, (gsc_ticket_options){.keep = 0.4, .rounds = 1, .kind = GSC_TICKET_MASK});
    for (size_t i = 0; i < COUNT; i++)
        assert_true(m.now[i] == m.ticket.mask[i]);
    const gsc_tensor *bias = gsc_checkpoint_param(&m.first, "linear2.b");
    for (size_t i = 0; i < 7; i++)
        assert_true(((double *)bias->data)[i] == 1);
    unmake(&m);
}

/* Of scores that no pruning changes, rounds change nothing; of flow, which is divided
 * anew, they do. */
static void
rounds_score_what_is_kept_so_far(void **state)
{
    (void)state;
    bool one[COUNT], many[COUNT];
    for (int flow = 0; flow < 2; flow++) {
        gsc_prune_score by = flow ? GSC_PRUNE_SYNFLOW : GSC_PRUNE_MAGNITUDE;
        made m;
        make(&m, (gsc_ticket_options){.keep = 0.2, .rounds = 1, .by = by});
        memcpy(one, m.ticket.mask, sizeof one);
        unmake(&m);
        make(&m, (gsc_ticket_options){.keep = 0.2, .rounds = 20, .by = by});
        memcpy(many, m.ticket.mask, sizeof many);
        unmake(&m);
        size_t kept = 0;
        for (size_t i = 0; i < COUNT; i++)
            kept += many[i];
        assert_int_equal(kept, 39);
        assert_int_equal(memcmp(one, many, sizeof one) == 0, !flow);
    }
}

static void
nothing_to_keep_is_refused(void **state)
{
    (void)state;
    made m;
    assert_fails(try_to_make(&m, (gsc_ticket_options){.keep = 0, .rounds = 1}),
                 GSC_EARGUMENT, "keep: 0 of 194 weights is none");
    unmake(&m);
}

static void
first_weights_of_another_network_are_refused(void **state)
{
    (void)state;
    made m = {.ticket = {.mask = NULL}};
    gsc_network other;
    small_network(&other, "architecture = token_mlp\nlayout = a b\nhidden = 5\n");
    write_network(path, &other, 0, 1);
    gsc_network_free(&other);
    open_run(&m.loaded, &m.first);
    gsc_checkpoint_free(&m.first);
    assert_return_ok(gsc_checkpoint_read(&m.first, path, GSC_READ_PARAMS));
    const gsc_ticket_options options = {.keep = 0.4, .rounds = 1};
    assert_fails(gsc_ticket_init(&m.ticket, &m.loaded, &options, NULL, &m.first),
                 GSC_EFORMAT, "/params/linear1.W is of another shape");
    unmake(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(a_ticket_is_the_first_weights_where_the_last_are_large),
        IN_RUN(biases_stay_as_they_begin),
        IN_RUN(a_dense_control_has_the_tickets_norm),
        IN_RUN(a_shuffled_mask_keeps_as_many_of_each_matrix),
        IN_RUN(a_mask_is_zeros_and_ones),
        IN_RUN(rounds_score_what_is_kept_so_far),
        IN_RUN(nothing_to_keep_is_refused),
        IN_RUN(first_weights_of_another_network_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
