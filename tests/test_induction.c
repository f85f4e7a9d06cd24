/* Scores of heads: attention patterns and circuits written by hand, their closed forms,
 * and a network whose two heads are an exact induction circuit. */
#include "one_run.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/task/induction.h"
#include "analyze/network/part/heads.h"

#include <math.h>
#include <string.h>

/* ---- Patterns ---- */

enum { LENGTH = 5, END = 2 * LENGTH };
static const uint16_t repeated[END] = {3, 1, 4, 7, 5, 3, 1, 4, 7, 5};

static void
clear(double pattern[END][END])
{
    memset(pattern, 0, END * END * sizeof(double));
}

static gsc_head_attention
score(double pattern[END][END])
{
    return gsc_induction_attention(&pattern[0][0], END, repeated, LENGTH, END);
}

static void
perfect_heads_score_one(void **state)
{
    (void)state;
    double pattern[END][END];
    clear(pattern);
    for (size_t q = LENGTH; q < END; q++)
        pattern[q][q - LENGTH + 1] = 1;
    gsc_head_attention s = score(pattern);
    assert_close(s.prefix_matching, 1, 0);
    assert_close(s.duplicate_token, 0, 0);
    assert_close(s.previous_token, 0, 0);
    clear(pattern);
    for (size_t q = LENGTH; q < END; q++)
        pattern[q][q - LENGTH] = 1;
    s = score(pattern);
    assert_close(s.duplicate_token, 1, 0);
    assert_close(s.prefix_matching, 0, 0);
    clear(pattern);
    for (size_t q = 1; q < END; q++)
        pattern[q][q - 1] = 1;
    s = score(pattern);
    assert_close(s.previous_token, 1, 0);
    assert_close(s.prefix_matching, 0, 0);
}

static void
even_attention_scores_the_mean_of_its_shares(void **state)
{
    (void)state;
    double pattern[END][END], late = 0, all = 0;
    clear(pattern);
    for (size_t q = 0; q < END; q++)
        for (size_t k = 0; k <= q; k++)
            pattern[q][k] = 1 / (double)(q + 1);
    for (size_t q = 1; q < END; q++) {
        all += 1 / (double)(q + 1);
        late += q >= LENGTH ? 1 / (double)(q + 1) : 0;
    }
    gsc_head_attention s = score(pattern);
    assert_close(s.prefix_matching, late / LENGTH, 1e-15);
    assert_close(s.duplicate_token, late / LENGTH, 1e-15);
    assert_close(s.previous_token, all / (END - 1), 1e-15);
}

/* Of the third copy's queries there are two tokens that came before. */
static void
all_earlier_copies_count(void **state)
{
    (void)state;
    const uint16_t tokens[] = {1, 2, 1, 2, 1, 2};
    double pattern[6][6] = {{0}};
    pattern[4][1] = 0.25;
    pattern[4][3] = 0.5;
    pattern[5][2] = 0.125;
    gsc_head_attention s = gsc_induction_attention(&pattern[0][0], 6, tokens, 2, 6);
    assert_close(s.prefix_matching, (0.25 + 0.5 + 0.125) / 4, 1e-15);
    assert_close(s.previous_token, 0.5 / 5, 1e-15);
}

static void
tokens_of_a_copy_differ_where_there_are_enough(void **state)
{
    (void)state;
    const uint16_t choices[] = {2, 3, 5, 7, 11, 13, 17};
    uint16_t tokens[21], other[21];
    gsc_repeated r = {7, 3, choices, 7, 1};
    for (uint64_t e = 0; e < 50; e++) {
        gsc_induction_tokens(&r, e, tokens);
        unsigned product = 1, expected = 2 * 3 * 5 * 7 * 11 * 13 * 17;
        for (size_t i = 0; i < 7; i++)
            product *= tokens[i];
        assert_int_equal(product, expected); /* each once */
        assert_memory_equal(tokens, tokens + 7, 14 * sizeof *tokens);
    }
    r.seed = 2;
    gsc_induction_tokens(&r, 49, other);
    assert_memory_not_equal(tokens, other, sizeof other);
    r.num_choices = 2; /* too few */
    gsc_induction_tokens(&r, 0, tokens);
    for (size_t i = 0; i < 21; i++)
        assert_true(tokens[i] == 2 || tokens[i] == 3);
}

