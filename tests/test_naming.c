/* Namings: found from names and shapes, and changed into each other. */
#include "grokscope/graph.h"

#include "test.h"
#include "train/base/file.h"
#include "train/exchange/naming/file.h"
#include "train/exchange/naming/suggest.h"
#include "train/model/token_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_TENSORS = 64, MOST_ELEMENTS = 4096 };

static gsc_model model;
static gsc_tensor tensors[MOST_TENSORS];
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
    if (gsc_model_init(&model, &gsc_architecture_transformer, &options, &dataset, NULL,
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
free_all(gsc_tensor *some, size_t length)
{
    for (size_t t = 0; t < length; t++)
        free(some[t].data);
    free(some);
}

static const gsc_tensor *
find(const gsc_tensor *some, size_t length, const char *name)
{
    for (size_t t = 0; t < length; t++)
        if (strcmp(some[t].name, name) == 0)
            return &some[t];
    fail_msg("there is no %s", name);
    return NULL;
}

/* Ours as `naming` has it. */
static gsc_tensor *
turn(gsc_naming naming, size_t known, size_t *length)
{
    gsc_named own;
    gsc_tensor *theirs;
    assert_return_ok(gsc_naming_detect(tensors, count, nothing, GSC_NAMING_TL, &own));
    own.naming = naming;
    own.map = gsc_naming_map(naming, own.family);
    assert_return_ok(gsc_naming_from_own(&own, tensors, known, &theirs, length));
    return theirs;
}

/* Theirs as ours are what they were made of; they are freed. */
static void
check_same(const gsc_named *found, gsc_tensor *theirs, size_t length, size_t known)
{
    assert_return_ok(gsc_naming_to_own(found, &theirs, &length));
    assert_int_equal(length, known);
    for (size_t t = 0; t < known; t++) {
        const gsc_tensor *back = find(theirs, length, tensors[t].name);
        assert_true(gsc_shape_equal(back->shape, tensors[t].shape));
        assert_memory_equal(back->data, tensors[t].data,
                            gsc_shape_count(tensors[t].shape) * sizeof(float));
    }
    free_all(theirs, length);
}

/* It is found again, and gives what it was made of. */
static void
check_there_and_back(gsc_naming naming, size_t known)
{
    gsc_named found;
    const size_t heads[GSC_NUM_AXES] = {[GSC_AXIS_N_HEADS] = 2};
    size_t length;
    gsc_tensor *theirs = turn(naming, known, &length);
    assert_return_ok(gsc_naming_detect(theirs, length, heads, GSC_NUM_NAMINGS, &found));
    assert_int_equal(found.naming, naming);
    check_same(&found, theirs, length, known);
    gsc_named_free(&found);
}

/* A map that is suggested of it, read as a user's, gives what it was made of too. */
static void
check_suggestion(gsc_naming naming, size_t known)
{
    char path[] = "/tmp/grokscope-map-XXXXXX";
    const size_t heads[GSC_NUM_AXES] = {[GSC_AXIS_N_HEADS] = 2};
    size_t length;
    gsc_text text = {0};
    gsc_map_file file;
    gsc_named found;
    gsc_tensor *theirs = turn(naming, known, &length);
    assert_return_ok(gsc_map_suggest(theirs, length, heads, naming, &text));
    close(mkstemp(path));
    assert_return_ok(gsc_file_write(path, text.data, text.length));
    assert_return_ok(gsc_map_file_read(&file, path));
    unlink(path);
    assert_return_ok(gsc_naming_fit(theirs, length, nothing, &file.map, &found));
    assert_int_equal(found.sizes[GSC_AXIS_N_HEADS], 2);
    check_same(&found, theirs, length, known);
    gsc_map_file_free(&file);
    gsc_text_free(&text);
}

/* The last of ours is the bias of the unembedding, which native has not. */
static void
namings_lead_there_and_back(void **state)
{
    static const gsc_naming namings[] = {
        GSC_NAMING_TL_NATIVE, GSC_NAMING_NANOGPT,       GSC_NAMING_GPT2,
        GSC_NAMING_TORCH_QKV, GSC_NAMING_TORCH_ENCODER, GSC_NAMING_TORCH_MHA};
    (void)state;
    assert_string_equal(tensors[count - 1].name, "unembed.b_U");
    for (size_t i = 0; i < sizeof namings / sizeof *namings; i++) {
        size_t known = namings[i] == GSC_NAMING_TL_NATIVE ? count - 1 : count;
        check_there_and_back(namings[i], known);
        check_suggestion(namings[i], known);
    }
    check_suggestion(GSC_NAMING_TL, count);
    gsc_named own;
    gsc_tensor *theirs;
    size_t length;
    assert_return_ok(gsc_naming_detect(tensors, count, nothing, GSC_NAMING_TL, &own));
    own.naming = GSC_NAMING_TL_NATIVE;
    own.map = gsc_naming_map(own.naming, own.family);
    assert_fails(gsc_naming_from_own(&own, tensors, count, &theirs, &length),
                 GSC_EARGUMENT, "naming: tl-native has no unembed.b_U");
    free_all(theirs, length);
}

static bool
is_there(const gsc_tensor *some, size_t length, const char *name)
{
    for (size_t t = 0; t < length; t++)
        if (strcmp(some[t].name, name) == 0)
            return true;
    return false;
}

/* What an export has of a network that lacks the biases of its linear maps. */
static bool
exports(gsc_naming naming, gsc_naming_biases biases, bool has_norms, const char *name)
{
    gsc_named own;
    gsc_tensor plain[MOST_TENSORS], *theirs;
    size_t kept = 0, length;
    static const float zeros[16];
    for (size_t t = 0; t < count; t++) {
        plain[kept] = tensors[t];
        if (!has_norms && strstr(tensors[t].name, ".b"))
            plain[kept].data = (void *)zeros;
        kept += strstr(tensors[t].name, ".b_") == NULL;
    }
    assert_return_ok(gsc_naming_detect(plain, kept, nothing, GSC_NAMING_TL, &own));
    own.naming = naming;
    own.map = gsc_naming_map(naming, own.family);
    own.biases = biases;
    assert_return_ok(gsc_naming_from_own(&own, plain, kept, &theirs, &length));
    bool found = is_there(theirs, length, name);
    for (size_t t = 0; found && t < length; t++)
        for (size_t i = 0;
             strcmp(theirs[t].name, name) == 0 && i < gsc_shape_count(theirs[t].shape);
             i++)
            if (strstr(name, "c_") || strstr(name, "head"))
                assert_true(((float *)theirs[t].data)[i] == 0);
    free_all(theirs, length);
    return found;
}

static void
biases_are_those_that_modules_ask_for(void **state)
{
    static const struct {
        gsc_naming naming;
        gsc_naming_biases biases;
        bool has_norms, expected;
        const char *name;
    } cases[] = {
        {GSC_NAMING_GPT2, 0, true, true, "transformer.h.1.attn.c_attn.bias"},
        {GSC_NAMING_GPT2, 0, true, false, "lm_head.bias"},
        {GSC_NAMING_NANOGPT, 0, true, true, "transformer.h.1.mlp.c_fc.bias"},
        {GSC_NAMING_NANOGPT, 0, false, false, "transformer.h.1.mlp.c_fc.bias"},
        {GSC_NAMING_NANOGPT, 0, false, false, "transformer.h.1.ln_1.bias"},
        {GSC_NAMING_NANOGPT, GSC_BIASES_OWN, false, true, "transformer.h.1.ln_1.bias"},
        {GSC_NAMING_TORCH_ENCODER, 0, true, true, "encoder.layers.0.linear1.bias"},
        {GSC_NAMING_TORCH_QKV, 0, true, false, "blocks.0.attn.c_proj.bias"},
        {GSC_NAMING_TORCH_QKV, GSC_BIASES_ALL, true, true, "blocks.0.attn.c_proj.bias"},
        {GSC_NAMING_TORCH_QKV, GSC_BIASES_ALL, true, true, "lm_head.bias"},
        {GSC_NAMING_TORCH_QKV, GSC_BIASES_NONZERO, false, false, "ln_f.bias"},
        {GSC_NAMING_TORCH_MHA, 0, true, false, "blocks.0.attn.in_proj_bias"},
        {GSC_NAMING_TL, 0, true, true, "unembed.b_U"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (exports(cases[i].naming, cases[i].biases, cases[i].has_norms,
                    cases[i].name) != cases[i].expected)
            fail_msg("%s: %s", gsc_naming_names[cases[i].naming], cases[i].name);
}

/* q of native is [(head, within), d_model]; c_attn is q, k and v below each other. */
static void
heads_are_merged_as_others_have_them(void **state)
{
    size_t length;
    (void)state;
    gsc_tensor *theirs = turn(GSC_NAMING_TL_NATIVE, count - 1, &length);
    gsc_tensor *fused = NULL;
    const float *from = find(tensors, count, "blocks.1.attn.W_Q")->data;
    const gsc_tensor *q = find(theirs, length, "layers.1.attn.q.weight");
    assert_int_equal(q->shape.rank, 2);
    assert_int_equal(q->shape.dims[0], 8);
    for (size_t head = 0; head < 2; head++)
        for (size_t in = 0; in < 4; in++)
            for (size_t m = 0; m < 6; m++)
                assert_true(((float *)q->data)[(head * 4 + in) * 6 + m] ==
                            from[(head * 6 + m) * 4 + in]);
    size_t num_fused;
    fused = turn(GSC_NAMING_NANOGPT, count, &num_fused);
    const gsc_tensor *c = find(fused, num_fused, "transformer.h.1.attn.c_attn.weight");
    assert_int_equal(c->shape.dims[0], 24);
    assert_int_equal(c->shape.dims[1], 6);
    assert_memory_equal(c->data, q->data, sizeof(float[8 * 6]));
    assert_memory_equal((float *)c->data + 8 * 6,
                        find(theirs, length, "layers.1.attn.k.weight")->data,
                        sizeof(float[8 * 6]));
    assert_memory_equal((float *)c->data + 16 * 6,
                        find(theirs, length, "layers.1.attn.v.weight")->data,
                        sizeof(float[8 * 6]));
    free_all(theirs, length);
    free_all(fused, num_fused);
}

static void
a_chain_of_layers_is_found_whatever_its_names(void **state)
{
    gsc_named named;
    const gsc_tensor chain[] = {{.name = "net.10.weight", .shape = {2, {3, 5}}},
                                {.name = "net.10.bias", .shape = {1, {3}}},
                                {.name = "net.2.weight", .shape = {2, {5, 8}}},
                                {.name = "vocab_embedding", .shape = {2, {7, 4}}}};
    const gsc_tensor broken[] = {chain[0],
                                 {.name = "net.2.weight", .shape = {2, {4, 8}}}};
    (void)state;
    assert_return_ok(gsc_naming_detect(chain, 4, nothing, GSC_NUM_NAMINGS, &named));
    assert_int_equal(named.naming, GSC_NAMING_TORCH_MLP);
    assert_int_equal(named.family, GSC_FAMILY_STACK);
    assert_int_equal(named.sizes[GSC_AXIS_D_EMBED], 4);
    assert_string_equal(named.map->lines[1].own, "linear1.W");
    assert_string_equal(named.map->lines[1].theirs, "net.2.weight");
    assert_string_equal(named.map->lines[3].own, "linear2.b");
    gsc_named_free(&named);
    assert_fails(gsc_naming_detect(broken, 2, nothing, GSC_NUM_NAMINGS, &named),
                 GSC_EFORMAT, "no naming knows any of its tensors");
}

/* A map is data: parts of one tensor, a row of them, and a number for what is not
 * there. */
static void
a_map_may_be_anyones(void **state)
{
    static const gsc_map_line lines[] = {
        {"embed.W_left", "both", "d_mlp (0/2 d_vocab)"},
        {"embed.W_right", "both", "d_mlp (1/2 d_vocab)"},
        {"unembed.W_U", "0.5", "d_mlp d_vocab_out"}};
    const gsc_map map = {.naming = GSC_NAMING_TL,
                         .family = GSC_FAMILY_GROMOV,
                         .lines = lines,
                         .num_lines = 3};
    const size_t known[GSC_NUM_AXES] = {[GSC_AXIS_D_VOCAB_OUT] = 2};
    gsc_named named;
    gsc_tensor *one;
    size_t length = 1;
    (void)state;
    one = calloc(1, sizeof *one);
    *one = (gsc_tensor){.name = "both", .shape = {2, {1, 6}}};
    one->data = calloc(6, sizeof(float));
    for (size_t i = 0; i < 6; i++)
        ((float *)one->data)[i] = (float)i;
    assert_return_ok(gsc_naming_fit(one, 1, known, &map, &named));
    assert_int_equal(named.sizes[GSC_AXIS_D_VOCAB], 3);
    assert_return_ok(gsc_naming_to_own(&named, &one, &length));
    assert_int_equal(length, 3);
    const gsc_tensor *right = find(one, length, "embed.W_right");
    assert_int_equal(right->shape.dims[0], 3);
    assert_true(((float *)right->data)[0] == 3 && ((float *)right->data)[2] == 5);
    const gsc_tensor *out = find(one, length, "unembed.W_U");
    assert_true(((float *)out->data)[1] == 0.5F);
    free_all(one, length);
}

static void
square_tensors_alone_are_ambiguous(void **state)
{
    gsc_named named;
    const size_t known[GSC_NUM_AXES] = {0};
    const gsc_tensor square[] = {{.name = "embed.W_E", .shape = {2, {6, 6}}},
                                 {.name = "unembed.W_U", .shape = {2, {6, 6}}}};
    (void)state;
    assert_fails(
        gsc_naming_detect(square, 2, known, GSC_NUM_NAMINGS, &named), GSC_EFORMAT,
        "fit the map tl of a transformer and transposed of a transformer; "
        "embed.W_E [6, 6] is our embed.W_E as d_vocab d_model, or our embed.W_E "
        "as d_model d_vocab: --map tl or --map transposed");
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
        cmocka_unit_test(biases_are_those_that_modules_ask_for),
        cmocka_unit_test(heads_are_merged_as_others_have_them),
        cmocka_unit_test(a_chain_of_layers_is_found_whatever_its_names),
        cmocka_unit_test(a_map_may_be_anyones),
        cmocka_unit_test(square_tensors_alone_are_ambiguous),
        cmocka_unit_test(every_tensor_that_does_not_fit_is_named),
        cmocka_unit_test(unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_tensors, free_tensors);
}
