/* Namings: found from names and shapes, and changed into each other. */
#include "grokscope/graph.h"

#include "test.h"
#include "train/exchange/naming.h"
#include "train/model/token_model.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_TENSORS = 64, MOST_ELEMENTS = 4096 };

static gsc_model model;
static gsc_tensor tensors[MOST_TENSORS], turned[MOST_TENSORS];
static size_t count;
static const size_t nothing[GSC_NUM_AXES];

/* A network of two blocks with all it may have; element i of tensor t is i + t / 100.
 */
static int
make_tensors(void **state)
{
    const gsc_token_model options = {.n_layers = 2,
                                     .d_model = 6,
                                     .n_heads = 2,
                                     .d_head = 4,
                                     .d_mlp = 5,
                                     .d_vocab = 8,
                                     .d_vocab_out = 7,
                                     .n_ctx = 3,
                                     .normalization_type = GSC_NORM_LN,
                                     .attention_rate = 1,
                                     .init = GSC_INIT_NANDA};
    const gsc_dataset dataset = {
        .num_fields = 2,
        .fields = {{"tokens", GSC_FIELD_UINT16, {1, {3}}, 8, 1, 0, NULL},
                   {"label", GSC_FIELD_UINT16, {1, {1}}, 7, 1, 0, NULL}},
        .num_targets = 1,
        .targets = {{.name = "answer",
                     .field = "label",
                     .loss = "cross_entropy",
                     .position = 2,
                     .num_positions = 1,
                     .weight = 1}}};
    (void)state;
    if (gsc_model_init(&model, &gsc_architecture_transformer, &options, &dataset,
                       NULL) < 0)
        return -1;
    const gsc_parameter *p = gsc_graph_parameters(model.graph, &count);
    for (size_t t = 0; t < count; t++) {
        float *data = malloc(MOST_ELEMENTS);
        tensors[t] = (gsc_tensor){.shape = p[t].shape, .data = data};
        memcpy(tensors[t].name, p[t].name, sizeof p[t].name);
        for (size_t i = 0; i < gsc_shape_count(p[t].shape); i++)
            data[i] = (float)i + (float)t / 100;
    }
    return 0;
}

static int
free_tensors(void **state)
{
    (void)state;
    for (size_t t = 0; t < count; t++)
        free(tensors[t].data);
    gsc_model_free(&model);
    return 0;
}

static void
our_own_tensors_are_known(void **state)
{
    gsc_named named;
    (void)state;
    assert_return_ok(
        gsc_naming_detect(tensors, count, nothing, GSC_NUM_NAMINGS, &named));
    assert_int_equal(named.naming, GSC_NAMING_TL);
    assert_int_equal(named.family, GSC_FAMILY_TRANSFORMER);
    assert_int_equal(named.n_layers, 2);
    assert_int_equal(named.sizes[GSC_AXIS_D_HEAD], 4);
    assert_int_equal(named.sizes[GSC_AXIS_D_VOCAB_OUT], 7);
}

static void
namings_lead_there_and_back(void **state)
{
    gsc_named own, found;
    const size_t heads[GSC_NUM_AXES] = {[GSC_AXIS_N_HEADS] = 2};
    (void)state;
    assert_return_ok(gsc_naming_detect(tensors, count, nothing, GSC_NAMING_TL, &own));
    own.naming = GSC_NAMING_TL_NATIVE;
    size_t known = count - 1; /* it has no bias of the unembedding, the last one */
    assert_string_equal(tensors[known].name, "unembed.b_U");
    for (size_t t = 0; t < known; t++)
        assert_return_ok(gsc_naming_from_own(&own, &tensors[t], &turned[t]));
    assert_return_ok(gsc_naming_detect(turned, known, heads, GSC_NUM_NAMINGS, &found));
    assert_int_equal(found.naming, GSC_NAMING_TL_NATIVE);
    for (size_t t = 0; t < known; t++) {
        assert_return_ok(gsc_naming_to_own(&found, &turned[t]));
        assert_string_equal(turned[t].name, tensors[t].name);
        assert_memory_equal(turned[t].data, tensors[t].data,
                            gsc_shape_count(tensors[t].shape) * sizeof(float));
        free(turned[t].data);
    }
    assert_fails(gsc_naming_from_own(&own, &tensors[known], &turned[0]), GSC_EARGUMENT,
                 "naming: tl-native has no unembed.b_U");
}