/* ---- Copying ---- */

static const size_t own_outputs[] = {0, 1, 2};

typedef struct copying {
    double share, eigenvalues;
} copying;

static copying
copying_of(double read[9], double write[9])
{
    copying c;
    gsc_matrix R = {3, 3, read}, W = {3, 3, write};
    assert_return_ok(gsc_induction_copied_share(&R, &W, own_outputs, 0, &c.share));
    assert_return_ok(gsc_induction_eigenvalues(&R, &W, own_outputs, &c.eigenvalues));
    return c;
}

/* Of 9000 tokens with 1000 outputs each, which are more than a block has: token t
 * raises its own output, t mod 1000, and 3 t mod 8 others as much. */
static void
shares_of_many_tokens_are_those_of_each(void **state)
{
    (void)state;
    enum { TOKENS = 9000, OUTPUTS = 1000, KINDS = 8 };
    gsc_matrix R, W;
    double share, all = 0, some = 0;
    size_t outputs[TOKENS];
    assert_return_ok(gsc_matrix_init(&R, TOKENS, OUTPUTS));
    assert_return_ok(gsc_matrix_init(&W, OUTPUTS, OUTPUTS));
    for (size_t i = 0; i < OUTPUTS; i++)
        W.data[i * OUTPUTS + i] = 1;
    for (size_t t = 0; t < TOKENS; t++) {
        size_t others = 3 * t % KINDS;
        outputs[t] = t % OUTPUTS;
        for (size_t k = 0; k <= others; k++)
            R.data[t * OUTPUTS + (outputs[t] + k) % OUTPUTS] = 2;
        all += 1 / (double)(others + 1) / TOKENS;
        if (t % KINDS == 0)
            some += 1 / (double)(others + 1) / (TOKENS / KINDS);
    }
    assert_return_ok(gsc_induction_copied_share(&R, &W, outputs, 0, &share));
    assert_close(share, all, 1e-12);
    assert_return_ok(gsc_induction_copied_share(&R, &W, outputs, TOKENS, &share));
    assert_close(share, all, 1e-12);
    assert_return_ok(
        gsc_induction_copied_share(&R, &W, outputs, TOKENS / KINDS, &share));
    assert_close(share, some, 1e-12);
    assert_true(fabs(all - some) > 1e-6);
    gsc_matrix_free(&R);
    gsc_matrix_free(&W);
}

