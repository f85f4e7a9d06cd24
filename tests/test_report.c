/* The parts that a report is put together from: JSON, packed arrays, the page. */
#include "analyze/report/report_write.h"
#include "test.h"

/* ---- JSON ---- */

static void
json_has_its_commas(void **state)
{
    gsc_json json = {.status = 0};
    (void)state;
    gsc_json_open(&json, NULL, '{');
    gsc_json_text(&json, "a", "\"x\"");
    gsc_json_open(&json, "b", '[');
    gsc_json_real(&json, NULL, 0.1);
    gsc_json_real(&json, NULL, (double)NAN);
    gsc_json_integer(&json, NULL, -3);
    gsc_json_close(&json, '[');
    gsc_json_open(&json, "c", '{');
    gsc_json_close(&json, '{');
    gsc_json_bool(&json, "d", true);
    gsc_json_raw(&json, "e", "[1]");
    gsc_json_close(&json, '{');
    assert_int_equal(json.status, 0);
    assert_string_equal(
        json.text.data,
        "{\"a\": \"\\\"x\\\"\",\n\"b\": [0.1,\nnull,\n-3],\n\"c\": {},\n"
        "\"d\": true,\n\"e\": [1]}");
    gsc_json_free(&json);
}

static void
the_first_failure_is_kept(void **state)
{
    gsc_json json = {.status = 0};
    (void)state;
    gsc_json_open(&json, NULL, '[');
    gsc_json_note(&json, GSC_EMEMORY);
    gsc_json_note(&json, GSC_EIO);
    gsc_json_integer(&json, NULL, 7);
    assert_int_equal(json.status, GSC_EMEMORY);
    assert_string_equal(json.text.data, "[");
    gsc_json_free(&json);
}

/* ---- Arrays ---- */

static void
arrays_are_little_endian_and_aligned(void **state)
{
    static const double values[] = {1, -2, 0.5};
    static const double bytes[] = {0, 255, 7};
    static const double whole[] = {-1, 112, 300};
    gsc_arrays arrays;
    gsc_json json = {.status = 0};
    (void)state;
    assert_return_ok(gsc_arrays_init(&arrays));
    gsc_json_open(&json, NULL, '{');
    gsc_arrays_name(&arrays, "%d.part", 4);
    gsc_arrays_add(&arrays, &json, "f", GSC_PACK_F32,
                   gsc_pack_source_f64(values, 3, 0, 0, 0));
    gsc_arrays_add(&arrays, &json, "u", GSC_PACK_U8,
                   gsc_pack_source_f64(bytes, 3, 0, 0, 0));
    gsc_arrays_add(&arrays, &json, "d", GSC_PACK_F64,
                   gsc_pack_source_f64(values, 3, 1, 0, 0));
    gsc_arrays_add_named(&arrays, &json, "w", "other", GSC_PACK_WHOLE16,
                         gsc_pack_source_f64(whole, 3, 0, 0, 0));
    assert_int_equal(json.status, 0);
    assert_string_equal(json.text.data,
                        "{\"f\": \"4.part.f\",\n\"u\": \"4.part.u\",\n"
                        "\"d\": \"4.part.d\",\n\"w\": \"4.part.other\"");
    assert_string_equal(
        arrays.names.text.data,
        "{\"4.part.f\": {\"type\": \"f32\",\n\"shape\": [3],\n\"offset\": 0,\n"
        "\"bytes\": 12},\n"
        "\"4.part.u\": {\"type\": \"u8\",\n\"shape\": [3],\n\"offset\": 16,\n"
        "\"bytes\": 3},\n"
        "\"4.part.d\": {\"type\": \"f64\",\n\"shape\": [3,\n1],\n\"offset\": 24,\n"
        "\"bytes\": 24},\n"
        "\"4.part.other\": {\"type\": \"i16\",\n\"shape\": [3],\n\"offset\": 48,\n"
        "\"bytes\": 6}");
    assert_int_equal(arrays.length, 54);
    assert_memory_equal(arrays.data, "\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f", 12);
    assert_memory_equal(arrays.data + 16, "\0\xff\7", 3);
    assert_memory_equal(arrays.data + 24, "\0\0\0\0\0\0\xf0\x3f", 8);
    assert_memory_equal(arrays.data + 48, "\xff\xff\x70\0\x2c\1", 6);
    gsc_arrays_free(&arrays);
    gsc_json_free(&json);
}