/* q of native is [(head, within), d_model]. */
static void
heads_are_merged_as_native_has_them(void **state)
{
    gsc_named own;
    (void)state;
    assert_return_ok(gsc_naming_detect(tensors, count, nothing, GSC_NAMING_TL, &own));
    own.naming = GSC_NAMING_TL_NATIVE;
    for (size_t t = 0; t < count; t++) {
        if (strcmp(tensors[t].name, "blocks.1.attn.W_Q") != 0)
            continue;
        assert_return_ok(gsc_naming_from_own(&own, &tensors[t], &turned[0]));
        assert_string_equal(turned[0].name, "layers.1.attn.q.weight");
        assert_int_equal(turned[0].shape.rank, 2);
        assert_int_equal(turned[0].shape.dims[0], 8);
        const float *from = tensors[t].data, *to = turned[0].data;
        for (size_t head = 0; head < 2; head++)
            for (size_t in = 0; in < 4; in++)
                for (size_t m = 0; m < 6; m++)
                    assert_true(to[(head * 4 + in) * 6 + m] ==
                                from[(head * 6 + m) * 4 + in]);
        free(turned[0].data);
    }
}

static void
square_tensors_alone_are_ambiguous(void **state)
{
    gsc_named named;
    const size_t known[GSC_NUM_AXES] = {0};
    const gsc_tensor square[] = {{.name = "embed.W_E", .shape = {2, {6, 6}}},
                                 {.name = "unembed.W_U", .shape = {2, {6, 6}}}};
    (void)state;
    assert_fails(gsc_naming_detect(square, 2, known, GSC_NUM_NAMINGS, &named),
                 GSC_EFORMAT, "fit the naming tl of a transformer and transposed of a");
    assert_return_ok(
        gsc_naming_detect(square, 2, known, GSC_NAMING_TRANSPOSED, &named));
}

static void
every_tensor_that_does_not_fit_is_named(void **state)
{
    gsc_named named;
    gsc_tensor some[MOST_TENSORS];
    (void)state;
    memcpy(some, tensors, sizeof some);
    some[1].shape.dims[1] = 99; /* pos_embed.W_pos */
    for (size_t t = 0; t < count; t++)
        if (strcmp(some[t].name, "blocks.1.mlp.W_in") == 0)
            snprintf(some[t].name, sizeof some[t].name, "odd");
    assert_fails(gsc_naming_detect(some, count, nothing, GSC_NUM_NAMINGS, &named),
                 GSC_EFORMAT, "pos_embed.W_pos [3, 99]: expected [n_ctx 3, d_model 6]");
    assert_non_null(strstr(gsc_error_text(), "odd ["));
    assert_non_null(strstr(
        gsc_error_text(), "blocks.1.mlp.W_in: missing, expected [d_model 6, d_mlp 5]"));
}

static void
unknown_names_are_refused(void **state)
{
    gsc_named named;
    const gsc_tensor odd = {.name = "odd", .shape = {1, {2}}};
    (void)state;
    assert_fails(gsc_naming_detect(&odd, 1, nothing, GSC_NUM_NAMINGS, &named),
                 GSC_EFORMAT, "no naming knows any of its tensors");
    assert_false(gsc_naming_knows("odd"));
    assert_true(gsc_naming_knows("layers.12.attn.k.bias"));
    assert_false(gsc_naming_knows("layers.x.attn.k.bias"));
    assert_true(gsc_naming_is_buffer("blocks.0.attn.IGNORE"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_tensors_are_known),
        cmocka_unit_test(namings_lead_there_and_back),
        cmocka_unit_test(heads_are_merged_as_native_has_them),
        cmocka_unit_test(square_tensors_alone_are_ambiguous),
        cmocka_unit_test(every_tensor_that_does_not_fit_is_named),
        cmocka_unit_test(unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_tensors, free_tensors);
}