static void
circuits_copy_by_their_eigenvalues(void **state)
{
    (void)state;
    double one[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    double minus[9] = {-2, 0, 0, 0, -2, 0, 0, 0, -2};
    double turn[9] = {0, -3, 0, 3, 0, 0, 0, 0, 4};  /* 3i, -3i, 4 */
    double mixed[9] = {2, 5, 0, 0, -1, 0, 0, 7, 3}; /* 2, -1, 3 */
    double none[9] = {0};
    assert_close(copying_of(one, one).eigenvalues, 1, 1e-15);
    assert_close(copying_of(one, one).share, 1, 1e-15);
    assert_close(copying_of(one, minus).eigenvalues, -1, 1e-15);
    assert_close(copying_of(one, minus).share, 0, 1e-15);
    assert_close(copying_of(one, turn).eigenvalues, 0.4, 1e-14);
    assert_close(copying_of(turn, one).eigenvalues, 0.4, 1e-14);
    assert_close(copying_of(one, mixed).eigenvalues, 4.0 / 6, 1e-14);
    assert_true(isnan(copying_of(one, none).eigenvalues));
    assert_close(copying_of(one, none).share, 0, 0);
}

/* Rows (2, 5, 0), (0, -1, 0), (0, 7, 3), less their means 7/3, -1/3, 10/3. */
static void
the_share_is_of_what_rises_above_the_mean(void **state)
{
    (void)state;
    double one[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    double mixed[9] = {2, 5, 0, 0, -1, 0, 0, 7, 3};
    assert_close(copying_of(one, mixed).share, 0, 0);
    double rising[9] = {4, 2, 0, 0, 1, 0, 1, 0, 8}; /* rises 2; 2/3; 5 alone */
    assert_close(copying_of(one, rising).share, 1, 1e-15);
    double shared[9] = {3, 0, 3, 0, 1, 0, 0, 0, 1};
    assert_close(copying_of(one, shared).share, (0.5 + 1 + 1) / 3, 1e-15);
}

static void
copying_asks_for_tokens_and_finite_numbers(void **state)
{
    (void)state;
    double number, bad[9] = {1, 0, 0, 0, (double)NAN, 0, 0, 0, 1}, one[9] = {1};
    gsc_matrix none = {0, 3, one}, R = {3, 3, one}, W = {3, 3, bad};
    assert_fails(gsc_induction_copied_share(&none, &R, own_outputs, 0, &number),
                 GSC_EARGUMENT, "copying: no output stands for a token");
    assert_fails(gsc_induction_eigenvalues(&none, &R, own_outputs, &number),
                 GSC_EARGUMENT, "copying: no output stands for a token");
    assert_fails(gsc_induction_eigenvalues(&R, &W, own_outputs, &number), GSC_ENUMERIC,
                 "not a finite number");
}

/* ---- A network by hand ----
 *
 * Two layers of one head. The stream has four parts: the token, the position, the token
 * before (which the first head writes) and the answer (which the second one writes). */

enum {
    VOCABULARY = 8,
    N_CTX = 9,
    TOKEN = 0,
    POSITION = 8,
    BEFORE = 17,
    ANSWER = 25,
    D_MODEL = 33,
    D_HEAD = 9
};

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"seq_len", "9"},     {"subseq_len", "2"},    {"num_repeats", "2"},
        {"vocabulary", "8"},  {"test_samples", "40"}, {"d_model", "33"},
        {"n_heads", "1"},     {"d_head", "9"},        {"steps", "1"},
        {"batch_size", "20"}, {"dtype", "float64"},   {"checkpoints", "linear:1"},
        {NULL, NULL}};
    return make_one_run(state, "repeats-online", changes);
}

static double *
data_of(const gsc_loaded_model *loaded, const char *name)
{
    return gsc_loaded_model_tensor(loaded, name)->data;
}

/* W[from + i, to + i - shift] = factor, for `count` i where that is there; [.., cols]
 */
static void
set_diagonal(double *W, size_t cols, size_t from, size_t to, size_t shift, size_t count,
             double factor)
{
    for (size_t i = shift; i < count; i++)
        W[(from + i) * cols + to + i - shift] = factor;
}

static void
open_circuit(gsc_loaded_model *loaded)
{
    char path[GSC_PATH_BYTES];
    double sharp = 60; /* a score is its square over 3: others have e^-1200 */
    assert_return_ok(gsc_run_step_path(folder, 0, path));
    assert_return_ok(gsc_loaded_model_open(loaded, path));
    memset(loaded->weights, 0, loaded->num_weights * sizeof(double));
    set_diagonal(data_of(loaded, "embed.W_E"), D_MODEL, 0, TOKEN, 0, VOCABULARY, 1);
    set_diagonal(data_of(loaded, "pos_embed.W_pos"), D_MODEL, 0, POSITION, 0, N_CTX, 1);
    set_diagonal(data_of(loaded, "blocks.0.attn.W_Q"), D_HEAD, POSITION, 0, 1, N_CTX,
                 sharp);
    set_diagonal(data_of(loaded, "blocks.0.attn.W_K"), D_HEAD, POSITION, 0, 0, N_CTX,
                 sharp);
    set_diagonal(data_of(loaded, "blocks.0.attn.W_V"), D_HEAD, TOKEN, 0, 0, VOCABULARY,
                 1);
    set_diagonal(data_of(loaded, "blocks.0.attn.W_O"), D_MODEL, 0, BEFORE, 0,
                 VOCABULARY, 1);
    set_diagonal(data_of(loaded, "blocks.1.attn.W_Q"), D_HEAD, TOKEN, 0, 0, VOCABULARY,
                 sharp);
    set_diagonal(data_of(loaded, "blocks.1.attn.W_K"), D_HEAD, BEFORE, 0, 0, VOCABULARY,
                 sharp);
    set_diagonal(data_of(loaded, "blocks.1.attn.W_V"), D_HEAD, TOKEN, 0, 0, VOCABULARY,
                 1);
    set_diagonal(data_of(loaded, "blocks.1.attn.W_O"), D_MODEL, 0, ANSWER, 0,
                 VOCABULARY, 1);
    set_diagonal(data_of(loaded, "unembed.W_U"), VOCABULARY, ANSWER, 0, 0, VOCABULARY,
                 20);
}