/* Each index of the first axis has a scale of its own, and NaN the lowest number. */
static void
packed_numbers_have_a_scale_for_each_row(void **state)
{
    static const float values[] = {1, -0.5f, 0, 200, 101, (float)NAN, 0, 0, 0};
    static const int8_t small[] = {127, -64, 0, 127, 64, -128, 0, 0, 0};
    gsc_arrays arrays;
    gsc_json json = {.status = 0};
    (void)state;
    assert_return_ok(gsc_arrays_init(&arrays));
    gsc_arrays_name(&arrays, "x");
    gsc_arrays_add(&arrays, &json, "q", GSC_PACK_I8,
                   gsc_pack_source_f32(values, 3, 3, 0, 0));
    assert_memory_equal(arrays.data, small, sizeof small);
    assert_string_equal(
        arrays.names.text.data,
        "{\"x.q\": {\"type\": \"i8\",\n\"shape\": [3,\n3],\n\"offset\": "
        "0,\n\"bytes\": 9,\n\"scale\": [0.00787401575,\n1.57480315,\n1]}");
    gsc_arrays_add(&arrays, &json, "r", GSC_PACK_I16,
                   gsc_pack_source_f32(values, 1, 9, 0, 0));
    int16_t wide[9];
    memcpy(wide, arrays.data + 16, sizeof wide);
    assert_int_equal(wide[3], 32767);
    assert_int_equal(wide[4], 16547);
    assert_int_equal(wide[5], -32768);
    assert_int_equal(wide[0], 164);
    gsc_arrays_free(&arrays);
    gsc_json_free(&json);
}

/* ---- The page ---- */

static int
write(const char *page, gsc_text *html)
{
    gsc_text manifest = {0}, arrays = {0};
    html->length = 0;
    assert_return_ok(gsc_text_add(&manifest, "{\"name\": \"</script>\"}"));
    assert_return_ok(gsc_text_add(&arrays, "QUJD"));
    int status = gsc_report_write_page(page, &manifest, &arrays, html);
    gsc_text_free(&manifest);
    gsc_text_free(&arrays);
    return status;
}

#define DATA                                               \
    "<script type=\"application/json\" id=\"manifest\">\n" \
    "{\"name\": \"\\u003c/script>\"}\n</script>\n"         \
    "<script type=\"application/octet-stream\" id=\"arrays\">QUJD</script>\n"

static void
scripts_are_known_by_their_sums(void **state)
{
    gsc_text html = {0};
    (void)state;
    assert_return_ok(write("<a><!--csp--><script>abc</script><script></script>"
                           "<!--data--></a>",
                           &html));
    assert_string_equal(
        html.data,
        "<a><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "script-src 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' "
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; style-src "
        "'unsafe-inline'; img-src data: "
        "blob:\"><script>abc</script><script></script>" DATA "</a>");
    gsc_text_free(&html);
}

static void
data_may_stand_alone(void **state)
{
    gsc_text html = {0};
    (void)state;
    assert_return_ok(write(NULL, &html));
    assert_string_equal(html.data, DATA);
    gsc_text_free(&html);
}

static void
a_page_without_its_places_is_refused(void **state)
{
    gsc_text html = {0};
    (void)state;
    assert_fails(write("<!--data-->", &html), GSC_EFORMAT, "has no <!--csp-->");
    assert_fails(write("<!--csp-->", &html), GSC_EFORMAT, "has no <!--data-->");
    assert_fails(write("<!--csp--><!--data--><!--data-->", &html), GSC_EFORMAT,
                 "has <!--data--> twice");
    assert_fails(write("<!--data--><!--csp-->", &html), GSC_EFORMAT,
                 "<!--csp--> stands after <!--data-->");
    assert_fails(write("<!--csp--><script>x<!--data-->", &html), GSC_EFORMAT,
                 "a script without an end");
    gsc_text_free(&html);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_its_commas),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(arrays_are_little_endian_and_aligned),
        cmocka_unit_test(packed_numbers_have_a_scale_for_each_row),
        cmocka_unit_test(scripts_are_known_by_their_sums),
        cmocka_unit_test(data_may_stand_alone),
        cmocka_unit_test(a_page_without_its_places_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
