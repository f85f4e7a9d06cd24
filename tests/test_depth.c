/* Depths of parameters, and rows of residues. */
#include "ask_run.h"
#include "loaded_model_fixture.h"

#include "analyze/network/depth.h"
#include "analyze/network/pairs/residue_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Depths ---- */

static gsc_depth
depth_of(const gsc_loaded_model *loaded, const char *name)
{
    gsc_depth depths[64], found;
    assert_true(loaded->num_tensors <= 64);
    assert_return_ok(gsc_parameter_depths(&loaded->model, depths));
    for (size_t i = 0; i < loaded->num_tensors; i++)
        if (strcmp(loaded->tensors[i].name, name) == 0)
            found = depths[i];
    return found;
}

static void
check_depth(const gsc_loaded_model *loaded, const char *name, size_t shortest,
            size_t longest)
{
    gsc_depth d = depth_of(loaded, name);
    assert_non_null(gsc_loaded_model_tensor(loaded, name));
    assert_true(d.reaches);
    assert_int_equal(d.shortest, shortest);
    assert_int_equal(d.longest, longest);
}

/* Round a layer along the residual stream, or through it: q (or v) is 1 product, then
 * scores, mix, W_O, W_in, W_out, W_U. */
static void
depths_of_a_transformer_count_its_products(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, "p = 7\n");
    check_depth(&loaded, "unembed.W_U", 0, 0);
    check_depth(&loaded, "blocks.0.mlp.b_out", 1, 1);
    check_depth(&loaded, "blocks.0.mlp.W_out", 1, 1);
    check_depth(&loaded, "blocks.0.mlp.W_in", 2, 2);
    check_depth(&loaded, "blocks.0.attn.W_O", 1, 3);
    check_depth(&loaded, "blocks.0.attn.W_V", 3, 5);
    check_depth(&loaded, "blocks.0.attn.W_Q", 4, 6);
    check_depth(&loaded, "embed.W_E", 1, 7);
    check_depth(&loaded, "pos_embed.W_pos", 1, 7);
    gsc_loaded_model_close(&loaded);
}

static void
depths_of_a_chain_count_its_layers(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_small(&loaded, "task = parity\narchitecture = mlp\nn = 4\nk = 2\n"
                        "train_samples = 4\ntest_samples = 4\nhidden = 3,5\n");
    check_depth(&loaded, "linear1.W", 2, 2);
    check_depth(&loaded, "linear1.b", 2, 2);
    check_depth(&loaded, "linear2.W", 1, 1);
    check_depth(&loaded, "linear3.W", 0, 0);
    gsc_loaded_model_close(&loaded);
}

/* ---- Rows of residues ---- */

static size_t
index_of(const gsc_loaded_model *loaded, const char *name)
{
    size_t i = 0;
    while (strcmp(loaded->tensors[i].name, name) != 0)
        i++;
    return i;
}

static void
rows_of_residues_are_tokens_or_outputs(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_matrix rows;
    uint16_t order[7];
    size_t count;
    open_small(&loaded, "p = 7\noperation = multiply\n");
    assert_return_ok(
        gsc_residue_order_list(GSC_RESIDUE_ORDER_LOGARITHM, 7, order, &count));
    size_t embed = index_of(&loaded, "embed.W_E");
    size_t unembed = index_of(&loaded, "unembed.W_U");
    size_t mlp = index_of(&loaded, "blocks.0.mlp.W_in");
    assert_true(gsc_residue_rows_has(&loaded, embed));
    assert_true(gsc_residue_rows_has(&loaded, unembed));
    assert_false(gsc_residue_rows_has(&loaded, mlp));
    const double *W_E = loaded.tensors[embed].data, *W_U = loaded.tensors[unembed].data;
    size_t outputs = loaded.tensors[unembed].shape.dims[1];
    for (int side = 0; side < 2; side++) {
        assert_return_ok(gsc_residue_rows_take(&loaded, side ? unembed : embed,
                                               loaded.weights,
                                               GSC_RESIDUE_ORDER_LOGARITHM, &rows));
        assert_int_equal(rows.rows, 6);
        assert_int_equal(rows.cols, 8);
        for (size_t i = 0; i < 6; i++)
            for (size_t j = 0; j < 8; j++)
                assert_true(rows.data[i * 8 + j] == (side ? W_U[j * outputs + order[i]]
                                                          : W_E[order[i] * 8 + j]));
        gsc_matrix_free(&rows);
    }
    gsc_loaded_model_close(&loaded);
}

/* ---- The measure "gradients" of other data ---- */

static void
bits_have_gradients_and_no_frequencies(void **state)
{
    (void)state;
    gsc_measured_runs s;
    gsc_network network;
    small_network(&network, "task = parity\narchitecture = mlp\nn = 4\nk = 2\n"
                            "train_samples = 8\ntest_samples = 4\nhidden = 3\n");
    write_run_step(&network, 0, 1);
    gsc_network_free(&network);
    ask_run(&gsc_measure_gradients, 1, folder, "0", false, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 4);
    assert_true(cell_of(&s, 0, "gradient_norm")->real > 0);
    assert_true(isnan(cell_of(&s, 0, "key_ratio")->real));
    assert_int_equal(cell_of(&s, 0, "shortest_path")->integer, 1);
    gsc_measured_runs_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(depths_of_a_transformer_count_its_products),
        IN_FOLDER(depths_of_a_chain_count_its_layers),
        IN_FOLDER(rows_of_residues_are_tokens_or_outputs),
        IN_RUN(bits_have_gradients_and_no_frequencies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