static void
ask_loaded(const gsc_loaded_model *loaded, size_t table, const char *changes,
           gsc_rows *rows)
{
    void *options;
    const gsc_measure *m = &gsc_measure_induction;
    assert_return_ok(gsc_measure_new_options(m, &options));
    assert_return_ok(gsc_measure_read_options(m, changes, options));
    gsc_measure_request request = {.loaded = loaded, .name = "it", .options = options};
    gsc_rows_init(rows, m->tables[table].columns, m->tables[table].num_columns);
    if (gsc_measure_fill(m, table, &request, rows) < 0)
        fail_msg("%s", gsc_error_text());
    free(options);
}

static double
real(const gsc_rows *rows, size_t row, const char *column)
{
    return gsc_rows_cell(rows, row, gsc_rows_column(rows, column))->real;
}

enum { CHECKPOINT, HEAD, PLACE };

static void
the_circuit_has_exact_scores(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_circuit(&loaded);
    ask_loaded(&loaded, HEAD, "", &rows);
    assert_int_equal(gsc_rows_count(&rows), 2);
    assert_close(real(&rows, 0, "previous_token"), 1, 0);
    assert_close(real(&rows, 0, "prefix_matching"), 0, 0);
    assert_true(isnan(real(&rows, 0, "copying_eigenvalues"))); /* it writes no output */
    assert_close(real(&rows, 1, "prefix_matching"), 1, 0);
    assert_close(real(&rows, 1, "duplicate_token"), 0, 0);
    assert_close(real(&rows, 1, "copying"), 1, 1e-15);
    assert_close(real(&rows, 1, "copying_eigenvalues"), 1, 1e-15);
    gsc_rows_free(&rows);
    ask_loaded(&loaded, CHECKPOINT, "", &rows);
    assert_int_equal(gsc_rows_cell(&rows, 0, 0)->integer, 4);
    assert_string_equal(
        gsc_rows_cell(&rows, 0, gsc_rows_column(&rows, "prefix_head"))->text, "1.0");
    assert_string_equal(
        gsc_rows_cell(&rows, 0, gsc_rows_column(&rows, "previous_head"))->text, "0.0");
    assert_close(real(&rows, 0, "late_loss"), log1p(7 * exp(-20)), 1e-14);
    assert_true(real(&rows, 0, "early_loss") > 1);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

/* With the patterns kept, the second head needs nothing that the first one writes; with
 * it go all outputs. */
static void
a_head_is_knocked_out_and_patterns_stay(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double loss, without[2];
    open_circuit(&loaded);
    assert_return_ok(gsc_heads_knock_out(&loaded, 40, NULL, &loss, without));
    assert_close(without[0], loss, 1e-13);
    assert_close(without[1], log(8), 1e-13);
    assert_return_ok(gsc_heads_knock_out(&loaded, 3, NULL, &loss, without));
    assert_close(without[1], log(8), 1e-13);
    gsc_loaded_model_close(&loaded);
}

/* The last layer's patterns feed nothing else, so a head that is gone and one with a
 * zero W_O are the same there. */
static void
the_loss_without_a_last_head_is_that_of_a_zero_matrix(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double loss, without[2], zero, none[2];
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, 1, path));
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    for (size_t i = 0; i < loaded.num_weights; i++)
        loaded.weights[i] *= 3; /* away from the even answers of the beginning */
    assert_return_ok(gsc_heads_knock_out(&loaded, 40, NULL, &loss, without));
    const gsc_tensor *W_O = gsc_loaded_model_tensor(&loaded, "blocks.1.attn.W_O");
    memset(W_O->data, 0, gsc_shape_count(W_O->shape) * sizeof(double));
    assert_return_ok(gsc_heads_knock_out(&loaded, 40, NULL, &zero, none));
    assert_close(without[1], zero, 1e-12);
    assert_true(fabs(without[1] - loss) > 1e-6);
    gsc_loaded_model_close(&loaded);
}

