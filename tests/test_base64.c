/* Bytes as letters, their sums and their compression, against published values. */
#include "analyze/report/deflate.h"
#include "test.h"
#include "train/base/base64.h"
#include "train/base/sha256.h"

#include <stdlib.h>
#include <zlib.h>

/* RFC 4648, section 10. */
static void
the_rfc_s_vectors_hold(void **state)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        gsc_text text = {0};
        assert_return_ok(gsc_text_add(&text, ">"));
        assert_return_ok(gsc_base64_add(vectors[i][0], strlen(vectors[i][0]), &text));
        assert_string_equal(text.data + 1, vectors[i][1]);
        gsc_text_free(&text);
    }
}

static void
every_letter_occurs_and_long_texts_have_no_seam(void **state)
{
    static const unsigned char all[] = {
        0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8b, 0x30, 0xd3, 0x8f,
        0x41, 0x14, 0x93, 0x51, 0x55, 0x97, 0x61, 0x96, 0x9b, 0x71, 0xd7, 0x9f,
        0x82, 0x18, 0xa3, 0x92, 0x59, 0xa7, 0xa2, 0x9a, 0xab, 0xb2, 0xdb, 0xaf,
        0xc3, 0x1c, 0xb3, 0xd3, 0x5d, 0xb7, 0xe3, 0x9e, 0xbb, 0xf3, 0xdf, 0xbf};
    enum { TIMES = 200 };
    unsigned char many[TIMES * sizeof all];
    gsc_text text = {0};
    (void)state;
    for (size_t i = 0; i < TIMES; i++)
        memcpy(many + i * sizeof all, all, sizeof all);
    assert_return_ok(gsc_base64_add(many, sizeof many, &text));
    assert_int_equal(text.length, TIMES * 64);
    for (size_t i = 0; i < TIMES; i++)
        assert_memory_equal(text.data + i * 64,
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                            "0123456789+/",
                            64);
    gsc_text_free(&text);
}

/* FIPS 180-4's example "abc", and nothing at all. */
static void
sums_are_sha_256(void **state)
{
    static const unsigned char abc[GSC_SHA256_BYTES] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    unsigned char sum[GSC_SHA256_BYTES];
    (void)state;
    gsc_sha256("abc", 3, sum);
    assert_memory_equal(sum, abc, sizeof abc);
    gsc_sha256("", 0, sum);
    assert_int_equal(sum[0], 0xe3);
    assert_int_equal(sum[31], 0x55);
}

static void
what_is_compressed_comes_back(void **state)
{
    enum { COUNT = 100000 };
    unsigned char *data = malloc(COUNT), *back = malloc(COUNT);
    void *packed;
    size_t length;
    uLongf room = COUNT;
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        data[i] = (unsigned char)(i * i % 251);
    assert_return_ok(gsc_deflate(data, COUNT, &packed, &length));
    assert_true(length < COUNT / 20); /* its period is 251 */
    assert_int_equal(uncompress(back, &room, packed, (uLong)length), Z_OK);
    assert_int_equal(room, COUNT);
    assert_memory_equal(back, data, COUNT);
    free(packed);
    assert_return_ok(gsc_deflate(NULL, 0, &packed, &length));
    assert_true(length > 0);
    free(packed);
    free(data);
    free(back);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_s_vectors_hold),
        cmocka_unit_test(every_letter_occurs_and_long_texts_have_no_seam),
        cmocka_unit_test(sums_are_sha_256),
        cmocka_unit_test(what_is_compressed_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
