/* Hidden matrices as the graph has them, of every kind of network. */
#include "test.h"

#include "grokscope/config.h"
#include "grokscope/network.h"

#include "train/graph/build/hidden.h"

#include <stdio.h>
#include <string.h>

/* Check that these, and no other trained ones, are hidden matrices of a recipe with
 * some keys changed: "KEY=VALUE;KEY=VALUE". */
static void
check(const char *recipe, const char *changes, const char *expected)
{
    gsc_config config;
    gsc_network network;
    bool is_hidden[64];
    char text[512], found[1024] = "";
    size_t count;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_read_recipe(&config, recipe));
    snprintf(text, sizeof text, "%s", changes);
    for (char *at = NULL, *word = strtok_r(text, ";", &at); word;
         word = strtok_r(NULL, ";", &at)) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        assert_return_ok(gsc_config_set(&config, word, value));
    }
    assert_return_ok(gsc_network_init(&network, &config));
    const gsc_parameter *p = gsc_graph_parameters(network.model.graph, &count);
    assert_in_range(count, 1, 64);
    assert_return_ok(gsc_graph_hidden_matrices(network.model.graph, is_hidden));
    for (size_t i = 0; i < count; i++)
        if (is_hidden[i] && p[i].trained)
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                     *found ? " " : "", p[i].name);
    assert_string_equal(found, expected);
    gsc_network_free(&network);
}

static void
of_a_transformer_they_lie_in_its_blocks(void **state)
{
    (void)state;
    check("demo", "p=7",
          "blocks.0.attn.W_Q blocks.0.attn.W_K blocks.0.attn.W_V blocks.0.attn.W_O "
          "blocks.0.mlp.W_in blocks.0.mlp.W_out");
    check("demo", "p=7;tied=yes;attn_only=yes",
          "blocks.0.attn.W_Q blocks.0.attn.W_K blocks.0.attn.W_V blocks.0.attn.W_O");
    check("demo", "p=7;embed_rank=3;attn_only=yes;dropout=0.1;normalization_type=LN",
          "blocks.0.attn.W_Q blocks.0.attn.W_K blocks.0.attn.W_V blocks.0.attn.W_O");
    check("demo", "p=7;n_layers=0", "");
}

static void
of_layers_on_numbers_first_and_last_are_none(void **state)
{
    (void)state;
    check("teacher-student", "", "linear2.W");
    check("teacher-student", "hidden=8,8,8", "linear2.W linear3.W");
    check("teacher-student", "hidden=8", "");
    check("teacher-student", "hidden=", "");
    check("teacher-student", "hidden=8,8;center_output=yes;output_scale=2",
          "linear2.W");
    check("kumar-polynomial", "d_in=5", "");
}

/* An embedding comes before the first layer; one-hot vectors make it the embedding. */
static void
of_layers_on_tokens_only_the_last_is_none(void **state)
{
    (void)state;
    check("liu-toy", "", "linear1.W linear2.W");
    check("ungrokking-small", "p=7", "linear1.W");
    check("ungrokking-small", "p=7;hidden=8,8;linear_last=yes;residual=yes",
          "linear1.W linear2.W");
    check("ungrokking-small", "p=7;hidden=8,8;operands=one_hot", "linear2.W");
    check("ungrokking-small", "p=7;hidden=8,8;operands=concatenated",
          "linear1.W linear2.W");
    check("gromov-quadratic", "p=7", "");
    check("pizza-linear-beta", "p=7", "linear1.W linear2.W");
    check("pizza-linear-delta", "p=7", "linear1.W");
    check("group-s5-mlp", "group=S3", "linear1.W");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_transformer_they_lie_in_its_blocks),
        cmocka_unit_test(of_layers_on_numbers_first_and_last_are_none),
        cmocka_unit_test(of_layers_on_tokens_only_the_last_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