static void
losses_of_the_repeated_tokens_are_exact(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_circuit(&loaded);
    ask_loaded(&loaded, PLACE, "length=3:copies=2:sequences=5", &rows);
    assert_int_equal(gsc_rows_count(&rows), 6);
    for (size_t t = 4; t < 6; t++) /* of the tokens after a copy's first */
        assert_close(real(&rows, t, "loss"), log1p(7 * exp(-20)), 1e-14);
    assert_true(real(&rows, 1, "loss") > 1);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

/* Two checkpoints lie on a line, half their distance from the mean. */
static void
checkpoints_lie_on_the_path_of_their_losses(void **state)
{
    (void)state;
    gsc_measured_runs s;
    double squares = 0;
    ask_run(&gsc_measure_induction, PLACE, folder, "all", false, &s);
    size_t count = gsc_rows_count(&s.rows), half = count / 2;
    assert_int_equal(count, 16);
    for (size_t t = 0; t < half; t++) {
        double d = cell_of(&s, half + t, "loss")->real - cell_of(&s, t, "loss")->real;
        squares += d * d;
    }
    assert_close(cell_of(&s, 0, "pc1")->real, -sqrt(squares) / 2, 1e-12);
    assert_close(cell_of(&s, count - 1, "pc1")->real, sqrt(squares) / 2, 1e-12);
    assert_close(cell_of(&s, 0, "pc2")->real, 0, 1e-12);
    gsc_measured_runs_free(&s);
    ask_run(&gsc_measure_induction, PLACE, folder, "last", false, &s);
    assert_true(isnan(cell_of(&s, 0, "pc1")->real));
    gsc_measured_runs_free(&s);
}

static int
try_loaded(const gsc_loaded_model *loaded, size_t table, const char *changes)
{
    void *options;
    gsc_rows rows;
    const gsc_measure *m = &gsc_measure_induction;
    assert_return_ok(gsc_measure_new_options(m, &options));
    assert_return_ok(gsc_measure_read_options(m, changes, options));
    gsc_measure_request request = {.loaded = loaded, .name = "it", .options = options};
    gsc_rows_init(&rows, m->tables[table].columns, m->tables[table].num_columns);
    int status = gsc_measure_fill(m, table, &request, &rows);
    gsc_rows_free(&rows);
    free(options);
    return status;
}

static void
what_has_no_room_for_two_copies_is_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_circuit(&loaded);
    assert_fails(try_loaded(&loaded, HEAD, "length=5"), GSC_EARGUMENT,
                 "n_ctx: 9 positions hold no 2 copies of 5 tokens and the token that "
                 "begins a sequence");
    assert_fails(try_loaded(&loaded, HEAD, "copies=5"), GSC_EARGUMENT,
                 "hold no 5 copies of 2 tokens");
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_heads_score_one),
        cmocka_unit_test(even_attention_scores_the_mean_of_its_shares),
        cmocka_unit_test(all_earlier_copies_count),
        cmocka_unit_test(tokens_of_a_copy_differ_where_there_are_enough),
        cmocka_unit_test(circuits_copy_by_their_eigenvalues),
        cmocka_unit_test(the_share_is_of_what_rises_above_the_mean),
        cmocka_unit_test(shares_of_many_tokens_are_those_of_each),
        cmocka_unit_test(copying_asks_for_tokens_and_finite_numbers),
        cmocka_unit_test(the_circuit_has_exact_scores),
        cmocka_unit_test(a_head_is_knocked_out_and_patterns_stay),
        cmocka_unit_test(the_loss_without_a_last_head_is_that_of_a_zero_matrix),
        cmocka_unit_test(losses_of_the_repeated_tokens_are_exact),
        cmocka_unit_test(checkpoints_lie_on_the_path_of_their_losses),
        cmocka_unit_test(what_has_no_room_for_two_copies_is_refused),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
